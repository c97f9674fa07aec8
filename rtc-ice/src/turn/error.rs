//! What can be wrong with a datagram, a command, or the whole allocation.

use alloc::boxed::Box;
use core::net::SocketAddr;

use super::channel_data::{ChannelDataError, ChannelNumber};
use crate::error::DecodeError;
use crate::framing::FramingError;
use crate::stun::{AttributeType, ErrorCode};

/// Why a datagram from the server had no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not a STUN message.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It is not a ChannelData message.
    #[error(transparent)]
    ChannelData(#[from] ChannelDataError),
    /// The stream cannot be cut; the client has ended.
    #[error(transparent)]
    Framing(#[from] FramingError),
    /// A message that no server sends to a client.
    #[error("the message is none that a server sends")]
    Unexpected,
    /// A response to no request that is outstanding.
    #[error("the response belongs to no outstanding request")]
    UnknownTransaction,
    /// A response that took another path than its request.
    #[error("the response came on another path than the request went")]
    Asymmetric,
    /// A response whose integrity attribute is missing, wrong, or weaker than that of the request.
    #[error("the integrity attribute is missing or wrong")]
    Integrity,
    /// A message that lacks an attribute that it needs.
    #[error("{0:?} is missing")]
    MissingAttribute(AttributeType),
    /// A message with a comprehension-required attribute that is not known.
    #[error("{0:?} is not known")]
    UnknownAttribute(AttributeType),
    /// Data from a peer that has no permission.
    #[error("the peer has no permission")]
    NoPermission,
    /// Data on a channel that is not bound.
    #[error("channel {0:?} is not bound")]
    UnknownChannel(ChannelNumber),
    /// There is no allocation.
    #[error("there is no allocation")]
    NotAllocated,
}

/// Why an allocation is not moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoveError {
    /// There is no allocation.
    #[error("there is no allocation")]
    NotAllocated,
    /// The server has given no ticket.
    #[error("the server has given no ticket")]
    NoTicket,
    /// It is on this path already.
    #[error("the allocation is on this path already")]
    SamePath,
}

/// Why there is no allocation, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// No answer came.
    #[error("the server has not answered")]
    NoAnswer,
    /// The connection ended, or what came over it was neither STUN nor ChannelData.
    #[error("the connection to the server ended")]
    Disconnected,
    /// The server does not take the credentials.
    #[error("the server does not take the credentials")]
    WrongCredentials,
    /// Somebody on the way has taken the stronger security features out of the challenge, or the
    /// server knows no algorithm that we know (RFC 8489, sections 9.2.1 and 9.2.5).
    #[error("the security features of the challenge are not what its nonce says")]
    BidDown,
    /// All answers were made without the key.
    #[error("no answer was made with the key")]
    Integrity,
    /// The server has, or had, another allocation for this path, of somebody else or of before:
    /// another local port should be tried (RFC 8656, section 7.4). Of an allocation that was there:
    /// the server does not know it any more.
    #[error("the server has another allocation, or none, for this path")]
    Mismatch,
    /// Another server is to be asked over the same transport, secured as this one: a new client
    /// with [`Config::redirected`](super::Config::redirected).
    #[error("the server asks to try {server}")]
    Redirected {
        /// The other server.
        server: SocketAddr,
        /// The name that its certificate has, if it is another than the one of this server.
        domain: Option<Box<str>>,
    },
    /// The server refused: 486 and 508 may pass after a minute (RFC 8656, section 7.4).
    #[error("the server refused with {}", .0.number())]
    Refused(ErrorCode),
    /// An answer lacks what it must have.
    #[error("the answer makes no sense")]
    Malformed,
}

impl Failure {
    /// The code that tells it to an application: the server's, or 701 where the server was not
    /// reached or not understood (the W3C's `RTCPeerConnectionIceErrorEvent`).
    pub const fn error_code(&self) -> u16 {
        match self {
            Self::NoAnswer | Self::Disconnected | Self::Integrity | Self::Malformed => 701,
            Self::WrongCredentials | Self::BidDown => ErrorCode::UNAUTHENTICATED.number(),
            Self::Mismatch => ErrorCode::ALLOCATION_MISMATCH.number(),
            Self::Redirected { .. } => ErrorCode::TRY_ALTERNATE.number(),
            Self::Refused(code) => code.number(),
        }
    }
}
