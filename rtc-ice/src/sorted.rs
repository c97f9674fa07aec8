//! Maps and sets of few entries: what an agent and a gatherer keep for as long as they live.

use alloc::vec::Vec;

/// A map in one block of memory, in the order of its keys, as small as its entries: a node of a
/// [`BTreeMap`](alloc::collections::BTreeMap) has room for eleven, of which most agents need one.
///
/// Look-ups are logarithmic; insertions and removals move what lies behind, which for the hundred
/// entries that the [`Config`](crate::Config)
/// allows is as fast as anything else.
#[derive(Debug)]
pub(crate) struct SortedMap<K, V> {
    entries: Vec<(K, V)>,
}

impl<K: Ord, V> SortedMap<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let place = self.place(key).ok()?;
        self.entries.get(place).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.place(key).ok()?;
        self.entries.get_mut(place).map(|(_, value)| value)
    }

    /// Sets the value of a key, in place of the one that it may have.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        match self.place(&key) {
            Ok(place) => {
                if let Some((_, old)) = self.entries.get_mut(place) {
                    *old = value;
                }
            }
            Err(place) => {
                if self.entries.len() == self.entries.capacity() {
                    self.entries.reserve_exact((self.entries.len() / 2).max(1));
                }
                self.entries.insert(place, (key, value));
            }
        }
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let place = self.place(key).ok()?;
        let (_, value) = self.entries.remove(place);
        self.give_back();
        Some(value)
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.entries.retain(|(key, value)| keep(key, value));
        self.give_back();
    }

    pub(crate) fn clear(&mut self) {
        self.entries = Vec::new();
    }

    pub(crate) fn first(&self) -> Option<&K> {
        self.entries.first().map(|(key, _)| key)
    }

    pub(crate) fn pop_last(&mut self) -> Option<(K, V)> {
        let last = self.entries.pop();
        self.give_back();
        last
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    pub(crate) fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    fn place(&self, key: &K) -> Result<usize, usize> {
        self.entries.binary_search_by(|(other, _)| other.cmp(key))
    }

    /// What comes and goes one by one need not be allocated each time.
    fn give_back(&mut self) {
        if self.entries.is_empty() && self.entries.capacity() > FEW {
            self.entries = Vec::new();
        }
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

/// A set like a [`SortedMap`].
#[derive(Debug)]
pub(crate) struct SortedSet<T> {
    items: SortedMap<T, ()>,
}

impl<T: Ord> SortedSet<T> {
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn insert(&mut self, item: T) {
        self.items.insert(item, ());
    }

    /// Whether it was there.
    pub(crate) fn remove(&mut self, item: &T) -> bool {
        self.items.remove(item).is_some()
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.items.retain(|item, ()| keep(item));
    }

    pub(crate) fn first(&self) -> Option<&T> {
        self.items.first()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.items.keys()
    }
}

impl<T> Default for SortedSet<T> {
    fn default() -> Self {
        Self { items: SortedMap::default() }
    }
}

/// An empty map keeps the room for so many entries.
const FEW: usize = 2;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_tree(commands in prop::collection::vec((0u8..4, 0u8..20, any::<u8>()), 0..200)) {
            let mut map = SortedMap::default();
            let mut model = BTreeMap::new();
            for (command, key, value) in commands {
                match command {
                    0 | 1 => {
                        map.insert(key, value);
                        model.insert(key, value);
                    }
                    2 => prop_assert_eq!(map.remove(&key), model.remove(&key)),
                    _ => {
                        map.retain(|_, value| *value > 100);
                        model.retain(|_, value| *value > 100);
                    }
                }
                prop_assert_eq!(map.get(&key), model.get(&key));
                prop_assert_eq!(map.first(), model.keys().next());
                prop_assert!(map.iter().eq(model.iter()));
            }
            prop_assert_eq!(map.pop_last(), model.pop_last());
        }
    }

    #[test]
    fn one_entry_takes_the_room_of_one() {
        let mut map = SortedMap::default();
        map.insert(1, 2);
        assert_eq!(map.entries.capacity(), 1);
        (2..100).for_each(|key| map.insert(key, 0));
        (1..100).for_each(|key| assert!(map.remove(&key).is_some()));
        assert_eq!(map.entries.capacity(), 0);
    }
}
