//! `negotiationneeded` waits for the connection to be stable.

use rtc_peer::MediaKind;

use crate::media::add;
use crate::peers::{START, events, lone, negotiation_needed, other};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-restartIce-onnegotiationneeded.https.html", A1;

    negotiation_needed_when_returning_to_stable_does_not_fire_too_early =
        "Negotiation needed when returning to stable does not fire too early" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add(&mut pc1, MediaKind::Audio);
        pc1.set_local_description(START, None).unwrap();
        events(&mut pc1);
        pc1.restart_ice();
        assert!(!negotiation_needed(&mut pc1));
        pc2.set_remote_description(START, pc1.local_description().unwrap()).unwrap();
        pc2.set_local_description(START, None).unwrap();
        pc1.set_remote_description(START, pc2.local_description().unwrap()).unwrap();
        assert!(negotiation_needed(&mut pc1));
    };
}
