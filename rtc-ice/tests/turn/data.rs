//! What goes to peers and comes from them: permissions, indications and channels.

use std::time::Duration;

use rtc_core::Protocol;
use rtc_ice::stun::{ErrorCode, Message, Method};
use rtc_ice::turn::{ChannelData, ChannelNumber, Event};

use crate::scene::{Scene, addr, config, peer};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A Binding request, as ICE sends to see whether a peer is there.
fn check() -> Vec<u8> {
    use rtc_ice::stun::{Class, MessageBuilder, TransactionId};
    let mut out = Vec::new();
    MessageBuilder::new(&mut out, Class::Request, Method::BINDING, TransactionId([7; 12])).finish();
    out
}

#[test]
fn the_first_datagram_waits_for_its_permission() {
    let mut scene = Scene::allocated();
    let relayed = scene.client.allocated().unwrap().relayed_v4.unwrap();
    assert!(!scene.send(peer(), b"\x80first"));
    assert!(!scene.send(peer(), b"\x80second"));
    assert!(scene.delivered.is_empty());
    scene.drive(seconds(1));
    // Of one peer the latest is kept.
    assert_eq!(scene.delivered, [(relayed, peer(), b"\x80second".to_vec())]);
    assert_eq!(scene.server.count(Method::CREATE_PERMISSION), 1);
    assert!(scene.send(peer(), b"\x80third"));
    scene.drive(seconds(1));
    assert_eq!(scene.delivered.len(), 2);
}

#[test]
fn what_is_too_large_does_not_wait() {
    let mut scene = Scene::allocated();
    assert!(!scene.send(peer(), &[0x80; 1281]));
    scene.drive(seconds(1));
    assert!(scene.delivered.is_empty());
    assert!(!scene.send(peer(), &[0x80; 65_401]));
    assert!(scene.send(peer(), &[0x80; 65_400]));
    scene.drive(seconds(1));
    assert_eq!(scene.delivered.len(), 1);
}

#[test]
fn a_permission_can_be_had_before_anything_is_sent() {
    let mut scene = Scene::allocated();
    scene.client.permit(scene.now, peer());
    scene.drive(seconds(1));
    assert!(scene.send(peer(), &check()));
}

#[test]
fn a_channel_that_is_over_when_its_answer_is_read_is_asked_for_at_once() {
    let mut config = config();
    config.lifetime = seconds(3600);
    let mut scene = Scene::with(config, Protocol::Udp);
    scene.server.max_lifetime = seconds(3600);
    scene.allocate();
    assert!(!scene.send(peer(), b"\x80one"));
    scene.drive(Duration::from_millis(35));
    assert_eq!(scene.server.count(Method::CHANNEL_BIND), 1);
    // The host sleeps while the answer is on its way.
    scene.now += seconds(700);
    assert!(!scene.send(peer(), b"\x80two"));
    scene.drive(seconds(1));
    assert_eq!(scene.delivered.len(), 2);
}

#[test]
fn a_channel_is_bound_for_data_and_not_for_checks() {
    let mut scene = Scene::allocated();
    for _ in 0..5 {
        scene.send(peer(), &check());
        scene.drive(seconds(1));
    }
    assert_eq!(scene.server.count(Method::CHANNEL_BIND), 0);
    assert_eq!(scene.delivered.len(), 5);
    assert_eq!(scene.client.overhead(scene.now, peer()), 39);
    scene.send(peer(), b"\x16dtls");
    scene.drive(seconds(1));
    assert_eq!(scene.server.count(Method::CHANNEL_BIND), 1);
    scene.log.clear();
    scene.send(peer(), b"\x16more");
    scene.send(peer(), &check());
    scene.drive(seconds(1));
    assert_eq!(scene.client.overhead(scene.now, peer()), 4);
    for (_, _, bytes) in &scene.log {
        assert!(ChannelData::decode(bytes).is_ok());
    }
    assert_eq!(scene.delivered.len(), 8);
    assert_eq!(scene.delivered[6].2, b"\x16more");
    assert_eq!(scene.delivered[7].2, check());
}

#[test]
fn data_of_every_length_goes_both_ways_over_udp_and_tcp() {
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        for has_channel in [false, true] {
            let mut scene = Scene::with(config(), protocol);
            let relayed = scene.allocate().relayed_v4.unwrap();
            scene.client.permit(scene.now, peer());
            scene.drive(seconds(1));
            if has_channel {
                scene.send(peer(), b"\x80");
                scene.drive(seconds(1));
            }
            scene.delivered.clear();
            let lengths = [0, 1, 2, 3, 4, 5, 1200, 9000];
            let mut expected = Vec::new();
            for length in lengths {
                // Without a channel it has to look like a check.
                let mut data = if has_channel { Vec::new() } else { check() };
                data.resize(data.len() + length, 0xab);
                assert!(scene.send(peer(), &data));
                scene.peer_sends(peer(), relayed, &data);
                expected.push(data);
            }
            scene.drive(seconds(1));
            let sent: Vec<_> = scene.delivered.iter().map(|at| at.2.clone()).collect();
            let received: Vec<_> = scene.received.iter().map(|at| at.2.clone()).collect();
            assert_eq!(sent, expected);
            assert_eq!(received, expected);
            assert!(scene.errors.is_empty());
            assert!(scene.received.iter().all(|at| (at.0, at.1) == (relayed, peer())));
            let is_channel_data =
                scene.log.iter().filter(|at| ChannelData::is_channel_data(&at.2)).count();
            assert_eq!(is_channel_data, if has_channel { lengths.len() } else { 0 });
        }
    }
}

#[test]
fn over_a_channel_only_the_headers_are_written() {
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        let mut scene = Scene::with(config(), protocol);
        scene.allocate();
        assert!(!scene.client.has_channel(scene.now, peer()));
        let mut out = b"before----data".to_vec();
        let now = scene.now;
        assert_eq!(scene.client.wrap_in_channel(now, peer(), &mut out, 6, 8), None);
        assert_eq!(out, b"before");
        for _ in 0..3 {
            scene.send(peer(), b"\x80data");
            scene.drive(seconds(1));
        }
        let now = scene.now;
        assert!(scene.client.has_channel(now, peer()));
        for length in [0, 1, 2, 3, 4, 1200] {
            let data = vec![0xab; length];
            let (mut moved, mut written) = (b"before".to_vec(), b"before----".to_vec());
            moved.extend(&data);
            written.extend(&data);
            let path = Some(scene.client.path());
            assert_eq!(scene.client.wrap(now, peer(), &mut moved, 6), path);
            let segment = length + 4;
            let wrapped = scene.client.wrap_in_channel(now, peer(), &mut written, 6, segment);
            assert_eq!((wrapped, &written), (path, &moved), "{length}");
        }
    }
}

#[test]
fn several_datagrams_go_over_a_channel_at_once_but_not_to_a_stream() {
    let mut scene = Scene::with_channel();
    let number = ChannelNumber::new(*scene.server.allocations()[0].channels.keys().next().unwrap());
    let mut out = b"before".to_vec();
    for (byte, length) in [(1, 100), (2, 100), (3, 40)] {
        out.extend([0; 4]);
        out.extend(vec![byte; length]);
    }
    let batch = out.clone();
    let path = scene.client.wrap_in_channel(scene.now, peer(), &mut out, 6, 104);
    assert_eq!(path, Some(scene.client.path()));
    let messages: Vec<_> = out[6..].chunks(104).map(ChannelData::decode).collect();
    for (message, (byte, length)) in messages.iter().zip([(1, 100), (2, 100), (3, 40)]) {
        let message = message.unwrap();
        assert_eq!((Some(message.number), message.data), (number, &vec![byte; length][..]));
    }
    assert_eq!(messages.len(), 3);

    let mut scene = Scene::with(config(), Protocol::Tcp);
    scene.allocate();
    for _ in 0..3 {
        scene.send(peer(), b"\x80data");
        scene.drive(seconds(1));
    }
    let mut out = batch;
    assert_eq!(scene.client.wrap_in_channel(scene.now, peer(), &mut out, 6, 104), None);
    assert_eq!(out, b"before");
}

#[test]
fn a_channel_that_is_used_without_moving_anything_is_renewed() {
    let mut scene = Scene::with_channel();
    for _ in 0..1000 {
        let mut out = b"----data".to_vec();
        let now = scene.now;
        assert!(scene.client.wrap_in_channel(now, peer(), &mut out, 0, 8).is_some());
        scene.drive(seconds(1));
    }
    assert_eq!(scene.server.count(Method::CHANNEL_BIND), 5);
}

#[test]
fn permissions_and_channels_last_as_long_as_they_are_used() {
    let mut scene = Scene::with_channel();
    scene.talk(seconds(3000), seconds(1));
    assert_eq!(scene.delivered.len(), 3000);
    assert_eq!(scene.server.allocations()[0].channels.len(), 1);
    // One of each at first; then every four minutes the one does for the other.
    assert_eq!(scene.server.count(Method::CHANNEL_BIND), 13);
    assert!(scene.server.count(Method::CREATE_PERMISSION) <= 2);
}

#[test]
fn a_permission_that_checks_alone_use_is_renewed() {
    let mut scene = Scene::allocated();
    for _ in 0..400 {
        scene.send(peer(), &check());
        scene.drive(seconds(5));
    }
    assert_eq!(scene.delivered.len(), 400);
    assert_eq!(scene.server.count(Method::CREATE_PERMISSION), 9);
    assert_eq!(scene.server.count(Method::CHANNEL_BIND), 0);
}

#[test]
fn what_is_not_used_any_more_is_let_go() {
    let mut scene = Scene::with_channel();
    scene.drive(seconds(1300));
    let allocation = &scene.server.allocations()[0];
    assert!(allocation.permissions.is_empty() && allocation.channels.is_empty());
    let asked = scene.server.count(Method::CHANNEL_BIND);
    scene.drive(seconds(1000));
    assert_eq!(scene.server.count(Method::CHANNEL_BIND), asked);
    // And had anew when it is wanted.
    for _ in 0..3 {
        scene.send(peer(), b"\x80again");
        scene.drive(seconds(1));
    }
    assert_eq!(scene.delivered.len(), 3);
    assert_eq!(scene.server.allocations()[0].channels.len(), 1);
}

#[test]
fn a_peer_keeps_its_channel_number_while_it_rests() {
    let mut scene = Scene::with_channel();
    let number = |scene: &Scene| *scene.server.allocations()[0].channels.keys().next().unwrap();
    let first = number(&scene);
    // The binding has run out, its rest of five minutes has not.
    scene.drive(seconds(1000));
    assert!(scene.server.allocations()[0].channels.is_empty());
    let other = addr("198.51.100.8:4000");
    for peer in [other, peer()] {
        for _ in 0..3 {
            scene.send(peer, b"\x80again");
            scene.drive(seconds(1));
        }
    }
    let channels = &scene.server.allocations()[0].channels;
    assert_eq!(channels.get(&first).unwrap().0, peer());
    assert_eq!(channels.len(), 2);
}

#[test]
fn a_channel_whose_permission_has_run_out_is_not_used_without_a_new_one() {
    let mut scene = Scene::with_channel();
    // Used once after the first renewal was decided on: the permission runs out, the channel lasts.
    scene.drive(seconds(560));
    let bound = scene.server.count(Method::CHANNEL_BIND);
    assert!(!scene.send(peer(), b"\x80late"));
    scene.drive(seconds(1));
    assert_eq!(scene.server.count(Method::CHANNEL_BIND), bound + 1);
    assert_eq!(scene.delivered.last().unwrap().2, b"\x80late");
}

#[test]
fn a_forbidden_peer_is_refused_and_others_are_not() {
    let mut scene = Scene::allocated();
    let forbidden = addr("10.0.0.1:4000");
    scene.server.forbidden.push(forbidden.ip());
    for _ in 0..3 {
        assert!(!scene.send(forbidden, b"\x80hello"));
        scene.send(peer(), b"\x80hello");
        scene.drive(seconds(10));
    }
    let refused = Event::PeerRefused { peer: forbidden.ip(), code: ErrorCode::FORBIDDEN };
    assert_eq!(scene.events[1..].iter().map(|at| &at.1).collect::<Vec<_>>(), [&refused]);
    assert_eq!(scene.delivered.len(), 3);
    assert_eq!(scene.server.count(Method::CREATE_PERMISSION), 2);
    // A minute later it may be tried again.
    scene.drive(seconds(60));
    scene.server.forbidden.clear();
    scene.send(forbidden, b"\x80hello");
    scene.drive(seconds(1));
    assert_eq!(scene.delivered.last().unwrap().1, forbidden);
}

#[test]
fn a_peer_that_the_server_has_no_family_for_is_refused() {
    let mut scene = Scene::allocated();
    scene.server.refusals.push_back((Method::CREATE_PERMISSION, 443));
    scene.send(peer(), b"\x80hello");
    scene.drive(seconds(1));
    let code = ErrorCode::PEER_ADDRESS_FAMILY_MISMATCH;
    let refused = Event::PeerRefused { peer: peer().ip(), code };
    assert_eq!(scene.events.last().unwrap().1, refused);
    assert_eq!(scene.failure(), None);
}

#[test]
fn without_a_channel_indications_do() {
    let mut scene = Scene::allocated();
    scene.server.refusals.push_back((Method::CHANNEL_BIND, 508));
    scene.talk(seconds(100), seconds(1));
    assert_eq!(scene.delivered.len(), 100);
    assert_eq!(scene.server.count(Method::CHANNEL_BIND), 1);
    assert_eq!(scene.events.len(), 1);
    // After a rest it is tried once more.
    scene.talk(seconds(300), seconds(5));
    assert_eq!(scene.server.count(Method::CHANNEL_BIND), 2);
    assert_eq!(scene.server.allocations()[0].channels.len(), 1);
}

#[test]
fn no_more_peers_are_served_than_allowed() {
    let mut config = config();
    config.max_peers = 10;
    let mut scene = Scene::with(config, Protocol::Udp);
    scene.allocate();
    for round in 0..3 {
        for host in 0..30 {
            scene.send(addr(&format!("198.51.100.{host}:4000")), b"\x80hello");
        }
        scene.drive(seconds(1));
        let allocation = &scene.server.allocations()[0];
        assert_eq!(allocation.permissions.len(), 10);
        assert_eq!(allocation.channels.len(), 10);
        assert_eq!(scene.delivered.len(), 10 * (round + 1));
    }
    // One address with many ports needs one permission and many channels.
    for port in 1..100 {
        scene.send(addr(&format!("198.51.100.1:{port}")), b"\x80hello");
    }
    scene.drive(seconds(1));
    assert_eq!(scene.server.allocations()[0].channels.len(), 10);
}

#[test]
fn nothing_is_wrapped_before_there_is_an_allocation() {
    let mut scene = Scene::new();
    assert!(!scene.send(peer(), b"\x80hello"));
    scene.allocate();
    assert_eq!(scene.server.count(Method::CREATE_PERMISSION), 0);
    // An IPv4 address is one however it is written.
    scene.send(addr("[::ffff:198.51.100.7]:4000"), b"\x80hello");
    scene.drive(seconds(1));
    assert_eq!(scene.delivered[0].1, peer());
}

#[test]
fn indications_have_ids_of_their_own() {
    let mut scene = Scene::allocated();
    scene.client.permit(scene.now, peer());
    scene.drive(seconds(1));
    scene.log.clear();
    for _ in 0..20 {
        scene.send(peer(), &check());
    }
    let ids: std::collections::BTreeSet<_> = scene
        .log
        .iter()
        .map(|(_, _, bytes)| Message::decode(bytes).unwrap().transaction_id())
        .collect();
    assert_eq!(ids.len(), 20);
}
