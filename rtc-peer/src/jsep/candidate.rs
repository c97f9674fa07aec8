//! Candidates, between the text that is signalled and the agent that uses them.

use alloc::string::String;

use rtc_ice::Foundation;
use rtc_sdp::{CandidateAddress, CandidateError, CandidateKind};

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

/// What the agent can use of a remote candidate: UDP, an IP address, the one component there is.
pub(crate) fn candidate_to_ice(candidate: &rtc_sdp::Candidate) -> Option<rtc_ice::Candidate> {
    if !candidate.transport.is_udp() || candidate.component != 1 {
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
    Some(rtc_ice::Candidate::remote(foundation, candidate.priority, address, kind))
}

/// Whether a remote candidate has a name that the local network can resolve in place of an address.
/// Other names are not resolved at all, as in browsers.
pub(crate) fn is_named(candidate: &rtc_sdp::Candidate) -> bool {
    candidate.address.is_mdns()
}

/// How a local candidate is described.
pub(crate) fn candidate_to_sdp(candidate: &rtc_ice::Candidate) -> rtc_sdp::Candidate {
    rtc_sdp::Candidate::host(
        candidate.foundation.as_str(),
        candidate.priority,
        CandidateAddress::from(candidate.address.ip()),
        candidate.address.port(),
    )
}
