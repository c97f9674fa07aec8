//! Allocations that move with their client (RFC 8016).

use std::time::Duration;

use rtc_core::{FiveTuple, Protocol};
use rtc_ice::stun::{ErrorCode, Method};
use rtc_ice::turn::{Event, Failure, MoveError};

use crate::scene::{Scene, addr, config, peer};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn mobile(protocol: Protocol) -> Scene {
    let mut config = config();
    config.mobility = true;
    let mut scene = Scene::with(config, protocol);
    scene.allocate();
    for _ in 0..3 {
        scene.send(peer(), b"\x80data");
        scene.drive(seconds(1));
    }
    assert!(scene.client.is_mobile());
    scene
}

fn other_path(protocol: Protocol) -> FiveTuple {
    FiveTuple { protocol, local: addr("192.0.2.99:7777"), remote: addr("203.0.113.1:3478") }
}

#[test]
fn an_allocation_moves_with_its_permissions_and_channels() {
    for (from, to) in [
        (Protocol::Udp, Protocol::Udp),
        (Protocol::Udp, Protocol::Tcp),
        (Protocol::Tcp, Protocol::Udp),
        (Protocol::Tcp, Protocol::Tcp),
    ] {
        let mut scene = mobile(from);
        let relayed = scene.client.allocated().unwrap().relayed_v4.unwrap();
        let asked = scene.server.count(Method::CREATE_PERMISSION);
        assert_eq!(scene.client.move_to(scene.now, other_path(to)), Ok(()));
        // Until the server has agreed the old path is used.
        assert_ne!(scene.client.path(), other_path(to));
        assert!(scene.client.owns(&other_path(to)));
        scene.drive(seconds(1));
        assert_eq!(scene.events.last().unwrap().1, Event::Moved);
        assert_eq!(scene.client.path(), other_path(to));
        assert_eq!(scene.server.allocations()[0].client.remote, other_path(to).local);
        scene.delivered.clear();
        assert!(scene.send(peer(), b"\x80after"));
        scene.peer_sends(peer(), relayed, b"answer");
        scene.drive(seconds(1));
        assert_eq!(scene.delivered, [(relayed, peer(), b"\x80after".to_vec())]);
        assert_eq!(*scene.received.last().unwrap(), (relayed, peer(), b"answer".to_vec()));
        assert_eq!(scene.server.count(Method::CREATE_PERMISSION), asked);
        // With a new ticket it can move again, and back.
        assert!(scene.client.is_mobile());
        scene.client.move_to(scene.now, crate::scene::path(from)).unwrap();
        scene.drive(seconds(1000));
        assert_eq!(scene.failure(), None);
        assert_eq!(scene.client.path(), crate::scene::path(from));
        assert_eq!(scene.server.allocations()[0].relayed, [relayed]);
    }
}

#[test]
fn an_allocation_whose_path_has_gone_is_saved_by_a_move() {
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        let mut scene = mobile(protocol);
        let old = scene.client.path();
        scene.client.move_to(scene.now, other_path(protocol)).unwrap();
        scene.client.handle_disconnected(scene.now, old);
        scene.drive(seconds(1));
        assert_eq!(scene.failure(), None);
        assert_eq!(scene.client.path(), other_path(protocol));

        let mut scene = mobile(protocol);
        scene.client.move_to(scene.now, other_path(protocol)).unwrap();
        scene.client.handle_disconnected(scene.now, old);
        scene.server.refusals.push_back((Method::REFRESH, 405));
        scene.drive(seconds(1));
        let failure = Failure::Refused(ErrorCode::MOBILITY_FORBIDDEN);
        assert_eq!(scene.failure(), Some(&Event::Lost(failure)));
    }
}

#[test]
fn a_move_that_fails_leaves_the_allocation_where_it_was() {
    let mut scene = mobile(Protocol::Udp);
    let old = scene.client.path();
    scene.server.refusals.push_back((Method::REFRESH, 437));
    scene.client.move_to(scene.now, other_path(Protocol::Udp)).unwrap();
    scene.drive(seconds(1));
    assert_eq!(scene.events.last().unwrap().1, Event::NotMoved(Failure::Mismatch));
    assert_eq!(scene.client.path(), old);
    assert!(!scene.client.owns(&other_path(Protocol::Udp)));
    scene.drive(seconds(1000));
    assert_eq!(scene.failure(), None);

    // The new connection may end before the server has answered.
    scene.client.move_to(scene.now, other_path(Protocol::Tcp)).unwrap();
    scene.client.handle_disconnected(scene.now, other_path(Protocol::Tcp));
    scene.drive(seconds(1));
    assert_eq!(scene.events.last().unwrap().1, Event::NotMoved(Failure::Disconnected));
}

#[test]
fn without_a_ticket_nothing_moves() {
    let mut scene = Scene::new();
    let to = other_path(Protocol::Udp);
    assert_eq!(scene.client.move_to(scene.now, to), Err(MoveError::NotAllocated));
    scene.allocate();
    assert_eq!(scene.client.move_to(scene.now, to), Err(MoveError::NoTicket));
    let own = scene.client.path();
    assert_eq!(scene.client.move_to(scene.now, own), Err(MoveError::SamePath));

    // A server that has no mobility, or forbids it.
    for refusal in [None, Some((Method::ALLOCATE, 405))] {
        let mut config = config();
        config.mobility = true;
        let mut scene = Scene::with(config, Protocol::Udp);
        scene.server.has_mobility = refusal.is_some();
        scene.server.refusals.extend(refusal);
        scene.allocate();
        assert!(!scene.client.is_mobile());
        assert_eq!(scene.client.move_to(scene.now, to), Err(MoveError::NoTicket));
    }
}

#[test]
fn an_answer_to_a_move_counts_on_the_new_path_alone() {
    let mut scene = mobile(Protocol::Udp);
    let (old, new) = (scene.client.path(), other_path(Protocol::Udp));
    scene.client.move_to(scene.now, new).unwrap();
    // Carry it by hand: the server does not know a nonce for the new path.
    let exchange = |scene: &mut Scene| {
        let mut out = Vec::new();
        let transmit = scene.client.poll_transmit(scene.now, &mut out).unwrap();
        assert_eq!(transmit.path, new);
        let reverse = FiveTuple { local: new.remote, remote: new.local, ..new };
        scene.server.handle_datagram(scene.now, reverse, &out);
        scene.server.poll_transmit().unwrap().1
    };
    let stale = exchange(&mut scene);
    let now = scene.now;
    assert!(scene.client.handle_datagram(now, old, &mut stale[..].into()).is_err());
    assert!(scene.client.handle_datagram(now, new, &mut stale[..].into()).is_ok());
    let success = exchange(&mut scene);
    assert!(scene.client.handle_datagram(now, old, &mut success[..].into()).is_err());
    assert_eq!(scene.client.path(), old);
    assert!(scene.client.handle_datagram(now, new, &mut success[..].into()).is_ok());
    assert_eq!(scene.client.path(), new);
}
