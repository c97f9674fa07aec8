//! The gatherer, its commands and its getters.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::net::SocketAddr;

use rand_core::CryptoRng;
use rtc_core::{FiveTuple, Instant, Protocol};

use super::config::{GatherPolicy, GathererConfig};
use super::error::AddLocalError;
use super::found::Found;
use super::generator::Generator;
use super::local::{LocalAddress, Locals};
use super::lookup::Lookups;
use super::preference::Rank;
use super::relays::RETIREMENT;
use super::request::{ConnectionId, GatherRequest};
use super::results::active;
use super::server::Server;
use super::services::Services;
use super::task::{Base, Stage, TaskId, Tasks};
use crate::agent::Candidate;
use crate::agent::address::{key, path_key};
use crate::stun::ErrorCode;
use crate::uri::Host;

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
/// [`poll_event`](Self::poll_event), [`poll_timeout`](Self::poll_timeout)), to be drained after any number of the others.
///
/// What is bounded: local addresses, servers, their addresses, tasks and allocations by the
/// [`GathererConfig`]; names by the servers; candidates, 512; errors that wait to be told, 256;
/// requests, by the tasks and 1024 connections that are to be closed; of each stream one message
/// that has not come whole; datagrams that wait for a permission, one of at most 1280 bytes for
/// each peer of each relay. What comes from anybody but a server changes nothing and leaves nothing
/// behind.
///
/// The moments handed in should not go back; one that does counts as the latest before it.
#[derive(Debug)]
pub struct Gatherer {
    pub(super) config: GathererConfig,
    pub(super) now: Instant,
    pub(super) generator: Generator,
    /// What the next gathering asks.
    named: Vec<Server>,
    /// What the latest gathering asks.
    pub(super) services: Services,
    /// What the latest gathering wants.
    pub(super) policy: GatherPolicy,
    pub(super) locals: Locals,
    pub(super) lookups: Lookups,
    pub(super) tasks: Tasks,
    /// Those that wait for their turn to begin.
    pub(super) starts: VecDeque<TaskId>,
    /// No transaction begins before this moment.
    pub(super) next_start_at: Instant,
    /// Those that may have something to send.
    pub(super) ready: BTreeSet<TaskId>,
    /// The paths to servers, and who speaks on them.
    pub(super) paths: BTreeMap<FiveTuple, Users>,
    /// The paths that had an allocation of ours: what a server has on them may be ended. At most
    /// 256.
    pub(super) relayed_paths: BTreeSet<FiveTuple>,
    /// The servers that have no room for us, until when, and what they have said; at most 64.
    pub(super) full: VecDeque<Full>,
    /// The relayed addresses.
    pub(super) relayed: BTreeMap<SocketAddr, TaskId>,
    /// The connections that are being opened.
    pub(super) connections: BTreeMap<ConnectionId, TaskId>,
    /// Those that are to be closed as soon as they are open.
    pub(super) abandoned: BTreeMap<ConnectionId, SocketAddr>,
    pub(super) next_connection: u64,
    pub(super) found: Found,
    pub(super) requests: VecDeque<GatherRequest>,
    pub(super) has_begun: bool,
    pub(super) is_complete: bool,
    pub(super) is_kept_alive: bool,
    is_released: bool,
}

/// A server that has refused an allocation because there were too many (486, 508).
#[derive(Debug, Clone, Copy)]
pub(super) struct Full {
    pub(super) server: SocketAddr,
    pub(super) until: Instant,
    pub(super) code: ErrorCode,
}

/// Who speaks on a path.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Users {
    pub(super) relay: Option<TaskId>,
    pub(super) probe: Option<TaskId>,
}

impl Gatherer {
    /// A gatherer that knows no addresses and no servers.
    ///
    /// `rng` is drawn from for a secret from which all that has to be unpredictable is derived; 32
    /// bytes.
    pub fn new(config: GathererConfig, now: Instant, rng: &mut dyn CryptoRng) -> Self {
        let config = config.sanitized();
        Self {
            now,
            generator: Generator::new(rng),
            named: Vec::new(),
            services: Services::default(),
            policy: config.policy,
            locals: Locals::default(),
            lookups: Lookups::default(),
            tasks: Tasks::default(),
            starts: VecDeque::new(),
            next_start_at: now,
            ready: BTreeSet::new(),
            paths: BTreeMap::new(),
            relayed_paths: BTreeSet::new(),
            full: VecDeque::new(),
            relayed: BTreeMap::new(),
            connections: BTreeMap::new(),
            abandoned: BTreeMap::new(),
            next_connection: 0,
            found: Found::default(),
            requests: VecDeque::new(),
            has_begun: false,
            is_complete: false,
            is_kept_alive: true,
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
        if let Some(impostor) = self.relayed.get(&key(local.address)).copied() {
            self.leave(impostor);
        }
        let rank = self.locals.push(local);
        if self.has_begun {
            self.resume();
            self.add_hosts(&local, rank);
            self.adopt_orphans(&local);
            self.plan();
            self.step();
        }
        Ok(())
    }

    /// Says that an address is gone, and with it all candidates that were sent from there.
    pub fn remove_local(&mut self, now: Instant, protocol: Protocol, address: SocketAddr) {
        self.advance(now);
        let Some(local) = self.locals.remove(protocol, address) else { return };
        self.found.lose(protocol, local.address);
        let ip = local.address.ip();
        if protocol == Protocol::Udp {
            self.drop_base(Base::Datagrams(local.address));
            if self.locals.first_udp(ip).is_none() {
                self.found.lose(Protocol::Tcp, active(ip));
            }
        }
        if !self.locals.has_ip(ip) {
            self.drop_base(Base::Stream(ip));
        }
        self.step();
    }

    /// Begins to gather, or begins anew: candidates that are known and still wanted are given
    /// again, and it is asked whether they are still ours; servers that have failed are asked again;
    /// those that are no longer named give no candidates, and their relays are kept only for as
    /// long as something goes through them. A server that is named with other credentials keeps its
    /// relay: they count from the next allocation on.
    pub fn gather(&mut self, now: Instant) {
        self.advance(now);
        if self.is_released {
            return;
        }
        self.has_begun = true;
        self.resume();
        self.policy = self.config.policy;
        let (named, limit, tasks) = (&self.named, self.config.max_servers, &self.tasks);
        self.services.replace(named, limit, |id| tasks.iter().any(|(_, task)| task.service == id));
        let services = &self.services;
        self.lookups.renew(|name| {
            let is_name = |host: &Host| matches!(host, Host::Name(own) if **own == *name);
            services.iter().any(|service| is_name(&service.uri.host))
        });
        self.renew_tasks();
        self.found.clear();
        let locals: Vec<(LocalAddress, Rank)> =
            self.locals.iter().map(|(local, rank)| (*local, rank)).collect();
        for (local, rank) in &locals {
            self.add_hosts(local, *rank);
        }
        for id in self.tasks.ids(|_| true) {
            self.add_candidates(id);
        }
        self.plan();
        self.step();
    }

    /// All candidates so far, the host candidates first.
    pub fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.found.iter()
    }

    /// Whether gathering has begun and everybody has answered or failed.
    pub const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Whether what comes on this path may be from a server that is spoken to. Logarithmic in their
    /// number.
    pub fn owns(&self, path: &FiveTuple) -> bool {
        !self.paths.is_empty() && self.paths.contains_key(&path_key(path))
    }

    /// Says that the time that [`poll_timeout`](Self::poll_timeout) told has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        self.step();
    }

    /// Whether server-reflexive candidates are kept alive in the translators by requests every
    /// [`GathererConfig::keepalive`]. Off, nothing is sent for them: the agents' checks keep alive
    /// what is in use. At first it is on.
    pub fn set_keepalive(&mut self, now: Instant, is_on: bool) {
        let now = self.advance(now);
        self.is_kept_alive = is_on;
        let keepalive = is_on.then_some(self.config.keepalive);
        for id in self.tasks.ids(|task| matches!(task.stage, Stage::Asking(..))) {
            if let Some(task) = self.tasks.get_mut(id)
                && let Stage::Asking(_, client) = &mut task.stage
            {
                client.set_keepalive(now, keepalive);
            }
            self.make_ready(id);
        }
        self.step();
    }

    /// Gives all allocations back and stops for good: each relay is told once. What there is to
    /// send for that comes by [`poll_transmit`](Self::poll_transmit) at once.
    pub fn release(&mut self, now: Instant) {
        self.advance(now);
        self.is_released = true;
        self.is_complete = true;
        self.found = Found::default();
        self.lookups = Lookups::default();
        self.starts.clear();
        for id in self.tasks.ids(|task| !matches!(task.stage, Stage::Leaving(..))) {
            self.leave(id);
        }
        self.found = Found::default();
        self.step();
    }

    // --- What the other files of this room use ---

    /// Moves the time on, never back.
    pub(super) fn advance(&mut self, now: Instant) -> Instant {
        self.now = self.now.max(now);
        self.now
    }

    /// Forgets the tasks that have come to nothing, which are to be tried again, and gives those
    /// up whose servers are no longer named: what they relay is kept for a while, for a restart
    /// keeps the old pair until there is a new one.
    fn renew_tasks(&mut self) {
        let leave_at = self.now + RETIREMENT;
        for id in self.tasks.ids(|_| true) {
            let Some(task) = self.tasks.get_mut(id) else { continue };
            let service = self.services.get(task.service).map(|(_, service)| service);
            if let Some(service) = service {
                let is_wanted = service.uri.is_turn() || self.policy == GatherPolicy::All;
                if !matches!(task.stage, Stage::Leaving(..)) {
                    task.leave_at = None;
                }
                if matches!(task.stage, Stage::Done | Stage::Resting(_)) || !is_wanted {
                    self.forget(id);
                } else if !task.is_pending() && !matches!(task.stage, Stage::Leaving(..)) {
                    task.is_doubted = true;
                    self.starts.push_back(id);
                }
            } else if task.allocated.is_some() {
                task.leave_at = task.leave_at.or(Some(leave_at));
            } else if !matches!(task.stage, Stage::Leaving(..)) {
                self.forget(id);
            }
            self.tasks.reschedule(id);
        }
    }
}

/// The code of an error that no server has answered with (W3C's RTCPeerConnectionIceErrorEvent).
pub(super) const UNREACHABLE: u16 = 701;
