//! Numbers that nobody can guess, after the door to the caller's generator has closed.

use core::convert::Infallible;
use core::fmt;

use chacha20::ChaCha20Rng;
use rand_core::{CryptoRng, Rng as _, SeedableRng as _, TryCryptoRng, TryRng};
use zeroize::Zeroizing;

/// A generator that takes no more room than its secret: ChaCha20's key stream, of which each draw
/// reads another one from its beginning. Draws are few in a connection, and connections many.
pub(crate) struct Keystream {
    secret: Zeroizing<[u8; 32]>,
    /// How many streams have been read.
    draws: u64,
}

impl Keystream {
    /// Draws the secret.
    pub(crate) fn new(rng: &mut dyn CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *secret);
        Self { secret, draws: 0 }
    }

    fn draw<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        let mut stream = ChaCha20Rng::from_seed(*self.secret);
        stream.set_stream(self.draws);
        self.draws = self.draws.wrapping_add(1);
        stream.fill_bytes(bytes);
    }
}

impl TryRng for Keystream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.draw()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.draw()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Keystream {}

impl fmt::Debug for Keystream {
    /// Shows nothing of the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keystream").field("draws", &self.draws).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn each_draw_is_another_and_the_same_secret_gives_the_same() {
        let keystream = |seed| Keystream::new(&mut ChaCha20Rng::from_seed([seed; 32]));
        let draws = |mut of: Keystream| -> Vec<u64> { (0..100).map(|_| of.next_u64()).collect() };
        let first = draws(keystream(1));
        assert_eq!(first, draws(keystream(1)));
        let both: BTreeSet<u64> = first.into_iter().chain(draws(keystream(2))).collect();
        assert_eq!(both.len(), 200);
    }

    #[test]
    fn long_draws_do_not_repeat_themselves_or_each_other() {
        let mut keystream = Keystream::new(&mut ChaCha20Rng::from_seed([1; 32]));
        let mut blocks = BTreeSet::new();
        for _ in 0..4 {
            let mut bytes = [0; 1024];
            keystream.fill_bytes(&mut bytes);
            blocks.extend(bytes.chunks(16).map(<[u8]>::to_vec));
        }
        assert_eq!(blocks.len(), 4 * 64);
    }
}
