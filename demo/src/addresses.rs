//! Which addresses sockets are bound to.

use core::net::{AddrParseError, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::str::FromStr;
use std::net::UdpSocket;

/// An address on the command line, with a port or without: then the system chooses one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Binding(SocketAddr);

impl FromStr for Binding {
    type Err = AddrParseError;

    fn from_str(text: &str) -> Result<Self, AddrParseError> {
        text.parse::<SocketAddr>()
            .or_else(|_| text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 0)))
            .map(Self)
    }
}

/// What was asked for, or else loopback and all other addresses of this machine.
pub(crate) fn to_bind(asked: &[Binding]) -> Vec<SocketAddr> {
    if !asked.is_empty() {
        return asked.iter().map(|binding| binding.0).collect();
    }
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    // A machine may well have no IPv6.
    let present = loopback.into_iter().filter(|&ip| UdpSocket::bind((ip, 0)).is_ok());
    // An unspecified address stands for all addresses of its family.
    let others = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
    present.chain(others).map(|ip| SocketAddr::new(ip, 0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_may_be_left_out() {
        for (text, address) in [
            ("127.0.0.1", "127.0.0.1:0"),
            ("127.0.0.1:9", "127.0.0.1:9"),
            ("::1", "[::1]:0"),
            ("[::1]:9", "[::1]:9"),
        ] {
            assert_eq!(text.parse(), Ok(Binding(address.parse().unwrap())), "{text}");
        }
        assert!("localhost".parse::<Binding>().is_err());
    }

    #[test]
    fn what_was_asked_for_replaces_everything_else() {
        assert!(to_bind(&[]).contains(&"127.0.0.1:0".parse().unwrap()));
        let asked: Binding = "192.0.2.1:7".parse().unwrap();
        assert_eq!(to_bind(&[asked]), [asked.0]);
    }
}
