//! Numbers that nobody can guess, after the door to the caller's generator has closed.

use core::fmt;

use chacha20::ChaCha20Rng;
use rand_core::{CryptoRng, Rng, SeedableRng};

/// A pseudo-random function of a secret that was drawn at construction: ChaCha20's key stream.
pub(super) struct Draws(ChaCha20Rng);

impl Draws {
    pub(super) fn new(rng: &mut dyn CryptoRng) -> Self {
        let mut secret = [0; 32];
        rng.fill_bytes(&mut secret);
        Self(ChaCha20Rng::from_seed(secret))
    }

    pub(super) fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    pub(super) fn next_u16(&mut self) -> u16 {
        (self.0.next_u32() >> 16) as u16
    }

    /// Evenly spread over 32,768 to 98,303: factors of 0.5 to 1.5 in units of 1/65,536, as RFC 3550,
    /// section 6.2, has them.
    pub(super) fn half_to_three_halves(&mut self) -> u64 {
        32_768 + u64::from(self.next_u16())
    }
}

impl fmt::Debug for Draws {
    /// Shows nothing: it is a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Draws")
    }
}
