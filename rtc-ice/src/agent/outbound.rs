//! Writing datagrams: answers, checks and consent checks, one when it is asked for.

use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::{FiveTuple, Instant, Transmit};

use super::address::Endpoint;
use super::candidate::CandidateKind;
use super::candidates::End;
use super::config::MIN_PACING;
use super::machine::Agent;
use super::outbox::{Reply, Verdict};
use super::pair::{Consent, Nomination, PairId, PairState};
use super::priority::{candidate_priority, local_preference};
use super::side::RemoteSide;
use super::state::{Role, State};
use super::transaction::{Purpose, Transaction};
use crate::network::Network;
use crate::sorted::SortedMap;
use crate::stun::{Class, ErrorCode, MessageBuilder, Method, NetworkInfo, TransactionId};

impl Agent {
    /// Appends the next datagram to `out` and says where it goes. `None` if there is none to be
    /// sent at `now`; then nothing was appended.
    ///
    /// Answers come first and are not paced. Requests are at least 5 ms apart: triggered checks
    /// and nominations, checks out of suspicion, consent checks, retransmissions, ordinary checks, in
    /// this order.
    #[must_use]
    pub fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        let now = self.advance(now);
        if matches!(self.state, State::Failed | State::Closed) {
            return None;
        }
        if let Some(reply) = self.replies.pop_front() {
            return Some(self.write_reply(&reply, out));
        }
        if now < self.next_request_at {
            return None;
        }
        let transmit = self.poll_request(now, out)?;
        self.next_request_at = now + MIN_PACING;
        Some(transmit)
    }

    fn poll_request(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        if self.config.lite {
            return None;
        }
        if self.remote.is_some() {
            while let Some(id) = self.checklist.pop_triggered() {
                if let Some(transmit) = self.send_check(id, now, out) {
                    return Some(transmit);
                }
            }
        }
        while let Some(id) = self.vigil.take_probe() {
            if let Some(transmit) = self.send_probe(id, now, out) {
                return Some(transmit);
            }
        }
        if let Some(transmit) = self.poll_consent(now, out) {
            return Some(transmit);
        }
        while let Some(id) = self.retransmissions.pop_front() {
            if let Some(transmit) = self.retransmit(id, now, out) {
                return Some(transmit);
            }
        }
        if self.has_ordinary_check() && now >= self.next_check_at {
            let id = self.next_ordinary()?;
            // To ask for a connection takes its turn like a check.
            self.next_check_at = now + self.pacing;
            return self.send_check(id, now, out);
        }
        None
    }

    /// The pair for the next ordinary check: by turns the best waiting one (RFC 8445,
    /// section 6.1.4.2), and the best of those whose candidates have not been tried.
    ///
    /// The second turn departs from the RFC. Where few of many candidates work, trying each
    /// candidate once finds a pair after as many checks as there are candidates, not pairs.
    fn next_ordinary(&mut self) -> Option<PairId> {
        if self.is_searching() {
            self.checklist.unfreeze();
        }
        let is_tried =
            |ends: &SortedMap<_, End>, end| ends.get(&end).is_none_or(|end| end.is_tried);
        let mut chosen = None;
        if self.is_coverage_turn {
            chosen = self
                .checklist
                .waiting()
                .find(|(_, pair)| {
                    !is_tried(&self.bases, pair.base)
                        && !is_tried(&self.destinations, Endpoint::remote_of(&pair.path))
                })
                .map(|(id, _)| id);
        }
        self.is_coverage_turn = !self.is_coverage_turn;
        chosen.or_else(|| self.checklist.waiting().next().map(|(id, _)| id))
    }

    fn send_check(&mut self, id: PairId, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        let pair = self.checklist.get(id)?;
        if pair.consent == Consent::Lost {
            return None;
        }
        let is_nominating =
            self.role == Role::Controlling && matches!(pair.nomination, Nomination::Wanted(_));
        if pair.state == PairState::Succeeded && !is_nominating {
            return None;
        }
        let (path, base, is_open) = (pair.path, pair.base, pair.link.is_open());
        if let Some(end) = self.bases.get_mut(&base) {
            end.is_tried = true;
        }
        if let Some(end) = self.destinations.get_mut(&Endpoint::remote_of(&path)) {
            end.is_tried = true;
        }
        if !is_open {
            self.want_connection(id);
            return None;
        }
        self.cancel_check(id);
        let rto = self.rto();
        let check = TransactionId(self.draws.bytes());
        let pair = self.checklist.get_mut(id)?;
        pair.check = Some(check);
        pair.checked_at = Some(now);
        let nomination = match pair.nomination {
            Nomination::Wanted(number) if is_nominating => Some(number),
            _ => None,
        };
        pair.counters.requests_sent += 1;
        if pair.state != PairState::Succeeded {
            self.checklist.set_state(id, PairState::InProgress);
        }
        let transaction = Transaction::new(
            Purpose::Check { pair: id, nominating: is_nominating },
            path,
            self.role,
            self.tie_breaker,
            self.reflexive_priority(base),
            now,
            rto,
        );
        let transaction = self.dressed(transaction, base, nomination);
        let size = write_request(out, check, &transaction, self.remote.as_ref()?);
        let due_at = now + self.wait_after(path.protocol, 1, rto);
        self.transactions.insert(check, transaction, due_at);
        Some(transmit(path, size))
    }

    fn retransmit(
        &mut self,
        id: TransactionId,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Option<Transmit> {
        let transaction = self.transactions.get_mut(id)?;
        let Purpose::Check { pair, .. } = transaction.purpose else { return None };
        transaction.transmissions = transaction.transmissions.saturating_add(1);
        let (transmissions, rto) = (transaction.transmissions, transaction.rto);
        let path = transaction.path;
        let size = write_request(out, id, self.transactions.get(id)?, self.remote.as_ref()?);
        let due_at = now + self.wait_after(path.protocol, transmissions, rto);
        self.transactions.set_due(id, Some(due_at));
        if let Some(pair) = self.checklist.get_mut(pair) {
            pair.counters.retransmissions_sent += 1;
        }
        Some(transmit(path, size))
    }

    fn poll_consent(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        if self.sending.is_some() && self.next_consent_at <= now {
            self.next_consent_at = now + self.draw_consent_interval();
            self.take_backups_along(now);
            let (id, _) = self.sending?;
            return self.send_consent(id, now, out);
        }
        if let Some(id) = self.take_due_backup(now) {
            return self.send_consent(id, now, out);
        }
        if self.previous.as_ref()?.next_consent_at()? <= now {
            let next = now + self.draw_consent_interval();
            return self.send_previous_consent(now, next, out);
        }
        None
    }

    fn send_consent(&mut self, id: PairId, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        let wait = self.checklist.get(id)?.smoothed_round_trip_time.unwrap_or_default();
        let wait = wait.saturating_mul(2).max(self.config.consent_answer_wait);
        let transmit =
            self.ask(id, Purpose::Consent { pair: id, missed: false }, wait, now, out)?;
        self.checklist.get_mut(id)?.counters.consent_requests_sent += 1;
        Some(transmit)
    }

    fn send_probe(&mut self, id: PairId, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        self.ask(id, Purpose::Probe { pair: id }, PROBE_ANSWER_WAIT, now, out)
    }

    /// Sends a request on a valid pair, once, for whose answer there is this much time.
    fn ask(
        &mut self,
        id: PairId,
        purpose: Purpose,
        wait: Duration,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Option<Transmit> {
        let request = TransactionId(self.draws.bytes());
        let pair = self.checklist.get(id)?;
        let (path, base) = (pair.path, pair.base);
        let priority = self.reflexive_priority(base);
        // A nomination that is said again harms nobody, and some lite implementations want it.
        let nomination = match pair.nomination {
            Nomination::Done(number)
                if self.role == Role::Controlling && self.selected == Some(id) =>
            {
                Some(number)
            }
            _ => None,
        };
        let pair = self.checklist.get_mut(id)?;
        pair.checked_at = Some(now);
        pair.counters.requests_sent += 1;
        let transaction = Transaction::new(
            purpose,
            path,
            self.role,
            self.tie_breaker,
            priority,
            now,
            self.config.rto,
        );
        let transaction = self.dressed(transaction, base, nomination);
        let size = write_request(out, request, &transaction, self.remote.as_ref()?);
        self.transactions.insert(request, transaction, now + wait);
        Some(transmit(path, size))
    }

    fn send_previous_consent(
        &mut self,
        now: Instant,
        next: Instant,
        out: &mut Vec<u8>,
    ) -> Option<Transmit> {
        let request = TransactionId(self.draws.bytes());
        let previous = self.previous.as_mut()?;
        let until = previous.until;
        let own = previous.path.as_mut()?;
        own.next_consent_at = next;
        let path = own.path;
        let (base, nomination) =
            (own.base, (own.role == Role::Controlling).then_some(own.nomination));
        let transaction = Transaction::new(
            Purpose::PreviousConsent,
            path,
            own.role,
            own.tie_breaker,
            own.priority,
            now,
            self.config.rto,
        );
        let transaction = self.dressed(transaction, base, nomination);
        let previous = self.previous.as_ref()?;
        let size = write_request(out, request, &transaction, previous.remote.as_ref()?);
        self.transactions.insert(request, transaction, until);
        Some(transmit(path, size))
    }

    /// The request with what it says beyond RFC 8445: which nomination it is, and on which network
    /// its base is.
    fn dressed(
        &self,
        mut transaction: Transaction,
        base: Endpoint,
        nomination: Option<u64>,
    ) -> Transaction {
        let local = self.bases.get(&base).and_then(|end| self.locals.get(end.candidate));
        transaction.network = local.map(|own| own.network).unwrap_or_default();
        transaction.is_nominating = nomination.is_some();
        // Past 2^32 nominations the other side would follow no more; nobody gets there.
        let value = nomination.map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        transaction.nomination = value.filter(|_| self.renomination);
        transaction
    }

    fn write_reply(&mut self, reply: &Reply, out: &mut Vec<u8>) -> Transmit {
        let class = match reply.verdict {
            Verdict::Granted => Class::Success,
            Verdict::Refused(_) | Verdict::Unknown(_) => Class::Error,
        };
        let key = match &self.previous {
            Some(previous) if reply.is_previous => &previous.local.key,
            _ => &self.local.key,
        };
        let mut message = MessageBuilder::new(out, class, Method::BINDING, reply.id);
        match reply.verdict {
            Verdict::Granted => message.xor_mapped_address(reply.path.remote),
            Verdict::Refused(code) => message.error_code(code),
            Verdict::Unknown(kinds) => message
                .error_code(ErrorCode::UNKNOWN_ATTRIBUTE)
                .unknown_attributes(kinds.into_iter().flatten()),
        };
        let size = message.message_integrity(key).fingerprint().finish();
        let pair = self.checklist.find(&reply.path);
        if let Some(pair) = pair.and_then(|id| self.checklist.get_mut(id)) {
            pair.counters.responses_sent += 1;
        }
        transmit(reply.path, size)
    }

    /// The priority that a peer-reflexive candidate would have that a check from this base makes
    /// known (RFC 8445, section 7.1.1).
    pub(super) fn reflexive_priority(&self, base: Endpoint) -> u32 {
        let local = self.bases.get(&base).and_then(|end| self.locals.get(end.candidate));
        let Some(local) = local else { return 0 };
        let preference = CandidateKind::PeerReflexive.type_preference(local.protocol);
        candidate_priority(preference, local_preference(local.priority), 1)
    }
}

/// Writes a check. The same transaction gives the same bytes each time.
fn write_request(
    out: &mut Vec<u8>,
    id: TransactionId,
    transaction: &Transaction,
    remote: &RemoteSide,
) -> usize {
    let mut message = MessageBuilder::new(out, Class::Request, Method::BINDING, id);
    message.username(&remote.username);
    match transaction.role {
        Role::Controlling => message.ice_controlling(transaction.tie_breaker),
        Role::Controlled => message.ice_controlled(transaction.tie_breaker),
    };
    if transaction.is_nominating {
        message.use_candidate();
    }
    if let Some(nomination) = transaction.nomination {
        message.nomination(nomination);
    }
    message.priority(transaction.priority);
    let Network { id, cost } = transaction.network;
    if (id, cost) != (0, 0) {
        message.network_info(NetworkInfo { id, cost });
    }
    message.message_integrity(&remote.key).fingerprint().finish()
}

fn transmit(path: FiveTuple, size: usize) -> Transmit {
    Transmit { path, ecn: None, dscp: 0, size, segment_size: None }
}

/// How long the answer to a check out of suspicion counts.
const PROBE_ANSWER_WAIT: Duration = Duration::from_secs(5);
