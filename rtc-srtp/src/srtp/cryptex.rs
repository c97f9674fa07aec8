//! Which part of an RTP packet is encrypted.
#![deny(clippy::indexing_slicing)]

use bytes::Buf;

use crate::error::DecodeError;
use crate::ssrc::Ssrc;
use crate::wire::take;

/// What SRTP has to know of an RTP packet, read from what is never encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) ssrc: Ssrc,
    pub(crate) sequence_number: u16,
    /// How many bytes the contributing sources take, at most 60.
    pub(crate) csrcs_len: u8,
    /// The "defined by profile" field, if there is a header extension.
    pub(crate) profile: Option<u16>,
    /// How many bytes at the beginning are not encrypted, once they have been
    /// [arranged](Self::arrange).
    pub(crate) clear: usize,
    /// Whether contributing sources and header extension are encrypted (RFC 9335).
    pub(crate) cryptex: bool,
}

impl Layout {
    /// Reads an RTP or SRTP packet, in any case as one without cryptex.
    pub(crate) fn decode(packet: &[u8]) -> Result<Self, DecodeError> {
        let (header, mut input) =
            packet.split_first_chunk::<FIXED_HEADER>().ok_or(DecodeError::Truncated)?;
        let [first, _, high, low, _, _, _, _, ssrc @ ..] = *header;
        if first >> 6 != 2 {
            return Err(DecodeError::Version);
        }
        let csrcs_len = 4 * (first & 0x0f);
        take(&mut input, usize::from(csrcs_len))?;
        let profile = if first & 0x10 != 0 {
            let profile = input.try_get_u16()?;
            let words = input.try_get_u16()?;
            take(&mut input, 4 * usize::from(words))?;
            Some(profile)
        } else {
            None
        };
        let clear = packet.len() - input.len();
        Ok(Self {
            ssrc: Ssrc(u32::from_be_bytes(ssrc)),
            sequence_number: u16::from_be_bytes([high, low]),
            csrcs_len,
            profile,
            clear,
            cryptex: false,
        })
    }

    /// The same packet with everything behind the fixed header and the first word of the header
    /// extension encrypted.
    pub(crate) const fn with_cryptex(mut self) -> Self {
        self.cryptex = true;
        self.clear = FIXED_HEADER + EXTENSION_HEADER;
        self
    }

    /// Where the "defined by profile" field is.
    pub(crate) const fn profile_at(&self) -> usize {
        FIXED_HEADER + self.csrcs_len as usize
    }

    /// With cryptex, swaps the contributing sources and the first word of the header extension, so
    /// that what stays in the clear and what is encrypted are contiguous (RFC 9335, section 6.2).
    pub(crate) fn arrange(&self, packet: &mut [u8]) {
        if let Some(region) = self.region(packet) {
            region.rotate_right(EXTENSION_HEADER);
        }
    }

    /// Undoes [`arrange`](Self::arrange).
    pub(crate) fn restore(&self, packet: &mut [u8]) {
        if let Some(region) = self.region(packet) {
            region.rotate_left(EXTENSION_HEADER);
        }
    }

    fn region<'a>(&self, packet: &'a mut [u8]) -> Option<&'a mut [u8]> {
        if !self.cryptex || self.csrcs_len == 0 {
            return None;
        }
        packet.get_mut(FIXED_HEADER..self.profile_at() + EXTENSION_HEADER)
    }
}

/// The profile field that says that a header extension with this one is encrypted; `None` if it
/// cannot be.
pub(crate) const fn encrypted_profile(profile: u16) -> Option<u16> {
    match profile {
        0xbede => Some(ENCRYPTED_ONE_BYTE),
        // With application bits there would be no way back to them.
        0x1000 => Some(ENCRYPTED_TWO_BYTE),
        _ => None,
    }
}

/// The profile field of a header extension that was encrypted under this one; `None` if it was
/// not.
pub(crate) const fn decrypted_profile(profile: u16) -> Option<u16> {
    match profile {
        ENCRYPTED_ONE_BYTE => Some(0xbede),
        ENCRYPTED_TWO_BYTE => Some(0x1000),
        _ => None,
    }
}

/// RFC 9335, section 5.1.
pub(crate) const ENCRYPTED_ONE_BYTE: u16 = 0xc0de;
const ENCRYPTED_TWO_BYTE: u16 = 0xc2de;
const FIXED_HEADER: usize = 12;
/// How long the first word of a header extension is.
pub(crate) const EXTENSION_HEADER: usize = 4;
