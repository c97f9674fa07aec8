//! CertificateRequest (RFC 5246 §7.4.4).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::extension;
use crate::codec::{Reader, put_u16, put_vec8};
use crate::error::DecodeError;

/// ```text
/// struct {
///     ClientCertificateType certificate_types<1..2^8-1>;
///     SignatureAndHashAlgorithm supported_signature_algorithms<2..2^16-2>;
///     DistinguishedName certificate_authorities<0..2^16-1>;
/// } CertificateRequest;
/// ```
///
/// Authorities mean nothing in WebRTC: none are sent and any are skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CertificateRequest {
    pub(crate) certificate_types: Vec<u8>,
    pub(crate) signature_algorithms: Vec<u16>,
}

/// The types of certificates (RFC 8422 §5.5).
pub(crate) enum ClientCertificateType {}

impl ClientCertificateType {
    pub(crate) const RSA_SIGN: u8 = 1;
    pub(crate) const ECDSA_SIGN: u8 = 64;
}

impl CertificateRequest {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let certificate_types = reader.vec8()?.to_vec();
        let signature_algorithms = extension::capped(reader.vec16()?)?;
        reader.vec16()?;
        reader.finish()?;
        Ok(Self { certificate_types, signature_algorithms })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_vec8(out, |out| out.extend_from_slice(&self.certificate_types));
        extension::put_list16(out, &self.signature_algorithms);
        put_u16(out, 0);
    }
}
