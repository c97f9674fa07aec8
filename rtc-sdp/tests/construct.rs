//! Descriptions made from values, as an offerer makes them.

use core::net::{IpAddr, Ipv4Addr};

use rtc_sdp::{
    Attribute, Bandwidth, Candidate, CandidateAddress, Direction, Extmap, Feedback, FeedbackTarget,
    Fingerprint, Fmtp, Format, Group, HashFunction, IcePassword, MediaDescription, MediaKind, Msid,
    NetworkAddress, Origin, Rid, RidDirection, RtcpFb, Rtpmap, SessionDescription, Setup,
    Simulcast, Ssrc, Timing, TransportProtocol,
};

fn transport(attributes: &mut Vec<Attribute>) {
    attributes.extend([
        Attribute::IceUfrag("ETEn".into()),
        Attribute::IcePwd(IcePassword::new("OtSK0WpNtpUjkY4+86js7ZQl")),
        Attribute::IceOptions(vec!["trickle".into(), "ice2".into()]),
        Attribute::Fingerprint(Fingerprint::new(HashFunction::Sha256, [0xab; 32])),
        Attribute::Setup(Setup::Actpass),
    ]);
}

#[test]
fn a_data_channel_offer_is_made_from_values() {
    let mut session = SessionDescription::new(Origin::new(4_962_303_333_179_871_722, 1));
    session.attributes.push(Attribute::Group(Group::bundle(["0"])));
    let mut data = MediaDescription::new(MediaKind::Application, 9, TransportProtocol::UdpDtlsSctp);
    data.formats.push(Format::data_channel());
    data.connections.push(NetworkAddress::unspecified());
    data.attributes.push(Attribute::Mid("0".into()));
    transport(&mut data.attributes);
    let address = CandidateAddress::from(IpAddr::V4(Ipv4Addr::LOCALHOST));
    data.attributes.push(Candidate::host("1", 2_130_706_431, address, 5000).into());
    data.attributes.extend([Attribute::SctpPort(5000), Attribute::MaxMessageSize(262_144)]);
    session.media.push(data);

    let fingerprint = ["AB"; 32].join(":");
    let expected = format!(
        "v=0\r\no=- 4962303333179871722 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
         m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n\
         a=ice-ufrag:ETEn\r\na=ice-pwd:OtSK0WpNtpUjkY4+86js7ZQl\r\na=ice-options:trickle ice2\r\n\
         a=fingerprint:sha-256 {fingerprint}\r\na=setup:actpass\r\n\
         a=candidate:1 1 udp 2130706431 127.0.0.1 5000 typ host\r\n\
         a=sctp-port:5000\r\na=max-message-size:262144\r\n"
    );
    assert_eq!(session.to_string(), expected);
    assert_eq!(expected.parse(), Ok(session));
}

#[test]
fn a_video_offer_is_made_from_values() {
    let mut session = SessionDescription::new(Origin::new(1, 2));
    let mut video = MediaDescription::new(MediaKind::Video, 9, TransportProtocol::UdpTlsRtpSavpf);
    video.formats.extend([Format::PayloadType(96), Format::PayloadType(97)]);
    video.bandwidths.push(Bandwidth { kind: "AS".into(), value: 2000 });
    let target = FeedbackTarget::PayloadType(96);
    video.attributes.extend([
        Attribute::Mid("v".into()),
        Attribute::Direction(Direction::SendOnly),
        Attribute::RtcpMux,
        Attribute::Extmap(Extmap::new(1, "urn:ietf:params:rtp-hdrext:sdes:mid")),
        Attribute::Msid(Msid::new("-", None)),
        Attribute::Rtpmap(Rtpmap::new(96, "VP8", 90_000)),
        Attribute::RtcpFb(RtcpFb { target, feedback: Feedback::NackPli }),
        Attribute::Rtpmap(Rtpmap::new(97, "rtx", 90_000)),
        Attribute::Fmtp(Fmtp { payload_type: 97, parameters: "apt=96".into() }),
        Attribute::Rid(Rid::new("q", RidDirection::Send)),
        Attribute::Simulcast(Simulcast::send(["q"])),
        Attribute::Ssrc(Ssrc::cname(1, "x")),
        Attribute::unknown("x-mine", Some("1")),
    ]);
    session.media.push(video);
    let expected = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nb=AS:2000\r\na=mid:v\r\na=sendonly\r\na=rtcp-mux\r\n\
        a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=msid:-\r\na=rtpmap:96 VP8/90000\r\n\
        a=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rid:q send\r\n\
        a=simulcast:send q\r\na=ssrc:1 cname:x\r\na=x-mine:1\r\n";
    assert_eq!(session.to_string(), expected);
    assert_eq!(SessionDescription::parse(expected), Ok(session));
}

#[test]
fn every_line_of_rfc_8866_has_its_place() {
    let text = "v=0\r\no=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\ns=Call to J\u{f6}hn\r\n\
        i=SDP Offer #1\r\nu=http://www.jdoe.example.com/home.html\r\n\
        e=Jane Doe <jane@jdoe.example.com>\r\ne=x@example.com\r\np=+1 617 555-6011\r\n\
        c=IN IP4 233.252.0.1/127/3\r\nb=CT:128\r\nb=X-YZ:18446744073709551615\r\n\
        t=3724394400 3724398000\r\nr=604800 3600 0 90000\r\nr=7d 1h 0 25h\r\nt=0 0\r\n\
        z=3730928400 -1h 3749680800 0\r\nk=prompt\r\na=recvonly\r\n\
        m=audio 49170/2 RTP/AVP 0\r\ni=a title\r\nc=NET FOO bar\r\nc=IN IP6 ff00::db8:0:101/3\r\n\
        b=TIAS:1\r\nk=clear:x\r\na=mid:a\r\nm=mine 49180 tcp/x a b\r\n";
    let session = SessionDescription::parse(text).expect("a whole description");
    assert_eq!(session.to_string(), text);
    assert_eq!(session.timings.len(), 2);
    assert_eq!(session.timings[0].repeats.len(), 2);
    assert_eq!(session.media[0].port_count, Some(2));
    assert_eq!(session.media[1].kind, MediaKind::Other("mine".into()));
    let shuffled =
        text.replace("b=CT:128\r\n", "").replace("k=prompt\r\n", "k=prompt\r\nb=CT:128\r\n");
    let again = SessionDescription::parse(&shuffled).expect("in another order");
    assert_eq!(again.bandwidths.len(), 2);
}

#[test]
fn no_value_breaks_out_of_its_line() {
    let evil = "x\r\na=setup:active\nm=audio 9 RTP/AVP 0\0";
    let mut session =
        SessionDescription::new(Origin { username: evil.into(), ..Origin::new(1, 1) });
    session.name = evil.into();
    session.information = Some(evil.into());
    session.emails.push(evil.into());
    session.timings = vec![Timing { repeats: vec![evil.into()], ..Timing::default() }];
    session.attributes.extend([
        Attribute::Mid(evil.into()),
        Attribute::unknown(evil, Some(evil)),
        Attribute::IcePwd(IcePassword::new(evil)),
        Attribute::Msid(Msid::new(evil, Some(evil))),
        Attribute::Rtpmap(Rtpmap::new(0, evil.to_owned(), 1)),
        Attribute::Extmap(Extmap::new(1, evil)),
        Attribute::Rid(Rid::new(evil, RidDirection::Send)),
        Attribute::Simulcast(Simulcast::send([evil])),
        Attribute::Group(Group::bundle([evil])),
        Attribute::Fingerprint(Fingerprint::new(HashFunction::Other(evil.into()), [1])),
        Attribute::RtcpFb(RtcpFb { target: FeedbackTarget::All, feedback: Feedback::new(evil) }),
    ]);
    session.media.push(MediaDescription::new(
        MediaKind::Other(evil.into()),
        9,
        TransportProtocol::Other(evil.into()),
    ));
    let text = session.to_string();
    assert_eq!(text.lines().count(), 7 + 11 + 1);
    assert!(text.lines().all(|line| line != "a=setup:active" && !line.contains('\0')));
}
