//! CertificateVerify (RFC 5246 §7.4.8).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use crate::codec::{Reader, put_u16, put_vec16};
use crate::error::DecodeError;

/// ```text
/// struct {
///     SignatureAndHashAlgorithm algorithm;
///     opaque signature<0..2^16-1>;
/// } DigitallySigned;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CertificateVerify<'a> {
    pub(crate) scheme: u16,
    pub(crate) signature: &'a [u8],
}

impl<'a> CertificateVerify<'a> {
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let (scheme, signature) = (reader.u16()?, reader.vec16()?);
        reader.finish()?;
        Ok(Self { scheme, signature })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_u16(out, self.scheme);
        put_vec16(out, |out| out.extend_from_slice(self.signature));
    }
}
