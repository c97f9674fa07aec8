//! Randomness, drawn once at the door and stretched by a pseudorandom function.

use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use crate::crypto::{
    HashAlgorithm, Hmac, HmacKey, KeyAgreement, NamedGroup, PrivateShare, Signer, SigningKey,
};

/// A secret from which any number of independent secrets follow: `HMAC-SHA256(secret, label ||
/// counter)`.
pub(crate) struct Draws {
    key: HmacKey,
}

impl Draws {
    pub(crate) fn new(rng: &mut dyn CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut_slice());
        Self { key: HmacKey::new(HashAlgorithm::Sha256, secret.as_slice()) }
    }

    /// The hello's random.
    pub(crate) fn hello_random(&self) -> [u8; 32] {
        *self.draw(b"hello random", 0)
    }

    /// An ephemeral key; the same each time that it is asked for.
    pub(crate) fn share(&self, group: NamedGroup) -> PrivateShare {
        let label = match group {
            NamedGroup::X25519 => &b"x25519"[..],
            NamedGroup::Secp256r1 => b"secp256r1",
        };
        self.first(label, |secret| PrivateShare::new(group, secret).ok())
    }

    /// A key for signatures.
    pub(crate) fn signing_key(&self) -> (Zeroizing<[u8; 32]>, SigningKey) {
        self.first(b"signing key", |secret| {
            Some((Zeroizing::new(*secret), SigningKey::new(secret)?))
        })
    }

    /// The first draw that will do. One in 2^32 draws is no scalar of P-256.
    fn first<T>(&self, label: &[u8], mut accept: impl FnMut(&[u8; 32]) -> Option<T>) -> T {
        let mut counter = 0u64;
        loop {
            if let Some(accepted) = accept(&self.draw(label, counter)) {
                return accepted;
            }
            counter = counter.wrapping_add(1);
        }
    }

    fn draw(&self, label: &[u8], counter: u64) -> Zeroizing<[u8; 32]> {
        let mut digest = self.key.sign(&[label, &counter.to_be_bytes()]);
        let mut secret = Zeroizing::new([0; 32]);
        for (to, from) in secret.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
        digest.zeroize();
        secret
    }
}
