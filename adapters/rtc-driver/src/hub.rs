//! Where handles and driver meet: the machine, behind a lock.
//!
//! Nothing in here knows of sockets, timers or tasks. A handle changes the machine under the lock
//! and calls the driver; the driver moves datagrams and calls whoever waits for what has happened.

use core::net::SocketAddr;
use core::task::Waker;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rtc_core::Instant;
use rtc_peer::{
    ChannelId, ConnectionState, DataChannelState, Event, Message, PeerConnection, ReceivedFrame,
    ReceivedPacket,
};

use crate::clock::Clock;
use crate::machine::{Key, Machine};
use crate::peer::{Calls, Peer, Signals};

/// What handles and driver have in common.
#[derive(Debug)]
pub(crate) struct Hub {
    clock: Clock,
    state: Mutex<State>,
}

/// What the lock protects.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) machine: Machine,
    peers: BTreeMap<Key, Peer>,
    /// The addresses of the sockets.
    pub(crate) local_addresses: Vec<SocketAddr>,
    /// The driver, if it sleeps.
    driver: Option<Waker>,
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
        let state = State {
            machine: Machine::One(Box::new(core)),
            peers: BTreeMap::from([(Key::Only, peer)]),
            local_addresses,
            driver: None,
        };
        Self { clock, state: Mutex::new(state) }
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
        state.pump();
        state.call_driver();
        outcome
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
                    state.pump();
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
        state.call_driver();
    }

    /// The driver is gone, with or without the connections having been closed.
    pub(crate) fn driver_is_gone(&self) {
        let mut state = self.lock();
        let keys: Vec<_> = state.peers.keys().copied().collect();
        for key in keys {
            // A core that has just panicked is not asked for anything more.
            if !std::thread::panicking() {
                state.change(key, PeerConnection::close);
            }
            state.peer(key).end();
        }
    }
}

impl State {
    /// The peer connection itself.
    pub(crate) fn core(&self, key: Key) -> &PeerConnection {
        self.machine.peer(key).expect(KEPT)
    }

    /// Changes the peer connection itself.
    fn change<T>(&mut self, key: Key, change: impl FnOnce(&mut PeerConnection) -> T) -> T {
        match self.machine.change(key, change) {
            Ok(outcome) => outcome,
            Err(_) => unreachable!("{KEPT}"),
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
    pub(crate) fn pump(&mut self) -> bool {
        let mut any = false;
        while let Some((key, event)) = self.machine.poll_event() {
            any = true;
            let Some(peer) = self.peers.get_mut(&key) else { continue };
            if let Some(unwanted) = peer.on_event(event) {
                self.change(key, |core| {
                    if let Ok(mut channel) = core.channel(unwanted) {
                        channel.close();
                    }
                });
            }
        }
        any
    }

    /// Wakes the driver, unless it is at work: it sleeps only after it has drained the machine.
    fn call_driver(&mut self) {
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
    }

    /// The driver has drained the machine and sleeps until it is called.
    pub(crate) fn driver_sleeps(&mut self, waker: &Waker) {
        self.driver = Some(waker.clone());
    }

    /// The driver is at work: it need not be woken.
    pub(crate) fn driver_works(&mut self) {
        self.driver = None;
    }

    /// Whether a connection was closed or its driver is gone.
    pub(crate) fn is_over(&self, key: Key) -> bool {
        self.peers.get(&key).is_none_or(|peer| peer.is_over)
    }

    /// Whether nothing is left to be driven.
    pub(crate) fn is_all_over(&self) -> bool {
        self.peers.values().all(|peer| peer.is_over)
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
