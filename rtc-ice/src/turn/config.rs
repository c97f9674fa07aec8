//! What can be chosen about a client.

use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::credentials::Credentials;
use crate::stun::AddressFamily;

/// What a [`Client`](super::Client) asks for, its timings and its caps.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Who asks.
    pub credentials: Credentials,
    /// The families of the relayed addresses.
    ///
    /// Default: [`Families::V4`], what a server without REQUESTED-ADDRESS-FAMILY gives
    /// (RFC 8656, section 7.1).
    pub families: Families,
    /// Asks for a ticket with which the allocation can be moved to another path (RFC 8016). A server
    /// that does not know of it gives none, and nothing else changes.
    ///
    /// Default: false.
    pub mobility: bool,
    /// Whether an allocation that the server already has for the path is ended, once, if it is of this
    /// user, before another is asked for. Only for a path whose allocations were all one's own: on a
    /// socket that several connections share it would end that of another.
    ///
    /// Default: false: it is waited for to go, and else [`Failure::Mismatch`](super::Failure::Mismatch)
    /// is told: another local port should be tried (RFC 8656, section 7.4).
    pub ends_remainder: bool,
    /// How long the allocation is to last between refreshes, in whole seconds. The server decides.
    ///
    /// Default: 600 s, the server's default too (RFC 8656, section 3.2).
    pub lifetime: Duration,
    /// How long nothing is sent over UDP until a Binding indication keeps the mapping of a NAT
    /// alive; `None`: nothing is sent for that. At least 1 s.
    ///
    /// Default: 15 s (RFC 8445, section 11).
    pub keepalive: Option<Duration>,
    /// The most IP addresses of peers that hold a permission at a time, and the most channels.
    /// What is sent to more is dropped.
    ///
    /// Default: 128: the agent takes 100 remote candidates.
    pub max_peers: usize,
    /// The time until the first retransmission over UDP, 10 ms to 60 s; each later one takes twice
    /// as long.
    ///
    /// Default: 500 ms (RFC 8489, section 6.2.1).
    pub rto: Duration,
    /// Rc: how often a request is sent over UDP before it fails, 1 to 16.
    ///
    /// Default: 7 (RFC 8489, section 6.2.1).
    pub max_transmissions: u8,
    /// Rm: how many of the first RTOs an answer to the last transmission is waited for. Over TCP an
    /// answer is waited for as long as over UDP.
    ///
    /// Default: 16 (RFC 8489, section 6.2.1).
    pub final_wait: u8,
    /// The servers that have redirected to this one, oldest first: a redirection to one of them, or
    /// after three hops, is a failure ([`redirected`](Self::redirected) adds one).
    ///
    /// Default: none.
    pub visited: Vec<SocketAddr>,
}

/// Of which families an allocation has relayed addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Families {
    /// IPv4.
    #[default]
    V4,
    /// IPv6.
    V6,
    /// Both (ADDITIONAL-ADDRESS-FAMILY); IPv4 alone if the server has no more.
    Both,
}

impl Config {
    /// The defaults for these credentials.
    pub const fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            families: Families::V4,
            mobility: false,
            ends_remainder: false,
            lifetime: Duration::from_secs(600),
            keepalive: Some(Duration::from_secs(15)),
            max_peers: 128,
            rto: Duration::from_millis(500),
            max_transmissions: 7,
            final_wait: 16,
            visited: Vec::new(),
        }
    }

    /// The same for the server that `from` has redirected to.
    #[must_use]
    pub fn redirected(mut self, from: SocketAddr) -> Self {
        self.visited.push(from);
        self
    }
}

impl Families {
    /// Whether an address of this family may be in the answer.
    pub(super) const fn includes(self, family: AddressFamily) -> bool {
        match self {
            Self::V4 => matches!(family, AddressFamily::V4),
            Self::V6 => matches!(family, AddressFamily::V6),
            Self::Both => true,
        }
    }
}

/// How often a server may send on to another.
pub(super) const MAX_HOPS: usize = 3;
/// The least time between two keepalives.
pub(super) const MIN_KEEPALIVE: Duration = Duration::from_secs(1);
