//! Each gets what is its own, and its turn.

use std::time::Duration;

use rtc_peer::{ConnectionState, Event, RouterError, RouterEvent};

use crate::world::World;

#[test]
fn hundreds_of_peers_share_a_socket() {
    let mut world = World::connected(200);
    for client in 0..200 {
        world.send(client, &format!("from {client}"));
    }
    world.run_until(|world| world.clients.iter().all(|client| !client.received.is_empty()));
    for (number, client) in world.clients.iter().enumerate() {
        assert_eq!(client.received, [format!("from {number}").as_str().into()]);
    }
    // Consent goes on for all of them.
    world.run_for(Duration::from_secs(60));
    assert!(world.is_connected());
    for client in [0, 99, 199] {
        world.talk(client);
    }
    let disconnected = world.told.iter().any(|event| {
        matches!(
            event,
            RouterEvent::Peer(_, Event::ConnectionStateChange(ConnectionState::Disconnected))
        )
    });
    assert!(!disconnected);
}

#[test]
fn two_runs_are_the_same_to_the_byte_whatever_the_keys_of_the_tables() {
    let run = |seed| {
        let mut world = World::with(Default::default(), seed);
        world.add_many(20);
        world.run_until(World::is_connected);
        for client in 0..20 {
            world.send(client, "hello");
        }
        world.run_for(Duration::from_secs(20));
        (world.sent, world.told)
    };
    let first = run(1);
    assert!(first == run(1));
    assert!(first == run(2));
}

#[test]
fn a_busy_peer_does_not_hold_up_the_others() {
    let mut world = World::connected(3);
    world.run_for(Duration::from_secs(1));
    let ids: Vec<_> = world.clients.iter().map(|client| client.id).collect();
    // The first has a megabyte to send, the others a word each.
    let channels: Vec<_> = ids
        .iter()
        .map(|id| world.router.peer(*id).unwrap().data_channels().next().unwrap())
        .collect();
    for ((id, channel), size) in ids.iter().zip(&channels).zip([200_000, 5, 5]) {
        let mut peer = world.router.peer_mut(*id).unwrap();
        peer.channel(*channel).unwrap().send(vec![0; size]).unwrap();
    }
    let mut buffer = Vec::new();
    let turns: Vec<_> =
        std::iter::from_fn(|| world.router.poll_transmit(world.now, 1, &mut buffer))
            .map(|(id, _)| id)
            .collect();
    assert_eq!(turns[..3], ids[..]);
    assert!(turns.len() > 3, "{turns:?}");
    assert!(turns[3..].iter().all(|id| *id == ids[0]), "{turns:?}");
}

#[test]
fn batches_of_a_peer_are_never_mixed_with_those_of_another() {
    let mut world = World::connected(2);
    world.max_datagrams = 16;
    for client in 0..2 {
        let id = world.clients[client].id;
        let channel = world.router.peer(id).unwrap().data_channels().next().unwrap();
        let mut peer = world.router.peer_mut(id).unwrap();
        peer.channel(channel).unwrap().send(vec![client as u8; 50_000]).unwrap();
    }
    world.run_until(|world| world.clients.iter().all(|client| !client.received.is_empty()));
    for (number, client) in world.clients.iter().enumerate() {
        assert_eq!(client.received, [vec![number as u8; 50_000].into()]);
    }
}

#[test]
fn during_a_restart_both_names_of_a_peer_find_it_and_afterwards_the_new_one() {
    let mut world = World::connected(2);
    let old = ufrags(&world, 1);
    let id = world.clients[1].id;
    let now = world.now;
    world.clients[1].connection.restart_ice();
    world.clients[1].connection.set_local_description(now, None).unwrap();
    let offer = world.clients[1].connection.local_description().unwrap();
    let mut server = world.router.peer_mut(id).unwrap();
    server.set_remote_description(now, offer).unwrap();
    server.set_local_description(now, None).unwrap();
    let answer = server.local_description().unwrap();
    drop(server);
    let new = ufrags(&world, 1);
    assert_ne!(old, new);
    // The other side does not know of it yet: its consent checks still have the old name.
    world.run_for(Duration::from_secs(8));
    assert!(world.refused.is_empty(), "{:?}", world.refused);
    let now = world.now;
    world.clients[1].connection.set_remote_description(now, answer).unwrap();
    world.run_for(Duration::from_secs(5));
    world.talk(1);
    world.talk(0);
    world.run_for(Duration::from_secs(60));
    let request = |ufrag: &str| {
        let mut bytes = Vec::new();
        crate::unknown::request(&mut bytes, ufrag, "theirs");
        bytes
    };
    let path = world.path(1);
    assert_eq!(world.inject(path, &request(&old)), Err(RouterError::UnknownUfrag));
    assert!(matches!(
        world.inject(path, &request(&new)),
        Err(RouterError::Peer { peer, .. }) if peer == id
    ));
    world.talk(1);
}

#[test]
fn a_peer_can_be_added_at_any_stage() {
    let mut world = World::connected(1);
    let id = world.clients[0].id;
    let connection = world.router.remove(id).unwrap();
    let again = world.router.insert(connection).unwrap();
    assert_ne!(id, again);
    world.clients[0].id = again;
    // The path is the peer's again with the next check on it.
    world.run_for(Duration::from_secs(10));
    world.talk(0);
}

/// The fragment that the server's peer of a client goes by.
fn ufrags(world: &World, client: usize) -> String {
    let peer = world.router.peer(world.clients[client].id).unwrap();
    let sdp = peer.local_description().unwrap().sdp;
    let line = sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).unwrap();
    line.to_owned()
}
