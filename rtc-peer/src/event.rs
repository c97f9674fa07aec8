//! What a peer connection tells its application.

use alloc::string::String;
use alloc::vec::Vec;

use crate::channel::ChannelId;
use crate::jsep::IceCandidate;
use crate::rtp::{Track, TransceiverId};
use crate::state::{ConnectionState, IceConnectionState, IceGatheringState, SignalingState};

/// Something that happened, by the W3C specification's event names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// `negotiationneeded`: a new offer would change something.
    NegotiationNeeded,
    /// `signalingstatechange`.
    SignalingStateChange(SignalingState),
    /// `icegatheringstatechange`. `Complete` is what a browser's null candidate says.
    IceGatheringStateChange(IceGatheringState),
    /// `iceconnectionstatechange`.
    IceConnectionStateChange(IceConnectionState),
    /// `connectionstatechange`.
    ConnectionStateChange(ConnectionState),
    /// `icecandidate`: a local candidate to signal to the other side; with an empty
    /// [`candidate`](IceCandidate::candidate), that there are no more in this generation.
    IceCandidate(IceCandidate),
    /// `icecandidateerror`: a server was of no use.
    IceCandidateError(IceCandidateErrorEvent),
    /// `selectedcandidatepairchange`: data now goes on this path.
    SelectedCandidatePairChange(rtc_core::FiveTuple),
    /// `track`: the other side sends something, or puts it into other streams.
    Track(TrackEvent),
    /// `mute` of the receiver's track: nothing comes for the time being.
    TrackMuted(TransceiverId),
    /// `unmute` of the receiver's track: its media has begun to come.
    TrackUnmuted(TransceiverId),
    /// `addtrack` of a stream of the other side: the receiver's track is in it now. The stream is
    /// there from the first such event on.
    StreamTrackAdded {
        /// Whose track.
        transceiver: TransceiverId,
        /// The id of the stream.
        stream: String,
    },
    /// `removetrack` of a stream of the other side: the receiver's track is not in it any more.
    StreamTrackRemoved {
        /// Whose track.
        transceiver: TransceiverId,
        /// The id of the stream.
        stream: String,
    },
    /// `ended` of the receiver's track: nothing will come any more.
    TrackEnded(TransceiverId),
    /// There is something to take with [`poll_packet`](crate::PeerConnection::poll_packet); said
    /// once until that has returned `None`.
    PacketsReady,
    /// There is something to take with [`poll_frame`](crate::PeerConnection::poll_frame); said once
    /// until that has returned `None`.
    FramesReady,
    /// The other side needs a key frame of what this sender sends (PLI, FIR). Said at most once in
    /// 500 ms for an encoding.
    KeyFrameRequested {
        /// Whose sender.
        transceiver: TransceiverId,
        /// Which of its encodings, by index.
        encoding: usize,
    },
    /// The other side asks not to be sent more of this (TMMBR, RFC 5104), which it has been told
    /// that we know.
    BitrateLimited {
        /// Whose sender.
        transceiver: TransceiverId,
        /// Which of its encodings, by index.
        encoding: usize,
        /// In bit/s.
        bitrate: u64,
    },
    /// What the other side thinks that the path to it bears (REMB).
    EstimatedMaximumBitrate {
        /// In bit/s.
        bitrate: u64,
    },
    /// `tonechange` of a DTMF sender.
    ToneChange {
        /// Whose sender.
        transceiver: TransceiverId,
        /// The tone that begins; `None` when the last one has ended.
        tone: Option<char>,
    },
    /// Something that happened to a data channel.
    DataChannel(ChannelEvent),
}

/// `RTCPeerConnectionIceErrorEvent`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IceCandidateErrorEvent {
    /// `address`: the local address from which the server was asked; `None` where that is not told.
    pub address: Option<String>,
    /// `port`: of that address.
    pub port: Option<u16>,
    /// `url`: the server's, as it was configured.
    pub url: String,
    /// `errorCode`: what the server answered (RFC 8489 section 14.8), or 701 if it cannot be reached.
    pub error_code: u16,
    /// `errorText`.
    pub error_text: String,
}

/// `RTCTrackEvent`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackEvent {
    /// `transceiver`, which is also the name of its receiver.
    pub transceiver: TransceiverId,
    /// `track`: that of the receiver.
    pub track: Track,
    /// `streams`: the ids of those that the track is in.
    pub streams: Vec<String>,
}

/// Something that happened to a data channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelEvent {
    /// `datachannel`: the other side opened a channel. [`Open`](Self::Open) follows.
    Announced(ChannelId),
    /// `open`: messages can be sent.
    Open(ChannelId),
    /// Messages wait to be taken with `recv`; said once, until `recv` has returned `None`.
    Readable(ChannelId),
    /// There is room again after a [`SendError::Full`](crate::SendError::Full).
    Writable(ChannelId),
    /// `bufferedamountlow`: what waits to be sent fell to the threshold.
    BufferedAmountLow(ChannelId),
    /// `closing`: the other side is closing the channel.
    Closing(ChannelId),
    /// `error`, followed by [`Closed`](Self::Closed): the association failed under the channel.
    Error(ChannelId),
    /// `close`: nothing more is sent or will arrive; what has arrived can still be read.
    Closed(ChannelId),
}

impl ChannelEvent {
    /// The channel that this is about.
    pub const fn channel(&self) -> ChannelId {
        match *self {
            Self::Announced(id)
            | Self::Open(id)
            | Self::Readable(id)
            | Self::Writable(id)
            | Self::BufferedAmountLow(id)
            | Self::Closing(id)
            | Self::Error(id)
            | Self::Closed(id) => id,
        }
    }
}
