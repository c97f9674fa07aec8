//! Addresses of `o=`, `c=` and `a=rtcp`, and bandwidths (RFC 8866 sections 5.2, 5.7, 5.8).

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use core::net::{IpAddr, Ipv4Addr};

use crate::lexer::{is_non_ws, is_token, number, push_number, push_text, split, split_once};

/// Network type, address type and address, as three fields (RFC 8866 section 5.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkAddress {
    /// The network, `IN`.
    pub network_type: NetworkType,
    /// The family of the address.
    pub address_type: AddressType,
    /// The address as written: an IP address, a host name, or a multicast group with
    /// `/ttl/count`.
    pub address: Box<str>,
}

impl NetworkAddress {
    /// `IN IP4 0.0.0.0`, which JSEP writes where no candidate is known (RFC 9429 section 5.2.1).
    pub fn unspecified() -> Self {
        Self::from(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }

    /// The address, if it is an IP address and not a name.
    pub fn ip(&self) -> Option<IpAddr> {
        self.address.parse().ok()
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut fields = split(text.trim_end_matches(' '), b' ');
        let (network, kind, address) = (fields.next()?, fields.next()?, fields.next()?);
        if fields.next().is_some() || !is_token(network) || !is_token(kind) || !is_non_ws(address) {
            return None;
        }
        Some(Self {
            network_type: if network == "IN" {
                NetworkType::In
            } else {
                NetworkType::Other(network.into())
            },
            address_type: match kind {
                "IP4" => AddressType::Ip4,
                "IP6" => AddressType::Ip6,
                other => AddressType::Other(other.into()),
            },
            address: address.into(),
        })
    }

    pub(crate) fn write(&self, out: &mut String) {
        match &self.network_type {
            NetworkType::In => out.push_str("IN"),
            NetworkType::Other(name) => push_text(out, name),
        }
        match &self.address_type {
            AddressType::Ip4 => out.push_str(" IP4 "),
            AddressType::Ip6 => out.push_str(" IP6 "),
            AddressType::Other(name) => {
                out.push(' ');
                push_text(out, name);
                out.push(' ');
            }
        }
        push_text(out, &self.address);
    }
}

impl From<IpAddr> for NetworkAddress {
    fn from(address: IpAddr) -> Self {
        Self {
            network_type: NetworkType::In,
            address_type: match address {
                IpAddr::V4(_) => AddressType::Ip4,
                IpAddr::V6(_) => AddressType::Ip6,
            },
            address: address.to_string().into(),
        }
    }
}

/// The network of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkType {
    /// `IN`, the Internet.
    In,
    /// Another.
    Other(Box<str>),
}

/// The family of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressType {
    /// `IP4`.
    Ip4,
    /// `IP6`.
    Ip6,
    /// Another.
    Other(Box<str>),
}

/// One `b=` line (RFC 8866 section 5.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bandwidth {
    /// What is measured: `AS` and `CT` in kilobits per second, `TIAS` (RFC 3890), `RS` and `RR`
    /// (RFC 3556) in bits per second.
    pub kind: Box<str>,
    /// The value, in the unit of its kind.
    pub value: u64,
}

impl Bandwidth {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (kind, value) = split_once(text, b':')?;
        let value = number(value)?;
        is_token(kind).then(|| Self { kind: kind.into(), value })
    }

    pub(crate) fn write(&self, out: &mut String) {
        push_text(out, &self.kind);
        out.push(':');
        push_number(out, self.value);
    }
}
