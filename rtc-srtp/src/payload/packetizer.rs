//! Taking frames of any format apart.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::error::PayloadError;
use crate::payload::format::Format;
use crate::payload::frame::PayloadMark;
use crate::payload::h264::{H264Packetizer, PacketizationMode};
use crate::payload::vp8::Vp8Packetizer;
use crate::payload::vp9::Vp9Packetizer;
use crate::payload::{g711, g722};

/// Takes frames apart: [`start`](Self::start) with each, then
/// [`poll_payload`](Self::poll_payload) until there is none.
#[derive(Debug, Clone)]
pub struct Packetizer(Kind);

#[derive(Debug, Clone)]
enum Kind {
    /// The frame is the payload.
    Opus(Bytes),
    /// One byte lasts one unit of the timestamp, in G.711 as in G.722: what does not fit goes into
    /// the next payload. What is left, the length of a payload, and what has been sent.
    Samples {
        rest: Bytes,
        max_len: usize,
        sent: usize,
        duration: fn(usize) -> u32,
    },
    Vp8(Vp8Packetizer),
    Vp9(Vp9Packetizer),
    H264(H264Packetizer),
}

impl Packetizer {
    /// A packetizer for this format. VP9 is sent in non-flexible mode and H.264 in packetization
    /// mode 1. `picture_id` is that of the first frame of VP8 and VP9 and should be random.
    pub fn new(format: Format, picture_id: u16) -> Self {
        let samples =
            |duration| Kind::Samples { rest: Bytes::new(), max_len: 0, sent: 0, duration };
        Self(match format {
            Format::Opus => Kind::Opus(Bytes::new()),
            Format::Pcmu | Format::Pcma => samples(g711::duration),
            Format::G722 => samples(g722::duration),
            Format::Vp8 => Kind::Vp8(Vp8Packetizer::new(picture_id)),
            Format::Vp9 => Kind::Vp9(Vp9Packetizer::new(picture_id, false)),
            Format::H264 => Kind::H264(H264Packetizer::new(PacketizationMode::NonInterleaved)),
        })
    }

    /// Begins with a frame; what is left of another is given up. No payload will be longer than
    /// `max_len` bytes.
    ///
    /// # Errors
    ///
    /// [`PayloadError::TooLarge`] if the format cannot take the frame apart into such payloads,
    /// [`PayloadError::Decode`] if it is not a frame of H.264 in the byte stream format. What was
    /// left of another frame is then still there.
    pub fn start(&mut self, frame: Bytes, max_len: usize) -> Result<(), PayloadError> {
        match &mut self.0 {
            Kind::Opus(_) if frame.len() > max_len => {
                return Err(PayloadError::TooLarge { limit: max_len });
            }
            Kind::Opus(rest) => *rest = frame,
            Kind::Samples { .. } if max_len == 0 => {
                return Err(PayloadError::TooLarge { limit: max_len });
            }
            Kind::Samples { rest, max_len: limit, sent, .. } => {
                *rest = frame;
                *limit = max_len;
                *sent = 0;
            }
            Kind::Vp8(packetizer) => packetizer.start(frame, max_len)?,
            Kind::Vp9(packetizer) => packetizer.start(frame, max_len)?,
            Kind::H264(packetizer) => packetizer.start(frame, max_len)?,
        }
        Ok(())
    }

    /// Appends the next payload of the frame.
    pub fn poll_payload(&mut self, out: &mut Vec<u8>) -> Option<PayloadMark> {
        match &mut self.0 {
            Kind::Opus(rest) if rest.is_empty() => None,
            Kind::Opus(rest) => {
                out.extend_from_slice(&core::mem::take(rest));
                Some(PayloadMark { marker: false, timestamp_offset: 0 })
            }
            Kind::Samples { rest, .. } if rest.is_empty() => None,
            Kind::Samples { rest, max_len, sent, duration } => {
                let piece = rest.split_to(rest.len().min(*max_len));
                out.extend_from_slice(&piece);
                let timestamp_offset = duration(*sent);
                *sent += piece.len();
                Some(PayloadMark { marker: false, timestamp_offset })
            }
            Kind::Vp8(packetizer) => packetizer.poll_payload(out),
            Kind::Vp9(packetizer) => packetizer.poll_payload(out),
            Kind::H264(packetizer) => packetizer.poll_payload(out),
        }
    }
}

impl From<Vp8Packetizer> for Packetizer {
    fn from(packetizer: Vp8Packetizer) -> Self {
        Self(Kind::Vp8(packetizer))
    }
}

impl From<Vp9Packetizer> for Packetizer {
    fn from(packetizer: Vp9Packetizer) -> Self {
        Self(Kind::Vp9(packetizer))
    }
}

impl From<H264Packetizer> for Packetizer {
    fn from(packetizer: H264Packetizer) -> Self {
        Self(Kind::H264(packetizer))
    }
}
