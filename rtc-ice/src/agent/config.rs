//! What can be chosen about an agent.

use core::time::Duration;

/// The timings and the caps of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Whether the agent is a lite implementation (RFC 8445, section 2.5), for hosts that everybody
    /// can reach: it has host candidates only, answers checks and sends none, and is controlled
    /// unless the other side is lite too. That it is one must be signalled (`a=ice-lite`).
    ///
    /// It knows that the other side consents from the other side's checks, which come as often as
    /// that side's own consent needs: 30 s without one, and nothing is sent any more.
    ///
    /// Default: false; RFC 8835, section 3.4, wants full implementations of WebRTC endpoints.
    pub lite: bool,
    /// Ta: the time between two ordinary checks (RFC 8445, section 14.2); less than 5 ms counts as
    /// 5 ms. The first check goes out at once.
    ///
    /// Default: 5 ms, the floor that the RFC sets for the sake of NATs (appendix B.1), not its
    /// default of 50 ms. With it each of the 100 pairs of a full checklist is checked once before
    /// the first retransmission is due (500 ms), at about 250 kbit/s for half a second. A host that
    /// runs many agents behind one NAT should choose more. RFC 8839 has `a=ice-pacing` to tell the
    /// other side.
    pub pacing: Duration,
    /// What the other side counts as having proposed for Ta if it has proposed nothing
    /// ([`Agent::set_remote_pacing`](super::machine::Agent::set_remote_pacing)).
    ///
    /// Default: 50 ms (RFC 8445, section 14.2, RFC 8839, section 5.5). Browsers propose nothing;
    /// Chromium's checks are 48 ms apart.
    pub silent_pacing: Duration,
    /// The least time until a check is first retransmitted; it grows to Ta times the number of
    /// outstanding checks where that is more.
    ///
    /// Default: 500 ms (RFC 8445, section 14.3).
    pub rto: Duration,
    /// Rc: how often a check is sent before it fails, 1 to 16.
    ///
    /// Default: 7 (RFC 8489, section 6.2.1).
    pub max_transmissions: u8,
    /// Rm: how many of the first RTOs an answer to the last transmission is waited for.
    ///
    /// Default: 16 (RFC 8489, section 6.2.1).
    pub final_wait: u8,
    /// Ti: how long an answer to a check over TCP is waited for, which is not sent again, and how
    /// long a connection may take to be opened.
    ///
    /// Default: 39.5 s (RFC 8489, section 6.2.2).
    pub tcp_answer_wait: Duration,
    /// How long the agent does not fail although no pair is left to check.
    ///
    /// Default: 39.5 s (RFC 8863, section 4).
    pub patience: Duration,
    /// How long, at most, nomination waits for a pair that is better than the best valid one. Data
    /// flows meanwhile. It waits less if fewer pairs are left to check: two round trips and Ta for
    /// each of them.
    ///
    /// Default: 100 ms, about two round trips within a continent.
    pub nomination_wait: Duration,
    /// The same while the best valid pair is relayed or over TCP: a direct path for datagrams is
    /// worth one retransmission.
    ///
    /// Default: 600 ms.
    pub relayed_nomination_wait: Duration,
    /// Controlling: whether another pair is nominated while the selected one is well, when the other
    /// one is much better: on a cheaper network, direct and not relayed, over datagrams and not a
    /// stream, or with less than half of the round-trip time.
    ///
    /// RFC 8445, section 8.1.1, forbids it, for a restart would do; without it a host that comes to
    /// a better network stays on the worse one. With
    /// [`Agent::set_renomination`](crate::Agent::set_renomination) it is agreed on; without, it is
    /// one more USE-CANDIDATE, which all browsers follow.
    ///
    /// Default: true.
    pub nominates_again: bool,
    /// How often a valid pair that no data is sent on is checked, so that it can take over at once.
    /// Its checks go out together with consent checks where they can. 5 to 25 s; a missing answer
    /// is asked for again after 4 s, and a pair that misses three is given up.
    ///
    /// Default: 25 s: less than the 30 s that consent lasts and that many NATs keep a mapping.
    pub backup_interval: Duration,
    /// How many pairs are kept so, those from other addresses of this host first; 0 for none.
    ///
    /// Default: 3: at 25 s they cost about 10 bytes per second each.
    pub max_backups: usize,
    /// The middle of the time between two consent checks, spread by a fifth to each side, 5 to 20 s.
    ///
    /// What is sent and when the host wakes up in an idle connection depends on it alone: 12 times
    /// a minute with 5 s, 3 times with 20 s. After a missing answer the next check follows 4 s
    /// after the one before, so that also with 20 s one lost datagram does not lose consent; but
    /// with more time between checks a broken path is noticed later, unless data is sent on it.
    ///
    /// Default: 5 s, which is also the least (RFC 7675, section 5.1).
    pub consent_interval: Duration,
    /// How long data is sent without anything coming back, in addition to two round trips, until the
    /// pair is looked into: it and those that stand by are checked once each round trip (100 ms at
    /// least), and if it has missed three checks, one that answers takes over. As long as the other
    /// side answers checks but has little to say, the time doubles, twice at most.
    /// [`Duration::MAX`]: never, so that only consent tells.
    ///
    /// Default: 250 ms, a little more than the 200 ms that SCTP may keep back an acknowledgement.
    pub answer_patience: Duration,
    /// How long consent lasts after an answer.
    ///
    /// Default: 30 s, which is also the most (RFC 7675, section 5.1).
    pub consent_lifetime: Duration,
    /// How long the answer to a consent check is waited for until it counts as missing, at least;
    /// on a slow path it is two round trips.
    ///
    /// Default: 1 s.
    pub consent_answer_wait: Duration,
    /// How many consent checks in a row must miss their answer for [`State::Disconnected`].
    ///
    /// Default: 2, so that one lost datagram is not told: 5 to 11 s after the path broke. Where data
    /// is sent and no other pair takes over, it is told after 2 to 3 s.
    ///
    /// [`State::Disconnected`]: crate::State::Disconnected
    pub disconnected_after: u8,
    /// The most pairs (RFC 8445, section 6.1.2.5).
    ///
    /// Default: 100, the RFC's.
    pub max_pairs: usize,
    /// The most local candidates.
    ///
    /// Default: 100.
    pub max_local_candidates: usize,
    /// The most remote candidates, the peer-reflexive ones included.
    ///
    /// Default: 100, as many as there can be pairs for.
    pub max_remote_candidates: usize,
    /// The most TCP connections that are open or being opened at once because this agent has asked
    /// for them. What it accepts is bounded by `max_remote_candidates`.
    ///
    /// Default: 16, as many as a home router or the host's limits will bear from each of a few
    /// agents.
    pub max_connections: usize,
    /// The most peer-reflexive candidates before the remote credentials are known.
    ///
    /// Default: 16, as an address family on each of a few interfaces gives.
    pub max_early_candidates: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            lite: false,
            pacing: MIN_PACING,
            silent_pacing: Duration::from_millis(50),
            rto: Duration::from_millis(500),
            max_transmissions: 7,
            final_wait: 16,
            tcp_answer_wait: Duration::from_millis(39_500),
            patience: Duration::from_millis(39_500),
            nomination_wait: Duration::from_millis(100),
            relayed_nomination_wait: Duration::from_millis(600),
            nominates_again: true,
            backup_interval: MAX_BACKUP_INTERVAL,
            max_backups: 3,
            consent_interval: MIN_CONSENT_INTERVAL,
            answer_patience: Duration::from_millis(250),
            consent_lifetime: MAX_CONSENT_LIFETIME,
            consent_answer_wait: Duration::from_secs(1),
            disconnected_after: 2,
            max_pairs: 100,
            max_local_candidates: 100,
            max_remote_candidates: 100,
            max_connections: 16,
            max_early_candidates: 16,
        }
    }
}

impl Config {
    /// Brings every value into its documented range.
    pub(super) fn sanitized(mut self) -> Self {
        self.pacing = self.pacing.max(MIN_PACING);
        self.max_transmissions = self.max_transmissions.clamp(1, 16);
        self.consent_interval =
            self.consent_interval.clamp(MIN_CONSENT_INTERVAL, MAX_CONSENT_INTERVAL);
        self.backup_interval =
            self.backup_interval.clamp(MIN_CONSENT_INTERVAL, MAX_BACKUP_INTERVAL);
        self.consent_lifetime = self.consent_lifetime.min(MAX_CONSENT_LIFETIME);
        self.disconnected_after = self.disconnected_after.max(1);
        self
    }
}

/// No two checks are closer than this (RFC 8445, section 14.2).
pub(super) const MIN_PACING: Duration = Duration::from_millis(5);
/// Four fifths of it are the 4 s below which RFC 7675 forbids to go.
const MIN_CONSENT_INTERVAL: Duration = Duration::from_secs(5);
/// Six fifths of it, and the 4 s until a check is repeated, are within the lifetime of consent.
const MAX_CONSENT_INTERVAL: Duration = Duration::from_secs(20);
/// Less than the lifetime of consent.
const MAX_BACKUP_INTERVAL: Duration = Duration::from_secs(25);
const MAX_CONSENT_LIFETIME: Duration = Duration::from_secs(30);
