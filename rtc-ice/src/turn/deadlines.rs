//! When each thing of a client wants attention.

use alloc::collections::{BTreeMap, BTreeSet};
use core::net::IpAddr;

use rtc_core::Instant;

use super::channel_data::ChannelNumber;
use crate::stun::TransactionId;

/// What wants attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The allocation is to be asked for once more.
    Allocate,
    /// The allocation is to be refreshed.
    Refresh,
    /// The allocation has expired.
    Expiry,
    /// A request is to be sent, or has failed.
    Request(TransactionId),
    /// A permission is to be renewed or forgotten.
    Permission(IpAddr),
    /// A channel is to be renewed or forgotten.
    Channel(ChannelNumber),
}

/// The deadlines in their order: each timer has at most one.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    by_timer: BTreeMap<Timer, Instant>,
    queue: BTreeSet<(Instant, Timer)>,
}

impl Deadlines {
    /// Sets or, with `None`, stops a timer.
    pub(super) fn set(&mut self, timer: Timer, at: Option<Instant>) {
        let old = match at {
            Some(at) => self.by_timer.insert(timer, at),
            None => self.by_timer.remove(&timer),
        };
        if let Some(old) = old {
            self.queue.remove(&(old, timer));
        }
        if let Some(at) = at {
            self.queue.insert((at, timer));
        }
    }

    /// Takes the first timer that is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Timer> {
        let (at, timer) = *self.queue.first()?;
        if at > now {
            return None;
        }
        self.set(timer, None);
        Some(timer)
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.queue.first().map(|(at, _)| *at)
    }

    pub(super) fn clear(&mut self) {
        self.by_timer.clear();
        self.queue.clear();
    }
}
