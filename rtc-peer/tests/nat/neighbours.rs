//! Peers that have a box in common, and peers that reach each other over TCP.

use std::net::SocketAddr;
use std::time::Duration;

use rtc_core::Protocol;

use crate::call::{Call, OUTSIDE, PORT, first_address};
use crate::internet::Internet;
use crate::kind::{BOX_LATENCY, Kind};
use crate::theory::{Route, Servers, Type};
use crate::translator::{Behaviour, Filtering, Mapping};

fn cone(hairpin: bool) -> Behaviour {
    Behaviour { hairpin, filtering: Filtering::EndpointIndependent, ..Behaviour::default() }
}

/// Two homes, each behind a box of its own, both of which are behind one box of their provider.
fn under_one_provider(provider: Behaviour, home: Behaviour, servers: Servers) -> Call {
    let mut internet = Internet::new(crate::call::START);
    let (_, shared) = internet.add_nat(Internet::PUBLIC, OUTSIDE[0], provider, BOX_LATENCY);
    let (_, one) = internet.add_nat(shared, "100.64.0.1", home, BOX_LATENCY);
    let (_, other) = internet.add_nat(shared, "100.64.0.2", home, BOX_LATENCY);
    let places = [(one, "192.168.1.10"), (other, "192.168.1.11")];
    Call::at(internet, places, [servers.configuration(), servers.configuration()])
}

fn both(kind: Type) -> Option<Route> {
    Some(Route { offerer: (kind, kind), answerer: (kind, kind) })
}

fn outcome(mut call: Call) -> Option<Route> {
    call.connect();
    call.drive_for(Duration::from_secs(3));
    call.is_connected().then(|| call.route().unwrap())
}

#[test]
fn peers_behind_one_box_need_no_server() {
    for servers in [Servers::None, Servers::Stun, Servers::TurnUdp] {
        for hairpin in [false, true] {
            let mut internet = Internet::new(crate::call::START);
            let (_, home) =
                internet.add_nat(Internet::PUBLIC, OUTSIDE[0], cone(hairpin), BOX_LATENCY);
            let places = [(home, "192.168.1.10"), (home, "192.168.1.11")];
            let call =
                Call::at(internet, places, [servers.configuration(), servers.configuration()]);
            assert_eq!(outcome(call), both(Type::Host), "{servers:?}");
        }
    }
}

#[test]
fn peers_under_one_provider_connect_if_its_box_hairpins() {
    let direct = outcome(under_one_provider(cone(true), cone(false), Servers::Stun));
    assert_eq!(direct, both(Type::Srflx));
    assert_eq!(outcome(under_one_provider(cone(false), cone(false), Servers::Stun)), None);
}

#[test]
fn where_no_box_hairpins_the_relay_helps() {
    let route = outcome(under_one_provider(cone(false), cone(false), Servers::TurnUdp)).unwrap();
    // Whoever's relay it is, the other end is what the server sees.
    assert_eq!(route.offerer, (Type::Srflx, Type::Relay));
}

#[test]
fn a_symmetric_provider_hairpins_to_cones_only() {
    let symmetric = Behaviour {
        hairpin: true,
        mapping: Mapping::AddressAndPortDependent,
        filtering: Filtering::AddressAndPortDependent,
        ..Behaviour::default()
    };
    assert_eq!(outcome(under_one_provider(symmetric, cone(false), Servers::Stun)), None);
    assert!(outcome(under_one_provider(symmetric, cone(false), Servers::TurnUdp)).is_some());
}

/// Who has no UDP can still call whoever listens on TCP.
#[test]
fn a_tcp_listener_is_reached_by_who_has_no_udp() {
    for (offerer, answerer) in [(Kind::TcpOnly, Kind::Public), (Kind::Public, Kind::TcpOnly)] {
        let mut call = Call::between(offerer, answerer, Servers::None);
        let now = call.now();
        let peer = if offerer == Kind::Public { &mut call.offerer } else { &mut call.answerer };
        let address = SocketAddr::new(first_address(peer), PORT);
        peer.open(now, Protocol::Tcp, address);
        let ids = call.open();
        assert!(call.talk(ids, Duration::from_secs(5)));
        let path = call.offerer.connection.selected_path().unwrap();
        assert_eq!(path.protocol, Protocol::Tcp);
    }
}

/// UDP is preferred where it works, and the TCP connection is not needed.
#[test]
fn a_tcp_listener_does_not_win_over_udp() {
    let mut call = Call::between(Kind::PortRestricted, Kind::Public, Servers::Stun);
    let (now, address) = (call.now(), SocketAddr::new(first_address(&call.answerer), PORT));
    call.answerer.open(now, Protocol::Tcp, address);
    let ids = call.open();
    call.drive_for(Duration::from_secs(3));
    assert!(call.talk(ids, Duration::from_secs(5)));
    assert_eq!(call.offerer.connection.selected_path().unwrap().protocol, Protocol::Udp);
}
