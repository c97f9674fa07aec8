//! Hashes and their keyed form.

use core::fmt;
use core::str::FromStr;

use crate::error::FingerprintError;

/// A hash function of the SHA-2 family, by the names of RFC 8122 §5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl HashAlgorithm {
    /// The length of the digest in bytes.
    pub const fn output_length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The name of it in `a=fingerprint` (RFC 8122 §5).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }
}

/// A digest of up to 64 bytes.
#[derive(Clone, Copy)]
pub(crate) struct Digest {
    bytes: [u8; MAX_DIGEST_LENGTH],
    length: usize,
}

impl Digest {
    /// Takes the first 64 bytes of `bytes`, which is all that any hash here puts out.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut digest = Self { bytes: [0; MAX_DIGEST_LENGTH], length: 0 };
        for (to, from) in digest.bytes.iter_mut().zip(bytes) {
            *to = *from;
            digest.length += 1;
        }
        digest
    }
}

/// A hash function over the concatenation of some parts.
pub(crate) trait Hash {
    /// The digest of all `parts` in a row.
    fn digest(algorithm: HashAlgorithm, parts: &[&[u8]]) -> Digest;
}

/// A key for HMAC (RFC 2104), set up once and used many times; it wipes itself when dropped.
pub(crate) trait Hmac: Sized {
    /// Sets up a key of any length.
    fn new(algorithm: HashAlgorithm, key: &[u8]) -> Self;

    /// The code over all `parts` in a row.
    fn sign(&self, parts: &[&[u8]]) -> Digest;
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl zeroize::Zeroize for Digest {
    fn zeroize(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for HashAlgorithm {
    type Err = FingerprintError;

    /// Hash names are compared without regard to case (RFC 8122 §5).
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
            .ok_or(FingerprintError::UnknownAlgorithm)
    }
}

const MAX_DIGEST_LENGTH: usize = 64;
