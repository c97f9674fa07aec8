//! Candidates that need no server, and addresses that come and go.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "common/scene.rs"]
mod scene;
#[path = "common/turn_server.rs"]
mod turn_server;

use rtc_core::{Instant, Protocol};
use rtc_ice::{
    AddLocalError, CandidateKind, GatherEvent, GatherPolicy, GathererConfig, LocalAddress, Network,
    TcpType,
};
use scene::{Scene, address, server, udp};

fn hosts(config: GathererConfig, locals: &[LocalAddress]) -> Scene {
    let mut scene = Scene::new(config);
    for local in locals {
        scene.gatherer.add_local(scene.now, *local).unwrap();
    }
    scene.gather();
    scene
}

fn listener(text: &str) -> LocalAddress {
    LocalAddress::new(address(text), Protocol::Tcp)
}

#[test]
fn without_servers_gathering_is_complete_at_once() {
    let scene = hosts(GathererConfig::default(), &[udp("192.0.2.1:1000"), udp("[2001:db8::1]:1")]);
    assert!(scene.gatherer.is_complete());
    assert_eq!(scene.gatherer.poll_timeout(), None);
    let told: Vec<_> = scene.events.iter().map(|(_, event)| event.clone()).collect();
    let mut expected: Vec<_> =
        scene.gatherer.candidates().cloned().map(GatherEvent::Candidate).collect();
    assert_eq!(expected.len(), 4);
    expected.push(GatherEvent::Complete);
    assert_eq!(told, expected);
}

#[test]
fn each_ip_address_gives_one_active_candidate_and_each_listener_a_passive_one() {
    let locals = [
        udp("192.0.2.1:1000"),
        udp("192.0.2.1:1001"),
        udp("192.0.2.7:1000"),
        listener("192.0.2.1:443"),
    ];
    let scene = hosts(GathererConfig::default(), &locals);
    let tcp: Vec<_> = scene
        .gatherer
        .candidates()
        .filter_map(|it| Some((it.tcp_type?, it.address, it.base)))
        .collect();
    let nine = |ip: &str| address(&format!("{ip}:9"));
    assert_eq!(
        tcp,
        [
            (TcpType::Active, nine("192.0.2.1"), nine("192.0.2.1")),
            (TcpType::Active, nine("192.0.2.7"), nine("192.0.2.7")),
            (TcpType::Passive, address("192.0.2.1:443"), address("192.0.2.1:443")),
        ]
    );
    let mut config = GathererConfig::default();
    config.tcp = false;
    let scene = hosts(config, &locals);
    assert_eq!(scene.gatherer.candidates().filter(|it| it.protocol == Protocol::Tcp).count(), 0);
    assert_eq!(scene.gatherer.candidates().count(), 3);
}

#[test]
fn no_two_candidates_of_a_host_have_the_same_priority() {
    let mut locals = Vec::new();
    for host in 0..20 {
        locals.push(udp(&format!("192.0.2.{}:1000", host + 1)));
        locals.push(udp(&format!("[2001:db8::{}]:1000", host + 1)));
    }
    let scene = hosts(GathererConfig::default(), &locals);
    let mut priorities: Vec<u32> = scene
        .gatherer
        .candidates()
        .filter(|it| it.protocol == Protocol::Udp)
        .map(|it| it.priority)
        .collect();
    // The first address of IPv6, the first of IPv4, the second of IPv6 and so on (RFC 8421).
    let in_turn: Vec<u32> =
        (0..20).flat_map(|pair| [priorities[2 * pair + 1], priorities[2 * pair]]).collect();
    assert!(in_turn.is_sorted_by(|a, b| a > b));
    priorities.sort_unstable();
    priorities.dedup();
    assert_eq!(priorities.len(), 40);
}

#[test]
fn a_dear_network_is_the_last_choice() {
    let mut mobile = udp("[2001:db8::1]:1000");
    mobile.network = Network { id: 7, cost: 900 };
    let scene = hosts(GathererConfig::default(), &[mobile, udp("192.0.2.1:1000")]);
    let of = |ip: &str| {
        let wanted = address(ip);
        scene.gatherer.candidates().find(|it| it.address == wanted).cloned().unwrap()
    };
    assert!(of("192.0.2.1:1000").priority > of("[2001:db8::1]:1000").priority);
    assert_eq!(of("[2001:db8::1]:1000").network, Network { id: 7, cost: 900 });
}

#[test]
fn behind_a_known_translator_the_outer_address_is_shown() {
    let mut local = udp("10.0.0.5:1000");
    local.advertised = Some(address("198.51.100.77:2000"));
    let scene = hosts(GathererConfig::default(), &[local]);
    let shown: Vec<_> =
        scene.gatherer.candidates().map(|it| (it.kind, it.address, it.base)).collect();
    assert_eq!(
        shown,
        [
            (CandidateKind::Host, address("198.51.100.77:2000"), address("10.0.0.5:1000")),
            (CandidateKind::Host, address("198.51.100.77:9"), address("10.0.0.5:9")),
        ]
    );
}

#[test]
fn addresses_that_nobody_could_send_to_are_refused() {
    let mut scene = Scene::new(GathererConfig::default());
    for text in ["0.0.0.0:5", "224.0.0.1:5", "192.0.2.1:0", "[::]:5", "[ff02::1]:5"] {
        let refused = scene.gatherer.add_local(scene.now, udp(text));
        assert_eq!(refused, Err(AddLocalError::Address), "{text}");
    }
    let mut local = udp("10.0.0.5:1000");
    local.advertised = Some(address("[2001:db8::1]:1000"));
    assert_eq!(scene.gatherer.add_local(scene.now, local), Err(AddLocalError::Address));
    for port in 1..=128 {
        let local = udp(&format!("192.0.2.1:{port}"));
        assert_eq!(scene.gatherer.add_local(scene.now, local), Ok(()));
        assert_eq!(scene.gatherer.add_local(scene.now, local), Ok(()));
    }
    let refused = scene.gatherer.add_local(scene.now, udp("192.0.2.1:1000"));
    assert_eq!(refused, Err(AddLocalError::Full { limit: 128 }));
}

#[test]
fn an_address_that_comes_is_gathered_and_one_that_goes_is_lost() {
    let mut scene = hosts(GathererConfig::default(), &[udp("192.0.2.1:1000")]);
    scene.gatherer.add_local(scene.now, udp("192.0.2.9:1000")).unwrap();
    assert!(scene.gatherer.is_complete());
    scene.drain();
    assert_eq!(scene.completions(), 2);
    assert_eq!(scene.gatherer.candidates().count(), 4);

    scene.gatherer.remove_local(scene.now, Protocol::Udp, address("192.0.2.1:1000"));
    scene.drain();
    let lost = scene.lost();
    assert_eq!(lost.len(), 2);
    assert!(lost.contains(&(Protocol::Udp, address("192.0.2.1:1000"))));
    assert!(lost.contains(&(Protocol::Tcp, address("192.0.2.1:9"))));
    assert_eq!(scene.gatherer.candidates().count(), 2);

    // It comes back: first it is said that it was lost, then that it is there.
    scene.events.clear();
    scene.gatherer.remove_local(scene.now, Protocol::Udp, address("192.0.2.9:1000"));
    scene.gatherer.add_local(scene.now, udp("192.0.2.9:1000")).unwrap();
    scene.drain();
    let base = address("192.0.2.9:1000");
    let at = |wanted: &dyn Fn(&GatherEvent) -> bool| {
        scene.events.iter().position(|(_, event)| wanted(event)).unwrap()
    };
    let lost_at = at(&|event| *event == GatherEvent::Lost { protocol: Protocol::Udp, base });
    let found_at = at(
        &|event| matches!(event, GatherEvent::Candidate(candidate) if candidate.address == base),
    );
    assert!(lost_at < found_at);
}

#[test]
fn a_candidate_that_was_never_told_is_not_told_to_be_lost() {
    let mut scene = Scene::new(GathererConfig::default());
    scene.gatherer.add_local(scene.now, udp("192.0.2.1:1000")).unwrap();
    scene.gatherer.gather(scene.now);
    scene.gatherer.remove_local(scene.now, Protocol::Udp, address("192.0.2.1:1000"));
    scene.drain();
    assert_eq!(scene.events, [(scene.now, GatherEvent::Complete)]);
}

#[test]
fn with_the_relay_policy_there_are_no_hosts() {
    let mut config = GathererConfig::default();
    config.policy = GatherPolicy::Relay;
    let mut scene = hosts(config, &[udp("192.0.2.1:1000"), listener("192.0.2.1:443")]);
    assert_eq!(scene.gatherer.candidates().count(), 0);
    assert_eq!(scene.completions(), 1);
    // The policy changes with the next gathering, not before.
    scene.gatherer.set_policy(GatherPolicy::All);
    scene.gatherer.add_local(scene.now, udp("192.0.2.2:1000")).unwrap();
    assert_eq!(scene.gatherer.candidates().count(), 0);
    scene.gather();
    assert_eq!(scene.gatherer.candidates().count(), 5);
}

#[test]
fn gathering_anew_gives_every_candidate_again() {
    let mut scene = hosts(GathererConfig::default(), &[udp("192.0.2.1:1000")]);
    let first = std::mem::take(&mut scene.events);
    scene.gather();
    assert_eq!(scene.events, first);
}

#[test]
fn nothing_is_gathered_before_it_is_asked_for_or_after_the_end() {
    let mut scene = Scene::new(GathererConfig::default());
    scene.gatherer.set_servers(vec![server("stun:198.51.100.1")]);
    scene.gatherer.add_local(scene.now, udp("192.0.2.1:1000")).unwrap();
    scene.run_ms(60_000);
    assert!(scene.events.is_empty() && scene.sent.is_empty());
    assert!(!scene.gatherer.is_complete());
    scene.gatherer.release(scene.now);
    scene.gatherer.gather(scene.now);
    let refused = scene.gatherer.add_local(scene.now, udp("192.0.2.2:1000"));
    assert_eq!(refused, Err(AddLocalError::Released));
    scene.run_ms(60_000);
    assert!(scene.events.is_empty() && scene.sent.is_empty());
}

#[test]
fn time_that_goes_back_is_the_latest_before() {
    let mut scene = hosts(GathererConfig::default(), &[udp("192.0.2.1:1000")]);
    scene.gatherer.handle_timeout(Instant::EPOCH);
    scene.gatherer.gather(Instant::EPOCH);
    assert!(scene.gatherer.is_complete());
}
