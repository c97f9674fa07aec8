//! What may come.

use rtc_peer::{MediaKind, PeerConnection, RtpReceiveParameters};

use crate::media::{add, add_encodings, add_track, ids, named};
use crate::peers::{START, exchange, lone, offer, other};
use crate::record::subtests;

subtests! {
    "RTCRtpReceiver-getParameters.html", B;

    getparameters_with_audio_receiver = "getParameters() with audio receiver" => {
        let mut pc = lone();
        add(&mut pc, MediaKind::Audio);
        are_known_to_the_callee(pc);
    };
    getparameters_with_video_receiver = "getParameters() with video receiver" => {
        let mut pc = lone();
        add(&mut pc, MediaKind::Video);
        are_known_to_the_callee(pc);
    };
    getparameters_with_simulcast_video_receiver =
        "getParameters() with simulcast video receiver" => {
        let mut pc = lone();
        add_encodings(&mut pc, MediaKind::Video, [named("rid1"), named("rid2")].into());
        are_known_to_the_callee(pc);
    };
    getparameters_surfaces_codecs_on_two_way_receiver_at_the_right_time =
        "getParameters() surfaces codecs on two-way receiver at the right time" => {
        let (mut caller, mut callee) = (lone(), other());
        add_track(&mut caller, MediaKind::Video);
        add_track(&mut callee, MediaKind::Video);
        assert_eq!(counts(&caller), (0, 0));
        let offer = offer(&mut caller);
        caller.set_local_description(START, Some(offer.clone())).unwrap();
        callee.set_remote_description(START, offer).unwrap();
        assert_eq!(ids(&callee).len(), 1);
        assert_eq!(counts(&callee), (0, 0));
        let answer = callee.create_answer().unwrap();
        callee.set_local_description(START, Some(answer.clone())).unwrap();
        assert!(counts(&callee).0 > 0);
        caller.set_remote_description(START, answer).unwrap();
        assert!(counts(&caller).0 > 0);
        assert!(counts(&caller).1 > 0);
        assert!(counts(&callee).1 > 0);
    };
}

fn parameters(pc: &PeerConnection) -> RtpReceiveParameters {
    pc.transceivers().next().unwrap().receiver().parameters()
}

/// How many codecs and header extensions there are.
fn counts(pc: &PeerConnection) -> (usize, usize) {
    let parameters = parameters(pc);
    (parameters.codecs.len(), parameters.header_extensions.len())
}

fn are_known_to_the_callee(mut pc: PeerConnection) {
    let mut callee = other();
    exchange(&mut pc, &mut callee);
    let parameters = parameters(&callee);
    assert!(!parameters.header_extensions.is_empty());
    assert!(!parameters.codecs.is_empty());
    assert!(parameters.codecs.iter().all(|codec| codec.payload_type < 128));
    assert_eq!(parameters.rtcp.cname, "");
    assert!(parameters.rtcp.reduced_size);
}
