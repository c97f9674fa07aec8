//! Candidates (RFC 8445, section 5.1).

use alloc::sync::Arc;
use core::fmt;
use core::net::{IpAddr, SocketAddr};

use rtc_core::Protocol;

use super::address::Endpoint;
use super::priority::{candidate_priority, tcp_local_preference};
use super::tcp_type::TcpType;
use crate::error::FoundationError;
use crate::network::Network;
use crate::uri::ServerUri;

/// How a candidate was found (RFC 8445, section 5.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CandidateKind {
    /// An address of the host itself.
    Host,
    /// The address that a STUN server saw.
    ServerReflexive,
    /// The address that the other agent saw in a check.
    PeerReflexive,
    /// An address on a TURN server.
    Relayed,
}

impl CandidateKind {
    /// The type preference: over UDP the recommended one (RFC 8445, section 5.1.2.2); over TCP less
    /// than that of any direct way over UDP, as RFC 6544, section 4.2, allows and browsers do it.
    pub const fn type_preference(self, protocol: Protocol) -> u8 {
        match (self, protocol) {
            (Self::Host, Protocol::Udp) => 126,
            (Self::PeerReflexive, Protocol::Udp) => 110,
            (Self::ServerReflexive, Protocol::Udp) => 100,
            (Self::Host, Protocol::Tcp) => 90,
            (Self::PeerReflexive, Protocol::Tcp) => 80,
            (Self::ServerReflexive, Protocol::Tcp) => 70,
            (Self::Relayed, _) => 0,
        }
    }

    /// The word of RFC 8839, section 5.1, which is W3C's too (RTCIceCandidateType).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::ServerReflexive => "srflx",
            Self::PeerReflexive => "prflx",
            Self::Relayed => "relay",
        }
    }
}

impl fmt::Display for CandidateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Names a candidate of one side of one agent; never reused, not even after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CandidateId(pub(super) u32);

impl fmt::Display for CandidateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What candidates have in common that are likely to work alike: 1 to 32 letters, digits, `+` or
/// `/` (RFC 8445, section 5.1.1.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Foundation {
    bytes: [u8; 32],
    length: u8,
}

impl Foundation {
    /// No foundation yet: the agent gives one to a local candidate that has none.
    pub const UNASSIGNED: Self = Self { bytes: [0; 32], length: 0 };

    /// Reads a foundation.
    ///
    /// # Errors
    ///
    /// If the text is not 1 to 32 letters, digits, `+` or `/`.
    pub fn new(text: &str) -> Result<Self, FoundationError> {
        if text.is_empty() || text.len() > 32 || !text.bytes().all(is_ice_char) {
            return Err(FoundationError);
        }
        Ok(Self::from_ascii(text.as_bytes()))
    }

    /// The foundation of a number: a decimal.
    pub(super) fn from_number(mut number: u32) -> Self {
        let mut digits = [0; 10];
        let mut length = 0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
            length += 1;
            if number == 0 {
                break;
            }
        }
        Self::from_ascii(digits.get(10 - length..).unwrap_or_default())
    }

    /// The foundation of a remote candidate that was not signalled: longer than what anybody
    /// signals, so that it is like no other.
    pub(super) fn peer_reflexive(number: u32) -> Self {
        let mut foundation = Self::from_ascii(b"peerreflexive+++++++++");
        let number = Self::from_number(number);
        let free = foundation.bytes.iter_mut().skip(usize::from(foundation.length));
        for (to, from) in free.zip(number.as_str().bytes()) {
            *to = from;
            foundation.length += 1;
        }
        foundation
    }

    /// The text; empty only for [`UNASSIGNED`](Self::UNASSIGNED).
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or_default()
    }

    fn from_ascii(text: &[u8]) -> Self {
        let mut bytes = [0; 32];
        let mut length = 0;
        for (to, from) in bytes.iter_mut().zip(text) {
            *to = *from;
            length += 1;
        }
        Self { bytes, length }
    }
}

impl fmt::Debug for Foundation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// An address at which an agent may be reached.
///
/// Local candidates are made by [`host`](Self::host), [`host_tcp`](Self::host_tcp),
/// [`server_reflexive`](Self::server_reflexive) and [`relayed`](Self::relayed), remote ones by
/// [`remote`](Self::remote) and [`remote_tcp`](Self::remote_tcp); the fields may be changed before
/// the candidate is handed to the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// What it has in common with others.
    pub foundation: Foundation,
    /// 1 with rtcp-mux; candidates of other components are ignored.
    pub component: u16,
    /// The transport.
    pub protocol: Protocol,
    /// TCP candidates, and only those: who opens the connection.
    pub tcp_type: Option<TcpType>,
    /// How much it is wanted: larger is better (RFC 8445, section 5.1.2).
    pub priority: u32,
    /// Where the other agent sends to.
    pub address: SocketAddr,
    /// How it was found.
    pub kind: CandidateKind,
    /// For all but host candidates, an address for diagnostics (RFC 8445, section 5.3).
    pub related: Option<SocketAddr>,
    /// Local candidates: where we send from (RFC 8445, section 5.1.1.1). Of a host candidate and a
    /// relayed one it is the address itself, unless a host is known to be behind a static
    /// one-to-one translation: then `address` is the outer side of it. Remote candidates: the
    /// address.
    pub base: SocketAddr,
    /// Local candidates: the STUN or TURN server that it came from; it shapes the foundation.
    pub server: Option<IpAddr>,
    /// Local candidates: how that server was named; for diagnostics alone.
    pub server_uri: Option<Arc<ServerUri>>,
    /// The network that it is on; of remote candidates what the other side told of it. The default
    /// if nobody has told.
    pub network: Network,
    /// Remote candidates: whether the other side has told a name in place of the address. What has
    /// one is never paired with a relayed candidate of ours, for the server would learn the address
    /// (draft-ietf-mmusic-mdns-ice-candidates, section 3.3.2).
    pub is_hidden: bool,
}

impl Candidate {
    /// A local host candidate. `local_preference` tells the addresses of one host apart: 65535 where
    /// there is but one, else see [`local_preferences`](crate::local_preferences).
    pub const fn host(address: SocketAddr, local_preference: u16) -> Self {
        Self::new(CandidateKind::Host, address, address, local_preference)
    }

    /// A local host candidate over TCP (RFC 6544). An active one opens connections from any port of
    /// `address`'s IP and is signalled with port 9 whatever the port of `address` is; a passive one
    /// is a socket that listens there.
    ///
    /// `local_preference` as for [`host`](Self::host): at best 65535. What lies below 57344 counts
    /// as that, because the upper three bits are the direction's (RFC 6544, section 4.2).
    pub const fn host_tcp(
        mut address: SocketAddr,
        tcp_type: TcpType,
        local_preference: u16,
    ) -> Self {
        if matches!(tcp_type, TcpType::Active) {
            address.set_port(DISCARD_PORT);
        }
        let mut candidate = Self::new(CandidateKind::Host, address, address, local_preference);
        let kind = candidate.kind.type_preference(Protocol::Tcp);
        candidate.protocol = Protocol::Tcp;
        candidate.tcp_type = Some(tcp_type);
        candidate.priority =
            candidate_priority(kind, tcp_local_preference(tcp_type, local_preference), 1);
        candidate
    }

    /// A local server-reflexive candidate: `server` sees `address` when we send from `base`.
    pub const fn server_reflexive(
        address: SocketAddr,
        base: SocketAddr,
        server: IpAddr,
        local_preference: u16,
    ) -> Self {
        let mut candidate =
            Self::new(CandidateKind::ServerReflexive, address, base, local_preference);
        candidate.related = Some(base);
        candidate.server = Some(server);
        candidate
    }

    /// A local relayed candidate: `server` forwards `address` to us and sees us as `mapped`.
    ///
    /// Its base is `address`: the agent's transmits have it as their local address, and it is for
    /// the TURN client to send them through its server.
    pub const fn relayed(
        address: SocketAddr,
        mapped: SocketAddr,
        server: IpAddr,
        local_preference: u16,
    ) -> Self {
        let mut candidate = Self::new(CandidateKind::Relayed, address, address, local_preference);
        candidate.related = Some(mapped);
        candidate.server = Some(server);
        candidate
    }

    /// A remote candidate as it was signalled: component 1, UDP.
    pub const fn remote(
        foundation: Foundation,
        priority: u32,
        address: SocketAddr,
        kind: CandidateKind,
    ) -> Self {
        let mut candidate = Self::new(kind, address, address, 0);
        candidate.foundation = foundation;
        candidate.priority = priority;
        candidate
    }

    /// A remote TCP candidate as it was signalled: component 1. An active one may have any port.
    pub const fn remote_tcp(
        foundation: Foundation,
        priority: u32,
        address: SocketAddr,
        kind: CandidateKind,
        tcp_type: TcpType,
    ) -> Self {
        let mut candidate = Self::remote(foundation, priority, address, kind);
        candidate.protocol = Protocol::Tcp;
        candidate.tcp_type = Some(tcp_type);
        candidate
    }

    /// Whether it opens connections.
    pub(super) fn is_active(&self) -> bool {
        self.tcp_type == Some(TcpType::Active)
    }

    /// Where it is reached, as a key.
    pub(super) fn endpoint(&self) -> Endpoint {
        Endpoint::new(self.protocol, self.address)
    }

    /// Where it sends from, as a key.
    pub(super) fn origin(&self) -> Endpoint {
        Endpoint::new(self.protocol, self.base)
    }

    const fn new(
        kind: CandidateKind,
        address: SocketAddr,
        base: SocketAddr,
        local_preference: u16,
    ) -> Self {
        Self {
            foundation: Foundation::UNASSIGNED,
            component: 1,
            protocol: Protocol::Udp,
            tcp_type: None,
            priority: candidate_priority(kind.type_preference(Protocol::Udp), local_preference, 1),
            address,
            kind,
            related: None,
            base,
            server: None,
            server_uri: None,
            network: Network { id: 0, cost: 0 },
            is_hidden: false,
        }
    }
}

/// Whether a byte may stand in a foundation, a fragment or a password (RFC 8839, section 5.1).
pub(super) const fn is_ice_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// What an active candidate is signalled with, for it has no port of its own (RFC 6544,
/// section 4.5).
const DISCARD_PORT: u16 = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foundations_are_checked_and_numbered() {
        assert_eq!(Foundation::new("4234997325").unwrap().as_str(), "4234997325");
        assert!(Foundation::new("").is_err());
        assert!(Foundation::new("a b").is_err());
        assert!(Foundation::new(&"a".repeat(33)).is_err());
        assert_eq!(Foundation::from_number(0).as_str(), "0");
        assert_eq!(Foundation::from_number(1205).as_str(), "1205");
        assert_eq!(Foundation::from_number(u32::MAX).as_str(), "4294967295");
    }
}
