//! User messages and how they are to be carried.

use core::fmt;
use core::time::Duration;

use bytes::Bytes;

/// A stream of one direction (RFC 9260 section 1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u16);

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A payload protocol identifier: what a message is, in the application's terms
/// (RFC 9260 section 3.3.1, RFC 8831 section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ppid(pub u32);

/// A message that has arrived whole.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The stream it came on.
    pub stream: StreamId,
    /// What it is.
    pub ppid: Ppid,
    /// Its bytes; never empty.
    pub payload: Bytes,
}

impl fmt::Debug for Message {
    // What users say to each other does not belong in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("stream", &self.stream.0)
            .field("ppid", &self.ppid.0)
            .field("length", &self.payload.len())
            .finish()
    }
}

/// How a message is to be carried; the default is ordered and reliable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SendOptions {
    /// Deliver it as soon as it is whole, whatever came before it.
    pub unordered: bool,
    /// Give up on it when this time has passed since it was handed over (RFC 7496 section 3.1).
    ///
    /// It is looked at when the message is about to be sent or sent again, so the application may
    /// receive a message a little later than this. Without FORWARD TSN at the peer only messages
    /// of which nothing has been sent are given up.
    pub lifetime: Option<Duration>,
    /// Give up on it when a fragment would have to be sent again more often than this
    /// (RFC 7496 section 3.2). Without FORWARD TSN at the peer it is without effect.
    pub max_retransmits: Option<u16>,
    /// Leave it out of the buffered amount: it is no message of the application's.
    pub uncounted: bool,
}

impl SendOptions {
    /// Ordered and reliable.
    pub const RELIABLE: Self =
        Self { unordered: false, lifetime: None, max_retransmits: None, uncounted: false };

    /// The same, unordered.
    #[must_use]
    pub const fn unordered(self) -> Self {
        Self { unordered: true, ..self }
    }

    /// The same, given up after `lifetime`.
    #[must_use]
    pub const fn lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime: Some(lifetime), ..self }
    }

    /// The same, left out of the buffered amount.
    #[must_use]
    pub const fn uncounted(self) -> Self {
        Self { uncounted: true, ..self }
    }

    /// The same, given up after `max_retransmits` retransmissions.
    #[must_use]
    pub const fn max_retransmits(self, max_retransmits: u16) -> Self {
        Self { max_retransmits: Some(max_retransmits), ..self }
    }
}
