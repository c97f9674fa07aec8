//! A generator for the machines that are made later, from the secret that was drawn at the door.

use core::convert::Infallible;

use rand_core::{CryptoRng, TryCryptoRng, TryRng};

use crate::draw::Draws;

/// Gives the values of a pseudo-random function of a counter.
#[derive(Debug)]
pub(super) struct Generator(Draws);

impl Generator {
    pub(super) fn new(rng: &mut dyn CryptoRng) -> Self {
        Self(Draws::new(rng))
    }
}

impl TryRng for Generator {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.0.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.0.bytes()))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(32) {
            for (to, from) in chunk.iter_mut().zip(self.0.next()) {
                *to = from;
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for Generator {}
