//! Pairs for which there was no room: they are checked when others have come to nothing.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::address::Endpoint;
use super::machine::Agent;
use super::pair::{Consent, PairId};

/// Where the search among the pairs that found no room stands. It is made when it is needed, and
/// holds the ends of pairs, not the pairs.
#[derive(Debug, Default)]
pub(super) enum Refill {
    /// Every pair has found room.
    #[default]
    Unneeded,
    /// Some have not, and none of them is wanted yet.
    Wanted,
    Running(Box<Rounds>),
    /// Each has had its turns.
    Over,
}

/// All combinations of a base and a remote address, in an order in which each end comes once before
/// any comes again.
#[derive(Debug)]
pub(super) struct Rounds {
    bases: Vec<Endpoint>,
    destinations: Vec<Endpoint>,
    next: usize,
}

impl Rounds {
    fn next(&mut self) -> Option<(Endpoint, Endpoint)> {
        let (bases, destinations) = (self.bases.len(), self.destinations.len());
        let step = self.next;
        if step >= bases.saturating_mul(destinations).saturating_mul(TURNS) {
            return None;
        }
        self.next += 1;
        let base = step % bases;
        let destination = (base + step / bases) % destinations;
        Some((*self.bases.get(base)?, *self.destinations.get(destination)?))
    }
}

impl Agent {
    /// A pair has found no room.
    pub(super) fn note_discarded(&mut self) {
        if !matches!(self.refill, Refill::Running(_)) {
            self.refill = Refill::Wanted;
        }
    }

    /// There is a new end of pairs.
    pub(super) fn widen_refill(&mut self) {
        if matches!(self.refill, Refill::Running(_)) {
            self.refill = Refill::Wanted;
        }
    }

    /// A check on this pair was not answered in time, or refused. As long as nothing works, the pair
    /// makes way for one that has found no room (RFC 8445, section 6.1.2.5, discards those): a hundred
    /// pairs that come to nothing are no reason not to try the others. Whether it did.
    ///
    /// Each pair gets as many turns as there are [`TURNS`]; the checks are paced like all others. Of
    /// a pair that has made way an answer does not count any more, but a check of the other side's
    /// brings it back.
    pub(super) fn make_way(&mut self, id: PairId) -> bool {
        let is_settled = self.selected.is_some() || self.sending.is_some();
        let is_stuck = |agent: &Self| {
            agent.checklist.get(id).is_some_and(|pair| {
                !pair.is_valid && !pair.is_heard && pair.consent != Consent::Lost
            })
        };
        if matches!(self.refill, Refill::Unneeded | Refill::Over) || is_settled || !is_stuck(self) {
            return false;
        }
        while let Some((base, destination)) = self.next_discarded() {
            if self.can_pair(base, destination) {
                self.remove_pair(id);
                return self.add_discarded(base, destination);
            }
        }
        false
    }

    fn next_discarded(&mut self) -> Option<(Endpoint, Endpoint)> {
        if let Refill::Wanted = self.refill {
            let mut bases: Vec<Endpoint> = self.bases.keys().copied().collect();
            let mut destinations: Vec<Endpoint> = self.destinations.keys().copied().collect();
            let best = |priority: Option<u32>| Reverse(priority.unwrap_or(0));
            bases.sort_by_key(|base| {
                let local = self.bases.get(base).and_then(|end| self.locals.get(end.candidate));
                best(local.map(|local| local.priority))
            });
            destinations.sort_by_key(|address| {
                let end = self.destinations.get(address);
                let remote = end.and_then(|end| self.remotes.get(end.candidate));
                best(remote.map(|remote| remote.priority))
            });
            self.refill = Refill::Running(Box::new(Rounds { bases, destinations, next: 0 }));
        }
        let Refill::Running(rounds) = &mut self.refill else { return None };
        let next = rounds.next();
        if next.is_none() {
            self.refill = Refill::Over;
        }
        next
    }
}

/// How often a pair is checked that has found no room: a datagram may be lost.
const TURNS: usize = 3;
