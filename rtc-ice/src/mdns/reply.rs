//! Answers by unicast, and how many of them there may be.

use alloc::collections::VecDeque;
use core::net::SocketAddr;
use core::time::Duration;

use rtc_core::Instant;

use super::name::CandidateName;
use super::record::RecordType;

/// An answer to one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) to: SocketAddr,
    pub(super) name: CandidateName,
    /// Of the query of a conventional resolver: its identifier and the type that it asked for.
    pub(super) conventional: Option<(u16, RecordType)>,
}

/// The answers that wait, and a count of those of this second.
///
/// A source address can be forged, so this bounds what a forger can make this host send to another
/// one of the link.
#[derive(Debug)]
pub(super) struct Replies {
    waiting: VecDeque<Reply>,
    second_at: Instant,
    in_second: usize,
}

impl Replies {
    pub(super) const fn new() -> Self {
        Self { waiting: VecDeque::new(), second_at: Instant::EPOCH, in_second: 0 }
    }

    /// Takes an answer, unless too many have been given in this second or it waits already; whether
    /// it will be sent.
    pub(super) fn push(&mut self, now: Instant, reply: Reply) -> bool {
        if self.waiting.contains(&reply) {
            return true;
        }
        if now.saturating_duration_since(self.second_at) >= SECOND || now < self.second_at {
            (self.second_at, self.in_second) = (now, 0);
        }
        if self.in_second >= MAX_PER_SECOND || self.waiting.len() >= MAX_PER_SECOND {
            return false;
        }
        self.in_second += 1;
        self.waiting.push_back(reply);
        true
    }

    pub(super) fn front(&self) -> Option<Reply> {
        self.waiting.front().copied()
    }

    pub(super) fn pop(&mut self) -> Option<Reply> {
        self.waiting.pop_front()
    }

    /// Forgets the answers about a name.
    pub(super) fn forget(&mut self, name: CandidateName) {
        self.waiting.retain(|reply| reply.name != name);
    }
}

const SECOND: Duration = Duration::from_secs(1);
/// The most unicast answers in a second: each of the 20 candidates that a peer may have, asked for by
/// three peers at once. Who gets none asks again, and that question is answered by multicast.
const MAX_PER_SECOND: usize = 64;
