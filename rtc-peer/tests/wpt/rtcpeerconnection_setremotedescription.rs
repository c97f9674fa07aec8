//! Remote descriptions of any kind.

use rtc_peer::{Description, SignalingState};

use crate::media::{audio_offer, video_offer};
use crate::peers::{
    START, assert_not_similar, assert_similar, lone, offer, other, rejects, signaling_states,
};
use crate::record::{NO_TYPES, SYNCHRONOUS, subtests};

subtests! {
    "RTCPeerConnection-setRemoteDescription.html", A2;

    setremotedescription_with_invalid_sdp_and_stable_state_should_reject_with_invalidstateerror =
        "setRemoteDescription() with invalid SDP and stable state should reject with InvalidStateError" => rejects(
        lone().set_remote_description(START, Description::answer("invalid")),
        "InvalidStateError",
    );
    negotiation_should_fire_signalingsstate_events =
        "Negotiation should fire signalingsstate events" => {
        let (mut pc, mut pc2) = (lone(), other());
        let first = audio_offer(&mut pc);
        pc.set_local_description(START, Some(first.clone())).unwrap();
        pc2.set_remote_description(START, first).unwrap();
        let answer = pc2.create_answer().unwrap();
        pc.set_remote_description(START, answer.clone()).unwrap();
        pc2.set_local_description(START, Some(answer)).unwrap();
        let second = offer(&mut pc2);
        pc2.set_local_description(START, Some(second.clone())).unwrap();
        pc.set_remote_description(START, second).unwrap();
        let expected = [
            SignalingState::HaveLocalOffer,
            SignalingState::Stable,
            SignalingState::HaveRemoteOffer,
        ];
        assert_eq!(signaling_states(&mut pc), expected);
    };
    calling_setremotedescription_again_after_one_round_of_remote_offer_local_answer_should_succeed =
        "Calling setRemoteDescription() again after one round of remote-offer/local-answer should succeed" => {
        let (mut pc, mut pc2) = (lone(), other());
        let offer1 = audio_offer(&mut pc2);
        pc2.set_local_description(START, Some(offer1.clone())).unwrap();
        pc.set_remote_description(START, offer1.clone()).unwrap();
        let answer = pc.create_answer().unwrap();
        pc2.set_remote_description(START, answer.clone()).unwrap();
        pc.set_local_description(START, Some(answer)).unwrap();
        let offer2 = video_offer(&mut pc2);
        pc2.set_local_description(START, Some(offer2.clone())).unwrap();
        pc.set_remote_description(START, offer2.clone()).unwrap();
        assert_not_similar(&offer1, &offer2);
        assert_similar(pc.remote_description(), &offer2);
        assert_similar(pc.current_remote_description(), &offer1);
        assert_similar(pc.pending_remote_description(), &offer2);
    };
    switching_role_from_offerer_to_answerer_after_going_back_to_stable_state_should_succeed =
        "Switching role from offerer to answerer after going back to stable state should succeed" => {
        let (mut pc, mut pc2) = (lone(), other());
        let first = audio_offer(&mut pc);
        pc.set_local_description(START, Some(first.clone())).unwrap();
        pc2.set_remote_description(START, first.clone()).unwrap();
        let answer = pc2.create_answer().unwrap();
        pc2.set_local_description(START, Some(answer.clone())).unwrap();
        pc.set_remote_description(START, answer.clone()).unwrap();
        let second = offer(&mut pc2);
        pc2.set_local_description(START, Some(second)).unwrap();
        pc.set_remote_description(START, pc2.local_description().unwrap()).unwrap();
        assert_eq!(pc.remote_description(), pc.pending_remote_description());
        assert_similar(pc.remote_description(), &first);
        assert_similar(pc.current_remote_description(), &answer);
    };

    [not applicable: NO_TYPES]
        "setRemoteDescription with invalid type and invalid SDP should reject with TypeError";
    [not applicable: SYNCHRONOUS]
        "Closing on setRemoteDescription() neither resolves nor rejects",
        "Closing on rollback neither resolves nor rejects";
}
