//! New transceivers.

use rtc_peer::{MediaKind, RtpEncodingParameters, TransceiverDirection, TransceiverInit};

use crate::media::{add, add_encodings, add_with, named, track};
use crate::peers::lone;
use crate::record::{NO_TYPES, subtests};

subtests! {
    "RTCPeerConnection-addTransceiver.https.html", B;

    addtransceiver_audio_should_return_an_audio_transceiver =
        "addTransceiver('audio') should return an audio transceiver" => is_as_new(MediaKind::Audio);
    addtransceiver_video_should_return_a_video_transceiver =
        "addTransceiver('video') should return a video transceiver" => is_as_new(MediaKind::Video);
    addtransceiver_with_direction_sendonly_should_have_result_transceiver_direction_be_the_same =
        "addTransceiver() with direction sendonly should have result transceiver.direction be the same" => keeps_its_direction(TransceiverDirection::SendOnly);
    addtransceiver_with_direction_inactive_should_have_result_transceiver_direction_be_the_same =
        "addTransceiver() with direction inactive should have result transceiver.direction be the same" => keeps_its_direction(TransceiverDirection::Inactive);
    addtransceiver_track_should_have_result_with_sender_track_be_given_track =
        "addTransceiver(track) should have result with sender.track be given track" => {
        let mut pc = lone();
        let track = track(MediaKind::Audio, "track");
        let id = pc.add_transceiver(track.clone(), TransceiverInit::default()).unwrap();
        let transceiver = pc.transceiver(id).unwrap();
        assert_eq!(transceiver.sender().track(), Some(&track));
        assert_eq!(transceiver.receiver().track().kind, MediaKind::Audio);
        assert!(!transceiver.receiver().ended());
        assert!(transceiver.receiver().muted());
        assert!(pc.transceivers().map(|transceiver| transceiver.id()).eq([id]));
    };
    addtransceiver_track_multiple_times_should_create_multiple_transceivers =
        "addTransceiver(track) multiple times should create multiple transceivers" => {
        let mut pc = lone();
        let track = track(MediaKind::Audio, "track");
        let id1 = pc.add_transceiver(track.clone(), TransceiverInit::default()).unwrap();
        let id2 = pc.add_transceiver(track.clone(), TransceiverInit::default()).unwrap();
        assert_ne!(id1, id2);
        assert_eq!(pc.transceiver(id1).unwrap().sender().track(), Some(&track));
        assert_eq!(pc.transceiver(id2).unwrap().sender().track(), Some(&track));
        assert!(pc.transceivers().map(|transceiver| transceiver.id()).eq([id1, id2]));
    };
    addtransceiver_video_with_rid_containing_invalid_non_alphanumeric_characters_should_throw_typeerror =
        "addTransceiver(\"video\") with rid containing invalid non-alphanumeric characters should throw TypeError" => refuses(MediaKind::Video, [named("@Invalid!")].into());
    addtransceiver_video_with_rid_longer_than_16_characters_should_throw_typeerror =
        "addTransceiver(\"video\") with rid longer than 16 characters should throw TypeError" => refuses(MediaKind::Video, [named(&"a".repeat(17))].into());
    addtransceiver_video_with_duplicate_rids_should_throw_typeerror =
        "addTransceiver(\"video\") with duplicate rids should throw TypeError" => refuses(MediaKind::Video, [named("a"), named("a")].into());
    addtransceiver_video_with_valid_rid_value_should_succeed =
        "addTransceiver(\"video\") with valid rid value should succeed" => accepts(MediaKind::Video, [named("foo")].into());
    addtransceiver_video_with_multiple_rid_values_should_succeed =
        "addTransceiver(\"video\") with multiple rid values should succeed" => accepts(MediaKind::Video, [named("a"), named("b")].into());
    addtransceiver_video_with_valid_sendencodings_should_succeed =
        "addTransceiver(\"video\") with valid sendEncodings should succeed" => accepts(MediaKind::Video, [elaborate()].into());
    addtransceiver_audio_with_rid_containing_invalid_non_alphanumeric_characters_should_throw_typeerror =
        "addTransceiver(\"audio\") with rid containing invalid non-alphanumeric characters should throw TypeError" => refuses(MediaKind::Audio, [named("@Invalid!")].into());
    addtransceiver_audio_with_rid_longer_than_16_characters_should_throw_typeerror =
        "addTransceiver(\"audio\") with rid longer than 16 characters should throw TypeError" => refuses(MediaKind::Audio, [named(&"a".repeat(17))].into());
    addtransceiver_audio_with_duplicate_rids_should_throw_typeerror =
        "addTransceiver(\"audio\") with duplicate rids should throw TypeError" => refuses(MediaKind::Audio, [named("a"), named("a")].into());
    addtransceiver_audio_with_valid_rid_value_should_succeed =
        "addTransceiver(\"audio\") with valid rid value should succeed" => accepts(MediaKind::Audio, [named("foo")].into());
    // The subtest itself adds video.
    addtransceiver_audio_with_multiple_rid_values_should_succeed =
        "addTransceiver(\"audio\") with multiple rid values should succeed" => accepts(MediaKind::Video, [named("a"), named("b")].into());
    addtransceiver_audio_with_valid_sendencodings_should_succeed =
        "addTransceiver(\"audio\") with valid sendEncodings should succeed" => accepts(MediaKind::Video, [elaborate()].into());

    [not applicable: NO_TYPES]
        "addTransceiver() with string argument as invalid kind should throw TypeError",
        "addTransceiver() with invalid direction should throw TypeError";
}

fn is_as_new(kind: MediaKind) {
    let mut pc = lone();
    let id = add(&mut pc, kind);
    let transceiver = pc.transceiver(id).unwrap();
    assert_eq!(transceiver.kind(), kind);
    assert_eq!(transceiver.mid(), None);
    assert!(!transceiver.stopped());
    assert_eq!(transceiver.direction(), TransceiverDirection::SendRecv);
    assert_eq!(transceiver.current_direction(), None);
    assert_eq!(transceiver.sender().track(), None);
    assert_eq!(transceiver.receiver().track().kind, kind);
    assert!(!transceiver.receiver().ended());
    assert!(transceiver.receiver().muted());
    assert!(pc.transceivers().map(|transceiver| transceiver.id()).eq([id]));
}

fn keeps_its_direction(direction: TransceiverDirection) {
    let mut pc = lone();
    let id = add_with(&mut pc, MediaKind::Audio, direction);
    assert_eq!(pc.transceiver(id).unwrap().direction(), direction);
}

fn refuses(kind: MediaKind, send_encodings: Vec<RtpEncodingParameters>) {
    let mut pc = lone();
    let init = TransceiverInit { send_encodings, ..TransceiverInit::default() };
    let error = pc.add_transceiver(kind, init).unwrap_err();
    assert_eq!(error.exception().name(), "TypeError");
    assert_eq!(pc.transceivers().count(), 0);
}

fn accepts(kind: MediaKind, send_encodings: Vec<RtpEncodingParameters>) {
    let mut pc = lone();
    let id = add_encodings(&mut pc, kind, send_encodings);
    assert_eq!(pc.transceiver(id).unwrap().kind(), kind);
}

fn elaborate() -> RtpEncodingParameters {
    RtpEncodingParameters {
        active: false,
        max_bitrate: Some(8),
        max_framerate: Some(25.0),
        ..named("foo")
    }
}
