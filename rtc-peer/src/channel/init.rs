//! What a data channel is asked to be: `RTCDataChannelInit` and its parts.

use alloc::string::String;
use core::time::Duration;

use rtc_sctp::SendOptions;

use crate::error::CreateDataChannelError;
use crate::priority::Priority;

/// `RTCDataChannelInit`: how a data channel treats its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataChannelInit {
    /// Whether messages arrive in the order in which they were sent. Default: true.
    pub ordered: bool,
    /// For how many milliseconds a message is transmitted and retransmitted before it is given up.
    /// Excludes `max_retransmits`. Default: `None`, no limit.
    pub max_packet_life_time: Option<u16>,
    /// How often a message is retransmitted before it is given up. Excludes
    /// `max_packet_life_time`. Default: `None`, no limit.
    pub max_retransmits: Option<u16>,
    /// The sub-protocol's name, at most 65,535 bytes of UTF-8. Default: empty.
    pub protocol: String,
    /// Whether both sides create the channel with the same `id` by an agreement of their own, so
    /// that none of them announces it. Default: false.
    pub negotiated: bool,
    /// The channel's id, 0 to 65,534. Needed if `negotiated`, ignored otherwise. Default: `None`.
    pub id: Option<u16>,
    /// `priority` of the WebRTC priority extension: this channel's share of the association when
    /// several channels have something to send. Default: low, 256.
    pub priority: Priority,
}

impl Default for DataChannelInit {
    fn default() -> Self {
        Self {
            ordered: true,
            max_packet_life_time: None,
            max_retransmits: None,
            protocol: String::new(),
            negotiated: false,
            id: None,
            priority: Priority::default(),
        }
    }
}

impl DataChannelInit {
    /// The checks of `createDataChannel` that need nothing but its arguments.
    pub(crate) fn validate(&self, label: &str) -> Result<Reliability, CreateDataChannelError> {
        if label.len() > MAX_TEXT {
            return Err(CreateDataChannelError::LabelTooLong);
        }
        if self.protocol.len() > MAX_TEXT {
            return Err(CreateDataChannelError::ProtocolTooLong);
        }
        if self.negotiated && self.id.is_none() {
            return Err(CreateDataChannelError::MissingId);
        }
        if self.negotiated && self.id == Some(u16::MAX) {
            return Err(CreateDataChannelError::IdOutOfRange);
        }
        match (self.max_packet_life_time, self.max_retransmits) {
            (Some(_), Some(_)) => Err(CreateDataChannelError::TwoLimits),
            (Some(millis), None) => Ok(Reliability::MaxPacketLifeTime(millis)),
            (None, Some(count)) => Ok(Reliability::MaxRetransmits(count)),
            (None, None) => Ok(Reliability::Reliable),
        }
    }
}

/// For how long a message of a channel is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Reliability {
    /// Until it arrives.
    #[default]
    Reliable,
    /// For so many retransmissions.
    MaxRetransmits(u16),
    /// For so many milliseconds.
    MaxPacketLifeTime(u16),
}

impl Reliability {
    /// What SCTP calls it.
    pub(super) fn send_options(self, unordered: bool) -> SendOptions {
        let options = match self {
            Self::Reliable => SendOptions::RELIABLE,
            Self::MaxRetransmits(count) => SendOptions::RELIABLE.max_retransmits(count),
            Self::MaxPacketLifeTime(millis) => {
                SendOptions::RELIABLE.lifetime(Duration::from_millis(millis.into()))
            }
        };
        if unordered { options.unordered() } else { options }
    }
}

/// The longest label or protocol: DCEP counts them in 16 bits.
const MAX_TEXT: usize = 65_535;
