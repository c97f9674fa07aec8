//! The router: finds the peer, calls it, and keeps the tables right.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::{Deref, DerefMut};

use bytes::BytesMut;
use rand_core::CryptoRng;
use rtc_core::{Ecn, FiveTuple, Instant, Protocol, Transmit};
use rtc_ice::PathStatus;
use rtc_ice::stun::{Class, Message, Method, TransactionId};

use super::deadlines::Deadlines;
use super::error::{InsertError, InsertRefusal, RouterError};
use super::event::{PeerId, RouterConfig, RouterEvent};
use super::fragments::Fragments;
use super::paths::{Claim, PathKey, Paths, Proof};
use super::peers::{Peer, Peers};
use super::ready::Ready;
use super::requests::{Asker, Requests};
use super::strangers::Strangers;
use super::unknown::UnknownRequests;
use crate::connection::PeerConnection;
use crate::request::Request;
use crate::state::SignalingState;

/// Many peer connections that share the driver's sockets.
///
/// Owns the peers and stands between them and the driver with the same verbs as one of them:
/// datagrams and time in; datagrams, events and a deadline out, each with the name of its peer.
/// After any number of inputs and commands drain the outputs in the order of
/// [`PeerConnection`]: datagrams until there are none, events and errands until there are none,
/// then ask for the deadline.
///
/// # Whose a datagram is
///
/// * A connectivity check is for the peer with the user name fragment that it names.
/// * An answer is for the peer that has asked, by the transaction id; so peers can ask one STUN
///   server from one socket.
/// * Anything else is for the peer that its five-tuple belongs to: the first that has authenticated
///   a check on it, or, with a better right, the first that had a check of its own answered on it,
///   which a forged address does not achieve. As long as that one has the path in use no other peer
///   gets anything through it: a check for another one is refused
///   ([`RouterError::PathTaken`]) before that one sees it.
///
/// * A TCP connection is for the peer that had it opened, or that its first datagram, which is a
///   check, names and proves itself to. Until that datagram is whole its bytes are held, as many
///   and as long as is good for a stranger.
///
/// A socket that peers share serves host candidates, addresses that a translator shows for it, and
/// the questions to STUN servers. To a TURN server a socket is one client: only the first peer that
/// asks one from there gets a relay from it.
///
/// All of it is found in constant time under a keyed hash. What nobody knows is refused without a
/// trace, but for checks with unknown fragments, of which a few are told
/// ([`RouterEvent::UnknownBindingRequest`]).
///
/// # What it costs
///
/// Only peers that were touched by a datagram, a deadline or [`peer_mut`](Self::peer_mut) are
/// looked at, in turn, one datagram or batch or event each, so that a busy one does not hold up the
/// others. Memory is bounded by the number of peers and the limits of [`RouterConfig`].
///
/// With the same inputs and a generator of the same seed it does the same, to the byte.
///
/// ```
/// use rtc_core::{FiveTuple, Instant, Protocol};
/// use rtc_peer::{
///     ChannelEvent, Configuration, DataChannelInit, Event, PeerConnection, Router, RouterConfig,
///     RouterEvent,
/// };
/// # use chacha20::ChaCha20Rng;
/// # use rand_core::SeedableRng;
/// # let mut rng = ChaCha20Rng::from_seed([1; 32]);
///
/// let mut now = Instant::from_secs(1);
/// let mut router = Router::new(RouterConfig::default(), now, &mut rng);
///
/// // Ten clients, each with an offer, and a peer for each of them.
/// let mut clients = Vec::new();
/// for port in 5000..5010 {
///     let mut client = PeerConnection::new(Configuration::default(), now, &mut rng)?;
///     client.add_local_address(now, ([192, 0, 2, 2], port).into(), Protocol::Udp)?;
///     let _chat = client.create_data_channel("chat", DataChannelInit::default())?;
///     client.set_local_description(now, None)?;
///
///     let mut peer = PeerConnection::new(Configuration::default(), now, &mut rng)?;
///     peer.add_local_address(now, ([192, 0, 2, 1], 4000).into(), Protocol::Udp)?;
///     peer.set_remote_description(now, client.local_description().unwrap())?;
///     peer.set_local_description(now, None)?;
///     client.set_remote_description(now, peer.local_description().unwrap())?;
///     let _id = router.insert(peer)?;
///     clients.push(client);
/// }
///
/// // The loop of a driver; here the network is a swap of addresses.
/// let (mut buffer, mut open) = (Vec::new(), 0);
/// while open < clients.len() {
///     for client in &mut clients {
///         while let Some(transmit) = client.poll_transmit(now, 1, &mut buffer) {
///             let path = FiveTuple::udp(transmit.path.remote, transmit.path.local);
///             let _refused = router.handle_datagram(now, path, transmit.ecn, buffer[..].into());
///         }
///     }
///     while let Some((_, transmit)) = router.poll_transmit(now, 1, &mut buffer) {
///         let path = FiveTuple::udp(transmit.path.remote, transmit.path.local);
///         let client = &mut clients[usize::from(path.local.port() - 5000)];
///         let _refused = client.handle_datagram(now, path, transmit.ecn, buffer[..].into());
///     }
///     while let Some(event) = router.poll_event() {
///         if let RouterEvent::Peer(id, Event::DataChannel(ChannelEvent::Open(channel))) = event {
///             let mut peer = router.peer_mut(id).expect("it has just spoken");
///             peer.channel(channel)?.send("welcome")?;
///             open += 1;
///         }
///     }
///     now += core::time::Duration::from_millis(1);
///     router.handle_timeout(now);
///     clients.iter_mut().for_each(|client| client.handle_timeout(now));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Router {
    config: RouterConfig,
    /// The latest moment that was handed in.
    now: Instant,
    pub(super) peers: Peers,
    pub(super) paths: Paths,
    fragments: Fragments,
    requests: Requests,
    pub(super) strangers: Strangers,
    deadlines: Deadlines,
    to_send: Ready,
    to_tell: Ready,
    pub(super) to_ask: Ready,
    unknown: UnknownRequests,
    pub(super) events: VecDeque<RouterEvent>,
    /// Errands of peers that are gone.
    pub(super) last_requests: VecDeque<(PeerId, Request)>,
}

/// Where a datagram goes.
struct Route {
    peer: u32,
    /// The request that it may be the answer to.
    answers: Option<TransactionId>,
    /// Whether the peer may know more of the path after it.
    is_proof: bool,
}

impl Router {
    /// A router without peers.
    ///
    /// `rng` is drawn from for the keys of the tables, 64 bytes in all; the peers have generators
    /// of their own.
    pub fn new(config: RouterConfig, now: Instant, rng: &mut dyn CryptoRng) -> Self {
        let (most, rate) = (config.max_unknown_requests, config.unknown_requests_per_second);
        Self {
            now,
            peers: Peers::default(),
            paths: Paths::new(rng),
            fragments: Fragments::new(rng),
            requests: Requests::new(rng),
            strangers: Strangers::new(config.max_held_streams, rng),
            deadlines: Deadlines::default(),
            to_send: Ready::default(),
            to_tell: Ready::default(),
            to_ask: Ready::default(),
            unknown: UnknownRequests::new(most, rate, now),
            events: VecDeque::new(),
            last_requests: VecDeque::new(),
            config,
        }
    }

    /// Adds a peer, in whatever state it is; best before anything is known to the other side.
    ///
    /// # Errors
    ///
    /// There are too many, or another peer has one of its user name fragments. The error has the
    /// peer.
    pub fn insert(&mut self, connection: PeerConnection) -> Result<PeerId, InsertError> {
        let refuse = |reason, connection| {
            Err(InsertError { reason, connection: alloc::boxed::Box::new(connection) })
        };
        if self.peers.len() >= self.config.max_peers.min(u32::MAX as usize - 1) {
            return refuse(InsertRefusal::Full, connection);
        }
        if connection.local_ufrags().any(|ufrag| self.fragments.get(ufrag).is_some()) {
            return refuse(InsertRefusal::UfragTaken, connection);
        }
        let id = self.peers.insert(connection);
        self.look_at(id.index);
        Ok(id)
    }

    /// Takes a peer out, as it is: not closed, and with everything that it still had to say. `None`
    /// if it is gone.
    pub fn remove(&mut self, id: PeerId) -> Option<PeerConnection> {
        let index = self.peers.index(id)?;
        self.release(index);
        self.deadlines.set(index, None);
        self.peers.remove(index).map(|peer| peer.connection)
    }

    /// A peer to look at; `None` if it is gone.
    pub fn peer(&self, id: PeerId) -> Option<&PeerConnection> {
        let index = self.peers.index(id)?;
        self.peers.get(index).map(|peer| &peer.connection)
    }

    /// A peer to use; `None` if it is gone. Whatever was done with it takes effect when the guard
    /// is dropped; drain the outputs then.
    ///
    /// To close it, call [`PeerConnection::close`]: its last datagrams are sent,
    /// [`RouterEvent::Gone`] follows.
    pub fn peer_mut(&mut self, id: PeerId) -> Option<PeerMut<'_>> {
        let index = self.peers.index(id)?;
        Some(PeerMut { router: self, index })
    }

    /// The names of all peers, by age of their number.
    pub fn peers(&self) -> impl Iterator<Item = PeerId> {
        self.peers.ids()
    }

    /// How many peers there are.
    pub fn len(&self) -> usize {
        self.peers.len()
    }

    /// Whether there are no peers.
    pub fn is_empty(&self) -> bool {
        self.peers.len() == 0
    }

    /// Takes a datagram that arrived on `path`, with the ECN mark of its IP header, to the peer
    /// that it is for; which that was.
    ///
    /// # Errors
    ///
    /// Why it was refused, by the router or by the peer. Most drivers ignore it.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        ecn: Option<Ecn>,
        datagram: BytesMut,
    ) -> Result<PeerId, RouterError> {
        let now = self.clock(now);
        if path.protocol == Protocol::Tcp {
            return self.handle_piece(now, path, datagram);
        }
        let key = PathKey::new(&path);
        let Route { peer: index, answers, is_proof } = self.route(now, &path, key, &datagram)?;
        let id = self.peers.id(index).ok_or(RouterError::UnknownPath)?;
        let peer = self.peers.get_mut(index).ok_or(RouterError::UnknownPath)?;
        let result = peer.connection.handle_datagram(now, path, ecn, datagram);
        if let Some(answered) = answers
            && result.is_ok()
        {
            self.requests.remove(&mut peer.requests, answered);
        }
        if is_proof {
            self.claim(index, &path, key);
        }
        self.touch(index);
        result.map(|()| id).map_err(|error| RouterError::Peer { peer: id, error })
    }

    /// Lets time pass for the peers whose deadlines have come.
    pub fn handle_timeout(&mut self, now: Instant) {
        let now = self.clock(now);
        while let Some(index) = self.deadlines.pop_due(now) {
            if let Some(peer) = self.peers.get_mut(index) {
                peer.connection.handle_timeout(now);
                self.look_at(index);
            }
        }
        self.give_up_strangers(now);
    }

    /// Writes what is to be sent next into `out`, which is replaced, as
    /// [`PeerConnection::poll_transmit`] does; and whose it is. Peers take turns.
    #[must_use]
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        max_datagrams: usize,
        out: &mut Vec<u8>,
    ) -> Option<(PeerId, Transmit)> {
        let now = self.clock(now);
        while let Some(index) = self.to_send.pop() {
            let Some(id) = self.peers.id(index) else { continue };
            let Some(peer) = self.peers.get_mut(index) else { continue };
            if let Some(transmit) = peer.connection.poll_transmit(now, max_datagrams, out) {
                if transmit.path.protocol == Protocol::Udp
                    && let Some((request, is_check)) = request_in(out)
                {
                    let asker = Asker { peer: index, is_check };
                    self.requests.insert(&mut peer.requests, request, asker, now);
                }
                self.to_send.push(index);
                return Some((id, transmit));
            }
            if is_closed(&peer.connection) && peer.connection.poll_timeout().is_none() {
                while let Some(request) = peer.connection.poll_request() {
                    self.last_requests.push_back((id, request));
                }
                // What it has asked while it said goodbye.
                self.release(index);
                self.deadlines.set(index, None);
                self.peers.remove(index);
                self.events.push_back(RouterEvent::Gone(id));
            } else {
                self.settle(index);
            }
        }
        out.clear();
        None
    }

    /// The next event. Peers take turns.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<RouterEvent> {
        if let Some(event) = self.events.pop_front() {
            return Some(event);
        }
        if let Some(request) = self.unknown.pop() {
            return Some(RouterEvent::UnknownBindingRequest {
                path: request.path,
                local_ufrag: request.local_ufrag,
                remote_ufrag: request.remote_ufrag,
            });
        }
        while let Some(index) = self.to_tell.pop() {
            let Some(id) = self.peers.id(index) else { continue };
            let Some(peer) = self.peers.get_mut(index) else { continue };
            if let Some(event) = peer.connection.poll_event() {
                self.to_tell.push(index);
                return Some(RouterEvent::Peer(id, event));
            }
            self.settle(index);
        }
        None
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, if nothing else happens
    /// first; `None` if never. After all outputs have been drained it is in the future.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        Instant::earliest([self.deadlines.first(), self.strangers.poll_timeout()])
    }

    /// Finds the peer that a datagram is for. Changes nothing but what is told of unknown checks.
    fn route(
        &mut self,
        now: Instant,
        path: &FiveTuple,
        key: PathKey,
        datagram: &[u8],
    ) -> Result<Route, RouterError> {
        let first = datagram.first().ok_or(RouterError::Malformed)?;
        if *first > LAST_OF_STUN {
            let claim = self.paths.get(key).ok_or(RouterError::UnknownPath)?;
            return Ok(Route { peer: claim.peer, answers: None, is_proof: false });
        }
        let message = Message::decode(datagram).map_err(|_| RouterError::Malformed)?;
        if let Some(ufrags) = check_ufrags(&message) {
            let peer = self.peer_of_check(now, path, ufrags)?;
            self.refuse_taken(peer, path, key)?;
            return Ok(Route { peer, answers: None, is_proof: true });
        }
        let id = message.transaction_id();
        let is_answer = matches!(message.class(), Class::Success | Class::Error);
        if is_answer && let Some(asker) = self.requests.get(id) {
            if asker.is_check {
                self.refuse_taken(asker.peer, path, key)?;
            }
            return Ok(Route { peer: asker.peer, answers: Some(id), is_proof: true });
        }
        let claim = self.paths.get(key).ok_or(RouterError::UnknownPath)?;
        Ok(Route { peer: claim.peer, answers: None, is_proof: false })
    }

    /// The peer that a connectivity check is for, by the first of the fragments that it names.
    pub(super) fn peer_of_check(
        &mut self,
        now: Instant,
        path: &FiveTuple,
        (ours, theirs): (&str, &str),
    ) -> Result<u32, RouterError> {
        self.fragments.get(ours).ok_or_else(|| {
            self.unknown.push(now, path, ours, theirs);
            RouterError::UnknownUfrag
        })
    }

    /// Keeps a peer from a path that another one is using.
    fn refuse_taken(&self, peer: u32, path: &FiveTuple, key: PathKey) -> Result<(), RouterError> {
        let Some(claim) = self.paths.get(key) else { return Ok(()) };
        let is_taken = claim.peer != peer
            && claim.proof == Proof::Answered
            && self.proof(claim.peer, path) == Some(Proof::Answered);
        if is_taken { Err(RouterError::PathTaken) } else { Ok(()) }
    }

    /// What a peer can show of a path at this moment.
    pub(super) fn proof(&self, peer: u32, path: &FiveTuple) -> Option<Proof> {
        let peer = self.peers.get(peer).filter(|peer| !is_closed(&peer.connection))?;
        if peer.connection.is_of_server(path) {
            return Some(Proof::Answered);
        }
        match peer.connection.path_status(path) {
            PathStatus::Unknown => None,
            PathStatus::Valid if peer.connection.uses_path(self.now, path) => Some(Proof::Answered),
            // What was answered once and has lost consent since is of no use to the peer.
            PathStatus::Valid | PathStatus::Checked => Some(Proof::Checked),
        }
    }

    /// Gives a peer the path of a datagram that it has just taken, if it has shown enough of it and
    /// no other has shown as much.
    fn claim(&mut self, peer: u32, path: &FiveTuple, key: PathKey) {
        let Some(proof) = self.proof(peer, path) else { return };
        let before = self.paths.get(key);
        match before {
            Some(claim) if claim.peer == peer => {
                if claim.proof != proof {
                    self.paths.insert(key, Claim { peer, proof });
                }
                return;
            }
            Some(claim) if self.proof(claim.peer, path) >= Some(proof) => return,
            _ => {}
        }
        if !self.make_room(peer, proof) {
            return;
        }
        if let Some(claim) = before {
            self.disclaim(claim.peer, key);
        }
        self.enter(key, Claim { peer, proof });
    }

    /// Notes a claim on a path that nobody has.
    pub(super) fn enter(&mut self, key: PathKey, claim: Claim) {
        let Some(peer) = self.peers.get_mut(claim.peer) else { return };
        if peer.paths.is_empty() {
            // Most peers have one for ever.
            peer.paths.reserve_exact(1);
        }
        peer.paths.push(key);
        self.paths.insert(key, claim);
    }

    /// Takes a path away from a peer, if it has it.
    pub(super) fn disclaim(&mut self, index: u32, key: PathKey) {
        if self.paths.get(key).is_some_and(|claim| claim.peer == index) {
            self.paths.remove(key);
        }
        if let Some(peer) = self.peers.get_mut(index) {
            peer.paths.retain(|known| *known != key);
        }
    }

    /// Whether a peer may have one more path, perhaps in the place of one that is of less use.
    pub(super) fn make_room(&mut self, index: u32, proof: Proof) -> bool {
        let most = self.config.max_paths_per_peer.max(1);
        let Some(peer) = self.peers.get(index) else { return false };
        if peer.paths.len() < most {
            return true;
        }
        let selected = peer.connection.selected_path().map(|path| PathKey::new(&path));
        // The worst is the one with the least proof, and the oldest of those.
        let worst = peer
            .paths
            .iter()
            .filter(|path| Some(**path) != selected)
            .map(|path| (self.worth(index, &path.path()), *path))
            .min_by_key(|(proof, _)| *proof);
        let Some((worth, worst)) = worst.filter(|(worth, _)| *worth <= Some(proof)) else {
            return false;
        };
        // A path that anybody could have forged does not push out one that is as good.
        if worth == Some(Proof::Checked) && proof == Proof::Checked {
            return false;
        }
        self.disclaim(index, worst);
        true
    }

    /// What a peer has of a path. A connection over TCP is one or is none.
    fn worth(&self, index: u32, path: &FiveTuple) -> Option<Proof> {
        match (path.protocol, self.peers.get(index)) {
            (Protocol::Udp, _) => self.proof(index, path),
            (Protocol::Tcp, Some(peer)) => {
                peer.connection.has_stream(path).then_some(Proof::Answered)
            }
            (Protocol::Tcp, None) => None,
        }
    }

    /// Brings the tables up to date with a peer that anything can have happened to.
    pub(super) fn look_at(&mut self, index: u32) {
        let Some(peer) = self.peers.get_mut(index) else { return };
        if is_closed(&peer.connection) {
            self.release(index);
        } else {
            let Peer { connection, ufrags, .. } = peer;
            if !connection.local_ufrags().eq(ufrags.iter().map(|(ufrag, _)| &**ufrag)) {
                self.rename(index);
            }
            self.claim_opened(index);
        }
        self.touch(index);
    }

    /// Enters the fragments that a peer uses now and takes out those that it does not use any more.
    fn rename(&mut self, index: u32) {
        let Some(Peer { connection, ufrags, .. }) = self.peers.get_mut(index) else { return };
        for (ufrag, is_ours) in ufrags.drain(..) {
            if is_ours {
                self.fragments.remove(&ufrag);
            }
        }
        let mut is_any_taken = false;
        for ufrag in connection.local_ufrags() {
            let ufrag: Arc<str> = ufrag.into();
            let is_ours = self.fragments.insert(Arc::clone(&ufrag), index);
            is_any_taken |= !is_ours;
            ufrags.push((ufrag, is_ours));
        }
        ufrags.shrink_to_fit();
        if is_any_taken && let Some(id) = self.peers.id(index) {
            self.events.push_back(RouterEvent::UfragTaken(id));
        }
    }

    /// Takes everything of a peer out of the tables.
    fn release(&mut self, index: u32) {
        let Some(peer) = self.peers.get_mut(index) else { return };
        for (ufrag, is_ours) in core::mem::take(&mut peer.ufrags) {
            if is_ours {
                self.fragments.remove(&ufrag);
            }
        }
        self.paths.remove_all(core::mem::take(&mut peer.paths));
        self.requests.remove_all(core::mem::take(&mut peer.requests));
    }

    /// Notes that a peer may have something to send and to tell.
    pub(super) fn touch(&mut self, index: u32) {
        self.to_send.push(index);
        self.to_ask.push(index);
        self.to_tell.push(index);
    }

    /// Notes the deadline of a peer that has nothing more to give.
    pub(super) fn settle(&mut self, index: u32) {
        if let Some(peer) = self.peers.get(index) {
            self.deadlines.set(index, peer.connection.poll_timeout());
        }
    }

    /// Time never runs backwards in here, whatever the driver's clock does.
    pub(super) fn clock(&mut self, now: Instant) -> Instant {
        self.now = self.now.max(now);
        self.now
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router")
            .field("peers", &self.peers.len())
            .field("paths", &self.paths.len())
            .field("requests", &self.requests.len())
            .finish_non_exhaustive()
    }
}

/// A peer of a [`Router`], to be used: a guard through which everything of a [`PeerConnection`] can
/// be reached.
#[derive(Debug)]
pub struct PeerMut<'a> {
    router: &'a mut Router,
    index: u32,
}

impl Deref for PeerMut<'_> {
    type Target = PeerConnection;

    fn deref(&self) -> &PeerConnection {
        &self.router.peers.get(self.index).expect(PRESENT).connection
    }
}

impl DerefMut for PeerMut<'_> {
    fn deref_mut(&mut self) -> &mut PeerConnection {
        &mut self.router.peers.get_mut(self.index).expect(PRESENT).connection
    }
}

impl Drop for PeerMut<'_> {
    fn drop(&mut self) {
        self.router.look_at(self.index);
    }
}

fn is_closed(connection: &PeerConnection) -> bool {
    connection.signaling_state() == SignalingState::Closed
}

/// The fragments in the user name of a connectivity check: ours, theirs.
fn check_ufrags<'a>(message: &Message<'a>) -> Option<(&'a str, &'a str)> {
    if message.class() != Class::Request || message.method() != Method::BINDING {
        return None;
    }
    message.username().ok()??.split_once(':')
}

/// The STUN request in a datagram that is to be sent, and whether it is a connectivity check.
fn request_in(datagram: &[u8]) -> Option<(TransactionId, bool)> {
    if !Message::is_stun(datagram) {
        return None;
    }
    let message = Message::decode(datagram).ok()?;
    (message.class() == Class::Request)
        .then(|| (message.transaction_id(), check_ufrags(&message).is_some()))
}

/// The highest first byte of a STUN message (RFC 7983 section 7).
const LAST_OF_STUN: u8 = 3;

/// Why a guard's peer is there.
const PRESENT: &str = "looked up when the guard was made, and only the router can remove it";
