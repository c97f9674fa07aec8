//! Which peer a user name fragment belongs to.

use alloc::sync::Arc;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use rand_core::CryptoRng;

use super::keyed::Keyed;

/// The local user name fragments of all peers, of each transport and of before a restart.
#[derive(Debug)]
pub(super) struct Fragments {
    peers: HashMap<Arc<str>, u32, Keyed>,
}

impl Fragments {
    pub(super) fn new(rng: &mut dyn CryptoRng) -> Self {
        Self { peers: HashMap::with_hasher(Keyed::draw(rng)) }
    }

    pub(super) fn get(&self, ufrag: &str) -> Option<u32> {
        self.peers.get(ufrag).copied()
    }

    /// `false` if it is another peer's.
    pub(super) fn insert(&mut self, ufrag: Arc<str>, peer: u32) -> bool {
        match self.peers.entry(ufrag) {
            Entry::Occupied(entry) => *entry.get() == peer,
            Entry::Vacant(entry) => {
                entry.insert(peer);
                true
            }
        }
    }

    pub(super) fn remove(&mut self, ufrag: &str) {
        self.peers.remove(ufrag);
    }
}
