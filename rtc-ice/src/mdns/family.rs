//! The two groups of the link.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// One of the two link-local multicast groups, and the sockets that are its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    pub(super) const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// That of a socket which has received from this address.
    pub(super) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    /// Where everybody on the link listens.
    pub(super) fn group(self) -> SocketAddr {
        match self {
            Self::V4 => SocketAddr::new(IpAddr::V4(GROUP_V4), PORT),
            Self::V6 => SocketAddr::new(IpAddr::V6(GROUP_V6), PORT),
        }
    }
}

/// The group of IPv4 (RFC 6762, section 3).
pub const GROUP_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
/// The group of IPv6 (RFC 6762, section 3).
pub const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);
/// The port of both.
pub const PORT: u16 = 5353;
