//! REQUESTED-ADDRESS-FAMILY and ADDITIONAL-ADDRESS-FAMILY (RFC 8656, sections 18.6 and 18.11).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |     Family    |            Reserved                           |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use core::net::SocketAddr;

/// IPv4 or IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressFamily {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl AddressFamily {
    /// The family of an address.
    pub const fn of(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(_) => Self::V4,
            SocketAddr::V6(_) => Self::V6,
        }
    }

    /// Its number in STUN.
    pub const fn number(self) -> u8 {
        match self {
            Self::V4 => 0x01,
            Self::V6 => 0x02,
        }
    }

    /// The family of this number, if there is one.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0x01 => Some(Self::V4),
            0x02 => Some(Self::V6),
            _ => None,
        }
    }

    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        let [family, _, _, _] = <[u8; 4]>::try_from(value).ok()?;
        Self::from_number(family)
    }

    pub(super) const fn encode(self) -> [u8; 4] {
        [self.number(), 0, 0, 0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_round_trip_and_others_are_refused() {
        for family in [AddressFamily::V4, AddressFamily::V6] {
            assert_eq!(AddressFamily::decode(&family.encode()), Some(family));
            for cut in 0..4 {
                assert_eq!(AddressFamily::decode(family.encode().get(..cut).unwrap()), None);
            }
        }
        assert_eq!(AddressFamily::decode(&[3, 0, 0, 0]), None);
        assert_eq!(AddressFamily::decode(&[2, 0xff, 0, 1]), Some(AddressFamily::V6));
    }
}
