//! Audio and video between two peers: frames and packets, protected, lost and repaired.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::Duration;

use bytes::Bytes;
use rtc_peer::{
    Delivery, Event, MediaKind, OutgoingFrame, OutgoingPacket, SendMediaError, Track,
    TransceiverDirection, TransceiverId,
};

use common::{Fate, Pair, Who};

/// A pair whose Alice sends a track of this kind to Bob, connected; her transceiver and his.
fn sending(kind: MediaKind) -> (Pair, TransceiverId, TransceiverId) {
    let mut pair = Pair::new();
    let ours = pair.alice.connection.add_track(Track::new(kind, "track"), &["stream"]).unwrap();
    pair.negotiate();
    pair.drive_until(|pair| pair.is_connected());
    let theirs = pair.bob.connection.transceivers().next().unwrap().id();
    pair.bob.connection.set_delivery(theirs, Delivery::Frames).unwrap();
    (pair, ours, theirs)
}

/// A VP8 frame of this size: the first bit of its header says whether it is a key frame.
fn vp8(number: u32, key_frame: bool, size: usize) -> Bytes {
    let mut frame = vec![number as u8; size];
    frame[0] = if key_frame { 0x10 } else { 0x11 };
    if key_frame {
        frame[3..10].copy_from_slice(&[0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00]);
    }
    frame.into()
}

#[test]
fn a_remote_track_is_told_of_with_its_streams() {
    let (pair, _, theirs) = sending(MediaKind::Video);
    let event = pair.bob.history.iter().find_map(|event| match event {
        Event::Track(event) => Some(event),
        _ => None,
    });
    let event = event.unwrap();
    assert_eq!(event.transceiver, theirs);
    assert_eq!(event.track.kind, MediaKind::Video);
    assert_eq!(event.streams, ["stream"]);
    let transceiver = pair.bob.connection.transceiver(theirs).unwrap();
    assert_eq!(transceiver.current_direction(), Some(TransceiverDirection::RecvOnly));
}

#[test]
fn frames_of_video_arrive_as_they_were() {
    let (mut pair, ours, theirs) = sending(MediaKind::Video);
    let sent: Vec<Bytes> = (0..30).map(|n| vp8(n, n == 0, 100 + 400 * n as usize)).collect();
    for (n, frame) in (0..).zip(&sent) {
        let frame = OutgoingFrame::new(n * 3_000, frame.clone());
        pair.alice.connection.send_frame(ours, &frame).unwrap();
        pair.drive_for(Duration::from_millis(33));
    }
    let received: Vec<_> = std::iter::from_fn(|| pair.bob.connection.poll_frame()).collect();
    assert!(pair.bob.said(&Event::FramesReady));
    assert!(pair.bob.said(&Event::TrackUnmuted(theirs)));
    assert_eq!(received.iter().map(|frame| frame.data.clone()).collect::<Vec<_>>(), sent);
    assert!(received[0].key_frame && !received[1].key_frame);
    assert!(received.iter().all(|frame| frame.transceiver == theirs));
}

#[test]
fn frames_of_sound_arrive_as_they_were() {
    let (mut pair, ours, _) = sending(MediaKind::Audio);
    let sent: Vec<Bytes> = (0..50u8).map(|n| vec![0x78, n, n, n].into()).collect();
    for (n, frame) in (0..).zip(&sent) {
        let frame = OutgoingFrame::new(n * 960, frame.clone());
        pair.alice.connection.send_frame(ours, &frame).unwrap();
        pair.drive_for(Duration::from_millis(20));
    }
    pair.drive_for(Duration::from_millis(200));
    let received = std::iter::from_fn(|| pair.bob.connection.poll_frame());
    assert_eq!(received.map(|frame| frame.data).collect::<Vec<_>>(), sent);
}

#[test]
fn nothing_is_sent_before_there_are_keys() {
    let mut pair = Pair::new();
    let track = Track::new(MediaKind::Video, "track");
    let ours = pair.alice.connection.add_track(track, &[]).unwrap();
    let frame = OutgoingFrame::new(0, vp8(0, true, 100));
    let early = pair.alice.connection.send_frame(ours, &frame);
    assert_eq!(early, Err(SendMediaError::NotSending));
    pair.negotiate();
    let early = pair.alice.connection.send_frame(ours, &frame);
    assert_eq!(early, Err(SendMediaError::NotSending));
    pair.drive_until(|pair| pair.is_connected());
    assert_eq!(pair.alice.connection.send_frame(ours, &frame), Ok(()));
}

#[test]
fn who_only_receives_sends_nothing() {
    let (mut pair, _, theirs) = sending(MediaKind::Video);
    let frame = OutgoingFrame::new(0, vp8(0, true, 100));
    let refused = pair.bob.connection.send_frame(theirs, &frame);
    assert_eq!(refused, Err(SendMediaError::NotSending));
}

#[test]
fn packets_that_are_lost_are_sent_again() {
    let (mut pair, ours, _) = sending(MediaKind::Video);
    let (mut sent, mut received) = (Vec::new(), Vec::new());
    for n in 0..300u32 {
        let data = vp8(n, n == 0, 3_000);
        pair.alice
            .connection
            .send_frame(ours, &OutgoingFrame::new(n * 3_000, data.clone()))
            .unwrap();
        sent.push(data);
        // One datagram in twenty, in both directions.
        pair.fates = (0..20)
            .map(|m| if (n * 7 + m) % 20 == 3 && n > 2 { Fate::Drop } else { Fate::Deliver })
            .collect();
        pair.drive_for(Duration::from_millis(33));
        received.extend(std::iter::from_fn(|| pair.bob.connection.poll_frame()));
    }
    pair.fates.clear();
    pair.drive_for(Duration::from_secs(1));
    received.extend(std::iter::from_fn(|| pair.bob.connection.poll_frame()));
    assert!(received.iter().map(|frame| &frame.data).eq(&sent));
}

#[test]
fn what_ice_knows_of_a_long_path_gives_repair_the_time_it_needs() {
    let mut pair = Pair::new();
    pair.latency = Duration::from_millis(250);
    let track = Track::new(MediaKind::Video, "track");
    let ours = pair.alice.connection.add_track(track, &["stream"]).unwrap();
    pair.negotiate();
    pair.drive_until(|pair| pair.is_connected());
    let theirs = pair.bob.connection.transceivers().next().unwrap().id();
    pair.bob.connection.set_delivery(theirs, Delivery::Frames).unwrap();
    let mut received = 0;
    for n in 0..100u32 {
        let frame = OutgoingFrame::new(n * 3_000, vp8(n, n == 0, 800));
        pair.alice.connection.send_frame(ours, &frame).unwrap();
        // Before any report tells how long a round trip takes.
        if n == 4 {
            pair.fates = [Fate::Drop].into();
        }
        pair.drive_for(Duration::from_millis(33));
        received += std::iter::from_fn(|| pair.bob.connection.poll_frame()).count();
    }
    pair.drive_for(Duration::from_millis(300));
    received += std::iter::from_fn(|| pair.bob.connection.poll_frame()).count();
    assert_eq!(received, 100);
    let asked = |event: &Event| matches!(event, Event::KeyFrameRequested { .. });
    assert!(!pair.alice.history.iter().any(asked));
}

#[test]
fn what_nobody_took_goes_with_its_transceiver() {
    for delivery in [Delivery::Frames, Delivery::Packets] {
        let (mut pair, ours, theirs) = sending(MediaKind::Video);
        pair.bob.connection.set_delivery(theirs, delivery).unwrap();
        let frame = OutgoingFrame::new(0, vp8(0, true, 100));
        pair.alice.connection.send_frame(ours, &frame).unwrap();
        pair.drive_for(Duration::from_millis(50));
        pair.alice.connection.transceiver_mut(ours).unwrap().stop().unwrap();
        pair.negotiate();
        assert!(pair.bob.connection.transceiver(theirs).is_err());
        assert_eq!(pair.bob.connection.poll_frame(), None);
        assert_eq!(pair.bob.connection.poll_packet(), None);
    }
}

#[test]
fn a_packet_that_is_forwarded_keeps_its_payload_and_marker() {
    let (mut pair, ours, theirs) = sending(MediaKind::Video);
    pair.bob.connection.set_delivery(theirs, Delivery::Packets).unwrap();
    let mut packet = OutgoingPacket::new(77, Bytes::from_static(b"\x10\x10\0\0a payload"));
    packet.marker = true;
    pair.alice.connection.send_packet(ours, &packet).unwrap();
    pair.drive_for(Duration::from_millis(50));
    let received = pair.bob.connection.poll_packet().unwrap();
    assert_eq!(received.payload, packet.payload);
    assert!(received.marker);
    assert!(pair.bob.connection.poll_packet().is_none());
    assert!(pair.bob.said(&Event::PacketsReady));
}

#[test]
fn a_key_frame_that_is_asked_for_is_an_event_of_the_sender() {
    let (mut pair, ours, theirs) = sending(MediaKind::Video);
    pair.alice.connection.send_frame(ours, &OutgoingFrame::new(0, vp8(0, true, 500))).unwrap();
    pair.drive_for(Duration::from_millis(100));
    pair.bob.connection.request_key_frame(theirs, None).unwrap();
    pair.drive_for(Duration::from_secs(1));
    assert!(pair.alice.said(&Event::KeyFrameRequested { transceiver: ours, encoding: 0 }));
}

#[test]
fn both_directions_go_over_one_transport_with_data() {
    let mut pair = Pair::new();
    let audio = Track::new(MediaKind::Audio, "voice");
    let video = Track::new(MediaKind::Video, "face");
    pair.alice.connection.add_track(audio, &["me"]).unwrap();
    pair.alice.connection.add_track(video, &["me"]).unwrap();
    let chat = pair.alice.connection.create_data_channel("chat", Default::default()).unwrap();
    let back = [MediaKind::Audio, MediaKind::Video]
        .map(|kind| pair.bob.connection.add_track(Track::new(kind, kind.as_str()), &["you"]))
        .map(Result::unwrap);
    pair.negotiate();
    pair.drive_until(|pair| pair.is_connected() && !pair.bob.opened().is_empty());
    assert_eq!(pair.alice.connection.stats(pair.now).transports.len(), 1);
    let theirs = pair.bob.opened()[0];
    pair.drive_until(|pair| !pair.alice.opened().is_empty());
    pair.talk(chat, theirs);
    for id in pair.alice.connection.transceivers().map(|one| one.id()).collect::<Vec<_>>() {
        pair.alice.connection.set_delivery(id, Delivery::Frames).unwrap();
    }
    for id in back {
        let data = match pair.bob.connection.transceiver(id).unwrap().kind() {
            MediaKind::Audio => Bytes::from_static(&[0x78, 1, 2, 3]),
            MediaKind::Video => vp8(0, true, 2_000),
        };
        pair.bob.connection.send_frame(id, &OutgoingFrame::new(0, data)).unwrap();
    }
    pair.drive_for(Duration::from_millis(300));
    let received = std::iter::from_fn(|| pair.alice.connection.poll_frame()).count();
    assert_eq!(received, 2);
}

#[test]
fn whoever_closes_says_goodbye_to_each_stream() {
    let (mut pair, ours, theirs) = sending(MediaKind::Video);
    pair.alice.connection.send_frame(ours, &OutgoingFrame::new(0, vp8(0, true, 500))).unwrap();
    pair.drive_for(Duration::from_millis(100));
    pair.alice.connection.close();
    pair.drive_for(Duration::from_millis(100));
    assert!(pair.bob.said(&Event::TrackMuted(theirs)));
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let run = || {
        let (mut pair, ours, _) = sending(MediaKind::Video);
        for n in 0..50 {
            let frame = OutgoingFrame::new(n * 3_000, vp8(n, n == 0, 2_500));
            pair.alice.connection.send_frame(ours, &frame).unwrap();
            pair.fates = [Fate::Deliver, Fate::Drop, Fate::Deliver].into();
            pair.drive_for(Duration::from_millis(33));
        }
        pair.log
    };
    assert_eq!(run(), run());
}

#[test]
fn a_renegotiated_direction_ends_and_begins_what_is_sent() {
    let (mut pair, ours, theirs) = sending(MediaKind::Video);
    pair.alice.connection.send_frame(ours, &OutgoingFrame::new(0, vp8(0, true, 500))).unwrap();
    pair.drive_for(Duration::from_millis(100));
    let inactive = TransceiverDirection::Inactive;
    pair.alice.connection.transceiver_mut(ours).unwrap().set_direction(inactive).unwrap();
    pair.negotiate();
    pair.drive_for(Duration::from_millis(100));
    let frame = OutgoingFrame::new(3_000, vp8(1, true, 500));
    assert_eq!(pair.alice.connection.send_frame(ours, &frame), Err(SendMediaError::NotSending));
    let both = TransceiverDirection::SendRecv;
    pair.alice.connection.transceiver_mut(ours).unwrap().set_direction(both).unwrap();
    pair.bob.connection.transceiver_mut(theirs).unwrap().set_direction(both).unwrap();
    pair.alice.connection.set_delivery(ours, Delivery::Frames).unwrap();
    pair.negotiate_from(Who::Bob);
    pair.drive_for(Duration::from_millis(100));
    pair.alice.connection.send_frame(ours, &frame).unwrap();
    pair.bob.connection.send_frame(theirs, &frame).unwrap();
    pair.drive_for(Duration::from_millis(300));
    assert!(pair.alice.connection.poll_frame().is_some());
    let first = pair.bob.connection.poll_frame();
    let second = pair.bob.connection.poll_frame();
    assert!(first.is_some() && second.is_some());
}
