//! Writing an RTP packet.

use alloc::vec::Vec;

use crate::rtp::extension::{HeaderExtension, encode_extensions};
use crate::ssrc::Ssrc;

/// The fields that every RTP packet has (RFC 3550, section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RtpHeader {
    /// The marker bit, whose meaning the payload format gives.
    pub marker: bool,
    /// The payload type, 0 to 127; only its seven low bits are written.
    pub payload_type: u8,
    /// The sequence number.
    pub sequence_number: u16,
    /// The timestamp, in units of the payload format's clock rate.
    pub timestamp: u32,
    /// The synchronization source.
    pub ssrc: Ssrc,
}

/// An RTP packet that is yet to be written.
///
/// The header extension is written in the one-byte form where all elements fit into it, and in the
/// two-byte form otherwise; whoever has not negotiated `extmap-allow-mixed` hands in only elements
/// that [fit](HeaderExtension::fits_one_byte).
#[derive(Debug, Clone, Copy, Default)]
pub struct RtpBuilder<'a> {
    /// The fixed part of the header.
    pub header: RtpHeader,
    /// The contributing sources; what comes after the fifteenth is not written.
    pub csrcs: &'a [Ssrc],
    /// The elements of the header extension; without any there is no header extension.
    pub extensions: &'a [HeaderExtension<'a>],
    /// How many bytes of padding to write after the payload, the count itself among them.
    pub padding_len: u8,
}

impl<'a> RtpBuilder<'a> {
    /// A packet with nothing but a header.
    pub const fn new(header: RtpHeader) -> Self {
        Self { header, csrcs: &[], extensions: &[], padding_len: 0 }
    }

    /// With these elements in the header extension.
    #[must_use]
    pub const fn with_extensions(mut self, extensions: &'a [HeaderExtension<'a>]) -> Self {
        self.extensions = extensions;
        self
    }

    /// Appends the packet with a copy of `payload`.
    pub fn encode(&self, payload: &[u8], out: &mut Vec<u8>) {
        self.encode_with(out, |out| out.extend_from_slice(payload));
    }

    /// Appends the packet with the payload that `write_payload` appends.
    pub fn encode_with(&self, out: &mut Vec<u8>, write_payload: impl FnOnce(&mut Vec<u8>)) {
        self.encode_header(out);
        write_payload(out);
        if let Some(zeros) = self.padding_len.checked_sub(1) {
            out.resize(out.len() + usize::from(zeros), 0);
            out.push(self.padding_len);
        }
    }

    /// Appends everything that comes before the payload. If there is to be padding, its bit is set
    /// and the caller has to write it.
    pub fn encode_header(&self, out: &mut Vec<u8>) {
        let csrcs = self.csrcs.get(..15).unwrap_or(self.csrcs);
        let padding = u8::from(self.padding_len > 0) << 5;
        let extension = u8::from(!self.extensions.is_empty()) << 4;
        out.push(0x80 | padding | extension | csrcs.len() as u8);
        out.push(u8::from(self.header.marker) << 7 | self.header.payload_type & 0x7f);
        out.extend_from_slice(&self.header.sequence_number.to_be_bytes());
        out.extend_from_slice(&self.header.timestamp.to_be_bytes());
        out.extend_from_slice(&self.header.ssrc.0.to_be_bytes());
        for csrc in csrcs {
            out.extend_from_slice(&csrc.0.to_be_bytes());
        }
        if !self.extensions.is_empty() {
            encode_extensions(self.extensions, out);
        }
    }
}
