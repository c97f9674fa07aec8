//! Tracks that are sent.

use rtc_peer::{Event, MediaKind, Track, TransceiverDirection, TransceiverInit};

use crate::media::{add, add_receiving, current, direction, ids, track};
use crate::peers::{events, exchange, lone, offer, other};
use crate::record::{SYNCHRONOUS, subtests};

subtests! {
    "RTCPeerConnection-addTrack.https.html", B;

    addtrack_when_pc_is_closed_should_throw_invalidstateerror =
        "addTrack when pc is closed should throw InvalidStateError" => {
        let mut pc = lone();
        pc.close();
        let error = pc.add_track(sound(), &["stream"]).unwrap_err();
        assert_eq!(error.exception().name(), "InvalidStateError");
    };
    addtrack_with_single_track_argument_and_no_stream_should_succeed =
        "addTrack with single track argument and no stream should succeed" => {
        let mut pc = lone();
        let id = pc.add_track(sound(), &[]).unwrap();
        assert_eq!(ids(&pc), [id]);
        let transceiver = pc.transceiver(id).unwrap();
        assert_eq!(transceiver.sender().track(), Some(&sound()));
        assert_eq!(transceiver.receiver().track().kind, MediaKind::Audio);
    };
    addtrack_with_single_track_argument_and_single_stream_should_succeed =
        "addTrack with single track argument and single stream should succeed" => is_sent_in(&["stream"]);
    addtrack_with_single_track_argument_and_multiple_streams_should_succeed =
        "addTrack with single track argument and multiple streams should succeed" => is_sent_in(&["stream", "stream2"]);
    adding_the_same_track_multiple_times_should_throw_invalidaccesserror =
        "Adding the same track multiple times should throw InvalidAccessError" => {
        let mut pc = lone();
        pc.add_track(sound(), &["stream"]).unwrap();
        let error = pc.add_track(sound(), &["stream"]).unwrap_err();
        assert_eq!(error.exception().name(), "InvalidAccessError");
    };
    addtrack_with_existing_sender_with_null_track_same_kind_and_recvonly_direction_should_reuse_sender =
        "addTrack with existing sender with null track, same kind, and recvonly direction should reuse sender" => {
        let mut pc = lone();
        let id = add_receiving(&mut pc, MediaKind::Audio);
        assert_eq!(pc.transceiver(id).unwrap().sender().track(), None);
        assert_eq!(direction(&pc, id), TransceiverDirection::RecvOnly);
        assert_eq!(pc.add_track(sound(), &[]), Ok(id));
        assert_eq!(pc.transceiver(id).unwrap().sender().track(), Some(&sound()));
        assert_eq!(direction(&pc, id), TransceiverDirection::SendRecv);
        assert_eq!(ids(&pc), [id]);
    };
    addtrack_with_existing_sender_that_has_not_been_used_to_send_should_reuse_the_sender =
        "addTrack with existing sender that has not been used to send should reuse the sender" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        assert_eq!(pc.transceiver(id).unwrap().sender().track(), None);
        assert_eq!(direction(&pc, id), TransceiverDirection::SendRecv);
        assert_eq!(pc.add_track(sound(), &[]), Ok(id));
        assert_eq!(pc.transceiver(id).unwrap().sender().track(), Some(&sound()));
    };
    addtrack_with_existing_sender_that_has_been_used_to_send_should_create_new_sender =
        "addTrack with existing sender that has been used to send should create new sender" => {
        let (mut caller, mut callee) = (lone(), other());
        let id = caller.add_transceiver(sound(), TransceiverInit::default()).unwrap();
        exchange(&mut caller, &mut callee);
        assert_eq!(current(&caller, id), Some(TransceiverDirection::SendOnly));
        caller.remove_track(id).unwrap();
        exchange(&mut caller, &mut callee);
        assert_eq!(direction(&caller, id), TransceiverDirection::RecvOnly);
        assert_eq!(current(&caller, id), Some(TransceiverDirection::Inactive));
        assert_ne!(caller.add_track(sound(), &[]).unwrap(), id);
    };
    addtrack_with_existing_sender_with_null_track_different_kind_and_recvonly_direction_should_create_new_sender =
        "addTrack with existing sender with null track, different kind, and recvonly direction should create new sender" => {
        let mut pc = lone();
        let first = add_receiving(&mut pc, MediaKind::Video);
        assert_eq!(pc.transceiver(first).unwrap().sender().track(), None);
        assert_eq!(direction(&pc, first), TransceiverDirection::RecvOnly);
        let second = pc.add_track(sound(), &[]).unwrap();
        assert_eq!(pc.transceiver(second).unwrap().sender().track(), Some(&sound()));
        assert_eq!(ids(&pc), [first, second]);
    };
    adding_more_tracks_does_not_generate_more_candidates_if_bundled =
        "Adding more tracks does not generate more candidates if bundled" => {
        let (mut caller, mut callee) = (lone(), other());
        let id = caller.add_transceiver(sound(), TransceiverInit::default()).unwrap();
        exchange(&mut caller, &mut callee);
        assert_eq!(current(&caller, id), Some(TransceiverDirection::SendOnly));
        events(&mut caller);
        events(&mut callee);
        offer(&mut caller);
        caller.add_track(track(MediaKind::Audio, "second"), &[]).unwrap();
        exchange(&mut caller, &mut callee);
        assert_eq!(ids(&caller).len(), 2);
        let is_candidate = |event: &Event| matches!(event, Event::IceCandidate(_));
        assert!(!events(&mut caller).iter().any(is_candidate));
        assert!(!events(&mut callee).iter().any(is_candidate));
    };

    [not applicable: SYNCHRONOUS]
        "Calling addTrack while sRD(offer) is pending should allow the new remote transceiver to be the same one that addTrack creates",
        "When addTrack is called while sRD is in progress, and both addTrack and sRD add a transceiver of different media types, the addTrack transceiver should come first, and then the sRD transceiver.";
}

fn sound() -> Track {
    track(MediaKind::Audio, "sound")
}

fn is_sent_in(streams: &[&str]) {
    let mut pc = lone();
    let id = pc.add_track(sound(), streams).unwrap();
    let sender = pc.transceiver(id).unwrap().sender();
    assert_eq!(sender.track(), Some(&sound()));
    assert!(sender.streams().eq(streams.iter().copied()));
}
