//! What the tests do with channels on both sides.

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use interop::BrowserKind;
use rtc_tokio::rtc_peer::Priority;
use rtc_tokio::{DataChannel, DataChannelInit, Message};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::call::{Call, PATIENCE, Side, noise, receive, to_json};

/// Opens a channel from one side, and waits until it is open on both.
pub(crate) async fn open(
    call: &Call,
    opener: Side,
    label: &str,
    init: &Value,
) -> anyhow::Result<DataChannel> {
    let args = json!({ "label": label, "init": init });
    let channel = match opener {
        Side::Us => call.pc.create_data_channel(label, to_init(init))?,
        Side::Browser => {
            call.run::<()>("open(label, init);", &args).await?;
            call.accept(label).await?
        }
    };
    timeout(PATIENCE, channel.opened()).await.with_context(|| format!("{channel:?}"))??;
    call.run::<()>("await opened(label);", &args).await?;
    Ok(channel)
}

/// What a page calls by the same names.
pub(crate) fn to_init(init: &Value) -> DataChannelInit {
    let number = |name| init[name].as_u64().and_then(|number| u16::try_from(number).ok());
    DataChannelInit {
        ordered: init["ordered"].as_bool().unwrap_or(true),
        max_packet_life_time: number("maxPacketLifeTime"),
        max_retransmits: number("maxRetransmits"),
        protocol: init["protocol"].as_str().unwrap_or_default().into(),
        ..Default::default()
    }
}

/// Whether both sides see the channel as it was asked for.
pub(crate) async fn same_on_both_sides(
    call: &Call,
    channel: &DataChannel,
    opener: Side,
    init: &Value,
) -> anyhow::Result<()> {
    let args = json!({ "label": channel.label() });
    let seen: Value = call.run("return describeChannel(channels.get(label));", args).await?;
    let (ours, priority) = channel
        .observe(|channel| {
            let ours = json!({
                "label": channel.label(),
                "protocol": channel.protocol(),
                "ordered": channel.ordered(),
                "maxRetransmits": channel.max_retransmits(),
                "maxPacketLifeTime": channel.max_packet_life_time(),
                "negotiated": channel.negotiated(),
                "id": channel.id(),
            });
            (ours, channel.priority())
        })
        .context("forgotten")?;
    ensure!(seen == ours, "{seen} {ours}");
    // Firefox announces a priority of 0.
    let expected = match (opener, call.page.kind()) {
        (Side::Browser, BrowserKind::Firefox) => Priority::VeryLow,
        _ => Priority::Low,
    };
    ensure!(priority == expected, "{priority:?}");
    for (name, value) in init.as_object().context("no object")? {
        ensure!(ours[name] == *value, "{name} is {} and not {value}", ours[name]);
    }
    Ok(())
}

/// Messages of all kinds go both ways.
pub(crate) async fn exchange(call: &Call, channel: &DataChannel) -> anyhow::Result<()> {
    let messages = [
        Message::from("Grüße, 世界 \u{1f600}\u{0}"),
        Message::from(""),
        Message::from(Bytes::from_static(&[0, 1, 254, 255])),
        Message::from(Bytes::new()),
        Message::from(noise(9, 5000)),
        Message::from("e"),
    ];
    for message in &messages {
        channel.send(message.clone()).await?;
    }
    let args = json!({ "label": channel.label(), "count": messages.len() });
    let mut seen: Vec<Value> =
        call.run("return await take(channels.get(label), count);", args).await?;
    let mut expected: Vec<Value> = messages.iter().map(to_json).collect();
    for message in &messages {
        send_from_browser(call, channel, message).await?;
    }
    let mut heard = Vec::new();
    for _ in &messages {
        heard.push(to_json(&receive(channel).await?));
    }
    if channel.observe(|channel| channel.ordered()) == Some(false) {
        for list in [&mut seen, &mut heard, &mut expected] {
            list.sort_by_key(Value::to_string);
        }
    }
    ensure!(seen == expected, "the browser saw {seen:?}");
    ensure!(heard == expected, "we saw {heard:?}");
    Ok(())
}

pub(crate) async fn send_from_browser(
    call: &Call,
    channel: &DataChannel,
    message: &Message,
) -> anyhow::Result<()> {
    let args = json!({ "label": channel.label(), "data": to_json(message) });
    call.run("channels.get(label).send(fromJson(data));", args).await
}

pub(crate) async fn closed(channel: &DataChannel) -> anyhow::Result<()> {
    timeout(PATIENCE, channel.closed()).await.with_context(|| format!("{channel:?} never closed"))
}

pub(crate) const TAKE_ONE: &str = "return (await take(channels.get(label), 1))[0];";
