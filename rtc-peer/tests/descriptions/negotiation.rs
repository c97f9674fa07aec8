//! negotiationneeded.

use rtc_peer::{DataChannelInit, Description, Event, Fault, OfferOptions};

use crate::common::{Pair, START, Who};
use crate::setup::{
    answer_to, edit, events, lines, lone, negotiation_needed, refuses_for, stable, ufrag,
};

#[test]
fn negotiation_is_needed_once_until_it_is_done() {
    let mut connection = lone(1);
    assert_eq!(negotiation_needed(&mut connection), 0);
    for expected in [1, 0, 0] {
        connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
        assert_eq!(negotiation_needed(&mut connection), expected);
    }
    connection.set_local_description(START, None).unwrap();
    assert_eq!(negotiation_needed(&mut connection), 0);
    connection.set_local_description(START, Some(Description::rollback())).unwrap();
    assert_eq!(negotiation_needed(&mut connection), 1, "again after a rollback");
    connection.set_local_description(START, None).unwrap();
    let answer = answer_to(&connection.local_description().unwrap());
    connection.set_remote_description(START, answer).unwrap();
    connection.create_data_channel("more", DataChannelInit::default()).unwrap();
    assert_eq!(negotiation_needed(&mut connection), 0, "there is a section for all channels");
}

#[test]
fn a_channel_created_during_an_exchange_is_asked_for_after_it() {
    let mut connection = lone(2);
    connection
        .set_remote_description(
            START,
            Description::offer(lone(1).create_offer(OfferOptions::default()).unwrap().sdp),
        )
        .unwrap();
    connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    assert_eq!(negotiation_needed(&mut connection), 0, "not outside of stable");
    connection.set_local_description(START, None).unwrap();
    assert_eq!(negotiation_needed(&mut connection), 1);
}

#[test]
fn restart_ice_is_satisfied_by_a_restart_and_by_nothing_else() {
    // Before anything was negotiated there is nothing to restart.
    let mut fresh = lone(1);
    fresh.restart_ice();
    assert_eq!(negotiation_needed(&mut fresh), 0);

    let mut connection = stable();
    events(&mut connection);
    let first = ufrag(&connection.local_description().unwrap());
    connection.restart_ice();
    connection.restart_ice();
    assert_eq!(negotiation_needed(&mut connection), 1);
    // A rollback does not satisfy it.
    connection.set_local_description(START, None).unwrap();
    assert_ne!(ufrag(&connection.local_description().unwrap()), first);
    connection.set_local_description(START, Some(Description::rollback())).unwrap();
    assert_eq!(negotiation_needed(&mut connection), 1, "it survives a rollback");
    connection.set_local_description(START, None).unwrap();
    let offer = connection.local_description().unwrap();
    assert_ne!(ufrag(&offer), first);
    let answer = answer_to(&offer);
    // A restart answered by a peer that was made anew would have another certificate.
    let fingerprint =
        lines(&connection.remote_description().unwrap().sdp, "a=fingerprint")[0].to_string();
    let answer = edit(&answer, "a=fingerprint", Some(&fingerprint));
    // Nor may it go on with the credentials of before (RFC 9429 section 5.10).
    refuses_for(&mut connection, answer.clone(), Fault::RestartMismatch);
    let answer = edit(&answer, "a=ice-ufrag", Some("a=ice-ufrag:else"));
    connection.set_remote_description(START, answer).unwrap();
    assert_eq!(negotiation_needed(&mut connection), 0);
}

#[test]
fn restart_ice_is_satisfied_by_the_other_sides_restart() {
    let (mut pair, ..) = Pair::connected();
    pair.bob.connection.restart_ice();
    pair.drain();
    assert_eq!(pair.bob.events.iter().filter(|e| **e == Event::NegotiationNeeded).count(), 1);
    pair.bob.events.clear();
    pair.alice.connection.restart_ice();
    pair.negotiate_from(Who::Alice);
    pair.drain();
    assert!(!pair.bob.events.contains(&Event::NegotiationNeeded));
    let offer = pair.bob.connection.create_offer(OfferOptions::default()).unwrap();
    assert_eq!(ufrag(&offer), ufrag(&pair.bob.connection.local_description().unwrap()));
}
