//! Many peers on one port.

use core::net::SocketAddr;
use core::time::Duration;

use crate::common::{Fake, only, outcome_within, within};
use crate::rtc::{
    Config, Configuration, ConnectError, ConnectionState, DataChannel, DataChannelInit, Message,
    PeerConnection, PeerError, Server, ServerConfig, ServerEvent,
};
use crate::seam::{run, run_in_parallel, sleep, spawn};

fn loopback() -> ServerConfig {
    ServerConfig::bound_to([SocketAddr::from(([127, 0, 0, 1], 0))])
}

/// A client of the server's with a channel that is open, and the server's end of both.
async fn client(server: &Server) -> (PeerConnection, DataChannel, PeerConnection) {
    client_with(Config::loopback(), server).await
}

async fn client_with(
    config: Config,
    server: &Server,
) -> (PeerConnection, DataChannel, PeerConnection) {
    let client = PeerConnection::new(config).await.unwrap();
    let channel = client.create_data_channel("test", DataChannelInit::default()).unwrap();
    let peer = server.peer(Configuration::default()).unwrap();
    client.set_local_description(None).unwrap();
    client.gathered().await;
    peer.set_remote_description(client.local_description().unwrap()).unwrap();
    peer.set_local_description(None).unwrap();
    peer.gathered().await;
    client.set_remote_description(peer.local_description().unwrap()).unwrap();
    within(30, channel.opened()).await.unwrap();
    (client, channel, peer)
}

/// Sends back what arrives on the first channel.
async fn echo(peer: PeerConnection) {
    let Some(channel) = peer.accept().await else { return };
    while let Some(message) = channel.recv().await {
        if channel.send(message).await.is_err() {
            return;
        }
    }
}

/// Waits until it is so.
async fn until(is_so: impl Fn() -> bool) {
    within(30, async {
        while !is_so() {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

async fn a_hundred_peers(config: ServerConfig) {
    let server = Server::bind(config).await.unwrap();
    let address = server.local_addresses()[0];
    let mut clients = Vec::new();
    for _ in 0..100 {
        let (client, channel, peer) = client(&server).await;
        assert_eq!(client.selected_path().unwrap().remote, address);
        spawn(echo(peer));
        clients.push((client, channel));
    }
    assert_eq!(server.peer_count(), 100);
    for (index, (_, channel)) in clients.iter().enumerate() {
        channel.send(format!("I am number {index}")).await.unwrap();
    }
    for (index, (_, channel)) in clients.iter().enumerate() {
        let expected = Message::from(format!("I am number {index}"));
        assert_eq!(within(10, channel.recv()).await, Some(expected));
    }
    // Half of them leave; the others stay as they are.
    clients.truncate(50);
    until(|| server.peer_count() == 50).await;
    for (_, channel) in &clients {
        channel.send(vec![7; 50_000]).await.unwrap();
    }
    for (_, channel) in &clients {
        assert_eq!(within(10, channel.recv()).await, Some(Message::from(vec![7; 50_000])));
    }
    server.close();
    for (_, channel) in &clients {
        assert_eq!(within(10, channel.recv()).await, None);
        within(10, channel.closed()).await;
    }
}

#[test]
fn a_hundred_peers_share_a_socket() {
    run_in_parallel(a_hundred_peers(loopback()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_hundred_peers_share_a_port_of_several_sockets() {
    let mut config = loopback();
    config.sockets_per_address = 3;
    run_in_parallel(a_hundred_peers(config));
}

/// The system brings what comes from another address to another of the sockets, most likely.
#[cfg(target_os = "linux")]
#[test]
fn peers_that_move_are_followed_whatever_socket_they_come_to() {
    run(async {
        let mut config = loopback();
        config.sockets_per_address = 4;
        let server = Server::bind(config).await.unwrap();
        let fake = Fake::of(&["127.0.0.1"]);
        let mut clients = Vec::new();
        for _ in 0..8 {
            let (client, channel, peer) = client_with(fake.config(), &server).await;
            spawn(echo(peer.clone()));
            clients.push((client, channel, peer));
        }
        for address in ["127.0.0.2", "127.0.0.3"] {
            fake.set(&[address]);
            for (number, (client, channel, peer)) in (0..).zip(&clients) {
                channel.send(vec![number; 30_000]).await.unwrap();
                let echoed = within(20, channel.recv()).await;
                assert!(echoed == Some(Message::from(vec![number; 30_000])), "{address} {number}");
                let local = || client.selected_path().map(|path| path.local);
                until(|| local().is_some_and(|local| local.ip().to_string() == address)).await;
                let remote = || peer.selected_path().map(|path| path.remote);
                until(|| remote() == local()).await;
            }
        }
        assert_eq!(server.peer_count(), 8);
    });
}

#[test]
fn a_closed_peer_is_still_to_be_looked_at() {
    run(async {
        let server = Server::bind(loopback()).await.unwrap();
        let (client, channel, peer) = client(&server).await;
        channel.send("first").await.unwrap();
        let accepted = within(10, peer.accept()).await.unwrap();
        assert_eq!(within(10, accepted.recv()).await, Some(Message::from("first")));
        let description = peer.local_description();
        peer.close();
        within(10, channel.closed()).await;
        assert_eq!(server.peer_count(), 0);
        assert_eq!(peer.connection_state(), ConnectionState::Closed);
        assert_eq!(peer.local_description(), description);
        assert_eq!(peer.connected().await, Err(ConnectError::Closed));
        assert!(peer.create_data_channel("late", DataChannelInit::default()).is_err());
        assert!(accepted.send("late").await.is_err());
        assert_eq!(accepted.recv().await, None);
        drop(client);
    });
}

#[test]
fn peers_outlive_the_servers_handle_but_not_its_close() {
    run(async {
        let server = Server::bind(loopback()).await.unwrap();
        let (client, channel, peer) = client(&server).await;
        let again = server.clone();
        drop(server);
        spawn(echo(peer.clone()));
        channel.send("still here").await.unwrap();
        assert_eq!(within(10, channel.recv()).await, Some(Message::from("still here")));
        again.close();
        assert_eq!(peer.connection_state(), ConnectionState::Closed);
        within(10, channel.closed()).await;
        assert!(matches!(again.peer(Configuration::default()), Err(PeerError::Closed)));
        // A check of the client's may have come for the peer that was closed.
        within(10, async { while again.event().await.is_some() {} }).await;
        drop(client);
    });
}

#[test]
fn a_full_server_takes_no_more_until_one_leaves() {
    run(async {
        let mut config = loopback();
        config.router.max_peers = 2;
        let server = Server::bind(config).await.unwrap();
        let (_first, _first_channel, first) = client(&server).await;
        let _second = server.peer(Configuration::default()).unwrap();
        assert!(matches!(server.peer(Configuration::default()), Err(PeerError::Full)));
        drop(first);
        until(|| server.peer(Configuration::default()).is_ok()).await;
    });
}

#[test]
fn checks_for_nobody_are_told() {
    run(async {
        let server = Server::bind(loopback()).await.unwrap();
        let client = PeerConnection::new(Config::loopback()).await.unwrap();
        let _channel = client.create_data_channel("test", DataChannelInit::default()).unwrap();
        let peer = server.peer(Configuration::default()).unwrap();
        client.set_local_description(None).unwrap();
        client.gathered().await;
        peer.set_remote_description(client.local_description().unwrap()).unwrap();
        peer.set_local_description(None).unwrap();
        peer.gathered().await;
        let mut answer = peer.local_description().unwrap();
        let ufrag = answer.sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).unwrap();
        answer.sdp = answer.sdp.replace(ufrag, "nobody");
        client.set_remote_description(answer).unwrap();
        let event = within(10, server.event()).await.unwrap();
        let ServerEvent::UnknownBindingRequest { path, local_ufrag, .. } = event else {
            panic!("{event:?}");
        };
        assert_eq!(&*local_ufrag, "nobody");
        assert_eq!(path.local, server.local_addresses()[0]);
        assert_eq!(path.remote, client.local_addresses()[0]);
        let connected = outcome_within(Duration::from_millis(200), peer.connected()).await;
        assert!(connected.is_none());
    });
}

#[test]
fn peers_are_reached_by_tcp_too() {
    run(async {
        let mut config = loopback();
        config.base.tcp_listen = vec!["127.0.0.1:0".parse().unwrap()];
        let server = Server::bind(config).await.unwrap();
        let mut clients = Vec::new();
        for _ in 0..5 {
            let client = PeerConnection::new(Config::loopback()).await.unwrap();
            let channel = client.create_data_channel("test", DataChannelInit::default()).unwrap();
            let peer = server.peer(Configuration::default()).unwrap();
            client.set_local_description(None).unwrap();
            client.gathered().await;
            let offer = only(client.local_description().unwrap(), " tcp ");
            peer.set_remote_description(offer).unwrap();
            peer.set_local_description(None).unwrap();
            peer.gathered().await;
            let answer = only(peer.local_description().unwrap(), " tcp ");
            client.set_remote_description(answer).unwrap();
            within(30, channel.opened()).await.unwrap();
            assert_eq!(client.selected_path().unwrap().protocol, rtc_core::Protocol::Tcp);
            spawn(echo(peer));
            clients.push((client, channel));
        }
        for (index, (_, channel)) in clients.iter().enumerate() {
            channel.send(vec![index as u8; 100_000]).await.unwrap();
        }
        for (index, (_, channel)) in clients.iter().enumerate() {
            let message = within(20, channel.recv()).await;
            assert!(message == Some(Message::from(vec![index as u8; 100_000])), "{index}");
        }
        // The server's last words arrive.
        server.close();
        for (_, channel) in &clients {
            within(10, channel.closed()).await;
        }
    });
}

#[test]
fn junk_from_strangers_reaches_no_peer() {
    run(async {
        let server = Server::bind(loopback()).await.unwrap();
        let (_client, channel, peer) = client(&server).await;
        spawn(echo(peer));
        let stranger = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        for round in 0..20_u8 {
            for junk in [&[][..], &[0; 20], &[0x16; 1200], &[0x17, 0xfe, 0xfd, 0], &[0x80; 2000]] {
                let _full = stranger.send_to(junk, server.local_addresses()[0]);
            }
            channel.send(vec![round; 20_000]).await.unwrap();
            let message = within(10, channel.recv()).await;
            assert!(message == Some(Message::from(vec![round; 20_000])), "message {round}");
        }
    });
}
