//! Why a packet or a command was not taken.

use rtc_srtp::{DecodeError, PayloadError};

use crate::error::Exception;

/// Why a packet that was received is of no use. It is dropped, and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// It is malformed.
    #[error("malformed packet: {0}")]
    Decode(#[from] DecodeError),
    /// Nothing says which m-section it belongs to (RFC 9143, section 9.2).
    #[error("the packet belongs to no m-section")]
    Unrecognized,
    /// Its m-section has not negotiated its payload type.
    #[error("payload type {0} was not negotiated")]
    PayloadType(u8),
    /// It is a retransmission and nobody knows of which stream.
    #[error("a retransmission of an unknown stream")]
    UnknownRepair,
    /// Its SSRC is one of ours: a loop, or a collision (RFC 3550, section 8.2).
    #[error("the packet has an SSRC of our own")]
    Collision,
    /// There are as many streams as there may be.
    #[error("too many streams")]
    TooManyStreams,
    /// It came before, or so late that nobody can tell.
    #[error("the packet came before")]
    Duplicate,
    /// Its sequence number is far from those before it; if the next one follows it, the source has
    /// started anew (RFC 3550, section A.1).
    #[error("the sequence number jumps")]
    Jump,
    /// The transport carries no media.
    #[error("the transport carries no media")]
    NoMedia,
}

/// Why a packet or a frame was not taken to be sent. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendMediaError {
    /// The sender does not send: its direction says so, or it was stopped, or nothing is negotiated
    /// yet.
    #[error("nothing is being sent")]
    NotSending,
    /// There is no such encoding.
    #[error("there is no such encoding")]
    UnknownEncoding,
    /// The encoding is switched off. Whoever forwards can ignore this.
    #[error("the encoding is not active")]
    Inactive,
    /// The payload type was not negotiated for this sender.
    #[error("payload type {0} was not negotiated")]
    PayloadType(u8),
    /// The codec has no payload format that we know; its packets can be sent, its frames not.
    #[error("the payload format is not known")]
    UnknownFormat,
    /// As much waits to be sent as may.
    #[error("the queue is full")]
    Full,
    /// It does not fit into a packet, or cannot be taken apart.
    #[error("not sendable: {0}")]
    Payload(#[from] PayloadError),
    /// Packets that come more than 1,000 after it have been sent, or itself has.
    #[error("the packet is late")]
    Late,
}

impl SendMediaError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::NotSending | Self::Inactive => Exception::InvalidState,
            Self::UnknownEncoding | Self::PayloadType(_) => Exception::InvalidAccess,
            Self::UnknownFormat | Self::Full | Self::Payload(_) | Self::Late => {
                Exception::Operation
            }
        }
    }
}

/// Why tones cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DtmfError {
    /// `canInsertDTMF` is false: nothing is being sent, or `telephone-event` was not negotiated.
    #[error("tones cannot be sent")]
    NotSending,
    /// A character is neither a tone nor a pause. JavaScript knows this as
    /// `InvalidCharacterError`.
    #[error("{0:?} is not a tone")]
    InvalidCharacter(char),
    /// There are more tones than [`MAX_TONES`](super::MAX_TONES).
    #[error("too many tones")]
    TooMany,
}

/// Why a command to a receiver was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiverError {
    /// Nothing is being received: its direction says so, or nothing is negotiated yet.
    #[error("nothing is being received")]
    NotReceiving,
    /// No stream of this encoding has come.
    #[error("there is no such stream")]
    UnknownStream,
    /// The feedback that this takes was not negotiated.
    #[error("the feedback was not negotiated")]
    NotNegotiated,
}

impl ReceiverError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::NotReceiving => Exception::InvalidState,
            Self::UnknownStream => Exception::InvalidAccess,
            Self::NotNegotiated => Exception::Operation,
        }
    }
}
