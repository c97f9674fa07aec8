//! What can be sent.

use rtc_peer::MediaKind;

use crate::media::{add_track, ids, parameters};
use crate::peers::{START, lone, offer, other};
use crate::record::subtests;

subtests! {
    "RTCRtpSender-getParameters.html", B;

    getparameters_surfaces_codecs_on_two_way_sender_with_addtrack_at_the_right_time =
        "getParameters() surfaces codecs on two-way sender with addTrack at the right time" => {
        let (mut caller, mut callee) = (lone(), other());
        let ours = add_track(&mut caller, MediaKind::Video);
        let theirs = add_track(&mut callee, MediaKind::Video);
        assert!(parameters(&mut caller, ours).codecs.is_empty());
        assert!(parameters(&mut caller, ours).header_extensions.is_empty());
        let offer = offer(&mut caller);
        caller.set_local_description(START, Some(offer.clone())).unwrap();
        callee.set_remote_description(START, offer).unwrap();
        assert_eq!(ids(&callee), [theirs]);
        assert!(parameters(&mut callee, theirs).codecs.is_empty());
        let answer = callee.create_answer().unwrap();
        callee.set_local_description(START, Some(answer.clone())).unwrap();
        assert!(!parameters(&mut callee, theirs).codecs.is_empty());
        caller.set_remote_description(START, answer).unwrap();
        assert!(!parameters(&mut caller, ours).codecs.is_empty());
        assert!(!parameters(&mut caller, ours).header_extensions.is_empty());
    };
}
