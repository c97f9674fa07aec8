//! Which pair data is sent on: nomination by either side, and the best valid pair before it.

use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::Protocol;

use super::candidate::CandidateKind;
use super::machine::Agent;
use super::pair::{Consent, MAX_CANCELLED, Nomination, Pair, PairId, PairState};
use super::state::{Event, Role};
use super::transaction::Purpose;
use super::worth::Worth;
use crate::stun::TransactionId;

impl Agent {
    /// Settles which pair data is sent on: the selected one while there is consent and it answers,
    /// else the best valid one with consent, one that answers if there is one. Linear in the number
    /// of pairs; not called for each datagram.
    pub(super) fn choose_sending(&mut self) {
        let now = self.now;
        let selected = self
            .selected
            .filter(|id| self.checklist.get(*id).is_some_and(|selected| selected.may_send(now)));
        let doubted_at = selected.and_then(|id| self.checklist.get(id)?.doubted_at);
        let chosen = match (selected, doubted_at) {
            (Some(id), None) => Some(id),
            (Some(id), Some(doubted_at)) => self
                .best_pair(|pair| pair.may_send(now) && pair.is_proven_since(doubted_at))
                .or(Some(id)),
            (None, _) => self
                .best_pair(|pair| pair.may_send(now) && pair.doubted_at.is_none())
                .or_else(|| self.best_pair(|pair| pair.may_send(now))),
        };
        if chosen != self.sending.map(|(id, _)| id) {
            self.sending = chosen.and_then(|id| self.checklist.get(id).map(|pair| (id, pair.path)));
            self.watch_another(chosen);
            if self.sending.is_some() {
                self.next_consent_at = now + self.draw_consent_interval();
                // The other pair may have been silent for as long.
                self.doubt_silence(now);
            }
        }
        self.choose_backups();
    }

    /// The pair of the highest rank of those that are wanted.
    fn best_pair(&self, is_wanted: impl Fn(&Pair) -> bool) -> Option<PairId> {
        let wanted = self.checklist.iter().filter(|(_, pair)| is_wanted(pair));
        wanted.max_by_key(|(_, pair)| self.rank(pair)).map(|(id, _)| id)
    }

    /// Controlling: nominates the best valid pair as soon as no better one is worth a wait
    /// (RFC 8445, section 8.1.1).
    pub(super) fn consider_nomination(&mut self) {
        self.nominate_at = None;
        self.withdraw_nomination();
        if self.role != Role::Controlling || self.nominating.is_some() || self.config.lite {
            return;
        }
        if !self.is_searching() {
            self.consider_better_pair();
            return;
        }
        let now = self.now;
        // In trouble, the pair that does not answer is not nominated once more, nor one that may
        // have broken with it.
        let troubled = self.selected;
        let doubted_at = troubled.and_then(|id| self.checklist.get(id)?.doubted_at);
        let eligible = self.checklist.iter().filter(|(id, pair)| {
            Some(*id) != troubled
                && pair.state == PairState::Succeeded
                && pair.may_send(now)
                && pair.doubted_at.is_none()
                && doubted_at.is_none_or(|at| pair.is_proven_since(at))
        });
        let best = eligible.map(|(id, pair)| (self.rank(pair), id)).max();
        let Some((rank, best)) = best else { return };
        let better_count = self.checklist.iter().filter(|(_, pair)| {
            let is_open = !matches!(pair.state, PairState::Succeeded | PairState::Failed);
            is_open && pair.consent != Consent::Lost && self.rank(pair) > rank
        });
        let better_count = u32::try_from(better_count.count()).unwrap_or(u32::MAX);
        let first_valid_at = *self.first_valid_at.get_or_insert(now);
        let deadline = first_valid_at + self.nomination_wait(best, better_count);
        if better_count == 0 || deadline <= now {
            self.nominate(best);
        } else {
            self.nominate_at = Some(deadline);
        }
    }

    /// Nominates another pair although the selected one is well, if it is much better; not at once
    /// after the last nomination.
    fn consider_better_pair(&mut self) {
        let now = self.now;
        let Some(selected) = self.selected.filter(|_| self.config.nominates_again) else { return };
        let Some(worth) = self.checklist.get(selected).map(|pair| self.worth(pair)) else { return };
        let better = self.checklist.iter().filter(|(id, pair)| {
            *id != selected
                && pair.state == PairState::Succeeded
                && pair.may_send(now)
                && pair.doubted_at.is_none()
                && self.worth(pair).is_much_better_than(&worth)
        });
        let Some((_, best)) = better.map(|(id, pair)| (self.rank(pair), id)).max() else { return };
        let earliest = self.selected_at + MIN_TENURE;
        if earliest <= now {
            self.nominate(best);
        } else {
            self.nominate_at = Some(earliest);
        }
    }

    /// Takes a nomination back that is not answered, although the pair that data is sent on is.
    fn withdraw_nomination(&mut self) {
        let Some(id) = self.nominating else { return };
        let Some(pair) = self.checklist.get(id) else { return };
        let check = pair.check.and_then(|check| self.transactions.get(check));
        let unanswered_since =
            check.filter(|check| check.sent_at + check.rto <= self.now).map(|check| check.sent_at);
        let Some(since) = pair.doubted_at.or(unanswered_since) else { return };
        let sending = self.sending.filter(|(sending, _)| *sending != id);
        let sending = sending.and_then(|(sending, _)| self.checklist.get(sending));
        if sending.is_some_and(|sending| sending.is_proven_since(since)) {
            self.nominating = None;
            self.cancel_check(id);
            if let Some(pair) = self.checklist.get_mut(id) {
                pair.nomination = Nomination::None;
                pair.doubted_at.get_or_insert(since);
            }
        }
    }

    fn nominate(&mut self, id: PairId) {
        self.nominations += 1;
        if let Some(pair) = self.checklist.get_mut(id) {
            pair.nomination = Nomination::Wanted(self.nominations);
        }
        self.nominating = Some(id);
        self.checklist.trigger_first(id);
    }

    /// What a pair is worth, apart from the priorities that the two sides have given it.
    fn worth(&self, pair: &Pair) -> Worth {
        let candidates = [self.locals.get(pair.local), self.remotes.get(pair.remote)];
        let candidates = candidates.into_iter().flatten();
        Worth {
            cost: candidates.clone().map(|own| u32::from(own.network.cost)).sum(),
            is_relayed: candidates.clone().any(|own| own.kind == CandidateKind::Relayed),
            is_stream: pair.path.protocol == Protocol::Tcp,
            round_trip_time: pair
                .smoothed_round_trip_time
                .filter(|_| pair.counters.round_trips >= MIN_ROUND_TRIPS),
        }
    }

    /// Controlled: the other side has nominated a pair with an authentic request; `value` is that
    /// of NOMINATION. Without renomination the last nomination counts, with it the largest.
    pub(super) fn on_nominated(&mut self, id: PairId, request: TransactionId, value: Option<u32>) {
        let now = self.now;
        if self.renomination {
            // USE-CANDIDATE alone is the first nomination that there can be.
            let value = value.unwrap_or(1);
            if value < self.largest_nomination || (value == self.largest_nomination && value > 1) {
                return;
            }
            self.largest_nomination = value;
        }
        let Some(pair) = self.checklist.get_mut(id) else { return };
        if self.selected == Some(id) {
            if self.renomination {
                // It is later than one that still waits for its pair to become valid.
                self.nominations += 1;
                pair.nomination = Nomination::Done(self.nominations);
            }
            return;
        }
        if pair.nominated_by == Some(request) {
            return;
        }
        pair.nominated_by = Some(request);
        self.nominations += 1;
        pair.nomination = Nomination::Wanted(self.nominations);
        if pair.state == PairState::Succeeded && pair.may_send(now) && self.remote.is_some() {
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

    pub(super) fn select(&mut self, id: PairId, number: u64) {
        let Some(pair) = self.checklist.get_mut(id) else { return };
        pair.nomination = Nomination::Done(number);
        let path = pair.path;
        self.nominate_at = None;
        self.selected_at = self.now;
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

    /// Ends the checks of all other pairs (RFC 8445, section 8.1.2). They are frozen until the
    /// selected pair breaks; answers that are on their way still count.
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
        self.checklist.freeze_waiting();
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
        let checks = self.pacing.saturating_mul(better_count);
        round_trip.saturating_mul(2).saturating_add(checks).min(self.config.nomination_wait)
    }
}

/// How long a pair stays selected, at least, if it does not break.
const MIN_TENURE: Duration = Duration::from_secs(2);
/// How many round-trip times must have been measured before they count.
const MIN_ROUND_TRIPS: u64 = 2;
