//! The frame rate that a sender keeps below.

use rtc_peer::{MediaKind, RtpEncodingParameters, TransceiverInit};

use crate::media::{add, add_encodings, change, modify, parameters};
use crate::peers::{exchange, lone, other};
use crate::record::subtests;

subtests! {
    "RTCRtpParameters-maxFramerate.html", A1;

    addtransceiver_with_sendencoding_maxframerate_field_set_to_less_than_0_should_reject_with_rangeerror =
        "addTransceiver() with sendEncoding.maxFramerate field set to less than 0 should reject with RangeError" => {
        let mut pc = lone();
        let init = TransceiverInit {
            send_encodings: [framerate(-10.0)].into(),
            ..TransceiverInit::default()
        };
        let error = pc.add_transceiver(MediaKind::Video, init).unwrap_err();
        assert_eq!(error.exception().name(), "RangeError");
    };
    addtransceiver_audio_with_sendencoding_maxframerate_should_succeed_but_remove_the_maxframerate_even_if_it_is_invalid =
        "addTransceiver('audio') with sendEncoding.maxFramerate should succeed, but remove the maxFramerate, even if it is invalid" => {
        let mut pc = lone();
        for rate in [-10.0, 10.0] {
            let id = add_encodings(&mut pc, MediaKind::Audio, [framerate(rate)].into());
            let encodings = parameters(&mut pc, id).encodings;
            assert_eq!(encodings.len(), 1);
            assert_eq!(encodings[0].max_framerate, None);
        }
    };
    setparameters_with_maxframerate_on_an_audio_sender_should_succeed_but_remove_the_maxframerate =
        "setParameters with maxFramerate on an audio sender should succeed, but remove the maxFramerate" => audio_has_none(20.0);
    setparameters_with_an_invalid_maxframerate_on_an_audio_sender_should_succeed_but_remove_the_maxframerate =
        "setParameters with an invalid maxFramerate on an audio sender should succeed, but remove the maxFramerate" => audio_has_none(-1.0);
    setparameters_with_encoding_maxframerate_field_set_to_less_than_0_should_reject_with_rangeerror =
        "setParameters() with encoding.maxFramerate field set to less than 0 should reject with RangeError" => {
        let (mut pc, mut callee) = (lone(), other());
        let id = add(&mut pc, MediaKind::Video);
        exchange(&mut pc, &mut callee);
        assert_eq!(parameters(&mut pc, id).encodings[0].max_framerate, None);
        let result = change(&mut pc, id, |it| it.encodings[0].max_framerate = Some(-10.0));
        assert_eq!(result, Err("RangeError"));
    };
    setparameters_with_maxframerate_24_16_should_succeed_with_rtcrtptransceiverinit =
        "setParameters() with maxFramerate 24->16 should succeed with RTCRtpTransceiverInit" => changes(true, [Some(24.0), Some(16.0)]);
    setparameters_with_maxframerate_24_16_should_succeed_without_rtcrtptransceiverinit =
        "setParameters() with maxFramerate 24->16 should succeed without RTCRtpTransceiverInit" => changes(false, [Some(24.0), Some(16.0)]);
    setparameters_with_maxframerate_undefined_16_should_succeed_with_rtcrtptransceiverinit =
        "setParameters() with maxFramerate undefined->16 should succeed with RTCRtpTransceiverInit" => changes(true, [None, Some(16.0)]);
    setparameters_with_maxframerate_undefined_16_should_succeed_without_rtcrtptransceiverinit =
        "setParameters() with maxFramerate undefined->16 should succeed without RTCRtpTransceiverInit" => changes(false, [None, Some(16.0)]);
    setparameters_with_maxframerate_24_undefined_should_succeed_with_rtcrtptransceiverinit =
        "setParameters() with maxFramerate 24->undefined should succeed with RTCRtpTransceiverInit" => changes(true, [Some(24.0), None]);
    setparameters_with_maxframerate_24_undefined_should_succeed_without_rtcrtptransceiverinit =
        "setParameters() with maxFramerate 24->undefined should succeed without RTCRtpTransceiverInit" => changes(false, [Some(24.0), None]);
    setparameters_with_maxframerate_0_16_should_succeed_with_rtcrtptransceiverinit =
        "setParameters() with maxFramerate 0->16 should succeed with RTCRtpTransceiverInit" => changes(true, [Some(0.0), Some(16.0)]);
    setparameters_with_maxframerate_0_16_should_succeed_without_rtcrtptransceiverinit =
        "setParameters() with maxFramerate 0->16 should succeed without RTCRtpTransceiverInit" => changes(false, [Some(0.0), Some(16.0)]);
    setparameters_with_maxframerate_24_0_should_succeed_with_rtcrtptransceiverinit =
        "setParameters() with maxFramerate 24->0 should succeed with RTCRtpTransceiverInit" => changes(true, [Some(24.0), Some(0.0)]);
    setparameters_with_maxframerate_24_0_should_succeed_without_rtcrtptransceiverinit =
        "setParameters() with maxFramerate 24->0 should succeed without RTCRtpTransceiverInit" => changes(false, [Some(24.0), Some(0.0)]);
}

fn framerate(rate: f64) -> RtpEncodingParameters {
    RtpEncodingParameters { max_framerate: Some(rate), ..RtpEncodingParameters::default() }
}

fn audio_has_none(rate: f64) {
    let mut pc = lone();
    let id = add(&mut pc, MediaKind::Audio);
    let result = change(&mut pc, id, |it| it.encodings[0].max_framerate = Some(rate));
    assert_eq!(result, Ok(()));
    let encodings = parameters(&mut pc, id).encodings;
    assert_eq!(encodings.len(), 1);
    assert_eq!(encodings[0].max_framerate, None);
}

fn changes(from_the_beginning: bool, rates: [Option<f64>; 2]) {
    modify(MediaKind::Video, from_the_beginning, |it| &mut it.max_framerate, rates);
}
