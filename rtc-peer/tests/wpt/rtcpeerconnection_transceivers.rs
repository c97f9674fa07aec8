//! Transceivers from their creation to an answer.

use rtc_peer::{
    MediaKind, PeerConnection, RtpEncodingParameters, Track, TrackEvent, TransceiverDirection,
    TransceiverId, TransceiverInit,
};

use crate::media::{
    add, add_receiving, current, direction, ids, offer_and_listen, set_direction, track,
    track_events,
};
use crate::peers::{
    START, empty_offer, exchange, exchange_answer, exchange_offer, lone, offer, other,
};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-transceivers.https.html", B;

    addtrack_creates_a_transceiver_for_the_sender =
        "addTrack: creates a transceiver for the sender" => {
        let (pc, id) = with_track();
        assert_eq!(pc.transceiver(id).unwrap().sender().track(), Some(&sound()));
    };
    addtrack_transceiver_sender_receiver = "addTrack: \"transceiver == {sender,receiver}\"" => {
        let (pc, id) = with_track();
        assert_eq!(ids(&pc), [id]);
    };
    addtrack_transceiver_sender_is_associated_with_the_track =
        "addTrack: transceiver.sender is associated with the track" => {
        let (pc, id) = with_track();
        assert_eq!(pc.transceiver(id).unwrap().sender().track(), Some(&sound()));
    };
    addtrack_transceiver_receiver_has_its_own_track =
        "addTrack: transceiver.receiver has its own track" => {
        let (pc, id) = with_track();
        let received = pc.transceiver(id).unwrap().receiver().track();
        assert_eq!(received.kind, MediaKind::Audio);
        assert_ne!(received, &sound());
    };
    addtrack_transceiver_receiver_s_track_is_muted =
        "addTrack: transceiver.receiver's track is muted" => {
        let (pc, id) = with_track();
        assert!(pc.transceiver(id).unwrap().receiver().muted());
    };
    addtrack_transceiver_is_not_associated_with_an_m_section =
        "addTrack: transceiver is not associated with an m-section" => {
        let (pc, id) = with_track();
        assert_eq!(pc.transceiver(id).unwrap().mid(), None);
    };
    addtrack_transceiver_is_not_stopped = "addTrack: transceiver is not stopped" => {
        let (pc, id) = with_track();
        assert!(!pc.transceiver(id).unwrap().stopped());
    };
    addtrack_transceiver_s_direction_is_sendrecv =
        "addTrack: transceiver's direction is sendrecv" => {
        let (pc, id) = with_track();
        assert_eq!(direction(&pc, id), TransceiverDirection::SendRecv);
    };
    addtrack_transceiver_s_currentdirection_is_null =
        "addTrack: transceiver's currentDirection is null" => {
        let (pc, id) = with_track();
        assert_eq!(current(&pc, id), None);
    };
    setlocaldescription_offer_transceiver_gets_associated_with_an_m_section =
        "setLocalDescription(offer): transceiver gets associated with an m-section" => {
        let (mut pc, id) = with_track();
        let offer = offer(&mut pc);
        pc.set_local_description(START, Some(offer)).unwrap();
        assert!(pc.transceiver(id).unwrap().mid().is_some());
    };
    setlocaldescription_offer_transceiver_mid_matches_the_offer_sdp =
        "setLocalDescription(offer): transceiver.mid matches the offer SDP" => {
        let (mut pc, id) = with_track();
        let offer = offer(&mut pc);
        pc.set_local_description(START, Some(offer.clone())).unwrap();
        let mid = offer.sdp.lines().find_map(|line| line.strip_prefix("a=mid:")).unwrap();
        assert_eq!(pc.transceiver(id).unwrap().mid(), Some(mid));
    };
    setremotedescription_offer_ontrack_fires_with_a_track =
        "setRemoteDescription(offer): ontrack fires with a track" => {
        let (_, _, _, event) = offered();
        assert_eq!(event.track.kind, MediaKind::Audio);
    };
    setremotedescription_offer_ontrack_s_stream_id_is_the_same_as_stream_id =
        "setRemoteDescription(offer): ontrack's stream.id is the same as stream.id" => {
        let (_, _, _, event) = offered();
        assert_eq!(event.streams, ["stream"]);
    };
    setremotedescription_offer_ontrack_fires_with_a_transceiver =
        "setRemoteDescription(offer): ontrack fires with a transceiver." => {
        let (_, pc2, _, event) = offered();
        let transceiver = pc2.transceiver(event.transceiver).unwrap();
        assert_eq!(transceiver.receiver().track(), &event.track);
    };
    setremotedescription_offer_transceiver_mid_is_the_same_on_both_ends =
        "setRemoteDescription(offer): transceiver.mid is the same on both ends" => {
        let (pc1, pc2, id, event) = offered();
        let mid = pc1.transceiver(id).unwrap().mid();
        assert!(mid.is_some());
        assert_eq!(pc2.transceiver(event.transceiver).unwrap().mid(), mid);
    };
    setremotedescription_offer_transceiver_sender_receiver =
        "setRemoteDescription(offer): \"transceiver == {sender,receiver}\"" => {
        let (_, pc2, _, event) = offered();
        assert_eq!(ids(&pc2), [event.transceiver]);
    };
    setremotedescription_offer_transceiver_direction_is_recvonly =
        "setRemoteDescription(offer): transceiver.direction is recvonly" => {
        let (_, pc2, _, event) = offered();
        assert_eq!(direction(&pc2, event.transceiver), TransceiverDirection::RecvOnly);
    };
    setremotedescription_offer_transceiver_currentdirection_is_null =
        "setRemoteDescription(offer): transceiver.currentDirection is null" => {
        let (_, pc2, _, event) = offered();
        assert_eq!(current(&pc2, event.transceiver), None);
    };
    setremotedescription_offer_transceiver_stopped_is_false =
        "setRemoteDescription(offer): transceiver.stopped is false" => {
        let (_, pc2, _, event) = offered();
        assert!(!pc2.transceiver(event.transceiver).unwrap().stopped());
    };
    setlocaldescription_answer_transceiver_currentdirection_is_recvonly =
        "setLocalDescription(answer): transceiver.currentDirection is recvonly" => {
        let (_, mut pc2, _, event) = offered();
        assert_eq!(current(&pc2, event.transceiver), None);
        let answer = pc2.create_answer().unwrap();
        pc2.set_local_description(START, Some(answer)).unwrap();
        assert_eq!(current(&pc2, event.transceiver), Some(TransceiverDirection::RecvOnly));
    };
    setlocaldescription_answer_transceiver_currentdirection_is_sendonly =
        "setLocalDescription(answer): transceiver.currentDirection is sendonly" => {
        let (mut pc1, id) = with_track();
        let mut pc2 = other();
        exchange_offer(&mut pc1, &mut pc2);
        assert_eq!(current(&pc1, id), None);
        exchange_answer(&mut pc1, &mut pc2);
        assert_eq!(current(&pc1, id), Some(TransceiverDirection::SendOnly));
    };
    addtransceiver_track_creates_a_transceiver_for_the_track =
        "addTransceiver(track): creates a transceiver for the track" => {
        let (pc, id) = with_transceiver(TransceiverInit::default());
        assert_eq!(pc.transceiver(id).unwrap().sender().track(), Some(&sound()));
        assert_eq!(pc.transceiver(id).unwrap().receiver().track().kind, MediaKind::Audio);
    };
    addtransceiver_track_transceiver_sender_receiver =
        "addTransceiver(track): \"transceiver == {sender,receiver}\"" => {
        let (pc, id) = with_transceiver(TransceiverInit::default());
        assert_eq!(ids(&pc), [id]);
    };
    addtransceiver_track_init_initialize_direction_to_inactive =
        "addTransceiver(track, init): initialize direction to inactive" => {
        let direction_of_init = TransceiverDirection::Inactive;
        let init = TransceiverInit { direction: direction_of_init, ..TransceiverInit::default() };
        let (pc, id) = with_transceiver(init);
        assert_eq!(direction(&pc, id), TransceiverDirection::Inactive);
    };
    addtransceiver_track_init_initialize_sendencodings_0_active_to_false =
        "addTransceiver(track, init): initialize sendEncodings[0].active to false" => {
        let encoding = RtpEncodingParameters { active: false, ..RtpEncodingParameters::default() };
        let init =
            TransceiverInit { send_encodings: [encoding].into(), ..TransceiverInit::default() };
        let (mut pc, id) = with_transceiver(init);
        exchange(&mut pc, &mut other());
        let parameters = pc.transceiver_mut(id).unwrap().parameters();
        assert!(!parameters.encodings[0].active);
    };
    addtransceiver_0_streams_ontrack_fires_with_no_stream =
        "addTransceiver(0 streams): ontrack fires with no stream" => transceiver_in_streams(&[]);
    addtransceiver_1_stream_ontrack_fires_with_corresponding_stream =
        "addTransceiver(1 stream): ontrack fires with corresponding stream" => transceiver_in_streams(&["a"]);
    addtransceiver_2_streams_ontrack_fires_with_corresponding_two_streams =
        "addTransceiver(2 streams): ontrack fires with corresponding two streams" => transceiver_in_streams(&["a", "b"]);
    addtrack_0_streams_ontrack_fires_with_no_stream =
        "addTrack(0 streams): ontrack fires with no stream" => track_in_streams(&[]);
    addtrack_1_stream_ontrack_fires_with_corresponding_stream =
        "addTrack(1 stream): ontrack fires with corresponding stream" => track_in_streams(&["a"]);
    addtrack_2_streams_ontrack_fires_with_corresponding_two_streams =
        "addTrack(2 streams): ontrack fires with corresponding two streams" => track_in_streams(&["a", "b"]);
    addtransceiver_audio_creates_a_transceiver_with_direction_sendrecv =
        "addTransceiver('audio'): creates a transceiver with direction sendrecv" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        assert_eq!(direction(&pc, id), TransceiverDirection::SendRecv);
    };
    addtransceiver_audio_transceiver_receiver_track_kind_audio =
        "addTransceiver('audio'): transceiver.receiver.track.kind == 'audio'" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        assert_eq!(pc.transceiver(id).unwrap().receiver().track().kind, MediaKind::Audio);
    };
    addtransceiver_video_transceiver_receiver_track_kind_video =
        "addTransceiver('video'): transceiver.receiver.track.kind == 'video'" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Video);
        assert_eq!(pc.transceiver(id).unwrap().receiver().track().kind, MediaKind::Video);
    };
    addtransceiver_audio_transceiver_sender_track_null =
        "addTransceiver('audio'): transceiver.sender.track == null" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        assert_eq!(pc.transceiver(id).unwrap().sender().track(), None);
    };
    addtransceiver_audio_transceiver_currentdirection_is_null =
        "addTransceiver('audio'): transceiver.currentDirection is null" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        assert_eq!(current(&pc, id), None);
    };
    addtransceiver_audio_transceiver_stopped_is_false =
        "addTransceiver('audio'): transceiver.stopped is false" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        assert!(!pc.transceiver(id).unwrap().stopped());
    };
    addtrack_reuses_reusable_transceivers = "addTrack reuses reusable transceivers" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        assert_eq!(pc.add_track(sound(), &["stream"]), Ok(id));
        assert_eq!(pc.transceiver(id).unwrap().sender().track(), Some(&sound()));
    };
    addtransceiver_does_not_reuse_reusable_transceivers =
        "addTransceiver does not reuse reusable transceivers" => {
        let mut pc = lone();
        let first = add(&mut pc, MediaKind::Audio);
        let second = pc.add_transceiver(sound(), TransceiverInit::default()).unwrap();
        assert_ne!(first, second);
        assert_eq!(pc.transceiver(second).unwrap().sender().track(), Some(&sound()));
    };
    can_setup_two_way_call_using_a_single_transceiver =
        "Can setup two-way call using a single transceiver" => {
        let (mut pc1, mut pc2, id, event) = offered();
        let other = event.transceiver;
        assert_eq!(direction(&pc2, other), TransceiverDirection::RecvOnly);
        assert_eq!(pc2.add_track(sound(), &["stream"]), Ok(other));
        assert_eq!(direction(&pc2, other), TransceiverDirection::SendRecv);
        assert_eq!(current(&pc2, other), None);
        track_events(&mut pc1);
        exchange_answer(&mut pc1, &mut pc2);
        assert_eq!(current(&pc2, other), Some(TransceiverDirection::SendRecv));
        let [event] = &track_events(&mut pc1)[..] else { panic!("not one track event") };
        assert_eq!(event.transceiver, id);
        assert_eq!(current(&pc1, id), Some(TransceiverDirection::SendRecv));
        assert_eq!(ids(&pc1), [id]);
        assert_eq!(ids(&pc2), [other]);
    };
    closing_the_pc_stops_the_transceivers = "Closing the PC stops the transceivers" => {
        let (mut pc1, id) = with_transceiver(TransceiverInit::default());
        exchange(&mut pc1, &mut other());
        assert_eq!(current(&pc1, id), Some(TransceiverDirection::SendOnly));
        assert!(!pc1.transceiver(id).unwrap().stopped());
        pc1.close();
        assert_eq!(current(&pc1, id), Some(TransceiverDirection::Stopped));
        assert!(pc1.transceiver(id).unwrap().stopped());
    };
    changing_transceiver_direction_to_sendrecv_makes_ontrack_fire =
        "Changing transceiver direction to 'sendrecv' makes ontrack fire" => {
        let (mut pc1, mut pc2, id, _) = offered();
        exchange_answer(&mut pc1, &mut pc2);
        set_direction(&mut pc1, id, TransceiverDirection::Inactive);
        exchange(&mut pc1, &mut pc2);
        assert_eq!(track_events(&mut pc2), []);
        set_direction(&mut pc1, id, TransceiverDirection::SendRecv);
        offer_and_listen(&mut pc1, &mut pc2);
    };
    transceiver_sender_track_does_not_revert_to_an_old_state =
        "transceiver.sender.track does not revert to an old state" => {
        let mut pc1 = lone();
        pc1.set_remote_description(START, empty_offer()).unwrap();
        let id = add_receiving(&mut pc1, MediaKind::Audio);
        let answer = pc1.create_answer().unwrap();
        let received = pc1.transceiver(id).unwrap().receiver().track().clone();
        assert_eq!(pc1.add_track(received.clone(), &[]), Ok(id));
        pc1.set_local_description(START, Some(answer)).unwrap();
        assert_eq!(pc1.transceiver(id).unwrap().sender().track(), Some(&received));
    };
    transceiver_direction_does_not_revert_to_an_old_state =
        "transceiver.direction does not revert to an old state" => {
        let mut pc1 = lone();
        let id = add_receiving(&mut pc1, MediaKind::Audio);
        offer(&mut pc1);
        set_direction(&mut pc1, id, TransceiverDirection::Inactive);
        pc1.set_remote_description(START, empty_offer()).unwrap();
        pc1.create_answer().unwrap();
        assert_eq!(direction(&pc1, id), TransceiverDirection::Inactive);
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

fn with_transceiver(init: TransceiverInit) -> (PeerConnection, TransceiverId) {
    let mut pc = lone();
    let id = pc.add_transceiver(sound(), init).unwrap();
    (pc, id)
}

/// A track that was offered to the second connection.
fn offered() -> (PeerConnection, PeerConnection, TransceiverId, TrackEvent) {
    let (mut pc1, id) = with_track();
    let mut pc2 = other();
    let event = offer_and_listen(&mut pc1, &mut pc2);
    (pc1, pc2, id, event)
}

fn transceiver_in_streams(streams: &[&str]) {
    let streams_of_init = streams.iter().map(|stream| stream.to_string()).collect();
    let init = TransceiverInit { streams: streams_of_init, ..TransceiverInit::default() };
    let (mut pc1, _) = with_transceiver(init);
    assert_eq!(offer_and_listen(&mut pc1, &mut other()).streams, streams);
}

fn track_in_streams(streams: &[&str]) {
    let mut pc1 = lone();
    pc1.add_track(sound(), streams).unwrap();
    assert_eq!(offer_and_listen(&mut pc1, &mut other()).streams, streams);
}
