//! The formats that have frames.

use crate::payload::{h264, vp8, vp9};

/// A payload format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Opus (RFC 7587).
    Opus,
    /// G.711, mu-law (RFC 3551, section 4.5.14).
    Pcmu,
    /// G.711, A-law.
    Pcma,
    /// G.722 (RFC 3551, section 4.5.2).
    G722,
    /// VP8 (RFC 7741).
    Vp8,
    /// VP9 (RFC 9628).
    Vp9,
    /// H.264 (RFC 6184).
    H264,
}

impl Format {
    /// The rate of its timestamps in Hz. G.722 has 8,000 although it samples at twice that.
    pub const fn clock_rate(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::Pcmu | Self::Pcma | Self::G722 => 8_000,
            Self::Vp8 | Self::Vp9 | Self::H264 => 90_000,
        }
    }

    /// Whether a key frame begins in this payload, told without any state: what a forwarder asks
    /// before it switches a receiver to a stream. Always for audio.
    pub fn begins_key_frame(self, payload: &[u8]) -> bool {
        match self {
            Self::Opus | Self::Pcmu | Self::Pcma | Self::G722 => true,
            Self::Vp8 => vp8::begins_key_frame(payload),
            Self::Vp9 => vp9::begins_key_frame(payload),
            Self::H264 => h264::begins_key_frame(payload),
        }
    }
}
