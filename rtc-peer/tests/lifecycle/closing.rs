//! The end.

use std::time::Duration;

use bytes::BytesMut;
use rtc_core::{FiveTuple, Protocol};
use rtc_peer::{
    AddAddressError, AddIceCandidateError, ChannelEvent, ConnectionState, CreateDataChannelError,
    DataChannelInit, DataChannelState, DatagramError, Description, DescriptionError, Event,
    IceCandidate, IceConnectionState, OfferOptions, PeerConnection, SendError, SignalingState,
};

use crate::common::{ALICE, BOB, Pair, START, Who};
use crate::scene::{address, lone, silence};

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
