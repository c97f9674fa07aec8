//! A name that is being asked for.

use core::time::Duration;

use super::family::Family;
use super::record::RecordType;

/// How many questions have been asked in either group.
#[derive(Debug, Default)]
pub(super) struct Query {
    v4: usize,
    v6: usize,
}

/// A question, and how long after it the next one follows.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) kind: RecordType,
    pub(super) is_first_round: bool,
    pub(super) next: Option<Duration>,
}

impl Query {
    /// Counts the question that is asked now. Each is alone in its message: a responder that is in
    /// wide use passes by all messages with more than one.
    pub(super) fn step(&mut self, family: Family) -> Step {
        let asked = match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        };
        let (round, is_second) = (*asked / 2, *asked % 2 == 1);
        *asked += 1;
        let (kind, next) = match is_second {
            false => (RecordType::A, Some(Duration::ZERO)),
            true => (RecordType::AAAA, INTERVALS.get(round).copied()),
        };
        Step { kind, is_first_round: round == 0, next }
    }
}

/// The first interval is at least a second, and each next one at least twice the one before it
/// (RFC 6762, section 5.2).
const INTERVALS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];
