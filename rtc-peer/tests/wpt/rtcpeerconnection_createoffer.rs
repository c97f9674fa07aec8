//! Offers, and when there are none.

use rtc_peer::{OfferOptions, SdpType, SignalingState};

use crate::media::video_offer;
use crate::peers::{START, assert_similar, lone, offer, signaling_states};
use crate::record::{SYNCHRONOUS, subtests};

subtests! {
    "RTCPeerConnection-createOffer.html", A1;

    createoffer_returns_rtcsessiondescriptioninit =
        "createOffer() returns RTCSessionDescriptionInit" => {
        let offer = offer(&mut lone());
        assert_eq!(offer.kind, SdpType::Offer);
        assert!(offer.sdp.starts_with("v=0\r\n"));
    };
    createoffer_and_then_setlocaldescription_should_succeed =
        "createOffer() and then setLocalDescription() should succeed" => {
        let mut pc = lone();
        let offer = video_offer(&mut pc);
        pc.set_local_description(START, Some(offer.clone())).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::HaveLocalOffer);
        assert_similar(pc.local_description(), &offer);
        assert_eq!(pc.pending_local_description(), pc.local_description());
        assert_eq!(pc.current_local_description(), None);
        assert_eq!(signaling_states(&mut pc), [SignalingState::HaveLocalOffer]);
    };
    createoffer_after_connection_is_closed_should_reject_with_invalidstateerror =
        "createOffer() after connection is closed should reject with InvalidStateError" => {
        let mut pc = lone();
        pc.close();
        let error = pc.create_offer(OfferOptions::default()).unwrap_err();
        assert_eq!(error.exception().name(), "InvalidStateError");
    };
    createoffer_should_fail_when_signaling_state_is_not_stable_or_have_local_offer =
        "createOffer() should fail when signaling state is not stable or have-local-offer" => {
        let mut pc = lone();
        let offer = video_offer(&mut pc);
        pc.set_remote_description(START, offer).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::HaveRemoteOffer);
        let error = pc.create_offer(OfferOptions::default()).unwrap_err();
        assert_eq!(error.exception().name(), "InvalidStateError");
    };

    [not applicable: SYNCHRONOUS]
        "When media stream is added when createOffer() is running in parallel, the result offer should contain the new media stream";
}
