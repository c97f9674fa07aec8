//! What a connection reports of itself.

use core::fmt;

use crate::alert_description::AlertDescription;
use crate::error::HandshakeError;

/// The state of a connection, in the terms of the W3C's `RTCDtlsTransportState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing has been sent, and no ClientHello accepted.
    New,
    /// The handshake is under way.
    Connecting,
    /// The peer is known and data flows.
    Connected,
    /// Closed by us or by the peer's `close_notify`.
    Closed,
    /// Ended by an error.
    Failed,
}

impl State {
    /// W3C's string for this state (RTCDtlsTransportState).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Closed => "closed",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that happened to the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The handshake has ended well: the peer's certificate is the expected one, and keys can be
    /// exported.
    Connected,
    /// The connection has ended; the last event.
    Closed(CloseReason),
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// By our [`close`](crate::Connection::close).
    Local,
    /// By the peer's `close_notify`.
    CloseNotify,
    /// By a fatal alert of the peer, authenticated.
    Alert(AlertDescription),
    /// By a fault in the handshake.
    Handshake(HandshakeError),
    /// The handshake took too long. The hint is the last fatal alert that came in the clear:
    /// anyone could have written it, so it ended nothing, but it may tell why the peer went
    /// silent.
    TimedOut {
        /// The alert, if there was one.
        hint: Option<AlertDescription>,
    },
    /// So many forged records came that the next might pass (RFC 9147 §4.5.3).
    IntegrityLimit,
}

/// A version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProtocolVersion {
    /// DTLS 1.2 (RFC 6347).
    Dtls12,
}

impl ProtocolVersion {
    /// The number on the wire.
    pub const fn code(self) -> u16 {
        match self {
            Self::Dtls12 => crate::record::DTLS_1_2,
        }
    }
}
