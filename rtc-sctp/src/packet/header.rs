//! The common header of every packet, and the packet as a whole.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::checksum::packet_checksum;
use super::chunk::Chunks;
use crate::error::DecodeError;

/// The common header (RFC 9260 section 3.1).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      Source Port Number       |    Destination Port Number    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                       Verification Tag                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                           Checksum                            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The sender's port.
    pub source_port: u16,
    /// The receiver's port.
    pub destination_port: u16,
    /// The tag that the receiver chose; zero in a packet that carries INIT.
    pub verification_tag: u32,
}

impl Header {
    /// The length of the header in bytes.
    pub const LENGTH: usize = 12;

    /// Appends the header with a checksum of zero.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.source_port.to_be_bytes());
        out.extend_from_slice(&self.destination_port.to_be_bytes());
        out.extend_from_slice(&self.verification_tag.to_be_bytes());
        out.extend_from_slice(&[0; 4]);
    }

    /// Fills in the checksum of the packet that starts at `start` and ends with `out`.
    pub fn seal(out: &mut [u8], start: usize) {
        let Some(packet) = out.get_mut(start..) else { return };
        // The checksum is transmitted with its lowest byte first (Appendix A).
        let checksum = packet_checksum(packet).to_le_bytes();
        if let Some(field) = packet.get_mut(8..12) {
            field.copy_from_slice(&checksum);
        }
    }
}

/// A packet whose checksum has been found right: a header and chunks yet to be read.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    /// The common header.
    pub header: Header,
    /// The chunks, unread.
    pub chunks: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads the header of a packet and checks its checksum.
    ///
    /// # Errors
    ///
    /// When the packet is shorter than its header or the checksum is wrong. A checksum of zero
    /// is held to be wrong too unless it is the right one: RFC 9653 is not negotiated.
    pub fn decode(datagram: &'a [u8]) -> Result<Self, DecodeError> {
        let (&[a, b, c, d, e, f, g, h, i, j, k, l], chunks) =
            datagram.split_first_chunk().ok_or(DecodeError::Truncated)?;
        if packet_checksum(datagram) != u32::from_le_bytes([i, j, k, l]) {
            return Err(DecodeError::Checksum);
        }
        let header = Header {
            source_port: u16::from_be_bytes([a, b]),
            destination_port: u16::from_be_bytes([c, d]),
            verification_tag: u32::from_be_bytes([e, f, g, h]),
        };
        Ok(Self { header, chunks })
    }

    /// The chunks one after the other; after the first error there are none.
    pub fn chunks(&self) -> Chunks<'a> {
        Chunks::new(self.chunks)
    }
}
