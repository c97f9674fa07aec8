//! The client, its commands and its getters.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use rand_core::CryptoRng;
use rtc_core::{FiveTuple, Instant};

use super::challenge::Challenge;
use super::channel::Channels;
use super::channel_data::ChannelNumber;
use super::config::{Config, Families};
use super::deadlines::{Deadlines, Timer};
use super::error::{Failure, MoveError};
use super::event::{Allocated, Event};
use super::permission::Permission;
use super::request::{Purpose, Request};
use crate::draw::Draws;
use crate::framing::{Deframer, Framing};
use crate::retransmission::{Patience, Retransmission};
use crate::stun::TransactionId;

/// One allocation on one TURN server over one path (RFC 8656).
///
/// It asks for the allocation at once, keeps it until [`release`](Self::release), and makes
/// permissions and channels for whoever is sent to with [`wrap`](Self::wrap). What becomes of it is
/// told by [`Event`]s; [`Event::Failed`], [`Event::Lost`] and [`Event::Released`] end it.
///
/// Over TCP and TLS the connection is up when the client is made, and pieces of the stream are
/// handed in and out as they are; what the stream is secured by is not known here.
///
/// A path can have one allocation: if the server says that it has one already (437), the client asks
/// once more after 1.5 s, for servers keep a path that long after a release; with
/// [`Config::ends_remainder`] it first ends what is there. Then it fails with [`Failure::Mismatch`].
///
/// What is bounded: permissions and channels by [`Config::max_peers`], requests by those, one
/// datagram of at most 1280 bytes per peer waits for its permission, one message of the stream that
/// has not come whole waits for its rest, 128 events wait of which the refusals of peers are lost
/// after 64.
#[derive(Debug)]
pub struct Client {
    pub(super) config: Config,
    pub(super) path: FiveTuple,
    /// Where the allocation is being moved to.
    pub(super) moving: Option<FiveTuple>,
    /// The connection of `path` has ended while the allocation is being moved.
    pub(super) is_cut: bool,
    pub(super) phase: Phase,
    /// What is asked for: less than configured after the server has refused more.
    pub(super) families: Families,
    pub(super) wants_ticket: bool,
    /// An Allocate was refused for what was there, and that was ended.
    pub(super) has_cleared: bool,
    /// An Allocate was refused for what was there, and that was given time to go.
    pub(super) has_waited: bool,
    /// It was released before the server had answered.
    pub(super) is_unwanted: bool,
    pub(super) allocation: Option<Allocation>,
    pub(super) challenge: Option<Challenge>,
    pub(super) stale_in_a_row: u8,
    pub(super) requests: BTreeMap<TransactionId, Request>,
    /// Requests that are to be sent now.
    pub(super) due: VecDeque<TransactionId>,
    pub(super) permissions: BTreeMap<IpAddr, Permission>,
    pub(super) channels: Channels,
    /// The last datagram to each peer whose permission is being made.
    pub(super) held: BTreeMap<SocketAddr, Vec<u8>>,
    /// The peers of `held` that have got their permission.
    pub(super) ready: VecDeque<SocketAddr>,
    pub(super) deadlines: Deadlines,
    pub(super) deframer: Deframer,
    /// The same for the path that the allocation is being moved to.
    pub(super) moving_deframer: Deframer,
    pub(super) events: VecDeque<Event>,
    pub(super) draws: Draws,
    pub(super) last_sent_at: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Allocating,
    Allocated,
    Releasing,
    Over,
}

/// What the server gave and when it ends.
#[derive(Debug)]
pub(super) struct Allocation {
    pub(super) allocated: Allocated,
    pub(super) expires_at: Instant,
    pub(super) ticket: Option<Box<[u8]>>,
}

impl Client {
    /// A client that asks the server at `path.remote` for an allocation at once.
    pub fn new(config: Config, path: FiveTuple, now: Instant, rng: &mut dyn CryptoRng) -> Self {
        let mut draws = Draws::new(rng);
        let [high, low] = draws.bytes();
        let first = ChannelNumber::FIRST.number() | (u16::from_be_bytes([high, low]) & 0x0fff);
        let mut client = Self {
            families: config.families,
            wants_ticket: config.mobility,
            config,
            path,
            moving: None,
            is_cut: false,
            phase: Phase::Allocating,
            has_cleared: false,
            has_waited: false,
            is_unwanted: false,
            allocation: None,
            challenge: None,
            stale_in_a_row: 0,
            requests: BTreeMap::new(),
            due: VecDeque::new(),
            permissions: BTreeMap::new(),
            channels: Channels::new(ChannelNumber::new(first).unwrap_or(ChannelNumber::FIRST)),
            held: BTreeMap::new(),
            ready: VecDeque::new(),
            deadlines: Deadlines::default(),
            deframer: Deframer::new(Framing::Turn, MAX_FRAME),
            moving_deframer: Deframer::new(Framing::Turn, MAX_FRAME),
            events: VecDeque::new(),
            draws,
            last_sent_at: now,
        };
        client.issue(now, Purpose::Allocate, 0);
        client
    }

    /// The path to the server.
    pub const fn path(&self) -> FiveTuple {
        self.path
    }

    /// Whether datagrams on this path are for this client: its path, or the one that the allocation
    /// is being moved to.
    pub fn owns(&self, path: &FiveTuple) -> bool {
        *path == self.path || Some(*path) == self.moving
    }

    /// What the server gave; `None` before and after.
    pub fn allocated(&self) -> Option<&Allocated> {
        self.allocation.as_ref().map(|allocation| &allocation.allocated)
    }

    /// Whether it has ended: it sends nothing any more.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// Whether the allocation can be moved to another path.
    pub fn is_mobile(&self) -> bool {
        self.allocation.as_ref().is_some_and(|allocation| allocation.ticket.is_some())
    }

    /// What it was made with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Asks for a permission for a peer before anything is sent to it.
    pub fn permit(&mut self, now: Instant, peer: SocketAddr) {
        let peer = plain(peer);
        if self.relays_to(peer) {
            self.permission_of(now, peer.ip());
        }
    }

    /// Moves the allocation to another path to the same server (RFC 8016): the host has changed its
    /// address. Data goes over the old path until [`Event::Moved`]; peers notice nothing.
    ///
    /// Over TCP the new connection is up. A move that is under way is given up for this one.
    ///
    /// # Errors
    ///
    /// If there is no allocation, or the server has given no ticket.
    pub fn move_to(&mut self, now: Instant, path: FiveTuple) -> Result<(), MoveError> {
        if self.phase != Phase::Allocated {
            return Err(MoveError::NotAllocated);
        }
        if path == self.path {
            return Err(MoveError::SamePath);
        }
        if !self.is_mobile() {
            return Err(MoveError::NoTicket);
        }
        self.forget_requests(|request| request.purpose == Purpose::Move);
        self.moving = Some(path);
        self.moving_deframer = Deframer::new(Framing::Turn, MAX_FRAME);
        self.issue(now, Purpose::Move, 0);
        Ok(())
    }

    /// Refreshes the allocation now, for whoever has reason to doubt that it is still there or that
    /// the way to the server is still that of before: [`Event::Lost`] tells if it is not.
    pub fn refresh(&mut self, now: Instant) {
        if self.phase == Phase::Allocated && self.moving.is_none() && !self.is_refreshing() {
            self.issue(now, Purpose::Refresh, 0);
        }
    }

    /// Whether a refresh awaits its answer.
    pub fn is_refreshing(&self) -> bool {
        self.requests.values().any(|request| request.purpose == Purpose::Refresh)
    }

    /// Gives the allocation back: one Refresh with a lifetime of 0. It is repeated only if the server
    /// says that its nonce is stale, once, with the new one.
    pub fn release(&mut self, now: Instant) {
        match self.phase {
            Phase::Allocating => {
                if self.requests.values().all(|request| request.timer.is_new()) {
                    self.end(Event::Released);
                } else {
                    self.is_unwanted = true;
                }
            }
            Phase::Allocated => {
                self.stop();
                self.phase = Phase::Releasing;
                self.issue(now, Purpose::Release, 0);
            }
            Phase::Releasing | Phase::Over => {}
        }
    }

    /// Says that the connection of this path has ended, or that its interface has gone.
    pub fn handle_disconnected(&mut self, now: Instant, path: FiveTuple) {
        if Some(path) == self.moving {
            self.forget_requests(|request| request.purpose == Purpose::Move);
            self.fail(now, Purpose::Move, Failure::Disconnected);
        } else if path == self.path {
            match self.phase {
                Phase::Allocating => self.end(Event::Failed(Failure::Disconnected)),
                Phase::Allocated if self.moving.is_some() => self.is_cut = true,
                Phase::Allocated => self.end(Event::Lost(Failure::Disconnected)),
                Phase::Releasing => self.end(Event::Released),
                Phase::Over => {}
            }
        }
    }

    /// The next event.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) and [`poll_transmit`](Self::poll_transmit)
    /// want to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let first_due = self.due.front().and_then(|id| self.requests.get(id));
        Instant::earliest([
            first_due.map(|request| request.timer.due_at()),
            self.deadlines.next(),
            self.keepalive_at(),
        ])
    }

    /// Makes a request, to be sent when it is polled.
    pub(super) fn issue(&mut self, now: Instant, purpose: Purpose, attempt: u8) {
        let patience = match purpose {
            Purpose::Release => Patience::new(self.config.rto, 1, RELEASE_WAIT),
            _ => {
                let Config { rto, max_transmissions, final_wait, .. } = self.config;
                Patience::new(rto, max_transmissions, final_wait)
            }
        };
        let path = match purpose {
            Purpose::Move => self.moving.unwrap_or(self.path),
            _ => self.path,
        };
        let request = Request {
            purpose,
            path,
            timer: Retransmission::new(now, patience, path.protocol),
            bytes: Vec::new(),
            first_sent_at: now,
            challenge: None,
            attempt,
            was_violated: false,
        };
        let id = TransactionId(self.draws.bytes());
        self.requests.insert(id, request);
        self.due.push_back(id);
    }

    /// Asks for an allocation as at first: servers refuse a path that has one with an error that
    /// counts only if the request carried no credentials, as it is not authenticated.
    pub(super) fn allocate_anew(&mut self, now: Instant) {
        self.challenge = None;
        self.issue(now, Purpose::Allocate, 0);
    }

    /// Takes a request out.
    pub(super) fn take_request(&mut self, id: TransactionId) -> Option<Request> {
        self.deadlines.set(Timer::Request(id), None);
        let request = self.requests.remove(&id)?;
        self.due.retain(|due| *due != id);
        Some(request)
    }

    pub(super) fn forget_requests(&mut self, is_meant: impl Fn(&Request) -> bool) {
        let meant = self.requests.iter().filter(|(_, request)| is_meant(request));
        let ids: Vec<_> = meant.map(|(id, _)| *id).collect();
        for id in ids {
            self.take_request(id);
        }
    }

    /// Whether the allocation can reach a peer of this family.
    pub(super) fn relays_to(&self, peer: SocketAddr) -> bool {
        self.phase == Phase::Allocated
            && self.allocated().is_some_and(|allocated| allocated.relayed_for(peer).is_some())
    }

    /// Tells something that may be lost if nobody listens; refusals of peers first.
    pub(super) fn tell(&mut self, event: Event) {
        let limit = match event {
            Event::PeerRefused { .. } => MAX_EVENTS,
            _ => 2 * MAX_EVENTS,
        };
        if self.events.len() < limit {
            self.events.push_back(event);
        }
    }

    /// Ends for good.
    pub(super) fn end(&mut self, event: Event) {
        if self.phase != Phase::Over {
            self.stop();
            self.phase = Phase::Over;
            self.allocation = None;
            self.events.push_back(event);
        }
    }

    /// Forgets all that is under way.
    fn stop(&mut self) {
        self.requests.clear();
        self.due.clear();
        self.permissions.clear();
        self.channels.clear();
        self.held.clear();
        self.ready.clear();
        self.deadlines.clear();
        self.moving = None;
    }
}

/// A peer's address as a key: without what IPv6 adds to it, and IPv4 as IPv4.
pub(super) fn plain(peer: SocketAddr) -> SocketAddr {
    SocketAddr::new(peer.ip().to_canonical(), peer.port())
}

/// The longest message of the server: the largest datagram that ChannelData can carry. Less would
/// let a peer end the connection by sending more.
pub(super) const MAX_FRAME: usize = 4 + 65_535;
/// The most refusals of peers that wait, and the most other events beside them; the event that ends
/// the client always finds room.
const MAX_EVENTS: usize = 64;
/// How many RTOs the answer to a release is waited for, in case the nonce was stale.
const RELEASE_WAIT: u8 = 4;
