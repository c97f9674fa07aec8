//! Reading datagrams. The order is a law: parse, tell the class, authenticate, and only then
//! anything else.

use core::net::SocketAddr;
use core::time::Duration;

use rtc_core::{FiveTuple, Instant, Protocol};

use super::address::{Endpoint, is_possible, path_key};
use super::candidate::{Candidate, CandidateKind, Foundation};
use super::candidates::End;
use super::machine::Agent;
use super::outbox::{MAX_REPLIES, MAX_UNKNOWN, Reply, Verdict};
use super::pair::{Consent, PairId, PairState};
use super::previous::Previous;
use super::state::{Role, State};
use super::tcp_type::TcpType;
use super::transaction::{Purpose, Transaction};
use crate::error::Error;
use crate::network::Network;
use crate::stun::{AttributeType, Class, ErrorCode, Message, Method, NetworkInfo, TransactionId};

/// What an authentic request says.
struct Request {
    priority: Option<u32>,
    controlling: Option<u64>,
    controlled: Option<u64>,
    use_candidate: bool,
    nomination: Option<u32>,
    network: Option<NetworkInfo>,
}

impl Agent {
    /// Takes a STUN datagram that arrived on `path`; over TCP, what one frame has held (RFC 4571).
    ///
    /// The local address of a path is that of the socket. Of a connection that was accepted it is
    /// that of the listener, a passive candidate's base; of one that the agent has asked for it is
    /// what [`handle_connected`](Self::handle_connected) has told.
    ///
    /// Only requests that prove by USERNAME and an integrity attribute that their sender has our
    /// credentials are answered or have any other effect. Responses have an effect only if they
    /// answer a request of ours, on its path, with an integrity attribute made with the other
    /// side's password. Logarithmic in the number of pairs and outstanding requests, but for the
    /// check that makes a pair valid, which is linear in the number of pairs.
    ///
    /// # Errors
    ///
    /// If the datagram had no effect, or none but the refusal that it is answered with. The agent
    /// is as well as before.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        datagram: &[u8],
    ) -> Result<(), Error> {
        if matches!(self.state, State::Failed | State::Closed) {
            return Err(Error::NotRunning);
        }
        let message = Message::decode(datagram)?;
        if message.method() != Method::BINDING {
            return Err(Error::Method);
        }
        match message.class() {
            Class::Request => self.on_request(now, path, &message),
            // A keepalive (RFC 8445, section 11): it has done its work in the NATs on its way.
            Class::Indication => Ok(()),
            Class::Success | Class::Error => self.on_response(now, path, &message),
        }
    }

    fn on_request(
        &mut self,
        now: Instant,
        path: FiveTuple,
        message: &Message<'_>,
    ) -> Result<(), Error> {
        let is_previous = self.authenticate(message)?;
        // From here on the request is known to be the other side's.
        let is_own = self.bases.contains_key(&Endpoint::local_of(&path))
            || self.checklist.find(&path).is_some()
            || self.previous.as_ref().is_some_and(|previous| previous.is_on(&path));
        if !is_own {
            return Err(Error::LocalAddress);
        }
        if !is_possible(path.remote) {
            return Err(Error::RemoteAddress);
        }
        if self.replies.len() >= MAX_REPLIES {
            return Err(Error::Full);
        }
        let reply = |verdict| Reply { path, id: message.transaction_id(), verdict, is_previous };
        if let Some(first) = message.unknown_required().next() {
            let mut unknown = [None; MAX_UNKNOWN];
            for (to, kind) in unknown.iter_mut().zip(message.unknown_required()) {
                *to = Some(kind);
            }
            self.reply(reply(Verdict::Unknown(unknown)));
            return Err(Error::UnknownAttribute(first));
        }
        let request = match Request::read(message) {
            Ok(request) => request,
            Err(error) => {
                self.reply(reply(Verdict::Refused(ErrorCode::BAD_REQUEST)));
                return Err(error);
            }
        };
        // On any other path the old credentials find nothing: granted there, the other side would
        // send on a pair that we never check.
        let elsewhere = |old: &Previous| old.path.is_some() && !old.is_on(&path);
        if is_previous && self.previous.as_deref().is_some_and(elsewhere) {
            return Err(Error::Username);
        }
        if is_previous {
            // The other side has not taken note of the restart yet, or keeps its consent alive.
            self.reply(reply(Verdict::Granted));
            self.on_previous_check(now);
            return Ok(());
        }
        if self.has_role_conflict(&request) {
            self.reply(reply(Verdict::Refused(ErrorCode::ROLE_CONFLICT)));
            return Err(Error::RoleConflict);
        }
        let known = self.checklist.find(&path);
        if known.is_none() && request.priority.is_none() {
            let is_known = self.destinations.contains_key(&Endpoint::remote_of(&path));
            if !is_known {
                self.reply(reply(Verdict::Refused(ErrorCode::BAD_REQUEST)));
                return Err(Error::MissingAttribute(AttributeType::PRIORITY));
            }
        }
        let id = match known {
            Some(id) => id,
            None => self.discover(path, request.priority.unwrap_or_default())?,
        };
        self.advance(now);
        self.reply(reply(Verdict::Granted));
        self.resolve_role(&request);
        if let Some(pair) = self.checklist.get_mut(id) {
            pair.is_heard = true;
            pair.counters.requests_received += 1;
        }
        self.watch_checked(id);
        if let Some(NetworkInfo { id: network, cost }) = request.network {
            self.learn_network(id, Network { id: network, cost });
        }
        let value = request.nomination.filter(|_| self.renomination);
        let is_nominating =
            self.role == Role::Controlled && (request.use_candidate || value.is_some());
        if self.config.lite {
            self.on_lite_check(id, is_nominating);
        } else {
            self.trigger_check(id);
        }
        if is_nominating {
            self.on_nominated(id, message.transaction_id(), value);
        }
        self.update_state();
        Ok(())
    }

    /// A check with the credentials of before the restart: to a lite agent it is consent.
    fn on_previous_check(&mut self, now: Instant) {
        let until = self.advance(now) + self.config.consent_lifetime;
        if self.config.lite
            && let Some(previous) = &mut self.previous
        {
            previous.until = until;
        }
    }

    /// The other side has told on which of its networks it is.
    fn learn_network(&mut self, id: PairId, network: Network) {
        let remote = self.checklist.get(id).map(|pair| pair.remote);
        if let Some(remote) = remote.and_then(|remote| self.remotes.get_mut(remote)) {
            remote.network = network;
        }
    }

    /// Whether the request has the credentials of before the restart; an error if it has none that
    /// are ours.
    fn authenticate(&self, message: &Message<'_>) -> Result<bool, Error> {
        let username = message.username()?.ok_or(Error::MissingCredentials)?;
        if !message.has_integrity() {
            return Err(Error::MissingCredentials);
        }
        let (ufrag, _) = username.split_once(':').ok_or(Error::Username)?;
        let previous = self.previous.as_ref().map(|previous| &previous.local);
        let (side, is_previous) = if ufrag == self.local.credentials.ufrag() {
            (&self.local, false)
        } else {
            let old = previous.filter(|old| ufrag == old.credentials.ufrag());
            (old.ok_or(Error::Username)?, true)
        };
        if message.verify(&side.key) { Ok(is_previous) } else { Err(Error::Integrity) }
    }

    /// Whether the other side has to change its role (RFC 8445, section 7.3.1.1).
    fn has_role_conflict(&self, request: &Request) -> bool {
        if self.config.lite {
            // Its role is given by what both are.
            return request.controlled.is_some();
        }
        match self.role {
            Role::Controlling => {
                request.controlling.is_some_and(|theirs| self.tie_breaker >= theirs)
            }
            Role::Controlled => request.controlled.is_some_and(|theirs| self.tie_breaker < theirs),
        }
    }

    /// Changes our role if the other side claims it with more right.
    fn resolve_role(&mut self, request: &Request) {
        if self.config.lite {
            return;
        }
        match self.role {
            Role::Controlling if request.controlling.is_some() && !self.remote_is_lite => {
                self.change_role(Role::Controlled);
            }
            Role::Controlled if request.controlled.is_some() => {
                self.change_role(Role::Controlling);
            }
            Role::Controlling | Role::Controlled => {}
        }
    }

    /// The pair of a path that has none: of a new peer-reflexive candidate, or of a known candidate
    /// and a base that no pair was made of (RFC 8445, section 7.3.1.3).
    fn discover(&mut self, path: FiveTuple, priority: u32) -> Result<PairId, Error> {
        let (base, address) = (Endpoint::local_of(&path), Endpoint::remote_of(&path));
        if self.destinations.contains_key(&address) {
            return self.add_heard_pair(base, address).ok_or(Error::Full);
        }
        let limit = if self.remote.is_some() {
            self.config.max_remote_candidates
        } else {
            self.config.max_early_candidates.min(self.config.max_remote_candidates)
        };
        if self.remotes.len() >= limit {
            return Err(Error::Full);
        }
        let mut candidate = Candidate::remote(
            Foundation::UNASSIGNED,
            priority,
            path.remote,
            CandidateKind::PeerReflexive,
        );
        candidate.protocol = path.protocol;
        candidate.tcp_type = (path.protocol == Protocol::Tcp).then_some(TcpType::Active);
        let remote = self.remotes.insert(candidate);
        if let Some(candidate) = self.remotes.get_mut(remote) {
            // "An arbitrary value, different from the foundations of all other remote candidates".
            candidate.foundation = Foundation::peer_reflexive(remote);
        }
        self.destinations.insert(address, End::new(remote));
        let pair = self.add_heard_pair(base, address);
        if pair.is_none() {
            self.destinations.remove(&address);
            self.remotes.undo_insert();
        }
        pair.ok_or(Error::Full)
    }

    /// RFC 8445, section 7.3.1.4.
    fn trigger_check(&mut self, id: PairId) {
        let Some(pair) = self.checklist.get(id) else { return };
        if pair.consent == Consent::Lost {
            return;
        }
        match pair.state {
            PairState::Succeeded => return,
            PairState::InProgress => {
                let check =
                    pair.check.and_then(|check| Some((check, self.transactions.get(check)?)));
                let Some((check, transaction)) = check else { return };
                let replace_at = transaction.sent_at + pair.recheck_spacing();
                if replace_at <= self.now {
                    self.replace_check(id);
                } else {
                    self.transactions.hasten(check, replace_at);
                }
                return;
            }
            PairState::Frozen | PairState::Waiting | PairState::Failed => {
                self.checklist.set_state(id, PairState::Waiting);
            }
        }
        self.checklist.trigger(id);
    }

    /// Puts a new check in the place of the one that is in progress.
    pub(super) fn replace_check(&mut self, id: PairId) {
        self.cancel_check(id);
        if let Some(pair) = self.checklist.get_mut(id) {
            pair.rechecks = pair.rechecks.saturating_add(1);
        }
        self.checklist.set_state(id, PairState::Waiting);
        self.checklist.trigger(id);
    }

    fn on_response(
        &mut self,
        now: Instant,
        path: FiveTuple,
        message: &Message<'_>,
    ) -> Result<(), Error> {
        let id = message.transaction_id();
        let transaction = self.transactions.get(id).ok_or(Error::UnknownTransaction)?;
        // RFC 8445, section 7.2.5.2.1, fails the pair at once. Dropping the response lets the true
        // one still come, and fails the pair if there is none.
        if path_key(&transaction.path) != path_key(&path) {
            return Err(Error::Asymmetric);
        }
        let remote = match transaction.purpose {
            Purpose::PreviousConsent => {
                self.previous.as_ref().and_then(|previous| previous.remote.as_ref())
            }
            Purpose::Check { .. }
            | Purpose::Cancelled { .. }
            | Purpose::Consent { .. }
            | Purpose::Probe { .. } => self.remote.as_ref(),
        };
        if !remote.is_some_and(|remote| message.verify(&remote.key)) {
            return Err(Error::Integrity);
        }
        if let Some(unknown) = message.unknown_required().next() {
            return Err(Error::UnknownAttribute(unknown));
        }
        let (mapped, refusal) = if message.class() == Class::Success {
            let mapped = message.xor_mapped_address()?;
            (Some(mapped.ok_or(Error::MissingAttribute(AttributeType::XOR_MAPPED_ADDRESS))?), None)
        } else {
            let code = message.error_code()?;
            (None, Some(code.ok_or(Error::MissingAttribute(AttributeType::ERROR_CODE))?))
        };
        let now = self.advance(now);
        let Some(transaction) = self.transactions.remove(id) else { return Ok(()) };
        // Karn's rule: which transmission was answered is known only if there was one.
        let round_trip_time = (transaction.transmissions == 1)
            .then(|| now.saturating_duration_since(transaction.sent_at));
        match transaction.purpose {
            Purpose::Check { pair, nominating } => {
                self.count_response(pair, &[id], round_trip_time);
                match refusal {
                    None => self.on_check_success(
                        pair,
                        mapped.unwrap_or(path.local),
                        &transaction,
                        nominating,
                    ),
                    Some(ErrorCode::ROLE_CONFLICT) => self.on_conflict(pair, &transaction),
                    Some(_) => {
                        self.fail_pair(pair);
                        self.make_way(pair);
                    }
                }
                self.settle();
            }
            Purpose::Cancelled { pair } => {
                self.count_response(pair, &[id], round_trip_time);
                match refusal {
                    None => self.on_check_success(
                        pair,
                        mapped.unwrap_or(path.local),
                        &transaction,
                        false,
                    ),
                    Some(ErrorCode::ROLE_CONFLICT) => self.on_conflict(pair, &transaction),
                    Some(_) => {}
                }
                self.settle();
            }
            Purpose::Consent { pair, .. } | Purpose::Probe { pair } => {
                self.count_response(pair, &[], round_trip_time);
                match refusal {
                    None => self.on_consent_answer(pair, now),
                    Some(ErrorCode::ROLE_CONFLICT) => self.on_conflict(pair, &transaction),
                    Some(_) => {}
                }
            }
            Purpose::PreviousConsent => {
                let until = now + self.config.consent_lifetime;
                if let Some(previous) = self.previous.as_mut().filter(|_| refusal.is_none()) {
                    previous.until = until;
                }
            }
        }
        Ok(())
    }

    fn reply(&mut self, reply: Reply) {
        // Mostly there is one at a time.
        self.replies.reserve_exact(1);
        self.replies.push_back(reply);
    }

    fn count_response(
        &mut self,
        id: PairId,
        checks: &[TransactionId],
        round_trip_time: Option<Duration>,
    ) {
        let Some(pair) = self.checklist.get_mut(id) else { return };
        pair.counters.responses_received += 1;
        if let Some(round_trip_time) = round_trip_time {
            pair.on_round_trip(round_trip_time);
        }
        for check in checks {
            if pair.check == Some(*check) {
                pair.check = None;
            }
            pair.cancelled.retain(|cancelled| cancelled != check);
        }
    }

    /// RFC 8445, section 7.2.5.3.
    fn on_check_success(
        &mut self,
        id: PairId,
        mapped: SocketAddr,
        transaction: &Transaction,
        nominating: bool,
    ) {
        let now = self.now;
        let until = now + self.config.consent_lifetime;
        let Some(pair) = self.checklist.get_mut(id) else { return };
        if pair.consent == Consent::Lost {
            return;
        }
        pair.is_valid = true;
        pair.rechecks = 0;
        pair.consent = Consent::Until(until);
        pair.on_answer(now);
        self.watch_answered(id);
        let Some(pair) = self.checklist.get_mut(id) else { return };
        let is_renomination_open = pair
            .check
            .and_then(|check| self.transactions.get(check))
            .is_some_and(|check| matches!(check.purpose, Purpose::Check { nominating: true, .. }));
        if !is_renomination_open {
            self.cancel_check(id);
        }
        self.learn_local(id, mapped, transaction.priority);
        self.checklist.set_state(id, PairState::Succeeded);
        if self.is_searching() {
            self.checklist.unfreeze_like(id);
        }
        self.complete_nomination(id, nominating);
    }

    /// Makes the pair's local candidate the one whose address the other side has seen. It may be
    /// new: a peer-reflexive one (RFC 8445, section 7.2.5.3.1).
    fn learn_local(&mut self, id: PairId, mapped: SocketAddr, priority: u32) {
        let Some(pair) = self.checklist.get(id) else { return };
        let host = self.bases.get(&pair.base).and_then(|end| self.locals.get(end.candidate));
        let Some(host) = host else { return };
        let (base, protocol) = (host.base, host.protocol);
        let (tcp_type, network) = (host.tcp_type, host.network);
        let known = self.locals.find(protocol, mapped, base);
        let local = match known {
            Some(local) => local,
            None if self.locals.len() < self.config.max_local_candidates
                && mapped.is_ipv4() == base.is_ipv4() =>
            {
                let mut candidate = Candidate::remote(
                    Foundation::UNASSIGNED,
                    priority,
                    mapped,
                    CandidateKind::PeerReflexive,
                );
                candidate.base = base;
                candidate.protocol = protocol;
                candidate.tcp_type = tcp_type;
                candidate.network = network;
                candidate.related = Some(base);
                candidate.foundation =
                    self.foundations.of(&candidate, self.config.max_local_candidates);
                self.locals.insert(candidate)
            }
            None => return,
        };
        if let Some(pair) = self.checklist.get_mut(id) {
            pair.local = local;
        }
    }

    /// Our request was refused with 487 (RFC 8445, section 7.2.5.1).
    fn on_conflict(&mut self, id: PairId, transaction: &Transaction) {
        if transaction.role == self.role && !self.remote_is_lite {
            self.tie_breaker = u64::from_be_bytes(self.draws.bytes());
            self.change_role(self.role.opposite());
        }
        if self.checklist.get(id).is_some_and(|pair| pair.consent != Consent::Lost) {
            if self.checklist.get(id).is_some_and(|pair| pair.state != PairState::Succeeded) {
                self.checklist.set_state(id, PairState::Waiting);
            }
            self.checklist.trigger(id);
        }
    }
}

impl Request {
    fn read(message: &Message<'_>) -> Result<Self, Error> {
        Ok(Self {
            priority: message.priority()?,
            controlling: message.ice_controlling()?,
            controlled: message.ice_controlled()?,
            use_candidate: message.use_candidate(),
            // What is not of ICE and is malformed is not there.
            nomination: message.nomination().unwrap_or_default().filter(|value| *value != 0),
            network: message.network_info().unwrap_or_default(),
        })
    }
}
