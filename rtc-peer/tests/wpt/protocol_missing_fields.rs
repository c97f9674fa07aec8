//! Descriptions of those who have never heard of mids.

use rtc_peer::{Description, MediaKind, SignalingState};

use crate::media::add_track;
use crate::peers::{START, lone, offer, other};
use crate::record::subtests;

subtests! {
    "protocol/missing-fields.html", B;

    offer_description_with_no_mid_is_accepted = "Offer description with no mid is accepted" => {
        let (mut caller, mut callee) = (lone(), other());
        add_track(&mut caller, MediaKind::Audio);
        let offer = offer(&mut caller);
        caller.set_local_description(START, Some(offer.clone())).unwrap();
        callee.set_remote_description(START, without_mids(&offer)).unwrap();
        let answer = callee.create_answer().unwrap();
        caller.set_remote_description(START, answer).unwrap();
        assert_eq!(caller.signaling_state(), SignalingState::Stable);
    };
    answer_description_with_no_mid_is_accepted = "Answer description with no mid is accepted" => {
        let (mut caller, mut callee) = (lone(), other());
        add_track(&mut caller, MediaKind::Audio);
        let offer = offer(&mut caller);
        caller.set_local_description(START, Some(offer.clone())).unwrap();
        callee.set_remote_description(START, offer).unwrap();
        let answer = callee.create_answer().unwrap();
        caller.set_remote_description(START, without_mids(&answer)).unwrap();
        assert_eq!(caller.signaling_state(), SignalingState::Stable);
    };
}

fn without_mids(description: &Description) -> Description {
    let lines = description.sdp.split_inclusive('\n');
    let kept = lines.filter(|line| !line.starts_with("a=mid:") && !line.starts_with("a=group:"));
    let sdp: String = kept.collect();
    assert_ne!(sdp, description.sdp);
    Description { kind: description.kind, sdp }
}
