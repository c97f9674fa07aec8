//! Media that nobody has heard of.

use rtc_peer::{Description, MediaKind};

use crate::media::track;
use crate::peers::{START, lone, offer, other};
use crate::record::subtests;

subtests! {
    "protocol/unknown-mediatypes.html", B;

    unknown_media_types_are_rejected_with_the_port_set_to_0 =
        "Unknown media types are rejected with the port set to 0" => {
        let (mut pc1, mut pc2) = (lone(), other());
        pc1.add_track(track(MediaKind::Audio, "sound"), &["stream"]).unwrap();
        let offer = offer(&mut pc1);
        let strange = Description::offer(offer.sdp.replace("m=audio ", "m=unicorns "));
        pc2.set_remote_description(START, strange).unwrap();
        pc1.set_local_description(START, Some(offer)).unwrap();
        let answer = pc2.create_answer().unwrap();
        pc2.set_local_description(START, Some(answer.clone())).unwrap();
        let sections: Vec<&str> = answer.sdp.split("\r\nm=").skip(1).collect();
        let [section] = sections[..] else { panic!("{} sections", sections.len()) };
        assert!(section.starts_with("unicorns 0 "));
    };
}
