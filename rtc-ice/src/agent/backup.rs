//! Valid pairs besides the one that data is sent on: kept fresh, so that they can take over.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::Instant;

use super::address::Endpoint;
use super::machine::Agent;
use super::pair::{Pair, PairId, PairState};

impl Agent {
    /// Settles which pairs are kept fresh: the best that may be sent on, those first that have neither
    /// end in common with others, then those from another base of ours, then those to another address.
    pub(super) fn choose_backups(&mut self) {
        let now = self.now;
        let Some((sending, _)) = self.sending.filter(|_| !self.config.lite) else {
            self.backups.clear();
            return;
        };
        let ends = |pair: &Pair| (pair.base, Endpoint::remote_of(&pair.path));
        let (mut near, mut far): (BTreeSet<_>, BTreeSet<_>) =
            self.checklist.get(sending).map(ends).into_iter().unzip();
        let eligible = self.checklist.iter().filter(|(id, pair)| {
            *id != sending && pair.state == PairState::Succeeded && pair.may_send(now)
        });
        let mut chosen = Vec::new();
        let mut others = Vec::new();
        for (id, pair) in eligible {
            let (base, remote) = ends(pair);
            if near.contains(&base) || far.contains(&remote) {
                others.push((id, base, remote));
            } else {
                near.insert(base);
                far.insert(remote);
                chosen.push(id);
            }
        }
        let mut rest = Vec::new();
        for (id, base, remote) in others {
            if near.insert(base) { chosen.push(id) } else { rest.push((id, remote)) }
        }
        let (elsewhere, alike): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|(_, remote)| far.insert(*remote));
        chosen.extend(elsewhere.into_iter().chain(alike).map(|(id, _)| id));
        let interval = self.config.backup_interval;
        let backups: BTreeMap<PairId, Instant> = chosen
            .into_iter()
            .take(self.config.max_backups)
            .filter_map(|id| {
                let checked_at = self.checklist.get(id)?.checked_at.unwrap_or(now);
                Some((id, self.backups.get(&id).copied().unwrap_or(checked_at + interval)))
            })
            .collect();
        self.backups = backups;
    }

    /// When the first of them is to be checked. There are few.
    pub(super) fn next_backup_at(&self) -> Option<Instant> {
        self.backups.values().min().copied()
    }

    /// A backup that is due, and not before it is due again.
    pub(super) fn take_due_backup(&mut self, now: Instant) -> Option<PairId> {
        let id = self.backups.iter().find(|(_, at)| **at <= now).map(|(id, _)| *id)?;
        self.backups.insert(id, now + self.config.backup_interval);
        Some(id)
    }

    /// A consent check goes out: backups that are due before the next but one go with it, so that
    /// the host wakes up once for all.
    pub(super) fn take_backups_along(&mut self, now: Instant) {
        let horizon = now + self.config.consent_interval;
        for at in self.backups.values_mut().filter(|at| **at <= horizon) {
            *at = now;
        }
    }

    /// The pair that data is sent on has not answered: which of the others do?
    pub(super) fn probe_backups(&mut self, now: Instant) {
        let ids: Vec<PairId> = self.backups.keys().copied().collect();
        for id in ids {
            let checked_at = self.checklist.get(id).and_then(|pair| pair.checked_at);
            let at = checked_at.map_or(now, |at| now.max(at + MIN_PERIOD));
            if let Some(due_at) = self.backups.get_mut(&id) {
                *due_at = (*due_at).min(at);
            }
        }
    }

    /// A backup has not answered. True if it is one no more.
    pub(super) fn on_backup_missed(&mut self, id: PairId, sent_at: Instant) -> bool {
        let Some(at) = self.backups.get_mut(&id) else { return false };
        if self.checklist.get(id).is_some_and(|pair| pair.missed < MAX_MISSED) {
            *at = (*at).min(sent_at + MIN_PERIOD);
            return false;
        }
        self.backups.remove(&id);
        self.forget_use(id);
        self.fail_pair(id);
        true
    }

    /// How much a pair is wanted: on the cheapest network, and then by its priority.
    pub(super) fn rank(&self, pair: &Pair) -> Rank {
        let near = self.locals.get(pair.local).map_or(0, |own| u32::from(own.network.cost));
        let far = self.remotes.get(pair.remote).map_or(0, |own| u32::from(own.network.cost));
        Rank { thrift: u32::MAX - near - far, priority: pair.priority }
    }
}

/// The order in which pairs are wanted, the most wanted last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    thrift: u32,
    priority: u64,
}

/// "MUST NOT set the period between checks to less than 4 seconds" (RFC 7675, section 5.1).
pub(super) const MIN_PERIOD: Duration = Duration::from_secs(4);
/// How many answers in a row a backup may miss.
const MAX_MISSED: u8 = 3;
