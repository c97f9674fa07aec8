//! SHUTDOWN, SHUTDOWN ACK and SHUTDOWN COMPLETE: an end after everything has arrived.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::serial::Tsn;
use super::tlv::{RawChunk, begin_chunk, end};
use crate::error::DecodeError;

/// The SHUTDOWN chunk (RFC 9260 section 3.3.8).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Type = 7    |  Chunk Flags  |          Length = 8           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                      Cumulative TSN Ack                       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shutdown {
    /// The last TSN before which none is missing.
    pub cumulative_tsn: Tsn,
}

impl Shutdown {
    /// The chunk type.
    pub const TYPE: u8 = 7;

    pub(crate) fn decode(chunk: RawChunk<'_>) -> Result<Self, DecodeError> {
        let bytes = <[u8; 4]>::try_from(chunk.value).map_err(|_| DecodeError::Length)?;
        Ok(Self { cumulative_tsn: Tsn(u32::from_be_bytes(bytes)) })
    }

    /// Appends the chunk.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = begin_chunk(out, Self::TYPE, 0);
        out.extend_from_slice(&self.cumulative_tsn.0.to_be_bytes());
        end(out, start);
    }
}

/// The SHUTDOWN ACK chunk (RFC 9260 section 3.3.9): type 8, no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShutdownAck;

impl ShutdownAck {
    /// The chunk type.
    pub const TYPE: u8 = 8;

    pub(crate) fn decode(chunk: RawChunk<'_>) -> Result<Self, DecodeError> {
        if chunk.value.is_empty() { Ok(Self) } else { Err(DecodeError::Length) }
    }

    /// Appends the chunk.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = begin_chunk(out, Self::TYPE, 0);
        end(out, start);
    }
}

/// The SHUTDOWN COMPLETE chunk (RFC 9260 section 3.3.13): type 14, no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShutdownComplete {
    /// T: the verification tag is that of the packet that this one answers, sent back.
    pub tag_reflected: bool,
}

impl ShutdownComplete {
    /// The chunk type.
    pub const TYPE: u8 = 14;

    pub(crate) fn decode(chunk: RawChunk<'_>) -> Result<Self, DecodeError> {
        if !chunk.value.is_empty() {
            return Err(DecodeError::Length);
        }
        Ok(Self { tag_reflected: chunk.flags & 1 == 1 })
    }

    /// Appends the chunk.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = begin_chunk(out, Self::TYPE, u8::from(self.tag_reflected));
        end(out, start);
    }
}
