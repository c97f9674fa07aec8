//! The gatherer, its commands and its getters.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use rand_core::CryptoRng;
use rtc_core::{FiveTuple, Instant, Protocol, Transmit};

use super::config::{GatherPolicy, GathererConfig};
use super::error::{AddLocalError, GatherError};
use super::event::{GatherEvent, Inbound};
use super::found::Found;
use super::local::{LocalAddress, Locals};
use super::lookup::Lookups;
use super::preference::Rank;
use super::request::{ConnectionId, GatherRequest, QueryId};
use super::server::Server;
use super::services::Services;
use crate::agent::Candidate;

/// Finds the local candidates of a connection: from the addresses that its owner names host
/// candidates, from STUN servers server-reflexive ones, from TURN servers relayed ones; and carries
/// what is sent to and from the relayed ones.
///
/// One gatherer serves all agents of a connection: they share its sockets and its relays.
///
/// Its methods are of the agent's four kinds: getters; what comes in
/// ([`handle_datagram`](Self::handle_datagram), [`handle_timeout`](Self::handle_timeout), the
/// answers to requests); commands; and what goes out
/// ([`poll_transmit`](Self::poll_transmit), [`poll_request`](Self::poll_request),
/// [`poll_data`](Self::poll_data), [`poll_event`](Self::poll_event),
/// [`poll_timeout`](Self::poll_timeout)), to be drained after any number of the others.
///
/// The moments handed in should not go back; one that does counts as the latest before it.
#[derive(Debug)]
pub struct Gatherer {
    pub(super) config: GathererConfig,
    pub(super) now: Instant,
    /// What the next gathering asks.
    named: Vec<Server>,
    /// What the latest gathering asked.
    pub(super) services: Services,
    pub(super) locals: Locals,
    pub(super) lookups: Lookups,
    pub(super) found: Found,
    pub(super) requests: VecDeque<GatherRequest>,
    policy: GatherPolicy,
    has_begun: bool,
    is_complete: bool,
    is_released: bool,
}

impl Gatherer {
    /// A gatherer that knows no addresses and no servers.
    ///
    /// `rng` is drawn from for a secret from which transaction ids are derived; 32 bytes.
    pub fn new(config: GathererConfig, now: Instant, _rng: &mut dyn CryptoRng) -> Self {
        let config = config.sanitized();
        Self {
            now,
            named: Vec::new(),
            services: Services::default(),
            locals: Locals::default(),
            lookups: Lookups::default(),
            found: Found::default(),
            requests: VecDeque::new(),
            policy: config.policy,
            has_begun: false,
            is_complete: false,
            is_released: false,
            config,
        }
    }

    /// Names the servers, in the order of preference. They are asked at the next
    /// [`gather`](Self::gather).
    pub fn set_servers(&mut self, servers: Vec<Server>) {
        self.named = servers;
    }

    /// Says which candidates are wanted, from the next [`gather`](Self::gather) on.
    pub fn set_policy(&mut self, policy: GatherPolicy) {
        self.config.policy = policy;
    }

    /// Names an address that a socket is bound to, earlier ones being preferred among equals. If
    /// gathering has begun, it goes on with this address at once.
    ///
    /// The same address once more changes nothing.
    ///
    /// # Errors
    ///
    /// If others could not send to it, or there are too many; see [`AddLocalError`].
    pub fn add_local(&mut self, now: Instant, local: LocalAddress) -> Result<(), AddLocalError> {
        self.advance(now);
        if self.is_released {
            return Err(AddLocalError::Released);
        }
        if !local.is_possible() {
            return Err(AddLocalError::Address);
        }
        if self.locals.find(local.protocol, local.address).is_some() {
            return Ok(());
        }
        let limit = self.config.max_locals;
        if self.locals.len() >= limit {
            return Err(AddLocalError::Full { limit });
        }
        let rank = self.locals.push(local);
        if self.has_begun {
            self.is_complete = false;
            self.found.end(false);
            self.add_hosts(&local, rank);
            self.update();
        }
        Ok(())
    }

    /// Says that an address is gone, and with it all candidates that were sent from there.
    pub fn remove_local(&mut self, now: Instant, protocol: Protocol, address: SocketAddr) {
        self.advance(now);
        let Some(local) = self.locals.remove(protocol, address) else { return };
        self.found.lose(protocol, local.address);
        let ip = local.address.ip();
        if protocol == Protocol::Udp && self.locals.first_udp(ip).is_none() {
            self.found.lose(Protocol::Tcp, SocketAddr::new(ip, DISCARD_PORT));
        }
        self.update();
    }

    /// Begins to gather, or begins anew: candidates that are known and still wanted are given
    /// again, servers that have failed are asked again, and those that are no longer named are
    /// dropped.
    pub fn gather(&mut self, now: Instant) {
        self.advance(now);
        if self.is_released {
            return;
        }
        self.has_begun = true;
        self.is_complete = false;
        self.policy = self.config.policy;
        self.services.replace(&self.named, self.config.max_servers);
        self.found.clear();
        let locals: Vec<(LocalAddress, Rank)> =
            self.locals.iter().map(|(local, rank)| (*local, rank)).collect();
        for (local, rank) in &locals {
            self.add_hosts(local, *rank);
        }
        self.update();
    }

    /// All candidates so far, the host candidates first.
    pub fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.found.iter()
    }

    /// Whether gathering has begun and everybody has answered or failed.
    pub const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Whether what comes on this path is from a server that is spoken to. Logarithmic in their
    /// number.
    pub fn owns(&self, _path: &FiveTuple) -> bool {
        false
    }

    /// Whether a local address is that of a relay, so that what is sent from it has to go through
    /// [`wrap`](Self::wrap). Logarithmic in the number of relays.
    pub fn is_relayed(&self, _local: SocketAddr) -> bool {
        false
    }

    /// How many bytes [`wrap`](Self::wrap) may add to what is sent from a local address: 0 if it is
    /// no relay's.
    pub fn overhead(&self, _local: SocketAddr) -> usize {
        0
    }

    /// Takes a datagram, or a piece of a stream.
    ///
    /// # Errors
    ///
    /// If it came from a server and had no effect.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        _path: FiveTuple,
        _datagram: &[u8],
    ) -> Result<Inbound, GatherError> {
        self.advance(now);
        Ok(Inbound::NotMine)
    }

    /// Makes of the datagram that stands in `out` from `start` on, to be sent on `path` from a
    /// relayed address, what is to be sent to the relay, and tells on which path. `None`: it is not
    /// to be sent, and `out` ends at `start`.
    pub fn wrap(
        &mut self,
        now: Instant,
        _path: FiveTuple,
        out: &mut Vec<u8>,
        start: usize,
    ) -> Option<FiveTuple> {
        self.advance(now);
        out.truncate(start);
        None
    }

    /// Takes the addresses of a name, none if it has none.
    pub fn handle_resolved(&mut self, now: Instant, query: QueryId, addresses: &[IpAddr]) {
        self.advance(now);
        let limit = self.config.max_addresses;
        if self.lookups.answer(query, addresses, limit) {
            self.update();
        }
    }

    /// Takes a connection that was asked for; `local` is what it was bound to.
    pub fn handle_connected(
        &mut self,
        now: Instant,
        _connection: ConnectionId,
        _local: SocketAddr,
    ) {
        self.advance(now);
    }

    /// Says that a connection that was asked for could not be opened.
    pub fn handle_connect_failed(&mut self, now: Instant, _connection: ConnectionId) {
        self.advance(now);
    }

    /// Says that a connection has ended.
    pub fn handle_disconnected(&mut self, now: Instant, _path: &FiveTuple) {
        self.advance(now);
    }

    /// Says that the time that [`poll_timeout`](Self::poll_timeout) told has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        if self.lookups.expire(self.now) {
            self.update();
        }
    }

    /// The next datagram to a server, appended to `out`.
    #[must_use]
    pub fn poll_transmit(&mut self, now: Instant, _out: &mut Vec<u8>) -> Option<Transmit> {
        self.advance(now);
        None
    }

    /// The next datagram that came through a relay that is reached by a stream, appended to `out`;
    /// the path is that from the peer to the relayed address.
    #[must_use]
    pub fn poll_data(&mut self, _out: &mut Vec<u8>) -> Option<FiveTuple> {
        None
    }

    /// The next errand.
    #[must_use]
    pub fn poll_request(&mut self) -> Option<GatherRequest> {
        self.requests.pop_front()
    }

    /// The next thing that the gatherer has to tell.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<GatherEvent> {
        self.found.poll()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.lookups.next_expiry()
    }

    /// Whether server-reflexive candidates are kept alive in the translators. Off, nothing is sent
    /// for them: the agents' checks keep alive what is in use. At first it is on.
    pub fn set_keepalive(&mut self, _now: Instant, _is_on: bool) {}

    /// Gives all allocations back and stops for good: each relay is told once.
    pub fn release(&mut self, now: Instant) {
        self.advance(now);
        self.is_released = true;
    }

    // --- What the other files of this room use ---

    /// Moves the time on, never back.
    pub(super) fn advance(&mut self, now: Instant) -> Instant {
        self.now = self.now.max(now);
        self.now
    }

    fn add_hosts(&mut self, local: &LocalAddress, rank: Rank) {
        if self.policy == GatherPolicy::Relay {
            return;
        }
        let advertised = local.advertised.unwrap_or(local.address);
        if local.protocol == Protocol::Udp {
            let mut candidate = Candidate::host(advertised, rank.host());
            candidate.base = local.address;
            self.found.add(candidate);
        }
    }

    /// Looks whether everybody has answered or failed.
    fn update(&mut self) {
        if self.has_begun && !self.is_complete && !self.lookups.is_pending() {
            self.is_complete = true;
            self.found.end(true);
        }
    }
}

/// What an active TCP candidate has for a port (RFC 6544, section 4.5).
pub(super) const DISCARD_PORT: u16 = 9;
