//! VP8 (RFC 7741).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::{Buf, Bytes};

use crate::error::{DecodeError, PayloadError};
use crate::payload::assembly::{Assembly, Sequel};
use crate::payload::frame::{Frame, PacketPayload, PayloadMark};
use crate::payload::picture_id::{PictureIds, decode_picture_id, encode_picture_id};
use crate::payload::split::Split;

/// The payload descriptor (RFC 7741, section 4.2).
///
/// ```text
///      0 1 2 3 4 5 6 7
///     +-+-+-+-+-+-+-+-+
///     |X|R|N|S|R| PID | (REQUIRED)
///     +-+-+-+-+-+-+-+-+
/// X:  |I|L|T|K| RSV   | (OPTIONAL)
///     +-+-+-+-+-+-+-+-+
/// I:  |M| PictureID   | (OPTIONAL)
///     +-+-+-+-+-+-+-+-+
///     |   PictureID   |
///     +-+-+-+-+-+-+-+-+
/// L:  |   TL0PICIDX   | (OPTIONAL)
///     +-+-+-+-+-+-+-+-+
/// T/K:|TID|Y| KEYIDX  | (OPTIONAL)
///     +-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Descriptor {
    /// N: no other frame refers to this one.
    pub non_reference: bool,
    /// S: a partition begins with this payload.
    pub partition_start: bool,
    /// PID: which partition, 0 to 7.
    pub partition_id: u8,
    /// PictureID, 15 bits, which is how it is written.
    pub picture_id: Option<u16>,
    /// TL0PICIDX: counts the frames of the lowest temporal layer.
    pub tl0_picture_index: Option<u8>,
    /// TID and Y: the temporal layer, 0 to 3, and whether the frame depends only on layer 0.
    pub temporal_layer: Option<(u8, bool)>,
    /// KEYIDX: which key frame the frame depends on, 0 to 31.
    pub key_index: Option<u8>,
}

impl Descriptor {
    /// Takes the descriptor off the front of a payload.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`].
    pub fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        let first = input.try_get_u8()?;
        let mut this = Self {
            non_reference: first & 0x20 != 0,
            partition_start: first & 0x10 != 0,
            partition_id: first & 0x07,
            ..Self::default()
        };
        if first & 0x80 == 0 {
            return Ok(this);
        }
        let present = input.try_get_u8()?;
        if present & 0x80 != 0 {
            this.picture_id = Some(decode_picture_id(input)?);
        }
        if present & 0x40 != 0 {
            this.tl0_picture_index = Some(input.try_get_u8()?);
        }
        if present & 0x30 != 0 {
            let byte = input.try_get_u8()?;
            this.temporal_layer = (present & 0x20 != 0).then_some((byte >> 6, byte & 0x20 != 0));
            this.key_index = (present & 0x10 != 0).then_some(byte & 0x1f);
        }
        Ok(this)
    }

    /// Appends the descriptor.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let present = u8::from(self.picture_id.is_some()) << 7
            | u8::from(self.tl0_picture_index.is_some()) << 6
            | u8::from(self.temporal_layer.is_some()) << 5
            | u8::from(self.key_index.is_some()) << 4;
        out.push(
            u8::from(present != 0) << 7
                | u8::from(self.non_reference) << 5
                | u8::from(self.partition_start) << 4
                | self.partition_id & 0x07,
        );
        if present == 0 {
            return;
        }
        out.push(present);
        if let Some(picture_id) = self.picture_id {
            encode_picture_id(picture_id, out);
        }
        out.extend(self.tl0_picture_index);
        if self.temporal_layer.is_some() || self.key_index.is_some() {
            let (layer, sync) = self.temporal_layer.unwrap_or_default();
            let key_index = self.key_index.unwrap_or_default();
            out.push(layer << 6 | u8::from(sync) << 5 | key_index & 0x1f);
        }
    }

    const fn begins_frame(&self) -> bool {
        self.partition_start && self.partition_id == 0
    }
}

/// Whether a key frame begins in this payload.
pub fn begins_key_frame(mut payload: &[u8]) -> bool {
    Descriptor::decode(&mut payload)
        .is_ok_and(|descriptor| descriptor.begins_frame() && is_key_frame(payload))
}

/// Whether a frame is a key frame: the inverse key frame flag of its frame tag (section 4.3).
fn is_key_frame(frame: &[u8]) -> bool {
    frame.first().is_some_and(|tag| tag & 1 == 0)
}

/// Takes frames apart. The picture identifier goes up by one with each frame.
#[derive(Debug, Clone, Default)]
pub struct Vp8Packetizer {
    picture_ids: PictureIds,
    /// That of the frame which is being taken apart.
    picture_id: u16,
    split: Split,
    begins: bool,
}

impl Vp8Packetizer {
    /// A packetizer whose first frame has this picture identifier, which should be random; 15 bits
    /// count.
    pub fn new(picture_id: u16) -> Self {
        Self { picture_ids: PictureIds::beginning_with(picture_id), ..Self::default() }
    }

    /// Begins with a frame; what is left of another is given up.
    ///
    /// # Errors
    ///
    /// [`PayloadError::TooLarge`] if payloads of `max_len` bytes leave no room for the frame.
    pub fn start(&mut self, frame: Bytes, max_len: usize) -> Result<(), PayloadError> {
        let room = max_len.checked_sub(DESCRIPTOR_LEN).filter(|room| *room > 0);
        let room = room.ok_or(PayloadError::TooLarge { limit: max_len })?;
        self.picture_id = self.picture_ids.take_next();
        self.begins = true;
        self.split = Split::new(frame, room);
        Ok(())
    }

    /// Appends the next payload.
    pub fn poll_payload(&mut self, out: &mut Vec<u8>) -> Option<PayloadMark> {
        let (piece, marker) = self.split.next()?;
        let descriptor = Descriptor {
            partition_start: self.begins,
            picture_id: Some(self.picture_id),
            ..Descriptor::default()
        };
        self.begins = false;
        descriptor.encode(out);
        out.extend_from_slice(&piece);
        Some(PayloadMark { marker, timestamp_offset: 0 })
    }
}

/// Puts frames together.
#[derive(Debug, Default)]
pub struct Vp8Depacketizer {
    assembly: Assembly,
}

impl Vp8Depacketizer {
    /// A depacketizer that waits for the beginning of a frame.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next payload.
    ///
    /// # Errors
    ///
    /// See [`PayloadError`]; the next frame is awaited then.
    pub fn push(&mut self, packet: &PacketPayload) -> Result<(), PayloadError> {
        let sequel = self.assembly.follow(packet)?;
        let mut payload = &packet.payload[..];
        let descriptor = match Descriptor::decode(&mut payload) {
            Ok(descriptor) if !payload.is_empty() => descriptor,
            refused => {
                self.assembly.give_up();
                return Err(refused.err().unwrap_or(DecodeError::Truncated).into());
            }
        };
        if descriptor.begins_frame() && (sequel != Sequel::Same || !self.assembly.is_open()) {
            // The beginning of the next frame is the end of the one before it, marker or not.
            if sequel == Sequel::Next {
                self.assembly.finish(packet.index.wrapping_sub(1));
            }
            self.assembly.begin(packet, is_key_frame(payload));
        } else if sequel != Sequel::Same || !self.assembly.is_open() {
            self.assembly.give_up();
            return Err(PayloadError::Missing);
        }
        self.assembly.append(payload)?;
        if packet.marker {
            self.assembly.finish(packet.index);
        }
        Ok(())
    }

    /// The frame that has been finished. Two are kept: whoever asks after each payload misses none.
    pub fn poll_frame(&mut self) -> Option<Frame> {
        self.assembly.poll_frame()
    }
}

/// How long the descriptors are that the packetizer writes.
const DESCRIPTOR_LEN: usize = 4;
