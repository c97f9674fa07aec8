use alloc::string::String;
use alloc::vec::Vec;

use crate::{
    Direction, Feedback, Group, HashFunction, MediaDescription, ParseError, SessionDescription,
    Setup, TransportProtocol,
};

const SESSION: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";

fn parse(session: &str, media: &[&str]) -> SessionDescription {
    let mut text = String::from(SESSION);
    for lines in [session].iter().chain(media) {
        for line in lines.split('|').filter(|line| !line.is_empty()) {
            text.push_str(line);
            text.push_str("\r\n");
        }
    }
    SessionDescription::parse(&text).unwrap_or_else(|error: ParseError| panic!("{error}"))
}

fn nth(session: &SessionDescription, index: usize) -> &MediaDescription {
    session.media.get(index).unwrap()
}

#[test]
fn a_media_description_takes_what_it_lacks_from_the_session() {
    let session = parse(
        "a=ice-ufrag:sess|a=ice-pwd:sessionsessionsession0|a=setup:actpass|a=sendonly|\
         a=ice-options:trickle|a=fingerprint:x AA|a=fingerprint:y BB|a=extmap:1 session|\
         a=extmap-allow-mixed|a=cryptex|a=end-of-candidates|a=ice-lite|a=ice-pacing:20",
        &[
            "m=audio 9 UDP/TLS/RTP/SAVPF 0",
            "m=audio 9 UDP/TLS/RTP/SAVPF 0|c=IN IP6 ::1|a=ice-ufrag:medi|\
             a=ice-pwd:mediamediamediamedia00|a=setup:active|a=inactive|a=ice-options:ice2,goog-x rtp+ecn|\
             a=fingerprint:z CC|a=extmap:2 media|a=tls-id:abc3de65cddef001be82",
        ],
    );
    let (bare, own) = (nth(&session, 0), nth(&session, 1));
    assert_eq!((session.ice_ufrag(bare), session.ice_ufrag(own)), (Some("sess"), Some("medi")));
    let password = |media| session.ice_pwd(media).map(|password| password.as_str());
    assert_eq!(password(bare), Some("sessionsessionsession0"));
    assert_eq!(password(own), Some("mediamediamediamedia00"));
    assert_eq!(
        (session.setup(bare), session.setup(own)),
        (Some(Setup::Actpass), Some(Setup::Active))
    );
    assert_eq!(session.direction(bare), Direction::SendOnly);
    assert_eq!(session.direction(own), Direction::Inactive);
    assert!(session.ice_options(bare).eq(["trickle"]));
    assert!(session.ice_options(own).eq(["trickle", "ice2", "goog-x", "rtp+ecn"]));
    let hashes = |media| -> Vec<&HashFunction> {
        session.fingerprints(media).map(|fingerprint| fingerprint.hash()).collect()
    };
    let other = |name: &str| HashFunction::Other(name.into());
    assert_eq!(hashes(bare), [&other("x"), &other("y")]);
    assert_eq!(hashes(own), [&other("z")]);
    assert!(session.extmaps(bare).map(|extmap| extmap.id).eq([1]));
    assert!(session.extmaps(own).map(|extmap| extmap.id).eq([1, 2]));
    assert!(session.extmap_allow_mixed(bare) && session.cryptex(own));
    assert!(session.end_of_candidates(own));
    assert!(session.ice_lite());
    assert_eq!(session.ice_pacing(), Some(20));
    assert_eq!((bare.tls_id(), own.tls_id()), (None, Some("abc3de65cddef001be82")));
    assert!(session.connections(bare).map(|c| &*c.address).eq(["192.0.2.1"]));
    assert!(session.connections(own).map(|c| &*c.address).eq(["::1"]));
}

#[test]
fn what_nobody_wrote_is_absent() {
    let session = parse("", &["m=audio 9 UDP/TLS/RTP/SAVPF 0"]);
    let media = nth(&session, 0);
    assert_eq!(session.ice_ufrag(media), None);
    assert_eq!(session.ice_pwd(media), None);
    assert_eq!(session.setup(media), None);
    assert_eq!(session.direction(media), Direction::SendRecv);
    assert_eq!(session.fingerprints(media).count(), 0);
    assert!(!session.end_of_candidates(media) && !session.ice_lite() && !session.cryptex(media));
    assert!(!media.rtcp_mux() && !media.rtcp_mux_only() && !media.rtcp_rsize());
    assert_eq!((media.mid(), media.sctp_port(), media.max_message_size()), (None, None, None));
    assert!(media.sctp_init().is_none() && media.simulcast().is_none() && media.rtcp().is_none());
    assert!(!media.is_data_channel());
}

#[test]
fn media_descriptions_are_found_by_mid() {
    let session = parse(
        "a=group:BUNDLE a c|a=group:LS a b",
        &["m=audio 9 RTP/AVP 0|a=mid:a", "m=audio 9 RTP/AVP 0", "m=audio 9 RTP/AVP 0|a=mid:c"],
    );
    assert_eq!(session.media_by_mid("c").map(|(index, _)| index), Some(2));
    assert!(session.media_by_mid("b").is_none());
    let mids: Vec<_> = session.mids().into_iter().collect();
    assert_eq!(mids, [("a", 0), ("c", 2)]);
    let bundles: Vec<_> = session.bundles().cloned().collect();
    assert_eq!(bundles, [Group::bundle(["a", "c"])]);
    assert_eq!(session.groups().count(), 2);
}

#[test]
fn port_zero_rejects_unless_bundle_only() {
    let session = parse(
        "",
        &[
            "m=audio 0 RTP/AVP 0",
            "m=audio 0 RTP/AVP 0|a=bundle-only",
            "m=audio 9 RTP/AVP 0|a=bundle-only",
        ],
    );
    let told: Vec<_> =
        session.media.iter().map(|media| (media.is_rejected(), media.is_bundle_only())).collect();
    assert_eq!(told, [(true, false), (false, true), (false, false)]);
}

#[test]
fn data_channels_are_known_in_both_forms() {
    let session = parse(
        "",
        &[
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel|a=sctp-port:5001|\
             a=max-message-size:7|a=sctp-init:AQAA",
            "m=application 9 DTLS/SCTP 5000|a=sctpmap:5000 webrtc-datachannel 256",
            "m=application 9 TCP/DTLS/SCTP other",
            "m=application 9 DTLS/SCTP 5000",
        ],
    );
    let data: Vec<_> =
        session.media.iter().map(|media| (media.is_data_channel(), media.sctp_port())).collect();
    assert_eq!(data, [(true, Some(5001)), (true, Some(5000)), (false, None), (false, Some(5000))]);
    assert_eq!(nth(&session, 0).max_message_size(), Some(7));
    assert_eq!(nth(&session, 0).sctp_init(), Some(&[1, 0, 0][..]));
}

#[test]
fn payload_types_are_gathered_in_the_order_of_preference() {
    let session = parse(
        "",
        &["m=video 9 UDP/TLS/RTP/SAVPF 120 96 97 96|a=fmtp:97 apt=96|a=rtpmap:96 VP8/90000|\
           a=rtpmap:97 rtx/90000|a=rtcp-fb:* transport-cc|a=rtcp-fb:96 nack|a=rtpmap:5 x/1"],
    );
    let formats = nth(&session, 0).payload_formats();
    assert!(formats.iter().map(|format| format.payload_type).eq([120, 96, 97]));
    let vp8 = formats.find(96).unwrap();
    assert!(vp8.rtpmap.is_some_and(|rtpmap| rtpmap.is("vp8") && rtpmap.clock_rate == 90_000));
    assert!(formats.feedback(vp8).eq([&Feedback::Nack, &Feedback::TransportCc]));
    let rtx = formats.find(97).unwrap();
    assert_eq!(rtx.fmtps.first().and_then(|fmtp| fmtp.parameter("apt")), Some("96"));
    assert!(formats.feedback(rtx).eq([&Feedback::TransportCc]));
    assert!(formats.find(120).is_some_and(|format| format.rtpmap.is_none()));
    assert!(formats.find(5).is_none());
    assert_eq!(formats.conflict(), None);

    let session = parse(
        "",
        &["m=video 9 UDP/TLS/RTP/SAVPF 96|a=rtpmap:96 VP8/90000|a=rtpmap:96 VP8/90000|\
           a=rtpmap:96 H264/90000"],
    );
    let formats = nth(&session, 0).payload_formats();
    assert_eq!(formats.conflict(), Some(96));
    assert!(formats.find(96).and_then(|format| format.rtpmap).is_some_and(|map| map.is("VP8")));
}

#[test]
fn a_header_extension_id_means_one_extension() {
    let session = parse(
        "a=extmap:1 a",
        &[
            "m=audio 9 RTP/AVP 0|a=extmap:1 a|a=extmap:2 b|a=extmap:4096 c|a=extmap:4096 d",
            "m=audio 9 RTP/AVP 0|a=extmap:1 b",
            "m=audio 9 RTP/AVP 0|a=extmap:255 b|a=extmap:255 c",
        ],
    );
    let conflicts: Vec<_> =
        session.media.iter().map(|media| session.conflicting_extmap(media)).collect();
    assert_eq!(conflicts, [None, Some(1), Some(255)]);
}

#[test]
fn sources_and_streams_are_listed() {
    let session = parse(
        "",
        &["m=video 9 UDP/TLS/RTP/SAVPF 96|a=msid:s t|a=ssrc:1 cname:x|a=ssrc:2 cname:x|\
           a=ssrc-group:FID 1 2|a=rid:q send|a=simulcast:send q|a=rtcp:9|a=rtcp-mux|\
           a=rtcp-mux-only|a=rtcp-rsize|a=candidate:1 1 udp 1 ::1 1 typ host|a=candidate:odd"],
    );
    let media = nth(&session, 0);
    assert!(media.msids().map(|msid| &*msid.stream).eq(["s"]));
    assert!(media.ssrcs().map(|ssrc| ssrc.ssrc).eq([1, 2]));
    assert!(media.ssrc_groups().map(|group| group.ssrcs.len()).eq([2]));
    assert!(media.rids().map(|rid| &*rid.id).eq(["q"]));
    assert_eq!(media.simulcast().map(|simulcast| simulcast.send.len()), Some(1));
    assert_eq!(media.rtcp().map(|rtcp| rtcp.port), Some(9));
    assert!(media.rtcp_mux() && media.rtcp_mux_only() && media.rtcp_rsize());
    assert_eq!(media.candidates().count(), 1);
}

#[test]
fn directions_turn_round_and_restrict_each_other() {
    use Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
    for (direction, reversed) in
        [(SendRecv, SendRecv), (SendOnly, RecvOnly), (RecvOnly, SendOnly), (Inactive, Inactive)]
    {
        assert_eq!(direction.reversed(), reversed);
        assert_eq!(direction.restricted_to(SendRecv), direction);
        assert_eq!(direction.restricted_to(Inactive), Inactive);
        assert_eq!(Direction::of(direction.sends(), direction.receives()), direction);
    }
    assert_eq!(SendOnly.restricted_to(RecvOnly), Inactive);
}

#[test]
fn protocols_say_what_they_carry() {
    let session = parse(
        "",
        &[
            "m=audio 9 RTP/AVP 0",
            "m=audio 9 TCP/DTLS/RTP/SAVPF 0",
            "m=audio 9 UDP/FUTURE/RTP/SAVPF 0",
            "m=application 9 UDP/DTLS/SCTP x",
            "m=application 9 udp x",
        ],
    );
    let told: Vec<_> = session
        .media
        .iter()
        .map(|media| &media.protocol)
        .map(|protocol| (protocol.is_rtp(), protocol.has_feedback(), protocol.is_sctp()))
        .collect();
    let expected = [
        (true, false, false),
        (true, true, false),
        (true, true, false),
        (false, false, true),
        (false, false, false),
    ];
    assert_eq!(told, expected);
    assert_eq!(nth(&session, 4).protocol, TransportProtocol::Other("udp".into()));
}
