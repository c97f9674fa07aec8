//! From stopping to stopped.

use rtc_peer::{
    Description, Event, MediaKind, PeerConnection, TransceiverDirection, TransceiverId,
};

use crate::media::{add, current, direction, ids, stop, track, track_events};
use crate::peers::{START, events, exchange, exchange_offer, lone, offer, other};
use crate::record::{FORGOTTEN, subtests};

const STOPPED: TransceiverDirection = TransceiverDirection::Stopped;

subtests! {
    "RTCRtpTransceiver-stopping.https.html", B;

    audio_locally_stopping_a_transceiver_ends_the_track =
        "[audio] Locally stopping a transceiver ends the track" => local_stop_ends_the_track(MediaKind::Audio);
    audio_remotely_stopping_a_transceiver_ends_the_track =
        "[audio] Remotely stopping a transceiver ends the track" => remote_stop_ends_the_track(MediaKind::Audio);
    audio_remotely_stopped_transceiver_goes_directly_to_stopped =
        "[audio] Remotely stopped transceiver goes directly to stopped" => remote_stop_stops_at_once(MediaKind::Audio);
    audio_rollback_when_transceiver_is_not_removed_does_not_end_track =
        "[audio] Rollback when transceiver is not removed does not end track" => rollback_of_a_local_offer_ends_nothing(MediaKind::Audio);
    audio_rollback_when_removing_transceiver_does_end_the_track =
        "[audio] Rollback when removing transceiver does end the track" => rollback_that_removes_ends_the_track(MediaKind::Audio);
    audio_glare_when_transceiver_is_not_removed_does_not_end_track =
        "[audio] Glare when transceiver is not removed does not end track" => glare_ends_nothing(MediaKind::Audio);
    video_locally_stopping_a_transceiver_ends_the_track =
        "[video] Locally stopping a transceiver ends the track" => local_stop_ends_the_track(MediaKind::Video);
    video_remotely_stopping_a_transceiver_ends_the_track =
        "[video] Remotely stopping a transceiver ends the track" => remote_stop_ends_the_track(MediaKind::Video);
    video_remotely_stopped_transceiver_goes_directly_to_stopped =
        "[video] Remotely stopped transceiver goes directly to stopped" => remote_stop_stops_at_once(MediaKind::Video);
    video_rollback_when_transceiver_is_not_removed_does_not_end_track =
        "[video] Rollback when transceiver is not removed does not end track" => rollback_of_a_local_offer_ends_nothing(MediaKind::Video);
    video_rollback_when_removing_transceiver_does_end_the_track =
        "[video] Rollback when removing transceiver does end the track" => rollback_that_removes_ends_the_track(MediaKind::Video);
    video_glare_when_transceiver_is_not_removed_does_not_end_track =
        "[video] Glare when transceiver is not removed does not end track" => glare_ends_nothing(MediaKind::Video);

    [not applicable: FORGOTTEN]
        "[audio] Locally stopped transceiver goes from stopping to stopped",
        "[audio] Rollback when removing transceiver makes it stopped",
        "[video] Locally stopped transceiver goes from stopping to stopped",
        "[video] Rollback when removing transceiver makes it stopped";
}

fn mid(pc: &PeerConnection, id: TransceiverId) -> Option<&str> {
    pc.transceiver(id).unwrap().mid()
}

fn has_ended(pc: &PeerConnection, id: TransceiverId) -> bool {
    pc.transceiver(id).unwrap().receiver().ended()
}

fn local_stop_ends_the_track(kind: MediaKind) {
    let mut pc = lone();
    let id = add(&mut pc, kind);
    assert!(!has_ended(&pc, id));
    events(&mut pc);
    stop(&mut pc, id);
    assert!(events(&mut pc).contains(&Event::TrackEnded(id)));
    assert!(has_ended(&pc, id));
}

fn remote_stop_ends_the_track(kind: MediaKind) {
    let (mut pc1, mut pc2) = (lone(), other());
    let id1 = add(&mut pc1, kind);
    exchange(&mut pc1, &mut pc2);
    let id2 = ids(&pc2)[0];
    stop(&mut pc1, id1);
    let offer = offer(&mut pc1);
    pc1.set_local_description(START, Some(offer)).unwrap();
    assert!(!has_ended(&pc2, id2));
    events(&mut pc2);
    pc2.set_remote_description(START, pc1.local_description().unwrap()).unwrap();
    assert!(events(&mut pc2).contains(&Event::TrackEnded(id2)));
    assert!(has_ended(&pc2, id2));
}

fn remote_stop_stops_at_once(kind: MediaKind) {
    let (mut pc1, mut pc2) = (lone(), other());
    let id1 = add(&mut pc1, kind);
    exchange(&mut pc1, &mut pc2);
    let id2 = ids(&pc2)[0];
    assert!(mid(&pc2, id2).is_some());
    assert_ne!(direction(&pc2, id2), STOPPED);
    assert_ne!(current(&pc2, id2), Some(STOPPED));
    stop(&mut pc1, id1);
    assert_eq!(ids(&pc2).len(), 1);
    exchange_offer(&mut pc1, &mut pc2);
    // It has stopped, and is in the list until the answer.
    assert_eq!(pc2.transceivers().count(), 1);
    assert!(mid(&pc2, id2).is_some());
    assert_eq!(direction(&pc2, id2), STOPPED);
    assert_eq!(current(&pc2, id2), Some(STOPPED));
    pc2.set_local_description(START, None).unwrap();
    assert_eq!(pc2.transceivers().count(), 0);
    // What has left the list is forgotten.
    assert!(pc2.transceiver(id2).is_err());
}

fn rollback_of_a_local_offer_ends_nothing(kind: MediaKind) {
    let mut pc = lone();
    let id = add(&mut pc, kind);
    pc.set_local_description(START, None).unwrap();
    pc.set_local_description(START, Some(Description::rollback())).unwrap();
    assert!(!has_ended(&pc, id));
    assert!(!events(&mut pc).contains(&Event::TrackEnded(id)));
}

fn rollback_that_removes_ends_the_track(kind: MediaKind) {
    let (mut pc1, mut pc2) = (lone(), other());
    add(&mut pc1, kind);
    exchange_offer(&mut pc1, &mut pc2);
    let id = ids(&pc2)[0];
    assert!(!has_ended(&pc2, id));
    events(&mut pc2);
    pc2.set_remote_description(START, Description::rollback()).unwrap();
    assert_eq!(ids(&pc2).len(), 0);
    assert!(events(&mut pc2).contains(&Event::TrackEnded(id)));
}

fn glare_ends_nothing(kind: MediaKind) {
    let (mut pc1, mut pc2) = (lone(), other());
    pc1.add_track(track(kind, "track"), &[]).unwrap();
    let id = pc2.add_track(track(kind, "track"), &[]).unwrap();
    pc1.set_local_description(START, None).unwrap();
    pc2.set_local_description(START, None).unwrap();
    pc2.set_remote_description(START, pc1.local_description().unwrap()).unwrap();
    assert!(!has_ended(&pc2, id));
    let [event] = &track_events(&mut pc2)[..] else { panic!("not one track event") };
    assert_eq!(event.transceiver, id);
}
