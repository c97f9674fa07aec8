//! Whether the other side takes candidates after its description.

use rtc_peer::Description;

use crate::peers::{START, lone};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-canTrickleIceCandidates.html", A1;

    cantrickleicecandidates_property_is_null_prior_to_setremotedescription =
        "canTrickleIceCandidates property is null prior to setRemoteDescription" => assert_eq!(lone().can_trickle_ice_candidates(), None);
    cantrickleicecandidates_property_is_true_after_setremotedescription_with_a_ice_options_trickle =
        "canTrickleIceCandidates property is true after setRemoteDescription with a=ice-options:trickle" => assert_eq!(after(OFFER), Some(true));
    cantrickleicecandidates_property_is_false_after_setremotedescription_without_a_ice_options_trickle =
        "canTrickleIceCandidates property is false after setRemoteDescription without a=ice-options:trickle" => assert_eq!(after(&OFFER.replace("a=ice-options:trickle\r\n", "")), Some(false));
}

fn after(offer: &str) -> Option<bool> {
    let mut pc = lone();
    pc.set_remote_description(START, Description::offer(offer)).unwrap();
    pc.can_trickle_ice_candidates()
}

const OFFER: &str = "v=0\r\n\
    o=- 166855176514521964 2 IN IP4 127.0.0.1\r\n\
    s=-\r\n\
    t=0 0\r\n\
    a=ice-options:trickle\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
    c=IN IP4 0.0.0.0\r\n\
    a=rtcp:9 IN IP4 0.0.0.0\r\n\
    a=ice-ufrag:someufrag\r\n\
    a=ice-pwd:somelongpwdwithenoughrandomness\r\n\
    a=fingerprint:sha-256 8C:71:B3:8D:A5:38:FD:8F:A4:2E:A2:65:6C:86:52:BC:E0:6E:94:F2:9F:7C:4D:B5:DF:AF:AA:6F:44:90:8D:F4\r\n\
    a=setup:actpass\r\n\
    a=rtcp-mux\r\n\
    a=mid:mid1\r\n\
    a=sendonly\r\n\
    a=msid:stream1 track1\r\n\
    a=ssrc:1001 cname:some\r\n\
    a=rtpmap:111 opus/48000/2\r\n";
