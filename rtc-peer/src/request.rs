//! What only the driver can do for a peer connection: resolve names, open connections, publish.

use alloc::string::String;
use core::net::{IpAddr, SocketAddr};

use rtc_core::FiveTuple;

/// An errand for the driver. A driver that cannot do one says so by the answer for failure; an
/// errand that stays without an answer costs its candidates or its server, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request {
    /// Find the addresses of a host. A name that ends in `.local` is resolved by multicast DNS
    /// (RFC 6762) and is always a candidate's; any other by the domain name system, a server's.
    /// Answered by [`handle_resolved`](crate::PeerConnection::handle_resolved).
    Resolve {
        /// What the answer names.
        query: QueryId,
        /// The name.
        host: String,
    },
    /// Open a TCP connection. Answered by
    /// [`handle_connected`](crate::PeerConnection::handle_connected) or
    /// [`handle_connect_failed`](crate::PeerConnection::handle_connect_failed).
    Connect {
        /// What the answer names.
        connection: ConnectionId,
        /// The address to open it from.
        local: IpAddr,
        /// Where to.
        remote: SocketAddr,
        /// `Some`: speak TLS on it, and verify that the server's certificate is for this name.
        tls: Option<String>,
    },
    /// Close a TCP connection, opened or accepted: nobody needs it any more.
    Disconnect(FiveTuple),
    /// Answer multicast DNS queries for a name with this address, until it is withdrawn.
    Publish {
        /// The name, which ends in `.local`.
        name: String,
        /// The address.
        address: IpAddr,
    },
    /// Answer no more queries for a name.
    Withdraw {
        /// The name.
        name: String,
    },
}

/// Names a [`Request::Resolve`]; never used twice by one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryId(pub(crate) u64);

/// Names a [`Request::Connect`]; never used twice by one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub(crate) u64);
