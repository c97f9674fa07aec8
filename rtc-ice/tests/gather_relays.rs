//! What goes through relays, and relays that are lost, moved, replaced and given back.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "common/scene.rs"]
mod scene;
#[path = "common/turn_server.rs"]
mod turn_server;

use std::net::SocketAddr;
use std::time::Duration;

use rtc_core::{FiveTuple, Protocol};
use rtc_ice::stun::Method;
use rtc_ice::{CandidateKind, GatherEvent, GatherRequest, GathererConfig, Inbound};
use scene::{Scene, address, server, udp};

const PEER: &str = "192.0.2.200:7000";

fn relayed_v4(scene: &Scene) -> SocketAddr {
    scene.relayed().into_iter().find(SocketAddr::is_ipv4).expect("a relay")
}

fn ready(servers: &[&str]) -> Scene {
    let mut scene = Scene::usual(servers);
    scene.gather();
    scene.complete();
    scene.drain();
    scene
}

#[test]
fn data_goes_both_ways_over_each_transport() {
    for uri in ["turn:198.51.100.1", "turn:198.51.100.1?transport=tcp"] {
        let mut scene = ready(&[uri]);
        let (relayed, peer) = (relayed_v4(&scene), address(PEER));
        let path = FiveTuple::udp(relayed, peer);
        assert!(scene.gatherer.overhead(scene.now, &path) > 4);
        let own = FiveTuple::udp(address("192.168.1.2:1000"), peer);
        assert_eq!(scene.gatherer.overhead(scene.now, &own), 0);
        // The first waits for the permission; from then on they go at once.
        assert!(!scene.send_to_peer(relayed, peer, b"first"));
        scene.run_ms(100);
        assert_eq!(scene.to_peers, [(path, b"first".to_vec())]);
        for round in 0..100_u8 {
            assert!(scene.send_to_peer(relayed, peer, &[round; 7]));
            scene.peer_sends(peer, relayed, &[round; 9]);
            scene.run_ms(20);
        }
        assert_eq!(scene.to_peers.len(), 101);
        let expected: Vec<_> = (0..100_u8).map(|round| (path, vec![round; 9])).collect();
        assert_eq!(scene.data, expected, "{uri}");
        assert!(scene.gatherer.overhead(scene.now, &path) <= 7);
    }
}

#[test]
fn what_is_sent_from_no_relay_or_to_nobody_is_not_sent() {
    let mut scene = ready(&["turn:198.51.100.1"]);
    let relayed = relayed_v4(&scene);
    assert!(!scene.send_to_peer(address("192.168.1.2:1000"), address(PEER), b"x"));
    assert!(!scene.send_to_peer(relayed, address("0.0.0.0:0"), b"x"));
    scene.run_ms(100);
    assert!(scene.to_peers.is_empty());
}

#[test]
fn an_allocation_lasts_while_nobody_speaks() {
    let mut scene = ready(&["turn:198.51.100.1", "turns:198.51.100.1:3478"]);
    scene.run(Duration::from_secs(4 * 3600));
    assert_eq!(scene.servers[0].allocations().len(), 2);
    assert_eq!(scene.relayed().len(), 4);
    assert!(scene.lost().is_empty());
    assert_eq!(scene.completions(), 1);
}

#[test]
fn a_relay_that_forgets_is_lost_and_asked_for_another() {
    let mut scene = ready(&["turn:198.51.100.1"]);
    let old = scene.relayed();
    scene.servers[0].forget();
    scene.run(Duration::from_secs(900));
    let mut lost = scene.lost();
    lost.sort();
    let mut expected: Vec<_> = old.iter().map(|base| (Protocol::Udp, *base)).collect();
    expected.sort();
    assert_eq!(lost, expected);
    let new = scene.relayed();
    assert_eq!(new.len(), 2);
    assert!(new.iter().all(|address| !old.contains(address)));
    assert!(old.iter().all(|address| !scene.gatherer.is_relayed(*address)));
    assert_eq!(scene.servers[0].allocations().len(), 1);
    assert!(scene.errors().is_empty());
    assert_eq!(scene.completions(), 2);
}

#[test]
fn a_relay_that_has_died_is_tried_a_few_times_and_then_left() {
    let mut scene = ready(&["turn:198.51.100.1?transport=tcp"]);
    let path = scene.sent[0].1;
    // The connection breaks, and nobody listens any more.
    scene.refusing.insert(address("198.51.100.1:3478"));
    scene.requests.clear();
    scene.gatherer.handle_disconnected(scene.now, &path);
    scene.drain();
    assert_eq!(scene.lost().len(), 2);
    assert!(scene.relayed().is_empty());
    let start = scene.now;
    scene.run(Duration::from_secs(3600));
    assert_eq!(scene.requests.len(), 5);
    assert_eq!(scene.errors().len(), 1);
    let (told_at, _) =
        scene.events.iter().find(|(_, event)| matches!(event, GatherEvent::Error { .. })).unwrap();
    let took = told_at.saturating_duration_since(start);
    // At once and after 1, 2, 4 and 8 s.
    assert!((15..17).contains(&took.as_secs()), "{took:?}");
    // It is up again: the next gathering finds it.
    scene.refusing.clear();
    scene.gather();
    scene.complete();
    assert_eq!(scene.relayed().len(), 2);
}

#[test]
fn gathering_anew_keeps_the_allocations() {
    let mut scene = ready(&["turn:198.51.100.1", "turn:198.51.100.1?transport=tcp"]);
    let first = scene.relayed();
    let asked = scene.servers[0].count(Method::ALLOCATE);
    scene.events.clear();
    for _ in 0..3 {
        scene.gather();
    }
    scene.complete();
    scene.run_ms(1_000);
    assert_eq!(scene.relayed(), first);
    assert_eq!(scene.servers[0].count(Method::ALLOCATE), asked);
    let is_relay = |event: &GatherEvent| matches!(event, GatherEvent::Candidate(it) if it.kind == CandidateKind::Relayed);
    assert_eq!(scene.events.iter().filter(|(_, event)| is_relay(event)).count(), 3 * 4);
    assert!(scene.lost().is_empty());
}

#[test]
fn a_server_that_is_no_longer_named_is_left_after_a_while() {
    let mut scene = ready(&["turn:198.51.100.1"]);
    let relayed = relayed_v4(&scene);
    scene.gatherer.set_servers(Vec::new());
    scene.run_ms(60_000);
    assert_eq!(scene.relayed().len(), 2, "nothing happens before the next gathering");
    scene.gather();
    assert!(scene.relayed().is_empty());
    // The old pair works until there is a new one.
    assert!(scene.gatherer.is_relayed(relayed));
    assert!(scene.lost().is_empty());
    scene.run_ms(31_000);
    assert!(!scene.gatherer.is_relayed(relayed));
    assert_eq!(scene.lost().len(), 2);
    assert!(scene.servers[0].allocations().is_empty());
    assert_eq!(scene.gatherer.poll_timeout(), None);
}

#[test]
fn a_server_that_is_named_again_in_time_is_kept() {
    let mut scene = ready(&["turn:198.51.100.1"]);
    let first = scene.relayed();
    scene.gatherer.set_servers(Vec::new());
    scene.gather();
    scene.run_ms(10_000);
    scene.gatherer.set_servers(vec![server("turn:198.51.100.1:3478?transport=udp")]);
    scene.gather();
    scene.run_ms(60_000);
    assert_eq!(scene.relayed(), first);
    assert_eq!(scene.servers[0].allocations().len(), 1);
    assert!(scene.lost().is_empty());
}

#[test]
fn a_relay_that_is_in_use_outlasts_the_naming_of_its_server() {
    let mut scene = ready(&["turn:198.51.100.1"]);
    let (relayed, peer) = (relayed_v4(&scene), address(PEER));
    scene.gatherer.set_servers(Vec::new());
    scene.gather();
    for _ in 0..20 {
        scene.send_to_peer(relayed, peer, b"still here");
        scene.run_ms(5_000);
    }
    assert!(scene.gatherer.is_relayed(relayed) && scene.relayed().is_empty());
    scene.run_ms(31_000);
    assert!(!scene.gatherer.is_relayed(relayed));
    assert!(scene.servers[0].allocations().is_empty());
}

#[test]
fn other_credentials_keep_the_allocation_while_the_old_ones_are_good() {
    let mut scene = ready(&["turn:198.51.100.1"]);
    let first = scene.relayed();
    let mut renewed = server("turn:198.51.100.1");
    renewed.username = "lab2".into();
    scene.gatherer.set_servers(vec![renewed]);
    scene.gather();
    assert!(scene.complete() < Duration::from_millis(100));
    assert_eq!(scene.relayed(), first);
    assert!(scene.lost().is_empty());
    // The server takes the new ones alone: the next gathering finds that out.
    scene.servers[0].username = "lab2".into();
    scene.gather();
    let took = scene.complete();
    scene.drain();
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(scene.errors().is_empty(), "{:?}", scene.errors());
    assert_eq!(scene.relayed().len(), 2);
    assert!(scene.relayed().iter().all(|relayed| !first.contains(relayed)));
    assert_eq!(scene.lost().len(), 2);
}

#[test]
fn gathering_anew_finds_that_the_translator_has_changed() {
    for uri in ["turn:198.51.100.1", "stun:198.51.100.1"] {
        let mut scene = ready(&[uri]);
        let first = scene.relayed();
        scene.nat = Some("203.0.113.99".parse().unwrap());
        scene.gather();
        assert!(!scene.gatherer.is_complete());
        let took = scene.complete();
        assert!(took < Duration::from_millis(200), "{uri} {took:?}");
        assert_eq!(scene.reflexive(), [address("203.0.113.99:1000")], "{uri}");
        assert_eq!(scene.relayed().len(), first.len());
        assert!(scene.relayed().iter().all(|relayed| !first.contains(relayed)));
    }
}

#[test]
fn gathering_anew_finds_that_a_relay_has_died_and_ends_in_time() {
    let mut scene = ready(&["turn:198.51.100.1", "turn:198.51.100.1?transport=tcp"]);
    scene.servers[0].is_silent = true;
    scene.gather();
    let took = scene.complete();
    scene.drain();
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(scene.lost().len(), 4);
    assert!(scene.relayed().is_empty());
}

#[test]
fn an_address_that_goes_takes_its_relays_with_it() {
    let mut scene = Scene::usual(&["turn:198.51.100.1", "turn:198.51.100.1?transport=tcp"]);
    scene.servers[0].has_mobility = false;
    scene.gather();
    scene.complete();
    scene.drain();
    let relayed = scene.relayed();
    scene.gone.insert("192.168.1.2".parse().unwrap());
    scene.requests.clear();
    scene.gatherer.remove_local(scene.now, Protocol::Udp, address("192.168.1.2:1000"));
    scene.drain();
    let lost = scene.lost();
    assert!(relayed.iter().all(|base| lost.contains(&(Protocol::Udp, *base))));
    assert!(matches!(scene.requests[..], [GatherRequest::Disconnect(_)]));
    assert_eq!(scene.gatherer.candidates().count(), 0);
    assert_eq!(scene.gatherer.poll_timeout(), None);
    assert!(
        !scene
            .gatherer
            .owns(&FiveTuple::udp(address("192.168.1.2:1000"), address("198.51.100.1:3478")))
    );
}

#[test]
fn an_allocation_moves_to_the_next_address() {
    let mut scene = ready(&["turn:198.51.100.1"]);
    let (relayed, peer) = (relayed_v4(&scene), address(PEER));
    scene.send_to_peer(relayed, peer, b"first");
    scene.run_ms(100);
    scene.gone.insert("192.168.1.2".parse().unwrap());
    scene.gatherer.remove_local(scene.now, Protocol::Udp, address("192.168.1.2:1000"));
    scene.run_ms(3_000);
    assert!(!scene.send_to_peer(relayed, peer, b"nowhere"));
    scene.gatherer.add_local(scene.now, udp("10.7.7.7:4000")).unwrap();
    scene.run_ms(200);
    assert!(scene.gatherer.is_relayed(relayed));
    assert!(!scene.lost().contains(&(Protocol::Udp, relayed)));
    assert!(scene.send_to_peer(relayed, peer, b"from elsewhere"));
    scene.peer_sends(peer, relayed, b"to elsewhere");
    scene.run_ms(100);
    assert_eq!(scene.to_peers.last().unwrap().1, b"from elsewhere");
    assert_eq!(scene.data.last().unwrap().1, b"to elsewhere");
    assert_eq!(scene.servers[0].allocations().len(), 1);
    let path = FiveTuple::udp(address("10.7.7.7:4000"), address("198.51.100.1:3478"));
    assert!(scene.gatherer.owns(&path));
    assert!(!scene.gatherer.owns(&FiveTuple { local: address("192.168.1.2:1000"), ..path }));
}

#[test]
fn an_allocation_that_nobody_takes_over_is_lost() {
    let mut scene = ready(&["turn:198.51.100.1"]);
    let relayed = relayed_v4(&scene);
    scene.gone.insert("192.168.1.2".parse().unwrap());
    scene.gatherer.remove_local(scene.now, Protocol::Udp, address("192.168.1.2:1000"));
    scene.run_ms(16_000);
    assert!(scene.lost().contains(&(Protocol::Udp, relayed)));
    assert_eq!(scene.gatherer.poll_timeout(), None);
}

#[test]
fn all_relays_are_given_back_at_the_end() {
    let servers = ["turn:198.51.100.1", "turn:198.51.100.1?transport=tcp", "stun:198.51.100.1"];
    let mut scene = ready(&servers);
    assert_eq!(scene.servers[0].allocations().len(), 2);
    scene.requests.clear();
    scene.gatherer.release(scene.now);
    scene.drain();
    let last: Vec<_> = scene.sent.iter().filter(|(at, ..)| *at == scene.now).collect();
    assert_eq!(last.len(), 2, "each relay is told at once");
    scene.events.clear();
    scene.run_ms(5_000);
    assert!(scene.servers[0].allocations().is_empty());
    assert!(scene.events.is_empty());
    assert!(matches!(scene.requests[..], [GatherRequest::Disconnect(_)]));
    assert_eq!(scene.gatherer.poll_timeout(), None);
    assert_eq!(scene.gatherer.candidates().count(), 0);
}

#[test]
fn there_are_no_more_allocations_than_allowed() {
    let mut config = GathererConfig::default();
    config.max_allocations = 3;
    let mut scene = Scene::new(config);
    scene.servers.push(turn_server::TurnServer::new(address("198.51.100.1:3478")));
    for host in 1..=5 {
        scene.gatherer.add_local(scene.now, udp(&format!("192.0.2.{host}:1000"))).unwrap();
    }
    scene.gatherer.set_servers(vec![server("turn:198.51.100.1")]);
    scene.gather();
    scene.complete();
    assert_eq!(scene.servers[0].allocations().len(), 3);
    assert_eq!(scene.errors().len(), 2);
}

#[test]
fn a_peer_behind_the_address_of_a_server_is_heard() {
    use rtc_ice::stun::{Class, MessageBuilder, TransactionId};

    let mut scene = ready(&["stun:198.51.100.1"]);
    let path = FiveTuple::udp(address("192.168.1.2:1000"), address("198.51.100.1:3478"));
    assert!(scene.gatherer.owns(&path));
    let mut check = Vec::new();
    MessageBuilder::new(&mut check, Class::Request, Method::BINDING, TransactionId([1; 12]))
        .username("a:b")
        .finish();
    let heard = scene.gatherer.handle_datagram(scene.now, path, &mut check[..].into());
    assert_eq!(heard, Ok(Inbound::NotMine));
    let heard = scene.gatherer.handle_datagram(scene.now, path, &mut b"\x16\xfe\xfd"[..].into());
    assert_eq!(heard, Ok(Inbound::NotMine));
}
