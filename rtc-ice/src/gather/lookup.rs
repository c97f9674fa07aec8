//! The host names of servers: each is asked for once, however many servers have it.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use rtc_core::Instant;

use super::request::QueryId;
use crate::agent::address::is_possible;

/// What is known of the names.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    by_name: BTreeMap<Box<str>, Lookup>,
    next_id: u64,
}

#[derive(Debug, Clone)]
enum Lookup {
    /// Asked, not answered.
    Pending {
        query: QueryId,
        until: Instant,
    },
    /// The addresses of both families; not empty.
    Resolved(Vec<IpAddr>),
    Failed,
}

/// What a name stands for, as far as is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resolution<'l> {
    Pending,
    Resolved(&'l [IpAddr]),
    Failed,
}

impl Lookups {
    /// What is known of a name. `None`: it was never asked for.
    pub(super) fn get(&self, name: &str) -> Option<Resolution<'_>> {
        Some(match self.by_name.get(name)? {
            Lookup::Pending { .. } => Resolution::Pending,
            Lookup::Resolved(addresses) => Resolution::Resolved(addresses),
            Lookup::Failed => Resolution::Failed,
        })
    }

    /// Asks for a name that is not known: the id of the question.
    pub(super) fn ask(&mut self, name: &str, until: Instant) -> QueryId {
        let query = QueryId(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        self.by_name.insert(name.into(), Lookup::Pending { query, until });
        query
    }

    /// Forgets the names that are not wanted, and what has failed.
    pub(super) fn renew(&mut self, is_wanted: impl Fn(&str) -> bool) {
        self.by_name.retain(|name, lookup| is_wanted(name) && !matches!(lookup, Lookup::Failed));
    }

    /// Takes an answer: of each family the first `limit` addresses that a server can have. Returns
    /// whether it was asked for.
    pub(super) fn answer(&mut self, query: QueryId, addresses: &[IpAddr], limit: usize) -> bool {
        let is_it =
            |lookup: &Lookup| matches!(lookup, Lookup::Pending { query: it, .. } if *it == query);
        let Some(lookup) = self.by_name.values_mut().find(|lookup| is_it(lookup)) else {
            return false;
        };
        let mut taken: Vec<IpAddr> = Vec::new();
        for address in addresses.iter().take(MAX_ANSWER) {
            let alike = taken.iter().filter(|it| it.is_ipv4() == address.is_ipv4()).count();
            let is_usable = is_possible(SocketAddr::new(*address, 1));
            if is_usable && alike < limit && !taken.contains(address) {
                taken.push(*address);
            }
        }
        *lookup = if taken.is_empty() { Lookup::Failed } else { Lookup::Resolved(taken) };
        true
    }

    /// Gives up the questions that were not answered in time. Returns whether there were any.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        let mut any = false;
        for lookup in self.by_name.values_mut() {
            if matches!(lookup, Lookup::Pending { until, .. } if *until <= now) {
                *lookup = Lookup::Failed;
                any = true;
            }
        }
        any
    }

    pub(super) fn is_pending(&self) -> bool {
        self.next_expiry().is_some()
    }

    pub(super) fn next_expiry(&self) -> Option<Instant> {
        Instant::earliest(self.by_name.values().map(|lookup| match lookup {
            Lookup::Pending { until, .. } => Some(*until),
            _ => None,
        }))
    }
}

/// How many addresses of an answer are looked at.
const MAX_ANSWER: usize = 64;
