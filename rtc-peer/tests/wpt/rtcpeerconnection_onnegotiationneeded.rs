//! When a new offer is needed, and when that is said.

use rtc_peer::{
    Event, MediaKind, PeerConnection, SignalingState, TransceiverDirection, TransceiverId,
};

use crate::media::{add, add_receiving, audio_offer, set_direction, track};
use crate::peers::{
    START, answer_to, empty_offer, events, exchange, in_band, lone, negotiation_needed, offer,
    other,
};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-onnegotiationneeded.html", B;

    creating_first_data_channel_should_fire_negotiationneeded_event =
        "Creating first data channel should fire negotiationneeded event" => {
        let mut pc = lone();
        pc.create_data_channel("test", in_band()).unwrap();
        assert!(negotiation_needed(&mut pc));
    };
    calling_createdatachannel_twice_should_fire_negotiationneeded_event_once =
        "calling createDataChannel twice should fire negotiationneeded event once" => {
        let mut pc = lone();
        pc.create_data_channel("foo", in_band()).unwrap();
        assert!(negotiation_needed(&mut pc));
        pc.create_data_channel("bar", in_band()).unwrap();
        assert!(!negotiation_needed(&mut pc));
    };
    addtransceiver_should_fire_negotiationneeded_event =
        "addTransceiver() should fire negotiationneeded event" => {
        let mut pc = lone();
        add(&mut pc, MediaKind::Audio);
        assert!(negotiation_needed(&mut pc));
    };
    calling_addtransceiver_twice_should_fire_negotiationneeded_event_once =
        "Calling addTransceiver() twice should fire negotiationneeded event once" => {
        let mut pc = lone();
        add(&mut pc, MediaKind::Audio);
        assert!(negotiation_needed(&mut pc));
        add(&mut pc, MediaKind::Video);
        assert!(!negotiation_needed(&mut pc));
    };
    calling_both_addtransceiver_and_createdatachannel_should_fire_negotiationneeded_event_once =
        "Calling both addTransceiver() and createDataChannel() should fire negotiationneeded event once" => {
        let mut pc = lone();
        pc.create_data_channel("test", in_band()).unwrap();
        assert!(negotiation_needed(&mut pc));
        add(&mut pc, MediaKind::Video);
        assert!(!negotiation_needed(&mut pc));
    };
    negotiationneeded_event_should_not_fire_if_signaling_state_is_not_stable =
        "negotiationneeded event should not fire if signaling state is not stable" => {
        let mut pc = lone();
        let offer = audio_offer(&mut pc);
        pc.set_local_description(START, Some(offer)).unwrap();
        events(&mut pc);
        assert_eq!(pc.signaling_state(), SignalingState::HaveLocalOffer);
        pc.create_data_channel("test", in_band()).unwrap();
        assert!(!negotiation_needed(&mut pc));
    };
    negotiationneeded_event_should_fire_only_after_signaling_state_goes_back_to_stable_after_setremotedescription =
        "negotiationneeded event should fire only after signaling state goes back to stable after setRemoteDescription" => {
        let mut pc = in_have_local_offer();
        pc.create_data_channel("test", in_band()).unwrap();
        assert!(!negotiation_needed(&mut pc));
        let answer = answer_to(&pc.local_description().unwrap());
        pc.set_remote_description(START, answer).unwrap();
        assert!(negotiation_needed(&mut pc));
    };
    negotiationneeded_event_should_fire_only_after_signaling_state_goes_back_to_stable_after_setlocaldescription =
        "negotiationneeded event should fire only after signaling state goes back to stable after setLocalDescription" => {
        let mut pc = in_have_remote_offer();
        pc.create_data_channel("test", in_band()).unwrap();
        assert!(!negotiation_needed(&mut pc));
        let answer = pc.create_answer().unwrap();
        pc.set_local_description(START, Some(answer)).unwrap();
        assert!(negotiation_needed(&mut pc));
    };
    negotiationneeded_event_should_fire_only_after_signalingstatechange_event_fires_from_setremotedescription =
        "negotiationneeded event should fire only after signalingstatechange event fires from setRemoteDescription" => {
        let mut pc = in_have_local_offer();
        pc.create_data_channel("test", in_band()).unwrap();
        let answer = answer_to(&pc.local_description().unwrap());
        pc.set_remote_description(START, answer).unwrap();
        stable_comes_before_it(&mut pc);
    };
    negotiationneeded_event_should_fire_only_after_signalingstatechange_event_fires_from_setlocaldescription =
        "negotiationneeded event should fire only after signalingstatechange event fires from setLocalDescription" => {
        let mut pc = in_have_remote_offer();
        pc.create_data_channel("test", in_band()).unwrap();
        let answer = pc.create_answer().unwrap();
        pc.set_local_description(START, Some(answer)).unwrap();
        stable_comes_before_it(&mut pc);
    };
    addtrack_should_cause_negotiationneeded_to_fire =
        "addTrack should cause negotiationneeded to fire" => {
        let mut pc = lone();
        pc.add_track(track(MediaKind::Audio, "sound"), &["stream"]).unwrap();
        assert!(negotiation_needed(&mut pc));
    };
    removetrack_should_cause_negotiationneeded_to_fire_on_the_caller =
        "removeTrack should cause negotiationneeded to fire on the caller" => {
        let mut pc = lone();
        let id = pc.add_track(track(MediaKind::Audio, "sound"), &["stream"]).unwrap();
        assert!(negotiation_needed(&mut pc));
        answered(&mut pc);
        assert!(!negotiation_needed(&mut pc));
        pc.remove_track(id).unwrap();
        assert!(negotiation_needed(&mut pc));
    };
    removetrack_should_cause_negotiationneeded_to_fire_on_the_callee =
        "removeTrack should cause negotiationneeded to fire on the callee" => {
        let (mut caller, mut callee) = (lone(), other());
        add_receiving(&mut caller, MediaKind::Audio);
        let offer = offer(&mut caller);
        let id = callee.add_track(track(MediaKind::Audio, "sound"), &["stream"]).unwrap();
        assert!(negotiation_needed(&mut callee));
        callee.set_remote_description(START, offer).unwrap();
        let answer = callee.create_answer().unwrap();
        callee.set_local_description(START, Some(answer)).unwrap();
        assert!(!negotiation_needed(&mut callee));
        callee.remove_track(id).unwrap();
        assert!(negotiation_needed(&mut callee));
    };
    updating_the_direction_of_the_transceiver_should_cause_negotiationneeded_to_fire =
        "Updating the direction of the transceiver should cause negotiationneeded to fire" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        answered(&mut pc);
        events(&mut pc);
        set_direction(&mut pc, id, TransceiverDirection::RecvOnly);
        assert!(negotiation_needed(&mut pc));
    };
    calling_setstreams_should_cause_negotiationneeded_to_fire =
        "Calling setStreams should cause negotiationneeded to fire" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        answered(&mut pc);
        events(&mut pc);
        pc.transceiver_mut(id).unwrap().set_streams(&["stream"]).unwrap();
        assert!(negotiation_needed(&mut pc));
    };
    calling_setstreams_with_a_different_stream_as_before_should_cause_negotiationneeded_to_fire =
        "Calling setStreams with a different stream as before should cause negotiationneeded to fire" => assert!(needed_with_streams(&["stream"], &["stream2"]));
    calling_setstreams_with_an_additional_stream_should_cause_negotiationneeded_to_fire =
        "Calling setStreams with an additional stream should cause negotiationneeded to fire" => assert!(needed_with_streams(&["stream"], &["stream", "stream2"]));
    calling_setstreams_with_a_stream_removed_should_cause_negotiationneeded_to_fire =
        "Calling setStreams with a stream removed should cause negotiationneeded to fire" => assert!(needed_with_streams(&["stream", "stream2"], &["stream2"]));
    calling_setstreams_with_all_streams_removed_should_cause_negotiationneeded_to_fire =
        "Calling setStreams with all streams removed should cause negotiationneeded to fire" => assert!(needed_with_streams(&["stream", "stream2"], &[]));
    calling_setstreams_with_the_same_stream_as_before_should_not_cause_negotiationneeded_to_fire =
        "Calling setStreams with the same stream as before should not cause negotiationneeded to fire" => assert!(!needed_with_streams(&["stream"], &["stream"]));
    calling_setstreams_with_duplicates_of_the_same_stream_as_before_should_not_cause_negotiationneeded_to_fire =
        "Calling setStreams with duplicates of the same stream as before should not cause negotiationneeded to fire" => assert!(!needed_with_streams(&["stream"], &["stream", "stream"]));
    calling_setstreams_with_the_same_streams_as_before_in_a_different_order_should_not_cause_negotiationneeded_to_fire =
        "Calling setStreams with the same streams as before in a different order should not cause negotiationneeded to fire" => assert!(!needed_with_streams(&["stream", "stream2"], &["stream2", "stream"]));
    calling_setstreams_with_duplicates_of_the_same_streams_as_before_should_not_cause_negotiationneeded_to_fire =
        "Calling setStreams with duplicates of the same streams as before should not cause negotiationneeded to fire" => assert!(!needed_with_streams(
        &["stream", "stream2"],
        &["stream", "stream2", "stream"],
    ));
    adding_two_transceivers_one_at_a_time_results_in_the_expected_number_of_negotiationneeded_events =
        "Adding two transceivers, one at a time, results in the expected number of negotiationneeded events" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let mut count = 0;
        for kind in [MediaKind::Video, MediaKind::Audio] {
            add(&mut pc1, kind);
            while let Some(event) = pc1.poll_event() {
                if event == Event::NegotiationNeeded {
                    count += 1;
                    exchange(&mut pc1, &mut pc2);
                }
            }
        }
        assert_eq!(count, 2);
    };
}

fn in_have_local_offer() -> PeerConnection {
    let mut pc = lone();
    add(&mut pc, MediaKind::Audio);
    assert!(negotiation_needed(&mut pc));
    let offer = offer(&mut pc);
    pc.set_local_description(START, Some(offer)).unwrap();
    events(&mut pc);
    pc
}

fn in_have_remote_offer() -> PeerConnection {
    let mut pc = lone();
    add(&mut pc, MediaKind::Audio);
    assert!(negotiation_needed(&mut pc));
    pc.set_remote_description(START, empty_offer()).unwrap();
    events(&mut pc);
    pc
}

fn stable_comes_before_it(pc: &mut PeerConnection) {
    let events = events(pc);
    let stable = Event::SignalingStateChange(SignalingState::Stable);
    let place = |wanted| events.iter().position(|event| *event == wanted).unwrap();
    assert!(place(stable) < place(Event::NegotiationNeeded));
}

/// Offers what there is, and takes what a fresh connection answers.
fn answered(pc: &mut PeerConnection) {
    let offer = offer(pc);
    pc.set_local_description(START, Some(offer.clone())).unwrap();
    pc.set_remote_description(START, answer_to(&offer)).unwrap();
}

/// Whether other streams than those that were negotiated ask for an offer.
fn needed_with_streams(before: &[&str], after: &[&str]) -> bool {
    let mut pc = lone();
    let id = add(&mut pc, MediaKind::Audio);
    set_streams(&mut pc, id, before);
    assert!(negotiation_needed(&mut pc));
    answered(&mut pc);
    events(&mut pc);
    set_streams(&mut pc, id, after);
    negotiation_needed(&mut pc)
}

fn set_streams(pc: &mut PeerConnection, id: TransceiverId, streams: &[&str]) {
    pc.transceiver_mut(id).unwrap().set_streams(streams).unwrap();
}
