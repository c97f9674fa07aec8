//! The little of DER (X.690 §10) that certificates and keys need.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use crate::error::DecodeError;

/// A cursor over elements, each a tag, a definite length and its contents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DerReader<'a> {
    rest: &'a [u8],
}

impl<'a> DerReader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next element, of any tag.
    pub(crate) fn element(&mut self) -> Result<(u8, &'a [u8]), DecodeError> {
        let (&[tag, first], mut rest) =
            self.rest.split_first_chunk().ok_or(DecodeError::Truncated)?;
        // No tag number here is beyond 30.
        if tag & 0x1f == 0x1f {
            return Err(DecodeError::OutOfRange);
        }
        let length = match first {
            0..=0x7f => usize::from(first),
            0x81..=0x83 => {
                let (bytes, after) = rest
                    .split_at_checked(usize::from(first & 0x7f))
                    .ok_or(DecodeError::Truncated)?;
                rest = after;
                let length = bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
                if length < 0x80 || bytes.first() == Some(&0) {
                    return Err(DecodeError::OutOfRange);
                }
                length
            }
            _ => return Err(DecodeError::OutOfRange),
        };
        let (contents, rest) = rest.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok((tag, contents))
    }

    /// The next element, which must have this tag.
    pub(crate) fn expect(&mut self, expected: u8) -> Result<&'a [u8], DecodeError> {
        let (tag, contents) = self.element()?;
        if tag == expected { Ok(contents) } else { Err(DecodeError::OutOfRange) }
    }

    /// A cursor over the contents of the next element, a SEQUENCE.
    pub(crate) fn sequence(&mut self) -> Result<Self, DecodeError> {
        self.expect(SEQUENCE).map(Self::new)
    }

    /// The bytes of the next element, a BIT STRING of whole bytes.
    pub(crate) fn bits(&mut self) -> Result<&'a [u8], DecodeError> {
        match self.expect(BIT_STRING)?.split_first() {
            Some((0, bytes)) => Ok(bytes),
            _ => Err(DecodeError::OutOfRange),
        }
    }

    /// The next element, a positive INTEGER, without the zero that keeps it positive.
    pub(crate) fn unsigned(&mut self) -> Result<&'a [u8], DecodeError> {
        match self.expect(INTEGER)? {
            [] => Err(DecodeError::OutOfRange),
            [0, rest @ ..] => match rest.first() {
                // A padding zero is due only before a set high bit; zero itself is one byte.
                Some(next) if next & 0x80 == 0 => Err(DecodeError::OutOfRange),
                _ => Ok(rest),
            },
            [first, ..] if first & 0x80 != 0 => Err(DecodeError::OutOfRange),
            bytes => Ok(bytes),
        }
    }

    /// Nothing may follow.
    pub(crate) const fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes) }
    }
}

/// Writes an element whose contents `body` writes.
pub(crate) fn put(out: &mut Vec<u8>, tag: u8, body: impl FnOnce(&mut Vec<u8>)) {
    out.push(tag);
    let start = out.len();
    body(out);
    let length = out.len().saturating_sub(start);
    let bytes = length.to_be_bytes();
    let significant = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let bytes = bytes.get(significant..).unwrap_or_default();
    let prefix = (length >= 0x80).then_some(0x80 | bytes.len() as u8);
    let zero = (length == 0).then_some(0);
    out.splice(start..start, prefix.into_iter().chain(zero).chain(bytes.iter().copied()));
}

/// Writes an element with these contents.
pub(crate) fn put_bytes(out: &mut Vec<u8>, tag: u8, contents: &[u8]) {
    put(out, tag, |out| out.extend_from_slice(contents));
}

/// Writes a BIT STRING of whole bytes.
pub(crate) fn put_bits(out: &mut Vec<u8>, contents: &[u8]) {
    put(out, BIT_STRING, |out| {
        out.push(0);
        out.extend_from_slice(contents);
    });
}

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `[0]` and `[1]`, constructed: explicit tags.
pub(crate) const CONTEXT_0: u8 = 0xa0;
pub(crate) const CONTEXT_1: u8 = 0xa1;
