//! Transports as the descriptions call for them, and their local candidates from the addresses that
//! the driver names.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::SocketAddr;

use rtc_core::{Instant, Protocol};
use rtc_ice::{Agent, Credentials};

use super::PeerConnection;
use crate::address::LocalAddress;
use crate::configuration::IceTransportPolicy;
use crate::error::AddAddressError;
use crate::event::Event;
use crate::jsep::{self, IceCandidate, RemoteTransport, TransportDescription};
use crate::rtp::TransportId;
use crate::state::IceGatheringState;
use crate::transport::{NamedCandidate, RemoteParameters, Transport};

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
        self.add_local_interface(now, LocalAddress::new(address, protocol))
    }

    /// Like [`add_local_address`](Self::add_local_address), with what else is known of the address.
    ///
    /// # Errors
    ///
    /// The address is none that others could send to, or there are too many.
    pub fn add_local_interface(
        &mut self,
        now: Instant,
        local: LocalAddress,
    ) -> Result<(), AddAddressError> {
        let now = self.clock(now);
        if self.is_closed() {
            return Err(AddAddressError::Closed);
        }
        let address = local.address;
        let unspecified = address.ip().is_unspecified() || address.ip().is_multicast();
        if unspecified || address.port() == 0 {
            return Err(AddAddressError::Unusable);
        }
        let is_same = |known: &LocalAddress| {
            (known.protocol, known.address) == (local.protocol, local.address)
        };
        if self.addresses.iter().any(is_same) {
            return Ok(());
        }
        if self.addresses.len() >= MAX_LOCAL_ADDRESSES {
            return Err(AddAddressError::TooMany);
        }
        let index = self.addresses.len();
        self.addresses.push(local);
        let mut any = false;
        for transport in self.transports.iter_mut() {
            transport.gathered.state = IceGatheringState::Gathering;
            any = true;
        }
        if any {
            self.report_gathering();
            let ids: Vec<TransportId> = self.transports.iter().map(|t| t.id).collect();
            for id in ids {
                self.gather_address(now, id, index);
                self.finish_gathering(now, id);
            }
            self.report_gathering();
        }
        Ok(())
    }

    /// Tells that a socket is gone, and perhaps the interface under it. What was sent from it goes
    /// on over another pair, if there is one. Whether the address was known.
    pub fn remove_local_address(
        &mut self,
        now: Instant,
        address: SocketAddr,
        protocol: Protocol,
    ) -> bool {
        let now = self.clock(now);
        let count = self.addresses.len();
        self.addresses.retain(|known| (known.protocol, known.address) != (protocol, address));
        if self.is_closed() || self.addresses.len() == count {
            return self.addresses.len() != count;
        }
        for transport in self.transports.iter_mut() {
            transport.ice.remove_local(now, protocol, address);
        }
        self.report_states();
        true
    }

    /// Makes the transports what the descriptions say: makes those that are new, restarts those
    /// with new credentials, tells each what was agreed on, and drops those that are no more.
    pub(super) fn reconcile_transports(&mut self, now: Instant) {
        let wanted: Vec<TransportDescription> = self.session.transports().to_vec();
        self.transports.retain(|id| wanted.iter().any(|wanted| wanted.id == id));
        let mut to_gather = Vec::new();
        for TransportDescription { id, local, section, remote } in wanted {
            let ufrag = local.ufrag().to_string();
            self.apply_credentials(now, id, local);
            if let Some(remote) = remote {
                self.apply_remote(now, id, remote);
            }
            let complete = self.ice_gathering_state() == IceGatheringState::Complete;
            let Some(transport) = self.transports.get_mut(id) else { continue };
            transport.gathered.section = section;
            if transport.gathered.begin(&ufrag) {
                to_gather.push(id);
            } else if complete {
                transport.ice.end_of_local_candidates(now);
            }
        }
        self.report_gathering();
        for id in to_gather {
            for index in 0..self.addresses.len() {
                self.gather_address(now, id, index);
            }
            self.finish_gathering(now, id);
        }
        self.report_gathering();
        self.update_remote_candidates(now);
    }

    fn apply_credentials(&mut self, now: Instant, id: TransportId, local: Credentials) {
        match self.transports.get_mut(id) {
            Some(transport) if *transport.ice.local_credentials() == local => {}
            Some(transport) => transport.ice.restart_with(now, local, &mut self.rng),
            None => {
                // Who controls is settled with the first pair of descriptions.
                let role = rtc_ice::Role::Controlling;
                let config = self.configuration.ice.clone();
                let ice = Agent::with_credentials(config, role, now, local, &mut self.rng);
                let size = self.configuration.max_datagram_size;
                self.transports.push(Transport::new(id, ice, self.certificate.clone(), size));
            }
        }
    }

    fn apply_remote(&mut self, now: Instant, id: TransportId, remote: RemoteTransport) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        if transport.remote().is_none() {
            transport.ice.set_role(match remote.controlling {
                true => rtc_ice::Role::Controlling,
                false => rtc_ice::Role::Controlled,
            });
        }
        transport.ice.set_remote_lite(remote.lite);
        // Their form was checked with the description.
        if let Ok(credentials) = Credentials::new(&remote.ufrag, &remote.password) {
            let _same_as_before = transport.ice.set_remote_credentials(now, credentials);
        }
        let RemoteTransport { fingerprints, dtls_role, .. } = remote;
        transport.set_remote(RemoteParameters { fingerprints, role: dtls_role });
    }

    /// Hands the candidates of the remote description to the agents, which know those they have.
    pub(super) fn update_remote_candidates(&mut self, now: Instant) {
        for (id, candidate) in self.session.take_new_remote_candidates() {
            if jsep::is_named(&candidate) {
                self.resolve_candidate(id, candidate);
                continue;
            }
            let Some(transport) = self.transports.get_mut(id) else { continue };
            if let Some(candidate) = jsep::candidate_to_ice(&candidate) {
                // Candidates beyond the agent's limit are not tried.
                let _known_or_too_many = transport.ice.add_remote_candidate(now, candidate);
            }
        }
        for transport in self.transports.iter_mut() {
            if transport.remote().is_some()
                && self.session.remote_candidates_ended(transport.id)
                && !self.errands.has_named(transport.id)
            {
                transport.ice.end_of_remote_candidates(now);
            }
            transport.advance(now, &mut self.rng);
        }
        self.report_states();
    }

    /// Has the name of a remote candidate resolved, as far as that may be.
    fn resolve_candidate(&mut self, id: TransportId, candidate: rtc_sdp::Candidate) {
        let Some(transport) = self.transports.get(id) else { return };
        let Some(remote) = transport.ice.remote_credentials() else { return };
        if self.configuration.ice_transport_policy == IceTransportPolicy::All {
            let ufrag = remote.ufrag().into();
            self.errands.resolve_candidate(NamedCandidate { transport: id, ufrag, candidate });
        }
    }

    fn gather_address(&mut self, now: Instant, id: TransportId, index: usize) {
        let Some(&LocalAddress { address, protocol, .. }) = self.addresses.get(index) else {
            return;
        };
        if protocol != Protocol::Udp {
            return;
        }
        let Some(transport) = self.transports.get_mut(id) else { return };
        let candidate = rtc_ice::Candidate::host(address, preference(index, address));
        let ice = &mut transport.ice;
        // Beyond the agent's limit there are no more.
        let Ok(added) = ice.add_local_candidate(now, candidate) else { return };
        // The agent keeps its candidates over a restart.
        let known = || ice.local_candidates().find(|known| known.address == address).cloned();
        let Some(candidate) = added.or_else(known) else { return };
        let candidate = jsep::candidate_to_sdp(&candidate);
        let text = candidate.to_string();
        transport.gathered.candidates.push(candidate);
        self.say_candidate(id, text);
    }

    fn finish_gathering(&mut self, now: Instant, id: TransportId) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        transport.ice.end_of_local_candidates(now);
        transport.gathered.state = IceGatheringState::Complete;
        self.say_candidate(id, String::new());
    }

    fn say_candidate(&mut self, id: TransportId, candidate: String) {
        let Some(transport) = self.transports.get(id) else { return };
        let (index, mid) = transport.gathered.section.clone();
        self.events.push_back(Event::IceCandidate(IceCandidate {
            candidate,
            sdp_mid: Some(mid),
            sdp_m_line_index: Some(index),
            username_fragment: Some(transport.ice.local_credentials().ufrag().to_string()),
        }));
    }

    /// `iceGatheringState`.
    pub fn ice_gathering_state(&self) -> IceGatheringState {
        use IceGatheringState::{Complete, Gathering, New};

        let any = |state| self.transports.iter().any(|one| one.gathered.state == state);
        match (any(Gathering), any(Complete), any(New)) {
            (true, ..) => Gathering,
            (_, true, false) => Complete,
            _ => New,
        }
    }

    fn report_gathering(&mut self) {
        let state = self.ice_gathering_state();
        if self.reported_gathering != state {
            self.reported_gathering = state;
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
