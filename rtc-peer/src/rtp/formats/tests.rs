//! What two sides make of each other's codecs.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::collections::BTreeSet;

use proptest::prelude::*;
use rtc_sdp::{MediaDescription, SessionDescription};

use super::*;

const AUDIO: MediaKind = MediaKind::Audio;
const VIDEO: MediaKind = MediaKind::Video;

fn section(lines: &str) -> MediaDescription {
    let text = format!("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n{lines}");
    SessionDescription::parse(&text).unwrap().media.remove(0)
}

fn lines(codecs: &[SectionCodec]) -> Vec<String> {
    let mut media = section("m=video 9 UDP/TLS/RTP/SAVPF 0\r\n");
    media.formats.clear();
    write(codecs, &mut media);
    let mut text =
        SessionDescription::parse("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n").unwrap();
    text.media.push(media);
    text.to_string().lines().skip(4).map(ToOwned::to_owned).collect()
}

fn first_offer(kind: MediaKind, types: &mut PayloadTypes) -> Vec<SectionCodec> {
    offer(kind, &[], &[], types)
}

fn names(codecs: &[SectionCodec]) -> Vec<(u8, &str, Option<u8>)> {
    codecs.iter().map(|codec| (codec.payload_type, codec.codec.name(), codec.rtx)).collect()
}

/// The m-sections of a Chromium's offer, as far as codecs go.
const CHROMIUM_AUDIO: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\n\
    a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n\
    a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n\
    a=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:13 CN/8000\r\na=rtpmap:110 telephone-event/48000\r\n\
    a=rtpmap:126 telephone-event/8000\r\n";
const CHROMIUM_VIDEO: &str = "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 45 46 98 99 118 119 120\r\n\
    a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 transport-cc\r\n\
    a=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n\
    a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:102 H264/90000\r\n\
    a=rtcp-fb:102 nack\r\na=rtcp-fb:102 nack pli\r\n\
    a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n\
    a=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\na=rtpmap:45 AV1/90000\r\n\
    a=fmtp:45 level-idx=5;profile=0;tier=0\r\na=rtpmap:46 rtx/90000\r\na=fmtp:46 apt=45\r\n\
    a=rtpmap:98 VP9/90000\r\na=fmtp:98 profile-id=0\r\na=rtpmap:99 rtx/90000\r\n\
    a=fmtp:99 apt=98\r\na=rtpmap:118 red/90000\r\na=rtpmap:119 rtx/90000\r\n\
    a=fmtp:119 apt=118\r\na=rtpmap:120 ulpfec/90000\r\n";
/// Those of a Firefox's.
const FIREFOX_AUDIO: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 109 9 0 8 101\r\n\
    a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1\r\na=fmtp:101 0-15\r\n\
    a=rtpmap:109 opus/48000/2\r\na=rtpmap:9 G722/8000/1\r\na=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n";

#[test]
fn an_offer_lists_the_capabilities_with_dynamic_payload_types_from_96() {
    let mut types = PayloadTypes::default();
    let audio = first_offer(AUDIO, &mut types);
    assert_eq!(
        names(&audio),
        [
            (96, "opus", None),
            (97, "red", None),
            (9, "G722", None),
            (0, "PCMU", None),
            (8, "PCMA", None),
            (13, "CN", None),
            (98, "telephone-event", None),
            (99, "telephone-event", None),
        ]
    );
    let video = first_offer(VIDEO, &mut types);
    assert_eq!(names(&video[..2]), [(100, "VP8", Some(101)), (102, "VP9", Some(103))]);
    assert_eq!(video.len(), 11);
    // All of a session can be bundled: no number twice, none that RTCP would be mistaken for.
    let all: Vec<u8> = audio
        .iter()
        .chain(&video)
        .flat_map(|codec| [Some(codec.payload_type), codec.rtx].into_iter().flatten())
        .collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    assert!(all.iter().all(|number| !(64..=95).contains(number)));
}

#[test]
fn codecs_are_written_as_a_description_has_them() {
    let mut types = PayloadTypes::default();
    let opus = capabilities::codecs(AUDIO).remove(0);
    let vp8 = capabilities::codecs(VIDEO);
    let audio = offer(AUDIO, &[opus], &[], &mut types);
    let video = offer(VIDEO, &vp8[..2], &[], &mut types);
    assert_eq!(
        lines(&[audio, video].concat()),
        [
            "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98",
            "a=rtpmap:96 opus/48000/2",
            "a=rtcp-fb:96 transport-cc",
            "a=fmtp:96 minptime=10;useinbandfec=1",
            "a=rtpmap:97 VP8/90000",
            "a=rtcp-fb:97 goog-remb",
            "a=rtcp-fb:97 transport-cc",
            "a=rtcp-fb:97 ccm fir",
            "a=rtcp-fb:97 nack",
            "a=rtcp-fb:97 nack pli",
            "a=rtpmap:98 rtx/90000",
            "a=fmtp:98 apt=97",
        ]
    );
}

#[test]
fn preferences_without_rtx_offer_no_retransmissions() {
    let codecs = capabilities::codecs(VIDEO);
    let preferences = [codecs[2].clone(), codecs[0].clone()];
    let offered = offer(VIDEO, &preferences, &[], &mut PayloadTypes::default());
    assert_eq!(names(&offered), [(96, "VP9", None), (97, "VP8", None)]);
}

#[test]
fn the_answer_to_chromium_keeps_its_payload_types_and_order() {
    let audio = answer(AUDIO, &[], &read(AUDIO, &section(CHROMIUM_AUDIO)), false);
    let numbers: Vec<u8> = audio.iter().map(|codec| codec.payload_type).collect();
    assert_eq!(numbers, [111, 63, 9, 0, 8, 13, 110, 126]);
    assert_eq!(audio[1].codec.sdp_fmtp_line.as_deref(), Some("111/111"));
    let video = answer(VIDEO, &[], &read(VIDEO, &section(CHROMIUM_VIDEO)), false);
    assert_eq!(
        names(&video),
        [(96, "VP8", Some(97)), (102, "H264", Some(103)), (98, "VP9", Some(99))]
    );
    // Feedback goes no further than the offer.
    let feedback = |index: usize| video[index].feedback;
    assert!(feedback(0).transport_cc && feedback(0).goog_remb && feedback(0).ccm_fir);
    assert_eq!(feedback(1), Feedback { nack: true, nack_pli: true, ..Feedback::default() });
    assert_eq!(feedback(2), Feedback::default());
}

#[test]
fn the_answer_to_firefox_understands_its_ways_of_writing() {
    let audio = answer(AUDIO, &[], &read(AUDIO, &section(FIREFOX_AUDIO)), false);
    assert_eq!(
        names(&audio),
        [
            (109, "opus", None),
            (9, "G722", None),
            (0, "PCMU", None),
            (8, "PCMA", None),
            (101, "telephone-event", None),
        ]
    );
    assert_eq!(audio[0].codec.sdp_fmtp_line.as_deref(), Some("minptime=10;useinbandfec=1"));
}

#[test]
fn an_answer_in_the_order_of_our_preferences() {
    let codecs = capabilities::codecs(VIDEO);
    let preferences = [codecs[2].clone(), codecs[0].clone()];
    let offered = read(VIDEO, &section(CHROMIUM_VIDEO));
    let answered = answer(VIDEO, &preferences, &offered, false);
    assert_eq!(names(&answered), [(98, "VP9", None), (96, "VP8", None)]);
}

#[test]
fn nothing_is_answered_to_an_offer_without_a_codec_that_carries_a_track() {
    let only = section(
        "m=audio 9 UDP/TLS/RTP/SAVPF 13 126 96\r\na=rtpmap:126 telephone-event/8000\r\n\
         a=rtpmap:96 speex/16000\r\n",
    );
    assert_eq!(answer(AUDIO, &[], &read(AUDIO, &only), false), []);
}

#[test]
fn static_payload_types_need_no_rtpmap_and_others_do() {
    let codecs = read(AUDIO, &section("m=audio 9 RTP/SAVPF 0 8 9 13 3 96\r\n"));
    let numbers: Vec<u8> = codecs.iter().map(|codec| codec.payload_type).collect();
    assert_eq!(numbers, [0, 8, 9, 13]);
    assert!(codecs.iter().all(|codec| codec.codec.channels == Some(1)));
    assert_eq!(read(VIDEO, &section("m=video 9 RTP/SAVPF 0 8\r\n")), []);
}

#[test]
fn payload_types_that_rtcp_would_be_mistaken_for_are_not_taken() {
    let media = section(
        "m=video 9 RTP/SAVPF 72 96 73\r\na=rtpmap:72 VP9/90000\r\na=rtpmap:96 VP8/90000\r\n\
         a=rtpmap:73 rtx/90000\r\na=fmtp:73 apt=96\r\n",
    );
    let offered = read(VIDEO, &media);
    assert_eq!(names(&answer(VIDEO, &[], &offered, false)), [(96, "VP8", None)]);
    let negotiated = negotiate(&offered, &offered);
    assert_eq!(names(&negotiated.send), [(96, "VP8", None)]);
    assert_eq!(names(&negotiated.receive), [(96, "VP8", None)]);
    let mut types = PayloadTypes::default();
    types.learn(&offered);
    let ours = offer(VIDEO, &[], &offered, &mut types);
    assert_eq!(names(&ours[..2]), [(96, "VP8", Some(97)), (98, "VP9", Some(99))]);
}

#[test]
fn feedback_for_all_payload_types_is_feedback_for_each() {
    let media = section(
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 VP9/90000\r\n\
         a=rtcp-fb:* ack ccfb\r\na=rtcp-fb:* transport-cc\r\na=rtcp-fb:97 nack\r\n",
    );
    let codecs = read(VIDEO, &media);
    assert!(all_offer_ccfb(&codecs));
    assert!(!codecs[0].feedback.nack && codecs[1].feedback.nack);
    // One mechanism of congestion control is enough.
    let with = answer(VIDEO, &[], &codecs, true);
    assert!(with.iter().all(|codec| codec.feedback.ccfb && !codec.feedback.transport_cc));
    let without = answer(VIDEO, &[], &codecs, false);
    assert!(without.iter().all(|codec| !codec.feedback.ccfb && codec.feedback.transport_cc));
}

#[test]
fn both_sides_agree_on_what_goes_which_way() {
    let offered = read(VIDEO, &section(CHROMIUM_VIDEO));
    let answered = answer(VIDEO, &[], &offered, false);
    let ours = negotiate(&answered, &offered);
    let theirs = negotiate(&offered, &answered);
    assert_eq!(names(&ours.send), names(&theirs.receive));
    assert_eq!(names(&ours.receive), names(&theirs.send));
    assert_eq!(names(&ours.send), names(&answered));
    assert_eq!(ours.send[0].feedback, theirs.receive[0].feedback);
}

#[test]
fn an_answer_may_have_payload_types_of_its_own() {
    let local = read(AUDIO, &section("m=audio 9 RTP/SAVPF 96\r\na=rtpmap:96 opus/48000/2\r\n"));
    let remote = read(AUDIO, &section("m=audio 9 RTP/SAVPF 111\r\na=rtpmap:111 OPUS/48000/2\r\n"));
    let negotiated = negotiate(&local, &remote);
    assert_eq!(negotiated.send[0].payload_type, 111);
    assert_eq!(negotiated.receive[0].payload_type, 96);
}

#[test]
fn applications_see_retransmission_formats_and_the_media_room_does_not() {
    let codecs = answer(VIDEO, &[], &read(VIDEO, &section(CHROMIUM_VIDEO)), false);
    let parameters = parameters(&codecs);
    assert_eq!(parameters.len(), 6);
    assert_eq!(parameters[1].payload_type, 97);
    assert_eq!(parameters[1].codec.mime_type, "video/rtx");
    assert_eq!(parameters[1].codec.sdp_fmtp_line.as_deref(), Some("apt=96"));
    let in_force = in_force(&codecs);
    assert_eq!(in_force.len(), 3);
    assert_eq!(in_force[0].rtx_payload_type, Some(97));
    assert_eq!(in_force[0].format, Some(rtc_srtp::payload::Format::Vp8));
}

#[test]
fn a_re_offer_keeps_the_payload_types_that_were_agreed_on() {
    let mut types = PayloadTypes::default();
    let agreed = answer(VIDEO, &[], &read(VIDEO, &section(CHROMIUM_VIDEO)), false);
    types.learn(&agreed);
    let again = offer(VIDEO, &[], &agreed, &mut types);
    for codec in &agreed {
        let same = again.iter().find(|other| other.codec.matches(&codec.codec)).unwrap();
        assert_eq!((same.payload_type, same.rtx), (codec.payload_type, codec.rtx));
    }
    assert_eq!(again.len(), 11);
    assert_eq!(names(&offer(VIDEO, &[], &again, &mut types)), names(&again));
    // What was agreed on stands first, with the feedback that was agreed on.
    let order: Vec<u8> = again.iter().take(3).map(|codec| codec.payload_type).collect();
    assert_eq!(order, [96, 102, 98]);
    assert_eq!(again[1].feedback, agreed[1].feedback);
    // Also in another m-section, and after the codec was away.
    let another = first_offer(VIDEO, &mut types);
    for codec in &another {
        let same = again.iter().find(|other| other.codec.matches(&codec.codec)).unwrap();
        assert_eq!((same.payload_type, same.rtx), (codec.payload_type, codec.rtx));
    }
    let audio = first_offer(AUDIO, &mut types);
    let video: BTreeSet<u8> = again
        .iter()
        .flat_map(|codec| [Some(codec.payload_type), codec.rtx].into_iter().flatten())
        .collect();
    assert!(audio.iter().all(|codec| !video.contains(&codec.payload_type)));
}

#[test]
fn codecs_for_which_no_payload_type_is_left_are_left_out() {
    let mut types = PayloadTypes::default();
    let foreign: Vec<SectionCodec> = (96..=127)
        .chain(35..=62)
        .map(|payload_type| SectionCodec {
            payload_type,
            codec: RtpCodec::new(AUDIO, &format!("x{payload_type}"), 8_000),
            feedback: Feedback::default(),
            rtx: None,
        })
        .collect();
    types.learn(&foreign);
    let offered = first_offer(AUDIO, &mut types);
    assert_eq!(
        names(&offered),
        [
            (63, "opus", None),
            (9, "G722", None),
            (0, "PCMU", None),
            (8, "PCMA", None),
            (13, "CN", None)
        ]
    );
}

#[test]
fn redundancy_goes_with_the_codec_that_it_repeats() {
    let known = capabilities::codecs(AUDIO);
    let (opus, red, g722) = (&known[0], &known[1], &known[2]);
    let offered = |preferences: &[&RtpCodec]| {
        let preferences: Vec<RtpCodec> = preferences.iter().map(|&codec| codec.clone()).collect();
        offer(AUDIO, &preferences, &[], &mut PayloadTypes::default())
    };
    let first = offered(&[red, g722, opus]);
    assert_eq!(names(&first), [(96, "red", None), (9, "G722", None), (97, "opus", None)]);
    assert_eq!(first[0].codec.sdp_fmtp_line.as_deref(), Some("97/97"));
    // What is sent by default is not redundancy.
    let in_force = in_force(&first);
    assert_eq!(in_force[0].codec.name(), "G722");
    assert_eq!((in_force[2].codec.name(), in_force[2].format), ("red", None));
    assert_eq!(names(&offered(&[red, g722])), [(9, "G722", None)]);
    // An answer without the codec has no redundancy for it either.
    let answered = answer(AUDIO, &[red.clone(), g722.clone()], &first, false);
    assert_eq!(names(&answered), [(9, "G722", None)]);
}

#[test]
fn whole_offers_of_browsers_are_answered_and_offered_again() {
    let samples = [
        include_str!("../../../tests/samples/chromium-offer.sdp"),
        include_str!("../../../tests/samples/chromium-offer-max-compat.sdp"),
        include_str!("../../../tests/samples/firefox-offer.sdp"),
        include_str!("../../../tests/samples/firefox-offer-max-bundle.sdp"),
    ];
    for sample in samples {
        let session = SessionDescription::parse(sample).unwrap();
        let mut types = PayloadTypes::default();
        let mut answers = Vec::new();
        for media in &session.media {
            let kind = match media.kind {
                rtc_sdp::MediaKind::Audio => AUDIO,
                rtc_sdp::MediaKind::Video => VIDEO,
                _ => continue,
            };
            let offered = read(kind, media);
            types.learn(&offered);
            let answered = answer(kind, &[], &offered, false);
            let has = |name| answered.iter().any(|codec| codec.codec.is(name));
            match kind {
                AUDIO => assert!(has("opus") && has("PCMU") && has("telephone-event")),
                VIDEO => assert!(has("VP8") && has("VP9") && !has("AV1") && !has("ulpfec")),
            }
            let repaired = |codec: &SectionCodec| codec.rtx.is_some();
            assert_eq!(answered.iter().all(repaired), kind == VIDEO);
            // What was written is read as what was meant.
            let mut written = media.clone();
            written.formats.clear();
            let is_codec = |it: &Attribute| {
                matches!(it, Attribute::Rtpmap(_) | Attribute::Fmtp(_) | Attribute::RtcpFb(_))
            };
            written.attributes.retain(|attribute| !is_codec(attribute));
            write(&answered, &mut written);
            assert_eq!(read(kind, &written), answered);
            let negotiated = negotiate(&answered, &offered);
            assert_eq!(negotiated.receive, answered);
            assert_eq!(names(&negotiated.send), names(&answered));
            answers.push((kind, answered));
        }
        assert_eq!(answers.len(), 2);
        for (kind, answered) in &answers {
            let again = offer(*kind, &[], answered, &mut types);
            assert_eq!(names(&again[..answered.len()]), names(answered));
            assert!(again.iter().all(|codec| *kind == AUDIO || codec.rtx.is_some()));
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_offered_is_answered_with_what_was_offered(
        entries in proptest::collection::vec((0u8..128, 0usize..20, 0u8..128), 0..40),
    ) {
        let known = [capabilities::codecs(AUDIO), capabilities::codecs(VIDEO)].concat();
        let offered: Vec<SectionCodec> = entries
            .iter()
            .filter_map(|&(payload_type, codec, rtx)| Some(SectionCodec {
                payload_type,
                codec: known.get(codec)?.clone(),
                feedback: Feedback { nack: true, ccfb: true, ..Feedback::default() },
                rtx: Some(rtx),
            }))
            .collect();
        for kind in [AUDIO, VIDEO] {
            let answered = answer(kind, &[], &offered, true);
            for codec in &answered {
                let is_offered = |offered: &SectionCodec| {
                    offered.payload_type == codec.payload_type && offered.codec.matches(&codec.codec)
                };
                prop_assert!(offered.iter().any(is_offered));
            }
            let mut types = PayloadTypes::default();
            types.learn(&offered);
            let again = offer(kind, &[], &answered, &mut types);
            let numbers: Vec<u8> = again.iter().map(|codec| codec.payload_type).collect();
            prop_assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
        }
    }
}
