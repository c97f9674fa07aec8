//! The level of the audio that a client sends.
#![deny(clippy::indexing_slicing)]

use crate::error::DecodeError;
use crate::rtp::extension::value::ExtensionValue;

/// The client-to-mixer audio level indication (RFC 6464, section 3).
///
/// ```text
///  0 1 2 3 4 5 6 7
/// +-+-+-+-+-+-+-+-+
/// |V|    level    |
/// +-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioLevel {
    /// Whether the packet is believed to hold voice. Only meaningful with `vad=on`.
    pub voice_activity: bool,
    /// The level in -dBov: 0 is the loudest, 127 is silence. Seven bits are written.
    pub level: u8,
}

impl AudioLevel {
    /// The URI by which the extension is negotiated.
    pub const URI: &'static str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

    /// Reads the value of an element. What follows the first byte is padding of the two-byte form
    /// and ignored.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] if there is no byte.
    pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let byte = *data.first().ok_or(DecodeError::Truncated)?;
        Ok(Self { voice_activity: byte & 0x80 != 0, level: byte & 0x7f })
    }

    /// The value of an element.
    pub fn encode(&self) -> ExtensionValue {
        ExtensionValue::new([u8::from(self.voice_activity) << 7 | self.level & 0x7f])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_round_trips() {
        for byte in 0..=255 {
            let level = AudioLevel::decode(&[byte]).unwrap();
            assert_eq!(*level.encode(), [byte]);
        }
        assert_eq!(AudioLevel::decode(&[0x9e]), Ok(AudioLevel { voice_activity: true, level: 30 }));
        assert_eq!(AudioLevel::decode(&[]), Err(DecodeError::Truncated));
    }
}
