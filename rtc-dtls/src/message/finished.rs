//! Finished (RFC 5246 §7.4.9).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use crate::codec::Reader;
use crate::error::DecodeError;

/// ```text
/// struct { opaque verify_data[12]; } Finished;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Finished {
    pub(crate) verify_data: [u8; VERIFY_DATA_LENGTH],
}

impl Finished {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let verify_data = reader.array()?;
        reader.finish()?;
        Ok(Self { verify_data })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.verify_data);
    }
}

/// The length for every suite here.
pub(crate) const VERIFY_DATA_LENGTH: usize = 12;
