//! What a receiver has to say about one source.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtcp::list::Item;
use crate::ssrc::Ssrc;
use crate::wire::take_i24;

/// A report block (RFC 3550, section 6.4.1).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                 SSRC_n (SSRC of the source)                   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | fraction lost |       cumulative number of packets lost       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           extended highest sequence number received           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                      interarrival jitter                      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                         last SR (LSR)                         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                   delay since last SR (DLSR)                  |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReportBlock {
    /// The source that is reported on.
    pub ssrc: Ssrc,
    /// The fraction of packets lost since the last report, in units of 1/256.
    pub fraction_lost: u8,
    /// Packets expected less packets received since the beginning: -2^23 to 2^23 - 1, and written
    /// as the nearest of these.
    pub cumulative_lost: i32,
    /// The highest sequence number with the count of its cycles above it.
    pub extended_highest_sequence_number: u32,
    /// An estimate of the variance of interarrival times, in timestamp units.
    pub jitter: u32,
    /// The middle 32 bits of the NTP timestamp of the last sender report; 0 if there was none.
    pub last_sender_report: u32,
    /// What passed since that report arrived, in units of 1/65,536 s.
    pub delay_since_last_sender_report: u32,
}

impl Item<'_> for ReportBlock {
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        let ssrc = Ssrc(input.try_get_u32()?);
        let fraction_lost = input.try_get_u8()?;
        let cumulative_lost = take_i24(input)?;
        Ok(Self {
            ssrc,
            fraction_lost,
            cumulative_lost,
            extended_highest_sequence_number: input.try_get_u32()?,
            jitter: input.try_get_u32()?,
            last_sender_report: input.try_get_u32()?,
            delay_since_last_sender_report: input.try_get_u32()?,
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let lost = self.cumulative_lost.clamp(-(1 << 23), (1 << 23) - 1) as u32 & 0x00ff_ffff;
        for word in [
            self.ssrc.0,
            u32::from(self.fraction_lost) << 24 | lost,
            self.extended_highest_sequence_number,
            self.jitter,
            self.last_sender_report,
            self.delay_since_last_sender_report,
        ] {
            out.extend_from_slice(&word.to_be_bytes());
        }
    }
}
