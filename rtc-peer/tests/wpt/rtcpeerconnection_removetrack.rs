//! Senders that stop to send.

use rtc_peer::{
    MediaKind, PeerConnection, Track, TransceiverDirection, TransceiverId, TransceiverInit,
};

use crate::media::{current, direction, stop, track};
use crate::peers::{START, answer_to, exchange_answer, exchange_offer, lone, offer, other};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-removeTrack.https.html", B;

    addtransceiver_calling_removetrack_when_connection_is_closed_should_throw_invalidstateerror =
        "addTransceiver - Calling removeTrack when connection is closed should throw InvalidStateError" => {
        let (mut pc, id) = with_transceiver(TransceiverDirection::SendRecv);
        pc.close();
        refuses(&mut pc, id, "InvalidStateError");
    };
    addtrack_calling_removetrack_when_connection_is_closed_should_throw_invalidstateerror =
        "addTrack - Calling removeTrack when connection is closed should throw InvalidStateError" => {
        let (mut pc, id) = with_track();
        pc.close();
        refuses(&mut pc, id, "InvalidStateError");
    };
    addtransceiver_calling_removetrack_on_different_connection_that_is_closed_should_throw_invalidstateerror =
        "addTransceiver - Calling removeTrack on different connection that is closed should throw InvalidStateError" => {
        let (_pc, id) = with_transceiver(TransceiverDirection::SendRecv);
        let mut pc2 = other();
        pc2.close();
        refuses(&mut pc2, id, "InvalidStateError");
    };
    addtrack_calling_removetrack_on_different_connection_that_is_closed_should_throw_invalidstateerror =
        "addTrack - Calling removeTrack on different connection that is closed should throw InvalidStateError" => {
        let (_pc, id) = with_track();
        let mut pc2 = other();
        pc2.close();
        refuses(&mut pc2, id, "InvalidStateError");
    };
    addtransceiver_calling_removetrack_on_different_connection_should_throw_invalidaccesserror =
        "addTransceiver - Calling removeTrack on different connection should throw InvalidAccessError" => {
        let (_pc, id) = with_transceiver(TransceiverDirection::SendRecv);
        refuses(&mut other(), id, "InvalidAccessError");
    };
    addtrack_calling_removetrack_on_different_connection_should_throw_invalidaccesserror =
        "addTrack - Calling removeTrack on different connection should throw InvalidAccessError" => {
        let (_pc, id) = with_track();
        refuses(&mut other(), id, "InvalidAccessError");
    };
    addtransceiver_calling_removetrack_with_valid_sender_should_set_sender_track_to_null =
        "addTransceiver - Calling removeTrack with valid sender should set sender.track to null" => {
        let (mut pc, id) = with_transceiver(TransceiverDirection::SendRecv);
        assert_eq!(sent(&pc, id), Some(&sound()));
        assert_eq!(direction(&pc, id), TransceiverDirection::SendRecv);
        assert_eq!(current(&pc, id), None);
        pc.remove_track(id).unwrap();
        assert_eq!(sent(&pc, id), None);
        assert_eq!(direction(&pc, id), TransceiverDirection::RecvOnly);
    };
    addtrack_calling_removetrack_with_valid_sender_should_set_sender_track_to_null =
        "addTrack - Calling removeTrack with valid sender should set sender.track to null" => {
        let (mut pc, id) = with_track();
        assert_eq!(sent(&pc, id), Some(&sound()));
        pc.remove_track(id).unwrap();
        assert_eq!(sent(&pc, id), None);
    };
    calling_removetrack_with_currentdirection_sendrecv_should_set_direction_to_recvonly =
        "Calling removeTrack with currentDirection sendrecv should set direction to recvonly" => with_an_answer_that_sends(
        [TransceiverDirection::SendRecv, TransceiverDirection::SendRecv],
        TransceiverDirection::RecvOnly,
    );
    calling_removetrack_with_currentdirection_sendonly_should_set_direction_to_inactive =
        "Calling removeTrack with currentDirection sendonly should set direction to inactive" => with_an_answer_that_receives(
        TransceiverDirection::SendOnly,
        TransceiverDirection::Inactive,
    );
    calling_removetrack_with_currentdirection_recvonly_should_not_change_direction =
        "Calling removeTrack with currentDirection recvonly should not change direction" => with_an_answer_that_sends(
        [TransceiverDirection::RecvOnly, TransceiverDirection::RecvOnly],
        TransceiverDirection::RecvOnly,
    );
    calling_removetrack_with_currentdirection_inactive_should_not_change_direction =
        "Calling removeTrack with currentDirection inactive should not change direction" => with_an_answer_that_receives(
        TransceiverDirection::Inactive,
        TransceiverDirection::Inactive,
    );
    calling_removetrack_on_a_stopped_transceiver_should_be_a_no_op =
        "Calling removeTrack on a stopped transceiver should be a no-op" => {
        let (mut pc, id) = with_track();
        stop(&mut pc, id);
        pc.remove_track(id).unwrap();
        assert_eq!(sent(&pc, id), Some(&sound()));
    };
    calling_removetrack_on_a_null_track_should_have_no_effect =
        "Calling removeTrack on a null track should have no effect" => {
        let (mut pc, id) = with_track();
        pc.transceiver_mut(id).unwrap().replace_track(None).unwrap();
        let before = direction(&pc, id);
        pc.remove_track(id).unwrap();
        assert_eq!(sent(&pc, id), None);
        assert_eq!(direction(&pc, id), before);
    };
}

fn sound() -> Track {
    track(MediaKind::Audio, "sound")
}

fn with_track() -> (PeerConnection, TransceiverId) {
    let mut pc = lone();
    let id = pc.add_track(sound(), &["stream"]).unwrap();
    (pc, id)
}

fn with_transceiver(direction: TransceiverDirection) -> (PeerConnection, TransceiverId) {
    let mut pc = lone();
    let init = TransceiverInit { direction, ..TransceiverInit::default() };
    let id = pc.add_transceiver(sound(), init).unwrap();
    (pc, id)
}

fn sent(pc: &PeerConnection, id: TransceiverId) -> Option<&Track> {
    pc.transceiver(id).unwrap().sender().track()
}

#[track_caller]
fn refuses(pc: &mut PeerConnection, id: TransceiverId, exception: &str) {
    assert_eq!(pc.remove_track(id).unwrap_err().exception().name(), exception);
}

/// Negotiates with a callee that adds a track; `directions` are that of the transceiver and the
/// negotiated one. Removing the track changes the first and not the second.
fn with_an_answer_that_sends(directions: [TransceiverDirection; 2], after: TransceiverDirection) {
    let (mut caller, id) = with_transceiver(directions[0]);
    let mut callee = other();
    assert_eq!(sent(&caller, id), Some(&sound()));
    assert_eq!(direction(&caller, id), directions[0]);
    assert_eq!(current(&caller, id), None);
    exchange_offer(&mut caller, &mut callee);
    callee.add_track(sound(), &["stream"]).unwrap();
    exchange_answer(&mut caller, &mut callee);
    assert_eq!(current(&caller, id), Some(directions[1]));
    caller.remove_track(id).unwrap();
    assert_eq!(sent(&caller, id), None);
    assert_eq!(direction(&caller, id), after);
    assert_eq!(current(&caller, id), Some(directions[1]));
}

/// The same with an answer that sends nothing.
fn with_an_answer_that_receives(before: TransceiverDirection, after: TransceiverDirection) {
    let (mut pc, id) = with_transceiver(before);
    assert_eq!(sent(&pc, id), Some(&sound()));
    assert_eq!(direction(&pc, id), before);
    assert_eq!(current(&pc, id), None);
    let offer = offer(&mut pc);
    pc.set_local_description(START, Some(offer.clone())).unwrap();
    pc.set_remote_description(START, answer_to(&offer)).unwrap();
    assert_eq!(current(&pc, id), Some(before));
    pc.remove_track(id).unwrap();
    assert_eq!(sent(&pc, id), None);
    assert_eq!(direction(&pc, id), after);
    assert_eq!(current(&pc, id), Some(before));
}
