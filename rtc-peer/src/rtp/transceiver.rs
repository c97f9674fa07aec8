//! What is known of one transceiver: the internal slots of the W3C specification.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use rtc_srtp::Ssrc;

use super::codec::{RtpCodec, RtpCodecParameters};
use super::direction::TransceiverDirection;
use super::kind::MediaKind;
use super::parameters::{
    RtpEncodingParameters, RtpHeaderExtensionCapability, RtpHeaderExtensionParameters,
    RtpSendParameters,
};
use super::track::{Track, TransceiverId};

/// A transceiver with its sender and its receiver.
///
/// Where the direction or the streams of a transceiver are part of an exchange of descriptions,
/// whoever rolls that back keeps a clone of what was.
#[derive(Debug, Clone)]
pub(crate) struct TransceiverState {
    pub(crate) id: TransceiverId,
    pub(crate) kind: MediaKind,
    /// `[[JsepMid]]` and `[[Mid]]`: the m-section that it is associated with.
    pub(crate) mid: Option<Box<str>>,
    /// The index of that m-section.
    pub(crate) m_line_index: Option<usize>,
    /// `[[Direction]]`; never `Stopped`.
    pub(crate) direction: TransceiverDirection,
    /// `[[CurrentDirection]]`; never `Stopped`.
    pub(crate) current_direction: Option<TransceiverDirection>,
    /// `[[FiredDirection]]`.
    pub(crate) fired_direction: Option<TransceiverDirection>,
    /// `[[Stopping]]` and `[[Stopped]]`.
    pub(crate) life: Life,
    /// `[[Receptive]]`: whether media that comes is to be received.
    pub(crate) receptive: bool,
    /// Whether `addTrack` created it or gave it its track, so that the m-section of a remote offer
    /// may take it (RFC 9429 section 5.10).
    pub(crate) added_by_track: bool,
    /// Whether `addTrack` has ever given it a track, so that rolling back the remote offer that
    /// created it does not take it away.
    pub(crate) ever_had_track: bool,
    /// `[[PreferredCodecs]]`; empty where there is no preference.
    pub(crate) codec_preferences: Vec<RtpCodec>,
    /// `[[HeaderExtensionsToNegotiate]]`.
    pub(crate) header_extensions_to_negotiate: Vec<RtpHeaderExtensionCapability>,
    /// `[[NegotiatedHeaderExtensions]]`.
    pub(crate) negotiated_header_extensions: Vec<RtpHeaderExtensionCapability>,
    pub(crate) sender: SenderState,
    pub(crate) receiver: ReceiverState,
}

/// The slots of an `RTCRtpSender`.
#[derive(Debug, Clone)]
pub(crate) struct SenderState {
    /// `[[SenderTrack]]`.
    pub(crate) track: Option<Track>,
    /// `[[AssociatedMediaStreamIds]]`, each once.
    pub(crate) streams: Vec<String>,
    /// `[[SendEncodings]]`; never empty.
    pub(crate) encodings: Vec<Encoding>,
    /// `[[SendCodecs]]`, retransmission formats included.
    pub(crate) codecs: Vec<RtpCodecParameters>,
    /// The header extensions that were negotiated for sending.
    pub(crate) header_extensions: Vec<RtpHeaderExtensionParameters>,
    /// Whether RTCP of reduced size was negotiated for sending.
    pub(crate) reduced_size_rtcp: bool,
    /// `[[LastReturnedParameters]]`. Whoever changes any of the above takes it away.
    pub(crate) last_returned_parameters: Option<RtpSendParameters>,
    /// Whether `[[CurrentDirection]]` has ever let it send.
    pub(crate) ever_sent: bool,
}

/// One of a sender's encodings with the names of its streams, which stay the same for as long as
/// the encoding exists.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Encoding {
    pub(crate) parameters: RtpEncodingParameters,
    pub(crate) ssrc: Ssrc,
    /// For retransmissions.
    pub(crate) rtx_ssrc: Ssrc,
}

/// The slots of an `RTCRtpReceiver`.
#[derive(Debug, Clone)]
pub(crate) struct ReceiverState {
    /// `[[ReceiverTrack]]`.
    pub(crate) track: Track,
    /// `muted` of that track.
    pub(crate) muted: bool,
    /// Whether that track is `ended`.
    pub(crate) ended: bool,
    /// `[[AssociatedRemoteMediaStreams]]`.
    pub(crate) streams: Vec<String>,
    /// `[[ReceiveCodecs]]`, retransmission formats included.
    pub(crate) codecs: Vec<RtpCodecParameters>,
    /// The header extensions that were negotiated for receiving.
    pub(crate) header_extensions: Vec<RtpHeaderExtensionParameters>,
}

/// How far a transceiver is from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Active,
    /// `[[Stopping]]`: neither sends nor receives any more, and the other side does not know yet.
    Stopping,
    /// `[[Stopped]]`, which both sides know.
    Stopped,
}

impl TransceiverState {
    /// `[[Stopping]]`, which is also true of what has stopped.
    pub(crate) fn is_stopping(&self) -> bool {
        self.life != Life::Active
    }

    /// `[[Stopped]]`.
    pub(crate) fn is_stopped(&self) -> bool {
        self.life == Life::Stopped
    }

    /// Sets `[[CurrentDirection]]`, and remembers whether it ever let the sender send.
    pub(crate) fn set_current_direction(&mut self, direction: Option<TransceiverDirection>) {
        self.sender.ever_sent |= direction.is_some_and(TransceiverDirection::sends);
        self.current_direction = direction;
    }

    /// The W3C specification's "stop sending and receiving". True if the receiver's track ended
    /// with it, which fires an event unless the whole connection disappears.
    pub(crate) fn stop_sending_and_receiving(&mut self) -> bool {
        if self.is_stopping() {
            return false;
        }
        self.direction = TransceiverDirection::Inactive;
        self.life = Life::Stopping;
        !core::mem::replace(&mut self.receiver.ended, true)
    }

    /// The W3C specification's "stop the RTCRtpTransceiver". True if the receiver's track ended
    /// with it.
    pub(crate) fn stop(&mut self) -> bool {
        let ended = self.stop_sending_and_receiving();
        self.life = Life::Stopped;
        self.receptive = false;
        self.current_direction = None;
        self.receiver.streams.clear();
        ended
    }
}

impl SenderState {
    /// Sets `[[SendCodecs]]`. An encoding's choice among them is forgotten where they do not have
    /// it, and parameters that were returned can be set no more.
    pub(crate) fn set_codecs(&mut self, codecs: Vec<RtpCodecParameters>) {
        self.codecs = codecs;
        self.last_returned_parameters = None;
        if self.codecs.is_empty() {
            return;
        }
        for encoding in &mut self.encodings {
            let chosen = &mut encoding.parameters.codec;
            let codecs = &self.codecs;
            chosen.take_if(|chosen| !codecs.iter().any(|it| it.codec.is_same(chosen, true)));
        }
    }

    /// Replaces `[[AssociatedMediaStreamIds]]`, each once.
    pub(crate) fn set_streams<S: AsRef<str>>(&mut self, streams: impl IntoIterator<Item = S>) {
        self.streams.clear();
        for stream in streams {
            let stream = stream.as_ref();
            if !self.streams.iter().any(|known| known == stream) {
                self.streams.push(stream.into());
            }
        }
    }
}
