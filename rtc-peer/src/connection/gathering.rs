//! Local candidates: from the addresses that the driver names.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::SocketAddr;

use rtc_core::{Instant, Protocol};

use super::PeerConnection;
use crate::error::AddAddressError;
use crate::event::Event;
use crate::jsep::{self, IceCandidate};
use crate::state::IceGatheringState;

/// What has been gathered.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    pub(super) state: IceGatheringState,
    /// What the driver has named, in its order of preference.
    addresses: Vec<SocketAddr>,
    /// The candidates of this generation, as descriptions carry them.
    pub(super) candidates: Vec<rtc_sdp::Candidate>,
}

impl PeerConnection {
    /// Names a socket's address, as others on its network can reach it, earlier ones being
    /// preferred among equals.
    ///
    /// What is named before the local description is set becomes part of it; what is named later
    /// is gathered, signalled and used at once.
    ///
    /// # Errors
    ///
    /// The address is none that others could send to, or there are too many.
    pub fn add_local_address(
        &mut self,
        now: Instant,
        address: SocketAddr,
        protocol: Protocol,
    ) -> Result<(), AddAddressError> {
        let now = self.clock(now);
        if self.is_closed() {
            return Err(AddAddressError::Closed);
        }
        let unspecified = address.ip().is_unspecified() || address.ip().is_multicast();
        if protocol != Protocol::Udp || unspecified || address.port() == 0 {
            return Err(AddAddressError::Unusable);
        }
        if self.gathering.addresses.contains(&address) {
            return Ok(());
        }
        if self.gathering.addresses.len() >= MAX_LOCAL_ADDRESSES {
            return Err(AddAddressError::TooMany);
        }
        self.gathering.addresses.push(address);
        if self.gathering.state == IceGatheringState::Complete {
            self.set_gathering_state(IceGatheringState::Gathering);
            self.gather_address(now, self.gathering.addresses.len() - 1);
            self.finish_gathering(now);
        }
        Ok(())
    }

    /// Gathers from everything that has been named so far.
    pub(super) fn gather(&mut self, now: Instant) {
        self.set_gathering_state(IceGatheringState::Gathering);
        for index in 0..self.gathering.addresses.len() {
            self.gather_address(now, index);
        }
        self.finish_gathering(now);
    }

    /// Forgets this generation's candidates, but not the addresses.
    pub(super) fn reset_gathering(&mut self) {
        self.gathering.candidates.clear();
        self.set_gathering_state(IceGatheringState::New);
    }

    fn gather_address(&mut self, now: Instant, index: usize) {
        let Some(&address) = self.gathering.addresses.get(index) else { return };
        let candidate = rtc_ice::Candidate::host(address, preference(index, address));
        let ice = &mut self.transport.ice;
        // Beyond the agent's limit there are no more.
        let Ok(added) = ice.add_local_candidate(now, candidate) else { return };
        // The agent keeps its candidates over a restart.
        let known = || ice.local_candidates().find(|known| known.address == address).cloned();
        let Some(candidate) = added.or_else(known) else { return };
        let candidate = jsep::candidate_to_sdp(&candidate);
        let text = candidate.to_string();
        self.gathering.candidates.push(candidate);
        self.say_candidate(text);
    }

    fn finish_gathering(&mut self, now: Instant) {
        self.transport.ice.end_of_local_candidates(now);
        self.say_candidate(String::new());
        self.set_gathering_state(IceGatheringState::Complete);
    }

    fn say_candidate(&mut self, candidate: String) {
        let Some((index, mid)) = self.session.local_transport_section() else { return };
        self.events.push_back(Event::IceCandidate(IceCandidate {
            candidate,
            sdp_mid: Some(mid),
            sdp_m_line_index: Some(index),
            username_fragment: Some(self.transport.ice.local_credentials().ufrag().to_string()),
        }));
    }

    fn set_gathering_state(&mut self, state: IceGatheringState) {
        if self.gathering.state != state {
            self.gathering.state = state;
            self.events.push_back(Event::IceGatheringStateChange(state));
        }
    }
}

/// The local preference of a candidate (RFC 8445 section 5.1.2.1): IPv6 before IPv4, as RFC 8421
/// recommends, and otherwise the driver's order.
fn preference(index: usize, address: SocketAddr) -> u16 {
    let family = if address.is_ipv6() { 0x8000 } else { 0 };
    family | (0x7fff - index.min(MAX_LOCAL_ADDRESSES) as u16)
}

/// How many local addresses a connection takes.
pub const MAX_LOCAL_ADDRESSES: usize = 128;
