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
fn another_path_without_loss_makes_nothing_be_sent_twice() {
    let mut pair = Pair::connected();
    pair.send(A, 1, &[7; 50_000]);
    for _ in 0..5 {
        let now = pair.now;
        pair.ends[A].handle_path_change(now);
        pair.run(Duration::from_millis(7));
    }
    pair.drive_until(|pair| !pair.payloads(B, 1).is_empty());
    assert_eq!(pair.ends[A].statistics().timeouts, 0);
}
