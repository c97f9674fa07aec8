//! Local offers.

use rtc_peer::{Description, Event, MediaKind, SdpType, SignalingState};

use crate::media::{add_receiving, audio_offer, kinds, video_offer};
use crate::peers::{
    START, assert_not_similar, assert_similar, data_channel_offer, lone, offer, other, rejects,
    signaling_states,
};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-setLocalDescription-offer.html", A1;

    setlocaldescription_with_valid_offer_should_succeed =
        "setLocalDescription with valid offer should succeed" => {
        let mut pc = lone();
        let offer = audio_offer(&mut pc);
        pc.set_local_description(START, Some(offer.clone())).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::HaveLocalOffer);
        assert_similar(pc.local_description(), &offer);
        assert_eq!(pc.pending_local_description(), pc.local_description());
        assert_eq!(pc.current_local_description(), None);
        assert_eq!(signaling_states(&mut pc), [SignalingState::HaveLocalOffer]);
    };
    setlocaldescription_with_type_offer_and_null_sdp_should_use_lastoffer_generated_from_createoffer =
        "setLocalDescription with type offer and null sdp should use lastOffer generated from createOffer" => {
        let mut pc = lone();
        let offer = audio_offer(&mut pc);
        pc.set_local_description(START, Some(Description::offer(""))).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::HaveLocalOffer);
        assert_similar(pc.local_description(), &offer);
        assert_eq!(pc.pending_local_description(), pc.local_description());
        assert_eq!(pc.current_local_description(), None);
    };
    setlocaldescription_with_offer_not_created_by_own_createoffer_should_reject_with_invalidmodificationerror =
        "setLocalDescription() with offer not created by own createOffer() should reject with InvalidModificationError" => {
        let offer = data_channel_offer(&mut lone());
        rejects(other().set_local_description(START, Some(offer)), "InvalidModificationError");
    };
    set_created_offer_other_than_last_offer_should_reject_with_invalidmodificationerror =
        "Set created offer other than last offer should reject with InvalidModificationError" => {
        let mut pc = lone();
        let offer1 = audio_offer(&mut pc);
        let offer2 = video_offer(&mut pc);
        assert_not_similar(&offer1, &offer2);
        rejects(pc.set_local_description(START, Some(offer1)), "InvalidModificationError");
    };
    creating_and_setting_offer_multiple_times_should_succeed =
        "Creating and setting offer multiple times should succeed" => {
        let mut pc = lone();
        let offer1 = audio_offer(&mut pc);
        pc.set_local_description(START, Some(offer1.clone())).unwrap();
        let offer2 = video_offer(&mut pc);
        pc.set_local_description(START, Some(offer2.clone())).unwrap();
        assert_not_similar(&offer1, &offer2);
        assert_eq!(pc.signaling_state(), SignalingState::HaveLocalOffer);
        assert_similar(pc.local_description(), &offer2);
        assert_similar(pc.pending_local_description(), &offer2);
        assert_eq!(pc.current_local_description(), None);
        assert_eq!(signaling_states(&mut pc), [SignalingState::HaveLocalOffer]);
    };
    setting_previously_generated_offer_after_a_call_to_createanswer_should_work =
        "Setting previously generated offer after a call to createAnswer should work" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add_receiving(&mut pc1, MediaKind::Audio);
        let offer1 = offer(&mut pc1);
        add_receiving(&mut pc2, MediaKind::Video);
        pc1.set_remote_description(START, offer(&mut pc2)).unwrap();
        pc1.create_answer().unwrap();
        pc1.set_remote_description(START, Description::rollback()).unwrap();
        pc1.set_local_description(START, Some(offer1)).unwrap();
    };
    negotiation_works_when_there_has_been_a_repeated_setlocaldescription_offer =
        "Negotiation works when there has been a repeated setLocalDescription(offer)" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add_receiving(&mut pc1, MediaKind::Audio);
        let first = offer(&mut pc1);
        pc1.set_local_description(START, Some(first)).unwrap();
        let offer = offer(&mut pc1);
        pc1.set_local_description(START, Some(offer.clone())).unwrap();
        pc2.set_remote_description(START, offer).unwrap();
        let answer = pc2.create_answer().unwrap();
        pc2.set_local_description(START, Some(answer.clone())).unwrap();
        pc1.set_remote_description(START, answer).unwrap();
        assert_eq!(kinds(&pc1), [MediaKind::Audio]);
        assert_eq!(kinds(&pc2), [MediaKind::Audio]);
    };
    setlocaldescription_offer_should_update_internal_state_with_a_queued_task_in_the_right_order =
        "setLocalDescription(offer) should update internal state with a queued task, in the right order" => {
        let mut pc = lone();
        add_receiving(&mut pc, MediaKind::Audio);
        let offer = offer(&mut pc);
        assert_eq!(pc.signaling_state(), SignalingState::Stable);
        assert_eq!(pc.pending_local_description(), None);
        assert_eq!(pc.pending_remote_description(), None);
        assert_eq!(pc.current_local_description(), None);
        assert_eq!(pc.current_remote_description(), None);
        while pc.poll_event().is_some() {}
        pc.set_local_description(START, Some(offer)).unwrap();
        let changed = Event::SignalingStateChange(SignalingState::HaveLocalOffer);
        assert_eq!(pc.poll_event(), Some(changed));
        assert_eq!(pc.pending_remote_description(), None);
        assert_eq!(pc.pending_local_description().unwrap().kind, SdpType::Offer);
        assert_eq!(pc.pending_local_description(), pc.local_description());
        assert_eq!(pc.current_local_description(), None);
        assert_eq!(pc.current_remote_description(), None);
    };
}
