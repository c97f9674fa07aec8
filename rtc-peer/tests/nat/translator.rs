//! NAT boxes as RFC 4787 (UDP) and RFC 5382 (TCP) describe them.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rtc_core::Instant;

use crate::packet::{Body, Packet};

/// Which outside address a host's packets get (RFC 4787, section 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mapping {
    /// The same to whomever they go (EIM).
    EndpointIndependent,
    /// A new one for each remote address and port (APDM).
    AddressAndPortDependent,
}

/// Whose packets are let in on it (RFC 4787, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Filtering {
    /// Anybody's (EIF).
    EndpointIndependent,
    /// Those from addresses that something was sent to (ADF).
    AddressDependent,
    /// Those from addresses and ports that something was sent to (APDF).
    AddressAndPortDependent,
}

/// What a NAT lets out at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Firewall {
    Open,
    /// TCP to anywhere, no UDP.
    TcpOnly,
    /// TCP to port 443, nothing else.
    WebOnly,
}

/// How a NAT behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Behaviour {
    pub(crate) mapping: Mapping,
    pub(crate) filtering: Filtering,
    pub(crate) firewall: Firewall,
    /// Whether what is sent from inside to one of its own outside addresses comes back in (RFC 4787,
    /// section 6).
    pub(crate) hairpin: bool,
    /// How long a UDP mapping lives after the last packet from inside.
    pub(crate) timeout: Duration,
}

/// A NAT box with one outside address.
#[derive(Debug)]
pub(crate) struct Translator {
    pub(crate) outside: IpAddr,
    pub(crate) behaviour: Behaviour,
    udp: Table,
    tcp: Table,
    next_port: u16,
}

/// The mappings of one protocol.
#[derive(Debug, Default)]
struct Table {
    /// By inside address, and remote address where the mapping depends on it, to the outside port.
    ports: BTreeMap<(SocketAddr, Option<SocketAddr>), u16>,
    mappings: BTreeMap<u16, Entry>,
}

#[derive(Debug)]
struct Entry {
    inside: SocketAddr,
    key: (SocketAddr, Option<SocketAddr>),
    /// What was sent to through this mapping, and until when that counts.
    permitted: BTreeMap<SocketAddr, Instant>,
    expires_at: Instant,
}

/// Where a translated packet goes on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Inside,
    Outside,
}

impl Translator {
    /// Ports are given out upwards from `first_port`.
    pub(crate) fn new(outside: IpAddr, behaviour: Behaviour, first_port: u16) -> Self {
        let (udp, tcp) = (Table::default(), Table::default());
        Self { outside, behaviour, udp, tcp, next_port: first_port }
    }

    /// A packet from inside. `None`: it is dropped.
    pub(crate) fn outbound(&mut self, now: Instant, mut packet: Packet) -> Option<(Side, Packet)> {
        if !self.lets_out(&packet) {
            return None;
        }
        let behaviour = self.behaviour;
        let opens = matches!(packet.body, Body::Udp(_) | Body::Syn);
        // TCP connections are told apart by both ends, whatever is done with UDP.
        let key = (!packet.is_udp() || behaviour.mapping == Mapping::AddressAndPortDependent)
            .then_some(packet.target);
        let key = (packet.source, key);
        let lifetime = if packet.is_udp() { behaviour.timeout } else { TCP_TIMEOUT };
        let next_port = &mut self.next_port;
        let table = if packet.is_udp() { &mut self.udp } else { &mut self.tcp };
        table.expire(now);
        let port = match table.ports.get(&key) {
            Some(port) => *port,
            None if opens => {
                let port = *next_port;
                *next_port = next_port.checked_add(1).unwrap_or(1024);
                table.ports.insert(key, port);
                let (inside, permitted) = (packet.source, BTreeMap::new());
                table.mappings.insert(port, Entry { inside, key, permitted, expires_at: now });
                port
            }
            None => return None,
        };
        let entry = table.mappings.get_mut(&port)?;
        entry.expires_at = now + lifetime;
        entry.permitted.insert(packet.target, now + lifetime);
        packet.source = SocketAddr::new(self.outside, port);
        if packet.target.ip() != self.outside {
            return Some((Side::Outside, packet));
        }
        if !behaviour.hairpin {
            return None;
        }
        self.inbound(now, packet)
    }

    /// A packet from outside. `None`: it is dropped.
    pub(crate) fn inbound(&mut self, now: Instant, mut packet: Packet) -> Option<(Side, Packet)> {
        if packet.is_udp() && self.behaviour.firewall != Firewall::Open {
            return None;
        }
        let table = if packet.is_udp() { &mut self.udp } else { &mut self.tcp };
        table.expire(now);
        let entry = table.mappings.get(&packet.target.port())?;
        let mut permitted = entry.permitted.iter().filter(|(_, until)| **until > now);
        let filtering = match packet.is_udp() {
            true => self.behaviour.filtering,
            false => Filtering::AddressAndPortDependent,
        };
        let is_let_in = match filtering {
            Filtering::EndpointIndependent => true,
            Filtering::AddressDependent => {
                permitted.any(|(address, _)| address.ip() == packet.source.ip())
            }
            Filtering::AddressAndPortDependent => {
                permitted.any(|(address, _)| *address == packet.source)
            }
        };
        // Nobody connects from outside.
        if !is_let_in || packet.body == Body::Syn {
            return None;
        }
        packet.target = entry.inside;
        Some((Side::Inside, packet))
    }

    /// Forgets everything, as a box that was switched off and on.
    pub(crate) fn reboot(&mut self) {
        (self.udp, self.tcp) = (Table::default(), Table::default());
    }

    fn lets_out(&self, packet: &Packet) -> bool {
        match self.behaviour.firewall {
            Firewall::Open => true,
            Firewall::TcpOnly => !packet.is_udp(),
            Firewall::WebOnly => !packet.is_udp() && packet.target.port() == 443,
        }
    }
}

impl Table {
    fn expire(&mut self, now: Instant) {
        let ports = &mut self.ports;
        self.mappings.retain(|_, entry| {
            let is_alive = entry.expires_at > now;
            if !is_alive {
                ports.remove(&entry.key);
            }
            is_alive
        });
    }
}

/// Two hours and four minutes (RFC 5382, section 5).
const TCP_TIMEOUT: Duration = Duration::from_secs(7440);

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_secs(1_000_000);

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn nat(mapping: Mapping, filtering: Filtering) -> Translator {
        let firewall = Firewall::Open;
        let timeout = Duration::from_secs(30);
        let behaviour = Behaviour { mapping, filtering, firewall, hairpin: true, timeout };
        Translator::new("198.51.100.1".parse().unwrap(), behaviour, 20_000)
    }

    fn udp(source: &str, target: SocketAddr) -> Packet {
        Packet { source: address(source), target, body: Body::Udp(vec![1]) }
    }

    fn out(nat: &mut Translator, now: Instant, target: &str) -> SocketAddr {
        let (side, packet) = nat.outbound(now, udp("10.0.0.1:5000", address(target))).unwrap();
        assert_eq!(side, Side::Outside);
        packet.source
    }

    const SERVER: &str = "203.0.113.1:3478";
    const OTHER_PORT: &str = "203.0.113.1:3479";
    const OTHER_HOST: &str = "203.0.113.2:3478";

    /// What each kind lets in after one packet to the server: from there, from another of its ports,
    /// from somebody else.
    #[test]
    fn each_kind_filters_as_it_should() {
        for (filtering, expected) in [
            (Filtering::EndpointIndependent, [true, true, true]),
            (Filtering::AddressDependent, [true, true, false]),
            (Filtering::AddressAndPortDependent, [true, false, false]),
        ] {
            let mut nat = nat(Mapping::EndpointIndependent, filtering);
            let mapped = out(&mut nat, NOW, SERVER);
            let seen = [SERVER, OTHER_PORT, OTHER_HOST]
                .map(|source| nat.inbound(NOW, udp(source, mapped)).is_some());
            assert_eq!(seen, expected, "{filtering:?}");
        }
    }

    #[test]
    fn each_kind_maps_as_it_should() {
        let mut cone = nat(Mapping::EndpointIndependent, Filtering::AddressAndPortDependent);
        assert_eq!(out(&mut cone, NOW, SERVER), out(&mut cone, NOW, OTHER_PORT));
        let mut symmetric = nat(Mapping::AddressAndPortDependent, Filtering::EndpointIndependent);
        let mapped = out(&mut symmetric, NOW, SERVER);
        assert_ne!(mapped, out(&mut symmetric, NOW, OTHER_PORT));
        assert_ne!(mapped, out(&mut symmetric, NOW, OTHER_HOST));
        assert_eq!(mapped, out(&mut symmetric, NOW, SERVER));
    }

    #[test]
    fn only_packets_from_inside_keep_a_mapping_alive() {
        let mut nat = nat(Mapping::EndpointIndependent, Filtering::EndpointIndependent);
        let mapped = out(&mut nat, NOW, SERVER);
        let later = NOW + Duration::from_secs(20);
        assert!(nat.inbound(later, udp(SERVER, mapped)).is_some());
        assert!(nat.inbound(NOW + Duration::from_secs(30), udp(SERVER, mapped)).is_none());
        assert_ne!(mapped, out(&mut nat, NOW + Duration::from_secs(31), SERVER));
    }

    #[test]
    fn a_hairpin_shows_the_outside_address() {
        let mut nat = nat(Mapping::EndpointIndependent, Filtering::EndpointIndependent);
        let mapped = out(&mut nat, NOW, SERVER);
        let (side, packet) = nat.outbound(NOW, udp("10.0.0.2:6000", mapped)).unwrap();
        assert_eq!((side, packet.target), (Side::Inside, address("10.0.0.1:5000")));
        assert_eq!(packet.source.ip(), nat.outside);
        nat.behaviour.hairpin = false;
        assert!(nat.outbound(NOW, udp("10.0.0.2:6000", mapped)).is_none());
    }

    #[test]
    fn tcp_goes_out_where_it_may_and_never_comes_in_uninvited() {
        let mut nat = nat(Mapping::EndpointIndependent, Filtering::EndpointIndependent);
        nat.behaviour.firewall = Firewall::WebOnly;
        let syn =
            |target: &str| Packet { body: Body::Syn, ..udp("10.0.0.1:5000", address(target)) };
        assert!(nat.outbound(NOW, udp("10.0.0.1:5000", address(SERVER))).is_none());
        assert!(nat.outbound(NOW, syn(SERVER)).is_none());
        let (_, sent) = nat.outbound(NOW, syn("203.0.113.1:443")).unwrap();
        assert!(nat.inbound(NOW, sent.reply(Body::SynAck)).is_some());
        assert!(nat.inbound(NOW, sent.reply(Body::Syn)).is_none());
        assert!(
            nat.inbound(NOW, Packet { source: address(SERVER), ..sent.reply(Body::SynAck) })
                .is_none()
        );
    }
}
