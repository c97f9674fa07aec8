//! How a picture must be turned to stand upright.
#![deny(clippy::indexing_slicing)]

use crate::error::DecodeError;
use crate::rtp::extension::value::ExtensionValue;

/// Coordination of video orientation (3GPP TS 26.114, section 7.4.5; RFC 7742, section 4).
///
/// ```text
///  0 1 2 3 4 5 6 7
/// +-+-+-+-+-+-+-+-+
/// |0 0 0 0|C|F|R R|
/// +-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VideoOrientation {
    /// Whether the camera faces away from the user; `false` is the front camera.
    pub back_camera: bool,
    /// Whether the picture is to be mirrored left to right, before any rotation.
    pub flip: bool,
    /// By how much the picture has to be turned clockwise for display.
    pub rotation: Rotation,
}

/// A clockwise rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Rotation {
    /// None.
    #[default]
    Degrees0 = 0,
    /// A quarter.
    Degrees90 = 1,
    /// A half.
    Degrees180 = 2,
    /// Three quarters.
    Degrees270 = 3,
}

impl VideoOrientation {
    /// The URI by which the extension is negotiated.
    pub const URI: &'static str = "urn:3gpp:video-orientation";

    /// Reads the value of an element.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Length`] if it is not of one byte.
    pub const fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let [byte] = *data else { return Err(DecodeError::Length) };
        let rotation = match byte & 0b11 {
            0 => Rotation::Degrees0,
            1 => Rotation::Degrees90,
            2 => Rotation::Degrees180,
            _ => Rotation::Degrees270,
        };
        Ok(Self { back_camera: byte & 0b1000 != 0, flip: byte & 0b100 != 0, rotation })
    }

    /// The value of an element.
    pub fn encode(&self) -> ExtensionValue {
        let flags = u8::from(self.back_camera) << 3 | u8::from(self.flip) << 2;
        ExtensionValue::new([flags | self.rotation as u8])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_orientation_round_trips() {
        for byte in 0..16 {
            assert_eq!(*VideoOrientation::decode(&[byte]).unwrap().encode(), [byte]);
        }
        assert_eq!(VideoOrientation::decode(&[0x0e]).unwrap().rotation, Rotation::Degrees180);
        assert_eq!(VideoOrientation::decode(&[]), Err(DecodeError::Length));
        assert_eq!(VideoOrientation::decode(&[0, 0]), Err(DecodeError::Length));
    }
}
