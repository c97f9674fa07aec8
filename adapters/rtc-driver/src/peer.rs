//! What the handles of one peer connection share beside its core.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rtc_core::Instant;
use rtc_peer::{ChannelEvent, ChannelId, Event, PeerConnection};

use crate::signal::Signal;

/// A peer connection as its handles know it, under the lock of the [hub](crate::hub::Hub).
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) calls: Arc<Calls>,
    /// Events that nobody has taken yet, at most [`MAX_EVENTS`].
    events: VecDeque<Event>,
    /// Channels that the other side opened and nobody has accepted yet.
    announced: VecDeque<ChannelId>,
    accept_backlog: usize,
    /// Whom to call about the channels that a handle exists for, or that wait to be accepted.
    channels: BTreeMap<ChannelId, Arc<Signals>>,
    /// The connection was closed, or its driver is gone: nothing will happen any more.
    pub(crate) is_over: bool,
    /// The connection, after it was closed and taken out of a server's router.
    pub(crate) retired: Option<Box<PeerConnection>>,
    /// There is no handle any more.
    pub(crate) is_abandoned: bool,
    /// The moment that the core was told last.
    pub(crate) told_at: Instant,
    /// Bytes that were received from channels since the driver was called for it.
    taken: usize,
    /// How many such bytes are worth a call: the other side is to hear of the room they made.
    worth_a_call: usize,
}

/// Whom to call about a connection.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// Called when there is an event, a channel to accept, or another state.
    pub(crate) changed: Signal,
    /// Called when packets or frames of media are there to be taken, or will never be again.
    pub(crate) media: Signal,
}

/// Whom to call about a channel.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    /// Called when there is something to receive, or will never be again.
    pub(crate) incoming: Signal,
    /// Called when there is room to send, or will never be again.
    pub(crate) outgoing: Signal,
}

impl Peer {
    pub(crate) fn new(now: Instant, accept_backlog: usize, receive_buffer: usize) -> Self {
        Self {
            calls: Arc::default(),
            events: VecDeque::new(),
            announced: VecDeque::new(),
            accept_backlog,
            channels: BTreeMap::new(),
            is_over: false,
            retired: None,
            is_abandoned: false,
            told_at: now,
            taken: 0,
            worth_a_call: (receive_buffer / 8).clamp(1, 64 * 1024),
        }
    }

    /// Notes what has happened and calls whom it concerns; a channel that is not wanted is
    /// returned, to be closed.
    pub(crate) fn on_event(&mut self, event: Event) -> Option<ChannelId> {
        match event {
            Event::DataChannel(event) => return self.on_channel_event(event),
            Event::PacketsReady | Event::FramesReady => self.calls.media.call(),
            event => {
                if self.events.len() >= MAX_EVENTS {
                    self.events.pop_front();
                }
                self.events.push_back(event);
                self.calls.changed.call();
            }
        }
        None
    }

    fn on_channel_event(&mut self, event: ChannelEvent) -> Option<ChannelId> {
        let id = event.channel();
        if let ChannelEvent::Announced(_) = event {
            if self.announced.len() >= self.accept_backlog {
                return Some(id);
            }
            self.announced.push_back(id);
            self.signals_of(id);
            self.calls.changed.call();
            return None;
        }
        let signals = self.channels.get(&id)?;
        match event {
            ChannelEvent::Readable(_) => signals.incoming.call(),
            ChannelEvent::Writable(_) | ChannelEvent::BufferedAmountLow(_) => {
                signals.outgoing.call();
            }
            _ => signals.call_all(),
        }
        None
    }

    /// The next event, if one waits.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The next channel that the other side opened, if one waits.
    pub(crate) fn next_channel(&mut self) -> Option<(ChannelId, Arc<Signals>)> {
        let id = self.announced.pop_front()?;
        Some((id, self.signals_of(id)))
    }

    /// Whom to call about the channel `id`.
    pub(crate) fn signals_of(&mut self, id: ChannelId) -> Arc<Signals> {
        Arc::clone(self.channels.entry(id).or_default())
    }

    /// Nobody has a handle for the channel any more.
    pub(crate) fn forget_channel(&mut self, id: ChannelId) {
        self.channels.remove(&id);
    }

    /// Notes that the application took so many bytes; whether the core should look at it now.
    pub(crate) const fn take(&mut self, bytes: usize) -> bool {
        self.taken += bytes;
        self.taken >= self.worth_a_call && self.look_at_taken()
    }

    /// Whether the application took anything since the core looked at it, which it now does.
    pub(crate) const fn look_at_taken(&mut self) -> bool {
        let any = self.taken > 0;
        self.taken = 0;
        any
    }

    /// Nothing will happen any more: calls everybody who waits.
    pub(crate) fn end(&mut self) {
        self.is_over = true;
        for signals in self.channels.values() {
            signals.call_all();
        }
        self.calls.changed.call();
        self.calls.media.call();
    }
}

impl Signals {
    fn call_all(&self) {
        self.incoming.call();
        self.outgoing.call();
    }
}

/// How many events wait at most; of more, the oldest are dropped.
pub(crate) const MAX_EVENTS: usize = 1024;
