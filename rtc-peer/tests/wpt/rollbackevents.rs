//! What a rollback tells of remote tracks.

use rtc_peer::{
    Description, Event, MediaKind, PeerConnection, TrackEvent, TransceiverDirection, TransceiverId,
};

use crate::media::{current, direction, ids, set_direction, track, track_events};
use crate::peers::{START, events, exchange, exchange_offer, lone, other};
use crate::record::subtests;

subtests! {
    "RollbackEvents.https.html", B;

    audio_track_with_stream_removal_due_to_disassociation_in_rollback_and_then_add_it_back_again =
        "[audio] Track with stream: removal due to disassociation in rollback and then add it back again" => disassociation_takes_it_away(MediaKind::Audio, &["stream"]);
    audio_track_without_stream_removal_due_to_disassociation_in_rollback_and_then_add_it_back =
        "[audio] Track without stream: removal due to disassociation in rollback and then add it back" => disassociation_takes_it_away(MediaKind::Audio, &[]);
    audio_track_with_stream_removal_due_to_direction_changing_and_then_add_back_using_rollback =
        "[audio] Track with stream: removal due to direction changing and then add back using rollback" => rollback_brings_it_back(MediaKind::Audio, &["stream"]);
    audio_track_without_stream_removal_due_to_direction_changing_and_then_add_back_using_rollback =
        "[audio] Track without stream: removal due to direction changing and then add back using rollback" => rollback_brings_it_back(MediaKind::Audio, &[]);
    video_track_with_stream_removal_due_to_disassociation_in_rollback_and_then_add_it_back_again =
        "[video] Track with stream: removal due to disassociation in rollback and then add it back again" => disassociation_takes_it_away(MediaKind::Video, &["stream"]);
    video_track_without_stream_removal_due_to_disassociation_in_rollback_and_then_add_it_back =
        "[video] Track without stream: removal due to disassociation in rollback and then add it back" => disassociation_takes_it_away(MediaKind::Video, &[]);
    video_track_with_stream_removal_due_to_direction_changing_and_then_add_back_using_rollback =
        "[video] Track with stream: removal due to direction changing and then add back using rollback" => rollback_brings_it_back(MediaKind::Video, &["stream"]);
    video_track_without_stream_removal_due_to_direction_changing_and_then_add_back_using_rollback =
        "[video] Track without stream: removal due to direction changing and then add back using rollback" => rollback_brings_it_back(MediaKind::Video, &[]);
}

fn one_event(pc: &mut PeerConnection, streams: &[&str]) -> TrackEvent {
    let [event] = &track_events(pc)[..] else { panic!("not one track event") };
    assert_eq!(event.streams, streams);
    event.clone()
}

fn roll_back(pc: &mut PeerConnection) {
    pc.set_remote_description(START, Description::rollback()).unwrap();
}

/// The track left its streams, and nothing comes on it any more.
fn was_taken_away(pc: &mut PeerConnection, transceiver: TransceiverId, streams: &[&str]) {
    let events = events(pc);
    for stream in streams {
        let stream = stream.to_string();
        assert!(events.contains(&Event::StreamTrackRemoved { transceiver, stream }));
    }
    let receiver = pc.transceiver(transceiver).unwrap().receiver();
    assert!(receiver.muted());
    assert_eq!(receiver.streams().count(), 0);
}

fn disassociation_takes_it_away(kind: MediaKind, streams: &[&str]) {
    let (mut pc1, mut pc2) = (lone(), other());
    pc1.add_track(track(kind, "track"), streams).unwrap();
    let id = pc2.add_track(track(kind, "track"), streams).unwrap();
    exchange_offer(&mut pc1, &mut pc2);
    assert_eq!(ids(&pc2), [id]);
    let first = one_event(&mut pc2, streams);
    assert_eq!(first.transceiver, id);
    roll_back(&mut pc2);
    was_taken_away(&mut pc2, id, streams);
    pc2.set_remote_description(START, pc1.local_description().unwrap()).unwrap();
    let again = one_event(&mut pc2, streams);
    assert_eq!(again.track, first.track);
    assert_eq!(ids(&pc2), [id]);
}

fn rollback_brings_it_back(kind: MediaKind, streams: &[&str]) {
    let (mut pc1, mut pc2) = (lone(), other());
    let id1 = pc1.add_track(track(kind, "track"), streams).unwrap();
    exchange(&mut pc1, &mut pc2);
    let id2 = ids(&pc2)[0];
    assert_eq!(direction(&pc2, id2), TransceiverDirection::RecvOnly);
    assert_eq!(current(&pc2, id2), Some(TransceiverDirection::RecvOnly));
    let first = one_event(&mut pc2, streams);
    set_direction(&mut pc1, id1, TransceiverDirection::Inactive);
    exchange_offer(&mut pc1, &mut pc2);
    was_taken_away(&mut pc2, id2, streams);
    roll_back(&mut pc2);
    let again = one_event(&mut pc2, streams);
    assert_eq!(again.track, first.track);
    assert_eq!(ids(&pc2), [id2]);
}
