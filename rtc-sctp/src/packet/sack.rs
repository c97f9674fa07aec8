//! SACK: what has arrived.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::serial::Tsn;
use super::tlv::{RawChunk, begin_chunk, end};
use crate::error::DecodeError;

/// The SACK chunk (RFC 9260 section 3.3.4).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Type = 3    |  Chunk Flags  |         Chunk Length          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                      Cumulative TSN Ack                       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |          Advertised Receiver Window Credit (a_rwnd)           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Number of Gap Ack Blocks    |   Number of Duplicate TSNs    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     Gap Ack Block Start       |       Gap Ack Block End       | ...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                         Duplicate TSN                         | ...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sack<'a> {
    /// The last TSN before which none is missing.
    pub cumulative_tsn: Tsn,
    /// How many bytes more the receiver will take.
    pub a_rwnd: u32,
    gap_blocks: &'a [[u8; 4]],
    duplicates: &'a [[u8; 4]],
}

impl<'a> Sack<'a> {
    /// The chunk type.
    pub const TYPE: u8 = 3;
    /// The length of a SACK with neither gaps nor duplicates, in bytes.
    pub const FIXED_LENGTH: usize = 16;

    pub(crate) fn decode(chunk: RawChunk<'a>) -> Result<Self, DecodeError> {
        let (&[a, b, c, d, e, f, g, h, i, j, k, l], lists) =
            chunk.value.split_first_chunk().ok_or(DecodeError::Truncated)?;
        let gap_count = usize::from(u16::from_be_bytes([i, j]));
        let duplicate_count = usize::from(u16::from_be_bytes([k, l]));
        let (entries, rest) = lists.as_chunks::<4>();
        if !rest.is_empty() || entries.len() != gap_count + duplicate_count {
            return Err(DecodeError::Length);
        }
        let (gap_blocks, duplicates) =
            entries.split_at_checked(gap_count).ok_or(DecodeError::Length)?;
        Ok(Self {
            cumulative_tsn: Tsn(u32::from_be_bytes([a, b, c, d])),
            a_rwnd: u32::from_be_bytes([e, f, g, h]),
            gap_blocks,
            duplicates,
        })
    }

    /// The gap ack blocks as they stand: neither sorted nor checked.
    pub fn gap_blocks(&self) -> impl ExactSizeIterator<Item = GapBlock> + Clone + use<'a> {
        self.gap_blocks.iter().map(|&[a, b, c, d]| GapBlock {
            start: u16::from_be_bytes([a, b]),
            end: u16::from_be_bytes([c, d]),
        })
    }

    /// The TSNs that have arrived more than once.
    pub fn duplicates(&self) -> impl ExactSizeIterator<Item = Tsn> + use<'a> {
        self.duplicates.iter().map(|&bytes| Tsn(u32::from_be_bytes(bytes)))
    }

    /// Appends the chunk.
    pub fn encode(&self, out: &mut Vec<u8>) {
        Self::write(out, self.cumulative_tsn, self.a_rwnd, self.gap_blocks(), self.duplicates());
    }

    /// Appends a chunk made from what the receiver has at hand.
    pub(crate) fn write(
        out: &mut Vec<u8>,
        cumulative_tsn: Tsn,
        a_rwnd: u32,
        gap_blocks: impl ExactSizeIterator<Item = GapBlock>,
        duplicates: impl ExactSizeIterator<Item = Tsn>,
    ) {
        let start = begin_chunk(out, Self::TYPE, 0);
        out.extend_from_slice(&cumulative_tsn.0.to_be_bytes());
        out.extend_from_slice(&a_rwnd.to_be_bytes());
        out.extend_from_slice(&(gap_blocks.len() as u16).to_be_bytes());
        out.extend_from_slice(&(duplicates.len() as u16).to_be_bytes());
        for block in gap_blocks {
            out.extend_from_slice(&block.start.to_be_bytes());
            out.extend_from_slice(&block.end.to_be_bytes());
        }
        for tsn in duplicates {
            out.extend_from_slice(&tsn.0.to_be_bytes());
        }
        end(out, start);
    }
}

/// A run of TSNs that have arrived, as offsets from the cumulative TSN; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GapBlock {
    /// The offset of the first.
    pub start: u16,
    /// The offset of the last.
    pub end: u16,
}
