//! Losses, strangers, absurd answers; and twice the same is the same.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "common/scene.rs"]
mod scene;
#[path = "common/turn_server.rs"]
mod turn_server;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use proptest::prelude::*;
use rtc_core::{FiveTuple, Protocol};
use rtc_ice::stun::{Class, MessageBuilder, Method, TransactionId};
use rtc_ice::{CandidateKind, GatherRequest, Inbound, LocalAddress};
use scene::{Fate, Scene, address, server, udp};

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Deliver),
        2 => Just(Fate::Drop),
        1 => Just(Fate::Duplicate),
        1 => (0..400_u16).prop_map(Fate::Delay),
    ]
}

/// STUN, TURN over UDP and over TCP, from two addresses.
fn whole(fates: &[Fate]) -> Scene {
    let servers = ["stun:198.51.100.1", "turn:relay.example", "turn:198.51.100.1?transport=tcp"];
    let mut scene = Scene::usual(&servers);
    scene.names.insert("relay.example".into(), vec!["198.51.100.1".parse().unwrap()]);
    scene.gatherer.add_local(scene.now, udp("192.168.1.3:1001")).unwrap();
    scene.fates = fates.iter().copied().collect();
    scene.gather();
    scene.complete();
    scene.drain();
    scene
}

proptest! {
    #[test]
    fn whatever_is_lost_gathering_ends_in_time_and_few_losses_cost_nothing(
        fates in prop::collection::vec(fate(), 0..60),
    ) {
        let scene = whole(&fates);
        let took = scene.now.saturating_duration_since(rtc_core::Instant::from_secs(1_000_000));
        prop_assert!(took <= Duration::from_secs(10), "{took:?}");
        prop_assert_eq!(scene.completions(), 1);
        // Over TCP nothing is lost.
        prop_assert!(scene.relayed().len() >= 4);
        if fates.iter().filter(|fate| **fate == Fate::Drop).count() <= 2 {
            prop_assert_eq!(scene.relayed().len(), 8);
            prop_assert_eq!(scene.of_kind(CandidateKind::ServerReflexive).len(), 4);
            prop_assert!(scene.errors().is_empty());
        }
        let of_a_kind: Vec<_> =
            scene.gatherer.candidates().map(|it| (it.protocol, it.priority)).collect();
        let mut once = of_a_kind.clone();
        once.sort_unstable();
        once.dedup();
        prop_assert_eq!(once.len(), of_a_kind.len(), "priorities are unique");
    }

    #[test]
    fn one_schedule_gives_the_same_bytes_twice(
        fates in prop::collection::vec(fate(), 0..40),
    ) {
        let [mut one, mut other] = [whole(&fates), whole(&fates)];
        for scene in [&mut one, &mut other] {
            scene.run_ms(60_000);
            scene.servers[0].forget();
            scene.run(Duration::from_secs(700));
            scene.gatherer.release(scene.now);
            scene.run_ms(5_000);
        }
        prop_assert_eq!(one.sent, other.sent);
        prop_assert_eq!(one.events, other.events);
        prop_assert_eq!(one.requests, other.requests);
    }

    #[test]
    fn strangers_change_nothing(
        datagrams in prop::collection::vec((any::<bool>(), any::<u8>(), prop::collection::vec(any::<u8>(), 0..80)), 1..50),
    ) {
        let mut scene = whole(&[]);
        let before = format!("{:?}", scene.gatherer);
        for (is_tcp, remote, datagram) in datagrams {
            let protocol = if is_tcp { Protocol::Tcp } else { Protocol::Udp };
            let remote = (Ipv4Addr::new(203, 0, 113, remote), 3478).into();
            let path = FiveTuple { protocol, local: address("192.168.1.2:1000"), remote };
            prop_assert!(!scene.gatherer.owns(&path));
            let heard = scene.gatherer.handle_datagram(scene.now, path, &mut datagram[..].into());
            prop_assert_eq!(heard, Ok(Inbound::NotMine));
        }
        prop_assert_eq!(format!("{:?}", scene.gatherer), before);
    }
}

fn answer(id: TransactionId, mapped: &str) -> Vec<u8> {
    let mut out = Vec::new();
    MessageBuilder::new(&mut out, Class::Success, Method::BINDING, id)
        .xor_mapped_address(address(mapped))
        .finish();
    out
}

#[test]
fn an_answer_counts_only_from_the_server_to_the_one_who_has_asked() {
    let mut scene = Scene::usual(&["stun:198.51.100.9"]);
    scene.gatherer.add_local(scene.now, udp("192.168.1.3:1000")).unwrap();
    scene.gather();
    scene.run_ms(10);
    let (_, path, request) = scene.sent[0].clone();
    let id = TransactionId(request[8..20].try_into().unwrap());
    let forged = answer(id, "203.0.113.66:6666");
    let strangers = [
        FiveTuple { remote: address("198.51.100.10:3478"), ..path },
        FiveTuple { remote: address("198.51.100.9:3479"), ..path },
        FiveTuple { local: address("192.168.1.3:1000"), ..path },
        FiveTuple { protocol: Protocol::Tcp, ..path },
    ];
    for stranger in strangers {
        let heard = scene.gatherer.handle_datagram(scene.now, stranger, &mut forged[..].into());
        assert_eq!(heard, Ok(Inbound::NotMine), "{stranger}");
    }
    let other = answer(TransactionId([0; 12]), "203.0.113.66:6666");
    assert_eq!(
        scene.gatherer.handle_datagram(scene.now, path, &mut other[..].into()),
        Ok(Inbound::NotMine)
    );
    assert!(scene.reflexive().is_empty());
    let own = answer(id, "203.0.113.1:1000");
    assert_eq!(
        scene.gatherer.handle_datagram(scene.now, path, &mut own[..].into()),
        Ok(Inbound::Own)
    );
    assert_eq!(scene.reflexive(), [address("203.0.113.1:1000")]);
}

#[test]
fn a_server_that_tells_nonsense_gives_no_candidate() {
    for mapped in ["0.0.0.0:1", "224.0.0.1:1", "203.0.113.1:0", "[2001:db8::1]:5"] {
        let mut scene = Scene::usual(&["stun:198.51.100.9"]);
        scene.gather();
        let (_, path, request) = scene.sent[0].clone();
        let id = TransactionId(request[8..20].try_into().unwrap());
        let _ = scene.gatherer.handle_datagram(scene.now, path, &mut answer(id, mapped)[..].into());
        scene.complete();
        scene.drain();
        assert!(scene.reflexive().is_empty());
        let error = (Some(path.local), "stun:198.51.100.9".to_string(), 701);
        assert_eq!(scene.errors(), [error]);
    }
}

#[test]
fn of_ten_thousand_addresses_four_are_tried() {
    let mut scene = Scene::usual(&["stun:many.example", "turn:many.example?transport=tcp"]);
    let addresses = (0..10_000_u32).map(|n| IpAddr::V4(Ipv4Addr::from_bits(0xc633_6407 + n)));
    scene.names.insert("many.example".into(), addresses.collect());
    scene.gather();
    scene.complete();
    let mut tried: Vec<_> = scene.sent.iter().map(|(_, path, _)| path.remote).collect();
    tried.sort();
    tried.dedup();
    assert_eq!(tried.len(), 4);
    let is_connect = |request: &&GatherRequest| matches!(request, GatherRequest::Connect { .. });
    assert_eq!(scene.requests.iter().filter(is_connect).count(), 4);
    assert_eq!(scene.errors().len(), 2);
}

#[test]
fn answers_to_questions_that_were_not_asked_change_nothing() {
    let mut scene = Scene::usual(&["stun:a.example", "turn:198.51.100.1?transport=tcp"]);
    scene.gather();
    let Some(GatherRequest::Resolve { query, .. }) = scene.requests.first().cloned() else {
        panic!("a name is asked for")
    };
    scene.gatherer.handle_resolved(scene.now, query, &["198.51.100.1".parse().unwrap()]);
    scene.complete();
    scene.drain();
    let connection = scene
        .requests
        .iter()
        .find_map(|request| match request {
            GatherRequest::Connect { connection, .. } => Some(*connection),
            _ => None,
        })
        .unwrap();
    let before = format!("{:?}", scene.gatherer);
    scene.gatherer.handle_resolved(scene.now, query, &["198.51.100.2".parse().unwrap()]);
    scene.gatherer.handle_connected(scene.now, connection, address("192.168.1.2:9"));
    scene.gatherer.handle_connect_failed(scene.now, connection);
    let path = FiveTuple {
        protocol: Protocol::Tcp,
        local: address("192.168.1.2:5"),
        remote: address("198.51.100.1:3478"),
    };
    scene.gatherer.handle_disconnected(scene.now, &path);
    assert_eq!(format!("{:?}", scene.gatherer), before);
}

#[test]
fn a_stream_that_is_none_of_frames_is_closed() {
    let mut scene = Scene::usual(&["turn:198.51.100.1?transport=tcp"]);
    scene.gather();
    scene.run_ms(25);
    let path = scene.sent[0].1;
    assert!(scene.gatherer.owns(&path));
    let heard =
        scene.gatherer.handle_datagram(scene.now, path, &mut b"\xff\xff garbage"[..].into());
    assert!(heard.is_err());
    scene.drain();
    assert!(scene.requests.contains(&GatherRequest::Disconnect(path)));
    assert!(!scene.gatherer.owns(&path));
    scene.complete();
    assert_eq!(scene.errors().len(), 1);
}

#[test]
fn a_password_is_not_printed() {
    let scene = whole(&[]);
    let printed = format!("{:?} {:?}", scene.gatherer, server("turn:198.51.100.1"));
    assert!(printed.contains("lab") && !printed.contains("secret"));
}

#[test]
fn a_relayed_address_that_is_our_own_or_another_relays_is_not_believed() {
    let mut scene = Scene::usual(&["turn:198.51.100.1", "turn:198.51.100.2"]);
    scene.servers.push(turn_server::TurnServer::new(address("198.51.100.2:3478")));
    scene.gather();
    scene.complete();
    // Both servers give the same addresses: the first has them.
    assert_eq!(scene.servers[1].allocations().len(), 1);
    let relayed = scene.relayed();
    assert_eq!(relayed.len(), 2);
    assert_eq!(relayed, scene.servers[0].allocations()[0].relayed);

    let mut scene = Scene::usual(&["turn:198.51.100.1"]);
    scene.servers[0].relay_v4 = Some("192.0.2.10".parse().unwrap());
    scene.servers[0].relay_v6 = None;
    scene.gather();
    scene.complete();
    let [relayed] = scene.relayed()[..] else { panic!("one") };
    scene.gatherer.add_local(scene.now, LocalAddress::new(relayed, Protocol::Udp)).unwrap();
    assert!(!scene.gatherer.is_relayed(relayed));
    scene.complete();
    assert!(!scene.gatherer.is_relayed(relayed));
    assert!(scene.lost().contains(&(Protocol::Udp, relayed)));
}
