//! Requests for a key frame.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtcp::header::{RawPacket, encode_packet};
use crate::rtcp::list::{Item, List};
use crate::ssrc::Ssrc;
use crate::wire::take;

/// A full intra request (RFC 5104, section 4.3.1).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|  FMT=4  |  PT=PSFB=206  |             length            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                  SSRC of packet sender                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                  SSRC of media source (unused: 0)             |
/// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
/// |                              SSRC                             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | Seq nr.       |    Reserved                                   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FullIntraRequest<'a> {
    /// Who asks.
    pub sender_ssrc: Ssrc,
    /// Whom it asks; the first [`MAX_ENTRIES`](Self::MAX_ENTRIES) are written.
    pub entries: List<'a, FirEntry>,
}

impl<'a> FullIntraRequest<'a> {
    /// The packet type, PSFB.
    pub const PACKET_TYPE: u8 = 206;
    /// The feedback message type.
    pub const FORMAT: u8 = 4;
    /// How many entries are read or written.
    pub const MAX_ENTRIES: usize = 128;

    pub(crate) fn decode(raw: RawPacket<'a>) -> Result<Self, DecodeError> {
        let mut body = raw.body;
        let sender_ssrc = Ssrc(body.try_get_u32()?);
        // "SSRC of media source" is not used and SHALL be set to 0.
        take(&mut body, 4)?;
        Ok(Self { sender_ssrc, entries: List::all(&mut body, Self::MAX_ENTRIES)? })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_packet(Self::PACKET_TYPE, out, |out| {
            out.extend_from_slice(&self.sender_ssrc.0.to_be_bytes());
            out.extend_from_slice(&[0; 4]);
            self.entries.encode(Self::MAX_ENTRIES, out);
            Self::FORMAT
        });
    }
}

/// Whom a full intra request asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FirEntry {
    /// The source that shall send a decoder refresh point.
    pub ssrc: Ssrc,
    /// Counts the requests to this source, modulo 256: a repetition has the same number.
    pub sequence_number: u8,
}

impl Item<'_> for FirEntry {
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        let ssrc = Ssrc(input.try_get_u32()?);
        let sequence_number = input.try_get_u8()?;
        take(input, 3)?;
        Ok(Self { ssrc, sequence_number })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.ssrc.0.to_be_bytes());
        out.extend_from_slice(&[self.sequence_number, 0, 0, 0]);
    }
}
