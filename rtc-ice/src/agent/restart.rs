//! ICE restart (RFC 8445, section 9).

use alloc::boxed::Box;

use rand_core::CryptoRng;
use rtc_core::Instant;

use super::candidates::End;
use super::credentials::Credentials;
use super::machine::Agent;
use super::pair::Consent;
use super::previous::{Previous, PreviousPath};
use super::refill::Refill;
use super::side::LocalSide;
use super::state::State;
use crate::draw::Draws;

impl Agent {
    /// Begins anew with fresh credentials: the remote credentials and candidates are forgotten, and
    /// both sides may have more candidates again. The local candidates, the sockets, stay; so does
    /// the role.
    ///
    /// Data goes on on the old path, whose consent is kept up, until a new pair is selected. The
    /// way out of [`State::Failed`]; a closed agent stays closed.
    ///
    /// [`State::Failed`]: crate::State::Failed
    pub fn restart(&mut self, now: Instant, rng: &mut dyn CryptoRng) {
        let credentials = Credentials::draw(rng);
        self.restart_with(now, credentials, rng);
    }

    /// Like [`restart`](Self::restart), with credentials that were drawn before, because they had
    /// to be described before they take effect.
    pub fn restart_with(
        &mut self,
        now: Instant,
        credentials: Credentials,
        rng: &mut dyn CryptoRng,
    ) {
        let now = self.advance(now);
        if self.state == State::Closed {
            return;
        }
        let path = self.old_path();
        let until = match &path {
            Some(_) => self.sending_until().unwrap_or(now + self.config.consent_lifetime),
            None => now + self.config.consent_lifetime,
        };
        let local = core::mem::replace(&mut self.local, LocalSide::new(credentials));
        let remote = self.remote.take();
        // Two restarts in a row: what was in use before the first is still in use.
        let keeps_older = path.is_none()
            && self.previous.as_ref().is_some_and(|previous| previous.send_path().is_some());
        let kept = path.as_ref().map(|own| own.path);
        if !keeps_older {
            self.forget_previous();
            let previous = Previous { local, remote, path, until, is_retired: false };
            self.previous = Some(Box::new(previous));
        }
        self.quiesce();
        self.let_go_of_all(kept);
        self.tie_breaker = rng.next_u64();
        self.draws = Draws::new(rng);
        self.checklist.clear();
        self.refill = Refill::default();
        self.remotes.clear();
        self.destinations.clear();
        for end in self.bases.values_mut() {
            *end = End::new(end.candidate);
        }
        self.is_local_complete = false;
        self.is_remote_complete = false;
        self.is_coverage_turn = false;
        self.is_patience_over = false;
        self.first_valid_at = None;
        self.largest_nomination = 0;
        self.has_restarted = true;
        if self.state == State::Failed {
            self.set_state(State::Checking);
        }
        self.update_state();
    }

    fn old_path(&self) -> Option<PreviousPath> {
        let (id, path) = self.sending?;
        let pair = self.checklist.get(id)?;
        if !matches!(pair.consent, Consent::Until(_) | Consent::Assumed) {
            return None;
        }
        Some(PreviousPath {
            path,
            base: pair.base,
            role: self.role,
            tie_breaker: self.tie_breaker,
            priority: self.reflexive_priority(pair.base),
            nomination: self.nominations,
            next_consent_at: self.next_consent_at,
            round_trip_time: pair.smoothed_round_trip_time,
            was_in_trouble: self.is_in_trouble(),
        })
    }
}
