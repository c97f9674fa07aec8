//! RTP packets (RFC 3550, section 5): reading without copying, rewriting in place, writing.

mod builder;
pub mod extension;
mod packet;
mod rewrite;
mod sequence;
#[cfg(test)]
mod tests;

pub use builder::{RtpBuilder, RtpHeader};
pub use extension::{Extensions, HeaderExtension};
pub use packet::RtpPacket;
pub use rewrite::RtpPacketMut;
pub use sequence::SequenceExtender;
pub(crate) use sequence::nearest;

use crate::ssrc::Ssrc;

/// Whether a datagram that is known to be RTP or RTCP is RTCP (RFC 5761, section 4): the payload
/// type field, taken with the marker bit, is 192 to 223.
pub fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [_, 192..=223, ..])
}

/// Reads the SSRC of an RTP packet without looking at anything else; `None` if it is too short.
pub fn peek_ssrc(datagram: &[u8]) -> Option<Ssrc> {
    datagram.get(8..)?.first_chunk().map(|bytes| Ssrc(u32::from_be_bytes(*bytes)))
}
