//! Parameters of VP8.

use rtc_peer::Description;

use crate::media::{ids, parameters};
use crate::peers::{START, lone};
use crate::record::subtests;

subtests! {
    "protocol/vp8-fmtp.html", A1;

    setremotedescription_parses_max_fr_and_max_fs_fmtp_parameters =
        "setRemoteDescription parses max-fr and max-fs fmtp parameters" => {
        let mut pc = lone();
        pc.set_remote_description(START, Description::offer(OFFER)).unwrap();
        pc.set_local_description(START, None).unwrap();
        let id = ids(&pc)[0];
        let codec = parameters(&mut pc, id).codecs[0].codec.clone();
        let fmtp = codec.sdp_fmtp_line.unwrap();
        let parts: Vec<&str> = fmtp.split(';').collect();
        assert!(parts.contains(&"max-fr=30"));
        assert!(parts.contains(&"max-fs=3600"));
    };
}

const OFFER: &str = "v=0
o=- 0 3 IN IP4 127.0.0.1
s=-
t=0 0
a=fingerprint:sha-256 A7:24:72:CA:6E:02:55:39:BA:66:DF:6E:CC:4C:D8:B0:1A:BF:1A:56:65:7D:F4:03:AD:7E:77:43:2A:29:EC:93
m=video 9 UDP/TLS/RTP/SAVPF 100
c=IN IP4 0.0.0.0
a=rtcp-mux
a=sendonly
a=mid:video
a=rtpmap:100 VP8/90000
a=fmtp:100 max-fr=30;max-fs=3600
a=setup:actpass
a=ice-ufrag:ETEn
a=ice-pwd:OtSK0WpNtpUjkY4+86js7Z/l
";
