//! RTCP: what each side says of what it has received and sent, and that it leaves.

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page};
use rtc_tokio::{
    Event, PeerConnection,
    rtc_peer::{Delivery, MediaKind},
};
use serde_json::Value;

use crate::call::{
    Setup, Side,
    media::{Wanted, add, all_heard, echoing, transceivers_of},
    with_each_browser,
};

with_each_browser! {
    async fn reports_reach_the_browser_and_its_goodbye_reaches_us(page: Page, offerer: Side) {
        let browser = page.kind();
        let (call, _echo) = echoing(page, Setup::default(), Delivery::Packets).await?;
        for wanted in [Wanted::AUDIO, Wanted::VIDEO] {
            add(&call, offerer, wanted, Delivery::Packets).await?;
        }
        call.negotiate(offerer).await?;
        all_heard(&call, 5, 2).await?;

        // Our receiver reports, with times that make a round trip of them, and our sender reports.
        let seen: Value = call
            .run(
                "return await eventually(
                     async () => (await mediaStats()).map(({ kind, remoteInbound, remoteOutbound }) =>
                         ({ kind, received: remoteInbound[0], sent: remoteOutbound })),
                     all => all.length === 2 && all.every(({ received, sent }) =>
                         received?.roundTripTime !== undefined && sent.packetsSent > 0),
                 );",
                Value::Null,
            )
            .await
            .with_context(|| transceivers_of(&call.pc))?;
        for each in seen.as_array().context("no list")? {
            let (received, sent) = (&each["received"], &each["sent"]);
            println!(
                "{browser}, {offerer:?} offered, {}: round trip {} s, lost {}, jitter {}; we report {} packets sent at {}",
                each["kind"], received["roundTripTime"], received["packetsLost"], received["jitter"],
                sent["packetsSent"], sent["remoteTimestamp"],
            );
            let round_trip = received["roundTripTime"].as_f64().context("no number")?;
            ensure!((0.0..1.0).contains(&round_trip), "{each}");
            ensure!(received["packetsLost"] == 0, "{each}");
            // Our clock is the browser's.
            let (at, now) = (sent["remoteTimestamp"].as_f64(), sent["timestamp"].as_f64());
            if let (Some(at), Some(now)) = (at, now) {
                ensure!((at - now).abs() < 10_000.0, "{each}");
            }
        }

        // A track that comes is unmuted, and muted when its source says goodbye.
        let id = call.pc.observe(|pc| pc.transceivers().find(|its| its.kind() == MediaKind::Video).map(|its| its.id()));
        let id = id.context("no video")?;
        let is_muted = |wanted| move |pc: &PeerConnection| {
            pc.observe(|pc| pc.transceiver(id).is_ok_and(|its| its.receiver().muted() == wanted))
        };
        call.until("unmuted", is_muted(false)).await?;
        if browser == BrowserKind::Firefox {
            // Chromium says goodbye only when an exchange of descriptions has said so before.
            call.run::<()>(
                "pc.getTransceivers().find(({ receiver }) => receiver.track.kind === 'video').stop();",
                Value::Null,
            )
            .await?;
            call.until("muted", is_muted(true)).await?;
        }
        let events = call.events();
        let of_track = events.iter().filter(|event| matches!(event, Event::TrackMuted(its) | Event::TrackUnmuted(its) if *its == id));
        let of_track: Vec<_> = of_track.collect();
        let expected = [&Event::TrackUnmuted(id), &Event::TrackMuted(id)];
        let expected = if browser == BrowserKind::Firefox { &expected[..] } else { &expected[..1] };
        ensure!(of_track == expected, "{of_track:?}");
        Ok(())
    }
}
