//! Packets of the application's own.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtcp::header::{RawPacket, encode_padded_packet};
use crate::ssrc::Ssrc;
use crate::wire::take_array;

/// An application-defined packet (RFC 3550, section 6.7).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P| subtype |   PT=APP=204  |             length            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                           SSRC/CSRC                           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                          name (ASCII)                         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                   application-dependent data                ...
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplicationDefined<'a> {
    /// What the application distinguishes its packets by, 0 to 31.
    pub subtype: u8,
    /// The source.
    pub ssrc: Ssrc,
    /// The name of the application.
    pub name: [u8; 4],
    /// The data, of which at most 65,535 bytes are written; it should be of whole words, and is
    /// followed by padding if it is not.
    pub data: &'a [u8],
}

impl<'a> ApplicationDefined<'a> {
    /// The packet type.
    pub const PACKET_TYPE: u8 = 204;

    pub(crate) fn decode(raw: RawPacket<'a>) -> Result<Self, DecodeError> {
        let mut body = raw.body;
        let ssrc = Ssrc(body.try_get_u32()?);
        let name = *take_array(&mut body)?;
        Ok(Self { subtype: raw.count, ssrc, name, data: body })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_padded_packet(Self::PACKET_TYPE, out, |out| {
            out.extend_from_slice(&self.ssrc.0.to_be_bytes());
            out.extend_from_slice(&self.name);
            out.extend_from_slice(self.data.get(..65_535).unwrap_or(self.data));
            self.subtype
        });
    }
}
