//! Sequence numbers and timestamps without a seam, whatever the packets come from.

use alloc::collections::VecDeque;

use rtc_core::{Instant, ReplayWindow};
use rtc_srtp::Ssrc;

use super::draws::Draws;
use super::packet::Sequence;
use super::statistics::to_units;

/// Gives the packets of one outgoing stream their places.
#[derive(Debug)]
pub(super) struct Rewriter {
    /// The highest index that was given out, or the one before the first.
    highest: u64,
    given: ReplayWindow<16>,
    from: Option<Source>,
    timestamp_offset: u32,
    /// The last timestamp that was given out, and when.
    last: Option<(u32, Instant)>,
}

/// What the packets come from now.
#[derive(Debug)]
struct Source {
    ssrc: Option<Ssrc>,
    /// The first index of this source that has a place.
    first: u64,
    /// The highest index of this source that was given a place.
    highest: u64,
    /// What to add to an index, from which index on: the first entry holds from the beginning.
    /// Ascending; at most [`MAX_CHANGES`].
    offsets: VecDeque<(u64, i64)>,
}

impl Rewriter {
    /// A random beginning (RFC 3550, section 5.1), in the lower half, so that the rollover counter
    /// of SRTP cannot be mistaken when the first packets are lost (RFC 3711, section 3.3.1).
    pub(super) fn new(draws: &mut Draws) -> Self {
        Self {
            highest: 0x1_0000 + u64::from(draws.next_u16() >> 1),
            given: ReplayWindow::new(),
            from: None,
            timestamp_offset: draws.next_u32(),
            last: None,
        }
    }

    /// The index and the timestamp for a packet; `None` if it comes too late to have a place, or
    /// its place is taken.
    pub(super) fn place(
        &mut self,
        now: Instant,
        sequence: Sequence,
        timestamp: u32,
        clock_rate: u32,
    ) -> Option<(u64, u32)> {
        let (ssrc, in_index) = match sequence {
            Sequence::Next => (None, None),
            Sequence::Of { source, index } => (Some(source), Some(index)),
        };
        let known = self.from.as_ref().filter(|from| {
            let jumps = in_index.is_some_and(|index| index.abs_diff(from.highest) > MAX_STEP);
            from.ssrc == ssrc && !jumps
        });
        let (index, seam) = match (known, in_index) {
            (Some(from), Some(in_index)) => (from.place(in_index)?, false),
            (Some(_), None) => (self.highest + 1, false),
            (None, _) => (self.highest + 1, true),
        };
        if index + MAX_LATE < self.highest || !self.given.accept(index) {
            return None;
        }
        if seam {
            let first = in_index.unwrap_or(0);
            let offset = (index as i64).wrapping_sub(first as i64);
            self.from = Some(Source { ssrc, first, highest: first, offsets: [(0, offset)].into() });
            if let Some(extrapolated) = self.timestamp_at(now, clock_rate) {
                self.timestamp_offset = extrapolated.wrapping_sub(timestamp);
            }
        }
        if let (Some(from), Some(in_index)) = (&mut self.from, in_index) {
            from.highest = from.highest.max(in_index);
        }
        let timestamp = timestamp.wrapping_add(self.timestamp_offset);
        if index > self.highest {
            self.highest = index;
            self.last = Some((timestamp, now));
        }
        Some((index, timestamp))
    }

    /// Notes that the packet with this index will not be sent on purpose: it leaves no gap.
    pub(super) fn skip(&mut self, source: Ssrc, index: u64) {
        if let Some(from) = self.from.as_mut().filter(|from| from.ssrc == Some(source)) {
            // A gap that has been shown is there.
            if index > from.highest {
                from.shift(index.saturating_add(1), -1);
            }
        }
    }

    /// A place for a packet of our own, after all others.
    pub(super) fn insert(&mut self) -> u64 {
        self.highest += 1;
        self.given.accept(self.highest);
        if let Some(from) = &mut self.from {
            let after = from.highest + 1;
            from.shift(after, 1);
        }
        self.highest
    }

    /// What the timestamp is now, if anything was sent.
    pub(super) fn timestamp_at(&self, now: Instant, clock_rate: u32) -> Option<u32> {
        let (timestamp, at) = self.last?;
        let passed = to_units(now.saturating_duration_since(at), clock_rate);
        Some(timestamp.wrapping_add(passed.max(1)))
    }

    /// What the timestamp is now; where nothing was sent yet, what it would begin with.
    pub(super) fn timestamp_or_first(&self, now: Instant, clock_rate: u32) -> u32 {
        self.timestamp_at(now, clock_rate).unwrap_or(self.timestamp_offset)
    }

    pub(super) const fn highest(&self) -> u64 {
        self.highest
    }
}

impl Source {
    fn place(&self, index: u64) -> Option<u64> {
        let (_, offset) = self.offsets.iter().rev().find(|(from, _)| *from <= index)?;
        (index >= self.first).then(|| index.checked_add_signed(*offset)).flatten()
    }

    /// Adds to the offset of every index from `from` on.
    fn shift(&mut self, from: u64, by: i64) {
        let at = self.offsets.partition_point(|(index, _)| *index < from);
        for (_, offset) in self.offsets.range_mut(at..) {
            *offset += by;
        }
        if self.offsets.get(at).is_some_and(|(index, _)| *index == from) {
            return;
        }
        match self.offsets.get_mut(at.wrapping_sub(1)) {
            // Several numbers in a row that are skipped are one change.
            Some((index, offset)) if by < 0 && *index + 1 == from && *index > self.first => {
                *index = from;
                *offset += by;
            }
            Some((_, offset)) => {
                let offset = *offset + by;
                self.offsets.insert(at, (from, offset));
            }
            None => {}
        }
        while self.offsets.len() > MAX_CHANGES {
            self.offsets.pop_front();
            // What was before the first change that is remembered has no place any more.
            if let Some((from, _)) = self.offsets.front() {
                self.first = self.first.max(*from);
            }
        }
    }
}

/// A packet that comes later than this many others is not sent: SRTP's windows have 1,024.
const MAX_LATE: u64 = 1_000;
/// A greater step of a source, forth or back, is taken for a new beginning, and leaves no gap.
const MAX_STEP: u64 = 3_000;
/// How many changes of the offset are remembered for packets that come late.
const MAX_CHANGES: usize = 64;

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::vec::Vec;

    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    fn rewriter() -> Rewriter {
        Rewriter::new(&mut Draws::new(&mut ChaCha20Rng::from_seed([7; 32])))
    }

    const fn of(source: u32, index: u64) -> Sequence {
        Sequence::Of { source: Ssrc(source), index }
    }

    fn place(rewriter: &mut Rewriter, sequence: Sequence) -> Option<u64> {
        let now = Instant::from_secs(1_000_000);
        rewriter.place(now, sequence, 0, 90_000).map(|(index, _)| index)
    }

    #[test]
    fn gaps_of_the_source_stay_and_late_packets_fill_them() {
        let mut rewriter = rewriter();
        let first = place(&mut rewriter, of(1, 70_000)).unwrap();
        assert_eq!(place(&mut rewriter, of(1, 70_003)), Some(first + 3));
        assert_eq!(place(&mut rewriter, of(1, 70_001)), Some(first + 1));
        assert_eq!(place(&mut rewriter, of(1, 70_001)), None);
        assert_eq!(place(&mut rewriter, of(1, 69_999)), None);
    }

    #[test]
    fn what_is_skipped_on_purpose_leaves_no_gap() {
        let mut rewriter = rewriter();
        let first = place(&mut rewriter, of(1, 10)).unwrap();
        rewriter.skip(Ssrc(1), 11);
        rewriter.skip(Ssrc(1), 12);
        rewriter.skip(Ssrc(2), 13);
        assert_eq!(place(&mut rewriter, of(1, 13)), Some(first + 1));
        assert_eq!(place(&mut rewriter, of(1, 15)), Some(first + 3));
        rewriter.skip(Ssrc(1), 16);
        assert_eq!(place(&mut rewriter, of(1, 17)), Some(first + 4));
        assert_eq!(place(&mut rewriter, of(1, 14)), Some(first + 2));
    }

    #[test]
    fn a_packet_of_our_own_comes_between() {
        let mut rewriter = rewriter();
        let first = place(&mut rewriter, of(1, 10)).unwrap();
        assert_eq!(rewriter.insert(), first + 1);
        assert_eq!(rewriter.insert(), first + 2);
        assert_eq!(place(&mut rewriter, of(1, 11)), Some(first + 3));
        assert_eq!(place(&mut rewriter, Sequence::Next), Some(first + 4));
    }

    #[test]
    fn another_source_goes_on_where_the_one_before_it_ended() {
        let mut rewriter = rewriter();
        let mut now = Instant::from_secs(1_000_000);
        let (first, start) = rewriter.place(now, of(1, 5), 1_000, 90_000).unwrap();
        now += Duration::from_millis(100);
        let (next, later) = rewriter.place(now, of(2, 99_999), 77, 90_000).unwrap();
        assert_eq!((next, later), (first + 1, start.wrapping_add(9_000)));
        // The old source has no place any more, except as a new one.
        let (again, _) = rewriter.place(now, of(1, 6), 4_000, 90_000).unwrap();
        assert_eq!(again, first + 2);
        // And a source that jumps is a new one as well.
        let (jumped, _) = rewriter.place(now, of(1, 900_000), 4_000, 90_000).unwrap();
        assert_eq!(jumped, first + 3);
        // So is one that begins again.
        let (restarted, _) = rewriter.place(now, of(1, 70_000), 4_000, 90_000).unwrap();
        assert_eq!(restarted, first + 4);
    }

    #[test]
    fn indices_are_unique_whatever_is_asked() {
        let mut rewriter = rewriter();
        let mut given = Vec::new();
        let mut state = 1u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (source, index) = ((state >> 60) as u32 & 1, 1_000 + (state >> 33) % 500);
            match state >> 40 & 7 {
                0 => rewriter.skip(Ssrc(source), index),
                1 => given.push(rewriter.insert()),
                2 => given.extend(place(&mut rewriter, Sequence::Next)),
                _ => given.extend(place(&mut rewriter, of(source, index))),
            }
        }
        let count = given.len();
        given.sort_unstable();
        given.dedup();
        assert_eq!(given.len(), count);
    }
}
