//! Characters that ICE credentials may not have.

use rtc_peer::Description;

use crate::peers::{START, lone, rejects};
use crate::record::subtests;

subtests! {
    "protocol/ice-ufragpwd.html", A1;

    setremotedescription_with_a_ice_ufrag_containing_a_non_ice_char_fails =
        "setRemoteDescription with a ice-ufrag containing a non-ice-char fails" => is_refused("ETEn", "E$En");
    setremotedescription_with_a_ice_pwd_containing_a_non_ice_char_fails =
        "setRemoteDescription with a ice-pwd containing a non-ice-char fails" => is_refused("K0Wp", "K$Wp");
}

fn is_refused(good: &str, bad: &str) {
    lone().set_remote_description(START, Description::offer(OFFER)).unwrap();
    assert!(OFFER.contains(good));
    let offer = Description::offer(OFFER.replace(good, bad));
    rejects(lone().set_remote_description(START, offer), "InvalidAccessError");
}

const OFFER: &str = "v=0
o=- 0 3 IN IP4 127.0.0.1
s=-
t=0 0
a=fingerprint:sha-256 A7:24:72:CA:6E:02:55:39:BA:66:DF:6E:CC:4C:D8:B0:1A:BF:1A:56:65:7D:F4:03:AD:7E:77:43:2A:29:EC:93
m=video 1 RTP/SAVPF 100
c=IN IP4 0.0.0.0
a=rtcp-mux
a=sendonly
a=mid:video
a=rtpmap:100 VP8/90000
a=setup:actpass
a=ice-ufrag:ETEn
a=ice-pwd:OtSK0WpNtpUjkY4+86js7Z/l
";
