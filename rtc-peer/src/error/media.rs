//! What can be wrong with a command about tracks and transceivers.

use thiserror::Error;

use super::Exception;

/// The id names no transceiver of this connection: it is another connection's, or that of a
/// transceiver which a rollback took away, or which stopped and left the descriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no such transceiver")]
pub struct UnknownTransceiver;

impl UnknownTransceiver {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        Exception::InvalidAccess
    }
}

/// Why a track cannot be added. The connection is as it was before the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddTrackError {
    /// The connection was closed.
    #[error("the connection is closed")]
    Closed,
    /// A sender has this track already.
    #[error("the track has been added already")]
    AlreadyAdded,
    /// The connection has as many transceivers as it can have
    /// ([`MAX_TRANSCEIVERS`](crate::MAX_TRANSCEIVERS)).
    #[error("too many transceivers")]
    TooMany,
}

impl AddTrackError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::Closed => Exception::InvalidState,
            Self::AlreadyAdded => Exception::InvalidAccess,
            Self::TooMany => Exception::Operation,
        }
    }
}

/// Why a track cannot be removed. The connection is as it was before the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RemoveTrackError {
    /// The connection was closed.
    #[error("the connection is closed")]
    Closed,
    /// The id names no transceiver.
    #[error(transparent)]
    Unknown(#[from] UnknownTransceiver),
}

impl RemoveTrackError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::Closed => Exception::InvalidState,
            Self::Unknown(unknown) => unknown.exception(),
        }
    }
}

/// Why a transceiver cannot be added. The connection is as it was before the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddTransceiverError {
    /// The connection was closed.
    #[error("the connection is closed")]
    Closed,
    /// `direction` is `Stopped`.
    #[error("a transceiver cannot begin as stopped")]
    Stopped,
    /// One of `send_encodings` cannot be.
    #[error("encoding {index}: {fault}")]
    Encoding {
        /// The index of the encoding, from 0.
        index: usize,
        /// What is wrong.
        fault: EncodingFault,
    },
    /// The connection has as many transceivers as it can have
    /// ([`MAX_TRANSCEIVERS`](crate::MAX_TRANSCEIVERS)).
    #[error("too many transceivers")]
    TooMany,
}

impl AddTransceiverError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::Closed => Exception::InvalidState,
            Self::Stopped => Exception::Type,
            Self::Encoding { fault, .. } => match fault {
                EncodingFault::UnknownCodec => Exception::Operation,
                fault => fault.exception(),
            },
            Self::TooMany => Exception::Operation,
        }
    }
}

/// What is wrong with the parameters of an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodingFault {
    /// The RID is not made of 1 to 16 letters and digits (RFC 8851 section 10).
    #[error("malformed RID")]
    BadRid,
    /// Another encoding has a RID and this one has none.
    #[error("no RID where others have one")]
    MissingRid,
    /// Another encoding has the same RID.
    #[error("RID of another encoding")]
    DuplicateRid,
    /// The codec is none that could be sent, or none of those that were negotiated.
    #[error("codec that cannot be sent")]
    UnknownCodec,
    /// `scale_resolution_down_by` is less than 1.
    #[error("scale_resolution_down_by is less than 1")]
    Scale,
    /// `max_framerate` is negative, or not a number.
    #[error("max_framerate is negative")]
    Framerate,
}

impl EncodingFault {
    /// The exception in both commands that encodings are given to, but for a codec.
    const fn exception(self) -> Exception {
        match self {
            Self::BadRid | Self::MissingRid | Self::DuplicateRid => Exception::Type,
            Self::UnknownCodec => Exception::InvalidModification,
            Self::Scale | Self::Framerate => Exception::Range,
        }
    }
}

/// Why a transceiver cannot be given a direction. It has the one that it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SetDirectionError {
    /// The transceiver is stopping, or has stopped.
    #[error("the transceiver has stopped")]
    Stopping,
    /// The direction is `Stopped`, which [`stop`](crate::TransceiverMut::stop) is for.
    #[error("a direction cannot be set to stopped")]
    Stopped,
}

impl SetDirectionError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::Stopping => Exception::InvalidState,
            Self::Stopped => Exception::Type,
        }
    }
}

/// The connection was closed, so that nothing about its transceivers changes any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the connection is closed")]
pub struct ConnectionClosed;

impl ConnectionClosed {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        Exception::InvalidState
    }
}

/// Why codec preferences cannot be set. They are what they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SetCodecPreferencesError {
    /// The codec at this index, from 0, is none of the capabilities.
    #[error("codec {0} is none of the capabilities")]
    UnknownCodec(usize),
    /// No codec is left that could carry a track: only RTX, RED, FEC or comfort noise.
    #[error("no codec could carry a track")]
    NothingToOffer,
}

impl SetCodecPreferencesError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::UnknownCodec(_) | Self::NothingToOffer => Exception::InvalidModification,
        }
    }
}

/// Why a sender's track cannot be replaced. It has the one that it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReplaceTrackError {
    /// The connection was closed.
    #[error("the connection is closed")]
    Closed,
    /// The track is not of the transceiver's kind.
    #[error("the track is of the other kind")]
    Kind,
    /// The transceiver is stopping, or has stopped.
    #[error("the transceiver has stopped")]
    Stopping,
}

impl ReplaceTrackError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::Closed | Self::Stopping => Exception::InvalidState,
            Self::Kind => Exception::Type,
        }
    }
}

/// Why parameters cannot be set. Those of before are in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SetParametersError {
    /// The transceiver is stopping, or has stopped.
    #[error("the transceiver has stopped")]
    Stopping,
    /// The sender was not asked for its parameters before, or has changed since then.
    #[error("no parameters were returned that these could be")]
    NotReturned,
    /// Something differs that cannot be set: the transaction id, the number or order of encodings,
    /// a RID, or a member outside of the encodings.
    #[error("something was changed that cannot be set")]
    ReadOnly,
    /// One of the encodings cannot be.
    #[error("encoding {index}: {fault}")]
    Encoding {
        /// The index of the encoding, from 0.
        index: usize,
        /// What is wrong.
        fault: EncodingFault,
    },
}

impl SetParametersError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::Stopping | Self::NotReturned => Exception::InvalidState,
            Self::ReadOnly => Exception::InvalidModification,
            Self::Encoding { fault, .. } => fault.exception(),
        }
    }
}

/// Why the header extensions to negotiate cannot be set. They are what they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SetHeaderExtensionsError {
    /// There are more or fewer of them than there were.
    #[error("the number of header extensions differs")]
    Count,
    /// The extension at this index, from 0, is another one than it was.
    #[error("header extension {0} is another one")]
    Uri(usize),
    /// The extension at this index, from 0, must be negotiated, or must be for both directions.
    #[error("header extension {0} is mandatory")]
    Mandatory(usize),
}

impl SetHeaderExtensionsError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::Count | Self::Uri(_) | Self::Mandatory(_) => Exception::InvalidModification,
        }
    }
}
