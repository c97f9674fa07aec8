//! Two associations: connecting, exchanging messages, ending.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod common;

use std::time::Duration;

use common::{A, B, Pair};
use rtc_sctp::{CloseReason, Config, Event, State, StreamId};

#[test]
fn both_sides_begin_at_once_and_meet() {
    let pair = Pair::connected();
    for end in [A, B] {
        assert_eq!(pair.ends[end].state(), State::Established);
        let connected = Event::Connected { outbound_streams: 65535, inbound_streams: 65535 };
        assert_eq!(pair.events[end], [connected], "told once");
    }
}

#[test]
fn one_side_alone_can_begin() {
    let mut pair = Pair::new();
    pair.ends[A].connect(pair.now);
    pair.drive_until(|pair| pair.ends.iter().all(|end| end.state() == State::Established));
}

#[test]
fn messages_of_all_sizes_arrive_whole_and_in_order() {
    let mut pair = Pair::connected();
    let sizes = [1, 2, 3, 100, 1162, 1163, 1164, 1165, 5000, 65_536];
    for (index, size) in sizes.iter().enumerate() {
        pair.send(A, 3, &vec![index as u8; *size]);
        pair.send(B, 3, &vec![index as u8; *size]);
    }
    pair.drive();
    for end in [A, B] {
        let expected: Vec<Vec<u8>> =
            sizes.iter().enumerate().map(|(index, size)| vec![index as u8; *size]).collect();
        assert_eq!(pair.payloads(end, 3), expected);
    }
}

#[test]
fn what_is_sent_before_connecting_arrives_after_it() {
    let mut pair = Pair::new();
    pair.send(A, 0, b"early");
    pair.connect();
    pair.drive();
    assert_eq!(pair.payloads(B, 0), [b"early"]);
}

#[test]
fn data_goes_with_the_cookie_echo() {
    let mut pair = Pair::new();
    pair.ends[A].connect(pair.now);
    pair.send(A, 0, b"early");
    let start = pair.now;
    pair.drive_until(|pair| !pair.payloads(B, 0).is_empty());
    assert_eq!(pair.now, start + pair.latency * 3, "INIT, INIT ACK, COOKIE ECHO with DATA");
}

#[test]
fn a_shutdown_waits_for_all_data() {
    let mut pair = Pair::connected();
    pair.send(A, 1, &[7; 60_000]);
    pair.ends[A].shutdown(pair.now);
    pair.drive_until(|pair| pair.ends.iter().all(|end| end.state() == State::Closed));
    pair.run(Duration::from_secs(1));
    assert_eq!(pair.payloads(B, 1), [vec![7; 60_000]]);
    for end in [A, B] {
        assert_eq!(pair.events[end].last(), Some(&Event::Closed(CloseReason::Shutdown)));
        assert_eq!(pair.ends[end].poll_timeout(), None);
    }
}

#[test]
fn both_sides_may_shut_down_at_once() {
    let mut pair = Pair::connected();
    pair.ends[A].shutdown(pair.now);
    pair.ends[B].shutdown(pair.now);
    pair.drive_until(|pair| pair.ends.iter().all(|end| end.state() == State::Closed));
}

#[test]
fn an_abort_ends_both_sides_and_what_has_arrived_can_still_be_read() {
    let mut pair = Pair::connected();
    pair.reads[B] = false;
    pair.send(A, 1, b"last words");
    pair.run(Duration::from_secs(1));
    pair.ends[A].abort(pair.now);
    pair.run(Duration::from_secs(1));
    assert_eq!(pair.events[A].last(), Some(&Event::Closed(CloseReason::Aborted)));
    assert!(matches!(
        pair.events[B].last(),
        Some(Event::Closed(CloseReason::PeerAborted { cause: Some(_) }))
    ));
    pair.read(B, StreamId(1));
    assert_eq!(pair.payloads(B, 1), [b"last words"]);
}

#[test]
fn a_silent_path_is_probed_with_heartbeats() {
    let mut pair = Pair::connected();
    let before = pair.ends[A].statistics().packets_received;
    pair.run(Duration::from_secs(100));
    assert!(pair.ends[A].statistics().packets_received > before + 2);
    assert!(pair.ends[A].statistics().round_trip_time.is_some());
}

#[test]
fn a_peer_that_is_gone_is_noticed_when_that_is_wanted() {
    let mut config = Config::default();
    config.max_retransmits = Some(5);
    let mut pair = Pair::with(config, Config::default());
    pair.connect();
    pair.filter = Box::new(|_, _| true);
    pair.send(A, 0, b"anybody there");
    pair.run(Duration::from_secs(60));
    assert_eq!(pair.events[A].last(), Some(&Event::Closed(CloseReason::TimedOut)));
}

#[test]
fn on_another_path_nothing_waits_for_what_the_old_one_had_come_to() {
    let resumed_after = |tell: bool| {
        let mut pair = Pair::connected();
        pair.filter = Box::new(|from, _| from == A);
        pair.send(A, 1, b"on its way");
        // The old path is dead for so long that the time-out has doubled several times.
        pair.run(Duration::from_secs(8));
        assert!(pair.payloads(B, 1).is_empty());
        pair.filter = Box::new(|_, _| false);
        let changed_at = pair.now;
        if tell {
            pair.ends[A].handle_path_change(pair.now);
        }
        pair.drive_until(|pair| !pair.payloads(B, 1).is_empty());
        pair.now.saturating_duration_since(changed_at)
    };
    let (told, untold) = (resumed_after(true), resumed_after(false));
    assert!(told <= Duration::from_millis(500) && told < untold, "{told:?}, {untold:?}");
}

#[test]
fn what_the_old_path_has_swallowed_is_sent_again_after_a_few_round_trips() {
    for (size, count) in [(100, 1), (20_000, 1), (60_000, 40)] {
        let mut pair = Pair::connected();
        let is_large = count > 1;
        // A large window is full when the path breaks.
        pair.filter = Box::new(move |_, _| !is_large);
        for _ in 0..count {
            pair.send(A, 1, &vec![7; size]);
        }
        pair.run(Duration::from_millis(if is_large { 85 } else { 0 }));
        pair.filter = Box::new(|_, _| true);
        pair.run(Duration::from_secs(3));
        assert!(pair.payloads(B, 1).len() < count, "{size}");
        pair.filter = Box::new(|_, _| false);
        let changed_at = pair.now;
        let before = pair.ends[A].statistics();
        for end in &mut pair.ends {
            end.handle_path_change(changed_at);
        }
        pair.run(Duration::from_millis(1));
        let sent = pair.log.iter().filter(|(_, at, _)| *at >= changed_at).count();
        assert!(sent <= 11, "{sent}: more than a first window and an acknowledgement");
        // One round trip for that, another for a first window, another for the next one.
        pair.run(Duration::from_millis(65));
        let after = pair.ends[A].statistics();
        assert!(after.data_chunks_retransmitted > before.data_chunks_retransmitted);
        assert_eq!(after.timeouts, before.timeouts);
        assert!(is_large || pair.payloads(B, 1).len() == 1, "{size}");
        pair.drive_until(|pair| pair.payloads(B, 1).len() == count);
        let time = pair.now.saturating_duration_since(changed_at);
        println!("{count} times {size} bytes: {time:?}");
        assert!(time <= Duration::from_secs(2), "{size}: {time:?}");
    }
}

#[test]
fn who_only_receives_tells_what_has_arrived_when_the_path_changes() {
    let mut pair = Pair::connected();
    pair.send(A, 1, b"hello");
    pair.run(Duration::from_secs(1));
    let before = pair.ends[B].statistics().sacks_sent;
    pair.ends[B].handle_path_change(pair.now);
    pair.run(Duration::from_millis(1));
    assert_eq!(pair.ends[B].statistics().sacks_sent, before + 1);
}

#[test]
fn another_path_without_loss_costs_a_packet_or_two_and_no_time_out() {
    let mut pair = Pair::connected();
    pair.send(A, 1, &[7; 50_000]);
    for _ in 0..5 {
        let now = pair.now;
        pair.ends[A].handle_path_change(now);
        pair.run(Duration::from_millis(7));
    }
    pair.drive_until(|pair| !pair.payloads(B, 1).is_empty());
    assert_eq!(pair.ends[A].statistics().timeouts, 0);
    assert!(pair.ends[A].statistics().data_chunks_retransmitted <= 5);
}

#[test]
fn a_probe_carries_data_though_an_acknowledgement_goes_first() {
    let lost = || {
        let mut pair = Pair::connected();
        pair.send(A, 0, b"so that the round trip is known");
        pair.run(Duration::from_secs(1));
        pair.filter = Box::new(|from, _| from == A);
        // More than the window allows, and each message fills a packet.
        let length = (Config::default().max_packet_size - 12 - 16) & !3;
        for _ in 0..40 {
            pair.send(A, 0, &vec![7; length]);
        }
        pair.drain();
        pair
    };
    let mut pair = lost();
    let start = pair.now;
    pair.drive_until(|pair| pair.ends[A].statistics().probes == 1);
    let probe_after = pair.now.saturating_duration_since(start);
    let mut pair = lost();
    pair.run(probe_after - pair.latency);
    let before = pair.ends[A].statistics();
    // What comes now is acknowledged with the probe.
    pair.send(B, 0, b"meanwhile");
    pair.run(pair.latency);
    let after = pair.ends[A].statistics();
    assert_eq!(after.probes, before.probes + 1);
    assert!(after.sacks_sent > before.sacks_sent);
    assert_eq!(after.data_chunks_sent, before.data_chunks_sent + 1);
    assert!(pair.ends[A].poll_timeout().unwrap() > pair.now);
}
