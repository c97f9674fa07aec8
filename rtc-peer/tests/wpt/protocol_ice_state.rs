//! The state of ICE with candidates that come, that are bad or that are missing.

use rtc_peer::{Description, Event, IceCandidate, IceConnectionState, MediaKind};

use crate::media::add_track;
use crate::peers::{Peers, START, Who, lone, offer};
use crate::record::subtests;
use crate::states::{ice_states, listen_to_ice_connected};

subtests! {
    "protocol/ice-state.https.html", B;

    pc_should_enter_connected_or_completed_state_when_candidates_are_sent =
        "PC should enter connected (or completed) state when candidates are sent" => {
        let mut peers = Peers::new();
        add_track(peers.pc1(), MediaKind::Video);
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        listen_to_ice_connected(&mut peers, Who::Alice);
    };
    pc_should_generate_offer_with_a_ice_options_trickle =
        "PC should generate offer with a=ice-options:trickle" => {
        let mut pc = lone();
        add_track(&mut pc, MediaKind::Video);
        assert!(offer(&mut pc).sdp.contains("a=ice-options:trickle"));
    };
    pc_should_enter_disconnected_state_when_a_failing_candidate_is_sent =
        "PC should enter disconnected state when a failing candidate is sent" => {
        let mut peers = Peers::new();
        peers.pc1().set_remote_description(START, Description::offer(SDP)).unwrap();
        let answer = peers.pc1().create_answer().unwrap();
        peers.pc1().set_local_description(START, Some(answer.clone())).unwrap();
        assert!(answer.sdp.contains("a=ice-options:trickle"));
        // Of a network for documentation: nobody answers.
        let mut candidate = IceCandidate::new("candidate:1 1 udp 2113929471 203.0.113.100 10100 typ host", "a1");
        candidate.username_fragment = Some("ETEn".into());
        peers.pc1().add_ice_candidate(START, &candidate).unwrap();
        peers.wait_for(Who::Alice, |event| *event == Event::IceConnectionStateChange(IceConnectionState::Disconnected));
        assert!(!ice_states(&mut peers, Who::Alice).contains(&IceConnectionState::Failed));
    };
}

/// The offer of RFC 9429, section 7.1.
const SDP: &str = "v=0
o=- 4962303333179871722 1 IN IP4 0.0.0.0
s=-
t=0 0
a=ice-options:trickle
a=group:BUNDLE a1 v1
a=group:LS a1 v1
m=audio 10100 UDP/TLS/RTP/SAVPF 96 0 8 97 98
c=IN IP4 203.0.113.100
a=mid:a1
a=sendrecv
a=rtpmap:96 opus/48000/2
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:97 telephone-event/8000
a=rtpmap:98 telephone-event/48000
a=maxptime:120
a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=msid:47017fee-b6c1-4162-929c-a25110252400 f83006c5-a0ff-4e0a-9ed9-d3e6747be7d9
a=ice-ufrag:ETEn
a=ice-pwd:OtSK0WpNtpUjkY4+86js7ZQl
a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2
a=setup:actpass
a=dtls-id:1
a=rtcp:10101 IN IP4 203.0.113.100
a=rtcp-mux
a=rtcp-rsize
m=video 10102 UDP/TLS/RTP/SAVPF 100 101
c=IN IP4 203.0.113.100
a=mid:v1
a=sendrecv
a=rtpmap:100 VP8/90000
a=rtpmap:101 rtx/90000
a=fmtp:101 apt=100
a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
a=rtcp-fb:100 ccm fir
a=rtcp-fb:100 nack
a=rtcp-fb:100 nack pli
a=msid:47017fee-b6c1-4162-929c-a25110252400 f30bdb4a-5db8-49b5-bcdc-e0c9a23172e0
a=ice-ufrag:BGKk
a=ice-pwd:mqyWsAjvtKwTGnvhPztQ9mIf
a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2
a=setup:actpass
a=dtls-id:1
a=rtcp:10103 IN IP4 203.0.113.100
a=rtcp-mux
a=rtcp-rsize
";
