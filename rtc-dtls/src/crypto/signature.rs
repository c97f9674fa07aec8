//! Signatures: made by our certificate's key, verified with the peer's.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use super::hash::HashAlgorithm;

/// How a message is signed, by TLS's numbers (RFC 8446 §4.2.3, which agree with the pairs of
/// RFC 5246 §7.4.1.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SignatureScheme {
    /// ECDSA on P-256 with SHA-256, 0x0403.
    EcdsaSecp256r1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, 0x0401.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384, 0x0501.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512, 0x0601.
    RsaPkcs1Sha512,
}

impl SignatureScheme {
    /// All that we verify, in the order in which they are offered.
    pub(crate) const ALL: [Self; 4] = [
        Self::EcdsaSecp256r1Sha256,
        Self::RsaPkcs1Sha256,
        Self::RsaPkcs1Sha384,
        Self::RsaPkcs1Sha512,
    ];

    /// The number in the registry.
    pub(crate) const fn code(self) -> u16 {
        match self {
            Self::EcdsaSecp256r1Sha256 => 0x0403,
            Self::RsaPkcs1Sha256 => 0x0401,
            Self::RsaPkcs1Sha384 => 0x0501,
            Self::RsaPkcs1Sha512 => 0x0601,
        }
    }

    /// The scheme with this number, if it is known.
    pub(crate) fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.code() == code)
    }

    /// What the message is hashed with.
    pub(crate) const fn hash(self) -> HashAlgorithm {
        match self {
            Self::EcdsaSecp256r1Sha256 | Self::RsaPkcs1Sha256 => HashAlgorithm::Sha256,
            Self::RsaPkcs1Sha384 => HashAlgorithm::Sha384,
            Self::RsaPkcs1Sha512 => HashAlgorithm::Sha512,
        }
    }
}

/// A public key out of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PublicKey<'a> {
    /// A point on P-256, as in RFC 5480 §2.2.
    P256 { point: &'a [u8] },
    /// An RSA key, as in RFC 8017 §A.1.1: both numbers big-endian.
    Rsa { modulus: &'a [u8], exponent: &'a [u8] },
}

impl PublicKey<'_> {
    /// Whether it is worth any arithmetic: a point in one of the two forms of RFC 5480 §2.2, a
    /// modulus and an exponent whose lengths bound what they cost.
    pub(crate) fn is_within_bounds(&self) -> bool {
        match self {
            Self::P256 { point } => {
                matches!((point.first(), point.len()), (Some(4), 65) | (Some(2 | 3), 33))
            }
            Self::Rsa { modulus, exponent } => {
                modulus.len() <= MAX_RSA_MODULUS_LENGTH && exponent.len() <= MAX_RSA_EXPONENT_LENGTH
            }
        }
    }
}

/// Verification with any key.
pub(crate) trait Verifier {
    /// Whether `signature` is one by `key` over `message`. False also if the scheme is not one
    /// for such a key, or the key is out of bounds (RSA: 2048 to 8192 bits).
    fn verify(
        key: PublicKey<'_>,
        scheme: SignatureScheme,
        message: &[u8],
        signature: &[u8],
    ) -> bool;
}

/// Our own private key, on P-256; it wipes itself when dropped.
pub(crate) trait Signer: Sized + Send + Sync {
    /// Takes the scalar; `None` if it is zero or not below the order of the group.
    fn new(scalar: &[u8; 32]) -> Option<Self>;

    /// The public key as an uncompressed point.
    fn public(&self) -> [u8; 65];

    /// Signs with ECDSA and SHA-256; the nonce is that of RFC 6979. DER.
    fn sign(&self, message: &[u8]) -> Vec<u8>;
}

/// W3C asks for 2048 bits at least; nothing in use is beyond 8192, and the cost grows with the
/// square.
pub(crate) const RSA_BITS: RangeInclusive<usize> = 2048..=8192;
const MAX_RSA_MODULUS_LENGTH: usize = 8192 / 8 + 1;
const MAX_RSA_EXPONENT_LENGTH: usize = 5;
