//! What a rollback does to transceivers and tracks.

use rtc_peer::{
    Description, Event, MediaKind, PeerConnection, SignalingState, Track, TransceiverDirection,
    TransceiverInit,
};

use crate::common::{Pair, START};
use crate::setup::{events, exchange, lines, lone};

fn offer_of(connection: &mut PeerConnection) -> Description {
    connection.set_local_description(START, None).unwrap();
    connection.local_description().unwrap()
}

#[test]
fn a_transceiver_of_a_remote_offer_goes_with_it_unless_add_track_gave_it_a_track() {
    let mut alice = lone(1);
    alice.add_track(Track::new(MediaKind::Audio, "mic"), &["s"]).unwrap();
    alice.add_track(Track::new(MediaKind::Video, "cam"), &["s"]).unwrap();
    let offer = offer_of(&mut alice);
    let mut bob = lone(2);
    bob.set_remote_description(START, offer.clone()).unwrap();
    let kept = bob.add_track(Track::new(MediaKind::Video, "his cam"), &[]).unwrap();
    assert_eq!(bob.transceivers().count(), 2, "it goes where there is nothing to send");
    events(&mut bob);
    bob.set_remote_description(START, Description::rollback()).unwrap();
    let left: Vec<_> = bob.transceivers().map(|one| (one.id(), one.mid())).collect();
    assert_eq!(left, [(kept, None)]);
    let seen = events(&mut bob);
    let removed = |event: &Event| matches!(event, Event::StreamTrackRemoved { .. });
    assert_eq!(seen.iter().filter(|event| removed(event)).count(), 2, "{seen:?}");
    assert_eq!(seen.iter().filter(|event| matches!(event, Event::TrackEnded(_))).count(), 1);
    // The same offer again finds the one that is left.
    bob.set_remote_description(START, offer).unwrap();
    bob.set_local_description(START, None).unwrap();
    assert_eq!(bob.transceivers().count(), 2);
    assert_eq!(bob.transceiver(kept).unwrap().mid(), Some("1"));
    assert_eq!(
        bob.transceiver(kept).unwrap().current_direction(),
        Some(TransceiverDirection::SendRecv)
    );
}

#[test]
fn a_local_rollback_leaves_transceivers_without_a_section() {
    let mut alice = lone(1);
    let id = alice.add_transceiver(MediaKind::Audio, TransceiverInit::default()).unwrap();
    let first = offer_of(&mut alice);
    assert_eq!(alice.transceiver(id).unwrap().mid(), Some("0"));
    alice.set_local_description(START, Some(Description::rollback())).unwrap();
    assert_eq!(alice.transceiver(id).unwrap().mid(), None);
    let needed = events(&mut alice);
    assert_eq!(needed.last(), Some(&Event::NegotiationNeeded));
    let second = offer_of(&mut alice);
    assert_ne!(lines(&first.sdp, "a=mid:"), lines(&second.sdp, "a=mid:"));
    assert_ne!(lines(&first.sdp, "a=ice-ufrag:"), lines(&second.sdp, "a=ice-ufrag:"));
}

#[test]
fn a_track_that_was_taken_away_comes_back_with_the_rollback() {
    let (mut alice, mut bob) = (lone(1), lone(2));
    let id = alice.add_track(Track::new(MediaKind::Audio, "mic"), &["s"]).unwrap();
    exchange(&mut alice, &mut bob);
    alice.transceiver_mut(id).unwrap().set_direction(TransceiverDirection::Inactive).unwrap();
    let offer = offer_of(&mut alice);
    events(&mut bob);
    bob.set_remote_description(START, offer).unwrap();
    let removed = events(&mut bob);
    assert!(removed.iter().any(|event| matches!(event, Event::StreamTrackRemoved { .. })));
    bob.set_remote_description(START, Description::rollback()).unwrap();
    let back = events(&mut bob);
    let tracks = |event: &&Event| matches!(event, Event::Track(event) if event.streams == ["s"]);
    assert_eq!(back.iter().filter(tracks).count(), 1, "{back:?}");
    let transceiver = bob.transceivers().next().unwrap();
    assert_eq!(transceiver.current_direction(), Some(TransceiverDirection::RecvOnly));
}

#[test]
fn glare_with_media_ends_well_for_both() {
    let mut pair = Pair::new();
    for peer in [&mut pair.alice, &mut pair.bob] {
        peer.connection.add_track(Track::new(MediaKind::Audio, "mic"), &["s"]).unwrap();
        peer.connection.add_transceiver(MediaKind::Video, TransceiverInit::default()).unwrap();
    }
    // Bob is the polite one.
    let alices = offer_of(&mut pair.alice.connection);
    offer_of(&mut pair.bob.connection);
    let bob = &mut pair.bob.connection;
    bob.set_remote_description(START, alices).unwrap();
    assert_eq!(bob.signaling_state(), SignalingState::HaveRemoteOffer);
    bob.set_local_description(START, None).unwrap();
    let answer = bob.local_description().unwrap();
    pair.alice.connection.set_remote_description(START, answer).unwrap();
    pair.drive_until(|pair| pair.is_connected());
    assert_eq!(pair.alice.connection.transceivers().count(), 2);
    // Her audio and his are one section; his video transceiver waits for an offer of his.
    let mids = |connection: &PeerConnection| -> Vec<bool> {
        connection.transceivers().map(|one| one.mid().is_some()).collect()
    };
    assert_eq!(mids(&pair.bob.connection), [true, false, true]);
    assert_eq!(pair.bob.history.iter().filter(|e| **e == Event::NegotiationNeeded).count(), 2);
    pair.negotiate_from(crate::common::Who::Bob);
    assert_eq!(mids(&pair.bob.connection), [true; 3]);
    assert_eq!(mids(&pair.alice.connection), [true; 3]);
}

#[test]
fn an_offer_that_was_made_before_a_transceiver_went_away_cannot_be_set() {
    let mut alice = lone(1);
    alice.add_track(Track::new(MediaKind::Audio, "mic"), &["s"]).unwrap();
    let offer = offer_of(&mut alice);
    let mut bob = lone(2);
    bob.set_remote_description(START, offer).unwrap();
    bob.create_answer().unwrap();
    bob.set_remote_description(START, Description::rollback()).unwrap();
    let stale = bob.create_offer(rtc_peer::OfferOptions::default()).unwrap();
    assert_eq!(lines(&stale.sdp, "m=").len(), 0);
    bob.set_local_description(START, Some(stale)).unwrap();
    assert_eq!(bob.transceivers().count(), 0);
}
