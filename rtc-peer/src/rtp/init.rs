//! What a transceiver is asked to be: `RTCRtpTransceiverInit`.

use alloc::string::String;
use alloc::vec::Vec;

use super::direction::TransceiverDirection;
use super::kind::MediaKind;
use super::parameters::RtpEncodingParameters;
use super::track::Track;

/// `RTCRtpTransceiverInit`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TransceiverInit {
    /// `direction`; not `Stopped`. Default: `SendRecv`.
    pub direction: TransceiverDirection,
    /// `streams`, by their ids: the other side is told to put the track into them. Default: none.
    pub streams: Vec<String>,
    /// `sendEncodings`. Simulcast is not sent: of several encodings, all of which are checked, only
    /// the first is kept, and it loses its RID, which the W3C specification lets those do that
    /// support one encoding. Default: empty, which stands for one encoding with all defaults.
    pub send_encodings: Vec<RtpEncodingParameters>,
}

/// What `addTransceiver` is given first: a track to send, or only the kind of one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TrackOrKind {
    /// A track to send.
    Track(Track),
    /// Nothing to send for the time being.
    Kind(MediaKind),
}

impl TrackOrKind {
    /// Both parts.
    pub(crate) fn into_parts(self) -> (MediaKind, Option<Track>) {
        match self {
            Self::Track(track) => (track.kind, Some(track)),
            Self::Kind(kind) => (kind, None),
        }
    }
}

impl From<Track> for TrackOrKind {
    fn from(track: Track) -> Self {
        Self::Track(track)
    }
}

impl From<MediaKind> for TrackOrKind {
    fn from(kind: MediaKind) -> Self {
        Self::Kind(kind)
    }
}
