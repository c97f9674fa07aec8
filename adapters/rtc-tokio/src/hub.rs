//! Where the handles and the driver of a connection meet: the core, behind a lock.
//!
//! Nothing in here knows of sockets, timers or tasks. A handle changes the core under the lock and
//! calls the driver; the driver moves datagrams and calls whoever waits for what has happened.

use core::task::Waker;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rtc_core::Instant;
use rtc_peer::{
    ChannelEvent, ChannelId, ConnectionState, DataChannelState, Event, Message, ReceivedFrame,
    ReceivedPacket,
};
use tokio::sync::Notify;

use crate::clock::Clock;

/// What the handles and the driver of one connection have in common.
#[derive(Debug)]
pub(crate) struct Hub {
    clock: Clock,
    /// Called when there is an event, a channel to accept, or another state.
    pub(crate) changed: Notify,
    /// Called when packets or frames of media are there to be taken, or will never be again.
    pub(crate) media: Notify,
    state: Mutex<State>,
}

/// What the lock protects.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) core: rtc_peer::PeerConnection,
    /// Events that nobody has taken yet, at most [`MAX_EVENTS`].
    events: VecDeque<Event>,
    /// Channels that the other side opened and nobody has accepted yet.
    announced: VecDeque<ChannelId>,
    accept_backlog: usize,
    /// Whom to call about the channels that a handle exists for, or that wait to be accepted.
    channels: BTreeMap<ChannelId, Arc<Signals>>,
    /// The connection was closed, or its driver is gone: nothing will happen any more.
    is_over: bool,
    /// The driver, if it sleeps.
    driver: Option<Waker>,
    /// The moment that the core was told last.
    told_at: Instant,
    /// Bytes that were received from channels since the driver was called for it.
    taken: usize,
    /// How many such bytes are worth a call: the other side is to hear of the room they made.
    worth_a_call: usize,
}

/// Whom to call about a channel.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    /// Called when there is something to receive, or will never be again.
    pub(crate) incoming: Notify,
    /// Called when there is room to send, or will never be again.
    pub(crate) outgoing: Notify,
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

impl Hub {
    pub(crate) fn new(clock: Clock, core: rtc_peer::PeerConnection, accept_backlog: usize) -> Self {
        let worth_a_call = (core.configuration().receive_buffer / 8).clamp(1, 64 * 1024);
        Self {
            clock,
            changed: Notify::new(),
            media: Notify::new(),
            state: Mutex::new(State {
                core,
                events: VecDeque::new(),
                announced: VecDeque::new(),
                accept_backlog,
                channels: BTreeMap::new(),
                is_over: false,
                driver: None,
                told_at: clock.now(),
                taken: 0,
                worth_a_call,
            }),
        }
    }

    pub(crate) const fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked has told so; the others are better off with the connection than without.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the core and has the driver see to what follows.
    pub(crate) fn command<T>(
        &self,
        change: impl FnOnce(&mut rtc_peer::PeerConnection, Instant) -> T,
    ) -> T {
        let mut state = self.lock();
        let now = state.tell_time(&self.clock);
        let outcome = change(&mut state.core, now);
        state.pump(self);
        state.call_driver();
        outcome
    }

    /// Asks a channel for a message.
    pub(crate) fn receive(&self, id: ChannelId) -> Received {
        let mut state = self.lock();
        state.tell_time(&self.clock);
        let Ok(mut channel) = state.core.channel(id) else { return Received::End };
        if let Some(message) = channel.recv() {
            state.taken += message.len().max(1);
            if state.taken >= state.worth_a_call {
                state.taken = 0;
                state.call_driver();
            }
            return Received::Message(message);
        }
        let ready_state = channel.attributes().ready_state();
        let is_ending = matches!(ready_state, DataChannelState::Closing | DataChannelState::Closed);
        if is_ending || state.taken > 0 {
            // To find nothing may be what a close has waited for.
            state.taken = 0;
            state.pump(self);
            state.call_driver();
        }
        if is_ending || state.is_over { Received::End } else { Received::Nothing }
    }

    /// The next event; `Err` if there will be none any more.
    pub(crate) fn next_event(&self) -> Result<Option<Event>, Over> {
        let mut state = self.lock();
        let event = state.events.pop_front();
        if event.is_none() && state.is_over { Err(Over) } else { Ok(event) }
    }

    /// The next packet of media; `Err` if there will be none any more.
    pub(crate) fn next_packet(&self) -> Result<Option<ReceivedPacket>, Over> {
        let mut state = self.lock();
        let packet = state.core.poll_packet();
        if packet.is_none() && state.is_over { Err(Over) } else { Ok(packet) }
    }

    /// The next frame of media; `Err` if there will be none any more.
    pub(crate) fn next_frame(&self) -> Result<Option<ReceivedFrame>, Over> {
        let mut state = self.lock();
        let frame = state.core.poll_frame();
        if frame.is_none() && state.is_over { Err(Over) } else { Ok(frame) }
    }

    /// The next channel that the other side opened; `Err` if there will be none any more.
    pub(crate) fn next_channel(&self) -> Result<Option<(ChannelId, Arc<Signals>)>, Over> {
        let mut state = self.lock();
        if state.is_over {
            return Err(Over);
        }
        let Some(id) = state.announced.pop_front() else { return Ok(None) };
        Ok(Some((id, state.signals_of(id))))
    }

    /// Whom to call about the channel `id`.
    pub(crate) fn signals_of(&self, id: ChannelId) -> Arc<Signals> {
        self.lock().signals_of(id)
    }

    /// Nobody has a handle for the channel any more: it is closed, so that nothing piles up.
    pub(crate) fn abandon(&self, id: ChannelId) {
        self.lock().channels.remove(&id);
        self.command(|core, _| {
            if let Ok(mut channel) = core.channel(id) {
                channel.close();
            }
        });
    }

    /// Closes the connection. The driver still sends its last words.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.core.close();
        state.end();
        state.call_driver();
        drop(state);
        self.changed.notify_waiters();
        self.media.notify_waiters();
    }

    /// The driver is gone, with or without the connection having been closed.
    pub(crate) fn driver_is_gone(&self) {
        let mut state = self.lock();
        // A core that has just panicked is not asked for anything more.
        if !std::thread::panicking() {
            state.core.close();
        }
        state.end();
        drop(state);
        self.changed.notify_waiters();
        self.media.notify_waiters();
    }
}

/// Nothing will happen any more.
#[derive(Debug)]
pub(crate) struct Over;

impl State {
    /// Lets the core know what time it is, if it does not know well enough.
    ///
    /// Commands on channels carry no time of their own; a message that is to live for some
    /// milliseconds must not start with those that the core has slept.
    fn tell_time(&mut self, clock: &Clock) -> Instant {
        let now = clock.now();
        if now.saturating_duration_since(self.told_at) >= TIME_STEP {
            self.told_at = now;
            self.core.handle_timeout(now);
        }
        now
    }

    /// Notes that the core was told the time by an input of the driver's.
    pub(crate) const fn told(&mut self, now: Instant) {
        self.told_at = now;
    }

    /// Distributes what has happened; whether anything has.
    pub(crate) fn pump(&mut self, hub: &Hub) -> bool {
        let mut any = false;
        while let Some(event) = self.core.poll_event() {
            any = true;
            match event {
                Event::DataChannel(event) => self.on_channel_event(event, &hub.changed),
                Event::PacketsReady | Event::FramesReady => hub.media.notify_waiters(),
                event => {
                    if self.events.len() >= MAX_EVENTS {
                        self.events.pop_front();
                    }
                    self.events.push_back(event);
                    hub.changed.notify_waiters();
                }
            }
        }
        any
    }

    fn on_channel_event(&mut self, event: ChannelEvent, changed: &Notify) {
        let id = event.channel();
        if let ChannelEvent::Announced(_) = event {
            if self.announced.len() < self.accept_backlog {
                self.announced.push_back(id);
                self.signals_of(id);
                changed.notify_waiters();
            } else if let Ok(mut channel) = self.core.channel(id) {
                channel.close();
            }
            return;
        }
        let Some(signals) = self.channels.get(&id) else { return };
        match event {
            ChannelEvent::Readable(_) => signals.incoming.notify_waiters(),
            ChannelEvent::Writable(_) | ChannelEvent::BufferedAmountLow(_) => {
                signals.outgoing.notify_waiters();
            }
            _ => signals.call_all(),
        }
    }

    fn signals_of(&mut self, id: ChannelId) -> Arc<Signals> {
        Arc::clone(self.channels.entry(id).or_default())
    }

    /// Nothing will happen any more: calls everybody who waits on a channel.
    fn end(&mut self) {
        self.is_over = true;
        for signals in self.channels.values() {
            signals.call_all();
        }
    }

    /// Wakes the driver, unless it is at work: it sleeps only after it has drained the core.
    fn call_driver(&mut self) {
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
    }

    /// The driver has drained the core and sleeps until it is called.
    pub(crate) fn driver_sleeps(&mut self, waker: &Waker) {
        self.driver = Some(waker.clone());
    }

    /// The driver is at work: it need not be woken.
    pub(crate) fn driver_works(&mut self) {
        self.driver = None;
    }

    /// Whether the connection was closed or its driver is gone.
    pub(crate) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// `connectionState`, closed also if the driver is gone.
    pub(crate) fn connection_state(&self) -> ConnectionState {
        if self.is_over { ConnectionState::Closed } else { self.core.connection_state() }
    }
}

impl Signals {
    fn call_all(&self) {
        self.incoming.notify_waiters();
        self.outgoing.notify_waiters();
    }
}

/// How many events wait at most; of more, the oldest are dropped.
pub(crate) const MAX_EVENTS: usize = 1024;

/// How far the core's time may lag behind a command's.
const TIME_STEP: core::time::Duration = core::time::Duration::from_millis(1);
