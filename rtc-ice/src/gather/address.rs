//! What makes two addresses one, and which addresses nobody can have.

use core::net::{IpAddr, SocketAddr};

/// The address as a key: IP address and port alone, without the flow label and the zone of IPv6.
pub(super) fn key(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port())
}

/// Whether something can be sent to this address: it is neither unspecified nor multicast nor
/// broadcast, and has a port.
pub(super) fn is_possible(address: SocketAddr) -> bool {
    let is_possible = match address.ip().to_canonical() {
        IpAddr::V4(ip) => {
            ip.octets().first() != Some(&0) && !ip.is_multicast() && !ip.is_broadcast()
        }
        IpAddr::V6(ip) => !ip.is_unspecified() && !ip.is_multicast(),
    };
    is_possible && address.port() != 0
}
