//! Every error names the line that is wrong.

use rtc_sdp::{MAX_LENGTH, MAX_LINES, MAX_MEDIA_DESCRIPTIONS, ParseErrorKind, SessionDescription};

/// Four lines; the fifth is where the tests go wrong.
const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
const MEDIA: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";

#[track_caller]
fn refused(text: &str, line: u32, kind: ParseErrorKind) {
    let error = SessionDescription::parse(text).expect_err("to be refused");
    assert_eq!((error.line, error.kind), (line, kind), "{error}");
    let bare = text.replace("\r\n", "\n");
    assert_eq!(SessionDescription::parse(&bare).err(), Some(error));
}

#[test]
fn the_head_is_checked() {
    use ParseErrorKind::{MissingLine, NotALine, Origin, Timing, Version};
    refused("", 1, MissingLine('v'));
    refused("\r\n\r\n", 1, MissingLine('v'));
    refused("o=- 1 1 IN IP4 0.0.0.0\r\n", 1, MissingLine('v'));
    refused("v=1\r\n", 1, Version);
    refused("v=\r\n", 1, Version);
    refused("v=0\r\n", 2, MissingLine('o'));
    refused("v=0\r\ns=-\r\n", 2, MissingLine('o'));
    for origin in [
        "",
        "- 1 1 IN IP4",
        "- 1 1 IN IP4 ",
        "- 1 1 IN IP4 a b",
        "- x 1 IN IP4 a",
        "- 1 -1 IN IP4 a",
        "- 18446744073709551616 1 IN IP4 a",
        "- 1 18446744073709551616 IN IP4 a",
        " 1 1 IN IP4 a",
        "-  1 1 IN IP4 a",
        "- 1 1 I/N IP4 a",
    ] {
        refused(&format!("v=0\r\no={origin}\r\n"), 2, Origin);
    }
    refused("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nt=0 0\r\n", 3, MissingLine('s'));
    refused("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\n", 4, MissingLine('t'));
    let untimed = HEAD.replace("t=0 0\r\n", "");
    refused(&[&untimed, MEDIA].concat(), 4, MissingLine('t'));
    for time in ["", "0", "0 0 0", "x 0", "0 -1", "0 18446744073709551616"] {
        refused(&format!("{untimed}t={time}\r\n"), 4, Timing);
    }
    refused("v:0\r\n", 1, NotALine);
}

#[test]
fn lines_have_their_form() {
    use ParseErrorKind::{ControlCharacter, NotALine, UnexpectedLine, UnknownLine};
    for line in ["x", "xy=z", "=", "A=b", " a=b", "\u{e9}=b", "1=2", ""] {
        refused(&format!("{HEAD}{line}\r\na=b\r\n"), 5, NotALine);
        refused(&format!("{HEAD}{MEDIA}{line}\r\na=b\r\n"), 6, NotALine);
    }
    refused(&format!("{HEAD}a=x\0y\r\n"), 5, ControlCharacter);
    let stray = SessionDescription::parse(&format!("{HEAD}a=x\ry\r\n")).expect_err("a stray CR");
    assert_eq!((stray.line, stray.kind), (5, ControlCharacter));
    let doubled = SessionDescription::parse(&format!("{HEAD}a=x\r\r\n")).expect_err("a second CR");
    assert_eq!((doubled.line, doubled.kind), (5, ControlCharacter));
    for letter in ['d', 'f', 'g', 'h', 'j', 'l', 'n', 'q', 'w', 'x', 'y'] {
        refused(&format!("{HEAD}{letter}=1\r\n"), 5, UnknownLine(letter));
        refused(&format!("{HEAD}{MEDIA}{letter}=1\r\n"), 6, UnknownLine(letter));
    }
    for letter in ['v', 'o', 's'] {
        refused(&format!("{HEAD}{letter}=0\r\n"), 5, UnexpectedLine(letter));
    }
    for letter in ['v', 'o', 's', 'u', 'e', 'p', 't', 'r', 'z'] {
        refused(&format!("{HEAD}{MEDIA}{letter}=0\r\n"), 6, UnexpectedLine(letter));
    }
    for letter in ['i', 'u', 'k', 'z'] {
        refused(&format!("{HEAD}{letter}=0\r\n{letter}=0\r\n"), 6, UnexpectedLine(letter));
    }
    for letter in ['i', 'k'] {
        let text = format!("{HEAD}{MEDIA}{letter}=0\r\n{letter}=0\r\n");
        refused(&text, 7, UnexpectedLine(letter));
    }
    refused(&format!("{HEAD}c=IN IP4 a\r\nc=IN IP4 a\r\n"), 6, UnexpectedLine('c'));
    let untimed = HEAD.replace("t=0 0\r\n", "");
    refused(&format!("{untimed}r=1 1 0\r\nt=0 0\r\n"), 4, UnexpectedLine('r'));
    refused(&format!("{untimed}z=0 0\r\nt=0 0\r\n"), 4, UnexpectedLine('z'));
}

#[test]
fn addresses_and_bandwidths_are_checked() {
    for line in ["", "IN", "IN IP4", "IN IP4 ", "IN IP4 a b", "IN  IP4 a", "I/N IP4 a"] {
        refused(&format!("{HEAD}c={line}\r\n"), 5, ParseErrorKind::Connection);
        refused(&format!("{HEAD}{MEDIA}c={line}\r\n"), 6, ParseErrorKind::Connection);
    }
    for line in ["", "AS", "AS:", ":1", "AS:-1", "A S:1", "AS:18446744073709551616"] {
        refused(&format!("{HEAD}b={line}\r\n"), 5, ParseErrorKind::Bandwidth);
        refused(&format!("{HEAD}{MEDIA}b={line}\r\n"), 6, ParseErrorKind::Bandwidth);
    }
}

#[test]
fn media_lines_are_checked() {
    use ParseErrorKind::{Media, PayloadType, Port};
    for (line, kind) in [
        ("", Media),
        ("audio", Media),
        ("audio 9", Media),
        ("audio 9 RTP/AVP", Media),
        ("audio 9 RTP/AVP ", Media),
        ("au/dio 9 RTP/AVP 0", Media),
        ("audio 9 RTP//AVP 0", Media),
        ("audio 9 /RTP 0", Media),
        ("application 9 UDP/DTLS/SCTP a/b", Media),
        ("audio 65536 RTP/AVP 0", Port),
        ("audio -1 RTP/AVP 0", Port),
        ("audio x RTP/AVP 0", Port),
        ("audio 9/ RTP/AVP 0", Port),
        ("audio 9/0 RTP/AVP 0", Port),
        ("audio 9/4294967296 RTP/AVP 0", Port),
        ("audio 18446744073709551625 RTP/AVP 0", Port),
        ("audio 9 RTP/AVP 128", PayloadType),
        ("audio 9 RTP/AVP 0 256", PayloadType),
        ("audio 9 RTP/AVP x", PayloadType),
        ("audio 9 UDP/TLS/RTP/SAVPF webrtc-datachannel", PayloadType),
        ("audio 9 UDP/NEW/RTP/X 340282366920938463463374607431768211456", PayloadType),
    ] {
        refused(&format!("{HEAD}m={line}\r\n"), 5, kind);
        refused(&format!("{HEAD}{MEDIA}a=mid:0\r\nm={line}\r\n"), 7, kind);
    }
}

#[test]
fn attributes_are_checked_where_they_stand() {
    use ParseErrorKind::{
        Attribute, AttributeName, ExtmapId, FingerprintLength, IceChar, IcePwdLength,
        IceUfragLength, PayloadType,
    };
    for (line, kind) in [
        ("", AttributeName),
        (":x", AttributeName),
        ("setup:no", Attribute("setup")),
        ("fingerprint:sha-256", Attribute("fingerprint")),
        ("fingerprint:sha-256 AB", FingerprintLength),
        ("ice-ufrag:abc", IceUfragLength),
        ("ice-ufrag:ab c", IceChar),
        ("ice-pwd:short", IcePwdLength),
        ("extmap:0 x", ExtmapId),
        ("rtpmap:128 x/1", PayloadType),
    ] {
        refused(&format!("{HEAD}a={line}\r\n"), 5, kind);
        refused(&format!("{HEAD}{MEDIA}a=sendrecv\r\na={line}\r\n"), 7, kind);
    }
}

#[test]
fn what_would_be_ambiguous_twice_is_refused() {
    use ParseErrorKind::{DuplicateAttribute, DuplicateMid};
    for (name, value) in [
        ("mid", "0"),
        ("ice-ufrag", "abcd"),
        ("ice-pwd", "asd88fgpdd777uzjYhagZg"),
        ("setup", "active"),
        ("tls-id", "abc3de65cddef001be82"),
        ("sctp-port", "5000"),
        ("max-message-size", "0"),
        ("sctp-init", "AQAA"),
    ] {
        let line = format!("a={name}:{value}\r\n");
        refused(&format!("{HEAD}{line}{line}"), 6, DuplicateAttribute(name));
        refused(&format!("{HEAD}{MEDIA}{line}a=x\r\n{line}"), 8, DuplicateAttribute(name));
        if name != "mid" {
            let text = format!("{HEAD}{line}{MEDIA}{line}{MEDIA}{line}");
            assert!(SessionDescription::parse(&text).is_ok(), "{name}");
        }
    }
    refused(&format!("{HEAD}{MEDIA}a=mid:0\r\n{MEDIA}a=x\r\na=mid:0\r\n"), 9, DuplicateMid);
}

#[test]
fn limits_hold() {
    use ParseErrorKind::{TooLong, TooManyLines, TooManyMediaDescriptions};
    let fill = |length: usize| {
        let mut text = String::from(HEAD);
        text.push_str("a=x:");
        text.extend(core::iter::repeat_n('y', length - text.len()));
        text
    };
    assert!(SessionDescription::parse(&fill(MAX_LENGTH)).is_ok());
    let error = SessionDescription::parse(&fill(MAX_LENGTH + 1)).expect_err("one byte too many");
    assert_eq!((error.line, error.kind), (1, TooLong));

    let most = MAX_LINES as usize - 4;
    assert!(SessionDescription::parse(&[HEAD, &"a=x\n".repeat(most)].concat()).is_ok());
    refused(&[HEAD, &"a=x\n".repeat(most + 1)].concat(), MAX_LINES + 1, TooManyLines);

    let many = |count| [HEAD, &MEDIA.repeat(count)].concat();
    assert!(SessionDescription::parse(&many(MAX_MEDIA_DESCRIPTIONS)).is_ok());
    let line = 4 + MAX_MEDIA_DESCRIPTIONS as u32 + 1;
    refused(&many(MAX_MEDIA_DESCRIPTIONS + 1), line, TooManyMediaDescriptions);
}

#[test]
fn what_peers_get_wrong_without_harm_is_read() {
    for (line, written) in [
        ("m=video 0 UDP/TLS/RTP/SAVPF", "m=video 0 UDP/TLS/RTP/SAVPF"),
        ("m=video 9 UDP/TLS/RTP/SAVPF 96 ", "m=video 9 UDP/TLS/RTP/SAVPF 96"),
        ("c=IN IP4 192.0.2.1 ", "c=IN IP4 192.0.2.1"),
        ("a=rtcp:9 IN IP4 0.0.0.0 ", "a=rtcp:9 IN IP4 0.0.0.0"),
        ("a=tls-id:1", "a=tls-id:1"),
        ("a=ice-options:ice2,trickle", "a=ice-options:ice2,trickle"),
        ("a=msid:user1@host-2 t0 ", "a=msid:user1@host-2 t0"),
        ("a=fmtp:111", "a=fmtp:111"),
        (
            "a=extmap 1 urn:ietf:params:rtp-hdrext:sdes:mid",
            "a=extmap 1 urn:ietf:params:rtp-hdrext:sdes:mid",
        ),
        ("a=rtpmap:96 VP8/90000 ", "a=rtpmap:96 VP8/90000"),
        ("a=group:BUNDLE 0 1 ", "a=group:BUNDLE 0 1"),
        ("a=candidate:bad", "a=candidate:bad"),
    ] {
        let session = SessionDescription::parse(&format!("{HEAD}{MEDIA}{line}\r\n"));
        let session = session.unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(session.to_string(), format!("{HEAD}{MEDIA}{written}\r\n"));
    }
}

#[test]
fn errors_read_as_sentences() {
    let error =
        SessionDescription::parse(&[HEAD, "a=setup:no\r\n"].concat()).expect_err("malformed");
    assert_eq!(error.to_string(), "line 5: malformed attribute setup");
}

#[test]
fn ends_of_the_text_are_taken_as_they_come() {
    let whole = SessionDescription::parse(&[HEAD, MEDIA].concat());
    assert!(whole.is_ok());
    for end in ["", "\r\n\r\n", "\r\n\r\n\r\n", "\n\n"] {
        let text = [HEAD, MEDIA.trim_end(), end].concat();
        assert_eq!(SessionDescription::parse(&text), whole, "{end:?}");
    }
}
