//! Retransmitted payloads.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;

/// The payload of a retransmission packet (RFC 4588, section 4).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |            OSN                |                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               |
/// |                  Original RTP Packet Payload                  |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
///
/// The header of the retransmission has the timestamp and the marker of the original; its header
/// extensions have the repaired stream's identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtxPayload<'a> {
    /// The sequence number of the original packet.
    pub original_sequence_number: u16,
    /// What the original packet carried.
    pub payload: &'a [u8],
}

impl<'a> RtxPayload<'a> {
    /// Reads the payload of a retransmission packet. `None` if it is empty: a packet of padding
    /// only, which is sent to probe the path and carries nothing.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] if there is one byte, which is no sequence number.
    pub fn decode(mut payload: &'a [u8]) -> Result<Option<Self>, DecodeError> {
        if payload.is_empty() {
            return Ok(None);
        }
        let original_sequence_number = payload.try_get_u16()?;
        Ok(Some(Self { original_sequence_number, payload }))
    }

    /// Appends the payload of the retransmission packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.original_sequence_number.to_be_bytes());
        out.extend_from_slice(self.payload);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retransmission_round_trips() {
        let rtx = RtxPayload::decode(&[0x12, 0x34, 5, 6]).unwrap().unwrap();
        assert_eq!(rtx, RtxPayload { original_sequence_number: 0x1234, payload: &[5, 6] });
        let mut out = Vec::new();
        rtx.encode(&mut out);
        assert_eq!(out, [0x12, 0x34, 5, 6]);
    }

    #[test]
    fn retransmissions_of_none_and_one_byte_are_survived() {
        assert_eq!(RtxPayload::decode(&[]), Ok(None));
        assert_eq!(RtxPayload::decode(&[7]), Err(DecodeError::Truncated));
        let empty = RtxPayload { original_sequence_number: 7, payload: &[] };
        assert_eq!(RtxPayload::decode(&[0, 7]), Ok(Some(empty)));
    }
}
