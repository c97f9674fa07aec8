//! ADDRESS-ERROR-CODE (RFC 8656, section 18.12).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Family       |    Reserved             |Class|     Number    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |      Reason Phrase (variable)                                ..
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use super::address_family::AddressFamily;
use super::error_code::ErrorCode;

/// Why one of the two relayed addresses that were asked for was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressErrorCode {
    /// Which of the two.
    pub family: AddressFamily,
    /// Why.
    pub code: ErrorCode,
}

impl AddressErrorCode {
    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        let family = AddressFamily::from_number(*value.first()?)?;
        Some(Self { family, code: ErrorCode::decode(value)? })
    }

    /// The value without a phrase.
    pub(super) const fn encode(self) -> [u8; 4] {
        let [_, _, class, number] = self.code.encode();
        [self.family.number(), 0, class, number]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_and_the_code_round_trip() {
        let code =
            AddressErrorCode { family: AddressFamily::V6, code: ErrorCode::INSUFFICIENT_CAPACITY };
        assert_eq!(code.encode(), [2, 0, 5, 8]);
        assert_eq!(AddressErrorCode::decode(&[2, 0, 5, 8, b'n', b'o']), Some(code));
        assert_eq!(AddressErrorCode::decode(&[3, 0, 5, 8]), None);
        for cut in 0..4 {
            assert_eq!(AddressErrorCode::decode(code.encode().get(..cut).unwrap()), None);
        }
    }
}
