//! Serial numbers that wrap round: TSN and SSN (RFC 9260 section 1.6, RFC 1982).

/// A transmission sequence number: one for each DATA chunk of a direction.
///
/// It wraps round, so it has no order of its own; the association unwraps it to 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tsn(pub u32);

impl Tsn {
    /// The number `count` further on.
    #[must_use]
    pub const fn add(self, count: u32) -> Self {
        Self(self.0.wrapping_add(count))
    }

    /// The 64-bit number nearest to `reference` whose low half this is.
    #[must_use]
    pub const fn unwrap_near(self, reference: u64) -> u64 {
        let distance = self.0.wrapping_sub(reference as u32) as i32;
        reference.wrapping_add_signed(distance as i64)
    }
}

impl From<u64> for Tsn {
    fn from(unwrapped: u64) -> Self {
        Self(unwrapped as u32)
    }
}

/// A stream sequence number: one for each ordered message of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Ssn(pub u16);

impl Ssn {
    /// The number after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// How far this number is ahead of `reference`; negative when it lies behind.
    #[must_use]
    pub const fn distance_from(self, reference: Self) -> i16 {
        self.0.wrapping_sub(reference.0) as i16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unwrapping_finds_the_nearest_number() {
        let base = 1 << 32;
        assert_eq!(Tsn(0).unwrap_near(base), base);
        assert_eq!(Tsn(u32::MAX).unwrap_near(base), base - 1);
        assert_eq!(Tsn(5).unwrap_near(base + 0xffff_fff0), base + (1 << 32) + 5);
        assert_eq!(Tsn::from(base + 7), Tsn(7));
        assert_eq!(Tsn(u32::MAX).add(1), Tsn(0));
    }

    #[test]
    fn ssn_distance_wraps() {
        assert_eq!(Ssn(2).distance_from(Ssn(0xffff)), 3);
        assert_eq!(Ssn(0xffff).distance_from(Ssn(2)), -3);
        assert_eq!(Ssn(0xffff).next(), Ssn(0));
    }
}
