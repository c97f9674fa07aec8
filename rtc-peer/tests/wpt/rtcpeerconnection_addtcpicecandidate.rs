//! Candidates over TCP, above all those aimed at ports that no browser connects to.

use std::time::Duration;

use rtc_peer::{Description, Event, IceCandidate, PeerConnection};

use crate::peers::{START, events, lone};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-addTcpIceCandidate.html", A1;

    tcp_candidate_aimed_at_fetch_bad_port_1_ignored =
        "TCP candidate aimed at Fetch bad port 1 ignored" => is_ignored(1);
    tcp_candidate_aimed_at_fetch_bad_port_7_ignored =
        "TCP candidate aimed at Fetch bad port 7 ignored" => is_ignored(7);
    tcp_candidate_aimed_at_fetch_bad_port_9_ignored =
        "TCP candidate aimed at Fetch bad port 9 ignored" => is_ignored(9);
    tcp_candidate_aimed_at_fetch_bad_port_11_ignored =
        "TCP candidate aimed at Fetch bad port 11 ignored" => is_ignored(11);
    tcp_candidate_aimed_at_fetch_bad_port_13_ignored =
        "TCP candidate aimed at Fetch bad port 13 ignored" => is_ignored(13);
    tcp_candidate_aimed_at_fetch_bad_port_15_ignored =
        "TCP candidate aimed at Fetch bad port 15 ignored" => is_ignored(15);
    tcp_candidate_aimed_at_fetch_bad_port_17_ignored =
        "TCP candidate aimed at Fetch bad port 17 ignored" => is_ignored(17);
    tcp_candidate_aimed_at_fetch_bad_port_19_ignored =
        "TCP candidate aimed at Fetch bad port 19 ignored" => is_ignored(19);
    tcp_candidate_aimed_at_fetch_bad_port_20_ignored =
        "TCP candidate aimed at Fetch bad port 20 ignored" => is_ignored(20);
    tcp_candidate_aimed_at_fetch_bad_port_21_ignored =
        "TCP candidate aimed at Fetch bad port 21 ignored" => is_ignored(21);
    tcp_candidate_aimed_at_fetch_bad_port_22_ignored =
        "TCP candidate aimed at Fetch bad port 22 ignored" => is_ignored(22);
    tcp_candidate_aimed_at_fetch_bad_port_23_ignored =
        "TCP candidate aimed at Fetch bad port 23 ignored" => is_ignored(23);
    tcp_candidate_aimed_at_fetch_bad_port_25_ignored =
        "TCP candidate aimed at Fetch bad port 25 ignored" => is_ignored(25);
    tcp_candidate_aimed_at_fetch_bad_port_37_ignored =
        "TCP candidate aimed at Fetch bad port 37 ignored" => is_ignored(37);
    tcp_candidate_aimed_at_fetch_bad_port_42_ignored =
        "TCP candidate aimed at Fetch bad port 42 ignored" => is_ignored(42);
    tcp_candidate_aimed_at_fetch_bad_port_43_ignored =
        "TCP candidate aimed at Fetch bad port 43 ignored" => is_ignored(43);
    tcp_candidate_aimed_at_fetch_bad_port_53_ignored =
        "TCP candidate aimed at Fetch bad port 53 ignored" => is_ignored(53);
    tcp_candidate_aimed_at_fetch_bad_port_69_ignored =
        "TCP candidate aimed at Fetch bad port 69 ignored" => is_ignored(69);
    tcp_candidate_aimed_at_fetch_bad_port_77_ignored =
        "TCP candidate aimed at Fetch bad port 77 ignored" => is_ignored(77);
    tcp_candidate_aimed_at_fetch_bad_port_79_ignored =
        "TCP candidate aimed at Fetch bad port 79 ignored" => is_ignored(79);
    tcp_candidate_aimed_at_fetch_bad_port_87_ignored =
        "TCP candidate aimed at Fetch bad port 87 ignored" => is_ignored(87);
    tcp_candidate_aimed_at_fetch_bad_port_95_ignored =
        "TCP candidate aimed at Fetch bad port 95 ignored" => is_ignored(95);
    tcp_candidate_aimed_at_fetch_bad_port_101_ignored =
        "TCP candidate aimed at Fetch bad port 101 ignored" => is_ignored(101);
    tcp_candidate_aimed_at_fetch_bad_port_102_ignored =
        "TCP candidate aimed at Fetch bad port 102 ignored" => is_ignored(102);
    tcp_candidate_aimed_at_fetch_bad_port_103_ignored =
        "TCP candidate aimed at Fetch bad port 103 ignored" => is_ignored(103);
    tcp_candidate_aimed_at_fetch_bad_port_104_ignored =
        "TCP candidate aimed at Fetch bad port 104 ignored" => is_ignored(104);
    tcp_candidate_aimed_at_fetch_bad_port_109_ignored =
        "TCP candidate aimed at Fetch bad port 109 ignored" => is_ignored(109);
    tcp_candidate_aimed_at_fetch_bad_port_110_ignored =
        "TCP candidate aimed at Fetch bad port 110 ignored" => is_ignored(110);
    tcp_candidate_aimed_at_fetch_bad_port_111_ignored =
        "TCP candidate aimed at Fetch bad port 111 ignored" => is_ignored(111);
    tcp_candidate_aimed_at_fetch_bad_port_113_ignored =
        "TCP candidate aimed at Fetch bad port 113 ignored" => is_ignored(113);
    tcp_candidate_aimed_at_fetch_bad_port_115_ignored =
        "TCP candidate aimed at Fetch bad port 115 ignored" => is_ignored(115);
    tcp_candidate_aimed_at_fetch_bad_port_117_ignored =
        "TCP candidate aimed at Fetch bad port 117 ignored" => is_ignored(117);
    tcp_candidate_aimed_at_fetch_bad_port_119_ignored =
        "TCP candidate aimed at Fetch bad port 119 ignored" => is_ignored(119);
    tcp_candidate_aimed_at_fetch_bad_port_123_ignored =
        "TCP candidate aimed at Fetch bad port 123 ignored" => is_ignored(123);
    tcp_candidate_aimed_at_fetch_bad_port_135_ignored =
        "TCP candidate aimed at Fetch bad port 135 ignored" => is_ignored(135);
    tcp_candidate_aimed_at_fetch_bad_port_137_ignored =
        "TCP candidate aimed at Fetch bad port 137 ignored" => is_ignored(137);
    tcp_candidate_aimed_at_fetch_bad_port_139_ignored =
        "TCP candidate aimed at Fetch bad port 139 ignored" => is_ignored(139);
    tcp_candidate_aimed_at_fetch_bad_port_143_ignored =
        "TCP candidate aimed at Fetch bad port 143 ignored" => is_ignored(143);
    tcp_candidate_aimed_at_fetch_bad_port_161_ignored =
        "TCP candidate aimed at Fetch bad port 161 ignored" => is_ignored(161);
    tcp_candidate_aimed_at_fetch_bad_port_179_ignored =
        "TCP candidate aimed at Fetch bad port 179 ignored" => is_ignored(179);
    tcp_candidate_aimed_at_fetch_bad_port_389_ignored =
        "TCP candidate aimed at Fetch bad port 389 ignored" => is_ignored(389);
    tcp_candidate_aimed_at_fetch_bad_port_427_ignored =
        "TCP candidate aimed at Fetch bad port 427 ignored" => is_ignored(427);
    tcp_candidate_aimed_at_fetch_bad_port_465_ignored =
        "TCP candidate aimed at Fetch bad port 465 ignored" => is_ignored(465);
    tcp_candidate_aimed_at_fetch_bad_port_512_ignored =
        "TCP candidate aimed at Fetch bad port 512 ignored" => is_ignored(512);
    tcp_candidate_aimed_at_fetch_bad_port_513_ignored =
        "TCP candidate aimed at Fetch bad port 513 ignored" => is_ignored(513);
    tcp_candidate_aimed_at_fetch_bad_port_514_ignored =
        "TCP candidate aimed at Fetch bad port 514 ignored" => is_ignored(514);
    tcp_candidate_aimed_at_fetch_bad_port_515_ignored =
        "TCP candidate aimed at Fetch bad port 515 ignored" => is_ignored(515);
    tcp_candidate_aimed_at_fetch_bad_port_526_ignored =
        "TCP candidate aimed at Fetch bad port 526 ignored" => is_ignored(526);
    tcp_candidate_aimed_at_fetch_bad_port_530_ignored =
        "TCP candidate aimed at Fetch bad port 530 ignored" => is_ignored(530);
    tcp_candidate_aimed_at_fetch_bad_port_531_ignored =
        "TCP candidate aimed at Fetch bad port 531 ignored" => is_ignored(531);
    tcp_candidate_aimed_at_fetch_bad_port_532_ignored =
        "TCP candidate aimed at Fetch bad port 532 ignored" => is_ignored(532);
    tcp_candidate_aimed_at_fetch_bad_port_540_ignored =
        "TCP candidate aimed at Fetch bad port 540 ignored" => is_ignored(540);
    tcp_candidate_aimed_at_fetch_bad_port_548_ignored =
        "TCP candidate aimed at Fetch bad port 548 ignored" => is_ignored(548);
    tcp_candidate_aimed_at_fetch_bad_port_554_ignored =
        "TCP candidate aimed at Fetch bad port 554 ignored" => is_ignored(554);
    tcp_candidate_aimed_at_fetch_bad_port_556_ignored =
        "TCP candidate aimed at Fetch bad port 556 ignored" => is_ignored(556);
    tcp_candidate_aimed_at_fetch_bad_port_563_ignored =
        "TCP candidate aimed at Fetch bad port 563 ignored" => is_ignored(563);
    tcp_candidate_aimed_at_fetch_bad_port_587_ignored =
        "TCP candidate aimed at Fetch bad port 587 ignored" => is_ignored(587);
    tcp_candidate_aimed_at_fetch_bad_port_601_ignored =
        "TCP candidate aimed at Fetch bad port 601 ignored" => is_ignored(601);
    tcp_candidate_aimed_at_fetch_bad_port_636_ignored =
        "TCP candidate aimed at Fetch bad port 636 ignored" => is_ignored(636);
    tcp_candidate_aimed_at_fetch_bad_port_989_ignored =
        "TCP candidate aimed at Fetch bad port 989 ignored" => is_ignored(989);
    tcp_candidate_aimed_at_fetch_bad_port_990_ignored =
        "TCP candidate aimed at Fetch bad port 990 ignored" => is_ignored(990);
    tcp_candidate_aimed_at_fetch_bad_port_993_ignored =
        "TCP candidate aimed at Fetch bad port 993 ignored" => is_ignored(993);
    tcp_candidate_aimed_at_fetch_bad_port_995_ignored =
        "TCP candidate aimed at Fetch bad port 995 ignored" => is_ignored(995);
    tcp_candidate_aimed_at_fetch_bad_port_1719_ignored =
        "TCP candidate aimed at Fetch bad port 1719 ignored" => is_ignored(1719);
    tcp_candidate_aimed_at_fetch_bad_port_1720_ignored =
        "TCP candidate aimed at Fetch bad port 1720 ignored" => is_ignored(1720);
    tcp_candidate_aimed_at_fetch_bad_port_1723_ignored =
        "TCP candidate aimed at Fetch bad port 1723 ignored" => is_ignored(1723);
    tcp_candidate_aimed_at_fetch_bad_port_2049_ignored =
        "TCP candidate aimed at Fetch bad port 2049 ignored" => is_ignored(2049);
    tcp_candidate_aimed_at_fetch_bad_port_3659_ignored =
        "TCP candidate aimed at Fetch bad port 3659 ignored" => is_ignored(3659);
    tcp_candidate_aimed_at_fetch_bad_port_4045_ignored =
        "TCP candidate aimed at Fetch bad port 4045 ignored" => is_ignored(4045);
    tcp_candidate_aimed_at_fetch_bad_port_5060_ignored =
        "TCP candidate aimed at Fetch bad port 5060 ignored" => is_ignored(5060);
    tcp_candidate_aimed_at_fetch_bad_port_5061_ignored =
        "TCP candidate aimed at Fetch bad port 5061 ignored" => is_ignored(5061);
    tcp_candidate_aimed_at_fetch_bad_port_6000_ignored =
        "TCP candidate aimed at Fetch bad port 6000 ignored" => is_ignored(6000);
    tcp_candidate_aimed_at_fetch_bad_port_6566_ignored =
        "TCP candidate aimed at Fetch bad port 6566 ignored" => is_ignored(6566);
    tcp_candidate_aimed_at_fetch_bad_port_6665_ignored =
        "TCP candidate aimed at Fetch bad port 6665 ignored" => is_ignored(6665);
    tcp_candidate_aimed_at_fetch_bad_port_6666_ignored =
        "TCP candidate aimed at Fetch bad port 6666 ignored" => is_ignored(6666);
    tcp_candidate_aimed_at_fetch_bad_port_6667_ignored =
        "TCP candidate aimed at Fetch bad port 6667 ignored" => is_ignored(6667);
    tcp_candidate_aimed_at_fetch_bad_port_6668_ignored =
        "TCP candidate aimed at Fetch bad port 6668 ignored" => is_ignored(6668);
    tcp_candidate_aimed_at_fetch_bad_port_6669_ignored =
        "TCP candidate aimed at Fetch bad port 6669 ignored" => is_ignored(6669);
    tcp_candidate_aimed_at_fetch_bad_port_6697_ignored =
        "TCP candidate aimed at Fetch bad port 6697 ignored" => is_ignored(6697);
    tcp_candidate_aimed_at_fetch_bad_port_10080_ignored =
        "TCP candidate aimed at Fetch bad port 10080 ignored" => is_ignored(10080);
    tcp_addicecandidate_aimed_at_fetch_bad_port_2049_ignored =
        "TCP addIceCandidate aimed at Fetch bad port 2049 ignored" => {
        let mut pc = answered(OFFER);
        let candidate = IceCandidate::new(candidate_for(2049), "audio1");
        pc.add_ice_candidate(START, &candidate).unwrap();
        stays_as_it_is(&mut pc);
    };

    [not applicable: "ICE over TCP is not spoken: such candidates are kept and ignored"]
        "TCP candidate aimed at port 8001 accepted",
        "TCP addIceCandidate aimed at port 8001 accepted";
}

fn is_ignored(port: u16) {
    let candidate = candidate_for(port);
    let mut pc = answered(&format!("{OFFER}a={candidate}\n"));
    assert!(pc.remote_description().unwrap().sdp.contains(&format!(" {port} typ host tcptype")));
    stays_as_it_is(&mut pc);
}

fn answered(offer: &str) -> PeerConnection {
    let mut pc = lone();
    pc.set_remote_description(START, Description::offer(offer)).unwrap();
    let answer = pc.create_answer().unwrap();
    pc.set_local_description(START, Some(answer)).unwrap();
    events(&mut pc);
    pc
}

/// For half a second nothing is sent, and the state of ICE does not change.
fn stays_as_it_is(pc: &mut PeerConnection) {
    let state = pc.ice_connection_state();
    let end = START + Duration::from_millis(500);
    let mut now = START;
    let mut buffer = Vec::new();
    while now < end {
        assert!(pc.poll_transmit(now, 1, &mut buffer).is_none());
        for event in events(pc) {
            assert!(!matches!(event, Event::IceConnectionStateChange(_)), "{event:?}");
        }
        now = pc.poll_timeout().unwrap_or(end).min(end);
        pc.handle_timeout(now);
    }
    assert_eq!(pc.ice_connection_state(), state);
}

fn candidate_for(port: u16) -> String {
    format!(
        "candidate:2983561038 1 tcp 1518214911 127.0.0.1 {port} typ host tcptype passive generation 0 ufrag 655Y network-id 1 network-cost 10"
    )
}

const OFFER: &str = "v=0
o=- 166855176514521964 2 IN IP4 127.0.0.1
s=-
t=0 0
a=msid-semantic:WMS *
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:655Y
a=ice-pwd:somelongpwdwithenoughrandomness
a=fingerprint:sha-256 00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00
a=setup:actpass
a=mid:audio1
a=sendonly
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=ssrc:1001 cname:some
";
