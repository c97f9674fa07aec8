//! Putting frames of any format together.

use crate::error::PayloadError;
use crate::payload::format::Format;
use crate::payload::frame::{Frame, PacketPayload};
use crate::payload::h264::H264Depacketizer;
use crate::payload::vp8::Vp8Depacketizer;
use crate::payload::vp9::Vp9Depacketizer;

/// Puts frames together: [`push`](Self::push) each payload in the order of the sequence numbers,
/// then [`poll_frame`](Self::poll_frame) until there is none.
///
/// A frame of which a packet is missing is given up. It holds at most one frame of
/// [`MAX_FRAME_LEN`](crate::payload::MAX_FRAME_LEN) bytes in the making, and two that are finished.
#[derive(Debug)]
pub struct Depacketizer(Kind);

#[derive(Debug)]
enum Kind {
    /// Each payload is a frame.
    Audio(Option<Frame>),
    Vp8(Vp8Depacketizer),
    Vp9(Vp9Depacketizer),
    H264(H264Depacketizer),
}

impl Depacketizer {
    /// A depacketizer for this format.
    pub fn new(format: Format) -> Self {
        Self(match format {
            Format::Opus | Format::Pcmu | Format::Pcma | Format::G722 => Kind::Audio(None),
            Format::Vp8 => Kind::Vp8(Vp8Depacketizer::new()),
            Format::Vp9 => Kind::Vp9(Vp9Depacketizer::new()),
            Format::H264 => Kind::H264(H264Depacketizer::new()),
        })
    }

    /// Takes the next payload. An empty payload of audio is no frame and no error.
    ///
    /// # Errors
    ///
    /// See [`PayloadError`]; the next frame is awaited then.
    pub fn push(&mut self, packet: &PacketPayload) -> Result<(), PayloadError> {
        match &mut self.0 {
            Kind::Audio(frame) => {
                if !packet.payload.is_empty() {
                    *frame = Some(Frame {
                        data: packet.payload.clone(),
                        timestamp: packet.timestamp,
                        key_frame: true,
                        first_index: packet.index,
                        last_index: packet.index,
                    });
                }
                Ok(())
            }
            Kind::Vp8(depacketizer) => depacketizer.push(packet),
            Kind::Vp9(depacketizer) => depacketizer.push(packet),
            Kind::H264(depacketizer) => depacketizer.push(packet),
        }
    }

    /// A frame that has been finished.
    pub fn poll_frame(&mut self) -> Option<Frame> {
        match &mut self.0 {
            Kind::Audio(frame) => frame.take(),
            Kind::Vp8(depacketizer) => depacketizer.poll_frame(),
            Kind::Vp9(depacketizer) => depacketizer.poll_frame(),
            Kind::H264(depacketizer) => depacketizer.poll_frame(),
        }
    }
}
