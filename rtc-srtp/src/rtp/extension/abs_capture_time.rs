//! When what a packet carries was captured.
#![deny(clippy::indexing_slicing)]

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtp::extension::value::ExtensionValue;

/// The moment of capture on the capturer's clock, and what that clock differs from the sender's.
///
/// Eight bytes of NTP timestamp, then eight of offset or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbsCaptureTime {
    /// The NTP timestamp of the capture, UQ32.32 seconds.
    pub timestamp: u64,
    /// The estimated offset of the capturer's NTP clock from the sender's, Q32.32 seconds.
    pub clock_offset: Option<i64>,
}

impl AbsCaptureTime {
    /// The URI by which the extension is negotiated.
    pub const URI: &'static str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";

    /// Reads the value of an element.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Length`] if it is not of 8 or 16 bytes.
    pub fn decode(mut data: &[u8]) -> Result<Self, DecodeError> {
        if data.len() != 8 && data.len() != 16 {
            return Err(DecodeError::Length);
        }
        Ok(Self { timestamp: data.try_get_u64()?, clock_offset: data.try_get_i64().ok() })
    }

    /// The value of an element.
    pub fn encode(&self) -> ExtensionValue {
        let offset = self.clock_offset.map(i64::to_be_bytes);
        ExtensionValue::new(
            self.timestamp.to_be_bytes().into_iter().chain(offset.into_iter().flatten()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_and_without_an_offset() {
        let short = AbsCaptureTime { timestamp: 0x0102_0304_0506_0708, clock_offset: None };
        assert_eq!(*short.encode(), [1, 2, 3, 4, 5, 6, 7, 8]);
        let long = AbsCaptureTime { clock_offset: Some(-1), ..short };
        assert_eq!(AbsCaptureTime::decode(&short.encode()), Ok(short));
        assert_eq!(AbsCaptureTime::decode(&long.encode()), Ok(long));
        assert_eq!(AbsCaptureTime::decode(&[0; 9]), Err(DecodeError::Length));
    }
}
