//! The body on RustCrypto. Every type wipes its key when it is dropped.

use aes::{Aes128, Aes256};
use aes_gcm::aead::{AeadInOut, KeyInit as _};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use ctr::cipher::{InnerIvInit, StreamCipherCore};
use ctr::{CtrCore, flavors::Ctr32BE};
use hmac::{Hmac, Mac};
use sha1::Sha1;

/// AES in counter mode with a key of 16 or 32 bytes.
pub(crate) enum AesCounterMode {
    Aes128(Aes128),
    Aes256(Aes256),
}

impl AesCounterMode {
    /// `None` if the key is of another length.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Aes128::new_from_slice(key).ok().map(Self::Aes128),
            32 => Aes256::new_from_slice(key).ok().map(Self::Aes256),
            _ => None,
        }
    }

    /// Adds the keystream that begins at the counter block `iv`, of which the last 32 bits count.
    pub(crate) fn apply(&self, iv: &[u8; 16], data: &mut [u8]) {
        match self {
            Self::Aes128(aes) => CtrCore::<_, Ctr32BE>::inner_iv_init(aes, iv.into())
                .apply_keystream_partial(data.into()),
            Self::Aes256(aes) => CtrCore::<_, Ctr32BE>::inner_iv_init(aes, iv.into())
                .apply_keystream_partial(data.into()),
        }
    }
}

/// AES-GCM with a key of 16 or 32 bytes, a nonce of 12 and a tag of 16.
pub(crate) enum AesGcm {
    Aes128(Aes128Gcm),
    Aes256(Aes256Gcm),
}

impl AesGcm {
    /// `None` if the key is of another length.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Aes128Gcm::new_from_slice(key).ok().map(Self::Aes128),
            32 => Aes256Gcm::new_from_slice(key).ok().map(Self::Aes256),
            _ => None,
        }
    }

    /// Encrypts in place and returns the tag.
    ///
    /// `None`, and nothing is encrypted, if there are more than 2^36 - 32 bytes.
    #[cfg(any(test, not(feature = "aws-lc-rs")))]
    pub(crate) fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> Option<[u8; 16]> {
        let tag = match self {
            Self::Aes128(gcm) => gcm.encrypt_inout_detached(nonce.into(), aad, data.into()),
            Self::Aes256(gcm) => gcm.encrypt_inout_detached(nonce.into(), aad, data.into()),
        };
        tag.ok().map(Into::into)
    }

    /// Decrypts in place if the tag is right, and says whether it was. If it was not, nobody may
    /// rely on the data.
    #[must_use]
    #[cfg(any(test, not(feature = "aws-lc-rs")))]
    pub(crate) fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> bool {
        self.try_open(nonce, aad, data, tag)
    }

    /// Decrypts in place if the tag is right, and says whether it was. If it was not, the data is
    /// as it was.
    #[must_use]
    pub(crate) fn try_open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> bool {
        let (nonce, tag) = (nonce.into(), tag.into());
        match self {
            Self::Aes128(gcm) => gcm.decrypt_inout_detached(nonce, aad, data.into(), tag),
            Self::Aes256(gcm) => gcm.decrypt_inout_detached(nonce, aad, data.into(), tag),
        }
        .is_ok()
    }
}

/// HMAC-SHA1 with a key of any length.
pub(crate) struct HmacSha1(Hmac<Sha1>);

impl HmacSha1 {
    /// Sets up the key; `None` never happens.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        Hmac::new_from_slice(key).ok().map(Self)
    }

    /// The code over both parts, one after the other.
    pub(crate) fn code(&self, first: &[u8], second: &[u8]) -> [u8; 20] {
        let mut mac = self.0.clone();
        mac.update(first);
        mac.update(second);
        mac.finalize().into_bytes().into()
    }
}
