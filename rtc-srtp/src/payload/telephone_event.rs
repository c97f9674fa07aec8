//! DTMF and other signals of telephony.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::Buf;

use crate::error::DecodeError;

/// A named telephone event (RFC 4733, section 2.3).
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     event     |E|R| volume    |          duration             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// The event; 0 to 15 are the DTMF tones (section 3.2).
    pub event: u8,
    /// Whether the event has ended.
    pub end: bool,
    /// The power of the tone in -dBm0, 0 to 63; six bits are written.
    pub volume: u8,
    /// For how long the event has lasted, in units of the timestamp.
    pub duration: u16,
}

impl TelephoneEvent {
    /// Reads a payload of one event.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] if there are no four bytes. What follows them is ignored, as
    /// events of several states are put there that nobody sends (section 2.5.1.5).
    pub fn decode(mut payload: &[u8]) -> Result<Self, DecodeError> {
        let event = payload.try_get_u8()?;
        let flags = payload.try_get_u8()?;
        let duration = payload.try_get_u16()?;
        Ok(Self { event, end: flags & 0x80 != 0, volume: flags & 0x3f, duration })
    }

    /// Appends the payload.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.event, u8::from(self.end) << 7 | self.volume & 0x3f]);
        out.extend_from_slice(&self.duration.to_be_bytes());
    }

    /// The event of a key: `0` to `9`, `*`, `#`, `A` to `D` in either case.
    pub fn event_of(key: char) -> Option<u8> {
        let key = key.to_ascii_uppercase();
        KEYS.iter().position(|known| *known == key).map(|event| event as u8)
    }

    /// The key of this event, if it is a DTMF tone.
    pub fn key(&self) -> Option<char> {
        KEYS.get(usize::from(self.event)).copied()
    }
}

const KEYS: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_round_trips() {
        let bytes = [11, 0x8a, 0x03, 0x20];
        let event = TelephoneEvent::decode(&bytes).unwrap();
        assert_eq!(event, TelephoneEvent { event: 11, end: true, volume: 10, duration: 800 });
        assert_eq!(event.key(), Some('#'));
        let mut out = Vec::new();
        event.encode(&mut out);
        assert_eq!(out, bytes);
        for len in 0..4 {
            let refused = TelephoneEvent::decode(bytes.get(..len).unwrap());
            assert_eq!(refused, Err(DecodeError::Truncated));
        }
    }

    #[test]
    fn keys_have_events() {
        for (key, event) in [('0', 0), ('9', 9), ('*', 10), ('#', 11), ('A', 12), ('d', 15)] {
            assert_eq!(TelephoneEvent::event_of(key), Some(event));
        }
        assert_eq!(TelephoneEvent::event_of('x'), None);
    }
}
