//! Which candidates are paired, and which pairs are kept (RFC 8445, section 6.1.2).

use alloc::collections::{BTreeMap, VecDeque};
use core::cmp::Reverse;
use core::net::SocketAddr;

use rtc_core::FiveTuple;

use super::address::{are_pairable, in_zone_of, key};
use super::candidates::End;
use super::machine::Agent;
use super::pair::{Consent, Counters, Nomination, Pair, PairId, PairState};
use super::priority::pair_priority;
use super::state::Role;
use super::transaction::Purpose;

impl Agent {
    pub(super) fn pair_local(&mut self, base: SocketAddr) {
        let addresses: VecDeque<SocketAddr> = self.destinations.keys().copied().collect();
        let rank = self.bases.len().saturating_sub(1);
        let mut floor = 0;
        for address in self.rotated(addresses, rank) {
            self.add_pair_above(base, address, &mut floor);
        }
    }

    pub(super) fn pair_remote(&mut self, address: SocketAddr) {
        let bases: VecDeque<SocketAddr> = self.bases.keys().copied().collect();
        let rank = self.destinations.len().saturating_sub(1);
        let mut floor = 0;
        for base in self.rotated(bases, rank) {
            self.add_pair_above(base, address, &mut floor);
        }
    }

    /// Adds the pair of a base and a remote address, if they go together and there is room for it.
    pub(super) fn add_pair(&mut self, base: SocketAddr, address: SocketAddr) -> Option<PairId> {
        self.add_pair_above(base, address, &mut 0)
    }

    /// The same for one of many: a pair that its candidates do not need is refused at once if its
    /// priority is not above `floor`, to which refusals raise it.
    fn add_pair_above(
        &mut self,
        base: SocketAddr,
        address: SocketAddr,
        floor: &mut u64,
    ) -> Option<PairId> {
        if !are_pairable(base, address) {
            return None;
        }
        let (local_end, remote_end) = (self.bases.get(&base)?, self.destinations.get(&address)?);
        let (local, remote) = (local_end.candidate, remote_end.candidate);
        let is_needed = local_end.pairs == 0 || remote_end.pairs == 0;
        let (near, far) = (self.locals.get(local)?, self.remotes.get(remote)?);
        let priority = self.priority_of(near.priority, far.priority);
        let is_full = self.checklist.len() >= self.config.max_pairs;
        if is_full && !is_needed && priority <= *floor {
            return None;
        }
        let path = FiveTuple::udp(near.base, in_zone_of(near.base, far.address));
        let foundation = (near.foundation, far.foundation);
        if is_full {
            let Some(victim) = self.expendable(base, address, priority, is_needed) else {
                if !is_needed {
                    *floor = priority;
                }
                return None;
            };
            self.remove_pair(victim);
        }
        if let Some(end) = self.bases.get_mut(&base) {
            end.pairs += 1;
        }
        if let Some(end) = self.destinations.get_mut(&address) {
            end.pairs += 1;
        }
        Some(self.checklist.insert(Pair {
            path,
            local,
            remote,
            foundation,
            priority,
            state: PairState::Waiting,
            is_valid: false,
            is_heard: false,
            nomination: Nomination::None,
            consent: Consent::None,
            check: None,
            cancelled: VecDeque::new(),
            rechecks: 0,
            nominated_by: None,
            counters: Counters::default(),
            smoothed_round_trip_time: None,
        }))
    }

    /// Forgets a pair and all that hangs on it, without choosing another.
    pub(super) fn remove_pair(&mut self, id: PairId) {
        let Some(pair) = self.checklist.remove(id) else { return };
        for (ends, address) in [
            (&mut self.bases, key(pair.path.local)),
            (&mut self.destinations, key(pair.path.remote)),
        ] {
            if let Some(end) = ends.get_mut(&address) {
                end.pairs = end.pairs.saturating_sub(1);
            }
        }
        for check in pair.check.into_iter().chain(pair.cancelled) {
            self.transactions.remove(check);
        }
        if pair.is_valid {
            self.transactions.retain(|transaction| {
                !matches!(transaction.purpose, Purpose::Consent { pair, .. } if pair == id)
            });
        }
        if self.nominating == Some(id) {
            self.nominating = None;
        }
        if self.selected == Some(id) {
            self.selected = None;
        }
        if self.sending.is_some_and(|(sending, _)| sending == id) {
            self.sending = None;
        }
    }

    /// Computes the priority of each pair anew, after a candidate or the role has changed.
    pub(super) fn renew_priorities(&mut self) {
        let ids: VecDeque<PairId> = self.checklist.ids().collect();
        for id in ids {
            let Some(pair) = self.checklist.get(id) else { continue };
            let near = self.bases.get(&key(pair.path.local)).map(|end| end.candidate);
            let near = near.and_then(|near| self.locals.get(near)).map_or(0, |near| near.priority);
            let far = self.remotes.get(pair.remote).map_or(0, |far| far.priority);
            let priority = self.priority_of(near, far);
            self.checklist.set_priority(id, priority);
        }
    }

    /// The ends in the order of their candidates' priorities. If the list of pairs is full, the
    /// order begins at another of them for each new candidate: the one pair that a candidate gets
    /// then is with a partner that few others have got.
    fn rotated(&self, mut ends: VecDeque<SocketAddr>, rank: usize) -> VecDeque<SocketAddr> {
        let priority = |address: &SocketAddr| {
            let local = self.bases.get(address).and_then(|end| self.locals.get(end.candidate));
            let remote =
                self.destinations.get(address).and_then(|end| self.remotes.get(end.candidate));
            local.or(remote).map(|candidate| Reverse(candidate.priority))
        };
        ends.make_contiguous().sort_by_cached_key(priority);
        if self.checklist.len() >= self.config.max_pairs && !ends.is_empty() {
            let first = rank % ends.len();
            ends.rotate_left(first);
        }
        ends
    }

    /// The pair that makes way for a new one: the worst of those that nothing has been heard on and
    /// that leave no candidate without a pair. A new pair that its candidates do not need takes the
    /// place of a worse one only.
    fn expendable(
        &self,
        base: SocketAddr,
        address: SocketAddr,
        priority: u64,
        is_needed: bool,
    ) -> Option<PairId> {
        let has_others = |ends: &BTreeMap<SocketAddr, End>, end: SocketAddr, new: SocketAddr| {
            end == new || ends.get(&end).is_some_and(|end| end.pairs > 1)
        };
        self.checklist
            .iter_worst_first()
            .take_while(|(_, pair)| is_needed || pair.priority < priority)
            .find(|(_, pair)| {
                !pair.is_valid
                    && !pair.is_heard
                    && has_others(&self.bases, key(pair.path.local), base)
                    && has_others(&self.destinations, key(pair.path.remote), address)
            })
            .map(|(id, _)| id)
    }

    fn priority_of(&self, local: u32, remote: u32) -> u64 {
        match self.role {
            Role::Controlling => pair_priority(local, remote),
            Role::Controlled => pair_priority(remote, local),
        }
    }
}
