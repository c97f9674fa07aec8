//! Sequence numbers that do not wrap.

/// Extends 16-bit sequence numbers to 64 bits (RFC 3550, sections 6.4.1 and A.1).
///
/// Each number is taken to be the one that is nearest to the highest seen so far, so that
/// packets may be late or lost by up to 2^15. The first number of all is put into cycle 1, not 0,
/// so that packets from before it have a number too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SequenceExtender {
    highest: Option<u64>,
}

impl SequenceExtender {
    /// An extender that has seen nothing.
    pub const fn new() -> Self {
        Self { highest: None }
    }

    /// Extends `sequence_number` and remembers it if it is the highest.
    pub fn extend(&mut self, sequence_number: u16) -> u64 {
        let extended = self.peek(sequence_number);
        self.highest = self.highest.max(Some(extended));
        extended
    }

    /// Extends `sequence_number` without remembering it.
    pub fn peek(&self, sequence_number: u16) -> u64 {
        match self.highest {
            // A number from before the first cycle is put into a later one: there are 2^15 numbers
            // before any first one, so this needs a sender that steps back again and again.
            Some(highest) => {
                nearest(highest, sequence_number).unwrap_or_else(|| u64::from(sequence_number))
            }
            None => CYCLE + u64::from(sequence_number),
        }
    }

    /// The highest number so far.
    pub const fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// The "extended highest sequence number received" of a report block: the low 16 bits are the
    /// sequence number, the high 16 bits count the cycles since the first packet.
    pub fn extended_highest(&self) -> u32 {
        self.highest.unwrap_or_default().saturating_sub(CYCLE) as u32
    }
}

/// The number with the low 16 bits `low` that is nearest to `reference`; `None` if that would be
/// less than zero or more than a `u64` holds.
///
/// This is both the index estimate of RFC 3711, section 3.3.1, and the extension of RFC 3550.
pub(crate) fn nearest(reference: u64, low: u16) -> Option<u64> {
    let distance = i64::from(low.wrapping_sub(reference as u16) as i16);
    // At a distance of exactly 2^15 the RFC's comparisons stay within the cycle.
    let distance =
        if distance == -HALF && reference as u16 & 0x8000 == 0 { HALF } else { distance };
    reference.checked_add_signed(distance)
}

const CYCLE: u64 = 1 << 16;
const HALF: i64 = 1 << 15;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_extended_across_wraps_in_both_directions() {
        let mut extender = SequenceExtender::new();
        assert_eq!(extender.extended_highest(), 0);
        assert_eq!(extender.extend(3), 65_539);
        assert_eq!(extender.extend(65_535), 65_535, "late, from before the first");
        assert_eq!(extender.highest(), Some(65_539));
        assert_eq!(extender.extended_highest(), 3);
        for step in 1..20u32 {
            let number = (3 + step * 10_000) as u16;
            assert_eq!(extender.extend(number), u64::from(65_539 + step * 10_000));
        }
        assert_eq!(extender.extended_highest(), 190_003);
    }

    /// RFC 3711, appendix A, as it stands there.
    fn appendix_a(reference: u64, sequence_number: u16) -> Option<u64> {
        let roc = reference >> 16;
        let s_l = i64::from(reference as u16);
        let seq = i64::from(sequence_number);
        let v = if s_l < 32_768 {
            if seq - s_l > 32_768 { roc.checked_sub(1)? } else { roc }
        } else if s_l - 32_768 > seq {
            roc + 1
        } else {
            roc
        };
        Some(v << 16 | u64::from(sequence_number))
    }

    #[test]
    fn the_index_estimate_is_that_of_the_rfc() {
        for reference in (0..3 * CYCLE).step_by(1_021).chain([0x7fff, 0x8000, 0xffff, 0x1_0000]) {
            for low in (0..=u16::MAX).step_by(257).chain([0, 0x7fff, 0x8000, 0xffff]) {
                assert_eq!(nearest(reference, low), appendix_a(reference, low));
            }
            let opposite = reference as u16 ^ 0x8000;
            assert_eq!(nearest(reference, opposite), appendix_a(reference, opposite));
        }
    }

    proptest! {
        #[test]
        fn the_nearest_number_is_found(reference in 1u64 << 20..1 << 60, distance in -32_767i64..32_768) {
            let number = reference.saturating_add_signed(distance);
            prop_assert_eq!(nearest(reference, number as u16), Some(number));
        }

        #[test]
        fn no_order_of_numbers_panics(numbers in prop::collection::vec(any::<u16>(), 0..200)) {
            let mut extender = SequenceExtender::new();
            for number in numbers {
                let extended = extender.extend(number);
                prop_assert_eq!(extended as u16, number);
            }
        }
    }
}
