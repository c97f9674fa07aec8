//! RE-CONFIG: resetting streams while the association lives.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::parameter::Parameters;
use super::serial::Tsn;
use super::tlv::{RawChunk, begin_chunk, begin_parameter, end};
use crate::error::DecodeError;

/// The RE-CONFIG chunk (RFC 6525 section 3.1): type 130, one or two parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reconfig<'a> {
    /// The parameters, unread.
    pub parameters: &'a [u8],
}

impl<'a> Reconfig<'a> {
    /// The chunk type.
    pub const TYPE: u8 = 130;

    pub(crate) fn decode(chunk: RawChunk<'a>) -> Result<Self, DecodeError> {
        Ok(Self { parameters: chunk.value })
    }

    /// Appends the chunk and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = begin_chunk(out, Self::TYPE, 0);
        out.extend_from_slice(self.parameters);
        end(out, start);
    }

    /// The parameters one after the other.
    pub fn parameters(&self) -> Parameters<'a> {
        Parameters::new(self.parameters)
    }
}

/// The Outgoing SSN Reset Request Parameter (RFC 6525 section 4.1).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     Parameter Type = 13       | Parameter Length = 16 + 2 * N |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           Re-configuration Request Sequence Number            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           Re-configuration Response Sequence Number           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                Sender's Last Assigned TSN                     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Stream Number 1 (optional)   |    Stream Number 2 (optional) | ...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutgoingResetRequest<'a> {
    /// The number of this request.
    pub request: u32,
    /// The number of the peer's request that this one answers, or its last one.
    pub response: u32,
    /// The last TSN that the sender has assigned.
    pub last_tsn: Tsn,
    streams: &'a [[u8; 2]],
}

impl<'a> OutgoingResetRequest<'a> {
    /// The parameter type.
    pub const TYPE: u16 = 13;
    /// The length of a parameter that names no stream, in bytes.
    pub const FIXED_LENGTH: usize = 16;

    pub(crate) fn decode(value: &'a [u8]) -> Result<Self, DecodeError> {
        let (&[a, b, c, d, e, f, g, h, i, j, k, l], rest) =
            value.split_first_chunk().ok_or(DecodeError::Truncated)?;
        let (streams, []) = rest.as_chunks::<2>() else {
            return Err(DecodeError::Length);
        };
        Ok(Self {
            request: u32::from_be_bytes([a, b, c, d]),
            response: u32::from_be_bytes([e, f, g, h]),
            last_tsn: Tsn(u32::from_be_bytes([i, j, k, l])),
            streams,
        })
    }

    /// The streams to reset; none means all of them.
    pub fn streams(&self) -> impl ExactSizeIterator<Item = u16> + use<'a> {
        self.streams.iter().map(|&bytes| u16::from_be_bytes(bytes))
    }

    /// Appends the parameter and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        Self::write(out, self.request, self.response, self.last_tsn, self.streams());
    }

    /// Appends a parameter made from what the sender has at hand.
    pub(crate) fn write(
        out: &mut Vec<u8>,
        request: u32,
        response: u32,
        last_tsn: Tsn,
        streams: impl Iterator<Item = u16>,
    ) {
        let start = begin_parameter(out, Self::TYPE);
        out.extend_from_slice(&request.to_be_bytes());
        out.extend_from_slice(&response.to_be_bytes());
        out.extend_from_slice(&last_tsn.0.to_be_bytes());
        for stream in streams {
            out.extend_from_slice(&stream.to_be_bytes());
        }
        end(out, start);
    }
}

/// The Incoming SSN Reset Request Parameter (RFC 6525 section 4.2).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     Parameter Type = 14       |  Parameter Length = 8 + 2 * N |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           Re-configuration Request Sequence Number            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Stream Number 1 (optional)   |    Stream Number 2 (optional) | ...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IncomingResetRequest<'a> {
    /// The number of this request.
    pub request: u32,
    streams: &'a [[u8; 2]],
}

impl<'a> IncomingResetRequest<'a> {
    /// The parameter type.
    pub const TYPE: u16 = 14;

    pub(crate) fn decode(value: &'a [u8]) -> Result<Self, DecodeError> {
        let (&request, rest) = value.split_first_chunk().ok_or(DecodeError::Truncated)?;
        let (streams, []) = rest.as_chunks::<2>() else {
            return Err(DecodeError::Length);
        };
        Ok(Self { request: u32::from_be_bytes(request), streams })
    }

    /// The streams that the peer is asked to reset; none means all of them.
    pub fn streams(&self) -> impl ExactSizeIterator<Item = u16> + use<'a> {
        self.streams.iter().map(|&bytes| u16::from_be_bytes(bytes))
    }

    /// Appends the parameter and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = begin_parameter(out, Self::TYPE);
        out.extend_from_slice(&self.request.to_be_bytes());
        for stream in self.streams() {
            out.extend_from_slice(&stream.to_be_bytes());
        }
        end(out, start);
    }
}

/// The Re-configuration Response Parameter (RFC 6525 section 4.4), without the two TSNs that
/// answer an SSN/TSN reset.
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     Parameter Type = 16       |      Parameter Length         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |         Re-configuration Response Sequence Number             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                            Result                             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReconfigResponse {
    /// The number of the request that is answered.
    pub response: u32,
    /// What became of it.
    pub result: ReconfigResult,
}

impl ReconfigResponse {
    /// The parameter type.
    pub const TYPE: u16 = 16;

    pub(crate) fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let (&[a, b, c, d, e, f, g, h], rest) =
            value.split_first_chunk().ok_or(DecodeError::Truncated)?;
        if !matches!(rest.len(), 0 | 8) {
            return Err(DecodeError::Length);
        }
        Ok(Self {
            response: u32::from_be_bytes([a, b, c, d]),
            result: ReconfigResult(u32::from_be_bytes([e, f, g, h])),
        })
    }

    /// Appends the parameter.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = begin_parameter(out, Self::TYPE);
        out.extend_from_slice(&self.response.to_be_bytes());
        out.extend_from_slice(&self.result.0.to_be_bytes());
        end(out, start);
    }
}

/// What became of a re-configuration request (RFC 6525 section 4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReconfigResult(pub u32);

impl ReconfigResult {
    /// There was nothing to do.
    pub const NOTHING_TO_DO: Self = Self(0);
    /// It has been done.
    pub const PERFORMED: Self = Self(1);
    /// It was refused.
    pub const DENIED: Self = Self(2);
    /// A stream number was wrong.
    pub const WRONG_SSN: Self = Self(3);
    /// Another request is being worked on.
    pub const ALREADY_IN_PROGRESS: Self = Self(4);
    /// The request's sequence number was wrong.
    pub const BAD_SEQUENCE_NUMBER: Self = Self(5);
    /// It will be done once the data before it has arrived.
    pub const IN_PROGRESS: Self = Self(6);
}
