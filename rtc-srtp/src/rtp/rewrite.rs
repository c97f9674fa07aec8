//! Changing an RTP packet where it lies.
#![deny(clippy::indexing_slicing)]

use crate::error::DecodeError;
use crate::rtp::extension::element_positions;
use crate::rtp::packet::RtpPacket;
use crate::ssrc::Ssrc;

/// An RTP packet whose header can be changed in place: what a forwarder does for each receiver.
///
/// Nothing moves: the length of the packet and of each of its parts stays as it is.
#[derive(Debug)]
pub struct RtpPacketMut<'a> {
    packet: &'a mut [u8],
}

impl<'a> RtpPacketMut<'a> {
    /// Takes a whole packet.
    ///
    /// # Errors
    ///
    /// As for [`RtpPacket::decode`].
    pub fn decode(packet: &'a mut [u8]) -> Result<Self, DecodeError> {
        RtpPacket::decode(packet)?;
        Ok(Self { packet })
    }

    /// Sets the marker bit.
    pub fn set_marker(&mut self, marker: bool) {
        if let Some(byte) = self.packet.get_mut(1) {
            *byte = *byte & 0x7f | u8::from(marker) << 7;
        }
    }

    /// Sets the payload type, of which the seven low bits count.
    pub fn set_payload_type(&mut self, payload_type: u8) {
        if let Some(byte) = self.packet.get_mut(1) {
            *byte = *byte & 0x80 | payload_type & 0x7f;
        }
    }

    /// Sets the sequence number.
    pub fn set_sequence_number(&mut self, sequence_number: u16) {
        self.put(2, sequence_number.to_be_bytes());
    }

    /// Sets the timestamp.
    pub fn set_timestamp(&mut self, timestamp: u32) {
        self.put(4, timestamp.to_be_bytes());
    }

    /// Sets the synchronization source.
    pub fn set_ssrc(&mut self, ssrc: Ssrc) {
        self.put(8, ssrc.0.to_be_bytes());
    }

    /// The value of the first element with this identifier, to be overwritten.
    pub fn extension_mut(&mut self, id: u8) -> Option<&mut [u8]> {
        let (start, profile, data) = self.extension()?;
        let (_, value) = element_positions(profile, data).find(|(element, _)| *element == id)?;
        self.packet.get_mut(start + value.start..start + value.end)
    }

    /// Gives each element of the header extension the identifier that `rename` answers with.
    ///
    /// An element for which it answers `None` is replaced by padding, and so is one whose new
    /// identifier does not fit into the form that the packet uses.
    pub fn rename_extensions(&mut self, mut rename: impl FnMut(u8) -> Option<u8>) {
        let Some((start, profile, data)) = self.extension() else { return };
        let len = data.len();
        let one_byte = profile == crate::rtp::extension::ONE_BYTE;
        let mut from = 0;
        // Each turn looks at the block anew, so that it can be written to in between.
        while let Some((_, profile, data)) = self.extension() {
            let Some((id, value)) = data
                .get(from..)
                .and_then(|rest| element_positions(profile, rest).next())
                .map(|(id, value)| (id, from + value.start..from + value.end))
            else {
                return;
            };
            let head = value.start - if one_byte { 1 } else { 2 };
            let new = rename(id).filter(|id| *id != 0 && (!one_byte || *id <= 14));
            let Some(element) = self.packet.get_mut(start + head..start + value.end) else {
                return;
            };
            match (new, element.first_mut()) {
                (Some(new), Some(first)) if one_byte => *first = new << 4 | *first & 0x0f,
                (Some(new), Some(first)) => *first = new,
                _ => element.fill(0),
            }
            from = value.end.min(len);
        }
    }

    /// Where the header extension's data starts, its profile field and its data.
    fn extension(&self) -> Option<(usize, u16, &[u8])> {
        let packet = RtpPacket::decode(self.packet).ok()?;
        let (profile, data) = packet.raw_extension()?;
        Some((packet.header_len() - data.len(), profile, data))
    }

    fn put<const N: usize>(&mut self, at: usize, value: [u8; N]) {
        if let Some(field) = self.packet.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
            *field = value;
        }
    }
}
