//! The pairs of an agent and the order in which they are checked (RFC 8445, section 6.1.2).

use alloc::boxed::Box;
use alloc::collections::{BTreeSet, VecDeque};
use core::cmp::Reverse;
use core::net::SocketAddr;

use rtc_core::FiveTuple;

use super::address::path_key;
use super::pair::{Pair, PairId, PairState};
use crate::sorted::{SortedMap, SortedSet};

/// A table of pairs. A pair is found by its path, and there is one for each path at most: that of
/// the base of its local candidate, or of the connection that was opened from there, and the
/// address of its remote one.
///
/// Whoever owns the list keeps it below its cap. Each pair is in the triggered-check queue once at
/// most.
#[derive(Debug, Default)]
pub(super) struct Checklist {
    pairs: SortedMap<PairId, Box<Pair>>,
    by_path: SortedMap<FiveTuple, PairId>,
    by_priority: SortedSet<(Reverse<u64>, PairId)>,
    waiting: SortedSet<(Reverse<u64>, PairId)>,
    frozen: usize,
    in_progress: usize,
    triggered: VecDeque<PairId>,
    next_id: u64,
}

impl Checklist {
    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// How many pairs are waiting or being checked: what the RTO depends on.
    pub(super) fn outstanding(&self) -> usize {
        self.waiting.len() + self.in_progress
    }

    /// Whether all pairs have succeeded or failed.
    pub(super) fn is_settled(&self) -> bool {
        self.outstanding() + self.frozen == 0
    }

    /// Whether there is a pair for an ordinary check.
    pub(super) fn has_unchecked(&self) -> bool {
        !self.waiting.is_empty() || self.frozen != 0
    }

    pub(super) fn get(&self, id: PairId) -> Option<&Pair> {
        self.pairs.get(&id).map(|pair| &**pair)
    }

    /// For all fields but `state`, `priority` and `path`, which have methods of their own.
    pub(super) fn get_mut(&mut self, id: PairId) -> Option<&mut Pair> {
        self.pairs.get_mut(&id).map(|pair| &mut **pair)
    }

    pub(super) fn find(&self, path: &FiveTuple) -> Option<PairId> {
        self.by_path.get(&path_key(path)).copied()
    }

    /// All pairs, the best first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PairId, &Pair)> {
        self.by_priority.iter().filter_map(|(_, id)| Some((*id, self.get(*id)?)))
    }

    /// All pairs, the worst first.
    pub(super) fn iter_worst_first(&self) -> impl Iterator<Item = (PairId, &Pair)> {
        self.by_priority.iter().rev().filter_map(|(_, id)| Some((*id, self.get(*id)?)))
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = PairId> {
        self.pairs.keys().copied()
    }

    /// Adds a pair on a path that has none. Its state is Frozen if a pair of the same foundation is
    /// waiting or being checked, else Waiting (RFC 8445, section 6.1.2.6; RFC 8838, section 12).
    /// Of one that comes when another is selected already, it is Waiting: those of before are not
    /// checked any more.
    pub(super) fn insert(&mut self, mut pair: Pair, is_late: bool) -> PairId {
        let id = PairId(self.next_id);
        self.next_id += 1;
        let has_forerunner = self.pairs.values().any(|other| {
            other.foundation == pair.foundation
                && matches!(other.state, PairState::Waiting | PairState::InProgress)
        });
        pair.state =
            if has_forerunner && !is_late { PairState::Frozen } else { PairState::Waiting };
        self.by_path.insert(path_key(&pair.path), id);
        self.by_priority.insert((Reverse(pair.priority), id));
        self.count(id, pair.priority, pair.state, true);
        self.pairs.insert(id, Box::new(pair));
        id
    }

    pub(super) fn remove(&mut self, id: PairId) -> Option<Pair> {
        let pair = self.pairs.remove(&id)?;
        self.by_path.remove(&path_key(&pair.path));
        self.by_priority.remove(&(Reverse(pair.priority), id));
        self.count(id, pair.priority, pair.state, false);
        self.triggered.retain(|triggered| *triggered != id);
        Some(*pair)
    }

    /// Says where the path of a pair begins. False if another pair is on that path.
    pub(super) fn set_local(&mut self, id: PairId, local: SocketAddr) -> bool {
        let Some(pair) = self.pairs.get_mut(&id) else { return false };
        let path = FiveTuple { local, ..pair.path };
        if self.by_path.get(&path_key(&path)).is_some_and(|other| *other != id) {
            return false;
        }
        self.by_path.remove(&path_key(&pair.path));
        self.by_path.insert(path_key(&path), id);
        pair.path = path;
        true
    }

    /// Forgets all pairs, but no id is used again.
    pub(super) fn clear(&mut self) {
        *self = Self { next_id: self.next_id, ..Self::default() };
    }

    pub(super) fn set_state(&mut self, id: PairId, state: PairState) {
        let Some(pair) = self.pairs.get_mut(&id) else { return };
        let (old, priority) = (pair.state, pair.priority);
        pair.state = state;
        self.count(id, priority, old, false);
        self.count(id, priority, state, true);
    }

    pub(super) fn set_priority(&mut self, id: PairId, priority: u64) {
        let Some(pair) = self.pairs.get_mut(&id) else { return };
        let (old, state) = (pair.priority, pair.state);
        pair.priority = priority;
        self.by_priority.remove(&(Reverse(old), id));
        self.by_priority.insert((Reverse(priority), id));
        self.count(id, old, state, false);
        self.count(id, priority, state, true);
    }

    /// Whether there is a pair for an ordinary check that need not be unfrozen.
    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Freezes all pairs that wait.
    pub(super) fn freeze_waiting(&mut self) {
        let waiting: VecDeque<PairId> = self.waiting.iter().map(|(_, id)| *id).collect();
        for id in waiting {
            self.set_state(id, PairState::Frozen);
        }
    }

    /// Queues a triggered check, once.
    pub(super) fn trigger(&mut self, id: PairId) {
        if self.pairs.contains_key(&id) && !self.triggered.contains(&id) {
            self.triggered.push_back(id);
        }
    }

    /// Queues a triggered check before all others.
    pub(super) fn trigger_first(&mut self, id: PairId) {
        self.triggered.retain(|triggered| *triggered != id);
        if self.pairs.contains_key(&id) {
            self.triggered.push_front(id);
        }
    }

    pub(super) fn pop_triggered(&mut self) -> Option<PairId> {
        self.triggered.pop_front()
    }

    pub(super) fn has_triggered(&self) -> bool {
        !self.triggered.is_empty()
    }

    pub(super) fn clear_triggered(&mut self) {
        self.triggered.clear();
    }

    /// The waiting pairs, the best first.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (PairId, &Pair)> {
        self.waiting.iter().filter_map(|(_, id)| Some((*id, self.get(*id)?)))
    }

    /// If no pair is waiting, lets one wait of each foundation that nothing is being checked of; if
    /// there is no such foundation, the best frozen pair. Linear, and needed once per foundation.
    ///
    /// The second half departs from RFC 8445, section 6.1.4.2: a peer that gives all its candidates
    /// one foundation, or a check that is lost, must not keep the others frozen for an RTO.
    pub(super) fn unfreeze(&mut self) {
        if !self.waiting.is_empty() || self.frozen == 0 {
            return;
        }
        let mut busy: BTreeSet<_> = self
            .pairs
            .values()
            .filter(|pair| pair.state == PairState::InProgress)
            .map(|pair| pair.foundation)
            .collect();
        let frozen = |id: &PairId| self.get(*id).filter(|pair| pair.state == PairState::Frozen);
        let mut chosen: VecDeque<PairId> = VecDeque::new();
        for (_, id) in self.by_priority.iter() {
            if frozen(id).is_some_and(|pair| busy.insert(pair.foundation)) {
                chosen.push_back(*id);
            }
        }
        if chosen.is_empty() {
            chosen
                .extend(self.by_priority.iter().map(|(_, id)| *id).find(|id| frozen(id).is_some()));
        }
        for id in chosen {
            self.set_state(id, PairState::Waiting);
        }
    }

    /// Lets the frozen pairs wait that share the foundation of a pair that has just succeeded
    /// (RFC 8445, section 7.2.5.3.3).
    pub(super) fn unfreeze_like(&mut self, id: PairId) {
        if self.frozen == 0 {
            return;
        }
        let Some(foundation) = self.pairs.get(&id).map(|pair| pair.foundation) else { return };
        let alike: VecDeque<PairId> = self
            .pairs
            .iter()
            .filter(|(_, pair)| pair.state == PairState::Frozen && pair.foundation == foundation)
            .map(|(id, _)| *id)
            .collect();
        for id in alike {
            self.set_state(id, PairState::Waiting);
        }
    }

    fn count(&mut self, id: PairId, priority: u64, state: PairState, is_entering: bool) {
        let counter = match state {
            PairState::Waiting => {
                if is_entering {
                    self.waiting.insert((Reverse(priority), id));
                } else {
                    self.waiting.remove(&(Reverse(priority), id));
                }
                return;
            }
            PairState::Frozen => &mut self.frozen,
            PairState::InProgress => &mut self.in_progress,
            PairState::Succeeded | PairState::Failed => return,
        };
        if is_entering {
            *counter += 1;
        } else {
            *counter = counter.saturating_sub(1);
        }
    }
}
