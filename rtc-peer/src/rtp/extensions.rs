//! RTP header extensions (RFC 8285): which ones there are, and by which ids descriptions name them.

use alloc::vec::Vec;

use super::direction::TransceiverDirection;
use super::kind::MediaKind;
use super::parameters::RtpHeaderExtensionCapability;

/// What a new transceiver negotiates, which is all that this crate knows of.
pub(crate) fn to_negotiate(kind: MediaKind) -> Vec<RtpHeaderExtensionCapability> {
    let known: &[(&str, TransceiverDirection)] = match kind {
        MediaKind::Audio => &AUDIO,
        MediaKind::Video => &VIDEO,
    };
    let capability =
        |&(uri, direction): &(&str, _)| RtpHeaderExtensionCapability { uri: uri.into(), direction };
    known.iter().map(capability).collect()
}

/// Which way an extension could be used; `Inactive` where it is not known.
pub(crate) fn capability(kind: MediaKind, uri: &str) -> TransceiverDirection {
    let known = to_negotiate(kind).into_iter().find(|known| known.uri == uri);
    known.map_or(TransceiverDirection::Inactive, |known| known.direction)
}

/// RFC 9143 section 15: which m-section a packet belongs to.
pub(crate) const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
/// RFC 8852: which of several streams of an m-section a packet belongs to.
pub(crate) const RID: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
/// RFC 8852: the same for what repairs such a stream.
pub(crate) const REPAIRED_RID: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
/// RFC 6464: how loud the sound of a packet is.
pub(crate) const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
/// RFC 6465: how loud those are who were mixed into it.
pub(crate) const CSRC_AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:csrc-audio-level";
/// The 24-bit time at which a packet was sent.
pub(crate) const ABS_SEND_TIME: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
/// draft-holmer-rmcat-transport-wide-cc-extensions.
pub(crate) const TRANSPORT_CC: &str =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
/// When a frame was captured.
pub(crate) const ABS_CAPTURE_TIME: &str =
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";
/// 3GPP TS 26.114: which way up the camera was held (RFC 7742 section 4).
pub(crate) const VIDEO_ORIENTATION: &str = "urn:3gpp:video-orientation";
/// How long the receiver may and should wait before it shows a frame.
pub(crate) const PLAYOUT_DELAY: &str = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";

/// In the order in which ids are given out.
const AUDIO: [(&str, TransceiverDirection); 6] = [
    (AUDIO_LEVEL, TransceiverDirection::SendRecv),
    (ABS_SEND_TIME, TransceiverDirection::SendRecv),
    (TRANSPORT_CC, TransceiverDirection::SendRecv),
    (MID, TransceiverDirection::SendRecv),
    (ABS_CAPTURE_TIME, TransceiverDirection::SendRecv),
    (CSRC_AUDIO_LEVEL, TransceiverDirection::RecvOnly),
];
const VIDEO: [(&str, TransceiverDirection); 8] = [
    (ABS_SEND_TIME, TransceiverDirection::SendRecv),
    (VIDEO_ORIENTATION, TransceiverDirection::SendRecv),
    (TRANSPORT_CC, TransceiverDirection::SendRecv),
    (PLAYOUT_DELAY, TransceiverDirection::SendRecv),
    (MID, TransceiverDirection::SendRecv),
    (RID, TransceiverDirection::SendRecv),
    (REPAIRED_RID, TransceiverDirection::SendRecv),
    (ABS_CAPTURE_TIME, TransceiverDirection::SendRecv),
];
