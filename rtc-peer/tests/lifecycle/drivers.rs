//! Drivers that call at odd moments, seldom, all the time or not at all, and with odd figures.

use std::time::Duration;

use bytes::BytesMut;
use rtc_core::{FiveTuple, Instant};
use rtc_peer::{
    Configuration, ConnectionState, DataChannelInit, DataChannelState, Message, SendError,
};

use crate::common::{ALICE, BOB, Pair, START, Who};
use crate::scene::{address, ice_states, lone, states};

#[test]
fn time_that_runs_backwards_or_leaps_harms_nothing() {
    let (mut pair, ours, theirs) = Pair::connected();
    for time in [Instant::EPOCH, START, pair.now, Instant::from_secs(1)] {
        for who in [Who::Alice, Who::Bob] {
            let connection = &mut pair.peer(who).connection;
            connection.handle_timeout(time);
            let mut out = Vec::new();
            while connection.poll_transmit(time, 8, &mut out).is_some() {}
            let garbage = BytesMut::from(&[23; 99][..]);
            let path = FiveTuple::udp(address(ALICE), address(BOB));
            connection.handle_datagram(time, path, None, garbage).unwrap_err();
            let _stats = connection.stats(time);
        }
    }
    pair.talk(ours, theirs);
    // The machine slept for hours.
    pair.now += Duration::from_secs(5 * 3600);
    let now = pair.now;
    for who in [Who::Alice, Who::Bob] {
        pair.peer(who).connection.handle_timeout(now);
    }
    pair.drive_for(Duration::from_secs(60));
    for peer in [&pair.alice, &pair.bob] {
        let state = peer.connection.connection_state();
        assert!(matches!(state, ConnectionState::Connected | ConnectionState::Failed), "{state}");
    }
    pair.peer(Who::Bob).connection.restart_ice();
    pair.negotiate_from(Who::Bob);
    pair.drive_until(|pair| pair.is_connected());
    pair.talk(ours, theirs);
    // The end of time.
    let end = Instant::from_epoch(Duration::MAX);
    for who in [Who::Alice, Who::Bob] {
        let connection = &mut pair.peer(who).connection;
        for _ in 0..100 {
            connection.handle_timeout(end);
            let mut out = Vec::new();
            while connection.poll_transmit(end, 1, &mut out).is_some() {}
            while connection.poll_event().is_some() {}
        }
        let _stats = connection.stats(end);
    }
}

#[test]
fn a_driver_that_calls_all_the_time_gets_no_other_result() {
    let (mut pair, ours, theirs) = Pair::connected();
    let sent = pair.sent;
    let end = pair.now + Duration::from_secs(20);
    while pair.now < end {
        pair.now += Duration::from_millis(1);
        let now = pair.now;
        pair.alice.connection.handle_timeout(now);
        pair.bob.connection.handle_timeout(now);
        pair.drive_for(Duration::ZERO);
    }
    assert!(pair.sent - sent < 60, "{} datagrams in 20 idle seconds", pair.sent - sent);
    assert!(pair.is_connected());
    pair.talk(ours, theirs);
}

#[test]
fn a_driver_that_calls_rarely_is_only_slower() {
    let (mut alice, mut bob) = (lone(1, &[ALICE]), lone(2, &[BOB]));
    let chat = alice.create_data_channel("chat", DataChannelInit::default()).unwrap();
    alice.set_local_description(START, None).unwrap();
    bob.set_remote_description(START, alice.local_description().unwrap()).unwrap();
    bob.set_local_description(START, None).unwrap();
    alice.set_remote_description(START, bob.local_description().unwrap()).unwrap();
    let mut now = START;
    let mut buffer = Vec::new();
    for _ in 0..100 {
        now += Duration::from_secs(2);
        alice.handle_timeout(now);
        bob.handle_timeout(now);
        for _ in 0..3 {
            while let Some(transmit) = alice.poll_transmit(now, 1, &mut buffer) {
                let path = FiveTuple::udp(transmit.path.remote, transmit.path.local);
                let _refused = bob.handle_datagram(now, path, None, buffer[..].into());
            }
            while let Some(transmit) = bob.poll_transmit(now, 1, &mut buffer) {
                let path = FiveTuple::udp(transmit.path.remote, transmit.path.local);
                let _refused = alice.handle_datagram(now, path, None, buffer[..].into());
            }
        }
    }
    assert_eq!(alice.connection_state(), ConnectionState::Connected);
    while alice.poll_event().is_some() {}
    assert_eq!(alice.data_channel(chat).unwrap().ready_state(), DataChannelState::Open);
}

#[test]
fn events_that_nobody_polls_do_not_pile_up() {
    let (mut pair, ..) = Pair::connected();
    pair.logging = false;
    // A path that breaks and comes back for hours, while both applications sleep.
    let mut buffer = Vec::new();
    let mut held = vec![0];
    for _ in 0..64 {
        let bytes = allocation_counter::measure(|| {
            for second in 0..6000 {
                let now = pair.now;
                let broken = second % 30 < 15;
                for who in [Who::Alice, Who::Bob] {
                    let connection = &mut pair.peer(who).connection;
                    connection.handle_timeout(now);
                }
                for who in [Who::Alice, Who::Bob, Who::Alice] {
                    while let Some(transmit) =
                        pair.peer(who).connection.poll_transmit(now, 1, &mut buffer)
                    {
                        let path = FiveTuple::udp(transmit.path.remote, transmit.path.local);
                        if !broken {
                            let other = &mut pair.peer(who.other()).connection;
                            let datagram = BytesMut::from(&buffer[..]);
                            let _refused = other.handle_datagram(now, path, None, datagram);
                        }
                    }
                }
                pair.now += Duration::from_secs(1);
            }
        });
        held.push(held.last().unwrap() + bytes.bytes_current);
    }
    assert!(pair.bob.connection.stats(pair.now).transports[0].packets_received > 1000);
    // Room comes and goes with what is on its way; four bytes kept of each break would be more.
    assert!(held.iter().all(|bytes| *bytes <= 48_000), "bytes held after each round: {held:?}");
    let connection = &mut pair.bob.connection;
    let events: Vec<_> = std::iter::from_fn(|| connection.poll_event()).collect();
    assert_eq!(ice_states(&events).last(), Some(&connection.ice_connection_state()));
    assert_eq!(states(&events).last(), Some(&connection.connection_state()));
}

#[test]
fn a_sender_that_is_never_polled_is_full_one_day() {
    let (mut pair, ours, _) = Pair::connected();
    let mut sent = 0usize;
    let error = loop {
        match pair.alice.connection.channel(ours).unwrap().send(vec![0; 10_000]) {
            Ok(()) => sent += 10_000,
            Err(error) => break error,
        }
        let now = pair.now + Duration::from_millis(sent as u64 / 10_000);
        pair.alice.connection.handle_timeout(now);
        assert!(sent < 64 << 20);
    };
    assert_eq!(error, SendError::Full);
}

#[test]
fn answers_that_are_never_polled_do_not_pile_up() {
    let (mut pair, ..) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    let checks: Vec<_> = pair
        .log
        .iter()
        .filter(|(_, who, bytes)| *who == Who::Alice && bytes[..2] == [0, 1])
        .map(|(_, _, bytes)| bytes.clone())
        .collect();
    let now = pair.now;
    let path = FiveTuple::udp(address(BOB), address(ALICE));
    let mut spray = |count: usize| {
        for n in 0..count {
            let datagram = BytesMut::from(&checks[n % checks.len()][..]);
            let _refused = pair.bob.connection.handle_datagram(now, path, None, datagram);
        }
    };
    spray(1000);
    let information = allocation_counter::measure(|| spray(1000));
    assert_eq!(information.bytes_current, 0);
}

#[test]
fn batches_are_of_one_size_but_for_the_last_and_carry_the_same_data() {
    for max in [1, 2, 7, 64] {
        let (mut pair, ours, theirs) = Pair::connected();
        pair.drive_for(Duration::from_secs(1));
        let sizes = [0, 1, 5000, 100, 262_144, 1200, 1131, 33, 200_000];
        let messages: Vec<_> =
            sizes.iter().enumerate().map(|(n, size)| vec![n as u8; *size]).collect();
        for message in &messages {
            pair.alice.connection.channel(ours).unwrap().send(message.clone()).unwrap();
        }
        let mut received = Vec::new();
        let mut largest = 0;
        let mut buffer = Vec::new();
        for _ in 0..10_000 {
            let now = pair.now;
            for who in [Who::Alice, Who::Bob] {
                let mut flight = Vec::new();
                let connection = &mut pair.peer(who).connection;
                while let Some(transmit) = connection.poll_transmit(now, max, &mut buffer) {
                    assert_eq!(transmit.size, buffer.len());
                    let segment = transmit.segment_size.unwrap_or(transmit.size);
                    assert!(transmit.segment_size.is_none_or(|segment| segment < transmit.size));
                    let count = buffer.chunks(segment).count();
                    assert!(count <= max && segment <= 1200 && transmit.size <= 65_507);
                    largest = largest.max(count);
                    flight.extend(
                        buffer.chunks(segment).map(|datagram| (transmit.path, datagram.to_vec())),
                    );
                }
                for (path, datagram) in flight {
                    let path = FiveTuple::udp(path.remote, path.local);
                    let other = &mut pair.peer(who.other()).connection;
                    other.handle_datagram(now, path, None, BytesMut::from(&datagram[..])).unwrap();
                }
            }
            received.extend(pair.bob.receive(theirs));
            if received.len() == messages.len() {
                break;
            }
            pair.now += Duration::from_millis(5);
            let now = pair.now;
            pair.alice.connection.handle_timeout(now);
            pair.bob.connection.handle_timeout(now);
        }
        let expected: Vec<_> = messages.into_iter().map(Message::from).collect();
        assert_eq!(received, expected, "{max} at once");
        assert!(largest >= max.min(4), "{largest} of {max} at once");
        let stats = pair.alice.connection.stats(pair.now);
        let other = pair.bob.connection.stats(pair.now);
        assert_eq!(stats.transports[0].bytes_sent, other.transports[0].bytes_received);
        assert_eq!(stats.transports[0].packets_sent, other.transports[0].packets_received);
    }
}

#[test]
fn a_datagram_size_out_of_range_is_brought_into_it() {
    for size in [0, 1, 575, usize::MAX] {
        let mut configuration = Configuration::default();
        configuration.max_datagram_size = size;
        let mut pair = Pair::with(configuration.clone(), configuration);
        let chat = pair.alice.connection.create_data_channel("chat", DataChannelInit::default());
        pair.negotiate();
        pair.drive_until(|pair| !pair.alice.opened().is_empty() && !pair.bob.opened().is_empty());
        let other = pair.bob.opened()[0];
        pair.talk(chat.unwrap(), other);
        let size = pair.alice.connection.configuration().max_datagram_size;
        assert!((576..=65_507).contains(&size));
    }
}
