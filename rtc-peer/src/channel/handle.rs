//! A data channel as its application sees it: `RTCDataChannel`.

use core::fmt;

use rtc_core::Instant;

use super::channels::Channels;
use super::init::Reliability;
use super::message::Message;
use super::table::{Channel, ChannelId, Phase};
use crate::error::SendError;
use crate::priority::Priority;

/// `RTCDataChannelState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataChannelState {
    /// Messages cannot be sent yet.
    Connecting,
    /// Messages can be sent.
    Open,
    /// The channel is being closed from either side.
    Closing,
    /// The channel is closed.
    Closed,
}

impl DataChannelState {
    /// The W3C specification's string for this state.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for DataChannelState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A look at a data channel: what can be read of an `RTCDataChannel`, also after it closed.
#[derive(Debug, Clone, Copy)]
pub struct DataChannel<'a> {
    channels: &'a Channels,
    channel: &'a Channel,
    id: ChannelId,
}

impl<'a> DataChannel<'a> {
    pub(crate) fn new(channels: &'a Channels, id: ChannelId) -> Option<Self> {
        channels.table.get(id).map(|channel| Self { channels, channel, id })
    }

    /// `label`.
    pub fn label(&self) -> &'a str {
        &self.channel.label
    }

    /// `protocol`: the sub-protocol's name.
    pub fn protocol(&self) -> &'a str {
        &self.channel.protocol
    }

    /// `ordered`.
    pub const fn ordered(&self) -> bool {
        self.channel.ordered
    }

    /// `maxPacketLifeTime`, in milliseconds.
    pub const fn max_packet_life_time(&self) -> Option<u16> {
        match self.channel.reliability {
            Reliability::MaxPacketLifeTime(millis) => Some(millis),
            _ => None,
        }
    }

    /// `maxRetransmits`.
    pub const fn max_retransmits(&self) -> Option<u16> {
        match self.channel.reliability {
            Reliability::MaxRetransmits(count) => Some(count),
            _ => None,
        }
    }

    /// `negotiated`: whether both sides created the channel by an agreement of their own.
    pub const fn negotiated(&self) -> bool {
        self.channel.negotiated
    }

    /// `priority` of the WebRTC priority extension.
    pub const fn priority(&self) -> Priority {
        self.channel.priority
    }

    /// `id`: the SCTP stream. `None` until the DTLS roles are known, unless negotiated.
    pub const fn id(&self) -> Option<u16> {
        self.channel.stream
    }

    /// `readyState`. A channel of our own is `connecting` until its `open` event was polled, though
    /// messages may be sent as soon as that is queued.
    pub const fn ready_state(&self) -> DataChannelState {
        match self.channel.phase {
            Phase::Connecting => DataChannelState::Connecting,
            Phase::AwaitingAck | Phase::Open if !self.channel.open_said => {
                DataChannelState::Connecting
            }
            Phase::AwaitingAck | Phase::Open => DataChannelState::Open,
            Phase::Closing { .. } => DataChannelState::Closing,
            Phase::Closed { .. } => DataChannelState::Closed,
        }
    }

    /// `bufferedAmount`: bytes that were given to `send` and have not gone to the network.
    pub fn buffered_amount(&self) -> usize {
        self.channels.buffered_amount(self.id)
    }

    /// `bufferedAmountLowThreshold`, in bytes.
    pub const fn buffered_amount_low_threshold(&self) -> usize {
        self.channel.buffered_amount_low_threshold
    }

    /// `messagesSent` of the statistics.
    pub const fn messages_sent(&self) -> u64 {
        self.channel.counters.messages_sent
    }

    /// `bytesSent` of the statistics: bytes of messages, without any overhead.
    pub const fn bytes_sent(&self) -> u64 {
        self.channel.counters.bytes_sent
    }

    /// `messagesReceived` of the statistics: messages that the application has taken.
    pub const fn messages_received(&self) -> u64 {
        self.channel.counters.messages_received
    }

    /// `bytesReceived` of the statistics: bytes of the messages that the application has taken.
    pub const fn bytes_received(&self) -> u64 {
        self.channel.counters.bytes_received
    }
}

/// A data channel to use: what an `RTCDataChannel` can be told.
#[derive(Debug)]
pub struct DataChannelMut<'a> {
    channels: &'a mut Channels,
    id: ChannelId,
    now: Instant,
}

impl<'a> DataChannelMut<'a> {
    pub(crate) fn new(channels: &'a mut Channels, id: ChannelId, now: Instant) -> Option<Self> {
        channels.table.get(id)?;
        Some(Self { channels, id, now })
    }

    /// The channel's attributes.
    pub fn attributes(&self) -> DataChannel<'_> {
        DataChannel::new(self.channels, self.id).expect("looked up when the handle was made")
    }

    /// `send`: queues a message. Nothing is sent before the next `poll_transmit`.
    ///
    /// # Errors
    ///
    /// The channel must be open, the message no larger than the other side takes, and the send
    /// buffer not full. A refused message has not been queued.
    pub fn send(&mut self, message: impl Into<Message>) -> Result<(), SendError> {
        self.channels.send(self.now, self.id, message.into())
    }

    /// Takes the next message that has arrived. What is not taken keeps the other side from
    /// sending more than the receive buffer holds, and holds up nothing else.
    pub fn recv(&mut self) -> Option<Message> {
        self.channels.recv(self.now, self.id)
    }

    /// `close`: what was sent before still arrives; what was not received is thrown away.
    /// [`ChannelEvent::Closed`](crate::ChannelEvent::Closed) follows when both sides are done.
    pub fn close(&mut self) {
        self.channels.close(self.now, self.id);
    }

    /// Sets `bufferedAmountLowThreshold`, in bytes; 0 by default.
    pub fn set_buffered_amount_low_threshold(&mut self, threshold: usize) {
        self.channels.set_buffered_amount_low_threshold(self.id, threshold);
    }
}
