//! Sources that leave.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtcp::header::{MAX_COUNT, RawPacket, encode_packet};
use crate::rtcp::list::List;
use crate::ssrc::Ssrc;
use crate::wire::take;

/// A goodbye (RFC 3550, section 6.6).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|    SC   |   PT=BYE=203  |             length            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                           SSRC/CSRC                           |
/// :                              ...                              :
/// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
/// |     length    |               reason for leaving            ...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Goodbye<'a> {
    /// Who leaves; the first 31 are written.
    pub sources: List<'a, Ssrc>,
    /// Why, in UTF-8 that is not checked; the first 255 bytes are written, and nothing if empty.
    pub reason: &'a [u8],
}

impl<'a> Goodbye<'a> {
    /// The packet type.
    pub const PACKET_TYPE: u8 = 203;

    pub(crate) fn decode(raw: RawPacket<'a>) -> Result<Self, DecodeError> {
        let mut body = raw.body;
        let sources = List::take(&mut body, usize::from(raw.count))?;
        let reason = match body.try_get_u8() {
            Ok(len) => take(&mut body, usize::from(len))?,
            Err(_) => &[],
        };
        Ok(Self { sources, reason })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_packet(Self::PACKET_TYPE, out, |out| {
            let count = self.sources.encode(MAX_COUNT, out);
            let reason = self.reason.get(..255).unwrap_or(self.reason);
            if !reason.is_empty() {
                out.push(reason.len() as u8);
                out.extend_from_slice(reason);
            }
            count as u8
        });
    }
}
