//! The body on AWS-LC: records, key agreement and verification.
//!
//! Hashes and our own signatures stay on RustCrypto. Hashes are level there, and a signature of
//! AWS-LC has a nonce of its own drawing, while the same inputs shall give the same bytes.

use aws_lc_rs::aead::{
    AES_128_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey,
};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey, X25519};
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents,
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::aead::{Aead, AeadAlgorithm, TAG_LENGTH};
use super::agreement::{
    AgreementError, KeyAgreement, MAX_POINT_LENGTH, NamedGroup, Point, Premaster,
};
use super::signature::{PublicKey, SignatureScheme, Verifier};

/// A record key.
pub(crate) struct AeadKey(LessSafeKey);

/// An ephemeral key.
pub(crate) struct PrivateShare {
    key: PrivateKey,
    public: Point,
}

/// Verifies ECDSA and RSA.
pub(crate) enum Verify {}

impl Aead for AeadKey {
    fn new(algorithm: AeadAlgorithm, key: &[u8]) -> Option<Self> {
        let algorithm = match algorithm {
            AeadAlgorithm::Aes128Gcm => &AES_128_GCM,
            AeadAlgorithm::Aes256Gcm => &AES_256_GCM,
            AeadAlgorithm::ChaCha20Poly1305 => &CHACHA20_POLY1305,
        };
        UnboundKey::new(algorithm, key).ok().map(|key| Self(LessSafeKey::new(key)))
    }

    fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> Option<[u8; TAG_LENGTH]> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), data).ok()?;
        tag.as_ref().try_into().ok()
    }

    fn open(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> Option<usize> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        self.0.open_in_place(nonce, Aad::from(aad), data).ok().map(|plain| plain.len())
    }
}

impl KeyAgreement for PrivateShare {
    fn new(group: NamedGroup, secret: &[u8; 32]) -> Result<Self, AgreementError> {
        let algorithm = match group {
            NamedGroup::X25519 => &X25519,
            NamedGroup::Secp256r1 => &ECDH_P256,
        };
        let key = PrivateKey::from_private_key(algorithm, secret)
            .map_err(|_| AgreementError::BadSecret)?;
        let public = key.compute_public_key().map_err(|_| AgreementError::BadSecret)?;
        Ok(Self { public: Point::new(public.as_ref()), key })
    }

    fn public(&self) -> Point {
        self.public
    }

    fn agree(self, peer: &[u8]) -> Result<Premaster, AgreementError> {
        let algorithm = self.key.algorithm();
        // AWS-LC reads other forms of a point too: on P-256 only uncompressed ones are meant
        // (RFC 8422 §5.4.1).
        let is_x25519 = algorithm == &X25519;
        let is_meant = if is_x25519 { peer.len() == 32 } else { is_uncompressed(peer) };
        if !is_meant {
            return Err(AgreementError::BadPoint);
        }
        let peer = UnparsedPublicKey::new(algorithm, peer);
        agreement::agree(&self.key, peer, AgreementError::BadPoint, |shared| {
            let shared: &[u8; 32] = shared.try_into().map_err(|_| AgreementError::BadPoint)?;
            // RFC 8422 §5.11: the all-zero value, which a peer can force, is refused.
            if is_x25519 && bool::from(shared.ct_eq(&[0; 32])) {
                return Err(AgreementError::BadPoint);
            }
            Ok(Zeroizing::new(*shared))
        })
    }
}

impl Verifier for Verify {
    fn verify(
        key: PublicKey<'_>,
        scheme: SignatureScheme,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        if !key.is_within_bounds() {
            return false;
        }
        let outcome = match (key, scheme) {
            (PublicKey::P256 { point }, SignatureScheme::EcdsaSecp256r1Sha256) => {
                signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
                    .verify(message, signature)
            }
            (PublicKey::Rsa { modulus, exponent }, scheme) => {
                let parameters = match scheme {
                    SignatureScheme::RsaPkcs1Sha256 => &RSA_PKCS1_2048_8192_SHA256,
                    SignatureScheme::RsaPkcs1Sha384 => &RSA_PKCS1_2048_8192_SHA384,
                    SignatureScheme::RsaPkcs1Sha512 => &RSA_PKCS1_2048_8192_SHA512,
                    SignatureScheme::EcdsaSecp256r1Sha256 => return false,
                };
                RsaPublicKeyComponents { n: modulus, e: exponent }
                    .verify(parameters, message, signature)
            }
            (PublicKey::P256 { .. }, _) => return false,
        };
        outcome.is_ok()
    }
}

fn is_uncompressed(point: &[u8]) -> bool {
    point.len() == MAX_POINT_LENGTH && point.first() == Some(&4)
}
