//! Audio and video: which transceiver has which m-section, which codecs, and what is said of tracks.

use rtc_peer::{
    Description, Event, MediaKind, PeerConnection, Track, TransceiverDirection, TransceiverId,
    TransceiverInit,
};

use crate::common::{Pair, START, Who};
use crate::setup::{edit, events, exchange, lines, lone, sections};

fn track(kind: MediaKind, id: &str) -> Track {
    Track::new(kind, id)
}

fn mids(connection: &PeerConnection) -> Vec<Option<String>> {
    connection.transceivers().map(|one| one.mid().map(String::from)).collect()
}

fn directions(connection: &PeerConnection) -> Vec<Option<TransceiverDirection>> {
    connection.transceivers().map(|one| one.current_direction()).collect()
}

/// The `track` events among these: whose, and the streams.
fn tracks(events: &[Event]) -> Vec<(TransceiverId, Vec<String>)> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Track(event) => Some((event.transceiver, event.streams.clone())),
            _ => None,
        })
        .collect()
}

#[test]
fn audio_and_video_both_ways_share_one_transport() {
    let mut pair = Pair::new();
    for (peer, stream) in [(&mut pair.alice, "hers"), (&mut pair.bob, "his")] {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            peer.connection.add_track(track(kind, &format!("{kind}")), &[stream]).unwrap();
        }
    }
    pair.negotiate();
    pair.drive_until(|pair| pair.is_connected());
    for (peer, stream) in [(&pair.alice, "his"), (&pair.bob, "hers")] {
        let connection = &peer.connection;
        assert_eq!(mids(connection), [Some("0".into()), Some("1".into())]);
        assert_eq!(directions(connection), [Some(TransceiverDirection::SendRecv); 2]);
        let ids: Vec<_> = connection.transceivers().map(|one| one.id()).collect();
        let expected: Vec<_> = ids.into_iter().map(|id| (id, vec![stream.to_string()])).collect();
        assert_eq!(tracks(&peer.history), expected);
    }
    assert_eq!(pair.bob.connection.transceivers().count(), 2, "his tracks are sent by hers");
    let answer = pair.bob.connection.local_description().unwrap().sdp;
    assert_eq!(lines(&answer, "a=group:"), ["a=group:BUNDLE 0 1"]);
    let mut ufrags = lines(&answer, "a=ice-ufrag:");
    ufrags.dedup();
    assert_eq!(ufrags.len(), 1);
}

#[test]
fn who_has_nothing_to_send_only_receives() {
    let (mut alice, mut bob) = (lone(1), lone(2));
    alice.add_track(track(MediaKind::Audio, "mic"), &[]).unwrap();
    let (_, answer) = exchange(&mut alice, &mut bob);
    assert_eq!(lines(&answer.sdp, "a=recvonly").len(), 1);
    assert!(lines(&answer.sdp, "a=msid").is_empty() && lines(&answer.sdp, "a=ssrc").is_empty());
    assert_eq!(directions(&alice), [Some(TransceiverDirection::SendOnly)]);
    assert_eq!(directions(&bob), [Some(TransceiverDirection::RecvOnly)]);
    assert!(tracks(&events(&mut alice)).is_empty());
    assert_eq!(tracks(&events(&mut bob)).len(), 1);
}

#[test]
fn a_remote_offer_takes_what_add_track_made_and_not_what_add_transceiver_made() {
    let (mut alice, mut bob) = (lone(1), lone(2));
    alice.add_track(track(MediaKind::Audio, "mic"), &[]).unwrap();
    bob.add_transceiver(MediaKind::Audio, TransceiverInit::default()).unwrap();
    exchange(&mut alice, &mut bob);
    assert_eq!(mids(&bob), [None, Some("0".into())]);

    // Unless addTrack has put something into it since.
    let (mut alice, mut bob) = (lone(1), lone(2));
    alice.add_track(track(MediaKind::Audio, "mic"), &[]).unwrap();
    let waiting = bob.add_transceiver(MediaKind::Audio, TransceiverInit::default()).unwrap();
    assert_eq!(bob.add_track(track(MediaKind::Audio, "his mic"), &[]), Ok(waiting));
    exchange(&mut alice, &mut bob);
    assert_eq!(mids(&bob), [Some("0".into())]);

    let (mut alice, mut bob) = (lone(1), lone(2));
    alice.add_track(track(MediaKind::Audio, "mic"), &[]).unwrap();
    bob.add_track(track(MediaKind::Audio, "his mic\r\nm="), &["a stream of his"]).unwrap();
    exchange(&mut alice, &mut bob);
    // Names that a description cannot have are put into letters that it can have.
    let sdp = bob.local_description().unwrap().sdp;
    assert_eq!(lines(&sdp, "a=msid:"), ["a=msid:a_stream_of_his"]);
    let last = events(&mut bob).pop();
    assert_ne!(last, Some(Event::NegotiationNeeded), "and stand for the same streams");
    assert_eq!(mids(&bob), [Some("0".into())]);
    assert_eq!(directions(&bob), [Some(TransceiverDirection::SendRecv)]);

    // Where the offerer does not receive, there is nothing for it to be taken for.
    let (mut alice, mut bob) = (lone(1), lone(2));
    let init =
        TransceiverInit { direction: TransceiverDirection::SendOnly, ..TransceiverInit::default() };
    alice.add_transceiver(track(MediaKind::Audio, "mic"), init).unwrap();
    bob.add_track(track(MediaKind::Audio, "his mic"), &[]).unwrap();
    exchange(&mut alice, &mut bob);
    assert_eq!(mids(&bob), [None, Some("0".into())]);
}

#[test]
fn events_of_tracks_come_in_the_order_of_w3c() {
    let (mut alice, mut bob) = (lone(1), lone(2));
    let mic = alice.add_track(track(MediaKind::Audio, "mic"), &["one", "two"]).unwrap();
    alice.add_track(track(MediaKind::Video, "cam"), &["one"]).unwrap();
    exchange(&mut alice, &mut bob);
    let ids: Vec<_> = bob.transceivers().map(|one| one.id()).collect();
    let streams = |events: &[Event]| -> Vec<String> {
        events
            .iter()
            .filter_map(|event| match event {
                Event::StreamTrackAdded { stream, .. } => Some(format!("add {stream}")),
                Event::StreamTrackRemoved { stream, .. } => Some(format!("remove {stream}")),
                Event::Track(event) => Some(format!("track {}", event.streams.join(","))),
                Event::SignalingStateChange(state) => Some(state.to_string()),
                _ => None,
            })
            .collect()
    };
    let expected = [
        "have-remote-offer",
        "add one",
        "add two",
        "add one",
        "track one,two",
        "track one",
        "stable",
    ];
    assert_eq!(streams(&events(&mut bob)), expected);
    // One stream is changed for another, and the other track is not sent any more.
    alice.transceiver_mut(mic).unwrap().set_streams(&["two", "three"]).unwrap();
    let cam = alice.transceivers().nth(1).unwrap().id();
    alice.remove_track(cam).unwrap();
    exchange(&mut alice, &mut bob);
    let expected =
        ["have-remote-offer", "remove one", "remove one", "add three", "track two,three", "stable"];
    assert_eq!(streams(&events(&mut bob)), expected);
    assert_eq!(directions(&bob)[1], Some(TransceiverDirection::Inactive));
    assert!(bob.transceiver(ids[1]).is_ok(), "it can come back");
}

#[test]
fn payload_types_and_extension_ids_stay_over_later_offers() {
    for sample in [
        include_str!("../samples/chromium-offer.sdp"),
        include_str!("../samples/firefox-offer.sdp"),
    ] {
        let mut connection = lone(1);
        connection.set_remote_description(START, Description::offer(sample)).unwrap();
        connection.set_local_description(START, None).unwrap();
        let answer = connection.local_description().unwrap().sdp;
        connection.add_track(track(MediaKind::Video, "another"), &[]).unwrap();
        connection.add_transceiver(MediaKind::Video, TransceiverInit::default()).unwrap();
        connection.set_local_description(START, None).unwrap();
        let offer = connection.local_description().unwrap().sdp;
        let (answered, offered) = (sections(&answer), sections(&offer));
        assert_eq!(offered.len(), answered.len() + 1);
        for (before, after) in answered.iter().zip(&offered) {
            for line in lines(before, "a=rtpmap:").into_iter().chain(lines(before, "a=extmap:")) {
                assert!(after.contains(line), "{line}");
            }
            assert_eq!(lines(before, "a=mid:"), lines(after, "a=mid:"));
        }
        // In the new section the same codec has the same number, and no number two meanings.
        for line in lines(&offered[3], "a=rtpmap:") {
            let (number, codec) = line.split_once(' ').unwrap();
            let other = lines(&offer, &format!("{number} "));
            assert!(other.iter().all(|other| other.ends_with(codec)), "{other:?}");
        }
        for line in lines(&offered[3], "a=extmap:") {
            let id = line.split(' ').next().unwrap();
            let other = lines(&sample.replace("/recvonly", ""), &format!("{id} ")).join(" ");
            let uri = line.split(' ').nth(1).unwrap();
            assert!(other.is_empty() || other.contains(uri), "{line} was {other}");
        }
    }
}

#[test]
fn what_has_no_codec_in_common_is_rejected_and_the_rest_goes_on() {
    let (mut alice, mut bob) = (lone(1), lone(2));
    for kind in [MediaKind::Audio, MediaKind::Video] {
        alice.add_track(track(kind, &format!("{kind}")), &[]).unwrap();
    }
    alice.set_local_description(START, None).unwrap();
    let offer = alice.local_description().unwrap();
    // A codec that nobody has.
    let parts = sections(&offer.sdp);
    let unknown = parts[0]
        .lines()
        .filter(|line| !line.starts_with("a=rtpmap") && !line.starts_with("a=fmtp"))
        .map(|line| match line.starts_with("m=") {
            true => "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 speex/8000\r\n".into(),
            false => format!("{line}\r\n"),
        })
        .collect::<String>();
    let sdp = offer.sdp.replace(&parts[0], &unknown);
    bob.set_remote_description(START, Description::offer(sdp)).unwrap();
    assert_eq!(bob.transceivers().count(), 2);
    bob.set_local_description(START, None).unwrap();
    let answer = bob.local_description().unwrap();
    assert!(sections(&answer.sdp)[0].starts_with("m=audio 0 "), "{}", answer.sdp);
    assert_eq!(lines(&answer.sdp, "a=group:"), ["a=group:BUNDLE 1"]);
    alice.set_remote_description(START, answer).unwrap();
    assert_eq!(alice.transceivers().count(), 1, "the rejected one has stopped and is gone");
    assert!(events(&mut alice).iter().any(|event| matches!(event, Event::TrackEnded(_))));
}

#[test]
fn an_old_profile_is_answered_in_kind() {
    let (mut alice, mut bob) = (lone(1), lone(2));
    alice.add_track(track(MediaKind::Audio, "mic"), &[]).unwrap();
    alice.set_local_description(START, None).unwrap();
    let offer = alice.local_description().unwrap();
    let old = Description::offer(offer.sdp.replace("UDP/TLS/RTP/SAVPF", "RTP/SAVPF"));
    bob.set_remote_description(START, old).unwrap();
    bob.set_local_description(START, None).unwrap();
    let answer = bob.local_description().unwrap().sdp;
    assert!(answer.contains("m=audio 9 RTP/SAVPF "));
}

#[test]
fn tracks_without_a_word_of_streams_are_in_one_and_the_same() {
    let mut alice = lone(1);
    for kind in [MediaKind::Audio, MediaKind::Video] {
        alice.add_track(track(kind, &format!("{kind}")), &["stream"]).unwrap();
    }
    alice.set_local_description(START, None).unwrap();
    let offer = alice.local_description().unwrap();
    let mut bob = lone(2);
    bob.set_remote_description(START, edit(&offer, "a=msid", None)).unwrap();
    let found = tracks(&events(&mut bob));
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].1.len(), 1);
    assert_eq!(found[0].1, found[1].1);
    let mut bob = lone(2);
    bob.set_remote_description(START, edit(&offer, "a=msid", Some("a=msid:-"))).unwrap();
    assert!(tracks(&events(&mut bob)).iter().all(|(_, streams)| streams.is_empty()));
}

#[test]
fn negotiation_is_needed_for_what_an_offer_would_change() {
    let (mut alice, mut bob) = (lone(1), lone(2));
    let needed = |connection: &mut PeerConnection| {
        events(connection).iter().filter(|event| **event == Event::NegotiationNeeded).count()
    };
    let id = alice.add_transceiver(MediaKind::Audio, TransceiverInit::default()).unwrap();
    assert_eq!(needed(&mut alice), 1);
    exchange(&mut alice, &mut bob);
    assert_eq!((needed(&mut alice), needed(&mut bob)), (0, 0));
    alice.transceiver_mut(id).unwrap().set_direction(TransceiverDirection::Inactive).unwrap();
    assert_eq!(needed(&mut alice), 1);
    exchange(&mut alice, &mut bob);
    assert_eq!((needed(&mut alice), needed(&mut bob)), (0, 0));
    bob.add_track(track(MediaKind::Video, "cam"), &[]).unwrap();
    assert_eq!(needed(&mut bob), 1);
    exchange(&mut bob, &mut alice);
    alice.transceiver_mut(id).unwrap().stop().unwrap();
    assert_eq!(needed(&mut alice), 1);
    exchange(&mut alice, &mut bob);
    assert_eq!((needed(&mut alice), needed(&mut bob)), (0, 0));
}

#[test]
fn a_later_offer_of_either_side_changes_nothing_by_itself() {
    let mut pair = Pair::new();
    pair.alice.connection.add_track(track(MediaKind::Audio, "mic"), &["s"]).unwrap();
    pair.bob.connection.add_track(track(MediaKind::Audio, "mic"), &["s"]).unwrap();
    pair.negotiate();
    pair.drive_until(|pair| pair.is_connected());
    let before = pair.alice.connection.local_description().unwrap();
    let events = pair.alice.history.len();
    pair.negotiate_from(Who::Bob);
    pair.negotiate();
    pair.drain();
    let after = pair.alice.connection.local_description().unwrap();
    for prefix in ["a=mid", "a=rtpmap", "a=ssrc", "a=ice-ufrag", "a=msid"] {
        assert_eq!(lines(&before.sdp, prefix), lines(&after.sdp, prefix));
    }
    // What both would only have received is not asked for again (RFC 9429 section 5.2.2).
    let mut extensions = lines(&before.sdp, "a=extmap:");
    extensions.retain(|line| !line.contains("/recvonly"));
    assert_eq!(extensions, lines(&after.sdp, "a=extmap:"));
    assert!(tracks(&pair.alice.history[events..]).is_empty());
}
