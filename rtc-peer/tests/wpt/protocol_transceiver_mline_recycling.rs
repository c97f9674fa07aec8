//! M-sections that are used again.

use rtc_peer::{Description, MediaKind, PeerConnection};

use crate::media::{add, ids, stop};
use crate::peers::{START, exchange, lines, lone, offer, other};
use crate::record::subtests;

subtests! {
    "protocol/transceiver-mline-recycling.html", A1;

    reuses_m_lines_in_local_negotiation = "Reuses m-lines in local negotiation" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add(&mut pc1, MediaKind::Audio);
        exchange(&mut pc1, &mut pc2);
        for kind in [MediaKind::Audio, MediaKind::Video, MediaKind::Video] {
            let id = ids(&pc1)[0];
            stop(&mut pc1, id);
            exchange(&mut pc1, &mut pc2);
            add(&mut pc1, kind);
            exchange(&mut pc1, &mut pc2);
            let sdp = pc1.local_description().unwrap().sdp;
            assert_eq!(lines(&sdp, "m="), 1);
            assert_eq!(lines(&sdp, &format!("m={kind} 9 ")), 1);
        }
    };
    reuses_m_lines_in_remote_negotiation = "Reuses m-lines in remote negotiation" => {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            let mut pc = after_rejection();
            add(&mut pc, kind);
            let sdp = offer(&mut pc).sdp;
            assert_eq!(lines(&sdp, "m="), 1);
            assert_eq!(lines(&sdp, &format!("m={kind} 9 ")), 1);
        }
    };
}

/// A connection that was offered nothing but a rejected m-section.
fn after_rejection() -> PeerConnection {
    let mut pc = lone();
    pc.set_remote_description(START, Description::offer(OFFER)).unwrap();
    pc.set_local_description(START, None).unwrap();
    assert_eq!(pc.transceivers().count(), 0);
    pc
}

const OFFER: &str = "v=0
o=- 0 3 IN IP4 127.0.0.1
s=-
t=0 0
a=fingerprint:sha-256 A7:24:72:CA:6E:02:55:39:BA:66:DF:6E:CC:4C:D8:B0:1A:BF:1A:56:65:7D:F4:03:AD:7E:77:43:2A:29:EC:93
m=video 0 UDP/TLS/RTP/SAVPF 100
c=IN IP4 0.0.0.0
a=rtcp-mux
a=sendonly
a=mid:video
a=rtpmap:100 VP8/90000
a=setup:actpass
a=ice-ufrag:ETEn
a=ice-pwd:OtSK0WpNtpUjkY4+86js7Z/l
";
