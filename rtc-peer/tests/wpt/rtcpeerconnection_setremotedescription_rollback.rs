//! Taking back a remote offer. What has no m-section has no transport.

use rtc_peer::{
    DataChannelState, Description, Event, MediaKind, PeerConnection, SdpType, SignalingState,
    Track, TransceiverDirection, TransceiverInit,
};

use crate::media::{
    add, add_receiving, add_with, audio_offer, direction, ids, track, track_events,
};
use crate::peers::{
    START, data_channel_offer, events, exchange, exchange_offer, in_band, lone, negotiation_needed,
    offer, other, rejects, signaling_states,
};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-setRemoteDescription-rollback.html", B;

    setremotedescription_rollback_in_have_remote_offer_state_should_revert_to_stable_state =
        "setRemoteDescription(rollback) in have-remote-offer state should revert to stable state" => {
        let mut pc = lone();
        let offer = data_channel_offer(&mut pc);
        pc.set_remote_description(START, offer).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::HaveRemoteOffer);
        assert!(pc.remote_description().is_some());
        assert_eq!(pc.pending_remote_description(), pc.remote_description());
        assert_eq!(pc.current_remote_description(), None);
        roll_back(&mut pc);
        assert_eq!(pc.signaling_state(), SignalingState::Stable);
        assert_eq!(pc.remote_description(), None);
        assert_eq!(pc.pending_remote_description(), None);
        assert_eq!(pc.current_remote_description(), None);
        let states = signaling_states(&mut pc);
        assert_eq!(states, [SignalingState::HaveRemoteOffer, SignalingState::Stable]);
    };
    setremotedescription_rollback_from_stable_state_should_reject_with_invalidstateerror =
        "setRemoteDescription(rollback) from stable state should reject with InvalidStateError" => {
        let result = lone().set_remote_description(START, Description::rollback());
        rejects(result, "InvalidStateError");
    };
    setremotedescription_rollback_after_setting_a_local_offer_should_reject_with_invalidstateerror =
        "setRemoteDescription(rollback) after setting a local offer should reject with InvalidStateError" => {
        let mut pc = lone();
        pc.set_local_description(START, None).unwrap();
        let result = pc.set_remote_description(START, Description::rollback());
        rejects(result, "InvalidStateError");
    };
    setremotedescription_rollback_should_ignore_invalid_sdp_content_and_succeed =
        "setRemoteDescription(rollback) should ignore invalid sdp content and succeed" => {
        let mut pc = lone();
        let offer = audio_offer(&mut pc);
        pc.set_remote_description(START, offer).unwrap();
        let rollback =
            Description { kind: SdpType::Rollback, sdp: "!<Invalid SDP Content>;".into() };
        pc.set_remote_description(START, rollback).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::Stable);
    };
    local_offer_created_before_setremotedescription_remote_offer_then_rollback_should_still_be_usable =
        "local offer created before setRemoteDescription(remote offer) then rollback should still be usable" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let offer1 = audio_offer(&mut pc1);
        pc1.set_remote_description(START, audio_offer(&mut pc2)).unwrap();
        roll_back(&mut pc1);
        pc1.set_local_description(START, Some(offer1)).unwrap();
    };
    local_offer_created_before_setremotedescription_remote_offer_with_different_transceiver_level_assignments_then_rollback_should_still_be_usable =
        "local offer created before setRemoteDescription(remote offer) with different transceiver level assignments then rollback should still be usable" => {
        let (mut pc1, mut pc2) = (lone(), other());
        pc1.add_track(picture(), &["stream"]).unwrap();
        let offer1 = offer(&mut pc1);
        add_receiving(&mut pc2, MediaKind::Audio);
        add_receiving(&mut pc2, MediaKind::Video);
        pc1.set_remote_description(START, offer(&mut pc2)).unwrap();
        roll_back(&mut pc1);
        pc1.set_local_description(START, Some(offer1)).unwrap();
    };
    rollback_of_a_remote_offer_should_remove_a_transceiver =
        "rollback of a remote offer should remove a transceiver" => {
        let mut pc2 = offered_picture();
        assert_eq!(ids(&pc2).len(), 1);
        roll_back(&mut pc2);
        assert_eq!(ids(&pc2).len(), 0);
    };
    rollback_of_a_remote_offer_should_remove_touched_transceiver =
        "rollback of a remote offer should remove touched transceiver" => {
        let mut pc2 = offered_picture();
        let id = ids(&pc2)[0];
        pc2.transceiver_mut(id).unwrap().replace_track(Some(picture())).unwrap();
        roll_back(&mut pc2);
        assert_eq!(ids(&pc2).len(), 0);
    };
    rollback_of_a_remote_offer_should_keep_a_transceiver =
        "rollback of a remote offer should keep a transceiver" => {
        let mut pc2 = offered_picture();
        let id = ids(&pc2)[0];
        pc2.add_track(picture(), &["stream2"]).unwrap();
        roll_back(&mut pc2);
        assert_eq!(ids(&pc2), [id]);
        assert_eq!(pc2.transceiver(id).unwrap().mid(), None);
    };
    rollback_of_a_remote_offer_should_keep_a_transceiver_created_by_addtrack =
        "rollback of a remote offer should keep a transceiver created by addtrack" => {
        let (mut pc1, mut pc2) = (lone(), other());
        pc1.add_track(picture(), &["stream"]).unwrap();
        let id = pc2.add_track(picture(), &["stream2"]).unwrap();
        pc2.set_remote_description(START, offer(&mut pc1)).unwrap();
        assert_eq!(ids(&pc2), [id]);
        assert!(pc2.transceiver(id).unwrap().mid().is_some());
        roll_back(&mut pc2);
        assert_eq!(ids(&pc2), [id]);
        assert_eq!(pc2.transceiver(id).unwrap().mid(), None);
    };
    rollback_of_a_remote_offer_should_keep_a_transceiver_without_tracks =
        "rollback of a remote offer should keep a transceiver without tracks" => {
        let mut pc2 = offered_picture();
        let id = pc2.add_track(picture(), &["stream2"]).unwrap();
        pc2.transceiver_mut(id).unwrap().replace_track(None).unwrap();
        roll_back(&mut pc2);
        assert_eq!(ids(&pc2), [id]);
    };
    explicit_rollback_of_local_offer_should_remove_transceivers_and_transport =
        "explicit rollback of local offer should remove transceivers and transport" => {
        let mut pc = lone();
        let id = pc.add_track(picture(), &["stream"]).unwrap();
        let offer = offer(&mut pc);
        pc.set_local_description(START, Some(offer.clone())).unwrap();
        assert!(pc.transceiver(id).unwrap().mid().is_some());
        pc.set_local_description(START, Some(Description::rollback())).unwrap();
        assert_eq!(ids(&pc), [id]);
        assert_eq!(pc.transceiver(id).unwrap().mid(), None);
        pc.set_local_description(START, Some(offer)).unwrap();
        assert_eq!(ids(&pc), [id]);
        let expected = [
            SignalingState::HaveLocalOffer,
            SignalingState::Stable,
            SignalingState::HaveLocalOffer,
        ];
        assert_eq!(signaling_states(&mut pc), expected);
    };
    when_using_addtransceiver_implicit_rollback_of_a_local_offer_should_visit_stable_state_but_not_fire_negotiationneeded_until_we_settle_in_stable =
        "when using addTransceiver, implicit rollback of a local offer should visit stable state, but not fire negotiationneeded until we settle in stable" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let init = TransceiverInit { streams: ["a".into()].into(), ..TransceiverInit::default() };
        pc1.add_transceiver(sound(), init.clone()).unwrap();
        pc2.add_transceiver(sound(), init).unwrap();
        glare(&mut pc1, &mut pc2);
        let answer = pc1.create_answer().unwrap();
        pc1.set_local_description(START, Some(answer)).unwrap();
        // The transceiver of the offer that was taken back still wants to be offered.
        let events = events(&mut pc1);
        let stable = Event::SignalingStateChange(SignalingState::Stable);
        let place = |wanted: &Event| events.iter().position(|event| event == wanted).unwrap();
        assert!(place(&stable) < place(&Event::NegotiationNeeded));
    };
    when_using_addtrack_implicit_rollback_of_a_local_offer_should_visit_stable_state_but_not_fire_negotiationneeded =
        "when using addTrack, implicit rollback of a local offer should visit stable state, but not fire negotiationneeded" => {
        let (mut pc1, mut pc2) = (lone(), other());
        pc1.add_track(sound(), &["a"]).unwrap();
        pc2.add_track(sound(), &["b"]).unwrap();
        glare(&mut pc1, &mut pc2);
        let answer = pc1.create_answer().unwrap();
        pc1.set_local_description(START, Some(answer)).unwrap();
        let events = events(&mut pc1);
        assert!(events.contains(&Event::SignalingStateChange(SignalingState::Stable)));
        assert!(!events.contains(&Event::NegotiationNeeded));
    };
    rollback_of_a_remote_offer_to_negotiated_stable_state_should_enable_applying_of_a_local_offer =
        "rollback of a remote offer to negotiated stable state should enable applying of a local offer" => {
        let (mut pc1, mut pc2) = negotiated_sound();
        pc1.add_track(picture(), &["stream1"]).unwrap();
        let offer1 = offer(&mut pc1);
        pc1.set_local_description(START, Some(offer1)).unwrap();
        pc2.add_track(picture(), &["stream2"]).unwrap();
        let offer2 = offer(&mut pc2);
        let pending = pc1.pending_local_description().unwrap();
        pc2.set_remote_description(START, pending).unwrap();
        roll_back(&mut pc2);
        assert_eq!(ids(&pc2).len(), 2);
        pc2.set_local_description(START, Some(offer2)).unwrap();
    };
    rollback_of_a_local_offer_to_negotiated_stable_state_should_enable_applying_of_a_remote_offer =
        "rollback of a local offer to negotiated stable state should enable applying of a remote offer" => {
        let (mut pc1, mut pc2) = negotiated_sound();
        let id = pc2.add_track(picture(), &["stream2"]).unwrap();
        let offer2 = offer(&mut pc2);
        pc2.set_local_description(START, Some(offer2)).unwrap();
        assert_eq!(ids(&pc2).len(), 2);
        assert!(pc2.transceiver(id).unwrap().mid().is_some());
        pc2.set_local_description(START, Some(Description::rollback())).unwrap();
        let [first, second] = ids(&pc2)[..] else { panic!("not two transceivers") };
        assert_eq!(second, id);
        assert!(pc2.transceiver(first).unwrap().mid().is_some());
        assert_eq!(pc2.transceiver(second).unwrap().mid(), None);
        pc1.add_track(picture(), &["stream1"]).unwrap();
        exchange_offer(&mut pc1, &mut pc2);
    };
    rollback_a_local_offer_with_audio_direction_change_to_negotiated_stable_state_and_then_add_video_receiver =
        "rollback a local offer with audio direction change to negotiated stable state and then add video receiver" => {
        let (mut pc1, mut pc2) = negotiated_sound();
        let id = ids(&pc2)[0];
        assert_eq!(direction(&pc2, id), TransceiverDirection::RecvOnly);
        pc2.add_track(track(MediaKind::Audio, "sound2"), &["stream2"]).unwrap();
        assert_eq!(direction(&pc2, id), TransceiverDirection::SendRecv);
        let offer2 = offer(&mut pc2);
        pc2.set_local_description(START, Some(offer2)).unwrap();
        assert_eq!(direction(&pc2, id), TransceiverDirection::SendRecv);
        pc2.set_local_description(START, Some(Description::rollback())).unwrap();
        assert_eq!(ids(&pc2), [id]);
        assert_eq!(direction(&pc2, id), TransceiverDirection::SendRecv);
        assert!(pc2.transceiver(id).unwrap().mid().is_some());
        pc1.add_track(picture(), &["stream1"]).unwrap();
        exchange_offer(&mut pc1, &mut pc2);
    };
    two_transceivers_with_same_mids = "two transceivers with same mids" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let first = add_with(&mut pc1, MediaKind::Video, TransceiverDirection::SendOnly);
        let second = add_with(&mut pc2, MediaKind::Video, TransceiverDirection::SendOnly);
        let offer1 = offer(&mut pc1);
        pc1.set_local_description(START, Some(offer1)).unwrap();
        let mid1 = pc1.transceiver(first).unwrap().mid().map(String::from);
        let offer2 = offer(&mut pc2);
        pc2.set_local_description(START, Some(offer2)).unwrap();
        let mid2 = pc2.transceiver(second).unwrap().mid().map(String::from);
        assert_eq!(mid1, mid2);
        let pending = pc2.pending_local_description().unwrap();
        pc1.set_remote_description(START, pending).unwrap();
        let all = ids(&pc1);
        assert_eq!(all.len(), 2);
        assert_eq!(pc1.transceiver(all[0]).unwrap().mid(), None);
        assert_eq!(pc1.transceiver(all[1]).unwrap().mid(), mid2.as_deref());
        let answer = pc1.create_answer().unwrap();
        pc1.set_local_description(START, Some(answer)).unwrap();
        let offer1 = offer(&mut pc1);
        pc1.set_local_description(START, Some(offer1)).unwrap();
        assert_ne!(pc1.transceiver(all[0]).unwrap().mid(), mid1.as_deref());
    };
    onremovetrack_fires_during_remote_rollback = "onremovetrack fires during remote rollback" => {
        let (mut pc1, mut pc2) = (lone(), other());
        pc1.add_track(sound(), &["stream"]).unwrap();
        pc1.add_track(picture(), &["stream"]).unwrap();
        pc2.set_remote_description(START, offer(&mut pc1)).unwrap();
        assert_eq!(track_events(&mut pc2).len(), 2);
        let mut expected = ids(&pc2);
        roll_back(&mut pc2);
        for event in events(&mut pc2) {
            if let Event::StreamTrackRemoved { transceiver, stream } = event {
                assert_eq!(stream, "stream");
                expected.retain(|id| *id != transceiver);
            }
        }
        assert_eq!(expected, []);
    };
    rollback_of_a_remote_offer_with_stream_changes =
        "rollback of a remote offer with stream changes" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let sender = pc1.add_track(sound(), &["stream1"]).unwrap();
        exchange(&mut pc1, &mut pc2);
        let [event] = &track_events(&mut pc2)[..] else { panic!("not one track event") };
        assert_eq!(event.streams, ["stream1"]);
        let id = event.transceiver;
        pc1.transceiver_mut(sender).unwrap().set_streams(&["stream2"]).unwrap();
        pc2.set_remote_description(START, offer(&mut pc1)).unwrap();
        let moved = events(&mut pc2);
        let removed = Event::StreamTrackRemoved { transceiver: id, stream: "stream1".into() };
        assert!(moved.contains(&removed));
        let is_track = |event: &&Event| matches!(event, Event::Track(_));
        let Some(Event::Track(event)) = moved.iter().find(is_track) else { panic!("no track") };
        assert_eq!((event.transceiver, &event.streams[..]), (id, &["stream2".to_string()][..]));
        roll_back(&mut pc2);
        let moved = events(&mut pc2);
        let removed = Event::StreamTrackRemoved { transceiver: id, stream: "stream2".into() };
        assert!(moved.contains(&removed));
        let Some(Event::Track(event)) = moved.iter().find(is_track) else { panic!("no track") };
        assert_eq!((event.transceiver, &event.streams[..]), (id, &["stream1".to_string()][..]));
        assert!(pc2.transceiver(id).unwrap().receiver().streams().eq(["stream1"]));
    };
    removetrack_with_a_sender_being_rolled_back_does_not_crash_or_throw =
        "removeTrack() with a sender being rolled back does not crash or throw" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add(&mut pc2, MediaKind::Audio);
        pc1.set_remote_description(START, offer(&mut pc2)).unwrap();
        let id = ids(&pc1)[0];
        roll_back(&mut pc1);
        pc1.remove_track(id).unwrap();
    };
    implicit_rollback_with_only_a_datachannel_works =
        "Implicit rollback with only a datachannel works" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add(&mut pc1, MediaKind::Video);
        let channel = pc2.create_data_channel("dummy", in_band()).unwrap();
        let first = offer(&mut pc2);
        pc2.set_local_description(START, Some(first)).unwrap();
        pc2.set_remote_description(START, offer(&mut pc1)).unwrap();
        assert_eq!(pc2.signaling_state(), SignalingState::HaveRemoteOffer);
        let answer = pc2.create_answer().unwrap();
        pc2.set_local_description(START, Some(answer)).unwrap();
        assert!(negotiation_needed(&mut pc2));
        let second = offer(&mut pc2);
        pc2.set_local_description(START, Some(second)).unwrap();
        let state = pc2.data_channel(channel).unwrap().ready_state();
        assert_eq!(state, DataChannelState::Connecting);
    };
}

fn sound() -> Track {
    track(MediaKind::Audio, "sound")
}

fn picture() -> Track {
    track(MediaKind::Video, "picture")
}

fn roll_back(pc: &mut PeerConnection) {
    pc.set_remote_description(START, Description::rollback()).unwrap();
}

/// A connection to which a video track was offered.
fn offered_picture() -> PeerConnection {
    let (mut pc1, mut pc2) = (lone(), other());
    pc1.add_track(picture(), &["stream"]).unwrap();
    pc2.set_remote_description(START, offer(&mut pc1)).unwrap();
    assert_eq!(ids(&pc2).len(), 1);
    pc2
}

/// Two that have agreed on sound from the first to the second.
fn negotiated_sound() -> (PeerConnection, PeerConnection) {
    let (mut pc1, mut pc2) = (lone(), other());
    pc1.add_track(sound(), &["stream"]).unwrap();
    exchange(&mut pc1, &mut pc2);
    (pc1, pc2)
}

/// Both offer, and the first takes back its offer for the other one.
fn glare(pc1: &mut PeerConnection, pc2: &mut PeerConnection) {
    let offer1 = offer(pc1);
    pc1.set_local_description(START, Some(offer1)).unwrap();
    events(pc1);
    pc1.set_remote_description(START, offer(pc2)).unwrap();
    let events = events(pc1);
    assert!(!events.contains(&Event::NegotiationNeeded));
    let state = |event: &Event| match event {
        Event::SignalingStateChange(state) => Some(*state),
        _ => None,
    };
    let states: Vec<_> = events.iter().filter_map(state).collect();
    assert_eq!(states, [SignalingState::Stable, SignalingState::HaveRemoteOffer]);
}
