//! Which packets of a transport arrived, and how long after each other.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtcp::header::{RawPacket, encode_padded_packet};
use crate::ssrc::Ssrc;
use crate::wire::take_i24;

/// A transport-wide feedback packet (draft-holmer-rmcat-transport-wide-cc-extensions-01, section
/// 3.1).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|  FMT=15 |    PT=205     |           length              |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                     SSRC of packet sender                     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                      SSRC of media source                     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      base sequence number     |      packet status count      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                 reference time                | fb pkt. count |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |          packet chunk         |         packet chunk          |
/// .                                                               .
/// |         packet chunk          |  recv delta   |  recv delta   |
/// .                                                               .
/// ```
///
/// The draft's prose says packet type 206 and its legend says that a one-bit 0 is "received"; its
/// figure, its example and every implementation say 205 and the contrary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransportFeedback<'a> {
    /// Who reports.
    pub sender_ssrc: Ssrc,
    /// A source whose packets are reported on.
    pub media_ssrc: Ssrc,
    /// The transport-wide sequence number of the first packet.
    pub base_sequence_number: u16,
    /// What the first delta counts from, in units of 64 ms from an arbitrary moment: a signed
    /// 24-bit number, of which the low 24 bits are written.
    pub reference_time: i32,
    /// Counts the feedback packets, modulo 256.
    pub feedback_packet_count: u8,
    /// One status for each sequence number from the first on.
    pub statuses: PacketStatuses<'a>,
}

impl<'a> TransportFeedback<'a> {
    /// The packet type, RTPFB.
    pub const PACKET_TYPE: u8 = 205;
    /// The feedback message type.
    pub const FORMAT: u8 = 15;
    /// How many statuses are read or written: half of the sequence numbers, since of more than that
    /// nobody could tell the first from the last. A run of lost packets takes two bytes however
    /// long it is, so this cap also bounds the work that a datagram can cause.
    pub const MAX_STATUSES: usize = 32_768;

    pub(crate) fn decode(raw: RawPacket<'a>) -> Result<Self, DecodeError> {
        let mut body = raw.body;
        let sender_ssrc = Ssrc(body.try_get_u32()?);
        let media_ssrc = Ssrc(body.try_get_u32()?);
        let base_sequence_number = body.try_get_u16()?;
        let count = usize::from(body.try_get_u16()?);
        let reference_time = take_i24(&mut body)?;
        let feedback_packet_count = body.try_get_u8()?;
        let statuses = PacketStatuses::decode(count, body)?;
        Ok(Self {
            sender_ssrc,
            media_ssrc,
            base_sequence_number,
            reference_time,
            feedback_packet_count,
            statuses,
        })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_padded_packet(Self::PACKET_TYPE, out, |out| {
            out.extend_from_slice(&self.sender_ssrc.0.to_be_bytes());
            out.extend_from_slice(&self.media_ssrc.0.to_be_bytes());
            out.extend_from_slice(&self.base_sequence_number.to_be_bytes());
            out.extend_from_slice(&(self.statuses.len() as u16).to_be_bytes());
            let [_, reference @ ..] = self.reference_time.to_be_bytes();
            out.extend_from_slice(&reference);
            out.push(self.feedback_packet_count);
            self.statuses.encode(out);
            Self::FORMAT
        });
    }

    /// The statuses, each with the sequence number of its packet.
    pub fn packets(&self) -> impl Iterator<Item = (u16, PacketStatus)> + use<'a> {
        let base = self.base_sequence_number;
        self.statuses.iter().zip(0u16..).map(move |(status, at)| (base.wrapping_add(at), status))
    }
}

/// What became of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PacketStatus {
    /// It has not arrived.
    NotReceived,
    /// It has arrived, this long after the packet before it that did (for the first one: after the
    /// reference time), in units of 250 us; `None` if only the fact is told.
    Received(Option<i16>),
}

/// A list of statuses: read out of a packet, or given as a slice.
#[derive(Clone, Copy)]
pub struct PacketStatuses<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    /// The count, and the chunks and deltas, which have been checked to suffice for it.
    Wire {
        count: usize,
        chunks: &'a [u8],
        deltas: &'a [u8],
    },
    Items(&'a [PacketStatus]),
}

impl<'a> PacketStatuses<'a> {
    /// Takes the statuses that are to be told, of which the first
    /// [`MAX_STATUSES`](TransportFeedback::MAX_STATUSES) count.
    pub fn new(statuses: &'a [PacketStatus]) -> Self {
        Self(Source::Items(statuses.get(..TransportFeedback::MAX_STATUSES).unwrap_or(statuses)))
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        match self.0 {
            Source::Wire { count, .. } => count,
            Source::Items(items) => items.len(),
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The statuses, in the order of the sequence numbers.
    pub fn iter(&self) -> impl Iterator<Item = PacketStatus> + use<'a> {
        let (wire, items): (_, &[PacketStatus]) = match self.0 {
            Source::Wire { count, chunks, deltas } => {
                (Some((Symbols::new(count, chunks), deltas)), &[])
            }
            Source::Items(items) => (None, items),
        };
        let wire = wire.into_iter().flat_map(|(symbols, mut deltas)| {
            symbols
                .map(move |symbol| symbol.status(&mut deltas).unwrap_or(PacketStatus::NotReceived))
        });
        wire.chain(items.iter().copied())
    }

    fn decode(count: usize, body: &'a [u8]) -> Result<Self, DecodeError> {
        if count > TransportFeedback::MAX_STATUSES {
            return Err(DecodeError::TooMany);
        }
        let mut symbols = Symbols::new(count, body);
        let mut delta_len = 0;
        for symbol in symbols.by_ref() {
            delta_len += symbol.delta_len();
        }
        if symbols.left > 0 {
            return Err(DecodeError::Truncated);
        }
        let deltas = symbols.chunks.get(..delta_len).ok_or(DecodeError::Truncated)?;
        let chunks_len = body.len() - symbols.chunks.len();
        let chunks = body.get(..chunks_len).ok_or(DecodeError::Truncated)?;
        Ok(Self(Source::Wire { count, chunks, deltas }))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        match self.0 {
            Source::Wire { chunks, deltas, .. } => {
                out.extend_from_slice(chunks);
                out.extend_from_slice(deltas);
            }
            Source::Items(items) => {
                encode_chunks(items, out);
                for status in items {
                    match (Symbol::of(*status), status) {
                        (Symbol::SmallDelta, PacketStatus::Received(Some(delta))) => {
                            out.push(*delta as u8);
                        }
                        (Symbol::LargeDelta, PacketStatus::Received(Some(delta))) => {
                            out.extend_from_slice(&delta.to_be_bytes());
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

impl PartialEq for PacketStatuses<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for PacketStatuses<'_> {}

impl core::fmt::Debug for PacketStatuses<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A packet status symbol (section 3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Symbol {
    NotReceived = 0,
    SmallDelta = 1,
    LargeDelta = 2,
    /// "Packet received, w/o recv delta": reserved in the draft, used with feedback on request.
    NoDelta = 3,
}

impl Symbol {
    const fn from_bits(bits: u16) -> Self {
        match bits & 0b11 {
            0 => Self::NotReceived,
            1 => Self::SmallDelta,
            2 => Self::LargeDelta,
            _ => Self::NoDelta,
        }
    }

    const fn of(status: PacketStatus) -> Self {
        match status {
            PacketStatus::NotReceived => Self::NotReceived,
            PacketStatus::Received(Some(0..=255)) => Self::SmallDelta,
            PacketStatus::Received(Some(_)) => Self::LargeDelta,
            PacketStatus::Received(None) => Self::NoDelta,
        }
    }

    const fn delta_len(self) -> usize {
        match self {
            Self::NotReceived | Self::NoDelta => 0,
            Self::SmallDelta => 1,
            Self::LargeDelta => 2,
        }
    }

    fn status(self, deltas: &mut &[u8]) -> Option<PacketStatus> {
        Some(match self {
            Self::NotReceived => PacketStatus::NotReceived,
            Self::NoDelta => PacketStatus::Received(None),
            Self::SmallDelta => PacketStatus::Received(Some(deltas.try_get_u8().ok()?.into())),
            Self::LargeDelta => PacketStatus::Received(Some(deltas.try_get_i16().ok()?)),
        })
    }
}

/// The symbols that chunks stand for.
struct Symbols<'a> {
    /// How many symbols are still to come.
    left: usize,
    chunks: &'a [u8],
    chunk: u16,
    /// How many symbols of `chunk` are still to come.
    in_chunk: u16,
}

impl<'a> Symbols<'a> {
    const fn new(count: usize, chunks: &'a [u8]) -> Self {
        Self { left: count, chunks, chunk: 0, in_chunk: 0 }
    }
}

impl Iterator for Symbols<'_> {
    type Item = Symbol;

    fn next(&mut self) -> Option<Symbol> {
        if self.left == 0 {
            return None;
        }
        while self.in_chunk == 0 {
            self.chunk = self.chunks.try_get_u16().ok()?;
            self.in_chunk = match self.chunk >> 14 {
                0 | 1 => self.chunk & 0x1fff,
                2 => 14,
                _ => 7,
            };
        }
        self.in_chunk -= 1;
        self.left -= 1;
        Some(match self.chunk >> 14 {
            0 | 1 => Symbol::from_bits(self.chunk >> 13),
            2 => Symbol::from_bits(self.chunk >> self.in_chunk & 1),
            _ => Symbol::from_bits(self.chunk >> (2 * self.in_chunk)),
        })
    }
}

/// Appends the chunks for these statuses: runs where they are at least as short as vectors.
fn encode_chunks(mut statuses: &[PacketStatus], out: &mut Vec<u8>) {
    while let Some(first) = statuses.first() {
        let first = Symbol::of(*first);
        let symbols = || statuses.iter().map(|status| Symbol::of(*status));
        let run = symbols().take(0x1fff).take_while(|symbol| *symbol == first).count();
        let one_bit = symbols()
            .take(14)
            .take_while(|symbol| matches!(symbol, Symbol::NotReceived | Symbol::SmallDelta))
            .count();
        // A vector that is not full may only be the last chunk.
        let fits = one_bit == 14 || one_bit == statuses.len();
        let (chunk, len) = if run >= 14 || run == statuses.len() || (run > 7 && !fits) {
            ((first as u16) << 13 | run as u16, run)
        } else if fits {
            let bits = symbols().take(one_bit).fold(0, |bits, symbol| bits << 1 | symbol as u16);
            (0x8000 | bits << (14 - one_bit), one_bit)
        } else {
            let len = statuses.len().min(7);
            let bits = symbols().take(len).fold(0, |bits, symbol| bits << 2 | symbol as u16);
            (0xc000 | bits << (2 * (7 - len)), len)
        };
        out.extend_from_slice(&chunk.to_be_bytes());
        statuses = statuses.get(len..).unwrap_or_default();
    }
}
