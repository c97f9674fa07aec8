//! Connections over TCP find their peers.

use std::time::Duration;

use rtc_core::{FiveTuple, Protocol};
use rtc_peer::{Request, RouterConfig, RouterError, RouterEvent};

use crate::unknown::request;
use crate::world::{SERVER, World};

fn path(port: u16) -> FiveTuple {
    let (local, remote) = (SERVER.parse().unwrap(), ([203, 0, 113, 7], port).into());
    FiveTuple { protocol: Protocol::Tcp, local, remote }
}

/// A check as it stands in a stream.
fn framed(ours: &str) -> Vec<u8> {
    let mut bytes = vec![0, 0];
    request(&mut bytes, ours, "theirs");
    let length = bytes.len() as u16 - 2;
    bytes[..2].copy_from_slice(&length.to_be_bytes());
    bytes
}

#[test]
fn peers_share_a_listener_however_their_streams_are_cut() {
    for piece in [usize::MAX, 700, 9, 1] {
        let mut world = World::new();
        world.piece = piece;
        for _ in 0..10 {
            world.add_over_tcp();
        }
        world.run_until(World::is_connected);
        for client in 0..10 {
            world.talk(client);
        }
        world.run_for(Duration::from_secs(40));
        world.talk(3);
        let others = |error: &&RouterError| **error != RouterError::Held;
        assert_eq!(world.refused.iter().find(others), None);
    }
}

#[test]
fn a_stream_that_ends_is_forgotten() {
    let mut world = World::new();
    for _ in 0..2 {
        world.add_over_tcp();
    }
    world.run_until(World::is_connected);
    let path = world.router.peer(world.clients[0].id).unwrap().selected_path().unwrap();
    assert_eq!(path.protocol, Protocol::Tcp);
    world.router.handle_disconnected(world.now, path);
    // What comes there now is another connection.
    assert_eq!(world.inject(path, &[0]), Err(RouterError::Held));
    assert_eq!(world.inject(path, &framed("nobody")[1..]), Err(RouterError::UnknownUfrag));
    world.talk(1);
    world.router.handle_disconnected(world.now, path);
}

#[test]
fn a_stream_that_says_nothing_or_nonsense_is_refused() {
    let mut world = World::new();
    world.add_over_tcp();
    world.run_until(World::is_connected);
    world.drain();
    world.told.clear();
    let id = world.clients[0].id;
    let before = world.snapshot(id);
    let sdp = world.router.peer(id).unwrap().local_description().unwrap().sdp;
    let ufrag = sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).unwrap();
    // Longer than a check.
    assert_eq!(world.inject(path(1), &[0xff, 0xff]), Err(RouterError::StreamRefused));
    // No check.
    assert_eq!(world.inject(path(2), &[0, 3, 22, 254, 253]), Err(RouterError::StreamRefused));
    // For nobody.
    assert_eq!(world.inject(path(3), &framed("nobody")), Err(RouterError::UnknownUfrag));
    // For somebody, without proof.
    assert_eq!(world.inject(path(4), &framed(ufrag)), Err(RouterError::StreamRefused));
    // Never.
    assert_eq!(world.inject(path(5), &[0]), Err(RouterError::Held));
    let deadline = world.router.poll_timeout();
    assert!(deadline.is_some_and(|deadline| deadline <= world.now + Duration::from_secs(10)));
    world.drain_router();
    assert_eq!(world.told.len(), 1, "{:?}", world.told);
    assert!(matches!(world.told[0], RouterEvent::UnknownBindingRequest { .. }));
    assert_eq!(before, world.snapshot(id));
    world.run_for(Duration::from_secs(10));
    assert!(world.told.contains(&RouterEvent::StreamRefused { path: path(5) }));
    world.talk(0);
}

#[test]
fn those_who_open_streams_and_say_nothing_keep_nobody_out() {
    let mut config = RouterConfig::default();
    config.max_held_streams = 10;
    let mut world = World::with(config, 1);
    for port in 1..=1000 {
        let expected = if port <= 10 { RouterError::Held } else { RouterError::StreamRefused };
        assert_eq!(world.inject(path(port), &[0]), Err(expected));
    }
    world.add_over_tcp();
    world.run_until(World::is_connected);
    world.talk(0);
}

#[test]
fn the_errands_of_a_closed_peer_are_still_told() {
    let mut world = World::new();
    world.add_over_tcp();
    world.run_until(World::is_connected);
    let id = world.clients[0].id;
    let path = world.router.peer(id).unwrap().selected_path().unwrap();
    world.router.peer_mut(id).unwrap().close();
    world.asked.clear();
    world.drain_router();
    assert!(world.told.contains(&RouterEvent::Gone(id)));
    assert_eq!(world.asked, [(id, Request::Disconnect(path))]);
}
