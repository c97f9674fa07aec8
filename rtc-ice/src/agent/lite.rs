//! A lite implementation (RFC 8445, section 2.5): it answers checks and sends none.

use core::time::Duration;

use rtc_core::Instant;

use super::candidate::{Candidate, CandidateKind};
use super::machine::Agent;
use super::pair::{Consent, Nomination, PairId, PairState};
use super::state::{Role, State};

impl Agent {
    /// Whether neither side sends checks.
    pub(super) const fn are_both_lite(&self) -> bool {
        self.config.lite && self.remote_is_lite
    }

    /// Whether candidates are paired when they are signalled: a lite agent takes the pairs that the
    /// checks of the other side show, unless there will be none.
    pub(super) const fn pairs_candidates(&self) -> bool {
        !self.config.lite || self.remote_is_lite
    }

    /// The role that a lite agent has: controlled, but for one of two lite agents (RFC 8445,
    /// section 6.1.1).
    pub(super) const fn lite_role(&self) -> Role {
        if self.remote_is_lite { self.wanted_role } else { Role::Controlled }
    }

    /// Whether a lite agent can have this local candidate: one of the host, to which the other side
    /// comes.
    pub(super) fn is_for_lite(candidate: &Candidate) -> bool {
        candidate.kind == CandidateKind::Host && !candidate.is_active()
    }

    /// An authentic check has come on a pair: the other side is there, and by RFC 7675 a lite agent
    /// has nothing else to know it from.
    pub(super) fn on_lite_check(&mut self, id: PairId, is_nominating: bool) {
        let now = self.now;
        let until = now + self.config.consent_lifetime;
        let Some(pair) = self.checklist.get_mut(id) else { return };
        pair.consent = Consent::Until(until);
        pair.answered_at = Some(now);
        pair.missed = 0;
        pair.is_valid |= is_nominating;
        if is_nominating {
            // RFC 8445, section 7.3.2: the pair is valid by that.
            self.checklist.set_state(id, PairState::Succeeded);
        }
        if self.selected.is_none() && self.remote.is_some() {
            self.is_patience_over = false;
            self.patience_until = Some(self.patience_until.map_or(until, |old| old.max(until)));
        }
    }

    /// The remote credentials have come: what was nominated before is selected.
    pub(super) fn select_early_nomination(&mut self) {
        if matches!(self.state, State::Failed | State::Closed) {
            return;
        }
        let nominated = self.checklist.iter().filter_map(|(id, pair)| match pair.nomination {
            Nomination::Wanted(number) => Some((number, id)),
            Nomination::None | Nomination::Done(_) => None,
        });
        if let Some((number, id)) = nominated.max() {
            self.select(id, number);
        }
    }

    /// Between two lite agents the pair with the highest priority is selected (RFC 8445,
    /// section 8.2), which is the same one to both. Nobody sends checks, so consent is assumed.
    pub(super) fn select_without_checks(&mut self) {
        let is_over = matches!(self.state, State::Failed | State::Closed);
        if !self.are_both_lite() || self.remote.is_none() || is_over {
            return;
        }
        let best = self.checklist.iter().next().map(|(id, _)| id);
        let Some(id) = best.filter(|best| self.selected != Some(*best)) else { return };
        if let Some(pair) = self.checklist.get_mut(id) {
            pair.is_valid = true;
            pair.consent = Consent::Assumed;
        }
        self.checklist.set_state(id, PairState::Succeeded);
        self.nominations += 1;
        self.select(id, self.nominations);
    }

    /// When a lite agent that hears nothing begins to doubt.
    pub(super) fn lite_doubt_at(&self) -> Option<Instant> {
        let (id, _) = self.sending.filter(|_| self.config.lite)?;
        let pair = self.checklist.get(id).filter(|pair| pair.missed == 0)?;
        match pair.consent {
            Consent::Until(until) => Some(until - LAST_HOPE.min(self.config.consent_lifetime)),
            Consent::None | Consent::Assumed | Consent::Lost => None,
        }
    }

    /// True if that moment has come.
    pub(super) fn doubt_silence(&mut self, now: Instant) -> bool {
        if self.lite_doubt_at().is_none_or(|at| at > now) {
            return false;
        }
        let count = self.config.disconnected_after;
        if let Some(pair) = self.sending.and_then(|(id, _)| self.checklist.get_mut(id)) {
            pair.missed = count;
        }
        true
    }

    /// Nothing has come for so long that nothing may be sent. A check that comes later makes good
    /// for it: the other side has its own consent.
    pub(super) fn on_silence(&mut self, id: PairId) {
        self.forget_use(id);
        if let Some(pair) = self.checklist.get_mut(id) {
            pair.consent = Consent::None;
            pair.is_valid = false;
            pair.nomination = Nomination::None;
            pair.nominated_by = None;
        }
        self.checklist.set_state(id, PairState::Failed);
    }
}

/// For how long at the end of the lifetime of consent a lite agent tells that it hears nothing.
const LAST_HOPE: Duration = Duration::from_secs(5);
