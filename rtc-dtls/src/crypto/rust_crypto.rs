//! The body on RustCrypto: pure Rust, `no_std`, the default.

use alloc::boxed::Box;
use alloc::vec::Vec;

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::{Aes128Enc, Aes256Enc};
use chacha20poly1305::ChaCha20Poly1305;
use hmac::Mac;
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use p256::elliptic_curve::sec1::ToSec1Point;
use rsa::BoxedUint;
use rsa::pkcs1v15;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::aead::{Aead, AeadAlgorithm, TAG_LENGTH};
use super::agreement::{AgreementError, KeyAgreement, NamedGroup, Point, Premaster};
use super::hash::{Digest, Hash, HashAlgorithm, Hmac};
use super::signature::{PublicKey, RSA_BITS, SignatureScheme, Signer, Verifier};

/// Hashes with `sha2`.
pub(crate) enum Hasher {}

/// HMAC with `hmac` and `sha2`.
pub(crate) enum HmacKey {
    Sha256(Box<hmac::Hmac<Sha256>>),
    Sha384(Box<hmac::Hmac<Sha384>>),
    Sha512(Box<hmac::Hmac<Sha512>>),
}

/// AES in counter mode is never run backwards: half of the key schedule will do.
type Aes128Gcm = aes_gcm::AesGcm<Aes128Enc, U12>;
type Aes256Gcm = aes_gcm::AesGcm<Aes256Enc, U12>;

/// A record key. Boxed: the key schedules are some hundred bytes of different lengths.
pub(crate) enum AeadKey {
    Aes128Gcm(Box<Aes128Gcm>),
    Aes256Gcm(Box<Aes256Gcm>),
    ChaCha20Poly1305(Box<ChaCha20Poly1305>),
}

/// An ephemeral key.
pub(crate) enum PrivateShare {
    X25519(x25519_dalek::StaticSecret),
    Secp256r1(p256::SecretKey),
}

/// The key of our certificate.
pub(crate) struct SigningKey(p256::ecdsa::SigningKey);

/// Verifies with `p256` and `rsa`.
pub(crate) enum Verify {}

impl Hash for Hasher {
    fn digest(algorithm: HashAlgorithm, parts: &[&[u8]]) -> Digest {
        match algorithm {
            HashAlgorithm::Sha256 => digest_with::<Sha256>(parts),
            HashAlgorithm::Sha384 => digest_with::<Sha384>(parts),
            HashAlgorithm::Sha512 => digest_with::<Sha512>(parts),
        }
    }
}

fn digest_with<D: sha2::Digest>(parts: &[&[u8]]) -> Digest {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    Digest::new(&hasher.finalize())
}

impl Hmac for HmacKey {
    fn new(algorithm: HashAlgorithm, key: &[u8]) -> Self {
        match algorithm {
            HashAlgorithm::Sha256 => Self::Sha256(Box::new(keyed(key))),
            HashAlgorithm::Sha384 => Self::Sha384(Box::new(keyed(key))),
            HashAlgorithm::Sha512 => Self::Sha512(Box::new(keyed(key))),
        }
    }

    fn sign(&self, parts: &[&[u8]]) -> Digest {
        match self {
            Self::Sha256(key) => sign_with(key.as_ref().clone(), parts),
            Self::Sha384(key) => sign_with(key.as_ref().clone(), parts),
            Self::Sha512(key) => sign_with(key.as_ref().clone(), parts),
        }
    }
}

fn keyed<M: Mac + KeyInit>(key: &[u8]) -> M {
    <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn sign_with<M: Mac>(mut mac: M, parts: &[&[u8]]) -> Digest {
    for part in parts {
        mac.update(part);
    }
    Digest::new(&mac.finalize().into_bytes())
}

impl Aead for AeadKey {
    fn new(algorithm: AeadAlgorithm, key: &[u8]) -> Option<Self> {
        Some(match algorithm {
            AeadAlgorithm::Aes128Gcm => {
                Self::Aes128Gcm(Box::new(Aes128Gcm::new_from_slice(key).ok()?))
            }
            AeadAlgorithm::Aes256Gcm => {
                Self::Aes256Gcm(Box::new(Aes256Gcm::new_from_slice(key).ok()?))
            }
            AeadAlgorithm::ChaCha20Poly1305 => {
                Self::ChaCha20Poly1305(Box::new(ChaCha20Poly1305::new_from_slice(key).ok()?))
            }
        })
    }

    fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> Option<[u8; TAG_LENGTH]> {
        let nonce = nonce.into();
        let tag = match self {
            Self::Aes128Gcm(key) => key.encrypt_inout_detached(nonce, aad, data.into()),
            Self::Aes256Gcm(key) => key.encrypt_inout_detached(nonce, aad, data.into()),
            Self::ChaCha20Poly1305(key) => key.encrypt_inout_detached(nonce, aad, data.into()),
        };
        tag.ok().map(Into::into)
    }

    fn open(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> Option<usize> {
        let length = data.len().checked_sub(TAG_LENGTH)?;
        let (data, tag) = data.split_at_mut_checked(length)?;
        let tag: &[u8; TAG_LENGTH] = (&*tag).try_into().ok()?;
        let (nonce, tag) = (nonce.into(), tag.into());
        let opened = match self {
            Self::Aes128Gcm(key) => key.decrypt_inout_detached(nonce, aad, data.into(), tag),
            Self::Aes256Gcm(key) => key.decrypt_inout_detached(nonce, aad, data.into(), tag),
            Self::ChaCha20Poly1305(key) => key.decrypt_inout_detached(nonce, aad, data.into(), tag),
        };
        opened.ok().map(|()| length)
    }
}

impl KeyAgreement for PrivateShare {
    fn new(group: NamedGroup, secret: &[u8; 32]) -> Result<Self, AgreementError> {
        match group {
            NamedGroup::X25519 => Ok(Self::X25519(x25519_dalek::StaticSecret::from(*secret))),
            NamedGroup::Secp256r1 => p256::SecretKey::from_slice(secret)
                .map(Self::Secp256r1)
                .map_err(|_| AgreementError::BadSecret),
        }
    }

    fn public(&self) -> Point {
        match self {
            Self::X25519(secret) => Point::new(x25519_dalek::PublicKey::from(secret).as_bytes()),
            Self::Secp256r1(secret) => {
                Point::new(secret.public_key().to_sec1_point(false).as_bytes())
            }
        }
    }

    fn agree(self, peer: &[u8]) -> Result<Premaster, AgreementError> {
        match self {
            Self::X25519(secret) => {
                let peer: [u8; 32] = peer.try_into().map_err(|_| AgreementError::BadPoint)?;
                let shared = secret.diffie_hellman(&x25519_dalek::PublicKey::from(peer));
                // RFC 8422 §5.11: the all-zero value, which a peer can force, is refused.
                if !shared.was_contributory() {
                    return Err(AgreementError::BadPoint);
                }
                Ok(Zeroizing::new(*shared.as_bytes()))
            }
            Self::Secp256r1(secret) => {
                // Uncompressed points only (RFC 8422 §5.4.1).
                if peer.first() != Some(&4) {
                    return Err(AgreementError::BadPoint);
                }
                let peer =
                    p256::PublicKey::from_sec1_bytes(peer).map_err(|_| AgreementError::BadPoint)?;
                let shared = secret.diffie_hellman(&peer);
                Ok(Zeroizing::new((*shared.raw_secret_bytes()).into()))
            }
        }
    }
}

impl Signer for SigningKey {
    fn new(scalar: &[u8; 32]) -> Option<Self> {
        p256::ecdsa::SigningKey::from_slice(scalar).ok().map(Self)
    }

    fn public(&self) -> [u8; 65] {
        let mut point = [0; 65];
        for (to, from) in
            point.iter_mut().zip(self.0.verifying_key().to_sec1_point(false).as_bytes())
        {
            *to = *from;
        }
        point
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: p256::ecdsa::Signature = self
            .0
            .sign_prehash(&Sha256::digest(message))
            .expect("a 32-byte digest can be signed with any P-256 key");
        signature.to_der().as_bytes().to_vec()
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
        let digest = Hasher::digest(scheme.hash(), &[message]);
        match (key, scheme) {
            (PublicKey::P256 { point }, SignatureScheme::EcdsaSecp256r1Sha256) => {
                verify_p256(point, digest.as_ref(), signature)
            }
            (PublicKey::Rsa { modulus, exponent }, scheme) => {
                verify_rsa(modulus, exponent, scheme, digest.as_ref(), signature).is_some()
            }
            (PublicKey::P256 { .. }, _) => false,
        }
    }
}

fn verify_p256(point: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = p256::ecdsa::VerifyingKey::from_sec1_bytes(point) else { return false };
    let Ok(signature) = p256::ecdsa::Signature::from_der(signature) else { return false };
    key.verify_prehash(digest, &signature).is_ok()
}

fn verify_rsa(
    modulus: &[u8],
    exponent: &[u8],
    scheme: SignatureScheme,
    digest: &[u8],
    signature: &[u8],
) -> Option<()> {
    let modulus = BoxedUint::from_be_slice_vartime(modulus);
    let exponent = BoxedUint::from_be_slice_vartime(exponent);
    let key = rsa::RsaPublicKey::new_with_size_limits(modulus, exponent, RSA_BITS).ok()?;
    let signature = pkcs1v15::Signature::try_from(signature).ok()?;
    match scheme {
        SignatureScheme::RsaPkcs1Sha256 => {
            pkcs1v15::VerifyingKey::<Sha256>::new(key).verify_prehash(digest, &signature)
        }
        SignatureScheme::RsaPkcs1Sha384 => {
            pkcs1v15::VerifyingKey::<Sha384>::new(key).verify_prehash(digest, &signature)
        }
        SignatureScheme::RsaPkcs1Sha512 => {
            pkcs1v15::VerifyingKey::<Sha512>::new(key).verify_prehash(digest, &signature)
        }
        SignatureScheme::EcdsaSecp256r1Sha256 => return None,
    }
    .ok()
}
