//! Where channels live: generational ids, and the ids of SCTP streams.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::fmt;

use super::init::Reliability;
use crate::priority::Priority;

/// Names a data channel of one connection, open or closed.
///
/// An id is never given to another channel. The last 256 closed channels are remembered, so that
/// their getters go on working; older ones are unknown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId {
    slot: u32,
    generation: u32,
}

impl ChannelId {
    /// A number that no other channel of the connection has or will have.
    pub(crate) const fn number(self) -> u64 {
        (self.generation as u64) << 32 | self.slot as u64
    }
}

impl fmt::Debug for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChannelId({}.{})", self.slot, self.generation)
    }
}

/// All that is known of a channel.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) label: Box<str>,
    pub(super) protocol: Box<str>,
    pub(super) ordered: bool,
    pub(super) reliability: Reliability,
    pub(super) priority: Priority,
    pub(super) negotiated: bool,
    /// Whether the other side opened it, so that its texts count against the limit for those.
    pub(super) remote: bool,
    pub(super) stream: Option<u16>,
    pub(super) phase: Phase,
    /// Whether the application knows that it is open.
    pub(super) open_said: bool,
    /// Whether `Readable` was said and `recv` has not returned `None` since.
    pub(super) readable: bool,
    /// Whether a send was refused for want of room since `Writable` was said last.
    pub(super) starved: bool,
    pub(super) buffered_amount_low_threshold: usize,
    pub(super) counters: Counters,
}

/// Where a channel is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The association is not up, or the channel has no stream yet.
    Connecting,
    /// DATA_CHANNEL_OPEN was sent: messages may follow it, but in order (RFC 8832 section 6).
    AwaitingAck,
    /// Open on both sides.
    Open,
    /// One or both directions of the stream are being reset (RFC 8831 section 6.7).
    Closing { ours: Reset, theirs: bool },
    /// Over, after `buffered` bytes had been left unsent.
    Closed { buffered: usize },
}

/// Where the reset of our direction of a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reset {
    /// Held back until the application has read what had arrived: as long as our direction stands
    /// the other side cannot use the stream anew.
    Owed,
    /// The association was asked for it.
    Requested,
    /// The other side confirmed it.
    Done,
}

/// What went through a channel, for its statistics.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counters {
    pub(super) messages_sent: u64,
    pub(super) bytes_sent: u64,
    pub(super) messages_received: u64,
    pub(super) bytes_received: u64,
}

/// Channels by id and by stream.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Vec<Slot>,
    vacant: Vec<u32>,
    /// Closed channels, the one that closed first in front.
    closed: VecDeque<ChannelId>,
    by_stream: BTreeMap<u16, ChannelId>,
    /// How many live channels there are of each priority.
    priorities: [usize; 4],
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    channel: Option<Channel>,
}

impl Table {
    /// Adds a channel.
    pub(super) fn insert(&mut self, channel: Channel) -> ChannelId {
        let stream = channel.stream;
        *self.of_priority(channel.priority) += 1;
        let slot = match self.vacant.pop() {
            Some(slot) => slot,
            None => {
                if self.slots.is_empty() {
                    // Most connections have but one channel.
                    self.slots.reserve_exact(1);
                }
                self.slots.push(Slot { generation: 0, channel: None });
                // At most 65,535 live and 256 closed channels.
                (self.slots.len() - 1) as u32
            }
        };
        let entry = &mut self.slots[slot as usize];
        entry.channel = Some(channel);
        let id = ChannelId { slot, generation: entry.generation };
        if let Some(stream) = stream {
            self.by_stream.insert(stream, id);
        }
        id
    }

    pub(super) fn get(&self, id: ChannelId) -> Option<&Channel> {
        let slot = self.slots.get(id.slot as usize)?;
        slot.channel.as_ref().filter(|_| slot.generation == id.generation)
    }

    pub(super) fn get_mut(&mut self, id: ChannelId) -> Option<&mut Channel> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        slot.channel.as_mut().filter(|_| slot.generation == id.generation)
    }

    /// The live channel on `stream`.
    pub(super) fn on_stream(&self, stream: u16) -> Option<ChannelId> {
        self.by_stream.get(&stream).copied()
    }

    /// Gives a live channel its stream.
    pub(super) fn assign(&mut self, id: ChannelId, stream: u16) {
        if let Some(channel) = self.get_mut(id) {
            channel.stream = Some(stream);
            self.by_stream.insert(stream, id);
        }
    }

    /// Marks a channel as closed, gives its stream back, and forgets the oldest closed ones.
    pub(super) fn retire(&mut self, id: ChannelId, buffered: usize) {
        let Some(channel) = self.get_mut(id) else { return };
        if matches!(channel.phase, Phase::Closed { .. }) {
            return;
        }
        channel.phase = Phase::Closed { buffered };
        let (stream, priority) = (channel.stream, channel.priority);
        if let Some(stream) = stream {
            self.by_stream.remove(&stream);
        }
        *self.of_priority(priority) -= 1;
        self.closed.push_back(id);
        if self.closed.len() > REMEMBERED
            && let Some(oldest) = self.closed.pop_front()
        {
            let slot = &mut self.slots[oldest.slot as usize];
            slot.channel = None;
            slot.generation = slot.generation.wrapping_add(1);
            self.vacant.push(oldest.slot);
        }
    }

    /// The ids of all live channels, in the order of their slots.
    pub(super) fn live(&self) -> Vec<ChannelId> {
        self.iter()
            .filter(|(_, channel)| !matches!(channel.phase, Phase::Closed { .. }))
            .map(|(id, _)| id)
            .collect()
    }

    /// All channels that are remembered, in the order of their slots.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ChannelId, &Channel)> {
        self.slots.iter().enumerate().filter_map(|(slot, entry)| {
            let id = ChannelId { slot: slot as u32, generation: entry.generation };
            entry.channel.as_ref().map(|channel| (id, channel))
        })
    }

    /// The highest priority of a live channel.
    pub(super) fn highest_priority(&self) -> Option<Priority> {
        let order = [Priority::High, Priority::Medium, Priority::Low, Priority::VeryLow];
        order.into_iter().find(|priority| self.priorities[*priority as usize] > 0)
    }

    fn of_priority(&mut self, priority: Priority) -> &mut usize {
        &mut self.priorities[priority as usize]
    }

    /// How many channels are live.
    pub(super) fn live_count(&self) -> usize {
        self.slots.len() - self.vacant.len() - self.closed.len()
    }
}

/// Hands out stream ids of one parity, the lowest free one first.
#[derive(Debug)]
pub(super) struct StreamIds {
    /// The lowest id that was never handed out.
    next: u32,
    returned: BTreeSet<u16>,
}

impl StreamIds {
    /// Even ids for the DTLS client, odd ones for the server (RFC 8832 section 6).
    pub(super) fn new(dtls_client: bool) -> Self {
        Self { next: if dtls_client { 0 } else { 1 }, returned: BTreeSet::new() }
    }

    /// Whether `stream` is one that our side may open.
    pub(super) fn is_ours(&self, stream: u16) -> bool {
        u32::from(stream) % 2 == self.next % 2
    }

    /// The lowest free id below `limit`.
    pub(super) fn take(&mut self, table: &Table, limit: u16) -> Option<u16> {
        while let Some(stream) = self.returned.pop_first() {
            // A negotiated channel may have taken it meanwhile.
            if stream < limit && table.on_stream(stream).is_none() {
                return Some(stream);
            }
        }
        while self.next < u32::from(limit) {
            let stream = self.next as u16;
            self.next += 2;
            if table.on_stream(stream).is_none() {
                return Some(stream);
            }
        }
        None
    }

    /// Gives an id back after its stream was reset both ways.
    pub(super) fn give_back(&mut self, stream: u16) {
        if self.is_ours(stream) && u32::from(stream) < self.next {
            self.returned.insert(stream);
        }
    }
}

/// How many closed channels are remembered.
const REMEMBERED: usize = 256;
