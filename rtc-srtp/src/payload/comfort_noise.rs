//! Comfort noise.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use crate::error::DecodeError;

/// A comfort noise payload (RFC 3389, section 3).
///
/// ```text
///  0 1 2 3 4 5 6 7
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |0|   level     |      N1       | ... NM |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComfortNoise<'a> {
    /// The level of the noise in -dBov, 0 to 127; seven bits are written.
    pub level: u8,
    /// The reflection coefficients, quantised; a decoder may use fewer.
    pub coefficients: &'a [u8],
}

impl<'a> ComfortNoise<'a> {
    /// Reads a payload.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] if it is empty.
    pub fn decode(payload: &'a [u8]) -> Result<Self, DecodeError> {
        let (level, coefficients) = payload.split_first().ok_or(DecodeError::Truncated)?;
        Ok(Self { level: level & 0x7f, coefficients })
    }

    /// Appends the payload.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.level & 0x7f);
        out.extend_from_slice(self.coefficients);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_round_trips() {
        let noise = ComfortNoise::decode(&[40, 1, 2]).unwrap();
        assert_eq!(noise, ComfortNoise { level: 40, coefficients: &[1, 2] });
        let mut out = Vec::new();
        noise.encode(&mut out);
        assert_eq!(out, [40, 1, 2]);
        assert_eq!(ComfortNoise::decode(&[]), Err(DecodeError::Truncated));
    }
}
