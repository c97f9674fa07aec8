//! Who the peer is: its certificate and its signatures.

use alloc::vec::Vec;

use crate::certificate::public_key;
use crate::config::Config;
use crate::crypto::{SignatureScheme, Verifier, Verify};
use crate::error::HandshakeError;
use crate::message::CertificateList;

/// The peer's certificate, which has one of the expected fingerprints.
#[derive(Clone)]
pub(crate) struct PeerCertificate {
    der: Vec<u8>,
}

impl PeerCertificate {
    /// Checks the certificate against the fingerprints before anything else of it is read.
    pub(super) fn verify(config: &Config, body: &[u8]) -> Result<Self, HandshakeError> {
        let list = CertificateList::decode(body)?;
        let certificate = list.certificates.first().ok_or(HandshakeError::NoCertificate)?;
        if !config.remote_fingerprints.iter().any(|expected| expected.matches(certificate)) {
            return Err(HandshakeError::FingerprintMismatch);
        }
        public_key(certificate).map_err(|_| HandshakeError::BadCertificate)?;
        Ok(Self { der: certificate.to_vec() })
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether the key is one for ECDSA.
    pub(super) fn is_ecdsa(&self) -> bool {
        matches!(public_key(&self.der), Ok(crate::crypto::PublicKey::P256 { .. }))
    }

    /// Checks a signature made with the certificate's key.
    pub(super) fn verify_signature(
        &self,
        scheme: u16,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), HandshakeError> {
        let scheme = SignatureScheme::from_code(scheme).ok_or(HandshakeError::IllegalParameter)?;
        let key = public_key(&self.der).map_err(|_| HandshakeError::BadCertificate)?;
        if Verify::verify(key, scheme, message, signature) {
            Ok(())
        } else {
            Err(HandshakeError::BadSignature)
        }
    }
}
