//! A connection from its first event to its end, under drivers of every kind.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_peer::{
    AddAddressError, AddIceCandidateError, ChannelEvent, Configuration, ConnectionState,
    CreateDataChannelError, DataChannelInit, DataChannelState, DatagramError, Description,
    DescriptionError, Event, IceCandidate, IceConnectionState, IceGatheringState, Message,
    OfferOptions, PeerConnection, SendError, SignalingState,
};

use common::{ALICE, BOB, Fate, Pair, START, Who};

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn lone(seed: u8, addresses: &[&str]) -> PeerConnection {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let mut configuration = Configuration::default();
    // One candidate for one address.
    configuration.ice_tcp = false;
    let mut connection = PeerConnection::new(configuration, START, &mut rng).unwrap();
    for text in addresses {
        connection.add_local_address(START, address(text), Protocol::Udp).unwrap();
    }
    connection
}

/// Keeps everything from arriving for some time.
fn silence(pair: &mut Pair, duration: Duration) {
    pair.fates = std::iter::repeat_n(Fate::Drop, 100_000).collect();
    pair.drive_for(duration);
    pair.fates.clear();
}

fn ice_states(events: &[Event]) -> Vec<IceConnectionState> {
    let state = |event: &Event| match event {
        Event::IceConnectionStateChange(state) => Some(*state),
        _ => None,
    };
    events.iter().filter_map(state).collect()
}

fn states(events: &[Event]) -> Vec<ConnectionState> {
    let state = |event: &Event| match event {
        Event::ConnectionStateChange(state) => Some(*state),
        _ => None,
    };
    events.iter().filter_map(state).collect()
}

/// The name of an event, and its state if it has one.
fn name(event: &Event) -> String {
    match event {
        Event::NegotiationNeeded => "negotiationneeded".into(),
        Event::SignalingStateChange(state) => format!("signaling {state}"),
        Event::IceGatheringStateChange(state) => format!("gathering {state}"),
        Event::IceConnectionStateChange(state) => format!("ice {state}"),
        Event::ConnectionStateChange(state) => format!("connection {state}"),
        Event::IceCandidate(candidate) if candidate.candidate.is_empty() => "end".into(),
        Event::IceCandidate(_) => "candidate".into(),
        Event::SelectedCandidatePairChange(_) => "pair".into(),
        Event::DataChannel(ChannelEvent::Announced(_)) => "datachannel".into(),
        Event::DataChannel(ChannelEvent::Open(_)) => "open".into(),
        Event::DataChannel(event) => format!("{event:?}"),
        _ => panic!("unknown event"),
    }
}

fn names(events: &[Event]) -> Vec<String> {
    events.iter().map(name).collect()
}

#[test]
fn events_come_in_the_order_in_which_w3c_fires_them() {
    let (pair, ..) = Pair::connected();
    let alice = names(&pair.alice.history);
    assert_eq!(
        alice[..8],
        [
            "negotiationneeded",
            "signaling have-local-offer",
            "gathering gathering",
            "candidate",
            "end",
            "gathering complete",
            "signaling stable",
            "ice checking",
        ]
    );
    let bob = names(&pair.bob.history);
    assert_eq!(
        bob[..7],
        [
            "signaling have-remote-offer",
            "signaling stable",
            "gathering gathering",
            "candidate",
            "end",
            "gathering complete",
            "ice checking",
        ]
    );
    for names in [&alice, &bob] {
        let place = |name: &str| {
            names.iter().position(|n| n == name).unwrap_or_else(|| panic!("{name} in {names:?}"))
        };
        assert_eq!(place("connection connecting"), place("ice checking") + 1, "{names:?}");
        // What is selected is what was nominated; data flows before.
        assert!(place("ice connected") < place("pair"), "{names:?}");
        assert!(place("pair") < place("ice completed"), "{names:?}");
        assert!(place("ice connected") < place("connection connected"));
        assert!(place("connection connected") < place("open"));
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len(), "nothing is said twice: {names:?}");
    }
    assert_eq!(
        bob.iter().position(|n| n == "datachannel").map(|n| n + 1),
        bob.iter().position(|n| n == "open")
    );
}

#[test]
fn silence_is_told_and_so_is_its_end() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(10));
    let (alice, bob) = (pair.alice.history.len(), pair.bob.history.len());
    silence(&mut pair, Duration::from_secs(15));
    for (peer, from) in [(&pair.alice, alice), (&pair.bob, bob)] {
        assert_eq!(ice_states(&peer.history[from..]), [IceConnectionState::Disconnected]);
        assert_eq!(states(&peer.history[from..]), [ConnectionState::Disconnected]);
        assert_eq!(peer.connection.connection_state(), ConnectionState::Disconnected);
    }
    pair.drive_until(|pair| pair.is_connected());
    pair.talk(ours, theirs);
    for (peer, from) in [(&pair.alice, alice), (&pair.bob, bob)] {
        assert_eq!(
            states(&peer.history[from..]),
            [ConnectionState::Disconnected, ConnectionState::Connected]
        );
    }
}

#[test]
fn without_consent_the_connection_fails_and_a_restart_brings_it_back() {
    for who in [Who::Alice, Who::Bob] {
        let (mut pair, ours, theirs) = Pair::connected();
        // The agent is patient with a young connection (RFC 8863); this one is old.
        pair.drive_for(Duration::from_secs(60));
        let sent = pair.sent;
        silence(&mut pair, Duration::from_secs(60));
        for peer in [&pair.alice, &pair.bob] {
            assert_eq!(peer.connection.connection_state(), ConnectionState::Failed);
            assert_eq!(peer.connection.ice_connection_state(), IceConnectionState::Failed);
            let tail = states(&peer.history);
            assert!(
                tail.ends_with(&[ConnectionState::Disconnected, ConnectionState::Failed]),
                "{tail:?}"
            );
            assert_eq!(peer.connection.selected_path(), None, "nothing is sent without consent");
        }
        assert!(pair.sent - sent < 100, "{} datagrams into the void", pair.sent - sent);
        // Messages wait for the path to come back.
        pair.alice.connection.channel(ours).unwrap().send("waiting").unwrap();
        let before = pair.sent;
        pair.drive_for(Duration::from_secs(60));
        assert_eq!(pair.sent, before);
        pair.peer(who).connection.restart_ice();
        pair.negotiate_from(who);
        for peer in [&pair.alice, &pair.bob] {
            let sdp = peer.connection.local_description().unwrap().sdp;
            assert!(sdp.contains("a=candidate:"), "a restart signals its candidates: {sdp}");
        }
        pair.drive_until(|pair| pair.is_connected());
        let mut received = Vec::new();
        pair.drive_until(|pair| {
            received.extend(pair.bob.receive(theirs));
            !received.is_empty()
        });
        assert_eq!(received, [Message::from("waiting")]);
        pair.talk(ours, theirs);
    }
}

#[test]
fn a_peer_that_never_answers_is_given_up() {
    let mut pair = Pair::new();
    pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    silence(&mut pair, Duration::from_secs(90));
    for peer in [&pair.alice, &pair.bob] {
        assert_eq!(states(&peer.history), [ConnectionState::Connecting, ConnectionState::Failed]);
    }
    assert!(pair.sent < 100, "{} datagrams", pair.sent);
}

// The end.

fn assert_closed(connection: &mut PeerConnection) {
    let now = START + Duration::from_secs(3600);
    assert_eq!(connection.signaling_state(), SignalingState::Closed);
    assert_eq!(connection.ice_connection_state(), IceConnectionState::Closed);
    assert_eq!(connection.connection_state(), ConnectionState::Closed);
    assert_eq!(connection.poll_event(), None);
    assert_eq!(connection.poll_timeout(), None);
    let mut out = Vec::new();
    while connection.poll_transmit(now, 1, &mut out).is_some() {}
    connection.handle_timeout(now);
    let path = FiveTuple::udp(address(ALICE), address(BOB));
    for byte in [0, 22, 23, 128, 255] {
        let datagram = BytesMut::from(&[byte; 64][..]);
        let result = connection.handle_datagram(now, path, None, datagram);
        assert_eq!(result, Err(DatagramError::Closed));
    }
    assert_eq!(connection.create_offer(OfferOptions::default()), Err(DescriptionError::Closed));
    assert_eq!(connection.create_answer(), Err(DescriptionError::Closed));
    assert_eq!(connection.set_local_description(now, None), Err(DescriptionError::Closed));
    for description in [Description::offer("v=0"), Description::answer(""), Description::rollback()]
    {
        let result = connection.set_remote_description(now, description.clone());
        assert_eq!(result, Err(DescriptionError::Closed));
        let result = connection.set_local_description(now, Some(description));
        assert_eq!(result, Err(DescriptionError::Closed));
    }
    let candidate = IceCandidate::new("candidate:1 1 udp 1 192.0.2.9 9 typ host", "0");
    assert_eq!(connection.add_ice_candidate(now, &candidate), Err(AddIceCandidateError::Closed));
    assert_eq!(
        connection.add_local_address(now, address("192.0.2.77:1"), Protocol::Udp),
        Err(AddAddressError::Closed)
    );
    assert_eq!(
        connection.create_data_channel("late", DataChannelInit::default()),
        Err(CreateDataChannelError::Closed)
    );
    connection.restart_ice();
    let ids: Vec<_> = connection.data_channels().collect();
    for id in ids {
        assert_eq!(connection.data_channel(id).unwrap().ready_state(), DataChannelState::Closed);
        let mut channel = connection.channel(id).unwrap();
        assert_eq!(channel.send("late"), Err(SendError::NotOpen));
        channel.close();
        while channel.recv().is_some() {}
    }
    connection.close();
    assert_eq!(connection.poll_event(), None);
    assert_eq!(connection.poll_timeout(), None);
    assert_eq!(connection.poll_transmit(now, 1, &mut out), None);
    let _stats = connection.stats(now);
}

#[test]
fn closing_is_possible_at_every_moment_and_final() {
    // Before anything.
    let mut connection = lone(1, &[]);
    connection.close();
    assert_closed(&mut connection);
    // In the middle of the exchange.
    for steps in 0..4 {
        let (mut alice, mut bob) = (lone(1, &[ALICE]), lone(2, &[BOB]));
        alice.create_data_channel("chat", DataChannelInit::default()).unwrap();
        if steps > 0 {
            alice.set_local_description(START, None).unwrap();
        }
        if steps > 1 {
            bob.set_remote_description(START, alice.local_description().unwrap()).unwrap();
        }
        if steps > 2 {
            bob.set_local_description(START, None).unwrap();
        }
        let descriptions =
            [alice.local_description(), bob.local_description(), bob.remote_description()];
        alice.close();
        bob.close();
        assert_eq!(
            [alice.local_description(), bob.local_description(), bob.remote_description()],
            descriptions,
            "getters go on"
        );
        assert_closed(&mut alice);
        assert_closed(&mut bob);
    }
    // In the middle of the set-up, and after it.
    for steps in 0..25 {
        let mut pair = Pair::new();
        pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
        pair.negotiate();
        for _ in 0..steps {
            pair.step();
        }
        pair.alice.connection.close();
        assert_closed(&mut pair.alice.connection);
        pair.drive_for(Duration::from_secs(1));
        pair.bob.connection.close();
        assert_closed(&mut pair.bob.connection);
    }
    // After a failure.
    let (mut pair, ..) = Pair::connected();
    silence(&mut pair, Duration::from_secs(90));
    pair.alice.connection.close();
    assert_closed(&mut pair.alice.connection);
}

#[test]
fn the_other_side_learns_at_once_that_it_is_over() {
    for closer in [Who::Alice, Who::Bob] {
        let (mut pair, ours, theirs) = Pair::connected();
        let other = match closer {
            Who::Alice => theirs,
            Who::Bob => ours,
        };
        pair.drive_for(Duration::from_secs(1));
        let from = pair.peer(closer.other()).history.len();
        pair.peer(closer).connection.close();
        pair.drive_for(Duration::from_millis(100));
        let said = &pair.peer(closer.other()).history[from..];
        assert!(said.contains(&Event::DataChannel(ChannelEvent::Closed(other))), "{said:?}");
        pair.drive_for(Duration::from_secs(120));
        assert_eq!(
            pair.peer(closer.other()).connection.data_channel(other).unwrap().ready_state(),
            DataChannelState::Closed
        );
    }
}

#[test]
fn a_connection_that_was_closed_with_unpolled_events_says_nothing_more() {
    let (mut pair, ..) = Pair::connected();
    for n in 0..6000 {
        let label = n.to_string();
        pair.alice.connection.create_data_channel(label, DataChannelInit::default()).unwrap();
    }
    // Bob is driven, but nobody asks for his events.
    let mut buffer = Vec::new();
    for _ in 0..2000 {
        let now = pair.now;
        for who in [Who::Alice, Who::Bob] {
            while let Some(transmit) = pair.peer(who).connection.poll_transmit(now, 1, &mut buffer)
            {
                let path = FiveTuple::udp(transmit.path.remote, transmit.path.local);
                let datagram = BytesMut::from(&buffer[..]);
                let other = &mut pair.peer(who.other()).connection;
                let _refused = other.handle_datagram(now, path, None, datagram);
            }
        }
        pair.now += Duration::from_millis(10);
        let now = pair.now;
        pair.alice.connection.handle_timeout(now);
        pair.bob.connection.handle_timeout(now);
    }
    assert!(pair.bob.connection.data_channels().count() > 1000);
    pair.bob.connection.close();
    assert_closed(&mut pair.bob.connection);
}

// Drivers.

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
    let mut growth = Vec::new();
    for _ in 0..4 {
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
        growth.push(bytes.bytes_current);
    }
    assert!(pair.bob.connection.stats(pair.now).transports[0].packets_received > 1000);
    assert!(growth[2..].iter().all(|bytes| *bytes <= 0), "bytes per round: {growth:?}");
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

// Networks.

/// Drives two connections of many addresses over a network on which only some paths work.
fn connect(
    alice: &mut PeerConnection,
    bob: &mut PeerConnection,
    works: impl Fn(SocketAddr, SocketAddr) -> bool,
) -> bool {
    let mut buffer = Vec::new();
    let mut now = START;
    alice.create_data_channel("chat", DataChannelInit::default()).unwrap();
    alice.set_local_description(now, None).unwrap();
    bob.set_remote_description(now, alice.local_description().unwrap()).unwrap();
    bob.set_local_description(now, None).unwrap();
    alice.set_remote_description(now, bob.local_description().unwrap()).unwrap();
    for _ in 0..20_000 {
        for forwards in [true, false] {
            let (from, to) =
                if forwards { (&mut *alice, &mut *bob) } else { (&mut *bob, &mut *alice) };
            while let Some(transmit) = from.poll_transmit(now, 1, &mut buffer) {
                let path = FiveTuple::udp(transmit.path.remote, transmit.path.local);
                if works(transmit.path.local, transmit.path.remote) {
                    let _refused = to.handle_datagram(now, path, None, buffer[..].into());
                }
            }
        }
        let connected = ConnectionState::Connected;
        if alice.connection_state() == connected && bob.connection_state() == connected {
            return true;
        }
        let Some(next) = Instant::earliest([alice.poll_timeout(), bob.poll_timeout()]) else {
            return false;
        };
        now = now.max(next);
        alice.handle_timeout(now);
        bob.handle_timeout(now);
    }
    false
}

#[test]
fn the_one_path_that_works_among_many_is_found() {
    const OF_ALICE: [&str; 5] = [
        "192.0.2.1:4000",
        "198.51.100.1:4000",
        "[2001:db8::1]:4000",
        "10.0.0.1:4000",
        "[fd00::1]:4000",
    ];
    const OF_BOB: [&str; 4] =
        ["192.0.2.2:5000", "203.0.113.2:5000", "[2001:db8::2]:5000", "[fd00::2]:5000"];
    for (one, other) in [
        ("198.51.100.1:4000", "203.0.113.2:5000"),
        ("[fd00::1]:4000", "[2001:db8::2]:5000"),
        ("10.0.0.1:4000", "192.0.2.2:5000"),
        ("[2001:db8::1]:4000", "[fd00::2]:5000"),
    ] {
        let (mut alice, mut bob) = (lone(1, &OF_ALICE), lone(2, &OF_BOB));
        let (one, other) = (address(one), address(other));
        let works = |from, to| (from, to) == (one, other) || (from, to) == (other, one);
        assert!(connect(&mut alice, &mut bob, works), "{one} {other}");
        assert_eq!(alice.selected_path(), Some(FiveTuple::udp(one, other)));
        assert_eq!(bob.selected_path(), Some(FiveTuple::udp(other, one)));
    }
    let (mut alice, mut bob) = (lone(1, &OF_ALICE), lone(2, &OF_BOB));
    assert!(!connect(&mut alice, &mut bob, |_, _| false));
    assert_eq!(alice.connection_state(), ConnectionState::Failed);
}

#[test]
fn among_paths_that_all_work_the_preferred_one_is_taken() {
    let (mut alice, mut bob) = (
        lone(1, &["192.0.2.1:4000", "198.51.100.1:4000", "[2001:db8::1]:4000"]),
        lone(2, &["192.0.2.2:5000", "[2001:db8::2]:5000"]),
    );
    assert!(connect(&mut alice, &mut bob, |from, to| from.is_ipv4() == to.is_ipv4()));
    let path = FiveTuple::udp(address("[2001:db8::1]:4000"), address("[2001:db8::2]:5000"));
    assert_eq!(alice.selected_path(), Some(path));
}

#[test]
fn an_address_named_later_is_gathered_and_signalled() {
    let mut connection = lone(1, &[ALICE]);
    connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    connection.set_local_description(START, None).unwrap();
    while connection.poll_event().is_some() {}
    connection.add_local_address(START, address("198.51.100.1:1"), Protocol::Udp).unwrap();
    assert_eq!(connection.ice_gathering_state(), IceGatheringState::Complete);
    let events: Vec<_> = std::iter::from_fn(|| connection.poll_event()).collect();
    assert_eq!(names(&events), ["gathering gathering", "candidate", "end", "gathering complete"]);
    let sdp = connection.local_description().unwrap().sdp;
    assert_eq!(sdp.matches("a=candidate:").count(), 2);
    // The same once more is nothing new.
    connection.add_local_address(START, address("198.51.100.1:1"), Protocol::Udp).unwrap();
    assert_eq!(connection.poll_event(), None);
    for bad in ["0.0.0.0:1", "[::]:1", "224.0.0.1:1", "192.0.2.1:0", "[ff02::1]:1"] {
        let result = connection.add_local_address(START, address(bad), Protocol::Udp);
        assert_eq!(result, Err(AddAddressError::Unusable), "{bad}");
    }
}

// Batches.

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

// Sameness.

fn mixed_schedule() -> Pair {
    let (mut pair, ours, theirs) = Pair::connected();
    let fates = [
        Fate::Deliver,
        Fate::Drop,
        Fate::Deliver,
        Fate::Delay(70),
        Fate::Duplicate,
        Fate::Deliver,
        Fate::Corrupt(30_000),
    ];
    pair.fates = fates.into_iter().cycle().take(400).collect();
    for round in 0..6u8 {
        pair.max_datagrams = 1 + usize::from(round);
        for n in 0..10u8 {
            pair.alice.connection.channel(ours).unwrap().send(vec![n; 3000]).unwrap();
            pair.bob
                .connection
                .channel(theirs)
                .unwrap()
                .send("x".repeat(usize::from(n) * 500))
                .unwrap();
        }
        let init = DataChannelInit {
            ordered: false,
            max_retransmits: Some(1),
            ..DataChannelInit::default()
        };
        pair.bob.connection.create_data_channel(round.to_string(), init).unwrap();
        pair.drive_for(Duration::from_secs(2));
        let _read = pair.bob.receive(theirs);
        if round % 2 == 1 {
            let _read = pair.alice.receive(ours);
        }
        if round == 3 {
            pair.alice.connection.restart_ice();
            pair.negotiate();
        }
        if round == 4 {
            silence(&mut pair, Duration::from_secs(12));
        }
        pair.drive_for(Duration::from_secs(7));
    }
    pair.alice.connection.close();
    pair.drive_for(Duration::from_secs(40));
    pair
}

#[test]
fn the_same_inputs_give_the_same_bytes_and_events() {
    let (first, second) = (mixed_schedule(), mixed_schedule());
    assert!(first.log.len() > 500);
    assert!(first.log == second.log, "the datagrams are not the same");
    assert_eq!(first.alice.history, second.alice.history);
    assert_eq!(first.bob.history, second.bob.history);
    let now = first.now;
    assert_eq!(first.bob.connection.stats(now), second.bob.connection.stats(now));
}

#[test]
fn a_connection_that_idles_for_hours_stays_and_costs_little() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.logging = false;
    pair.drive_for(Duration::from_secs(60));
    let sent = pair.sent;
    let events = pair.alice.history.len() + pair.bob.history.len();
    pair.drive_for(Duration::from_secs(4 * 3600));
    assert_eq!(pair.alice.history.len() + pair.bob.history.len(), events, "nothing to say");
    // Consent, about every five seconds, asked and answered by both.
    let per_second = (pair.sent - sent) as f64 / (4.0 * 3600.0);
    assert!((0.5..1.2).contains(&per_second), "{per_second} datagrams a second");
    assert!(pair.is_connected());
    pair.talk(ours, theirs);
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
