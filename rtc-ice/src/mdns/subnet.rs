//! Who is on the link (RFC 6762, section 11).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses that an interface reaches without a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subnet {
    address: IpAddr,
    prefix: u8,
}

impl Subnet {
    /// The subnet of an interface with this address, whose first `prefix` bits (at most 32 or 128,
    /// what is above is taken for that) are those of all its hosts.
    pub const fn new(address: IpAddr, prefix: u8) -> Self {
        Self { address, prefix }
    }

    /// Whether an address is that of the interface itself.
    pub(super) fn is_of_host(self, address: IpAddr) -> bool {
        self.address.to_canonical() == address.to_canonical()
    }

    /// Whether an address is one of them.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                agree(own.to_bits().into(), other.to_bits().into(), 32, self.prefix)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                agree(own.to_bits(), other.to_bits(), 128, self.prefix)
            }
            _ => false,
        }
    }
}

/// Whether two addresses of `width` bits are equal in their first `prefix` ones.
fn agree(own: u128, other: u128, width: u32, prefix: u8) -> bool {
    let host_bits = width.saturating_sub(u32::from(prefix));
    (own ^ other).checked_shr(host_bits).unwrap_or(0) == 0
}

/// Whether an address never crosses a router, and so is on the link whatever the subnets are.
pub(super) fn is_link_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => ip.is_link_local() || ip.is_loopback(),
        IpAddr::V6(ip) => ip.is_unicast_link_local() || ip.is_loopback(),
    }
}

/// Whether an address is private to a site (RFC 1918, RFC 4193), and so cannot be that of a stranger
/// on the internet.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => ip.is_private(),
        IpAddr::V6(ip) => ip.is_unique_local(),
    }
}

/// Whether an address can be that of a host.
pub(super) fn is_host(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => !(ip.is_unspecified() || ip.is_multicast() || ip == Ipv4Addr::BROADCAST),
        IpAddr::V6(ip) => ip != Ipv6Addr::UNSPECIFIED && !ip.is_multicast(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subnet_ends_where_its_prefix_says() {
        let contains = |own: &str, prefix, other: &str| {
            Subnet::new(own.parse().unwrap(), prefix).contains(other.parse().unwrap())
        };
        assert!(contains("198.51.100.7", 24, "198.51.100.255"));
        assert!(!contains("198.51.100.7", 24, "198.51.101.7"));
        assert!(contains("198.51.100.7", 24, "::ffff:198.51.100.9"));
        assert!(contains("198.51.100.7", 32, "198.51.100.7"));
        assert!(!contains("198.51.100.7", 32, "198.51.100.6"));
        assert!(!contains("198.51.100.7", 255, "198.51.100.6"));
        assert!(contains("198.51.100.7", 0, "8.8.8.8"));
        assert!(contains("2001:db8::1", 64, "2001:db8::ffff:1"));
        assert!(!contains("2001:db8::1", 64, "2001:db8:0:1::1"));
        assert!(contains("2001:db8::1", 0, "::1"));
        assert!(!contains("2001:db8::1", 0, "192.0.2.1"));
        assert!(!contains("0.0.0.0", 0, "2001:db8::1"));
    }

    #[test]
    fn a_host_has_a_unicast_address() {
        for text in
            ["0.0.0.0", "::", "224.0.0.251", "255.255.255.255", "ff02::fb", "::ffff:0.0.0.0"]
        {
            assert!(!is_host(text.parse().unwrap()), "{text}");
        }
        for text in ["192.0.2.1", "fe80::1", "127.0.0.1", "2001:db8::1"] {
            assert!(is_host(text.parse().unwrap()), "{text}");
        }
    }
}
