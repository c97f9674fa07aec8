//! How an allocation is made, kept and given back.

use std::time::Duration;

use rtc_core::Protocol;
use rtc_ice::stun::{ErrorCode, Message, Method};
use rtc_ice::turn::{Event, Failure, Families};

use crate::scene::{Scene, addr, config, path, peer, rng, start};
use crate::turn_server::Auth;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn an_allocation_is_made_in_two_round_trips_with_each_kind_of_key() {
    for auth in [Auth::Md5, Auth::Sha256, Auth::Sha256Userhash] {
        for protocol in [Protocol::Udp, Protocol::Tcp] {
            let mut scene = Scene::with(config(), protocol);
            scene.server.auth = auth;
            let allocated = scene.allocate();
            assert_eq!(allocated.mapped, addr("192.0.2.1:1000"));
            assert_eq!(allocated.relayed_v4.unwrap().ip(), scene.server.relay_v4.unwrap());
            assert_eq!(allocated.relayed_v6, None);
            assert_eq!(allocated.lifetime, seconds(600));
            assert_eq!(scene.server.count(Method::ALLOCATE), 2);
            let told_at = scene.events[0].0.saturating_duration_since(start());
            assert_eq!(told_at, Duration::from_millis(40));
            assert!(scene.errors.is_empty());
        }
    }
}

#[test]
fn a_server_that_asks_for_nothing_is_given_nothing() {
    let mut scene = Scene::new();
    scene.server.auth = Auth::None;
    scene.allocate();
    assert!(scene.log.iter().all(|(_, _, bytes)| !Message::decode(bytes).unwrap().has_integrity()));
    assert!(!scene.send(peer(), b"\x80hello"));
    scene.drive(seconds(1));
    assert_eq!(scene.delivered.len(), 1);
}

#[test]
fn the_first_request_carries_no_credentials() {
    let scene = Scene::allocated();
    let first = Message::decode(&scene.log[0].2).unwrap();
    assert!(!first.has_integrity());
    assert_eq!(first.username(), Ok(None));
    assert_eq!(first.nonce(), Ok(None));
}

#[test]
fn an_allocation_outlives_its_lifetime_by_refreshes() {
    let mut scene = Scene::allocated();
    scene.drive(seconds(4000));
    assert_eq!(scene.failure(), None);
    assert_eq!(scene.server.allocations().len(), 1);
    assert_eq!(scene.server.count(Method::REFRESH), 10);
}

#[test]
fn a_short_lifetime_is_kept_up_with() {
    let mut scene = Scene::new();
    scene.server.max_lifetime = seconds(6);
    scene.allocate();
    scene.drive(seconds(60));
    assert_eq!(scene.failure(), None);
    assert_eq!(scene.server.allocations().len(), 1);
}

#[test]
fn nonces_that_run_out_are_renewed() {
    for auth in [Auth::Md5, Auth::Sha256, Auth::Sha256Userhash] {
        let mut scene = Scene::new();
        scene.server.auth = auth;
        scene.server.nonce_lifetime = Some(seconds(60));
        scene.allocate();
        scene.talk(seconds(3000), seconds(5));
        assert_eq!(scene.failure(), None, "{auth:?}");
        assert_eq!(scene.delivered.len(), 600);
        assert!(scene.events.len() == 1, "{:?}", scene.events);
    }
}

#[test]
fn wrong_credentials_are_found_out_at_the_second_401() {
    for auth in [Auth::Md5, Auth::Sha256, Auth::Sha256Userhash] {
        let mut scene = Scene::new();
        scene.server.auth = auth;
        scene.server.password = "another".into();
        scene.drive(seconds(60));
        assert_eq!(scene.failure(), Some(&Event::Failed(Failure::WrongCredentials)));
        assert_eq!(scene.server.count(Method::ALLOCATE), 2);
        assert!(scene.client.is_over());
        assert_eq!(scene.client.poll_timeout(), None);
    }
}

#[test]
fn credentials_that_are_taken_back_lose_the_allocation() {
    let mut scene = Scene::allocated();
    scene.server.password = "rotated".into();
    scene.drive(seconds(500));
    assert_eq!(scene.failure(), Some(&Event::Lost(Failure::WrongCredentials)));
}

#[test]
fn another_realm_is_answered_once() {
    let mut scene = Scene::allocated();
    scene.server.realm = "elsewhere".into();
    scene.drive(seconds(500));
    assert_eq!(scene.failure(), None);
    assert_eq!(scene.server.count(Method::REFRESH), 2);
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        let mut scene = Scene::with(config(), protocol);
        scene.server.is_silent = true;
        scene.drive(Duration::from_millis(39_499));
        assert_eq!(scene.failure(), None);
        scene.drive(Duration::from_millis(1));
        assert_eq!(scene.failure(), Some(&Event::Failed(Failure::NoAnswer)));
        assert_eq!(scene.log.len(), if protocol == Protocol::Udp { 7 } else { 1 });
    }
}

#[test]
fn a_server_that_falls_silent_loses_the_allocation_before_it_expires() {
    let mut scene = Scene::allocated();
    scene.server.is_silent = true;
    scene.drive(seconds(450));
    assert_eq!(scene.failure(), Some(&Event::Lost(Failure::NoAnswer)));
}

#[test]
fn an_allocation_that_is_about_to_go_is_waited_for() {
    let mut scene = Scene::new();
    scene.server.refusals.push_back((Method::ALLOCATE, 437));
    scene.drive(seconds(5));
    assert_eq!(scene.failure(), None);
    let told_at = scene.events[0].0.saturating_duration_since(start());
    assert_eq!(told_at, Duration::from_millis(1500 + 80));
    // The second time it asks as if it were the first.
    let anew = Message::decode(&scene.log[2].2).unwrap();
    assert!(anew.method() == Method::ALLOCATE && !anew.has_integrity());

    let mut scene = Scene::new();
    scene.server.refusals.push_back((Method::ALLOCATE, 437));
    scene.drive(seconds(1));
    scene.client.release(scene.now);
    scene.drive(seconds(5));
    assert_eq!(scene.failure(), Some(&Event::Released));
    assert_eq!(scene.server.count(Method::ALLOCATE), 2);
}

fn ending() -> rtc_ice::turn::Config {
    let mut config = config();
    config.ends_remainder = true;
    config
}

#[test]
fn a_remainder_of_before_is_ended_and_the_allocation_asked_for_again() {
    // The client of before has gone without a word, and this one has its port.
    let mut scene = Scene::allocated();
    let relayed = scene.client.allocated().unwrap().relayed_v4;
    scene.client =
        rtc_ice::turn::Client::new(ending(), path(Protocol::Udp), scene.now, &mut rng(9));
    scene.events.clear();
    assert_ne!(scene.allocate().relayed_v4, relayed);
    assert_eq!(scene.server.count(Method::REFRESH), 1);
    assert_eq!(scene.server.allocations().len(), 1);
    assert_eq!(scene.failure(), None);
}

#[test]
fn the_allocation_of_another_on_the_same_path_is_left_alone() {
    let mut scene = Scene::allocated();
    let relayed = scene.client.allocated().unwrap().relayed_v4.unwrap();
    scene.client =
        rtc_ice::turn::Client::new(config(), path(Protocol::Udp), scene.now, &mut rng(9));
    scene.drive(seconds(5));
    assert_eq!(scene.failure(), Some(&Event::Failed(Failure::Mismatch)));
    assert_eq!(scene.server.allocations()[0].relayed, [relayed]);
    assert_eq!(scene.server.count(Method::REFRESH), 0);
}

#[test]
fn what_cannot_be_ended_asks_for_another_local_port() {
    let mut scene = Scene::with(ending(), Protocol::Udp);
    scene.server.refusals = [(Method::ALLOCATE, 437); 3].into();
    scene.drive(seconds(5));
    assert_eq!(scene.failure(), Some(&Event::Failed(Failure::Mismatch)));

    // After the credentials have rotated the server holds what is of the user of before.
    let mut scene = Scene::with(ending(), Protocol::Udp);
    scene.server.refusals = [(Method::ALLOCATE, 437), (Method::REFRESH, 441)].into();
    scene.drive(seconds(5));
    assert_eq!(scene.failure(), Some(&Event::Failed(Failure::Mismatch)));
    assert_eq!(Failure::Mismatch.error_code(), 437);
}

#[test]
fn a_server_that_has_forgotten_the_allocation_loses_it() {
    for method in [Method::REFRESH, Method::CREATE_PERMISSION, Method::CHANNEL_BIND] {
        let mut scene = Scene::allocated();
        assert!(!scene.send(peer(), b"\x80one"));
        scene.drive(seconds(1));
        if method == Method::REFRESH {
            scene.server.refusals.push_back((method, 437));
        } else {
            scene.server.forget();
        }
        scene.send(
            if method == Method::CREATE_PERMISSION { addr("1.2.3.4:5") } else { peer() },
            b"\x80two",
        );
        scene.drive(seconds(500));
        assert_eq!(scene.failure(), Some(&Event::Lost(Failure::Mismatch)), "{method:?}");
    }
}

#[test]
fn refusals_end_the_client_with_their_codes() {
    for code in [400, 403, 420, 442, 486, 500, 508] {
        let mut scene = Scene::new();
        scene.server.refusals.push_back((Method::ALLOCATE, code));
        scene.drive(seconds(5));
        let code = ErrorCode::new(code).unwrap();
        let failure = Failure::Refused(code);
        assert_eq!(failure.error_code(), code.number());
        assert_eq!(scene.failure(), Some(&Event::Failed(failure)));
        assert_eq!(scene.server.count(Method::ALLOCATE), 2);
    }
}

#[test]
fn the_quota_of_a_user_is_told() {
    let mut scene = Scene::new();
    scene.server.quota = 0;
    scene.drive(seconds(5));
    let failure = Failure::Refused(ErrorCode::ALLOCATION_QUOTA_REACHED);
    assert_eq!(scene.failure(), Some(&Event::Failed(failure)));
}

#[test]
fn each_family_is_given_when_it_is_asked_for() {
    let mut scene = Scene::with_families(Families::V6);
    let allocated = scene.allocate();
    assert_eq!(allocated.relayed_v4, None);
    assert!(allocated.relayed_v6.unwrap().is_ipv6());

    let mut scene = Scene::with_families(Families::Both);
    let allocated = scene.allocate();
    assert_eq!(allocated.relayed().count(), 2);
    assert_eq!(allocated.refused, None);
    for peer in [peer(), addr("[2001:db8::7]:4000")] {
        scene.send(peer, b"\x80hello");
        scene.drive(seconds(1));
        let (relayed, to, _) = *scene.delivered.last().unwrap();
        assert_eq!((Some(relayed), to), (allocated.relayed_for(peer), peer));
        scene.peer_sends(peer, relayed, b"answer");
        scene.drive(seconds(1));
        assert_eq!(*scene.received.last().unwrap(), (relayed, peer, b"answer".to_vec()));
    }
}

#[test]
fn of_two_families_the_one_that_there_is_will_do() {
    let mut scene = Scene::with_families(Families::Both);
    scene.server.relay_v6 = None;
    let allocated = scene.allocate();
    assert!(allocated.relayed_v4.is_some() && allocated.relayed_v6.is_none());
    assert_eq!(allocated.refused, Some(ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED));
    assert!(!scene.send(addr("[2001:db8::7]:4000"), b"hello"));

    // A server that refuses the whole for it.
    let mut scene = Scene::with_families(Families::Both);
    scene.server.refusals.push_back((Method::ALLOCATE, 440));
    let allocated = scene.allocate();
    assert!(allocated.relayed_v4.is_some() && allocated.relayed_v6.is_none());

    let mut scene = Scene::with_families(Families::V6);
    scene.server.relay_v6 = None;
    scene.drive(seconds(5));
    let failure = Failure::Refused(ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED);
    assert_eq!(scene.failure(), Some(&Event::Failed(failure)));
}

#[test]
fn what_is_released_is_gone() {
    let mut scene = Scene::with_channel();
    scene.client.release(scene.now);
    scene.drive(seconds(1));
    assert_eq!(scene.failure(), Some(&Event::Released));
    assert!(scene.server.allocations().is_empty());
    assert!(!scene.send(peer(), b"more"));

    // Also with a nonce that has run out meanwhile.
    let mut scene = Scene::allocated();
    scene.server.nonce_lifetime = Some(Duration::ZERO);
    scene.drive(seconds(1));
    scene.server.nonce_lifetime = Some(seconds(1));
    scene.client.release(scene.now);
    scene.drive(seconds(1));
    assert!(scene.server.allocations().is_empty());

    // Also before the server has answered.
    let mut scene = Scene::new();
    scene.drive(Duration::from_millis(25));
    scene.client.release(scene.now);
    scene.drive(seconds(1));
    assert_eq!(scene.events.iter().map(|event| &event.1).collect::<Vec<_>>(), [&Event::Released]);
    assert_eq!(scene.server.count(Method::REFRESH), 1);
    assert!(scene.server.allocations().is_empty());

    // And if it never answers, it was worth one datagram.
    let mut scene = Scene::allocated();
    scene.server.is_silent = true;
    let sent = scene.log.len();
    scene.client.release(scene.now);
    scene.drive(seconds(10));
    assert_eq!(scene.log.len(), sent + 1);
    assert_eq!(scene.failure(), Some(&Event::Released));
}

#[test]
fn a_connection_that_ends_takes_the_allocation_with_it() {
    let mut scene = Scene::with(config(), Protocol::Tcp);
    scene.allocate();
    let path = scene.client.path();
    scene.client.handle_disconnected(scene.now, path);
    scene.drive(seconds(1));
    assert_eq!(scene.failure(), Some(&Event::Lost(Failure::Disconnected)));

    let mut scene = Scene::with(config(), Protocol::Tcp);
    scene.client.handle_disconnected(scene.now, path);
    scene.drive(seconds(1));
    assert_eq!(scene.failure(), Some(&Event::Failed(Failure::Disconnected)));
}

#[test]
fn an_idle_path_is_kept_alive_over_udp_alone() {
    let mut scene = Scene::allocated();
    let sent = scene.log.len();
    scene.drive(seconds(100));
    assert_eq!(scene.log.len() - sent, 6);
    let last = Message::decode(&scene.log.last().unwrap().2).unwrap();
    assert_eq!(last.method(), Method::BINDING);

    let mut scene = Scene::with(config(), Protocol::Tcp);
    scene.allocate();
    let sent = scene.log.len();
    scene.drive(seconds(100));
    assert_eq!(scene.log.len(), sent);
}
