//! Tracks and the transceivers that carry them, by name.

use alloc::string::String;

use super::kind::MediaKind;

/// `MediaStreamTrack`, as far as a peer connection knows it: who it is and what it carries. Where
/// its media comes from, or goes to, is the application's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Track {
    /// `id`: unique among the application's tracks; two tracks with one id are one track.
    pub id: String,
    /// `kind`.
    pub kind: MediaKind,
}

impl Track {
    /// A track of this kind with this id.
    pub fn new(kind: MediaKind, id: impl Into<String>) -> Self {
        Self { id: id.into(), kind }
    }
}

/// Names a transceiver of a connection, with its sender and its receiver, for as long as the
/// connection exists; it is never given to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransceiverId(pub(crate) u32);
