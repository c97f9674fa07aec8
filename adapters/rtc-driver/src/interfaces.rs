//! The machine's addresses: which ones a connection offers when it is not told.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::io;
use std::sync::Arc;

use rtc_core::{Instant, Protocol};
use rtc_ice::Network;
use rtc_peer::{LocalAddress, NetworkType};

/// Where a connection learns which addresses the machine has.
#[derive(Clone)]
pub struct Interfaces {
    list: Arc<dyn Fn() -> io::Result<Vec<Interface>> + Send + Sync>,
    /// Whether the list is the system's own.
    is_system: bool,
}

/// An address of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interface {
    /// What the system calls the interface. What kind of network it leads to is guessed from it.
    pub name: String,
    /// The interface's number, from 1 on; 0 if the system does not number them.
    pub index: u32,
    /// One of its addresses.
    pub address: IpAddr,
    /// Whether it is up and has a carrier: a cable that leads somewhere, say. Without one nothing
    /// new is opened there; what is open is doubted at once, and given up after 3 s.
    pub has_carrier: bool,
}

impl Interfaces {
    /// The interfaces that the system has. Linux tells when they change.
    pub fn system() -> Self {
        let list = || {
            let interfaces = if_addrs::get_if_addrs()?.into_iter();
            Ok(interfaces
                .map(|i| Interface {
                    address: i.ip(),
                    index: i.index.unwrap_or(0),
                    has_carrier: i.is_oper_up(),
                    name: i.name,
                })
                .collect())
        };
        Self { list: Arc::new(list), is_system: true }
    }

    /// What `list` says, to leave some out, say. It is asked now and then, and whenever the system
    /// tells of a change.
    pub fn from_fn(list: impl Fn() -> io::Result<Vec<Interface>> + Send + Sync + 'static) -> Self {
        Self { list: Arc::new(list), is_system: false }
    }

    pub(crate) fn list(&self) -> io::Result<Vec<Interface>> {
        (self.list)()
    }

    pub(crate) const fn is_system(&self) -> bool {
        self.is_system
    }
}

impl Interface {
    /// An address of an interface that has a carrier.
    pub fn new(name: impl Into<String>, index: u32, address: IpAddr) -> Self {
        Self { name: name.into(), index, address, has_carrier: true }
    }

    /// What kind of network it leads to, as far as its name says.
    fn network_type(&self) -> Option<NetworkType> {
        let of = |prefixes: &[&str]| prefixes.iter().any(|prefix| self.name.starts_with(prefix));
        if of(&["wl", "wifi"]) {
            Some(NetworkType::Wifi)
        } else if of(&["ww", "rmnet", "ccmni", "pdp_ip"]) {
            Some(NetworkType::Cellular)
        } else if of(&["tun", "tap", "wg", "ipsec", "utun"]) {
            Some(NetworkType::Vpn)
        } else if of(&["bnep"]) {
            Some(NetworkType::Bluetooth)
        } else if of(&["eth", "en"]) && cfg!(target_os = "linux") {
            Some(NetworkType::Ethernet)
        } else {
            None
        }
    }
}

/// Where a socket is to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    /// It was asked for by name: it is never given up, and must not fail.
    pub(crate) is_named: bool,
    /// The interface that it is of, if it was found by that.
    interface: Option<Interface>,
    /// Since when its interface has had no carrier.
    pub(crate) cut_off_at: Option<Instant>,
}

impl Place {
    const fn named(address: SocketAddr) -> Self {
        Self { address, is_named: true, interface: None, cut_off_at: None }
    }

    /// What the core is told of the socket that was opened here.
    pub(crate) fn local_address(
        &self,
        bound: SocketAddr,
        protocol: Protocol,
        advertised: &[(IpAddr, IpAddr)],
    ) -> LocalAddress {
        let mut local = LocalAddress::new(bound, protocol);
        if let Some(interface) = &self.interface {
            local.network_type = interface.network_type();
            let cost = match local.network_type {
                Some(NetworkType::Cellular) => 900,
                Some(NetworkType::Wifi) => 10,
                _ => 0,
            };
            local.network = Network { id: u16::try_from(interface.index).unwrap_or(0), cost };
        }
        let public = advertised.iter().find(|(private, _)| *private == bound.ip());
        local.advertised = public.map(|&(_, public)| SocketAddr::new(public, bound.port()));
        local
    }
}

/// Whether anything in this list stands for whatever addresses the machine has.
pub(crate) fn is_open(bind: &[SocketAddr]) -> bool {
    bind.iter().any(|address| address.ip().is_unspecified())
}

/// What an empty list stands for.
pub(crate) const EVERYTHING: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
    SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
];

/// Replaces each unspecified address by all usable ones of its family.
pub(crate) fn expand(bind: &[SocketAddr], machine: &[Interface]) -> Vec<Place> {
    let usable = choose(machine);
    let mut places = Vec::new();
    for &wanted in bind {
        if !wanted.ip().is_unspecified() {
            places.push(Place::named(wanted));
            continue;
        }
        let family = usable.iter().filter(|usable| usable.address.is_ipv4() == wanted.is_ipv4());
        places.extend(family.map(|&interface| Place {
            address: SocketAddr::new(interface.address, wanted.port()),
            is_named: false,
            interface: Some(interface.clone()),
            cut_off_at: None,
        }));
    }
    places
}

/// The addresses to offer, in the system's order; those of the loopback interface only if there are
/// no others.
///
/// Link-local IPv6 addresses are left out: without a zone, which candidates cannot carry, nobody
/// can send to them.
fn choose(machine: &[Interface]) -> Vec<&Interface> {
    let usable = machine.iter().filter(|known| known.has_carrier && is_usable(&known.address));
    let chosen: Vec<_> = usable.clone().filter(|i| !i.address.is_loopback()).collect();
    if chosen.is_empty() { usable.collect() } else { chosen }
}

fn is_usable(ip: &IpAddr) -> bool {
    let link_local = matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    // RFC 8445 section 5.1.1.1.
    let mapped = matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some());
    !(link_local || mapped || ip.is_unspecified() || ip.is_multicast())
}

impl Default for Interfaces {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Interfaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interfaces").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(list: &[&str]) -> Vec<Interface> {
        list.iter().zip(1..).map(|(ip, n)| Interface::new("eth0", n, ip.parse().unwrap())).collect()
    }

    #[test]
    fn loopback_is_the_last_resort() {
        let chosen = |list| {
            let machine = machine(list);
            choose(&machine).iter().map(|i| i.address.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            chosen(&["127.0.0.1", "192.0.2.1", "::1", "fe80::1", "2001:db8::1"]),
            ["192.0.2.1", "2001:db8::1"]
        );
        assert_eq!(chosen(&["127.0.0.1", "::1", "fe80::1"]), ["127.0.0.1", "::1"]);
        assert!(chosen(&["::ffff:192.0.2.1", "0.0.0.0"]).is_empty());
    }

    #[test]
    fn named_addresses_stay_and_wildcards_become_addresses() {
        let machine = machine(&["192.0.2.1", "2001:db8::1", "192.0.2.2"]);
        let expanded = |bind: &str| -> Vec<_> {
            let places = expand(&[bind.parse().unwrap()], &machine);
            places.iter().map(|place| (place.address.to_string(), place.is_named)).collect()
        };
        assert_eq!(expanded("198.51.100.1:4000"), [("198.51.100.1:4000".into(), true)]);
        assert_eq!(
            expanded("0.0.0.0:4001"),
            [("192.0.2.1:4001".into(), false), ("192.0.2.2:4001".into(), false)]
        );
        assert_eq!(expand(&EVERYTHING, &machine).len(), 3);
    }

    #[test]
    fn a_network_is_known_by_the_name_of_its_interface() {
        let local = |name| {
            let interface = Interface::new(name, 3, "192.0.2.1".parse().unwrap());
            let places = expand(&EVERYTHING, &[interface]);
            let public = [("192.0.2.1".parse().unwrap(), "198.51.100.9".parse().unwrap())];
            places[0].local_address("192.0.2.1:5".parse().unwrap(), Protocol::Udp, &public)
        };
        assert_eq!(local("wlan0").network, Network { id: 3, cost: 10 });
        assert_eq!(local("rmnet0").network.cost, 900);
        assert_eq!(local("wg0").network_type, Some(NetworkType::Vpn));
        assert_eq!(local("lo").network_type, None);
        assert_eq!(local("lo").advertised, Some("198.51.100.9:5".parse().unwrap()));
    }

    #[test]
    fn the_system_has_interfaces() {
        assert!(!Interfaces::system().list().unwrap().is_empty());
    }
}
