//! Rollback and glare.

use std::time::Duration;

use rtc_peer::{
    ConnectionState, DataChannelInit, Description, Event, IceConnectionState, IceGatheringState,
    OfferOptions, SignalingState,
};

use crate::common::{Pair, START, Who};
use crate::setup::{edit, messages_flow, offer, ufrag, with_channel};

#[test]
fn a_rolled_back_offer_leaves_what_was_before() {
    let mut connection = with_channel(1);
    connection.set_local_description(START, None).unwrap();
    connection.set_local_description(START, Some(Description::rollback())).unwrap();
    assert_eq!(connection.signaling_state(), SignalingState::Stable);
    assert_eq!(connection.local_description(), None);
    assert_eq!(connection.ice_gathering_state(), IceGatheringState::New);
    assert_eq!(connection.ice_connection_state(), IceConnectionState::New);

    connection
        .set_remote_description(START, edit(&offer(), "o=", Some("o=- 5 0 IN IP4 0.0.0.0")))
        .unwrap();
    connection.set_remote_description(START, Description::rollback()).unwrap();
    assert_eq!(connection.signaling_state(), SignalingState::Stable);
    assert_eq!(connection.remote_description(), None);
    assert_eq!(connection.can_trickle_ice_candidates(), None);
}

#[test]
fn an_offer_that_was_rolled_back_is_not_a_trap_when_set_again() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    let alice = &mut pair.alice.connection;
    let offer = alice.create_offer(OfferOptions::default()).unwrap();
    alice.set_local_description(now, Some(offer.clone())).unwrap();
    alice.set_local_description(now, Some(Description::rollback())).unwrap();
    // Either it is refused as outdated, or it works.
    if alice.set_local_description(now, Some(offer)).is_ok() {
        let bob = &mut pair.bob.connection;
        bob.set_remote_description(now, alice.local_description().unwrap()).unwrap();
        bob.set_local_description(now, None).unwrap();
        alice.set_remote_description(now, bob.local_description().unwrap()).unwrap();
    } else {
        pair.negotiate();
    }
    pair.drive_until(|pair| pair.is_connected());
}

#[test]
fn glare_is_resolved_as_in_perfect_negotiation() {
    for polite in [Who::Alice, Who::Bob] {
        let mut pair = Pair::new();
        let now = pair.now;
        for who in [Who::Alice, Who::Bob] {
            let connection = &mut pair.peer(who).connection;
            connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
            connection.set_local_description(now, None).unwrap();
        }
        // The impolite one ignores the offer, the polite one gives in.
        let winner = pair.peer(polite.other()).connection.local_description().unwrap();
        let loser = &mut pair.peer(polite).connection;
        loser.set_remote_description(now, winner).unwrap();
        assert_eq!(loser.signaling_state(), SignalingState::HaveRemoteOffer);
        assert_eq!(loser.local_description(), None);
        loser.set_local_description(now, None).unwrap();
        let answer = loser.local_description().unwrap();
        pair.peer(polite.other()).connection.set_remote_description(now, answer).unwrap();
        pair.drive_until(|pair| pair.is_connected());
        // Both channels open, one from each side.
        pair.drive_until(|pair| pair.alice.opened().len() == 2 && pair.bob.opened().len() == 2);
    }
}

#[test]
fn glare_of_later_offers_leaves_the_connection_alone() {
    for restart in [false, true] {
        let (mut pair, ours, theirs) = Pair::connected();
        for who in [Who::Alice, Who::Bob] {
            let now = pair.now;
            for side in [Who::Alice, Who::Bob] {
                let connection = &mut pair.peer(side).connection;
                let offer = connection.create_offer(OfferOptions { ice_restart: restart }).unwrap();
                connection.set_local_description(now, Some(offer)).unwrap();
            }
            let winner = pair.peer(who).connection.local_description().unwrap();
            let polite = &mut pair.peer(who.other()).connection;
            polite.set_remote_description(now, winner).unwrap();
            polite.set_local_description(now, None).unwrap();
            let answer = polite.local_description().unwrap();
            pair.peer(who).connection.set_remote_description(now, answer).unwrap();
            pair.drive_for(Duration::from_secs(45));
            assert!(pair.is_connected(), "restart {restart}, {who:?} wins");
            messages_flow(&mut pair, ours, theirs);
        }
    }
}

#[test]
fn a_restart_that_loses_to_an_ordinary_offer_leaves_the_connection_alone() {
    for loser in [Who::Alice, Who::Bob] {
        let (mut pair, ours, theirs) = Pair::connected();
        let now = pair.now;
        pair.peer(loser).connection.restart_ice();
        pair.peer(loser).connection.set_local_description(now, None).unwrap();
        pair.drive_for(Duration::from_secs(3));
        pair.peer(loser).events.clear();
        pair.negotiate_from(loser.other());
        pair.drive_for(Duration::from_secs(90));
        assert!(pair.is_connected());
        messages_flow(&mut pair, ours, theirs);
        for peer in [&pair.alice, &pair.bob] {
            assert!(!peer.said(&Event::ConnectionStateChange(ConnectionState::Disconnected)));
        }
        // The restart is still wanted, and still possible.
        assert!(pair.peer(loser).events.contains(&Event::NegotiationNeeded));
        pair.negotiate_from(loser);
        pair.drive_for(Duration::from_secs(60));
        messages_flow(&mut pair, ours, theirs);
    }
}

#[test]
fn a_rolled_back_restart_leaves_the_connection_alone() {
    for side in [Who::Alice, Who::Bob] {
        let (mut pair, ours, theirs) = Pair::connected();
        let now = pair.now;
        let connection = &mut pair.peer(side).connection;
        let before = connection.current_local_description();
        let offer = connection.create_offer(OfferOptions { ice_restart: true }).unwrap();
        connection.set_local_description(now, Some(offer)).unwrap();
        connection.set_local_description(now, Some(Description::rollback())).unwrap();
        assert_eq!(connection.local_description().map(|d| ufrag(&d)), before.map(|d| ufrag(&d)));
        messages_flow(&mut pair, ours, theirs);
        // Longer than consent lasts.
        pair.drive_for(Duration::from_secs(90));
        assert!(pair.is_connected(), "{side:?} rolled back");
        messages_flow(&mut pair, ours, theirs);
        pair.negotiate_from(side);
        pair.drive_for(Duration::from_secs(60));
        assert!(pair.is_connected(), "{side:?} negotiated after a rollback");
        messages_flow(&mut pair, ours, theirs);
    }
}
