//! Whole connections over the loopback interface: one text for every runtime.

use core::net::{Ipv6Addr, SocketAddr};
use core::time::Duration;

use crate::common::{Pair, channel, outcome_within, pattern, within};
use crate::rtc::{
    Config, ConnectError, ConnectionState, DataChannelInit, DataChannelState, Error, Event,
    Message, OfferOptions, PeerConnection, SendError,
};
use crate::seam::{run, run_in_parallel, sleep, spawn};

#[test]
fn messages_of_all_sizes_come_back_as_they_went() {
    run(async {
        let (_pair, ours, theirs) = channel().await;
        let echo = spawn(async move {
            while let Some(message) = theirs.recv().await {
                theirs.send(message).await.unwrap();
            }
        });
        for length in [0, 1, 2, 1000, 1199, 1200, 1201, 16_384, 65_535, 65_536, 262_144] {
            let messages = [
                Message::from(pattern(length, 7)),
                Message::from("é".repeat(length / 2) + if length % 2 == 1 { "x" } else { "" }),
            ];
            for message in messages {
                ours.send(message.clone()).await.unwrap();
                assert_eq!(within(10, ours.recv()).await, Some(message));
            }
        }
        let too_large = ours.send(vec![0; 262_145]).await;
        assert_eq!(too_large, Err(SendError::TooLarge { limit: 262_144 }));
        ours.close();
        within(10, ours.closed()).await;
        within(10, echo).await;
    });
}

#[test]
fn both_sides_hear_of_the_connection() {
    run(async {
        let (pair, ours, theirs) = channel().await;
        within(10, pair.alice.connected()).await.unwrap();
        within(10, pair.bob.connected()).await.unwrap();
        assert_eq!((ours.label(), theirs.label()), ("test", "test"));
        assert_eq!(ours.id(), theirs.id());
        assert_eq!(ours.ready_state(), DataChannelState::Open);
        let path = pair.alice.selected_path().unwrap();
        assert_eq!(path.local, pair.alice.local_addresses()[0]);
        assert_eq!(path.remote, pair.bob.local_addresses()[0]);
        let mut has_connected = false;
        while !has_connected {
            let event = within(10, pair.alice.event()).await.unwrap();
            assert!(!matches!(event, Event::DataChannel(_)));
            has_connected = event == Event::ConnectionStateChange(ConnectionState::Connected);
        }
    });
}

#[test]
fn send_waits_while_nobody_reads_and_nothing_is_lost() {
    run(async {
        const COUNT: usize = 64;
        const LENGTH: usize = 64 * 1024;
        let mut config = Config::loopback();
        config.peer.receive_buffer = 512 * 1024;
        config.peer.send_buffer = 512 * 1024;
        let (_pair, ours, theirs) = Pair::with_channel(config.clone(), config).await;
        let mut sent = 0;
        let stuck = async {
            while sent < COUNT {
                ours.send(pattern(LENGTH, sent)).await.unwrap();
                sent += 1;
            }
        };
        assert!(outcome_within(Duration::from_secs(1), stuck).await.is_none());
        // What is left of the room is less than what a waiting sender is called for.
        while ours.try_send(pattern(LENGTH, sent)).is_ok() {
            sent += 1;
        }
        // Both buffers are full, and the message whose sending was given up was not sent.
        assert!((8..=24).contains(&sent), "{sent} messages found room");
        assert_eq!(ours.try_send(vec![0; LENGTH]), Err(SendError::Full));
        let rest = spawn({
            let ours = ours.clone();
            async move {
                for index in sent..COUNT {
                    ours.send(pattern(LENGTH, index)).await.unwrap();
                }
            }
        });
        for index in 0..COUNT {
            let message = within(20, theirs.recv()).await;
            assert!(message == Some(Message::from(pattern(LENGTH, index))), "message {index}");
        }
        within(10, rest).await;
        within(10, ours.buffered_amount_low()).await;
        assert_eq!(ours.buffered_amount(), 0);
        assert!(theirs.try_recv().is_none());
    });
}

#[test]
fn a_hundred_megabytes_arrive_unchanged_and_in_order() {
    run_in_parallel(async {
        const LENGTH: usize = 50_000;
        const COUNT: usize = 2_000;
        let (_pair, ours, theirs) = channel().await;
        let sender = spawn(async move {
            for index in 0..COUNT {
                ours.send(pattern(LENGTH, index)).await.unwrap();
            }
            ours
        });
        for index in 0..COUNT {
            let message = within(30, theirs.recv()).await;
            assert!(message == Some(Message::from(pattern(LENGTH, index))), "message {index}");
        }
        within(10, sender).await;
    });
}

#[test]
fn dropping_all_handles_closes_the_other_side() {
    run(async {
        let (pair, ours, theirs) = channel().await;
        let Pair { alice, bob } = pair;
        drop(alice);
        // A channel is a handle of its connection, too.
        ours.send("still here").await.unwrap();
        assert_eq!(within(10, theirs.recv()).await, Some(Message::from("still here")));
        drop(ours);
        assert_eq!(within(10, theirs.recv()).await, None);
        within(10, theirs.closed()).await;
        assert_eq!(theirs.send("too late").await, Err(SendError::NotOpen));
        drop(bob);
    });
}

#[test]
fn dropping_a_channel_closes_it_and_nothing_else() {
    run(async {
        let (pair, ours, theirs) = channel().await;
        ours.send("last words").await.unwrap();
        drop(ours);
        assert_eq!(within(10, theirs.recv()).await, Some(Message::from("last words")));
        assert_eq!(within(10, theirs.recv()).await, None);
        within(10, theirs.closed()).await;
        let second = pair.bob.create_data_channel("second", DataChannelInit::default()).unwrap();
        second.send("from the other side").await.unwrap();
        let accepted = within(10, pair.alice.accept()).await.unwrap();
        assert_eq!(accepted.label(), "second");
        assert_eq!(within(10, accepted.recv()).await, Some(Message::from("from the other side")));
    });
}

#[test]
fn a_close_during_a_transfer_ends_all_waiting() {
    run(async {
        let (pair, ours, theirs) = channel().await;
        let sender = spawn(async move {
            let mut outcome = Ok(());
            while outcome.is_ok() {
                outcome = ours.send(vec![0; 100_000]).await;
            }
            outcome
        });
        for _ in 0..20 {
            within(10, theirs.recv()).await.unwrap();
        }
        let waiting = spawn({
            let alice = pair.alice.clone();
            async move { (alice.accept().await.is_none(), while alice.event().await.is_some() {}) }
        });
        pair.alice.close();
        assert_eq!(within(10, sender).await, Err(SendError::NotOpen));
        assert!(within(10, waiting).await.0);
        while within(10, theirs.recv()).await.is_some() {}
        within(10, theirs.closed()).await;
        assert_eq!(pair.alice.connected().await, Err(ConnectError::Closed));
        assert_eq!(pair.alice.connection_state(), ConnectionState::Closed);
        let refused = pair.alice.create_data_channel("late", DataChannelInit::default());
        assert!(refused.is_err());
    });
}

#[test]
fn a_transfer_needs_no_segmentation_offload() {
    run(async {
        let mut config = Config::loopback();
        config.max_segments = 1;
        config.receive_buffer_size = Some(16 * 1024);
        let (pair, ours, theirs) = Pair::with_channel(config.clone(), config).await;
        for round in 0..20 {
            ours.send(pattern(100_000, round)).await.unwrap();
            let message = within(20, theirs.recv()).await;
            assert!(message == Some(Message::from(pattern(100_000, round))), "message {round}");
        }
        let stats = pair.bob.stats();
        assert!(stats.transports[0].bytes_received > 2_000_000);
        assert_eq!(stats.data_channels[0].messages_received, 20);
    });
}

#[test]
fn junk_from_strangers_disturbs_nothing() {
    run(async {
        let (pair, ours, theirs) = channel().await;
        let stranger = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        for round in 0..50 {
            for junk in [&[][..], &[0; 20], &[0x16; 1200], &[0x17, 0xfe, 0xfd, 0], &[0x80; 2000]] {
                let _full = stranger.send_to(junk, pair.bob.local_addresses()[0]);
            }
            ours.send(pattern(20_000, round)).await.unwrap();
            let message = within(10, theirs.recv()).await;
            assert!(message == Some(Message::from(pattern(20_000, round))), "message {round}");
        }
    });
}

#[test]
fn several_tasks_share_a_channel_on_both_sides() {
    run_in_parallel(async {
        let (_pair, ours, theirs) = channel().await;
        let senders: Vec<_> = (0..4)
            .map(|sender: u32| {
                let ours = ours.clone();
                spawn(async move {
                    for index in 0..500 {
                        ours.send((sender * 500 + index).to_string()).await.unwrap();
                    }
                })
            })
            .collect();
        let receivers: Vec<_> = (0..3)
            .map(|_| {
                let theirs = theirs.clone();
                spawn(async move {
                    let mut received = Vec::new();
                    while let Some(Message::Text(text)) = theirs.recv().await {
                        received.push(text.parse::<u32>().unwrap());
                    }
                    received
                })
            })
            .collect();
        for sender in senders {
            within(10, sender).await;
        }
        // What was sent before a close still arrives.
        ours.close();
        let mut received = Vec::new();
        for receiver in receivers {
            received.extend(within(10, receiver).await);
        }
        received.sort_unstable();
        assert_eq!(received, (0..2000).collect::<Vec<_>>());
    });
}

#[test]
fn ipv6_loopback_works() {
    run(async {
        let config = Config::bound_to([SocketAddr::from((Ipv6Addr::LOCALHOST, 0))]);
        let (pair, ours, theirs) = Pair::with_channel(config.clone(), config).await;
        assert!(pair.alice.selected_path().unwrap().remote.is_ipv6());
        theirs.send("six").await.unwrap();
        assert_eq!(within(10, ours.recv()).await, Some(Message::from("six")));
    });
}

#[test]
fn the_machines_own_addresses_are_the_default() {
    run(async {
        let (pair, ours, theirs) = Pair::with_channel(Config::default(), Config::default()).await;
        let addresses = pair.alice.local_addresses();
        assert!(
            addresses.iter().all(|address| address.port() != 0 && !address.ip().is_unspecified())
        );
        ours.send("default").await.unwrap();
        assert_eq!(within(10, theirs.recv()).await, Some(Message::from("default")));
    });
}

#[test]
fn candidates_trickle() {
    run(async {
        let alice = PeerConnection::new(Config::loopback()).await.unwrap();
        let bob = PeerConnection::new(Config::loopback()).await.unwrap();
        let channel = alice.create_data_channel("trickle", DataChannelInit::default()).unwrap();
        let offer = alice.create_offer(OfferOptions::default()).unwrap();
        assert!(!offer.sdp.contains("a=candidate"));
        alice.set_local_description(Some(offer.clone())).unwrap();
        bob.set_remote_description(offer).unwrap();
        let answer = bob.create_answer().unwrap();
        bob.set_local_description(Some(answer.clone())).unwrap();
        alice.set_remote_description(answer).unwrap();
        let trickle = |from: PeerConnection, to: PeerConnection| async move {
            while let Some(event) = from.event().await {
                if let Event::IceCandidate(candidate) = event {
                    to.add_ice_candidate(&candidate).unwrap();
                }
            }
        };
        spawn(trickle(alice.clone(), bob.clone()));
        spawn(trickle(bob.clone(), alice.clone()));
        within(10, channel.opened()).await.unwrap();
        alice.close();
        bob.close();
    });
}

#[test]
fn an_unaccepted_channel_beyond_the_backlog_is_closed() {
    run(async {
        let mut config = Config::loopback();
        config.accept_backlog = 2;
        let (pair, _ours, _theirs) = Pair::with_channel(Config::loopback(), config).await;
        let channels: Vec<_> = (0..3)
            .map(|index| {
                pair.alice
                    .create_data_channel(index.to_string(), DataChannelInit::default())
                    .unwrap()
            })
            .collect();
        within(10, channels[2].closed()).await;
        assert_eq!(channels[0].ready_state(), DataChannelState::Open);
        for label in ["0", "1"] {
            assert_eq!(within(10, pair.bob.accept()).await.unwrap().label(), label);
        }
    });
}

#[test]
fn a_message_with_a_lifetime_survives_an_idle_core() {
    run(async {
        let pair = Pair {
            alice: PeerConnection::new(Config::loopback()).await.unwrap(),
            bob: PeerConnection::new(Config::loopback()).await.unwrap(),
        };
        let init = DataChannelInit { max_packet_life_time: Some(50), ..DataChannelInit::default() };
        let ours = pair.alice.create_data_channel("short-lived", init).unwrap();
        pair.negotiate().await;
        let theirs = within(10, pair.bob.accept()).await.unwrap();
        ours.opened().await.unwrap();
        for _ in 0..5 {
            sleep(Duration::from_millis(300)).await;
            ours.send("fresh").await.unwrap();
            assert_eq!(within(5, theirs.recv()).await, Some(Message::from("fresh")));
        }
    });
}

#[test]
fn addresses_that_cannot_be_used_are_named() {
    run(async {
        let address: SocketAddr = "192.0.2.254:0".parse().unwrap();
        let Err(Error::Bind { address: named, .. }) =
            PeerConnection::new(Config::bound_to([address])).await
        else {
            panic!("there is no such address on this machine");
        };
        assert_eq!(named, address);
    });
}
