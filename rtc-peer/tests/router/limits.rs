//! What is bounded.

use std::time::Duration;

use rtc_core::FiveTuple;
use rtc_peer::{InsertRefusal, RouterConfig, RouterError, RouterEvent};

use crate::world::{SERVER, World, public};

#[test]
fn there_are_no_more_peers_than_the_configuration_allows() {
    let mut config = RouterConfig::default();
    config.max_peers = 3;
    let mut world = World::with(config, 1);
    world.add_many(3);
    let refused = world.router.insert(world.server_peer(9)).unwrap_err();
    assert_eq!(refused.reason, InsertRefusal::Full);
    assert_eq!(world.router.len(), 3);
    let first = world.clients[0].id;
    assert!(world.router.remove(first).is_some());
    let added = world.router.insert(*refused.connection).unwrap();
    assert_ne!(added, first, "names are never used again");
    assert!(world.router.peer(first).is_none());
    assert_eq!(world.router.len(), 3);
    assert_eq!(world.router.peers().count(), 3);
}

#[test]
fn a_name_that_another_peer_has_is_refused() {
    let mut world = World::new();
    // The same draws give the same names.
    let [mut first, mut second, third] = [1; 3].map(|number| world.server_peer(number));
    for connection in [&mut first, &mut second] {
        let _channel = connection.create_data_channel("chat", Default::default()).unwrap();
        connection.set_local_description(world.now, None).unwrap();
    }
    let first = world.router.insert(first).unwrap();
    let refused = world.router.insert(second).unwrap_err();
    assert_eq!(refused.reason, InsertRefusal::UfragTaken);
    // One that takes the name later is told of it.
    let third = world.router.insert(third).unwrap();
    let now = world.now;
    let mut peer = world.router.peer_mut(third).unwrap();
    let _channel = peer.create_data_channel("chat", Default::default()).unwrap();
    peer.set_local_description(now, None).unwrap();
    drop(peer);
    drop(world.router.peer_mut(third));
    world.drain_router();
    let taken = |event: &&RouterEvent| **event == RouterEvent::UfragTaken(third);
    assert_eq!(world.told.iter().filter(taken).count(), 1);
    // The name is the first one's until that goes.
    let sdp = world.router.peer(first).unwrap().local_description().unwrap().sdp;
    let ufrag = sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).unwrap();
    let mut check = Vec::new();
    crate::unknown::request(&mut check, ufrag, "theirs");
    let path = FiveTuple::udp(SERVER.parse().unwrap(), public(0));
    let refused = world.inject(path, &check).unwrap_err();
    assert!(matches!(refused, RouterError::Peer { peer, .. } if peer == first));
    world.router.remove(third).unwrap();
    let refused = world.inject(path, &check).unwrap_err();
    assert!(matches!(refused, RouterError::Peer { peer, .. } if peer == first));
    world.router.remove(first).unwrap();
    assert_eq!(world.inject(path, &check), Err(RouterError::UnknownUfrag));
}

#[test]
fn of_a_peer_that_is_everywhere_only_so_many_paths_are_known() {
    let mut config = RouterConfig::default();
    config.max_paths_per_peer = 4;
    let mut world = World::with(config, 1);
    world.add_many(2);
    world.run_until(World::is_connected);
    let id = world.clients[0].id;
    // The same check comes from everywhere: authentic, but its answer goes nowhere.
    let check = loop {
        let now = world.clients[0].connection.poll_timeout().unwrap();
        world.now = now;
        world.clients[0].connection.handle_timeout(now);
        let sent = world.intercept(0);
        if let Some(check) = sent.into_iter().find(|sent| sent[..2] == [0, 1]) {
            break check;
        }
    };
    for port in 1..200u16 {
        let path = FiveTuple::udp(SERVER.parse().unwrap(), ([203, 0, 113, 9], port).into());
        let _taken_until_full = world.inject(path, &check);
    }
    // `Debug` is the only one to tell: both selected paths, and three at most beside Alice's.
    let text = format!("{:?}", world.router);
    let paths: usize =
        text.split("paths: ").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    assert!((2..=5).contains(&paths), "{text}");
    world.run_for(Duration::from_secs(60));
    assert!(world.is_connected());
    world.talk(0);
    world.talk(1);
    assert!(world.router.peer(id).is_some());
}

#[test]
fn requests_that_nobody_answers_are_forgotten() {
    let mut world = World::connected(2);
    for client in &mut world.clients {
        client.is_silent = true;
    }
    world.run_for(Duration::from_secs(300));
    let requests = |world: &World| -> usize {
        let text = format!("{:?}", world.router);
        text.split("requests: ").nth(1).unwrap().split(',').next().unwrap().parse().unwrap()
    };
    // Those of consent, and those that data without an answer has caused.
    assert!(requests(&world) <= 2 * 60, "{:?}", world.router);
    for client in 0..2 {
        let id = world.clients[client].id;
        world.router.remove(id).unwrap();
    }
    assert_eq!(requests(&world), 0);
}
