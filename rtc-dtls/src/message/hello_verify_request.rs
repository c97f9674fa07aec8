//! HelloVerifyRequest (RFC 6347 §4.2.1): answered as a client, never sent.
#![deny(clippy::indexing_slicing)]

use crate::codec::Reader;
use crate::error::DecodeError;

/// ```text
/// struct { ProtocolVersion server_version; opaque cookie<0..2^8-1>; } HelloVerifyRequest;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HelloVerifyRequest<'a> {
    /// Says nothing about the version that will be negotiated: servers write DTLS 1.0 here.
    pub(crate) version: u16,
    pub(crate) cookie: &'a [u8],
}

impl<'a> HelloVerifyRequest<'a> {
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let (version, cookie) = (reader.u16()?, reader.vec8()?);
        reader.finish()?;
        Ok(Self { version, cookie })
    }

    #[cfg(test)]
    pub(crate) fn encode(&self, out: &mut alloc::vec::Vec<u8>) {
        crate::codec::put_u16(out, self.version);
        crate::codec::put_vec8(out, |out| out.extend_from_slice(self.cookie));
    }
}
