//! Every codec that the browser's build has comes back to it, and is decoded.

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page};
use rtc_tokio::rtc_peer::{Delivery, MediaKind};

use crate::call::{
    Setup, Side,
    media::{Wanted, add, all_heard, built_in, echoing},
    with_each_browser,
};

with_each_browser! {
    async fn what_a_browser_sends_comes_back_packet_by_packet(page: Page, offerer: Side) {
        echo(page, offerer, Delivery::Packets).await
    }

    async fn what_a_browser_sends_comes_back_frame_by_frame(page: Page, offerer: Side) {
        echo(page, offerer, Delivery::Frames).await
    }
}

/// A transceiver for each codec, all in one connection.
async fn echo(page: Page, offerer: Side, delivery: Delivery) -> anyhow::Result<()> {
    let browser = page.kind();
    let (call, echo) = echoing(page, Setup::default(), delivery).await?;
    let videos = built_in(&call, MediaKind::Video, &["VP8", "VP9", "H264"]).await?;
    ensure!(videos.contains(&"VP8") && videos.contains(&"VP9"), "{videos:?}");
    let wanted: Vec<_> = videos.into_iter().map(Wanted::video).chain([Wanted::AUDIO]).collect();
    for each in &wanted {
        add(&call, offerer, *each, delivery).await?;
    }
    call.negotiate(offerer).await?;
    let heard = all_heard(&call, FRAMES, wanted.len()).await;
    let heard = heard.with_context(|| format!("{:?}", echo.counts().refused))?;
    for (wanted, heard) in wanted.iter().zip(&heard) {
        let codec = wanted.codec.unwrap_or_default();
        println!(
            "{browser}, {offerer:?} offered, {delivery:?}, {codec}: {} frames decoded, {} packets, energy {:.4}, \
             {} lost, {} dropped, {} PLI",
            heard.frames, heard.packets, heard.energy, heard.lost, heard.dropped, heard.plis
        );
        let mime = heard.codec.as_deref().unwrap_or_default();
        let is_codec = mime.split('/').nth(1).is_some_and(|name| name.eq_ignore_ascii_case(codec));
        ensure!(is_codec, "{codec} came as {heard:?}");
    }
    let counts = echo.counts();
    println!(
        "    we sent back {} of {} frames and {} streams of packets, refused: {:?}",
        counts.sent,
        counts.frames,
        counts.streams.len(),
        counts.refused
    );
    match delivery {
        Delivery::Packets => ensure!(counts.frames == 0 && counts.streams.len() == wanted.len()),
        Delivery::Frames => {
            ensure!(counts.streams.is_empty() && counts.frames > u64::from(FRAMES));
            // One at least of each video; all of audio.
            ensure!(counts.key_frames >= wanted.len() as u64, "{counts:?}");
        }
    }
    Ok(())
}

/// How many frames the browser has to decode of each video.
const FRAMES: u32 = 20;
