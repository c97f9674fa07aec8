//! What a receiver believes the path can carry.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtcp::header::{RawPacket, encode_packet};
use crate::rtcp::list::List;
use crate::ssrc::Ssrc;
use crate::wire::{take, take_array};

/// A receiver estimated maximum bitrate message (draft-alvestrand-rmcat-remb-03, section 2.2).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P| FMT=15  |  PT=PSFB=206  |             length            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                  SSRC of packet sender                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                  SSRC of media source (unused: 0)             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Unique identifier 'R' 'E' 'M' 'B'                            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Num SSRC     | BR Exp    |  BR Mantissa                      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   SSRC feedback                                               |
/// |  ...                                                          |
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReceiverEstimatedMaximumBitrate<'a> {
    /// Who reports.
    pub sender_ssrc: Ssrc,
    /// The total bit rate in bit/s. It is written with 18 significant bits, rounded down.
    pub bitrate: u64,
    /// Which streams share that rate; the first 255 are written.
    pub ssrcs: List<'a, Ssrc>,
}

impl<'a> ReceiverEstimatedMaximumBitrate<'a> {
    /// The packet type, PSFB.
    pub const PACKET_TYPE: u8 = 206;
    /// The feedback message type: application layer feedback.
    pub const FORMAT: u8 = 15;

    /// Whether a packet of application layer feedback is of this kind.
    pub(crate) fn recognizes(raw: RawPacket<'_>) -> bool {
        raw.body.get(8..12) == Some(IDENTIFIER)
    }

    pub(crate) fn decode(raw: RawPacket<'a>) -> Result<Self, DecodeError> {
        let mut body = raw.body;
        let sender_ssrc = Ssrc(body.try_get_u32()?);
        take(&mut body, 4)?;
        if take(&mut body, 4)? != IDENTIFIER {
            return Err(DecodeError::Value);
        }
        let [count, high, middle, low] = *take_array::<4>(&mut body)?;
        let exponent = high >> 2;
        let mantissa = u64::from(u32::from_be_bytes([0, high & 0b11, middle, low]));
        let bitrate = mantissa << exponent;
        if bitrate >> exponent != mantissa {
            return Err(DecodeError::Value);
        }
        Ok(Self { sender_ssrc, bitrate, ssrcs: List::take(&mut body, usize::from(count))? })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_packet(Self::PACKET_TYPE, out, |out| {
            out.extend_from_slice(&self.sender_ssrc.0.to_be_bytes());
            out.extend_from_slice(&[0; 4]);
            out.extend_from_slice(IDENTIFIER);
            let exponent = (64 - self.bitrate.leading_zeros()).saturating_sub(18);
            let mantissa = (self.bitrate >> exponent) as u32;
            let word_at = out.len();
            out.extend_from_slice(&(exponent << 18 | mantissa).to_be_bytes());
            let count = self.ssrcs.encode(255, out);
            if let Some(byte) = out.get_mut(word_at) {
                *byte = count as u8;
            }
            Self::FORMAT
        });
    }
}

const IDENTIFIER: &[u8] = b"REMB";
