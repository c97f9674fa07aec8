//! Hashing that nobody outside can predict, and that is the same in every run with the same draws.

use core::fmt;
use core::hash::BuildHasher;

use rand_core::CryptoRng;
use siphasher::sip::SipHasher13;

/// Makes hashers under one secret key.
///
/// Whoever sends datagrams chooses what is looked up. Without the key nobody can choose it such
/// that all of it falls into one place of a table.
#[derive(Clone)]
pub(super) struct Keyed(SipHasher13);

impl Keyed {
    /// A key of its own for each table.
    pub(super) fn draw(rng: &mut dyn CryptoRng) -> Self {
        let mut key = [0; 16];
        rng.fill_bytes(&mut key);
        Self(SipHasher13::new_with_key(&key))
    }
}

impl BuildHasher for Keyed {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        self.0
    }
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyed")
    }
}
