//! How fast a data channel is between two connections over the loopback interface:
//! `throughput [message bytes] [megabytes]`.

use std::time::Instant;

use rtc_tokio::{Config, DataChannelInit, PeerConnection};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| arguments.next().map_or(Ok(default), |text| text.parse::<usize>());
    let length = number(65_536)?.max(1);
    let total = number(500)? * 1_000_000;

    let alice = PeerConnection::new(Config::loopback()).await?;
    let bob = PeerConnection::new(Config::loopback()).await?;
    let channel = alice.create_data_channel("throughput", DataChannelInit::default())?;
    alice.set_local_description(None)?;
    bob.set_remote_description(alice.local_description().ok_or("no offer")?)?;
    bob.set_local_description(None)?;
    alice.set_remote_description(bob.local_description().ok_or("no answer")?)?;
    channel.opened().await?;
    let accepted = bob.accept().await.ok_or("no channel")?;

    let start = Instant::now();
    let sender = tokio::spawn(async move {
        let message = bytes::Bytes::from(vec![0x5a; length]);
        for _ in 0..total / length {
            channel.send(message.clone()).await?;
        }
        channel.close();
        channel.closed().await;
        Ok::<_, rtc_tokio::SendError>(())
    });
    let mut received = 0;
    while let Some(message) = accepted.recv().await {
        received += message.len();
    }
    let seconds = start.elapsed().as_secs_f64();
    sender.await??;
    println!("{received} bytes in {seconds:.3} s: {:.1} MB/s", received as f64 / 1e6 / seconds);
    Ok(())
}
