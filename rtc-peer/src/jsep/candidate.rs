//! Candidates, between the text that is signalled and the agent that uses them.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rtc_core::Protocol;
use rtc_ice::Foundation;
use rtc_ice::mdns::CandidateName;
use rtc_sdp::{CandidateAddress, CandidateError, CandidateKind, CandidateTransport, TcpType};

/// `RTCIceCandidateInit`: a candidate as signalling carries it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IceCandidate {
    /// `candidate`: the text of a candidate attribute, with `candidate:` in front; empty for the
    /// end of a generation's candidates.
    pub candidate: String,
    /// `sdpMid`: the m-section that it is for.
    pub sdp_mid: Option<String>,
    /// `sdpMLineIndex`: the index of that m-section, used where `sdp_mid` is not given.
    pub sdp_m_line_index: Option<u16>,
    /// `usernameFragment`: the generation that it belongs to.
    pub username_fragment: Option<String>,
}

impl IceCandidate {
    /// A candidate for the m-section with this mid.
    pub fn new(candidate: impl Into<String>, mid: impl Into<String>) -> Self {
        Self { candidate: candidate.into(), sdp_mid: Some(mid.into()), ..Self::default() }
    }

    /// What the text says: foundation, component, priority, address and the rest of
    /// `RTCIceCandidate`'s attributes.
    ///
    /// # Errors
    ///
    /// The text is not a candidate, as an empty one is not.
    pub fn parse(&self) -> Result<rtc_sdp::Candidate, CandidateError> {
        rtc_sdp::Candidate::parse(&self.candidate)
    }
}

/// What the agent can use of a remote candidate: an IP address, the one component there is, and
/// over TCP one to which a connection can be opened or from which one can be expected.
pub(crate) fn candidate_to_ice(candidate: &rtc_sdp::Candidate) -> Option<rtc_ice::Candidate> {
    if candidate.component != 1 {
        return None;
    }
    let address = (candidate.address.ip()?, candidate.port).into();
    let kind = match candidate.kind {
        CandidateKind::Host => rtc_ice::CandidateKind::Host,
        CandidateKind::Srflx => rtc_ice::CandidateKind::ServerReflexive,
        CandidateKind::Prflx => rtc_ice::CandidateKind::PeerReflexive,
        CandidateKind::Relay => rtc_ice::CandidateKind::Relayed,
        CandidateKind::Other(_) => return None,
    };
    let foundation = Foundation::new(&candidate.foundation).ok()?;
    let mut remote = if candidate.transport.is_udp() {
        rtc_ice::Candidate::remote(foundation, candidate.priority, address, kind)
    } else if candidate.transport.is_tcp() {
        let tcp_type = match candidate.tcp_type? {
            TcpType::Active => rtc_ice::TcpType::Active,
            TcpType::Passive => rtc_ice::TcpType::Passive,
            TcpType::So => rtc_ice::TcpType::SimultaneousOpen,
        };
        if tcp_type == rtc_ice::TcpType::Passive && BAD_PORTS.contains(&candidate.port) {
            return None;
        }
        rtc_ice::Candidate::remote_tcp(foundation, candidate.priority, address, kind, tcp_type)
    } else {
        return None;
    };
    let number = |name| candidate.extension(name).and_then(|value| value.parse().ok());
    remote.network.id = number(NETWORK_ID).unwrap_or_default();
    remote.network.cost = number(NETWORK_COST).unwrap_or_default();
    Some(remote)
}

/// The name in place of the address of a remote candidate, if it is one of those that candidates
/// are hidden behind. Other names are not resolved at all, as in browsers.
pub(crate) fn local_name(candidate: &rtc_sdp::Candidate) -> Option<CandidateName> {
    candidate.address.name()?.parse().ok()
}

/// How a local candidate of the generation `ufrag` is described, with `name` in place of its
/// address if it has one.
pub(crate) fn candidate_to_sdp(
    candidate: &rtc_ice::Candidate,
    ufrag: &str,
    name: Option<&str>,
    hides_related: bool,
) -> rtc_sdp::Candidate {
    let ip = candidate.address.ip();
    let address = name.and_then(CandidateAddress::new).unwrap_or_else(|| ip.into());
    let mut described = rtc_sdp::Candidate::host(
        candidate.foundation.as_str(),
        candidate.priority,
        address,
        candidate.address.port(),
    );
    if candidate.protocol == Protocol::Tcp {
        described.transport = CandidateTransport::TCP;
    }
    described.tcp_type = candidate.tcp_type.map(|tcp_type| match tcp_type {
        rtc_ice::TcpType::Active => TcpType::Active,
        rtc_ice::TcpType::Passive => TcpType::Passive,
        rtc_ice::TcpType::SimultaneousOpen => TcpType::So,
    });
    described.kind = match candidate.kind {
        rtc_ice::CandidateKind::Host => CandidateKind::Host,
        rtc_ice::CandidateKind::ServerReflexive => CandidateKind::Srflx,
        rtc_ice::CandidateKind::PeerReflexive => CandidateKind::Prflx,
        rtc_ice::CandidateKind::Relayed => CandidateKind::Relay,
    };
    if candidate.kind != rtc_ice::CandidateKind::Host {
        // RFC 8839 section 5.1: both must be there, and say nothing where privacy wants it so.
        let nothing = || SocketAddr::new(unspecified(ip), DISCARD);
        let related = candidate.related.filter(|_| !hides_related).unwrap_or_else(nothing);
        described.related_address = Some(related.ip().into());
        described.related_port = Some(related.port());
    }
    let mut extend = |name, value: &str| {
        described.extensions.push((Cow::Borrowed(name), value.into()));
    };
    extend("ufrag", ufrag);
    if candidate.network.id != 0 {
        extend(NETWORK_ID, &candidate.network.id.to_string());
    }
    if candidate.network.cost != 0 {
        extend(NETWORK_COST, &candidate.network.cost.to_string());
    }
    described
}

const fn unspecified(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

/// Ports of services that a stranger must not have us connect to: those of the Fetch standard's "bad
/// ports" that the agent does not refuse anyway.
const BAD_PORTS: [u16; 19] = [
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
    6679, 6697, 10080,
];
/// Of browsers, for which network a candidate is on and what that costs.
const NETWORK_ID: &str = "network-id";
const NETWORK_COST: &str = "network-cost";
/// The port of what is not told.
const DISCARD: u16 = 9;
