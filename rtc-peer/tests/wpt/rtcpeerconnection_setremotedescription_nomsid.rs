//! A track of somebody who does not know `msid`.

use rtc_peer::Description;

use crate::media::track_events;
use crate::peers::{START, lone};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-setRemoteDescription-nomsid.html", A1;

    setremotedescription_with_an_sdp_without_a_msid_lines_triggers_ontrack_with_a_default_stream =
        "setRemoteDescription with an SDP without a=msid lines triggers ontrack with a default stream." => {
        let mut pc = lone();
        let sdp = SDP.replace("FINGERPRINT", &["00"; 32].join(":"));
        pc.set_remote_description(START, Description::offer(sdp)).unwrap();
        let [event] = &track_events(&mut pc)[..] else { panic!("not one track event") };
        assert_eq!(event.streams.len(), 1);
    };
}

const SDP: &str = "v=0
o=- 166855176514521964 2 IN IP4 127.0.0.1
s=-
t=0 0
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:someufrag
a=ice-pwd:somelongpwdwithenoughrandomness
a=fingerprint:sha-256 FINGERPRINT
a=setup:actpass
a=mid:0
a=sendrecv
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
";
