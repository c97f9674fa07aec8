//! The framing of header extension elements.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

/// One element of a header extension: an identifier, 1 to 255, and up to 255 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HeaderExtension<'a> {
    id: u8,
    data: &'a [u8],
}

impl<'a> HeaderExtension<'a> {
    /// An element; `None` if the identifier is 0, which means padding, or the data is longer than
    /// 255 bytes.
    pub const fn new(id: u8, data: &'a [u8]) -> Option<Self> {
        if id == 0 || data.len() > 255 { None } else { Some(Self { id, data }) }
    }

    /// The identifier that was negotiated for the meaning.
    pub const fn id(&self) -> u8 {
        self.id
    }

    /// The value.
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Whether the one-byte form can express this element: an identifier of 1 to 14 and a value of
    /// 1 to 16 bytes.
    pub const fn fits_one_byte(&self) -> bool {
        self.id <= 14 && !self.data.is_empty() && self.data.len() <= 16
    }
}

impl fmt::Debug for HeaderExtension<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeaderExtension({}, {} bytes)", self.id, self.data.len())
    }
}

/// The elements of a header extension, in the one-byte form (RFC 8285, section 4.2) or the
/// two-byte form (section 4.3).
///
/// ```text
///  0xBEDE, one byte:                 0x100x, two bytes:
///  0 1 2 3 4 5 6 7                   0                   1
/// +-+-+-+-+-+-+-+-+                  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
/// |  ID   | len-1 | data            +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// +-+-+-+-+-+-+-+-+                 |       ID      |     length    | data
///                                   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
///
/// An element that runs over the end ends the iteration, and so does identifier 15 of the one-byte
/// form, which section 4.2 reserves for that.
#[derive(Debug, Clone)]
pub struct Extensions<'a> {
    data: &'a [u8],
    positions: Positions<'a>,
}

impl<'a> Extensions<'a> {
    /// The elements in `data`, in the form that the "defined by profile" field names; none if it
    /// names no form.
    pub const fn new(profile: u16, data: &'a [u8]) -> Self {
        Self { data, positions: element_positions(profile, data) }
    }
}

impl<'a> Iterator for Extensions<'a> {
    type Item = HeaderExtension<'a>;

    fn next(&mut self) -> Option<HeaderExtension<'a>> {
        let (id, range) = self.positions.next()?;
        Some(HeaderExtension { id, data: self.data.get(range)? })
    }
}

/// The identifiers of the elements in `data` and where their values lie.
pub(crate) const fn element_positions(profile: u16, data: &[u8]) -> Positions<'_> {
    let form = match profile {
        ONE_BYTE => Form::OneByte,
        // The low four bits are "appbits", which a receiver without a use for them ignores.
        profile if profile & 0xfff0 == TWO_BYTE => Form::TwoByte,
        _ => return Positions { form: Form::OneByte, data: &[], at: 0 },
    };
    Positions { form, data, at: 0 }
}

/// An iterator over the elements' identifiers and positions.
#[derive(Debug, Clone)]
pub(crate) struct Positions<'a> {
    form: Form,
    data: &'a [u8],
    at: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    OneByte,
    TwoByte,
}

impl Iterator for Positions<'_> {
    type Item = (u8, Range<usize>);

    fn next(&mut self) -> Option<(u8, Range<usize>)> {
        loop {
            let first = *self.data.get(self.at)?;
            if first == 0 {
                self.at += 1;
                continue;
            }
            let (id, start, len) = match self.form {
                Form::OneByte => (first >> 4, self.at + 1, usize::from(first & 0x0f) + 1),
                Form::TwoByte => (first, self.at + 2, usize::from(*self.data.get(self.at + 1)?)),
            };
            // Identifier 0 with a length is forbidden in the one-byte form; its data is skipped.
            // Identifier 15 says to look no further.
            let end = start + len;
            if end > self.data.len() || (self.form == Form::OneByte && id == 15) {
                self.at = self.data.len();
                return None;
            }
            self.at = end;
            if id != 0 {
                return Some((id, start..end));
            }
        }
    }
}

/// Appends a whole header extension, the four bytes before the elements included.
pub(crate) fn encode_extensions(elements: &[HeaderExtension<'_>], out: &mut Vec<u8>) {
    // More elements than there are identifiers cannot mean anything, and 255 of the longest are
    // what the length field has room for.
    let elements = elements.get(..255).unwrap_or(elements);
    let one_byte = elements.iter().all(HeaderExtension::fits_one_byte);
    let profile = if one_byte { ONE_BYTE } else { TWO_BYTE };
    out.extend_from_slice(&profile.to_be_bytes());
    let length_at = out.len();
    out.extend_from_slice(&[0xff; 2]);
    for element in elements {
        let len = element.data.len() as u8;
        if one_byte {
            out.push(element.id << 4 | len.wrapping_sub(1) & 0x0f);
        } else {
            out.extend_from_slice(&[element.id, len]);
        }
        out.extend_from_slice(element.data);
    }
    let len = out.len() - length_at - 2;
    out.resize(out.len() + len.next_multiple_of(4) - len, 0);
    let words = (len.div_ceil(4) as u16).to_be_bytes();
    if let Some(field) = out.get_mut(length_at..).and_then(|rest| rest.first_chunk_mut()) {
        *field = words;
    }
}

/// The profile field of the one-byte form.
pub(crate) const ONE_BYTE: u16 = 0xbede;
/// The profile field of the two-byte form, with application bits of zero.
const TWO_BYTE: u16 = 0x1000;
