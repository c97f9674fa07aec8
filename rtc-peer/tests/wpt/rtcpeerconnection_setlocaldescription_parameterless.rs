//! The local description that the signaling state calls for.

use rtc_peer::{Event, MediaKind, SdpType, SignalingState, TransceiverDirection};

use crate::media::add;
use crate::peers::{START, lone, offer, other, rejects};
use crate::record::{NO_TYPES, SYNCHRONOUS, subtests};

subtests! {
    "RTCPeerConnection-setLocalDescription-parameterless.https.html", A1;

    parameterless_sld_in_stable_goes_to_have_local_offer =
        "Parameterless SLD() in 'stable' goes to 'have-local-offer'" => {
        let mut offerer = lone();
        offerer.set_local_description(START, None).unwrap();
        let changed = Event::SignalingStateChange(SignalingState::HaveLocalOffer);
        assert_eq!(offerer.poll_event(), Some(changed));
        assert_eq!(offerer.signaling_state(), SignalingState::HaveLocalOffer);
    };
    parameterless_sld_in_stable_sets_pendinglocaldescription =
        "Parameterless SLD() in 'stable' sets pendingLocalDescription" => {
        let mut offerer = lone();
        offerer.set_local_description(START, None).unwrap();
        assert_eq!(offerer.pending_local_description().unwrap().kind, SdpType::Offer);
    };
    parameterless_sld_in_stable_assigns_transceiver_mid =
        "Parameterless SLD() in 'stable' assigns transceiver.mid" => {
        let mut offerer = lone();
        let transceiver = add(&mut offerer, MediaKind::Audio);
        assert_eq!(offerer.transceiver(transceiver).unwrap().mid(), None);
        offerer.set_local_description(START, None).unwrap();
        assert!(offerer.transceiver(transceiver).unwrap().mid().is_some());
    };
    parameterless_sld_in_have_remote_offer_goes_to_stable =
        "Parameterless SLD() in 'have-remote-offer' goes to 'stable'" => {
        let (mut offerer, mut answerer) = (lone(), other());
        answerer.set_remote_description(START, offer(&mut offerer)).unwrap();
        while answerer.poll_event().is_some() {}
        answerer.set_local_description(START, None).unwrap();
        let changed = Event::SignalingStateChange(SignalingState::Stable);
        assert_eq!(answerer.poll_event(), Some(changed));
        assert_eq!(answerer.signaling_state(), SignalingState::Stable);
    };
    parameterless_sld_in_have_remote_offer_sets_currentlocaldescription =
        "Parameterless SLD() in 'have-remote-offer' sets currentLocalDescription" => {
        let (mut offerer, mut answerer) = (lone(), other());
        answerer.set_remote_description(START, offer(&mut offerer)).unwrap();
        answerer.set_local_description(START, None).unwrap();
        assert_eq!(answerer.current_local_description().unwrap().kind, SdpType::Answer);
    };
    parameterless_sld_in_have_remote_offer_sets_transceiver_currentdirection =
        "Parameterless SLD() in 'have-remote-offer' sets transceiver.currentDirection" => {
        let (mut offerer, mut answerer) = (lone(), other());
        add(&mut offerer, MediaKind::Audio);
        answerer.set_remote_description(START, offer(&mut offerer)).unwrap();
        let transceiver = answerer.transceivers().next().unwrap().id();
        answerer.set_local_description(START, None).unwrap();
        let transceiver = answerer.transceiver(transceiver).unwrap();
        assert_eq!(transceiver.current_direction(), Some(TransceiverDirection::RecvOnly));
    };
    parameterless_sld_uses_lastcreatedoffer_if_it_is_still_valid =
        "Parameterless SLD() uses [[LastCreatedOffer]] if it is still valid" => {
        let mut offerer = lone();
        let offer = offer(&mut offerer);
        offerer.set_local_description(START, None).unwrap();
        assert_eq!(offerer.pending_local_description(), Some(offer));
    };
    parameterless_sld_uses_lastcreatedanswer_if_it_is_still_valid =
        "Parameterless SLD() uses [[LastCreatedAnswer]] if it is still valid" => {
        let (mut offerer, mut answerer) = (lone(), other());
        answerer.set_remote_description(START, offer(&mut offerer)).unwrap();
        let answer = answerer.create_answer().unwrap();
        answerer.set_local_description(START, None).unwrap();
        assert_eq!(answerer.current_local_description(), Some(answer));
    };
    parameterless_sld_rejects_with_invalidstateerror_if_already_closed =
        "Parameterless SLD() rejects with InvalidStateError if already closed" => {
        let mut offerer = lone();
        offerer.close();
        rejects(offerer.set_local_description(START, None), "InvalidStateError");
    };
    parameterless_sld_in_a_full_o_a_exchange_succeeds =
        "Parameterless SLD() in a full O/A exchange succeeds" => {
        let (mut offerer, mut answerer) = (lone(), other());
        offerer.set_local_description(START, None).unwrap();
        let offer = offerer.pending_local_description().unwrap();
        answerer.set_remote_description(START, offer).unwrap();
        answerer.set_local_description(START, None).unwrap();
        let answer = answerer.current_local_description().unwrap();
        offerer.set_remote_description(START, answer).unwrap();
        assert_eq!(offerer.signaling_state(), SignalingState::Stable);
    };

    [not applicable: SYNCHRONOUS]
        "Parameterless SLD() never settles if closed while pending";
    [not applicable: NO_TYPES]
        "Parameterless SRD() rejects with TypeError.",
        "RTCSessionDescription constructed without type throws TypeError";
}
