//! ChannelData and the numbers of channels (RFC 8656, sections 12 and 12.4).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |         Channel Number        |            Length             |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! /                       Application Data                        /
//! |                               +-------------------------------+
//! |                               |
//! +-------------------------------+
//! ```

use alloc::vec::Vec;
use core::fmt;

/// A ChannelData message: what one peer has sent or is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelData<'a> {
    /// Which peer.
    pub number: ChannelNumber,
    /// The datagram; at most 65,535 bytes.
    pub data: &'a [u8],
}

/// The number of a channel: 0x4000 to 0x4FFF (RFC 8656, section 12).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelNumber(u16);

/// Why a datagram was not read as ChannelData.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelDataError {
    /// The bytes end within the header or the data.
    #[error("the message is truncated")]
    Truncated,
    /// The number is none of a channel.
    #[error("the number is none of a channel")]
    Number,
    /// More follows than padding.
    #[error("there is more than the message and its padding")]
    TooLong,
}

impl<'a> ChannelData<'a> {
    /// How long the header is.
    pub const HEADER_LENGTH: usize = 4;

    /// Whether a datagram can be ChannelData by its first byte alone (RFC 7983, RFC 8656): 64 to 79.
    pub fn is_channel_data(datagram: &[u8]) -> bool {
        matches!(datagram.first(), Some(0x40..0x50))
    }

    /// Reads a datagram that holds exactly one message, which over UDP may be padded to a multiple
    /// of four bytes and need not (RFC 8656, section 12.5). Nothing is copied.
    ///
    /// # Errors
    ///
    /// If the message is truncated or followed by more than padding, or its number is out of range.
    pub fn decode(datagram: &'a [u8]) -> Result<Self, ChannelDataError> {
        let (&[n0, n1, l0, l1], rest) =
            datagram.split_first_chunk::<4>().ok_or(ChannelDataError::Truncated)?;
        let number = ChannelNumber::new(u16::from_be_bytes([n0, n1]));
        let number = number.ok_or(ChannelDataError::Number)?;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let (data, padding) = rest.split_at_checked(length).ok_or(ChannelDataError::Truncated)?;
        if padding.len() > 3 {
            return Err(ChannelDataError::TooLong);
        }
        Ok(Self { number, data })
    }

    /// Appends the message without padding. Data past 65,535 bytes is left out.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let length = u16::try_from(self.data.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&header(self.number, length));
        out.extend_from_slice(self.data.get(..usize::from(length)).unwrap_or_default());
    }
}

impl ChannelNumber {
    /// The lowest number.
    pub const FIRST: Self = Self(0x4000);
    /// The highest number.
    pub const LAST: Self = Self(0x4fff);

    /// The channel of this number; `None` out of range.
    pub const fn new(number: u16) -> Option<Self> {
        if number >= Self::FIRST.0 && number <= Self::LAST.0 { Some(Self(number)) } else { None }
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The next number, from the last to the first.
    pub(super) const fn next(self) -> Self {
        if self.0 == Self::LAST.0 { Self::FIRST } else { Self(self.0 + 1) }
    }
}

impl fmt::Debug for ChannelNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x}", self.0)
    }
}

/// The header of a message with this much data.
pub(super) const fn header(number: ChannelNumber, length: u16) -> [u8; ChannelData::HEADER_LENGTH] {
    let [n0, n1] = number.0.to_be_bytes();
    let [l0, l1] = length.to_be_bytes();
    [n0, n1, l0, l1]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_message_is_written_and_every_truncation_of_it_refused() {
        let number = ChannelNumber::new(0x4001).unwrap();
        let mut out = Vec::new();
        ChannelData { number, data: b"hello" }.encode(&mut out);
        assert_eq!(out, b"\x40\x01\x00\x05hello");
        for cut in 0..out.len() {
            let result = ChannelData::decode(out.get(..cut).unwrap());
            assert_eq!(result, Err(ChannelDataError::Truncated), "{cut}");
        }
        for padding in 0..6 {
            let mut padded = out.clone();
            padded.resize(out.len() + padding, 0xaa);
            let expected = if padding < 4 {
                Ok(ChannelData { number, data: &b"hello"[..] })
            } else {
                Err(ChannelDataError::TooLong)
            };
            assert_eq!(ChannelData::decode(&padded), expected);
        }
    }

    #[test]
    fn channel_numbers_outside_their_range_are_refused() {
        for number in 0..=u16::MAX {
            let is_channel = (0x4000..=0x4fff).contains(&number);
            let [n0, n1] = number.to_be_bytes();
            let message = [n0, n1, 0, 0];
            assert_eq!(ChannelData::decode(&message).is_ok(), is_channel, "{number:#x}");
            assert_eq!(ChannelData::is_channel_data(&message), is_channel);
        }
        assert_eq!(ChannelNumber::LAST.next(), ChannelNumber::FIRST);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            number in 0x4000_u16..0x5000,
            data in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let message = ChannelData { number: ChannelNumber::new(number).unwrap(), data: &data };
            let mut out = Vec::new();
            message.encode(&mut out);
            prop_assert_eq!(ChannelData::decode(&out), Ok(message));
        }
    }
}
