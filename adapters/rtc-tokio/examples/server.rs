//! Many peers on one port, all of which hear their own words: `server [peers]`. The clients are in
//! the same process here; elsewhere descriptions go to and fro over your own signalling.

use std::time::Instant;

use rtc_tokio::{
    Config, Configuration, DataChannelInit, Message, PeerConnection, Server, ServerConfig,
    ServerEvent,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let count: usize = std::env::args().nth(1).map_or(Ok(200), |text| text.parse())?;
    let server = Server::bind(ServerConfig::bound_to(["127.0.0.1:0".parse()?])).await?;
    println!("one socket, on {}", server.local_addresses()[0]);

    // Somebody with a description of a peer that has left, or who guesses.
    let told = server.clone();
    tokio::spawn(async move {
        while let Some(event) = told.event().await {
            if let ServerEvent::UnknownBindingRequest { path, local_ufrag, .. } = event {
                println!("{} asks for {local_ufrag}, who is not here", path.remote);
            }
        }
    });

    let start = Instant::now();
    let mut clients = Vec::new();
    for _ in 0..count {
        let client = PeerConnection::new(Config::loopback()).await?;
        let channel = client.create_data_channel("echo", DataChannelInit::default())?;
        client.set_local_description(None)?;
        let offer = client.local_description().ok_or("no offer")?;

        // What a server does with an offer that has come in.
        let peer = server.peer(Configuration::default())?;
        peer.set_remote_description(offer)?;
        peer.set_local_description(None)?;
        let answer = peer.local_description().ok_or("no answer")?;
        tokio::spawn(async move {
            let channel = peer.accept().await?;
            while let Some(message) = channel.recv().await {
                channel.send(message).await.ok()?;
            }
            Some(())
        });

        client.set_remote_description(answer)?;
        channel.opened().await?;
        clients.push((client, channel));
    }
    println!("{} peers after {:?}", server.peer_count(), start.elapsed());

    let start = Instant::now();
    for round in 0..10 {
        for (_, channel) in &clients {
            channel.send(format!("round {round}")).await?;
        }
        for (_, channel) in &clients {
            let echo = channel.recv().await;
            assert_eq!(echo, Some(Message::from(format!("round {round}"))));
        }
    }
    println!("{} messages and their echoes in {:?}", count * 10, start.elapsed());
    server.close();
    Ok(())
}
