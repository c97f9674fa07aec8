//! Whom to ask from where.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use rtc_core::Protocol;

use super::config::GatherPolicy;
use super::event::GatherEvent;
use super::local::LocalAddress;
use super::lookup::Resolution;
use super::machine::{Gatherer, UNREACHABLE};
use super::request::GatherRequest;
use super::services::ServiceId;
use super::task::{Base, Task};
use crate::uri::{Host, ServerTransport, ServerUri};

impl Gatherer {
    /// Makes the tasks that are to be and are not yet: after a name was resolved, an address has
    /// come, or gathering begins. The addresses take turns in the order in which they were named,
    /// each with all servers.
    pub(super) fn plan(&mut self) {
        self.resolve();
        let policy = self.policy;
        let is_wanted = |uri: &ServerUri| uri.is_turn() || policy == GatherPolicy::All;
        let services: Vec<(ServiceId, bool, ServerTransport, Vec<IpAddr>)> = self
            .services
            .iter()
            .filter(|service| is_wanted(&service.uri))
            .map(|service| {
                let uri = &service.uri;
                (service.id, uri.is_turn(), uri.transport, self.addresses_of(uri))
            })
            .collect();
        let locals: Vec<LocalAddress> = self.locals.iter().map(|(local, _)| *local).collect();
        for local in &locals {
            for (service, is_turn, transport, addresses) in &services {
                let base = match (transport, local.protocol) {
                    (ServerTransport::Udp, Protocol::Udp) => Base::Datagrams(local.address),
                    (ServerTransport::Tcp | ServerTransport::Tls, _) => {
                        Base::Stream(local.address.ip())
                    }
                    _ => continue,
                };
                // Without TCP candidates there is nothing that a STUN server over TLS could tell.
                let is_of_use = *is_turn || *transport == ServerTransport::Udp || self.config.tcp;
                if !is_of_use || self.tasks.is_known(*service, base) {
                    continue;
                }
                let Some(port) = self.services.get(*service).map(|(_, it)| it.uri.port) else {
                    continue;
                };
                let remotes: VecDeque<SocketAddr> = addresses
                    .iter()
                    .filter(|address| local.can_reach(**address))
                    .map(|address| SocketAddr::new(*address, port))
                    .collect();
                if remotes.is_empty() || self.tasks.len() >= self.config.max_tasks {
                    continue;
                }
                let id = self.tasks.insert(Task::new(*service, base, remotes));
                self.starts.push_back(id);
            }
        }
    }

    /// Tells of the servers that nobody could even be sent to for: their names are not resolved, or
    /// to no address that can be reached from one of ours.
    pub(super) fn tell_unresolved(&mut self) {
        let mut errors = Vec::new();
        let tasks = &self.tasks;
        for service in self.services.iter_mut() {
            let is_asked = || tasks.iter().any(|(_, task)| task.service == service.id);
            let is_wanted = service.uri.is_turn() || self.policy == GatherPolicy::All;
            let reason = match &service.uri.host {
                Host::Name(name) if self.lookups.get(name) == Some(Resolution::Failed) => {
                    "the name of the server was not resolved"
                }
                _ if self.locals.len() > 0 => "no local address can reach the server",
                _ => continue,
            };
            if !is_wanted || service.is_unresolved_told || is_asked() {
                continue;
            }
            service.is_unresolved_told = true;
            let uri = service.uri.clone();
            errors.push(GatherEvent::Error { address: None, uri, code: UNREACHABLE, reason });
        }
        for error in errors {
            self.found.fail(error);
        }
    }

    /// Asks for the names that are not known.
    fn resolve(&mut self) {
        let until = self.now + self.config.timeout;
        for service in self.services.iter() {
            let Host::Name(name) = &service.uri.host else { continue };
            let is_wanted = service.uri.is_turn() || self.policy == GatherPolicy::All;
            if is_wanted && self.lookups.get(name).is_none() {
                let query = self.lookups.ask(name, until);
                self.requests.push_back(GatherRequest::Resolve { query, host: name.clone() });
            }
        }
    }

    pub(super) fn addresses_of(&self, uri: &ServerUri) -> Vec<IpAddr> {
        match &uri.host {
            Host::Ip(address) => [*address].into(),
            Host::Name(name) => match self.lookups.get(name) {
                Some(Resolution::Resolved(addresses)) => addresses.into(),
                _ => Vec::new(),
            },
        }
    }
}
