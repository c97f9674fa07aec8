//! An RTP packet as a borrowed view.
#![deny(clippy::indexing_slicing)]

use core::fmt;

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtp::builder::RtpHeader;
use crate::rtp::extension::{Extensions, HeaderExtension};
use crate::ssrc::Ssrc;
use crate::wire::{take, take_array};

/// An RTP packet (RFC 3550, section 5.1), read without copying.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|X|  CC   |M|     PT      |       sequence number         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                           timestamp                           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           synchronization source (SSRC) identifier            |
/// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
/// |            contributing source (CSRC) identifiers             |
/// |                             ....                              |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      defined by profile       |           length              |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                        header extension                       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                    payload, padding, count                    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
///
/// The payload of a packet in a [`bytes::Bytes`] can be kept without a copy by
/// `bytes.slice_ref(packet.payload())`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RtpPacket<'a> {
    header: RtpHeader,
    csrcs: &'a [u8],
    /// The "defined by profile" field and what follows its length.
    extension: Option<(u16, &'a [u8])>,
    payload: &'a [u8],
    padding: &'a [u8],
}

impl<'a> RtpPacket<'a> {
    /// Reads a whole packet.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] if the header runs over the end, [`DecodeError::Version`] if it
    /// is not RTP version 2, [`DecodeError::Padding`] if the padding count is zero or reaches into
    /// the header.
    pub fn decode(packet: &'a [u8]) -> Result<Self, DecodeError> {
        let mut input = packet;
        let [first, second] = *take_array::<2>(&mut input)?;
        if first >> 6 != 2 {
            return Err(DecodeError::Version);
        }
        let sequence_number = input.try_get_u16()?;
        let timestamp = input.try_get_u32()?;
        let ssrc = Ssrc(input.try_get_u32()?);
        let csrcs = take(&mut input, 4 * usize::from(first & 0x0f))?;
        let extension = if first & 0x10 != 0 {
            let profile = input.try_get_u16()?;
            let words = input.try_get_u16()?;
            Some((profile, take(&mut input, 4 * usize::from(words))?))
        } else {
            None
        };
        let padding_len = if first & 0x20 != 0 {
            let count = usize::from(*input.last().ok_or(DecodeError::Padding)?);
            if count == 0 {
                return Err(DecodeError::Padding);
            }
            count
        } else {
            0
        };
        let payload_len = input.len().checked_sub(padding_len).ok_or(DecodeError::Padding)?;
        let payload = take(&mut input, payload_len)?;
        let header = RtpHeader {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7f,
            sequence_number,
            timestamp,
            ssrc,
        };
        Ok(Self { header, csrcs, extension, payload, padding: input })
    }

    /// The fields that every packet has.
    pub const fn header(&self) -> RtpHeader {
        self.header
    }

    /// The marker bit, whose meaning the payload format gives.
    pub const fn marker(&self) -> bool {
        self.header.marker
    }

    /// The payload type, 0 to 127.
    pub const fn payload_type(&self) -> u8 {
        self.header.payload_type
    }

    /// The sequence number.
    pub const fn sequence_number(&self) -> u16 {
        self.header.sequence_number
    }

    /// The timestamp, in units of the payload format's clock rate.
    pub const fn timestamp(&self) -> u32 {
        self.header.timestamp
    }

    /// The synchronization source.
    pub const fn ssrc(&self) -> Ssrc {
        self.header.ssrc
    }

    /// The contributing sources, at most 15.
    pub fn csrcs(&self) -> impl ExactSizeIterator<Item = Ssrc> + use<'a> {
        let (chunks, _) = self.csrcs.as_chunks::<4>();
        chunks.iter().map(|bytes| Ssrc(u32::from_be_bytes(*bytes)))
    }

    /// The "defined by profile" field and the bytes of the header extension, if there is one.
    pub const fn raw_extension(&self) -> Option<(u16, &'a [u8])> {
        self.extension
    }

    /// The elements of the header extension, in their order; none if there is no header extension
    /// or it is not in a form of RFC 8285.
    pub fn extensions(&self) -> Extensions<'a> {
        let (profile, data) = self.extension.unwrap_or_default();
        Extensions::new(profile, data)
    }

    /// The value of the first element with this identifier.
    pub fn extension(&self, id: u8) -> Option<&'a [u8]> {
        self.extensions().find(|element| element.id() == id).map(|element| element.data())
    }

    /// What the packet carries, without the padding.
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// How many bytes of padding there are, the count itself among them: 0 to 255.
    pub const fn padding_len(&self) -> u8 {
        self.padding.len() as u8
    }

    /// How many bytes come before the payload.
    pub const fn header_len(&self) -> usize {
        let extension = match self.extension {
            Some((_, data)) => 4 + data.len(),
            None => 0,
        };
        12 + self.csrcs.len() + extension
    }
}

impl fmt::Debug for RtpPacket<'_> {
    /// Shows everything but the payload and the values of the extensions.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RtpPacket")
            .field("header", &self.header)
            .field("csrcs", &self.csrcs().len())
            .field("extension_len", &self.extension.map(|(_, data)| data.len()))
            .field("payload_len", &self.payload.len())
            .field("padding_len", &self.padding.len())
            .finish()
    }
}

impl<'a> IntoIterator for &RtpPacket<'a> {
    type Item = HeaderExtension<'a>;
    type IntoIter = Extensions<'a>;

    fn into_iter(self) -> Extensions<'a> {
        self.extensions()
    }
}
