//! HEARTBEAT and HEARTBEAT ACK: is the path alive, and how long is it.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::tlv::{RawChunk, RawTlv, begin_chunk, end};
use crate::error::DecodeError;

/// The HEARTBEAT chunk (RFC 9260 section 3.3.5).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Type = 4    |  Chunk Flags  |       Heartbeat Length        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Heartbeat Info Type = 1    |         HB Info Length        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// /               Sender-Specific Heartbeat Info                  /
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat<'a> {
    /// What only the sender understands, and the receiver sends back.
    pub info: &'a [u8],
}

impl<'a> Heartbeat<'a> {
    /// The chunk type.
    pub const TYPE: u8 = 4;

    pub(crate) fn decode(chunk: RawChunk<'a>) -> Result<Self, DecodeError> {
        decode_info(chunk).map(|info| Self { info })
    }

    /// Appends the chunk and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_info(Self::TYPE, self.info, out);
    }
}

/// The HEARTBEAT ACK chunk (RFC 9260 section 3.3.6): the same, sent back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeartbeatAck<'a> {
    /// What the HEARTBEAT carried.
    pub info: &'a [u8],
}

impl<'a> HeartbeatAck<'a> {
    /// The chunk type.
    pub const TYPE: u8 = 5;

    pub(crate) fn decode(chunk: RawChunk<'a>) -> Result<Self, DecodeError> {
        decode_info(chunk).map(|info| Self { info })
    }

    /// Appends the chunk and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_info(Self::TYPE, self.info, out);
    }
}

fn decode_info(chunk: RawChunk<'_>) -> Result<&[u8], DecodeError> {
    let info = RawTlv::decode(&mut &*chunk.value)?;
    if info.kind == HEARTBEAT_INFO { Ok(info.value) } else { Err(DecodeError::Value) }
}

fn encode_info(kind: u8, info: &[u8], out: &mut Vec<u8>) {
    let start = begin_chunk(out, kind, 0);
    RawTlv { kind: HEARTBEAT_INFO, value: info }.encode(out);
    end(out, start);
}

const HEARTBEAT_INFO: u16 = 1;
