//! The machine's addresses: which ones a connection offers when it is not told.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::io;

/// The addresses of the machine's interfaces that are up, in the system's order; those of the
/// loopback interface only if there are no others.
///
/// Link-local IPv6 addresses are left out: without a zone, which candidates cannot carry, nobody
/// can send to them.
pub(crate) fn addresses() -> io::Result<Vec<IpAddr>> {
    let interfaces = if_addrs::get_if_addrs()?;
    Ok(choose(interfaces.iter().filter(|interface| interface.is_oper_up()).map(|i| i.ip())))
}

/// Replaces each unspecified address by all of the machine's of its family, and an empty list by
/// all there are. What was asked for by name is marked with `true`.
pub(crate) fn expand(bind: &[SocketAddr]) -> io::Result<Vec<(SocketAddr, bool)>> {
    const EVERYTHING: [SocketAddr; 2] = [
        SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
        SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
    ];
    let wanted = if bind.is_empty() { &EVERYTHING[..] } else { bind };
    let mut expanded = Vec::new();
    let mut machine = None;
    for &wanted in wanted {
        if !wanted.ip().is_unspecified() {
            expanded.push((wanted, true));
            continue;
        }
        let machine = match &mut machine {
            Some(machine) => machine,
            none => none.insert(addresses()?),
        };
        let family = machine.iter().filter(|ip| ip.is_ipv4() == wanted.is_ipv4());
        expanded.extend(family.map(|&ip| (SocketAddr::new(ip, wanted.port()), false)));
    }
    Ok(expanded)
}

fn choose(addresses: impl Iterator<Item = IpAddr> + Clone) -> Vec<IpAddr> {
    let usable = addresses.filter(is_usable);
    let chosen: Vec<_> = usable.clone().filter(|ip| !ip.is_loopback()).collect();
    if chosen.is_empty() { usable.collect() } else { chosen }
}

fn is_usable(ip: &IpAddr) -> bool {
    let link_local = matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    // RFC 8445 section 5.1.1.1.
    let mapped = matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some());
    !(link_local || mapped || ip.is_unspecified() || ip.is_multicast())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(list: &[&str]) -> Vec<IpAddr> {
        list.iter().map(|ip| ip.parse().unwrap()).collect()
    }

    #[test]
    fn loopback_is_the_last_resort() {
        let chosen = |list| choose(ips(list).into_iter());
        assert_eq!(
            chosen(&["127.0.0.1", "192.0.2.1", "::1", "fe80::1", "2001:db8::1"]),
            ips(&["192.0.2.1", "2001:db8::1"])
        );
        assert_eq!(chosen(&["127.0.0.1", "::1", "fe80::1"]), ips(&["127.0.0.1", "::1"]));
        assert_eq!(chosen(&["::ffff:192.0.2.1", "0.0.0.0"]), ips(&[]));
    }

    #[test]
    fn named_addresses_stay_and_wildcards_become_addresses() {
        let named: SocketAddr = "192.0.2.1:4000".parse().unwrap();
        assert_eq!(expand(&[named]).unwrap(), [(named, true)]);
        let expanded = expand(&["0.0.0.0:4001".parse().unwrap()]).unwrap();
        assert!(expanded.iter().all(|(address, named)| {
            address.is_ipv4() && address.port() == 4001 && !address.ip().is_unspecified() && !named
        }));
        assert!(!expand(&[]).unwrap().is_empty());
    }
}
