//! H.264 (RFC 6184), packetization modes 0 and 1.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::{Buf, Bytes};

use crate::error::{DecodeError, PayloadError};
use crate::payload::assembly::{Assembly, Sequel};
use crate::payload::frame::{Frame, PacketPayload, PayloadMark};
use crate::payload::split::Split;
use crate::wire::take;

/// How frames are taken apart (RFC 6184, section 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PacketizationMode {
    /// Mode 0: each NAL unit is a payload. One that does not fit cannot be sent.
    SingleNalUnit,
    /// Mode 1: small NAL units share a payload (STAP-A), large ones are cut (FU-A).
    #[default]
    NonInterleaved,
}

/// The NAL units in a payload.
#[derive(Debug, Clone)]
enum Units<'a> {
    Single(&'a [u8]),
    Aggregated(&'a [u8]),
    Fragment { indicator: u8, header: u8, data: &'a [u8] },
}

/// Reads the payload structure (section 5.2).
///
/// ```text
/// +---------------+      STAP-A: indicator, then        FU-A: indicator, then
/// |0|1|2|3|4|5|6|7|      +-------------+----------+     +-+-+-+-+-+-+-+-+------+
/// +-+-+-+-+-+-+-+-+      | length (16) | NAL unit | ... |S|E|R|  type   | data |
/// |F|NRI|  type   |      +-------------+----------+     +-+-+-+-+-+-+-+-+------+
/// +---------------+
/// ```
fn decode(payload: &[u8]) -> Result<Units<'_>, PayloadError> {
    let (indicator, rest) = payload.split_first().ok_or(DecodeError::Truncated)?;
    match indicator & TYPE {
        1..=23 => Ok(Units::Single(payload)),
        STAP_A => {
            // Checked as a whole first, so that a lie at its end does not half change a frame.
            let mut input = rest;
            if input.is_empty() {
                return Err(DecodeError::Truncated.into());
            }
            while !input.is_empty() {
                let len = input.try_get_u16().map_err(DecodeError::from)?;
                let unit = take(&mut input, len.into())?;
                let header = unit.first().ok_or(DecodeError::Length)?;
                if !matches!(header & TYPE, 1..=23) {
                    return Err(DecodeError::Value.into());
                }
            }
            Ok(Units::Aggregated(rest))
        }
        FU_A => {
            let (header, data) = rest.split_first().ok_or(DecodeError::Truncated)?;
            if data.is_empty() {
                return Err(DecodeError::Truncated.into());
            }
            // "the Start bit and End bit MUST NOT both be set to one in the same FU header".
            let both = FU_START | FU_END;
            if header & both == both || !matches!(header & TYPE, 1..=23) {
                return Err(DecodeError::Value.into());
            }
            Ok(Units::Fragment { indicator: *indicator, header: *header, data })
        }
        _ => Err(PayloadError::Unsupported),
    }
}

/// Whether a key frame begins in this payload: an IDR picture, or the sequence parameter set that
/// comes before one.
pub fn begins_key_frame(payload: &[u8]) -> bool {
    let begins = |header: u8| matches!(header & TYPE, IDR | SPS);
    match decode(payload) {
        Ok(Units::Single(unit)) => unit.first().is_some_and(|header| begins(*header)),
        Ok(Units::Aggregated(units)) => {
            aggregated(units).any(|unit| unit.first().is_some_and(|header| begins(*header)))
        }
        Ok(Units::Fragment { header, .. }) => header & FU_START != 0 && begins(header),
        Err(_) => false,
    }
}

fn aggregated(mut units: &[u8]) -> impl Iterator<Item = &[u8]> {
    core::iter::from_fn(move || {
        let len = units.try_get_u16().ok()?;
        take(&mut units, len.into()).ok()
    })
}

/// Takes frames in the byte stream format (ITU-T H.264, annex B) apart.
///
/// The last sequence and picture parameter sets are remembered, up to 1,024 bytes each, and sent
/// again before an IDR picture that comes without them: there is no other way for a receiver that
/// joins later to get them, since WebRTC keeps them out of the session description (RFC 7742,
/// section 6.2).
#[derive(Debug, Clone, Default)]
pub struct H264Packetizer {
    mode: PacketizationMode,
    max_len: usize,
    /// What is left of the frame, the first NAL unit at its front without a start code.
    frame: Bytes,
    /// NAL units that go before what is left.
    before: [Bytes; 2],
    parameter_sets: [Bytes; 2],
    fragments: Option<Fragments>,
}

#[derive(Debug, Clone)]
struct Fragments {
    header: u8,
    first: bool,
    split: Split,
}

impl H264Packetizer {
    /// A packetizer of this mode.
    pub fn new(mode: PacketizationMode) -> Self {
        Self { mode, ..Self::default() }
    }

    /// Begins with a frame; what is left of another is given up. Payloads will have at most
    /// `max_len` bytes.
    ///
    /// # Errors
    ///
    /// [`PayloadError::TooLarge`] if a NAL unit does not fit and must not be cut, or if there is no
    /// room for anything; [`DecodeError::Value`] as [`PayloadError::Decode`] if the frame does not
    /// begin with a start code or holds what only payloads may hold.
    pub fn start(&mut self, frame: Bytes, max_len: usize) -> Result<(), PayloadError> {
        if max_len <= FU_HEADERS_LEN {
            return Err(PayloadError::TooLarge { limit: max_len });
        }
        let mut rest = first_unit(frame)?;
        let whole = rest.clone();
        let mut has_sps = false;
        let mut has_idr = false;
        let mut found: [Option<Bytes>; 2] = [None, None];
        while let Some(unit) = next_unit(&mut rest) {
            let unit_type = unit.first().copied().unwrap_or_default() & TYPE;
            if !matches!(unit_type, 1..=23) {
                return Err(DecodeError::Value.into());
            }
            if self.mode == PacketizationMode::SingleNalUnit && unit.len() > max_len {
                return Err(PayloadError::TooLarge { limit: max_len });
            }
            has_sps |= unit_type == SPS;
            has_idr |= unit_type == IDR;
            let [sps, pps] = &mut found;
            match unit_type {
                SPS if unit.len() <= MAX_PARAMETER_SET_LEN => *sps = Some(unit),
                PPS if unit.len() <= MAX_PARAMETER_SET_LEN => *pps = Some(unit),
                _ => {}
            }
        }
        for (kept, found) in self.parameter_sets.iter_mut().zip(found) {
            if let Some(found) = found {
                // A copy, so that a few bytes do not keep a whole frame alive.
                *kept = Bytes::copy_from_slice(&found);
            }
        }
        let fit = self.mode == PacketizationMode::NonInterleaved
            || self.parameter_sets.iter().all(|set| set.len() <= max_len);
        self.before = if has_idr && !has_sps && fit {
            self.parameter_sets.clone()
        } else {
            [Bytes::new(), Bytes::new()]
        };
        self.max_len = max_len.min(65_535);
        self.frame = whole;
        self.fragments = None;
        Ok(())
    }

    /// Appends the next payload.
    pub fn poll_payload(&mut self, out: &mut Vec<u8>) -> Option<PayloadMark> {
        if let Some(fragments) = &mut self.fragments {
            let (piece, last) = fragments.split.next()?;
            out.push(fragments.header & !TYPE | FU_A);
            out.push(
                fragments.header & TYPE
                    | if fragments.first { FU_START } else { 0 }
                    | if last { FU_END } else { 0 },
            );
            out.extend_from_slice(&piece);
            fragments.first = false;
            if last {
                self.fragments = None;
            }
            return Some(self.mark(last));
        }
        let first = self.next_unit()?;
        if first.len() > self.max_len {
            let header = first.first().copied()?;
            let split = Split::new(first.slice(1..), self.max_len - FU_HEADERS_LEN);
            self.fragments = Some(Fragments { header, first: true, split });
            return self.poll_payload(out);
        }
        let mut len = 3 + first.len();
        if self.mode == PacketizationMode::SingleNalUnit || !self.shares(len) {
            out.extend_from_slice(&first);
            return Some(self.mark(true));
        }
        let start = out.len();
        out.push(STAP_A);
        append_unit(&first, out);
        while self.shares(len) {
            let Some(unit) = self.next_unit() else { break };
            len += 2 + unit.len();
            append_unit(&unit, out);
        }
        // F is set if it is in any of the units, NRI is the highest of theirs (section 5.7.1).
        let header = out.get(start + 1..).map_or(STAP_A, |units| {
            let headers = || aggregated(units).filter_map(|unit| unit.first());
            let forbidden = headers().fold(0, |forbidden, header| forbidden | header & 0x80);
            let importance = headers().map(|header| header & 0x60).max().unwrap_or_default();
            forbidden | importance | STAP_A
        });
        if let Some(byte) = out.get_mut(start) {
            *byte = header;
        }
        Some(self.mark(true))
    }

    /// The marker goes onto the last payload of the frame.
    fn mark(&self, unit_ends: bool) -> PayloadMark {
        let marker = unit_ends && self.peek_unit().is_none();
        PayloadMark { marker, timestamp_offset: 0 }
    }

    /// Whether the next unit fits behind `len` bytes of others.
    fn shares(&self, len: usize) -> bool {
        self.peek_unit().is_some_and(|unit| len + 2 + unit.len() <= self.max_len)
    }

    fn peek_unit(&self) -> Option<Bytes> {
        let before = self.before.iter().find(|set| !set.is_empty());
        before.cloned().or_else(|| next_unit(&mut self.frame.clone()))
    }

    fn next_unit(&mut self) -> Option<Bytes> {
        let before = self.before.iter_mut().find(|set| !set.is_empty());
        before.map(core::mem::take).or_else(|| next_unit(&mut self.frame))
    }
}

fn append_unit(unit: &[u8], out: &mut Vec<u8>) {
    // A unit that shares a payload fits into one, and a payload into a datagram.
    out.extend_from_slice(&(unit.len() as u16).to_be_bytes());
    out.extend_from_slice(unit);
}

/// What follows the first start code.
fn first_unit(frame: Bytes) -> Result<Bytes, PayloadError> {
    let zeros = frame.iter().take_while(|byte| **byte == 0).count();
    if zeros < 2 || frame.get(zeros) != Some(&1) {
        return Err(DecodeError::Value.into());
    }
    Ok(frame.slice(zeros + 1..))
}

/// Takes the next NAL unit that is not empty off the front, and the start code after it.
fn next_unit(rest: &mut Bytes) -> Option<Bytes> {
    loop {
        if rest.is_empty() {
            return None;
        }
        let end = start_code(rest);
        let mut unit = rest.split_to(end.unwrap_or(rest.len()));
        rest.advance(rest.len().min(3));
        // What is zero before a start code is its first byte or trailing zeros, never the unit's.
        let zeros = unit.iter().rev().take_while(|byte| **byte == 0).count();
        unit.truncate(unit.len() - zeros);
        if !unit.is_empty() {
            return Some(unit);
        }
    }
}

/// Where the next `00 00 01` begins.
fn start_code(data: &[u8]) -> Option<usize> {
    let mut from = 0;
    // Its last byte is the rarest in the middle of pictures: found first, then looked back from.
    while let Some(at) = data.get(from..)?.iter().position(|byte| *byte == 1) {
        let one = from + at;
        if one >= 2 && data.get(one - 2..one) == Some(&[0, 0]) {
            return Some(one - 2);
        }
        from = one + 1;
    }
    None
}

/// Puts frames together, in the byte stream format.
///
/// Nothing in a payload says that a frame begins with it. After a gap a frame is taken to begin
/// with the first payload of another timestamp that directly follows one, or that begins with a
/// parameter set, a delimiter, or the first slice of a picture.
#[derive(Debug, Default)]
pub struct H264Depacketizer {
    assembly: Assembly,
    /// Whether the last payload was the end of a frame.
    ended: bool,
    /// Whether a fragmented NAL unit has begun and not ended.
    in_fragments: bool,
}

impl H264Depacketizer {
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
        let ended = core::mem::replace(&mut self.ended, packet.marker);
        let result = self.take_payload(packet, sequel, ended);
        if result.is_err() {
            self.assembly.give_up();
            self.in_fragments = false;
        }
        result
    }

    fn take_payload(
        &mut self,
        packet: &PacketPayload,
        sequel: Sequel,
        ended: bool,
    ) -> Result<(), PayloadError> {
        let units = decode(&packet.payload)?;
        let follows = match sequel {
            Sequel::Same => self.assembly.is_open(),
            Sequel::Next => {
                if !self.in_fragments {
                    self.assembly.finish(packet.index.wrapping_sub(1));
                }
                false
            }
            Sequel::Gap => false,
        };
        if !follows {
            let directly = sequel == Sequel::Next || (sequel == Sequel::Same && ended);
            if !directly && !begins_picture(&units) {
                return Err(PayloadError::Missing);
            }
            self.in_fragments = false;
            self.assembly.begin(packet, false);
        }
        match units {
            Units::Single(unit) => {
                self.append_unit(unit)?;
            }
            Units::Aggregated(units) => {
                for unit in aggregated(units) {
                    self.append_unit(unit)?;
                }
            }
            Units::Fragment { indicator, header, data } => {
                if header & FU_START != 0 {
                    let unit_header = indicator & !TYPE | header & TYPE;
                    self.append_unit(&[unit_header])?;
                    self.in_fragments = true;
                } else if !self.in_fragments {
                    return Err(PayloadError::Missing);
                }
                self.assembly.append(data)?;
                self.in_fragments &= header & FU_END == 0;
            }
        }
        if packet.marker {
            if self.in_fragments {
                return Err(DecodeError::Truncated.into());
            }
            self.assembly.finish(packet.index);
        }
        Ok(())
    }

    /// The frame that has been finished. Two are kept: whoever asks after each payload misses none.
    pub fn poll_frame(&mut self) -> Option<Frame> {
        self.assembly.poll_frame()
    }

    fn append_unit(&mut self, unit: &[u8]) -> Result<(), PayloadError> {
        if self.in_fragments {
            return Err(PayloadError::Missing);
        }
        if unit.first().is_some_and(|header| header & TYPE == IDR) {
            self.assembly.mark_key_frame();
        }
        self.assembly.append(&[0, 0, 0, 1])?;
        self.assembly.append(unit)
    }
}

/// Whether a picture plausibly begins with these units.
fn begins_picture(units: &Units<'_>) -> bool {
    let begins = |header: u8, second: Option<&u8>| match header & TYPE {
        SPS | DELIMITER => true,
        // `first_mb_in_slice` is 0, which is coded as a single one bit.
        1 | 2 | IDR => second.is_some_and(|byte| byte & 0x80 != 0),
        _ => false,
    };
    let unit_begins = |unit: &[u8]| unit.first().is_some_and(|header| begins(*header, unit.get(1)));
    match units {
        Units::Single(unit) => unit_begins(unit),
        Units::Aggregated(units) => aggregated(units).next().is_some_and(unit_begins),
        Units::Fragment { header, data, .. } => {
            header & FU_START != 0 && begins(*header, data.first())
        }
    }
}

/// The bits of a NAL unit header that are its type (section 1.3).
const TYPE: u8 = 0x1f;
const IDR: u8 = 5;
const SPS: u8 = 7;
const PPS: u8 = 8;
const DELIMITER: u8 = 9;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;
const FU_START: u8 = 0x80;
const FU_END: u8 = 0x40;
const FU_HEADERS_LEN: usize = 2;
const MAX_PARAMETER_SET_LEN: usize = 1_024;
