//! A bounded table of what is remembered of each stream.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::ssrc::Ssrc;

/// State by synchronization source.
///
/// The states lie in one vector, and the tree holds only places in it, so that a context of a few
/// streams takes little memory.
#[derive(Debug, Clone)]
pub(crate) struct Streams<T> {
    places: BTreeMap<Ssrc, usize>,
    states: Vec<T>,
    /// What was found last: packets of a stream come in bursts.
    latest: Option<(Ssrc, usize)>,
    limit: usize,
}

impl<T> Streams<T> {
    /// A table of at most `limit` streams; it allocates nothing as long as it is empty.
    pub(crate) const fn new(limit: usize) -> Self {
        Self { places: BTreeMap::new(), states: Vec::new(), latest: None, limit }
    }

    /// What is known of this stream.
    pub(crate) fn find_mut(&mut self, ssrc: Ssrc) -> Option<&mut T> {
        let place = match self.latest {
            Some((latest, place)) if latest == ssrc => place,
            _ => {
                let place = *self.places.get(&ssrc)?;
                self.latest = Some((ssrc, place));
                place
            }
        };
        self.states.get_mut(place)
    }

    /// Whether there is room for another stream.
    pub(crate) const fn has_room(&self) -> bool {
        self.states.len() < self.limit
    }

    /// Remembers this stream, of which nothing is known; without room, nothing happens.
    pub(crate) fn insert(&mut self, ssrc: Ssrc, state: T) {
        if self.has_room() {
            self.places.insert(ssrc, self.states.len());
            self.states.push(state);
        }
    }

    /// How many streams there are.
    pub(crate) const fn len(&self) -> usize {
        self.states.len()
    }
}
