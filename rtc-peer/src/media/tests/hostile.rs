//! What a peer with valid keys and bad intentions can do: little, and boundedly.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use proptest::collection::vec as vec_of;
use proptest::prelude::{ProptestConfig, any, proptest};
use rtc_core::Instant;
use rtc_srtp::Ssrc;
use rtc_srtp::rtcp::{
    FirEntry, FullIntraRequest, List, Nack, NackPair, PacketStatus, PacketStatuses,
    PictureLossIndication, TransportFeedback,
};
use rtc_srtp::rtp::{HeaderExtension, RtpBuilder, RtpHeader};

use super::pair::{AUDIO, OPUS, Pair, RTX, TRANSPORT, VIDEO, VP8, section};
use crate::media::event::{MAX_EVENTS, MediaEvent};
use crate::media::history::MAX_CREDIT;
use crate::media::outgoing::MAX_RESENDS;
use crate::media::{Delivery, MediaError, OutgoingPacket, PacketKind};

fn both_ways() -> Pair {
    Pair::new(
        vec![section(AUDIO, Some(100), Some(None)), section(VIDEO, Some(200), Some(None))],
        vec![section(AUDIO, Some(400), Some(None)), section(VIDEO, Some(300), Some(None))],
    )
}

fn rtp(ssrc: u32, payload_type: u8, number: u16, payload: &[u8]) -> Bytes {
    let header = RtpHeader {
        payload_type,
        sequence_number: number,
        ssrc: Ssrc(ssrc),
        ..RtpHeader::default()
    };
    let mut packet = Vec::new();
    RtpBuilder::new(header).encode(payload, &mut packet);
    Bytes::from(packet)
}

fn send(pair: &mut Pair, count: usize, len: usize) {
    for number in 0..count {
        let packet = OutgoingPacket::new(number as u32 * 900, Bytes::from(vec![1; len]));
        pair.peers[0].media.send_packet(pair.now, VIDEO, &packet).unwrap();
    }
    pair.run(Duration::from_millis(1));
}

/// Everything that one side sends now.
fn drain(pair: &mut Pair) -> Vec<(PacketKind, Vec<u8>)> {
    let before = pair.peers[0].sent.len();
    pair.drain();
    pair.peers[0].sent[before..].to_vec()
}

#[test]
fn a_nack_of_few_bytes_does_not_make_a_flood() {
    let mut pair = both_ways();
    send(&mut pair, 1_000, 1_000);
    let first = pair.peers[0].sent.iter().find(|(kind, _)| *kind == PacketKind::Rtp).unwrap();
    let first = u16::from_be_bytes([first.1[2], first.1[3]]);
    // 17 packets for each pair of four bytes, all that a packet can hold, again and again.
    let pairs: Vec<_> = (0..Nack::MAX_PAIRS as u16)
        .map(|at| NackPair { packet_id: first.wrapping_add(at * 17), lost_packets: 0xffff })
        .collect();
    let mut nack = Vec::new();
    Nack { sender_ssrc: Ssrc(1), media_ssrc: Ssrc(200), pairs: List::new(&pairs) }
        .encode(&mut nack);
    let mut bytes = 0;
    let start = pair.now;
    for _ in 0..1_000 {
        pair.peers[0].media.handle_rtcp(pair.now, TRANSPORT, &nack).unwrap();
        let sent = drain(&mut pair);
        assert!(sent.len() <= MAX_RESENDS + 1);
        bytes += sent.iter().map(|(_, packet)| packet.len() as u64).sum::<u64>();
        pair.now += Duration::from_millis(1);
    }
    let passed = pair.now.saturating_duration_since(start).as_millis() as u64;
    assert!(bytes <= (MAX_CREDIT + passed * 32) * 11 / 10, "{bytes} bytes");
    assert!(pair.peers[0].media.outbound(VIDEO)[0].retransmissions_refused > 0);
}

#[test]
fn a_packet_is_sent_again_once_in_a_round_trip() {
    let mut pair = both_ways();
    send(&mut pair, 10, 100);
    let (_, packet) =
        pair.peers[0].sent.iter().rfind(|(kind, _)| *kind == PacketKind::Rtp).unwrap();
    let packet_id = u16::from_be_bytes([packet[2], packet[3]]);
    let mut nack = Vec::new();
    let pairs = [NackPair { packet_id, lost_packets: 0 }; 20];
    Nack { sender_ssrc: Ssrc(1), media_ssrc: Ssrc(200), pairs: List::new(&pairs) }
        .encode(&mut nack);
    pair.peers[0].media.handle_rtcp(pair.now, TRANSPORT, &nack).unwrap();
    pair.peers[0].media.handle_rtcp(pair.now, TRANSPORT, &nack).unwrap();
    let again = drain(&mut pair).into_iter().filter(|(kind, _)| *kind == PacketKind::Rtp);
    assert_eq!(again.count(), 1);
}

#[test]
fn feedback_that_claims_many_statuses_costs_bounded_work() {
    let mut pair = both_ways();
    send(&mut pair, 10, 100);
    let statuses = vec![PacketStatus::NotReceived; TransportFeedback::MAX_STATUSES];
    let mut one = Vec::new();
    TransportFeedback {
        sender_ssrc: Ssrc(1),
        media_ssrc: Ssrc(200),
        base_sequence_number: 0,
        reference_time: 0,
        feedback_packet_count: 0,
        statuses: PacketStatuses::new(&statuses),
    }
    .encode(&mut one);
    assert!(one.len() < 40);
    let many = one.repeat(1_200 / one.len());
    pair.peers[0].events.clear();
    for _ in 0..100 {
        pair.peers[0].media.handle_rtcp(pair.now, TRANSPORT, &many).unwrap();
    }
    pair.drain();
    // One packet of each datagram was counted, and one event tells them all.
    let feedback: Vec<_> = pair.peers[0]
        .events
        .iter()
        .filter_map(|event| match event {
            MediaEvent::CongestionFeedback { lost, .. } => Some(*lost as usize),
            _ => None,
        })
        .collect();
    assert_eq!(feedback, [100 * TransportFeedback::MAX_STATUSES]);
}

#[test]
fn our_own_ssrc_from_outside_is_a_collision_and_changes_nothing() {
    let mut pair = both_ways();
    let now = pair.now;
    for ssrc in [100, 200, 201] {
        let payload_type = if ssrc == 201 { RTX } else { VP8 };
        let refused =
            pair.peers[0].media.handle_rtp(now, TRANSPORT, None, &rtp(ssrc, payload_type, 1, &[1]));
        assert_eq!(refused, Err(MediaError::Collision));
    }
    assert_eq!(pair.peers[0].media.transport_counters(TRANSPORT).collisions, 3);
    assert!(pair.peers[0].media.poll_packet().is_none());
    assert!(pair.peers[0].media.inbound(VIDEO).is_empty());
}

#[test]
fn a_spray_of_ssrcs_makes_a_bounded_number_of_streams() {
    let mut pair = both_ways();
    let now = pair.now;
    let mut refused = 0;
    for ssrc in 1_000..6_000 {
        let packet = rtp(ssrc, OPUS, 1, &[1]);
        let result = pair.peers[0].media.handle_rtp(now, TRANSPORT, None, &packet);
        refused += usize::from(result == Err(MediaError::TooManyStreams));
    }
    assert_eq!(pair.peers[0].media.inbound(AUDIO).len(), 32);
    assert_eq!(refused, 5_000 - 32);
    // Silence makes room, one stream at a time.
    let later = now + Duration::from_secs(20);
    pair.peers[0].media.handle_rtp(later, TRANSPORT, None, &rtp(9_000, OPUS, 1, &[1])).unwrap();
    assert_eq!(pair.peers[0].media.inbound(AUDIO).len(), 32);
}

#[test]
fn padding_longer_than_the_payload_is_refused() {
    let mut pair = both_ways();
    let now = pair.now;
    for padding in [0, 14, 255] {
        let mut packet = rtp(1_000, OPUS, 1, &[1, 1, padding]).to_vec();
        packet[0] |= 0x20;
        let refused = pair.peers[0].media.handle_rtp(now, TRANSPORT, None, &Bytes::from(packet));
        assert!(matches!(refused, Err(MediaError::Decode(_))), "{padding}");
    }
    assert!(pair.peers[0].media.inbound(AUDIO).is_empty());
    assert_eq!(pair.peers[0].media.transport_counters(TRANSPORT).malformed, 3);
}

#[test]
fn a_retransmission_of_nothing_or_one_byte_is_no_packet() {
    let mut pair = both_ways();
    let now = pair.now;
    let media = &mut pair.peers[0].media;
    media.handle_rtp(now, TRANSPORT, None, &rtp(1_000, VP8, 1, &[1; 20])).unwrap();
    media.handle_rtp(now, TRANSPORT, None, &rtp(1_001, RTX, 1, &[])).unwrap();
    let refused = media.handle_rtp(now, TRANSPORT, None, &rtp(1_001, RTX, 2, &[7]));
    assert!(matches!(refused, Err(MediaError::Decode(_))));
    // Two bytes are a number and an empty payload: a packet that carried nothing.
    media.handle_rtp(now, TRANSPORT, None, &rtp(1_001, RTX, 3, &[0, 3])).unwrap();
    assert_eq!(core::iter::from_fn(|| media.poll_packet()).count(), 2);
}

#[test]
fn header_extensions_that_lie_about_their_length_say_nothing() {
    let mut pair = both_ways();
    let now = pair.now;
    let header = RtpHeader { payload_type: OPUS, ssrc: Ssrc(1_000), ..RtpHeader::default() };
    let level = HeaderExtension::new(4, &[0x85]).unwrap();
    let mut packet = Vec::new();
    RtpBuilder::new(header).with_extensions(&[level]).encode(&[1; 10], &mut packet);
    // The element claims sixteen bytes of the four that there are.
    packet[16] = 0x4f;
    pair.peers[0].media.handle_rtp(now, TRANSPORT, None, &Bytes::from(packet.clone())).unwrap();
    let received = pair.peers[0].media.poll_packet().unwrap();
    assert_eq!(received.extensions.audio_level, None);
    // And a whole header extension that runs over the end is no packet.
    packet[15] = 200;
    packet[3] = 1;
    let refused = pair.peers[0].media.handle_rtp(now, TRANSPORT, None, &Bytes::from(packet));
    assert!(matches!(refused, Err(MediaError::Decode(_))));
}

#[test]
fn a_storm_of_key_frame_requests_is_told_twice_a_second() {
    let mut pair = both_ways();
    let mut requests = Vec::new();
    PictureLossIndication { sender_ssrc: Ssrc(1), media_ssrc: Ssrc(200) }.encode(&mut requests);
    let entries: Vec<_> =
        (0..100).map(|number| FirEntry { ssrc: Ssrc(200), sequence_number: number }).collect();
    FullIntraRequest { sender_ssrc: Ssrc(1), entries: List::new(&entries) }.encode(&mut requests);
    for _ in 0..1_000 {
        pair.peers[0].media.handle_rtcp(pair.now, TRANSPORT, &requests).unwrap();
        pair.now += Duration::from_millis(1);
    }
    pair.drain();
    let told = |event: &&MediaEvent| matches!(event, MediaEvent::KeyFrameRequested { .. });
    assert!(pair.peers[0].events.iter().filter(told).count() <= 2);
}

#[test]
fn what_nobody_takes_makes_room_for_what_comes() {
    let mut pair = both_ways();
    let now = pair.now;
    pair.peers[0].media.set_delivery(AUDIO, Delivery::Packets);
    for number in 0..10_000u16 {
        let _ = pair.peers[0].media.handle_rtp(now, TRANSPORT, None, &rtp(7, OPUS, number, &[1]));
    }
    let (packets, _) = pair.peers[0].media.dropped();
    assert_eq!(packets, 10_000 - 4_096);
    let waiting: Vec<_> = core::iter::from_fn(|| pair.peers[0].media.poll_packet()).collect();
    assert_eq!(waiting.len(), 4_096);
    assert_eq!(waiting[4_095].index as u16, 9_999);
}

#[test]
fn reports_on_what_was_never_sent_say_nothing() {
    let mut pair = both_ways();
    let mut report = Vec::new();
    let block = rtc_srtp::rtcp::ReportBlock {
        ssrc: Ssrc(200),
        last_sender_report: 1,
        ..Default::default()
    };
    let blocks = [block];
    rtc_srtp::rtcp::ReceiverReport { ssrc: Ssrc(9), reports: List::new(&blocks), extensions: &[] }
        .encode(&mut report);
    pair.peers[0].media.handle_rtcp(pair.now, TRANSPORT, &report).unwrap();
    assert_eq!(pair.peers[0].media.outbound(VIDEO)[0].remote, None);
    assert_eq!(pair.peers[0].media.poll_timeout(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn rtcp_of_strangers_changes_nothing(
        bodies in vec_of((200..208u8, 0..32u8, vec_of(any::<u8>(), 0..40)), 1..8),
    ) {
        let mut pair = both_ways();
        let before = pair.peers[0].media.poll_timeout();
        let mut datagram = Vec::new();
        for (packet_type, count, body) in bodies {
            rtc_srtp::rtcp::RawPacket { count, packet_type, body: &body }.encode(&mut datagram);
        }
        let _refused = pair.peers[0].media.handle_rtcp(pair.now, TRANSPORT, &datagram);
        let media = &mut pair.peers[0].media;
        proptest::prop_assert_eq!(media.poll_timeout(), before);
        proptest::prop_assert!(media.inbound(VIDEO).is_empty());
        let mut out = Vec::new();
        proptest::prop_assert_eq!(media.poll_transmit(pair.now, TRANSPORT, &mut out), None);
    }

    #[test]
    fn whatever_comes_the_bounds_hold(
        packets in vec_of((any::<bool>(), 0..4u8, any::<u16>(), vec_of(any::<u8>(), 0..60)), 1..300),
        frames in any::<bool>(),
    ) {
        let mut pair = both_ways();
        let delivery = if frames { Delivery::Frames } else { Delivery::Packets };
        pair.peers[0].media.set_delivery(VIDEO, delivery);
        pair.peers[0].media.set_delivery(AUDIO, delivery);
        send(&mut pair, 20, 100);
        let mut now = pair.now;
        for (is_rtp, sort, number, bytes) in packets {
            now += Duration::from_micros(u64::from(number));
            let media = &mut pair.peers[0].media;
            let _refused = if !is_rtp {
                let mut rtcp = vec![0x80 | sort, 200 + (number % 8) as u8];
                rtcp.extend_from_slice(&((bytes.len() / 4) as u16).to_be_bytes());
                rtcp.extend_from_slice(&bytes);
                media.handle_rtcp(now, TRANSPORT, &rtcp)
            } else {
                let payload_type = [OPUS, VP8, RTX, super::pair::RED][usize::from(sort)];
                let ssrc = 1_000 + u32::from(sort);
                let packet = rtp(ssrc, payload_type, number, &bytes);
                media.handle_rtp(now, TRANSPORT, None, &packet)
            };
            pair.now = now;
            pair.drain();
            proptest::prop_assert!(pair.peers[0].media.inbound(AUDIO).len() <= 32);
        }
        proptest::prop_assert!(pair.peers[0].events.len() <= MAX_EVENTS);
        let far = now + Duration::from_secs(3_600);
        pair.run(far.saturating_duration_since(now).min(Duration::from_secs(30)));
        proptest::prop_assert!(pair.now >= Instant::from_secs(1_000_000));
    }
}
