//! The four bytes that begin every RTCP packet.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::wire::{take, take_array};

/// An RTCP packet whose body has not been looked at (RFC 3550, section 6.4.1).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|  count  |  packet type  |             length            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                     body, padding, count                      |
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawPacket<'a> {
    /// How many reports or chunks there are, or the feedback message type: 0 to 31.
    pub count: u8,
    /// The packet type.
    pub packet_type: u8,
    /// What follows the first four bytes, without padding.
    pub body: &'a [u8],
}

impl<'a> RawPacket<'a> {
    /// Takes one packet off the front of the input. When this fails there is no knowing where the
    /// next packet begins.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`], [`DecodeError::Version`], or [`DecodeError::Padding`] if the
    /// padding count is zero or more than there is. That it be a multiple of four, as the RFC says,
    /// is not asked for: browsers fill up transport-wide feedback by one to three bytes.
    pub fn decode(input: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let mut rest = *input;
        let [first, packet_type] = *take_array::<2>(&mut rest)?;
        if first >> 6 != 2 {
            return Err(DecodeError::Version);
        }
        let words = rest.try_get_u16()?;
        let mut body = take(&mut rest, 4 * usize::from(words))?;
        if first & 0x20 != 0 {
            let padding = usize::from(*body.last().ok_or(DecodeError::Padding)?);
            if padding == 0 {
                return Err(DecodeError::Padding);
            }
            let len = body.len().checked_sub(padding).ok_or(DecodeError::Padding)?;
            body = body.get(..len).unwrap_or_default();
        }
        *input = rest;
        Ok(Self { count: first & 0x1f, packet_type, body })
    }

    /// Appends the packet. A body that is not of whole words is followed by padding, and what goes
    /// beyond 2^16 words is not written.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let body = self.body.get(..4 * usize::from(u16::MAX)).unwrap_or(self.body);
        encode_padded_packet(self.packet_type, out, |out| {
            out.extend_from_slice(body);
            self.count
        });
    }
}

/// Appends a packet whose body `write_body` appends; it returns the count.
///
/// The bodies that this crate writes are kept by the caps of their lists far below the 2^18 bytes
/// that the length field can tell.
pub(crate) fn encode_packet(
    packet_type: u8,
    out: &mut Vec<u8>,
    write_body: impl FnOnce(&mut Vec<u8>) -> u8,
) {
    let start = out.len();
    let (count, missing) = write_unfinished(packet_type, out, write_body);
    out.resize(out.len() + missing, 0);
    finish(start, count, 0, out);
}

/// Appends a packet whose body may end within a word; the rest of it is marked as padding.
pub(crate) fn encode_padded_packet(
    packet_type: u8,
    out: &mut Vec<u8>,
    write_body: impl FnOnce(&mut Vec<u8>) -> u8,
) {
    let start = out.len();
    let (count, padding) = write_unfinished(packet_type, out, write_body);
    if let Some(zeros) = padding.checked_sub(1) {
        out.resize(out.len() + zeros, 0);
        out.push(padding as u8);
    }
    finish(start, count, u8::from(padding > 0) << 5, out);
}

/// Appends a packet without its count and length; returns the count and how many bytes are missing
/// to whole words.
fn write_unfinished(
    packet_type: u8,
    out: &mut Vec<u8>,
    write_body: impl FnOnce(&mut Vec<u8>) -> u8,
) -> (u8, usize) {
    let start = out.len();
    out.extend_from_slice(&[0xff, packet_type, 0xff, 0xff]);
    let count = write_body(out);
    let len = out.len() - start;
    (count, len.next_multiple_of(4) - len)
}

/// Writes the first and the third and fourth byte of the packet that reaches from `start` on.
fn finish(start: usize, count: u8, padding: u8, out: &mut [u8]) {
    let len = out.len() - start;
    let words = len.div_ceil(4).saturating_sub(1).min(usize::from(u16::MAX)) as u16;
    let [high, low] = words.to_be_bytes();
    let head = out.get_mut(start..).and_then(|packet| packet.first_chunk_mut::<4>());
    if let Some([first, _, length @ ..]) = head {
        *first = 0x80 | padding | count & 0x1f;
        *length = [high, low];
    }
}

/// How many reports or chunks the count field can tell of.
pub(crate) const MAX_COUNT: usize = 31;
