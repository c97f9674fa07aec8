//! States and the events that tell of them, until all is lost and beyond.

use std::collections::BTreeSet;
use std::time::Duration;

use rtc_peer::{ConnectionState, DataChannelInit, IceConnectionState, Message};

use crate::common::{Pair, Who};
use crate::scene::{ice_states, names, silence, states};

#[test]
fn events_come_in_the_order_in_which_w3c_fires_them() {
    let (pair, ..) = Pair::connected();
    let alice = names(&pair.alice.history);
    assert_eq!(
        alice[..8],
        [
            "negotiationneeded",
            "signaling have-local-offer",
            "gathering gathering",
            "candidate",
            "end",
            "gathering complete",
            "signaling stable",
            "ice checking",
        ]
    );
    let bob = names(&pair.bob.history);
    assert_eq!(
        bob[..7],
        [
            "signaling have-remote-offer",
            "signaling stable",
            "gathering gathering",
            "candidate",
            "end",
            "gathering complete",
            "ice checking",
        ]
    );
    for names in [&alice, &bob] {
        let place = |name: &str| {
            names.iter().position(|n| n == name).unwrap_or_else(|| panic!("{name} in {names:?}"))
        };
        assert_eq!(place("connection connecting"), place("ice checking") + 1, "{names:?}");
        // What is selected is what was nominated; data flows before.
        assert!(place("ice connected") < place("pair"), "{names:?}");
        assert!(place("pair") < place("ice completed"), "{names:?}");
        assert!(place("ice connected") < place("connection connected"));
        assert!(place("connection connected") < place("open"));
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len(), "nothing is said twice: {names:?}");
    }
    assert_eq!(
        bob.iter().position(|n| n == "datachannel").map(|n| n + 1),
        bob.iter().position(|n| n == "open")
    );
}

#[test]
fn silence_is_told_and_so_is_its_end() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(10));
    let (alice, bob) = (pair.alice.history.len(), pair.bob.history.len());
    silence(&mut pair, Duration::from_secs(15));
    for (peer, from) in [(&pair.alice, alice), (&pair.bob, bob)] {
        assert_eq!(ice_states(&peer.history[from..]), [IceConnectionState::Disconnected]);
        assert_eq!(states(&peer.history[from..]), [ConnectionState::Disconnected]);
        assert_eq!(peer.connection.connection_state(), ConnectionState::Disconnected);
    }
    pair.drive_until(|pair| pair.is_connected());
    pair.talk(ours, theirs);
    for (peer, from) in [(&pair.alice, alice), (&pair.bob, bob)] {
        assert_eq!(
            states(&peer.history[from..]),
            [ConnectionState::Disconnected, ConnectionState::Connected]
        );
    }
}

#[test]
fn without_consent_the_connection_fails_and_a_restart_brings_it_back() {
    for who in [Who::Alice, Who::Bob] {
        let (mut pair, ours, theirs) = Pair::connected();
        // The agent is patient with a young connection (RFC 8863); this one is old.
        pair.drive_for(Duration::from_secs(60));
        let sent = pair.sent;
        silence(&mut pair, Duration::from_secs(60));
        for peer in [&pair.alice, &pair.bob] {
            assert_eq!(peer.connection.connection_state(), ConnectionState::Failed);
            assert_eq!(peer.connection.ice_connection_state(), IceConnectionState::Failed);
            let tail = states(&peer.history);
            assert!(
                tail.ends_with(&[ConnectionState::Disconnected, ConnectionState::Failed]),
                "{tail:?}"
            );
            assert_eq!(peer.connection.selected_path(), None, "nothing is sent without consent");
        }
        assert!(pair.sent - sent < 100, "{} datagrams into the void", pair.sent - sent);
        // Messages wait for the path to come back.
        pair.alice.connection.channel(ours).unwrap().send("waiting").unwrap();
        let before = pair.sent;
        pair.drive_for(Duration::from_secs(60));
        assert_eq!(pair.sent, before);
        pair.peer(who).connection.restart_ice();
        pair.negotiate_from(who);
        for peer in [&pair.alice, &pair.bob] {
            let sdp = peer.connection.local_description().unwrap().sdp;
            assert!(sdp.contains("a=candidate:"), "a restart signals its candidates: {sdp}");
        }
        pair.drive_until(|pair| pair.is_connected());
        let mut received = Vec::new();
        pair.drive_until(|pair| {
            received.extend(pair.bob.receive(theirs));
            !received.is_empty()
        });
        assert_eq!(received, [Message::from("waiting")]);
        pair.talk(ours, theirs);
    }
}

#[test]
fn a_peer_that_never_answers_is_given_up() {
    let mut pair = Pair::new();
    pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    silence(&mut pair, Duration::from_secs(90));
    for peer in [&pair.alice, &pair.bob] {
        assert_eq!(states(&peer.history), [ConnectionState::Connecting, ConnectionState::Failed]);
    }
    assert!(pair.sent < 100, "{} datagrams", pair.sent);
}

#[test]
fn a_connection_that_idles_for_hours_stays_and_costs_little() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.logging = false;
    pair.drive_for(Duration::from_secs(60));
    let sent = pair.sent;
    let events = pair.alice.history.len() + pair.bob.history.len();
    pair.drive_for(Duration::from_secs(4 * 3600));
    assert_eq!(pair.alice.history.len() + pair.bob.history.len(), events, "nothing to say");
    // Consent, about every five seconds, asked and answered by both.
    let per_second = (pair.sent - sent) as f64 / (4.0 * 3600.0);
    assert!((0.5..1.2).contains(&per_second), "{per_second} datagrams a second");
    assert!(pair.is_connected());
    pair.talk(ours, theirs);
}
