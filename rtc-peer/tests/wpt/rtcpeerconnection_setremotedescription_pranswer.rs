//! Provisional remote answers.

use rtc_peer::{Description, SignalingState};

use crate::media::video_offer;
use crate::peers::{START, answer_to, assert_similar, lone, offer, rejects, signaling_states};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-setRemoteDescription-pranswer.html", A1;

    setremotedescription_pranswer_from_stable_state_should_reject_with_invalidstateerror =
        "setRemoteDescription(pranswer) from stable state should reject with InvalidStateError" => {
        let mut pc = lone();
        let pranswer = Description::pranswer(offer(&mut pc).sdp);
        rejects(pc.set_remote_description(START, pranswer), "InvalidStateError");
    };
    setremotedescription_pranswer_from_have_local_offer_state_should_succeed =
        "setRemoteDescription(pranswer) from have-local-offer state should succeed" => {
        let mut pc = lone();
        let offer = video_offer(&mut pc);
        pc.set_local_description(START, Some(offer.clone())).unwrap();
        let pranswer = Description::pranswer(answer_to(&offer).sdp);
        pc.set_remote_description(START, pranswer.clone()).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::HaveRemotePranswer);
        assert_similar(pc.local_description(), &offer);
        assert_similar(pc.pending_local_description(), &offer);
        assert_eq!(pc.current_local_description(), None);
        assert_similar(pc.remote_description(), &pranswer);
        assert_similar(pc.pending_remote_description(), &pranswer);
        assert_eq!(pc.current_remote_description(), None);
        assert_eq!(signaling_states(&mut pc), PROVISIONAL);
    };
    setremotedescription_pranswer_multiple_times_should_succeed =
        "setRemoteDescription(pranswer) multiple times should succeed" => {
        let mut pc = lone();
        let offer = video_offer(&mut pc);
        pc.set_local_description(START, Some(offer.clone())).unwrap();
        let pranswer = Description::pranswer(answer_to(&offer).sdp);
        pc.set_remote_description(START, pranswer.clone()).unwrap();
        pc.set_remote_description(START, pranswer).unwrap();
        assert_eq!(signaling_states(&mut pc), PROVISIONAL);
    };
    setremotedescription_answer_from_have_remote_pranswer_state_should_succeed =
        "setRemoteDescription(answer) from have-remote-pranswer state should succeed" => {
        let mut pc = lone();
        let offer = video_offer(&mut pc);
        pc.set_local_description(START, Some(offer.clone())).unwrap();
        let answer = answer_to(&offer);
        let pranswer = Description::pranswer(answer.sdp.clone());
        pc.set_remote_description(START, pranswer).unwrap();
        pc.set_remote_description(START, answer.clone()).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::Stable);
        assert_similar(pc.local_description(), &offer);
        assert_similar(pc.current_local_description(), &offer);
        assert_eq!(pc.pending_local_description(), None);
        assert_similar(pc.remote_description(), &answer);
        assert_similar(pc.current_remote_description(), &answer);
        assert_eq!(pc.pending_remote_description(), None);
        let [first, second] = PROVISIONAL;
        assert_eq!(signaling_states(&mut pc), [first, second, SignalingState::Stable]);
    };
}

const PROVISIONAL: [SignalingState; 2] =
    [SignalingState::HaveLocalOffer, SignalingState::HaveRemotePranswer];
