//! What a driver drives: one peer connection, or a router with many.

use bytes::BytesMut;
use rtc_core::{Ecn, FiveTuple, Instant, Transmit};
use rtc_peer::{
    Event, PeerConnection, PeerId, Request, Router, RouterError, RouterEvent, SignalingState,
};

/// The peer connections of a hub. This is the one place that knows whether there is one or many.
#[derive(Debug)]
pub(crate) enum Machine {
    /// A connection with sockets of its own.
    One(Box<PeerConnection>),
    /// Connections that share a server's sockets.
    Many(Box<Router>),
}

/// Which peer connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// The one that has sockets of its own.
    Only,
    /// One of a server's.
    Of(PeerId),
}

/// What a machine has to tell.
#[derive(Debug)]
pub(crate) enum Happening {
    /// Something happened to a connection.
    Event(Key, Event),
    /// Something happened to the router.
    Server(ServerEvent),
    /// Nobody has use for a TCP connection.
    Refused(FiveTuple),
}

/// What was wrong with a datagram or a piece of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nobody has use for it.
    Datagram,
    /// Nobody has use for what follows on its stream, either.
    Stream,
}

/// Something that happened to a [`Server`](crate::Server).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerEvent {
    /// Somebody sent a connectivity check with a user name that belongs to no peer. Nothing is
    /// proven by it, not even that its sender is at that address. How often this is told is limited
    /// by [`ServerConfig::router`](crate::ServerConfig::router).
    UnknownBindingRequest {
        /// Where it came to and from.
        path: FiveTuple,
        /// The user name fragment that should be ours.
        local_ufrag: Box<str>,
        /// The sender's.
        remote_ufrag: Box<str>,
    },
}

impl Machine {
    /// The peer connection itself.
    pub(crate) fn peer(&self, key: Key) -> Option<&PeerConnection> {
        match (self, key) {
            (Self::One(core), Key::Only) => Some(core),
            (Self::Many(router), Key::Of(id)) => router.peer(id),
            _ => None,
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
            (Self::Many(router), Key::Of(id)) => match router.peer_mut(id) {
                Some(mut core) => Ok(change(&mut core)),
                None => Err(change),
            },
            _ => Err(change),
        }
    }

    /// Takes a datagram in, or a piece of a stream; whose it was.
    pub(crate) fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        ecn: Option<Ecn>,
        datagram: BytesMut,
    ) -> Result<Key, Refusal> {
        // A refused datagram concerns its sender; whatever ends a connection is an event.
        match self {
            Self::One(core) => {
                let taken = core.handle_datagram(now, path, ecn, datagram);
                taken.map(|_| Key::Only).map_err(|_| Refusal::Datagram)
            }
            Self::Many(router) => {
                let taken = router.handle_datagram(now, path, ecn, datagram);
                taken.map(Key::Of).map_err(|error| match error {
                    RouterError::StreamRefused => Refusal::Stream,
                    _ => Refusal::Datagram,
                })
            }
        }
    }

    /// A TCP connection has ended.
    pub(crate) fn handle_disconnected(&mut self, now: Instant, path: FiveTuple) {
        match self {
            Self::One(core) => core.handle_disconnected(now, path),
            Self::Many(router) => router.handle_disconnected(now, path),
        }
    }

    /// Whether a closed connection waits for a relay to confirm that it has its allocation back.
    /// (A router keeps such peers.)
    pub(crate) fn is_saying_goodbye(&self) -> bool {
        match self {
            Self::One(core) => {
                core.signaling_state() == SignalingState::Closed && core.poll_timeout().is_some()
            }
            Self::Many(_) => false,
        }
    }

    /// Takes a closed connection out of a router, which would drop it.
    pub(crate) fn take_closed(&mut self, key: Key) -> Option<Box<PeerConnection>> {
        let (Self::Many(router), Key::Of(id)) = (self, key) else { return None };
        let is_closed = router.peer(id)?.signaling_state() == SignalingState::Closed;
        if is_closed { router.remove(id).map(Box::new) } else { None }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::One(core) => core.handle_timeout(now),
            Self::Many(router) => router.handle_timeout(now),
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
            Self::Many(router) => {
                router.poll_transmit(now, max_datagrams, out).map(|(_, transmit)| transmit)
            }
        }
    }

    pub(crate) fn poll_event(&mut self) -> Option<Happening> {
        match self {
            Self::One(core) => core.poll_event().map(|event| Happening::Event(Key::Only, event)),
            Self::Many(router) => loop {
                return Some(match router.poll_event()? {
                    RouterEvent::Peer(id, event) => Happening::Event(Key::Of(id), event),
                    RouterEvent::UnknownBindingRequest { path, local_ufrag, remote_ufrag } => {
                        Happening::Server(ServerEvent::UnknownBindingRequest {
                            path,
                            local_ufrag,
                            remote_ufrag,
                        })
                    }
                    RouterEvent::StreamRefused { path } => Happening::Refused(path),
                    // That fragments are drawn twice does not happen, and closed peers are taken out
                    // before the router lets go of them.
                    _ => continue,
                });
            },
        }
    }

    pub(crate) fn poll_request(&mut self) -> Option<(Key, Request)> {
        match self {
            Self::One(core) => core.poll_request().map(|request| (Key::Only, request)),
            Self::Many(router) => router.poll_request().map(|(id, request)| (Key::Of(id), request)),
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::One(core) => core.poll_timeout(),
            Self::Many(router) => router.poll_timeout(),
        }
    }
}
