//! ClientKeyExchange of ECDHE (RFC 8422 §5.7).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use crate::codec::{Reader, put_vec8};
use crate::error::DecodeError;

/// ```text
/// struct { opaque public<1..2^8-1>; } ClientECDiffieHellmanPublic;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientKeyExchange<'a> {
    pub(crate) public: &'a [u8],
}

impl<'a> ClientKeyExchange<'a> {
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let public = reader.vec8()?;
        reader.finish()?;
        Ok(Self { public })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_vec8(out, |out| out.extend_from_slice(self.public));
    }
}
