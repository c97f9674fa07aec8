//! Unpredictable values for later, from one secret that was drawn at the door.

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

/// A pseudo-random function of a counter: HMAC-SHA256 under a secret.
pub(crate) struct Draws {
    secret: Zeroizing<[u8; 32]>,
    counter: u64,
}

impl Draws {
    pub(crate) fn new(rng: &mut dyn CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *secret);
        Self { secret, counter: 0 }
    }

    /// The next value.
    pub(crate) fn next(&mut self) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&*self.secret).expect("HMAC takes keys of any length");
        mac.update(&self.counter.to_be_bytes());
        self.counter = self.counter.wrapping_add(1);
        mac.finalize().into_bytes().into()
    }

    /// The first `N` bytes of the next value; the rest is thrown away.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for (to, from) in bytes.iter_mut().zip(self.next()) {
            *to = from;
        }
        bytes
    }
}

impl fmt::Debug for Draws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draws").field("counter", &self.counter).finish_non_exhaustive()
    }
}
