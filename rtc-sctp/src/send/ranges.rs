//! A set of numbers kept as sorted runs.

use alloc::collections::VecDeque;
use core::ops::Range;

/// Runs of numbers, sorted, none touching another.
#[derive(Debug, Default)]
pub(crate) struct Ranges {
    runs: VecDeque<Range<u64>>,
}

impl Ranges {
    pub(crate) fn len(&self) -> usize {
        self.runs.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.runs.clear();
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Range<u64>> {
        self.runs.iter()
    }

    pub(crate) fn first(&self) -> Option<&Range<u64>> {
        self.runs.front()
    }

    pub(crate) fn pop_first(&mut self) -> Option<Range<u64>> {
        self.runs.pop_front()
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        let index = self.runs.partition_point(|run| run.end <= number);
        self.runs.get(index).is_some_and(|run| run.start <= number)
    }

    /// Whether `number` would make a new run, touching no other.
    pub(crate) fn is_apart(&self, number: u64) -> bool {
        let index = self.runs.partition_point(|run| run.end < number);
        self.runs.get(index).is_none_or(|run| run.start > number + 1)
    }

    /// Adds one number and returns where its run stands now and whether it was new.
    pub(crate) fn insert(&mut self, number: u64) -> bool {
        let index = self.runs.partition_point(|run| run.end < number);
        match self.runs.get_mut(index) {
            Some(run) if run.start <= number && number < run.end => false,
            Some(run) if run.end == number => {
                run.end += 1;
                let end = run.end;
                if let Some(next) = self.runs.get(index + 1)
                    && next.start == end
                {
                    let end = next.end;
                    self.runs.remove(index + 1);
                    self.runs[index].end = end;
                }
                true
            }
            Some(run) if run.start == number + 1 => {
                run.start = number;
                true
            }
            _ => {
                self.runs.insert(index, number..number + 1);
                true
            }
        }
    }

    /// Adds a run and calls `gap` for each part of it that was missing.
    pub(crate) fn insert_run(&mut self, run: Range<u64>, mut gap: impl FnMut(Range<u64>)) {
        if run.is_empty() {
            return;
        }
        let first = self.runs.partition_point(|other| other.end < run.start);
        let mut last = first;
        let mut from = run.start;
        let mut merged = run.clone();
        while let Some(other) = self.runs.get(last)
            && other.start <= run.end
        {
            if from < other.start {
                gap(from..other.start.min(run.end));
            }
            from = from.max(other.end);
            merged = merged.start.min(other.start)..merged.end.max(other.end);
            last += 1;
        }
        if from < run.end {
            gap(from..run.end);
        }
        if last == first {
            self.runs.insert(first, merged);
        } else {
            self.runs[first] = merged;
            self.runs.drain(first + 1..last);
        }
    }

    /// Removes all numbers below `floor`.
    pub(crate) fn remove_below(&mut self, floor: u64) {
        while let Some(run) = self.runs.front_mut() {
            if run.end <= floor {
                self.runs.pop_front();
            } else {
                run.start = run.start.max(floor);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn numbers(ranges: &Ranges) -> Vec<u64> {
        ranges.iter().cloned().flatten().collect()
    }

    proptest! {
        #[test]
        fn agrees_with_a_set(steps in prop::collection::vec((0u64..60, 0u64..8, 0u8..3), 0..60)) {
            let mut ranges = Ranges::default();
            let mut set = BTreeSet::new();
            for (start, length, kind) in steps {
                match kind {
                    0 => {
                        let apart = !set.contains(&start)
                            && !set.contains(&(start + 1))
                            && start.checked_sub(1).is_none_or(|below| !set.contains(&below));
                        prop_assert_eq!(ranges.is_apart(start), apart);
                        prop_assert_eq!(ranges.insert(start), set.insert(start));
                    }
                    1 => {
                        let mut new = Vec::new();
                        ranges.insert_run(start..start + length, |gap| new.extend(gap));
                        let expected: Vec<u64> =
                            (start..start + length).filter(|&n| set.insert(n)).collect();
                        prop_assert_eq!(new, expected);
                    }
                    _ => {
                        ranges.remove_below(start);
                        set = set.split_off(&start);
                    }
                }
                prop_assert_eq!(numbers(&ranges), set.iter().copied().collect::<Vec<_>>());
                let runs: Vec<_> = ranges.iter().cloned().collect();
                prop_assert!(runs.windows(2).all(|pair| pair[0].end < pair[1].start));
                prop_assert!((0..70).all(|n| ranges.contains(n) == set.contains(&n)));
            }
        }
    }
}
