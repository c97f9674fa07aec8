//! The commands that exchange descriptions and candidates.

use alloc::string::ToString;

use rtc_core::Instant;
use rtc_ice::Credentials;

use super::PeerConnection;
use super::drive::SCTP_PORT;
use crate::error::{AddIceCandidateError, DescriptionError};
use crate::event::Event;
use crate::jsep::{self, Change, Description, IceCandidate, Local, Negotiated, OfferOptions, Plan};
use crate::state::SignalingState;
use crate::transport::{RemoteParameters, Transport};

impl PeerConnection {
    /// `createOffer`.
    ///
    /// # Errors
    ///
    /// The connection is closed, or a remote offer waits for its answer.
    pub fn create_offer(&mut self, options: OfferOptions) -> Result<Description, DescriptionError> {
        self.session.check_offer()?;
        let restart = options.ice_restart || self.has_ufrag_to_replace();
        let local = self.local(restart && self.session.has_transport());
        Ok(self.session.create_offer(&local))
    }

    /// `createAnswer`.
    ///
    /// # Errors
    ///
    /// There is no remote offer to answer.
    pub fn create_answer(&mut self) -> Result<Description, DescriptionError> {
        self.session.check_answer()?;
        let local = self.local(self.session.remote_restarts_ice());
        Ok(self.session.create_answer(&local))
    }

    /// `setLocalDescription`. `None` creates and sets whatever the signaling state calls for.
    ///
    /// # Errors
    ///
    /// The signaling state does not allow it, or the description is not the one created last. The
    /// connection is then as it was.
    pub fn set_local_description(
        &mut self,
        now: Instant,
        description: Option<Description>,
    ) -> Result<(), DescriptionError> {
        let now = self.clock(now);
        let description = match description {
            Some(description) => description,
            None if self.session.awaits_local_answer() => self.create_answer()?,
            None => self.create_offer(OfferOptions::default())?,
        };
        let plan = self.session.plan_local(description)?;
        self.carry_out(now, plan);
        Ok(())
    }

    /// `setRemoteDescription`. A remote offer rolls back a local one that has no answer yet.
    ///
    /// # Errors
    ///
    /// The signaling state does not allow it, or the description cannot be read or accepted. The
    /// connection is then as it was.
    pub fn set_remote_description(
        &mut self,
        now: Instant,
        description: Description,
    ) -> Result<(), DescriptionError> {
        let now = self.clock(now);
        let plan = self.session.plan_remote(description)?;
        self.carry_out(now, plan);
        Ok(())
    }

    /// `addIceCandidate`. A candidate of no use to us (over TCP, with a name in place of an
    /// address, for a component or an m-section that is not used) is kept in the remote
    /// description and otherwise ignored, as browsers do. An empty one ends the other side's.
    ///
    /// # Errors
    ///
    /// There is no remote description that the candidate belongs to, or it cannot be read.
    pub fn add_ice_candidate(
        &mut self,
        now: Instant,
        candidate: &IceCandidate,
    ) -> Result<(), AddIceCandidateError> {
        let now = self.clock(now);
        if self.session.add_candidate(candidate)? {
            self.update_remote_candidates(now);
        }
        Ok(())
    }

    /// `restartIce`: has the next offer look for a path anew.
    pub fn restart_ice(&mut self) {
        if !self.is_closed() {
            if self.session.has_transport() {
                let in_use = self.transport.ice.local_credentials().ufrag().to_string();
                let agreed_on =
                    self.session.current_local_credentials().map(|c| c.ufrag().to_string());
                self.ufrags_to_replace = [in_use].into_iter().chain(agreed_on).collect();
            }
            self.update_negotiation_needed();
        }
    }

    /// Whether `restartIce()` was called for the credentials that are in use.
    fn has_ufrag_to_replace(&self) -> bool {
        let ufrag = self.transport.ice.local_credentials().ufrag();
        self.ufrags_to_replace.iter().any(|replaced| replaced == ufrag)
    }

    /// What a description says of our side. With `restart`, new ICE credentials are drawn, which
    /// take effect when the description is set.
    fn local(&mut self, restart: bool) -> Local {
        let credentials = if restart {
            let fresh = || Credentials::draw(&mut self.rng);
            self.restart.get_or_insert_with(fresh).clone()
        } else {
            self.transport.ice.local_credentials().clone()
        };
        Local {
            ufrag: credentials.ufrag().to_string(),
            password: credentials.password().to_string(),
            fingerprint: self.transport.certificate.fingerprint(rtc_dtls::HashAlgorithm::Sha256),
            dtls_role: self.transport.remote().map(|remote| remote.role),
            wants_data: self.channels.is_wanted(),
            sctp_port: SCTP_PORT,
            max_message_size: self.configuration.max_message_size as u64,
        }
    }

    /// Commits a plan and lets everybody know. Nothing from here on can fail.
    fn carry_out(&mut self, now: Instant, plan: Plan) {
        let before = self.session.signaling_state();
        let changes = self.session.commit(plan);
        let after = self.session.signaling_state();
        if before != after {
            self.events.push_back(Event::SignalingStateChange(after));
        }
        for change in changes {
            match change {
                Change::Rewound => self.rewind(now),
                Change::Reverted { local, remote } => self.revert(now, local, remote),
                Change::Gather(credentials) => self.gather_for_description(now, credentials),
                Change::Negotiated(negotiated) => self.negotiated(now, negotiated),
                Change::DataEnded => self.channels.fail(false),
            }
        }
        if after == SignalingState::Stable {
            if !self.has_ufrag_to_replace() {
                self.ufrags_to_replace.clear();
            }
            self.negotiation_needed = false;
            self.update_negotiation_needed();
        }
        self.report_states();
    }

    /// The first local offer was rolled back: its transport goes with it.
    fn rewind(&mut self, now: Instant) {
        let agent = super::new_agent(&self.configuration, now, &mut self.rng);
        let certificate = self.transport.certificate.clone();
        self.transport = Transport::new(agent, certificate, self.configuration.max_datagram_size);
        self.restart = None;
        self.reset_gathering();
    }

    /// A later local offer was rolled back: if it was to restart ICE, what was agreed on before
    /// is in force again. The path of before the offer carries data until it has been checked.
    fn revert(&mut self, now: Instant, local: Credentials, remote: Credentials) {
        if local == *self.transport.ice.local_credentials() {
            return;
        }
        self.transport.ice.restart_with(now, local, &mut self.rng);
        let _new_generation = self.transport.ice.set_remote_credentials(now, remote);
        if self.gathering.state == crate::state::IceGatheringState::Complete {
            self.transport.ice.end_of_local_candidates(now);
        }
        self.update_remote_candidates(now);
    }

    /// A local description was set: restarts ICE if it says so, and gathers for it unless that was
    /// done before.
    fn gather_for_description(&mut self, now: Instant, credentials: Credentials) {
        self.restart = None;
        if credentials != *self.transport.ice.local_credentials() {
            self.transport.ice.restart_with(now, credentials, &mut self.rng);
            self.reset_gathering();
        }
        if self.gathering.state == crate::state::IceGatheringState::New {
            self.gather(now);
        }
    }

    /// An offer and an answer have met: what they agree on takes effect.
    fn negotiated(&mut self, now: Instant, negotiated: Negotiated) {
        let Negotiated { ice, fingerprints, dtls_role } = negotiated;
        let role =
            if ice.controlling { rtc_ice::Role::Controlling } else { rtc_ice::Role::Controlled };
        if self.transport.remote().is_none() {
            self.transport.ice.set_role(role);
        }
        self.transport.ice.set_remote_lite(ice.lite);
        // Their form was checked with the description.
        if let Ok(credentials) = Credentials::new(&ice.ufrag, &ice.password) {
            let _same_as_before = self.transport.ice.set_remote_credentials(now, credentials);
        }
        self.transport.set_remote(RemoteParameters { fingerprints, role: dtls_role });
        self.update_remote_candidates(now);
        self.transport.advance(now, &mut self.rng);
        self.establish_channels(now);
    }

    /// Hands the candidates of the remote description to the agent, which knows those it has.
    fn update_remote_candidates(&mut self, now: Instant) {
        if self.transport.remote().is_none() {
            return;
        }
        for candidate in self.session.take_new_remote_candidates() {
            if let Some(candidate) = jsep::candidate_to_ice(&candidate) {
                // Candidates beyond the agent's limit are not tried.
                let _known_or_too_many = self.transport.ice.add_remote_candidate(now, candidate);
            }
        }
        if self.session.remote_candidates_ended() {
            self.transport.ice.end_of_remote_candidates(now);
        }
        self.transport.advance(now, &mut self.rng);
        self.report_states();
    }

    /// `negotiationneeded` by the algorithm of W3C section 4.7.3.
    pub(super) fn update_negotiation_needed(&mut self) {
        if self.session.signaling_state() != SignalingState::Stable {
            return;
        }
        let needed = !self.ufrags_to_replace.is_empty()
            || (self.channels.is_wanted() && self.session.sctp().is_none());
        if needed && !self.negotiation_needed {
            self.events.push_back(Event::NegotiationNeeded);
        }
        self.negotiation_needed = needed;
    }
}
