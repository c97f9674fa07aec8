//! Descriptions that ask for more than our stack has, or that somebody has tampered with.

mod call;

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use call::{Call, Candidates, PATIENCE, Pair, Setup, Side, receive, with_each_browser};
use interop::{BrowserKind, Page};
use rtc_tokio::{
    Config, ConnectError, ConnectionState, DataChannel, DataChannelState, Event, PeerConnection,
    SignalingState,
};
use serde_json::{Value, json};
use tokio::time::timeout;

with_each_browser! {
    /// A browser offers camera, microphone and data, first or later: we want only the data.
    async fn media_is_declined_and_data_is_not(page: Page, offerer: Side) {
        let page_kind = page.kind();
        let prepare = Arc::new(|pc: &PeerConnection| {
            pc.change(|core, _| {
                let all: Vec<_> = core.transceivers().map(|its| its.id()).collect();
                all.into_iter().try_for_each(|id| Ok(core.transceiver_mut(id)?.stop()?))
            })
        });
        let call = Call::set_up(page, Setup { prepare, ..Setup::default() }).await?;
        let add_media = "
            const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
            for (const track of stream.getTracks()) pc.addTrack(track, stream);
        ";
        let Pair { ours, theirs } = match offerer {
            // Media takes the first m-sections.
            Side::Browser => {
                call.run::<()>(add_media, Value::Null).await?;
                call.connect(Side::Browser).await?
            }
            Side::Us => {
                let pair = call.connect(Side::Us).await?;
                call.run::<()>(add_media, Value::Null).await?;
                call.negotiate(Side::Browser).await?;
                pair
            }
        };
        call.both_are(ConnectionState::Connected).await?;
        let seen: Value = call
            .run(
                "return [pc.getTransceivers().map(({ currentDirection, receiver }) =>
                     [receiver.track.kind, currentDirection]),
                     pc.remoteDescription.sdp];",
                Value::Null,
            )
            .await?;
        let transceivers = seen[0].as_array().context("no list")?;
        // Chromium has forgotten the transceivers of rejected m-sections, Firefox still shows them.
        let expected = if page_kind == BrowserKind::Chromium { 0 } else { 2 };
        ensure!(transceivers.len() == expected, "{seen}");
        for transceiver in transceivers {
            ensure!(transceiver[1] == "stopped" || transceiver[1].is_null(), "{seen}");
        }
        let sdp = seen[1].as_str().context("no text")?;
        for kind in ["audio", "video"] {
            ensure!(sdp.contains(&format!("m={kind} 0 ")), "{sdp}");
        }
        for channel in [&ours, &theirs] {
            echo(&call, channel).await?;
        }
        // The rejected sections stay where they are through offers of either side.
        for side in [Side::Us, Side::Browser] {
            call.negotiate(side).await.with_context(|| format!("offered by {side:?}"))?;
            for channel in [&ours, &theirs] {
                echo(&call, channel).await?;
            }
        }
        Ok(())
    }

    /// Our description has the fingerprint of somebody else: the browser must not believe us.
    async fn the_browser_refuses_a_certificate_that_was_not_announced(page: Page, offerer: Side) {
        let call = tampered(page, Side::Us).await?;
        let ours = start(&call, offerer).await?;
        call.browser_is(ConnectionState::Failed).await?;
        // An alert before there are keys proves nothing, so our side may still be waiting.
        let state = call.pc.connection_state();
        ensure!(matches!(state, ConnectionState::Connecting | ConnectionState::Failed), "{state}");
        ensure!(ours.ready_state() != DataChannelState::Open, "{ours:?}");
        ensure!(call.run::<String>("return channels.get('theirs').readyState;", Value::Null).await? != "open");
        Ok(())
    }

    /// The browser's description has the fingerprint of somebody else: we must not believe it.
    async fn we_refuse_a_certificate_that_was_not_announced(page: Page, offerer: Side) {
        let call = tampered(page, Side::Browser).await?;
        let ours = start(&call, offerer).await?;
        let outcome = timeout(PATIENCE, call.pc.connected()).await?;
        ensure!(outcome == Err(ConnectError::Failed), "{outcome:?}");
        ensure!(ours.ready_state() != DataChannelState::Open, "{ours:?}");
        let connected = Event::ConnectionStateChange(ConnectionState::Connected);
        ensure!(!call.events().contains(&connected), "{:?}", call.events());
        ensure!(call.run::<String>("return channels.get('theirs').readyState;", Value::Null).await? != "open");
        Ok(())
    }
}

/// A call in which the fingerprints of one side are changed on their way.
async fn tampered(page: Page, of: Side) -> anyhow::Result<Call> {
    let munge = move |side, sdp: String| match side == of {
        true => sdp.lines().map(|line| format!("{}\r\n", other_fingerprint(line))).collect(),
        false => sdp,
    };
    Call::with(page, Candidates::Gathered, Config::loopback(), Arc::new(munge)).await
}

/// The line, with another first byte of the digest if it is a fingerprint.
fn other_fingerprint(line: &str) -> String {
    let Some(digest) = line.strip_prefix("a=fingerprint:sha-256 ") else { return line.into() };
    let first = if digest.starts_with("00") { "01" } else { "00" };
    format!("a=fingerprint:sha-256 {first}{}", &digest[2..])
}

/// Negotiates, with a channel of each side that waits to be opened.
async fn start(call: &Call, offerer: Side) -> anyhow::Result<DataChannel> {
    let ours = call.pc.create_data_channel("ours", Default::default())?;
    call.run::<()>("open('theirs');", Value::Null).await?;
    call.negotiate(offerer).await?;
    ensure!(call.pc.signaling_state() == SignalingState::Stable);
    Ok(ours)
}

/// A message from us, and one to us.
async fn echo(call: &Call, channel: &DataChannel) -> anyhow::Result<()> {
    channel.send("to and").await?;
    let seen: Value = call
        .run(
            "const channel = channels.get(label);
             channel.send('fro');
             return await take(channel, 1);",
            json!({ "label": channel.label() }),
        )
        .await?;
    ensure!(seen == json!(["to and"]), "{seen}");
    ensure!(receive(channel).await? == "fro".into());
    Ok(())
}
