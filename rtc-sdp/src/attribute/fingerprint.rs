//! `a=fingerprint`: the hash of a certificate (RFC 8122 section 5).

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::ParseErrorKind;
use crate::lexer::{is_token, push_text, split_once};

/// `a=fingerprint:<hash function> <hex>:<hex>:...`.
///
/// Two are equal when function and bytes are; the letter case of what was read is kept for
/// writing, and does not count.
#[derive(Debug, Clone)]
pub struct Fingerprint {
    hash: HashFunction,
    bytes: Box<[u8]>,
    /// What was read, where it is not what would be written.
    text: Option<Box<str>>,
}

impl Fingerprint {
    /// The fingerprint of a certificate.
    pub fn new(hash: HashFunction, bytes: impl Into<Box<[u8]>>) -> Self {
        Self { hash, bytes: bytes.into(), text: None }
    }

    /// The hash function. MD2 and MD5 are named here so that they can be refused: RFC 8122
    /// section 5 forbids their use.
    pub fn hash(&self) -> &HashFunction {
        &self.hash
    }

    /// The hash; as long as the function makes it, if the function is known.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn parse(text: &str) -> Result<Self, ParseErrorKind> {
        const MALFORMED: ParseErrorKind = ParseErrorKind::Attribute("fingerprint");
        let (name, hex) = split_once(text, b' ').ok_or(MALFORMED)?;
        let (hash, mut plain) = HashFunction::new(name).ok_or(MALFORMED)?;
        let mut bytes = Vec::with_capacity(hex.len().div_ceil(3));
        let mut digits = hex.bytes();
        loop {
            let (high, low) = (digits.next().ok_or(MALFORMED)?, digits.next().ok_or(MALFORMED)?);
            plain &= !high.is_ascii_lowercase() && !low.is_ascii_lowercase();
            bytes.push(hex_digit(high).ok_or(MALFORMED)? << 4 | hex_digit(low).ok_or(MALFORMED)?);
            match digits.next() {
                Some(b':') => {}
                None => break,
                Some(_) => return Err(MALFORMED),
            }
        }
        if hash.length().is_some_and(|length| length != bytes.len()) {
            return Err(ParseErrorKind::FingerprintLength);
        }
        let text = (!plain).then(|| text.into());
        Ok(Self { hash, bytes: bytes.into(), text })
    }

    pub(crate) fn write(&self, out: &mut String) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().map_or('0', char::from);
        if let Some(text) = &self.text {
            return push_text(out, text);
        }
        push_text(out, self.hash.as_str());
        let mut separator = ' ';
        for byte in &self.bytes {
            out.push(separator);
            out.push(digit(byte >> 4));
            out.push(digit(byte & 0xf));
            separator = ':';
        }
    }
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.bytes == other.bytes
    }
}

impl Eq for Fingerprint {}

/// A hash function by its IANA textual name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HashFunction {
    /// `md2`; never to be used.
    Md2,
    /// `md5`; never to be used.
    Md5,
    /// `sha-1`.
    Sha1,
    /// `sha-224`.
    Sha224,
    /// `sha-256`, which everybody writes.
    Sha256,
    /// `sha-384`.
    Sha384,
    /// `sha-512`.
    Sha512,
    /// Another token, in lower case.
    Other(Box<str>),
}

impl HashFunction {
    /// The name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Md2 => "md2",
            Self::Md5 => "md5",
            Self::Sha1 => "sha-1",
            Self::Sha224 => "sha-224",
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
            Self::Other(name) => name,
        }
    }

    /// Bytes of its hash, if the function is known.
    pub fn length(&self) -> Option<usize> {
        Some(match self {
            Self::Md2 | Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
            Self::Other(_) => return None,
        })
    }

    /// The function, and whether its name was in lower case already.
    fn new(name: &str) -> Option<(Self, bool)> {
        if name == "sha-256" {
            return Some((Self::Sha256, true));
        }
        if !is_token(name) {
            return None;
        }
        let plain = !name.bytes().any(|byte| byte.is_ascii_uppercase());
        let lower = name.to_ascii_lowercase();
        let hash = match &*lower {
            "md2" => Self::Md2,
            "md5" => Self::Md5,
            "sha-1" => Self::Sha1,
            "sha-224" => Self::Sha224,
            "sha-256" => Self::Sha256,
            "sha-384" => Self::Sha384,
            "sha-512" => Self::Sha512,
            _ => Self::Other(lower.into()),
        };
        Some((hash, plain))
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'F' => byte - b'A' + 10,
        b'a'..=b'f' => byte - b'a' + 10,
        _ => return None,
    })
}
