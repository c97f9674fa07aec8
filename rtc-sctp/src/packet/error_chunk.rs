//! ERROR: something was not understood, and the association goes on.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::cause::Cause;
use super::tlv::{RawChunk, begin_chunk, end};
use crate::error::DecodeError;

/// The ERROR chunk (RFC 9260 section 3.3.10).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Type = 9    |  Chunk Flags  |            Length             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// /                   one or more Error Causes                    /
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorChunk<'a> {
    /// The error causes, unread.
    pub causes: &'a [u8],
}

impl<'a> ErrorChunk<'a> {
    /// The chunk type.
    pub const TYPE: u8 = 9;

    pub(crate) fn decode(chunk: RawChunk<'a>) -> Result<Self, DecodeError> {
        Ok(Self { causes: chunk.value })
    }

    /// Appends the chunk and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = begin_chunk(out, Self::TYPE, 0);
        out.extend_from_slice(self.causes);
        end(out, start);
    }

    /// The first error cause, if one can be read.
    #[must_use]
    pub fn cause(&self) -> Option<Cause<'a>> {
        Cause::first(self.causes)
    }
}
