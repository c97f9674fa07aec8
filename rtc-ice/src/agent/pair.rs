//! One pair: a path, and what is known about it.

use alloc::collections::VecDeque;
use core::fmt;
use core::time::Duration;

use rtc_core::{FiveTuple, Instant};

use super::address::Endpoint;
use super::candidate::{Candidate, CandidateId, Foundation};
use crate::stun::TransactionId;

/// Names a pair of one agent; never reused, not even after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PairId(pub(super) u64);

impl fmt::Display for PairId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The state of a pair (RFC 8445, section 6.1.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PairState {
    /// Waits for another pair of its foundation.
    Frozen,
    /// Will be checked.
    Waiting,
    /// A check is outstanding.
    InProgress,
    /// A check was answered.
    Succeeded,
    /// The check was refused or never answered, or consent was lost.
    Failed,
}

impl PairState {
    /// W3C's string for this state (RTCStatsIceCandidatePairState).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Frozen => "frozen",
            Self::Waiting => "waiting",
            Self::InProgress => "in-progress",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for PairState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A pair as it is told to the outside: W3C's RTCIceCandidatePairStats, as far as ICE knows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PairInfo {
    /// Its name.
    pub id: PairId,
    /// Its path: the base of the local candidate, or the end of the connection that was opened from
    /// there, and the address of the remote one.
    pub path: FiveTuple,
    /// The local candidate. After a check it is the one whose address the other side saw.
    pub local: Candidate,
    /// The name of the local candidate.
    pub local_id: CandidateId,
    /// The remote candidate.
    pub remote: Candidate,
    /// The name of the remote candidate.
    pub remote_id: CandidateId,
    /// How much it is wanted (RFC 8445, section 6.1.2.3).
    pub priority: u64,
    /// How far its checks are.
    pub state: PairState,
    /// Whether it has been nominated.
    pub nominated: bool,
    /// Requests sent for the first time, consent checks included.
    pub requests_sent: u64,
    /// Requests sent again.
    pub retransmissions_sent: u64,
    /// Authentic requests received.
    pub requests_received: u64,
    /// Answers sent, the refusals included.
    pub responses_sent: u64,
    /// Authentic answers received.
    pub responses_received: u64,
    /// Consent checks sent (RFC 7675).
    pub consent_requests_sent: u64,
    /// The latest round-trip time.
    pub current_round_trip_time: Option<Duration>,
    /// The sum of all round-trip times measured.
    pub total_round_trip_time: Duration,
    /// How many were measured: answers to requests that were sent but once.
    pub round_trips: u64,
    /// What the owner of the agent has sent on the path.
    pub sent: PathTraffic,
    /// What the owner of the agent has received on the path.
    pub received: PathTraffic,
}

/// Datagrams that went over a path in one direction, those of the agent left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PathTraffic {
    /// Datagrams.
    pub packets: u64,
    /// Their payload in bytes.
    pub bytes: u64,
    /// When the last one went.
    pub last_at: Option<Instant>,
}

impl PathTraffic {
    pub(super) fn add(&mut self, now: Instant, packets: u64, bytes: u64) {
        self.packets += packets;
        self.bytes += bytes;
        self.last_at = Some(now);
    }
}

#[derive(Debug)]
pub(super) struct Pair {
    pub(super) path: FiveTuple,
    /// Where it sends from: an end of pairs in the agent's table.
    pub(super) base: Endpoint,
    pub(super) link: Link,
    /// The key of the local candidate.
    pub(super) local: u32,
    /// The key of the remote candidate.
    pub(super) remote: u32,
    pub(super) foundation: (Foundation, Foundation),
    pub(super) priority: u64,
    pub(super) state: PairState,
    /// A check was answered; stays true while the pair is checked anew.
    pub(super) is_valid: bool,
    /// An authentic request has come.
    pub(super) is_heard: bool,
    pub(super) nomination: Nomination,
    pub(super) consent: Consent,
    /// How many consent checks in a row have missed their answer.
    pub(super) missed: u8,
    /// When the first of them was sent.
    pub(super) doubted_at: Option<Instant>,
    /// When the last answer has come.
    pub(super) answered_at: Option<Instant>,
    /// When the last check was sent for the first time.
    pub(super) checked_at: Option<Instant>,
    /// The check that is retransmitted.
    pub(super) check: Option<TransactionId>,
    /// Checks whose answers still count, though they are not retransmitted any more.
    pub(super) cancelled: VecDeque<TransactionId>,
    /// How many connections in a row were asked for that did not last.
    pub(super) connections: u8,
    /// When the last of them was opened.
    pub(super) opened_at: Option<Instant>,
    /// How many checks in a row took the place of one that was in progress.
    pub(super) rechecks: u32,
    /// The last request that nominated: its retransmission nominates nothing.
    pub(super) nominated_by: Option<TransactionId>,
    pub(super) counters: Counters,
    pub(super) smoothed_round_trip_time: Option<Duration>,
}

/// What carries the datagrams of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// Datagrams need nothing.
    Datagrams,
    /// A TCP connection that the other side has opened.
    Accepted,
    /// A TCP connection that is ours to open and was not asked for.
    Closed,
    /// It was asked for.
    Opening,
    /// It is open.
    Opened,
}

impl Link {
    /// Whether a check can go out.
    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::Datagrams | Self::Accepted | Self::Opened)
    }

    /// Whether there is a connection that somebody has to close.
    pub(super) const fn is_connection(self) -> bool {
        matches!(self, Self::Accepted | Self::Opened)
    }
}

/// How far the nomination of a pair is. The number orders nominations: the last one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nomination {
    None,
    /// Controlling: our next check carries USE-CANDIDATE. Controlled: the other side nominated it
    /// before it was valid.
    Wanted(u64),
    Done(u64),
}

/// Whether we may send data on a pair (RFC 7675).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    /// No check was answered yet.
    None,
    Until(Instant),
    /// Nobody sends checks: both sides are lite implementations.
    Assumed,
    /// It ran out while data was sent: "the same ICE credentials MUST NOT be used on the affected
    /// 5-tuple again".
    Lost,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) requests_sent: u64,
    pub(super) retransmissions_sent: u64,
    pub(super) requests_received: u64,
    pub(super) responses_sent: u64,
    pub(super) responses_received: u64,
    pub(super) consent_requests_sent: u64,
    pub(super) current_round_trip_time: Option<Duration>,
    pub(super) total_round_trip_time: Duration,
    pub(super) round_trips: u64,
    pub(super) sent: PathTraffic,
    pub(super) received: PathTraffic,
}

impl Pair {
    /// A pair that nothing has happened on.
    pub(super) fn new(
        path: FiveTuple,
        base: Endpoint,
        link: Link,
        candidates: (u32, u32),
        foundation: (Foundation, Foundation),
        priority: u64,
    ) -> Self {
        Self {
            path,
            base,
            link,
            local: candidates.0,
            remote: candidates.1,
            foundation,
            priority,
            state: PairState::Waiting,
            is_valid: false,
            is_heard: false,
            nomination: Nomination::None,
            consent: Consent::None,
            missed: 0,
            doubted_at: None,
            answered_at: None,
            checked_at: None,
            check: None,
            cancelled: VecDeque::new(),
            connections: 0,
            opened_at: None,
            rechecks: 0,
            nominated_by: None,
            counters: Counters::default(),
            smoothed_round_trip_time: None,
        }
    }

    /// Whether data may be sent on it at `now`.
    pub(super) fn may_send(&self, now: Instant) -> bool {
        self.is_valid
            && match self.consent {
                Consent::Until(until) => until > now,
                Consent::Assumed => true,
                Consent::None | Consent::Lost => false,
            }
    }

    /// A check or a consent check was answered: the path works.
    pub(super) fn on_answer(&mut self, now: Instant) {
        self.missed = 0;
        self.doubted_at = None;
        self.answered_at = Some(now);
    }

    /// Whether it has answered since the other one has begun not to.
    pub(super) fn is_proven_since(&self, doubted_at: Instant) -> bool {
        self.doubted_at.is_none() && self.answered_at.is_some_and(|at| at > doubted_at)
    }

    /// Whether the pair's check may be replaced by another one at once, or how long after it was
    /// sent.
    ///
    /// RFC 8445, section 7.3.1.4, lets each request that comes replace the check that is in
    /// progress. Between two agents that both do it, and that are far apart, that never ends: each
    /// new check causes another one. So the first comes at once, the others ever later.
    pub(super) fn recheck_spacing(&self) -> Duration {
        match self.rechecks {
            0 => Duration::ZERO,
            count => RECHECK_SPACING.saturating_mul(1 << (count - 1).min(4)),
        }
    }

    pub(super) fn on_round_trip(&mut self, round_trip_time: Duration) {
        let counters = &mut self.counters;
        counters.current_round_trip_time = Some(round_trip_time);
        counters.total_round_trip_time =
            counters.total_round_trip_time.saturating_add(round_trip_time);
        counters.round_trips += 1;
        // The smoothing of RFC 6298, section 2.
        self.smoothed_round_trip_time = Some(match self.smoothed_round_trip_time {
            None => round_trip_time,
            Some(smoothed) => (smoothed / 8).saturating_mul(7).saturating_add(round_trip_time / 8),
        });
    }

    pub(super) fn info(&self, id: PairId, local: &Candidate, remote: &Candidate) -> PairInfo {
        let counters = &self.counters;
        PairInfo {
            id,
            path: self.path,
            local: local.clone(),
            local_id: CandidateId(self.local),
            remote: remote.clone(),
            remote_id: CandidateId(self.remote),
            priority: self.priority,
            state: self.state,
            nominated: matches!(self.nomination, Nomination::Done(_)),
            requests_sent: counters.requests_sent,
            retransmissions_sent: counters.retransmissions_sent,
            requests_received: counters.requests_received,
            responses_sent: counters.responses_sent,
            responses_received: counters.responses_received,
            consent_requests_sent: counters.consent_requests_sent,
            current_round_trip_time: counters.current_round_trip_time,
            total_round_trip_time: counters.total_round_trip_time,
            round_trips: counters.round_trips,
            sent: counters.sent,
            received: counters.received,
        }
    }
}

/// The time between the first two replacements of a check; it doubles four times.
const RECHECK_SPACING: Duration = Duration::from_millis(50);
/// How many replaced checks are remembered: those of 3 s.
pub(super) const MAX_CANCELLED: usize = 8;
