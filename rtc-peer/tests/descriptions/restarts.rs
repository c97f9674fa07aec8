//! ICE restarts.

use std::time::Duration;

use rtc_peer::{AddIceCandidateError, ConnectionState, Event, OfferOptions};

use crate::common::{Pair, Who};
use crate::setup::{edit, fails, messages_flow, ufrag};

#[test]
fn a_restart_by_either_side_goes_unnoticed_by_the_channels() {
    for by_options in [false, true] {
        let (mut pair, ours, theirs) = Pair::connected();
        for who in [Who::Alice, Who::Bob, Who::Bob, Who::Alice] {
            let before = [&pair.alice, &pair.bob]
                .map(|peer| ufrag(&peer.connection.current_local_description().unwrap()));
            let now = pair.now;
            if by_options {
                let (offerer, answerer) = match who {
                    Who::Alice => (&mut pair.alice.connection, &mut pair.bob.connection),
                    Who::Bob => (&mut pair.bob.connection, &mut pair.alice.connection),
                };
                let offer = offerer.create_offer(OfferOptions { ice_restart: true }).unwrap();
                offerer.set_local_description(now, Some(offer)).unwrap();
                let offer = offerer.local_description().unwrap();
                answerer.set_remote_description(now, offer).unwrap();
                answerer.set_local_description(now, None).unwrap();
                let answer = answerer.local_description().unwrap();
                offerer.set_remote_description(now, answer).unwrap();
            } else {
                pair.peer(who).connection.restart_ice();
                pair.drain();
                assert!(pair.peer(who).said(&Event::NegotiationNeeded));
                pair.negotiate_from(who);
            }
            let after = [&pair.alice, &pair.bob]
                .map(|peer| ufrag(&peer.connection.current_local_description().unwrap()));
            assert!(before[0] != after[0] && before[1] != after[1]);
            messages_flow(&mut pair, ours, theirs);
            pair.drive_for(Duration::from_secs(60));
            assert!(pair.is_connected());
            messages_flow(&mut pair, ours, theirs);
            for peer in [&pair.alice, &pair.bob] {
                let stats = peer.connection.stats(pair.now).transports.remove(0);
                let description = peer.connection.local_description().unwrap();
                assert_eq!(stats.ice_local_username_fragment, ufrag(&description));
                assert!(!peer.said(&Event::ConnectionStateChange(ConnectionState::Disconnected)));
            }
        }
        assert_eq!(pair.alice.opened().len(), 1);
    }
}

#[test]
fn a_restart_that_was_created_but_not_set_does_not_take_effect() {
    let (mut pair, ours, theirs) = Pair::connected();
    let alice = &mut pair.alice.connection;
    let before = ufrag(&alice.local_description().unwrap());
    let restart = alice.create_offer(OfferOptions { ice_restart: true }).unwrap();
    assert_ne!(ufrag(&restart), before);
    pair.negotiate_from(Who::Alice);
    assert_eq!(ufrag(&pair.alice.connection.local_description().unwrap()), before);
    let stats = pair.alice.connection.stats(pair.now).transports.remove(0);
    assert_eq!(stats.ice_local_username_fragment, before);
    pair.drive_for(Duration::from_secs(90));
    assert!(pair.is_connected());
    messages_flow(&mut pair, ours, theirs);
}

#[test]
fn candidates_of_a_restart_come_with_its_fragment() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.alice.events.clear();
    let now = pair.now;
    pair.alice.connection.restart_ice();
    let alice = &mut pair.alice.connection;
    alice.set_local_description(now, None).unwrap();
    let offer = alice.local_description().unwrap();
    let fragment = ufrag(&offer);
    pair.drain();
    let candidates: Vec<_> = pair
        .alice
        .events
        .iter()
        .filter_map(|event| match event {
            Event::IceCandidate(candidate) => Some(candidate.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(candidates.len(), 2, "a candidate and the end of them");
    assert!(candidates.iter().all(|c| c.username_fragment.as_deref() == Some(&fragment)));
    let bob = &mut pair.bob.connection;
    // Before the description they belong to nothing.
    let error = fails(bob, |bob| bob.add_ice_candidate(now, &candidates[0]));
    assert_eq!(error, AddIceCandidateError::UnknownUfrag);
    let stripped = edit(&edit(&offer, "a=candidate", None), "a=end-of-candidates", None);
    bob.set_remote_description(now, stripped).unwrap();
    for candidate in &candidates {
        bob.add_ice_candidate(now, candidate).unwrap();
    }
    bob.set_local_description(now, None).unwrap();
    let answer = bob.local_description().unwrap();
    pair.alice.connection.set_remote_description(now, answer).unwrap();
    pair.drive_for(Duration::from_secs(60));
    assert!(pair.is_connected());
    messages_flow(&mut pair, ours, theirs);
}
