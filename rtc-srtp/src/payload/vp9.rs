//! VP9 (RFC 9628).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::{Buf, Bytes};

use crate::error::{DecodeError, PayloadError};
use crate::payload::assembly::{Assembly, Sequel};
use crate::payload::frame::{Frame, PacketPayload, PayloadMark};
use crate::payload::picture_id::{PictureIds, decode_picture_id, encode_picture_id};
use crate::payload::split::Split;
use crate::wire::take;

/// The payload descriptor (RFC 9628, section 4.2).
///
/// ```text
///       0 1 2 3 4 5 6 7
///      +-+-+-+-+-+-+-+-+
///      |I|P|L|F|B|E|V|Z| (REQUIRED)
///      +-+-+-+-+-+-+-+-+
/// I:   |M| PICTURE ID  | (REQUIRED in flexible mode)
///      +-+-+-+-+-+-+-+-+
/// M:   | EXTENDED PID  |
///      +-+-+-+-+-+-+-+-+
/// L:   | TID |U| SID |D|
///      +-+-+-+-+-+-+-+-+
///      |   TL0PICIDX   | (non-flexible mode)
///      +-+-+-+-+-+-+-+-+
/// P,F: | P_DIFF      |N| up to 3 times (flexible mode)
///      +-+-+-+-+-+-+-+-+
/// V:   | SS            |
///      | ..            |
///      +-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Descriptor {
    /// I: the picture identifier, 15 bits, which is how it is written.
    pub picture_id: Option<u16>,
    /// P: the frame depends on an earlier picture.
    pub inter_picture_predicted: bool,
    /// L: the layers of the frame.
    pub layers: Option<Layers>,
    /// F: flexible mode, where each frame names what it refers to.
    pub flexible: bool,
    /// B: a frame, of one spatial layer, begins with this payload.
    pub begins_frame: bool,
    /// E: it ends with this payload.
    pub ends_frame: bool,
    /// Z: the frame is not a reference for higher spatial layers.
    pub not_reference_for_upper_layers: bool,
    /// P_DIFF: how many pictures back the references are, 1 to 127; 0 where there is none.
    pub references: [u8; 3],
    /// V: the scalability structure.
    pub structure: Option<ScalabilityStructure>,
}

/// The layers of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layers {
    /// TID: the temporal layer, 0 to 7.
    pub temporal: u8,
    /// U: higher temporal layers can be switched to here.
    pub switching_up_point: bool,
    /// SID: the spatial layer, 0 to 7.
    pub spatial: u8,
    /// D: the frame depends on a lower spatial layer of the same picture.
    pub inter_layer_predicted: bool,
    /// TL0PICIDX, which is there in non-flexible mode only.
    pub tl0_picture_index: Option<u8>,
}

/// The scalability structure (section 4.2.1).
///
/// ```text
///      +-+-+-+-+-+-+-+-+
/// V:   | N_S |Y|G|-|-|-|
///      +-+-+-+-+-+-+-+-+
/// Y:   | WIDTH, HEIGHT | N_S + 1 times
///      +-+-+-+-+-+-+-+-+
/// G:   |      N_G      |
///      +-+-+-+-+-+-+-+-+
/// N_G: | TID |U| R |-|-| N_G times, each followed by
///      |    P_DIFF     | R times
///      +-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScalabilityStructure {
    /// How many spatial layers there are, 1 to 8.
    pub spatial_layers: u8,
    /// The width and height of each layer in pixels, if they are told.
    pub resolutions: Option<[(u16, u16); 8]>,
    /// How many pictures the group that repeats itself has, if it is told.
    pub group_len: Option<u8>,
    /// Whether that group is one picture of the lowest layer that refers to the one before it; the
    /// only one that is written.
    pub simple_group: bool,
}

impl Descriptor {
    /// Takes the descriptor off the front of a payload.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`], or [`DecodeError::TooMany`] if a frame names more than three
    /// references.
    pub fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        let first = input.try_get_u8()?;
        let mut this = Self {
            inter_picture_predicted: first & 0x40 != 0,
            flexible: first & 0x10 != 0,
            begins_frame: first & 0x08 != 0,
            ends_frame: first & 0x04 != 0,
            not_reference_for_upper_layers: first & 0x01 != 0,
            ..Self::default()
        };
        if first & 0x80 != 0 {
            this.picture_id = Some(decode_picture_id(input)?);
        }
        if first & 0x20 != 0 {
            let byte = input.try_get_u8()?;
            this.layers = Some(Layers {
                temporal: byte >> 5,
                switching_up_point: byte & 0x10 != 0,
                spatial: byte >> 1 & 0x07,
                inter_layer_predicted: byte & 0x01 != 0,
                tl0_picture_index: if this.flexible { None } else { Some(input.try_get_u8()?) },
            });
        }
        if this.flexible && this.inter_picture_predicted {
            let mut more = true;
            for reference in &mut this.references {
                if more {
                    let byte = input.try_get_u8()?;
                    *reference = byte >> 1;
                    more = byte & 1 != 0;
                }
            }
            if more {
                return Err(DecodeError::TooMany);
            }
        }
        if first & 0x02 != 0 {
            this.structure = Some(ScalabilityStructure::decode(input)?);
        }
        Ok(this)
    }

    /// Appends the descriptor.
    ///
    /// In flexible mode a predicted frame without any reference is written with the picture before
    /// it as its reference, since there is no way to write none.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(
            u8::from(self.picture_id.is_some()) << 7
                | u8::from(self.inter_picture_predicted) << 6
                | u8::from(self.layers.is_some()) << 5
                | u8::from(self.flexible) << 4
                | u8::from(self.begins_frame) << 3
                | u8::from(self.ends_frame) << 2
                | u8::from(self.structure.is_some()) << 1
                | u8::from(self.not_reference_for_upper_layers),
        );
        if let Some(picture_id) = self.picture_id {
            encode_picture_id(picture_id, out);
        }
        if let Some(layers) = self.layers {
            out.push(
                layers.temporal << 5
                    | u8::from(layers.switching_up_point) << 4
                    | (layers.spatial & 0x07) << 1
                    | u8::from(layers.inter_layer_predicted),
            );
            if !self.flexible {
                out.push(layers.tl0_picture_index.unwrap_or_default());
            }
        }
        if self.flexible && self.inter_picture_predicted {
            let count = self.references.iter().take_while(|reference| **reference != 0).count();
            for (at, reference) in self.references.iter().take(count.max(1)).enumerate() {
                out.push((*reference).max(1) << 1 | u8::from(at + 1 < count));
            }
        }
        if let Some(structure) = &self.structure {
            structure.encode(out);
        }
    }

    /// Whether a picture, of all its spatial layers, begins with this payload.
    fn begins_picture(&self) -> bool {
        self.begins_frame && self.layers.is_none_or(|layers| layers.spatial == 0)
    }
}

impl ScalabilityStructure {
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        let first = input.try_get_u8()?;
        let spatial_layers = (first >> 5) + 1;
        let mut resolutions = (first & 0x10 != 0).then_some([(0, 0); 8]);
        for resolution in resolutions.iter_mut().flatten().take(spatial_layers.into()) {
            *resolution = (input.try_get_u16()?, input.try_get_u16()?);
        }
        let mut simple_group = false;
        let group_len = if first & 0x08 != 0 { Some(input.try_get_u8()?) } else { None };
        for _ in 0..group_len.unwrap_or_default() {
            let picture = input.try_get_u8()?;
            let references = take(input, usize::from(picture >> 2 & 0b11))?;
            simple_group = group_len == Some(1) && picture >> 4 == 0 && references == [1];
        }
        Ok(Self { spatial_layers, resolutions, group_len, simple_group })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let layers = self.spatial_layers.clamp(1, 8);
        out.push(
            (layers - 1) << 5
                | u8::from(self.resolutions.is_some()) << 4
                | u8::from(self.simple_group) << 3,
        );
        for (width, height) in self.resolutions.iter().flatten().take(layers.into()) {
            out.extend_from_slice(&width.to_be_bytes());
            out.extend_from_slice(&height.to_be_bytes());
        }
        if self.simple_group {
            // One picture; TID 0, U 0, R 1; P_DIFF 1.
            out.extend_from_slice(&[1, 0b0000_0100, 1]);
        }
    }
}

/// Whether a key frame begins in this payload: the lowest spatial layer of a picture that depends
/// on no other picture.
pub fn begins_key_frame(mut payload: &[u8]) -> bool {
    Descriptor::decode(&mut payload).is_ok_and(|descriptor| {
        descriptor.begins_picture() && !descriptor.inter_picture_predicted && !payload.is_empty()
    })
}

/// Whether a frame is a key frame, by its uncompressed header: frame marker 2, two bits of profile
/// (and one more for profile 3), `show_existing_frame` 0, `frame_type` 0.
fn is_key_frame(frame: &[u8]) -> bool {
    let Some(first) = frame.first() else { return false };
    let profile_3 = first & 0x30 == 0x30;
    let bits = if profile_3 { first << 1 } else { *first };
    first >> 6 == 0b10 && bits & 0b1100 == 0
}

/// Takes frames of one spatial and one temporal layer apart. The picture identifier goes up by one
/// with each frame.
#[derive(Debug, Clone, Default)]
pub struct Vp9Packetizer {
    flexible: bool,
    picture_ids: PictureIds,
    /// That of the frame which is being taken apart.
    picture_id: u16,
    key_frame: bool,
    begins: bool,
    split: Split,
}

impl Vp9Packetizer {
    /// A packetizer whose first frame has this picture identifier, which should be random; 15 bits
    /// count. In flexible mode each frame is said to refer to the one before it.
    pub fn new(picture_id: u16, flexible: bool) -> Self {
        let picture_ids = PictureIds::beginning_with(picture_id);
        Self { picture_ids, flexible, ..Self::default() }
    }

    /// Begins with a frame; what is left of another is given up.
    ///
    /// # Errors
    ///
    /// [`PayloadError::TooLarge`] if payloads of `max_len` bytes leave no room for the frame.
    pub fn start(&mut self, frame: Bytes, max_len: usize) -> Result<(), PayloadError> {
        let room = max_len.checked_sub(MAX_DESCRIPTOR_LEN).filter(|room| *room > 0);
        let room = room.ok_or(PayloadError::TooLarge { limit: max_len })?;
        self.picture_id = self.picture_ids.take_next();
        self.key_frame = is_key_frame(&frame);
        self.begins = true;
        self.split = Split::new(frame, room);
        Ok(())
    }

    /// Appends the next payload.
    pub fn poll_payload(&mut self, out: &mut Vec<u8>) -> Option<PayloadMark> {
        let (piece, marker) = self.split.next()?;
        let structure = ScalabilityStructure {
            spatial_layers: 1,
            resolutions: None,
            group_len: (!self.flexible).then_some(1),
            simple_group: !self.flexible,
        };
        let descriptor = Descriptor {
            picture_id: Some(self.picture_id),
            inter_picture_predicted: !self.key_frame,
            flexible: self.flexible,
            begins_frame: self.begins,
            ends_frame: marker,
            references: if self.flexible && !self.key_frame { [1, 0, 0] } else { [0; 3] },
            structure: (self.begins && self.key_frame).then_some(structure),
            ..Descriptor::default()
        };
        self.begins = false;
        descriptor.encode(out);
        out.extend_from_slice(&piece);
        Some(PayloadMark { marker, timestamp_offset: 0 })
    }
}

/// Puts pictures together, with all the spatial layers that arrive, one after the other.
#[derive(Debug, Default)]
pub struct Vp9Depacketizer {
    assembly: Assembly,
}

impl Vp9Depacketizer {
    /// A depacketizer that waits for the beginning of a picture.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next payload.
    ///
    /// # Errors
    ///
    /// See [`PayloadError`]; the next picture is awaited then.
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
        if descriptor.begins_picture() && (sequel != Sequel::Same || !self.assembly.is_open()) {
            if sequel == Sequel::Next {
                self.assembly.finish(packet.index.wrapping_sub(1));
            }
            self.assembly.begin(packet, !descriptor.inter_picture_predicted);
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

    /// The picture that has been finished. Two are kept: whoever asks after each payload misses none.
    pub fn poll_frame(&mut self) -> Option<Frame> {
        self.assembly.poll_frame()
    }
}

/// How long the longest descriptor is that the packetizer writes: three bytes, and four of
/// structure.
const MAX_DESCRIPTOR_LEN: usize = 7;
