//! Requests that await an answer, and when each of them is due.

use alloc::boxed::Box;
use core::time::Duration;

use rtc_core::{FiveTuple, Instant};

use super::pair::PairId;
use super::state::Role;
use crate::network::Network;
use crate::sorted::{SortedMap, SortedSet};
use crate::stun::TransactionId;

/// One request. It holds all that its bytes are made of, so that each transmission is the same.
#[derive(Debug, Clone)]
pub(super) struct Transaction {
    pub(super) purpose: Purpose,
    pub(super) path: FiveTuple,
    pub(super) role: Role,
    pub(super) tie_breaker: u64,
    pub(super) priority: u32,
    /// Whether it nominates the pair.
    pub(super) is_nominating: bool,
    /// The value of NOMINATION.
    pub(super) nomination: Option<u32>,
    /// The network of its base.
    pub(super) network: Network,
    pub(super) sent_at: Instant,
    pub(super) transmissions: u8,
    pub(super) rto: Duration,
    /// A request has come on the pair meanwhile: what is due next is another check.
    pub(super) is_to_be_replaced: bool,
    due_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A check of a pair.
    Check { pair: PairId, nominating: bool },
    /// A check whose answer counts though it is not sent again.
    Cancelled { pair: PairId },
    /// A consent check of a pair.
    Consent { pair: PairId, missed: bool },
    /// A check of a pair that is suspected of not carrying what is sent, or that may take over.
    Probe { pair: PairId },
    /// A consent check on the path of before the restart.
    PreviousConsent,
}

/// All requests that await an answer. There are at most two checks and a few consent checks per
/// pair, because a pair keeps count of its own.
#[derive(Debug, Default)]
pub(super) struct Transactions {
    by_id: SortedMap<TransactionId, Box<Transaction>>,
    due: SortedSet<(Instant, TransactionId)>,
}

impl Transaction {
    pub(super) const fn new(
        purpose: Purpose,
        path: FiveTuple,
        role: Role,
        tie_breaker: u64,
        priority: u32,
        sent_at: Instant,
        rto: Duration,
    ) -> Self {
        Self {
            purpose,
            path,
            role,
            tie_breaker,
            priority,
            is_nominating: false,
            nomination: None,
            network: Network { id: 0, cost: 0 },
            sent_at,
            transmissions: 1,
            rto,
            is_to_be_replaced: false,
            due_at: None,
        }
    }
}

impl Transactions {
    pub(super) fn insert(&mut self, id: TransactionId, transaction: Transaction, due_at: Instant) {
        self.remove(id);
        self.by_id.insert(id, Box::new(transaction));
        self.set_due(id, Some(due_at));
    }

    pub(super) fn get(&self, id: TransactionId) -> Option<&Transaction> {
        self.by_id.get(&id).map(|transaction| &**transaction)
    }

    pub(super) fn get_mut(&mut self, id: TransactionId) -> Option<&mut Transaction> {
        self.by_id.get_mut(&id).map(|transaction| &mut **transaction)
    }

    pub(super) fn remove(&mut self, id: TransactionId) -> Option<Transaction> {
        self.set_due(id, None);
        self.by_id.remove(&id).map(|transaction| *transaction)
    }

    /// Forgets those that `keep` does not want. Linear.
    pub(super) fn retain(&mut self, keep: impl Fn(&Transaction) -> bool) {
        self.by_id.retain(|_, transaction| keep(transaction));
        let by_id = &self.by_id;
        self.due.retain(|(_, id)| by_id.contains_key(id));
    }

    /// Says when a transaction wants attention.
    pub(super) fn set_due(&mut self, id: TransactionId, due_at: Option<Instant>) {
        let Some(transaction) = self.by_id.get_mut(&id) else { return };
        if let Some(old) = transaction.due_at {
            self.due.remove(&(old, id));
        }
        transaction.due_at = due_at;
        if let Some(new) = due_at {
            self.due.insert((new, id));
        }
    }

    /// Says that a check is to be replaced at this moment, unless it is due before.
    pub(super) fn hasten(&mut self, id: TransactionId, due_at: Instant) {
        let Some(transaction) = self.by_id.get_mut(&id) else { return };
        if transaction.due_at.is_some_and(|old| old > due_at) {
            transaction.is_to_be_replaced = true;
            self.set_due(id, Some(due_at));
        }
    }

    /// Takes the attention off the first transaction that is due at `now`.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<TransactionId> {
        let (due_at, id) = *self.due.first()?;
        if due_at > now {
            return None;
        }
        self.set_due(id, None);
        Some(id)
    }

    pub(super) fn next_due_at(&self) -> Option<Instant> {
        self.due.first().map(|(due_at, _)| *due_at)
    }
}
