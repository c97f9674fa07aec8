//! The candidates of both sides, found by key and by address.

use core::net::{IpAddr, SocketAddr};

use rtc_core::Protocol;

use super::address::Endpoint;
use super::candidate::{Candidate, CandidateId, CandidateKind, Foundation};
use crate::sorted::SortedMap;

/// The candidates of one side. Keys go up and are not used again.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    by_key: SortedMap<u32, Candidate>,
    next_key: u32,
}

impl Candidates {
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    pub(super) fn get(&self, key: u32) -> Option<&Candidate> {
        self.by_key.get(&key)
    }

    pub(super) fn get_mut(&mut self, key: u32) -> Option<&mut Candidate> {
        self.by_key.get_mut(&key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Candidate> {
        self.by_key.values()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (CandidateId, &Candidate)> {
        self.by_key.iter().map(|(key, candidate)| (CandidateId(*key), candidate))
    }

    /// Forgets all of them, but no key is used again.
    pub(super) fn clear(&mut self) {
        self.by_key.clear();
    }

    pub(super) fn insert(&mut self, candidate: Candidate) -> u32 {
        let key = self.next_key;
        self.next_key = self.next_key.wrapping_add(1);
        self.by_key.insert(key, candidate);
        key
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&Candidate) -> bool) {
        self.by_key.retain(|_, candidate| keep(candidate));
    }

    /// Takes back the latest insertion, as if it had not been.
    pub(super) fn undo_insert(&mut self) {
        if self.by_key.pop_last().is_some() {
            self.next_key = self.next_key.wrapping_sub(1);
        }
    }

    /// The candidate with this address and this base. Linear.
    pub(super) fn find(
        &self,
        protocol: Protocol,
        address: SocketAddr,
        base: SocketAddr,
    ) -> Option<u32> {
        let (address, base) = (Endpoint::new(protocol, address), Endpoint::new(protocol, base));
        self.by_key
            .iter()
            .find(|(_, candidate)| candidate.endpoint() == address && candidate.origin() == base)
            .map(|(key, _)| *key)
    }

    pub(super) fn remove(&mut self, key: u32) {
        self.by_key.remove(&key);
    }
}

/// One end of pairs: the base of local candidates or the address of a remote one.
#[derive(Debug)]
pub(super) struct End {
    /// The candidate that stands for it: the best one.
    pub(super) candidate: u32,
    /// How many pairs have this end.
    pub(super) pairs: usize,
    /// Whether a check has gone from or to it.
    pub(super) is_tried: bool,
}

impl End {
    pub(super) const fn new(candidate: u32) -> Self {
        Self { candidate, pairs: 0, is_tried: false }
    }
}

/// Gives out foundations: a number for each combination that RFC 8445, section 5.1.1.3, tells apart.
///
/// They are counted, not computed from the addresses, which they would give away.
#[derive(Debug, Default)]
pub(super) struct Foundations {
    numbers: SortedMap<(CandidateKind, Protocol, IpAddr, Option<IpAddr>), u32>,
    next: u32,
}

impl Foundations {
    /// The foundation of a local candidate. There are at most `limit` numbers; past that the oldest
    /// are forgotten.
    pub(super) fn of(&mut self, candidate: &Candidate, limit: usize) -> Foundation {
        let what = (candidate.kind, candidate.protocol, candidate.base.ip(), candidate.server);
        if let Some(number) = self.numbers.get(&what) {
            return Foundation::from_number(*number);
        }
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        if self.numbers.len() >= limit {
            let oldest = self.numbers.iter().min_by_key(|(_, number)| **number);
            if let Some(oldest) = oldest.map(|(what, _)| *what) {
                self.numbers.remove(&oldest);
            }
        }
        self.numbers.insert(what, number);
        Foundation::from_number(number)
    }
}
