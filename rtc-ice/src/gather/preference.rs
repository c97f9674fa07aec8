//! The local preference of a candidate: 16 bits of its priority (RFC 8445, section 5.1.2.2).
//!
//! ```text
//!  0                   1
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |Way|Dear |0|    Place    |Server |   16 bits, each field inverted: less is better
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! Way: how a relay is reached, UDP before TCP before TLS. Dear: what the network costs, in four
//! classes. Place: where the address stands among its host's, IPv6 and IPv4 taking turns with IPv6
//! first (RFC 8421, section 4). Server: which of the servers gave it, and which of its addresses.

use crate::uri::ServerTransport;

/// Where a local address stands among those of its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rank {
    /// The class of what the network costs, 0 to 3.
    class: u16,
    is_ipv4: bool,
    /// How many of its family and protocol come before it.
    pub(super) place: u16,
}

impl Rank {
    pub(super) const fn new(cost: u16, is_ipv4: bool, place: u16) -> Self {
        let class = match cost {
            0..=9 => 0,
            10..=49 => 1,
            50..=899 => 2,
            _ => 3,
        };
        Self { class, is_ipv4, place }
    }

    /// The preference of a host candidate.
    pub(super) fn host(self) -> u16 {
        u16::MAX - self.penalty()
    }

    /// The preference of a TCP candidate among its like: of it 13 bits count, those below 65536
    /// (RFC 6544, section 4.2), so what is 0 anyway is left out.
    pub(super) fn tcp(self) -> u16 {
        u16::MAX - (self.penalty() >> 1)
    }

    /// The preference of a server-reflexive candidate that the `server`th server told.
    pub(super) fn server_reflexive(self, server: usize) -> u16 {
        u16::MAX - (self.penalty() | (server.min(15) as u16))
    }

    /// The preference of a relayed candidate from the `server`th server, reached by `transport`.
    /// Of the two addresses of an allocation the one of the base's family is `first`.
    pub(super) fn relayed(self, server: usize, transport: ServerTransport, first: bool) -> u16 {
        let way = match transport {
            ServerTransport::Udp | ServerTransport::Dtls => 0,
            ServerTransport::Tcp => 1,
            ServerTransport::Tls => 2,
        };
        let server = (server.min(7) as u16) << 1 | u16::from(!first);
        u16::MAX - (way << 14 | self.penalty() | server)
    }

    /// The bits of the class and the place.
    fn penalty(self) -> u16 {
        // Past 64 addresses of a family there is no order any more.
        let place = self.place.min(63) << 1 | u16::from(self.is_ipv4);
        self.class << 12 | place << 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_comes_before_place_and_families_take_turns() {
        let rank = |cost, is_ipv4, place| Rank::new(cost, is_ipv4, place).host();
        assert_eq!(rank(0, false, 0), 65535);
        assert!(rank(0, false, 0) > rank(0, true, 0));
        assert!(rank(0, true, 0) > rank(0, false, 1));
        assert!(rank(0, false, 1) > rank(0, true, 1));
        assert!(rank(0, true, 63) > rank(10, false, 0));
        assert!(rank(10, true, 63) > rank(50, false, 0));
        assert!(rank(50, true, 63) > rank(900, false, 0));
        let tcp = |cost, is_ipv4, place| Rank::new(cost, is_ipv4, place).tcp();
        assert_eq!(tcp(0, false, 0), 65535);
        assert!(tcp(999, true, 63) >= 57344);
        assert!(tcp(0, true, 63) > tcp(10, false, 0));
        assert!(tcp(900, true, 62) > tcp(900, true, 63));
    }

    #[test]
    fn relays_are_preferred_by_their_way_and_then_by_their_base_and_server() {
        use ServerTransport::{Tcp, Tls, Udp};

        let best = Rank::new(0, false, 0);
        let worst = Rank::new(999, true, 63);
        assert_eq!(best.relayed(0, Udp, true), 65535);
        assert!(worst.relayed(7, Udp, false) > best.relayed(0, Tcp, true));
        assert!(worst.relayed(7, Tcp, false) > best.relayed(0, Tls, true));
        assert!(best.relayed(0, Udp, true) > best.relayed(0, Udp, false));
        assert!(best.relayed(0, Udp, false) > best.relayed(1, Udp, true));
        assert!(best.relayed(7, Udp, false) > Rank::new(0, true, 0).relayed(0, Udp, true));
        assert!(best.server_reflexive(0) > best.server_reflexive(1));
        assert!(best.server_reflexive(15) > Rank::new(0, true, 0).server_reflexive(0));
    }
}
