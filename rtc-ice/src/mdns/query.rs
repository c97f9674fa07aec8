//! A name that is being asked for.

use core::time::Duration;

use super::family::Family;

/// How often it has been asked for in either group.
#[derive(Debug, Default)]
pub(super) struct Query {
    v4: usize,
    v6: usize,
}

impl Query {
    /// Counts a question that is being asked now: how many were asked before it, and how long after
    /// it the next one follows.
    pub(super) fn count(&mut self, family: Family) -> (usize, Option<Duration>) {
        let asked = match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        };
        let before = *asked;
        *asked += 1;
        (before, INTERVALS.get(before).copied())
    }
}

/// The first interval is at least a second, and each next one at least twice the one before it
/// (RFC 6762, section 5.2).
const INTERVALS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];
