//! The number of a packet on its transport, whatever stream it belongs to.
#![deny(clippy::indexing_slicing)]

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtp::extension::value::ExtensionValue;

/// The transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01, section
/// 2), and its second version, which can ask for feedback.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   transport sequence number   |T|       sequence count        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransportSequenceNumber {
    /// The sequence number, counted over all streams of the transport.
    pub sequence_number: u16,
    /// The second half, which only the second version has.
    pub feedback_request: Option<FeedbackRequest>,
}

/// A request for transport-wide feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedbackRequest {
    /// Whether the feedback shall tell arrival times, not only whether packets arrived.
    pub include_timestamps: bool,
    /// How many packets up to and with this one the feedback shall cover, 1 to 32,767.
    pub sequence_count: u16,
}

impl TransportSequenceNumber {
    /// The URI by which the extension is negotiated.
    pub const URI: &'static str =
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
    /// The URI by which the second version is negotiated.
    pub const URI_V2: &'static str =
        "http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02";

    /// Reads the value of an element of either version. A sequence count of 0 asks for nothing.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Length`] if it is not of two or four bytes.
    pub fn decode(mut data: &[u8]) -> Result<Self, DecodeError> {
        if data.len() != 2 && data.len() != 4 {
            return Err(DecodeError::Length);
        }
        let sequence_number = data.try_get_u16()?;
        let feedback_request = data.try_get_u16().ok().filter(|field| field & 0x7fff != 0);
        let feedback_request = feedback_request.map(|field| FeedbackRequest {
            include_timestamps: field & 0x8000 != 0,
            sequence_count: field & 0x7fff,
        });
        Ok(Self { sequence_number, feedback_request })
    }

    /// The value of an element: two bytes, or four with a request.
    pub fn encode(&self) -> ExtensionValue {
        let request = self.feedback_request.map(|request| {
            u16::from(request.include_timestamps) << 15 | request.sequence_count & 0x7fff
        });
        let numbers = [Some(self.sequence_number), request];
        ExtensionValue::new(numbers.into_iter().flatten().flat_map(u16::to_be_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_round_trip() {
        let first = TransportSequenceNumber::decode(&[0x12, 0x34]).unwrap();
        assert_eq!(first.sequence_number, 0x1234);
        assert_eq!(first.feedback_request, None);
        assert_eq!(*first.encode(), [0x12, 0x34]);
        let second = TransportSequenceNumber::decode(&[0x12, 0x34, 0x80, 0x05]).unwrap();
        let request = FeedbackRequest { include_timestamps: true, sequence_count: 5 };
        assert_eq!(second.feedback_request, Some(request));
        assert_eq!(*second.encode(), [0x12, 0x34, 0x80, 0x05]);
    }

    #[test]
    fn other_lengths_are_refused() {
        for len in [0, 1, 3, 5] {
            let data = [0; 5];
            let refused = TransportSequenceNumber::decode(data.get(..len).unwrap());
            assert_eq!(refused, Err(DecodeError::Length));
        }
    }
}
