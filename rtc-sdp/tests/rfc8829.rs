//! The exchanges of RFC 8829 section 7, unfolded.

use std::fs;
use std::path::PathBuf;

use rtc_sdp::{
    Attribute, CandidateKind, Direction, MediaKind, RidDirection, SessionDescription, Setup,
    TransportProtocol,
};

fn example(name: &str) -> SessionDescription {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/rfc8829").join(name);
    let text = fs::read_to_string(path).expect("the example is there");
    let session = SessionDescription::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(session.to_string(), text, "{name}");
    session
}

#[test]
fn all_examples_are_written_back_as_they_were_read() {
    for name in ["A1", "B1", "B2", "C1", "C2"] {
        for kind in ["offer", "answer"] {
            let session = example(&format!("{kind}-{name}.sdp"));
            for media in &session.media {
                for attribute in &media.attributes {
                    let is_known = !matches!(attribute, Attribute::Unknown { .. });
                    assert!(is_known || attribute.name() == "imageattr", "{attribute:?}");
                }
            }
        }
    }
}

#[test]
fn the_first_offer_says_what_the_rfc_says() {
    let session = example("offer-A1.sdp");
    assert_eq!(session.origin.session_id, 4_962_303_333_179_871_722);
    let bundle = session.bundles().next().expect("a bundle");
    assert!(bundle.mids.iter().map(|mid| &**mid).eq(["a1", "v1"]));
    let (_, audio) = session.media_by_mid("a1").expect("audio");
    assert_eq!(audio.kind, MediaKind::Audio);
    assert_eq!(audio.protocol, TransportProtocol::UdpTlsRtpSavpf);
    assert_eq!(audio.port, 10100);
    assert_eq!(session.setup(audio), Some(Setup::Actpass));
    assert_eq!(session.ice_ufrag(audio), Some("ETEn"));
    assert!(session.ice_options(audio).eq(["trickle", "ice2"]));
    assert_eq!(audio.candidates().count(), 2);
    assert!(session.end_of_candidates(audio));
    let formats = audio.payload_formats();
    let opus = formats.iter().next().and_then(|format| format.rtpmap).expect("opus");
    assert!(opus.is("opus"));
    assert_eq!((opus.clock_rate, opus.channels), (48_000, Some(2)));
    assert_eq!(audio.tls_id(), Some("91bbf309c0990a6bec11e38ba2933cee"));
}

#[test]
fn a_data_channel_may_be_bundle_only() {
    let session = example("offer-B1.sdp");
    let (index, data) = session.media_by_mid("d1").expect("data");
    assert_eq!(index, 1);
    assert!(data.is_data_channel() && data.is_bundle_only() && !data.is_rejected());
    assert_eq!(data.sctp_port(), Some(5000));
    assert_eq!(data.max_message_size(), Some(65536));
}

#[test]
fn simulcast_and_relayed_candidates_are_read() {
    let session = example("offer-B2.sdp");
    let (_, video) = session.media_by_mid("v1").expect("video");
    assert!(video.rids().map(|rid| (&*rid.id, rid.direction)).eq([
        ("1", RidDirection::Send),
        ("2", RidDirection::Send),
        ("3", RidDirection::Send),
    ]));
    assert_eq!(video.simulcast().map(|simulcast| simulcast.send.len()), Some(3));
    let (_, audio) = session.media_by_mid("a1").expect("audio");
    let kinds: Vec<_> = audio.candidates().map(|candidate| candidate.kind.clone()).collect();
    assert_eq!(kinds, [CandidateKind::Host, CandidateKind::Srflx, CandidateKind::Relay]);

    let answer = example("answer-B2.sdp");
    let (_, video) = answer.media_by_mid("v1").expect("video");
    assert_eq!(answer.direction(video), Direction::RecvOnly);
}
