//! The TLV framing of attributes.

use super::attribute_type::AttributeType;
use crate::error::DecodeError;

/// One attribute as it stands in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawAttribute<'a> {
    /// Its number.
    pub kind: AttributeType,
    /// Its value without padding.
    pub value: &'a [u8],
}

impl<'a> RawAttribute<'a> {
    /// Takes one attribute and its padding off the front of `input`. The padding is not looked at.
    ///
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    /// |         Type                  |            Length             |
    /// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    /// |                         Value (variable)                ....
    /// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    /// ```
    pub(super) fn decode(input: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let (&[t0, t1, l0, l1], rest) =
            input.split_first_chunk::<4>().ok_or(DecodeError::Truncated)?;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let (value, rest) = rest.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        let (_padding, rest) =
            rest.split_at_checked(padding(length)).ok_or(DecodeError::Truncated)?;
        *input = rest;
        Ok(Self { kind: AttributeType(u16::from_be_bytes([t0, t1])), value })
    }
}

/// The attributes of a message that count, in order: those after an integrity attribute are left
/// out, except a stronger integrity attribute and FINGERPRINT (RFC 8489, sections 14.5 to 14.7).
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    rest: &'a [u8],
    seen_integrity: Option<AttributeType>,
}

impl<'a> Attributes<'a> {
    pub(super) const fn new(attributes: &'a [u8]) -> Self {
        Self { rest: attributes, seen_integrity: None }
    }

    fn counts(&self, kind: AttributeType) -> bool {
        match self.seen_integrity {
            None => true,
            Some(AttributeType::MESSAGE_INTEGRITY) => {
                matches!(kind, AttributeType::MESSAGE_INTEGRITY_SHA256 | AttributeType::FINGERPRINT)
            }
            Some(_) => kind == AttributeType::FINGERPRINT,
        }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = RawAttribute<'a>;

    fn next(&mut self) -> Option<RawAttribute<'a>> {
        while !self.rest.is_empty() {
            // The framing was checked when the message was decoded.
            let attribute = RawAttribute::decode(&mut self.rest).ok()?;
            if self.counts(attribute.kind) {
                if matches!(
                    attribute.kind,
                    AttributeType::MESSAGE_INTEGRITY | AttributeType::MESSAGE_INTEGRITY_SHA256
                ) {
                    self.seen_integrity = Some(attribute.kind);
                }
                return Some(attribute);
            }
        }
        None
    }
}

/// How many bytes bring `length` to a multiple of four.
pub(super) const fn padding(length: usize) -> usize {
    length.wrapping_neg() & 3
}
