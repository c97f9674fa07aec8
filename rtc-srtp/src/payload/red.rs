//! Redundant audio.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::wire::take;

/// A RED payload (RFC 2198, section 3): blocks of earlier audio, then the audio of the packet.
///
/// ```text
///  0                   1                    2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3  4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |1|   block PT  |  timestamp offset         |   block length    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |0|   block PT  |
/// +-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Red<'a> {
    /// The headers of the redundant blocks, four bytes each.
    headers: &'a [u8],
    /// What the blocks carry, one after the other.
    blocks: &'a [u8],
    /// The payload type of the primary block.
    pub payload_type: u8,
    /// The primary block: the audio of the packet itself.
    pub payload: &'a [u8],
}

impl<'a> Red<'a> {
    /// How many redundant blocks are read or written.
    pub const MAX_BLOCKS: usize = 32;

    /// Reads a payload.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] if headers or blocks run over the end, [`DecodeError::TooMany`]
    /// if there are more than [`MAX_BLOCKS`](Self::MAX_BLOCKS).
    pub fn decode(payload: &'a [u8]) -> Result<Self, DecodeError> {
        let mut input = payload;
        let mut headers_len = 0;
        let mut blocks_len = 0;
        while input.first().ok_or(DecodeError::Truncated)? & 0x80 != 0 {
            if headers_len == 4 * Self::MAX_BLOCKS {
                return Err(DecodeError::TooMany);
            }
            blocks_len += (input.try_get_u32()? & 0x3ff) as usize;
            headers_len += 4;
        }
        let headers = payload.get(..headers_len).ok_or(DecodeError::Truncated)?;
        let payload_type = input.try_get_u8()? & 0x7f;
        let blocks = take(&mut input, blocks_len)?;
        Ok(Self { headers, blocks, payload_type, payload: input })
    }

    /// The redundant blocks, the oldest first.
    pub const fn blocks(&self) -> RedBlocks<'a> {
        RedBlocks { headers: self.headers, blocks: self.blocks }
    }
}

/// A redundant block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedBlock<'a> {
    /// The payload type, 0 to 127.
    pub payload_type: u8,
    /// How much earlier this audio is than the packet, in units of the timestamp: 0 to 16,383.
    pub timestamp_offset: u16,
    /// The audio, 0 to 1,023 bytes.
    pub payload: &'a [u8],
}

/// The redundant blocks of a RED payload.
#[derive(Debug, Clone)]
pub struct RedBlocks<'a> {
    headers: &'a [u8],
    blocks: &'a [u8],
}

impl<'a> Iterator for RedBlocks<'a> {
    type Item = RedBlock<'a>;

    fn next(&mut self) -> Option<RedBlock<'a>> {
        let header = self.headers.try_get_u32().ok()?;
        Some(RedBlock {
            payload_type: (header >> 24) as u8 & 0x7f,
            timestamp_offset: (header >> 10) as u16 & 0x3fff,
            payload: take(&mut self.blocks, (header & 0x3ff) as usize).ok()?,
        })
    }
}

/// Appends a RED payload. Redundant blocks that the format cannot express (too old, longer than
/// 1,023 bytes, or beyond [`Red::MAX_BLOCKS`]) are left out.
pub fn encode_red(blocks: &[RedBlock<'_>], payload_type: u8, payload: &[u8], out: &mut Vec<u8>) {
    let fits =
        |block: &&RedBlock<'_>| block.timestamp_offset < 1 << 14 && block.payload.len() < 1 << 10;
    let blocks = || blocks.iter().filter(fits).take(Red::MAX_BLOCKS);
    for block in blocks() {
        let header = 1 << 31
            | u32::from(block.payload_type & 0x7f) << 24
            | u32::from(block.timestamp_offset) << 10
            | block.payload.len() as u32;
        out.extend_from_slice(&header.to_be_bytes());
    }
    out.push(payload_type & 0x7f);
    for block in blocks() {
        out.extend_from_slice(block.payload);
    }
    out.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCKS: [RedBlock<'_>; 2] = [
        RedBlock { payload_type: 111, timestamp_offset: 1_920, payload: &[1, 2, 3] },
        RedBlock { payload_type: 111, timestamp_offset: 960, payload: &[] },
    ];

    #[test]
    fn redundancy_round_trips() {
        let mut out = Vec::new();
        encode_red(&BLOCKS, 111, &[9, 9], &mut out);
        assert_eq!(out, [0xef, 0x1e, 0, 3, 0xef, 0x0f, 0, 0, 111, 1, 2, 3, 9, 9]);
        let red = Red::decode(&out).unwrap();
        assert!(red.blocks().eq(BLOCKS));
        assert_eq!((red.payload_type, red.payload), (111, &[9, 9][..]));
        for len in 0..12 {
            assert_eq!(Red::decode(out.get(..len).unwrap()), Err(DecodeError::Truncated));
        }
        let plain = Red::decode(&[111, 5]).unwrap();
        assert_eq!((plain.blocks().count(), plain.payload), (0, &[5][..]));
    }

    #[test]
    fn what_cannot_be_expressed_is_left_out() {
        let long = [0; 1_024];
        let blocks = [
            RedBlock { payload_type: 1, timestamp_offset: 1 << 14, payload: &[1] },
            RedBlock { payload_type: 1, timestamp_offset: 1, payload: &long },
            BLOCKS[0],
        ];
        let mut out = Vec::new();
        encode_red(&blocks, 5, &[7], &mut out);
        assert!(Red::decode(&out).unwrap().blocks().eq([BLOCKS[0]]));
    }

    #[test]
    fn a_red_payload_of_nothing_but_headers_is_refused() {
        assert_eq!(Red::decode(&[0xff; 2_000]), Err(DecodeError::TooMany));
        assert_eq!(Red::decode(&[0xff; 100]), Err(DecodeError::Truncated));
    }
}
