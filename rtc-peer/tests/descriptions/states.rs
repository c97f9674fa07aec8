//! Which description may be set when.

use std::time::Duration;

use rtc_peer::{
    DataChannelInit, Description, DescriptionError, OfferOptions, PeerConnection, SdpType,
    SignalingState,
};

use crate::common::{Pair, START};
use crate::setup::{STATES, answer_to, fails, in_state, lone, offer, refuses, with_channel};

// States.

/// A row of a table: the names of exceptions, or nothing where the command is allowed.
type Row<const N: usize> = [&'static str; N];

type Command = fn(&mut PeerConnection) -> Result<(), DescriptionError>;

#[test]
fn every_command_is_allowed_in_the_states_that_w3c_names() {
    use SdpType::{Answer, Offer, Pranswer, Rollback};
    const NO: &str = "InvalidStateError";
    // createOffer, createAnswer, setLocal() | setLocal, setRemote: offer, pranswer, answer, rollback
    let table: [(SignalingState, Row<3>, Row<4>, Row<4>); 6] = [
        (SignalingState::Stable, ["", NO, ""], ["", NO, NO, NO], ["", NO, NO, NO]),
        (SignalingState::HaveLocalOffer, ["", NO, ""], ["", NO, NO, ""], ["", "", "", NO]),
        (SignalingState::HaveRemoteOffer, [NO, "", ""], [NO, "", "", NO], ["", NO, NO, ""]),
        (SignalingState::HaveLocalPranswer, [NO, "", ""], [NO, "", "", NO], [NO, NO, NO, NO]),
        (SignalingState::HaveRemotePranswer, [NO, NO, NO], [NO, NO, NO, NO], [NO, "", "", NO]),
        (SignalingState::Closed, [NO, NO, NO], [NO, NO, NO, NO], [NO, NO, NO, NO]),
    ];
    let name = |result: Result<(), DescriptionError>| {
        result.err().map_or("", |error| error.exception().name())
    };
    assert_eq!(table.each_ref().map(|row| row.0), STATES);
    for (state, alone, local, remote) in table {
        let commands: [Command; 3] = [
            |connection| connection.create_offer(OfferOptions::default()).map(|_| ()),
            |connection| connection.create_answer().map(|_| ()),
            |connection| connection.set_local_description(START, None),
        ];
        for (number, (command, expected)) in commands.into_iter().zip(alone).enumerate() {
            let connection = &mut in_state(state);
            match expected {
                "" => assert_eq!(name(command(connection)), "", "{state} command {number}"),
                _ => assert_eq!(fails(connection, command).exception().name(), expected),
            }
        }
        for (column, kind) in [Offer, Pranswer, Answer, Rollback].into_iter().enumerate() {
            let connection = &mut in_state(state);
            let created = match kind {
                Offer => connection.create_offer(OfferOptions::default()),
                _ => connection.create_answer(),
            };
            let sdp = created.map_or_else(|_| offer().sdp, |description| description.sdp);
            let description = Description { kind, sdp };
            let result = connection.set_local_description(START, Some(description.clone()));
            assert_eq!(name(result), local[column], "{state}: set local {kind}");
            if !local[column].is_empty() {
                fails(&mut in_state(state), |connection| {
                    connection.set_local_description(START, Some(description))
                });
            }

            let connection = &mut in_state(state);
            let sdp = match kind {
                Offer => offer().sdp,
                _ => connection.local_description().map_or_else(
                    || offer().sdp,
                    |d| {
                        if d.kind == Offer { answer_to(&d).sdp } else { offer().sdp }
                    },
                ),
            };
            let description = Description { kind, sdp };
            let result = connection.set_remote_description(START, description.clone());
            assert_eq!(name(result), remote[column], "{state}: set remote {kind}");
            if !remote[column].is_empty() {
                refuses(&mut in_state(state), description);
            }
        }
    }
}

#[test]
fn the_descriptions_are_pending_until_the_answer_and_current_then() {
    let (mut alice, mut bob) = (with_channel(1), lone(2));
    let four = |c: &PeerConnection| {
        [
            c.current_local_description(),
            c.pending_local_description(),
            c.current_remote_description(),
            c.pending_remote_description(),
        ]
        .map(|description| description.map(|description| description.kind))
    };
    use SdpType::{Answer, Offer, Pranswer};
    assert_eq!(four(&alice), [None; 4]);
    alice.set_local_description(START, None).unwrap();
    assert_eq!(four(&alice), [None, Some(Offer), None, None]);
    bob.set_remote_description(START, alice.local_description().unwrap()).unwrap();
    assert_eq!(four(&bob), [None, None, None, Some(Offer)]);
    let answer = bob.create_answer().unwrap();
    for _ in 0..2 {
        let pranswer = Description::pranswer(answer.sdp.clone());
        bob.set_local_description(START, Some(pranswer)).unwrap();
        assert_eq!(four(&bob), [None, Some(Pranswer), None, Some(Offer)]);
        let pranswer = bob.local_description().unwrap();
        assert_eq!(pranswer.kind, Pranswer);
        alice.set_remote_description(START, pranswer).unwrap();
        assert_eq!(four(&alice), [None, Some(Offer), None, Some(Pranswer)]);
    }
    bob.set_local_description(START, None).unwrap();
    assert_eq!(four(&bob), [Some(Answer), None, Some(Offer), None]);
    alice.set_remote_description(START, bob.local_description().unwrap()).unwrap();
    assert_eq!(four(&alice), [Some(Offer), None, Some(Answer), None]);
}

#[test]
fn a_local_description_must_be_the_one_created_last() {
    let mut connection = with_channel(1);
    let mut created = connection.create_offer(OfferOptions::default()).unwrap();
    created.sdp = created.sdp.replace("a=setup:actpass", "a=setup:active");
    let error = connection.set_local_description(START, Some(created)).unwrap_err();
    assert_eq!(error, DescriptionError::NotLastCreated);
    assert_eq!(error.exception().name(), "InvalidModificationError");
    assert_eq!(connection.signaling_state(), SignalingState::Stable);
    assert_eq!(connection.local_description(), None);
    // The empty text stands for the last one.
    connection.set_local_description(START, Some(Description::offer(""))).unwrap();
}

#[test]
fn a_provisional_answer_is_enough_to_connect() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    let (alice, bob) = (&mut pair.alice.connection, &mut pair.bob.connection);
    alice.set_local_description(now, None).unwrap();
    bob.set_remote_description(now, alice.local_description().unwrap()).unwrap();
    let answer = bob.create_answer().unwrap();
    bob.set_local_description(now, Some(Description::pranswer(answer.sdp))).unwrap();
    alice.set_remote_description(now, bob.local_description().unwrap()).unwrap();
    pair.drive_until(|pair| pair.is_connected());
    let now = pair.now;
    let (alice, bob) = (&mut pair.alice.connection, &mut pair.bob.connection);
    bob.set_local_description(now, None).unwrap();
    alice.set_remote_description(now, bob.local_description().unwrap()).unwrap();
    assert_eq!(alice.signaling_state(), SignalingState::Stable);
    pair.drive_for(Duration::from_secs(40));
    assert!(pair.is_connected());
}
