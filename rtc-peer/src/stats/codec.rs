//! Codecs in use.

use alloc::string::String;

use super::id::{ContentDigest, StatsId, Subject};
use super::timestamp::Timestamp;
use crate::rtp::{RtpCodec, TransportId};

/// `RTCCodecStats`: a codec that a stream of the report refers to. One object tells of both
/// directions if their parameters are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodecStats {
    /// `id`.
    pub id: StatsId,
    /// `timestamp`.
    pub timestamp: Timestamp,
    /// `payloadType`.
    pub payload_type: u8,
    /// `transportId`.
    pub transport_id: StatsId,
    /// `mimeType`.
    pub mime_type: String,
    /// `clockRate`, in hertz.
    pub clock_rate: u32,
    /// `channels`, of audio.
    pub channels: Option<u16>,
    /// `sdpFmtpLine`.
    pub sdp_fmtp_line: Option<String>,
}

impl CodecStats {
    pub(crate) fn new(
        timestamp: Timestamp,
        transport: TransportId,
        payload_type: u8,
        codec: &RtpCodec,
    ) -> Self {
        let digest = ContentDigest::new()
            .with(codec.mime_type.as_bytes())
            .with(&codec.clock_rate.to_le_bytes())
            .with(&codec.channels.unwrap_or_default().to_le_bytes())
            .with(codec.sdp_fmtp_line.as_deref().unwrap_or_default().as_bytes())
            .finish();
        Self {
            id: StatsId(Subject::Codec { transport, payload_type, digest }),
            timestamp,
            payload_type,
            transport_id: StatsId(Subject::Transport(transport)),
            mime_type: codec.mime_type.clone(),
            clock_rate: codec.clock_rate,
            channels: codec.channels,
            sdp_fmtp_line: codec.sdp_fmtp_line.clone(),
        }
    }
}
