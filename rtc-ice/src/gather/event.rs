//! What a gatherer tells.

use alloc::sync::Arc;
use core::net::SocketAddr;

use bytes::BytesMut;
use rtc_core::{FiveTuple, Protocol};

use crate::agent::Candidate;
use crate::uri::ServerUri;

/// Something that the gatherer's owner has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GatherEvent {
    /// A candidate was found, or is given again.
    Candidate(Candidate),
    /// All candidates with this base are of no use any more.
    Lost {
        /// The transport of the base.
        protocol: Protocol,
        /// The base: a socket's address, an address with port 9 for active TCP candidates, or a
        /// relayed address.
        base: SocketAddr,
    },
    /// A server gave nothing (W3C's RTCPeerConnectionIceErrorEvent).
    Error {
        /// The local address that it was spoken to from; `None` where it was never spoken to and
        /// where local addresses are hidden.
        address: Option<SocketAddr>,
        /// The server.
        uri: Arc<ServerUri>,
        /// The STUN error code that it answered with, or 701 if it was not reached.
        code: u16,
        /// What that means, in English.
        reason: &'static str,
    },
    /// Everybody has answered or failed: there are no more candidates for now.
    Complete,
}

/// How what is sent from a relayed address leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relaying {
    /// In a message of its own: [`Gatherer::wrap`](super::Gatherer::wrap).
    ByMessage,
    /// Over a channel, to the relay by this protocol:
    /// [`Gatherer::wrap_in_channel`](super::Gatherer::wrap_in_channel), which moves nothing.
    ByChannel(Protocol),
}

/// What a datagram, or a piece of a stream, that was handed to a gatherer turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbound {
    /// It came from no server of ours: it is for somebody else.
    NotMine,
    /// It was for the gatherer itself.
    Own,
    /// A relay has forwarded a datagram.
    Data {
        /// How it came, as the agents see it: from the peer to the relayed address.
        path: FiveTuple,
        /// What it is: a part of what was handed in.
        payload: BytesMut,
    },
}
