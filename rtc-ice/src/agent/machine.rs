//! The agent, its commands and its getters.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use core::time::Duration;

use rand_core::CryptoRng;
use rtc_core::{FiveTuple, Instant};

use super::address::Endpoint;
use super::candidate::{Candidate, CandidateId};
use super::candidates::{Candidates, End, Foundations};
use super::checklist::Checklist;
use super::config::{Config, MIN_PACING};
use super::connections::Connections;
use super::credentials::Credentials;
use super::outbox::Reply;
use super::pair::{PairId, PairInfo};
use super::previous::Previous;
use super::refill::Refill;
use super::side::{LocalSide, RemoteSide};
use super::state::{Event, PathStatus, Role, State};
use super::transaction::Transactions;
use super::vigil::Vigil;
use crate::draw::Draws;
use crate::error::SetCredentialsError;
use crate::sorted::SortedMap;
use crate::stun::TransactionId;

/// An ICE agent for one component (RFC 8445), a full implementation unless
/// [`Config::lite`](crate::Config::lite) says otherwise.
///
/// Its methods are of four kinds: (A) getters through `&self`, of no consequence; (B)
/// [`handle_datagram`](Self::handle_datagram) and [`handle_timeout`](Self::handle_timeout), called
/// when a STUN datagram has come and when the time that [`poll_timeout`](Self::poll_timeout) told
/// is reached; (C) commands, at any time and in any order; (D)
/// [`poll_transmit`](Self::poll_transmit), [`poll_event`](Self::poll_event) and
/// [`poll_timeout`](Self::poll_timeout), called in this order until the first two give `None`,
/// after any number of calls of kinds (B) and (C).
///
/// Trickle ICE (RFC 8838) is always on: candidates may come in either direction at any time, until
/// [`end_of_local_candidates`](Self::end_of_local_candidates) and
/// [`end_of_remote_candidates`](Self::end_of_remote_candidates).
///
/// What is bounded, and by what: pairs, candidates and early peer-reflexive candidates by the
/// [`Config`]; answers that wait to be sent, 64; requests that await an answer, by the pairs;
/// events, 32, of which the newest of each kind is always kept. A datagram that proves nothing
/// changes nothing and leaves nothing behind.
///
/// The moments handed in should not go back; one that does counts as the latest before it.
#[derive(Debug)]
pub struct Agent {
    pub(super) config: Config,
    pub(super) now: Instant,
    pub(super) role: Role,
    /// The role that the descriptions have given us, whatever lite implementations make of it.
    pub(super) wanted_role: Role,
    pub(super) tie_breaker: u64,
    pub(super) draws: Draws,
    pub(super) local: LocalSide,
    pub(super) remote: Option<RemoteSide>,
    pub(super) remote_is_lite: bool,
    pub(super) locals: Candidates,
    pub(super) foundations: Foundations,
    /// The bases, which are the sockets and relays that we send from.
    pub(super) bases: SortedMap<Endpoint, End>,
    pub(super) remotes: Candidates,
    pub(super) destinations: SortedMap<Endpoint, End>,
    pub(super) is_local_complete: bool,
    pub(super) is_remote_complete: bool,
    pub(super) checklist: Checklist,
    pub(super) refill: Refill,
    pub(super) transactions: Transactions,
    /// Requests whose retransmission is due.
    pub(super) retransmissions: VecDeque<TransactionId>,
    pub(super) replies: VecDeque<Reply>,
    pub(super) connections: Connections,
    /// No request goes out before this moment.
    pub(super) next_request_at: Instant,
    /// Ta.
    pub(super) pacing: Duration,
    /// No ordinary check goes out before this moment.
    pub(super) next_check_at: Instant,
    /// Whether the next ordinary check is one for coverage.
    pub(super) is_coverage_turn: bool,
    /// Until when the agent does not fail; `None` before it starts and after it has passed.
    pub(super) patience_until: Option<Instant>,
    pub(super) is_patience_over: bool,
    /// How many nominations there were, by either side.
    pub(super) nominations: u64,
    /// Controlling: the pair whose nomination has no answer yet.
    pub(super) nominating: Option<PairId>,
    pub(super) nominate_at: Option<Instant>,
    pub(super) first_valid_at: Option<Instant>,
    pub(super) selected: Option<PairId>,
    /// The pair to send data on.
    pub(super) sending: Option<(PairId, FiveTuple)>,
    /// When the pair was selected.
    pub(super) selected_at: Instant,
    pub(super) next_consent_at: Instant,
    /// Valid pairs that are kept fresh, and when each is checked next; few.
    pub(super) backups: BTreeMap<PairId, Instant>,
    pub(super) vigil: Vigil,
    /// Whether both sides know NOMINATION.
    pub(super) renomination: bool,
    /// Controlled: the largest value of NOMINATION that has come.
    pub(super) largest_nomination: u32,
    /// Boxed: there is one only after a restart.
    pub(super) previous: Option<Box<Previous>>,
    pub(super) has_restarted: bool,
    pub(super) state: State,
    pub(super) events: VecDeque<Event>,
}

impl Agent {
    /// An agent with fresh credentials.
    ///
    /// `rng` is drawn from for the credentials, the tie-breaker and a secret from which transaction
    /// ids are derived; 80 bytes in all.
    pub fn new(config: Config, role: Role, now: Instant, rng: &mut dyn CryptoRng) -> Self {
        let credentials = Credentials::draw(rng);
        Self::with_credentials(config, role, now, credentials, rng)
    }

    /// Like [`new`](Self::new), with credentials that were drawn before, because they had to be
    /// described before there was an agent to use them.
    pub fn with_credentials(
        config: Config,
        role: Role,
        now: Instant,
        credentials: Credentials,
        rng: &mut dyn CryptoRng,
    ) -> Self {
        let local = LocalSide::new(credentials);
        let tie_breaker = rng.next_u64();
        Self {
            role: if config.lite { Role::Controlled } else { role },
            wanted_role: role,
            tie_breaker,
            draws: Draws::new(rng),
            local,
            remote: None,
            remote_is_lite: false,
            locals: Candidates::default(),
            foundations: Foundations::default(),
            bases: SortedMap::default(),
            remotes: Candidates::default(),
            destinations: SortedMap::default(),
            is_local_complete: false,
            is_remote_complete: false,
            checklist: Checklist::default(),
            transactions: Transactions::default(),
            retransmissions: VecDeque::new(),
            refill: Refill::default(),
            replies: VecDeque::new(),
            connections: Connections::default(),
            next_request_at: now,
            pacing: config.pacing.max(MIN_PACING),
            next_check_at: now,
            is_coverage_turn: false,
            patience_until: None,
            is_patience_over: false,
            nominations: 0,
            nominating: None,
            nominate_at: None,
            first_valid_at: None,
            selected: None,
            sending: None,
            selected_at: now,
            next_consent_at: now,
            backups: BTreeMap::new(),
            vigil: Vigil::new(now),
            renomination: false,
            now,
            config: config.sanitized(),
            largest_nomination: 0,
            previous: None,
            has_restarted: false,
            state: State::New,
            events: VecDeque::new(),
        }
    }

    /// What to signal to the other side.
    pub const fn local_credentials(&self) -> &Credentials {
        &self.local.credentials
    }

    /// The user name fragments that requests may name us by: the current one, and that of before
    /// a restart as long as it is still in use.
    pub fn local_ufrags(&self) -> impl Iterator<Item = &str> {
        let previous = self.previous.as_ref().map(|previous| previous.local.credentials.ufrag());
        core::iter::once(self.local.credentials.ufrag()).chain(previous)
    }

    /// What the other side has signalled, if it has.
    pub fn remote_credentials(&self) -> Option<&Credentials> {
        self.remote.as_ref().map(|remote| &remote.credentials)
    }

    /// Takes what the other side has signalled. From now on there are checks: pairs on which
    /// authentic requests have come already are checked first.
    ///
    /// The same credentials once more change nothing.
    ///
    /// # Errors
    ///
    /// If others were set before, if they are our own, or if the agent is closed.
    pub fn set_remote_credentials(
        &mut self,
        now: Instant,
        credentials: Credentials,
    ) -> Result<(), SetCredentialsError> {
        if self.state == State::Closed {
            return Err(SetCredentialsError::Closed);
        }
        if credentials == self.local.credentials {
            return Err(SetCredentialsError::OwnCredentials);
        }
        if let Some(remote) = &self.remote {
            return if remote.credentials == credentials {
                Ok(())
            } else {
                Err(SetCredentialsError::AlreadySet)
            };
        }
        let now = self.advance(now);
        self.remote = Some(RemoteSide::new(credentials, &self.local.credentials));
        // RFC 8863, section 4: the timer starts when the credentials of both sides are known.
        self.patience_until = Some(now + self.config.patience);
        let heard: VecDeque<PairId> =
            self.checklist.iter().filter(|(_, pair)| pair.is_heard).map(|(id, _)| id).collect();
        for id in heard {
            self.checklist.trigger(id);
        }
        if self.config.lite {
            self.select_early_nomination();
            self.select_without_checks();
        }
        self.update_state();
        Ok(())
    }

    /// Says whether the other side is a lite implementation (`a=ice-lite`). If it is, a full agent
    /// takes control; of two lite agents each has the role that the descriptions give it (RFC 8445,
    /// section 6.1.1), and the pair with the highest priority is selected without checks.
    pub fn set_remote_lite(&mut self, is_lite: bool) {
        let is_new = self.remote_is_lite != is_lite;
        self.remote_is_lite = is_lite;
        if self.config.lite {
            self.change_role(self.lite_role());
            if is_new && is_lite {
                let bases: VecDeque<Endpoint> = self.bases.keys().copied().collect();
                for base in bases {
                    self.pair_local(base);
                }
                self.settle();
            }
        } else if is_lite {
            self.change_role(Role::Controlling);
        }
    }

    /// Says whether both sides know NOMINATION (`renomination` among the `a=ice-options` of both):
    /// a u32 that comes with a nomination, of which the largest counts, so that the controlling
    /// side may change its mind at any time (draft-thatcher-ice-renomination). A restart does not
    /// change it.
    pub const fn set_renomination(&mut self, is_agreed: bool) {
        self.renomination = is_agreed;
    }

    /// Says which Ta the other side has proposed with `a=ice-pacing` (RFC 8839, section 5.5); `None`
    /// where it has proposed none, which counts as [`Config::silent_pacing`]. From now on Ta is the
    /// larger of this and [`Config::pacing`], as "both agents MUST use the higher value of the
    /// proposed values" (RFC 8445, section 14.2).
    pub fn set_remote_pacing(&mut self, pacing: Option<Duration>) {
        self.pacing = self.config.pacing.max(pacing.unwrap_or(self.config.silent_pacing));
    }

    /// Which agent decides on the pair, as far as we know.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Sets the role that the exchange of descriptions has given us. Against a lite implementation
    /// the role of a full one is always controlling, and the other way round.
    pub fn set_role(&mut self, role: Role) {
        self.wanted_role = role;
        if self.config.lite {
            self.change_role(self.lite_role());
        } else if !self.remote_is_lite {
            self.change_role(role);
        }
    }

    /// Stops for good: nothing is sent any more and all requests are ignored.
    pub fn close(&mut self, now: Instant) {
        self.advance(now);
        self.quiesce();
        self.forget_previous();
        self.let_go_of_all(None);
        self.set_state(State::Closed);
    }

    /// How far the agent is.
    pub const fn state(&self) -> State {
        self.state
    }

    /// Where data is to be sent: the selected pair or, before there is one, the best valid pair
    /// (RFC 8445, section 12.1). After a restart it is the old path until a new pair is selected.
    /// `None` if the other side does not consent (RFC 7675). Constant time.
    pub fn send_path(&self) -> Option<FiveTuple> {
        let previous = self.previous.as_ref().and_then(|previous| previous.send_path());
        if self.selected.is_none() && previous.is_some() {
            return previous;
        }
        self.sending.map(|(_, path)| path).or(previous)
    }

    /// What is known about the path of a received datagram. Logarithmic in the number of pairs.
    pub fn path_status(&self, path: &FiveTuple) -> PathStatus {
        let pair = self.checklist.find(path).and_then(|id| self.checklist.get(id));
        match pair {
            Some(pair) if pair.is_valid => PathStatus::Valid,
            _ if self.previous.as_ref().is_some_and(|previous| previous.is_on(path)) => {
                PathStatus::Valid
            }
            Some(pair) if pair.is_heard => PathStatus::Checked,
            _ => PathStatus::Unknown,
        }
    }

    /// Whether data may be sent on a path, were it the one to send on: a check on it was answered,
    /// and consent has not run out since (RFC 7675).
    pub fn has_consent(&self, now: Instant, path: &FiveTuple) -> bool {
        let pair = self.checklist.find(path).and_then(|id| self.checklist.get(id));
        pair.is_some_and(|pair| pair.may_send(now))
            || (self.previous.as_ref())
                .is_some_and(|previous| previous.is_on(path) && previous.until > now)
    }

    /// The smoothed round-trip time of the pair that data is sent on.
    pub fn round_trip_time(&self) -> Option<Duration> {
        let current = self.sending.and_then(|(id, _)| self.checklist.get(id));
        current
            .and_then(|pair| pair.smoothed_round_trip_time)
            .or_else(|| self.previous.as_ref()?.round_trip_time())
    }

    /// The nominated pair, if there is one.
    pub fn selected_pair(&self) -> Option<PairInfo> {
        self.pair_info(self.selected?)
    }

    /// The name of the nominated pair, if there is one.
    pub const fn selected_pair_id(&self) -> Option<PairId> {
        self.selected
    }

    /// All pairs with their counters, the best first.
    pub fn pairs(&self) -> impl Iterator<Item = PairInfo> {
        self.checklist.iter().filter_map(|(id, _)| self.pair_info(id))
    }

    /// The local candidates, with the peer-reflexive ones, in the order in which they came.
    pub fn local_candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.locals.iter()
    }

    /// The remote candidates, with the peer-reflexive ones, in the order in which they came.
    pub fn remote_candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.remotes.iter()
    }

    /// The local candidates with their names.
    pub fn named_local_candidates(&self) -> impl Iterator<Item = (CandidateId, &Candidate)> {
        self.locals.entries()
    }

    /// The remote candidates with their names. A peer-reflexive one keeps its name when it becomes
    /// the one that was signalled.
    pub fn named_remote_candidates(&self) -> impl Iterator<Item = (CandidateId, &Candidate)> {
        self.remotes.entries()
    }

    /// Counts `packets` datagrams of the agent's owner, of `bytes` bytes in all, that were sent on
    /// `path`; [`PairInfo::sent`] tells them. What no pair has the path of is not counted.
    pub fn on_data_sent(&mut self, now: Instant, path: &FiveTuple, packets: u64, bytes: u64) {
        let now = self.advance(now);
        let sending = self.sending.filter(|(_, sending)| sending == path).map(|(id, _)| id);
        let pair = sending.or_else(|| self.checklist.find(path));
        if let Some(pair) = pair.and_then(|id| self.checklist.get_mut(id)) {
            pair.counters.sent.add(now, packets, bytes);
        }
        if sending.is_some() {
            self.watch_sent(now);
        }
    }

    /// Counts a datagram for the agent's owner that was received on `path`;
    /// [`PairInfo::received`] tells it. It is to be authentic: that data comes back, or on another
    /// pair than it is sent on, is what the agent judges its pair by.
    pub fn on_data_received(&mut self, now: Instant, path: &FiveTuple, bytes: u64) {
        let now = self.advance(now);
        let Some(id) = self.checklist.find(path) else { return };
        if let Some(pair) = self.checklist.get_mut(id) {
            pair.counters.received.add(now, 1, bytes);
        }
        self.watch_received(now, id);
    }

    /// The next thing that the agent has to tell.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    // --- What the other files of this room use ---

    /// Moves the time on, never back.
    pub(super) fn advance(&mut self, now: Instant) -> Instant {
        self.now = self.now.max(now);
        self.now
    }

    pub(super) fn emit(&mut self, event: Event) {
        if self.events.len() >= MAX_EVENTS {
            // There are three kinds, so one kind at least is there twice: its oldest is stale.
            let is_stale = |at: usize| {
                let kind = self.events.get(at).map(core::mem::discriminant);
                self.events
                    .iter()
                    .skip(at + 1)
                    .any(|later| Some(core::mem::discriminant(later)) == kind)
            };
            if let Some(at) = (0..self.events.len()).find(|at| is_stale(*at)) {
                self.events.remove(at);
            }
        }
        self.events.push_back(event);
    }

    /// Stops all checks and forgets what is on its way.
    pub(super) fn quiesce(&mut self) {
        self.transactions = Transactions::default();
        self.retransmissions.clear();
        self.replies.clear();
        self.checklist.clear_triggered();
        self.nominating = None;
        self.nominate_at = None;
        self.patience_until = None;
        self.selected = None;
        self.sending = None;
        self.backups.clear();
        self.vigil = Vigil::new(self.now);
    }

    fn pair_info(&self, id: PairId) -> Option<PairInfo> {
        let pair = self.checklist.get(id)?;
        Some(pair.info(id, self.locals.get(pair.local)?, self.remotes.get(pair.remote)?))
    }
}

/// The most events that wait to be polled.
const MAX_EVENTS: usize = 32;
