//! What this crate knows to send and receive.
//!
//! It carries encoded media and has no codecs of its own, so the same list holds for both ways: the
//! formats that nearly every browser has, and that `rtc_srtp` can put into packets.

use alloc::vec::Vec;

use rtc_srtp::payload;

use super::codec::RtpCodec;
use super::extensions;
use super::kind::MediaKind;
use super::parameters::RtpCapabilities;

/// `getCapabilities`, of senders and receivers alike.
pub(crate) fn capabilities(kind: MediaKind) -> RtpCapabilities {
    RtpCapabilities { codecs: codecs(kind), header_extensions: extensions::to_negotiate(kind) }
}

/// The codecs, the preferred first.
pub(crate) fn codecs(kind: MediaKind) -> Vec<RtpCodec> {
    let known: &[Known] = match kind {
        MediaKind::Audio => &AUDIO,
        MediaKind::Video => &VIDEO,
    };
    let codec = |&(name, clock_rate, channels, fmtp): &Known| RtpCodec {
        channels,
        sdp_fmtp_line: fmtp.map(Into::into),
        ..RtpCodec::new(kind, name, clock_rate)
    };
    known.iter().map(codec).collect()
}

/// How frames of a codec are put into packets, where we know how.
pub(crate) fn payload_format(codec: &RtpCodec) -> Option<payload::Format> {
    let known = FORMATS.iter().find(|(name, _)| codec.is(name));
    known.map(|&(_, format)| format).filter(|format| format.clock_rate() == codec.clock_rate)
}

/// Name, clock rate, channels, parameters.
type Known = (&'static str, u32, Option<u16>, Option<&'static str>);

/// RFC 7874 section 3, G.722, RFC 2198 for Opus, and RFC 4733 at both clock rates.
const AUDIO: [Known; 8] = [
    ("opus", 48_000, Some(2), Some("minptime=10;useinbandfec=1")),
    ("red", 48_000, Some(2), None),
    ("G722", 8_000, Some(1), None),
    ("PCMU", 8_000, Some(1), None),
    ("PCMA", 8_000, Some(1), None),
    ("CN", 8_000, Some(1), None),
    ("telephone-event", 48_000, Some(1), None),
    ("telephone-event", 8_000, Some(1), None),
];

/// RFC 7742 section 5, with the profiles of H.264 and VP9 that are met.
const VIDEO: [Known; 12] = [
    ("VP8", 90_000, None, None),
    ("rtx", 90_000, None, None),
    ("VP9", 90_000, None, Some("profile-id=0")),
    ("VP9", 90_000, None, Some("profile-id=2")),
    (
        "H264",
        90_000,
        None,
        Some("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"),
    ),
    (
        "H264",
        90_000,
        None,
        Some("level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f"),
    ),
    (
        "H264",
        90_000,
        None,
        Some("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f"),
    ),
    (
        "H264",
        90_000,
        None,
        Some("level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f"),
    ),
    (
        "H264",
        90_000,
        None,
        Some("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f"),
    ),
    (
        "H264",
        90_000,
        None,
        Some("level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=4d001f"),
    ),
    (
        "H264",
        90_000,
        None,
        Some("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f"),
    ),
    (
        "H264",
        90_000,
        None,
        Some("level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=640c1f"),
    ),
];

const FORMATS: [(&str, payload::Format); 7] = [
    ("opus", payload::Format::Opus),
    ("PCMU", payload::Format::Pcmu),
    ("PCMA", payload::Format::Pcma),
    ("G722", payload::Format::G722),
    ("VP8", payload::Format::Vp8),
    ("VP9", payload::Format::Vp9),
    ("H264", payload::Format::H264),
];
