//! Which TSNs have arrived.

use alloc::vec::Vec;

use crate::packet::{GapBlock, Tsn};
use crate::send::Ranges;

/// The cumulative TSN, the runs beyond it, and what came twice.
#[derive(Debug)]
pub(crate) struct Tracker {
    cumulative: u64,
    /// Runs beyond the cumulative TSN; none touches it.
    beyond: Ranges,
    duplicates: Vec<Tsn>,
}

/// What a TSN is to the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It was here before.
    Duplicate,
    /// It is the one that the cumulative TSN waits for.
    Next,
    /// It leaves or lessens a gap.
    Beyond,
    /// It is too far ahead, or would make one gap too many.
    OutOfRange,
}

impl Tracker {
    pub(crate) fn new(initial_tsn: Tsn) -> Self {
        Self {
            // Far enough from zero that nothing a peer names lies below it.
            cumulative: (1 << 33) + u64::from(initial_tsn.0) - 1,
            beyond: Ranges::default(),
            duplicates: Vec::new(),
        }
    }

    pub(crate) fn cumulative(&self) -> u64 {
        self.cumulative
    }

    pub(crate) fn unwrap(&self, tsn: Tsn) -> u64 {
        tsn.unwrap_near(self.cumulative)
    }

    pub(crate) fn has_gap(&self) -> bool {
        !self.beyond.is_empty()
    }

    /// Tells what `tsn` is without taking it.
    pub(crate) fn classify(&self, tsn: u64) -> Arrival {
        if tsn <= self.cumulative {
            return Arrival::Duplicate;
        }
        if tsn == self.cumulative + 1 {
            return Arrival::Next;
        }
        if tsn > self.cumulative + MAX_DISTANCE {
            return Arrival::OutOfRange;
        }
        if self.beyond.contains(tsn) {
            return Arrival::Duplicate;
        }
        if self.beyond.len() >= MAX_GAPS && self.beyond.is_apart(tsn) {
            return Arrival::OutOfRange;
        }
        Arrival::Beyond
    }

    /// Takes a TSN that is no duplicate.
    pub(crate) fn insert(&mut self, tsn: u64) {
        if tsn == self.cumulative + 1 {
            self.cumulative = tsn;
            self.join();
        } else {
            self.beyond.insert(tsn);
        }
    }

    pub(crate) fn note_duplicate(&mut self, tsn: Tsn) {
        if self.duplicates.len() < MAX_DUPLICATES {
            self.duplicates.push(tsn);
        }
    }

    /// Counts everything up to `tsn` as received; true if that is news.
    pub(crate) fn skip_to(&mut self, tsn: u64) -> bool {
        if tsn <= self.cumulative {
            return false;
        }
        self.cumulative = tsn;
        self.beyond.remove_below(tsn + 1);
        self.join();
        true
    }

    /// The gap ack blocks, the first `max` of them.
    pub(crate) fn gap_blocks(&self, max: usize) -> impl ExactSizeIterator<Item = GapBlock> + '_ {
        self.beyond.iter().take(max).map(|run| GapBlock {
            // Within sixteen bits by `MAX_DISTANCE`.
            start: (run.start - self.cumulative) as u16,
            end: (run.end - 1 - self.cumulative) as u16,
        })
    }

    pub(crate) fn duplicates(&self) -> &[Tsn] {
        &self.duplicates
    }

    pub(crate) fn forget_duplicates(&mut self) {
        self.duplicates.clear();
    }

    fn join(&mut self) {
        if self.beyond.first().is_some_and(|run| run.start == self.cumulative + 1)
            && let Some(run) = self.beyond.pop_first()
        {
            self.cumulative = run.end - 1;
        }
    }
}

/// What a gap ack block can express.
const MAX_DISTANCE: u64 = 0xffff;

/// How many runs are remembered beyond the cumulative TSN.
const MAX_GAPS: usize = 2048;

/// How many duplicates are reported in one SACK; more tell the peer nothing new.
const MAX_DUPLICATES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_gaps_and_duplicates_is_bounded() {
        let mut tracker = Tracker::new(Tsn(1));
        let base = tracker.cumulative();
        for n in 0..30_000 {
            let tsn = base + 2 + 2 * n;
            if tracker.classify(tsn) == Arrival::Beyond {
                tracker.insert(tsn);
            }
            tracker.note_duplicate(Tsn(1));
        }
        assert_eq!(tracker.beyond.len(), MAX_GAPS);
        assert_eq!(tracker.duplicates().len(), MAX_DUPLICATES);
        // Filling a gap is always possible.
        assert_eq!(tracker.classify(base + 3), Arrival::Beyond);
        assert_eq!(tracker.classify(base + 1), Arrival::Next);
        assert_eq!(tracker.classify(base + 70_000), Arrival::OutOfRange);
    }

    #[test]
    fn filling_the_first_gap_moves_the_cumulative_tsn_over_what_follows() {
        let mut tracker = Tracker::new(Tsn(u32::MAX));
        let base = tracker.cumulative();
        tracker.insert(base + 3);
        tracker.insert(base + 2);
        assert!(tracker.has_gap());
        let blocks: Vec<_> = tracker.gap_blocks(10).collect();
        assert_eq!(blocks, [GapBlock { start: 2, end: 3 }]);
        tracker.insert(base + 1);
        assert_eq!(tracker.cumulative(), base + 3);
        assert!(!tracker.has_gap());
        assert_eq!(Tsn::from(tracker.cumulative()), Tsn(1));
    }
}
