//! Every kind of access to the internet against every other, with each set of servers.

use std::fmt::Write as _;
use std::time::Duration;

use crate::call::Call;
use crate::kind::Kind;
use crate::theory::{Route, Servers, Type, predict};

/// What came of one call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) route: Option<Route>,
    /// From the offer until both are connected, encryption included.
    pub(crate) round_trips: Option<f64>,
    /// Equal for equal runs.
    digest: u64,
}

pub(crate) fn run(offerer: Kind, answerer: Kind, servers: Servers) -> Outcome {
    let mut call = Call::between(offerer, answerer, servers);
    let start = call.now();
    let round_trips = call.connect().then(|| call.round_trips_since(start));
    // A better path than the first may come with a retransmission.
    call.drive_for(Duration::from_secs(3));
    let route = call.is_connected().then(|| call.route().unwrap());
    Outcome { route, round_trips, digest: call.internet.digest() }
}

/// Checks every cell of one set of servers, and prints them.
fn check(servers: Servers) {
    let mut wrong = String::new();
    let mut text = format!("\n{}\n", servers.name());
    for offerer in Kind::ALL {
        for answerer in Kind::ALL {
            let expected = predict(offerer, answerer, servers);
            let outcome = run(offerer, answerer, servers);
            let cell = format!("{:>18} calls {:<18}", offerer.name(), answerer.name());
            let round_trips = outcome.round_trips.unwrap_or(f64::NAN);
            let route = outcome.route.map_or_else(|| "-".into(), |route| route.to_string());
            let _ = writeln!(text, "{cell}  {route:<15} {round_trips:5.1}");
            let is_right = match (expected, outcome.route) {
                (Some(expected), Some(route)) => expected.allows(route),
                (None, None) => true,
                _ => false,
            };
            if !is_right {
                let _ = writeln!(wrong, "{cell} {:?}, by theory {expected:?}", outcome.route);
            }
            let bound =
                expected.map_or(f64::INFINITY, |route| most_round_trips(offerer, answerer, route));
            if outcome.round_trips.is_some_and(|round_trips| round_trips > bound) {
                let _ = writeln!(wrong, "{cell} took {round_trips} round trips, not {bound}");
            }
        }
    }
    println!("{text}");
    assert!(wrong.is_empty(), "{}:\n{wrong}", servers.name());
}

/// What a call may cost.
fn most_round_trips(offerer: Kind, answerer: Kind, route: Route) -> f64 {
    if [route.offerer.0, route.answerer.0].contains(&Type::Relay) {
        // Better pairs are waited for 600 ms.
        return 14.0;
    }
    // What the caller's filter turns away, since nothing was sent there yet, is sent again after
    // 500 ms, that is after 12.5 round trips.
    let is_late = offerer == Kind::AddressRestricted
        && matches!(answerer, Kind::Symmetric | Kind::DoubleSymmetric);
    if is_late { 18.0 } else { 8.0 }
}

#[test]
fn without_servers_only_public_peers_can_be_called() {
    check(Servers::None);
}

#[test]
fn with_stun_peers_connect_unless_ports_depend_on_both_sides() {
    check(Servers::Stun);
}

#[test]
fn with_turn_over_udp_all_connect_that_have_udp() {
    check(Servers::TurnUdp);
}

#[test]
fn with_turn_over_tcp_all_connect_that_may_use_its_port() {
    check(Servers::TurnTcp);
}

#[test]
fn with_turn_over_tls_all_connect() {
    check(Servers::TurnTls);
    for offerer in Kind::ALL {
        assert!(
            Kind::ALL
                .iter()
                .all(|answerer| predict(offerer, *answerer, Servers::TurnTls).is_some())
        );
    }
}

#[test]
fn two_equal_runs_are_equal_to_the_byte() {
    for kind in Kind::ALL {
        let (other, servers) = (Kind::Symmetric, Servers::TurnTls);
        assert_eq!(run(kind, other, servers), run(kind, other, servers), "{kind:?}");
    }
}

/// What the theory says, spelled out where everybody knows it.
#[test]
fn the_theory_is_the_one_of_the_books() {
    use Kind::{AddressRestricted, FullCone, PortRestricted, Public, Symmetric, TcpOnly, WebOnly};
    let connects = |one, other, servers| predict(one, other, servers).is_some();
    for (one, other, with_stun) in [
        (FullCone, FullCone, true),
        (FullCone, Symmetric, true),
        (AddressRestricted, Symmetric, true),
        (PortRestricted, PortRestricted, true),
        (PortRestricted, Symmetric, false),
        (Symmetric, Symmetric, false),
        (TcpOnly, FullCone, false),
        (Public, TcpOnly, false),
    ] {
        for (one, other) in [(one, other), (other, one)] {
            assert_eq!(connects(one, other, Servers::Stun), with_stun, "{one:?} {other:?}");
        }
        assert!(!connects(one, other, Servers::None) || one == Public);
    }
    assert!(connects(Public, Symmetric, Servers::None));
    assert!(!connects(FullCone, FullCone, Servers::None));
    assert!(connects(Symmetric, Symmetric, Servers::TurnUdp));
    assert!(!connects(TcpOnly, TcpOnly, Servers::TurnUdp));
    assert!(connects(TcpOnly, TcpOnly, Servers::TurnTcp));
    assert!(!connects(WebOnly, TcpOnly, Servers::TurnTcp));
    assert!(connects(WebOnly, WebOnly, Servers::TurnTls));
}
