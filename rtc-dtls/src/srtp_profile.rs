//! SRTP protection profiles, negotiated by `use_srtp` (RFC 5764 §4.1.2, RFC 7714 §14.2).

/// How SRTP protects packets; DTLS only agrees on it and exports the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SrtpProfile {
    /// `SRTP_AES128_CM_HMAC_SHA1_80`, 0x0001: what every WebRTC endpoint has.
    Aes128CmHmacSha1_80,
    /// `SRTP_AES128_CM_HMAC_SHA1_32`, 0x0002.
    Aes128CmHmacSha1_32,
    /// `SRTP_AEAD_AES_128_GCM`, 0x0007.
    AeadAes128Gcm,
    /// `SRTP_AEAD_AES_256_GCM`, 0x0008.
    AeadAes256Gcm,
}

impl SrtpProfile {
    /// All profiles, those with authenticated encryption first (RFC 8827 §6.5 favours them).
    pub const ALL: [Self; 4] = [
        Self::AeadAes128Gcm,
        Self::AeadAes256Gcm,
        Self::Aes128CmHmacSha1_80,
        Self::Aes128CmHmacSha1_32,
    ];

    /// The number in the registry.
    pub const fn code(self) -> u16 {
        match self {
            Self::Aes128CmHmacSha1_80 => 0x0001,
            Self::Aes128CmHmacSha1_32 => 0x0002,
            Self::AeadAes128Gcm => 0x0007,
            Self::AeadAes256Gcm => 0x0008,
        }
    }

    /// The profile with this number, if it is known. The NULL profiles are not.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.code() == code)
    }

    /// The name in the IANA registry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes128CmHmacSha1_80 => "SRTP_AES128_CM_HMAC_SHA1_80",
            Self::Aes128CmHmacSha1_32 => "SRTP_AES128_CM_HMAC_SHA1_32",
            Self::AeadAes128Gcm => "SRTP_AEAD_AES_128_GCM",
            Self::AeadAes256Gcm => "SRTP_AEAD_AES_256_GCM",
        }
    }

    /// The length of one side's master key in bytes.
    pub const fn key_length(self) -> usize {
        match self {
            Self::Aes128CmHmacSha1_80 | Self::Aes128CmHmacSha1_32 | Self::AeadAes128Gcm => 16,
            Self::AeadAes256Gcm => 32,
        }
    }

    /// The length of one side's master salt in bytes.
    pub const fn salt_length(self) -> usize {
        match self {
            Self::Aes128CmHmacSha1_80 | Self::Aes128CmHmacSha1_32 => 14,
            Self::AeadAes128Gcm | Self::AeadAes256Gcm => 12,
        }
    }
}
