//! Transceivers as an application sees them: `RTCRtpTransceiver`, `RTCRtpSender`,
//! `RTCRtpReceiver`.

use super::capabilities;
use super::codec::{RtpCodec, RtpCodecParameters};
use super::direction::TransceiverDirection;
use super::kind::MediaKind;
use super::parameters::{
    RtcpParameters, RtpCapabilities, RtpEncodingParameters, RtpHeaderExtensionCapability,
    RtpHeaderExtensionParameters, RtpReceiveParameters,
};
use super::track::{Track, TransceiverId};
use super::transceiver::{ReceiverState, SenderState, TransceiverState};
use super::transceivers::Transceivers;

/// A look at a transceiver: what can be read of an `RTCRtpTransceiver`.
#[derive(Debug, Clone, Copy)]
pub struct Transceiver<'a> {
    state: &'a TransceiverState,
}

impl<'a> Transceiver<'a> {
    pub(crate) fn new(transceivers: &'a Transceivers, id: TransceiverId) -> Option<Self> {
        transceivers.get(id).map(|state| Self { state })
    }

    pub(crate) fn all(transceivers: &'a Transceivers) -> impl DoubleEndedIterator<Item = Self> {
        transceivers.iter().map(|state| Self { state })
    }

    /// What names it, its sender and its receiver.
    pub const fn id(self) -> TransceiverId {
        self.state.id
    }

    /// The kind of its tracks.
    pub const fn kind(self) -> MediaKind {
        self.state.kind
    }

    /// `mid`: the m-section that it is associated with; `None` before a description has one.
    pub fn mid(self) -> Option<&'a str> {
        self.state.mid.as_deref()
    }

    /// `direction`: what offers and answers are to say; `Stopped` from the moment on at which it
    /// was told to stop.
    pub fn direction(self) -> TransceiverDirection {
        if self.state.is_stopping() {
            return TransceiverDirection::Stopped;
        }
        self.state.direction
    }

    /// `currentDirection`: what was negotiated last; `None` before that, and `Stopped` once both
    /// sides know that it has stopped.
    pub fn current_direction(self) -> Option<TransceiverDirection> {
        if self.state.is_stopped() {
            return Some(TransceiverDirection::Stopped);
        }
        self.state.current_direction
    }

    /// Whether it has stopped, and both sides know.
    pub fn stopped(self) -> bool {
        self.state.is_stopped()
    }

    /// The codecs that `setCodecPreferences` was told; empty where there is no preference.
    pub fn codec_preferences(self) -> &'a [RtpCodec] {
        &self.state.codec_preferences
    }

    /// `getHeaderExtensionsToNegotiate` of the WebRTC extensions.
    pub fn header_extensions_to_negotiate(self) -> &'a [RtpHeaderExtensionCapability] {
        &self.state.header_extensions_to_negotiate
    }

    /// `getNegotiatedHeaderExtensions` of the WebRTC extensions: empty before an answer.
    pub fn negotiated_header_extensions(self) -> &'a [RtpHeaderExtensionCapability] {
        &self.state.negotiated_header_extensions
    }

    /// `sender`.
    pub const fn sender(self) -> RtpSender<'a> {
        RtpSender { sender: &self.state.sender }
    }

    /// `receiver`.
    pub const fn receiver(self) -> RtpReceiver<'a> {
        RtpReceiver {
            receiver: &self.state.receiver,
            reduced_size_rtcp: self.state.sender.reduced_size_rtcp,
        }
    }
}

/// A look at a sender: what can be read of an `RTCRtpSender`.
///
/// `getParameters` is [`TransceiverMut::parameters`](crate::TransceiverMut::parameters), since it
/// begins what `setParameters` ends.
#[derive(Debug, Clone, Copy)]
pub struct RtpSender<'a> {
    sender: &'a SenderState,
}

impl<'a> RtpSender<'a> {
    /// `RTCRtpSender.getCapabilities`: what could be sent.
    pub fn capabilities(kind: MediaKind) -> RtpCapabilities {
        capabilities::capabilities(kind)
    }

    /// `track`: what is sent; `None` where nothing is.
    pub const fn track(self) -> Option<&'a Track> {
        self.sender.track.as_ref()
    }

    /// The ids of the streams that the other side is told to put the track into.
    pub fn streams(self) -> impl ExactSizeIterator<Item = &'a str> {
        self.sender.streams.iter().map(|stream| &**stream)
    }

    /// `encodings` of the parameters.
    pub fn encodings(self) -> impl ExactSizeIterator<Item = &'a RtpEncodingParameters> {
        self.sender.encodings.iter().map(|encoding| &encoding.parameters)
    }

    /// The SSRC of each encoding, by which the statistics know it, in the same order.
    pub fn ssrcs(self) -> impl ExactSizeIterator<Item = u32> {
        self.sender.encodings.iter().map(|encoding| encoding.ssrc.0)
    }

    /// `codecs` of the parameters: what the other side takes, the preferred first.
    pub fn codecs(self) -> &'a [RtpCodecParameters] {
        &self.sender.codecs
    }

    /// `headerExtensions` of the parameters: what may be sent.
    pub fn header_extensions(self) -> &'a [RtpHeaderExtensionParameters] {
        &self.sender.header_extensions
    }
}

/// A look at a receiver: what can be read of an `RTCRtpReceiver`.
#[derive(Debug, Clone, Copy)]
pub struct RtpReceiver<'a> {
    receiver: &'a ReceiverState,
    reduced_size_rtcp: bool,
}

impl<'a> RtpReceiver<'a> {
    /// `RTCRtpReceiver.getCapabilities`: what could be received.
    pub fn capabilities(kind: MediaKind) -> RtpCapabilities {
        capabilities::capabilities(kind)
    }

    /// `track`: what comes. Its id is our own, and not the one that the other side's track has.
    pub const fn track(self) -> &'a Track {
        &self.receiver.track
    }

    /// `track.muted`: whether nothing comes at the moment.
    pub const fn muted(self) -> bool {
        self.receiver.muted
    }

    /// Whether `track.readyState` is `ended`: nothing will come any more.
    pub const fn ended(self) -> bool {
        self.receiver.ended
    }

    /// The ids of the streams that the other side puts the track into.
    pub fn streams(self) -> impl ExactSizeIterator<Item = &'a str> {
        self.receiver.streams.iter().map(|stream| &**stream)
    }

    /// `getParameters`.
    pub fn parameters(self) -> RtpReceiveParameters {
        RtpReceiveParameters {
            header_extensions: self.receiver.header_extensions.clone(),
            rtcp: RtcpParameters {
                reduced_size: self.reduced_size_rtcp,
                ..RtcpParameters::default()
            },
            codecs: self.receiver.codecs.clone(),
        }
    }
}
