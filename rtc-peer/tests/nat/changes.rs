//! What happens to a connection when the network under it changes.

use std::net::SocketAddr;
use std::time::Duration;

use rtc_core::Protocol;
use rtc_peer::{ConnectionState, Event};

use crate::call::{Call, PORT, Who, configuration, first_address};
use crate::internet::{HostId, Internet};
use crate::kind::{BOX_LATENCY, Kind};
use crate::theory::{Servers, Type};
use crate::translator::Behaviour;

const SOON: Duration = Duration::from_secs(5);

fn count(call: &Call, who: Who, is_it: impl Fn(&Event) -> bool) -> usize {
    let peer = if who == Who::Offerer { &call.offerer } else { &call.answerer };
    peer.history.iter().filter(|event| is_it(event)).count()
}

/// Consent is asked for every 4 to 6 s (RFC 7675), which is also what keeps a NAT's mapping alive.
#[test]
fn consent_keeps_mappings_open_for_an_idle_hour() {
    let mut call = Call::between(Kind::PortRestricted, Kind::PortRestricted, Servers::Stun);
    for nat in call.nats.concat() {
        // Shorter than RFC 4787 allows, as met in the wild.
        call.internet.nat(nat).behaviour.timeout = Duration::from_secs(10);
    }
    let ids = call.open();
    call.drive_for(Duration::from_secs(3600));
    assert!(call.talk(ids, SOON));
    let lost = |event: &Event| {
        matches!(event, Event::ConnectionStateChange(ConnectionState::Disconnected))
    };
    assert_eq!(count(&call, Who::Offerer, lost), 0);
    assert_eq!(count(&call, Who::Answerer, lost), 0);
}

/// The same over a relay, whose allocation, permissions and channels have lifetimes of their own.
#[test]
fn a_relayed_connection_outlives_every_lifetime_of_the_relay() {
    for servers in [Servers::TurnUdp, Servers::TurnTcp, Servers::TurnTls] {
        let mut call = Call::between(Kind::Symmetric, Kind::Symmetric, servers);
        let ids = call.open();
        call.drive_for(Duration::from_secs(3600));
        assert!(call.talk(ids, SOON), "{servers:?}");
        assert!(
            count(&call, Who::Offerer, |event| {
                matches!(event, Event::ConnectionStateChange(ConnectionState::Disconnected))
            }) == 0
        );
    }
}

/// What is left on the server and in the boxes when a call is over.
#[test]
fn nothing_is_left_behind_on_the_server() {
    for servers in [Servers::TurnUdp, Servers::TurnTcp, Servers::TurnTls] {
        let mut call = Call::between(Kind::Symmetric, Kind::Symmetric, servers);
        call.open();
        let allocations = call.server.allocations(call.now());
        assert!(allocations >= 1, "{servers:?}");
        call.offerer.connection.close();
        call.answerer.connection.close();
        call.drive_for(SOON);
        assert_eq!(call.server.allocations(call.now()), 0, "{servers:?}");
    }
}

/// The box was switched off and on: nothing that it knew holds any longer.
#[test]
fn a_box_that_forgets_everything_is_got_through_again_by_consent_alone() {
    // What is sent from inside opens the box anew, at another port: the other side hears its peer
    // from there, and a cone lets that in.
    let mut call = Call::between(Kind::PortRestricted, Kind::FullCone, Servers::Stun);
    let ids = call.open();
    let nat = call.nats[0][0];
    call.internet.nat(nat).reboot();
    assert!(call.talk(ids, Duration::from_secs(60)));
    assert!(call.is_connected());
}

#[test]
fn a_restart_finds_the_new_way_after_the_box_has_changed() {
    for servers in [Servers::Stun, Servers::TurnUdp] {
        let mut call = Call::between(Kind::PortRestricted, Kind::PortRestricted, servers);
        let ids = call.open();
        for nat in call.nats.concat() {
            call.internet.nat(nat).reboot();
            call.internet.nat(nat).behaviour.timeout = Duration::from_secs(30);
        }
        call.offerer.connection.restart_ice();
        call.offer(Who::Offerer);
        assert!(call.talk(ids, Duration::from_secs(30)), "{servers:?}");
        call.drive_for(SOON);
        assert!(call.is_connected());
        let route = call.route().unwrap();
        assert!(!matches!(route.offerer, (Type::Relay, _) | (_, Type::Relay)), "{route:?}");
    }
}

/// A symmetric box takes the place of the cone: what was direct must be relayed.
#[test]
fn a_restart_falls_back_to_the_relay_when_the_box_has_become_symmetric() {
    let mut call = Call::between(Kind::PortRestricted, Kind::PortRestricted, Servers::TurnUdp);
    let ids = call.open();
    let symmetric = Kind::Symmetric.boxes()[0];
    for nat in call.nats.concat() {
        call.internet.nat(nat).reboot();
        call.internet.nat(nat).behaviour = symmetric;
    }
    call.offerer.connection.restart_ice();
    call.offer(Who::Offerer);
    assert!(call.talk(ids, Duration::from_secs(30)));
    call.drive_for(SOON);
    let route = call.route().unwrap();
    assert!([route.offerer.0, route.answerer.0].contains(&Type::Relay), "{route:?}");
}

/// Two networks for one peer: the second one is found when the first one goes.
struct TwoNetworks {
    call: Call,
    host: HostId,
    first: SocketAddr,
    second: SocketAddr,
}

fn two_networks(servers: Servers) -> TwoNetworks {
    let mut internet = Internet::new(crate::call::START);
    let (_, wired) =
        internet.add_nat(Internet::PUBLIC, "198.51.100.1", Behaviour::default(), BOX_LATENCY);
    let (_, wireless) =
        internet.add_nat(Internet::PUBLIC, "198.51.100.9", Behaviour::default(), BOX_LATENCY);
    let (_, far) = Kind::PortRestricted.build(&mut internet, "198.51.100.2");
    let places = [(wired, "192.168.1.10"), (far, "192.168.1.10")];
    let mut call = Call::at(internet, places, [servers.configuration(), servers.configuration()]);
    let host = call.offerer.stack.host;
    let first = SocketAddr::new(first_address(&call.offerer), PORT);
    let latency = crate::call::HOST_LATENCY;
    let second = SocketAddr::new(call.internet.attach(host, wireless, "10.3.0.5", latency), PORT);
    TwoNetworks { call, host, first, second }
}

#[test]
fn data_goes_on_over_the_second_network_when_the_first_one_vanishes() {
    let TwoNetworks { mut call, host, first, second } = two_networks(Servers::Stun);
    let now = call.now();
    call.offerer.open(now, Protocol::Udp, second);
    let ids = call.open();
    call.drive_for(SOON);
    let before = call.offerer.connection.selected_path().unwrap().local;
    let other = if before == first { second } else { first };
    call.internet.set_up(host, before.ip(), false);
    let now = call.now();
    call.offerer.shut(now, Protocol::Udp, before);
    assert!(call.talk(ids, Duration::from_secs(10)));
    assert_eq!(call.offerer.connection.selected_path().unwrap().local, other);
}

#[test]
fn a_network_that_comes_in_the_middle_of_a_call_serves_when_the_old_one_goes() {
    for servers in [Servers::Stun, Servers::TurnUdp, Servers::TurnTcp] {
        let TwoNetworks { mut call, host, first, second } = two_networks(servers);
        let ids = call.open();
        call.drive_for(SOON);
        let now = call.now();
        call.offerer.open(now, Protocol::Udp, second);
        call.drive_for(SOON);
        call.internet.set_up(host, first.ip(), false);
        let now = call.now();
        call.offerer.shut(now, Protocol::Udp, first);
        assert!(call.talk(ids, Duration::from_secs(30)), "{servers:?}");
    }
}

#[test]
fn a_dead_server_delays_nothing() {
    let quick = Call::between(Kind::PortRestricted, Kind::PortRestricted, Servers::Stun);
    // Nobody has this address; the other name leads nowhere either.
    let urls = ["stun:203.0.113.99", "turn:dead.example.org?transport=tcp", "stun:203.0.113.1"];
    let mut slow = Call::between(Kind::PortRestricted, Kind::PortRestricted, Servers::Stun);
    for peer in [&mut slow.offerer, &mut slow.answerer] {
        peer.connection.set_configuration(crate::call::START, configuration(&urls)).unwrap();
    }
    let times = [quick, slow].map(|mut call| {
        let start = call.now();
        assert!(call.connect());
        call.round_trips_since(start)
    });
    assert!(times[1] <= times[0] + 2.0, "{times:?}");
}

/// W3C: 701 for a server that cannot be reached, and its own code for one that refuses.
#[test]
fn each_server_that_fails_is_told_of_once_and_no_other() {
    let mut call = Call::between(Kind::PortRestricted, Kind::PortRestricted, Servers::Stun);
    let mut wrong = configuration(&["turn:203.0.113.1", "stun:203.0.113.1", "stun:203.0.113.99"]);
    wrong.ice_servers[0].credential = Some("not it".into());
    call.offerer.connection.set_configuration(crate::call::START, wrong).unwrap();
    call.begin();
    call.drive_for(Duration::from_secs(120));
    assert!(call.is_connected());
    let errors = call.offerer.history.iter().filter_map(|event| match event {
        Event::IceCandidateError(error) => Some((error.url.as_str(), error.error_code)),
        _ => None,
    });
    let mut errors: Vec<_> = errors.collect();
    errors.sort_unstable();
    let urls: Vec<_> =
        errors.iter().map(|(url, code)| (url.split('?').next().unwrap(), *code)).collect();
    assert_eq!(urls, [("stun:203.0.113.99", 701), ("turn:203.0.113.1", 401)]);
}

/// The relay's host dies in the middle of a call that has another path: that one is taken.
#[test]
fn a_relay_that_dies_breaks_only_what_was_relayed() {
    let mut call = Call::between(Kind::PortRestricted, Kind::PortRestricted, Servers::TurnUdp);
    let ids = call.open();
    call.drive_for(SOON);
    call.server.crash(&mut call.internet);
    call.drive_for(Duration::from_secs(60));
    assert!(call.talk(ids, SOON));
    assert!(call.is_connected());
}

#[test]
fn a_relay_that_comes_back_serves_again_after_a_restart() {
    for servers in [Servers::TurnUdp, Servers::TurnTcp] {
        let mut call = Call::between(Kind::Symmetric, Kind::Symmetric, servers);
        let ids = call.open();
        call.server.crash(&mut call.internet);
        let lost = call.drive_until(Duration::from_secs(60), |call| {
            call.states().iter().all(|state| *state != ConnectionState::Connected)
        });
        assert!(lost, "{servers:?}");
        call.server.start();
        call.offerer.connection.restart_ice();
        call.offer(Who::Offerer);
        assert!(call.talk(ids, Duration::from_secs(60)), "{servers:?}");
    }
}
