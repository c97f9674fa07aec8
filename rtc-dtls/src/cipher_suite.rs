//! Cipher suites of DTLS 1.2 with forward secrecy and authenticated encryption; no others.

use crate::crypto::{AeadAlgorithm, HashAlgorithm};

/// A cipher suite (RFC 5289, RFC 7905).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CipherSuite {
    /// `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`, 0xc02b: the one that RFC 8827 §6.5 demands.
    EcdheEcdsaAes128GcmSha256,
    /// `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`, 0xc02f.
    EcdheRsaAes128GcmSha256,
    /// `TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384`, 0xc02c.
    EcdheEcdsaAes256GcmSha384,
    /// `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384`, 0xc030.
    EcdheRsaAes256GcmSha384,
    /// `TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256`, 0xcca9.
    EcdheEcdsaChaCha20Poly1305Sha256,
    /// `TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256`, 0xcca8.
    EcdheRsaChaCha20Poly1305Sha256,
}

impl CipherSuite {
    /// All suites in the order in which they are preferred by default.
    pub const ALL: [Self; 6] = [
        Self::EcdheEcdsaAes128GcmSha256,
        Self::EcdheRsaAes128GcmSha256,
        Self::EcdheEcdsaAes256GcmSha384,
        Self::EcdheRsaAes256GcmSha384,
        Self::EcdheEcdsaChaCha20Poly1305Sha256,
        Self::EcdheRsaChaCha20Poly1305Sha256,
    ];

    /// The number in the registry.
    pub const fn code(self) -> u16 {
        match self {
            Self::EcdheEcdsaAes128GcmSha256 => 0xc02b,
            Self::EcdheEcdsaAes256GcmSha384 => 0xc02c,
            Self::EcdheRsaAes128GcmSha256 => 0xc02f,
            Self::EcdheRsaAes256GcmSha384 => 0xc030,
            Self::EcdheRsaChaCha20Poly1305Sha256 => 0xcca8,
            Self::EcdheEcdsaChaCha20Poly1305Sha256 => 0xcca9,
        }
    }

    /// The suite with this number, if it is known.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.code() == code)
    }

    /// The name in the registry, as statistics report it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EcdheEcdsaAes128GcmSha256 => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            Self::EcdheEcdsaAes256GcmSha384 => "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            Self::EcdheRsaAes128GcmSha256 => "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            Self::EcdheRsaAes256GcmSha384 => "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            Self::EcdheRsaChaCha20Poly1305Sha256 => "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            Self::EcdheEcdsaChaCha20Poly1305Sha256 => {
                "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
            }
        }
    }

    /// Whether the server's certificate has an ECDSA key; otherwise it is RSA.
    pub(crate) const fn is_ecdsa(self) -> bool {
        matches!(
            self,
            Self::EcdheEcdsaAes128GcmSha256
                | Self::EcdheEcdsaAes256GcmSha384
                | Self::EcdheEcdsaChaCha20Poly1305Sha256
        )
    }

    /// What records are protected with.
    pub(crate) const fn aead(self) -> AeadAlgorithm {
        match self {
            Self::EcdheEcdsaAes128GcmSha256 | Self::EcdheRsaAes128GcmSha256 => {
                AeadAlgorithm::Aes128Gcm
            }
            Self::EcdheEcdsaAes256GcmSha384 | Self::EcdheRsaAes256GcmSha384 => {
                AeadAlgorithm::Aes256Gcm
            }
            Self::EcdheEcdsaChaCha20Poly1305Sha256 | Self::EcdheRsaChaCha20Poly1305Sha256 => {
                AeadAlgorithm::ChaCha20Poly1305
            }
        }
    }

    /// The hash of the pseudorandom function and of the transcript.
    pub(crate) const fn hash(self) -> HashAlgorithm {
        match self {
            Self::EcdheEcdsaAes256GcmSha384 | Self::EcdheRsaAes256GcmSha384 => {
                HashAlgorithm::Sha384
            }
            _ => HashAlgorithm::Sha256,
        }
    }
}
