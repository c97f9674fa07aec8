//! What a router is made with and what it tells.

use alloc::boxed::Box;
use core::fmt;

use rtc_core::FiveTuple;

use crate::event::Event;

/// Names a peer of one router; never reused, so that the name of one that is gone finds nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId {
    pub(super) index: u32,
    pub(super) generation: u32,
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.index, self.generation)
    }
}

/// The limits of a [`Router`](crate::Router).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouterConfig {
    /// How many peers there may be, up to 4,294,967,294. Default: 65,536.
    pub max_peers: usize,
    /// How many paths of one peer are known at once, at least 1; of more than that the oldest which
    /// data is not sent on are forgotten. Default: 32.
    pub max_paths_per_peer: usize,
    /// How many [`RouterEvent::UnknownBindingRequest`]s may wait to be polled, and how many may
    /// come at once after a silence. Default: 64.
    pub max_unknown_requests: usize,
    /// How many TCP connections may have said too little to tell whose they are, each for ten seconds
    /// and with 2,048 bytes at most. Default: 256.
    pub max_held_streams: usize,
    /// How many unknown requests may be told in a second in the long run. Default: 50.
    pub unknown_requests_per_second: u32,
}

impl Default for RouterConfig {
    fn default() -> Self {
        Self {
            max_peers: 65_536,
            max_paths_per_peer: 32,
            max_unknown_requests: 64,
            max_held_streams: 256,
            unknown_requests_per_second: 50,
        }
    }
}

/// Something that happened to a peer, or to the router.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouterEvent {
    /// What a peer has to tell.
    Peer(PeerId, Event),
    /// A closed peer has said its last words and is no more.
    Gone(PeerId),
    /// A TCP connection has begun and gone on no further: it is to be closed.
    StreamRefused {
        /// Which one.
        path: FiveTuple,
    },
    /// Another peer has the user name fragment that this one wants to use, which will receive no
    /// checks until it restarts ICE. With fragments that are drawn this never happens; it can with
    /// some that an application has set.
    UfragTaken(PeerId),
    /// Somebody sent a connectivity check with a user name that belongs to no peer. Nothing is
    /// proven by it, not even that its sender is at that address.
    ///
    /// A server that accepts whoever comes makes a peer of it, with these credentials; the check
    /// will be repeated. How often this is told is limited by the configuration.
    UnknownBindingRequest {
        /// Where it came from and to.
        path: FiveTuple,
        /// The fragment that should be ours, at most 256 bytes.
        local_ufrag: Box<str>,
        /// The sender's, at most 256 bytes.
        remote_ufrag: Box<str>,
    },
}
