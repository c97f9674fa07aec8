//! Whatever the network does, what was promised is kept.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use common::{A, B, Fate, Pair, fates};
use proptest::prelude::*;
use rtc_sctp::{Config, Event, Ppid, ResetResult, SendError, SendOptions, State, StreamId};

/// What may get lost, and is told from all else.
const UNRELIABLE: [u8; 5] = [0xee; 5];

/// A message to send: from which side, on which stream, how long.
fn messages() -> impl Strategy<Value = Vec<(usize, u16, usize)>> {
    let length = prop_oneof![3 => 1usize..40, 2 => 1000usize..1300, 2 => 1usize..20_000];
    prop::collection::vec((0usize..2, 0u16..4, length), 0..40)
}

/// The payload, whether it is unordered, and whether it is reliable.
type Sent = (Vec<u8>, bool, bool);

fn payload(index: usize, length: usize) -> Vec<u8> {
    (0..length).map(|position| (position * 31 + index * 7) as u8).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_reliable_message_arrives_once_and_in_order(
        fates in fates(200),
        messages in messages(),
        early in any::<bool>(),
    ) {
        let mut pair = Pair::new();
        pair.fates = fates;
        let mut sent: BTreeMap<(usize, u16), Vec<Vec<u8>>> = BTreeMap::new();
        if !early {
            pair.connect();
        }
        for (index, &(from, stream, length)) in messages.iter().enumerate() {
            let payload = payload(index, length);
            pair.send(from, stream, &payload);
            sent.entry((from, stream)).or_default().push(payload);
        }
        if early {
            pair.connect();
        }
        pair.drive();
        for ((from, stream), sent) in sent {
            prop_assert_eq!(&pair.payloads(1 - from, stream), &sent);
        }
        for end in &pair.ends {
            prop_assert_eq!(end.statistics().receive_window, 5 * 1024 * 1024);
        }
    }

    #[test]
    fn unordered_messages_arrive_once(fates in fates(200), messages in messages()) {
        let mut pair = Pair::connected();
        pair.fates = fates;
        let mut sent: BTreeMap<(usize, u16), Vec<Vec<u8>>> = BTreeMap::new();
        for (index, &(from, stream, length)) in messages.iter().enumerate() {
            let payload = payload(index, length);
            pair.send_with(from, stream, &payload, SendOptions::RELIABLE.unordered());
            sent.entry((from, stream)).or_default().push(payload);
        }
        pair.drive();
        for ((from, stream), mut sent) in sent {
            let mut received = pair.payloads(1 - from, stream);
            received.sort();
            sent.sort();
            prop_assert_eq!(received, sent);
        }
    }

    #[test]
    fn partially_reliable_messages_arrive_at_most_once_and_reliable_ones_still_do(
        fates in fates(200),
        messages in messages(),
        kinds in prop::collection::vec(0u8..6, 40),
    ) {
        let mut pair = Pair::connected();
        pair.fates = fates;
        let mut sent: BTreeMap<(usize, u16), Vec<Sent>> = BTreeMap::new();
        for (index, &(from, stream, length)) in messages.iter().enumerate() {
            let mut payload = payload(index, length);
            // Every message can be told from every other.
            payload.extend_from_slice(&(index as u32).to_be_bytes());
            let options = match kinds[index] {
                0 => SendOptions::RELIABLE.max_retransmits(0),
                1 => SendOptions::RELIABLE.max_retransmits(1).unordered(),
                2 => SendOptions::RELIABLE.lifetime(Duration::from_millis(30)),
                3 => SendOptions::RELIABLE.lifetime(Duration::from_millis(100)).unordered(),
                4 => SendOptions::RELIABLE.unordered(),
                _ => SendOptions::RELIABLE,
            };
            pair.send_with(from, stream, &payload, options);
            let reliable = options.lifetime.is_none() && options.max_retransmits.is_none();
            sent.entry((from, stream)).or_default().push((payload, options.unordered, reliable));
            if index % 8 == 7 {
                pair.run(Duration::from_millis(15));
            }
        }
        pair.drive();
        // What was given up may have to be told again.
        pair.run(Duration::from_secs(30));
        for ((from, stream), sent) in sent {
            let received = pair.payloads(1 - from, stream);
            let position = |payload: &Vec<u8>| sent.iter().position(|entry| &entry.0 == payload);
            let positions: Vec<usize> =
                received.iter().map(|payload| position(payload).expect("was sent")).collect();
            let mut once = positions.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), positions.len(), "a message came twice");
            let ordered: Vec<usize> =
                positions.iter().copied().filter(|&index| !sent[index].1).collect();
            prop_assert!(ordered.is_sorted(), "out of order: {:?}", ordered);
            for (index, entry) in sent.iter().enumerate() {
                prop_assert!(!entry.2 || positions.contains(&index), "a reliable one is missing");
            }
        }
        for end in &pair.ends {
            let statistics = end.statistics();
            prop_assert_eq!(statistics.receive_window, 5 * 1024 * 1024, "something is still held");
        }
    }

    #[test]
    fn a_stream_can_be_reset_and_used_again_on_any_network(
        fates in fates(150),
        rounds in prop::collection::vec((0usize..2, 1usize..5000), 1..6),
    ) {
        let mut pair = Pair::connected();
        pair.fates = fates;
        let mut expected = [Vec::new(), Vec::new()];
        for (index, &(from, length)) in rounds.iter().enumerate() {
            for count in 0..3 {
                // What may be given up lies between, so that numbers are skipped in every life.
                let options = SendOptions::RELIABLE.max_retransmits(0);
                pair.send_with(from, 9, &UNRELIABLE, options);
                let payload = payload(index * 3 + count, length);
                pair.send(from, 9, &payload);
                expected[1 - from].push(payload);
            }
            // Data goes on beside it.
            pair.send(from, 1, &[1; 3000]);
            pair.ends[A].reset_stream(pair.now, StreamId(9)).unwrap();
            pair.ends[B].reset_stream(pair.now, StreamId(9)).unwrap();
            for end in [A, B] {
                let again = pair.ends[end].reset_stream(pair.now, StreamId(9));
                prop_assert!(again.is_err(), "it is being reset");
            }
            pair.drive_until(|pair| {
                [A, B].iter().all(|&end| {
                    let outgoing = pair.events[end].iter().filter(|event| matches!(
                        event,
                        Event::OutgoingReset { stream: StreamId(9), result: ResetResult::Performed }
                    ));
                    outgoing.count() == index + 1
                })
            });
        }
        pair.drive();
        for end in [A, B] {
            let mut received = pair.payloads(end, 9);
            received.retain(|payload| payload != &UNRELIABLE);
            prop_assert_eq!(received, &*expected[end]);
        }
    }

    #[test]
    fn a_reader_who_drains_always_makes_progress(
        fates in fates(150),
        lengths in prop::collection::vec(1usize..12_000, 1..30),
        pauses in prop::collection::vec(0u64..4000, 1..8),
    ) {
        let mut config = Config::default();
        config.receive_window = 32 * 1024;
        config.max_message_size = 16 * 1024;
        let mut pair = Pair::with(Config::default(), config);
        pair.connect();
        pair.fates = fates;
        pair.reads[B] = false;
        let sent: Vec<Vec<u8>> =
            lengths.iter().enumerate().map(|(index, &length)| payload(index, length)).collect();
        for payload in &sent {
            pair.send(A, 0, payload);
        }
        for pause in pauses {
            pair.run(Duration::from_millis(pause));
            pair.read(B, StreamId(0));
        }
        pair.reads[B] = true;
        pair.drain();
        pair.read(B, StreamId(0));
        pair.drive();
        prop_assert_eq!(pair.payloads(B, 0), sent);
    }

    #[test]
    fn two_runs_of_one_schedule_are_equal_bytes(fates in fates(60), messages in messages()) {
        let run = || {
            let mut pair = Pair::new();
            pair.fates.clone_from(&fates);
            pair.connect();
            for (index, &(from, stream, length)) in messages.iter().enumerate() {
                pair.send(from, stream, &payload(index, length));
            }
            pair.drive();
            pair.log
        };
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn a_shutdown_ends_on_any_network(fates in fates(60), lengths in prop::collection::vec(1usize..5000, 0..8)) {
        let mut pair = Pair::connected();
        pair.fates = fates;
        for (index, &length) in lengths.iter().enumerate() {
            pair.send(A, 0, &payload(index, length));
        }
        pair.ends[A].shutdown(pair.now);
        pair.drive_until(|pair| pair.ends.iter().all(|end| end.state() == State::Closed));
        prop_assert_eq!(pair.payloads(B, 0).len(), lengths.len());
    }
}

#[test]
fn recovery_always_ends_and_the_window_grows_again() {
    let mut pair = Pair::connected();
    let mut count = 0_u32;
    // One packet in twenty is lost for a while.
    pair.filter = Box::new(move |from, packet| {
        count += 1;
        from == A && packet.len() > 500 && count < 2000 && count.is_multiple_of(20)
    });
    for _ in 0..100 {
        while pair.ends[A]
            .send(
                pair.now,
                StreamId(0),
                Ppid(53),
                Bytes::from_static(&[1; 30_000]),
                SendOptions::RELIABLE,
            )
            .is_ok()
        {}
        pair.run(Duration::from_millis(50));
    }
    let statistics = pair.ends[A].statistics();
    assert!(statistics.fast_recoveries > 3);
    pair.drive();
    assert_eq!(pair.ends[A].statistics().timeouts, 0, "losses are found without time-outs");
    assert!(pair.ends[A].statistics().congestion_window > 20 * 1191);
}

#[test]
fn a_lost_tail_is_found_by_a_probe_and_not_by_a_timeout() {
    let mut pair = Pair::connected();
    pair.send(A, 0, b"measure");
    pair.drive();
    let mut is_first = true;
    pair.filter = Box::new(move |from, packet| {
        from == A && packet.len() > 20 && core::mem::take(&mut is_first)
    });
    let start = pair.now;
    pair.send(A, 0, b"tail");
    pair.drive_until(|pair| pair.payloads(B, 0).len() == 2);
    assert_eq!(pair.ends[A].statistics().timeouts, 0);
    assert!(pair.now < start + Duration::from_millis(200), "took {:?}", pair.now);
}

#[test]
fn the_send_buffer_is_bounded_and_says_when_there_is_space_again() {
    let mut config = Config::default();
    config.send_buffer = 100_000;
    let mut pair = Pair::with(config, Config::default());
    pair.connect();
    let send = |pair: &mut Pair, stream| {
        let payload = Bytes::from_static(&[0; 1000]);
        pair.ends[A].send(pair.now, StreamId(stream), Ppid(53), payload, SendOptions::RELIABLE)
    };
    let mut first = 0;
    while send(&mut pair, 0).is_ok() {
        first += 1;
    }
    assert!((40..60).contains(&first), "half of it for one stream: {first}");
    assert_eq!(send(&mut pair, 0), Err(SendError::Full));
    // Others are not shut out by a greedy one.
    for stream in 1..6 {
        assert_eq!(send(&mut pair, stream), Ok(()));
    }
    while send(&mut pair, 7).is_ok() {}
    pair.drive();
    for stream in [0, 7] {
        assert!(pair.events[A].contains(&Event::Writable(StreamId(stream))));
        assert_eq!(send(&mut pair, stream), Ok(()));
    }
}

#[test]
fn streams_share_the_bandwidth_by_their_weights() {
    let mut pair = Pair::connected();
    pair.latency = Duration::from_millis(50);
    pair.ends[A].set_priority(StreamId(1), 1024);
    pair.ends[A].set_priority(StreamId(2), 256);
    for _ in 0..400 {
        pair.send(A, 1, &[1; 1000]);
        pair.send(A, 2, &[2; 1000]);
    }
    pair.drive_until(|pair| pair.payloads(B, 1).len() >= 200);
    let (first, second) = (pair.payloads(B, 1).len(), pair.payloads(B, 2).len());
    assert!((3..=5).contains(&(first / second.max(1))), "{first} to {second}");
}

#[test]
fn the_buffered_amount_counts_what_the_network_has_not_got() {
    let mut pair = Pair::connected();
    let stream = StreamId(0);
    pair.ends[A].set_buffered_amount_low_threshold(stream, 10_000);
    pair.send(A, 0, &[0; 50_000]);
    assert_eq!(pair.ends[A].buffered_amount(stream), 50_000);
    pair.drain();
    assert!(pair.ends[A].buffered_amount(stream) < 50_000);
    pair.drive();
    assert_eq!(pair.ends[A].buffered_amount(stream), 0);
    let low = Event::BufferedAmountLow(stream);
    assert_eq!(pair.events[A].iter().filter(|&&event| event == low).count(), 1);
}

#[test]
fn corruption_is_noticed_by_the_checksum() {
    let mut pair = Pair::connected();
    pair.fates = vec![Fate::Corrupt(1234); 3];
    pair.send(A, 0, &[5; 3000]);
    pair.drive();
    assert_eq!(pair.payloads(B, 0), [vec![5; 3000]]);
}
