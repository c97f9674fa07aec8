//! Provisional local answers.

use rtc_peer::{Description, SignalingState};

use crate::media::video_offer;
use crate::peers::{START, assert_similar, lone, offer, rejects, signaling_states};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-setLocalDescription-pranswer.html", A1;

    setlocaldescription_pranswer_from_stable_state_should_reject_with_invalidstateerror =
        "setLocalDescription(pranswer) from stable state should reject with InvalidStateError" => {
        let mut pc = lone();
        let pranswer = Description::pranswer(offer(&mut pc).sdp);
        rejects(pc.set_local_description(START, Some(pranswer)), "InvalidStateError");
    };
    setlocaldescription_pranswer_should_succeed = "setLocalDescription(pranswer) should succeed" => {
        let mut pc = lone();
        let offer = video_offer(&mut pc);
        pc.set_remote_description(START, offer.clone()).unwrap();
        let pranswer = Description::pranswer(pc.create_answer().unwrap().sdp);
        pc.set_local_description(START, Some(pranswer.clone())).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::HaveLocalPranswer);
        assert_similar(pc.remote_description(), &offer);
        assert_similar(pc.pending_remote_description(), &offer);
        assert_eq!(pc.current_remote_description(), None);
        assert_similar(pc.local_description(), &pranswer);
        assert_similar(pc.pending_local_description(), &pranswer);
        assert_eq!(pc.current_local_description(), None);
        assert_eq!(signaling_states(&mut pc), PROVISIONAL);
    };
    setlocaldescription_pranswer_can_be_applied_multiple_times_while_still_in_have_local_pranswer =
        "setLocalDescription(pranswer) can be applied multiple times while still in have-local-pranswer" => {
        let mut pc = lone();
        let offer = video_offer(&mut pc);
        pc.set_remote_description(START, offer).unwrap();
        let pranswer = Description::pranswer(pc.create_answer().unwrap().sdp);
        pc.set_local_description(START, Some(pranswer.clone())).unwrap();
        pc.set_local_description(START, Some(pranswer)).unwrap();
        assert_eq!(signaling_states(&mut pc), PROVISIONAL);
    };
    setlocaldescription_answer_from_have_local_pranswer_state_should_succeed =
        "setLocalDescription(answer) from have-local-pranswer state should succeed" => {
        let mut pc = lone();
        let offer = video_offer(&mut pc);
        pc.set_remote_description(START, offer.clone()).unwrap();
        let answer = pc.create_answer().unwrap();
        let pranswer = Description::pranswer(answer.sdp.clone());
        pc.set_local_description(START, Some(pranswer)).unwrap();
        pc.set_local_description(START, Some(answer.clone())).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::Stable);
        assert_similar(pc.local_description(), &answer);
        assert_similar(pc.remote_description(), &offer);
        assert_similar(pc.current_local_description(), &answer);
        assert_similar(pc.current_remote_description(), &offer);
        assert_eq!(pc.pending_local_description(), None);
        assert_eq!(pc.pending_remote_description(), None);
        let [first, second] = PROVISIONAL;
        assert_eq!(signaling_states(&mut pc), [first, second, SignalingState::Stable]);
    };
}

const PROVISIONAL: [SignalingState; 2] =
    [SignalingState::HaveRemoteOffer, SignalingState::HaveLocalPranswer];
