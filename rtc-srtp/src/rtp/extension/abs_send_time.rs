//! When a packet left its sender.
#![deny(clippy::indexing_slicing)]

use crate::error::DecodeError;
use crate::rtp::extension::value::ExtensionValue;

/// The moment of sending in seconds, as 6.18 fixed point, which wraps every 64 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbsSendTime(u32);

impl AbsSendTime {
    /// The URI by which the extension is negotiated.
    pub const URI: &'static str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";

    /// Takes the 24 bits that matter of an NTP timestamp (UQ32.32 seconds).
    pub const fn from_ntp(ntp: u64) -> Self {
        Self((ntp >> 14) as u32 & 0x00ff_ffff)
    }

    /// The 24-bit value, in units of 2^-18 s.
    pub const fn value(self) -> u32 {
        self.0
    }

    /// Reads the value of an element.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Length`] if it is not of three bytes.
    pub const fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        match *data {
            [a, b, c] => Ok(Self(u32::from_be_bytes([0, a, b, c]))),
            _ => Err(DecodeError::Length),
        }
    }

    /// The value of an element.
    pub fn encode(&self) -> ExtensionValue {
        ExtensionValue::new(self.0.to_be_bytes().into_iter().skip(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_ntp_timestamp_is_kept() {
        // 0x41.8 = 65.5 s: one wrap and a half.
        let time = AbsSendTime::from_ntp(0x0000_0041_8000_0000);
        assert_eq!(time.value(), 3 << 17);
        assert_eq!(*time.encode(), [6, 0, 0]);
        assert_eq!(AbsSendTime::decode(&[6, 0, 0]), Ok(time));
        assert_eq!(AbsSendTime::decode(&[6, 0]), Err(DecodeError::Length));
        assert_eq!(AbsSendTime::decode(&[6, 0, 0, 0]), Err(DecodeError::Length));
    }
}
