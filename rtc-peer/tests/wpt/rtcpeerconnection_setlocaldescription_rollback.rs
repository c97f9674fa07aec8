//! Taking back a local offer.

use rtc_peer::{Description, Event, MediaKind, SdpType, SignalingState};

use crate::media::{add_receiving, audio_offer};
use crate::peers::{START, lone, offer, rejects, signaling_states};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-setLocalDescription-rollback.html", A1;

    setlocaldescription_rollback_from_have_local_offer_state_should_reset_back_to_stable_state =
        "setLocalDescription(rollback) from have-local-offer state should reset back to stable state" => {
        let mut pc = lone();
        let offer = offer(&mut pc);
        pc.set_local_description(START, Some(offer)).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::HaveLocalOffer);
        assert!(pc.local_description().is_some());
        assert_eq!(pc.pending_local_description(), pc.local_description());
        assert_eq!(pc.current_local_description(), None);
        pc.set_local_description(START, Some(Description::rollback())).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::Stable);
        assert_eq!(pc.local_description(), None);
        assert_eq!(pc.pending_local_description(), None);
        assert_eq!(pc.current_local_description(), None);
        let states = signaling_states(&mut pc);
        assert_eq!(states, [SignalingState::HaveLocalOffer, SignalingState::Stable]);
    };
    setlocaldescription_rollback_from_stable_state_should_reject_with_invalidstateerror =
        "setLocalDescription(rollback) from stable state should reject with InvalidStateError" => rejects(
        lone().set_local_description(START, Some(Description::rollback())),
        "InvalidStateError",
    );
    setlocaldescription_rollback_after_setting_answer_description_should_reject_with_invalidstateerror =
        "setLocalDescription(rollback) after setting answer description should reject with InvalidStateError" => {
        let mut pc = lone();
        let offer = audio_offer(&mut pc);
        pc.set_remote_description(START, offer).unwrap();
        let answer = pc.create_answer().unwrap();
        pc.set_local_description(START, Some(answer)).unwrap();
        let result = pc.set_local_description(START, Some(Description::rollback()));
        rejects(result, "InvalidStateError");
    };
    setlocaldescription_rollback_after_setting_a_remote_offer_should_reject_with_invalidstateerror =
        "setLocalDescription(rollback) after setting a remote offer should reject with InvalidStateError" => {
        let mut pc = lone();
        let offer = audio_offer(&mut pc);
        pc.set_remote_description(START, offer).unwrap();
        let result = pc.set_local_description(START, Some(Description::rollback()));
        rejects(result, "InvalidStateError");
    };
    setlocaldescription_rollback_should_ignore_invalid_sdp_content_and_succeed =
        "setLocalDescription(rollback) should ignore invalid sdp content and succeed" => {
        let mut pc = lone();
        let offer = offer(&mut pc);
        pc.set_local_description(START, Some(offer)).unwrap();
        let rollback =
            Description { kind: SdpType::Rollback, sdp: "!<Invalid SDP Content>;".into() };
        pc.set_local_description(START, Some(rollback)).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::Stable);
    };
    setlocaldescription_rollback_should_update_internal_state_with_a_queued_tassk_in_the_right_order =
        "setLocalDescription(rollback) should update internal state with a queued tassk, in the right order" => {
        let mut pc = lone();
        add_receiving(&mut pc, MediaKind::Audio);
        let offer = offer(&mut pc);
        pc.set_local_description(START, Some(offer)).unwrap();
        assert_eq!(pc.pending_local_description().unwrap().kind, SdpType::Offer);
        assert_eq!(pc.pending_local_description(), pc.local_description());
        assert_eq!(pc.pending_remote_description(), None);
        while pc.poll_event().is_some() {}
        pc.set_local_description(START, Some(Description::rollback())).unwrap();
        assert_eq!(pc.poll_event(), Some(Event::SignalingStateChange(SignalingState::Stable)));
        assert_eq!(pc.pending_local_description(), None);
        assert_eq!(pc.pending_remote_description(), None);
    };
}
