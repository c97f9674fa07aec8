//! Two connections in one process: one sends frames, the other forwards their packets back to it.

use std::time::Duration;

use rtc_tokio::{
    Config, Delivery, Event, MediaKind, OutgoingFrame, OutgoingPacket, PeerConnection, Track,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let alice = PeerConnection::new(Config::default()).await?;
    let bob = PeerConnection::new(Config::default()).await?;

    // Alice has a camera, and wants whole frames of what comes back.
    let camera = alice.add_track(Track::new(MediaKind::Video, "camera"), &["stream"])?;
    alice.set_delivery(camera, Delivery::Frames)?;
    // Bob answers with a track of his own, on the same transceiver.
    bob.add_track(Track::new(MediaKind::Video, "mirror"), &["stream"])?;

    alice.set_local_description(None)?;
    alice.gathered().await;
    bob.set_remote_description(alice.local_description().ok_or("no offer")?)?;
    bob.set_local_description(None)?;
    bob.gathered().await;
    alice.set_remote_description(bob.local_description().ok_or("no answer")?)?;
    alice.connected().await?;
    bob.connected().await?;

    // Bob forwards each packet as it comes: nothing is decoded, nothing copied.
    let mirror = bob.clone();
    tokio::spawn(async move {
        while let Some(packet) = mirror.packet().await {
            let forwarded = OutgoingPacket::forward(&packet);
            if let Err(error) = mirror.send_packet(packet.transceiver, &forwarded) {
                eprintln!("not forwarded: {error}");
            }
        }
    });
    // Whoever sees only a part of it asks for a key frame.
    let asked = alice.clone();
    tokio::spawn(async move {
        while let Some(event) = asked.event().await {
            if let Event::KeyFrameRequested { .. } = event {
                println!("a key frame is wanted");
            }
        }
    });

    // Three seconds of pictures of 30 a second, in 90,000ths of a second. What an encoder would
    // give is made up here: VP8's header, of a key frame each time, and no picture.
    let header = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00];
    for number in 0..90_u32 {
        let mut frame = header.to_vec();
        frame.resize(5_000, 0);
        alice.send_frame(camera, &OutgoingFrame::new(number * 3_000, frame.into()))?;
        let next = tokio::time::sleep(Duration::from_millis(33));
        tokio::pin!(next);
        loop {
            tokio::select! {
                () = &mut next => break,
                Some(frame) = alice.frame() => {
                    println!("a frame of {} bytes is back", frame.data.len());
                }
            }
        }
    }
    Ok(())
}
