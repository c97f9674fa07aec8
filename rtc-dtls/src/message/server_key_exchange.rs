//! ServerKeyExchange of ECDHE (RFC 8422 §5.4).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use crate::codec::{Reader, put_u16, put_vec8, put_vec16};
use crate::error::DecodeError;

/// ```text
/// struct {
///     ECCurveType curve_type;               // named_curve(3)
///     NamedCurve namedcurve;
///     opaque public<1..2^8-1>;
///     SignatureAndHashAlgorithm algorithm;
///     opaque signature<0..2^16-1>;
/// } ServerKeyExchange;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ServerKeyExchange<'a> {
    /// The part that is signed: all before the signature.
    pub(crate) params: &'a [u8],
    pub(crate) group: u16,
    pub(crate) public: &'a [u8],
    pub(crate) scheme: u16,
    pub(crate) signature: &'a [u8],
}

impl<'a> ServerKeyExchange<'a> {
    /// Reads the message; curves that are not named are refused.
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        if reader.u8()? != NAMED_CURVE {
            return Err(DecodeError::OutOfRange);
        }
        let group = reader.u16()?;
        let public = reader.vec8()?;
        let params = bytes
            .get(..bytes.len().saturating_sub(reader.rest().len()))
            .ok_or(DecodeError::Truncated)?;
        let (scheme, signature) = (reader.u16()?, reader.vec16()?);
        reader.finish()?;
        Ok(Self { params, group, public, scheme, signature })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.params);
        put_u16(out, self.scheme);
        put_vec16(out, |out| out.extend_from_slice(self.signature));
    }
}

/// Writes the part that is signed.
pub(crate) fn encode_params(out: &mut Vec<u8>, group: u16, public: &[u8]) {
    out.push(NAMED_CURVE);
    put_u16(out, group);
    put_vec8(out, |out| out.extend_from_slice(public));
}

const NAMED_CURVE: u8 = 3;
