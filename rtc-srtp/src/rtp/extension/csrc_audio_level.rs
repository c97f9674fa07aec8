//! The levels of the sources that a mixer has mixed.
#![deny(clippy::indexing_slicing)]

use crate::error::DecodeError;
use crate::rtp::extension::value::ExtensionValue;

/// The mixer-to-client audio level indication (RFC 6465, section 3): one level for each
/// contributing source of the packet, in the same order, at most 15.
///
/// ```text
///  0 1 2 3 4 5 6 7
/// +-+-+-+-+-+-+-+-+
/// |0|    level    | ...
/// +-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsrcAudioLevels<'a>(&'a [u8]);

impl<'a> CsrcAudioLevels<'a> {
    /// The URI by which the extension is negotiated.
    pub const URI: &'static str = "urn:ietf:params:rtp-hdrext:csrc-audio-level";

    /// Takes levels in -dBov, 0 to 127.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] if there is none, [`DecodeError::TooMany`] if there are more than
    /// the 15 contributing sources that a packet can have.
    pub const fn new(levels: &'a [u8]) -> Result<Self, DecodeError> {
        match levels.len() {
            0 => Err(DecodeError::Truncated),
            1..=15 => Ok(Self(levels)),
            _ => Err(DecodeError::TooMany),
        }
    }

    /// Reads the value of an element.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub const fn decode(data: &'a [u8]) -> Result<Self, DecodeError> {
        Self::new(data)
    }

    /// The levels in -dBov: 0 is the loudest, 127 is silence.
    pub fn levels(&self) -> impl ExactSizeIterator<Item = u8> + use<'a> {
        self.0.iter().map(|byte| byte & 0x7f)
    }

    /// The value of an element.
    pub fn encode(&self) -> ExtensionValue {
        ExtensionValue::new(self.levels())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_round_trip() {
        let levels = CsrcAudioLevels::decode(&[0, 127, 30]).unwrap();
        assert!(levels.levels().eq([0, 127, 30]));
        assert_eq!(*levels.encode(), [0, 127, 30]);
        assert_eq!(CsrcAudioLevels::decode(&[]), Err(DecodeError::Truncated));
        assert_eq!(CsrcAudioLevels::decode(&[0; 16]), Err(DecodeError::TooMany));
        assert!(CsrcAudioLevels::decode(&[0x80 | 5]).unwrap().levels().eq([5]));
    }
}
