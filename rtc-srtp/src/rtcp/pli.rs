//! A decoder that has lost the picture.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtcp::header::{RawPacket, encode_packet};
use crate::ssrc::Ssrc;

/// A picture loss indication (RFC 4585, section 6.3.1).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|  FMT=1  |  PT=PSFB=206  |            length=2           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                  SSRC of packet sender                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                  SSRC of media source                         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PictureLossIndication {
    /// Who reports.
    pub sender_ssrc: Ssrc,
    /// Whose picture was lost.
    pub media_ssrc: Ssrc,
}

impl PictureLossIndication {
    /// The packet type, PSFB.
    pub const PACKET_TYPE: u8 = 206;
    /// The feedback message type.
    pub const FORMAT: u8 = 1;

    pub(crate) fn decode(raw: RawPacket<'_>) -> Result<Self, DecodeError> {
        let mut body = raw.body;
        Ok(Self { sender_ssrc: Ssrc(body.try_get_u32()?), media_ssrc: Ssrc(body.try_get_u32()?) })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_packet(Self::PACKET_TYPE, out, |out| {
            out.extend_from_slice(&self.sender_ssrc.0.to_be_bytes());
            out.extend_from_slice(&self.media_ssrc.0.to_be_bytes());
            Self::FORMAT
        });
    }
}
