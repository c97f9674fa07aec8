//! COOKIE ECHO and COOKIE ACK: the second half of the handshake.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::tlv::{RawChunk, begin_chunk, end};
use crate::error::DecodeError;

/// The COOKIE ECHO chunk (RFC 9260 section 3.3.11): type 10, the cookie as its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CookieEcho<'a> {
    /// The cookie of the INIT ACK, unchanged.
    pub cookie: &'a [u8],
}

impl<'a> CookieEcho<'a> {
    /// The chunk type.
    pub const TYPE: u8 = 10;

    pub(crate) fn decode(chunk: RawChunk<'a>) -> Result<Self, DecodeError> {
        Ok(Self { cookie: chunk.value })
    }

    /// Appends the chunk and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = begin_chunk(out, Self::TYPE, 0);
        out.extend_from_slice(self.cookie);
        end(out, start);
    }
}

/// The COOKIE ACK chunk (RFC 9260 section 3.3.12): type 11, no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CookieAck;

impl CookieAck {
    /// The chunk type.
    pub const TYPE: u8 = 11;

    pub(crate) fn decode(chunk: RawChunk<'_>) -> Result<Self, DecodeError> {
        if chunk.value.is_empty() { Ok(Self) } else { Err(DecodeError::Length) }
    }

    /// Appends the chunk.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = begin_chunk(out, Self::TYPE, 0);
        end(out, start);
    }
}
