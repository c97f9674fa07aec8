//! What can be wrong with a datagram or a command.

use thiserror::Error;

use crate::packet::CauseCode;

/// Why a datagram, or a part of it, was not processed; the association lives on unless an
/// [`Event::Closed`](crate::Event::Closed) says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The packet is malformed.
    #[error("malformed packet")]
    Decode(#[from] DecodeError),
    /// The packet is for other ports than those of this association.
    #[error("packet for another port")]
    Port,
    /// The verification tag is not the one that this association expects (RFC 9260 section 8.5).
    #[error("wrong verification tag")]
    VerificationTag,
    /// A cookie is not one of ours, or is for another association (RFC 9260 section 5.1.5).
    #[error("invalid cookie")]
    Cookie,
    /// A cookie is past its lifetime (RFC 9260 section 5.1.5).
    #[error("stale cookie")]
    StaleCookie,
    /// A chunk type is not known and forbids to go on (RFC 9260 section 3.2).
    #[error("unknown chunk type {kind}")]
    UnknownChunk {
        /// The chunk type.
        kind: u8,
    },
    /// The packet does not fit in the state of the association and was dropped.
    #[error("packet out of place")]
    Unexpected,
    /// The peer broke the protocol and the association is aborted.
    #[error("protocol violation: {0}")]
    Violation(#[from] Violation),
    /// The association is closed.
    #[error("association is closed")]
    Closed,
}

/// Why bytes are not a packet, chunk or parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// There are fewer bytes than the format asks for.
    #[error("truncated")]
    Truncated,
    /// A length field is impossible.
    #[error("impossible length")]
    Length,
    /// The checksum is wrong.
    #[error("wrong checksum")]
    Checksum,
    /// A field holds a value that is not allowed.
    #[error("value out of range")]
    Value,
}

/// How the peer broke the protocol so that the association cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Violation {
    /// A SACK acknowledges what was never sent.
    #[error("acknowledgement of data that was never sent")]
    OptimisticAck,
    /// A message is larger than [`Config::max_message_size`](crate::Config::max_message_size).
    #[error("message over the maximum size")]
    MessageTooLarge,
    /// Fragments contradict each other.
    #[error("contradictory fragments")]
    Fragments,
    /// A DATA chunk without user data.
    #[error("data chunk without user data")]
    NoUserData,
    /// An INIT or INIT ACK with a tag or a number of streams of zero, or without a cookie.
    #[error("invalid mandatory parameter")]
    InvalidParameter,
}

impl Violation {
    /// The error cause that the peer is told.
    pub(crate) const fn cause(self) -> CauseCode {
        match self {
            Self::NoUserData => CauseCode::NO_USER_DATA,
            Self::InvalidParameter => CauseCode::INVALID_MANDATORY_PARAMETER,
            Self::OptimisticAck | Self::MessageTooLarge | Self::Fragments => {
                CauseCode::PROTOCOL_VIOLATION
            }
        }
    }
}

/// Why a message was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SendError {
    /// The association is closed or closing.
    #[error("association is closed")]
    Closed,
    /// The message is larger than the peer, or the send buffer, takes.
    #[error("message over {limit} bytes")]
    TooLarge {
        /// The most that a message may hold, in bytes.
        limit: usize,
    },
    /// SCTP cannot carry a message without bytes (RFC 9260 section 3.3.1, RFC 8831 section 6.6).
    #[error("empty message")]
    Empty,
    /// There is no space now; an [`Event::Writable`](crate::Event::Writable) will follow.
    #[error("send buffer is full")]
    Full,
    /// The stream identifier is not below the number of streams that was negotiated.
    #[error("no such stream")]
    NoSuchStream,
    /// The stream is being reset; wait for
    /// [`Event::OutgoingReset`](crate::Event::OutgoingReset).
    #[error("stream is being reset")]
    Resetting,
}

/// Why a stream cannot be reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ResetError {
    /// The association is closed or closing.
    #[error("association is closed")]
    Closed,
    /// The stream identifier is not below the number of streams that was negotiated.
    #[error("no such stream")]
    NoSuchStream,
    /// The stream is being reset already.
    #[error("stream is being reset")]
    Resetting,
    /// The peer does not know RE-CONFIG (RFC 6525).
    #[error("the peer does not support stream reset")]
    NotSupported,
}
