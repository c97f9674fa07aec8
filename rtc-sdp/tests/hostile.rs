//! Descriptions of up to 1 MiB made to cost much: each is read or refused, and twice the text makes
//! no more than twice the parts.

use rtc_sdp::{
    Attribute, MAX_LENGTH, MAX_MEDIA_DESCRIPTIONS, ParseErrorKind, SessionDescription,
    TrickleFragment,
};

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";

/// `HEAD`, `start`, then as many `line`s as there is room for.
fn filled(start: &str, line: impl Fn(usize) -> String) -> String {
    let mut text = [HEAD, start].concat();
    for index in 0.. {
        let line = line(index);
        if text.len() + line.len() > MAX_LENGTH || index >= 65_000 {
            return text;
        }
        text.push_str(&line);
    }
    text
}

/// Everything that can be asked, and the round trip.
#[track_caller]
fn survive(text: &str) -> SessionDescription {
    let session = SessionDescription::parse(text).unwrap_or_else(|error| panic!("{error}"));
    for mid in session.mids().keys().take(10) {
        assert!(session.media_by_mid(mid).is_some());
    }
    for media in &session.media {
        let formats = media.payload_formats();
        assert!(formats.iter().count() <= 128);
        let _ = (formats.conflict(), session.conflicting_extmap(media), media.is_data_channel());
    }
    let written = session.to_string();
    if written.len() <= MAX_LENGTH {
        assert!(SessionDescription::parse(&written).as_ref() == Ok(&session));
    }
    session
}

#[test]
fn ten_thousand_media_descriptions_are_refused_at_the_limit() {
    let text = [HEAD, &"m=audio 9 RTP/AVP 0\r\n".repeat(10_000)].concat();
    let error = SessionDescription::parse(&text).expect_err("too many");
    assert_eq!(error.kind, ParseErrorKind::TooManyMediaDescriptions);
    assert_eq!(error.line as usize, 4 + MAX_MEDIA_DESCRIPTIONS + 1);
    let error = TrickleFragment::parse(&text).expect_err("too many");
    assert_eq!(error.kind, ParseErrorKind::TooManyMediaDescriptions);
}

#[test]
fn as_many_media_descriptions_as_are_allowed_are_read() {
    let section =
        |index: usize| format!("m=audio 9 RTP/AVP 0\r\na=mid:{index}\r\na=extmap:1 x\r\n");
    let text: String = (0..MAX_MEDIA_DESCRIPTIONS).map(section).collect();
    let session = survive(&[HEAD, &text].concat());
    assert_eq!(session.mids().len(), MAX_MEDIA_DESCRIPTIONS);
}

#[test]
fn the_last_of_many_mids_may_be_the_double() {
    let section = |index: usize| format!("m=audio 9 RTP/AVP 0\r\na=mid:{index}\r\n");
    let mut text: String = (0..4000).map(section).collect();
    text.push_str(&section(0));
    let error = SessionDescription::parse(&[HEAD, &text].concat()).expect_err("a double");
    assert_eq!((error.line, error.kind), (4 + 8002, ParseErrorKind::DuplicateMid));
}

#[test]
fn ten_thousand_candidates_are_read() {
    let line = |i| format!("a=candidate:{i} 1 udp {i} 192.0.2.1 9 typ host generation 0\r\n");
    let session = survive(&filled("m=audio 9 RTP/AVP 0\r\n", line));
    assert!(session.media[0].candidates().count() > 10_000);
}

#[test]
fn the_same_payload_type_a_hundred_thousand_times_is_one() {
    let text = format!("{HEAD}m=audio 9 RTP/AVP{}\r\n", " 96".repeat(300_000));
    let session = survive(&text);
    assert_eq!(session.media[0].formats.len(), 300_000);
    assert_eq!(session.media[0].payload_formats().iter().count(), 1);
}

#[test]
fn many_lines_about_every_payload_type_are_gathered_in_one_pass() {
    let types: String = (0..128).map(|payload_type| format!(" {payload_type}")).collect();
    let start = format!("m=audio 9 RTP/AVP{types}\r\n");
    survive(&filled(&start, |index| format!("a=rtpmap:{} x/1\r\n", index % 128)));
    survive(&filled(&start, |index| format!("a=fmtp:{} x\r\n", index % 128)));
    survive(&filled(&start, |_| "a=rtcp-fb:* nack\r\n".into()));
    survive(&filled(&start, |index| format!("a=extmap:{} x\r\n", 1 + index % 255)));
}

#[test]
fn long_lines_of_all_kinds_are_read_or_refused() {
    let room = MAX_LENGTH - HEAD.len() - 64;
    for (start, part, end) in [
        ("a=group:BUNDLE", " a", ""),
        ("a=ice-options:", "a ", ""),
        ("a=x:", "y", ""),
        ("a=", "y", ""),
        ("s2=", "y", ""),
        ("a=ice-ufrag:", "a", ""),
        ("a=ice-pwd:", "a", ""),
        ("a=mid:", "a", ""),
        ("a=tls-id:", "a", ""),
        ("a=fingerprint:sha-256 AA", ":AA", ""),
        ("a=fingerprint:x AA", ":AA", ""),
        ("a=sctp-init:", "AAAA", ""),
        ("a=ssrc-group:FID", " 1", ""),
        ("a=simulcast:send a", ";a", ""),
        ("a=simulcast:send a", ",~a", ""),
        ("a=rid:a send x", ";x=1", ""),
        ("a=rid:a send pt=1", ",1", ""),
        ("a=fmtp:96 a=b", ";a=b", ""),
        ("a=candidate:1 1 udp 1 ::1 1 typ host", " a b", ""),
        ("a=candidate:", "a", " 1 udp 1 ::1 1 typ host"),
        ("a=candidate:1 1 udp ", "9", " ::1 1 typ host"),
        ("a=candidate:1 1 udp 1 ", "a", " 1 typ host"),
        ("a=remote-candidates:1 ::1 1", " 1 ::1 1", ""),
        ("a=rtcp-xr:", "a ", ""),
        ("a=msid:", "a", ""),
        ("a=ssrc:", "1", " cname:x"),
        ("a=extmap:1 ", "a", ""),
        ("a=", ":", ""),
        ("m=audio 9 RTP/AVP", "  0", ""),
        ("m=audio 9 x", "/x", " 0"),
        ("m=audio ", "0", "9 RTP/AVP 0"),
        ("b=", "A", ":1"),
        ("e=", " ", ""),
        ("", "\r\n", ""),
        ("", "\n", "x"),
        ("", "\r", ""),
    ] {
        let text = [HEAD, start, &part.repeat(room / part.len()), end].concat();
        assert!(text.len() <= MAX_LENGTH);
        match SessionDescription::parse(&text) {
            Ok(_) => drop(survive(&text)),
            Err(error) => assert!(error.line <= 6, "{start}: {error}"),
        }
    }
}

#[test]
fn twice_the_text_makes_twice_the_parts_and_not_more() {
    // Parts stand for allocations: attributes and what hangs on them.
    let parts = |count: usize| {
        let line = "a=candidate:1 1 udp 1 192.0.2.1 9 typ host generation 0 network-id 1\r\n";
        let text = [HEAD, "m=audio 9 RTP/AVP 0\r\n", &line.repeat(count)].concat();
        let session = survive(&text);
        let extensions = session.media[0].candidates().map(|candidate| candidate.extensions.len());
        (session.media[0].attributes.len(), extensions.sum::<usize>())
    };
    assert_eq!(parts(5_000), (5_000, 10_000));
    assert_eq!(parts(10_000), (10_000, 20_000));
}

#[test]
fn an_attribute_stays_small() {
    // 65,536 lines times this is what a hostile text can claim beside its own length.
    assert!(size_of::<Attribute>() <= 72, "{}", size_of::<Attribute>());
}
