//! M-sections that are given up, and taken for something else.

use rtc_peer::{DataChannelInit, Description, Event, MediaKind, Track, TransceiverInit};

use crate::common::START;
use crate::setup::{events, exchange, lines, lone, sections};

#[test]
fn a_section_whose_transceiver_has_stopped_is_taken_for_the_next() {
    let (mut alice, mut bob) = (lone(1), lone(2));
    for kind in [MediaKind::Audio, MediaKind::Video, MediaKind::Video] {
        let id = alice.add_transceiver(kind, TransceiverInit::default()).unwrap();
        let (offer, _) = exchange(&mut alice, &mut bob);
        assert_eq!(sections(&offer.sdp).len(), 1);
        assert!(offer.sdp.contains(&format!("m={kind} 9 ")), "{}", offer.sdp);
        let mids = lines(&offer.sdp, "a=mid:");
        alice.transceiver_mut(id).unwrap().stop().unwrap();
        events(&mut bob);
        let (stopped, answer) = exchange(&mut alice, &mut bob);
        assert!(
            stopped.sdp.contains(&format!("m={kind} 0 "))
                && lines(&stopped.sdp, "a=group").is_empty()
        );
        assert!(lines(&stopped.sdp, "a=msid").is_empty());
        assert!(answer.sdp.contains(&format!("m={kind} 0 ")));
        assert_eq!(lines(&stopped.sdp, "a=mid:"), mids, "it keeps its name to the end");
        assert_eq!((alice.transceivers().count(), bob.transceivers().count()), (0, 0));
        let ended = |event: &Event| matches!(event, Event::TrackEnded(_));
        assert_eq!(events(&mut bob).iter().filter(|event| ended(event)).count(), 1);
    }
    let names = lines(&alice.local_description().unwrap().sdp, "a=mid:").join(" ");
    assert_eq!(names, "a=mid:2", "each had a name of its own");
}

#[test]
fn a_rejected_section_of_the_other_side_is_taken_for_ours() {
    for kind in [MediaKind::Audio, MediaKind::Video] {
        let mut connection = lone(1);
        let offer = "v=0\r\no=- 0 3 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
                     m=video 0 UDP/TLS/RTP/SAVPF 100\r\nc=IN IP4 0.0.0.0\r\na=sendonly\r\n\
                     a=mid:video\r\na=rtpmap:100 VP8/90000\r\n";
        connection.set_remote_description(START, Description::offer(offer)).unwrap();
        connection.set_local_description(START, None).unwrap();
        assert_eq!(connection.transceivers().count(), 0);
        connection.add_transceiver(kind, TransceiverInit::default()).unwrap();
        connection.set_local_description(START, None).unwrap();
        let offer = connection.local_description().unwrap().sdp;
        assert_eq!(sections(&offer).len(), 1);
        assert!(offer.contains(&format!("m={kind} 9 ")));
        assert_ne!(lines(&offer, "a=mid:"), ["a=mid:video"]);
    }
}

#[test]
fn the_other_side_takes_a_rejected_section_for_something_else() {
    let (mut alice, mut bob) = (lone(1), lone(2));
    let id = alice.add_track(Track::new(MediaKind::Audio, "mic"), &["s"]).unwrap();
    alice.add_track(Track::new(MediaKind::Video, "cam"), &["s"]).unwrap();
    exchange(&mut alice, &mut bob);
    alice.transceiver_mut(id).unwrap().stop().unwrap();
    exchange(&mut alice, &mut bob);
    // Data does, and from Bob's side.
    bob.create_data_channel("chat", DataChannelInit::default()).unwrap();
    let (offer, answer) = exchange(&mut bob, &mut alice);
    let parts = sections(&offer.sdp);
    assert!(parts[0].starts_with("m=application 9 ") && parts[1].starts_with("m=video 9 "));
    assert_eq!(parts.len(), 2);
    assert!(sections(&answer.sdp)[0].starts_with("m=application 9 "));
    assert_eq!(lines(&answer.sdp, "a=group:BUNDLE"), lines(&offer.sdp, "a=group:BUNDLE"));
    assert_eq!(alice.max_message_size(), Some(262_144));
}

#[test]
fn the_group_goes_on_without_its_first_section() {
    let (mut alice, mut bob) = (lone(1), lone(2));
    let id = alice.add_track(Track::new(MediaKind::Audio, "mic"), &["s"]).unwrap();
    alice.add_track(Track::new(MediaKind::Video, "cam"), &["s"]).unwrap();
    exchange(&mut alice, &mut bob);
    let before = lines(&alice.local_description().unwrap().sdp, "a=ice-ufrag:")[0].to_string();
    alice.transceiver_mut(id).unwrap().stop().unwrap();
    let (offer, answer) = exchange(&mut alice, &mut bob);
    assert_eq!(lines(&offer.sdp, "a=group:BUNDLE"), ["a=group:BUNDLE 1"]);
    assert_eq!(lines(&answer.sdp, "a=group:BUNDLE"), ["a=group:BUNDLE 1"]);
    assert_eq!(lines(&offer.sdp, "a=ice-ufrag:"), [before], "on the transport that it had");
    // And so it does where the answerer is the one who stops.
    let (mut alice, mut bob) = (lone(1), lone(2));
    alice.add_track(Track::new(MediaKind::Audio, "mic"), &["s"]).unwrap();
    alice.add_track(Track::new(MediaKind::Video, "cam"), &["s"]).unwrap();
    exchange(&mut alice, &mut bob);
    let first = bob.transceivers().next().unwrap().id();
    bob.transceiver_mut(first).unwrap().stop().unwrap();
    let (_, answer) = exchange(&mut alice, &mut bob);
    assert_eq!(lines(&answer.sdp, "a=group:BUNDLE"), ["a=group:BUNDLE 1"]);
    assert_eq!((alice.transceivers().count(), bob.transceivers().count()), (1, 1));
}
