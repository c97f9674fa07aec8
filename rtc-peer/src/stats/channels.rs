//! The connection as a whole, and its data channels.

use alloc::string::String;

use super::id::{StatsId, Subject};
use super::timestamp::Timestamp;
use crate::channel::{ChannelId, DataChannel, DataChannelState};

/// `RTCPeerConnectionStats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerConnectionStats {
    /// `id`.
    pub id: StatsId,
    /// `timestamp`.
    pub timestamp: Timestamp,
    /// `dataChannelsOpened`.
    pub data_channels_opened: u64,
    /// `dataChannelsClosed`: those among the opened that have closed.
    pub data_channels_closed: u64,
}

/// `RTCDataChannelStats`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DataChannelStats {
    /// `id`.
    pub id: StatsId,
    /// `timestamp`.
    pub timestamp: Timestamp,
    /// Which channel it is; not of W3C.
    pub channel: ChannelId,
    /// `label`.
    pub label: String,
    /// `protocol`.
    pub protocol: String,
    /// `dataChannelIdentifier`: the SCTP stream, once it is known.
    pub data_channel_identifier: Option<u16>,
    /// `state`.
    pub state: DataChannelState,
    /// `messagesSent`.
    pub messages_sent: u64,
    /// `bytesSent`: of messages.
    pub bytes_sent: u64,
    /// `messagesReceived`: that the application has taken.
    pub messages_received: u64,
    /// `bytesReceived`: of messages that the application has taken.
    pub bytes_received: u64,
}

impl PeerConnectionStats {
    /// `channels`: how many were opened, and how many of those were closed.
    pub(crate) const fn new(timestamp: Timestamp, channels: (u64, u64)) -> Self {
        let (data_channels_opened, data_channels_closed) = channels;
        Self {
            id: StatsId(Subject::PeerConnection),
            timestamp,
            data_channels_opened,
            data_channels_closed,
        }
    }
}

impl DataChannelStats {
    pub(crate) fn new(timestamp: Timestamp, id: ChannelId, channel: DataChannel<'_>) -> Self {
        Self {
            id: StatsId(Subject::DataChannel(id)),
            timestamp,
            channel: id,
            label: channel.label().into(),
            protocol: channel.protocol().into(),
            data_channel_identifier: channel.id(),
            state: channel.ready_state(),
            messages_sent: channel.messages_sent(),
            bytes_sent: channel.bytes_sent(),
            messages_received: channel.messages_received(),
            bytes_received: channel.bytes_received(),
        }
    }
}
