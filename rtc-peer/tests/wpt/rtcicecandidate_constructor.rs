//! What a candidate is made of.

use rtc_peer::IceCandidate;
use rtc_sdp::{CandidateKind, TcpType};

use crate::record::subtests;

subtests! {
    "RTCIceCandidate-constructor.html", A1;

    new_rtcicecandidate_sdpmid_audio = "new RTCIceCandidate({ sdpMid: 'audio' })" => {
        let candidate = IceCandidate { sdp_mid: Some("audio".into()), ..IceCandidate::default() };
        assert_eq!(parts(&candidate), ("", Some("audio"), None, None));
    };
    new_rtcicecandidate_sdpmlineindex_0 = "new RTCIceCandidate({ sdpMLineIndex: 0 })" => {
        let candidate = IceCandidate { sdp_m_line_index: Some(0), ..IceCandidate::default() };
        assert_eq!(parts(&candidate), ("", None, Some(0), None));
    };
    new_rtcicecandidate_sdpmid_audio_sdpmlineindex_0 =
        "new RTCIceCandidate({ sdpMid: 'audio', sdpMLineIndex: 0 })" => {
        let candidate = IceCandidate {
            sdp_mid: Some("audio".into()),
            sdp_m_line_index: Some(0),
            ..IceCandidate::default()
        };
        assert_eq!(parts(&candidate), ("", Some("audio"), Some(0), None));
    };
    new_rtcicecandidate_candidate_sdpmid_audio =
        "new RTCIceCandidate({ candidate: '', sdpMid: 'audio' }" => {
        let candidate = IceCandidate::new("", "audio");
        assert_eq!(parts(&candidate), ("", Some("audio"), None, None));
    };
    new_rtcicecandidate_with_valid_candidate_string_and_sdpmid =
        "new RTCIceCandidate({ ... }) with valid candidate string and sdpMid" => {
        let candidate = IceCandidate::new(UDP, "audio");
        assert_eq!(parts(&candidate), (UDP, Some("audio"), None, None));
    };
    new_rtcicecandidate_with_invalid_candidate_string_and_sdpmid =
        "new RTCIceCandidate({ ... }) with invalid candidate string and sdpMid" => {
        let candidate = IceCandidate::new(ARBITRARY, "audio");
        assert_eq!(parts(&candidate), (ARBITRARY, Some("audio"), None, None));
    };
    new_rtcicecandidate_with_nondefault_values_for_most_fields =
        "new RTCIceCandidate({ ... }) with nondefault values for most fields" => {
        let candidate = IceCandidate {
            sdp_m_line_index: Some(1),
            username_fragment: Some("test".into()),
            ..IceCandidate::new(UDP, "video")
        };
        assert_eq!(parts(&candidate), (UDP, Some("video"), Some(1), Some("test")));
        let parsed = candidate.parse().unwrap();
        assert_eq!(&*parsed.foundation, "1905690388");
        assert_eq!(parsed.component, 1);
        assert_eq!(parsed.priority, 2_113_937_151);
        assert_eq!(parsed.address.as_str(), "192.168.0.1");
        assert_eq!(parsed.transport.as_str(), "udp");
        assert_eq!(parsed.port, 58041);
        assert_eq!(parsed.kind, CandidateKind::Host);
        assert_eq!(parsed.tcp_type, None);
        assert_eq!(parsed.related_address, None);
        assert_eq!(parsed.related_port, None);
    };
    new_rtcicecandidate_with_nondefault_values_for_most_fields_tcp_candidate =
        "new RTCIceCandidate({ ... }) with nondefault values for most fields, tcp candidate" => {
        let candidate = IceCandidate {
            sdp_m_line_index: Some(1),
            username_fragment: Some("user1".into()),
            ..IceCandidate::new(TCP, "video")
        };
        assert_eq!(parts(&candidate), (TCP, Some("video"), Some(1), Some("user1")));
        let parsed = candidate.parse().unwrap();
        assert_eq!(&*parsed.foundation, "435653019");
        assert_eq!(parsed.component, 2);
        assert_eq!(parsed.priority, 1_845_501_695);
        assert_eq!(parsed.address.as_str(), "192.168.0.196");
        assert_eq!(parsed.transport.as_str(), "tcp");
        assert_eq!(parsed.port, 4444);
        assert_eq!(parsed.kind, CandidateKind::Srflx);
        assert_eq!(parsed.tcp_type, Some(TcpType::Active));
        assert_eq!(parsed.related_address.unwrap().as_str(), "www.example.com");
        assert_eq!(parsed.related_port, Some(22222));
    };
    new_rtcicecandidate_with_invalid_sdpmid = "new RTCIceCandidate({ ... }) with invalid sdpMid" => {
        let candidate = IceCandidate { sdp_mid: Some(ARBITRARY.into()), ..IceCandidate::default() };
        assert_eq!(parts(&candidate), ("", Some(ARBITRARY), None, None));
    };
    new_rtcicecandidate_with_invalid_sdpmlineindex =
        "new RTCIceCandidate({ ... }) with invalid sdpMLineIndex" => {
        let candidate = IceCandidate { sdp_m_line_index: Some(65535), ..IceCandidate::default() };
        assert_eq!(parts(&candidate), ("", None, Some(65535), None));
    };

    [not applicable: "a candidate is an RTCIceCandidateInit: what is wrong with it is said when it is added"]
        "new RTCIceCandidate()",
        "new RTCIceCandidate({})",
        "new RTCIceCandidate({ ... }) with manually filled default values",
        "new RTCIceCandidate({ sdpMid: null, sdpMLineIndex: null })",
        "new RTCIceCandidate({ candidate: '' })",
        "new RTCIceCandidate({ candidate: null })",
        "new RTCIceCandidate({ ... }) with valid candidate string only",
        "new RTCIceCandidate({ candidate: null, sdpMLineIndex: 0 }";
    [not applicable: "relayProtocol and url are never signalled, and are no part of a candidate"]
        "new RTCIceCandidate({ ... }) with nondefault values for all fields",
        "new RTCIceCandidate({ ... }) with nondefault values for all fields, tcp candidate",
        "new RTCIceCandidate({ relayProtocol, url }) cloned vs signaled";
}

type Parts<'a> = (&'a str, Option<&'a str>, Option<u16>, Option<&'a str>);

fn parts(candidate: &IceCandidate) -> Parts<'_> {
    (
        &candidate.candidate,
        candidate.sdp_mid.as_deref(),
        candidate.sdp_m_line_index,
        candidate.username_fragment.as_deref(),
    )
}

const UDP: &str = "candidate:1905690388 1 udp 2113937151 192.168.0.1 58041 typ host generation 0 ufrag thC8 network-cost 50";
const TCP: &str = "candidate:435653019 2 tcp 1845501695 192.168.0.196 4444 typ srflx raddr www.example.com rport 22222 tcptype active";
const ARBITRARY: &str = "<arbitrary string[0] content>;";
