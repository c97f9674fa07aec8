//! Domain names as they stand in a message (RFC 1035, sections 3.1 and 4.1.4).
//!
//! ```text
//!  0                   1
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |0 0|  Length   |  Text ...          one label; one of length 0 ends the name
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |1 1|  Offset from the header   |    the rest of the name stands there
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
#![deny(clippy::indexing_slicing)]

use core::fmt;

use super::error::DecodeError;
use super::name::{CandidateName, LABEL_LENGTH};

/// A domain name with its pointers followed.
#[derive(Clone, Copy)]
pub struct WireName {
    /// Labels with their length bytes, the empty one at the end included.
    bytes: [u8; Self::MAX_LENGTH],
    length: usize,
}

impl WireName {
    /// The most bytes of a name, those of lengths included (RFC 1035, section 2.3.4).
    pub const MAX_LENGTH: usize = 255;

    /// Reads the name at the beginning of `rest`, which is the end of `message`, and moves `rest`
    /// behind it.
    ///
    /// A pointer must point to before the place from where the reading was last begun, so that no
    /// chain of them comes back to itself.
    pub(super) fn decode<'a>(message: &'a [u8], rest: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let mut name = Self { bytes: [0; Self::MAX_LENGTH], length: 0 };
        let mut begun = message.len().saturating_sub(rest.len());
        let mut reading = *rest;
        let mut behind = None;
        let mut jumps = 0;
        loop {
            let (&first, tail) = reading.split_first().ok_or(DecodeError::Truncated)?;
            match first >> 6 {
                0b00 => {
                    let length = usize::from(first);
                    let (label, tail) =
                        tail.split_at_checked(length).ok_or(DecodeError::Truncated)?;
                    name.push(first, label)?;
                    reading = tail;
                    if length == 0 {
                        break;
                    }
                }
                0b11 => {
                    let (&second, tail) = tail.split_first().ok_or(DecodeError::Truncated)?;
                    let target = usize::from(u16::from_be_bytes([first & 0b0011_1111, second]));
                    if target >= begun || target < HEADER_LENGTH || jumps == MAX_JUMPS {
                        return Err(DecodeError::Pointer);
                    }
                    behind.get_or_insert(tail);
                    reading = message.get(target..).ok_or(DecodeError::Pointer)?;
                    begun = target;
                    jumps += 1;
                }
                _ => return Err(DecodeError::Label),
            }
        }
        *rest = behind.unwrap_or(reading);
        Ok(name)
    }

    /// The labels without the empty one at the end.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.as_bytes();
        core::iter::from_fn(move || {
            let (&length, tail) = rest.split_first()?;
            let (label, tail) = tail.split_at_checked(usize::from(length))?;
            rest = tail;
            (length > 0).then_some(label)
        })
    }

    /// The name in full: each label behind its length, the empty one at the end.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&self.bytes)
    }

    /// The name as that of a candidate, if it has the form of one.
    pub fn candidate(&self) -> Option<CandidateName> {
        if self.length != CANDIDATE_LENGTH {
            return None;
        }
        let mut labels = self.labels();
        let (label, last) = (labels.next()?, labels.next()?);
        if !last.eq_ignore_ascii_case(b"local") {
            return None;
        }
        CandidateName::from_label(label)
    }

    fn push(&mut self, length: u8, label: &[u8]) -> Result<(), DecodeError> {
        let end = self.length + 1 + label.len();
        let room = self.bytes.get_mut(self.length..end).ok_or(DecodeError::NameTooLong)?;
        for (to, from) in room.iter_mut().zip(core::iter::once(&length).chain(label)) {
            *to = *from;
        }
        self.length = end;
        Ok(())
    }
}

impl PartialEq for WireName {
    /// Letters of ASCII are equal in either case (RFC 6762, section 16).
    fn eq(&self, other: &Self) -> bool {
        // Lengths are below 64 and so are no letters.
        self.as_bytes().eq_ignore_ascii_case(other.as_bytes())
    }
}

impl Eq for WireName {}

impl fmt::Debug for WireName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for label in self.labels() {
            write!(f, "{}.", label.escape_ascii())?;
        }
        Ok(())
    }
}

/// Each jump of sense adds a label, and no name of the link has more than a handful.
const MAX_JUMPS: usize = 16;
/// No name stands in the header.
const HEADER_LENGTH: usize = 12;
/// A UUID, `local`, the empty label, and their lengths.
const CANDIDATE_LENGTH: usize = 1 + LABEL_LENGTH + 1 + 5 + 1;

#[cfg(test)]
mod tests {
    use std::format;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    /// A header and these bytes.
    fn message(bytes: &[u8]) -> Vec<u8> {
        [&[0; HEADER_LENGTH][..], bytes].concat()
    }

    fn decode(message: &[u8], at: usize) -> Result<(WireName, usize), DecodeError> {
        let mut rest = message.get(at..).unwrap();
        let name = WireName::decode(message, &mut rest)?;
        Ok((name, message.len() - rest.len()))
    }

    #[test]
    fn a_name_is_read_with_and_without_a_pointer() {
        let message = message(b"\x01a\x05local\x00\x02bc\xc0\x0e\xc0\x0c");
        let (name, end) = decode(&message, 12).unwrap();
        assert_eq!((format!("{name:?}").as_str(), end), ("a.local.", 21));
        let (name, end) = decode(&message, 21).unwrap();
        assert_eq!((format!("{name:?}").as_str(), end), ("bc.local.", 26));
        let (name, end) = decode(&message, 26).unwrap();
        assert_eq!((format!("{name:?}").as_str(), end), ("a.local.", 28));
    }

    #[test]
    fn every_truncation_of_a_name_is_refused() {
        let message = message(b"\x01a\x05local\x00\x02bc\xc0\x0e");
        for (start, end) in [(12, 21), (21, 26)] {
            for cut in start..end {
                assert_eq!(
                    decode(message.get(..cut).unwrap(), start),
                    Err(DecodeError::Truncated),
                    "{cut}"
                );
            }
        }
    }

    #[test]
    fn a_pointer_that_does_not_point_back_is_refused() {
        // To itself, forwards, into the header, beyond the end, and two that point to each other.
        for bytes in [&b"\xc0\x0c"[..], b"\xc0\x0e\x00", b"\xc0\x00", b"\xff\xff", b"\x01a\xc0\x0c"]
        {
            assert_eq!(decode(&message(bytes), 12), Err(DecodeError::Pointer), "{bytes:?}");
        }
        assert_eq!(decode(&message(b"\xc0\x0e\xc0\x0c"), 14), Err(DecodeError::Pointer));
    }

    #[test]
    fn a_chain_of_pointers_has_an_end() {
        let mut bytes = message(b"\x00");
        for n in 0..40_u8 {
            let target = if n == 0 { 12 } else { 11 + 2 * n };
            let at = bytes.len();
            bytes.extend([0xc0, target]);
            let read = decode(&bytes, at);
            if n < 16 {
                assert_eq!(read.unwrap().0.as_bytes(), b"\x00");
            } else {
                assert_eq!(read, Err(DecodeError::Pointer));
            }
        }
    }

    #[test]
    fn a_name_of_255_bytes_is_read_and_one_of_256_is_not() {
        let mut bytes: Vec<u8> = (0..127).flat_map(|_| *b"\x01a").collect();
        bytes.push(0);
        assert_eq!(decode(&message(&bytes), 12).unwrap().0.as_bytes(), bytes);
        let mut bytes: Vec<u8> = (0..126).flat_map(|_| *b"\x01a").collect();
        bytes.extend(b"\x02ab\x00");
        assert_eq!(decode(&message(&bytes), 12), Err(DecodeError::NameTooLong));
        // A pointer makes no name longer either.
        let mut bytes: Vec<u8> = (0..127).flat_map(|_| *b"\x01a").collect();
        bytes.extend(b"\x00\x01b\xc0\x0c");
        assert_eq!(decode(&message(&bytes), 12 + 255), Err(DecodeError::NameTooLong));
    }

    #[test]
    fn labels_of_other_kinds_are_refused() {
        for first in [0x40, 0x41, 0x80, 0xbf] {
            assert_eq!(decode(&message(&[first, 0, 0]), 12), Err(DecodeError::Label));
        }
    }

    #[test]
    fn only_a_uuid_in_local_is_the_name_of_a_candidate() {
        let label = b"9B36eaac-bb2e-49bb-bb78-21c41c499900";
        let name = |parts: &[&[u8]]| {
            let mut bytes = message(b"");
            for part in parts {
                bytes.push(u8::try_from(part.len()).unwrap());
                bytes.extend(*part);
            }
            bytes.push(0);
            decode(&bytes, 12).unwrap().0
        };
        assert!(name(&[label, b"local"]).candidate().is_some());
        assert_eq!(name(&[label, b"LOCAL"]), name(&[&label.to_ascii_lowercase(), b"local"]));
        for other in [
            name(&[label]),
            name(&[label, b"locaL", b"x"]),
            name(&[label, b"lokal"]),
            name(&[b"a", label, b"local"]),
            name(&[b"9b36eaac-bb2e-49bb-bb78-21c41c49990", b"local0"]),
            name(&[b"printer", b"local"]),
            name(&[]),
        ] {
            assert_eq!(other.candidate(), None, "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_as_a_name_is_one(bytes in prop::collection::vec(any::<u8>(), 0..300), at: prop::sample::Index) {
            let message = message(&bytes);
            if let Ok((name, end)) = decode(&message, at.index(message.len())) {
                prop_assert!(end <= message.len() && name.as_bytes().len() <= 255);
                let again = [&[0; HEADER_LENGTH][..], name.as_bytes()].concat();
                prop_assert_eq!(decode(&again, 12).unwrap().0, name);
            }
        }
    }
}
