//! PASSWORD-ALGORITHM and PASSWORD-ALGORITHMS (RFC 8489, sections 14.11, 14.12 and 18.5).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |          Algorithm            |  Algorithm Parameters Length  |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                    Algorithm Parameters (variable)
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use super::attribute::RawAttribute;
use crate::error::DecodeError;

/// A way from a long-term password to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PasswordAlgorithm {
    /// The key is an MD5 digest: what servers without PASSWORD-ALGORITHMS use.
    Md5,
    /// The key is a SHA-256 digest.
    Sha256,
    /// An algorithm that this crate does not know.
    Unknown(u16),
}

impl PasswordAlgorithm {
    /// The algorithm of this number.
    pub const fn from_number(number: u16) -> Self {
        match number {
            1 => Self::Md5,
            2 => Self::Sha256,
            number => Self::Unknown(number),
        }
    }

    /// Its number in the registry.
    pub const fn number(self) -> u16 {
        match self {
            Self::Md5 => 1,
            Self::Sha256 => 2,
            Self::Unknown(number) => number,
        }
    }

    /// The value of a PASSWORD-ALGORITHM attribute; the known algorithms have no parameters.
    pub(super) const fn encode(self) -> [u8; 4] {
        let [n0, n1] = self.number().to_be_bytes();
        [n0, n1, 0, 0]
    }
}

/// The list that a server offers, in its order of preference.
///
/// A client that answers must send the list back byte by byte, so the bytes are kept
/// ([`as_bytes`](Self::as_bytes)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordAlgorithms<'a>(&'a [u8]);

impl<'a> PasswordAlgorithms<'a> {
    /// Checks the framing of the list. An attribute and a list item are framed alike.
    pub(super) fn decode(value: &'a [u8]) -> Result<Self, DecodeError> {
        let mut rest = value;
        while !rest.is_empty() {
            RawAttribute::decode(&mut rest)?;
        }
        Ok(Self(value))
    }

    /// The algorithms, in the server's order.
    pub fn iter(&self) -> impl Iterator<Item = PasswordAlgorithm> + use<'a> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let item = RawAttribute::decode(&mut rest).ok()?;
            Some(PasswordAlgorithm::from_number(item.kind.0))
        })
    }

    /// The list as it stands in the message.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn a_list_with_parameters_and_an_unknown_algorithm_is_read() {
        let value = [0, 2, 0, 0, 0, 9, 0, 1, 7, 0, 0, 0, 0, 1, 0, 0];
        let list = PasswordAlgorithms::decode(&value).unwrap();
        let expected =
            [PasswordAlgorithm::Sha256, PasswordAlgorithm::Unknown(9), PasswordAlgorithm::Md5];
        assert_eq!(list.iter().collect::<Vec<_>>(), expected);
        for cut in 0..value.len() {
            if cut % 4 != 0 || cut == 8 {
                assert!(PasswordAlgorithms::decode(value.get(..cut).unwrap()).is_err(), "{cut}");
            }
        }
    }
}
