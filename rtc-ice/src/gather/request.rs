//! What a gatherer cannot do by itself.

use alloc::boxed::Box;
use core::fmt;
use core::net::{IpAddr, SocketAddr};

use rtc_core::FiveTuple;

/// An errand for the gatherer's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatherRequest {
    /// Resolve a host name to all its addresses, IPv4 and IPv6, and answer with
    /// [`Gatherer::handle_resolved`](super::Gatherer::handle_resolved).
    Resolve {
        /// What the answer is to name.
        query: QueryId,
        /// The name.
        host: Box<str>,
    },
    /// Open a connection and answer with
    /// [`Gatherer::handle_connected`](super::Gatherer::handle_connected) or
    /// [`Gatherer::handle_connect_failed`](super::Gatherer::handle_connect_failed).
    Connect {
        /// What the answer is to name.
        connection: ConnectionId,
        /// The address to connect from.
        local: IpAddr,
        /// The address to connect to.
        remote: SocketAddr,
        /// `Some`: with TLS, and with this name to be verified.
        tls: Option<Box<str>>,
    },
    /// Close a connection that is of no use any more.
    Disconnect(FiveTuple),
}

/// Names a question; never reused within a gatherer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryId(pub(super) u64);

/// Names a connection that is to be opened; never reused within a gatherer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub(super) u64);

impl fmt::Display for QueryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
