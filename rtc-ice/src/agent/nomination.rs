//! Which pair data is sent on: nomination by either side, and the best valid pair before it.

use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::Protocol;

use super::candidate::CandidateKind;
use super::machine::Agent;
use super::pair::{Consent, MAX_CANCELLED, Nomination, Pair, PairId, PairState};
use super::state::{Event, Role};
use super::transaction::Purpose;
use crate::stun::TransactionId;

impl Agent {
    /// Settles which pair data is sent on: the selected one while there is consent, else the best
    /// valid one with consent. Linear in the number of pairs; not called for each datagram.
    pub(super) fn choose_sending(&mut self) {
        let now = self.now;
        let may_send = |pair: &Pair| pair.may_send(now);
        let selected = self.selected.filter(|id| self.checklist.get(*id).is_some_and(may_send));
        let chosen = selected
            .or_else(|| self.checklist.iter().find(|(_, pair)| may_send(pair)).map(|(id, _)| id));
        if chosen == self.sending.map(|(id, _)| id) {
            return;
        }
        self.sending = chosen.and_then(|id| self.checklist.get(id).map(|pair| (id, pair.path)));
        self.missed_answers = 0;
        if self.sending.is_some() {
            self.next_consent_at = now + self.draw_consent_interval();
        }
    }

    /// Controlling: nominates the best valid pair as soon as no better one is worth a wait
    /// (RFC 8445, section 8.1.1).
    pub(super) fn consider_nomination(&mut self) {
        self.nominate_at = None;
        if self.role != Role::Controlling || self.nominating.is_some() || !self.is_searching() {
            return;
        }
        let now = self.now;
        // In trouble, the pair that does not answer is not nominated once more.
        let troubled = self.selected;
        let is_eligible = |id: PairId, pair: &Pair| {
            Some(id) != troubled && pair.state == PairState::Succeeded && pair.may_send(now)
        };
        let mut better_count = 0_u32;
        let mut best = None;
        for (id, pair) in self.checklist.iter() {
            if is_eligible(id, pair) {
                best = Some(id);
                break;
            }
            let is_open = !matches!(pair.state, PairState::Succeeded | PairState::Failed);
            if is_open && pair.consent != Consent::Lost {
                better_count += 1;
            }
        }
        let Some(best) = best else { return };
        let first_valid_at = *self.first_valid_at.get_or_insert(now);
        let deadline = first_valid_at + self.nomination_wait(best, better_count);
        if better_count == 0 || deadline <= now {
            self.nominations += 1;
            if let Some(pair) = self.checklist.get_mut(best) {
                pair.nomination = Nomination::Wanted(self.nominations);
            }
            self.nominating = Some(best);
            self.checklist.trigger_first(best);
        } else {
            self.nominate_at = Some(deadline);
        }
    }

    /// Controlled: the other side has nominated a pair with an authentic request.
    pub(super) fn on_use_candidate(&mut self, id: PairId, request: TransactionId) {
        let now = self.now;
        let Some(pair) = self.checklist.get_mut(id) else { return };
        if self.selected == Some(id) || pair.nominated_by == Some(request) {
            return;
        }
        pair.nominated_by = Some(request);
        self.nominations += 1;
        pair.nomination = Nomination::Wanted(self.nominations);
        if pair.state == PairState::Succeeded && pair.may_send(now) {
            self.select(id, self.nominations);
        } else if pair.consent != Consent::Lost {
            // Valid once, but so long ago that consent has to be asked for anew.
            if pair.state == PairState::Succeeded {
                self.checklist.set_state(id, PairState::Waiting);
            }
            self.checklist.trigger(id);
        }
    }

    /// A check of the pair has succeeded: if its nomination waited for that, it is done now, unless
    /// a later one has won meanwhile.
    pub(super) fn complete_nomination(&mut self, id: PairId, was_nominating: bool) {
        let Some(pair) = self.checklist.get(id) else { return };
        let Nomination::Wanted(number) = pair.nomination else { return };
        match self.role {
            Role::Controlling if was_nominating => {
                self.nominating = None;
                self.select(id, number);
            }
            Role::Controlling => {}
            Role::Controlled => {
                let latest = self.selected.and_then(|id| self.checklist.get(id)).map_or(
                    0,
                    |pair| match pair.nomination {
                        Nomination::Wanted(number) | Nomination::Done(number) => number,
                        Nomination::None => 0,
                    },
                );
                if number > latest {
                    self.select(id, number);
                } else if let Some(pair) = self.checklist.get_mut(id) {
                    pair.nomination = Nomination::Done(number);
                }
            }
        }
    }

    fn select(&mut self, id: PairId, number: u64) {
        let Some(pair) = self.checklist.get_mut(id) else { return };
        pair.nomination = Nomination::Done(number);
        let path = pair.path;
        self.nominate_at = None;
        if let Some(previous) = &mut self.previous {
            previous.is_retired = true;
        }
        if self.selected.replace(id) != Some(id) {
            self.emit(Event::SelectedPair(path));
        }
        self.choose_sending();
        self.park_others(id);
        self.update_state();
    }

    /// Ends the checks of all other pairs (RFC 8445, section 8.1.2). They wait, should the selected
    /// pair break; answers that are on their way still count.
    fn park_others(&mut self, selected: PairId) {
        let open: Vec<PairId> = self
            .checklist
            .iter()
            .filter(|(id, pair)| *id != selected && pair.check.is_some())
            .map(|(id, _)| id)
            .collect();
        for id in open {
            self.cancel_check(id);
            if self.checklist.get(id).is_some_and(|pair| pair.state == PairState::InProgress) {
                self.checklist.set_state(id, PairState::Waiting);
            }
        }
    }

    /// Sends the current check of a pair no more; its answer still counts (RFC 8445,
    /// section 7.3.1.4).
    pub(super) fn cancel_check(&mut self, id: PairId) {
        let final_wait = u32::from(self.config.final_wait);
        let Some(pair) = self.checklist.get_mut(id) else { return };
        let Some(check) = pair.check.take() else { return };
        pair.cancelled.push_back(check);
        if pair.cancelled.len() > MAX_CANCELLED
            && let Some(oldest) = pair.cancelled.pop_front()
        {
            self.transactions.remove(oldest);
        }
        if let Some(transaction) = self.transactions.get_mut(check) {
            transaction.purpose = Purpose::Cancelled { pair: id };
            let wait = transaction.rto.saturating_mul(final_wait);
            self.transactions.set_due(check, Some(self.now + wait));
        }
    }

    /// How long a better pair is worth waiting for.
    fn nomination_wait(&self, best: PairId, better_count: u32) -> Duration {
        let Some(pair) = self.checklist.get(best) else { return Duration::ZERO };
        let is_makeshift = pair.path.protocol == Protocol::Tcp
            || [self.locals.get(pair.local), self.remotes.get(pair.remote)]
                .into_iter()
                .flatten()
                .any(|candidate| candidate.kind == CandidateKind::Relayed);
        if is_makeshift {
            return self.config.relayed_nomination_wait;
        }
        let round_trip = pair.smoothed_round_trip_time.unwrap_or(Duration::MAX);
        let checks = self.config.pacing.saturating_mul(better_count);
        round_trip.saturating_mul(2).saturating_add(checks).min(self.config.nomination_wait)
    }
}
