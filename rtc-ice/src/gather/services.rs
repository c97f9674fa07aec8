//! The servers of the latest gathering.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::server::Server;
use crate::uri::ServerUri;

/// Names a server within a gatherer; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ServiceId(u32);

/// A server that is asked.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) id: ServiceId,
    pub(super) server: Server,
    pub(super) uri: Arc<ServerUri>,
    /// Whether it was told already that its name does not resolve.
    pub(super) is_unresolved_told: bool,
}

/// The servers in the order of preference, each only once.
#[derive(Debug, Default)]
pub(super) struct Services {
    all: Vec<Service>,
    /// Those that are no longer named while something is still had from them.
    retired: Vec<Service>,
    next_id: u32,
}

impl Services {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Service> {
        self.all.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Service> {
        self.all.iter_mut()
    }

    /// The server of this name, and how many come before it.
    pub(super) fn get(&self, id: ServiceId) -> Option<(usize, &Service)> {
        self.all.iter().enumerate().find(|(_, service)| service.id == id)
    }

    /// Takes over the servers that are named now: those of before keep their id, even with other
    /// credentials, which count from the next allocation on. What is named twice, what is not
    /// supported and what comes after `limit` others is left out. Of those that are no longer
    /// named, those that are `in_use` are remembered.
    pub(super) fn replace(
        &mut self,
        named: &[Server],
        limit: usize,
        in_use: impl Fn(ServiceId) -> bool,
    ) {
        let mut old = core::mem::take(&mut self.all);
        old.append(&mut self.retired);
        let mut wanted: Vec<&Server> = Vec::new();
        for server in named.iter().filter(|server| server.uri.is_supported()) {
            if wanted.len() < limit && !wanted.iter().any(|other| other.is_same(server)) {
                wanted.push(server);
            }
        }
        for server in &wanted {
            let same = old.iter().position(|service| service.server.is_same(server));
            let alike = || {
                // That of another server that is named too is not taken from it.
                let is_free = |service: &Service| {
                    service.server.is_like(server)
                        && !wanted.iter().any(|other| other.is_same(&service.server))
                };
                old.iter().position(is_free)
            };
            let id = match same.or_else(alike) {
                Some(at) => old.swap_remove(at).id,
                None => {
                    let id = ServiceId(self.next_id);
                    self.next_id = self.next_id.wrapping_add(1);
                    id
                }
            };
            let service = Service {
                id,
                server: (*server).clone(),
                uri: Arc::new(server.uri.clone()),
                is_unresolved_told: false,
            };
            self.all.push(service);
        }
        old.retain(|service| in_use(service.id));
        self.retired = old;
    }
}
