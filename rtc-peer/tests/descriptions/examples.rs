//! What is said in the situations of RFC 9429 section 7, to the letter, beside what that document
//! has there.
//!
//! Our descriptions stand in `examples/`, as a fixed seed makes them; a change of what descriptions
//! look like shows up there. With `WRITE_EXAMPLES` in the environment they are written anew.
//!
//! The RFC's differ from ours in what nobody can compare (ids, credentials, fingerprints, ports and
//! addresses, mids that are names there and numbers here, codecs and their numbers), and in what
//! the tests name, kind of line by kind of line:
//!
//! * Bundled m-sections repeat the transport, as all browsers have it; RFC 9429 leaves it out
//!   (sections 5.2.1 and 5.3.1).
//! * `a=group:LS`: tracks of one stream belong together by `a=msid`; no browser writes the groups.
//! * `a=rtcp-mux-only` stands in all first offers, as section 5.2.1 has it and example 7.1 has not.
//! * `a=ssrc`, `a=ssrc-group` and the track in `a=msid` are for peers older than the RFC.
//!   Those of 7.2 and 7.3 have it in answers and later offers too, where section 5.2.2 forbids it.
//! * There is no `a=simulcast` with its `a=rid` in example 7.2: we do not send simulcast.
//! * There is no `a=imageattr`: we decode nothing, so no picture is too large.
//! * `a=rtcp-fb` also stands in audio: transport-wide congestion control is younger than the RFC.

use std::collections::BTreeSet;
use std::path::Path;

use rtc_peer::{
    BundlePolicy, Configuration, DataChannelInit, Description, Event, MediaKind, Track,
    TransceiverDirection,
};

use crate::common::{Pair, Who};
use crate::setup::sections;

#[track_caller]
fn is_as_written(name: &str, description: &Description) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/descriptions/examples").join(name);
    if std::env::var_os("WRITE_EXAMPLES").is_some() {
        std::fs::write(&path, &description.sdp).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    let (found, expected): (Vec<_>, Vec<_>) =
        (description.sdp.lines().collect(), written.lines().collect());
    for (number, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert_eq!(found, expected, "{name}, line {}", number + 1);
    }
    assert_eq!(found.len(), expected.len(), "{name}");
}

/// The kinds of lines of an m-section.
fn kinds(section: &str) -> BTreeSet<String> {
    let kind = |line: &str| match line.strip_prefix("a=") {
        Some(attribute) => attribute.split(':').next().unwrap_or_default().to_string(),
        None => line.chars().take(1).collect(),
    };
    section.lines().filter(|line| !line.is_empty()).map(kind).collect()
}

/// Compares the kinds of lines of each m-section with the RFC's: what it has more, and what we have.
#[track_caller]
fn differs_by(ours: &Description, rfc: &str, only_theirs: &[&str], only_ours: &[&str]) {
    let rfc = rfc.replace('\n', "\r\n");
    let (ours, theirs) = (sections(&ours.sdp), sections(&rfc));
    assert_eq!(ours.len(), theirs.len());
    for (index, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        let (ours, theirs) = (kinds(ours), kinds(theirs));
        let missing: Vec<_> =
            theirs.difference(&ours).filter(|kind| !only_theirs.contains(&&***kind)).collect();
        let more: Vec<_> =
            ours.difference(&theirs).filter(|kind| !only_ours.contains(&&***kind)).collect();
        assert!(missing.is_empty(), "section {index} has no {missing:?}");
        assert!(more.is_empty(), "section {index} has also {more:?}");
    }
}

fn max_bundle() -> Configuration {
    let mut configuration = Configuration::default();
    configuration.bundle_policy = BundlePolicy::MaxBundle;
    configuration
}

/// Sets an offer of one on both sides; gives it out as it is once the candidates are known.
fn offer(pair: &mut Pair, who: Who) -> Description {
    let now = pair.now;
    let offerer = &mut pair.peer(who).connection;
    offerer.set_local_description(now, None).unwrap();
    let offer = offerer.pending_local_description().unwrap();
    pair.peer(who.other()).connection.set_remote_description(now, offer.clone()).unwrap();
    offer
}

/// The same for the answer of one.
fn answer(pair: &mut Pair, who: Who) -> Description {
    let now = pair.now;
    let answerer = &mut pair.peer(who).connection;
    answerer.set_local_description(now, None).unwrap();
    let answer = answerer.current_local_description().unwrap();
    pair.peer(who.other()).connection.set_remote_description(now, answer.clone()).unwrap();
    answer
}

fn add(pair: &mut Pair, who: Who, kind: MediaKind, name: &str, stream: &str) {
    pair.peer(who).connection.add_track(Track::new(kind, name), &[stream]).unwrap();
}

/// The number of `track` events that one has seen.
fn tracks(pair: &Pair, who: Who) -> usize {
    let peer = if who == Who::Alice { &pair.alice } else { &pair.bob };
    peer.history.iter().filter(|event| matches!(event, Event::Track(_))).count()
}

#[test]
fn the_simple_example_of_section_7_1() {
    let mut pair = Pair::new();
    add(&mut pair, Who::Alice, MediaKind::Audio, "audio", "alice");
    add(&mut pair, Who::Alice, MediaKind::Video, "video", "alice");
    let offer = offer(&mut pair, Who::Alice);
    is_as_written("7.1-offer-A1.sdp", &offer);
    pair.drain();
    assert_eq!(tracks(&pair, Who::Bob), 2);
    add(&mut pair, Who::Bob, MediaKind::Audio, "audio", "bob");
    add(&mut pair, Who::Bob, MediaKind::Video, "video", "bob");
    let answer = answer(&mut pair, Who::Bob);
    is_as_written("7.1-answer-A1.sdp", &answer);
    pair.drive_until(|pair| pair.is_connected());
    assert_eq!(tracks(&pair, Who::Alice), 2);
    assert_eq!(pair.bob.connection.transceivers().count(), 2, "tracks go where there is room");
    let more = ["ssrc", "ssrc-group", "rtcp-mux-only", "rtcp-fb"];
    differs_by(&offer, include_str!("examples/rfc-7.1-offer-A1.sdp"), &[], &more);
    let more = [
        "ssrc",
        "ssrc-group",
        "rtcp-fb",
        "candidate",
        "end-of-candidates",
        "ice-ufrag",
        "ice-pwd",
        "fingerprint",
        "setup",
        "tls-id",
        "rtcp-mux",
        "rtcp-rsize",
    ];
    differs_by(&answer, include_str!("examples/rfc-7.1-answer-A1.sdp"), &[], &more);
}

#[test]
fn the_detailed_example_of_section_7_2() {
    let mut pair = Pair::with(max_bundle(), max_bundle());
    add(&mut pair, Who::Alice, MediaKind::Audio, "audio", "alice");
    let chat = DataChannelInit::default();
    pair.alice.connection.create_data_channel("chat", chat.clone()).unwrap();
    let offer_1 = offer(&mut pair, Who::Alice);
    is_as_written("7.2-offer-B1.sdp", &offer_1);
    add(&mut pair, Who::Bob, MediaKind::Audio, "audio", "bob");
    pair.bob.connection.create_data_channel("chat", chat).unwrap();
    let answer_1 = answer(&mut pair, Who::Bob);
    is_as_written("7.2-answer-B1.sdp", &answer_1);
    pair.drive_until(|pair| pair.is_connected() && pair.bob.opened().len() == 2);
    add(&mut pair, Who::Bob, MediaKind::Video, "camera", "bob");
    add(&mut pair, Who::Bob, MediaKind::Video, "screen", "screen");
    let offer_2 = offer(&mut pair, Who::Bob);
    is_as_written("7.2-offer-B2.sdp", &offer_2);
    let answer_2 = answer(&mut pair, Who::Alice);
    is_as_written("7.2-answer-B2.sdp", &answer_2);
    pair.drain();
    assert_eq!(tracks(&pair, Who::Alice), 3);
    assert!(pair.is_connected(), "nothing of the transport has changed");
    let transport = [
        "ssrc",
        "ssrc-group",
        "rtcp-fb",
        "candidate",
        "end-of-candidates",
        "ice-ufrag",
        "ice-pwd",
        "fingerprint",
        "setup",
        "tls-id",
        "rtcp-mux",
        "rtcp-mux-only",
        "rtcp-rsize",
        "rtcp",
    ];
    let less = ["imageattr", "rtcp-mux-only", "rid", "simulcast"];
    differs_by(&offer_1, include_str!("examples/rfc-7.2-offer-B1.sdp"), &less, &transport);
    differs_by(&answer_1, include_str!("examples/rfc-7.2-answer-B1.sdp"), &less, &transport);
    differs_by(&offer_2, include_str!("examples/rfc-7.2-offer-B2.sdp"), &less, &transport);
    differs_by(&answer_2, include_str!("examples/rfc-7.2-answer-B2.sdp"), &less, &transport);
}

#[test]
fn the_early_warmup_of_section_7_3() {
    let mut pair = Pair::with(max_bundle(), max_bundle());
    add(&mut pair, Who::Alice, MediaKind::Audio, "audio", "alice");
    add(&mut pair, Who::Alice, MediaKind::Video, "video", "alice");
    let offer_1 = offer(&mut pair, Who::Alice);
    is_as_written("7.3-offer-C1.sdp", &offer_1);
    // Bob answers at once that he will send, and has nothing to send yet.
    let ids: Vec<_> = pair.bob.connection.transceivers().map(|one| one.id()).collect();
    for id in &ids {
        let mut transceiver = pair.bob.connection.transceiver_mut(*id).unwrap();
        transceiver.set_direction(TransceiverDirection::SendOnly).unwrap();
        transceiver.set_streams(&["bob"]).unwrap();
    }
    let answer_1 = answer(&mut pair, Who::Bob);
    is_as_written("7.3-answer-C1.sdp", &answer_1);
    pair.drive_until(|pair| pair.is_connected());
    assert_eq!(tracks(&pair, Who::Alice), 2);
    // He takes the call.
    for (id, kind) in ids.iter().zip([MediaKind::Audio, MediaKind::Video]) {
        let mut transceiver = pair.bob.connection.transceiver_mut(*id).unwrap();
        transceiver.replace_track(Some(Track::new(kind, format!("{kind}")))).unwrap();
        transceiver.set_direction(TransceiverDirection::SendRecv).unwrap();
    }
    let offer_2 = offer(&mut pair, Who::Bob);
    is_as_written("7.3-offer-C2.sdp", &offer_2);
    let answer_2 = answer(&mut pair, Who::Alice);
    is_as_written("7.3-answer-C2.sdp", &answer_2);
    for connection in [&pair.alice.connection, &pair.bob.connection] {
        let both = Some(TransceiverDirection::SendRecv);
        assert!(connection.transceivers().all(|one| one.current_direction() == both));
    }
    let transport = [
        "ssrc",
        "ssrc-group",
        "rtcp-fb",
        "candidate",
        "end-of-candidates",
        "ice-ufrag",
        "ice-pwd",
        "fingerprint",
        "setup",
        "tls-id",
        "rtcp-mux",
        "rtcp-mux-only",
        "rtcp-rsize",
        "rtcp",
    ];
    let less = ["imageattr", "rtcp-mux-only"];
    differs_by(&offer_1, include_str!("examples/rfc-7.3-offer-C1.sdp"), &less, &transport);
    differs_by(&answer_1, include_str!("examples/rfc-7.3-answer-C1.sdp"), &less, &transport);
    differs_by(&offer_2, include_str!("examples/rfc-7.3-offer-C2.sdp"), &less, &transport);
    differs_by(&answer_2, include_str!("examples/rfc-7.3-answer-C2.sdp"), &less, &transport);
}
