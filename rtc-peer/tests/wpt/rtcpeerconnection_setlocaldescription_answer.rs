//! Local answers.

use rtc_peer::{Description, Event, MediaKind, SdpType, SignalingState};

use crate::media::{add_receiving, video_offer};
use crate::peers::{
    START, answer_to, assert_similar, lone, offer, other, rejects, signaling_states,
};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-setLocalDescription-answer.html", A1;

    setlocaldescription_with_valid_answer_should_succeed =
        "setLocalDescription() with valid answer should succeed" => {
        let mut pc = lone();
        let offer = video_offer(&mut pc);
        pc.set_remote_description(START, offer.clone()).unwrap();
        let answer = pc.create_answer().unwrap();
        pc.set_local_description(START, Some(answer.clone())).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::Stable);
        assert_similar(pc.local_description(), &answer);
        assert_similar(pc.remote_description(), &offer);
        assert_eq!(pc.current_local_description(), pc.local_description());
        assert_eq!(pc.current_remote_description(), pc.remote_description());
        assert_eq!(pc.pending_local_description(), None);
        assert_eq!(pc.pending_remote_description(), None);
        let states = signaling_states(&mut pc);
        assert_eq!(states, [SignalingState::HaveRemoteOffer, SignalingState::Stable]);
    };
    setlocaldescription_with_type_answer_and_null_sdp_should_use_lastanswer_generated_from_createanswer =
        "setLocalDescription() with type answer and null sdp should use lastAnswer generated from createAnswer" => {
        let mut pc = lone();
        let offer = video_offer(&mut pc);
        pc.set_remote_description(START, offer.clone()).unwrap();
        let answer = pc.create_answer().unwrap();
        pc.set_local_description(START, Some(Description::answer(""))).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::Stable);
        assert_similar(pc.local_description(), &answer);
        assert_similar(pc.remote_description(), &offer);
        assert_eq!(pc.current_local_description(), pc.local_description());
        assert_eq!(pc.current_remote_description(), pc.remote_description());
        assert_eq!(pc.pending_local_description(), None);
        assert_eq!(pc.pending_remote_description(), None);
    };
    setlocaldescription_with_answer_not_created_by_own_createanswer_should_reject_with_invalidmodificationerror =
        "setLocalDescription() with answer not created by own createAnswer() should reject with InvalidModificationError" => {
        let mut pc = lone();
        let offer = video_offer(&mut pc);
        pc.set_remote_description(START, offer.clone()).unwrap();
        let result = pc.set_local_description(START, Some(answer_to(&offer)));
        rejects(result, "InvalidModificationError");
    };
    calling_setlocaldescription_answer_from_stable_state_should_reject_with_invalidstateerror =
        "Calling setLocalDescription(answer) from stable state should reject with InvalidStateError" => {
        let mut pc = lone();
        let answer = Description::answer(offer(&mut pc).sdp);
        rejects(pc.set_local_description(START, Some(answer)), "InvalidStateError");
    };
    calling_setlocaldescription_answer_from_have_local_offer_state_should_reject_with_invalidstateerror =
        "Calling setLocalDescription(answer) from have-local-offer state should reject with InvalidStateError" => {
        let mut pc = lone();
        let offer = offer(&mut pc);
        pc.set_local_description(START, Some(offer.clone())).unwrap();
        let result = pc.set_local_description(START, Some(answer_to(&offer)));
        rejects(result, "InvalidStateError");
    };
    setting_previously_generated_answer_after_a_call_to_createoffer_should_work =
        "Setting previously generated answer after a call to createOffer should work" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add_receiving(&mut pc1, MediaKind::Audio);
        let offer = offer(&mut pc1);
        pc2.set_remote_description(START, offer.clone()).unwrap();
        let answer = pc2.create_answer().unwrap();
        pc2.set_remote_description(START, Description::rollback()).unwrap();
        add_receiving(&mut pc2, MediaKind::Video);
        crate::peers::offer(&mut pc2);
        pc2.set_remote_description(START, offer).unwrap();
        pc2.set_local_description(START, Some(answer)).unwrap();
    };
    setlocaldescription_answer_should_update_internal_state_with_a_queued_task_in_the_right_order =
        "setLocalDescription(answer) should update internal state with a queued task, in the right order" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add_receiving(&mut pc1, MediaKind::Audio);
        pc2.set_remote_description(START, offer(&mut pc1)).unwrap();
        let answer = pc2.create_answer().unwrap();
        assert_eq!(pc2.signaling_state(), SignalingState::HaveRemoteOffer);
        assert_eq!(pc2.pending_local_description(), None);
        assert_eq!(pc2.pending_remote_description().unwrap().kind, SdpType::Offer);
        assert_eq!(pc2.remote_description(), pc2.pending_remote_description());
        assert_eq!(pc2.current_local_description(), None);
        assert_eq!(pc2.current_remote_description(), None);
        while pc2.poll_event().is_some() {}
        pc2.set_local_description(START, Some(answer)).unwrap();
        assert_eq!(pc2.poll_event(), Some(Event::SignalingStateChange(SignalingState::Stable)));
        assert_eq!(pc2.pending_local_description(), None);
        assert_eq!(pc2.pending_remote_description(), None);
        assert_eq!(pc2.current_local_description().unwrap().kind, SdpType::Answer);
        assert_eq!(pc2.current_local_description(), pc2.local_description());
        assert_eq!(pc2.current_remote_description().unwrap().kind, SdpType::Offer);
        assert_eq!(pc2.current_remote_description(), pc2.remote_description());
    };
}
