//! Where handles and drivers meet: the machine, behind a lock.
//!
//! Nothing in here knows of sockets, timers or tasks. A handle changes the machine under the lock
//! and calls the driver; the driver moves datagrams and calls whoever waits for what has happened.

use core::net::SocketAddr;
use core::task::Waker;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::BytesMut;
use rtc_core::{FiveTuple, Instant, Transmit};
use rtc_peer::{
    ChannelId, ConnectionState, DataChannelState, Event, LocalAddress, Message, PeerConnection,
    ReceivedFrame, ReceivedPacket, Request, Router,
};

use crate::clock::Clock;
use crate::error::PeerError;
use crate::machine::{Happening, Key, Machine, Refusal, ServerEvent};
use crate::peer::{Calls, MAX_EVENTS, Peer, Signals};
use crate::signal::Signal;

/// What handles and driver have in common.
#[derive(Debug)]
pub(crate) struct Hub {
    clock: Clock,
    /// Called when something happened to the server.
    pub(crate) server: Signal,
    state: Mutex<State>,
}

/// What the lock protects.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) machine: Machine,
    peers: BTreeMap<Key, Peer>,
    /// The addresses of the UDP sockets.
    pub(crate) local_addresses: Vec<SocketAddr>,
    /// The drivers, as far as they sleep.
    drivers: Vec<Option<Waker>>,
    /// What nobody has taken yet of what happened to the server, at most [`MAX_EVENTS`].
    events: VecDeque<ServerEvent>,
    /// Closed peers of a server that have last words to say.
    leaving: VecDeque<Key>,
    /// What closed peers still want done, and connections that nobody has use for.
    last_requests: VecDeque<(Key, Request)>,
    /// What a server's peers are reached by.
    locals: Vec<LocalAddress>,
    /// Nobody has use for the server any more.
    is_closing: bool,
    /// The drivers are gone.
    is_gone: bool,
}

/// What asking for a message comes to.
#[derive(Debug)]
pub(crate) enum Received {
    Message(Message),
    /// None at the moment.
    Nothing,
    /// None any more.
    End,
}

/// Nothing will happen any more.
#[derive(Debug)]
pub(crate) struct Over;

impl Hub {
    /// A hub of one connection.
    pub(crate) fn of_one(
        clock: Clock,
        core: PeerConnection,
        accept_backlog: usize,
        local_addresses: Vec<SocketAddr>,
    ) -> Self {
        let peer = Peer::new(clock.now(), accept_backlog, core.configuration().receive_buffer);
        let hub = Self::new(clock, Machine::One(Box::new(core)), local_addresses, 1);
        hub.lock().peers.insert(Key::Only, peer);
        hub
    }

    /// A hub of a server without peers.
    pub(crate) fn of_many(
        clock: Clock,
        router: Router,
        locals: Vec<LocalAddress>,
        local_addresses: Vec<SocketAddr>,
        drivers: usize,
    ) -> Self {
        let hub = Self::new(clock, Machine::Many(Box::new(router)), local_addresses, drivers);
        hub.lock().locals = locals;
        hub
    }

    fn new(
        clock: Clock,
        machine: Machine,
        local_addresses: Vec<SocketAddr>,
        drivers: usize,
    ) -> Self {
        let state = State {
            machine,
            peers: BTreeMap::new(),
            local_addresses,
            drivers: vec![None; drivers],
            events: VecDeque::new(),
            leaving: VecDeque::new(),
            last_requests: VecDeque::new(),
            locals: Vec::new(),
            is_closing: false,
            is_gone: false,
        };
        Self { clock, server: Signal::default(), state: Mutex::new(state) }
    }

    /// Takes a further peer of a server in.
    pub(crate) fn insert(
        &self,
        mut core: PeerConnection,
        accept_backlog: usize,
    ) -> Result<Key, PeerError> {
        let mut state = self.lock();
        let State { machine, locals, is_closing, is_gone, .. } = &mut *state;
        let Machine::Many(router) = machine else { return Err(PeerError::Closed) };
        if *is_closing || *is_gone {
            return Err(PeerError::Closed);
        }
        let now = self.clock.now();
        for local in locals {
            // The server's own addresses are in order; of too many the first ones do.
            let _too_many = core.add_local_interface(now, *local);
        }
        let peer = Peer::new(now, accept_backlog, core.configuration().receive_buffer);
        let key = router.insert(core).map(Key::Of).map_err(|_| PeerError::Full)?;
        state.peers.insert(key, peer);
        state.call_driver();
        Ok(key)
    }

    /// Whether it is a server's.
    pub(crate) fn is_server(&self) -> bool {
        matches!(self.lock().machine, Machine::Many(_))
    }

    pub(crate) const fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked has told so; the others are better off with the connection than without.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a peer connection and has the driver see to what follows.
    pub(crate) fn command<T>(
        &self,
        key: Key,
        change: impl FnOnce(&mut PeerConnection, Instant) -> T,
    ) -> T {
        let mut state = self.lock();
        let now = state.tell_time(key, &self.clock);
        let outcome = state.change(key, |core| change(core, now));
        state.pump(&self.server);
        state.call_driver();
        outcome
    }

    /// Changes a peer connection if it still is there, and has the driver see to what follows.
    pub(crate) fn command_if<T>(
        &self,
        key: Key,
        change: impl FnOnce(&mut PeerConnection, Instant) -> T,
    ) -> Option<T> {
        let mut state = self.lock();
        let now = self.clock.now();
        let outcome = state.change_if(key, |core| change(core, now))?;
        state.told(key, now);
        state.pump(&self.server);
        state.call_driver();
        Some(outcome)
    }

    /// A piece of a TCP connection has arrived, whose it is if that is known; whose it is, as far
    /// as is known then, or that nobody has use for the connection.
    pub(crate) fn arrived(
        &self,
        key: Option<Key>,
        path: FiveTuple,
        piece: BytesMut,
    ) -> Result<Option<Key>, Refusal> {
        if let Some(key) = key {
            self.command_if(key, |core, now| {
                // A stream that makes no sense is given up by an errand.
                let _refused = core.handle_datagram(now, path, None, piece);
            });
            return Ok(Some(key));
        }
        let mut state = self.lock();
        let now = self.clock.now();
        let taken = state.machine.handle_datagram(now, path, None, piece);
        if let Ok(key) = taken {
            state.told(key, now);
        }
        state.pump(&self.server);
        state.call_driver();
        match taken {
            Ok(key) => Ok(Some(key)),
            Err(Refusal::Datagram) => Ok(None),
            Err(Refusal::Stream) => Err(Refusal::Stream),
        }
    }

    /// A TCP connection has ended, whose it was if that is known.
    pub(crate) fn disconnected(&self, key: Option<Key>, path: FiveTuple) {
        if let Some(key) = key {
            self.command_if(key, |core, now| core.handle_disconnected(now, path));
            return;
        }
        let mut state = self.lock();
        let now = self.clock.now();
        state.machine.handle_disconnected(now, path);
        state.pump(&self.server);
        state.call_driver();
    }

    /// Looks at a peer connection.
    pub(crate) fn observe<T>(&self, key: Key, look: impl FnOnce(&PeerConnection) -> T) -> T {
        look(self.lock().core(key))
    }

    /// Asks a channel for a message.
    pub(crate) fn receive(&self, key: Key, id: ChannelId) -> Received {
        let mut state = self.lock();
        state.tell_time(key, &self.clock);
        let asked = state.change(key, |core| {
            let mut channel = core.channel(id).ok()?;
            Some(channel.recv().ok_or_else(|| channel.attributes().ready_state()))
        });
        match asked {
            None => Received::End,
            Some(Ok(message)) => {
                if state.peer(key).take(message.len().max(1)) {
                    state.call_driver();
                }
                Received::Message(message)
            }
            Some(Err(ready_state)) => {
                let is_ending =
                    matches!(ready_state, DataChannelState::Closing | DataChannelState::Closed);
                let peer = state.peer(key);
                let is_over = peer.is_over;
                if peer.look_at_taken() || is_ending {
                    // To find nothing may be what a close has waited for.
                    state.pump(&self.server);
                    state.call_driver();
                }
                if is_ending || is_over { Received::End } else { Received::Nothing }
            }
        }
    }

    /// The next event; `Err` if there will be none any more.
    pub(crate) fn next_event(&self, key: Key) -> Result<Option<Event>, Over> {
        let mut state = self.lock();
        let peer = state.peer(key);
        let event = peer.next_event();
        if event.is_none() && peer.is_over { Err(Over) } else { Ok(event) }
    }

    /// The next packet of media; `Err` if there will be none any more.
    pub(crate) fn next_packet(&self, key: Key) -> Result<Option<ReceivedPacket>, Over> {
        let mut state = self.lock();
        let packet = state.change(key, PeerConnection::poll_packet);
        if packet.is_none() && state.is_over(key) { Err(Over) } else { Ok(packet) }
    }

    /// The next frame of media; `Err` if there will be none any more.
    pub(crate) fn next_frame(&self, key: Key) -> Result<Option<ReceivedFrame>, Over> {
        let mut state = self.lock();
        let frame = state.change(key, PeerConnection::poll_frame);
        if frame.is_none() && state.is_over(key) { Err(Over) } else { Ok(frame) }
    }

    /// The next channel that the other side opened; `Err` if there will be none any more.
    pub(crate) fn next_channel(&self, key: Key) -> Result<Option<(ChannelId, Arc<Signals>)>, Over> {
        let mut state = self.lock();
        let peer = state.peer(key);
        if peer.is_over { Err(Over) } else { Ok(peer.next_channel()) }
    }

    /// Whom to call about the connection.
    pub(crate) fn calls_of(&self, key: Key) -> Arc<Calls> {
        Arc::clone(&self.lock().peer(key).calls)
    }

    /// Whom to call about the channel `id`.
    pub(crate) fn signals_of(&self, key: Key, id: ChannelId) -> Arc<Signals> {
        self.lock().peer(key).signals_of(id)
    }

    /// Nobody has a handle for the channel any more: it is closed, so that nothing piles up.
    pub(crate) fn abandon(&self, key: Key, id: ChannelId) {
        self.lock().peer(key).forget_channel(id);
        self.command(key, |core, _| {
            if let Ok(mut channel) = core.channel(id) {
                channel.close();
            }
        });
    }

    /// Closes a connection. The driver still sends its last words.
    pub(crate) fn close(&self, key: Key) {
        let mut state = self.lock();
        state.change(key, PeerConnection::close);
        state.peer(key).end();
        state.pump(&self.server);
        state.call_driver();
    }

    /// The last handle of a connection is dropped.
    pub(crate) fn forget(&self, key: Key) {
        self.close(key);
        let mut state = self.lock();
        state.peer(key).is_abandoned = true;
        // Otherwise it goes when it has said its last words.
        if key != Key::Only && (state.is_gone || !state.leaving.contains(&key)) {
            state.peers.remove(&key);
        }
    }

    /// Closes all connections of a server, which takes no further ones.
    pub(crate) fn close_all(&self) {
        let keys: Vec<_> = self.lock().peers.keys().copied().collect();
        for key in keys {
            let mut state = self.lock();
            if state.peers.contains_key(&key) {
                state.change(key, PeerConnection::close);
                state.peer(key).end();
            }
        }
        let mut state = self.lock();
        state.is_closing = true;
        state.pump(&self.server);
        state.call_all_drivers();
        drop(state);
        self.server.call();
    }

    /// What happened to the server; `Err` if nothing will any more.
    pub(crate) fn next_server_event(&self) -> Result<Option<ServerEvent>, Over> {
        let mut state = self.lock();
        let event = state.events.pop_front();
        let is_over = state.is_closing || state.is_gone;
        if event.is_none() && is_over { Err(Over) } else { Ok(event) }
    }

    /// A driver is gone, with or without the connections having been closed.
    pub(crate) fn driver_is_gone(&self) {
        let mut state = self.lock();
        state.is_gone = true;
        let keys: Vec<_> = state.peers.keys().copied().collect();
        for key in keys {
            // A core that has just panicked is not asked for anything more.
            if !std::thread::panicking() {
                state.change(key, PeerConnection::close);
            }
            state.peer(key).end();
        }
        state.call_all_drivers();
        drop(state);
        self.server.call();
    }
}

impl State {
    /// The peer connection itself.
    pub(crate) fn core(&self, key: Key) -> &PeerConnection {
        let retired = || self.peers.get(&key)?.retired.as_deref();
        self.machine.peer(key).or_else(retired).expect(KEPT)
    }

    /// Changes the peer connection itself.
    fn change<T>(&mut self, key: Key, change: impl FnOnce(&mut PeerConnection) -> T) -> T {
        match self.machine.change(key, change) {
            Ok(outcome) => {
                if let Some(closed) = self.machine.take_closed(key) {
                    self.peer(key).retired = Some(closed);
                    self.leaving.push_back(key);
                }
                outcome
            }
            Err(change) => change(self.peer(key).retired.as_deref_mut().expect(KEPT)),
        }
    }

    /// Changes a peer connection if it still is there.
    fn change_if<T>(
        &mut self,
        key: Key,
        change: impl FnOnce(&mut PeerConnection) -> T,
    ) -> Option<T> {
        self.peers.contains_key(&key).then(|| self.change(key, change))
    }

    /// What is to be sent next: by a peer that was closed, or by the machine.
    pub(crate) fn poll_transmit(
        &mut self,
        now: Instant,
        max_datagrams: usize,
        out: &mut Vec<u8>,
    ) -> Option<Transmit> {
        while let Some(&key) = self.leaving.front() {
            let peer = self.peers.get_mut(&key);
            let core = peer.and_then(|peer| peer.retired.as_deref_mut());
            let transmit = core.and_then(|core| core.poll_transmit(now, max_datagrams, out));
            if transmit.is_some() {
                return transmit;
            }
            self.leaving.pop_front();
            self.collect_last_requests(key);
            if self.peers.get(&key).is_some_and(|peer| peer.is_abandoned) {
                self.peers.remove(&key);
            }
        }
        self.machine.poll_transmit(now, max_datagrams, out)
    }

    /// The next errand: also a closed peer wants its connections ended.
    pub(crate) fn poll_request(&mut self) -> Option<(Key, Request)> {
        self.last_requests.pop_front().or_else(|| self.machine.poll_request())
    }

    /// Notes the errands that a closed peer still has.
    fn collect_last_requests(&mut self, key: Key) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        let Some(core) = peer.retired.as_deref_mut() else { return };
        while let Some(request) = core.poll_request() {
            self.last_requests.push_back((key, request));
        }
    }

    /// What the handles of a connection share.
    fn peer(&mut self, key: Key) -> &mut Peer {
        self.peers.get_mut(&key).expect(KEPT)
    }

    /// Lets a core know what time it is, if it does not know well enough.
    ///
    /// Commands on channels carry no time of their own; a message that is to live for some
    /// milliseconds must not start with those that the core has slept.
    fn tell_time(&mut self, key: Key, clock: &Clock) -> Instant {
        let now = clock.now();
        let told_at = &mut self.peer(key).told_at;
        if now.saturating_duration_since(*told_at) >= TIME_STEP {
            *told_at = now;
            self.change(key, |core| core.handle_timeout(now));
        }
        now
    }

    /// Notes that a core was told the time by an input of the driver's.
    pub(crate) fn told(&mut self, key: Key, now: Instant) {
        if let Some(peer) = self.peers.get_mut(&key) {
            peer.told_at = now;
        }
    }

    /// Distributes what has happened; whether anything has.
    pub(crate) fn pump(&mut self, server: &Signal) -> bool {
        let mut any = false;
        while let Some(happening) = self.machine.poll_event() {
            any = true;
            match happening {
                Happening::Event(key, event) => {
                    let Some(peer) = self.peers.get_mut(&key) else { continue };
                    if let Some(unwanted) = peer.on_event(event) {
                        self.change(key, |core| {
                            if let Ok(mut channel) = core.channel(unwanted) {
                                channel.close();
                            }
                        });
                    }
                }
                Happening::Refused(path) => {
                    // Whose errand it is does not matter to whoever runs it.
                    self.last_requests.push_back((Key::Only, Request::Disconnect(path)));
                }
                Happening::Server(event) => {
                    if self.events.len() >= MAX_EVENTS {
                        self.events.pop_front();
                    }
                    self.events.push_back(event);
                    server.call();
                }
            }
        }
        any
    }

    /// Wakes a driver, unless one is at work: it sleeps only after it has drained the machine.
    fn call_driver(&mut self) {
        if self.drivers.iter().all(Option::is_some)
            && let Some(driver) = self.drivers.iter_mut().find_map(Option::take)
        {
            driver.wake();
        }
    }

    /// Wakes all drivers: each has to see for itself that all is over.
    pub(crate) fn call_all_drivers(&mut self) {
        for driver in self.drivers.iter_mut().filter_map(Option::take) {
            driver.wake();
        }
    }

    /// A driver has drained the machine and sleeps until it is called.
    pub(crate) fn driver_sleeps(&mut self, driver: usize, waker: &Waker) {
        if let Some(place) = self.drivers.get_mut(driver) {
            *place = Some(waker.clone());
        }
    }

    /// A driver is at work: it need not be woken.
    pub(crate) fn driver_works(&mut self, driver: usize) {
        if let Some(place) = self.drivers.get_mut(driver) {
            *place = None;
        }
    }

    /// Whether a connection was closed or its driver is gone.
    pub(crate) fn is_over(&self, key: Key) -> bool {
        self.peers.get(&key).is_none_or(|peer| peer.is_over)
    }

    /// Whether nothing is left to be driven.
    pub(crate) fn is_all_over(&self) -> bool {
        match &self.machine {
            Machine::One(_) => self.peers.values().all(|peer| peer.is_over),
            Machine::Many(router) => {
                let is_said = router.is_empty() && self.leaving.is_empty();
                self.is_gone || (self.is_closing && is_said)
            }
        }
    }

    /// How many connections there are that were not closed.
    pub(crate) fn peer_count(&self) -> usize {
        self.peers.values().filter(|peer| !peer.is_over).count()
    }

    /// `connectionState`, closed also if the driver is gone.
    pub(crate) fn connection_state(&self, key: Key) -> ConnectionState {
        if self.is_over(key) { ConnectionState::Closed } else { self.core(key).connection_state() }
    }
}

/// Why every key that a handle holds leads to something.
const KEPT: &str = "a peer is kept as long as it has handles";

/// How far the core's time may lag behind a command's.
const TIME_STEP: core::time::Duration = core::time::Duration::from_millis(1);
