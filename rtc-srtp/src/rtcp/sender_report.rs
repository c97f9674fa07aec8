//! What a sender has sent, and what it has received.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtcp::header::{MAX_COUNT, RawPacket, encode_padded_packet};
use crate::rtcp::list::List;
use crate::rtcp::report_block::ReportBlock;
use crate::ssrc::Ssrc;

/// A sender report (RFC 3550, section 6.4.1).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|    RC   |   PT=SR=200   |             length            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                         SSRC of sender                        |
/// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
/// |              NTP timestamp, most significant word             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |             NTP timestamp, least significant word             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                         RTP timestamp                         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                     sender's packet count                     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                      sender's octet count                     |
/// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
/// |              report blocks, profile-specific extensions       |
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SenderReport<'a> {
    /// The sender.
    pub ssrc: Ssrc,
    /// When this report was sent, as an NTP timestamp: UQ32.32 seconds since 1900.
    pub ntp_timestamp: u64,
    /// The same moment in units of the stream's timestamps.
    pub rtp_timestamp: u32,
    /// How many packets have been sent.
    pub packet_count: u32,
    /// How many bytes of payload have been sent.
    pub octet_count: u32,
    /// What the sender says as a receiver; the first 31 are written.
    pub reports: List<'a, ReportBlock>,
    /// Profile-specific extensions, which should be of whole words.
    pub extensions: &'a [u8],
}

impl<'a> SenderReport<'a> {
    /// The packet type.
    pub const PACKET_TYPE: u8 = 200;

    pub(crate) fn decode(raw: RawPacket<'a>) -> Result<Self, DecodeError> {
        let mut body = raw.body;
        Ok(Self {
            ssrc: Ssrc(body.try_get_u32()?),
            ntp_timestamp: body.try_get_u64()?,
            rtp_timestamp: body.try_get_u32()?,
            packet_count: body.try_get_u32()?,
            octet_count: body.try_get_u32()?,
            reports: List::take(&mut body, usize::from(raw.count))?,
            extensions: body,
        })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_padded_packet(Self::PACKET_TYPE, out, |out| {
            out.extend_from_slice(&self.ssrc.0.to_be_bytes());
            out.extend_from_slice(&self.ntp_timestamp.to_be_bytes());
            for word in [self.rtp_timestamp, self.packet_count, self.octet_count] {
                out.extend_from_slice(&word.to_be_bytes());
            }
            let count = self.reports.encode(MAX_COUNT, out);
            out.extend_from_slice(self.extensions);
            count as u8
        });
    }
}
