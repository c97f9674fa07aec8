//! What the server's answers mean (RFC 8489, section 9.2.5, RFC 8656, and RFC 8016).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use rtc_core::{FiveTuple, Instant, Protocol};

use super::challenge::{Challenge, ChallengeError, is_bid_down};
use super::channel;
use super::channel_data::ChannelNumber;
use super::client::{Allocation, Client, Phase};
use super::config::{Families, MAX_HOPS};
use super::deadlines::Timer;
use super::error::{Error, Failure};
use super::event::{Allocated, Event};
use super::permission::{self, Permission};
use super::request::{MAX_ATTEMPTS, MAX_STALE_IN_A_ROW, Purpose, Request};
use crate::agent::address::is_possible;
use crate::stun::{AddressFamily, AttributeType, Class, ErrorCode, Message};

impl Client {
    pub(super) fn on_response(
        &mut self,
        now: Instant,
        path: FiveTuple,
        message: &Message<'_>,
    ) -> Result<(), Error> {
        let id = message.transaction_id();
        let request = self.requests.get_mut(&id).filter(|request| !request.timer.is_new());
        let request = request.ok_or(Error::UnknownTransaction)?;
        if request.path != path {
            return Err(Error::Asymmetric);
        }
        if request.purpose.method() != message.method() {
            return Err(Error::Unexpected);
        }
        let code = match message.class() {
            Class::Error => {
                let code = message.error_code()?;
                Some(code.ok_or(Error::MissingAttribute(AttributeType::ERROR_CODE))?)
            }
            _ => None,
        };
        if let Some(code @ (ErrorCode::UNAUTHENTICATED | ErrorCode::STALE_NONCE)) = code {
            if let Some(request) = self.take_request(id) {
                self.on_challenge(now, request, message, code);
            }
            return Ok(());
        }
        let is_authentic = match request.challenge {
            Some(_) => self.challenge.as_ref().is_some_and(|challenge| challenge.verifies(message)),
            None => code != Some(ErrorCode::BAD_REQUEST),
        };
        if !is_authentic || is_bid_down(message) {
            // Over UDP anybody may have sent it; over TCP nothing better will come.
            request.was_violated = true;
            if path.protocol == Protocol::Tcp {
                let purpose = request.purpose;
                self.take_request(id);
                self.fail(now, purpose, Failure::Integrity);
            }
            return Err(Error::Integrity);
        }
        let Some(request) = self.take_request(id) else { return Err(Error::UnknownTransaction) };
        if let Some(unknown) = message.unknown_required().next() {
            self.fail(now, request.purpose, Failure::Malformed);
            return Err(Error::UnknownAttribute(unknown));
        }
        self.stale_in_a_row = 0;
        match code {
            Some(code) => self.on_refusal(now, &request, code, message),
            None => self.on_success(now, &request, message),
        }
        Ok(())
    }

    /// Ends what a request was for.
    pub(super) fn fail(&mut self, now: Instant, purpose: Purpose, failure: Failure) {
        match (purpose, failure) {
            (Purpose::Release, _) => self.end(Event::Released),
            (Purpose::Allocate | Purpose::Clear, _) if self.is_unwanted => {
                self.end(Event::Released);
            }
            (Purpose::Move, failure) => {
                self.moving = None;
                if self.is_cut {
                    self.give_up(failure);
                } else {
                    self.tell(Event::NotMoved(failure));
                }
            }
            (Purpose::Permission(ip), Failure::Refused(code)) => self.refuse_peer(now, ip, code),
            (Purpose::Channel(number, peer), Failure::Refused(code)) => {
                self.refuse_channel(now, number, peer, code);
            }
            (_, failure) => self.give_up(failure),
        }
    }

    /// 401 and 438. The request is asked anew where that can help, three times at most.
    fn on_challenge(
        &mut self,
        now: Instant,
        request: Request,
        message: &Message<'_>,
        code: ErrorCode,
    ) {
        let previous = self.challenge.as_ref();
        let challenge = Challenge::read(message, &self.config.credentials, previous);
        let challenge = match challenge {
            Ok(challenge) => challenge,
            Err(ChallengeError::BidDown) => {
                return self.fail(now, request.purpose, Failure::BidDown);
            }
            Err(ChallengeError::Malformed) => {
                return self.fail(now, request.purpose, Failure::Malformed);
            }
        };
        let is_stale = code == ErrorCode::STALE_NONCE;
        if request.challenge.is_some() && !is_stale {
            let has_new_realm = previous.is_some_and(|old| !challenge.has_realm_of(old));
            // On another path the server may not know the nonce at all.
            let is_first_move = request.purpose == Purpose::Move && request.attempt == 0;
            if !has_new_realm && !is_first_move {
                return self.fail(now, request.purpose, Failure::WrongCredentials);
            }
        }
        // The server's word that the nonce is stale is not authenticated: a goodbye is said twice.
        let most = if request.purpose == Purpose::Release { 1 } else { MAX_ATTEMPTS };
        if request.attempt >= most {
            return self.fail(now, request.purpose, Failure::Refused(code));
        }
        // Many requests may have gone out with the nonce that has just become stale.
        if request.challenge == previous.map(Challenge::number) && is_stale {
            self.stale_in_a_row += 1;
            if self.stale_in_a_row > MAX_STALE_IN_A_ROW {
                return self.give_up(Failure::Refused(code));
            }
        }
        self.challenge = Some(challenge);
        self.issue(now, request.purpose, request.attempt + 1);
    }

    fn on_refusal(
        &mut self,
        now: Instant,
        request: &Request,
        code: ErrorCode,
        message: &Message<'_>,
    ) {
        let failure = match (request.purpose, code) {
            (Purpose::Allocate, ErrorCode::TRY_ALTERNATE) => self.redirection(message),
            (Purpose::Allocate, ErrorCode::ALLOCATION_MISMATCH)
                if self.config.ends_remainder && !self.has_cleared =>
            {
                self.has_cleared = true;
                return self.issue(now, Purpose::Clear, 0);
            }
            (Purpose::Allocate, ErrorCode::ALLOCATION_MISMATCH) if !self.has_waited => {
                self.has_waited = true;
                return self.deadlines.set(Timer::Allocate, Some(now + LINGERING));
            }
            (Purpose::Allocate, ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED)
                if self.families == Families::Both =>
            {
                self.families = Families::V4;
                return self.issue(now, Purpose::Allocate, 0);
            }
            (Purpose::Allocate, ErrorCode::MOBILITY_FORBIDDEN) if self.wants_ticket => {
                self.wants_ticket = false;
                return self.issue(now, Purpose::Allocate, 0);
            }
            // There was nothing to end any more.
            (Purpose::Clear, ErrorCode::ALLOCATION_MISMATCH) => return self.allocate_anew(now),
            // What is there belongs to somebody else.
            (Purpose::Clear, ErrorCode::WRONG_CREDENTIALS)
            | (_, ErrorCode::ALLOCATION_MISMATCH) => Failure::Mismatch,
            (_, code) => Failure::Refused(code),
        };
        self.fail(now, request.purpose, failure);
    }

    fn on_success(&mut self, now: Instant, request: &Request, message: &Message<'_>) {
        match request.purpose {
            Purpose::Allocate => self.on_allocated(now, request, message),
            Purpose::Clear => self.allocate_anew(now),
            Purpose::Release => self.end(Event::Released),
            Purpose::Refresh | Purpose::Move => self.on_refreshed(now, request, message),
            Purpose::Permission(ip) => self.on_permission(request.first_sent_at, ip),
            Purpose::Channel(number, peer) => {
                self.on_channel(request.first_sent_at, number, peer);
            }
        }
    }

    fn on_allocated(&mut self, now: Instant, request: &Request, message: &Message<'_>) {
        let relayed = |family| {
            message.xor_relayed_addresses().find(|address| {
                AddressFamily::of(*address) == family
                    && self.families.includes(family)
                    && is_possible(*address)
            })
        };
        let (relayed_v4, relayed_v6) = (relayed(AddressFamily::V4), relayed(AddressFamily::V6));
        let lifetime = message.lifetime().ok().flatten().filter(|lifetime| !lifetime.is_zero());
        let mapped = message.xor_mapped_address().ok().flatten().filter(|at| is_possible(*at));
        let refused = message.address_error_code().ok().flatten();
        let (Some(lifetime), Some(mapped)) = (lifetime, mapped) else {
            return self.fail(now, Purpose::Allocate, Failure::Malformed);
        };
        if relayed_v4.is_none() && relayed_v6.is_none() {
            return self.fail(now, Purpose::Allocate, Failure::Malformed);
        }
        let refused = refused.map(|refused| refused.code);
        let allocated = Allocated { relayed_v4, relayed_v6, mapped, lifetime, refused };
        let ticket = ticket(message).filter(|_| self.wants_ticket);
        let expires_at = request.first_sent_at + lifetime;
        self.allocation = Some(Allocation { allocated, expires_at, ticket });
        self.phase = Phase::Allocated;
        if self.is_unwanted {
            self.release(now);
        } else {
            self.watch_over(request.first_sent_at, lifetime);
            self.tell(Event::Allocated(allocated));
        }
    }

    fn on_refreshed(&mut self, now: Instant, request: &Request, message: &Message<'_>) {
        let lifetime = message.lifetime().ok().flatten().filter(|lifetime| !lifetime.is_zero());
        let (Some(lifetime), Some(allocation)) = (lifetime, self.allocation.as_mut()) else {
            return self.fail(now, request.purpose, Failure::Malformed);
        };
        allocation.allocated.lifetime = lifetime;
        allocation.expires_at = request.first_sent_at + lifetime;
        if request.purpose == Purpose::Move {
            // The ticket was good for one move.
            allocation.ticket = ticket(message);
            if let Some(path) = self.moving.take() {
                self.on_moved(now, path);
            }
        } else if let Some(ticket) = ticket(message).filter(|_| self.wants_ticket) {
            allocation.ticket = Some(ticket);
        }
        self.forget_requests(|request| request.purpose == Purpose::Refresh);
        self.watch_over(request.first_sent_at, lifetime);
    }

    fn on_moved(&mut self, now: Instant, path: FiveTuple) {
        self.path = path;
        self.is_cut = false;
        self.last_sent_at = now;
        // What went out on the old path is asked anew on this one.
        let purposes: Vec<_> = self.requests.values().map(|request| request.purpose).collect();
        self.forget_requests(|_| true);
        for purpose in purposes {
            self.issue(now, purpose, 0);
        }
        self.tell(Event::Moved);
    }

    /// Sets when the allocation is refreshed and when it is given up.
    fn watch_over(&mut self, since: Instant, lifetime: Duration) {
        let refresh_after = (lifetime / 3 * 2).min(MAX_REFRESH_INTERVAL);
        self.deadlines.set(Timer::Refresh, Some(since + refresh_after));
        self.deadlines.set(Timer::Expiry, Some(since + lifetime));
    }

    fn on_permission(&mut self, since: Instant, ip: IpAddr) {
        if let Some(permission) = self.permissions.get_mut(&ip) {
            *permission = Permission { is_used: permission.is_used, ..Permission::asked() };
            permission.is_asked = false;
            permission.granted_until = Some(since + permission::LIFETIME);
            self.deadlines.set(Timer::Permission(ip), Some(since + permission::RENEWAL));
            self.let_go(ip);
        }
    }

    fn on_channel(&mut self, since: Instant, number: ChannelNumber, peer: SocketAddr) {
        let Some(channel) = self.channels.of_peer(peer) else { return };
        channel.is_asked = false;
        channel.bound_until = Some(since + channel::LIFETIME);
        channel.permitted_until = Some(since + permission::LIFETIME);
        // The permission of the channel ends first, so that is what sets the pace.
        self.deadlines.set(Timer::Channel(number), Some(since + permission::RENEWAL));
        if let Some(permission) = self.permissions.get_mut(&peer.ip()) {
            permission.granted_until =
                permission.granted_until.max(Some(since + permission::LIFETIME));
            permission.refused_until = None;
            if !permission.is_asked {
                let at = since + permission::RENEWAL;
                self.deadlines.set(Timer::Permission(peer.ip()), Some(at));
            }
        }
        self.let_go(peer.ip());
    }

    /// What waited for a permission may go.
    fn let_go(&mut self, ip: IpAddr) {
        for peer in self.held.keys().filter(|peer| peer.ip() == ip) {
            if !self.ready.contains(peer) {
                self.ready.push_back(*peer);
            }
        }
    }

    fn refuse_peer(&mut self, now: Instant, ip: IpAddr, code: ErrorCode) {
        let until = now + permission::REFUSAL;
        if let Some(permission) = self.permissions.get_mut(&ip) {
            permission.is_asked = false;
            permission.granted_until = None;
            permission.refused_until = Some(until);
            self.deadlines.set(Timer::Permission(ip), Some(until));
            self.held.retain(|peer, _| peer.ip() != ip);
            self.tell(Event::PeerRefused { peer: ip, code });
        }
    }

    /// Without a channel Send indications do, unless it is the peer that is refused.
    fn refuse_channel(
        &mut self,
        now: Instant,
        number: ChannelNumber,
        peer: SocketAddr,
        code: ErrorCode,
    ) {
        if let Some(channel) = self.channels.of_peer(peer) {
            channel.is_asked = false;
            channel.is_refused = true;
            // The server may have bound it all the same, or have it still from before.
            channel.bound_until = channel.bound_until.max(Some(now));
            self.deadlines.set(Timer::Channel(number), Some(now + channel::REST));
        }
        if code == ErrorCode::FORBIDDEN {
            self.refuse_peer(now, peer.ip(), code);
        }
    }

    fn redirection(&self, message: &Message<'_>) -> Failure {
        let refused = Failure::Refused(ErrorCode::TRY_ALTERNATE);
        let Ok(Some(server)) = message.alternate_server() else { return refused };
        let Ok(domain) = message.alternate_domain() else { return refused };
        let visited = &self.config.visited;
        let is_new = server != self.path.remote && !visited.contains(&server);
        let is_alike = server.is_ipv4() == self.path.remote.is_ipv4();
        if is_new && is_alike && visited.len() < MAX_HOPS && is_possible(server) {
            Failure::Redirected { server, domain: domain.map(Box::from) }
        } else {
            refused
        }
    }
}

/// A ticket that can be kept and sent back.
fn ticket(message: &Message<'_>) -> Option<Box<[u8]>> {
    let ticket = message.mobility_ticket()?;
    (1..=MAX_TICKET).contains(&ticket.len()).then(|| ticket.into())
}

/// How long a path is left alone that the server says has an allocation: coturn keeps one for up to
/// 1.5 s after its release.
const LINGERING: Duration = Duration::from_millis(1500);
/// The longest ticket that is kept.
const MAX_TICKET: usize = 1024;
/// However long the server lets an allocation last, it is refreshed once in this time: the longest
/// that a server should give (RFC 8656, section 7.2).
const MAX_REFRESH_INTERVAL: Duration = Duration::from_secs(3600);
