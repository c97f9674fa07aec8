//! Losses that our adapter makes in both directions are repaired by what was negotiated for it.

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page};
use rtc_tokio::{
    Config, Impairment,
    rtc_peer::{Delivery, MediaKind},
};
use serde::Deserialize;
use serde_json::json;

use crate::call::{
    Setup, Side,
    media::{Wanted, add, all_heard, echoing},
    with_each_browser,
};

with_each_browser! {
    async fn losses_are_repaired_by_retransmissions_in_a_format_of_their_own(page: Page, offerer: Side) {
        repair(page, offerer, true).await
    }

    /// Then the browser sends again under the old number. We do not, for SRTP's sake, so what we
    /// send is not lost here.
    async fn a_browsers_losses_are_repaired_without_that_format(page: Page, offerer: Side) {
        repair(page, offerer, false).await
    }
}

/// What the browser says of one video.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "all of it is printed")]
struct Seen {
    /// Packets that the browser asked us for again, and got in an RTX stream.
    asked: u64,
    repaired: u64,
    lost: i64,
    received: u64,
    decoded: u64,
    freezes: u64,
    /// Packets that we asked the browser for again, and that it sent again.
    asked_for: u64,
    resent: u64,
    sent: u64,
}

async fn repair(page: Page, offerer: Side, rtx: bool) -> anyhow::Result<()> {
    let browser = page.kind();
    let mut config = Config::loopback();
    let mut impairment = Impairment::loss(0.05, 5);
    if !rtx {
        impairment.loss_out = 0.0;
    }
    config.impairment = Some(impairment);
    let setup = Setup { config, ..Setup::default() };
    let (call, echo) = echoing(page, setup, Delivery::Packets).await?;
    add(&call, offerer, Wanted { rtx, ..Wanted::VIDEO }, Delivery::Packets).await?;
    add(&call, offerer, Wanted::AUDIO, Delivery::Packets).await?;
    call.negotiate(offerer).await?;
    let sdp = call.pc.local_description().context("was set")?.sdp;
    ensure!(sdp.contains(" rtx/90000") == rtx, "{sdp}");

    all_heard(&call, 20, 2).await?;
    let seen: Seen = call
        .run(REPAIRS, json!({ "least": if rtx { 5 } else { 0 } }))
        .await
        .with_context(|| format!("{:?}", echo.counts().refused))?;
    let counts = echo.counts();
    let is_video = |id| {
        let kind = call.pc.observe(|pc| pc.transceiver(id).map(|its| its.kind()));
        kind == Ok(MediaKind::Video)
    };
    let mut streams = counts.streams.values();
    let video = streams.find(|stream| stream.transceiver.is_some_and(is_video));
    let video = video.context("no video came")?;
    let (missing, came) = (video.missing(), video.indices.len());
    let retransmitted = video.retransmissions;
    println!(
        "{browser}, {offerer:?} offered, RTX {rtx}: {seen:?}; of the browser's video {came} came, {retransmitted} of them as RTX, {missing} never; refused {:?}",
        counts.refused
    );
    ensure!(seen.resent > 0, "{seen:?}");
    // Firefox does not tell what came in an RTX stream.
    if browser == BrowserKind::Chromium {
        ensure!((seen.repaired > 0) == rtx, "{seen:?}");
    }
    ensure!((retransmitted > 0) == rtx, "{retransmitted}");
    // One in twenty was lost; of those, hardly any for good, the last may be on their way. Under
    // the old number Firefox sends again only some of what it is asked for.
    let bearable = if rtx { came as u64 + 300 } else { 3 * came as u64 };
    ensure!(missing * 100 <= bearable, "{missing} of {came} are missing");
    ensure!(seen.freezes <= 2, "{seen:?}");
    // The sound, which nothing repairs, goes on too.
    all_heard(&call, seen.decoded.try_into()?, 2).await?;
    Ok(())
}

const REPAIRS: &str = "
const look = async () => {
    const { inbound, outbound } = (await mediaStats()).find(({ kind }) => kind === 'video');
    return {
        asked: inbound.nackCount ?? 0,
        repaired: inbound.retransmittedPacketsReceived ?? 0,
        lost: inbound.packetsLost ?? 0,
        received: inbound.packetsReceived ?? 0,
        decoded: inbound.framesDecoded ?? 0,
        freezes: inbound.freezeCount ?? 0,
        asked_for: outbound[0]?.nackCount ?? 0,
        resent: outbound[0]?.retransmittedPacketsSent ?? 0,
        sent: outbound[0]?.packetsSent ?? 0,
    };
};
return await eventually(look, its => its.asked >= least && its.asked_for > 4 && its.decoded >= 75);
";
