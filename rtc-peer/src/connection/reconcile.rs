//! Transports as the descriptions call for them.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::Instant;
use rtc_ice::mdns::CandidateName;
use rtc_ice::{Agent, CandidateKind, Credentials};

use super::PeerConnection;
use crate::configuration::IceTransportPolicy;
use crate::jsep::{self, RemoteTransport, TransportDescription};
use crate::rtp::TransportId;
use crate::state::IceGatheringState;
use crate::transport::{NamedCandidate, RemoteParameters, Transport};

impl PeerConnection {
    /// Makes the transports what the descriptions say: makes those that are new, restarts those
    /// with new credentials, tells each what was agreed on, and drops those that are no more.
    pub(super) fn reconcile_transports(&mut self, now: Instant) {
        let wanted: Vec<TransportDescription> = self.session.transports().to_vec();
        self.transports.retain(|id| wanted.iter().any(|wanted| wanted.id == id));
        let (mut begins, mut restarts) = (false, false);
        for TransportDescription { id, local, section, remote } in wanted {
            let ufrag = local.ufrag().to_string();
            let is_old = self.transports.get(id).is_some();
            self.apply_credentials(now, id, local);
            if let Some(remote) = remote {
                self.apply_remote(now, id, remote);
            }
            let complete = self.ice_gathering_state() == IceGatheringState::Complete;
            let Some(transport) = self.transports.get_mut(id) else { continue };
            transport.gathered.section = section;
            if transport.gathered.begin(&ufrag) {
                begins = true;
                restarts |= is_old;
                self.keep_to_policy(now, id);
            } else if complete {
                transport.ice.end_of_local_candidates(now);
            }
        }
        if begins {
            self.gather(now, restarts);
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

    /// An agent keeps its candidates over a restart. If by now they may not be used, it has to
    /// forget them, and what was sent over them.
    fn keep_to_policy(&mut self, now: Instant, id: TransportId) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        if self.configuration.ice_transport_policy == IceTransportPolicy::All {
            return;
        }
        let direct = transport.ice.local_candidates().filter(|c| c.kind != CandidateKind::Relayed);
        let relays: Vec<_> = (transport.ice.local_candidates())
            .filter(|candidate| candidate.kind == CandidateKind::Relayed)
            .map(|candidate| (candidate.protocol, candidate.base))
            .collect();
        let bases = direct.map(|candidate| (candidate.protocol, candidate.base));
        let forbidden: Vec<_> = bases.filter(|base| !relays.contains(base)).collect();
        for (protocol, base) in forbidden {
            transport.ice.remove_local(now, protocol, base);
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
        transport.ice.set_renomination(remote.renomination);
        let pacing = remote.pacing.map(|pacing| u64::from(pacing.min(MAX_PACING)));
        transport.ice.set_remote_pacing(pacing.map(Duration::from_millis));
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
            if let Some(name) = jsep::local_name(&candidate) {
                self.resolve_candidate(id, name, candidate);
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

    /// Has the name of a remote candidate resolved, as far as that may be: what is sent through a
    /// relay may not go to a name (draft-ietf-mmusic-mdns-ice-candidates section 3.2).
    fn resolve_candidate(
        &mut self,
        id: TransportId,
        name: CandidateName,
        candidate: rtc_sdp::Candidate,
    ) {
        let Some(transport) = self.transports.get(id) else { return };
        let Some(remote) = transport.ice.remote_credentials() else { return };
        if self.configuration.ice_transport_policy == IceTransportPolicy::All {
            let ufrag = remote.ufrag().into();
            let waiting = NamedCandidate { transport: id, ufrag, candidate };
            self.errands.resolve_candidate(name, waiting);
        }
    }
}

/// The slowest pacing that the other side is let have, in milliseconds: ICE would take minutes.
const MAX_PACING: u32 = 500;
