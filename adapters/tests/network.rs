//! TCP, names and interfaces.

use core::time::Duration;

use crate::common::{Fake, Pair, channel, only, within};
use crate::rtc::{Config, DataChannel, DataChannelInit, Event, Message, PeerConnection};
use crate::seam::{run, sleep, spawn};

/// Two connections that know of each other's candidates only those whose line holds this.
async fn joined_by(alice: Config, bob: Config, wanted: &str) -> (Pair, DataChannel, DataChannel) {
    let alice = PeerConnection::new(alice).await.unwrap();
    let bob = PeerConnection::new(bob).await.unwrap();
    let ours = alice.create_data_channel("test", DataChannelInit::default()).unwrap();
    alice.set_local_description(None).unwrap();
    alice.gathered().await;
    bob.set_remote_description(only(alice.local_description().unwrap(), wanted)).unwrap();
    bob.set_local_description(None).unwrap();
    bob.gathered().await;
    alice.set_remote_description(only(bob.local_description().unwrap(), wanted)).unwrap();
    let theirs = within(20, bob.accept()).await.unwrap();
    within(20, ours.opened()).await.unwrap();
    (Pair { alice, bob }, ours, theirs)
}

async fn exchange(ours: &DataChannel, theirs: &DataChannel, length: usize) {
    for (from, to) in [(ours, theirs), (theirs, ours)] {
        from.send(vec![7; length]).await.unwrap();
        assert!(within(20, to.recv()).await == Some(Message::from(vec![7; length])));
    }
}

fn listening() -> Config {
    let mut config = Config::loopback();
    config.tcp_listen = vec!["127.0.0.1:0".parse().unwrap()];
    config
}

#[test]
fn a_connection_over_tcp_alone_carries_messages_both_ways() {
    run(async {
        for (alice, bob) in [(Config::loopback(), listening()), (listening(), Config::loopback())] {
            let (pair, ours, theirs) = joined_by(alice, bob, " tcp ").await;
            for path in [pair.alice.selected_path(), pair.bob.selected_path()] {
                assert_eq!(path.unwrap().protocol, rtc_core::Protocol::Tcp);
            }
            for length in [1, 1000, 100_000] {
                exchange(&ours, &theirs, length).await;
            }
            // What is written to a stream that is stuck gets lost, and is repaired.
            for round in 0..20 {
                ours.send(vec![round; 200_000]).await.unwrap();
            }
            for round in 0..20 {
                let message = within(20, theirs.recv()).await;
                assert!(message == Some(Message::from(vec![round; 200_000])), "message {round}");
            }
            // The last words arrive before the stream ends.
            pair.alice.close();
            within(10, theirs.closed()).await;
        }
    });
}

#[test]
fn listeners_take_no_more_connections_than_they_may() {
    run(async {
        let mut config = listening();
        config.max_tcp_connections = 3;
        let bob = PeerConnection::new(config).await.unwrap();
        let _channel = bob.create_data_channel("test", DataChannelInit::default()).unwrap();
        bob.set_local_description(None).unwrap();
        bob.gathered().await;
        let sdp = bob.local_description().unwrap().sdp;
        let line = sdp.lines().find(|line| line.contains("tcptype passive")).unwrap();
        let port: u16 = line.split(' ').nth(5).unwrap().parse().unwrap();
        let connect = || std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        let strangers: Vec<_> = (0..20).map(|_| connect()).collect();
        let mut closed = 0;
        within(10, async {
            while closed < 17 {
                sleep(Duration::from_millis(10)).await;
                closed = strangers.iter().filter(|stranger| has_ended(stranger)).count();
            }
        })
        .await;
        assert_eq!(closed, 17);
    });
}

fn has_ended(mut stream: &std::net::TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    !matches!(
        std::io::Read::read(&mut stream, &mut [0]),
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock
    )
}

#[test]
fn hidden_addresses_are_found_by_their_names() {
    run(async {
        let mut config = Config::loopback();
        config.peer.hide_local_addresses = true;
        let (pair, ours, theirs) = Pair::with_channel(config.clone(), config).await;
        for connection in [&pair.alice, &pair.bob] {
            let sdp = connection.local_description().unwrap().sdp;
            let candidates: Vec<_> = sdp.lines().filter(|l| l.starts_with("a=candidate")).collect();
            assert!(!candidates.is_empty());
            assert!(candidates.iter().all(|line| line.contains(".local ")), "{candidates:?}");
            assert!(!sdp.contains("127.0.0.1"), "{sdp}");
        }
        exchange(&ours, &theirs, 10_000).await;
    });
}

#[cfg(target_os = "linux")]
#[test]
fn what_was_sent_over_an_interface_that_vanishes_goes_on_over_another() {
    run(async {
        let fake = Fake::of(&["127.0.0.1", "127.0.0.2"]);
        let (pair, ours, theirs) = Pair::with_channel(fake.config(), Config::loopback()).await;
        within(10, pair.alice.connected()).await.unwrap();
        exchange(&ours, &theirs, 10_000).await;
        let used = pair.alice.selected_path().unwrap().local.ip().to_string();
        let left = if used == "127.0.0.1" { "127.0.0.2" } else { "127.0.0.1" };
        let sender = spawn({
            let ours = ours.clone();
            async move {
                for round in 0..200_u8 {
                    ours.send(vec![round; 50_000]).await.unwrap();
                }
            }
        });
        for round in 0..200_u8 {
            let message = within(30, theirs.recv()).await;
            assert!(message == Some(Message::from(vec![round; 50_000])), "message {round}");
            if round == 50 {
                fake.set(&[left]);
            }
        }
        within(10, sender).await;
        let local = pair.alice.selected_path().unwrap().local;
        assert_eq!(local.ip().to_string(), left);
        assert_eq!(pair.alice.local_addresses(), [local]);
        exchange(&ours, &theirs, 10_000).await;
    });
}

#[cfg(target_os = "linux")]
#[test]
fn an_interface_that_comes_is_offered() {
    run(async {
        let fake = Fake::of(&["127.0.0.1"]);
        let (pair, ours, theirs) = Pair::with_channel(fake.config(), Config::loopback()).await;
        fake.set(&["127.0.0.1", "127.0.0.2"]);
        let candidate = within(10, async {
            loop {
                if let Some(Event::IceCandidate(candidate)) = pair.alice.event().await
                    && candidate.candidate.contains("127.0.0.2")
                {
                    return candidate;
                }
            }
        })
        .await;
        pair.bob.add_ice_candidate(&candidate).unwrap();
        assert_eq!(pair.alice.local_addresses().len(), 2);
        exchange(&ours, &theirs, 10_000).await;
    });
}

#[test]
fn interfaces_are_let_be_where_addresses_were_named() {
    run(async {
        let (pair, ours, theirs) = channel().await;
        let mut config = Fake::of(&[]).config();
        config.bind = vec!["127.0.0.1:0".parse().unwrap()];
        let named = PeerConnection::new(config).await.unwrap();
        sleep(Duration::from_millis(100)).await;
        assert_eq!(named.local_addresses().len(), 1);
        exchange(&ours, &theirs, 10).await;
        drop(pair);
    });
}
