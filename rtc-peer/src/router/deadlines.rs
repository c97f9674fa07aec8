//! The deadlines of all peers in one queue.

use alloc::vec::Vec;

use rtc_core::Instant;

/// A binary heap in which each peer has at most one place, and knows it: a deadline that changes
/// moves in place, so that the queue is as long as there are peers with deadlines and no longer.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    heap: Vec<(Instant, u32)>,
    /// By peer: the place in `heap`, or [`ABSENT`].
    places: Vec<u32>,
}

impl Deadlines {
    /// The earliest deadline.
    pub(super) fn first(&self) -> Option<Instant> {
        self.heap.first().map(|&(deadline, _)| deadline)
    }

    /// Takes out a peer whose deadline has come: the one with the earliest.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<u32> {
        let &(deadline, peer) = self.heap.first()?;
        if deadline > now {
            return None;
        }
        self.set(peer, None);
        Some(peer)
    }

    /// Gives a peer another deadline, or none. Logarithmic in the number of peers.
    pub(super) fn set(&mut self, peer: u32, deadline: Option<Instant>) {
        let place = self.place(peer);
        match (place, deadline) {
            (None, None) => {}
            (None, Some(deadline)) => {
                if self.places.len() <= peer as usize {
                    self.places.resize(peer as usize + 1, ABSENT);
                }
                self.heap.push((deadline, peer));
                self.rise(self.heap.len() - 1);
            }
            (Some(place), Some(deadline)) => {
                let before = core::mem::replace(&mut self.heap[place].0, deadline);
                if deadline < before {
                    self.rise(place);
                } else if deadline > before {
                    self.sink(place);
                }
            }
            (Some(place), None) => {
                self.heap.swap_remove(place);
                self.places[peer as usize] = ABSENT;
                if place < self.heap.len() {
                    self.rise(place);
                    self.sink(place);
                }
            }
        }
    }

    fn place(&self, peer: u32) -> Option<usize> {
        self.places
            .get(peer as usize)
            .filter(|place| **place != ABSENT)
            .map(|place| *place as usize)
    }

    /// Moves an entry towards the front until it is in order; notes where everything is.
    fn rise(&mut self, mut place: usize) {
        while place > 0 {
            let parent = (place - 1) / 2;
            if self.heap[parent] <= self.heap[place] {
                break;
            }
            self.heap.swap(parent, place);
            self.note(place);
            place = parent;
        }
        self.note(place);
    }

    fn sink(&mut self, mut place: usize) {
        loop {
            let left = 2 * place + 1;
            let right = left + 1;
            let mut least = place;
            for child in [left, right] {
                if child < self.heap.len() && self.heap[child] < self.heap[least] {
                    least = child;
                }
            }
            if least == place {
                break;
            }
            self.heap.swap(least, place);
            self.note(place);
            place = least;
        }
        self.note(place);
    }

    fn note(&mut self, place: usize) {
        let peer = self.heap[place].1;
        self.places[peer as usize] = place as u32;
    }
}

/// The place of a peer without a deadline.
const ABSENT: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_map(commands in prop::collection::vec((0u32..20, prop::option::of(0u64..50)), 0..200)) {
            let mut deadlines = Deadlines::default();
            let mut model = BTreeMap::new();
            for (peer, deadline) in commands {
                let deadline = deadline.map(Instant::from_secs);
                deadlines.set(peer, deadline);
                match deadline {
                    Some(deadline) => model.insert(peer, deadline),
                    None => model.remove(&peer),
                };
                prop_assert_eq!(deadlines.first(), model.values().min().copied());
                prop_assert_eq!(deadlines.heap.len(), model.len());
            }
            let now = Instant::from_secs(25);
            let mut due: Vec<_> = model.iter().filter(|(_, deadline)| **deadline <= now)
                .map(|(peer, deadline)| (*deadline, *peer)).collect();
            due.sort();
            let popped: Vec<_> = core::iter::from_fn(|| deadlines.pop_due(now)).collect();
            prop_assert_eq!(popped, due.into_iter().map(|(_, peer)| peer).collect::<Vec<_>>());
        }
    }
}
