//! Questions and resource records (RFC 1035, sections 4.1.2 and 4.1.3; RFC 6762, section 18).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Name ...                                                     |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |             Type              |F|           Class             |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                  Time to live (records only)                  |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Length of the data (records) |  Data ...
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! F asks for a unicast answer in a question and flushes caches in a record.
#![deny(clippy::indexing_slicing)]

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::error::DecodeError;
use super::wire_name::WireName;

/// What is asked about a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The name.
    pub name: WireName,
    /// The type of record that is asked for.
    pub kind: RecordType,
    /// The class without its top bit; 1 is the internet, 255 any.
    pub class: u16,
    /// Whether the answer may come by unicast (RFC 6762, section 5.4).
    pub wants_unicast: bool,
}

/// What is said about a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The name.
    pub name: WireName,
    /// What the data mean.
    pub kind: RecordType,
    /// The class without its top bit; 1 is the internet.
    pub class: u16,
    /// Whether all that was said before is void (RFC 6762, section 10.2).
    pub flushes_cache: bool,
    /// For how many seconds it holds; 0 takes it back.
    pub ttl: u32,
    /// The data.
    pub data: &'a [u8],
}

/// The type of a record, or that which a question asks for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordType(pub u16);

impl Question {
    pub(super) fn decode<'a>(message: &'a [u8], rest: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let name = WireName::decode(message, rest)?;
        let kind = RecordType(take_u16(rest)?);
        let class = take_u16(rest)?;
        Ok(Self { name, kind, class: class & !TOP_BIT, wants_unicast: class & TOP_BIT != 0 })
    }

    /// Whether it is about the internet.
    pub fn is_internet(&self) -> bool {
        [INTERNET, ANY_CLASS].contains(&self.class)
    }
}

impl<'a> Record<'a> {
    pub(super) fn decode(message: &'a [u8], rest: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let name = WireName::decode(message, rest)?;
        let kind = RecordType(take_u16(rest)?);
        let class = take_u16(rest)?;
        let ttl = u32::from_be_bytes(take(rest)?);
        let length = usize::from(take_u16(rest)?);
        let (data, tail) = rest.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        *rest = tail;
        let flushes_cache = class & TOP_BIT != 0;
        Ok(Self { name, kind, class: class & !TOP_BIT, flushes_cache, ttl, data })
    }

    /// The address that it gives to the name, if it does so.
    pub fn address(&self) -> Option<IpAddr> {
        match self.kind {
            _ if self.class != INTERNET => None,
            RecordType::A => {
                <[u8; 4]>::try_from(self.data).ok().map(|ip| Ipv4Addr::from(ip).into())
            }
            RecordType::AAAA => {
                <[u8; 16]>::try_from(self.data).ok().map(|ip| Ipv6Addr::from(ip).into())
            }
            _ => None,
        }
    }
}

impl RecordType {
    /// An IPv4 address (RFC 1035, section 3.4.1).
    pub const A: Self = Self(1);
    /// An IPv6 address (RFC 3596, section 2.1).
    pub const AAAA: Self = Self(28);
    /// Which types of record there are for a name (RFC 6762, section 6.1).
    pub const NSEC: Self = Self(47);
    /// Any, in questions only.
    pub const ANY: Self = Self(255);

    /// The type that gives such an address.
    pub const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::A,
            IpAddr::V6(_) => Self::AAAA,
        }
    }
}

impl fmt::Debug for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::A => f.write_str("A"),
            Self::AAAA => f.write_str("AAAA"),
            Self::NSEC => f.write_str("NSEC"),
            Self::ANY => f.write_str("ANY"),
            Self(other) => write!(f, "TYPE{other}"),
        }
    }
}

fn take_u16(rest: &mut &[u8]) -> Result<u16, DecodeError> {
    take(rest).map(u16::from_be_bytes)
}

pub(super) fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], DecodeError> {
    let (&taken, tail) = rest.split_first_chunk().ok_or(DecodeError::Truncated)?;
    *rest = tail;
    Ok(taken)
}

/// The class of the internet (RFC 1035, section 3.2.4).
pub(super) const INTERNET: u16 = 1;
const ANY_CLASS: u16 = 255;
/// What F is (RFC 6762, sections 18.12 and 18.13).
pub(super) const TOP_BIT: u16 = 0x8000;
