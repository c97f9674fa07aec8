//! Packets from one sender to many receivers, and the queues of senders.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::Instant;
use rtc_srtp::Ssrc;
use rtc_srtp::rtcp::{List, ReceiverReport, ReportBlock};
use rtc_srtp::rtp::RtpPacket;
use rtc_srtp::rtp::extension::{AudioLevel, Rotation, VideoOrientation};

use super::pair::{AUDIO, OPUS, Pair, TRANSPORT, VIDEO, VP8, codec, config, section, vp8_frame};
use crate::media::{
    Media, MediaConfig, MediaExtensions, OutgoingFrame, OutgoingPacket, PacketKind, SendMediaError,
    Sequence,
};
use crate::rtp::MediaSection;

const START: Instant = Instant::from_secs(1_000_000);

fn media(seed: u8, sections: Vec<MediaSection>) -> Media {
    let mut media = Media::new(config(), &mut ChaCha20Rng::from_seed([seed; 32]));
    media.configure(START, sections);
    media
}

fn rtp(media: &mut Media, now: Instant) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    let mut out = Vec::new();
    while let Some(kind) = media.poll_transmit(now, TRANSPORT, &mut out) {
        let packet = core::mem::take(&mut out);
        if kind == PacketKind::Rtp {
            packets.push(packet);
        }
    }
    packets
}

/// Sends ten packets so that all buffers have grown, then counts what the next 1,000 allocate.
#[test]
fn forwarding_allocates_nothing_per_packet() {
    let mut source = media(1, vec![section(VIDEO, Some(200), None)]);
    let mut forwarder = media(2, vec![section(VIDEO, None, Some(Some(200)))]);
    let mut senders: Vec<_> =
        (0..50).map(|seed| media(seed + 3, vec![section(VIDEO, Some(900), None)])).collect();
    let mut now = START;
    let mut datagrams = Vec::new();
    for number in 0..4_000u32 {
        now += Duration::from_millis(1);
        let packet = OutgoingPacket::new(number * 90, Bytes::from(vec![7; 1_100]));
        source.send_packet(now, VIDEO, &packet).unwrap();
        source.handle_timeout(now);
        for packet in rtp(&mut source, now) {
            let packet = Bytes::from(packet);
            // The first clone of bytes that were a vector allocates their count.
            datagrams.push((now, packet.clone()));
        }
    }
    let mut buffer = Vec::with_capacity(2_000);
    let mut forward = |datagrams: &[(Instant, Bytes)]| {
        let mut count = 0;
        for (now, datagram) in datagrams {
            forwarder.handle_rtp(*now, TRANSPORT, None, datagram).unwrap();
            while let Some(packet) = forwarder.poll_packet() {
                let packet = OutgoingPacket::forward(&packet);
                for sender in &mut senders {
                    sender.send_packet(*now, VIDEO, &packet).unwrap();
                    loop {
                        buffer.clear();
                        match sender.poll_transmit(*now, TRANSPORT, &mut buffer) {
                            Some(PacketKind::Rtp) => count += 1,
                            Some(PacketKind::Rtcp) => {}
                            None => break,
                        }
                    }
                }
            }
            while forwarder.poll_event().is_some() {}
            buffer.clear();
            while forwarder.poll_transmit(*now, TRANSPORT, &mut buffer).is_some() {
                buffer.clear();
            }
        }
        count
    };
    let (warm, counted) = datagrams.split_at(3_000);
    forward(warm);
    let mut count = 0;
    let info = allocation_counter::measure(|| count = forward(counted));
    assert_eq!(count, 50_000);
    assert!(info.count_total <= 20, "{} allocations", info.count_total);
}

#[test]
fn what_is_forwarded_has_our_names_and_no_seams() {
    let mut pair = Pair::new(
        vec![section(VIDEO, Some(200), None)],
        vec![section(VIDEO, None, Some(Some(200)))],
    );
    let send = |pair: &mut Pair, source: u32, index: u64, timestamp: u32| {
        let orientation = VideoOrientation { rotation: Rotation::Degrees90, ..Default::default() };
        let packet = OutgoingPacket {
            sequence: Sequence::Of { source: Ssrc(source), index },
            extensions: MediaExtensions {
                video_orientation: Some(orientation),
                ..MediaExtensions::NONE
            },
            marker: true,
            ..OutgoingPacket::new(timestamp, Bytes::from_static(&[1; 100]))
        };
        pair.peers[0].media.send_packet(pair.now, VIDEO, &packet)
    };
    for number in 0..5 {
        send(&mut pair, 77, 70_000 + number, 1_000 + 3_000 * number as u32).unwrap();
        pair.run(Duration::from_millis(33));
    }
    for number in 0..5 {
        send(&mut pair, 88, 5 + number, 900_000 + 3_000 * number as u32).unwrap();
        pair.run(Duration::from_millis(33));
    }
    assert_eq!(send(&mut pair, 88, 9, 0), Err(SendMediaError::Late));
    let packets = &pair.peers[1].packets;
    assert_eq!(packets.len(), 10);
    assert!(packets.windows(2).all(|pair| pair[1].index == pair[0].index + 1));
    for pair in packets.windows(2) {
        let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
        assert!((2_900..=3_100).contains(&step), "{step}");
    }
    let first = &packets[0];
    assert_eq!((first.ssrc, first.payload_type), (Ssrc(200), VP8));
    let rotation = first.extensions.video_orientation.map(|orientation| orientation.rotation);
    assert_eq!(rotation, Some(Rotation::Degrees90));
    assert!(first.abs_send_time.is_some());
}

#[test]
fn names_are_sent_until_a_report_shows_that_they_came() {
    let mut media = media(1, vec![section(VIDEO, Some(200), None)]);
    let mut now = START;
    let mut send = |media: &mut Media| {
        now += Duration::from_millis(10);
        let packet = OutgoingPacket::new(0, Bytes::from_static(&[1; 10]));
        media.send_packet(now, VIDEO, &packet).unwrap();
        let sent = rtp(media, now).remove(0);
        let packet = RtpPacket::decode(&sent).unwrap();
        (packet.sequence_number(), packet.extension(1).map(|mid| mid.to_vec()))
    };
    let (first, mid) = send(&mut media);
    assert_eq!(mid.as_deref(), Some(&b"v"[..]));
    let report = |media: &mut Media, highest: u16| {
        let block = ReportBlock {
            ssrc: Ssrc(200),
            extended_highest_sequence_number: highest.into(),
            ..ReportBlock::default()
        };
        let mut bytes = Vec::new();
        let reports = [block];
        ReceiverReport { ssrc: Ssrc(1), reports: List::new(&reports), extensions: &[] }
            .encode(&mut bytes);
        media.handle_rtcp(START, TRANSPORT, &bytes).unwrap();
    };
    report(&mut media, first.wrapping_sub(1));
    assert!(send(&mut media).1.is_some());
    report(&mut media, first);
    assert_eq!(send(&mut media).1, None);
    let mut renamed = section(VIDEO, Some(200), None);
    renamed.mid = Box::from("new");
    media.configure(START, vec![renamed]);
    assert_eq!(send(&mut media).1.as_deref(), Some(&b"new"[..]));
}

#[test]
fn a_full_queue_says_so_and_nothing_has_changed() {
    let config = MediaConfig { send_queue_packets: 10, send_queue_bytes: 5_000, ..config() };
    let mut media = Media::new(config, &mut ChaCha20Rng::from_seed([1; 32]));
    media.configure(START, vec![section(VIDEO, Some(200), None)]);
    let small = OutgoingPacket::new(0, Bytes::from_static(&[1; 10]));
    for _ in 0..10 {
        media.send_packet(START, VIDEO, &small).unwrap();
    }
    assert_eq!(media.send_packet(START, VIDEO, &small), Err(SendMediaError::Full));
    let frame = OutgoingFrame::new(0, vp8_frame(true, 100));
    assert_eq!(media.send_frame(START, VIDEO, &frame), Err(SendMediaError::Full));
    let packets = rtp(&mut media, START);
    assert_eq!(packets.len(), 10);
    // All of a frame or none of it: 12,000 bytes are more than ten packets.
    let large = OutgoingFrame::new(0, vp8_frame(true, 12_000));
    assert_eq!(media.send_frame(START, VIDEO, &large), Err(SendMediaError::Full));
    assert!(rtp(&mut media, START).is_empty());
    let frame = OutgoingFrame::new(0, vp8_frame(true, 4_000));
    media.send_frame(START, VIDEO, &frame).unwrap();
    let after = rtp(&mut media, START);
    assert_eq!(after.len(), 4);
    let number = |packet: &[u8]| RtpPacket::decode(packet).unwrap().sequence_number();
    assert_eq!(number(&after[0]), number(&packets[9]).wrapping_add(1));
    assert!(after.iter().all(|packet| packet.len() <= 1_200));
}

#[test]
fn commands_that_cannot_be_are_refused() {
    let mut media =
        media(1, vec![section(VIDEO, Some(200), None), section(AUDIO, None, Some(None))]);
    let packet = OutgoingPacket::new(0, Bytes::from_static(&[1; 10]));
    assert_eq!(media.send_packet(START, AUDIO, &packet), Err(SendMediaError::NotSending));
    let other = OutgoingPacket { encoding: 1, ..packet.clone() };
    assert_eq!(media.send_packet(START, VIDEO, &other), Err(SendMediaError::UnknownEncoding));
    let other = OutgoingPacket { payload_type: Some(5), ..packet.clone() };
    assert_eq!(media.send_packet(START, VIDEO, &other), Err(SendMediaError::PayloadType(5)));
    let long = OutgoingPacket { payload: Bytes::from(vec![0; 1_201]), ..packet.clone() };
    assert!(matches!(media.send_packet(START, VIDEO, &long), Err(SendMediaError::Payload(_))));
    let mut inactive = section(VIDEO, Some(200), None);
    inactive.send.iter_mut().for_each(|send| send.encodings[0].active = false);
    media.configure(START, vec![inactive]);
    assert_eq!(media.send_packet(START, VIDEO, &packet), Err(SendMediaError::Inactive));
    assert!(rtp(&mut media, START).is_empty());
    assert_eq!(media.poll_timeout(), None);
}

#[test]
fn streams_that_go_on_keep_their_numbers_even_on_another_transport() {
    let mut media = media(1, vec![section(VIDEO, Some(200), None)]);
    let packet = OutgoingPacket::new(0, Bytes::from_static(&[1; 10]));
    media.send_packet(START, VIDEO, &packet).unwrap();
    let first = RtpPacket::decode(&rtp(&mut media, START)[0]).unwrap().sequence_number();
    let elsewhere = crate::rtp::TransportId(5);
    let moved = MediaSection { transport: elsewhere, ..section(VIDEO, Some(200), None) };
    media.configure(START, vec![moved]);
    media.send_packet(START, VIDEO, &packet).unwrap();
    assert!(rtp(&mut media, START).is_empty());
    let mut out = Vec::new();
    while media.poll_transmit(START, elsewhere, &mut out) == Some(PacketKind::Rtcp) {
        out.clear();
    }
    let second = RtpPacket::decode(&out).unwrap().sequence_number();
    assert_eq!(second, first.wrapping_add(1));
}

#[test]
fn levels_and_sources_are_heard() {
    let mut pair = Pair::new(
        vec![section(AUDIO, Some(100), None)],
        vec![section(AUDIO, None, Some(Some(100)))],
    );
    let mut packet = OutgoingPacket::new(0, Bytes::from_static(&[1; 80]));
    packet.extensions.audio_level = Some(AudioLevel { voice_activity: true, level: 20 });
    assert!(packet.csrcs.push(Ssrc(4_711), None));
    pair.peers[0].media.send_packet(pair.now, AUDIO, &packet).unwrap();
    pair.run(Duration::from_millis(100));
    let media = &pair.peers[1].media;
    let own = media.synchronization_sources(pair.now, AUDIO);
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].source, Ssrc(100));
    assert!((own[0].audio_level.unwrap() - 0.1).abs() < 1e-9);
    let contributing = media.contributing_sources(pair.now, AUDIO);
    assert_eq!((contributing.len(), contributing[0].source), (1, Ssrc(4_711)));
    let later = pair.now + Duration::from_secs(11);
    assert!(media.synchronization_sources(later, AUDIO).is_empty());
}

#[test]
fn payload_types_are_mapped_by_codec_and_parameters() {
    let mut both = section(VIDEO, Some(200), Some(None));
    let h264 = |payload_type, parameters: &str| {
        let mut codec = codec("video/H264", 90_000, payload_type, None);
        codec.codec.sdp_fmtp_line = Some(parameters.into());
        codec.rtx_payload_type = None;
        codec
    };
    if let (Some(send), Some(receive)) = (&mut both.send, &mut both.receive) {
        send.codecs = vec![h264(100, "packetization-mode=0"), h264(101, "packetization-mode=1")];
        receive.codecs = vec![
            h264(35, "packetization-mode=1"),
            h264(36, "packetization-mode=0"),
            h264(37, "profile-level-id=640c1f"),
        ];
    }
    let media = media(1, vec![both, section(AUDIO, Some(100), Some(None))]);
    let map = |payload_type| {
        let codec = media.received_codec(VIDEO, payload_type)?;
        media.sent_payload_type(VIDEO, codec)
    };
    assert_eq!([map(35), map(36), map(37), map(38)], [Some(101), Some(100), Some(100), None]);
    let opus = media.received_codec(AUDIO, OPUS).unwrap();
    assert_eq!(media.sent_payload_type(AUDIO, opus), Some(OPUS));
    assert_eq!(media.sent_payload_type(VIDEO, opus), None);
}

#[test]
fn simulcast_names_its_encodings_and_sends_only_the_active_ones() {
    let encodings = |low: bool| {
        let mut simulcast = section(VIDEO, Some(200), None);
        if let Some(send) = &mut simulcast.send {
            let mut second = send.encodings[0].clone();
            (second.ssrc, second.rtx_ssrc) = (Ssrc(210), Some(Ssrc(211)));
            send.encodings.push(second);
            send.encodings[0].rid = Some(Box::from("hi"));
            send.encodings[1].rid = Some(Box::from("lo"));
            send.encodings[1].active = low;
        }
        vec![simulcast]
    };
    let mut receiving = section(VIDEO, None, Some(None));
    if let Some(receive) = &mut receiving.receive {
        receive.rids = vec![Box::from("hi"), Box::from("lo")];
    }
    let mut pair = Pair::new(encodings(true), vec![receiving]);
    let send = |pair: &mut Pair, encoding| {
        let packet =
            OutgoingPacket { encoding, ..OutgoingPacket::new(0, Bytes::from_static(&[1; 50])) };
        let result = pair.peers[0].media.send_packet(pair.now, VIDEO, &packet);
        pair.run(Duration::from_millis(30));
        result
    };
    send(&mut pair, 0).unwrap();
    send(&mut pair, 1).unwrap();
    let rids: Vec<_> = pair.peers[1].packets.iter().map(|packet| packet.rid.as_deref()).collect();
    assert_eq!(rids, [Some("hi"), Some("lo")]);
    let now = pair.now;
    pair.peers[0].media.configure(now, encodings(false));
    assert_eq!(send(&mut pair, 1), Err(SendMediaError::Inactive));
    send(&mut pair, 0).unwrap();
    assert_eq!(pair.peers[1].packets.len(), 3);
    let outbound = pair.peers[0].media.outbound(VIDEO);
    assert_eq!(outbound.len(), 2);
    assert_eq!((outbound[1].active, outbound[1].encoding), (false, 1));
    // Lost packets of an encoding are repaired by that encoding's retransmissions.
    assert_eq!(outbound[1].rtx_ssrc, Some(Ssrc(211)));
}

/// An SSRC has one sequence of numbers (RFC 3550, section 5.1), and the receiver's SRTP takes
/// numbers that fall for a replay.
#[test]
fn a_sender_that_pauses_goes_on_with_its_numbers() {
    for seed in 1..20 {
        let mut media = media(seed, vec![section(VIDEO, Some(200), None)]);
        let mut now = START;
        let mut send = |media: &mut Media, number: u32| {
            now += Duration::from_millis(33);
            let packet = OutgoingPacket::new(number * 3_000, Bytes::from_static(b"payload"));
            media.send_packet(now, VIDEO, &packet).unwrap();
            let packets = rtp(media, now);
            let sent = RtpPacket::decode(&packets[0]).unwrap();
            (sent.ssrc(), sent.sequence_number())
        };
        let (ssrc, before) = send(&mut media, 0);
        for others in [vec![], vec![section(VIDEO, None, Some(None))]] {
            media.configure(START, others);
            let refused = media.send_packet(START, VIDEO, &OutgoingPacket::new(0, Bytes::new()));
            assert!(refused.is_err());
        }
        media.configure(START, vec![section(VIDEO, Some(200), None)]);
        assert_eq!(send(&mut media, 1), (ssrc, before.wrapping_add(1)));
    }
}
