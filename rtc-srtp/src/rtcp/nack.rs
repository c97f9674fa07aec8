//! Packets that are missing.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtcp::header::{RawPacket, encode_packet};
use crate::rtcp::list::{Item, List};
use crate::ssrc::Ssrc;

/// A generic NACK (RFC 4585, section 6.2.1).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|  FMT=1  |  PT=RTPFB=205 |             length            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                  SSRC of packet sender                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                  SSRC of media source                         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |            PID                |             BLP               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
///
/// Each pair can ask for 17 packets, so a receiver of NACKs that retransmits without a budget of
/// its own sends up to 17 packets for 4 bytes. This codec caps the pairs of one packet at
/// [`MAX_PAIRS`](Self::MAX_PAIRS); the budget is for the retransmitter to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Nack<'a> {
    /// Who reports.
    pub sender_ssrc: Ssrc,
    /// Whose packets are missing.
    pub media_ssrc: Ssrc,
    /// The missing packets; the first [`MAX_PAIRS`](Self::MAX_PAIRS) are written.
    pub pairs: List<'a, NackPair>,
}

impl<'a> Nack<'a> {
    /// The packet type, RTPFB.
    pub const PACKET_TYPE: u8 = 205;
    /// The feedback message type.
    pub const FORMAT: u8 = 1;
    /// How many pairs are read or written: what fits into a datagram of 1,200 bytes.
    pub const MAX_PAIRS: usize = 297;

    pub(crate) fn decode(raw: RawPacket<'a>) -> Result<Self, DecodeError> {
        let mut body = raw.body;
        Ok(Self {
            sender_ssrc: Ssrc(body.try_get_u32()?),
            media_ssrc: Ssrc(body.try_get_u32()?),
            pairs: List::all(&mut body, Self::MAX_PAIRS)?,
        })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_packet(Self::PACKET_TYPE, out, |out| {
            out.extend_from_slice(&self.sender_ssrc.0.to_be_bytes());
            out.extend_from_slice(&self.media_ssrc.0.to_be_bytes());
            self.pairs.encode(Self::MAX_PAIRS, out);
            Self::FORMAT
        });
    }

    /// The sequence numbers of all the missing packets.
    pub fn sequence_numbers(&self) -> impl Iterator<Item = u16> + use<'a> {
        self.pairs.iter().flat_map(NackPair::sequence_numbers)
    }
}

/// A missing packet and which of the 16 after it are missing too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NackPair {
    /// The sequence number of a missing packet.
    pub packet_id: u16,
    /// Bit `i`, counted from the least significant: packet `packet_id + i + 1` is missing.
    pub lost_packets: u16,
}

impl NackPair {
    /// The sequence numbers, 1 to 17 of them.
    pub fn sequence_numbers(self) -> impl Iterator<Item = u16> {
        let following = (0..16u16).filter(move |bit| self.lost_packets & 1 << bit != 0);
        core::iter::once(self.packet_id)
            .chain(following.map(move |bit| self.packet_id.wrapping_add(bit + 1)))
    }
}

impl Item<'_> for NackPair {
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        Ok(Self { packet_id: input.try_get_u16()?, lost_packets: input.try_get_u16()? })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.packet_id.to_be_bytes());
        out.extend_from_slice(&self.lost_packets.to_be_bytes());
    }
}

/// Groups ascending sequence numbers into pairs.
#[derive(Debug, Clone)]
pub struct NackPairs<I: Iterator<Item = u16>> {
    numbers: core::iter::Peekable<I>,
}

impl<I: Iterator<Item = u16>> NackPairs<I> {
    /// Takes sequence numbers in ascending order (modulo 2^16); any other order only makes more
    /// pairs than are needed.
    pub fn new(numbers: impl IntoIterator<IntoIter = I>) -> Self {
        Self { numbers: numbers.into_iter().peekable() }
    }
}

impl<I: Iterator<Item = u16>> Iterator for NackPairs<I> {
    type Item = NackPair;

    fn next(&mut self) -> Option<NackPair> {
        let packet_id = self.numbers.next()?;
        let mut lost_packets = 0;
        let follows = |number: &u16| (1..=16).contains(&number.wrapping_sub(packet_id));
        while let Some(number) = self.numbers.next_if(follows) {
            lost_packets |= 1 << (number.wrapping_sub(packet_id) - 1);
        }
        Some(NackPair { packet_id, lost_packets })
    }
}
