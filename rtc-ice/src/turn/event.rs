//! What a client tells.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use bytes::BytesMut;

use super::error::Failure;
use crate::stun::{ErrorCode, Icmp};

/// What has become of an allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The server relays; at most once per client.
    Allocated(Allocated),
    /// The allocation is on the path that [`move_to`](super::Client::move_to) named.
    Moved,
    /// The allocation could not be moved. It stays where it was.
    NotMoved(Failure),
    /// The server does not relay to this peer, and is not asked for a minute.
    PeerRefused {
        /// The peer: all its ports.
        peer: IpAddr,
        /// Why.
        code: ErrorCode,
    },
    /// There is no allocation and will be none. The client has ended.
    Failed(Failure),
    /// The allocation was there and is no longer. The client has ended.
    Lost(Failure),
    /// The allocation was given back. The client has ended.
    Released,
}

/// What the server gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Allocated {
    /// The relayed IPv4 address.
    pub relayed_v4: Option<SocketAddr>,
    /// The relayed IPv6 address.
    pub relayed_v6: Option<SocketAddr>,
    /// Where the server sees us: a server-reflexive address.
    pub mapped: SocketAddr,
    /// How long the allocation lasts without a refresh.
    pub lifetime: Duration,
    /// Why only one of two families was given.
    pub refused: Option<ErrorCode>,
}

impl Allocated {
    /// The relayed address that peers of the family of `peer` see.
    pub const fn relayed_for(&self, peer: SocketAddr) -> Option<SocketAddr> {
        match peer {
            SocketAddr::V4(_) => self.relayed_v4,
            SocketAddr::V6(_) => self.relayed_v6,
        }
    }

    /// The one or two relayed addresses.
    pub fn relayed(&self) -> impl Iterator<Item = SocketAddr> + use<> {
        self.relayed_v4.into_iter().chain(self.relayed_v6)
    }
}

/// What a datagram was.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inbound {
    /// Not for this client: somebody else may want it.
    NotMine,
    /// Between the server and the client.
    Own,
    /// From a peer.
    Data {
        /// The relayed address that it was sent to.
        relayed: SocketAddr,
        /// Who sent it.
        peer: SocketAddr,
        /// What it is: a part of what was handed in.
        payload: BytesMut,
    },
    /// What was sent to a peer has not reached it. This is not authenticated: it is a hint.
    Icmp {
        /// The peer.
        peer: SocketAddr,
        /// What a router said.
        icmp: Icmp,
    },
}
