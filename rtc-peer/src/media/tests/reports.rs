//! RTCP: reports, names, goodbyes, feedback.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use rtc_core::Ecn;
use rtc_srtp::Ssrc;
use rtc_srtp::rtcp::{
    List, RtcpPacket, RtcpPackets, TemporaryMaximumMediaStreamBitrateRequest, TmmbrEntry,
};

use super::pair::{AUDIO, Pair, TRANSPORT, VIDEO, section};
use crate::media::event::MediaEvent;
use crate::media::{OutgoingPacket, PacketKind, ReceiverError};
use crate::rtp::{MediaSection, TransceiverId};

fn send(pair: &mut Pair, from: usize, id: TransceiverId, count: u32) {
    for number in 0..count {
        let packet = OutgoingPacket::new(number * 3_000, Bytes::from_static(&[1; 200]));
        pair.peers[from].media.send_packet(pair.now, id, &packet).unwrap();
        pair.run(Duration::from_millis(20));
    }
}

fn rtcp(pair: &Pair, of: usize) -> impl Iterator<Item = &[u8]> {
    pair.peers[of]
        .sent
        .iter()
        .filter(|(kind, _)| *kind == PacketKind::Rtcp)
        .map(|(_, packet)| &packet[..])
}

fn both_ways() -> Pair {
    Pair::new(
        vec![section(VIDEO, Some(200), Some(Some(300)))],
        vec![section(VIDEO, Some(300), Some(Some(200)))],
    )
}

#[test]
fn reports_measure_loss_and_round_trips() {
    let mut pair = both_ways();
    send(&mut pair, 0, VIDEO, 200);
    let remote = pair.peers[0].media.outbound(VIDEO)[0].remote.unwrap();
    assert_eq!(remote.packets_lost, 0);
    assert!(remote.round_trip_time_measurements > 0);
    let round_trip = remote.round_trip_time.unwrap();
    assert!(round_trip.abs_diff(Duration::from_millis(40)) < Duration::from_millis(2));
    let inbound = pair.peers[1].media.inbound(VIDEO).remove(0);
    assert_eq!(inbound.packets_received, 200);
    assert_eq!(inbound.bytes_received, 200 * 200);
    assert_eq!(inbound.cname.as_deref(), Some("a"));
    let sender = inbound.remote.unwrap();
    assert!(sender.packets_sent > 100 && sender.reports_sent > 2);
    // Who sends nothing measures by extended reports.
    let by_extended = sender.round_trip_time.unwrap();
    assert!(by_extended.abs_diff(Duration::from_millis(40)) < Duration::from_millis(2));
}

#[test]
fn without_reduced_size_every_packet_is_compound() {
    let full =
        |send, receive| MediaSection { reduced_size_rtcp: false, ..section(VIDEO, send, receive) };
    let mut pair =
        Pair::new(vec![full(Some(200), Some(Some(300)))], vec![full(Some(300), Some(Some(200)))]);
    pair.fates = vec![super::pair::Fate::Drop; 3];
    send(&mut pair, 0, VIDEO, 100);
    send(&mut pair, 1, VIDEO, 20);
    for of in [0, 1] {
        assert!(rtcp(&pair, of).count() > 5);
        assert!(rtcp(&pair, of).all(|packet| RtcpPackets::new(packet).is_compound()));
    }
}

#[test]
fn regular_reports_are_compound_and_not_too_many() {
    let mut pair = both_ways();
    send(&mut pair, 0, VIDEO, 500);
    let compound =
        |of| rtcp(&pair, of).filter(|packet| RtcpPackets::new(packet).is_compound()).count();
    // In ten seconds, and one at once when the sender began.
    assert!((5..=18).contains(&compound(0)), "{}", compound(0));
    assert!((5..=18).contains(&compound(1)), "{}", compound(1));
    // Ten of transport-wide feedback a second, and little else.
    assert!(rtcp(&pair, 1).count() < 150, "{}", rtcp(&pair, 1).count());
}

#[test]
fn many_streams_are_reported_in_several_packets() {
    let sections = |send: bool| {
        let all = (0..100u32).map(|number| MediaSection {
            transceiver: TransceiverId(number),
            mid: alloc::format!("m{number}").into(),
            ..section(
                AUDIO,
                send.then_some(1_000 + number),
                (!send).then_some(Some(1_000 + number)),
            )
        });
        all.collect::<Vec<_>>()
    };
    let mut pair = Pair::new(sections(true), sections(false));
    for round in 0..100u32 {
        for number in 0..100 {
            let packet = OutgoingPacket::new(round * 960, Bytes::from_static(&[1; 50]));
            let id = TransceiverId(number);
            pair.peers[0].media.send_packet(pair.now, id, &packet).unwrap();
        }
        pair.run(Duration::from_millis(50));
    }
    for number in 0..100 {
        let id = TransceiverId(number);
        let outbound = pair.peers[0].media.outbound(id).remove(0);
        assert!(outbound.remote.is_some(), "{number} was reported on");
        assert!(pair.peers[1].media.inbound(id)[0].remote.is_some(), "{number} has reported");
    }
    assert!(rtcp(&pair, 0).chain(rtcp(&pair, 1)).all(|packet| packet.len() <= 1_200));
}

#[test]
fn a_goodbye_mutes_and_the_next_packet_unmutes() {
    let mut pair = both_ways();
    send(&mut pair, 0, VIDEO, 5);
    let now = pair.now;
    pair.peers[0].media.configure(now, vec![section(VIDEO, None, Some(Some(300)))]);
    pair.run(Duration::from_secs(1));
    let events = &pair.peers[1].events;
    assert!(events.contains(&MediaEvent::Muted(VIDEO)));
    assert!(events.contains(&MediaEvent::SourceLeft {
        transceiver: VIDEO,
        ssrc: Ssrc(200),
        rid: None
    }));
    assert!(pair.peers[1].media.inbound(VIDEO).is_empty());
    pair.peers[1].events.clear();
    let now = pair.now;
    pair.peers[0].media.configure(now, vec![section(VIDEO, Some(200), Some(Some(300)))]);
    send(&mut pair, 0, VIDEO, 5);
    assert!(pair.peers[1].events.contains(&MediaEvent::Unmuted(VIDEO)));
}

#[test]
fn the_last_word_names_all_that_leaves() {
    let mut pair = both_ways();
    let mut out = Vec::new();
    assert!(!pair.peers[0].media.goodbye(TRANSPORT, &mut out));
    send(&mut pair, 0, VIDEO, 5);
    assert!(pair.peers[0].media.goodbye(TRANSPORT, &mut out));
    assert!(RtcpPackets::new(&out).is_compound());
    pair.peers[1].media.handle_rtcp(pair.now, TRANSPORT, &out).unwrap();
    pair.drain();
    assert!(pair.peers[1].events.contains(&MediaEvent::Muted(VIDEO)));
}

#[test]
fn congestion_feedback_tells_marks_and_losses() {
    let ccfb = |send, receive| {
        let mut section = section(VIDEO, send, receive);
        let send = section.send.iter_mut().flat_map(|send| &mut send.codecs);
        let receive = section.receive.iter_mut().flat_map(|receive| &mut receive.codecs);
        send.chain(receive).for_each(|codec| {
            codec.feedback.ccfb = true;
            codec.feedback.nack = false;
        });
        section
    };
    let mut pair = Pair::new(vec![ccfb(Some(200), None)], vec![ccfb(None, Some(Some(200)))]);
    pair.ecn = Some(Ecn::Ce);
    pair.fates = vec![super::pair::Fate::Deliver; 30];
    pair.fates[10] = super::pair::Fate::Drop;
    pair.fates[20] = super::pair::Fate::Drop;
    send(&mut pair, 0, VIDEO, 50);
    let (mut sum, mut missing, mut marked) = (0, 0, 0);
    for event in &pair.peers[0].events {
        if let MediaEvent::CongestionFeedback { received, lost, ce_marked, .. } = event {
            (sum, missing, marked) = (sum + received, missing + lost, marked + ce_marked);
        }
    }
    assert_eq!(missing, 2);
    assert!((40..=48).contains(&sum) && marked == sum, "{sum} {marked}");
    let inbound = pair.peers[1].media.inbound(VIDEO).remove(0);
    assert_eq!(inbound.packets_received_with_ce, 48);
    assert_eq!(inbound.packets_reported_as_lost, 2);
    let counters = pair.peers[1].media.transport_counters(TRANSPORT);
    assert!(counters.ccfb_messages_sent > 5 && counters.transport_feedback_sent == 0);
}

#[test]
fn transport_feedback_tells_what_came() {
    let mut pair = both_ways();
    pair.fates = vec![super::pair::Fate::Deliver; 30];
    pair.fates[10] = super::pair::Fate::Drop;
    send(&mut pair, 0, VIDEO, 100);
    let (mut sum, mut missing) = (0, 0);
    for event in &pair.peers[0].events {
        if let MediaEvent::CongestionFeedback { received, lost, .. } = event {
            (sum, missing) = (sum + received, missing + lost);
        }
    }
    assert_eq!(missing, 1);
    assert!((95..=101).contains(&sum), "{sum}");
}

#[test]
fn a_limit_is_told_to_the_application_and_confirmed() {
    let mut pair = both_ways();
    send(&mut pair, 0, VIDEO, 3);
    let entry = TmmbrEntry { ssrc: Ssrc(200), bitrate: 300_000, overhead: 40 };
    let mut request = Vec::new();
    TemporaryMaximumMediaStreamBitrateRequest {
        sender_ssrc: Ssrc(300),
        entries: List::new(&[entry]),
    }
    .encode(&mut request);
    pair.peers[0].media.handle_rtcp(pair.now, TRANSPORT, &request).unwrap();
    pair.run(Duration::from_secs(1));
    let limited = MediaEvent::BitrateLimited { transceiver: VIDEO, encoding: 0, bitrate: 300_000 };
    assert!(pair.peers[0].events.contains(&limited));
    let confirmed = rtcp(&pair, 0).flat_map(RtcpPackets::new).any(|packet| match packet {
        Ok(RtcpPacket::TemporaryMaximumMediaStreamBitrateNotification(notification)) => {
            notification.entries.iter().eq([TmmbrEntry { ssrc: Ssrc(300), ..entry }])
        }
        _ => false,
    });
    assert!(confirmed);
}

#[test]
fn an_estimate_is_sent_at_once_and_with_each_report() {
    let mut pair = both_ways();
    send(&mut pair, 0, VIDEO, 3);
    let now = pair.now;
    pair.peers[1].media.set_remb(now, TRANSPORT, Some(1_000_000)).unwrap();
    pair.run(Duration::from_millis(100));
    let heard = |pair: &Pair| {
        let estimate = |event: &&MediaEvent| {
            matches!(event, MediaEvent::EstimatedMaximumBitrate { bitrate: 1_000_000, .. })
        };
        pair.peers[0].events.iter().filter(estimate).count()
    };
    assert_eq!(heard(&pair), 1);
    send(&mut pair, 0, VIDEO, 200);
    assert!(heard(&pair) >= 3);
    let now = pair.now;
    let audio = Pair::new(vec![], vec![section(AUDIO, None, Some(None))]);
    let mut audio = audio.peers;
    let refused = audio[1].media.set_remb(now, TRANSPORT, Some(1));
    assert_eq!(refused, Err(ReceiverError::NotNegotiated));
}

#[test]
fn key_frames_are_asked_for_by_name_and_not_too_often() {
    let mut pair = both_ways();
    let unknown = pair.peers[1].media.request_key_frame(VIDEO, None);
    assert_eq!(unknown, Err(ReceiverError::UnknownStream));
    send(&mut pair, 0, VIDEO, 3);
    for _ in 0..100 {
        pair.peers[1].media.request_key_frame(VIDEO, None).unwrap();
        pair.run(Duration::from_millis(10));
    }
    let asked = pair.peers[1].media.inbound(VIDEO)[0].pli_count;
    assert!((2..=3).contains(&asked), "{asked}");
    let told = |event: &&MediaEvent| matches!(event, MediaEvent::KeyFrameRequested { .. });
    let told = pair.peers[0].events.iter().filter(told).count();
    assert!((2..=3).contains(&told), "{told}");
    let refused = pair.peers[1].media.request_key_frame(AUDIO, None);
    assert_eq!(refused, Err(ReceiverError::NotReceiving));
}
