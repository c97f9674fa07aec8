//! No path of one peer becomes another's as long as it is in use.

use std::time::Duration;

use rtc_peer::{ConnectionState, RouterError};

use crate::world::{World, public};

/// Checks that Eve's client makes, with credentials that are valid for her own peer.
fn checks_of_eve(world: &mut World) -> (usize, Vec<Vec<u8>>) {
    let eve = world.add(public(40));
    let now = world.now;
    world.clients[eve].connection.handle_timeout(now);
    let checks = world.intercept(eve);
    assert!(!checks.is_empty());
    assert!(checks.iter().all(|check| check[0] == 0 && check[1] == 1));
    (eve, checks)
}

#[test]
fn valid_credentials_of_ones_own_do_not_take_the_path_of_another() {
    let mut world = World::connected(1);
    let alice = world.clients[0].id;
    let (eve, checks) = checks_of_eve(&mut world);
    let path = world.path(0);
    world.drain();
    let before = [world.snapshot(alice), world.snapshot(world.clients[eve].id)];
    for check in &checks {
        // She sends from Alice's address, or from behind the same translator.
        assert_eq!(world.inject(path, check), Err(RouterError::PathTaken));
    }
    assert_eq!(before, [world.snapshot(alice), world.snapshot(world.clients[eve].id)]);
    world.talk(0);
    world.run_for(Duration::from_secs(30));
    assert!(world.is_up(0));
    // Eve from her own address is welcome.
    assert!(world.is_up(eve));
    world.talk(eve);
}

#[test]
fn a_check_from_a_forged_address_reserves_nothing() {
    let mut world = World::new();
    // Eve knows where Alice will come from, and is there before her.
    let (eve, checks) = checks_of_eve(&mut world);
    let alice = world.add(public(0));
    let (path, eves_id) = (world.path(alice), world.clients[eve].id);
    assert_eq!(world.inject(path, &checks[0]), Ok(eves_id));
    world.run_until(|world| world.is_up(alice));
    world.talk(alice);
    // Now it is Alice's.
    assert_eq!(world.inject(path, &checks[0]), Err(RouterError::PathTaken));
    world.run_until(|world| world.is_up(eve));
    world.talk(eve);
}

#[test]
fn what_eve_sends_from_anothers_address_under_her_own_keys_changes_nothing() {
    let mut world = World::connected(2);
    world.run_for(Duration::from_secs(1));
    let (alice, path) = (world.clients[0].id, world.path(0));
    world.send(1, "under the keys of Eve");
    let words = world.intercept(1);
    assert!(!words.is_empty());
    world.drain();
    let before = world.snapshot(alice);
    for word in words {
        let result = world.inject(path, &word);
        assert!(matches!(result, Err(RouterError::Peer { peer, .. }) if peer == alice));
    }
    assert_eq!(before, world.snapshot(alice));
    world.talk(0);
}

#[test]
fn a_path_is_free_again_when_its_peer_has_lost_consent() {
    let mut world = World::connected(1);
    let (alice, address) = (world.clients[0].id, world.clients[0].public);
    // Alice's host is gone; her translator gives the port to Bob.
    world.clients[0].is_silent = true;
    let bob = world.add(address);
    world.run_for(Duration::from_secs(2));
    assert!(world.refused.contains(&RouterError::PathTaken));
    assert!(!world.is_up(bob));
    world.run_until(|world| {
        world.router.peer(alice).unwrap().connection_state() != ConnectionState::Connected
    });
    world.run_until(|world| world.is_up(bob));
    world.talk(bob);
    let seconds = world.now.saturating_duration_since(crate::world::START).as_secs();
    assert!(seconds < 60, "{seconds}");
}

#[test]
fn the_path_of_a_peer_that_was_removed_or_closed_is_free_at_once() {
    for close in [false, true] {
        let mut world = World::connected(1);
        let (alice, address) = (world.clients[0].id, world.clients[0].public);
        world.clients[0].is_silent = true;
        if close {
            world.router.peer_mut(alice).unwrap().close();
        } else {
            world.router.remove(alice).unwrap();
        }
        let path = world.path(0);
        assert_eq!(world.inject(path, &[22, 254, 253]), Err(RouterError::UnknownPath));
        let bob = world.add(address);
        world.run_until(|world| world.is_up(bob));
        world.talk(bob);
        assert!(!world.refused.contains(&RouterError::PathTaken));
    }
}

#[test]
fn a_peer_behind_a_translator_that_rebinds_keeps_its_connection() {
    let mut world = World::connected(3);
    world.clients[1].public = public(45);
    world.run_for(Duration::from_secs(45));
    assert!(world.is_up(1));
    for client in 0..3 {
        world.talk(client);
    }
    // Another one gets the old port.
    let other = world.add(public(1));
    world.run_until(|world| world.is_up(other));
    world.talk(other);
    world.talk(1);
}

#[test]
fn two_peers_that_swap_their_translations_find_their_peers_again() {
    let mut world = World::connected(2);
    let (first, second) = (world.clients[0].public, world.clients[1].public);
    world.clients[0].public = second;
    world.clients[1].public = first;
    world.run_for(Duration::from_secs(2));
    world.send(0, "nobody hears this at first");
    world.run_for(Duration::from_secs(10));
    // Neither is given what is the other's.
    assert!(world.clients.iter().all(|client| client.received.is_empty()));
    assert!(world.refused.contains(&RouterError::PathTaken));
}
