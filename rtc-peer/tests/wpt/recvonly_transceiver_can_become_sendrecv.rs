//! Directions that change.

use rtc_peer::{MediaKind, TransceiverDirection};

use crate::media::{add_receiving, current, set_direction};
use crate::peers::{exchange, lone, other};
use crate::record::subtests;

subtests! {
    "recvonly-transceiver-can-become-sendrecv.https.html", A1;

    audio_recvonly_transceiver_can_become_sendrecv =
        "[audio] recvonly transceiver can become sendrecv" => becomes_sendrecv(MediaKind::Audio);
    video_recvonly_transceiver_can_become_sendrecv =
        "[video] recvonly transceiver can become sendrecv" => becomes_sendrecv(MediaKind::Video);
}

fn becomes_sendrecv(kind: MediaKind) {
    let (mut pc1, mut pc2) = (lone(), other());
    let id = add_receiving(&mut pc1, kind);
    exchange(&mut pc1, &mut pc2);
    assert_eq!(current(&pc1, id), Some(TransceiverDirection::Inactive));
    set_direction(&mut pc1, id, TransceiverDirection::SendRecv);
    exchange(&mut pc1, &mut pc2);
    // The other side has nothing to send.
    assert_eq!(current(&pc1, id), Some(TransceiverDirection::SendOnly));
}
