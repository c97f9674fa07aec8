//! Chromium and Firefox against each other: whatever fails here is not ours, and what passes here
//! and fails against us is.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use interop::{Browser, BrowserKind, Launch, Page, Serving};
use serde_json::{Value, json};

#[tokio::test]
async fn data_from_chromium_to_firefox_comes_back() -> anyhow::Result<()> {
    let Some([chromium, firefox]) = both().await? else { return Ok(()) };
    echo(&chromium, &firefox, DTLS_1_3).await
}

#[tokio::test]
async fn data_from_firefox_to_chromium_comes_back() -> anyhow::Result<()> {
    let Some([chromium, firefox]) = both().await? else { return Ok(()) };
    echo(&firefox, &chromium, DTLS_1_3).await
}

#[tokio::test]
async fn a_browser_without_dtls_1_3_is_met_at_1_2() -> anyhow::Result<()> {
    let Some([chromium, _]) = both().await? else { return Ok(()) };
    let launch = Launch::new(BrowserKind::Firefox);
    let launch = launch.preference("media.peerconnection.dtls.version.max", 0x0303);
    let old = Browser::launch_with(&launch).await?;
    echo(&chromium, &old.page().await?, DTLS_1_2).await?;
    let chromium = Browser::shared(BrowserKind::Chromium).await?.page().await?;
    echo(&old.page().await?, &chromium, DTLS_1_2).await
}

#[tokio::test]
async fn camera_and_microphone_of_chromium_and_firefox_meet() -> anyhow::Result<()> {
    let Some([chromium, firefox]) = both().await? else { return Ok(()) };
    media(&chromium, &firefox).await
}

#[tokio::test]
async fn camera_and_microphone_of_firefox_and_chromium_meet() -> anyhow::Result<()> {
    let Some([chromium, firefox]) = both().await? else { return Ok(()) };
    media(&firefox, &chromium).await
}

/// A page in each browser; both are asked for before either is started.
async fn both() -> anyhow::Result<Option<[Page; 2]>> {
    if !(interop::require(BrowserKind::Chromium)? && interop::require(BrowserKind::Firefox)?) {
        return Ok(None);
    }
    let chromium = Page::require(BrowserKind::Chromium).await?;
    Ok(chromium.zip(Page::require(BrowserKind::Firefox).await?).map(<[Page; 2]>::from))
}

/// A data channel, offered by one browser: what it sends comes back from the other, text as text and
/// bytes as bytes.
async fn echo(offerer: &Page, answerer: &Page, tls: &str) -> anyhow::Result<()> {
    let start = Instant::now();
    let _signalling = introduce(offerer, answerer).await?;
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
    println!("{} to {}: open after {:?}", offerer.kind(), answerer.kind(), start.elapsed());

    for sent in [json!("Grüße, 世界"), json!([0, 1, 254, 255])] {
        let back: Value = offerer.run(ECHO, json!({ "data": sent })).await?;
        ensure!(back == sent, "{sent} came back as {back}");
    }
    for page in [offerer, answerer] {
        let transport: Value = page.run("return await transport();", Value::Null).await?;
        ensure!(transport["tlsVersion"] == tls, "in {}: {transport}", page.kind());
    }
    Ok(())
}

/// Both browsers send their fake camera and microphone, and both play what they receive.
async fn media(offerer: &Page, answerer: &Page) -> anyhow::Result<()> {
    let start = Instant::now();
    let _signalling = introduce(offerer, answerer).await?;
    for page in [answerer, offerer] {
        page.run::<()>(
            "const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
             for (const track of stream.getTracks()) pc.addTrack(track, stream);",
            Value::Null,
        )
        .await?;
    }
    offerer.run::<()>("await describe();", Value::Null).await?;
    for page in [offerer, answerer] {
        let played: Value = page.run("return await played(10, 0.001);", Value::Null).await?;
        println!("{} played {played} after {:?}", page.kind(), start.elapsed());
        let transport: Value = page.run("return await transport();", Value::Null).await?;
        ensure!(transport["srtpCipher"].is_string(), "in {}: {transport}", page.kind());
    }
    Ok(())
}

/// Gives each page a peer connection, and carries what either signals to the other, in order.
async fn introduce(offerer: &Page, answerer: &Page) -> anyhow::Result<[Serving; 2]> {
    for page in [offerer, answerer] {
        page.run::<()>(include_str!("scripts/peer.js"), json!({ "configuration": {} })).await?;
    }
    let carry = |from: &Page, to: &Page| {
        let to = to.clone();
        from.serve("signal", move |message: Value| {
            let to = to.clone();
            async move {
                to.run::<()>("await signal(message);", json!({ "message": message }))
                    .await
                    .with_context(|| format!("while taking in {message}"))
            }
        })
    };
    Ok([carry(offerer, answerer), carry(answerer, offerer)])
}

/// Sends a text, or a list of bytes, over `channel`, and returns what comes back as the one or the
/// other.
const ECHO: &str = "
    const back = fired(channel, 'message');
    channel.send(typeof data === 'string' ? data : new Uint8Array(data));
    const echo = (await back).data;
    return typeof echo === 'string' ? echo : Array.from(new Uint8Array(echo));
";

/// The versions as the statistics write them: the wire's numbers.
const DTLS_1_2: &str = "FEFD";
const DTLS_1_3: &str = "FEFC";
