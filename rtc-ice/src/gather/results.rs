//! The candidates that addresses and servers give.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rtc_core::Protocol;

use super::config::GatherPolicy;
use super::local::LocalAddress;
use super::machine::Gatherer;
use super::preference::Rank;
use super::task::{Base, Task, TaskId};
use crate::agent::address::key;
use crate::agent::priority::tcp_local_preference;
use crate::agent::{Candidate, TcpType, candidate_priority};

impl Gatherer {
    /// Adds the host candidates of a local address.
    pub(super) fn add_hosts(&mut self, local: &LocalAddress, rank: Rank) {
        if self.policy == GatherPolicy::Relay {
            return;
        }
        let advertised = local.advertised.unwrap_or(local.address);
        let mut host = match local.protocol {
            Protocol::Udp => Candidate::host(advertised, rank.host()),
            Protocol::Tcp if self.config.tcp => {
                Candidate::host_tcp(advertised, TcpType::Passive, rank.tcp())
            }
            Protocol::Tcp => return,
        };
        host.base = local.address;
        host.network = local.network;
        self.found.add(host);
        // One active candidate stands for all sockets of an IP address.
        let ip = local.address.ip();
        let is_first = self.locals.first_udp(ip).is_some_and(|(first, _)| first == local);
        if self.config.tcp && is_first {
            let address = active(advertised.ip());
            let mut host = Candidate::host_tcp(address, TcpType::Active, rank.tcp());
            host.base = active(ip);
            host.network = local.network;
            self.found.add(host);
        }
    }

    /// Adds the candidates that a server has given so far.
    pub(super) fn add_candidates(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get(id) else { return };
        // A server that is no longer named gives none.
        let Some((place, service)) = self.services.get(task.service) else { return };
        let Some((local, rank)) = self.locals.of_base(task.base) else { return };
        let server = match task.path() {
            Some(path) => path.remote.ip(),
            None => task.base.ip(),
        };
        let uri = service.uri.clone();
        let network = local.network;
        let is_all = self.policy == GatherPolicy::All;
        let mut given = alloc::vec::Vec::new();
        if let Some(mapped) = task.mapped.filter(|_| is_all) {
            given.extend(self.server_reflexive(task, mapped, server, rank, place));
        }
        if let Some((allocated, _)) = &task.allocated {
            let mapped = self.related(allocated.mapped, !is_all);
            let is_its = |relayed: &SocketAddr| self.relayed.get(&key(*relayed)) == Some(&id);
            for relayed in allocated.relayed().filter(is_its) {
                let is_like_base = relayed.is_ipv4() == local.address.is_ipv4();
                let preference = rank.relayed(place, uri.transport, is_like_base);
                given.push(Candidate::relayed(relayed, mapped, server, preference));
            }
        }
        for mut candidate in given {
            candidate.server_uri = Some(uri.clone());
            candidate.network = network;
            self.found.add(candidate);
        }
    }

    fn server_reflexive(
        &self,
        task: &Task,
        mapped: SocketAddr,
        server: IpAddr,
        rank: Rank,
        place: usize,
    ) -> Option<Candidate> {
        let mut candidate = match task.base {
            Base::Datagrams(base) => {
                let preference = rank.server_reflexive(place);
                Candidate::server_reflexive(mapped, base, server, preference)
            }
            // What a server sees of a connection is the IP address that others will see of those
            // that the active candidate opens.
            Base::Stream(ip) if self.config.tcp && mapped.ip() != ip => {
                self.locals.first_udp(ip)?;
                let (mapped, base) = (active(mapped.ip()), active(ip));
                let mut candidate = Candidate::server_reflexive(mapped, base, server, 0);
                candidate.protocol = Protocol::Tcp;
                candidate.tcp_type = Some(TcpType::Active);
                let preference = tcp_local_preference(TcpType::Active, rank.tcp());
                let kind = candidate.kind.type_preference(Protocol::Tcp);
                candidate.priority = candidate_priority(kind, preference, 1);
                candidate
            }
            Base::Stream(_) => return None,
        };
        candidate.related =
            candidate.related.map(|base| self.related(base, self.config.hide_local_addresses));
        Some(candidate)
    }

    /// A related address as it is told.
    fn related(&self, address: SocketAddr, is_hidden: bool) -> SocketAddr {
        match address {
            _ if !is_hidden => address,
            SocketAddr::V4(_) => SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0),
            SocketAddr::V6(_) => SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), 0),
        }
    }

    /// Whether errors are told without the address that they befell.
    pub(super) fn hides_addresses(&self) -> bool {
        self.config.hide_local_addresses || self.policy == GatherPolicy::Relay
    }
}

/// What an active TCP candidate has for an address: the port is no port (RFC 6544, section 4.5).
pub(super) const fn active(ip: IpAddr) -> SocketAddr {
    SocketAddr::new(ip, 9)
}
