//! When things are due: retransmissions, expiries, patience; and the state that follows.

use alloc::collections::VecDeque;
use core::time::Duration;

use rtc_core::{Instant, Protocol};

use super::machine::Agent;
use super::pair::{Nomination, PairId, PairState};
use super::state::{Event, Role, State};
use super::transaction::Purpose;
use crate::stun::TransactionId;

impl Agent {
    /// Does what is due at `now`. Early or superfluous calls do no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        let now = self.advance(now);
        if matches!(self.state, State::Failed | State::Closed) {
            return;
        }
        // What has happened at once while a path was looked for does not come again soon.
        self.events.shrink_to_fit();
        self.retransmissions.shrink_to_fit();
        let mut has_changed = false;
        while let Some(id) = self.transactions.pop_due(now) {
            has_changed |= self.on_due(id, now);
        }
        has_changed |= self.give_up_opening(now);
        has_changed |= self.doubt_silence(now);
        has_changed |= self.continue_vigil(now);
        if self.previous.as_ref().is_some_and(|previous| previous.until <= now) {
            self.forget_previous();
            has_changed = true;
        }
        if self.patience_until.is_some_and(|until| until <= now) {
            self.patience_until = None;
            self.is_patience_over = true;
            has_changed = true;
        }
        if self.sending_until().is_some_and(|until| until <= now) {
            self.on_consent_lost();
            has_changed = true;
        }
        if has_changed || self.nominate_at.is_some_and(|at| at <= now) {
            self.settle();
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) and then
    /// [`poll_transmit`](Self::poll_transmit) want to be called, if nothing else happens before.
    /// Logarithmic in the number of requests that await an answer.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if matches!(self.state, State::Failed | State::Closed) {
            return None;
        }
        let reply = (!self.replies.is_empty()).then_some(self.now);
        let urgent = self.has_urgent_request().then_some(self.next_request_at);
        let ordinary =
            self.has_ordinary_check().then_some(self.next_check_at.max(self.next_request_at));
        let consent = self.next_consent_check_at().map(|at| at.max(self.next_request_at));
        Instant::earliest([
            reply,
            urgent,
            ordinary,
            consent,
            self.transactions.next_due_at(),
            self.connections.next_due_at(),
            self.lite_doubt_at(),
            self.vigil.due_at(),
            self.nominate_at,
            self.patience_until,
            self.sending_until(),
            self.previous.as_ref().map(|previous| previous.until),
        ])
    }

    /// Whether a triggered check or a retransmission waits for its turn.
    pub(super) fn has_urgent_request(&self) -> bool {
        self.remote.is_some()
            && !self.config.lite
            && (self.checklist.has_triggered()
                || self.vigil.has_probe()
                || !self.retransmissions.is_empty())
    }

    /// Whether an ordinary check waits for its turn. While the selected pair is well there are those
    /// of pairs that have come since it was selected.
    pub(super) fn has_ordinary_check(&self) -> bool {
        let has_pairs = if self.is_searching() {
            self.checklist.has_unchecked()
        } else {
            self.checklist.has_waiting()
        };
        self.remote.is_some() && !self.config.lite && has_pairs
    }

    /// Whether a pair is wanted that is not there: none is selected, or it does not answer.
    pub(super) fn is_searching(&self) -> bool {
        self.selected.is_none()
            || self.is_in_trouble()
            || self.sending.is_some_and(|(id, _)| self.selected != Some(id))
    }

    /// The time from the `transmissions`th transmission to the next, or to the end (RFC 8489,
    /// section 6.2.1). Over TCP there is but one (section 6.2.2).
    pub(super) fn wait_after(
        &self,
        protocol: Protocol,
        transmissions: u8,
        rto: Duration,
    ) -> Duration {
        if protocol == Protocol::Tcp {
            self.config.tcp_answer_wait
        } else if transmissions < self.config.max_transmissions {
            rto.saturating_mul(1 << transmissions.saturating_sub(1).min(16))
        } else {
            rto.saturating_mul(u32::from(self.config.final_wait))
        }
    }

    /// MAX (RTO, Ta * (waiting + in progress)): RFC 8445, section 14.3, for one checklist.
    pub(super) fn rto(&self) -> Duration {
        let outstanding = u32::try_from(self.checklist.outstanding()).unwrap_or(u32::MAX);
        self.config.rto.max(self.pacing.saturating_mul(outstanding))
    }

    /// Chooses, nominates and tells, after anything that bears on pairs.
    pub(super) fn settle(&mut self) {
        if matches!(self.state, State::Failed | State::Closed) {
            return;
        }
        self.select_without_checks();
        self.choose_sending();
        self.consider_nomination();
        self.update_state();
    }

    pub(super) fn update_state(&mut self) {
        let state = self.computed_state();
        if state == State::Failed && self.state != State::Failed {
            self.quiesce();
            self.forget_previous();
            self.let_go_of_all(None);
        }
        self.set_state(state);
    }

    pub(super) fn set_state(&mut self, state: State) {
        if self.state != state {
            self.state = state;
            self.emit(Event::StateChange(state));
        }
    }

    /// Takes another role: the priorities depend on it, and nominations in the old one are void.
    pub(super) fn change_role(&mut self, role: Role) {
        if self.role == role || self.state == State::Closed {
            return;
        }
        self.role = role;
        self.nominating = None;
        self.nominate_at = None;
        let ids: VecDeque<PairId> = self.checklist.ids().collect();
        for id in ids {
            if let Some(pair) = self.checklist.get_mut(id)
                && matches!(pair.nomination, Nomination::Wanted(_))
            {
                pair.nomination = Nomination::None;
            }
        }
        self.renew_priorities();
        self.emit(Event::RoleChange(role));
        self.settle();
    }

    /// A pair will not do: its check was refused or never answered.
    pub(super) fn fail_pair(&mut self, id: PairId) {
        self.checklist.set_state(id, PairState::Failed);
        if self.nominating == Some(id) {
            self.nominating = None;
        }
        if let Some(pair) = self.checklist.get_mut(id) {
            pair.is_valid = false;
            if !matches!(pair.nomination, Nomination::Done(_)) {
                pair.nomination = Nomination::None;
            }
        }
        self.close_link(id, false);
    }

    /// True if something has changed that bears on pairs.
    fn on_due(&mut self, id: TransactionId, now: Instant) -> bool {
        let Some(transaction) = self.transactions.get(id) else { return false };
        match transaction.purpose {
            Purpose::Check { pair, .. } if transaction.is_to_be_replaced => {
                self.replace_check(pair);
                false
            }
            Purpose::Check { pair, nominating }
                if transaction.path.protocol == Protocol::Udp
                    && transaction.transmissions < self.config.max_transmissions =>
            {
                // Those that are kept have their turn first.
                let has_made_way = !self.checklist.has_unchecked() && self.make_way(pair);
                if !has_made_way {
                    self.retransmissions.push_back(id);
                }
                has_made_way || nominating
            }
            Purpose::Check { pair, .. } => {
                self.transactions.remove(id);
                if let Some(pair) = self.checklist.get_mut(pair) {
                    pair.check = None;
                }
                self.fail_pair(pair);
                self.make_way(pair);
                true
            }
            Purpose::Cancelled { pair } => {
                self.transactions.remove(id);
                if let Some(pair) = self.checklist.get_mut(pair) {
                    pair.cancelled.retain(|cancelled| *cancelled != id);
                }
                false
            }
            Purpose::Consent { pair, missed } => self.on_consent_due(id, pair, missed, now),
            Purpose::Probe { .. } | Purpose::PreviousConsent => {
                self.transactions.remove(id);
                false
            }
        }
    }

    fn computed_state(&self) -> State {
        if matches!(self.state, State::Failed | State::Closed) {
            return self.state;
        }
        let is_complete = self.is_local_complete && self.is_remote_complete;
        if self.send_path().is_some() {
            let previous = self.previous.as_ref().and_then(|previous| previous.path.as_ref());
            return if self.sending.is_some() && self.is_in_trouble() {
                State::Disconnected
            } else if self.sending.is_none() && previous.is_some_and(|path| path.was_in_trouble) {
                State::Checking
            } else if self.selected.is_some() && is_complete {
                State::Completed
            } else {
                State::Connected
            };
        }
        if self.remote.is_none() {
            return if self.has_restarted { State::Checking } else { State::New };
        }
        let has_work =
            !self.config.lite && (!self.checklist.is_settled() || self.checklist.has_triggered());
        if has_work || !self.is_patience_over {
            let has_begun = self.remotes.len() != 0 || self.has_restarted;
            if has_begun { State::Checking } else { State::New }
        } else if is_complete {
            State::Failed
        } else if self.remotes.len() != 0 {
            State::Disconnected
        } else {
            State::New
        }
    }
}
