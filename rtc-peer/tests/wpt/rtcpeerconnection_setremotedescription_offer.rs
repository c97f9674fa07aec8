//! Remote offers.

use rtc_peer::{
    Description, Event, IceCandidate, IceConnectionState, MediaKind, SdpType, SignalingState,
};

use crate::media::{add, add_receiving, add_track, audio_offer, kinds};
use crate::peers::{
    Peers, START, assert_not_similar, assert_similar, in_band, lone, offer, other, rejects,
    signaling_states,
};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-setRemoteDescription-offer.html", A2;

    setremotedescription_with_valid_offer_should_succeed =
        "setRemoteDescription with valid offer should succeed" => {
        let (mut pc1, mut pc2) = (lone(), other());
        pc1.create_data_channel("datachannel", in_band()).unwrap();
        let offer = offer(&mut pc1);
        pc2.set_remote_description(START, offer.clone()).unwrap();
        assert_eq!(pc2.signaling_state(), SignalingState::HaveRemoteOffer);
        assert_similar(pc2.remote_description(), &offer);
        assert_similar(pc2.pending_remote_description(), &offer);
        assert_eq!(pc2.current_remote_description(), None);
        assert_eq!(signaling_states(&mut pc2), [SignalingState::HaveRemoteOffer]);
    };
    setremotedescription_multiple_times_should_succeed =
        "setRemoteDescription multiple times should succeed" => {
        let (mut pc1, mut pc2) = (lone(), other());
        pc1.create_data_channel("datachannel", in_band()).unwrap();
        let offer = offer(&mut pc1);
        pc2.set_remote_description(START, offer.clone()).unwrap();
        pc2.set_remote_description(START, offer.clone()).unwrap();
        assert_eq!(pc2.signaling_state(), SignalingState::HaveRemoteOffer);
        assert_similar(pc2.remote_description(), &offer);
        assert_similar(pc2.pending_remote_description(), &offer);
        assert_eq!(pc2.current_remote_description(), None);
        assert_eq!(signaling_states(&mut pc2), [SignalingState::HaveRemoteOffer]);
    };
    setremotedescription_multiple_times_with_different_offer_should_succeed =
        "setRemoteDescription multiple times with different offer should succeed" => {
        let (mut pc1, mut pc2) = (lone(), other());
        pc1.create_data_channel("datachannel", in_band()).unwrap();
        let offer1 = offer(&mut pc1);
        pc1.set_local_description(START, Some(offer1.clone())).unwrap();
        let offer2 = audio_offer(&mut pc1);
        assert_not_similar(&offer1, &offer2);
        pc2.set_remote_description(START, offer1).unwrap();
        pc2.set_remote_description(START, offer2.clone()).unwrap();
        assert_eq!(pc2.signaling_state(), SignalingState::HaveRemoteOffer);
        assert_similar(pc2.remote_description(), &offer2);
        assert_similar(pc2.pending_remote_description(), &offer2);
        assert_eq!(pc2.current_remote_description(), None);
        assert_eq!(signaling_states(&mut pc2), [SignalingState::HaveRemoteOffer]);
    };
    setremotedescription_offer_with_invalid_sdp_should_reject_with_rtcerror =
        "setRemoteDescription(offer) with invalid SDP should reject with RTCError" => {
        let error =
            lone().set_remote_description(START, Description::offer("Invalid SDP")).unwrap_err();
        assert_eq!(error.exception(), rtc_peer::Exception::SdpSyntax);
    };
    setremotedescription_offer_from_have_local_offer_should_roll_back_and_succeed =
        "setRemoteDescription(offer) from have-local-offer should roll back and succeed" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let first = offer(&mut pc1);
        pc1.set_local_description(START, Some(first)).unwrap();
        pc1.set_remote_description(START, offer(&mut pc2)).unwrap();
        assert_eq!(pc1.signaling_state(), SignalingState::HaveRemoteOffer);
    };
    setremotedescription_offer_from_have_local_offer_fires_signalingstatechange_twice =
        "setRemoteDescription(offer) from have-local-offer fires signalingstatechange twice" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let first = offer(&mut pc1);
        pc1.set_local_description(START, Some(first)).unwrap();
        signaling_states(&mut pc1);
        pc1.set_remote_description(START, offer(&mut pc2)).unwrap();
        let states = signaling_states(&mut pc1);
        assert_eq!(states, [SignalingState::Stable, SignalingState::HaveRemoteOffer]);
        assert_eq!(pc1.pending_local_description(), None);
        assert_eq!(pc1.pending_remote_description().unwrap().kind, SdpType::Offer);
    };
    setremotedescription_offer_in_stable_should_update_internal_state_with_a_queued_task_in_the_right_order =
        "setRemoteDescription(offer) in stable should update internal state with a queued task, in the right order" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add_receiving(&mut pc1, MediaKind::Audio);
        let offer = offer(&mut pc1);
        assert_eq!(pc2.signaling_state(), SignalingState::Stable);
        assert_eq!(pc2.pending_remote_description(), None);
        assert_eq!(pc2.current_remote_description(), None);
        pc2.set_remote_description(START, offer).unwrap();
        let changed = Event::SignalingStateChange(SignalingState::HaveRemoteOffer);
        assert_eq!(pc2.poll_event(), Some(changed));
        assert_eq!(pc2.pending_remote_description().unwrap().kind, SdpType::Offer);
        assert_eq!(pc2.pending_remote_description(), pc2.remote_description());
        assert_eq!(pc2.current_remote_description(), None);
    };
    setremotedescription_offer_in_have_local_offer_should_update_internal_state_with_a_queued_task_in_the_right_order =
        "setRemoteDescription(offer) in have-local-offer should update internal state with a queued task, in the right order" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add_receiving(&mut pc2, MediaKind::Audio);
        let local = offer(&mut pc2);
        pc2.set_local_description(START, Some(local)).unwrap();
        add_receiving(&mut pc1, MediaKind::Audio);
        let offer = offer(&mut pc1);
        assert_eq!(pc2.signaling_state(), SignalingState::HaveLocalOffer);
        assert_eq!(pc2.pending_remote_description(), None);
        assert_eq!(pc2.pending_local_description().unwrap().kind, SdpType::Offer);
        assert_eq!(pc2.pending_local_description(), pc2.local_description());
        while pc2.poll_event().is_some() {}
        pc2.set_remote_description(START, offer).unwrap();
        assert_eq!(pc2.poll_event(), Some(Event::SignalingStateChange(SignalingState::Stable)));
        assert_eq!(pc2.pending_local_description(), None);
        let states = signaling_states(&mut pc2);
        assert_eq!(states, [SignalingState::HaveRemoteOffer]);
        assert_eq!(pc2.pending_remote_description().unwrap().kind, SdpType::Offer);
        assert_eq!(pc2.pending_remote_description(), pc2.remote_description());
        assert_eq!(pc2.pending_local_description(), None);
    };
    naive_rollback_approach_is_not_glare_proof_control =
        "Naive rollback approach is not glare-proof (control)" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let first = offer(&mut pc1);
        pc1.set_local_description(START, Some(first)).unwrap();
        let offer = offer(&mut pc2);
        pc1.set_local_description(START, Some(Description::rollback())).unwrap();
        assert_eq!(pc1.signaling_state(), SignalingState::Stable);
        let error = pc1.add_ice_candidate(START, &IceCandidate::default()).unwrap_err();
        assert_eq!(error.exception().name(), "InvalidStateError");
        pc1.set_remote_description(START, offer).unwrap();
        assert_eq!(pc1.signaling_state(), SignalingState::HaveRemoteOffer);
    };
    setremotedescription_offer_from_have_local_offer_is_glare_proof =
        "setRemoteDescription(offer) from have-local-offer is glare-proof" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let first = offer(&mut pc1);
        pc1.set_local_description(START, Some(first)).unwrap();
        pc1.set_remote_description(START, offer(&mut pc2)).unwrap();
        pc1.add_ice_candidate(START, &IceCandidate::default()).unwrap();
        assert_eq!(pc1.signaling_state(), SignalingState::HaveRemoteOffer);
    };
    repeated_srd_offer_works = "repeated sRD(offer) works" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add(&mut pc1, MediaKind::Video);
        let offer = offer(&mut pc1);
        pc2.set_remote_description(START, offer.clone()).unwrap();
        assert_eq!(kinds(&pc2).len(), 1);
        pc2.set_remote_description(START, offer.clone()).unwrap();
        assert_eq!(kinds(&pc2).len(), 1);
        pc1.set_local_description(START, Some(offer)).unwrap();
        let answer = pc2.create_answer().unwrap();
        pc2.set_local_description(START, Some(answer.clone())).unwrap();
        pc1.set_remote_description(START, answer).unwrap();
    };
    srd_reoffer_with_candidates_and_without_trickle_works =
        "sRD(reoffer) with candidates and without trickle works" => {
        let mut peers = Peers::new();
        add(peers.pc1(), MediaKind::Video);
        peers.exchange_offer_answer();
        peers.exchange_offer_answer();
        peers.run_until(|peers| {
            let state = peers.pc2().ice_connection_state();
            matches!(state, IceConnectionState::Connected | IceConnectionState::Completed)
        });
    };
    transceivers_added_by_srd_offer_should_not_show_up_until_srd_resolves =
        "Transceivers added by sRD(offer) should not show up until sRD resolves" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add(&mut pc1, MediaKind::Video);
        let offer = offer(&mut pc1);
        assert_eq!(kinds(&pc2).len(), 0);
        pc2.set_remote_description(START, offer).unwrap();
        assert_eq!(kinds(&pc2).len(), 1);
    };
    setremotedescription_section_with_duplicate_msid_rejects =
        "setRemoteDescription(section with duplicate msid) rejects" => {
        let (mut pc1, mut pc2) = (lone(), other());
        // Only a sender that has a track names one in its msid.
        add_track(&mut pc1, MediaKind::Video);
        let sdp = offer(&mut pc1).sdp;
        let (above, section) = sdp.split_once("m=").unwrap();
        let twin = section.replace("a=mid:", "a=mid:unique");
        let doubled = Description::offer(format!("{above}m={section}m={twin}"));
        rejects(pc2.set_remote_description(START, doubled), "OperationError");
    };

    [not applicable: "a decision: a command that fails has changed nothing"]
        "setRemoteDescription(invalidOffer) from have-local-offer does not undo rollback";
}
