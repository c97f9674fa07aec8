//! Peers that leave.

use std::time::Duration;

use rtc_peer::{ConnectionState, Event, RouterError, RouterEvent};

use crate::world::{Client, World, public};

#[test]
fn a_closed_peer_says_its_last_words_and_is_gone() {
    let mut world = World::connected(3);
    world.run_for(Duration::from_secs(1));
    let id = world.clients[1].id;
    world.sent.clear();
    world.told.clear();
    world.router.peer_mut(id).unwrap().close();
    assert!(world.router.peer(id).is_some(), "there is something left to say");
    world.drain_router();
    assert!(!world.sent.is_empty());
    assert!(world.sent.iter().all(|(_, sender, ..)| *sender == id));
    assert_eq!(world.told, [RouterEvent::Gone(id)]);
    assert!(world.router.peer(id).is_none());
    assert!(world.router.peer_mut(id).is_none());
    assert!(world.router.remove(id).is_none());
    assert_eq!(world.router.len(), 2);
    world.is_echo = false;
    world.clients.remove(1);
    world.run_for(Duration::from_secs(40));
    assert!(world.is_connected());
    let later = |event: &RouterEvent| matches!(event, RouterEvent::Peer(other, _) if *other == id);
    assert!(!world.told.iter().any(later));
}

#[test]
fn the_other_side_hears_the_last_words() {
    let mut world = World::connected(1);
    let id = world.clients[0].id;
    world.router.peer_mut(id).unwrap().close();
    world.run_until(|world| {
        let state = world.clients[0].connection.connection_state();
        state != ConnectionState::Connected
    });
    assert!(world.told.contains(&RouterEvent::Gone(id)));
    assert!(world.router.is_empty());
    assert_eq!(world.router.poll_timeout(), None);
}

#[test]
fn a_closed_peer_that_was_never_connected_is_gone_too() {
    let mut world = World::new();
    let id = world.router.insert(world.server_peer(1)).unwrap();
    world.router.peer_mut(id).unwrap().close();
    let mut closed = world.server_peer(2);
    closed.close();
    let other = world.router.insert(closed).unwrap();
    world.drain_router();
    assert_eq!(world.told, [RouterEvent::Gone(id), RouterEvent::Gone(other)]);
}

#[test]
fn peers_are_removed_during_traffic() {
    let mut world = World::connected(20);
    for client in 0..20 {
        let Client { connection, channel, .. } = &mut world.clients[client];
        connection.channel(*channel).unwrap().send(vec![client as u8; 100_000]).unwrap();
    }
    world.run_for(Duration::from_millis(15));
    let removed: Vec<_> = (0..20).step_by(2).map(|client| world.clients[client].id).collect();
    for id in &removed {
        let connection = world.router.remove(*id).unwrap();
        assert_eq!(connection.connection_state(), ConnectionState::Connected);
    }
    world.told.clear();
    world.sent.clear();
    // Others take their numbers while their datagrams are still on the way.
    for number in 0..5 {
        world.add(public(30 + number));
    }
    let remaining =
        |world: &World| (1..20).step_by(2).all(|client| !world.clients[client].received.is_empty());
    world.run_until(remaining);
    world.run_until(|world| (20..25).all(|client| world.is_up(client)));
    for client in (1..20).step_by(2) {
        assert_eq!(world.clients[client].received, [vec![client as u8; 100_000].into()]);
    }
    for client in 20..25 {
        world.talk(client);
    }
    assert!(world.sent.iter().all(|(_, id, ..)| !removed.contains(id)));
    assert!(world.refused.contains(&RouterError::UnknownPath));
    let of_removed =
        |event: &RouterEvent| matches!(event, RouterEvent::Peer(id, _) if removed.contains(id));
    assert!(!world.told.iter().any(of_removed));
}

#[test]
fn what_is_removed_goes_on_elsewhere() {
    let mut world = World::connected(2);
    let id = world.clients[0].id;
    let mut connection = world.router.remove(id).unwrap();
    let now = world.now;
    let channel = connection.data_channels().next().unwrap();
    connection.channel(channel).unwrap().send("still here").unwrap();
    let mut buffer = Vec::new();
    assert!(connection.poll_transmit(now, 1, &mut buffer).is_some());
    assert!(
        std::iter::from_fn(|| connection.poll_event()).all(|event| {
            !matches!(event, Event::ConnectionStateChange(ConnectionState::Closed))
        })
    );
}
