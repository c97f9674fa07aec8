//! Several RTCP packets in one datagram.
#![deny(clippy::indexing_slicing)]

use core::iter::FusedIterator;

use crate::error::DecodeError;
use crate::rtcp::header::RawPacket;
use crate::rtcp::packet::RtcpPacket;
use crate::rtcp::sdes::SdesItemType;

/// The packets of a datagram, compound (RFC 3550, section 6.1) or reduced-size (RFC 5506).
///
/// A packet of a known kind with a malformed body is an error of its own, after which the
/// iteration goes on: one unfortunate packet must not hide the reports around it. A malformed
/// header is the last item, since nobody knows what follows it.
#[derive(Debug, Clone)]
pub struct RtcpPackets<'a> {
    rest: &'a [u8],
}

impl<'a> RtcpPackets<'a> {
    /// The packets in `datagram`.
    pub const fn new(datagram: &'a [u8]) -> Self {
        Self { rest: datagram }
    }

    /// Whether the datagram is a full compound packet: every packet is well-formed, the first one
    /// is a report, and a source description with a CNAME comes before any other kind of packet but
    /// reports (RFC 3550, section 6.1).
    ///
    /// Without `a=rtcp-rsize` nothing else may be sent.
    pub fn is_compound(&self) -> bool {
        let mut described = false;
        for (at, packet) in self.clone().enumerate() {
            match packet {
                Ok(RtcpPacket::SenderReport(_) | RtcpPacket::ReceiverReport(_)) => {}
                Ok(_) if at == 0 => return false,
                Ok(RtcpPacket::SourceDescription(description)) => {
                    described |= description.chunks.iter().any(|chunk| {
                        chunk.items.iter().any(|item| item.item_type == SdesItemType::CNAME)
                    });
                }
                Ok(_) if described => {}
                _ => return false,
            }
        }
        described
    }
}

impl<'a> Iterator for RtcpPackets<'a> {
    type Item = Result<RtcpPacket<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match RawPacket::decode(&mut self.rest) {
            Ok(raw) => Some(RtcpPacket::interpret(raw)),
            Err(error) => {
                self.rest = &[];
                Some(Err(error))
            }
        }
    }
}

impl FusedIterator for RtcpPackets<'_> {}
