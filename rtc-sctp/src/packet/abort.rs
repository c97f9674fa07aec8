//! ABORT: the association is at an end, now.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::cause::Cause;
use super::tlv::{RawChunk, begin_chunk, end};
use crate::error::DecodeError;

/// The ABORT chunk (RFC 9260 section 3.3.7).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Type = 6    |  Reserved   |T|            Length             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// /                   zero or more Error Causes                   /
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abort<'a> {
    /// T: the verification tag is that of the packet that this one answers, sent back.
    pub tag_reflected: bool,
    /// The error causes, unread.
    pub causes: &'a [u8],
}

impl<'a> Abort<'a> {
    /// The chunk type.
    pub const TYPE: u8 = 6;

    pub(crate) fn decode(chunk: RawChunk<'a>) -> Result<Self, DecodeError> {
        Ok(Self { tag_reflected: chunk.flags & 1 == 1, causes: chunk.value })
    }

    /// Appends the chunk and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = begin_chunk(out, Self::TYPE, u8::from(self.tag_reflected));
        out.extend_from_slice(self.causes);
        end(out, start);
    }

    /// The first error cause, if there is one.
    #[must_use]
    pub fn cause(&self) -> Option<Cause<'a>> {
        Cause::first(self.causes)
    }
}
