//! How a sender sends its stream.

use rtc_peer::{MediaKind, RtpEncodingParameters, TransceiverInit};

use crate::media::{add, add_encodings, change, modify, named, parameters};
use crate::peers::lone;
use crate::record::{NO_TYPES, ONE_ENCODING, subtests};

subtests! {
    "RTCRtpParameters-encodings.html", A1;

    getparameters_should_return_rtcrtpencodingparameters_with_all_required_fields =
        "getParameters should return RTCRtpEncodingParameters with all required fields" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Video);
        assert_eq!(parameters(&mut pc, id).encodings.len(), 1);
    };
    addtransceiver_audio_with_undefined_sendencodings_should_have_default_encoding_parameter_with_active_set_to_true =
        "addTransceiver(audio) with undefined sendEncodings should have default encoding parameter with active set to true" => begins_with(MediaKind::Audio, None, None);
    addtransceiver_video_with_undefined_sendencodings_should_have_default_encoding_parameter_with_active_set_to_true_and_scaleresolutiondownby_set_to_1 =
        "addTransceiver(video) with undefined sendEncodings should have default encoding parameter with active set to true and scaleResolutionDownBy set to 1" => begins_with(MediaKind::Video, None, Some(1.0));
    addtransceiver_audio_with_empty_list_sendencodings_should_have_default_encoding_parameter_with_active_set_to_true =
        "addTransceiver(audio) with empty list sendEncodings should have default encoding parameter with active set to true" => begins_with(MediaKind::Audio, Some(Vec::new()), None);
    addtransceiver_video_with_empty_list_sendencodings_should_have_default_encoding_parameter_with_active_set_to_true_and_scaleresolutiondownby_set_to_1 =
        "addTransceiver(video) with empty list sendEncodings should have default encoding parameter with active set to true and scaleResolutionDownBy set to 1" => begins_with(MediaKind::Video, Some(Vec::new()), Some(1.0));
    addtransceiver_with_a_ridiculous_number_of_encodings_should_truncate_the_list =
        "addTransceiver with a ridiculous number of encodings should truncate the list" => {
        let mut pc = lone();
        let encodings = (0..1000).map(|number: u16| named(&number.to_string())).collect();
        let id = add_encodings(&mut pc, MediaKind::Video, encodings);
        assert!(parameters(&mut pc, id).encodings.len() < 1000);
    };
    addtransceiver_audio_with_multiple_encodings_should_result_in_one_encoding_with_no_properties_other_than_active =
        "addTransceiver(audio) with multiple encodings should result in one encoding with no properties other than active" => begins_with(MediaKind::Audio, Some([named("foo"), named("bar")].into()), None);
    addtransceiver_audio_should_remove_valid_scaleresolutiondownby =
        "addTransceiver(audio) should remove valid scaleResolutionDownBy" => begins_with(MediaKind::Audio, Some([scaled("foo", 2.0)].into()), None);
    addtransceiver_audio_should_remove_invalid_scaleresolutiondownby =
        "addTransceiver(audio) should remove invalid scaleResolutionDownBy" => begins_with(MediaKind::Audio, Some([scaled("foo", -1.0)].into()), None);
    setparameters_with_scaleresolutiondownby_on_an_audio_sender_should_succeed_but_remove_the_scaleresolutiondownby =
        "setParameters with scaleResolutionDownBy on an audio sender should succeed, but remove the scaleResolutionDownBy" => audio_is_not_scaled(2.0);
    setparameters_with_an_invalid_scaleresolutiondownby_on_an_audio_sender_should_succeed_but_remove_the_scaleresolutiondownby =
        "setParameters with an invalid scaleResolutionDownBy on an audio sender should succeed, but remove the scaleResolutionDownBy" => audio_is_not_scaled(-1.0);
    addtransceiver_with_duplicate_rid_and_multiple_encodings_throws_typeerror =
        "addTransceiver with duplicate rid and multiple encodings throws TypeError" => refuses([named("foo"), named("foo")].into(), "TypeError");
    addtransceiver_with_missing_rid_and_multiple_encodings_throws_typeerror =
        "addTransceiver with missing rid and multiple encodings throws TypeError" => refuses([named("foo"), RtpEncodingParameters::default()].into(), "TypeError");
    addtransceiver_with_empty_rid_throws_typeerror =
        "addTransceiver with empty rid throws TypeError" => refuses([named("")].into(), "TypeError");
    addtransceiver_with_invalid_rid_characters_throws_typeerror =
        "addTransceiver with invalid rid characters throws TypeError" => {
        for rid in ["!?", "(╯°□°)╯︵ ┻━┻", "foo-bar", "foo_bar"] {
            refuses([named(rid)].into(), "TypeError");
        }
    };
    addtransceiver_with_rid_longer_than_255_characters_throws_typeerror =
        "addTransceiver with rid longer than 255 characters throws TypeError" => refuses([named(&"a".repeat(256))].into(), "TypeError");
    addtransceiver_with_scaleresolutiondownby_1_throws_rangeerror =
        "addTransceiver with scaleResolutionDownBy < 1 throws RangeError" => {
        for factor in [-1.0, 0.0, 0.5] {
            let encoding = RtpEncodingParameters { rid: None, ..scaled("", factor) };
            refuses([encoding].into(), "RangeError");
        }
    };
    sender_getparameters_should_return_sendencodings_set_by_addtransceiver =
        "sender.getParameters() should return sendEncodings set by addTransceiver()" => {
        let mut pc = lone();
        let encoding =
            RtpEncodingParameters { active: false, max_bitrate: Some(8), ..named("foo") };
        let id = add_encodings(&mut pc, MediaKind::Video, [encoding].into());
        let encoding = &parameters(&mut pc, id).encodings[0];
        assert!(!encoding.active);
        assert_eq!(encoding.max_bitrate, Some(8));
        assert_eq!(encoding.rid, None);
    };
    sender_setparameters_with_added_encodings_should_reject_with_invalidmodificationerror =
        "sender.setParameters() with added encodings should reject with InvalidModificationError" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Video);
        let result = change(&mut pc, id, |it| it.encodings.push(named("foo")));
        assert_eq!(result, Err("InvalidModificationError"));
    };
    sender_setparameters_with_empty_encodings_should_reject_with_invalidmodificationerror_video =
        "sender.setParameters() with empty encodings should reject with InvalidModificationError (video)" => encodings_cannot_be_taken_away(MediaKind::Video);
    sender_setparameters_with_empty_encodings_should_reject_with_invalidmodificationerror_audio =
        "sender.setParameters() with empty encodings should reject with InvalidModificationError (audio)" => encodings_cannot_be_taken_away(MediaKind::Audio);
    setparameters_with_encoding_scaleresolutiondownby_field_set_to_less_than_1_0_should_reject_with_rangeerror =
        "setParameters() with encoding.scaleResolutionDownBy field set to less than 1.0 should reject with RangeError" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Video);
        for factor in [0.5, 0.0, -1.0] {
            let result = change(&mut pc, id, |it| {
                it.encodings[0].scale_resolution_down_by = Some(factor);
            });
            assert_eq!(result, Err("RangeError"));
        }
    };
    setparameters_with_missing_encoding_scaleresolutiondownby_field_should_succeed_and_set_the_value_back_to_1 =
        "setParameters() with missing encoding.scaleResolutionDownBy field should succeed, and set the value back to 1" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Video);
        let result = change(&mut pc, id, |it| it.encodings[0].scale_resolution_down_by = None);
        assert_eq!(result, Ok(()));
        assert_eq!(parameters(&mut pc, id).encodings[0].scale_resolution_down_by, Some(1.0));
    };
    setparameters_with_encoding_scaleresolutiondownby_field_set_to_greater_than_1_0_should_succeed =
        "setParameters() with encoding.scaleResolutionDownBy field set to greater than 1.0 should succeed" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Video);
        let result = change(&mut pc, id, |it| it.encodings[0].scale_resolution_down_by = Some(1.5));
        assert_eq!(result, Ok(()));
        assert_eq!(parameters(&mut pc, id).encodings[0].scale_resolution_down_by, Some(1.5));
    };
    setparameters_with_encoding_active_false_true_should_succeed_video_with_rtcrtptransceiverinit =
        "setParameters() with encoding.active false->true should succeed (video) with RTCRtpTransceiverInit" => modify(MediaKind::Video, true, |it| &mut it.active, [false, true]);
    setparameters_with_encoding_active_false_true_should_succeed_video_without_rtcrtptransceiverinit =
        "setParameters() with encoding.active false->true should succeed (video) without RTCRtpTransceiverInit" => modify(MediaKind::Video, false, |it| &mut it.active, [false, true]);
    setparameters_with_encoding_active_true_false_should_succeed_video_with_rtcrtptransceiverinit =
        "setParameters() with encoding.active true->false should succeed (video) with RTCRtpTransceiverInit" => modify(MediaKind::Video, true, |it| &mut it.active, [true, false]);
    setparameters_with_encoding_active_true_false_should_succeed_video_without_rtcrtptransceiverinit =
        "setParameters() with encoding.active true->false should succeed (video) without RTCRtpTransceiverInit" => modify(MediaKind::Video, false, |it| &mut it.active, [true, false]);
    setparameters_with_modified_encoding_maxbitrate_should_succeed_video_with_rtcrtptransceiverinit =
        "setParameters() with modified encoding.maxBitrate should succeed (video) with RTCRtpTransceiverInit" => modify(MediaKind::Video, true, |it| &mut it.max_bitrate, BITRATES);
    setparameters_with_modified_encoding_maxbitrate_should_succeed_video_without_rtcrtptransceiverinit =
        "setParameters() with modified encoding.maxBitrate should succeed (video) without RTCRtpTransceiverInit" => modify(MediaKind::Video, false, |it| &mut it.max_bitrate, BITRATES);
    setparameters_with_encoding_active_false_true_should_succeed_audio_with_rtcrtptransceiverinit =
        "setParameters() with encoding.active false->true should succeed (audio) with RTCRtpTransceiverInit" => modify(MediaKind::Audio, true, |it| &mut it.active, [false, true]);
    setparameters_with_encoding_active_false_true_should_succeed_audio_without_rtcrtptransceiverinit =
        "setParameters() with encoding.active false->true should succeed (audio) without RTCRtpTransceiverInit" => modify(MediaKind::Audio, false, |it| &mut it.active, [false, true]);
    setparameters_with_encoding_active_true_false_should_succeed_audio_with_rtcrtptransceiverinit =
        "setParameters() with encoding.active true->false should succeed (audio) with RTCRtpTransceiverInit" => modify(MediaKind::Audio, true, |it| &mut it.active, [true, false]);
    setparameters_with_encoding_active_true_false_should_succeed_audio_without_rtcrtptransceiverinit =
        "setParameters() with encoding.active true->false should succeed (audio) without RTCRtpTransceiverInit" => modify(MediaKind::Audio, false, |it| &mut it.active, [true, false]);
    setparameters_with_modified_encoding_maxbitrate_should_succeed_audio_with_rtcrtptransceiverinit =
        "setParameters() with modified encoding.maxBitrate should succeed (audio) with RTCRtpTransceiverInit" => modify(MediaKind::Audio, true, |it| &mut it.max_bitrate, BITRATES);
    setparameters_with_modified_encoding_maxbitrate_should_succeed_audio_without_rtcrtptransceiverinit =
        "setParameters() with modified encoding.maxBitrate should succeed (audio) without RTCRtpTransceiverInit" => modify(MediaKind::Audio, false, |it| &mut it.max_bitrate, BITRATES);
    setparameters_with_modified_encoding_scaleresolutiondownby_should_succeed_with_rtcrtptransceiverinit =
        "setParameters() with modified encoding.scaleResolutionDownBy should succeed with RTCRtpTransceiverInit" => modify(MediaKind::Video, true, |it| &mut it.scale_resolution_down_by, FACTORS);
    setparameters_with_modified_encoding_scaleresolutiondownby_should_succeed_without_rtcrtptransceiverinit =
        "setParameters() with modified encoding.scaleResolutionDownBy should succeed without RTCRtpTransceiverInit" => modify(MediaKind::Video, false, |it| &mut it.scale_resolution_down_by, FACTORS);

    [not applicable: ONE_ENCODING]
        "addTransceiver(video) should auto-set scaleResolutionDownBy to 1 when some encodings have it, but not all",
        "addTransceiver should auto-set scaleResolutionDownBy to powers of 2 (descending) when absent",
        "sender.setParameters() with removed encodings should reject with InvalidModificationError",
        "sender.setParameters() with reordered encodings should reject with InvalidModificationError",
        "setParameters() with modified encoding.rid field should reject with InvalidModificationError";
    [not applicable: NO_TYPES]
        "sender.setParameters() with encodings unset should reject with TypeError";
}

const BITRATES: [Option<u32>; 2] = [Some(10_000), Some(20_000)];
const FACTORS: [Option<f64>; 2] = [Some(2.0), Some(4.0)];

/// There is one encoding, it is active, and nothing else but this factor is said of it.
fn begins_with(
    kind: MediaKind,
    encodings: Option<Vec<RtpEncodingParameters>>,
    scale_resolution_down_by: Option<f64>,
) {
    let mut pc = lone();
    let id = match encodings {
        Some(encodings) => add_encodings(&mut pc, kind, encodings),
        None => add(&mut pc, kind),
    };
    let expected = RtpEncodingParameters {
        rid: None,
        active: true,
        codec: None,
        max_bitrate: None,
        max_framerate: None,
        scale_resolution_down_by,
        ..RtpEncodingParameters::default()
    };
    assert_eq!(parameters(&mut pc, id).encodings, [expected]);
}

fn scaled(rid: &str, factor: f64) -> RtpEncodingParameters {
    RtpEncodingParameters { scale_resolution_down_by: Some(factor), ..named(rid) }
}

fn audio_is_not_scaled(factor: f64) {
    let mut pc = lone();
    let id = add(&mut pc, MediaKind::Audio);
    let result = change(&mut pc, id, |it| {
        it.encodings[0].scale_resolution_down_by = Some(factor);
    });
    assert_eq!(result, Ok(()));
    let encodings = parameters(&mut pc, id).encodings;
    assert_eq!(encodings.len(), 1);
    assert_eq!(encodings[0].scale_resolution_down_by, None);
}

fn refuses(send_encodings: Vec<RtpEncodingParameters>, exception: &str) {
    let mut pc = lone();
    let init = TransceiverInit { send_encodings, ..TransceiverInit::default() };
    let error = pc.add_transceiver(MediaKind::Video, init).unwrap_err();
    assert_eq!(error.exception().name(), exception);
}

fn encodings_cannot_be_taken_away(kind: MediaKind) {
    let mut pc = lone();
    let id = add(&mut pc, kind);
    let result = change(&mut pc, id, |it| it.encodings.clear());
    assert_eq!(result, Err("InvalidModificationError"));
}
