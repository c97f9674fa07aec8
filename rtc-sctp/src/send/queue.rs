//! Messages that wait to be sent, by stream, and which of them is next.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use bytes::Bytes;
use rtc_core::Instant;

use crate::message::SendOptions;
use crate::packet::{DataFlags, Ssn};

/// All that waits to be sent.
///
/// The fragments of a message have consecutive TSNs (RFC 9260 section 6.9), so streams take turns
/// by whole messages: the next one is of the stream that has had the least so far, measured by
/// bytes over weight (weighted fair queueing, RFC 8831 section 6.4).
#[derive(Debug)]
pub(crate) struct SendQueue {
    /// Boxed: there is one mostly, and a node of the tree has room for eleven.
    streams: BTreeMap<u16, Box<OutStream>>,
    /// Streams with something to send but `current`, by the turn they wait for.
    waiting: BTreeSet<(u64, u16)>,
    /// The stream whose turn it is.
    current: Option<u16>,
    /// The turn of the last message that was begun.
    turn: u64,
    next_message: u64,
    /// What waits or is unacknowledged, with the overhead of each message.
    used: usize,
    limit: usize,
    stream_limit: usize,
    /// Streams on which a message was refused, first come first served.
    refused: VecDeque<u16>,
    /// Streams to tell the application of, that they fell to their low threshold.
    low: VecDeque<u16>,
    abandoned: u64,
}

/// One outgoing stream.
#[derive(Debug)]
struct OutStream {
    messages: VecDeque<OutMessage>,
    /// Bytes that wait.
    buffered: usize,
    /// What waits or is unacknowledged, with the overhead of each message.
    used: usize,
    /// The number of the next ordered message.
    next_ssn: Ssn,
    low_threshold: usize,
    weight: u16,
    turn: u64,
    is_refused: bool,
    is_low: bool,
    is_resetting: bool,
}

/// A message and how much of it has been sent.
#[derive(Debug)]
pub(crate) struct OutMessage {
    pub(crate) payload: Bytes,
    pub(crate) ppid: u32,
    pub(crate) unordered: bool,
    pub(crate) expires_at: Option<Instant>,
    pub(crate) max_retransmits: Option<u16>,
    /// Whether it is part of the buffered amount.
    is_counted: bool,
    id: u64,
    ssn: Ssn,
    is_begun: bool,
}

impl OutMessage {
    pub(crate) fn new(payload: Bytes, ppid: u32, now: Instant, options: SendOptions) -> Self {
        Self {
            payload,
            ppid,
            unordered: options.unordered,
            expires_at: options.lifetime.map(|lifetime| now + lifetime),
            max_retransmits: options.max_retransmits,
            is_counted: !options.uncounted,
            id: 0,
            ssn: Ssn(0),
            is_begun: false,
        }
    }

    /// How much of the buffered amount these bytes of it are.
    const fn counted(&self, bytes: usize) -> usize {
        if self.is_counted { bytes } else { 0 }
    }

    fn is_expired(&self, now: Instant) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

/// A part of a message on its way to a TSN.
#[derive(Debug, Clone)]
pub(crate) struct Fragment {
    pub(crate) payload: Bytes,
    pub(crate) stream: u16,
    pub(crate) ssn: Ssn,
    pub(crate) ppid: u32,
    pub(crate) flags: DataFlags,
    /// Which message it is of.
    pub(crate) message: u64,
    pub(crate) expires_at: Option<Instant>,
    pub(crate) max_retransmits: Option<u16>,
}

impl Fragment {
    /// The stream sequence number as it stands on the wire.
    pub(crate) fn wire_ssn(&self) -> Ssn {
        if self.flags.contains(DataFlags::UNORDERED) { Ssn(0) } else { self.ssn }
    }
}

impl SendQueue {
    pub(crate) fn new(limit: usize, stream_limit: usize) -> Self {
        Self {
            streams: BTreeMap::new(),
            waiting: BTreeSet::new(),
            current: None,
            turn: 0,
            next_message: 0,
            used: 0,
            limit,
            stream_limit,
            refused: VecDeque::new(),
            low: VecDeque::new(),
            abandoned: 0,
        }
    }

    /// The largest message that an empty queue takes.
    pub(crate) fn max_message_size(&self) -> usize {
        self.limit.saturating_sub(OVERHEAD)
    }

    /// How many more bytes one message on this stream may hold now.
    pub(crate) fn space(&self, stream: u16) -> usize {
        let free = self.limit.saturating_sub(self.used);
        let used = self.streams.get(&stream).map_or(0, |stream| stream.used);
        if used == 0 {
            return free.saturating_sub(OVERHEAD);
        }
        // As much as the others leave free: with n greedy streams each has one part of n + 1.
        self.stream_limit.min(free).saturating_sub(used).min(free).saturating_sub(OVERHEAD)
    }

    /// Whether a message of `length` bytes is taken now. If not, the stream is noted, and
    /// [`Self::poll_writable`] names it when it is worth trying again.
    pub(crate) fn admit(&mut self, now: Instant, stream: u16, length: usize) -> bool {
        if length > self.space(stream) {
            self.drop_expired(now, stream);
        }
        if length <= self.space(stream) {
            return true;
        }
        let entry = self.streams.entry(stream).or_default();
        if !entry.is_refused {
            entry.is_refused = true;
            self.refused.push_back(stream);
        }
        false
    }

    pub(crate) fn push(&mut self, stream: u16, mut message: OutMessage) {
        message.id = self.next_message;
        self.next_message += 1;
        let entry = self.streams.entry(stream).or_default();
        let was_empty = entry.messages.is_empty();
        entry.buffered += message.counted(message.payload.len());
        entry.used += message.payload.len() + OVERHEAD;
        self.used += message.payload.len() + OVERHEAD;
        entry.messages.push_back(message);
        if was_empty && self.current != Some(stream) {
            // Having been silent earns no credit.
            entry.turn = entry.turn.max(self.turn);
            self.waiting.insert((entry.turn, stream));
        }
    }

    /// Whether there is nothing to send.
    pub(crate) fn is_empty(&self) -> bool {
        self.current.is_none() && self.waiting.is_empty()
    }

    /// Gives back the memory of an empty queue. Linear in the number of streams.
    pub(crate) fn rest(&mut self) {
        if !self.is_empty() {
            return;
        }
        for stream in self.streams.values_mut() {
            stream.messages.shrink_to_fit();
        }
        // Empty already; this frees its last node.
        self.waiting.clear();
        self.refused.shrink_to_fit();
        self.low.shrink_to_fit();
    }

    /// Takes the next fragment, with at most `room` bytes; `full` is what an empty packet has room
    /// for. `None`: nothing waits, or what waits had better begin a new packet.
    pub(crate) fn next_fragment(
        &mut self,
        now: Instant,
        room: usize,
        full: usize,
    ) -> Option<Fragment> {
        loop {
            let id = self.select()?;
            let stream = self.streams.get_mut(&id)?;
            let message = stream.messages.front_mut()?;
            if !message.is_begun && message.is_expired(now) {
                self.abandoned += 1;
                self.drop_front(id);
                continue;
            }
            let length = message.payload.len();
            // A message that fits in one packet is not torn, and of the others no crumbs are sent.
            if length > room && (length <= full || room < full / 4) {
                return None;
            }
            let mut flags = DataFlags::default();
            if !message.is_begun {
                message.is_begun = true;
                flags = flags.with(DataFlags::BEGIN, true);
                if !message.unordered {
                    message.ssn = stream.next_ssn;
                    stream.next_ssn = stream.next_ssn.next();
                }
                let cost = (length as u64 + OVERHEAD as u64) * TURN_SCALE;
                self.turn = self.turn.max(stream.turn);
                stream.turn = stream.turn.saturating_add(cost / u64::from(stream.weight));
            }
            let is_end = length <= room;
            let payload = if is_end {
                core::mem::take(&mut message.payload)
            } else {
                message.payload.split_to(room)
            };
            let fragment = Fragment {
                stream: id,
                ssn: message.ssn,
                ppid: message.ppid,
                flags: flags
                    .with(DataFlags::UNORDERED, message.unordered)
                    .with(DataFlags::END, is_end),
                message: message.id,
                expires_at: message.expires_at,
                max_retransmits: message.max_retransmits,
                payload,
            };
            let counted = message.counted(fragment.payload.len());
            if stream.take_buffered(counted) {
                self.low.push_back(id);
            }
            if is_end {
                stream.messages.pop_front();
                self.pass_turn(id);
            }
            return Some(fragment);
        }
    }

    /// Bytes of a fragment have been acknowledged or given up.
    pub(crate) fn release(&mut self, stream: u16, bytes: usize, is_end: bool) {
        let bytes = bytes + if is_end { OVERHEAD } else { 0 };
        self.used = self.used.saturating_sub(bytes);
        if let Some(stream) = self.streams.get_mut(&stream) {
            stream.used = stream.used.saturating_sub(bytes);
        }
    }

    /// Drops what is left of `message` if it is the one being sent; true if something was left.
    pub(crate) fn drop_rest(&mut self, stream: u16, message: u64) -> bool {
        let is_rest = self
            .streams
            .get(&stream)
            .and_then(|stream| stream.messages.front())
            .is_some_and(|front| front.is_begun && front.id == message);
        if is_rest {
            self.drop_front(stream);
        }
        is_rest
    }

    /// Bytes that were accepted and not yet handed to the network.
    pub(crate) fn buffered_amount(&self, stream: u16) -> usize {
        self.streams.get(&stream).map_or(0, |stream| stream.buffered)
    }

    pub(crate) fn set_low_threshold(&mut self, stream: u16, bytes: usize) {
        self.streams.entry(stream).or_default().low_threshold = bytes;
    }

    pub(crate) fn set_weight(&mut self, stream: u16, weight: u16) {
        self.streams.entry(stream).or_default().weight = weight.max(1);
    }

    pub(crate) fn is_resetting(&self, stream: u16) -> bool {
        self.streams.get(&stream).is_some_and(|stream| stream.is_resetting)
    }

    pub(crate) fn set_resetting(&mut self, stream: u16, is_resetting: bool) {
        self.streams.entry(stream).or_default().is_resetting = is_resetting;
    }

    /// Whether everything on this stream has been given a TSN.
    pub(crate) fn is_drained(&self, stream: u16) -> bool {
        self.streams.get(&stream).is_none_or(|stream| stream.messages.is_empty())
    }

    /// Starts the stream's next life.
    pub(crate) fn on_reset_performed(&mut self, stream: u16) {
        if let Some(entry) = self.streams.get_mut(&stream) {
            entry.next_ssn = Ssn(0);
            entry.is_resetting = false;
            entry.weight = DEFAULT_WEIGHT;
            entry.low_threshold = 0;
            if entry.used == 0 && entry.messages.is_empty() && !entry.is_refused {
                self.streams.remove(&stream);
                if self.current == Some(stream) {
                    self.current = None;
                }
            }
        }
    }

    /// Starts all streams over after the peer did (RFC 9260 section 5.2.4.1).
    pub(crate) fn on_restart(&mut self) {
        for stream in self.streams.values_mut() {
            stream.next_ssn = Ssn(0);
        }
    }

    /// Drops the rest of a message of which something was sent, on any stream; a restarted peer
    /// could not put it together.
    pub(crate) fn drop_begun(&mut self) {
        if let Some(id) = self.current
            && self
                .streams
                .get(&id)
                .and_then(|stream| stream.messages.front())
                .is_some_and(|front| front.is_begun)
        {
            self.drop_front(id);
        }
    }

    /// Drops everything on streams from `count` up.
    pub(crate) fn limit_streams(&mut self, count: u16) {
        let beyond: Vec<u16> = self.streams.range(count..).map(|(&id, _)| id).collect();
        for id in beyond {
            if let Some(stream) = self.streams.remove(&id) {
                self.used = self.used.saturating_sub(stream.used);
                self.waiting.remove(&(stream.turn, id));
            }
            if self.current == Some(id) {
                self.current = None;
            }
        }
    }

    /// The next stream that fell to its low threshold.
    pub(crate) fn poll_low(&mut self) -> Option<u16> {
        let id = self.low.pop_front()?;
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.is_low = false;
        }
        Some(id)
    }

    /// The next stream that was refused and has a good part of its space back.
    pub(crate) fn poll_writable(&mut self) -> Option<u16> {
        let first = *self.refused.front()?;
        for _ in 0..self.refused.len().min(REFUSED_PER_POLL) {
            let id = self.refused.pop_front()?;
            let free = self.limit.saturating_sub(self.used);
            let Some(stream) = self.streams.get_mut(&id) else { continue };
            let fair = self.stream_limit.min(free);
            if free >= self.limit / 8 && stream.used <= fair / 2 {
                stream.is_refused = false;
                return Some(id);
            }
            self.refused.push_back(id);
            if self.refused.front() == Some(&first) {
                break;
            }
        }
        None
    }

    pub(crate) fn take_abandoned(&mut self) -> u64 {
        core::mem::take(&mut self.abandoned)
    }

    /// What waits or is unacknowledged, with the overhead of each message.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// The stream whose turn it is.
    fn select(&mut self) -> Option<u16> {
        if self.current.is_none() {
            self.current = self.waiting.pop_first().map(|(_, id)| id);
        }
        self.current
    }

    /// Lets others go first after a message, if there are others.
    fn pass_turn(&mut self, id: u16) {
        let Some(stream) = self.streams.get(&id) else { return };
        if self.current != Some(id) {
            if stream.messages.is_empty() {
                self.waiting.remove(&(stream.turn, id));
            }
            return;
        }
        if stream.messages.is_empty() {
            self.current = None;
        } else if self.waiting.first().is_some_and(|&(turn, _)| turn <= stream.turn) {
            self.waiting.insert((stream.turn, id));
            self.current = None;
        }
    }

    fn drop_front(&mut self, id: u16) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let Some(message) = stream.messages.pop_front() else { return };
        let length = message.payload.len();
        if stream.take_buffered(message.counted(length)) {
            self.low.push_back(id);
        }
        self.release(id, length, true);
        self.pass_turn(id);
    }

    fn drop_expired(&mut self, now: Instant, id: u16) {
        while self
            .streams
            .get(&id)
            .and_then(|stream| stream.messages.front())
            .is_some_and(|front| !front.is_begun && front.is_expired(now))
        {
            self.abandoned += 1;
            self.drop_front(id);
        }
    }
}

impl OutStream {
    /// Counts bytes out; true if the application is to be told that few are left.
    fn take_buffered(&mut self, bytes: usize) -> bool {
        let was_above = self.buffered > self.low_threshold;
        self.buffered -= bytes;
        let is_news = was_above && self.buffered <= self.low_threshold && !self.is_low;
        self.is_low |= is_news;
        is_news
    }
}

impl Default for OutStream {
    fn default() -> Self {
        Self {
            messages: VecDeque::new(),
            buffered: 0,
            used: 0,
            next_ssn: Ssn(0),
            low_threshold: 0,
            weight: DEFAULT_WEIGHT,
            turn: 0,
            is_refused: false,
            is_low: false,
            is_resetting: false,
        }
    }
}

/// What each message costs beside its payload: its place in the queues here.
const OVERHEAD: usize = 64;

/// The priority "low" of RFC 8831 section 6.4 is 256, what the W3C makes the default.
const DEFAULT_WEIGHT: u16 = 256;

/// Keeps the turns of small messages with large weights apart.
const TURN_SCALE: u64 = 1 << 12;

/// How many refused streams are looked at before giving up for this time.
const REFUSED_PER_POLL: usize = 32;
