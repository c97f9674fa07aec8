//! A track that is added while an offer is there.

use rtc_peer::MediaKind;

use crate::media::track;
use crate::peers::{START, lone, offer, other};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-add-track-no-deadlock.https.html", B;

    rtcpeerconnection_addtrack_does_not_deadlock = "RTCPeerConnection addTrack does not deadlock." => {
        let (mut pc1, mut pc2) = (lone(), other());
        pc1.add_track(track(MediaKind::Video, "video"), &["stream"]).unwrap();
        let offer = offer(&mut pc1);
        pc1.set_local_description(START, Some(offer.clone())).unwrap();
        pc2.set_remote_description(START, offer).unwrap();
        pc2.add_track(track(MediaKind::Video, "video"), &["stream"]).unwrap();
        pc2.create_answer().unwrap();
    };
}
