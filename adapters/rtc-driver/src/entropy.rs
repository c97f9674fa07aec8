//! Entropy: a generator for one connection, seeded by the system.

use chacha20::ChaCha20Rng;
use getrandom::SysRng;
use rand_core::SeedableRng;

/// A generator with 32 bytes of the system's entropy in it.
///
/// # Errors
///
/// The system gives none.
pub(crate) fn generator() -> Result<ChaCha20Rng, getrandom::Error> {
    ChaCha20Rng::try_from_rng(&mut SysRng)
}

#[cfg(test)]
mod tests {
    use rand_core::Rng;

    use super::*;

    #[test]
    fn two_generators_differ() {
        let draw = || generator().unwrap().next_u64();
        assert_ne!(draw(), draw());
    }
}
