//! Streams of media: what is sent, what is received, and what either side reports of the other.

use std::time::Duration;

use bytes::Bytes;
use rtc_peer::{
    Configuration, MediaKind, OutgoingFrame, Stats, StatsReport, StatsType, Track, TransceiverId,
};

use super::common::{Fate, Pair};
#[cfg(feature = "serde")]
use super::json::is_of_w3c;
use super::references::hangs_together;
use super::{attributes, reports};

/// Alice calls Bob with a microphone and a camera.
struct Call {
    pair: Pair,
    audio: TransceiverId,
    video: TransceiverId,
    frames: u32,
}

impl Call {
    fn new() -> Self {
        let configuration = || {
            let mut configuration = Configuration::default();
            configuration.unix_time_at_epoch = Duration::from_secs(1_700_000_000);
            configuration
        };
        let mut pair = Pair::with(configuration(), configuration());
        let alice = &mut pair.alice.connection;
        let audio = alice.add_track(Track::new(MediaKind::Audio, "microphone"), &["call"]).unwrap();
        let video = alice.add_track(Track::new(MediaKind::Video, "camera"), &["call"]).unwrap();
        pair.negotiate();
        pair.drive_until(|pair| pair.is_connected());
        pair.drive_for(Duration::from_millis(100));
        Self { pair, audio, video, frames: 0 }
    }

    /// Sends audio and video for so many times 20 ms.
    fn talk(&mut self, frames: u32) {
        for _ in 0..frames {
            let alice = &mut self.pair.alice.connection;
            let sound = OutgoingFrame::new(self.frames * 960, Bytes::from_static(&[0x78; 80]));
            alice.send_frame(self.audio, &sound).unwrap();
            // A key frame of VP8 (RFC 6386 section 9.1) or what follows on one.
            let mut picture = vec![0x55; 3_000];
            let start = [0x50, 0x42, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00];
            picture[..10].copy_from_slice(&start);
            picture[0] |= u8::from(!self.frames.is_multiple_of(50));
            let picture = OutgoingFrame::new(self.frames * 1800, picture.into());
            alice.send_frame(self.video, &picture).unwrap();
            self.frames += 1;
            self.pair.drive_for(Duration::from_millis(20));
            while self.pair.bob.connection.poll_frame().is_some() {}
        }
    }

    fn reports(&self) -> [StatsReport; 2] {
        let reports = reports(&self.pair);
        reports.iter().for_each(hangs_together);
        #[cfg(feature = "serde")]
        reports.iter().for_each(is_of_w3c);
        reports
    }
}

#[test]
fn one_side_receives_the_streams_that_the_other_sends() {
    let mut call = Call::new();
    call.talk(500);
    call.pair.drive_for(Duration::from_millis(50));
    let [alice, bob] = call.reports();
    assert_eq!((alice.outbound_rtp.len(), alice.inbound_rtp.len()), (2, 0));
    assert_eq!((bob.outbound_rtp.len(), bob.inbound_rtp.len()), (0, 2));
    for sent in &alice.outbound_rtp {
        let received = bob.inbound_rtp.iter().find(|stream| stream.ssrc == sent.ssrc).unwrap();
        assert_eq!(received.kind, sent.kind);
        assert_eq!(received.packets_received, sent.packets_sent);
        assert_eq!(received.bytes_received, sent.bytes_sent);
        assert_eq!(received.header_bytes_received, sent.header_bytes_sent);
        assert_eq!((received.packets_lost, received.nack_count, sent.nack_count), (0, 0, 0));
        assert_eq!(received.mid, sent.mid);
        assert_eq!(received.frames_received, sent.frames_sent);
        assert_eq!(
            received.last_packet_received_timestamp.map(|at| at < bob.timestamp),
            Some(true)
        );
        let transceiver = call.pair.bob.connection.transceiver(received.transceiver).unwrap();
        assert_eq!(received.track_identifier, transceiver.receiver().track().id);
        assert_eq!(received.mid.as_deref(), transceiver.mid());

        let codec = |report: &StatsReport, id| {
            let Some(Stats::Codec(codec)) = report.get(id) else { panic!("{id} is no codec") };
            (codec.payload_type, codec.mime_type.clone(), codec.clock_rate, codec.channels)
        };
        let ours = codec(&alice, sent.codec_id.unwrap());
        assert_eq!(ours, codec(&bob, received.codec_id.unwrap()));
        let maps = attributes(&call.pair.alice.connection, false, "rtpmap");
        let name = ours.1.split_once('/').unwrap().1;
        let expected = format!("{} {name}/{}", ours.0, ours.2);
        assert!(maps.iter().any(|map| map.starts_with(&expected)), "{expected} in {maps:?}");

        let source = sent.media_source_id.unwrap();
        let Some(Stats::MediaSource(source)) = alice.get(source) else { panic!("no source") };
        let is_audio = sent.kind == MediaKind::Audio;
        assert_eq!(source.track_identifier, if is_audio { "microphone" } else { "camera" });
        assert_eq!(sent.transceiver, if is_audio { call.audio } else { call.video });
        assert_eq!(
            (sent.frames_sent, sent.encoding_index),
            match is_audio {
                true => (None, None),
                false => (Some(500), Some(0)),
            }
        );
        assert!(sent.active);
    }
}

#[test]
fn reports_of_the_other_side_are_told_with_the_stream() {
    let mut call = Call::new();
    let [alice, bob] = call.reports();
    assert!(alice.remote_inbound_rtp.is_empty() && bob.remote_outbound_rtp.is_empty());
    call.talk(1_000);
    let [alice, bob] = call.reports();
    assert_eq!((alice.remote_inbound_rtp.len(), bob.remote_outbound_rtp.len()), (2, 2));
    for remote in &alice.remote_inbound_rtp {
        let Some(Stats::OutboundRtp(local)) = alice.get(remote.local_id) else {
            panic!("no local")
        };
        assert_eq!(local.remote_id, Some(remote.id));
        assert_eq!((remote.ssrc, remote.kind), (local.ssrc, local.kind));
        assert_eq!((remote.packets_lost, remote.fraction_lost), (0, 0.0));
        assert!(remote.packets_received <= local.packets_sent && remote.packets_received > 0);
        assert!(remote.timestamp <= alice.timestamp);
        let round_trip = remote.round_trip_time.unwrap();
        assert!((19..=22).contains(&round_trip.as_millis()), "{round_trip:?}");
        assert!(remote.round_trip_time_measurements > 0);
        assert!(remote.total_round_trip_time >= round_trip);
    }
    for remote in &bob.remote_outbound_rtp {
        let Some(Stats::InboundRtp(local)) = bob.get(remote.local_id) else { panic!("no local") };
        assert_eq!(local.remote_id, Some(remote.id));
        assert_eq!((remote.ssrc, remote.kind), (local.ssrc, local.kind));
        assert!(remote.packets_sent <= local.packets_received && remote.packets_sent > 0);
        assert!(remote.bytes_sent <= local.bytes_received && remote.bytes_sent > 0);
        assert!(remote.reports_sent > 0);
        // Both have the same clock; the report was a while under way.
        let sent_at = remote.remote_timestamp.since_unix_epoch();
        let came_at = remote.timestamp.since_unix_epoch();
        let latency = came_at.saturating_sub(sent_at);
        assert!((9..=11).contains(&latency.as_millis()), "{latency:?}");
    }
}

#[test]
fn losses_and_their_repair_are_counted_on_both_sides() {
    let mut call = Call::new();
    call.talk(100);
    for _ in 0..40 {
        call.pair.fates.extend([Fate::Deliver, Fate::Deliver, Fate::Drop, Fate::Deliver]);
        call.talk(5);
    }
    call.pair.fates.clear();
    call.talk(300);
    call.pair.drive_for(Duration::from_millis(50));
    let [alice, bob] = call.reports();
    let sent = alice.outbound_rtp.iter().find(|stream| stream.kind == MediaKind::Video).unwrap();
    let received = bob.inbound_rtp.iter().find(|stream| stream.kind == MediaKind::Video).unwrap();
    assert!(received.packets_lost > 0 && received.nack_count > 0);
    assert!(sent.nack_count > 0 && sent.nack_count <= received.nack_count);
    assert!(sent.retransmitted_packets_sent > 0 && sent.retransmitted_bytes_sent > 0);
    assert!(received.retransmitted_packets_received.unwrap() > 0);
    assert!(received.retransmitted_packets_received.unwrap() <= sent.retransmitted_packets_sent);
    assert_eq!(received.rtx_ssrc, sent.rtx_ssrc);
    assert!(received.packets_received < sent.packets_sent);
    let remote = alice.remote_inbound_rtp.iter().find(|remote| remote.local_id == sent.id).unwrap();
    assert!(remote.packets_lost > 0);
}

#[test]
fn a_selector_gives_its_streams_and_what_they_refer_to() {
    let mut call = Call::new();
    call.talk(500);
    let [alice, bob] = call.reports();
    let of_audio = alice.clone().for_sender(call.audio);
    hangs_together(&of_audio);
    let mut types: Vec<_> = of_audio.iter().map(Stats::stats_type).collect();
    types.dedup();
    assert_eq!(
        types,
        [
            StatsType::Codec,
            StatsType::OutboundRtp,
            StatsType::RemoteInboundRtp,
            StatsType::MediaSource,
            StatsType::Transport,
            StatsType::CandidatePair,
            StatsType::LocalCandidate,
            StatsType::RemoteCandidate,
            StatsType::Certificate,
        ]
    );
    assert!(of_audio.outbound_rtp.iter().all(|stream| stream.transceiver == call.audio));
    assert_eq!((of_audio.outbound_rtp.len(), of_audio.media_sources.len()), (1, 1));
    assert_eq!(of_audio.media_sources[0].track_identifier, "microphone");
    // Nothing comes back to Alice, nor does Bob send.
    assert_eq!(alice.for_receiver(call.audio).iter().count(), 0);
    let stream = bob.inbound_rtp[0].clone();
    assert_eq!(bob.clone().for_sender(stream.transceiver).iter().count(), 0);
    let of_stream = bob.for_receiver(stream.transceiver);
    hangs_together(&of_stream);
    assert_eq!(of_stream.inbound_rtp, [stream]);
    assert_eq!((of_stream.remote_outbound_rtp.len(), of_stream.outbound_rtp.len()), (1, 0));
}

#[test]
fn a_source_is_told_for_as_long_as_a_sender_has_its_track() {
    let mut call = Call::new();
    let sources = |call: &Call| {
        let sources = call.pair.alice.connection.stats(call.pair.now).media_sources;
        sources.into_iter().map(|source| source.track_identifier).collect::<Vec<_>>()
    };
    assert_eq!(sources(&call), ["microphone", "camera"]);
    let alice = &mut call.pair.alice.connection;
    let screen = Track::new(MediaKind::Video, "screen");
    alice.transceiver_mut(call.video).unwrap().replace_track(Some(screen)).unwrap();
    assert_eq!(sources(&call), ["microphone", "screen"]);
    let alice = &mut call.pair.alice.connection;
    alice.remove_track(call.audio).unwrap();
    assert_eq!(sources(&call), ["screen"]);
    let [alice, _] = call.reports();
    let audio = alice.outbound_rtp.iter().find(|stream| stream.kind == MediaKind::Audio);
    assert!(audio.is_none_or(|stream| stream.media_source_id.is_none()));
}
