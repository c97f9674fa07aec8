//! What a source says about itself.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtcp::header::{MAX_COUNT, RawPacket, encode_packet};
use crate::rtcp::list::{Item, List};
use crate::ssrc::Ssrc;
use crate::wire::take;

/// A source description (RFC 3550, section 6.5).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|    SC   |  PT=SDES=202  |             length            |
/// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
/// |                          SSRC/CSRC_1                          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                           SDES items                          |
/// |                              ...                              |
/// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SourceDescription<'a> {
    /// The chunks; the first 31 are written.
    pub chunks: List<'a, SdesChunk<'a>>,
}

impl<'a> SourceDescription<'a> {
    /// The packet type.
    pub const PACKET_TYPE: u8 = 202;

    pub(crate) fn decode(raw: RawPacket<'a>) -> Result<Self, DecodeError> {
        let mut body = raw.body;
        Ok(Self { chunks: List::take(&mut body, usize::from(raw.count))? })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_packet(Self::PACKET_TYPE, out, |out| self.chunks.encode(MAX_COUNT, out) as u8);
    }

    /// The first item of this type that describes this source.
    pub fn item(&self, ssrc: Ssrc, item_type: SdesItemType) -> Option<&'a [u8]> {
        self.chunks
            .iter()
            .filter(|chunk| chunk.ssrc == ssrc)
            .flat_map(|chunk| chunk.items)
            .find(|item| item.item_type == item_type)
            .map(|item| item.text)
    }
}

/// What is said about one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SdesChunk<'a> {
    /// The source.
    pub ssrc: Ssrc,
    /// The items; the first 255 are written.
    pub items: List<'a, SdesItem<'a>>,
}

impl<'a> Item<'a> for SdesChunk<'a> {
    fn decode(input: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let ssrc = Ssrc(input.try_get_u32()?);
        let start = *input;
        // The list ends with a null octet, and more of them up to the next word.
        while *input.first().ok_or(DecodeError::Truncated)? != 0 {
            SdesItem::decode(input)?;
        }
        let len = start.len() - input.len();
        let mut items = start.get(..len).ok_or(DecodeError::Truncated)?;
        take(input, (len + 1).next_multiple_of(4) - len)?;
        Ok(Self { ssrc, items: List::all(&mut items, MAX_ITEMS)? })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.ssrc.0.to_be_bytes());
        let start = out.len();
        self.items.encode(MAX_ITEMS, out);
        let len = out.len() - start;
        out.resize(start + (len + 1).next_multiple_of(4), 0);
    }
}

/// One item of a chunk.
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     type      |     length    | text                        ...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SdesItem<'a> {
    /// What the text is.
    pub item_type: SdesItemType,
    /// The text, which should be UTF-8 but is not checked to be; the first 255 bytes are written.
    pub text: &'a [u8],
}

impl<'a> Item<'a> for SdesItem<'a> {
    fn decode(input: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let item_type = SdesItemType(input.try_get_u8()?);
        let len = input.try_get_u8()?;
        Ok(Self { item_type, text: take(input, usize::from(len))? })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let text = self.text.get(..255).unwrap_or(self.text);
        out.extend_from_slice(&[self.item_type.0, text.len() as u8]);
        out.extend_from_slice(text);
    }
}

/// What an SDES item says (RFC 3550, section 12.2 and the IANA registry).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SdesItemType(pub u8);

impl SdesItemType {
    /// The canonical name.
    pub const CNAME: Self = Self(1);
    /// The user's name.
    pub const NAME: Self = Self(2);
    /// The identifier of an encoding (RFC 8852).
    pub const RTP_STREAM_ID: Self = Self(12);
    /// The identifier of the encoding that is repaired (RFC 8852).
    pub const REPAIRED_RTP_STREAM_ID: Self = Self(13);
    /// The identification tag of the media section (RFC 9143).
    pub const MID: Self = Self(15);
}

/// How many items of a chunk are read or written.
const MAX_ITEMS: usize = 255;
