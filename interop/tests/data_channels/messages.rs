//! Messages of all kinds and sizes.

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page};
use rtc_tokio::{Config, DataChannel, DataChannelInit, Message, SendError};
use serde_json::{Value, json};

use crate::call::{Call, Candidates, Pair, Side, noise, receive, with_each_browser};
use crate::channels::{TAKE_ONE, exchange, open, same_on_both_sides, send_from_browser};

with_each_browser! {
    /// Texts and bytes, empty ones among them, on channels of each kind, opened by each side.
    async fn messages_of_all_kinds_pass_on_channels_of_all_kinds(page: Page, offerer: Side) {
        let (call, _pair) = Call::connected(page, offerer, Candidates::Trickled).await?;
        let inits = [
            json!({}),
            json!({ "ordered": false }),
            json!({ "maxRetransmits": 30 }),
            json!({ "maxRetransmits": 65_535, "ordered": false, "protocol": "Protokoll, 协议" }),
            json!({ "maxPacketLifeTime": 65_535, "protocol": "x".repeat(1000) }),
            json!({ "maxPacketLifeTime": 60_000, "ordered": false }),
        ];
        for (number, init) in inits.iter().enumerate() {
            for opener in [Side::Us, Side::Browser] {
                let label = format!("{number} von {opener:?}, \u{1f600}");
                let channel = open(&call, opener, &label, init).await?;
                same_on_both_sides(&call, &channel, opener, init).await?;
                exchange(&call, &channel).await?;
            }
        }
        Ok(())
    }

    async fn the_largest_messages_arrive_byte_for_byte(page: Page, offerer: Side) {
        let (call, Pair { ours, theirs }) = Call::connected(page, offerer, Candidates::Trickled).await?;
        for (seed, channel) in [(1, &ours), (2, &theirs)] {
            let bytes = noise(seed, LARGEST);
            channel.send(bytes.clone()).await?;
            let seen: Value = call
                .run(TAKE_ONE, json!({ "label": channel.label() }))
                .await?;
            ensure!(seen == json!(&bytes[..]), "bytes from us were changed");
            let bytes = noise(seed + 2, LARGEST);
            send_from_browser(&call, channel, &bytes.clone().into()).await?;
            ensure!(receive(channel).await? == bytes.into(), "bytes from the browser were changed");

            let text: String = "ä€😀x".chars().cycle().take(LARGEST / 10 * 4).collect();
            ensure!((LARGEST - 10..=LARGEST).contains(&text.len()));
            channel.send(text.clone()).await?;
            let seen: String = call.run(TAKE_ONE, json!({ "label": channel.label() })).await?;
            ensure!(seen == text, "text from us was changed");
            send_from_browser(&call, channel, &text.clone().into()).await?;
            ensure!(receive(channel).await? == text.into(), "text from the browser was changed");
        }
        Ok(())
    }

    async fn nobody_sends_more_than_the_other_side_takes(page: Page, offerer: Side) {
        let mut config = Config::loopback();
        config.peer.max_message_size = 100_000;
        // Firefox takes a gigabyte: more than a test should send.
        let munge = |side, sdp: String| match side {
            Side::Us => sdp,
            Side::Browser => with_attribute(&sdp, "max-message-size", "70000"),
        };
        let call = Call::with(page, Candidates::Gathered, config, std::sync::Arc::new(munge)).await?;
        let Pair { ours, theirs } = call.connect(offerer).await?;
        for channel in [&ours, &theirs] {
            let refused = channel.send(vec![7; 70_001]).await;
            ensure!(refused == Err(SendError::TooLarge { limit: 70_000 }), "{refused:?}");
            channel.send(vec![8; 70_000]).await?;
            let length: usize = call
                .run("return (await take(channels.get(label), 1))[0].length;", json!({ "label": channel.label() }))
                .await?;
            ensure!(length == 70_000);
            let thrown: String = call
                .run(
                    "const channel = channels.get(label);
                     let thrown = 'nothing';
                     try { channel.send(new Uint8Array(100001)); } catch (error) { thrown = error.name; }
                     channel.send(new Uint8Array(100000));
                     return thrown;",
                    json!({ "label": channel.label() }),
                )
                .await?;
            ensure!(thrown == "TypeError", "{thrown}");
            ensure!(receive(channel).await?.len() == 100_000);
        }
        let limit: usize = call.run("return pc.sctp.maxMessageSize;", Value::Null).await?;
        ensure!(limit == 100_000);
        Ok(())
    }

    /// Whoever opens a channel need not wait for the acknowledgement (RFC 8832 section 6).
    async fn messages_sent_at_once_arrive_in_order(page: Page, offerer: Side) {
        let (call, _pair) = Call::connected(page, offerer, Candidates::Trickled).await?;
        call.run::<()>(
            "pc.addEventListener('datachannel', ({ channel }) => {
                 for (let i = 0; i < 200; i++) channel.send(`${i}`);
             });",
            Value::Null,
        )
        .await?;
        let expected: Vec<_> = (0..200).map(|number: u32| number.to_string()).collect();
        for number in 0..5 {
            let label = format!("ours {number}");
            let init = DataChannelInit { ordered: number % 2 == 0, ..Default::default() };
            let ours = call.pc.create_data_channel(&label, init)?;
            // The connection is up, so the channel can be used at once.
            for text in &expected {
                ours.send(&**text).await?;
            }
            let mut seen: Vec<String> = call
                .run("await until(() => channels.has(label)); return await take(channels.get(label), 200);", json!({ "label": label }))
                .await?;
            let mut heard = texts(&ours, 200).await?;
            if number % 2 == 1 {
                seen.sort_by_key(|text| text.parse::<u32>().ok());
                heard.sort_by_key(|text| text.parse::<u32>().ok());
            }
            ensure!(seen == expected && heard == expected, "{seen:?} {heard:?}");

            let label = format!("theirs {number}");
            call.run::<()>(
                "const channel = open(label, {});
                 channel.onopen = () => { for (let i = 0; i < 200; i++) channel.send(`${i}`); };",
                json!({ "label": label }),
            )
            .await?;
            let theirs = call.accept(&label).await?;
            for text in &expected {
                theirs.send(&**text).await?;
            }
            ensure!(texts(&theirs, 200).await? == expected);
            let seen: Vec<String> =
                call.run("return await take(channels.get(label), 200);", json!({ "label": label })).await?;
            ensure!(seen == expected, "{seen:?}");
        }
        Ok(())
    }
}

async fn texts(channel: &DataChannel, count: usize) -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    for _ in 0..count {
        match receive(channel).await? {
            Message::Text(text) => texts.push(text),
            Message::Binary(bytes) => anyhow::bail!("{bytes:?}"),
        }
    }
    Ok(texts)
}

/// A description with another value for an attribute.
fn with_attribute(sdp: &str, name: &str, value: &str) -> String {
    let prefix = format!("a={name}:");
    let replace = |line: &str| match line.starts_with(&prefix) {
        true => format!("{prefix}{value}\r\n"),
        false => format!("{line}\r\n"),
    };
    sdp.lines().map(replace).collect()
}

/// What we announce, and Chromium does.
const LARGEST: usize = 262_144;
