//! Unpredictable values for later, from one secret that was drawn at the door.

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

/// A pseudo-random function of a counter: HMAC-SHA256 under a secret.
///
/// Each byte of it is given out once.
pub(crate) struct Draws {
    secret: Zeroizing<[u8; 32]>,
    counter: u64,
    /// The latest value; what was given out of it is at the front.
    value: Zeroizing<[u8; 32]>,
    left: usize,
}

impl Draws {
    pub(crate) fn new(rng: &mut dyn CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *secret);
        Self { secret, counter: 0, value: Zeroizing::new([0; 32]), left: 0 }
    }

    /// The next value.
    pub(crate) fn next(&mut self) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&*self.secret).expect("HMAC takes keys of any length");
        mac.update(&self.counter.to_be_bytes());
        self.counter = self.counter.wrapping_add(1);
        mac.finalize().into_bytes().into()
    }

    /// The next `N` bytes, at most 32: those that are left of the latest value, if they are enough.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        const { assert!(N <= 32, "no more than a value has") };
        if self.left < N {
            *self.value = self.next();
            self.left = self.value.len();
        }
        let mut bytes = [0; N];
        for (to, from) in bytes.iter_mut().zip(self.value.iter().skip(self.value.len() - self.left))
        {
            *to = *from;
        }
        self.left -= N;
        bytes
    }
}

impl fmt::Debug for Draws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draws").field("counter", &self.counter).finish_non_exhaustive()
    }
}
