//! INIT and INIT ACK: what each side announces of itself.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::parameter::Parameters;
use super::serial::Tsn;
use super::tlv::{RawChunk, begin_chunk, end};
use crate::error::DecodeError;

/// The INIT chunk (RFC 9260 section 3.3.2).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Type = 1    |  Chunk Flags  |         Chunk Length          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                         Initiate Tag                          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |          Advertised Receiver Window Credit (a_rwnd)           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Number of Outbound Streams   |   Number of Inbound Streams   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                          Initial TSN                          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// /              Optional/Variable-Length Parameters              /
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Init<'a> {
    /// The tag that the peer is to put into its packets.
    pub initiate_tag: u32,
    /// The receive window in bytes.
    pub a_rwnd: u32,
    /// How many streams the sender would like to send on.
    pub outbound_streams: u16,
    /// How many streams the sender lets the peer send on.
    pub inbound_streams: u16,
    /// The first TSN that the sender will use.
    pub initial_tsn: Tsn,
    /// The parameters, unread.
    pub parameters: &'a [u8],
}

impl<'a> Init<'a> {
    /// The chunk type.
    pub const TYPE: u8 = 1;

    pub(crate) fn decode(chunk: RawChunk<'a>) -> Result<Self, DecodeError> {
        let (&[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p], parameters) =
            chunk.value.split_first_chunk().ok_or(DecodeError::Truncated)?;
        Ok(Self {
            initiate_tag: u32::from_be_bytes([a, b, c, d]),
            a_rwnd: u32::from_be_bytes([e, f, g, h]),
            outbound_streams: u16::from_be_bytes([i, j]),
            inbound_streams: u16::from_be_bytes([k, l]),
            initial_tsn: Tsn(u32::from_be_bytes([m, n, o, p])),
            parameters,
        })
    }

    /// Appends the chunk and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.encode_as(Self::TYPE, out);
    }

    /// The parameters one after the other.
    pub fn parameters(&self) -> Parameters<'a> {
        Parameters::new(self.parameters)
    }

    fn encode_as(&self, kind: u8, out: &mut Vec<u8>) {
        let start = begin_chunk(out, kind, 0);
        out.extend_from_slice(&self.initiate_tag.to_be_bytes());
        out.extend_from_slice(&self.a_rwnd.to_be_bytes());
        out.extend_from_slice(&self.outbound_streams.to_be_bytes());
        out.extend_from_slice(&self.inbound_streams.to_be_bytes());
        out.extend_from_slice(&self.initial_tsn.0.to_be_bytes());
        out.extend_from_slice(self.parameters);
        end(out, start);
    }
}

/// The INIT ACK chunk (RFC 9260 section 3.3.3): an INIT of the other side's, with a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InitAck<'a>(pub Init<'a>);

impl<'a> InitAck<'a> {
    /// The chunk type.
    pub const TYPE: u8 = 2;

    pub(crate) fn decode(chunk: RawChunk<'a>) -> Result<Self, DecodeError> {
        Init::decode(chunk).map(Self)
    }

    /// Appends the chunk and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode_as(Self::TYPE, out);
    }
}
