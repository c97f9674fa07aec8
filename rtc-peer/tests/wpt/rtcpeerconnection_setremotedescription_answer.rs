//! Remote answers.

use rtc_peer::{Description, SignalingState};

use crate::media::video_offer;
use crate::peers::{START, answer_to, assert_similar, lone, offer, rejects, signaling_states};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-setRemoteDescription-answer.html", A1;

    setremotedescription_with_valid_state_and_answer_should_succeed =
        "setRemoteDescription() with valid state and answer should succeed" => {
        let mut pc = lone();
        let offer = video_offer(&mut pc);
        pc.set_local_description(START, Some(offer.clone())).unwrap();
        let answer = answer_to(&offer);
        pc.set_remote_description(START, answer.clone()).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::Stable);
        assert_similar(pc.local_description(), &offer);
        assert_similar(pc.remote_description(), &answer);
        assert_similar(pc.current_local_description(), &offer);
        assert_similar(pc.current_remote_description(), &answer);
        assert_eq!(pc.pending_local_description(), None);
        assert_eq!(pc.pending_remote_description(), None);
        let states = signaling_states(&mut pc);
        assert_eq!(states, [SignalingState::HaveLocalOffer, SignalingState::Stable]);
    };
    calling_setremotedescription_answer_from_stable_state_should_reject_with_invalidstateerror =
        "Calling setRemoteDescription(answer) from stable state should reject with InvalidStateError" => {
        let mut pc = lone();
        let answer = Description::answer(offer(&mut pc).sdp);
        rejects(pc.set_remote_description(START, answer), "InvalidStateError");
    };
    calling_setremotedescription_answer_from_have_remote_offer_state_should_reject_with_invalidstateerror =
        "Calling setRemoteDescription(answer) from have-remote-offer state should reject with InvalidStateError" => {
        let mut pc = lone();
        let offer = offer(&mut pc);
        pc.set_remote_description(START, offer.clone()).unwrap();
        rejects(pc.set_remote_description(START, answer_to(&offer)), "InvalidStateError");
    };
}
