//! What an association has to tell.

use thiserror::Error;

use crate::error::Violation;
use crate::message::StreamId;
use crate::packet::CauseCode;

/// Something has happened to the association.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The association is established.
    Connected {
        /// How many streams can be sent on: identifiers are below this number. What was sent
        /// earlier on streams beyond it is dropped.
        outbound_streams: u16,
        /// How many streams the peer can send on.
        inbound_streams: u16,
    },
    /// The peer has begun anew (RFC 9260 section 5.2): all streams start over, and what was sent
    /// and not acknowledged may be lost.
    Restarted,
    /// There are messages to [`recv`](crate::Association::recv) where there were none.
    Readable(StreamId),
    /// The peer has reset its outgoing stream (RFC 6525). It comes once all messages before it
    /// have been taken, and messages of the stream's next life can be read only after it.
    IncomingReset(StreamId),
    /// What became of a [`reset_stream`](crate::Association::reset_stream).
    OutgoingReset {
        /// The stream.
        stream: StreamId,
        /// Whether it was performed.
        result: ResetResult,
    },
    /// What is buffered for a stream fell to its low threshold.
    BufferedAmountLow(StreamId),
    /// There is space again on a stream that a send was refused on.
    Writable(StreamId),
    /// The association is at its end; nothing follows.
    Closed(CloseReason),
}

/// What became of the reset of an outgoing stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResetResult {
    /// The peer has performed it: the stream starts over and can be used again.
    Performed,
    /// The peer refused it: the stream goes on as it was.
    Denied,
}

/// Why an association ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// It was shut down and all data has arrived.
    #[error("shut down")]
    Shutdown,
    /// It was aborted here.
    #[error("aborted here")]
    Aborted,
    /// The peer aborted it.
    #[error("aborted by the peer")]
    PeerAborted {
        /// The first error cause that the peer gave.
        cause: Option<CauseCode>,
    },
    /// The peer broke the protocol.
    #[error("protocol violation: {0}")]
    Violation(Violation),
    /// The peer did not answer as often as [`Config`](crate::Config) allows.
    #[error("the peer does not answer")]
    TimedOut,
}
