//! What media draws: numbers that nobody can guess.

use rand_core::{CryptoRng, Rng as _};

use crate::keystream::Keystream;

/// Draws from a secret of the media's own.
#[derive(Debug)]
pub(super) struct Draws(Keystream);

impl Draws {
    pub(super) fn new(rng: &mut dyn CryptoRng) -> Self {
        Self(Keystream::new(rng))
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
