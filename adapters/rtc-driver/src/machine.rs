//! What a driver drives: one peer connection.

use bytes::BytesMut;
use rtc_core::{Ecn, FiveTuple, Instant, Transmit};
use rtc_peer::{Event, PeerConnection};

/// The peer connection of a hub.
#[derive(Debug)]
pub(crate) enum Machine {
    /// A connection with sockets of its own.
    One(Box<PeerConnection>),
}

/// Which peer connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// The one that has sockets of its own.
    Only,
}

impl Machine {
    /// The peer connection itself.
    pub(crate) fn peer(&self, key: Key) -> Option<&PeerConnection> {
        match (self, key) {
            (Self::One(core), Key::Only) => Some(core),
        }
    }

    /// Changes the peer connection itself; gives `change` back if there is none.
    pub(crate) fn change<T, F: FnOnce(&mut PeerConnection) -> T>(
        &mut self,
        key: Key,
        change: F,
    ) -> Result<T, F> {
        match (self, key) {
            (Self::One(core), Key::Only) => Ok(change(core)),
        }
    }

    /// Takes a datagram in; whose it was, if that is known.
    pub(crate) fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        ecn: Option<Ecn>,
        datagram: BytesMut,
    ) -> Option<Key> {
        match self {
            Self::One(core) => {
                // A refused datagram concerns its sender; whatever ends a connection is an event.
                let _refused = core.handle_datagram(now, path, ecn, datagram);
                Some(Key::Only)
            }
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::One(core) => core.handle_timeout(now),
        }
    }

    pub(crate) fn poll_transmit(
        &mut self,
        now: Instant,
        max_datagrams: usize,
        out: &mut Vec<u8>,
    ) -> Option<Transmit> {
        match self {
            Self::One(core) => core.poll_transmit(now, max_datagrams, out),
        }
    }

    pub(crate) fn poll_event(&mut self) -> Option<(Key, Event)> {
        match self {
            Self::One(core) => core.poll_event().map(|event| (Key::Only, event)),
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::One(core) => core.poll_timeout(),
        }
    }
}
