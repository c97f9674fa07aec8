//! `replaceTrack`.

use rtc_peer::{MediaKind, PeerConnection, Track, TransceiverId};

use crate::media::track;
use crate::peers::lone;
use crate::record::{SYNCHRONOUS, subtests};

subtests! {
    "RTCPeerConnection-setRemoteDescription-replaceTrack.https.html", B;

    replacetrack_sets_the_track_attribute_to_a_new_track =
        "replaceTrack() sets the track attribute to a new track." => {
        let (mut pc, id) = sending();
        replace(&mut pc, id, Some(second())).unwrap();
        assert_eq!(pc.transceiver(id).unwrap().sender().track(), Some(&second()));
    };
    replacetrack_sets_the_track_attribute_to_null =
        "replaceTrack() sets the track attribute to null." => {
        let (mut pc, id) = sending();
        replace(&mut pc, id, None).unwrap();
        assert_eq!(pc.transceiver(id).unwrap().sender().track(), None);
    };
    replacetrack_rejects_when_the_peer_connection_is_closed =
        "replaceTrack() rejects when the peer connection is closed." => {
        let (mut pc, id) = sending();
        pc.close();
        assert_eq!(replace(&mut pc, id, Some(second())), Err("InvalidStateError"));
    };
    replacetrack_does_not_reject_when_invoked_after_removetrack =
        "replaceTrack() does not reject when invoked after removeTrack()." => {
        let (mut pc, id) = sending();
        pc.remove_track(id).unwrap();
        replace(&mut pc, id, Some(second())).unwrap();
        assert_eq!(pc.transceiver(id).unwrap().sender().track(), Some(&second()));
    };

    [not applicable: SYNCHRONOUS]
        "replaceTrack() does not set the track synchronously.",
        "replaceTrack() does not reject after a subsequent removeTrack().";
}

fn second() -> Track {
    track(MediaKind::Audio, "second")
}

fn sending() -> (PeerConnection, TransceiverId) {
    let mut pc = lone();
    let id = pc.add_track(track(MediaKind::Audio, "first"), &["stream"]).unwrap();
    (pc, id)
}

fn replace(
    pc: &mut PeerConnection,
    id: TransceiverId,
    track: Option<Track>,
) -> Result<(), &'static str> {
    let result = pc.transceiver_mut(id).unwrap().replace_track(track);
    result.map_err(|error| error.exception().name())
}
