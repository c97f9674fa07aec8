//! Directions that an answer cannot have.

use rtc_peer::{Description, MediaKind, TransceiverDirection};

use crate::media::add_with;
use crate::peers::{START, lone, other, rejects};
use crate::record::subtests;

subtests! {
    "protocol/direction.html", A1;

    rejects_invalid_modification_of_send_direction =
        "Rejects invalid modification of send direction" => is_refused(TransceiverDirection::RecvOnly, ["a=inactive", "a=recvonly"]);
    rejects_invalid_modification_of_receive_direction =
        "Rejects invalid modification of receive direction" => is_refused(TransceiverDirection::SendOnly, ["a=recvonly", "a=sendrecv"]);
}

fn is_refused(offered: TransceiverDirection, [answered, changed]: [&str; 2]) {
    let (mut pc1, mut pc2) = (lone(), other());
    add_with(&mut pc1, MediaKind::Audio, offered);
    pc1.set_local_description(START, None).unwrap();
    pc2.set_remote_description(START, pc1.local_description().unwrap()).unwrap();
    pc2.set_local_description(START, None).unwrap();
    let sdp = pc2.local_description().unwrap().sdp;
    assert!(sdp.contains(answered));
    let answer = Description::answer(sdp.replace(answered, changed));
    rejects(pc1.set_remote_description(START, answer), "InvalidAccessError");
}
