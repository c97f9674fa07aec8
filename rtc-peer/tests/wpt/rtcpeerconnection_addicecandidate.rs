//! Remote candidates, and how they become part of the remote description.

use rtc_peer::{IceCandidate, PeerConnection};

use crate::peers::{START, lone};
use crate::record::{NO_TYPES, subtests};

subtests! {
    "RTCPeerConnection-addIceCandidate.html", A1;

    add_ice_candidate_before_setting_remote_description_should_reject_with_invalidstateerror =
        "Add ICE candidate before setting remote description should reject with InvalidStateError" => refused_by(&mut lone(), first(), "InvalidStateError");
    addicecandidate_after_close_should_reject_with_invalidstateerror =
        "addIceCandidate after close should reject with InvalidStateError" => {
        let mut pc = with_offer();
        pc.close();
        refused_by(&mut pc, first(), "InvalidStateError");
    };
    addicecandidate_candidate_sdpmid_null_sdpmlineindex_null_works =
        "addIceCandidate({\"candidate\":\"\",\"sdpMid\":null,\"sdpMLineIndex\":null}) works" => {
        let end = IceCandidate { candidate: String::new(), sdp_mid: None, sdp_m_line_index: None, username_fragment: None };
        with_offer().add_ice_candidate(START, &end).unwrap();
    };
    addicecandidate_candidate_sdpmid_null_sdpmlineindex_null_adds_a_end_of_candidates_to_both_m_sections =
        "addIceCandidate({\"candidate\":\"\",\"sdpMid\":null,\"sdpMLineIndex\":null}) adds a=end-of-candidates to both m-sections" => {
        let end = IceCandidate { candidate: String::new(), sdp_mid: None, sdp_m_line_index: None, username_fragment: None };
        assert_eq!(places(&mut with_offer(), &[end], END), [false, true, true]);
    };
    addicecandidate_works = "addIceCandidate({}) works" => with_offer().add_ice_candidate(START, &IceCandidate::default()).unwrap();
    addicecandidate_adds_a_end_of_candidates_to_both_m_sections =
        "addIceCandidate({}) adds a=end-of-candidates to both m-sections" => {
        let end = IceCandidate::default();
        assert_eq!(places(&mut with_offer(), &[end], END), [false, true, true]);
    };
    addicecandidate_in_stable_should_work_and_add_a_end_of_candidates_to_both_m_sections =
        "addIceCandidate({}) in stable should work, and add a=end-of-candidates to both m-sections" => {
        let mut pc = with_offer();
        let answer = pc.create_answer().unwrap();
        pc.set_local_description(START, Some(answer)).unwrap();
        assert_eq!(places(&mut pc, &[IceCandidate::default()], END), [false, true, true]);
    };
    addicecandidate_usernamefragment_usernamefragment1_sdpmid_sdpmid1_should_work_and_add_a_end_of_candidates_to_the_first_m_section =
        "addIceCandidate({usernameFragment: usernameFragment1, sdpMid: sdpMid1}) should work, and add a=end-of-candidates to the first m-section" => {
        let end = IceCandidate {
            sdp_mid: Some("a1".into()),
            username_fragment: Some("ETEn".into()),
            ..IceCandidate::default()
        };
        assert_eq!(places(&mut with_offer(), &[end], END), [false, true, false]);
    };
    addicecandidate_usernamefragment_usernamefragment2_sdpmlineindex_1_should_work_and_add_a_end_of_candidates_to_the_first_m_section =
        "addIceCandidate({usernameFragment: usernameFragment2, sdpMLineIndex: 1}) should work, and add a=end-of-candidates to the first m-section" => {
        let end = IceCandidate {
            sdp_m_line_index: Some(1),
            username_fragment: Some("BGKk".into()),
            ..IceCandidate::default()
        };
        assert_eq!(places(&mut with_offer(), &[end], END), [false, false, true]);
    };
    addicecandidate_usernamefragment_no_such_ufrag_should_not_work =
        "addIceCandidate({usernameFragment: \"no such ufrag\"}) should not work" => {
        let end = IceCandidate {
            username_fragment: Some("no such ufrag".into()),
            ..IceCandidate::default()
        };
        refused(end, "OperationError");
    };
    add_ice_candidate_after_setting_remote_description_should_succeed =
        "Add ICE candidate after setting remote description should succeed" => goes_to(&[first_without_ufrag()], CANDIDATE_1, [false, true, false]);
    add_ice_candidate_with_rtcicecandidate_should_succeed =
        "Add ICE candidate with RTCIceCandidate should succeed" => accepted(first_without_ufrag());
    add_candidate_with_only_valid_sdpmid_should_succeed =
        "Add candidate with only valid sdpMid should succeed" => accepted(IceCandidate::new(CANDIDATE_1, "a1"));
    add_candidate_with_only_valid_sdpmid_and_rtcicecandidate_should_succeed =
        "Add candidate with only valid sdpMid and RTCIceCandidate should succeed" => accepted(IceCandidate::new(CANDIDATE_1, "a1"));
    add_candidate_with_only_valid_sdpmlineindex_should_succeed =
        "Add candidate with only valid sdpMLineIndex should succeed" => accepted(IceCandidate { sdp_mid: None, ..first_without_ufrag() });
    addicecandidate_with_first_sdpmid_and_sdpmlineindex_add_candidate_to_first_media_stream =
        "addIceCandidate with first sdpMid and sdpMLineIndex add candidate to first media stream" => goes_to(&[first_without_ufrag()], CANDIDATE_1, [false, true, false]);
    addicecandidate_with_second_sdpmid_and_sdpmlineindex_should_add_candidate_to_second_media_stream =
        "addIceCandidate with second sdpMid and sdpMLineIndex should add candidate to second media stream" => goes_to(&[second()], CANDIDATE_2, [false, false, true]);
    add_candidate_for_first_media_stream_with_null_usernamefragment_should_add_candidate_to_first_media_stream =
        "Add candidate for first media stream with null usernameFragment should add candidate to first media stream" => goes_to(&[first_without_ufrag()], CANDIDATE_1, [false, true, false]);
    adding_multiple_candidates_should_add_candidates_to_their_corresponding_media_stream =
        "Adding multiple candidates should add candidates to their corresponding media stream" => {
        let mut pc = with_offer();
        let candidates = [first_without_ufrag(), second()];
        assert_eq!(places(&mut pc, &candidates, CANDIDATE_1), [false, true, false]);
        assert_eq!(places(&mut pc, &[], CANDIDATE_2), [false, false, true]);
    };
    add_with_empty_candidate_string_end_of_candidates_should_succeed =
        "Add with empty candidate string (end of candidates) should succeed" => {
        let mut pc = with_offer();
        let end = IceCandidate { candidate: String::new(), ..first_without_ufrag() };
        let candidates = [first_without_ufrag(), end];
        assert_eq!(places(&mut pc, &candidates, CANDIDATE_1), [false, true, false]);
        assert_eq!(places(&mut pc, &[], END), [false, true, false]);
    };
    add_candidate_with_both_sdpmid_and_sdpmlineindex_manually_set_to_null_should_reject_with_typeerror =
        "Add candidate with both sdpMid and sdpMLineIndex manually set to null should reject with TypeError" => {
        let nowhere = IceCandidate { sdp_mid: None, sdp_m_line_index: None, ..first_without_ufrag() };
        refused(nowhere, "TypeError");
    };
    addicecandidate_with_a_candidate_and_neither_sdpmid_nor_sdpmlineindex_should_reject_with_typeerror =
        "addIceCandidate with a candidate and neither sdpMid nor sdpMLineIndex should reject with TypeError" => refused(only(CANDIDATE_1), "TypeError");
    add_candidate_with_only_valid_candidate_string_should_reject_with_typeerror =
        "Add candidate with only valid candidate string should reject with TypeError" => refused(only(CANDIDATE_1), "TypeError");
    add_candidate_with_invalid_candidate_string_and_both_sdpmid_and_sdpmlineindex_null_should_reject_with_typeerror =
        "Add candidate with invalid candidate string and both sdpMid and sdpMLineIndex null should reject with TypeError" => refused(only(INVALID), "TypeError");
    add_candidate_with_invalid_sdpmid_should_reject_with_operationerror =
        "Add candidate with invalid sdpMid should reject with OperationError" => refused(
        IceCandidate { sdp_mid: Some("invalid".into()), ..first_without_ufrag() },
        "OperationError",
    );
    add_candidate_with_invalid_sdpmlineindex_should_reject_with_operationerror =
        "Add candidate with invalid sdpMLineIndex should reject with OperationError" => refused(
        IceCandidate { sdp_mid: None, sdp_m_line_index: Some(2), ..first_without_ufrag() },
        "OperationError",
    );
    invalid_sdpmlineindex_should_be_ignored_if_valid_sdpmid_is_provided =
        "Invalid sdpMLineIndex should be ignored if valid sdpMid is provided" => accepted(IceCandidate { sdp_m_line_index: Some(2), ..first_without_ufrag() });
    add_candidate_for_media_stream_2_with_null_usernamefragment_should_succeed =
        "Add candidate for media stream 2 with null usernameFragment should succeed" => goes_to(
        &[IceCandidate { username_fragment: None, ..second() }],
        CANDIDATE_2,
        [false, false, true],
    );
    add_candidate_with_invalid_usernamefragment_should_reject_with_operationerror =
        "Add candidate with invalid usernameFragment should reject with OperationError" => refused(
        IceCandidate { username_fragment: Some("invalid".into()), ..first() },
        "OperationError",
    );
    add_candidate_with_invalid_candidate_string_should_reject_with_operationerror =
        "Add candidate with invalid candidate string should reject with OperationError" => refused(
        IceCandidate { candidate: INVALID.into(), ..first_without_ufrag() },
        "OperationError",
    );
    add_candidate_with_sdpmid_belonging_to_different_usernamefragment_should_reject_with_operationerror =
        "Add candidate with sdpMid belonging to different usernameFragment should reject with OperationError" => refused(
        IceCandidate { username_fragment: Some("ETEn".into()), ..second() },
        "OperationError",
    );

    [not applicable: "an argument cannot be left out"]
        "addIceCandidate(undefined) works",
        "addIceCandidate(undefined) adds a=end-of-candidates to both m-sections",
        "addIceCandidate(null) works",
        "addIceCandidate(null) adds a=end-of-candidates to both m-sections";
    [not applicable: NO_TYPES]
        "addIceCandidate should not recognize relayProtocol or url";
}

fn first() -> IceCandidate {
    IceCandidate { username_fragment: Some("ETEn".into()), ..first_without_ufrag() }
}

/// Most subtests misspell `usernameFragment` and so give none.
fn first_without_ufrag() -> IceCandidate {
    IceCandidate {
        candidate: CANDIDATE_1.into(),
        sdp_mid: Some("a1".into()),
        sdp_m_line_index: Some(0),
        username_fragment: None,
    }
}

fn second() -> IceCandidate {
    IceCandidate {
        candidate: CANDIDATE_2.into(),
        sdp_mid: Some("v1".into()),
        sdp_m_line_index: Some(1),
        username_fragment: Some("BGKk".into()),
    }
}

fn only(candidate: &str) -> IceCandidate {
    IceCandidate { candidate: candidate.into(), ..IceCandidate::default() }
}

fn with_offer() -> PeerConnection {
    let mut pc = lone();
    pc.set_remote_description(START, rtc_peer::Description::offer(OFFER)).unwrap();
    pc
}

fn accepted(candidate: IceCandidate) {
    with_offer().add_ice_candidate(START, &candidate).unwrap();
}

fn refused(candidate: IceCandidate, exception: &str) {
    refused_by(&mut with_offer(), candidate, exception);
}

#[track_caller]
fn refused_by(pc: &mut PeerConnection, candidate: IceCandidate, exception: &str) {
    let before = pc.remote_description();
    let error = pc.add_ice_candidate(START, &candidate).unwrap_err();
    assert_eq!(error.exception().name(), exception);
    assert_eq!(pc.remote_description(), before);
}

#[track_caller]
fn goes_to(candidates: &[IceCandidate], line: &str, expected: [bool; 3]) {
    assert_eq!(places(&mut with_offer(), candidates, line), expected);
}

/// Whether a line is in the remote description, once these have been added: above all m-sections,
/// in the first one, in the second one.
fn places(pc: &mut PeerConnection, candidates: &[IceCandidate], line: &str) -> [bool; 3] {
    for candidate in candidates {
        pc.add_ice_candidate(START, candidate).unwrap();
    }
    let sdp = pc.remote_description().unwrap().sdp;
    let (above, rest) = sdp.split_once("\r\nm=audio").unwrap();
    let (first, second) = rest.split_once("\r\nm=video").unwrap();
    [above, first, second].map(|part| part.split("\r\n").any(|found| found == format!("a={line}")))
}

const END: &str = "end-of-candidates";
const CANDIDATE_1: &str = "candidate:1 1 udp 2113929471 203.0.113.100 10100 typ host";
const CANDIDATE_2: &str = "candidate:1 2 udp 2113929470 203.0.113.100 10101 typ host";
const INVALID: &str = "(Invalid) candidate \r\n string";

/// Audio and video, each on a transport of its own.
pub(crate) const OFFER: &str = "v=0
o=- 4962303333179871722 1 IN IP4 0.0.0.0
s=-
t=0 0
a=ice-options:trickle
a=group:BUNDLE a1 v1
a=group:LS a1 v1
m=audio 10100 UDP/TLS/RTP/SAVPF 96 0
c=IN IP4 203.0.113.100
a=mid:a1
a=sendrecv
a=rtpmap:96 opus/48000/2
a=rtpmap:0 PCMU/8000
a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
a=msid:stream track-of-audio
a=ice-ufrag:ETEn
a=ice-pwd:OtSK0WpNtpUjkY4+86js7ZQl
a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2
a=setup:actpass
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
a=msid:stream track-of-video
a=ice-ufrag:BGKk
a=ice-pwd:mqyWsAjvtKwTGnvhPztQ9mIf
a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2
a=setup:actpass
a=rtcp:10103 IN IP4 203.0.113.100
a=rtcp-mux
a=rtcp-rsize
";
