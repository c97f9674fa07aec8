//! Limits on the bit rate of a stream.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtcp::header::{RawPacket, encode_packet};
use crate::rtcp::list::{Item, List};
use crate::ssrc::Ssrc;
use crate::wire::take;

/// A temporary maximum media stream bit rate request (RFC 5104, section 4.2.1).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|  FMT=3  |  PT=RTPFB=205 |             length            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                  SSRC of packet sender                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                  SSRC of media source (unused: 0)             |
/// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
/// |                              SSRC                             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | MxTBR Exp |  MxTBR Mantissa                 |Measured Overhead|
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TemporaryMaximumMediaStreamBitrateRequest<'a> {
    /// Who asks.
    pub sender_ssrc: Ssrc,
    /// Whom it asks; the first [`MAX_ENTRIES`](TmmbrEntry::MAX_ENTRIES) are written.
    pub entries: List<'a, TmmbrEntry>,
}

/// A temporary maximum media stream bit rate notification (RFC 5104, section 4.2.2): the limits
/// that a sender keeps to, each with the SSRC of the one that asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TemporaryMaximumMediaStreamBitrateNotification<'a> {
    /// Who keeps to the limits.
    pub sender_ssrc: Ssrc,
    /// The limits; the first [`MAX_ENTRIES`](TmmbrEntry::MAX_ENTRIES) are written.
    pub entries: List<'a, TmmbrEntry>,
}

impl<'a> TemporaryMaximumMediaStreamBitrateRequest<'a> {
    /// The packet type, RTPFB.
    pub const PACKET_TYPE: u8 = 205;
    /// The feedback message type.
    pub const FORMAT: u8 = 3;

    pub(crate) fn decode(raw: RawPacket<'a>) -> Result<Self, DecodeError> {
        let (sender_ssrc, entries) = decode(raw)?;
        Ok(Self { sender_ssrc, entries })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode(Self::FORMAT, self.sender_ssrc, self.entries, out);
    }
}

impl<'a> TemporaryMaximumMediaStreamBitrateNotification<'a> {
    /// The packet type, RTPFB.
    pub const PACKET_TYPE: u8 = 205;
    /// The feedback message type.
    pub const FORMAT: u8 = 4;

    pub(crate) fn decode(raw: RawPacket<'a>) -> Result<Self, DecodeError> {
        let (sender_ssrc, entries) = decode(raw)?;
        Ok(Self { sender_ssrc, entries })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode(Self::FORMAT, self.sender_ssrc, self.entries, out);
    }
}

/// One limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TmmbrEntry {
    /// In a request whom it is for, in a notification who asked.
    pub ssrc: Ssrc,
    /// The limit in bit/s. It is written with 17 significant bits, rounded down.
    pub bitrate: u64,
    /// The overhead per packet that the requester measured, in bytes: 0 to 511, and written as the
    /// nearest of these.
    pub overhead: u16,
}

impl TmmbrEntry {
    /// How many limits are read or written.
    pub const MAX_ENTRIES: usize = 128;
}

impl Item<'_> for TmmbrEntry {
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        let ssrc = Ssrc(input.try_get_u32()?);
        let word = input.try_get_u32()?;
        let exponent = word >> 26;
        let mantissa = u64::from(word >> 9 & 0x1_ffff);
        let bitrate = mantissa << exponent;
        if bitrate >> exponent != mantissa {
            return Err(DecodeError::Value);
        }
        Ok(Self { ssrc, bitrate, overhead: (word & 0x1ff) as u16 })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let exponent = (64 - self.bitrate.leading_zeros()).saturating_sub(17);
        let mantissa = (self.bitrate >> exponent) as u32;
        let word = exponent << 26 | mantissa << 9 | u32::from(self.overhead.min(0x1ff));
        out.extend_from_slice(&self.ssrc.0.to_be_bytes());
        out.extend_from_slice(&word.to_be_bytes());
    }
}

fn decode<'a>(raw: RawPacket<'a>) -> Result<(Ssrc, List<'a, TmmbrEntry>), DecodeError> {
    let mut body = raw.body;
    let sender_ssrc = Ssrc(body.try_get_u32()?);
    take(&mut body, 4)?;
    Ok((sender_ssrc, List::all(&mut body, TmmbrEntry::MAX_ENTRIES)?))
}

fn encode(format: u8, sender_ssrc: Ssrc, entries: List<'_, TmmbrEntry>, out: &mut Vec<u8>) {
    encode_packet(TemporaryMaximumMediaStreamBitrateRequest::PACKET_TYPE, out, |out| {
        out.extend_from_slice(&sender_ssrc.0.to_be_bytes());
        out.extend_from_slice(&[0; 4]);
        entries.encode(TmmbrEntry::MAX_ENTRIES, out);
        format
    });
}
