//! Congestion control feedback on what arrives (RFC 8888).

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::{Ecn, Instant};
use rtc_srtp::Ssrc;
use rtc_srtp::rtcp::{ArrivalTimeOffset, List, MetricBlock, StreamReport};

use super::ntp;

/// The arrivals of one stream that are yet to be told.
#[derive(Debug, Default)]
pub(super) struct StreamArrivals {
    /// The index of the first slot, which is the first that is to be told.
    first: u64,
    /// At most [`MAX_SLOTS`].
    slots: VecDeque<Option<(Instant, Option<Ecn>)>>,
}

impl StreamArrivals {
    /// Notes a packet with this index.
    pub(super) fn on_packet(&mut self, now: Instant, index: u64, ecn: Option<Ecn>) {
        if self.slots.is_empty() && index >= self.first {
            // What is missing between two reports belongs to the second of them.
            if self.first == 0 || index - self.first >= MAX_SLOTS as u64 {
                self.first = index;
            }
        }
        // What comes after it was told to be missing is not told again: each number once.
        let Some(mut offset) = index.checked_sub(self.first) else { return };
        if offset >= 2 * MAX_SLOTS as u64 {
            self.slots.clear();
            (self.first, offset) = (index, 0);
        }
        while offset >= MAX_SLOTS as u64 {
            self.slots.pop_front();
            self.first += 1;
            offset -= 1;
        }
        let offset = offset as usize;
        if self.slots.len() <= offset {
            self.slots.resize(offset + 1, None);
        }
        if let Some(slot @ None) = self.slots.get_mut(offset) {
            *slot = Some((now, ecn));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Takes at most `max` metrics, which are appended to `metrics`; returns the number that the
    /// first of them is of, and how many there are.
    pub(super) fn take(
        &mut self,
        now: Instant,
        max: usize,
        metrics: &mut Vec<MetricBlock>,
    ) -> (u16, usize) {
        let count = self.slots.len().min(max);
        let begin = self.first as u16;
        metrics.extend(self.slots.drain(..count).map(|slot| match slot {
            None => MetricBlock::NotReceived,
            Some((at, ecn)) => {
                let ago = now.saturating_duration_since(at);
                let arrival = ArrivalTimeOffset::new(ntp::to_compact(ago) >> 6);
                MetricBlock::Received { ecn, arrival }
            }
        }));
        self.first += count as u64;
        (begin, count)
    }
}

/// When feedback is due, over all streams of a transport.
#[derive(Debug, Default)]
pub(super) struct FeedbackClock {
    waiting_since: Option<Instant>,
    told_at: Option<Instant>,
}

impl FeedbackClock {
    /// There is something to tell.
    pub(super) fn on_packet(&mut self, now: Instant) {
        self.waiting_since = self.waiting_since.or(Some(now));
    }

    /// Something has been told, and whether there is more.
    pub(super) fn on_told(&mut self, now: Instant, more: bool) {
        self.told_at = Some(now);
        self.waiting_since = more.then_some(now);
    }

    /// 50 ms after the last, and no sooner than 5 ms after a packet: the packets of a frame come
    /// together.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let since = self.waiting_since? + TOGETHER;
        Some(self.told_at.map_or(since, |at| since.max(at + INTERVAL)))
    }
}

/// One stream's part of a report: whose, from which number, how many metrics.
pub(super) type Part = (Ssrc, u16, usize);

/// The reports of up to [`MAX_PARTS`] streams, whose metrics lie one after the other.
pub(super) fn reports<'a>(
    parts: &[Part],
    mut metrics: &'a [MetricBlock],
) -> ([StreamReport<'a>; MAX_PARTS], usize) {
    let none = StreamReport { ssrc: Ssrc(0), begin_sequence_number: 0, metrics: List::new(&[]) };
    let mut reports = [none; MAX_PARTS];
    let mut len = 0;
    for (report, (ssrc, begin, count)) in reports.iter_mut().zip(parts) {
        let (own, rest) = metrics.split_at_checked(*count).unwrap_or((metrics, &[]));
        metrics = rest;
        *report =
            StreamReport { ssrc: *ssrc, begin_sequence_number: *begin, metrics: List::new(own) };
        len += 1;
    }
    (reports, len)
}

/// How many streams one packet reports on.
pub(super) const MAX_PARTS: usize = 16;
/// How many packets of a stream are remembered: RFC 8888 allows 16,384.
pub(super) const MAX_SLOTS: usize = 2_048;
const INTERVAL: Duration = Duration::from_millis(50);
const TOGETHER: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_told_once_with_its_mark() {
        let now = Instant::from_secs(1_000_000);
        let mut arrivals = StreamArrivals::default();
        arrivals.on_packet(now, 70_000, Some(Ecn::Ect1));
        arrivals.on_packet(now, 70_002, Some(Ecn::Ce));
        let mut metrics = Vec::new();
        let later = now + Duration::from_millis(500);
        assert_eq!(arrivals.take(later, 100, &mut metrics), (70_000u64 as u16, 3));
        let arrival = ArrivalTimeOffset::new(512);
        assert_eq!(
            metrics,
            [
                MetricBlock::Received { ecn: Some(Ecn::Ect1), arrival },
                MetricBlock::NotReceived,
                MetricBlock::Received { ecn: Some(Ecn::Ce), arrival },
            ]
        );
        arrivals.on_packet(later, 70_001, None);
        assert!(arrivals.is_empty());
        arrivals.on_packet(later, 70_005, None);
        metrics.clear();
        assert_eq!(arrivals.take(later, 100, &mut metrics), (70_003u64 as u16, 3));
    }

    #[test]
    fn the_window_is_bounded_whatever_numbers_come() {
        let now = Instant::from_secs(1_000_000);
        let mut arrivals = StreamArrivals::default();
        for index in (0..1 << 20).step_by(37).chain([1 << 40, 5, (1 << 40) + 3_000]) {
            arrivals.on_packet(now, index, None);
            assert!(arrivals.slots.len() <= MAX_SLOTS);
        }
    }
}
