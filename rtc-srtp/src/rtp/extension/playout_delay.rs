//! How long a receiver may hold a frame back.
#![deny(clippy::indexing_slicing)]

use crate::error::DecodeError;
use crate::rtp::extension::value::ExtensionValue;

/// The least and the greatest delay from capture to display that a sender wishes for.
///
/// ```text
///  0                   1                   2
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |       MIN delay       |       MAX delay       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlayoutDelay {
    min: u16,
    max: u16,
}

impl PlayoutDelay {
    /// The URI by which the extension is negotiated.
    pub const URI: &'static str = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";

    /// Takes both delays in units of 10 ms, 0 to 4,095.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Value`] if one of them needs more than 12 bits or the least is greater than
    /// the greatest.
    pub const fn new(min: u16, max: u16) -> Result<Self, DecodeError> {
        if max > 0xfff || min > max { Err(DecodeError::Value) } else { Ok(Self { min, max }) }
    }

    /// The least delay, in units of 10 ms.
    pub const fn min(self) -> u16 {
        self.min
    }

    /// The greatest delay, in units of 10 ms.
    pub const fn max(self) -> u16 {
        self.max
    }

    /// Reads the value of an element.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Length`] if it is not of three bytes, [`DecodeError::Value`] if the least
    /// delay is greater than the greatest.
    pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let [a, b, c] = *data else { return Err(DecodeError::Length) };
        Self::new(u16::from(a) << 4 | u16::from(b >> 4), u16::from(b & 0x0f) << 8 | u16::from(c))
    }

    /// The value of an element.
    pub fn encode(&self) -> ExtensionValue {
        let bits = u32::from(self.min) << 12 | u32::from(self.max);
        ExtensionValue::new(bits.to_be_bytes().into_iter().skip(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_round_trip() {
        let delay = PlayoutDelay::new(0x123, 0xabc).unwrap();
        assert_eq!(*delay.encode(), [0x12, 0x3a, 0xbc]);
        assert_eq!(PlayoutDelay::decode(&[0x12, 0x3a, 0xbc]), Ok(delay));
        assert_eq!((delay.min(), delay.max()), (0x123, 0xabc));
    }

    #[test]
    fn impossible_delays_are_refused() {
        assert_eq!(PlayoutDelay::new(2, 1), Err(DecodeError::Value));
        assert_eq!(PlayoutDelay::new(0, 0x1000), Err(DecodeError::Value));
        assert_eq!(PlayoutDelay::decode(&[0xff, 0xf0, 0]), Err(DecodeError::Value));
        assert_eq!(PlayoutDelay::decode(&[0, 0]), Err(DecodeError::Length));
    }
}
