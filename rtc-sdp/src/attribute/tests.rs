use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use core::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::Attribute;
use super::codec::{Feedback, FeedbackTarget, Fmtp, RtcpFb, Rtpmap};
use super::extmap::Extmap;
use super::fingerprint::{Fingerprint, HashFunction};
use super::group::{Group, GroupSemantics};
use super::ice::IcePassword;
use super::msid::{Msid, MsidSemantic};
use super::negotiation::{Direction, Rtcp, Setup};
use super::sctp::SctpMap;
use super::simulcast::{Rid, RidDirection, Simulcast, SimulcastFormat, SimulcastStream};
use super::source::{Ssrc, SsrcGroup, SsrcGroupSemantics};
use crate::address::NetworkAddress;
use crate::error::ParseErrorKind;

/// The line is read as this value, and the value is written as this line.
#[track_caller]
fn both_ways(line: &str, value: Attribute) {
    assert_eq!(Attribute::parse(line).as_ref(), Ok(&value), "{line}");
    assert_eq!(written(&value), line);
    assert_eq!(value.name(), line.split(':').next().unwrap());
}

/// The line is kept letter by letter without being understood.
#[track_caller]
fn kept(line: &str) {
    let attribute = Attribute::parse(line).unwrap();
    assert!(matches!(attribute, Attribute::Unknown { .. }), "{line}: {attribute:?}");
    assert_eq!(written(&attribute), line);
}

#[track_caller]
fn refused(line: &str, kind: ParseErrorKind) {
    assert_eq!(Attribute::parse(line), Err(kind), "{line}");
}

fn written(attribute: &Attribute) -> String {
    let mut out = String::new();
    attribute.write(&mut out);
    out
}

#[test]
fn flags_have_no_value() {
    for (line, value) in [
        ("ice-lite", Attribute::IceLite),
        ("ice-mismatch", Attribute::IceMismatch),
        ("end-of-candidates", Attribute::EndOfCandidates),
        ("rtcp-mux", Attribute::RtcpMux),
        ("rtcp-mux-only", Attribute::RtcpMuxOnly),
        ("rtcp-rsize", Attribute::RtcpRsize),
        ("extmap-allow-mixed", Attribute::ExtmapAllowMixed),
        ("bundle-only", Attribute::BundleOnly),
        ("cryptex", Attribute::Cryptex),
        ("sendrecv", Attribute::Direction(Direction::SendRecv)),
        ("sendonly", Attribute::Direction(Direction::SendOnly)),
        ("recvonly", Attribute::Direction(Direction::RecvOnly)),
        ("inactive", Attribute::Direction(Direction::Inactive)),
    ] {
        both_ways(line, value);
        kept(&alloc::format!("{line}:x"));
        kept(&alloc::format!("{line}:"));
        kept(&alloc::format!("{line} "));
    }
}

#[test]
fn identification_and_groups() {
    both_ways("mid:foo", Attribute::Mid("foo".into()));
    both_ways("group:BUNDLE foo bar", Attribute::Group(Group::bundle(["foo", "bar"])));
    let semantics = GroupSemantics::LipSynchronization;
    both_ways("group:LS 1 2", Attribute::Group(Group { semantics, mids: mids(["1", "2"]) }));
    let semantics = GroupSemantics::FlowIdentification;
    both_ways("group:FID 1 3", Attribute::Group(Group { semantics, mids: mids(["1", "3"]) }));
    let semantics = GroupSemantics::Other("ANAT".into());
    both_ways("group:ANAT", Attribute::Group(Group { semantics, mids: vec![] }));
    for line in ["mid:", "mid:a b", "mid:a/b", "mid:\u{e9}", "mid: a", "mid"] {
        refused(line, ParseErrorKind::Attribute("mid"));
    }
    for line in ["group", "group:", "group: BUNDLE 0", "group:BUNDLE a/b", "group:B/ 0"] {
        refused(line, ParseErrorKind::Attribute("group"));
    }
    // Doubled and trailing spaces mean nothing and are not written back.
    let spaced = Attribute::parse("group:BUNDLE  foo bar ").unwrap();
    assert_eq!(written(&spaced), "group:BUNDLE foo bar");
}

#[test]
fn ice_credentials_are_held_to_their_grammar() {
    both_ways("ice-ufrag:8hhY", Attribute::IceUfrag("8hhY".into()));
    let password = "asd88fgpdd777uzjYhagZg";
    both_ways("ice-pwd:asd88fgpdd777uzjYhagZg", Attribute::IcePwd(IcePassword::new(password)));
    let long = "x".repeat(256);
    both_ways(&["ice-ufrag:", &long].concat(), Attribute::IceUfrag(long.as_str().into()));
    both_ways(&["ice-pwd:", &long].concat(), Attribute::IcePwd(IcePassword::new(&long)));

    refused("ice-ufrag", ParseErrorKind::Attribute("ice-ufrag"));
    refused("ice-ufrag:abc", ParseErrorKind::IceUfragLength);
    refused(&["ice-ufrag:x", &long].concat(), ParseErrorKind::IceUfragLength);
    refused("ice-pwd", ParseErrorKind::Attribute("ice-pwd"));
    refused("ice-pwd:asd88fgpdd777uzjYhagZ", ParseErrorKind::IcePwdLength);
    refused(&["ice-pwd:x", &long].concat(), ParseErrorKind::IcePwdLength);
    for bad in ["-", "_", ":", " ", "=", "\u{e9}", "."] {
        refused(&["ice-ufrag:abcd", bad].concat(), ParseErrorKind::IceChar);
        refused(&["ice-pwd:", password, bad].concat(), ParseErrorKind::IceChar);
    }
}

#[test]
fn passwords_are_not_shown() {
    let attribute = Attribute::parse("ice-pwd:asd88fgpdd777uzjYhagZg").unwrap();
    assert!(!alloc::format!("{attribute:?}").contains("asd88"));
}

#[test]
fn other_ice_attributes() {
    let options = mids(["ice2", "rtp+ecn"]);
    both_ways("ice-options:ice2 rtp+ecn", Attribute::IceOptions(options));
    both_ways("ice-options:goog-sped-v1", Attribute::IceOptions(mids(["goog-sped-v1"])));
    both_ways("ice-options:ice2,trickle", Attribute::IceOptions(mids(["ice2,trickle"])));
    both_ways("ice-pacing:50", Attribute::IcePacing(50));
    let line = "remote-candidates:1 192.0.2.3 45664 2 192.0.2.3 45665";
    let attribute = Attribute::parse(line).unwrap();
    let Attribute::RemoteCandidates(candidates) = &attribute else { panic!("{attribute:?}") };
    let told: vec::Vec<_> = candidates.iter().map(|one| (one.component, one.port)).collect();
    assert_eq!(told, [(1, 45664), (2, 45665)]);
    assert_eq!(written(&attribute), line);
    refused("ice-options:", ParseErrorKind::Attribute("ice-options"));
    refused("ice-options:a,,b", ParseErrorKind::Attribute("ice-options"));
    refused("ice-options:a/b", ParseErrorKind::Attribute("ice-options"));
    refused("ice-pacing:4294967296", ParseErrorKind::Attribute("ice-pacing"));
    refused("ice-pacing:-1", ParseErrorKind::Attribute("ice-pacing"));
    kept("remote-candidates:1 192.0.2.3");
    kept("remote-candidates:0 192.0.2.3 1");
    kept("candidate:1 1 udp");
    kept("candidate");
}

#[test]
fn fingerprints_keep_their_letters() {
    // RFC 8122 section 6.
    let line = "fingerprint:sha-256 12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD:B9:B1:3F:82:\
                18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD";
    let attribute = Attribute::parse(line).unwrap();
    let Attribute::Fingerprint(fingerprint) = &attribute else { panic!("{attribute:?}") };
    assert_eq!(fingerprint.hash(), &HashFunction::Sha256);
    assert_eq!(fingerprint.bytes().len(), 32);
    assert_eq!(fingerprint.bytes().first(), Some(&0x12));
    assert_eq!(fingerprint.bytes().last(), Some(&0xad));
    assert_eq!(written(&attribute), line);

    let bytes = [0x4a, 0xad, 0xb9, 0xb1, 0x3f, 0x82, 0x18, 0x3b, 0x54, 0x02].repeat(2);
    let made = Attribute::Fingerprint(Fingerprint::new(HashFunction::Sha1, bytes));
    let upper = "fingerprint:sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:4A:AD:B9:B1:3F:82:18:3B:54:02";
    both_ways(upper, made.clone());
    // RFC 8122 wants upper case; other letters are the same fingerprint, and are written as read.
    for other in [
        upper.replace("sha-1", "SHA-1"),
        upper.to_ascii_lowercase(),
        upper.replace("4A:AD", "4a:Ad"),
    ] {
        let attribute = Attribute::parse(&other).unwrap();
        assert_eq!(attribute, made);
        assert_eq!(written(&attribute), other);
    }
}

#[test]
fn fingerprints_have_the_length_of_their_hash() {
    use HashFunction::{Md2, Md5, Sha1, Sha224, Sha256, Sha384, Sha512};
    for hash in [Md2, Md5, Sha1, Sha224, Sha256, Sha384, Sha512] {
        let length = hash.length().unwrap();
        let fingerprint = Attribute::Fingerprint(Fingerprint::new(hash.clone(), vec![7; length]));
        both_ways(&written(&fingerprint), fingerprint.clone());
        for wrong in [1, length - 1, length + 1] {
            let wrong = Attribute::Fingerprint(Fingerprint::new(hash.clone(), vec![7; wrong]));
            refused(&written(&wrong), ParseErrorKind::FingerprintLength);
        }
    }
    let other = Fingerprint::new(HashFunction::Other("sha3-256".into()), vec![0xab, 0xcd]);
    both_ways("fingerprint:sha3-256 AB:CD", Attribute::Fingerprint(other));
    for value in [
        "",
        "sha-256",
        "sha-256 ",
        "x A",
        "x AB:",
        "x AB:C",
        "x ABCD",
        "x GG",
        "x :AB",
        "x AB :CD",
        " AB",
        "x/y AB",
        "x AB-CD",
        "x \u{e9}B",
    ] {
        let line = ["fingerprint:", value].concat();
        refused(&line, ParseErrorKind::Attribute("fingerprint"));
    }
    refused("fingerprint", ParseErrorKind::Attribute("fingerprint"));
}

#[test]
fn dtls_attributes() {
    both_ways("setup:active", Attribute::Setup(Setup::Active));
    both_ways("setup:passive", Attribute::Setup(Setup::Passive));
    both_ways("setup:actpass", Attribute::Setup(Setup::Actpass));
    both_ways("setup:holdconn", Attribute::Setup(Setup::Holdconn));
    for line in ["setup", "setup:", "setup:Active", "setup:active ", "setup:both"] {
        refused(line, ParseErrorKind::Attribute("setup"));
    }
    // RFC 8842 section 4.
    both_ways("tls-id:abc3de65cddef001be82", Attribute::TlsId("abc3de65cddef001be82".into()));
    let long = "-".repeat(256);
    for bad in ["abc3de65cddef001be8", &long, "abc3de65cddef001be8.", ""] {
        kept(&["tls-id:", bad].concat());
    }
}

#[test]
fn sctp_attributes() {
    both_ways("sctp-port:5000", Attribute::SctpPort(5000));
    both_ways("max-message-size:100000", Attribute::MaxMessageSize(100_000));
    both_ways("max-message-size:0", Attribute::MaxMessageSize(0));
    for bad in ["", "65536", "05000", "-1", "5000 ", "99999999999999999999"] {
        refused(&["sctp-port:", bad].concat(), ParseErrorKind::Attribute("sctp-port"));
    }
    for bad in ["", "18446744073709551616", "00", "1k"] {
        let line = ["max-message-size:", bad].concat();
        refused(&line, ParseErrorKind::Attribute("max-message-size"));
    }
    let map = SctpMap { port: 5000, application: "webrtc-datachannel".into(), streams: Some(256) };
    both_ways("sctpmap:5000 webrtc-datachannel 256", Attribute::SctpMap(map));
    refused("sctpmap:5000", ParseErrorKind::Attribute("sctpmap"));
    refused("sctpmap:5000 x 1 2", ParseErrorKind::Attribute("sctpmap"));

    // draft-hancke-tsvwg-snap: an INIT chunk of 30 bytes with initiate tag 0x896cdd1d.
    let line = "sctp-init:AQAAHols3R0AUAAA/////+B5ZR3AAAAEgAgABoLA";
    let attribute = Attribute::parse(line).unwrap();
    let Attribute::SctpInit(chunk) = &attribute else { panic!("{attribute:?}") };
    assert_eq!(chunk.get(..8), Some(&[1, 0, 0, 30, 0x89, 0x6c, 0xdd, 0x1d][..]));
    assert_eq!(chunk.len(), 30);
    assert_eq!(written(&attribute), line);
    for bad in ["", "AQA", "AQA*", "AQAA HolsAAA", "AR=="] {
        refused(&["sctp-init:", bad].concat(), ParseErrorKind::Attribute("sctp-init"));
    }
}

#[test]
fn payload_formats() {
    both_ways("rtpmap:99 h263-1998/90000", Attribute::Rtpmap(Rtpmap::new(99, "h263-1998", 90000)));
    let opus = Rtpmap { channels: Some(2), ..Rtpmap::new(111, "opus", 48000) };
    both_ways("rtpmap:111 opus/48000/2", Attribute::Rtpmap(opus));
    kept("rtpmap:99 x/8000/stereo");
    for bad in [
        "",
        "96",
        "96 VP8",
        "VP8/90000",
        "96 VP8/",
        "96 /90000",
        "96 VP8/4294967296",
        "96  VP8/90000",
        "-1 VP8/90000",
        "x VP8/90000",
    ] {
        refused(&["rtpmap:", bad].concat(), ParseErrorKind::Attribute("rtpmap"));
    }
    refused("rtpmap:128 VP8/90000", ParseErrorKind::PayloadType);
    refused(
        "rtpmap:340282366920938463463374607431768211456 VP8/90000",
        ParseErrorKind::PayloadType,
    );

    let fmtp = Fmtp { payload_type: 96, parameters: "profile-level-id=16; max-mbps=1 ;X".into() };
    let parameters: vec::Vec<_> = fmtp.parameters().collect();
    let expected = [("profile-level-id", Some("16")), ("max-mbps", Some("1")), ("X", None)];
    assert_eq!(parameters, expected);
    assert_eq!(fmtp.parameter("MAX-MBPS"), Some("1"));
    assert_eq!(fmtp.parameter("x"), None);
    both_ways("fmtp:96 profile-level-id=16; max-mbps=1 ;X", Attribute::Fmtp(fmtp));
    let events = Fmtp { payload_type: 101, parameters: "0-15".into() };
    both_ways("fmtp:101 0-15", Attribute::Fmtp(events));
    kept("fmtp:96");
    kept("fmtp:token a=b");
    refused("fmtp:", ParseErrorKind::Attribute("fmtp"));
    refused("fmtp: a=b", ParseErrorKind::Attribute("fmtp"));
    refused("fmtp:200 a=b", ParseErrorKind::PayloadType);
}

#[test]
fn feedback() {
    let all = FeedbackTarget::All;
    let of_98 = FeedbackTarget::PayloadType(98);
    for (line, target, feedback) in [
        ("rtcp-fb:* nack", all, Feedback::Nack),
        ("rtcp-fb:98 nack pli", of_98, Feedback::NackPli),
        ("rtcp-fb:98 nack rpsi", of_98, Feedback::NackRpsi),
        ("rtcp-fb:98 nack sli", of_98, Feedback::NackSli),
        ("rtcp-fb:98 ccm fir", of_98, Feedback::CcmFir),
        ("rtcp-fb:98 ccm tmmbr", of_98, Feedback::CcmTmmbr),
        ("rtcp-fb:98 transport-cc", of_98, Feedback::TransportCc),
        ("rtcp-fb:98 goog-remb", of_98, Feedback::GoogRemb),
        ("rtcp-fb:* ack ccfb", all, Feedback::AckCcfb),
        ("rtcp-fb:98 trr-int 100", of_98, Feedback::TrrInt(100)),
        ("rtcp-fb:98 ccm tmmbr smaxpr=120", of_98, Feedback::Other("ccm tmmbr smaxpr=120".into())),
    ] {
        both_ways(line, Attribute::RtcpFb(RtcpFb { target, feedback }));
    }
    assert!(all.covers(5) && of_98.covers(98) && !of_98.covers(99));
    for line in ["rtcp-fb:98", "rtcp-fb:98 ", "rtcp-fb:x nack", "rtcp-fb"] {
        kept(line);
    }
    refused("rtcp-fb:128 nack", ParseErrorKind::PayloadType);
    refused("rtcp-fb: nack", ParseErrorKind::Attribute("rtcp-fb"));
}

#[test]
fn header_extensions() {
    // RFC 8285 section 5.
    let smpte = Extmap {
        id: 3,
        direction: Some(Direction::SendOnly),
        uri: "http://example.com/082005/ext.htm#xmeta".into(),
        attributes: Some("short".into()),
    };
    both_ways(
        "extmap:3/sendonly http://example.com/082005/ext.htm#xmeta short",
        Attribute::Extmap(smpte),
    );
    let uri = "http://example.com/082005/ext.htm#ttime";
    both_ways(&["extmap:1 ", uri].concat(), Attribute::Extmap(Extmap::new(1, uri)));
    for id in [255, 4096, 4351] {
        both_ways(&alloc::format!("extmap:{id} x"), Attribute::Extmap(Extmap::new(id, "x")));
    }
    for id in ["0", "256", "4095", "4352", "65537", "18446744073709551617"] {
        refused(&alloc::format!("extmap:{id} x"), ParseErrorKind::ExtmapId);
    }
    for bad in ["", "1", "1 ", "x y", " x", "1/both x", "1/ x", "-1 x", "1  x"] {
        refused(&["extmap:", bad].concat(), ParseErrorKind::Attribute("extmap"));
    }
}

#[test]
fn sources() {
    both_ways("ssrc:1234 cname:a b:c", Attribute::Ssrc(Ssrc::cname(1234, "a b:c")));
    let ssrc = Ssrc { ssrc: u32::MAX, attribute: "bare".into(), value: None };
    both_ways("ssrc:4294967295 bare", Attribute::Ssrc(ssrc));
    let semantics = SsrcGroupSemantics::FlowIdentification;
    both_ways(
        "ssrc-group:FID 1 2",
        Attribute::SsrcGroup(SsrcGroup { semantics, ssrcs: vec![1, 2] }),
    );
    let semantics = SsrcGroupSemantics::Other("FEC".into());
    both_ways("ssrc-group:FEC", Attribute::SsrcGroup(SsrcGroup { semantics, ssrcs: vec![] }));
    for name in ["SIM 1 2 3", "FEC-FR 1 2"] {
        let line = ["ssrc-group:", name].concat();
        assert_eq!(written(&Attribute::parse(&line).unwrap()), line);
    }
    for bad in ["", "1", "1 ", "4294967296 cname:x", "x cname:x", "1 :x", "1 a b:c"] {
        refused(&["ssrc:", bad].concat(), ParseErrorKind::Attribute("ssrc"));
    }
    for bad in ["", " 1 2", "FID x", "FID 4294967296", "F/D 1"] {
        refused(&["ssrc-group:", bad].concat(), ParseErrorKind::Attribute("ssrc-group"));
    }
}

#[test]
fn restrictions_and_simulcast() {
    // RFC 8851 section 11.
    let line = "rid:1 send pt=97,98;max-width=1280;max-height=720";
    let rid = Rid {
        payload_types: vec![97, 98],
        restrictions: vec![
            ("max-width".into(), Some("1280".into())),
            ("max-height".into(), Some("720".into())),
        ],
        ..Rid::new("1", RidDirection::Send)
    };
    assert_eq!(rid.restriction("max-height"), Some("720"));
    both_ways(line, Attribute::Rid(rid));
    both_ways("rid:hi_-2 recv", Attribute::Rid(Rid::new("hi_-2", RidDirection::Recv)));
    for line in ["rid:foo recv max-width", "rid:a send max-fps=30;depend=b,c", "rid:5 send pt=0"] {
        let attribute = Attribute::parse(line).unwrap();
        assert!(matches!(attribute, Attribute::Rid(_)), "{line}");
        assert_eq!(written(&attribute), line);
    }
    // RFC 8851 section 6: a line that breaks the grammar is left out, not an error.
    for bad in [
        "",
        "1",
        "1 both",
        "a/b send",
        "1 send ",
        "1 send pt=",
        "1 send pt=128",
        "1 send max-fps=1;pt=96",
        "1 send pt=1 x",
        "1 send ;",
        "1 send a_b=1",
    ] {
        kept(&["rid:", bad].concat());
    }

    // RFC 8853 section 5.6.1.
    let line = "simulcast:send 1,2,3;~4,~5 recv 6;~7,~8";
    let attribute = Attribute::parse(line).unwrap();
    let Attribute::Simulcast(simulcast) = &attribute else { panic!("{attribute:?}") };
    assert_eq!((simulcast.send.len(), simulcast.recv.len()), (2, 2));
    let paused = |rid: &str| SimulcastFormat { paused: true, rid: rid.into() };
    let last = SimulcastStream(vec![paused("4"), paused("5")]);
    assert_eq!(simulcast.send.last(), Some(&last));
    assert_eq!(written(&attribute), line);
    both_ways("simulcast:send q;h;f", Attribute::Simulcast(Simulcast::send(["q", "h", "f"])));
    both_ways("simulcast:recv q;h;f", Attribute::Simulcast(Simulcast::recv(["q", "h", "f"])));
    let line = "simulcast:recv 1;2 send 3";
    assert_eq!(written(&Attribute::parse(line).unwrap()), line);
    for bad in [
        "",
        "send",
        "send ",
        "send 1;;2",
        "send 1,",
        "send ~",
        "both 1",
        "send 1 send 2",
        "send 1  recv 2",
        " send rid=1;2",
        "send 1 recv",
    ] {
        kept(&["simulcast:", bad].concat());
    }
}

#[test]
fn streams() {
    both_ways(
        "msid:examplefoo examplebar",
        Attribute::Msid(Msid::new("examplefoo", Some("examplebar"))),
    );
    both_ways("msid:{a-b}", Attribute::Msid(Msid::new("{a-b}", None)));
    both_ways("msid:- t", Attribute::Msid(Msid::new("-", Some("t"))));
    let gstreamer = Msid::new("user1@host-2", Some("webrtctransceiver0"));
    both_ways("msid:user1@host-2 webrtctransceiver0", Attribute::Msid(gstreamer));
    for bad in ["", " ", "a b c", "\u{7f}", "a  b"] {
        refused(&["msid:", bad].concat(), ParseErrorKind::Attribute("msid"));
    }
    let semantic = MsidSemantic { text: " WMS a b".into() };
    assert_eq!(semantic.semantic(), Some("WMS"));
    assert!(semantic.streams().eq(["a", "b"]));
    both_ways("msid-semantic: WMS a b", Attribute::MsidSemantic(semantic));
    both_ways(
        "msid-semantic:WMS *",
        Attribute::MsidSemantic(MsidSemantic { text: "WMS *".into() }),
    );
}

#[test]
fn rtcp() {
    // RFC 3605 section 2.1.
    both_ways("rtcp:53020", Attribute::Rtcp(Rtcp { port: 53020, address: None }));
    let address = Some(NetworkAddress::from(IpAddr::V4(Ipv4Addr::new(126, 16, 64, 4))));
    both_ways("rtcp:53020 IN IP4 126.16.64.4", Attribute::Rtcp(Rtcp { port: 53020, address }));
    let line = "rtcp:53020 IN IP6 2001:2345:6789:ABCD:EF01:2345:6789:ABCD";
    assert_eq!(written(&Attribute::parse(line).unwrap()), line);
    for bad in ["", "65536", "9 ", "9 IN", "9 IN IP4", "9 IN IP4 ", "9 IN IP4 a b"] {
        refused(&["rtcp:", bad].concat(), ParseErrorKind::Attribute("rtcp"));
    }
    both_ways("rtcp-xr:rcvr-rtt=all", Attribute::RtcpXr("rcvr-rtt=all".into()));
}

#[test]
fn times_and_rates() {
    both_ways("ptime:20", Attribute::Ptime(20));
    both_ways("maxptime:120", Attribute::Maxptime(120));
    both_ways("framerate:60", Attribute::Framerate("60".into()));
    both_ways("framerate:29.97", Attribute::Framerate("29.97".into()));
    kept("ptime:2.5");
    kept("maxptime:");
    kept("framerate:fast");
}

#[test]
fn what_is_not_known_is_kept() {
    for line in [
        "x",
        "x:",
        "x:y",
        "x::y",
        "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc",
        "x y:z",
        "MID:0",
        "\u{e9}:\u{65e5}\u{672c}",
    ] {
        kept(line);
    }
    refused("", ParseErrorKind::AttributeName);
    refused(":x", ParseErrorKind::AttributeName);
}

fn mids<const N: usize>(mids: [&str; N]) -> vec::Vec<Box<str>> {
    mids.into_iter().map(Into::into).collect()
}

proptest! {
    #[test]
    fn what_is_read_is_written_to_be_read_the_same(
        name in prop::sample::select(&[
            "mid", "group", "ice-options", "candidate", "remote-candidates", "fingerprint",
            "sctp-init", "sctpmap", "msid", "rtcp", "rtcp-fb", "rtpmap", "fmtp", "extmap", "ssrc",
            "ssrc-group", "rid", "simulcast", "ptime", "framerate", "x", "sendrecv",
        ][..]),
        value in "[a-c0-9 /:;,=~*.+-]{0,30}|([a-b]{1,3}|[0-9]{1,3}| |/|;|,|send |recv |pt=){0,12}",
    ) {
        let line = [name, ":", &value].concat();
        if let Ok(attribute) = Attribute::parse(&line) {
            prop_assert_eq!(Attribute::parse(&written(&attribute)), Ok(attribute));
        }
    }
}
