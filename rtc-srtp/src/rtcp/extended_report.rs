//! Extended reports: round trips without sending.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;
use crate::rtcp::header::{RawPacket, encode_packet};
use crate::rtcp::list::{Item, List};
use crate::ssrc::Ssrc;
use crate::wire::take;

/// An extended report (RFC 3611, section 2).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|reserved |   PT=XR=207   |             length            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                              SSRC                             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// :                         report blocks                         :
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExtendedReport<'a> {
    /// Who reports.
    pub ssrc: Ssrc,
    /// The blocks; the first [`MAX_BLOCKS`](Self::MAX_BLOCKS) are written.
    pub blocks: List<'a, ExtendedReportBlock<'a>>,
}

impl<'a> ExtendedReport<'a> {
    /// The packet type.
    pub const PACKET_TYPE: u8 = 207;
    /// How many blocks are read or written.
    pub const MAX_BLOCKS: usize = 64;

    pub(crate) fn decode(raw: RawPacket<'a>) -> Result<Self, DecodeError> {
        let mut body = raw.body;
        let ssrc = Ssrc(body.try_get_u32()?);
        Ok(Self { ssrc, blocks: List::all(&mut body, Self::MAX_BLOCKS)? })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_packet(Self::PACKET_TYPE, out, |out| {
            out.extend_from_slice(&self.ssrc.0.to_be_bytes());
            self.blocks.encode(Self::MAX_BLOCKS, out);
            0
        });
    }
}

/// A block of an extended report (RFC 3611, section 3).
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      BT       | type-specific |         block length          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// :             type-specific block contents                      :
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtendedReportBlock<'a> {
    /// The receiver reference time report block (section 4.4): when this report was sent, as an
    /// NTP timestamp, UQ32.32 seconds since 1900.
    ReceiverReferenceTime(u64),
    /// The DLRR report block (section 4.5); the first
    /// [`MAX_SUB_BLOCKS`](DlrrSubBlock::MAX_SUB_BLOCKS) are written.
    Dlrr(List<'a, DlrrSubBlock>),
    /// Any other block.
    Unknown(UnknownReportBlock<'a>),
}

/// A block of another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownReportBlock<'a> {
    /// The block type. Types 4 and 5 are never read as unknown.
    pub block_type: u8,
    /// The second byte.
    pub type_specific: u8,
    /// The contents, which are filled up to whole words and of which 4,096 bytes are written.
    pub contents: &'a [u8],
}

/// What passed between a receiver's reference time report and this answer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DlrrSubBlock {
    /// The receiver that the answer is for.
    pub ssrc: Ssrc,
    /// The middle 32 bits of the timestamp of its last report; 0 if there was none.
    pub last_receiver_report: u32,
    /// What passed since that report arrived, in units of 1/65,536 s.
    pub delay_since_last_receiver_report: u32,
}

impl DlrrSubBlock {
    /// How many sub-blocks of a block are read or written.
    pub const MAX_SUB_BLOCKS: usize = 128;
}

impl Item<'_> for DlrrSubBlock {
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        Ok(Self {
            ssrc: Ssrc(input.try_get_u32()?),
            last_receiver_report: input.try_get_u32()?,
            delay_since_last_receiver_report: input.try_get_u32()?,
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let delay = self.delay_since_last_receiver_report;
        for word in [self.ssrc.0, self.last_receiver_report, delay] {
            out.extend_from_slice(&word.to_be_bytes());
        }
    }
}

impl<'a> Item<'a> for ExtendedReportBlock<'a> {
    fn decode(input: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let block_type = input.try_get_u8()?;
        let type_specific = input.try_get_u8()?;
        let words = input.try_get_u16()?;
        let mut contents = take(input, 4 * usize::from(words))?;
        Ok(match block_type {
            RECEIVER_REFERENCE_TIME if contents.len() == 8 => {
                Self::ReceiverReferenceTime(contents.try_get_u64()?)
            }
            RECEIVER_REFERENCE_TIME => return Err(DecodeError::Length),
            DLRR => Self::Dlrr(List::all(&mut contents, DlrrSubBlock::MAX_SUB_BLOCKS)?),
            _ => Self::Unknown(UnknownReportBlock { block_type, type_specific, contents }),
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let (block_type, type_specific) = match self {
            Self::ReceiverReferenceTime(_) => (RECEIVER_REFERENCE_TIME, 0),
            Self::Dlrr(_) => (DLRR, 0),
            Self::Unknown(block) => (block.block_type, block.type_specific),
        };
        out.extend_from_slice(&[block_type, type_specific, 0xff, 0xff]);
        let start = out.len();
        match self {
            Self::ReceiverReferenceTime(timestamp) => {
                out.extend_from_slice(&timestamp.to_be_bytes());
            }
            Self::Dlrr(sub_blocks) => {
                sub_blocks.encode(DlrrSubBlock::MAX_SUB_BLOCKS, out);
            }
            Self::Unknown(block) => {
                out.extend_from_slice(block.contents.get(..4096).unwrap_or(block.contents));
            }
        }
        let len = (out.len() - start).next_multiple_of(4);
        out.resize(start + len, 0);
        let field = out.get_mut(start - 2..).and_then(|rest| rest.first_chunk_mut());
        if let Some(field) = field {
            *field = ((len / 4) as u16).to_be_bytes();
        }
    }
}

const RECEIVER_REFERENCE_TIME: u8 = 4;
const DLRR: u8 = 5;
