//! Picture identifiers, which VP8 and VP9 have in common.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;

/// Takes a picture identifier off the front of the input (RFC 7741, section 4.2; RFC 9628, section
/// 4.2): 15 bits if the first bit is set, otherwise 7.
pub(crate) fn decode_picture_id(input: &mut &[u8]) -> Result<u16, DecodeError> {
    let high = input.try_get_u8()?;
    if high & 0x80 == 0 {
        return Ok(high.into());
    }
    Ok(u16::from(high & 0x7f) << 8 | u16::from(input.try_get_u8()?))
}

/// Appends a picture identifier in its form of 15 bits.
pub(crate) fn encode_picture_id(picture_id: u16, out: &mut Vec<u8>) {
    out.extend_from_slice(&(0x8000 | picture_id).to_be_bytes());
}

/// The identifiers of one picture after the other.
#[derive(Debug, Clone, Default)]
pub(crate) struct PictureIds {
    /// That of the next picture.
    next: u16,
}

impl PictureIds {
    /// Begins with this one, of which 15 bits count.
    pub(crate) const fn beginning_with(picture_id: u16) -> Self {
        Self { next: picture_id & 0x7fff }
    }

    /// The identifier of another picture.
    pub(crate) const fn take_next(&mut self) -> u16 {
        let picture_id = self.next;
        self.next = (picture_id + 1) & 0x7fff;
        picture_id
    }
}
