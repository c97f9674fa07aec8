//! Our own certificate and its private key.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::der::{self, DerReader};
use super::{pem, x509};
use crate::crypto::{HashAlgorithm, PublicKey, Signer, SigningKey};
use crate::draws::Draws;
use crate::error::{CertificateError, DecodeError};
use crate::fingerprint::Fingerprint;

/// A self-signed certificate with its private key, on P-256.
///
/// Cheap to clone. The key wipes itself when the last clone is dropped.
#[derive(Clone)]
pub struct Certificate {
    inner: Arc<Inner>,
}

struct Inner {
    der: Vec<u8>,
    expires_at: u64,
    scalar: Zeroizing<[u8; 32]>,
    key: SigningKey,
}

/// What a new certificate shall say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateParams {
    /// The first moment of validity, as a Unix time.
    pub not_before: Duration,
    /// The last moment of validity, as a Unix time.
    pub not_after: Duration,
    /// The name of both issuer and subject; nobody reads it.
    pub common_name: &'static str,
}

impl CertificateParams {
    /// A certificate made at `now`, a Unix time: called `WebRTC`, valid for 30 days (the default
    /// of the W3C's `generateCertificate` in browsers), and back-dated by a day, because peers'
    /// clocks are wrong.
    pub const fn new(now: Duration) -> Self {
        Self {
            not_before: now.saturating_sub(BACK_DATED),
            not_after: now.saturating_add(LIFETIME),
            common_name: "WebRTC",
        }
    }
}

impl Certificate {
    /// Makes a new key and a certificate for it, signed with ECDSA and SHA-256, with a random
    /// serial number.
    pub fn generate(params: &CertificateParams, rng: &mut dyn CryptoRng) -> Self {
        let draws = Draws::new(rng);
        let (scalar, key) = draws.signing_key();
        let mut serial = [0; 16];
        rng.fill_bytes(&mut serial);
        let not_after = params.not_after.as_secs().min(x509::END_OF_9999);
        let template = x509::Template {
            serial: &serial,
            common_name: params.common_name,
            not_before: params.not_before.as_secs(),
            not_after,
        };
        let der = x509::self_signed(&template, &key);
        Self { inner: Arc::new(Inner { der, expires_at: not_after, scalar, key }) }
    }

    /// Reads a `CERTIFICATE` and a `PRIVATE KEY` (PKCS#8) block, in any order.
    ///
    /// # Errors
    ///
    /// A block is missing or malformed, the key is not on P-256, or the two do not belong
    /// together.
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        let der = pem::decode(text, CERTIFICATE_LABEL)?.to_vec();
        let pkcs8 = pem::decode(text, PRIVATE_KEY_LABEL)?;
        let scalar = parse_pkcs8(&pkcs8).map_err(|_| CertificateError::PrivateKey)?;
        let key = SigningKey::new(&scalar).ok_or(CertificateError::PrivateKey)?;
        let parsed = x509::parse(&der).map_err(|_| CertificateError::Certificate)?;
        if parsed.public_key != (PublicKey::P256 { point: &key.public() }) {
            return Err(CertificateError::Mismatch);
        }
        let expires_at = parsed.not_after;
        Ok(Self { inner: Arc::new(Inner { der, expires_at, scalar, key }) })
    }

    /// The certificate and its private key in PEM, to be kept secret.
    pub fn to_pem(&self) -> Zeroizing<String> {
        let pkcs8 = self.pkcs8();
        let capacity = pem::encoded_length(CERTIFICATE_LABEL, &self.inner.der)
            + pem::encoded_length(PRIVATE_KEY_LABEL, &pkcs8);
        let mut text = Zeroizing::new(String::with_capacity(capacity));
        pem::encode(&mut text, CERTIFICATE_LABEL, &self.inner.der);
        pem::encode(&mut text, PRIVATE_KEY_LABEL, &pkcs8);
        text
    }

    /// The fingerprint to put into a session description.
    pub fn fingerprint(&self, algorithm: HashAlgorithm) -> Fingerprint {
        Fingerprint::of(algorithm, &self.inner.der)
    }

    /// The Unix time of the last moment of validity.
    pub fn expires_at_unix(&self) -> Duration {
        Duration::from_secs(self.inner.expires_at)
    }

    /// The certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.inner.der
    }

    pub(crate) fn signing_key(&self) -> &SigningKey {
        &self.inner.key
    }

    /// ```text
    /// PrivateKeyInfo ::= SEQUENCE { version 0, algorithm, privateKey OCTET STRING }  (RFC 5208 §5)
    /// ECPrivateKey ::= SEQUENCE { version 1, privateKey OCTET STRING,
    ///                             publicKey [1] BIT STRING }                         (RFC 5915 §3)
    /// ```
    fn pkcs8(&self) -> Zeroizing<Vec<u8>> {
        // Longer than what will be written, so that no copy of the key is left behind.
        let mut out = Zeroizing::new(Vec::with_capacity(256));
        der::put(&mut out, der::SEQUENCE, |out| {
            der::put_bytes(out, der::INTEGER, &[0]);
            x509::put_p256_algorithm(out);
            der::put(out, der::OCTET_STRING, |out| {
                der::put(out, der::SEQUENCE, |out| {
                    der::put_bytes(out, der::INTEGER, &[1]);
                    der::put_bytes(out, der::OCTET_STRING, self.inner.scalar.as_slice());
                    der::put(out, der::CONTEXT_1, |out| {
                        der::put_bits(out, &self.inner.key.public());
                    });
                });
            });
        });
        out
    }
}

fn parse_pkcs8(der: &[u8]) -> Result<Zeroizing<[u8; 32]>, DecodeError> {
    let mut outer = DerReader::new(der);
    let mut info = outer.sequence()?;
    outer.finish()?;
    info.expect(der::INTEGER)?;
    x509::expect_p256_algorithm(&mut info)?;
    let mut key = DerReader::new(info.expect(der::OCTET_STRING)?);
    let mut key = key.sequence()?;
    if key.expect(der::INTEGER)? != [1] {
        return Err(DecodeError::OutOfRange);
    }
    let scalar = key.expect(der::OCTET_STRING)?;
    scalar.try_into().map(Zeroizing::new).map_err(|_| DecodeError::OutOfRange)
}

impl PartialEq for Certificate {
    /// Whether they are the same certificate.
    fn eq(&self, other: &Self) -> bool {
        self.inner.der == other.inner.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("fingerprint", &self.fingerprint(HashAlgorithm::Sha256))
            .field("expires_at", &self.inner.expires_at)
            .finish_non_exhaustive()
    }
}

const BACK_DATED: Duration = Duration::from_secs(86_400);
const LIFETIME: Duration = Duration::from_secs(30 * 86_400);
const CERTIFICATE_LABEL: &str = "CERTIFICATE";
const PRIVATE_KEY_LABEL: &str = "PRIVATE KEY";
