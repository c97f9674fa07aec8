//! Chromium and Firefox against each other: whatever fails here is not ours, and what passes here
//! and fails against us is.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page, Serving};
use serde_json::{Value, json};

#[tokio::test]
async fn chromium_offers_to_firefox() -> anyhow::Result<()> {
    echo(BrowserKind::Chromium, BrowserKind::Firefox).await
}

#[tokio::test]
async fn firefox_offers_to_chromium() -> anyhow::Result<()> {
    echo(BrowserKind::Firefox, BrowserKind::Chromium).await
}

/// A data channel, offered by one browser: what it sends comes back from the other, text as text and
/// bytes as bytes.
async fn echo(offerer: BrowserKind, answerer: BrowserKind) -> anyhow::Result<()> {
    // Both are asked for before either is started.
    if !(interop::require(offerer)? && interop::require(answerer)?) {
        return Ok(());
    }
    let Some(offerer) = Page::require(offerer).await? else { return Ok(()) };
    let Some(answerer) = Page::require(answerer).await? else { return Ok(()) };
    let start = Instant::now();

    for page in [&offerer, &answerer] {
        page.run::<()>(include_str!("scripts/peer.js"), json!({ "configuration": {} })).await?;
    }
    let _trickle = [trickle(&offerer, &answerer), trickle(&answerer, &offerer)];

    answerer
        .run::<()>(
            "pc.ondatachannel = ({ channel }) => {
                 channel.binaryType = 'arraybuffer';
                 channel.onmessage = ({ data }) => channel.send(data);
             };",
            Value::Null,
        )
        .await?;
    let protocol: String = offerer
        .run(
            "window.channel = pc.createDataChannel('echo', { protocol: 'p' });
             channel.binaryType = 'arraybuffer';
             await describe();
             await fired(channel, 'open', () => channel.readyState === 'open');
             return channel.protocol;",
            Value::Null,
        )
        .await?;
    ensure!(protocol == "p");
    let opened = start.elapsed();

    for sent in [json!("Grüße, 世界"), json!([0, 1, 254, 255])] {
        let back: Value = offerer.run(ECHO, json!({ "data": sent })).await?;
        ensure!(back == sent, "{sent} came back as {back}");
    }
    for page in [&offerer, &answerer] {
        let agreed: Value = page.run("return await agreed();", Value::Null).await?;
        println!("{}: {agreed}", page.kind());
        ensure!(agreed["tls"] == "FEFC", "{} did not agree on DTLS 1.3: {agreed}", page.kind());
    }
    println!("{} to {}: open after {opened:?}", offerer.kind(), answerer.kind());
    Ok(())
}

/// Carries what one page signals to the other, in order.
fn trickle(from: &Page, to: &Page) -> Serving {
    let to = to.clone();
    from.serve("signal", move |message: Value| {
        let to = to.clone();
        async move {
            to.run::<()>("await signal(message);", json!({ "message": message }))
                .await
                .with_context(|| format!("while taking in {message}"))
        }
    })
}

/// Sends a text, or a list of bytes, over `channel`, and returns what comes back as the one or the
/// other.
const ECHO: &str = "
    const back = fired(channel, 'message');
    channel.send(typeof data === 'string' ? data : new Uint8Array(data));
    const echo = (await back).data;
    return typeof echo === 'string' ? echo : Array.from(new Uint8Array(echo));
";
