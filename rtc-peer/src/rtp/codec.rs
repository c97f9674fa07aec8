//! Codecs, by the names of the W3C specification.

use alloc::string::String;

/// `RTCRtpCodec`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RtpCodec {
    /// `mimeType`: `audio/opus`, `video/VP8` and so on; letter case does not matter.
    pub mime_type: String,
    /// `clockRate`, in hertz.
    pub clock_rate: u32,
    /// `channels`: of audio, unless it is 1 by default.
    pub channels: Option<u16>,
    /// `sdpFmtpLine`: the parameters of the format, as `a=fmtp` has them, without the payload type.
    pub sdp_fmtp_line: Option<String>,
}

/// `RTCRtpCodecParameters`: a codec and the payload type that it was negotiated with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RtpCodecParameters {
    /// `payloadType`, 0 to 127.
    pub payload_type: u8,
    /// The codec.
    pub codec: RtpCodec,
}
