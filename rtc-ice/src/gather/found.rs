//! The candidates that were found, without those that are redundant.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::net::SocketAddr;

use rtc_core::Protocol;

use super::event::GatherEvent;
use crate::agent::address::key;
use crate::agent::{Candidate, CandidateKind};
use crate::sorted::SortedSet;

/// All candidates so far, and what of it has still to be told.
///
/// Bounded: candidates and errors by [`MAX_CANDIDATES`] and [`MAX_ERRORS`], lost bases by
/// [`MAX_LOST`].
#[derive(Debug, Default)]
pub(super) struct Found {
    all: Vec<Candidate>,
    /// How many of them were told.
    told: usize,
    /// The bases of all candidates that were ever told, until they are lost.
    bases: SortedSet<(Protocol, SocketAddr)>,
    lost: BTreeSet<(Protocol, SocketAddr)>,
    errors: VecDeque<GatherEvent>,
    /// Whether the end of gathering has still to be told.
    is_end_untold: bool,
}

impl Found {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Candidate> {
        self.all.iter()
    }

    /// Adds a candidate, unless one with the same address and base is there (RFC 8445, section
    /// 5.1.3). What comes later never has the higher priority: host candidates come first, and
    /// servers tell no address twice.
    pub(super) fn add(&mut self, candidate: Candidate) {
        let what = |it: &Candidate| (it.protocol, it.tcp_type, key(it.address), key(it.base));
        let is_redundant = self.all.iter().any(|it| what(it) == what(&candidate));
        if !is_redundant && self.all.len() < MAX_CANDIDATES {
            // Most find one or two, and keep them.
            self.all.reserve_exact(1);
            self.all.push(candidate);
        }
    }

    /// Removes all candidates with this base, and tells so if any such candidate was ever told.
    pub(super) fn lose(&mut self, protocol: Protocol, base: SocketAddr) {
        let is_lost = |it: &Candidate| it.protocol == protocol && key(it.base) == key(base);
        let told = self.all.iter().take(self.told).filter(|it| !is_lost(it)).count();
        self.all.retain(|it| !is_lost(it));
        self.told = told;
        let base = (protocol, key(base));
        if self.bases.remove(&base) {
            self.lost.insert(base);
            if self.lost.len() > MAX_LOST {
                self.lost.pop_first();
            }
        }
    }

    /// Forgets one address that is no longer that of a base, without telling.
    pub(super) fn forget(&mut self, address: SocketAddr, base: SocketAddr) {
        let is_meant = |it: &Candidate| {
            it.kind == CandidateKind::ServerReflexive
                && it.address == address
                && key(it.base) == key(base)
        };
        self.told -= self.all.iter().take(self.told).filter(|it| is_meant(it)).count();
        self.all.retain(|it| !is_meant(it));
    }

    /// Begins anew: whatever is added from now on is told, even what was told before.
    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.told = 0;
        self.is_end_untold = false;
    }

    pub(super) fn fail(&mut self, error: GatherEvent) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push_back(error);
        }
    }

    pub(super) fn end(&mut self, is_end_untold: bool) {
        self.is_end_untold = is_end_untold;
    }

    /// What was lost comes first, for the same address may have been found again; the end comes
    /// last.
    pub(super) fn poll(&mut self) -> Option<GatherEvent> {
        if let Some((protocol, base)) = self.lost.pop_first() {
            return Some(GatherEvent::Lost { protocol, base });
        }
        if let Some(candidate) = self.all.get(self.told) {
            self.told += 1;
            self.bases.insert((candidate.protocol, key(candidate.base)));
            return Some(GatherEvent::Candidate(candidate.clone()));
        }
        if let Some(error) = self.errors.pop_front() {
            return Some(error);
        }
        core::mem::take(&mut self.is_end_untold).then_some(GatherEvent::Complete)
    }
}

/// The most candidates.
pub(super) const MAX_CANDIDATES: usize = 512;
/// The most errors that wait to be polled; those beyond are not told.
const MAX_ERRORS: usize = 256;
/// The most lost bases that wait to be polled; past that one of them is not told.
const MAX_LOST: usize = 1024;
