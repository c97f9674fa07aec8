//! Networks that lose, double and delay.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use proptest::collection::vec as vec_of;
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_oneof, proptest};

use super::flow::{call, one_way};
use super::pair::{AUDIO, Fate, OPUS, Pair, RED, VIDEO, VP8, section};
use crate::media::event::MediaEvent;
use crate::media::{Delivery, OutgoingPacket};

/// One packet in twenty is lost, some are doubled or late.
fn fates(len: usize) -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        90 => Just(Fate::Deliver),
        5 => Just(Fate::Drop),
        2 => Just(Fate::Duplicate),
        3 => (1..40u8).prop_map(Fate::Delay),
    ];
    vec_of(fate, len)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_frame_arrives_in_order_over_a_network_that_loses(fates in fates(400)) {
        let mut pair = one_way();
        pair.tell_round_trip();
        // What is lost before anything came nobody can know to be missing, nor what is lost at the
        // very end.
        pair.fates = vec![Fate::Deliver; 2];
        pair.fates.extend(fates);
        let sent = call(&mut pair, 60);
        let frames = pair.peers[1].frames.iter().filter(|frame| frame.transceiver == VIDEO);
        let timestamps: Vec<_> = frames.clone().map(|frame| frame.timestamp).collect();
        let first = timestamps[0];
        let came: Vec<_> = timestamps.iter().map(|at| at.wrapping_sub(first)).collect();
        let expected: Vec<_> = sent.iter().map(|(at, _)| *at).collect();
        if losses_of_one(&pair) <= SURVIVED {
            proptest::prop_assert!(came.len() + 4 >= expected.len(), "{} frames", came.len());
            proptest::prop_assert_eq!(&came[..], &expected[..came.len()]);
            proptest::prop_assert!(frames.clone().all(|frame| !frame.discontinuity));
        } else {
            // Some packet came too late: what needs it is left out, and a key frame goes on.
            proptest::prop_assert!(came.is_sorted());
            let mut last = None;
            for (frame, at) in frames.zip(&came) {
                let place = expected.iter().position(|sent| sent == at).unwrap();
                if let Some(last) = last.replace(place) {
                    proptest::prop_assert_eq!(place != last + 1, frame.discontinuity);
                    proptest::prop_assert!(frame.key_frame || !frame.discontinuity);
                }
            }
        }
    }

    #[test]
    fn two_runs_of_one_schedule_are_equal_to_the_byte(fates in fates(150)) {
        let run = || {
            let mut pair = one_way();
            pair.fates = fates.clone();
            call(&mut pair, 20);
            pair.peers.map(|peer| peer.sent)
        };
        proptest::prop_assert_eq!(run(), run());
    }
}

/// How often one packet of video was lost that was lost most often.
fn losses_of_one(pair: &Pair) -> usize {
    let mut lost = BTreeMap::new();
    for (_, _, number) in
        pair.fared().filter(|(fate, payload_type, _)| *fate == Fate::Drop && *payload_type == VP8)
    {
        *lost.entry(number).or_insert(0) += 1;
    }
    lost.into_values().max().unwrap_or_default()
}

/// Sends so many frames, and loses the packet that is sent with place `at` and its repeats so often,
/// or as often as it is repeated.
fn call_that_loses_one(new: impl Fn() -> Pair, at: usize, times: usize, frames: u32) -> Pair {
    let mut fates = vec![];
    loop {
        let mut pair = new();
        pair.fates.clone_from(&fates);
        call(&mut pair, frames);
        if losses_of_one(&pair) == times {
            return pair;
        }
        let lost = pair.fared().nth(at).unwrap();
        let repeat = |fared: &(Fate, u8, u16)| {
            fared.0 == Fate::Deliver && (fared.1, fared.2) == (lost.1, lost.2)
        };
        let Some(place) = pair.fared().position(|fared| repeat(&fared)) else { return pair };
        fates.resize(fates.len().max(place + 1), Fate::Deliver);
        fates[place] = Fate::Drop;
    }
}

fn assert_unbroken(pair: &Pair, count: usize) {
    let frames = pair.peers[1].frames.iter().filter(|frame| frame.transceiver == VIDEO);
    assert_eq!(frames.clone().count(), count);
    assert!(frames.clone().all(|frame| !frame.discontinuity));
    assert_eq!(pair.peers[1].media.inbound(VIDEO)[0].pli_count, 0);
}

#[test]
fn a_packet_that_is_lost_again_and_again_comes_in_time_even_before_there_are_reports() {
    let known = || {
        let mut pair = one_way();
        pair.tell_round_trip();
        pair
    };
    let pair = call_that_loses_one(known, 24, SURVIVED, 40);
    assert_eq!(losses_of_one(&pair), SURVIVED);
    assert_unbroken(&pair, 40);
    // What never comes is given up.
    let pair = call_that_loses_one(known, 24, 20, 40);
    assert!((SURVIVED..12).contains(&losses_of_one(&pair)));
    assert!(pair.peers[1].media.inbound(VIDEO)[0].pli_count > 0);
}

#[test]
fn over_a_long_path_a_frame_waits_until_it_can_have_been_repaired() {
    let far = || {
        let mut pair = one_way();
        pair.latency = Duration::from_millis(300);
        pair.tell_round_trip();
        pair
    };
    for times in [1, 2] {
        let pair = call_that_loses_one(far, 24, times, 120);
        assert_eq!(losses_of_one(&pair), times);
        assert_unbroken(&pair, 120);
    }
}

#[test]
fn loss_without_repair_is_answered_by_a_key_frame() {
    let mut pair = one_way();
    // Nothing of RTCP arrives for a while: no NACK, no PLI.
    pair.lose_rtcp = true;
    pair.fates = vec![Fate::Deliver; 40];
    pair.fates[28..32].fill(Fate::Drop);
    call(&mut pair, 10);
    pair.lose_rtcp = false;
    let before = pair.peers[1].frames.len();
    let sent = call(&mut pair, 40);
    assert!(sent.iter().any(|(_, key_frame)| *key_frame));
    let frames = &pair.peers[1].frames[before..];
    let mut video = frames.iter().filter(|frame| frame.transceiver == VIDEO);
    assert!(video.clone().count() > 30);
    let first = video.find(|frame| frame.discontinuity);
    assert!(first.is_none_or(|frame| frame.key_frame));
    let counters = pair.peers[1].media.inbound(VIDEO).remove(0);
    assert!(counters.pli_count > 0);
    assert!(counters.key_frames_received >= 2);
}

#[test]
fn a_receiver_that_comes_in_between_asks_for_a_key_frame() {
    let mut pair = one_way();
    pair.fates = vec![Fate::Drop; 12];
    let sent = call(&mut pair, 30);
    let asked = pair.peers[1].media.inbound(VIDEO)[0].pli_count;
    assert!((1..=3).contains(&asked), "{asked}");
    assert!(sent.iter().filter(|(_, key_frame)| *key_frame).count() >= 2);
    let frames = &pair.peers[1].frames;
    let first = frames.iter().find(|frame| frame.transceiver == VIDEO).unwrap();
    assert!(first.key_frame);
    assert!(pair.peers[0].media.outbound(VIDEO)[0].pli_count >= 1);
}

#[test]
fn what_is_sent_again_is_counted_on_both_sides() {
    let mut pair = one_way();
    pair.fates = vec![Fate::Deliver; 100];
    for at in [20, 33, 47] {
        pair.fates[at] = Fate::Drop;
    }
    call(&mut pair, 40);
    let sent = pair.peers[0].media.outbound(VIDEO).remove(0);
    let came = pair.peers[1].media.inbound(VIDEO).remove(0);
    assert!(sent.retransmitted_packets_sent > 0 && sent.nack_count > 0);
    assert_eq!(came.retransmitted_packets_received, sent.retransmitted_packets_sent);
    assert_eq!(came.retransmitted_bytes_received, sent.retransmitted_bytes_sent);
    assert_eq!(came.nack_count, sent.nack_count);
    assert_eq!(came.frames_received, 40);
    assert_eq!(came.packets_lost, i64::from(sent.remote.unwrap().packets_lost));
    let remote = came.remote.unwrap();
    assert!(u64::from(remote.packets_sent) + sent.retransmitted_packets_sent <= sent.packets_sent);
    let round_trip = sent.remote.unwrap().round_trip_time.unwrap();
    assert!(round_trip.abs_diff(Duration::from_millis(40)) < Duration::from_millis(2));
}

#[test]
fn without_rtx_no_sequence_number_is_used_twice() {
    let plain = |send, receive| {
        let mut section = section(VIDEO, send, receive);
        let send = section.send.iter_mut().flat_map(|send| &mut send.codecs);
        let receive = section.receive.iter_mut().flat_map(|receive| &mut receive.codecs);
        send.chain(receive).for_each(|codec| codec.rtx_payload_type = None);
        section
    };
    let mut pair = Pair::new(vec![plain(Some(200), None)], vec![plain(None, Some(Some(200)))]);
    pair.fates = vec![Fate::Deliver; 5];
    pair.fates[3] = Fate::Drop;
    for number in 0..10u32 {
        let packet = OutgoingPacket::new(number * 3_000, Bytes::from(vec![1; 500]));
        pair.peers[0].media.send_packet(pair.now, VIDEO, &packet).unwrap();
        pair.run(Duration::from_millis(10));
    }
    pair.run(Duration::from_secs(1));
    assert_eq!(pair.peers[1].packets.len(), 9);
    let sent = pair.peers[0].media.outbound(VIDEO).remove(0);
    assert!(sent.nack_count > 0);
    assert_eq!(sent.retransmitted_packets_sent, 0);
    let mut numbers: Vec<_> = pair.peers[0]
        .sent
        .iter()
        .filter(|(_, packet)| packet[1] & 0x7f == 96)
        .map(|(_, packet)| [packet[2], packet[3]])
        .collect();
    let all = numbers.len();
    numbers.dedup();
    assert_eq!((all, numbers.len()), (10, 10));
}

#[test]
fn redundant_audio_repairs_what_is_lost() {
    let mut pair = Pair::new(
        vec![section(AUDIO, Some(100), None)],
        vec![section(AUDIO, None, Some(Some(100)))],
    );
    pair.peers[1].media.set_delivery(AUDIO, Delivery::Frames);
    pair.fates = vec![Fate::Deliver; 20];
    pair.fates[4] = Fate::Drop;
    pair.fates[9] = Fate::Drop;
    let sound = |number: u8| vec![number; 60];
    for number in 0..20u8 {
        let mut payload = Vec::new();
        let before = sound(number.wrapping_sub(1));
        let block = rtc_srtp::payload::RedBlock {
            payload_type: OPUS,
            timestamp_offset: 960,
            payload: &before,
        };
        let blocks = if number == 0 { vec![] } else { vec![block] };
        rtc_srtp::payload::encode_red(&blocks, OPUS, &sound(number), &mut payload);
        let packet = OutgoingPacket {
            payload_type: Some(RED),
            ..OutgoingPacket::new(u32::from(number) * 960, Bytes::from(payload))
        };
        pair.peers[0].media.send_packet(pair.now, AUDIO, &packet).unwrap();
        pair.run(Duration::from_millis(20));
    }
    let frames = &pair.peers[1].frames;
    let came: Vec<_> = frames.iter().map(|frame| frame.data[0]).collect();
    assert_eq!(came, (0..20).collect::<Vec<_>>());
    assert!(frames.iter().all(|frame| frame.payload_type == OPUS && frame.data.len() == 60));
    assert_eq!(pair.peers[1].media.inbound(AUDIO)[0].fec_packets_received, 2);
    let events = &pair.peers[1].events;
    assert!(events.contains(&MediaEvent::FramesReady));
}

/// So often a packet may be lost and still come in time, wherever the round trip of 40 ms is known: in
/// the 400 ms that a frame waits it is asked for after 10, 60, 120 and 190 ms at the latest but for
/// what RTCP's own pace adds, and the answer to the fourth asking is there, delayed by 40 ms, after
/// 270.
const SURVIVED: usize = 4;
