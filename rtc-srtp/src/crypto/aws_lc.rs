//! The body on AWS-LC, of AES-GCM only. It wipes the key when it is dropped.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::crypto::rust_crypto;

/// AES-GCM with a key of 16 or 32 bytes, a nonce of 12 and a tag of 16.
pub(crate) struct AesGcm {
    cipher: LessSafeKey,
    /// For [`try_open`](Self::try_open): the key, and how long it is.
    key: Zeroizing<[u8; 32]>,
    key_len: usize,
}

impl AesGcm {
    /// `None` if the key is of another length.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        let algorithm = match key.len() {
            16 => &AES_128_GCM,
            32 => &AES_256_GCM,
            _ => return None,
        };
        let cipher = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
        let mut kept = Zeroizing::new([0; 32]);
        kept.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        Some(Self { cipher, key: kept, key_len: key.len() })
    }

    /// Encrypts in place and returns the tag.
    ///
    /// `None`, and nothing is encrypted, if there are more than 2^36 - 32 bytes.
    pub(crate) fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> Option<[u8; 16]> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let tag = self.cipher.seal_in_place_separate_tag(nonce, Aad::from(aad), data).ok()?;
        tag.as_ref().try_into().ok()
    }

    /// Decrypts in place if the tag is right, and says whether it was. If it was not, the data is
    /// wiped.
    #[must_use]
    pub(crate) fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> bool {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        self.cipher.open_in_place_separate_tag(nonce, Aad::from(aad), tag, data).is_ok()
    }

    /// As [`open`](Self::open), only that the data is as it was if the tag is wrong.
    ///
    /// AWS-LC has no such thing. As this is for the first packet of a stream at most, the other
    /// body does it, whose key is set up each time rather than kept for it.
    #[must_use]
    pub(crate) fn try_open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> bool {
        self.key
            .get(..self.key_len)
            .and_then(rust_crypto::AesGcm::new)
            .is_some_and(|cipher| cipher.try_open(nonce, aad, data, tag))
    }
}
