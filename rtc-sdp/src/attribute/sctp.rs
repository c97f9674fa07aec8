//! SCTP over DTLS: `a=sctpmap` of the old form, and the base64 of `a=sctp-init`
//! (draft-hancke-tsvwg-snap).

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::lexer::{is_token, number, push_number, push_text, split};

/// `a=sctpmap:<port> <application>[ <streams>]`, of the drafts before RFC 8841.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SctpMap {
    /// SCTP port.
    pub port: u16,
    /// `webrtc-datachannel`.
    pub application: Box<str>,
    /// Streams wanted.
    pub streams: Option<u32>,
}

impl SctpMap {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut fields = split(text, b' ');
        let port = number(fields.next()?)?;
        let application = fields.next().filter(|name| is_token(name))?.into();
        let streams = match fields.next() {
            Some(streams) => Some(number(streams)?),
            None => None,
        };
        fields.next().is_none().then_some(Self { port, application, streams })
    }

    pub(crate) fn write(&self, out: &mut String) {
        push_number(out, self.port);
        out.push(' ');
        push_text(out, &self.application);
        if let Some(streams) = self.streams {
            out.push(' ');
            push_number(out, streams);
        }
    }
}

/// Base64 with padding, as RFC 8866 section 9 has it; anything but the one text that
/// [`push_base64`] writes is refused.
pub(crate) fn parse_base64(text: &str) -> Option<Box<[u8]>> {
    let symbols = text.trim_end_matches('=');
    let padding = text.len() - symbols.len();
    if text.is_empty() || !text.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for symbol in symbols.bytes() {
        bits = bits << 6 | u32::from(sextet(symbol)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    (bits == 0).then(|| bytes.into())
}

/// Appends base64 with padding.
pub(crate) fn push_base64(out: &mut String, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for position in 0..4 {
            let value = (group >> (18 - 6 * position)) & 0x3f;
            let symbol = ALPHABET.get(value as usize).copied().unwrap_or(b'=');
            out.push(if position <= chunk.len() { char::from(symbol) } else { '=' });
        }
    }
}

fn sextet(symbol: u8) -> Option<u8> {
    Some(match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{parse_base64, push_base64};
    use alloc::string::String;

    #[test]
    fn base64_gives_the_examples_of_rfc_4648() {
        let vectors: [(&[u8], &str); 6] = [
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg=="),
            (b"fooba", "Zm9vYmE="),
            (b"foobar", "Zm9vYmFy"),
        ];
        for (bytes, text) in vectors {
            let mut out = String::new();
            push_base64(&mut out, bytes);
            assert_eq!(out, text);
            assert_eq!(parse_base64(text).as_deref(), Some(bytes));
        }
    }

    #[test]
    fn base64_that_is_not_the_one_writing_is_refused() {
        for bad in ["", "Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zm 9", "Zm9-"] {
            assert_eq!(parse_base64(bad), None, "{bad}");
        }
    }
}
