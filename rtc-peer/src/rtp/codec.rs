//! Codecs, by the names of the W3C specification.

use alloc::format;
use alloc::string::String;

use super::kind::MediaKind;

/// `RTCRtpCodec`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RtpCodec {
    /// `mimeType`: `audio/opus`, `video/VP8` and so on; letter case does not matter.
    pub mime_type: String,
    /// `clockRate`, in hertz.
    pub clock_rate: u32,
    /// `channels`, of audio; an `a=rtpmap` without them means 1. `None` for video.
    pub channels: Option<u16>,
    /// `sdpFmtpLine`: the parameters of the format, as `a=fmtp` has them, without the payload type.
    pub sdp_fmtp_line: Option<String>,
}

impl RtpCodec {
    /// A codec without channels or parameters.
    pub(crate) fn new(kind: MediaKind, name: &str, clock_rate: u32) -> Self {
        Self {
            mime_type: format!("{kind}/{name}"),
            clock_rate,
            channels: None,
            sdp_fmtp_line: None,
        }
    }

    /// The format of this codec's retransmissions, where this is the codec's payload type
    /// (RFC 4588 section 8.6).
    pub(crate) fn retransmission(&self, payload_type: u8) -> Self {
        let media = self.mime_type.split_once('/').map_or("", |(media, _)| media);
        Self {
            mime_type: format!("{media}/rtx"),
            clock_rate: self.clock_rate,
            channels: self.channels,
            sdp_fmtp_line: Some(format!("apt={payload_type}")),
        }
    }

    /// The encoding name of `a=rtpmap`: what follows the slash.
    pub(crate) fn name(&self) -> &str {
        self.mime_type.split_once('/').map_or("", |(_, name)| name)
    }

    /// Whether the encoding has this name, without regard to case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// Whether it repairs or repeats what another codec carries: RTX, RED and FEC.
    pub(crate) fn is_resilience(&self) -> bool {
        RESILIENCE.iter().any(|name| self.is(name))
    }

    /// Whether a sender can send its track with it: neither resilience, nor comfort noise, nor
    /// telephone events.
    pub(crate) fn carries_a_track(&self) -> bool {
        !self.is_resilience() && !self.is("CN") && !self.is("telephone-event")
    }
}

/// `RTCRtpCodecParameters`: a codec and the payload type that it was negotiated with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RtpCodecParameters {
    /// `payloadType`, 0 to 127.
    pub payload_type: u8,
    /// The codec.
    pub codec: RtpCodec,
}

const RESILIENCE: [&str; 5] = ["rtx", "red", "ulpfec", "flexfec", "flexfec-03"];
