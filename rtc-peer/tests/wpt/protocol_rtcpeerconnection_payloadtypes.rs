//! Payload types that an offer of ours has.

use rtc_peer::MediaKind;

use crate::media::add_receiving;
use crate::peers::{lone, offer};
use crate::record::subtests;

subtests! {
    "protocol/RTCPeerConnection-payloadTypes.html", A1;

    createoffer_with_the_maximum_set_of_codecs_does_not_generate_invalid_payload_types =
        "createOffer with the maximum set of codecs does not generate invalid payload types" => {
        let mut pc1 = lone();
        add_receiving(&mut pc1, MediaKind::Audio);
        add_receiving(&mut pc1, MediaKind::Video);
        let sdp = offer(&mut pc1).sdp;
        let sections: Vec<&str> = sdp.lines().filter(|line| line.starts_with("m=")).collect();
        assert_eq!(sections.len(), 2);
        for format in sections.iter().flat_map(|line| line.split(' ').skip(3)) {
            let payload_type: u8 = format.parse().unwrap();
            assert!(payload_type < 128 && !(72..96).contains(&payload_type));
        }
    };
}
