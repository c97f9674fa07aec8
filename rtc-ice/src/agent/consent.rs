//! Consent to send (RFC 7675): kept by checks of its own, lost for good.

use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::Instant;

use super::backup::MIN_PERIOD;
use super::machine::Agent;
use super::pair::{Consent, PairId, PairState};
use super::transaction::Purpose;
use crate::stun::TransactionId;

impl Agent {
    /// Whether so many answers are missing that the path is taken to be broken.
    pub(super) fn is_in_trouble(&self) -> bool {
        let sending = self.sending.and_then(|(id, _)| self.checklist.get(id));
        sending.is_some_and(|pair| {
            pair.missed >= self.config.disconnected_after || self.vigil.is_trouble()
        })
    }

    /// When a consent check is due, on the pair that data is sent on or on the path of before the
    /// restart.
    pub(super) fn next_consent_check_at(&self) -> Option<Instant> {
        if self.config.lite {
            return None;
        }
        let current = self.sending.map(|_| self.next_consent_at);
        let previous = self.previous.as_ref().and_then(|previous| previous.next_consent_at());
        Instant::earliest([current, previous, self.next_backup_at()])
    }

    /// When consent on the pair that data is sent on runs out.
    pub(super) fn sending_until(&self) -> Option<Instant> {
        let (id, _) = self.sending?;
        match self.checklist.get(id)?.consent {
            Consent::Until(until) => Some(until),
            Consent::None | Consent::Assumed | Consent::Lost => None,
        }
    }

    /// From now to the next consent check: 0.8 to 1.2 times the interval.
    pub(super) fn draw_consent_interval(&mut self) -> Duration {
        let spread = u32::from_be_bytes(self.draws.bytes());
        let fifth = self.config.consent_interval / 5;
        // 4 fifths and 0 to 2 fifths more, in steps of 1/65536 of a fifth.
        let more = (fifth / 65_536).saturating_mul(spread >> 15);
        fifth.saturating_mul(4).saturating_add(more)
    }

    pub(super) fn on_consent_due(
        &mut self,
        id: TransactionId,
        pair: PairId,
        missed: bool,
        now: Instant,
    ) -> bool {
        if missed {
            self.transactions.remove(id);
            return false;
        }
        let Some(transaction) = self.transactions.get_mut(id) else { return false };
        transaction.purpose = Purpose::Consent { pair, missed: true };
        let sent_at = transaction.sent_at;
        let until = sent_at + self.config.consent_lifetime;
        // An answer that comes late still counts, as long as consent could last.
        self.transactions.set_due(id, Some(until.max(now + Duration::from_millis(1))));
        let was_in_trouble = self.is_in_trouble();
        let is_sending = self.sending.is_some_and(|(sending, _)| sending == pair);
        let was_heard = is_sending && self.was_heard_since(sent_at);
        let Some(doubtful) = self.checklist.get_mut(pair) else { return false };
        if doubtful.answered_at.is_some_and(|at| at >= sent_at) {
            return false;
        }
        doubtful.missed = doubtful.missed.saturating_add(1);
        // Where data comes, one datagram was lost, most likely.
        if !was_heard || doubtful.missed >= self.config.disconnected_after {
            doubtful.doubted_at.get_or_insert(sent_at);
        }
        if !is_sending {
            return self.on_backup_missed(pair, sent_at);
        }
        self.next_consent_at = self.next_consent_at.min(sent_at + MIN_PERIOD);
        self.probe_backups(now);
        if self.is_in_trouble() && !was_in_trouble {
            self.search_anew();
        }
        true
    }

    /// An answer to a consent check, or to one out of suspicion, has come on a pair.
    pub(super) fn on_consent_answer(&mut self, id: PairId, now: Instant) {
        let lifetime = self.config.consent_lifetime;
        let Some(pair) = self.checklist.get_mut(id) else { return };
        if !matches!(pair.consent, Consent::Until(until) if until > now) {
            // RFC 7675, section 5.1: an answer after the expiry does not re-establish consent.
            return;
        }
        pair.consent = Consent::Until(now + lifetime);
        pair.on_answer(now);
        self.watch_answered(id);
        self.settle();
    }

    /// "After consent is lost, the same ICE credentials MUST NOT be used on the affected 5-tuple
    /// again": the pair is dead, the others get another chance.
    pub(super) fn on_consent_lost(&mut self) {
        let Some((id, _)) = self.sending.take() else { return };
        if self.config.lite {
            self.on_silence(id);
            return;
        }
        if self.selected == Some(id) {
            self.selected = None;
        }
        self.transactions.retain(|transaction| {
            !matches!(
                transaction.purpose,
                Purpose::Consent { pair, .. }
                    | Purpose::Probe { pair }
                    | Purpose::Check { pair, .. }
                    | Purpose::Cancelled { pair }
                    if pair == id
            )
        });
        if let Some(pair) = self.checklist.get_mut(id) {
            pair.check = None;
            pair.cancelled.clear();
            pair.consent = Consent::Lost;
        }
        self.fail_pair(id);
        self.search_anew();
    }

    /// Lets all pairs be checked again, but the one that data is sent on and the dead ones.
    pub(super) fn search_anew(&mut self) {
        self.first_valid_at = None;
        let sending = self.sending.map(|(id, _)| id);
        let others: Vec<PairId> = self
            .checklist
            .iter()
            .filter(|(id, pair)| {
                Some(*id) != sending
                    && pair.consent != Consent::Lost
                    && matches!(pair.state, PairState::Succeeded | PairState::Failed)
            })
            .map(|(id, _)| id)
            .collect();
        for id in others {
            self.checklist.set_state(id, PairState::Waiting);
        }
    }
}
