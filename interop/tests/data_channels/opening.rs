//! Channels that are opened: their members, ids and statistics.

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page};
use rtc_tokio::DataChannelInit;
use serde_json::{Value, json};

use crate::call::{Call, Candidates, Pair, Side, receive, with_each_browser};
use crate::channels::{closed, exchange, open, same_on_both_sides, send_from_browser};

with_each_browser! {
    /// What no message needs to be sent for: limits of zero, and labels at the edges.
    async fn every_member_of_init_is_seen_by_the_other_side(page: Page, offerer: Side) {
        let (call, _pair) = Call::connected(page, offerer, Candidates::Gathered).await?;
        for opener in [Side::Us, Side::Browser] {
            for (label, init) in [
                (String::new(), json!({ "maxRetransmits": 0 })),
                ("\u{0}\n".into(), json!({ "maxPacketLifeTime": 0, "protocol": "p" })),
                ("x".repeat(60_000), json!({ "ordered": false, "maxPacketLifeTime": 1 })),
            ] {
                let channel = open(&call, opener, &label, &init).await?;
                same_on_both_sides(&call, &channel, opener, &init).await?;
                // Labels name channels in the page; each is used twice.
                channel.close();
                closed(&channel).await?;
            }
        }
        Ok(())
    }

    async fn negotiated_channels_need_no_announcement(page: Page, offerer: Side) {
        let call = Call::new(page, Candidates::Trickled).await?;
        let agreed = |id| DataChannelInit { negotiated: true, id: Some(id), ..Default::default() };
        let mut channels = Vec::new();
        for id in [0, 5, 1000] {
            channels.push(call.pc.create_data_channel(id.to_string(), agreed(id))?);
            let init = json!({ "id": id, "init": { "negotiated": true, "id": id } });
            call.run::<()>("open(`${id}`, init);", init).await?;
        }
        let Pair { ours, theirs } = call.connect(offerer).await?;
        for channel in &channels {
            channel.opened().await?;
            call.run::<Value>("return describeChannel(await opened(label));", json!({ "label": channel.label() })).await?;
            exchange(&call, channel).await?;
        }
        // Those that were negotiated are out of the way of those that were not.
        for id in [ours.id(), theirs.id()] {
            ensure!(id.is_some_and(|id| ![0, 5, 1000].contains(&id)), "{id:?}");
        }
        Ok(())
    }

    /// The DTLS client opens even streams, the server odd ones (RFC 8832 section 6).
    async fn ids_are_even_for_the_client_and_odd_for_the_server(page: Page, offerer: Side) {
        let (call, Pair { ours, theirs }) = Call::connected(page, offerer, Candidates::Gathered).await?;
        let we_are_client = offerer == Side::Browser;
        let mut ids = vec![(Side::Us, ours.id()), (Side::Browser, theirs.id())];
        let mut channels = Vec::new();
        for number in 0..6 {
            for opener in [Side::Browser, Side::Us] {
                let channel = open(&call, opener, &format!("{opener:?} {number}"), &json!({})).await?;
                ids.push((opener, channel.id()));
                channels.push(channel);
            }
        }
        for (opener, id) in ids {
            let id = id.context("no id")?;
            let by_client = (opener == Side::Us) == we_are_client;
            ensure!((id % 2 == 0) == by_client, "{opener:?} took {id}");
        }
        Ok(())
    }

    async fn statistics_agree(page: Page, offerer: Side) {
        let (call, Pair { ours, theirs }) = Call::connected(page, offerer, Candidates::Trickled).await?;
        for (channel, count) in [(&ours, 3), (&theirs, 5)] {
            for number in 0..count {
                channel.send(vec![0; 100 * number]).await?;
                let text = "a".repeat(10 * number);
                send_from_browser(&call, channel, &text.into()).await?;
                receive(channel).await?;
            }
            let label = json!({ "label": channel.label(), "count": count });
            call.run::<Value>("return await take(channels.get(label), count);", label.clone()).await?;
            let seen: Value = call
                .run("for (;;) {
                         const report = (await stats('data-channel')).find(report => report.label === label);
                         if (report.messagesSent === count && report.messagesReceived === count) return report;
                         // Chromium shows the same figures for 50 ms.
                         await new Promise(resolve => setTimeout(resolve, 20));
                     }", label)
                .await?;
            let our = channel.observe(|channel| {
                json!([
                    channel.messages_received(), channel.bytes_received(),
                    channel.messages_sent(), channel.bytes_sent(),
                    channel.id(), channel.ready_state().as_str(), channel.protocol(),
                ])
            });
            let its = ["messagesSent", "bytesSent", "messagesReceived", "bytesReceived",
                "dataChannelIdentifier", "state", "protocol"].map(|name| seen[name].clone());
            ensure!(our == Some(json!(its)), "{our:?} {seen}");
        }
        Ok(())
    }
}
