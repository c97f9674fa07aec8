//! Payload types that mean something else on another transport.

use rtc_peer::Description;

use crate::media::track_events;
use crate::peers::{START, lone};
use crate::record::subtests;

subtests! {
    "protocol/pt-no-bundle.html", A1;

    description_with_no_bundle_group_and_pt_number_reuse_validates =
        "Description with no BUNDLE group and PT number reuse validates" => {
        let mut pc = lone();
        pc.set_remote_description(START, Description::offer(OFFER)).unwrap();
        assert_eq!(pc.transceivers().count(), 2);
        assert!(!track_events(&mut pc).is_empty());
        pc.set_local_description(START, None).unwrap();
        assert_eq!(pc.stats(START).transports.len(), 2);
    };
}

const OFFER: &str = "v=0
o=- 0 3 IN IP4 127.0.0.1
s=-
t=0 0
a=fingerprint:sha-256 A7:24:72:CA:6E:02:55:39:BA:66:DF:6E:CC:4C:D8:B0:1A:BF:1A:56:65:7D:F4:03:AD:7E:77:43:2A:29:EC:93
a=ice-ufrag:6HHHdzzeIhkE0CKj
a=ice-pwd:XYDGVpfvklQIEnZ6YnyLsAew
m=video 1 RTP/SAVPF 100
c=IN IP4 0.0.0.0
a=rtcp-mux
a=mid:video
a=rtpmap:100 VP8/90000
a=setup:actpass
m=audio 1 RTP/SAVPF 100
c=IN IP4 0.0.0.0
a=rtcp-mux
a=mid:audio
a=rtpmap:100 opus/48000/2
a=setup:actpass
";
