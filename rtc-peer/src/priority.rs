//! `RTCPriorityType`, and what it asks of the network (RFC 8837).

use crate::rtp::MediaKind;

/// `RTCPriorityType`: a weight among others (RFC 8831 section 6.4, webrtc-priority).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Priority {
    /// `very-low`: weight 128.
    VeryLow,
    /// `low`: weight 256.
    #[default]
    Low,
    /// `medium`: weight 512.
    Medium,
    /// `high`: weight 1,024.
    High,
}

impl Priority {
    /// The weight, which is also how DCEP writes the priority.
    pub(crate) const fn to_wire(self) -> u16 {
        match self {
            Self::VeryLow => 128,
            Self::Low => 256,
            Self::Medium => 512,
            Self::High => 1024,
        }
    }

    /// Reads DCEP's priority by the ranges of RFC 8831 section 6.4.
    pub(crate) const fn from_wire(priority: u16) -> Self {
        match priority {
            ..=128 => Self::VeryLow,
            129..=256 => Self::Low,
            257..=512 => Self::Medium,
            _ => Self::High,
        }
    }

    /// The code point of media of this priority (RFC 8837 section 5): interactive video, with
    /// audio or without, and audio.
    pub(crate) const fn media_dscp(self, kind: MediaKind) -> u8 {
        match (self, kind) {
            (Self::VeryLow, _) => LE,
            (Self::Low, _) => DF,
            (Self::Medium | Self::High, MediaKind::Audio) => EF,
            (Self::Medium, MediaKind::Video) => AF42,
            (Self::High, MediaKind::Video) => AF41,
        }
    }

    /// The code point of data of this priority (RFC 8837 section 5).
    pub(crate) const fn data_dscp(self) -> u8 {
        match self {
            Self::VeryLow => LE,
            Self::Low => DF,
            Self::Medium => AF11,
            Self::High => AF21,
        }
    }
}

/// Lower effort (RFC 8622).
const LE: u8 = 1;
/// The default (RFC 2474).
const DF: u8 = 0;
/// Expedited forwarding (RFC 3246).
const EF: u8 = 46;
/// Assured forwarding (RFC 2597).
const AF11: u8 = 10;
const AF21: u8 = 18;
const AF41: u8 = 34;
const AF42: u8 = 36;
