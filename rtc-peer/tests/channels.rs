//! What data channels do, as the W3C specification and RFC 8831 and 8832 have it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use rtc_peer::{
    ChannelEvent, ChannelId, CreateDataChannelError, DataChannelInit, DataChannelState, Event,
    Exception, Message, SendError,
};

use common::{Pair, Who, corrupting_fates};

fn open(pair: &mut Pair, who: Who, label: &str, init: DataChannelInit) -> (ChannelId, ChannelId) {
    let before = pair.peer(who.other()).opened().len();
    let ours = pair.peer(who).connection.create_data_channel(label, init).unwrap();
    pair.drive_until(|pair| pair.peer(who.other()).opened().len() > before);
    (ours, *pair.peer(who.other()).opened().last().unwrap())
}

fn state(pair: &mut Pair, who: Who, id: ChannelId) -> DataChannelState {
    pair.peer(who).connection.data_channel(id).unwrap().ready_state()
}

#[test]
fn every_member_of_the_init_arrives_on_the_other_side() {
    let (mut pair, ..) = Pair::connected();
    let init = DataChannelInit {
        ordered: false,
        max_retransmits: Some(3),
        protocol: "über".into(),
        priority: rtc_peer::Priority::High,
        ..DataChannelInit::default()
    };
    let (ours, theirs) = open(&mut pair, Who::Alice, "lab", init);
    for (who, id) in [(Who::Alice, ours), (Who::Bob, theirs)] {
        let channel = pair.peer(who).connection.data_channel(id).unwrap();
        assert_eq!(channel.label(), "lab");
        assert_eq!(channel.protocol(), "über");
        assert!(!channel.ordered());
        assert_eq!(channel.max_retransmits(), Some(3));
        assert_eq!(channel.max_packet_life_time(), None);
        assert_eq!(channel.priority(), rtc_peer::Priority::High);
        assert!(!channel.negotiated());
        assert_eq!(channel.ready_state(), DataChannelState::Open);
    }
    let init = DataChannelInit { max_packet_life_time: Some(500), ..DataChannelInit::default() };
    let (_, theirs) = open(&mut pair, Who::Bob, "timed", init);
    let channel = pair.alice.connection.data_channel(theirs).unwrap();
    assert!(channel.ordered());
    assert_eq!(channel.max_packet_life_time(), Some(500));
}

#[test]
fn text_bytes_and_nothing_arrive_as_what_they_were() {
    let (mut pair, ours, theirs) = Pair::connected();
    let messages = [
        Message::from("text"),
        Message::from(""),
        Message::from(vec![0u8, 1, 2]),
        Message::from(Bytes::new()),
        Message::from("ä".repeat(100_000)),
        Message::from(vec![7u8; 262_144]),
    ];
    for message in &messages {
        pair.alice.connection.channel(ours).unwrap().send(message.clone()).unwrap();
    }
    let mut received = Vec::new();
    pair.drive_until(|pair| {
        received.extend(pair.bob.receive(theirs));
        received.len() == messages.len()
    });
    assert_eq!(received, messages);
}

#[test]
fn ids_are_even_for_the_dtls_client_and_odd_for_the_server() {
    let (mut pair, ours, _) = Pair::connected();
    // Alice offered actpass and Bob answered active, so Bob is the client.
    assert_eq!(pair.alice.connection.data_channel(ours).unwrap().id(), Some(1));
    let (ours, theirs) = open(&mut pair, Who::Bob, "even", DataChannelInit::default());
    assert_eq!(pair.bob.connection.data_channel(ours).unwrap().id(), Some(0));
    assert_eq!(pair.alice.connection.data_channel(theirs).unwrap().id(), Some(0));
    let next = pair.alice.connection.create_data_channel("next", DataChannelInit::default());
    assert_eq!(pair.alice.connection.data_channel(next.unwrap()).unwrap().id(), Some(3));
}

#[test]
fn negotiated_channels_open_without_an_announcement() {
    let (mut pair, ..) = Pair::connected();
    let init = DataChannelInit { negotiated: true, id: Some(100), ..DataChannelInit::default() };
    let ours = pair.alice.connection.create_data_channel("mine", init.clone()).unwrap();
    // The other side may use it before we have created it.
    pair.alice.connection.channel(ours).unwrap().send("early").unwrap();
    pair.drive_for(Duration::from_secs(1));
    let announced = |event: &Event| matches!(event, Event::DataChannel(ChannelEvent::Announced(_)));
    assert_eq!(pair.bob.history.iter().filter(|event| announced(event)).count(), 1, "only chat");
    let theirs = pair.bob.connection.create_data_channel("theirs", init).unwrap();
    pair.drain();
    assert!(pair.bob.said(&Event::DataChannel(ChannelEvent::Readable(theirs))));
    assert_eq!(pair.bob.receive(theirs), [Message::from("early")]);
    assert_eq!(pair.bob.connection.data_channel(theirs).unwrap().id(), Some(100));
}

#[test]
fn closing_closes_both_sides_and_gives_the_id_back() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.alice.connection.channel(ours).unwrap().send("last words").unwrap();
    pair.alice.connection.channel(ours).unwrap().close();
    assert_eq!(state(&mut pair, Who::Alice, ours), DataChannelState::Closing);
    // As long as the last message waits to be read the channel is not gone.
    pair.drive_for(Duration::from_secs(5));
    assert_eq!(state(&mut pair, Who::Bob, theirs), DataChannelState::Open);
    assert_eq!(pair.bob.receive(theirs), [Message::from("last words")]);
    pair.drive_until(|pair| pair.bob.said(&Event::DataChannel(ChannelEvent::Closing(theirs))));
    pair.drive_until(|pair| {
        pair.alice.said(&Event::DataChannel(ChannelEvent::Closed(ours)))
            && pair.bob.said(&Event::DataChannel(ChannelEvent::Closed(theirs)))
    });
    assert_eq!(state(&mut pair, Who::Alice, ours), DataChannelState::Closed);
    let refused = pair.alice.connection.channel(ours).unwrap().send("too late");
    assert_eq!(refused, Err(SendError::NotOpen));
    assert_eq!(SendError::NotOpen.exception(), Exception::InvalidState);

    let (again, other) = open(&mut pair, Who::Alice, "again", DataChannelInit::default());
    assert_ne!(again, ours);
    assert_eq!(
        pair.alice.connection.data_channel(again).unwrap().id(),
        Some(1),
        "the id is reused"
    );
    assert_eq!(pair.alice.connection.data_channel(ours).unwrap().label(), "chat", "remembered");
    pair.alice.connection.channel(again).unwrap().send("fresh").unwrap();
    pair.drive_until(|pair| pair.bob.receive(other) == [Message::from("fresh")]);
}

#[test]
fn both_sides_may_close_at_once() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.alice.connection.channel(ours).unwrap().close();
    pair.bob.connection.channel(theirs).unwrap().close();
    pair.drive_until(|pair| {
        pair.alice.said(&Event::DataChannel(ChannelEvent::Closed(ours)))
            && pair.bob.said(&Event::DataChannel(ChannelEvent::Closed(theirs)))
    });
}

#[test]
fn a_thousand_channels_open_and_close_and_their_ids_are_used_again() {
    let (mut pair, ..) = Pair::connected();
    for round in 0..2 {
        let ids: Vec<_> = (0..1000)
            .map(|n| {
                let label = format!("{round}.{n}");
                pair.alice
                    .connection
                    .create_data_channel(label, DataChannelInit::default())
                    .unwrap()
            })
            .collect();
        let expected = 1 + 1000 * (round + 1);
        pair.drive_until(|pair| pair.bob.opened().len() == expected);
        for id in &ids {
            pair.alice.connection.channel(*id).unwrap().close();
        }
        pair.drive_until(|pair| {
            let stats = pair.alice.connection.stats(pair.now);
            stats.peer_connection.unwrap().data_channels_closed == 1000 * (round as u64 + 1)
        });
        let stream = pair.alice.connection.data_channel(ids[999]);
        assert!(stream.is_ok_and(|channel| channel.id() == Some(2001)));
    }
}

#[test]
fn creating_follows_the_rules_of_w3c() {
    let (mut pair, ..) = Pair::connected();
    let connection = &mut pair.alice.connection;
    let mut refused = |label: &str, init: DataChannelInit| {
        let error = connection.create_data_channel(label, init).unwrap_err();
        (error, error.exception().name())
    };
    let default = DataChannelInit::default;
    assert_eq!(
        refused(&"l".repeat(65_536), default()),
        (CreateDataChannelError::LabelTooLong, "TypeError")
    );
    assert_eq!(
        refused("l", DataChannelInit { protocol: "p".repeat(65_536), ..default() }),
        (CreateDataChannelError::ProtocolTooLong, "TypeError")
    );
    let both =
        DataChannelInit { max_retransmits: Some(0), max_packet_life_time: Some(0), ..default() };
    assert_eq!(refused("l", both), (CreateDataChannelError::TwoLimits, "TypeError"));
    let negotiated = |id| DataChannelInit { negotiated: true, id, ..default() };
    assert_eq!(refused("l", negotiated(None)), (CreateDataChannelError::MissingId, "TypeError"));
    assert_eq!(
        refused("l", negotiated(Some(65_535))),
        (CreateDataChannelError::IdOutOfRange, "TypeError")
    );
    assert_eq!(
        refused("l", negotiated(Some(1))),
        (CreateDataChannelError::IdTaken, "OperationError")
    );
    connection.close();
    let error = connection.create_data_channel("l", default()).unwrap_err();
    assert_eq!(error.exception().name(), "InvalidStateError");
}

#[test]
fn the_largest_message_is_the_other_sides_to_set() {
    let (mut pair, ours, _) = Pair::connected();
    assert_eq!(pair.alice.connection.max_message_size(), Some(262_144));
    let mut channel = pair.alice.connection.channel(ours).unwrap();
    let refused = channel.send(vec![0; 262_145]);
    assert_eq!(refused, Err(SendError::TooLarge { limit: 262_144 }));
    assert_eq!(refused.unwrap_err().exception().name(), "TypeError");
    assert_eq!(channel.attributes().buffered_amount(), 0);
}

#[test]
fn a_full_send_buffer_says_so_and_later_that_there_is_room() {
    let (mut pair, ours, theirs) = Pair::connected();
    let mut sent = 0;
    let refused = loop {
        match pair.alice.connection.channel(ours).unwrap().send(vec![1; 100_000]) {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refused, SendError::Full);
    assert_eq!(pair.alice.connection.data_channel(ours).unwrap().buffered_amount(), sent * 100_000);
    let mut received = 0;
    pair.logging = false;
    pair.drive_until(|pair| {
        received += pair.bob.receive(theirs).len();
        received == sent
    });
    assert!(pair.alice.said(&Event::DataChannel(ChannelEvent::Writable(ours))));
    assert_eq!(pair.alice.connection.data_channel(ours).unwrap().buffered_amount(), 0);
}

#[test]
fn the_threshold_of_the_buffered_amount_is_said_once_per_crossing() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.alice.connection.channel(ours).unwrap().set_buffered_amount_low_threshold(50_000);
    pair.alice.connection.channel(ours).unwrap().send(vec![1; 200_000]).unwrap();
    let mut received = 0;
    pair.drive_until(|pair| {
        received += pair.bob.receive(theirs).len();
        received == 1
    });
    let low = Event::DataChannel(ChannelEvent::BufferedAmountLow(ours));
    assert_eq!(pair.alice.history.iter().filter(|event| **event == low).count(), 1);
}

#[test]
fn a_reader_that_pauses_stops_the_sender_and_loses_nothing() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.logging = false;
    let count = 60; // 100 kB each: more than the receive buffer.
    for n in 0..count {
        pair.alice.connection.channel(ours).unwrap().send(vec![n as u8; 100_000]).unwrap();
    }
    pair.drive_for(Duration::from_secs(30));
    let left = pair.alice.connection.data_channel(ours).unwrap().buffered_amount();
    assert!(left > 0, "the window did not shut");
    let mut received = Vec::new();
    pair.drive_until(|pair| {
        received.extend(pair.bob.receive(theirs));
        received.len() == count
    });
    for (n, message) in received.iter().enumerate() {
        assert_eq!(*message, Message::from(vec![n as u8; 100_000]));
    }
}

#[test]
fn closing_the_connection_closes_the_channels_of_the_other_side() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.alice.connection.close();
    assert_eq!(state(&mut pair, Who::Alice, ours), DataChannelState::Closed);
    pair.drive_until(|pair| pair.bob.said(&Event::DataChannel(ChannelEvent::Closed(theirs))));
    assert!(pair.alice.connection.poll_timeout().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn every_reliable_message_arrives_once_and_in_order(
        schedule in corrupting_fates(200),
        sizes in proptest::collection::vec(0usize..20_000, 1..12),
    ) {
        let (mut pair, ours, theirs) = Pair::connected();
        let messages: Vec<_> = sizes
            .iter()
            .enumerate()
            .map(|(n, size)| Message::from(vec![n as u8; *size]))
            .collect();
        pair.fates = schedule.into();
        for message in &messages {
            pair.alice.connection.channel(ours).unwrap().send(message.clone()).unwrap();
        }
        let mut received = Vec::new();
        pair.drive_until(|pair| {
            received.extend(pair.bob.receive(theirs));
            received.len() >= messages.len()
        });
        pair.drive_for(Duration::from_secs(5));
        received.extend(pair.bob.receive(theirs));
        prop_assert_eq!(received, messages);
    }
}
