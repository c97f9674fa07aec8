//! Keys in descriptions, which nobody may use any more.

use rtc_peer::{Description, MediaKind};

use crate::media::add;
use crate::peers::{START, lone, offer, rejects};
use crate::record::subtests;

subtests! {
    "protocol/sdes-dont-dont-dont.html", A1;

    does_not_create_offers_with_sdes = "Does not create offers with SDES" => {
        let mut pc = lone();
        add(&mut pc, MediaKind::Audio);
        let sdp = offer(&mut pc).sdp;
        assert!(sdp.contains("\r\na=fingerprint:"));
        assert!(!sdp.contains("\na=crypto:"));
    };
    rejects_a_remote_offer_that_only_includes_sdes_and_no_dtls_fingerprint =
        "rejects a remote offer that only includes SDES and no DTLS fingerprint" => {
        let result = lone().set_remote_description(START, Description::offer(OFFER));
        rejects(result, "InvalidAccessError");
    };
}

const OFFER: &str = "v=0
o=- 0 3 IN IP4 127.0.0.1
s=-
t=0 0
m=video 9 UDP/TLS/RTP/SAVPF 100
c=IN IP4 0.0.0.0
a=rtcp-mux
a=sendonly
a=mid:video
a=rtpmap:100 VP8/90000
a=fmtp:100 max-fr=30;max-fs=3600
a=crypto:0 AES_CM_128_HMAC_SHA1_80 inline:2nra27hTUb9ilyn2rEkBEQN9WOFts26F/jvofasw
a=ice-ufrag:ETEn
a=ice-pwd:OtSK0WpNtpUjkY4+86js7Z/l
";
