//! What an exchange of descriptions has settled about one m-section of media: what descriptions
//! give and the media room takes.

use alloc::boxed::Box;
use alloc::vec::Vec;

use rtc_srtp::{Ssrc, payload};

use super::codec::RtpCodec;
use super::kind::MediaKind;
use super::track::TransceiverId;

/// One of a connection's transports. M-sections that are bundled share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TransportId(pub(crate) u32);

/// An m-section of audio or video in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaSection {
    pub(crate) transceiver: TransceiverId,
    pub(crate) kind: MediaKind,
    /// Empty where a description has none.
    pub(crate) mid: Box<str>,
    pub(crate) transport: TransportId,
    /// `None` where we do not send.
    pub(crate) send: Option<SendSection>,
    /// `None` where we do not receive.
    pub(crate) receive: Option<ReceiveSection>,
    /// Whether RTCP may be of reduced size (RFC 5506).
    pub(crate) reduced_size_rtcp: bool,
    /// The ids of header extensions.
    pub(crate) extensions: Extensions,
}

/// What we send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SendSection {
    /// What the other side takes, best first. Payload types are the other side's.
    pub(crate) codecs: Vec<NegotiatedCodec>,
    /// One for each stream, in order.
    pub(crate) encodings: Vec<SendEncoding>,
}

/// One stream that we send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SendEncoding {
    pub(crate) ssrc: Ssrc,
    /// For retransmissions, if they were negotiated.
    pub(crate) rtx_ssrc: Option<Ssrc>,
    pub(crate) rid: Option<Box<str>>,
    /// `RTCRtpEncodingParameters.active`.
    pub(crate) active: bool,
    /// What its packets ask of the network (RFC 8837).
    pub(crate) dscp: u8,
    /// Which of the section's codecs, by index, where the application has chosen one.
    pub(crate) codec: Option<usize>,
}

/// What we receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReceiveSection {
    /// What may come. Payload types are our own.
    pub(crate) codecs: Vec<NegotiatedCodec>,
    /// Announced by `a=ssrc` lines; others may come and be recognized otherwise.
    pub(crate) sources: Vec<RemoteSource>,
    /// Streams of a simulcast, by RID, in the order of preference.
    pub(crate) rids: Vec<Box<str>>,
}

/// A stream of the other side, as announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RemoteSource {
    pub(crate) ssrc: Ssrc,
    /// Of its retransmissions, by an FID group.
    pub(crate) rtx_ssrc: Option<Ssrc>,
}

/// A codec of one description's m-section, with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SectionCodec {
    pub(crate) payload_type: u8,
    /// No retransmission format: those stand with the codec that they repair.
    pub(crate) codec: RtpCodec,
    pub(crate) feedback: Feedback,
    /// The payload type of its retransmissions (RFC 4588).
    pub(crate) rtx: Option<u8>,
}

/// A codec in force. Retransmission formats are no codecs of their own; `audio/red` is an entry,
/// with the payload type that it repeats in its parameters, and so are comfort noise and telephone
/// events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NegotiatedCodec {
    pub(crate) payload_type: u8,
    pub(crate) codec: RtpCodec,
    /// How frames are put into packets, where we know how.
    pub(crate) format: Option<payload::Format>,
    /// The payload type of its retransmissions (RFC 4588).
    pub(crate) rtx_payload_type: Option<u8>,
    pub(crate) feedback: Feedback,
}

/// Which feedback was negotiated for a codec (RFC 4585, RFC 5104, RFC 8888).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Feedback {
    pub(crate) nack: bool,
    pub(crate) nack_pli: bool,
    pub(crate) ccm_fir: bool,
    pub(crate) transport_cc: bool,
    pub(crate) goog_remb: bool,
    /// `ack ccfb`, congestion control feedback.
    pub(crate) ccfb: bool,
}

/// The ids of the header extensions in force (RFC 8285); the same in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Extensions {
    pub(crate) mid: Option<u8>,
    pub(crate) rid: Option<u8>,
    pub(crate) repaired_rid: Option<u8>,
    pub(crate) audio_level: Option<u8>,
    pub(crate) csrc_audio_level: Option<u8>,
    pub(crate) abs_send_time: Option<u8>,
    pub(crate) transport_sequence_number: Option<u8>,
    pub(crate) abs_capture_time: Option<u8>,
    pub(crate) video_orientation: Option<u8>,
    pub(crate) playout_delay: Option<u8>,
}
