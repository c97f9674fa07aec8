//! Servers that answer, are slow, refuse, or are dead.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "common/scene.rs"]
mod scene;
#[path = "common/turn_server.rs"]
mod turn_server;

use std::time::Duration;

use rtc_core::{FiveTuple, Protocol};
use rtc_ice::stun::Method;
use rtc_ice::{CandidateKind, GatherPolicy, GatherRequest, GathererConfig, LocalAddress};
use scene::{Fate, Scene, address, server, udp};
use turn_server::TurnServer;

const MS: fn(u64) -> Duration = Duration::from_millis;

#[test]
fn a_stun_server_gives_a_server_reflexive_candidate() {
    let mut scene = Scene::usual(&["stun:198.51.100.1"]);
    scene.gather();
    assert!(!scene.gatherer.is_complete());
    assert_eq!(scene.complete(), MS(20));
    let [found] = &scene.of_kind(CandidateKind::ServerReflexive)[..] else { panic!("one") };
    assert_eq!(found.address, address("203.0.113.1:1000"));
    assert_eq!(found.base, address("192.168.1.2:1000"));
    assert_eq!(found.related, Some(address("192.168.1.2:1000")));
    assert_eq!(found.server, Some(address("198.51.100.1:1").ip()));
    assert_eq!(found.server_uri.as_ref().unwrap().as_str(), "stun:198.51.100.1");
    assert_eq!(scene.completions(), 1);
    assert!(scene.errors().is_empty());
}

#[test]
fn without_a_translator_there_is_nothing_new_to_tell() {
    let mut scene = Scene::usual(&["stun:198.51.100.1"]);
    scene.nat = None;
    scene.gather();
    scene.complete();
    assert!(scene.reflexive().is_empty());
    assert!(scene.errors().is_empty());
}

#[test]
fn two_servers_that_see_the_same_address_give_one_candidate() {
    let mut scene = Scene::usual(&["stun:198.51.100.1", "stun:198.51.100.2"]);
    scene.servers.push(TurnServer::new(address("198.51.100.2:3478")));
    scene.gather();
    scene.complete();
    assert_eq!(scene.reflexive(), [address("203.0.113.1:1000")]);
    assert_eq!(scene.servers[1].count(Method::BINDING), 1);
}

#[test]
fn a_turn_server_gives_a_relayed_and_a_server_reflexive_candidate() {
    let mut scene = Scene::usual(&["turn:198.51.100.1"]);
    scene.gather();
    // Two round trips: the first request is refused for its lack of credentials.
    assert_eq!(scene.complete(), MS(40));
    assert_eq!(scene.reflexive(), [address("203.0.113.1:1000")]);
    let relayed = scene.of_kind(CandidateKind::Relayed);
    assert_eq!(relayed.len(), 2);
    for found in &relayed {
        assert_eq!(found.base, found.address);
        assert_eq!(found.related, Some(address("203.0.113.1:1000")));
        assert_eq!(found.server_uri.as_ref().unwrap().as_str(), "turn:198.51.100.1");
        assert!(scene.gatherer.is_relayed(found.address));
    }
    assert_ne!(relayed[0].priority, relayed[1].priority);
    assert!(!scene.gatherer.is_relayed(address("192.168.1.2:1000")));
    assert!(scene.errors().is_empty());
}

#[test]
fn a_server_that_is_named_for_both_is_asked_once() {
    let mut scene = Scene::usual(&["stun:198.51.100.1", "turn:198.51.100.1", "stun:turn.example"]);
    scene.names.insert("turn.example".into(), vec![address("198.51.100.1:1").ip()]);
    scene.gather();
    scene.complete();
    assert_eq!(scene.servers[0].count(Method::BINDING), 0);
    assert_eq!(scene.servers[0].allocations().len(), 1);
    assert_eq!(scene.reflexive(), [address("203.0.113.1:1000")]);
}

#[test]
fn a_stun_server_is_asked_when_it_turns_out_not_to_relay() {
    let mut scene = Scene::usual(&["stun:198.51.100.1", "turn:198.51.100.1"]);
    scene.servers[0].password = "other".into();
    scene.gather();
    scene.complete();
    assert_eq!(scene.servers[0].count(Method::BINDING), 1);
    assert_eq!(scene.reflexive(), [address("203.0.113.1:1000")]);
    let local = Some(address("192.168.1.2:1000"));
    assert_eq!(scene.errors(), [(local, "turn:198.51.100.1".to_string(), 401)]);
}

#[test]
fn a_dead_server_delays_nothing() {
    let servers = ["stun:198.51.100.8", "turn:198.51.100.9", "stun:dead.example"];
    let mut scene = Scene::usual(&[&servers[..], &["stun:198.51.100.1"]].concat());
    scene.gather();
    let took = scene.complete();
    assert!(scene.told_after(CandidateKind::ServerReflexive).unwrap() < MS(50));
    assert!((MS(9_500)..MS(9_600)).contains(&took), "{took:?}");
    let mut errors = scene.errors();
    errors.sort();
    let local = Some(address("192.168.1.2:1000"));
    let expected = [
        (None, "stun:dead.example".to_string(), 701),
        (local, "stun:198.51.100.8".to_string(), 701),
        (local, "turn:198.51.100.9".to_string(), 701),
    ];
    assert_eq!(errors, expected);
    assert_eq!(scene.completions(), 1);
}

#[test]
fn a_dead_server_that_is_named_for_both_costs_the_time_of_one() {
    let mut scene = Scene::usual(&["stun:198.51.100.9", "turn:198.51.100.9"]);
    scene.gather();
    let took = scene.complete();
    assert!((MS(9_500)..MS(9_600)).contains(&took), "{took:?}");
    scene.drain();
    assert_eq!(scene.errors().len(), 2);
}

#[test]
fn transactions_begin_one_after_the_other() {
    let servers: Vec<String> = (1..=25).map(|host| format!("stun:198.51.100.{host}")).collect();
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    let mut scene = Scene::usual(&servers);
    scene.gatherer.add_local(scene.now, udp("192.168.1.3:1000")).unwrap();
    scene.gather();
    scene.run_ms(400);
    // 20 servers from two addresses; those beyond are not asked.
    let begun: Vec<_> = scene.sent.iter().map(|(at, ..)| *at).collect();
    assert_eq!(begun.len(), 40);
    for pair in begun.windows(2) {
        assert!(pair[1].saturating_duration_since(pair[0]) >= MS(5));
    }
}

#[test]
fn a_lost_answer_is_asked_for_again() {
    let mut scene = Scene::usual(&["stun:198.51.100.1"]);
    scene.fates = [Fate::Drop, Fate::Deliver, Fate::Drop].into();
    scene.gather();
    assert_eq!(scene.complete(), MS(1_520));
    assert_eq!(scene.reflexive(), [address("203.0.113.1:1000")]);
    assert!(scene.sent.iter().all(|(.., datagram)| *datagram == scene.sent[0].2));
}

#[test]
fn a_name_is_resolved_once_for_all_its_servers() {
    let servers = ["stun:a.example", "turn:A.example:5000", "turns:a.example", "stun:b.example"];
    let mut scene = Scene::usual(&servers);
    scene.gather();
    let asked: Vec<_> = scene
        .requests
        .iter()
        .filter_map(|request| match request {
            GatherRequest::Resolve { host, .. } => Some(&**host),
            _ => None,
        })
        .collect();
    assert_eq!(asked, ["a.example", "b.example"]);
    // What fails is asked for again by the next gathering.
    scene.complete();
    scene.requests.clear();
    scene.gather();
    assert_eq!(scene.requests.len(), 2);
}

#[test]
fn only_addresses_of_our_families_are_tried_and_each_that_is_silent_gives_way() {
    let mut scene = Scene::usual(&["stun:many.example"]);
    let names = ["2001:db8::1", "198.51.100.7", "0.0.0.0", "224.0.0.1", "198.51.100.1"];
    let addresses = names.map(|name| name.parse().unwrap());
    scene.names.insert("many.example".into(), addresses.to_vec());
    scene.gather();
    let took = scene.complete();
    assert!((MS(2_000)..MS(2_100)).contains(&took), "{took:?}");
    assert_eq!(scene.reflexive(), [address("203.0.113.1:1000")]);
    assert!(scene.errors().is_empty());
    assert!(scene.sent.iter().all(|(_, path, _)| path.remote.is_ipv4()));
}

#[test]
fn a_server_that_no_address_of_ours_can_reach_is_told_of() {
    let mut scene = Scene::usual(&["stun:[2001:db8::5]", "turn:v6.example"]);
    scene.names.insert("v6.example".into(), vec!["2001:db8::6".parse().unwrap()]);
    scene.gather();
    scene.complete();
    let error = |uri: &str| (None, uri.to_string(), 701);
    assert_eq!(scene.errors(), [error("stun:[2001:db8::5]"), error("turn:v6.example")]);
    assert!(scene.sent.is_empty());
}

#[test]
fn a_link_local_or_loopback_address_asks_nobody_beyond() {
    let mut scene = Scene::new(GathererConfig::default());
    for local in ["127.0.0.1:1000", "169.254.1.1:1000", "[fe80::1]:1000", "[::1]:1000"] {
        scene.gatherer.add_local(scene.now, udp(local)).unwrap();
    }
    let servers = ["stun:198.51.100.1", "stun:[2001:db8::1]", "stun:127.0.0.1"];
    scene.gatherer.set_servers(servers.map(server).into());
    scene.gather();
    scene.run_ms(1_000);
    let paths: Vec<_> = scene.sent.iter().map(|(_, path, _)| *path).collect();
    let path = FiveTuple::udp(address("127.0.0.1:1000"), address("127.0.0.1:3478"));
    assert!(!paths.is_empty() && paths.iter().all(|it| *it == path));
}

#[test]
fn hidden_addresses_are_told_nowhere() {
    let mut config = GathererConfig::default();
    config.hide_local_addresses = true;
    let mut scene = Scene::new(config);
    scene.nat = Some("203.0.113.1".parse().unwrap());
    scene.servers.push(TurnServer::new(address("198.51.100.1:3478")));
    scene.gatherer.add_local(scene.now, udp("192.168.1.2:1000")).unwrap();
    let servers = ["stun:198.51.100.1", "stun:198.51.100.66"].map(server);
    scene.gatherer.set_servers(servers.into());
    scene.gather();
    scene.complete();
    let [found] = &scene.of_kind(CandidateKind::ServerReflexive)[..] else { panic!("one") };
    assert_eq!(found.related, Some(address("0.0.0.0:0")));
    assert_eq!(scene.errors(), [(None, "stun:198.51.100.66".to_string(), 701)]);
}

#[test]
fn with_the_relay_policy_nothing_but_relays_is_asked_for_and_nothing_is_given_away() {
    let mut scene = Scene::usual(&["stun:198.51.100.7", "turn:198.51.100.1"]);
    scene.gatherer.set_policy(GatherPolicy::Relay);
    scene.gather();
    assert_eq!(scene.complete(), MS(40));
    let found: Vec<_> = scene.gatherer.candidates().collect();
    assert_eq!(found.len(), 2);
    for candidate in found {
        assert_eq!(candidate.kind, CandidateKind::Relayed);
        assert!(candidate.related.unwrap().ip().is_unspecified());
    }
    assert!(scene.sent.iter().all(|(_, path, _)| path.remote == address("198.51.100.1:3478")));
}

#[test]
fn relays_are_reached_by_udp_and_tcp_and_tls() {
    let servers = [
        "turn:198.51.100.1",
        "turn:198.51.100.1?transport=tcp",
        "turns:relay.example:3478",
        "turns:198.51.100.1?transport=udp",
    ];
    let mut scene = Scene::usual(&servers);
    scene.names.insert("relay.example".into(), vec![address("198.51.100.1:1").ip()]);
    scene.gather();
    scene.complete();
    assert_eq!(scene.servers[0].allocations().len(), 3);
    let connects: Vec<_> = scene
        .requests
        .iter()
        .filter_map(|request| match request {
            GatherRequest::Connect { local, remote, tls, .. } => {
                Some((*local, *remote, tls.as_deref()))
            }
            _ => None,
        })
        .collect();
    let (local, remote) = (address("192.168.1.2:1").ip(), address("198.51.100.1:3478"));
    assert_eq!(connects, [(local, remote, None), (local, remote, Some("relay.example"))]);
    // UDP before TCP before TLS.
    let best = |uri: &str| {
        let relayed = scene.of_kind(CandidateKind::Relayed);
        let of_uri = relayed.iter().filter(|it| it.server_uri.as_ref().unwrap().as_str() == uri);
        of_uri.map(|it| it.priority).max().unwrap()
    };
    assert!(best(servers[0]) > best(servers[1]));
    assert!(best(servers[1]) > best(servers[2]));
    assert!(scene.errors().is_empty());
    // The IP address that the server saw of a connection is that of an active candidate.
    let tcp: Vec<_> = scene
        .of_kind(CandidateKind::ServerReflexive)
        .into_iter()
        .filter(|it| it.protocol == Protocol::Tcp)
        .collect();
    assert_eq!(tcp.len(), 1);
    assert_eq!(tcp[0].address, address("203.0.113.1:9"));
    assert_eq!(tcp[0].base, address("192.168.1.2:9"));
}

#[test]
fn a_stun_server_over_tls_tells_an_active_candidate_and_is_left() {
    let mut scene = Scene::usual(&["stuns:198.51.100.1:3478"]);
    scene.gather();
    scene.complete();
    scene.run_ms(100);
    assert_eq!(scene.reflexive(), [address("203.0.113.1:9")]);
    assert!(matches!(scene.requests[1], GatherRequest::Disconnect(_)));
    assert_eq!(scene.sent.len(), 1);
}

#[test]
fn a_refused_connection_and_one_that_never_opens_are_errors() {
    let servers = ["turn:198.51.100.7?transport=tcp", "turns:198.51.100.8"];
    let mut scene = Scene::usual(&servers);
    scene.refusing.insert(address("198.51.100.7:3478"));
    scene.gather();
    scene.run_ms(100);
    let local = Some(address("192.168.1.2:0"));
    assert_eq!(scene.errors(), [(local, servers[0].to_string(), 701)]);
    scene.complete();
    assert_eq!(scene.errors()[1], (local, servers[1].to_string(), 701));
    // It opens in the end: nobody needs it.
    let Some(GatherRequest::Connect { connection, .. }) = scene.requests.last().cloned() else {
        panic!("a connection was asked for")
    };
    scene.requests.clear();
    scene.gatherer.handle_connected(scene.now, connection, address("192.168.1.2:7777"));
    scene.drain();
    let path = FiveTuple {
        protocol: Protocol::Tcp,
        local: address("192.168.1.2:7777"),
        remote: address("198.51.100.8:5349"),
    };
    assert_eq!(scene.requests, [GatherRequest::Disconnect(path)]);
}

#[test]
fn the_code_of_the_server_is_told_once_for_each_local_address() {
    let mut scene = Scene::usual(&["turn:198.51.100.1"]);
    scene.gatherer.add_local(scene.now, udp("192.168.1.3:1000")).unwrap();
    scene.servers[0].refusals = vec![(Method::ALLOCATE, 508); 8].into();
    scene.gather();
    scene.complete();
    let error = |local: &str| (Some(address(local)), "turn:198.51.100.1".to_string(), 508);
    let mut errors = scene.errors();
    errors.sort();
    assert_eq!(errors, [error("192.168.1.2:1000"), error("192.168.1.3:1000")]);
}

#[test]
fn a_server_that_has_no_room_is_left_alone_for_a_minute() {
    for code in [486, 508] {
        let mut scene = Scene::usual(&["turn:198.51.100.1"]);
        scene.servers[0].refusals = vec![(Method::ALLOCATE, code)].into();
        scene.gather();
        scene.complete();
        let asked = scene.servers[0].count(Method::ALLOCATE);
        scene.run(Duration::from_secs(50));
        scene.gather();
        scene.complete();
        assert_eq!(scene.servers[0].count(Method::ALLOCATE), asked, "{code}");
        assert_eq!(scene.errors().len(), 2, "it is told each time");
        assert!(scene.errors().iter().all(|error| error.2 == code));
        scene.run(Duration::from_secs(15));
        scene.gather();
        scene.complete();
        assert_eq!(scene.relayed().len(), 2, "{code}");
    }
}

#[test]
fn a_server_that_sends_on_is_followed() {
    let mut scene = Scene::usual(&["turn:198.51.100.1"]);
    scene.servers[0].alternate = Some(address("198.51.100.2:3478"));
    scene.servers.push(TurnServer::new(address("198.51.100.2:3478")));
    scene.servers[1].relay_v4 = Some("203.0.113.6".parse().unwrap());
    scene.gather();
    scene.complete();
    assert!(scene.errors().is_empty(), "{:?}", scene.errors());
    assert_eq!(scene.relayed()[0].ip(), address("203.0.113.6:1").ip());
    assert_eq!(scene.servers[1].allocations().len(), 1);
    assert_eq!(
        scene.of_kind(CandidateKind::Relayed)[0].server,
        Some("198.51.100.2".parse().unwrap())
    );
}

#[test]
fn servers_that_send_on_in_a_circle_are_left() {
    let mut scene = Scene::usual(&["turn:198.51.100.1"]);
    scene.servers[0].alternate = Some(address("198.51.100.2:3478"));
    scene.servers.push(TurnServer::new(address("198.51.100.2:3478")));
    scene.servers[1].alternate = Some(address("198.51.100.1:3478"));
    scene.gather();
    scene.complete();
    let local = Some(address("192.168.1.2:1000"));
    assert_eq!(scene.errors(), [(local, "turn:198.51.100.1".to_string(), 300)]);
    assert!(scene.sent.len() < 10);
}

#[test]
fn a_candidate_is_kept_alive_until_it_is_in_use() {
    let mut scene = Scene::usual(&["stun:198.51.100.1"]);
    scene.gather();
    scene.complete();
    scene.run_ms(100_000);
    assert_eq!(scene.servers[0].count(Method::BINDING), 7);
    scene.gatherer.set_keepalive(scene.now, false);
    scene.run_ms(100_000);
    assert!(scene.servers[0].count(Method::BINDING) <= 8);
    assert_eq!(scene.completions(), 1);
    assert!(scene.errors().is_empty());
}

#[test]
fn a_mapping_that_has_changed_is_a_new_candidate() {
    let mut scene = Scene::usual(&["stun:198.51.100.1"]);
    scene.gather();
    scene.complete();
    scene.nat = Some("203.0.113.99".parse().unwrap());
    scene.run_ms(20_000);
    assert_eq!(scene.reflexive(), [address("203.0.113.99:1000")]);
    assert!(scene.lost().is_empty());
}

#[test]
fn an_address_that_comes_late_is_asked_from_at_once() {
    let mut scene = Scene::usual(&["stun:198.51.100.1", "turn:198.51.100.1?transport=tcp"]);
    scene.gather();
    scene.complete();
    scene.run_ms(5_000);
    scene.gatherer.add_local(scene.now, udp("192.168.5.5:2000")).unwrap();
    assert!(!scene.gatherer.is_complete());
    assert!(scene.complete() < MS(100));
    scene.drain();
    assert!(scene.reflexive().contains(&address("203.0.113.1:2000")));
    assert_eq!(scene.servers[0].allocations().len(), 2);
    assert_eq!(scene.completions(), 2);
}

#[test]
fn a_listener_alone_can_ask_over_connections() {
    let mut scene = Scene::new(GathererConfig::default());
    scene.servers.push(TurnServer::new(address("198.51.100.1:3478")));
    let listener = LocalAddress::new(address("192.168.1.2:443"), Protocol::Tcp);
    scene.gatherer.add_local(scene.now, listener).unwrap();
    let servers = ["turn:198.51.100.1", "turn:198.51.100.1?transport=tcp"].map(server);
    scene.gatherer.set_servers(servers.into());
    scene.gather();
    scene.complete();
    assert_eq!(scene.servers[0].allocations().len(), 1);
    assert_eq!(scene.relayed().len(), 2);
}
