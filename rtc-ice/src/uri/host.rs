//! Hosts of URLs, as the URL standard of the web reads them.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The host of a [`ServerUri`](crate::ServerUri).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A name that has to be resolved: ASCII, in lower case. One with letters beyond ASCII is to be
    /// written with its A-labels (RFC 5890): `xn--bcher-kva.example`.
    Name(Box<str>),
    /// An address.
    Ip(IpAddr),
}

impl Host {
    /// Reads an IP literal in brackets, an IPv4 address in any of the forms of the web or a name.
    pub(super) fn decode(text: &str) -> Option<Self> {
        if let Some(literal) = text.strip_prefix('[') {
            let address: Ipv6Addr = literal.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Ip(IpAddr::V6(address)));
        }
        let name = percent_decode(text)?.to_ascii_lowercase();
        if ends_in_a_number(&name) {
            return Some(Self::Ip(IpAddr::V4(decode_ipv4(&name)?)));
        }
        let fits = |label: &str| label.len() <= MAX_LABEL_LENGTH;
        let is_name = !name.is_empty() && name.len() <= MAX_NAME_LENGTH;
        (is_name && name.split('.').all(fits)).then(|| Self::Name(name.into()))
    }
}

/// Replaces `%` and two hexadecimal digits by what they stand for; `None` where there is something
/// then that no host has. A `%` without digits is such a thing.
fn percent_decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let value = |digit: u8| char::from(digit).to_digit(16);
        let escape = match tail {
            [high, low, ..] if first == b'%' => value(*high).zip(value(*low)),
            _ => None,
        };
        rest = if let Some((high, low)) = escape {
            out.push(u8::try_from(high << 4 | low).ok()?);
            tail.get(2..)?
        } else {
            out.push(first);
            tail
        };
    }
    if out.iter().any(|byte| is_forbidden(*byte)) {
        return None;
    }
    String::from_utf8(out).ok()
}

/// The forbidden domain code points of the URL standard, and all beyond ASCII.
fn is_forbidden(byte: u8) -> bool {
    let is_delimiter = matches!(
        byte,
        b'#' | b'/' | b':' | b'<' | b'>' | b'?' | b'@' | b'[' | b'\\' | b']' | b'^' | b'|' | b'%'
    );
    is_delimiter || !byte.is_ascii_graphic()
}

/// Whether the last label is a number: then the host is an IPv4 address or nothing.
fn ends_in_a_number(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_decimal = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    let hexadecimal = last.strip_prefix("0x");
    is_decimal || hexadecimal.is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// One to four numbers, of which the last fills what is left: `192.168.257` is `192.168.1.1`.
fn decode_ipv4(name: &str) -> Option<Ipv4Addr> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let mut parts = name.split('.');
    let last = decode_number(parts.next_back()?)?;
    let mut address = 0u64;
    let mut room = 1u64 << 32;
    for part in parts {
        let number = decode_number(part).filter(|number| *number < 256)?;
        // At most three numbers of a byte each stand before the last.
        (room > 1 << 8).then_some(())?;
        room >>= 8;
        address = address << 8 | number;
    }
    (last < room).then_some(())?;
    let address = u32::try_from(address.checked_mul(room)? | last).ok()?;
    Some(Ipv4Addr::from(address))
}

/// A number in decimal, octal (`0` before it) or hexadecimal (`0x`, which alone is 0).
fn decode_number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix("0x") {
        Some("") => return Some(0),
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    // A sign is no digit.
    let is_number = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_number.then(|| u64::from_str_radix(digits, radix).ok())?
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

/// The longest host name (RFC 1035, section 2.3.4).
const MAX_NAME_LENGTH: usize = 255;
const MAX_LABEL_LENGTH: usize = 63;
