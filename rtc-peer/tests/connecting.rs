//! Two peers find each other, whatever the network does.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::Duration;

use proptest::prelude::*;
use rtc_peer::{
    ChannelEvent, ConnectionState, DataChannelInit, Event, IceConnectionState, Message,
};

use common::{Fate, Pair, Who, fates};

/// How many datagrams a set-up takes at most, so that every one of them can be dropped in turn.
const SET_UP: usize = 40;

fn attempt(schedule: Vec<Fate>) -> Pair {
    let mut pair = Pair::new();
    pair.fates = schedule.into();
    let chat =
        pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    pair.drive_until(|pair| pair.alice.connection.channel(chat).unwrap().send("hello").is_ok());
    pair.drive_until(|pair| !pair.bob.opened().is_empty());
    let other = pair.bob.opened()[0];
    let mut received = Vec::new();
    pair.drive_until(|pair| {
        received.extend(pair.bob.receive(other));
        !received.is_empty()
    });
    assert_eq!(received, [Message::from("hello")]);
    pair
}

#[test]
fn two_peers_connect_and_say_so_in_order() {
    let pair = attempt(Vec::new());
    assert!(pair.is_connected());
    let states: Vec<_> = pair
        .alice
        .history
        .iter()
        .filter_map(|event| match event {
            Event::ConnectionStateChange(state) => Some(*state),
            _ => None,
        })
        .collect();
    assert_eq!(states, [ConnectionState::Connecting, ConnectionState::Connected]);
    assert!(pair.alice.said(&Event::IceConnectionStateChange(IceConnectionState::Checking)));
    assert!(pair.alice.said(&Event::NegotiationNeeded));
    assert!(matches!(
        pair.bob.history.iter().find(|event| matches!(event, Event::DataChannel(_))),
        Some(Event::DataChannel(ChannelEvent::Announced(_)))
    ));
}

#[test]
fn a_set_up_is_small_and_quick() {
    let pair = attempt(Vec::new());
    assert!(pair.sent <= SET_UP, "{} datagrams", pair.sent);
}

#[test]
fn dropping_any_one_datagram_of_a_set_up_only_costs_time() {
    for dropped in 0..SET_UP {
        let mut schedule = vec![Fate::Deliver; dropped];
        schedule.push(Fate::Drop);
        let pair = attempt(schedule);
        assert!(pair.is_connected(), "without datagram {dropped}");
    }
}

#[test]
fn dropping_any_two_datagrams_of_a_set_up_only_costs_time() {
    for first in 0..SET_UP {
        for second in first + 1..SET_UP {
            let mut schedule = vec![Fate::Deliver; second + 1];
            schedule[first] = Fate::Drop;
            schedule[second] = Fate::Drop;
            let pair = attempt(schedule);
            assert!(pair.is_connected(), "without datagrams {first} and {second}");
        }
    }
}

#[test]
fn the_same_schedule_gives_the_same_bytes() {
    let schedule = vec![Fate::Deliver, Fate::Drop, Fate::Duplicate, Fate::Delay(33), Fate::Drop];
    let first = attempt(schedule.clone());
    let second = attempt(schedule);
    assert_eq!(first.log, second.log);
    assert_eq!(first.alice.history, second.alice.history);
}

#[test]
fn candidates_that_trickle_after_the_answer_connect_too() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    let alice = &mut pair.alice.connection;
    let bob = &mut pair.bob.connection;
    alice.set_local_description(now, None).unwrap();
    // As first set: without any candidate.
    let strip = |mut description: rtc_peer::Description| {
        description.sdp = description
            .sdp
            .split_inclusive('\n')
            .filter(|line| !line.contains("candidate"))
            .collect();
        description
    };
    bob.set_remote_description(now, strip(alice.local_description().unwrap())).unwrap();
    bob.set_local_description(now, None).unwrap();
    alice.set_remote_description(now, strip(bob.local_description().unwrap())).unwrap();
    pair.drive_for(Duration::from_secs(1));
    assert!(!pair.is_connected());
    for who in [Who::Alice, Who::Bob] {
        let candidates: Vec<_> = pair.peer(who).events.drain(..).collect();
        for event in candidates {
            if let Event::IceCandidate(candidate) = event {
                let now = pair.now;
                pair.peer(who.other()).connection.add_ice_candidate(now, &candidate).unwrap();
            }
        }
    }
    pair.drive_until(|pair| pair.is_connected());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_finite_trouble_during_a_set_up_passes(schedule in fates(60)) {
        let mut pair = attempt(schedule);
        // Two consent checks may just have been lost in a row.
        pair.drive_until(|pair| pair.is_connected());
    }
}
