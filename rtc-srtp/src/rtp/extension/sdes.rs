//! SDES items in header extensions: MID, RtpStreamId, RepairedRtpStreamId.

use core::str;

use crate::error::DecodeError;

macro_rules! sdes_extension {
    ($(#[$doc:meta])* $name:ident, $uri:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name<'a>(&'a str);

        impl<'a> $name<'a> {
            /// The URI by which the extension is negotiated.
            pub const URI: &'static str = $uri;

            /// Takes an identifier.
            ///
            /// # Errors
            ///
            /// [`DecodeError::Value`] if it is empty, longer than 255 bytes, or has a character
            /// that the identifier must not have.
            pub fn new(id: &'a str) -> Result<Self, DecodeError> {
                if id.is_empty() || id.len() > 255 || !id.bytes().all($valid) {
                    return Err(DecodeError::Value);
                }
                Ok(Self(id))
            }

            /// Reads the value of an element.
            ///
            /// # Errors
            ///
            /// [`DecodeError::Value`] as for [`new`](Self::new).
            pub fn decode(data: &'a [u8]) -> Result<Self, DecodeError> {
                Self::new(str::from_utf8(data).map_err(|_| DecodeError::Value)?)
            }

            /// The identifier.
            pub const fn as_str(&self) -> &'a str {
                self.0
            }

            /// The value of an element.
            pub const fn encode(&self) -> &'a [u8] {
                self.0.as_bytes()
            }
        }
    };
}

sdes_extension! {
    /// The identification tag of the media section that a packet belongs to (RFC 9143, section
    /// 15.1): a token.
    Mid, "urn:ietf:params:rtp-hdrext:sdes:mid", is_token
}

sdes_extension! {
    /// Which of a source's encodings a packet belongs to (RFC 8852, section 3.1): letters and
    /// digits; `-` and `_`, which RFC 8851 allows in a `rid`, are accepted as well.
    RtpStreamId, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", is_rid
}

sdes_extension! {
    /// Which encoding a redundancy packet repairs (RFC 8852, section 3.2).
    RepairedRtpStreamId, "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", is_rid
}

/// The `token-char` of RFC 8866.
const fn is_token(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z'
        | b'^'..=b'~')
}

const fn is_rid(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_read_and_written() {
        assert_eq!(Mid::decode(b"0").unwrap().as_str(), "0");
        assert_eq!(Mid::decode(b"video-1").unwrap().encode(), b"video-1");
        assert_eq!(RtpStreamId::decode(b"hi").unwrap().as_str(), "hi");
        assert_eq!(RepairedRtpStreamId::decode(b"lo").unwrap().as_str(), "lo");
    }

    #[test]
    fn what_is_not_an_identifier_is_refused() {
        for bad in [&b""[..], b"a b", b"\xff", b"a\0", b"\"", &[b'a'; 256]] {
            assert_eq!(Mid::decode(bad), Err(DecodeError::Value));
            assert_eq!(RtpStreamId::decode(bad), Err(DecodeError::Value));
        }
        assert_eq!(RtpStreamId::decode(b"a.b"), Err(DecodeError::Value));
    }
}
