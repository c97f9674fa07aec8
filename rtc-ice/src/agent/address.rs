//! What makes two addresses one, and which addresses no check may go to.

use core::net::{IpAddr, SocketAddr};

use rtc_core::{FiveTuple, Protocol};

/// One end of a path as a key: the transport and the address, in a form that is compared fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Endpoint {
    ip: u128,
    port: u16,
    protocol: Protocol,
    is_ipv4: bool,
}

impl Endpoint {
    pub(super) fn new(protocol: Protocol, address: SocketAddr) -> Self {
        let (ip, is_ipv4) = match address.ip() {
            IpAddr::V4(ip) => (u128::from(ip.to_bits()), true),
            IpAddr::V6(ip) => (ip.to_bits(), false),
        };
        Self { ip, port: address.port(), protocol, is_ipv4 }
    }

    pub(super) fn local_of(path: &FiveTuple) -> Self {
        Self::new(path.protocol, path.local)
    }

    pub(super) fn remote_of(path: &FiveTuple) -> Self {
        Self::new(path.protocol, path.remote)
    }
}

/// The path as a key.
pub(crate) fn path_key(path: &FiveTuple) -> FiveTuple {
    FiveTuple { protocol: path.protocol, local: key(path.local), remote: key(path.remote) }
}

/// The address as a key: IP address and port alone, without the flow label and the zone of IPv6.
///
/// A candidate is signalled without a zone while a datagram is received with one.
pub(crate) fn key(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port())
}

/// Whether a candidate can have this address and a check can go to it: neither unspecified nor
/// multicast nor broadcast, and with a port.
pub(crate) fn is_possible(address: SocketAddr) -> bool {
    let ip = match address.ip() {
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4),
        ip @ IpAddr::V4(_) => ip,
    };
    let possible = match ip {
        IpAddr::V4(ip) => {
            // 0.0.0.0/8 means "this network": some systems send it to the loopback.
            ip.octets().first() != Some(&0) && !ip.is_multicast() && !ip.is_broadcast()
        }
        IpAddr::V6(ip) => !ip.is_unspecified() && !ip.is_multicast(),
    };
    possible && address.port() != 0
}

/// Whether a connection may be opened to this address, which anybody could have named: not to the
/// ports of well-known services, where a check would be read as a command, but for those of the
/// web on public addresses, which firewalls let through.
pub(super) fn may_connect_to(address: SocketAddr) -> bool {
    let is_web = matches!(address.port(), 80 | 443);
    let is_public = match address.ip() {
        IpAddr::V4(ip) => !(ip.is_private() || ip.is_loopback() || ip.is_link_local()),
        IpAddr::V6(ip) => {
            !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local())
                && ip.to_ipv4_mapped().is_none()
        }
    };
    address.port() >= 1024 || (is_web && is_public)
}

/// Whether a check can go from one to the other: the same family, and IPv6 link-local addresses
/// only among themselves (RFC 8445, section 6.1.2.2).
pub(super) fn are_pairable(local: SocketAddr, remote: SocketAddr) -> bool {
    match (local.ip(), remote.ip()) {
        (IpAddr::V4(_), IpAddr::V4(_)) => true,
        (IpAddr::V6(local), IpAddr::V6(remote)) => {
            local.is_unicast_link_local() == remote.is_unicast_link_local()
        }
        _ => false,
    }
}

/// The remote address with the zone of the local one where it needs one and has none.
pub(super) fn in_zone_of(local: SocketAddr, remote: SocketAddr) -> SocketAddr {
    match (local, remote) {
        (SocketAddr::V6(local), SocketAddr::V6(mut remote))
            if remote.ip().is_unicast_link_local() && remote.scope_id() == 0 =>
        {
            remote.set_scope_id(local.scope_id());
            SocketAddr::V6(remote)
        }
        _ => remote,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_would_reflect_or_amplify_are_impossible() {
        for address in [
            "0.0.0.0:5",
            "0.1.2.3:5",
            "224.0.0.1:5",
            "239.255.255.250:1900",
            "255.255.255.255:5",
            "192.0.2.1:0",
            "[::]:5",
            "[ff02::1]:5",
            "[2001:db8::1]:0",
            "[::ffff:0.0.0.0]:5",
            "[::ffff:224.0.0.1]:5",
        ] {
            assert!(!is_possible(address.parse().unwrap()), "{address}");
        }
        for address in ["192.0.2.1:1", "127.0.0.1:9", "[::1]:9", "[fe80::1]:5"] {
            assert!(is_possible(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn no_connection_goes_to_the_port_of_a_service() {
        for address in ["192.0.2.1:25", "10.0.0.1:80", "[fd00::1]:443", "127.0.0.1:443"] {
            assert!(!may_connect_to(address.parse().unwrap()), "{address}");
        }
        for address in ["192.0.2.1:80", "[2001:db8::1]:443", "10.0.0.1:1024", "127.0.0.1:9999"] {
            assert!(may_connect_to(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_link_local_candidate_gets_the_zone_of_the_socket() {
        let local = "[fe80::1%3]:5".parse().unwrap();
        let remote = in_zone_of(local, "[fe80::2]:6".parse().unwrap());
        assert_eq!(remote, "[fe80::2%3]:6".parse().unwrap());
        assert!(!are_pairable(local, "[2001:db8::1]:6".parse().unwrap()));
        assert!(are_pairable(local, remote));
    }
}
