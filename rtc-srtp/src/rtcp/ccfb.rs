//! Which packets of which streams arrived when, and how they were marked.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;
use rtc_core::Ecn;

use crate::error::DecodeError;
use crate::rtcp::header::{RawPacket, encode_packet};
use crate::rtcp::list::{Item, List};
use crate::ssrc::Ssrc;
use crate::wire::take;

/// A congestion control feedback packet (RFC 8888, section 3.1).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P| FMT=11  |   PT = 205    |          length               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                 SSRC of RTCP packet sender                    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                   SSRC of 1st RTP Stream                      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |          begin_seq            |          num_reports          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |R|ECN|  Arrival time offset    | ...                           .
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// .                              ...                              .
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                 Report Timestamp (32 bits)                    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
///
/// The RFC's text calls `begin_seq + num_reports` inclusive, its name and all implementations say
/// that `num_reports` is a count: it is read and written as a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CongestionControlFeedback<'a> {
    /// Who reports.
    pub sender_ssrc: Ssrc,
    /// One report per stream; the first [`MAX_STREAMS`](Self::MAX_STREAMS) are written.
    pub streams: List<'a, StreamReport<'a>>,
    /// When this report was made: the middle 32 bits of an NTP timestamp.
    pub report_timestamp: u32,
}

impl<'a> CongestionControlFeedback<'a> {
    /// The packet type, RTPFB.
    pub const PACKET_TYPE: u8 = 205;
    /// The feedback message type.
    pub const FORMAT: u8 = 11;
    /// How many streams are read or written.
    pub const MAX_STREAMS: usize = 256;

    pub(crate) fn decode(raw: RawPacket<'a>) -> Result<Self, DecodeError> {
        let mut body = raw.body;
        let sender_ssrc = Ssrc(body.try_get_u32()?);
        let (mut streams, mut timestamp) =
            body.split_last_chunk::<4>().map(|(s, t)| (s, &t[..])).ok_or(DecodeError::Truncated)?;
        Ok(Self {
            sender_ssrc,
            streams: List::all(&mut streams, Self::MAX_STREAMS)?,
            report_timestamp: timestamp.try_get_u32()?,
        })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_packet(Self::PACKET_TYPE, out, |out| {
            out.extend_from_slice(&self.sender_ssrc.0.to_be_bytes());
            // What a length field can tell is 2^18 bytes: whole reports that would go beyond half
            // of that are left out.
            let start = out.len();
            for stream in self.streams.iter().take(Self::MAX_STREAMS) {
                let before = out.len();
                stream.encode(out);
                if out.len() - start > 1 << 17 {
                    out.truncate(before);
                    break;
                }
            }
            out.extend_from_slice(&self.report_timestamp.to_be_bytes());
            Self::FORMAT
        });
    }
}

/// What is reported of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamReport<'a> {
    /// The stream.
    pub ssrc: Ssrc,
    /// The sequence number of the packet that the first metric is of.
    pub begin_sequence_number: u16,
    /// One metric for each following sequence number; the first
    /// [`MAX_METRICS`](Self::MAX_METRICS) are written.
    pub metrics: List<'a, MetricBlock>,
}

impl<'a> StreamReport<'a> {
    /// How many packets of a stream a report can tell of (section 3.1).
    pub const MAX_METRICS: usize = 16_384;

    /// The metrics, each with the sequence number of its packet.
    pub fn packets(&self) -> impl Iterator<Item = (u16, MetricBlock)> + use<'a> {
        let begin = self.begin_sequence_number;
        self.metrics.iter().zip(0u16..).map(move |(metric, at)| (begin.wrapping_add(at), metric))
    }
}

impl<'a> Item<'a> for StreamReport<'a> {
    fn decode(input: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let ssrc = Ssrc(input.try_get_u32()?);
        let begin_sequence_number = input.try_get_u16()?;
        let count = usize::from(input.try_get_u16()?);
        if count > Self::MAX_METRICS {
            return Err(DecodeError::TooMany);
        }
        let metrics = List::take(input, count)?;
        take(input, 2 * (count % 2))?;
        Ok(Self { ssrc, begin_sequence_number, metrics })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.ssrc.0.to_be_bytes());
        out.extend_from_slice(&self.begin_sequence_number.to_be_bytes());
        let count_at = out.len();
        out.extend_from_slice(&[0xff; 2]);
        let count = self.metrics.encode(Self::MAX_METRICS, out);
        out.resize(out.len() + 2 * (count % 2), 0);
        if let Some(field) = out.get_mut(count_at..).and_then(|rest| rest.first_chunk_mut()) {
            *field = (count as u16).to_be_bytes();
        }
    }
}

/// What is reported of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricBlock {
    /// It has not arrived.
    NotReceived,
    /// It has arrived.
    Received {
        /// The mark that it arrived with.
        ecn: Option<Ecn>,
        /// How long before the report it arrived.
        arrival: ArrivalTimeOffset,
    },
}

/// How long before the report a packet arrived, in units of 1/1,024 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrivalTimeOffset(u16);

impl ArrivalTimeOffset {
    /// It arrived earlier than the field can tell: 8,189/1,024 s.
    pub const OVER_RANGE: Self = Self(0x1ffe);
    /// It is not known when the packet arrived, or it did so after the report's timestamp.
    pub const UNKNOWN: Self = Self(0x1fff);

    /// Takes an offset in units of 1/1,024 s.
    pub const fn new(offset: u32) -> Self {
        if offset < 0x1ffe { Self(offset as u16) } else { Self::OVER_RANGE }
    }

    /// The offset in units of 1/1,024 s; `None` if it is out of range or not known.
    pub const fn value(self) -> Option<u16> {
        if self.0 < 0x1ffe { Some(self.0) } else { None }
    }
}

impl Item<'_> for MetricBlock {
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        let field = input.try_get_u16()?;
        if field & 0x8000 == 0 {
            return Ok(Self::NotReceived);
        }
        Ok(Self::Received {
            ecn: Ecn::from_bits((field >> 13) as u8),
            arrival: ArrivalTimeOffset(field & 0x1fff),
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let field = match *self {
            Self::NotReceived => 0,
            Self::Received { ecn, arrival } => {
                0x8000 | ecn.map_or(0, |ecn| ecn as u16) << 13 | arrival.0
            }
        };
        out.extend_from_slice(&field.to_be_bytes());
    }
}
