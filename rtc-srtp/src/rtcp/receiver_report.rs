//! What a receiver has received.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtcp::header::{MAX_COUNT, RawPacket, encode_padded_packet};
use crate::rtcp::list::List;
use crate::rtcp::report_block::ReportBlock;
use crate::ssrc::Ssrc;

/// A receiver report (RFC 3550, section 6.4.2).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|    RC   |   PT=RR=201   |             length            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                     SSRC of packet sender                     |
/// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
/// |              report blocks, profile-specific extensions       |
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReceiverReport<'a> {
    /// Who reports.
    pub ssrc: Ssrc,
    /// The reports; the first 31 are written.
    pub reports: List<'a, ReportBlock>,
    /// Profile-specific extensions, which should be of whole words.
    pub extensions: &'a [u8],
}

impl<'a> ReceiverReport<'a> {
    /// The packet type.
    pub const PACKET_TYPE: u8 = 201;

    pub(crate) fn decode(raw: RawPacket<'a>) -> Result<Self, DecodeError> {
        let mut body = raw.body;
        Ok(Self {
            ssrc: Ssrc(body.try_get_u32()?),
            reports: List::take(&mut body, usize::from(raw.count))?,
            extensions: body,
        })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_padded_packet(Self::PACKET_TYPE, out, |out| {
            out.extend_from_slice(&self.ssrc.0.to_be_bytes());
            let count = self.reports.encode(MAX_COUNT, out);
            out.extend_from_slice(self.extensions);
            count as u8
        });
    }
}
