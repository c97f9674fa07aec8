//! Descriptions as signalling carries them: `RTCSessionDescription`.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use thiserror::Error;

/// `RTCSdpType`: what a description is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SdpType {
    /// Opens an exchange.
    Offer,
    /// A provisional answer; the exchange goes on.
    Pranswer,
    /// Ends an exchange.
    Answer,
    /// Gives up the exchange that is under way; carries no description.
    Rollback,
}

impl SdpType {
    /// The W3C specification's string for this type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Pranswer => "pranswer",
            Self::Answer => "answer",
            Self::Rollback => "rollback",
        }
    }
}

impl fmt::Display for SdpType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SdpType {
    type Err = UnknownSdpType;

    fn from_str(text: &str) -> Result<Self, UnknownSdpType> {
        [Self::Offer, Self::Pranswer, Self::Answer, Self::Rollback]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownSdpType)
    }
}

/// The text is none of `offer`, `pranswer`, `answer` and `rollback`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a type of description")]
pub struct UnknownSdpType;

/// `RTCSessionDescription`: a type and a text, to be carried to the other side as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// `type`.
    pub kind: SdpType,
    /// `sdp`. Empty for a rollback.
    pub sdp: String,
}

impl Description {
    /// An offer that signalling has brought.
    pub fn offer(sdp: impl Into<String>) -> Self {
        Self { kind: SdpType::Offer, sdp: sdp.into() }
    }

    /// An answer that signalling has brought.
    pub fn answer(sdp: impl Into<String>) -> Self {
        Self { kind: SdpType::Answer, sdp: sdp.into() }
    }

    /// A provisional answer that signalling has brought.
    pub fn pranswer(sdp: impl Into<String>) -> Self {
        Self { kind: SdpType::Pranswer, sdp: sdp.into() }
    }

    /// Gives up the exchange that is under way.
    pub const fn rollback() -> Self {
        Self { kind: SdpType::Rollback, sdp: String::new() }
    }
}

/// `RTCOfferOptions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OfferOptions {
    /// `iceRestart`: whether to look for a path anew, with new credentials. Default: false.
    pub ice_restart: bool,
}
