//! The Data Channel Establishment Protocol's two messages (RFC 8832 section 5).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::{Buf, BufMut};
use thiserror::Error;

use super::init::Reliability;
use crate::priority::Priority;

/// A DCEP message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    /// DATA_CHANNEL_OPEN: asks for a channel on the stream that it comes on.
    Open(Open<'a>),
    /// DATA_CHANNEL_ACK: the channel is open on both sides.
    Ack,
}

/// DATA_CHANNEL_OPEN (RFC 8832 section 5.1).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Message Type |  Channel Type |            Priority           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                    Reliability Parameter                      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |         Label Length          |       Protocol Length         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                            Label ...                          |
/// |                           Protocol ...                        |
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open<'a> {
    pub(crate) ordered: bool,
    pub(crate) reliability: Reliability,
    pub(crate) priority: Priority,
    pub(crate) label: &'a str,
    pub(crate) protocol: &'a str,
}

/// Why a DCEP message cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum DecodeError {
    #[error("the message ends before its fields do")]
    Truncated,
    #[error("bytes follow the message")]
    TrailingBytes,
    #[error("message type {0:#04x} is unknown")]
    UnknownMessageType(u8),
    #[error("channel type {0:#04x} is unknown")]
    UnknownChannelType(u8),
    #[error("label or protocol is not UTF-8")]
    NotUtf8,
}

impl<'a> Message<'a> {
    /// Reads the one message that `bytes` holds.
    pub(crate) fn decode(mut bytes: &'a [u8]) -> Result<Self, DecodeError> {
        match bytes.try_get_u8().map_err(|_| DecodeError::Truncated)? {
            OPEN => Open::decode(bytes).map(Self::Open),
            ACK if bytes.is_empty() => Ok(Self::Ack),
            ACK => Err(DecodeError::TrailingBytes),
            other => Err(DecodeError::UnknownMessageType(other)),
        }
    }

    /// Appends the message to `out`.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Open(open) => open.encode(out),
            Self::Ack => out.put_u8(ACK),
        }
    }
}

impl<'a> Open<'a> {
    fn decode(mut bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let bytes = &mut bytes;
        let channel_type = bytes.try_get_u8().map_err(|_| DecodeError::Truncated)?;
        let priority = bytes.try_get_u16().map_err(|_| DecodeError::Truncated)?;
        let parameter = bytes.try_get_u32().map_err(|_| DecodeError::Truncated)?;
        let label_length = bytes.try_get_u16().map_err(|_| DecodeError::Truncated)?;
        let protocol_length = bytes.try_get_u16().map_err(|_| DecodeError::Truncated)?;
        let label = take_str(bytes, label_length)?;
        let protocol = take_str(bytes, protocol_length)?;
        if !bytes.is_empty() {
            return Err(DecodeError::TrailingBytes);
        }
        // W3C counts both limits in 16 bits; a larger parameter means the same as the largest.
        let limit = u16::try_from(parameter).unwrap_or(u16::MAX);
        let reliability = match channel_type & !UNORDERED {
            RELIABLE => Reliability::Reliable,
            PARTIAL_REXMIT => Reliability::MaxRetransmits(limit),
            PARTIAL_TIMED => Reliability::MaxPacketLifeTime(limit),
            _ => return Err(DecodeError::UnknownChannelType(channel_type)),
        };
        Ok(Self {
            ordered: channel_type & UNORDERED == 0,
            reliability,
            priority: Priority::from_wire(priority),
            label,
            protocol,
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let (kind, parameter) = match self.reliability {
            Reliability::Reliable => (RELIABLE, 0),
            Reliability::MaxRetransmits(count) => (PARTIAL_REXMIT, u32::from(count)),
            Reliability::MaxPacketLifeTime(millis) => (PARTIAL_TIMED, u32::from(millis)),
        };
        out.put_u8(OPEN);
        out.put_u8(kind | if self.ordered { 0 } else { UNORDERED });
        out.put_u16(self.priority.to_wire());
        out.put_u32(parameter);
        for text in [self.label, self.protocol] {
            // `DataChannelInit` refuses longer ones, and what was decoded fitted.
            out.put_u16(
                u16::try_from(text.len()).expect("labels and protocols are at most 65,535 bytes"),
            );
        }
        out.put_slice(self.label.as_bytes());
        out.put_slice(self.protocol.as_bytes());
    }
}

fn take_str<'a>(bytes: &mut &'a [u8], length: u16) -> Result<&'a str, DecodeError> {
    let (text, rest) = bytes.split_at_checked(length.into()).ok_or(DecodeError::Truncated)?;
    *bytes = rest;
    core::str::from_utf8(text).map_err(|_| DecodeError::NotUtf8)
}

const OPEN: u8 = 0x03;
const ACK: u8 = 0x02;

const RELIABLE: u8 = 0x00;
const PARTIAL_REXMIT: u8 = 0x01;
const PARTIAL_TIMED: u8 = 0x02;
const UNORDERED: u8 = 0x80;

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use alloc::string::String;

    use proptest::prelude::*;

    use super::*;

    /// What Chromium 156 sends for `createDataChannel("lab")`.
    const CAPTURED: &[u8] =
        &[0x03, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, b'l', b'a', b'b'];

    #[test]
    fn a_browsers_open_reads_and_writes() {
        let message = Message::decode(CAPTURED).unwrap();
        assert_eq!(
            message,
            Message::Open(Open {
                ordered: true,
                reliability: Reliability::Reliable,
                priority: Priority::Low,
                label: "lab",
                protocol: "",
            })
        );
        let mut out = Vec::new();
        message.encode(&mut out);
        assert_eq!(out, CAPTURED);
    }

    #[test]
    fn every_truncation_and_every_trailing_byte_is_refused() {
        for end in 0..CAPTURED.len() {
            assert!(Message::decode(&CAPTURED[..end]).is_err(), "{end}");
        }
        let mut long = CAPTURED.to_vec();
        long.push(0);
        assert_eq!(Message::decode(&long), Err(DecodeError::TrailingBytes));
        assert_eq!(Message::decode(&[ACK, 0]), Err(DecodeError::TrailingBytes));
    }

    #[test]
    fn unknown_types_and_bad_text_are_refused() {
        assert_eq!(Message::decode(&[0x01]), Err(DecodeError::UnknownMessageType(1)));
        let mut bytes = CAPTURED.to_vec();
        bytes[1] = 0x03;
        assert_eq!(Message::decode(&bytes), Err(DecodeError::UnknownChannelType(3)));
        let mut bytes = CAPTURED.to_vec();
        bytes[12] = 0xff;
        assert_eq!(Message::decode(&bytes), Err(DecodeError::NotUtf8));
    }

    proptest! {
        #[test]
        fn open_round_trips(ordered: bool, kind in 0u8..3, limit: u16, label: String, protocol: String) {
            let reliability = match kind {
                0 => Reliability::Reliable,
                1 => Reliability::MaxRetransmits(limit),
                _ => Reliability::MaxPacketLifeTime(limit),
            };
            let message = Message::Open(Open {
                ordered, reliability, priority: Priority::High, label: &label, protocol: &protocol,
            });
            let mut out = Vec::new();
            message.encode(&mut out);
            prop_assert_eq!(Message::decode(&out), Ok(message));
        }
    }
}
