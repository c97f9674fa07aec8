//! Handshakes over networks that lose, repeat, reorder and cut.
#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "a test has std and may panic"
)]

mod common;

use std::time::Duration;

use common::{Direction, Fate, Pair};
use proptest::prelude::*;
use rtc_dtls::Event;

/// Drives a pair to the end and checks that all came out well.
fn completes(mut pair: Pair) -> Pair {
    pair.connect();
    pair.drive();
    assert_eq!(pair.client_events, [Event::Connected]);
    assert_eq!(pair.server_events, [Event::Connected]);
    assert!(pair.client.poll_timeout().is_none() && pair.server.poll_timeout().is_none());
    let record = pair.seal(Direction::ToServer, b"data");
    pair.deliver(Direction::ToServer, &record).unwrap();
    assert_eq!(&pair.server.recv().unwrap()[..], b"data");
    pair
}

fn small_datagrams() -> Pair {
    Pair::with(|config| config.max_datagram_size = 300, |config| config.max_datagram_size = 300)
}

#[test]
fn any_one_or_two_lost_datagrams_are_made_good() {
    for build in [Pair::new as fn() -> Pair, small_datagrams] {
        let count = completes(build()).log.len() + 2;
        for first in 0..count {
            for second in first..count {
                let mut pair = build();
                pair.fates = (0..=second)
                    .map(|n| if n == first || n == second { Fate::Drop } else { Fate::Deliver })
                    .collect();
                completes(pair);
            }
        }
    }
}

#[test]
fn a_flight_is_sent_again_whole_with_new_record_numbers_after_50_ms() {
    let mut pair = Pair::new();
    pair.fates = [Fate::Deliver, Fate::Drop].into();
    pair.latency = Duration::ZERO;
    let start = pair.now;
    while pair.log.len() < 3 {
        assert!(pair.step());
    }
    assert_eq!(pair.now, start + Duration::from_millis(50));
    pair.connect();
    // Both timers fire at once: the client's hello comes again, and the server's flight.
    let flights: Vec<_> =
        pair.log.iter().filter(|(way, _)| *way == Direction::ToClient).take(2).collect();
    let (lost, again) = (&flights[0].1, &flights[1].1);
    assert_eq!(lost.len(), again.len());
    let content = |datagram: &[u8]| refragment(datagram, 5000).concat().len();
    assert_eq!(content(lost), content(again));
    assert_ne!(lost[5..11], again[5..11], "the record number is new");
}

#[test]
fn time_outs_double_up_to_the_cap_and_then_the_handshake_is_given_up() {
    let mut pair = Pair::new();
    pair.fates = vec![Fate::Drop; 1000].into();
    let mut sent_at = Vec::new();
    let start = pair.now;
    loop {
        let before = pair.log.len();
        if !pair.step() {
            break;
        }
        if pair.log.len() > before {
            sent_at.push((pair.now.saturating_duration_since(start)).as_millis());
        }
    }
    assert_eq!(sent_at[..8], [50, 150, 350, 750, 1550, 3150, 6150, 9150]);
    assert_eq!(pair.now, start + Duration::from_secs(30));
    let reason = rtc_dtls::CloseReason::TimedOut { hint: None };
    assert_eq!(pair.client_events, [Event::Closed(reason)]);
    assert_eq!(pair.client.state(), rtc_dtls::State::Failed);
    assert_eq!(pair.server.state(), rtc_dtls::State::New);
}

#[test]
fn the_timer_is_seeded_with_the_round_trip_time() {
    for (round_trip, expected) in [(1, 50), (100, 200), (10_000, 3000)] {
        let mut pair = Pair::new();
        pair.client.set_round_trip_time(Duration::from_millis(round_trip));
        pair.drain();
        let expected = pair.now + Duration::from_millis(expected);
        assert_eq!(pair.client.poll_timeout(), Some(expected));
    }
}

#[test]
fn a_seeded_timer_sends_nothing_twice_on_a_slow_path() {
    let mut pair = Pair::new();
    pair.latency = Duration::from_millis(250);
    for connection in [&mut pair.client, &mut pair.server] {
        connection.set_round_trip_time(Duration::from_millis(500));
    }
    assert_eq!(completes(pair).log.len(), 4);
}

#[test]
fn a_slow_path_without_a_seed_completes_without_a_storm() {
    let mut pair = Pair::new();
    pair.latency = Duration::from_millis(400);
    let log = completes(pair).log.len();
    assert!(log < 40, "{log} datagrams");
}

#[test]
fn the_last_flight_is_sent_again_when_the_peer_repeats_its_own() {
    let mut pair = Pair::new();
    // Hello, server's flight, client's flight, and the lost Finished of the server.
    pair.fates = [Fate::Deliver, Fate::Deliver, Fate::Deliver, Fate::Drop].into();
    while !pair.server.is_connected() {
        assert!(pair.step());
    }
    assert!(!pair.client.is_connected());
    let pair = completes(pair);
    assert_eq!(pair.log.len(), 6, "the client's flight and the answer, once more each");
}

#[test]
fn repetitions_of_the_end_of_a_flight_are_answered_at_a_bounded_rate() {
    let mut pair = Pair::connected();
    let flight = pair.log[2].1.clone();
    let mut answers = 0;
    for _ in 0..1000 {
        pair.now += Duration::from_millis(1);
        let _replayed = pair.deliver(Direction::ToServer, &flight);
        let mut out = Vec::new();
        answers += usize::from(pair.server.poll_transmit(pair.now, &mut out));
    }
    assert_eq!(answers, 0, "a replayed Finished is no repeated one");

    // While the server waits, a repeated ClientHello, which anyone can forge, is answered.
    let mut pair = Pair::new();
    pair.drain();
    let hello = pair.log[0].1.clone();
    let mut answers = 0;
    for _ in 0..1000 {
        pair.now += Duration::from_millis(1);
        let _repeated = pair.deliver(Direction::ToServer, &hello);
        let mut out = Vec::new();
        answers += usize::from(pair.server.poll_transmit(pair.now, &mut out));
    }
    assert!((30..=41).contains(&answers), "{answers} answers in a second");
}

#[test]
fn records_that_overtake_the_keys_are_kept() {
    // Datagrams so small that the Finished travels alone, and everything backwards.
    let mut pair = small_datagrams();
    pair.fates = (0..40).map(|n| Fate::Delay(40 - n)).collect();
    for connection in [&mut pair.client, &mut pair.server] {
        connection.set_round_trip_time(Duration::from_millis(500));
    }
    let pair = completes(pair);
    let refused = pair.results.iter().filter(|(_, result)| result.is_err()).count();
    assert_eq!(refused, 0, "{:?}", pair.results);
}

#[test]
fn data_that_overtakes_the_last_flight_is_kept_and_not_shown_before_its_end() {
    let mut pair = Pair::new();
    while !pair.server.is_connected() {
        assert!(pair.step());
    }
    // The last flight is under way still.
    assert!(!pair.client.is_connected());
    for n in 0..20 {
        let record = pair.seal(Direction::ToClient, &[n]);
        assert_eq!(pair.deliver(Direction::ToClient, &record).is_ok(), n < 8);
        assert!(pair.client.recv().is_none());
    }
    pair.connect();
    let data: Vec<_> = std::iter::from_fn(|| pair.client.recv()).map(|data| data[0]).collect();
    assert_eq!(data, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn every_fragment_size_will_do() {
    for size in [1, 2, 3, 5, 11, 64, 333, 5000] {
        let mut pair = Pair::new();
        // Cut each datagram of epoch 0 anew, backwards, before it is delivered.
        for cut in 0..200 {
            pair.drain();
            let Some((direction, bytes)) = pair.log.get(cut).cloned() else { break };
            for piece in refragment(&bytes, size) {
                let _noted = pair.deliver(direction, &piece);
            }
        }
        assert!(pair.client.is_connected() && pair.server.is_connected(), "size {size}");
        assert!(pair.results.iter().all(|(_, result)| result.is_ok()), "{:?}", pair.results);
    }
}

/// Every handshake record in the clear cut into records of `size` bytes of message, last first.
fn refragment(datagram: &[u8], size: usize) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut rest = datagram;
    while !rest.is_empty() {
        let length = 13 + usize::from(u16::from_be_bytes([rest[11], rest[12]]));
        let (record, after) = rest.split_at(length);
        rest = after;
        if record[0] != 22 || record[4] != 0 {
            pieces.push(record.to_vec());
            continue;
        }
        let (header, body) = record[13..].split_at(12);
        let begin = u32::from_be_bytes([0, header[6], header[7], header[8]]) as usize;
        let chunks: Vec<_> = if body.is_empty() { vec![body] } else { body.chunks(size).collect() };
        for (index, chunk) in chunks.into_iter().enumerate() {
            let mut piece = record[..11].to_vec();
            piece.extend((12 + chunk.len() as u16).to_be_bytes());
            piece.extend(&header[..6]);
            piece.extend(&((begin + index * size) as u32).to_be_bytes()[1..]);
            piece.extend(&(chunk.len() as u32).to_be_bytes()[1..]);
            piece.extend(chunk);
            pieces.push(piece);
        }
    }
    pieces.reverse();
    pieces
}

#[test]
fn two_runs_of_one_schedule_are_equal_bytes() {
    let run = || {
        let mut pair = small_datagrams();
        pair.fates = [Fate::Deliver, Fate::Drop, Fate::Duplicate, Fate::Delay(70)].into();
        completes(pair).log
    };
    assert_eq!(run(), run());
}

#[test]
fn no_datagram_exceeds_its_size() {
    for size in [128, 129, 200, 300, 576, 1200] {
        let pair = completes(Pair::with(
            |config| config.max_datagram_size = size,
            |config| config.max_datagram_size = size,
        ));
        assert!(pair.log.iter().all(|(_, bytes)| bytes.len() <= size));
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Deliver),
        3 => Just(Fate::Drop),
        2 => Just(Fate::Duplicate),
        3 => (0u16..400).prop_map(Fate::Delay),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_finite_trouble_is_overcome(
        fates in prop::collection::vec(fate(), 0..40),
        size in prop_oneof![Just(1200usize), 128usize..600],
        latency in 0u64..300,
    ) {
        let mut pair = Pair::with(
            |config| config.max_datagram_size = size,
            |config| config.max_datagram_size = size,
        );
        pair.latency = Duration::from_millis(latency);
        pair.fates = fates.into();
        completes(pair);
    }

    /// Damage to what is not authenticated yet may end a handshake, but panics nowhere and never
    /// lets the two sides disagree.
    #[test]
    fn corruption_never_leads_to_disagreement(
        fates in prop::collection::vec(
            prop_oneof![3 => Just(Fate::Deliver), 1 => any::<u16>().prop_map(Fate::Corrupt)],
            0..12,
        ),
    ) {
        let mut pair = Pair::new();
        pair.fates = fates.into();
        pair.drive();
        if pair.client.is_connected() && pair.server.is_connected() {
            let mut keys = [[0; 32]; 2];
            pair.client.export_keying_material(b"EXPORTER", None, &mut keys[0]).unwrap();
            pair.server.export_keying_material(b"EXPORTER", None, &mut keys[1]).unwrap();
            prop_assert_eq!(keys[0], keys[1]);
            prop_assert_eq!(pair.client.srtp_profile(), pair.server.srtp_profile());
        }
    }
}
