//! DATA: a fragment of a user message.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::serial::{Ssn, Tsn};
use super::tlv::{RawChunk, begin_chunk, end};
use crate::error::DecodeError;

/// The DATA chunk (RFC 9260 section 3.3.1).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Type = 0    |  Res  |I|U|B|E|            Length             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                              TSN                              |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      Stream Identifier S      |   Stream Sequence Number n    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                 Payload Protocol Identifier                   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// /                           User Data                           /
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Data<'a> {
    /// Which part of a message this is, and how it wants to be treated.
    pub flags: DataFlags,
    /// The transmission sequence number.
    pub tsn: Tsn,
    /// The stream identifier.
    pub stream: u16,
    /// The stream sequence number; of no meaning in an unordered message.
    pub ssn: Ssn,
    /// The payload protocol identifier.
    pub ppid: u32,
    /// The fragment; never empty.
    pub payload: &'a [u8],
}

impl<'a> Data<'a> {
    /// The chunk type.
    pub const TYPE: u8 = 0;
    /// The length of the header before the user data, in bytes.
    pub const HEADER_LENGTH: usize = 16;

    pub(crate) fn decode(chunk: RawChunk<'a>) -> Result<Self, DecodeError> {
        let (&[a, b, c, d, e, f, g, h, i, j, k, l], payload) =
            chunk.value.split_first_chunk().ok_or(DecodeError::Truncated)?;
        Ok(Self {
            flags: DataFlags(chunk.flags & DataFlags::ALL),
            tsn: Tsn(u32::from_be_bytes([a, b, c, d])),
            stream: u16::from_be_bytes([e, f]),
            ssn: Ssn(u16::from_be_bytes([g, h])),
            ppid: u32::from_be_bytes([i, j, k, l]),
            payload,
        })
    }

    /// Appends the chunk and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = begin_chunk(out, Self::TYPE, self.flags.0);
        out.extend_from_slice(&self.tsn.0.to_be_bytes());
        out.extend_from_slice(&self.stream.to_be_bytes());
        out.extend_from_slice(&self.ssn.0.to_be_bytes());
        out.extend_from_slice(&self.ppid.to_be_bytes());
        out.extend_from_slice(self.payload);
        end(out, start);
    }
}

/// The flags of a DATA chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DataFlags(u8);

impl DataFlags {
    /// E: the last fragment of its message.
    pub const END: Self = Self(0b0001);
    /// B: the first fragment of its message.
    pub const BEGIN: Self = Self(0b0010);
    /// U: the message is not ordered.
    pub const UNORDERED: Self = Self(0b0100);
    /// I: the sender asks for a SACK at once (RFC 9260 section 3.3.1, once RFC 7053).
    pub const IMMEDIATE: Self = Self(0b1000);

    const ALL: u8 = 0b1111;

    /// Whether all the flags of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags and, if `condition` holds, those of `other` too.
    #[must_use]
    pub const fn with(self, other: Self, condition: bool) -> Self {
        if condition { Self(self.0 | other.0) } else { self }
    }
}
