//! When descriptions can be seen: once they have been set, and not before.

use crate::peers::{START, lone, offer, other};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-description-attributes-timing.https.html", A1;

    pendinglocaldescription_is_surfaced_at_the_right_time =
        "pendingLocalDescription is surfaced at the right time" => {
        let mut pc = lone();
        let offer = offer(&mut pc);
        assert_eq!(pc.pending_local_description(), None);
        pc.set_local_description(START, Some(offer)).unwrap();
        assert!(pc.pending_local_description().is_some());
        assert_eq!(pc.pending_local_description(), pc.local_description());
    };
    pendingremotedescription_is_surfaced_at_the_right_time =
        "pendingRemoteDescription is surfaced at the right time" => {
        let mut pc = lone();
        let offer = offer(&mut pc);
        assert_eq!(pc.pending_remote_description(), None);
        pc.set_remote_description(START, offer).unwrap();
        assert!(pc.pending_remote_description().is_some());
        assert_eq!(pc.pending_remote_description(), pc.remote_description());
    };
    currentlocaldescription_is_surfaced_at_the_right_time =
        "currentLocalDescription is surfaced at the right time" => {
        let (mut pc1, mut pc2) = (lone(), other());
        pc2.set_remote_description(START, offer(&mut pc1)).unwrap();
        let answer = pc2.create_answer().unwrap();
        assert_eq!(pc2.current_local_description(), None);
        pc2.set_local_description(START, Some(answer)).unwrap();
        assert!(pc2.current_local_description().is_some());
        assert_eq!(pc2.current_local_description(), pc2.local_description());
    };
    currentremotedescription_is_surfaced_at_the_right_time =
        "currentRemoteDescription is surfaced at the right time" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let offer = offer(&mut pc1);
        pc1.set_local_description(START, Some(offer.clone())).unwrap();
        pc2.set_remote_description(START, offer).unwrap();
        let answer = pc2.create_answer().unwrap();
        assert_eq!(pc1.current_remote_description(), None);
        pc1.set_remote_description(START, answer).unwrap();
        assert!(pc1.current_remote_description().is_some());
        assert_eq!(pc1.current_remote_description(), pc1.remote_description());
    };
}
