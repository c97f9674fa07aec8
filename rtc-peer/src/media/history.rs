//! What has been sent of a stream and may be asked for again.

use alloc::collections::VecDeque;
use core::time::Duration;

use rtc_core::Instant;
use rtc_srtp::rtp::extension::AbsSendTime;

use super::outgoing_packet::Content;

/// The last packets of a stream, by a bound of packets, one of bytes and one of age.
#[derive(Debug)]
pub(super) struct History {
    limits: HistoryLimits,
    /// The index of the first slot.
    first: u64,
    /// Holes are numbers that were never sent, or are yet to come from behind.
    slots: VecDeque<Option<Sent>>,
    bytes: usize,
}

/// The bounds of a [`History`].
#[derive(Debug, Clone, Copy)]
pub(super) struct HistoryLimits {
    pub(super) packets: usize,
    pub(super) bytes: usize,
    pub(super) age: Duration,
}

/// A packet that has been sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) content: Content,
    pub(super) sent_at: Instant,
    pub(super) resent_at: Option<Instant>,
    pub(super) times: u8,
}

/// What only the moment of sending tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Stamps {
    pub(super) with_ids: bool,
    pub(super) abs_send_time: Option<AbsSendTime>,
    pub(super) transport_sequence_number: Option<u16>,
}

impl History {
    pub(super) const fn new(limits: HistoryLimits) -> Self {
        Self { limits, first: 0, slots: VecDeque::new(), bytes: 0 }
    }

    pub(super) fn insert(&mut self, sent: Sent) {
        let (index, now) = (sent.content.index, sent.sent_at);
        if self.slots.is_empty() {
            self.first = index;
        }
        let Some(offset) = index.checked_sub(self.first) else { return };
        if offset >= 2 * self.limits.packets as u64 {
            self.clear();
            self.first = index;
        }
        let offset = (index - self.first) as usize;
        if self.slots.len() <= offset {
            self.slots.resize_with(offset + 1, || None);
        }
        self.bytes += sent.content.payload.len();
        if let Some(slot) = self.slots.get_mut(offset)
            && let Some(old) = slot.replace(sent)
        {
            self.bytes -= old.content.payload.len();
        }
        self.trim(now);
    }

    /// The packet that was sent with this number, if it is still there.
    pub(super) fn find(&mut self, sequence_number: u16, now: Instant) -> Option<&mut Sent> {
        self.trim(now);
        let last = self.first + self.slots.len() as u64;
        let back = u64::from((last as u16).wrapping_sub(sequence_number));
        let offset = last.checked_sub(back)?.checked_sub(self.first)?;
        self.slots.get_mut(usize::try_from(offset).ok()?)?.as_mut()
    }

    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.bytes = 0;
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, usize) {
        (self.slots.len(), self.bytes)
    }

    fn trim(&mut self, now: Instant) {
        while let Some(front) = self.slots.front() {
            let old = |sent: &Sent| now.saturating_duration_since(sent.sent_at) > self.limits.age;
            if self.slots.len() <= self.limits.packets
                && self.bytes <= self.limits.bytes
                && !front.as_ref().is_none_or(old)
            {
                return;
            }
            if let Some(Some(sent)) = self.slots.pop_front() {
                self.bytes -= sent.content.payload.len();
            }
            self.first += 1;
        }
    }
}

/// What retransmissions may take, so that a storm of NACKs cannot make us a flood.
///
/// They may take half of what is sent anyway, and a little that does not depend on it; what is not
/// used is saved up to a bound.
#[derive(Debug)]
pub(super) struct ResendBudget {
    /// Bytes.
    credit: u64,
    filled_at: Option<Instant>,
}

impl ResendBudget {
    pub(super) const fn new() -> Self {
        Self { credit: MAX_CREDIT / 4, filled_at: None }
    }

    /// Notes bytes that were sent for the first time.
    pub(super) fn on_sent(&mut self, bytes: usize) {
        self.credit = (self.credit + bytes as u64 / 2).min(MAX_CREDIT);
    }

    /// Takes bytes for a retransmission, and returns whether there were as many.
    pub(super) fn take(&mut self, now: Instant, bytes: usize) -> bool {
        let passed = now.saturating_duration_since(self.filled_at.unwrap_or(now));
        // At this rate a nanosecond is worth less than a byte: what has passed is kept until it is.
        let earned = passed.as_millis().saturating_mul(BYTES_PER_MILLISECOND);
        if self.filled_at.is_none() || earned > 0 {
            self.filled_at = Some(now);
        }
        let earned = u64::try_from(earned).unwrap_or(MAX_CREDIT);
        self.credit = self.credit.saturating_add(earned).min(MAX_CREDIT);
        match self.credit.checked_sub(bytes as u64) {
            Some(credit) => {
                self.credit = credit;
                true
            }
            None => false,
        }
    }
}

/// How much may be saved: about what 50 Mbit/s of media lose in a second at 5 %.
pub(super) const MAX_CREDIT: u64 = 512 << 10;
/// What comes with time alone: 256 kbit/s.
const BYTES_PER_MILLISECOND: u128 = 32;

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::media::packet::{Csrcs, MediaExtensions};

    const LIMITS: HistoryLimits =
        HistoryLimits { packets: 100, bytes: 5_000, age: Duration::from_secs(1) };

    fn sent(index: u64, now: Instant, len: usize) -> Sent {
        let content = Content {
            index,
            marker: false,
            payload_type: 96,
            rtx_payload_type: None,
            timestamp: 0,
            csrcs: Csrcs::new(),
            extensions: MediaExtensions::NONE,
            payload: Bytes::from(std::vec![0; len]),
        };
        Sent { content, sent_at: now, resent_at: None, times: 0 }
    }

    #[test]
    fn packets_are_found_by_number_within_all_bounds() {
        let mut now = Instant::from_secs(1_000_000);
        let mut history = History::new(LIMITS);
        for index in 65_500..65_700 {
            history.insert(sent(index, now, 10));
            assert!(history.size().0 <= 100 && history.size().1 <= 5_000);
        }
        assert!(history.find(65_599u64 as u16, now).is_none());
        assert_eq!(
            history.find(65_600u64 as u16, now).map(|sent| sent.content.index),
            Some(65_600)
        );
        assert_eq!(
            history.find(65_699u64 as u16, now).map(|sent| sent.content.index),
            Some(65_699)
        );
        assert!(history.find(65_700u64 as u16, now).is_none());
        history.insert(sent(65_700, now, 4_995));
        assert_eq!(history.size(), (1, 4_995));
        now += Duration::from_secs(2);
        assert!(history.find(65_700u64 as u16, now).is_none());
        assert_eq!(history.size(), (0, 0));
    }

    #[test]
    fn a_jump_and_a_late_packet_keep_the_bounds() {
        let now = Instant::from_secs(1_000_000);
        let mut history = History::new(LIMITS);
        for index in [100_000, 99_999, 100_003, 100_001, 900_000_000, 900_000_001, 5] {
            history.insert(sent(index, now, 10));
            assert!(history.size().0 <= 100);
        }
        assert!(history.find(900_000_001u64 as u16, now).is_some());
    }

    #[test]
    fn the_budget_refuses_a_storm_and_recovers() {
        let mut now = Instant::from_secs(1_000_000);
        let mut budget = ResendBudget::new();
        let mut given = 0;
        while budget.take(now, 1_000) {
            given += 1_000;
        }
        assert!(given <= MAX_CREDIT);
        budget.on_sent(10_000);
        assert!(budget.take(now, 1_000));
        assert!(!budget.take(now, 6_000));
        now += Duration::from_secs(1);
        assert!(budget.take(now, 30_000));
    }
}
