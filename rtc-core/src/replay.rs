//! A sliding window over sequence numbers that have been seen.

/// Remembers which of the latest `64 * WORDS` sequence numbers have been accepted.
///
/// [`check`](Self::check) before authenticating, to save the work; [`accept`](Self::accept) only
/// after, so that no forged packet can move or poison the window.
#[derive(Debug, Clone)]
pub struct ReplayWindow<const WORDS: usize> {
    /// One more than the highest accepted number; 0 while there is none.
    end: u128,
    /// A ring of bits: sequence number `n` lives at bit `n % SIZE`.
    seen: [u64; WORDS],
}

impl<const WORDS: usize> ReplayWindow<WORDS> {
    /// How many numbers the window spans.
    pub const SIZE: u64 = 64 * WORDS as u64;

    /// A window that has seen nothing.
    pub const fn new() -> Self {
        Self { end: 0, seen: [0; WORDS] }
    }

    /// Whether `sequence` is new: neither accepted before nor too old to tell.
    #[must_use]
    pub fn check(&self, sequence: u64) -> bool {
        let sequence = u128::from(sequence);
        if sequence >= self.end {
            return true;
        }
        self.end - sequence <= u128::from(Self::SIZE) && !self.bit(sequence as u64)
    }

    /// Marks `sequence` as accepted and returns whether it was new.
    pub fn accept(&mut self, sequence: u64) -> bool {
        if !self.check(sequence) {
            return false;
        }
        if u128::from(sequence) >= self.end {
            self.advance(u128::from(sequence) + 1);
        }
        let index = sequence % Self::SIZE;
        self.seen[(index / 64) as usize] |= 1 << (index % 64);
        true
    }

    /// The highest sequence number that was accepted.
    pub fn highest(&self) -> Option<u64> {
        self.end.checked_sub(1).map(|highest| highest as u64)
    }

    fn advance(&mut self, end: u128) {
        if end - self.end >= u128::from(Self::SIZE) {
            self.seen = [0; WORDS];
        } else {
            for sequence in self.end..end {
                let index = sequence as u64 % Self::SIZE;
                self.seen[(index / 64) as usize] &= !(1 << (index % 64));
            }
        }
        self.end = end;
    }

    fn bit(&self, sequence: u64) -> bool {
        let index = sequence % Self::SIZE;
        self.seen[(index / 64) as usize] & (1 << (index % 64)) != 0
    }
}

impl<const WORDS: usize> Default for ReplayWindow<WORDS> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_number_is_accepted_once() {
        let mut window = ReplayWindow::<1>::new();
        assert!(window.accept(0));
        assert!(!window.accept(0));
        assert!(window.accept(63));
        assert!(window.accept(1));
        assert!(window.accept(64));
        assert!(!window.accept(0), "fell out of the window");
        assert!(!window.accept(1));
        assert!(window.accept(2));
        assert_eq!(window.highest(), Some(64));
    }

    #[test]
    fn the_last_number_of_all_is_accepted() {
        let mut window = ReplayWindow::<2>::new();
        assert!(window.accept(u64::MAX));
        assert!(!window.accept(u64::MAX));
        assert!(window.accept(u64::MAX - 127));
        assert!(!window.accept(u64::MAX - 128));
    }

    proptest! {
        #[test]
        fn agrees_with_a_set(numbers in prop::collection::vec(0u64..500, 0..300)) {
            let mut window = ReplayWindow::<2>::new();
            let mut set = BTreeSet::new();
            for number in numbers {
                let floor = set.last().map_or(0, |last: &u64| (last + 1).saturating_sub(128));
                let expected = number >= floor && !set.contains(&number);
                prop_assert_eq!(window.check(number), expected);
                prop_assert_eq!(window.accept(number), expected);
                if expected {
                    set.insert(number);
                }
            }
        }
    }
}
