//! The addresses of this host that candidates are made of.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use rtc_core::Protocol;

use super::preference::Rank;
use super::task::Base;
use crate::agent::address::{is_possible, key};
use crate::network::Network;

/// An address that a socket of this host is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct LocalAddress {
    /// The address of the socket.
    pub address: SocketAddr,
    /// UDP, or TCP for a listener.
    pub protocol: Protocol,
    /// Where others reach it, if a translator that maps address to address is known to stand
    /// before this host: the host candidate shows this.
    pub advertised: Option<SocketAddr>,
    /// The network that it belongs to.
    pub network: Network,
}

impl LocalAddress {
    /// An address as it is, on a network that nobody has numbered.
    pub const fn new(address: SocketAddr, protocol: Protocol) -> Self {
        Self { address, protocol, advertised: None, network: Network { id: 0, cost: 0 } }
    }

    pub(super) fn is_possible(&self) -> bool {
        let advertised = self.advertised.unwrap_or(self.address);
        is_possible(self.address)
            && is_possible(advertised)
            && self.address.is_ipv4() == advertised.is_ipv4()
    }

    /// Whether a server at `server` may be asked from here: what never leaves the host or the link
    /// asks nobody beyond.
    pub(super) fn can_reach(&self, server: IpAddr) -> bool {
        let own = self.address.ip();
        let is_link_local = |ip: IpAddr| match ip {
            IpAddr::V4(ip) => ip.is_link_local(),
            IpAddr::V6(ip) => ip.is_unicast_link_local(),
        };
        own.is_ipv4() == server.is_ipv4()
            && (!own.is_loopback() || server.is_loopback())
            && is_link_local(own) == is_link_local(server)
    }
}

/// All local addresses in the order in which they were named, each with its rank.
#[derive(Debug, Default)]
pub(super) struct Locals {
    all: Vec<(LocalAddress, Rank)>,
}

impl Locals {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&LocalAddress, Rank)> {
        self.all.iter().map(|(local, rank)| (local, *rank))
    }

    pub(super) fn find(&self, protocol: Protocol, address: SocketAddr) -> Option<&LocalAddress> {
        self.iter()
            .map(|(local, _)| local)
            .find(|local| local.protocol == protocol && key(local.address) == key(address))
    }

    /// Whether any socket has this IP address.
    pub(super) fn has_ip(&self, ip: IpAddr) -> bool {
        self.iter().any(|(local, _)| local.address.ip() == ip)
    }

    /// The first UDP address with this IP address: it stands for the address where ports do not
    /// matter.
    pub(super) fn first_udp(&self, ip: IpAddr) -> Option<(&LocalAddress, Rank)> {
        self.iter().find(|(local, _)| local.protocol == Protocol::Udp && local.address.ip() == ip)
    }

    /// The address that stands for a base, with its rank.
    pub(super) fn of_base(&self, base: Base) -> Option<(&LocalAddress, Rank)> {
        self.iter().find(|(local, _)| match base {
            Base::Datagrams(address) => {
                local.protocol == Protocol::Udp && key(local.address) == key(address)
            }
            Base::Stream(ip) => local.address.ip() == ip,
        })
    }

    /// Adds an address behind all others. Its place among those of its family and protocol is the
    /// first that is free.
    pub(super) fn push(&mut self, local: LocalAddress) -> Rank {
        let is_like = |other: &LocalAddress| {
            other.protocol == local.protocol && other.address.is_ipv4() == local.address.is_ipv4()
        };
        let is_taken =
            |place: u16| self.iter().any(|(other, rank)| is_like(other) && rank.place == place);
        let place = (0..u16::MAX).find(|place| !is_taken(*place)).unwrap_or(u16::MAX);
        let rank = Rank::new(local.network.cost, local.address.is_ipv4(), place);
        self.all.reserve_exact(1);
        self.all.push((local, rank));
        rank
    }

    pub(super) fn remove(
        &mut self,
        protocol: Protocol,
        address: SocketAddr,
    ) -> Option<LocalAddress> {
        let at = self.all.iter().position(|(local, _)| {
            local.protocol == protocol && key(local.address) == key(address)
        })?;
        Some(self.all.remove(at).0)
    }
}
