//! Local candidates: from the gatherer to the agents, the descriptions and the application.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::SocketAddr;

use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_ice::{AddLocalError, Candidate, GatherEvent};

use super::PeerConnection;
use crate::address::LocalAddress;
use crate::configuration::IceTransportPolicy;
use crate::error::AddAddressError;
use crate::event::{Event, IceCandidateErrorEvent};
use crate::jsep::{self, IceCandidate};
use crate::request::Request;
use crate::rtp::TransportId;
use crate::state::IceGatheringState;

impl PeerConnection {
    /// Names a socket's address, as others on its network can reach it, earlier ones being
    /// preferred among equals. With [`Protocol::Tcp`] it is that of a socket that listens.
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
        if self.position(local.address, local.protocol).is_some() {
            return Ok(());
        }
        let mut named = rtc_ice::LocalAddress::new(local.address, local.protocol);
        named.advertised = local.advertised;
        named.network = local.network;
        self.gatherer.add_local(now, named).map_err(|error| match error {
            AddLocalError::Full { .. } => AddAddressError::TooMany,
            AddLocalError::Released => AddAddressError::Closed,
            _ => AddAddressError::Unusable,
        })?;
        self.addresses.reserve_exact(1);
        self.addresses.push(local);
        self.take_candidates(now);
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
        let Some(index) = self.position(address, protocol) else { return false };
        self.addresses.remove(index);
        if self.is_closed() {
            return true;
        }
        self.gatherer.remove_local(now, protocol, address);
        let ip = address.ip();
        if self.addresses.iter().all(|other| other.address.ip() != ip)
            && let Some(name) = self.names.remove(ip)
        {
            self.errands.push(Request::Withdraw { name: name.to_string() });
        }
        self.take_candidates(now);
        // What a pair that took over has brought forward.
        let _refused = self.move_inwards(now);
        true
    }

    /// Tells that there is reason to think that nothing gets through from a local address at the
    /// moment, though it is not gone: its interface has lost its carrier, say. If data is sent from
    /// there, that is looked into at once, and another pair takes over if it answers checks and this
    /// one does not.
    pub fn doubt_local_address(&mut self, now: Instant, address: SocketAddr, protocol: Protocol) {
        let now = self.clock(now);
        if self.is_closed() {
            return;
        }
        for transport in self.transports.iter_mut() {
            transport.ice.doubt_local(now, protocol, address);
        }
        let _refused = self.move_inwards(now);
    }

    /// Tells that the system refuses to send what was to go out on this path; as
    /// [`doubt_local_address`](Self::doubt_local_address).
    pub fn handle_send_failure(&mut self, now: Instant, path: FiveTuple) {
        let now = self.clock(now);
        if self.is_closed() {
            return;
        }
        for transport in self.transports.iter_mut() {
            transport.ice.doubt_path(now, &path);
        }
        let _refused = self.move_inwards(now);
    }

    fn position(&self, address: SocketAddr, protocol: Protocol) -> Option<usize> {
        self.addresses
            .iter()
            .position(|known| (known.address, known.protocol) == (address, protocol))
    }

    /// Has candidates gathered for the transports that have begun a generation. With `anew`, also
    /// where that was done before.
    pub(super) fn gather(&mut self, now: Instant, anew: bool) {
        self.report_gathering();
        if anew || !core::mem::replace(&mut self.has_gathered, true) {
            self.gatherer.set_keepalive(now, true);
            self.gatherer.gather(now);
        }
        self.take_candidates(now);
        self.give_candidates(now);
    }

    /// Takes what the gatherer has found, lost and failed to find.
    pub(super) fn take_candidates(&mut self, now: Instant) {
        let mut any = false;
        while let Some(event) = self.gatherer.poll_event() {
            any = true;
            match event {
                GatherEvent::Lost { protocol, base } => self.lose_base(now, protocol, base),
                GatherEvent::Error { address, uri, code, reason } => {
                    self.say_newest(Event::IceCandidateError(IceCandidateErrorEvent {
                        address: address.map(|address| address.ip().to_string()),
                        port: address.map(|address| address.port()),
                        url: uri.to_string(),
                        error_code: code,
                        error_text: reason.to_string(),
                    }));
                }
                // All that there are are given below.
                _ => {}
            }
        }
        if any {
            self.give_candidates(now);
        }
    }

    /// Gives each transport the candidates that it does not have, and ends its gathering if there
    /// will be no more.
    fn give_candidates(&mut self, now: Instant) {
        let ids: Vec<TransportId> = self.transports.iter().map(|transport| transport.id).collect();
        if ids.is_empty() {
            return;
        }
        let candidates: Vec<Candidate> = self.gatherer.candidates().cloned().collect();
        for id in ids {
            for candidate in &candidates {
                self.give_candidate(now, id, candidate);
            }
            let Some(transport) = self.transports.get_mut(id) else { continue };
            let is_gathering = transport.gathered.state == IceGatheringState::Gathering;
            if is_gathering && self.gatherer.is_complete() {
                transport.ice.end_of_local_candidates(now);
                self.say_candidate(id, String::new());
                self.set_gathering(id, IceGatheringState::Complete);
            }
        }
        self.report_gathering();
    }

    fn give_candidate(&mut self, now: Instant, id: TransportId, candidate: &Candidate) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        if transport.gathered.state == IceGatheringState::New
            || !transport.gathered.is_new(candidate)
        {
            return;
        }
        let ice = &mut transport.ice;
        // Beyond the agent's limit there are no more.
        let Ok(added) = ice.add_local_candidate(now, candidate.clone()) else { return };
        // The agent keeps its candidates over a restart.
        let is_same = |known: &&Candidate| {
            (known.protocol, known.tcp_type, known.address, known.base)
                == (candidate.protocol, candidate.tcp_type, candidate.address, candidate.base)
        };
        let Some(added) = added.or_else(|| ice.local_candidates().find(is_same).cloned()) else {
            return;
        };
        if transport.gathered.state == IceGatheringState::Complete {
            // An interface has come.
            self.set_gathering(id, IceGatheringState::Gathering);
            self.report_gathering();
        }
        let name = self.name_of(&added);
        let hides_related = self.hides_related();
        let Some(transport) = self.transports.get_mut(id) else { return };
        let ufrag = transport.ice.local_credentials().ufrag();
        let described = jsep::candidate_to_sdp(&added, ufrag, name.as_deref(), hides_related);
        let text = described.to_string();
        transport.gathered.push(candidate, described);
        self.say_candidate(id, text);
    }

    /// The name that a candidate's address is hidden behind.
    fn name_of(&mut self, candidate: &Candidate) -> Option<String> {
        let hides = self.configuration.hide_local_addresses
            && candidate.kind == rtc_ice::CandidateKind::Host
            && candidate.address.ip() == candidate.base.ip();
        if !hides {
            return None;
        }
        let address = candidate.address.ip();
        let (name, is_new) = self.names.name(address, &mut self.rng);
        if is_new {
            self.errands.push(Request::Publish { name: name.to_string(), address });
        }
        Some(name.to_string())
    }

    fn lose_base(&mut self, now: Instant, protocol: Protocol, base: SocketAddr) {
        for transport in self.transports.iter_mut() {
            transport.ice.remove_local(now, protocol, base);
            transport.gathered.remove(protocol, base);
        }
        self.report_states();
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

    fn set_gathering(&mut self, id: TransportId, state: IceGatheringState) {
        if let Some(transport) = self.transports.get_mut(id) {
            transport.gathered.state = state;
        }
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

    pub(super) fn report_gathering(&mut self) {
        let state = self.ice_gathering_state();
        if self.reported_gathering != state {
            self.reported_gathering = state;
            self.events.push_back(Event::IceGatheringStateChange(state));
        }
    }

    /// Whether the addresses that candidates were found from are not to be told.
    pub(super) fn hides_related(&self) -> bool {
        self.configuration.hide_local_addresses
            || self.configuration.ice_transport_policy == IceTransportPolicy::Relay
    }
}

/// How many local addresses a connection takes.
pub const MAX_LOCAL_ADDRESSES: usize = 128;
