//! Messages of a data channel and the payload protocol identifiers that tell them apart.

use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use rtc_sctp::Ppid;

/// One message of a data channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text. Bytes that are not UTF-8 arrive as U+FFFD, as they do in a browser.
    Text(String),
    /// Bytes.
    Binary(Bytes),
}

impl Message {
    /// The message's length in bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// Whether the message has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What SCTP carries: an empty message travels as one zero byte with an identifier of its own
    /// (RFC 8831 section 6.6).
    pub(super) fn into_payload(self) -> (Ppid, Bytes) {
        const ZERO: Bytes = Bytes::from_static(&[0]);
        match self {
            Self::Text(text) if text.is_empty() => (STRING_EMPTY, ZERO),
            Self::Text(text) => (STRING, Bytes::from(text)),
            Self::Binary(bytes) if bytes.is_empty() => (BINARY_EMPTY, ZERO),
            Self::Binary(bytes) => (BINARY, bytes),
        }
    }

    /// Reads what SCTP carried; `None` for an identifier that RFC 8831 does not define.
    pub(super) fn from_payload(ppid: Ppid, payload: Bytes) -> Option<Self> {
        Some(match ppid {
            STRING => Self::Text(text(payload)),
            STRING_EMPTY => Self::Text(String::new()),
            BINARY => Self::Binary(payload),
            BINARY_EMPTY => Self::Binary(Bytes::new()),
            _ => return None,
        })
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Bytes> for Message {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes.into())
    }
}

/// Takes over the bytes where they stand alone, copies them where they are a slice of a datagram.
fn text(payload: Bytes) -> String {
    String::from_utf8(payload.into())
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// WebRTC DCEP.
pub(super) const DCEP: Ppid = Ppid(50);
const STRING: Ppid = Ppid(51);
const BINARY: Ppid = Ppid(53);
const STRING_EMPTY: Ppid = Ppid(56);
const BINARY_EMPTY: Ppid = Ppid(57);

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn messages_round_trip_through_their_identifiers() {
        for (message, ppid, length) in [
            (Message::from("hello"), 51, 5),
            (Message::from(""), 56, 1),
            (Message::from(vec![1, 2, 3]), 53, 3),
            (Message::from(Bytes::new()), 57, 1),
        ] {
            let (identifier, payload) = message.clone().into_payload();
            assert_eq!((identifier, payload.len()), (Ppid(ppid), length));
            assert_eq!(Message::from_payload(identifier, payload), Some(message));
        }
    }

    #[test]
    fn text_that_is_not_utf8_is_mended_as_a_browser_does() {
        let message = Message::from_payload(STRING, Bytes::from_static(b"a\xffb"));
        assert_eq!(message, Some(Message::from("a\u{fffd}b")));
    }

    #[test]
    fn unknown_identifiers_are_no_messages() {
        assert_eq!(Message::from_payload(Ppid(99), Bytes::new()), None);
    }
}
