//! Why a router refuses.

use alloc::boxed::Box;

use thiserror::Error;

use super::event::PeerId;
use crate::connection::PeerConnection;
use crate::error::DatagramError;

/// Why a datagram was refused. Unless a peer is named, none has seen it, and nothing was kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RouterError {
    /// The datagram is empty, or begins like STUN and is none.
    #[error("not a protocol of WebRTC")]
    Malformed,
    /// It names nobody, and its path belongs to no peer.
    #[error("the path belongs to no peer")]
    UnknownPath,
    /// It is a connectivity check for a user name fragment that no peer has. Unless there were too
    /// many of them, [`RouterEvent::UnknownBindingRequest`](crate::RouterEvent) tells of it.
    #[error("the user name fragment belongs to no peer")]
    UnknownUfrag,
    /// It is for a peer, but came on a path that another one is using.
    #[error("the path belongs to another peer")]
    PathTaken,
    /// It is the beginning of a stream that does not say yet whom it is for. It has been kept.
    #[error("not enough of the stream has come")]
    Held,
    /// It is of a stream that begins with anything but a connectivity check that a peer takes: the
    /// connection is to be closed.
    #[error("the stream is for nobody")]
    StreamRefused,
    /// The peer has refused it.
    #[error("peer {peer}: {error}")]
    Peer {
        /// Which one.
        peer: PeerId,
        /// Why.
        error: DatagramError,
    },
}

/// A peer could not be added; here it is again.
#[derive(Debug, Error)]
#[error("{reason}")]
pub struct InsertError {
    /// Why.
    pub reason: InsertRefusal,
    /// The peer.
    pub connection: Box<PeerConnection>,
}

/// Why a peer could not be added to a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InsertRefusal {
    /// There are as many peers as the configuration allows.
    #[error("there are as many peers as there may be")]
    Full,
    /// Another peer has one of its user name fragments.
    #[error("another peer has the user name fragment")]
    UfragTaken,
}
