//! FORWARD TSN: the sender has given up on some data.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::serial::{Ssn, Tsn};
use super::tlv::{RawChunk, begin_chunk, end};
use crate::error::DecodeError;

/// The FORWARD TSN chunk (RFC 3758 section 3.2).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Type = 192  |  Flags = 0x00 |        Length = Variable      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                      New Cumulative TSN                       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           Stream-1            |       Stream Sequence-1       | ...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForwardTsn<'a> {
    /// All TSNs up to this one count as received.
    pub new_cumulative_tsn: Tsn,
    skipped: &'a [[u8; 4]],
}

impl<'a> ForwardTsn<'a> {
    /// The chunk type.
    pub const TYPE: u8 = 192;
    /// The length of a chunk that skips no stream, in bytes.
    pub const FIXED_LENGTH: usize = 8;

    pub(crate) fn decode(chunk: RawChunk<'a>) -> Result<Self, DecodeError> {
        let (&tsn, rest) = chunk.value.split_first_chunk().ok_or(DecodeError::Truncated)?;
        let (skipped, []) = rest.as_chunks::<4>() else {
            return Err(DecodeError::Length);
        };
        Ok(Self { new_cumulative_tsn: Tsn(u32::from_be_bytes(tsn)), skipped })
    }

    /// The ordered streams on which messages have been given up.
    pub fn skipped(&self) -> impl ExactSizeIterator<Item = SkippedStream> + use<'a> {
        self.skipped.iter().map(|&[a, b, c, d]| SkippedStream {
            stream: u16::from_be_bytes([a, b]),
            ssn: Ssn(u16::from_be_bytes([c, d])),
        })
    }

    /// Appends the chunk.
    pub fn encode(&self, out: &mut Vec<u8>) {
        Self::write(out, self.new_cumulative_tsn, self.skipped());
    }

    /// Appends a chunk made from what the sender has at hand.
    pub(crate) fn write(
        out: &mut Vec<u8>,
        new_cumulative_tsn: Tsn,
        skipped: impl Iterator<Item = SkippedStream>,
    ) {
        let start = begin_chunk(out, Self::TYPE, 0);
        out.extend_from_slice(&new_cumulative_tsn.0.to_be_bytes());
        for entry in skipped {
            out.extend_from_slice(&entry.stream.to_be_bytes());
            out.extend_from_slice(&entry.ssn.0.to_be_bytes());
        }
        end(out, start);
    }
}

/// The last message of an ordered stream that was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkippedStream {
    /// The stream identifier.
    pub stream: u16,
    /// The highest stream sequence number that is skipped.
    pub ssn: Ssn,
}
