//! The framing that chunks and parameters share: type, length, value, padding to four bytes.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use crate::error::DecodeError;

/// A chunk as it is framed (RFC 9260 section 3.2).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Chunk Type   |  Chunk Flags  |         Chunk Length          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// /                          Chunk Value                          /
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawChunk<'a> {
    /// The chunk type.
    pub kind: u8,
    /// The chunk flags.
    pub flags: u8,
    /// The value, without padding.
    pub value: &'a [u8],
}

impl<'a> RawChunk<'a> {
    /// Takes one chunk and its padding from the front of `input`.
    ///
    /// # Errors
    ///
    /// When the length is less than that of the header or more than what is there. The padding
    /// of the last chunk may be missing.
    pub fn decode(input: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let (&[kind, flags, high, low], rest) =
            input.split_first_chunk().ok_or(DecodeError::Truncated)?;
        let value = take_value(rest, input, u16::from_be_bytes([high, low]))?;
        Ok(Self { kind, flags, value })
    }

    /// Appends the chunk and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = begin_chunk(out, self.kind, self.flags);
        out.extend_from_slice(self.value);
        end(out, start);
    }

    /// What to do when this chunk's type is not known.
    #[must_use]
    pub const fn unknown_action(&self) -> UnknownAction {
        UnknownAction::from_high_bits(self.kind >> 6)
    }
}

/// A parameter or error cause as it is framed (RFC 9260 section 3.2.1).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |        Parameter Type         |       Parameter Length        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// /                        Parameter Value                        /
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawTlv<'a> {
    /// The parameter type or cause code.
    pub kind: u16,
    /// The value, without padding.
    pub value: &'a [u8],
}

impl<'a> RawTlv<'a> {
    /// Takes one parameter and its padding from the front of `input`.
    ///
    /// # Errors
    ///
    /// When the length is less than that of the header or more than what is there. The padding
    /// of the last parameter may be missing.
    pub fn decode(input: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let (&[a, b, high, low], rest) = input.split_first_chunk().ok_or(DecodeError::Truncated)?;
        let value = take_value(rest, input, u16::from_be_bytes([high, low]))?;
        Ok(Self { kind: u16::from_be_bytes([a, b]), value })
    }

    /// Appends the parameter and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = begin_parameter(out, self.kind);
        out.extend_from_slice(self.value);
        end(out, start);
    }

    /// What to do when this parameter's type is not known.
    #[must_use]
    pub const fn unknown_action(&self) -> UnknownAction {
        UnknownAction::from_high_bits((self.kind >> 14) as u8)
    }
}

/// What the two highest bits of an unknown type ask for (RFC 9260 sections 3.2 and 3.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownAction {
    /// `00`: stop processing.
    Stop,
    /// `01`: stop processing and report it.
    StopAndReport,
    /// `10`: skip it and go on.
    Skip,
    /// `11`: skip it, go on, and report it.
    SkipAndReport,
}

impl UnknownAction {
    const fn from_high_bits(bits: u8) -> Self {
        match bits & 0b11 {
            0b00 => Self::Stop,
            0b01 => Self::StopAndReport,
            0b10 => Self::Skip,
            _ => Self::SkipAndReport,
        }
    }

    /// Whether what follows is still to be processed.
    #[must_use]
    pub const fn goes_on(self) -> bool {
        matches!(self, Self::Skip | Self::SkipAndReport)
    }

    /// Whether the peer is to be told.
    #[must_use]
    pub const fn reports(self) -> bool {
        matches!(self, Self::StopAndReport | Self::SkipAndReport)
    }
}

/// Splits the value of `length - 4` bytes from `rest` and moves `input` behind its padding.
fn take_value<'a>(
    rest: &'a [u8],
    input: &mut &'a [u8],
    length: u16,
) -> Result<&'a [u8], DecodeError> {
    // A length below that of the header would never move on: the classic endless loop.
    let length = usize::from(length).checked_sub(4).ok_or(DecodeError::Length)?;
    let (value, rest) = rest.split_at_checked(length).ok_or(DecodeError::Truncated)?;
    let padding = length.wrapping_neg() % 4;
    *input = rest.get(padding..).unwrap_or_default();
    Ok(value)
}

/// Writes a chunk header whose length [`end`] will fill in; returns where the chunk starts.
pub(crate) fn begin_chunk(out: &mut Vec<u8>, kind: u8, flags: u8) -> usize {
    out.extend_from_slice(&[kind, flags, POISON, POISON]);
    out.len() - 4
}

/// Writes a parameter header whose length [`end`] will fill in; returns where it starts.
pub(crate) fn begin_parameter(out: &mut Vec<u8>, kind: u16) -> usize {
    let [a, b] = kind.to_be_bytes();
    out.extend_from_slice(&[a, b, POISON, POISON]);
    out.len() - 4
}

/// Fills in the length of what began at `start` and pads it to four bytes.
pub(crate) fn end(out: &mut Vec<u8>, start: usize) {
    let length = out.len() - start;
    // What does not fit in sixteen bits cannot come to be: packets are smaller than that.
    let bytes = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    if let Some(field) = out.get_mut(start + 2..start + 4) {
        field.copy_from_slice(&bytes);
    }
    out.extend_from_slice([0; 3].get(..length.wrapping_neg() % 4).unwrap_or_default());
}

/// Stands for a length that has not been filled in.
const POISON: u8 = 0xef;

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_zero_length_chunk_or_parameter_is_refused() {
        for length in 0..4 {
            let bytes = [0x80, 0, 0, length, 0, 0, 0, 0];
            assert_eq!(RawChunk::decode(&mut &bytes[..]), Err(DecodeError::Length));
            assert_eq!(RawTlv::decode(&mut &bytes[..]), Err(DecodeError::Length));
        }
    }

    #[test]
    fn padding_is_skipped_and_may_be_missing_at_the_end() {
        let bytes = [0, 1, 0, 5, 9, 0, 0, 0, 0, 2, 0, 5, 8];
        let mut input = &bytes[..];
        assert_eq!(RawTlv::decode(&mut input), Ok(RawTlv { kind: 1, value: &[9] }));
        assert_eq!(RawTlv::decode(&mut input), Ok(RawTlv { kind: 2, value: &[8] }));
        assert!(input.is_empty());
        assert_eq!(RawTlv::decode(&mut &bytes[..4]), Err(DecodeError::Truncated));
    }

    #[test]
    fn the_two_highest_bits_say_what_to_do() {
        let action = |kind| RawChunk { kind, flags: 0, value: &[] }.unknown_action();
        assert_eq!(action(0x3f), UnknownAction::Stop);
        assert_eq!(action(0x7f), UnknownAction::StopAndReport);
        assert_eq!(action(0xbf), UnknownAction::Skip);
        assert_eq!(action(0xff), UnknownAction::SkipAndReport);
        let action = |kind| RawTlv { kind, value: &[] }.unknown_action();
        assert_eq!(action(0x3fff), UnknownAction::Stop);
        assert_eq!(action(0x7fff), UnknownAction::StopAndReport);
        assert_eq!(action(0xbfff), UnknownAction::Skip);
        assert_eq!(action(0xc000), UnknownAction::SkipAndReport);
    }
}
