//! Error causes, which ABORT and ERROR carry.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::tlv::RawTlv;
use crate::error::DecodeError;

/// One error cause (RFC 9260 section 3.3.10).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |          Cause Code           |         Cause Length          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// /                  Cause-Specific Information                   /
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause<'a> {
    /// What went wrong.
    pub code: CauseCode,
    /// More about it, of a form that depends on the code.
    pub information: &'a [u8],
}

impl<'a> Cause<'a> {
    pub(crate) fn decode(input: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let raw = RawTlv::decode(input)?;
        Ok(Self { code: CauseCode(raw.kind), information: raw.value })
    }

    /// Appends the cause and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        RawTlv { kind: self.code.0, value: self.information }.encode(out);
    }

    /// The first cause in the value of an ABORT or ERROR, if one can be read.
    pub(crate) fn first(causes: &'a [u8]) -> Option<Self> {
        Self::decode(&mut &*causes).ok()
    }
}

/// A cause code (RFC 9260 section 3.3.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CauseCode(pub u16);

impl CauseCode {
    /// A stream identifier out of range.
    pub const INVALID_STREAM_IDENTIFIER: Self = Self(1);
    /// A mandatory parameter is missing.
    pub const MISSING_MANDATORY_PARAMETER: Self = Self(2);
    /// The cookie is past its lifetime.
    pub const STALE_COOKIE: Self = Self(3);
    /// The sender is out of resource.
    pub const OUT_OF_RESOURCE: Self = Self(4);
    /// A chunk type is not known.
    pub const UNRECOGNIZED_CHUNK_TYPE: Self = Self(6);
    /// A mandatory parameter holds a value that is not allowed.
    pub const INVALID_MANDATORY_PARAMETER: Self = Self(7);
    /// Parameters are not known.
    pub const UNRECOGNIZED_PARAMETERS: Self = Self(8);
    /// A DATA chunk without user data.
    pub const NO_USER_DATA: Self = Self(9);
    /// A COOKIE ECHO came while shutting down.
    pub const COOKIE_RECEIVED_WHILE_SHUTTING_DOWN: Self = Self(10);
    /// The upper layer ended it.
    pub const USER_INITIATED_ABORT: Self = Self(12);
    /// The peer broke the protocol.
    pub const PROTOCOL_VIOLATION: Self = Self(13);
}
