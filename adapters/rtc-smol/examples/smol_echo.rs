//! Two connections in one process: one says a word, the other says it back.

use rtc_smol::{Config, DataChannelInit, PeerConnection};

fn main() -> Result<(), Box<dyn core::error::Error>> {
    smol::block_on(async {
        let alice = PeerConnection::new(Config::default()).await?;
        let bob = PeerConnection::new(Config::default()).await?;

        // Bob accepts a channel and sends back what arrives on it.
        let echo = bob.clone();
        let echoing = smol::spawn(async move {
            let channel = echo.accept().await?;
            while let Some(message) = channel.recv().await {
                channel.send(message).await.ok()?;
            }
            Some(())
        });

        // Alice wants a channel; the descriptions go to and fro over your own signalling.
        let channel = alice.create_data_channel("echo", DataChannelInit::default())?;
        alice.set_local_description(None)?;
        alice.gathered().await;
        bob.set_remote_description(alice.local_description().ok_or("no offer")?)?;
        bob.set_local_description(None)?;
        bob.gathered().await;
        alice.set_remote_description(bob.local_description().ok_or("no answer")?)?;

        channel.opened().await?;
        channel.send("Is there anybody out there?").await?;
        println!("{:?}", channel.recv().await);
        echoing.cancel().await;
        Ok(())
    })
}
