//! Two descriptions, one right after the other.

use rtc_peer::SignalingState;

use crate::media::audio_offer;
use crate::peers::{START, lone, signaling_states};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-SLD-SRD-timing.https.html", A1;

    setlocaldescription_and_setremotedescription_are_not_racy =
        "setLocalDescription and setRemoteDescription are not racy" => {
        let mut pc = lone();
        let offer = audio_offer(&mut pc);
        pc.set_local_description(START, Some(offer.clone())).unwrap();
        pc.set_remote_description(START, offer).unwrap();
        let expected = [
            SignalingState::HaveLocalOffer,
            SignalingState::Stable,
            SignalingState::HaveRemoteOffer,
        ];
        assert_eq!(signaling_states(&mut pc), expected);
    };
}
