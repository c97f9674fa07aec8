//! The commands that exchange descriptions and candidates.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::Instant;
use rtc_dtls::Certificate;

use super::PeerConnection;
use super::drive::SCTP_PORT;
use crate::error::{AddIceCandidateError, DescriptionError};
use crate::event::{Event, TrackEvent};
use crate::jsep::{Change, Description, IceCandidate, IceLines, Local, OfferOptions, Plan};
use crate::state::SignalingState;

impl PeerConnection {
    /// `createOffer`.
    ///
    /// # Errors
    ///
    /// The connection is closed, or a remote offer waits for its answer.
    pub fn create_offer(&mut self, options: OfferOptions) -> Result<Description, DescriptionError> {
        self.session.check_offer()?;
        let restart = options.ice_restart
            || self.is_any_in_use(&self.ufrags_to_replace)
            || self.is_any_in_use(&self.outdated_ufrags);
        let local = self.local();
        Ok(self.session.create_offer(&local, &self.transceivers, restart, &mut self.rng))
    }

    /// `createAnswer`.
    ///
    /// # Errors
    ///
    /// There is no remote offer to answer.
    pub fn create_answer(&mut self) -> Result<Description, DescriptionError> {
        self.session.check_answer()?;
        let local = self.local();
        Ok(self.session.create_answer(&local, &self.transceivers, &mut self.rng))
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
        let plan = self.session.plan_local(description, &self.transceivers)?;
        self.was_described = true;
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
        let plan = self.session.plan_remote(description, &self.transceivers)?;
        self.carry_out(now, plan);
        Ok(())
    }

    /// `addIceCandidate`. A candidate of no use to us (with a name in place of an address that is
    /// not one of multicast DNS, of a TCP connection to a port that belongs to another service, for
    /// a component or an m-section that is not used) is kept in the remote description and
    /// otherwise ignored, as browsers do. An empty one ends the other side's.
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
            let mut ufrags = self.ufrags_in_use();
            ufrags.extend(self.session.current_local_ufrags().map(String::from));
            self.ufrags_to_replace = ufrags;
            self.update_negotiation_needed();
        }
    }

    /// Those of the transports, which last until other ones are agreed on.
    pub(super) fn ufrags_in_use(&self) -> Vec<String> {
        self.transports.iter().map(|t| t.ice.local_credentials().ufrag().to_string()).collect()
    }

    fn is_any_in_use(&self, ufrags: &[String]) -> bool {
        let mut in_use = self.transports.iter().map(|t| t.ice.local_credentials().ufrag());
        in_use.any(|ufrag| ufrags.iter().any(|replaced| replaced == ufrag))
    }

    /// What a description says of our side, besides transceivers.
    fn local(&self) -> Local {
        let certificates = match &*self.configuration.certificates {
            [] => core::slice::from_ref(&self.certificate),
            certificates => certificates,
        };
        let fingerprint = |it: &Certificate| it.fingerprint(rtc_dtls::HashAlgorithm::Sha256);
        Local {
            fingerprints: certificates.iter().map(fingerprint).collect(),
            wants_data: self.channels.is_wanted(),
            sctp_port: SCTP_PORT,
            max_message_size: self.configuration.max_message_size as u64,
            ice: IceLines {
                lite: self.configuration.ice_lite,
                renomination: self.configuration.renomination,
                pacing: pacing(self.configuration.ice.pacing),
            },
        }
    }

    /// Commits a plan and lets everybody know. Nothing from here on can fail.
    fn carry_out(&mut self, now: Instant, plan: Plan) {
        let before = self.session.signaling_state();
        let had_data = self.session.sctp().is_some();
        let changes = self.session.commit(plan, &mut self.transceivers, &mut self.rng);
        let after = self.session.signaling_state();
        if (before, after) == (SignalingState::HaveLocalOffer, SignalingState::HaveRemoteOffer) {
            // The rollback that a remote offer implies is one of its own (W3C section 4.4.1.5).
            self.events.push_back(Event::SignalingStateChange(SignalingState::Stable));
        }
        if before != after {
            self.events.push_back(Event::SignalingStateChange(after));
        }
        self.events.extend(changes.into_iter().map(event));
        self.reconcile_transports(now);
        if had_data && self.session.sctp().is_none() {
            self.channels.fail(false);
        }
        self.configure_media(now);
        self.establish_channels(now);
        if after == SignalingState::Stable {
            if !self.is_any_in_use(&self.ufrags_to_replace) {
                self.ufrags_to_replace.clear();
            }
            self.negotiation_needed = false;
            self.update_negotiation_needed();
        }
        self.report_states();
    }

    /// `negotiationneeded` by the algorithm of W3C section 4.7.3.
    pub(super) fn update_negotiation_needed(&mut self) {
        if self.session.signaling_state() != SignalingState::Stable {
            return;
        }
        let needed = !self.ufrags_to_replace.is_empty()
            || (self.channels.is_wanted() && self.session.sctp().is_none())
            || self.session.needs_negotiation(&self.transceivers);
        if needed && !self.negotiation_needed {
            self.events.push_back(Event::NegotiationNeeded);
        }
        self.negotiation_needed = needed;
    }
}

/// In the whole milliseconds that descriptions have, at least the 5 that RFC 8445 section 14.2 demands.
fn pacing(pacing: Duration) -> u32 {
    pacing.as_micros().div_ceil(1000).clamp(5, 10_000) as u32
}

fn event(change: Change) -> Event {
    match change {
        Change::Muted(transceiver) => Event::TrackMuted(transceiver),
        Change::Removed { transceiver, stream } => {
            Event::StreamTrackRemoved { transceiver, stream }
        }
        Change::Added { transceiver, stream } => Event::StreamTrackAdded { transceiver, stream },
        Change::Track { transceiver, track, streams } => {
            Event::Track(TrackEvent { transceiver, track, streams })
        }
        Change::Ended(transceiver) => Event::TrackEnded(transceiver),
    }
}
