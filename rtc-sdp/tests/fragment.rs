//! Bodies of `application/trickle-ice-sdpfrag` (RFC 8840 section 9).

use proptest::prelude::*;
use rtc_sdp::{
    Candidate, Format, FragmentMedia, Group, IcePassword, MediaKind, ParseErrorKind,
    SessionDescription, TransportProtocol, TrickleFragment,
};

#[test]
fn an_info_body_of_rfc_8840_is_read() {
    let text = "a=group:BUNDLE foo bar\r\na=ice-ufrag:8hhY\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\n\
        m=audio 9 RTP/AVP 0\r\na=mid:foo\r\na=rtcp-mux\r\n\
        a=candidate:1 1 UDP 1658497328 2001:db8:a0b:12f0::3 5000 typ host\r\n";
    let fragment = TrickleFragment::parse(text).expect("the body");
    assert_eq!(fragment.groups, [Group::bundle(["foo", "bar"])]);
    let [media] = &fragment.media[..] else { panic!("{fragment:?}") };
    assert_eq!(media.mid.as_deref(), Some("foo"));
    assert!(media.rtcp_mux && !media.end_of_candidates);
    assert_eq!(media.candidates.len(), 1);
    assert_eq!(fragment.ufrag(media), Some("8hhY"));
    assert_eq!(fragment.pwd(media).map(IcePassword::as_str), Some("asd88fgpdd777uzjYhagZg"));
    assert_eq!(fragment.to_string(), text);
}

#[test]
fn a_restart_of_whip_is_read() {
    // RFC 9725 section 4.3.3.
    let text = "a=ice-lite\r\na=ice-options:trickle ice2\r\na=group:BUNDLE 0 1\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:289b31b754eaa438\r\n\
        a=ice-pwd:0b66f472495ef0ccac7bda653ab6be49ea13114472a5d10a\r\n\
        a=candidate:1 1 udp 2130706431 198.51.100.1 39132 typ host\r\na=end-of-candidates\r\n";
    let fragment: TrickleFragment = text.parse().expect("the body");
    assert!(fragment.ice_lite);
    let [media] = &fragment.media[..] else { panic!("{fragment:?}") };
    assert_eq!(fragment.ufrag(media), Some("289b31b754eaa438"));
    assert!(media.end_of_candidates && !fragment.end_of_candidates);
    assert_eq!(media.formats, [Format::PayloadType(111)]);
    assert_eq!(fragment.to_string(), text);
}

#[test]
fn names_are_read_in_any_case_and_strangers_are_ignored() {
    let text = "a=ICE-Ufrag:8hhY\na=x-new:1\na=End-Of-Candidates\na=ice-pacing:5\n\
        m=audio 9 RTP/AVP 0\na=MID:foo\na=sendrecv\na=candidate:bad\na=RTCP-mux-only\n\
        a=Candidate:1 1 UDP 1 ::1 5000 typ host\n";
    let fragment = TrickleFragment::parse(text).expect("the body");
    assert_eq!(fragment.ice_ufrag.as_deref(), Some("8hhY"));
    assert!(fragment.end_of_candidates);
    assert_eq!(fragment.ice_pacing, Some(5));
    assert_eq!(fragment.media[0].mid.as_deref(), Some("foo"));
    assert_eq!(fragment.media[0].candidates.len(), 1);
    assert!(fragment.media[0].rtcp_mux_only);
    assert_eq!(TrickleFragment::parse(&fragment.to_string()), Ok(fragment));
    assert_eq!(TrickleFragment::parse(""), Ok(TrickleFragment::default()));
}

#[test]
fn a_whole_description_is_a_fragment_too() {
    let text = include_str!("samples/firefox-offer.sdp");
    let session = SessionDescription::parse(text).expect("the offer");
    let fragment = TrickleFragment::parse(text).expect("the same");
    assert_eq!(fragment.media.len(), session.media.len());
    for (part, media) in fragment.media.iter().zip(&session.media) {
        assert!(part.candidates.iter().eq(media.candidates()));
        assert_eq!(part.mid.as_deref(), media.mid());
        assert_eq!(fragment.ufrag(part), session.ice_ufrag(media));
    }
}

#[test]
fn fragments_are_made_from_values() {
    let mut fragment = TrickleFragment {
        ice_ufrag: Some("8hhY".into()),
        ice_pwd: Some(IcePassword::new("asd88fgpdd777uzjYhagZg")),
        ..TrickleFragment::default()
    };
    let mut media = FragmentMedia::new("0");
    let candidate = Candidate::parse("candidate:1 1 udp 1 192.0.2.1 5000 typ host").expect("one");
    media.candidates.push(candidate);
    media.end_of_candidates = true;
    fragment.media.push(media);
    assert_eq!(
        fragment.to_string(),
        "a=ice-ufrag:8hhY\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n\
         a=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\na=end-of-candidates\r\n"
    );

    let offer = include_str!("samples/chromium-offer-dataonly.sdp");
    let session = SessionDescription::parse(offer).expect("the offer");
    let media = FragmentMedia::of(&session.media[0]);
    assert_eq!((media.kind, media.port), (MediaKind::Application, 9));
    assert_eq!(media.protocol, TransportProtocol::UdpDtlsSctp);
    assert_eq!(media.mid.as_deref(), session.media[0].mid());
}

#[test]
fn errors_name_the_line() {
    use ParseErrorKind::{
        Attribute, DuplicateAttribute, DuplicateMid, IceUfragLength, Media, NotALine, TooLong,
        TooManyMediaDescriptions, UnknownLine,
    };
    let media = "m=audio 9 RTP/AVP 0\r\n";
    for (text, line, kind) in [
        ("a=ice-lite\r\nx\r\n".into(), 2, NotALine),
        ("a=ice-ufrag:x\r\n".into(), 1, IceUfragLength),
        ("a=ice-ufrag:abcd\r\na=ICE-UFRAG:abcd\r\n".into(), 2, DuplicateAttribute("ice-ufrag")),
        (format!("{media}a=mid:\r\n"), 2, Attribute("mid")),
        (format!("{media}a=mid:0\r\n{media}a=mid:0\r\n"), 4, DuplicateMid),
        (format!("{media}m=audio\r\n"), 2, Media),
        ("x=1\r\n".into(), 1, UnknownLine('x')),
        (media.repeat(4097), 4097, TooManyMediaDescriptions),
        (" ".repeat(1 << 21), 1, TooLong),
    ] {
        let error = TrickleFragment::parse(&text).expect_err("to be refused");
        assert_eq!((error.line, error.kind), (line, kind));
    }
}

proptest! {
    #[test]
    fn what_is_read_is_written_to_be_read_the_same(lines in prop::collection::vec(
        prop::sample::select(&[
            "m=audio 9 RTP/AVP 0 8", "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
            "a=mid:0", "a=mid:1", "a=ice-ufrag:abcd", "a=ice-pwd:asd88fgpdd777uzjYhagZg",
            "a=candidate:1 1 udp 1 ::1 1 typ host", "a=end-of-candidates", "a=ice-lite",
            "a=group:BUNDLE 0 1", "a=ice-options:a b", "a=ice-pacing:1", "a=rtcp-mux", "s=x",
            "a=x", "a=candidate:2 1 TCP 1 ::1 1 typ host tcptype so a b", "v=0", "x=",
        ][..]),
        0..16,
    )) {
        if let Ok(fragment) = TrickleFragment::parse(&lines.join("\n")) {
            prop_assert_eq!(TrickleFragment::parse(&fragment.to_string()), Ok(fragment));
        }
    }
}
