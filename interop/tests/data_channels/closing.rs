//! Channels and connections that are closed, by either side.

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page};
use rtc_tokio::{DataChannelState, SendError};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::call::{Call, Candidates, PATIENCE, Pair, Side, receive, with_each_browser};
use crate::channels::{closed, exchange, open, send_from_browser};

with_each_browser! {
    /// Ten batches of fifty channels from each side; each carries a message to and fro.
    async fn a_thousand_channels_come_and_go_and_ids_are_used_again(page: Page, offerer: Side) {
        let (call, _pair) = Call::connected(page, offerer, Candidates::Gathered).await?;
        call.run::<()>("pc.addEventListener('datachannel', ({ channel }) => { channel.echoes = true; });", Value::Null).await?;
        let mut ids = std::collections::BTreeSet::new();
        for batch in 0..10 {
            let mut channels = Vec::new();
            for number in 0..50 {
                channels.push(call.pc.create_data_channel(format!("o{batch}.{number}"), Default::default())?);
            }
            let opened = call.run::<()>(
                "const all = Array.from({ length: 50 }, (_, i) => open(`t${batch}.${i}`));
                 await until(() => all.every(channel => channel.readyState === 'open'));
                 all.forEach(channel => channel.send(channel.label));",
                json!({ "batch": batch }),
            );
            let accepted = async {
                let mut accepted = Vec::new();
                for _ in 0..50 {
                    accepted.push(timeout(PATIENCE, call.pc.accept()).await?.context("closed")?);
                }
                anyhow::Ok(accepted)
            };
            let (opened, accepted) = tokio::join!(opened, accepted);
            opened?;
            let accepted = accepted.with_context(|| format!("in batch {batch}"))?;
            for channel in &channels {
                channel.opened().await?;
                channel.send(channel.label()).await?;
            }
            for channel in channels.iter().chain(&accepted) {
                let back = receive(channel).await?;
                ensure!(back == channel.label().into(), "{back:?} on {channel:?}");
                ids.extend(channel.id());
            }
            // Of each side's channels one half is closed from here, the other from there.
            for channel in channels.iter().chain(&accepted).step_by(2) {
                channel.close();
            }
            call.run::<()>(
                "const batches = [...channels.values()].filter(({ label }) => /^[ot]\\d/.test(label));
                 for (const channel of batches) if (Number(channel.label.split('.')[1]) % 2 === 1) channel.close();
                 await until(() => batches.every(channel => channel.readyState === 'closed'));
                 for (const channel of batches) channels.delete(channel.label);",
                Value::Null,
            )
            .await?;
            for channel in channels.iter().chain(&accepted) {
                closed(channel).await.with_context(|| format!("in batch {batch}"))?;
            }
        }
        // Chromium and Firefox free an id a moment after the close is told.
        ensure!(ids.len() <= 300, "{} ids were used", ids.len());
        let stats = call.pc.observe(|pc| pc.stats(call.pc.now()));
        let connection = stats.peer_connection.context("no statistics of the connection")?;
        ensure!(connection.data_channels_opened == 1002);
        ensure!(connection.data_channels_closed == 1000);
        Ok(())
    }

    async fn a_channel_that_one_side_closes_is_closed_on_the_other(page: Page, offerer: Side) {
        let (call, _pair) = Call::connected(page, offerer, Candidates::Trickled).await?;
        for opener in [Side::Us, Side::Browser] {
            for closer in [Side::Us, Side::Browser] {
                let label = format!("{opener:?} {closer:?}");
                let channel = open(&call, opener, &label, &json!({})).await?;
                // What was sent before the close still arrives.
                match closer {
                    Side::Us => {
                        channel.send("last words").await?;
                        channel.close();
                        ensure!(channel.ready_state() == DataChannelState::Closing);
                        ensure!(channel.send("too late").await == Err(SendError::NotOpen));
                    }
                    Side::Browser => {
                        send_from_browser(&call, &channel, &"last words".into()).await?;
                        call.run::<()>("channels.get(label).close();", json!({ "label": label })).await?;
                        ensure!(receive(&channel).await? == "last words".into());
                        ensure!(timeout(PATIENCE, channel.recv()).await? == None);
                    }
                }
                closed(&channel).await?;
                let record: Value = call
                    .run(
                        "const channel = channels.get(label);
                         await until(() => channel.events.includes('close'));
                         const events = channel.events.filter(name => name !== 'bufferedamountlow');
                         return [events, channel.inbox, channel.readyState];",
                        json!({ "label": label }),
                    )
                    .await?;
                let expected = match closer {
                    Side::Us => json!([["open", "closing", "close"], ["last words"], "closed"]),
                    Side::Browser => json!([["open", "close"], [], "closed"]),
                };
                ensure!(record == expected, "{label}: {record}");
            }
        }
        Ok(())
    }

    async fn a_handle_that_is_dropped_closes_its_channel(page: Page, offerer: Side) {
        let (call, Pair { ours, theirs }) = Call::connected(page, offerer, Candidates::Gathered).await?;
        drop(ours);
        call.run::<()>("await until(() => channels.get('ours').readyState === 'closed');", Value::Null).await?;
        exchange(&call, &theirs).await?;
        drop(theirs);
        call.run("await until(() => channels.get('theirs').readyState === 'closed');", Value::Null).await
    }

    async fn the_browsers_close_closes_everything(page: Page, offerer: Side) {
        let (call, Pair { ours, theirs }) = Call::connected(page, offerer, Candidates::Trickled).await?;
        call.run::<()>("pc.close();", Value::Null).await?;
        for channel in [&ours, &theirs] {
            ensure!(timeout(PATIENCE, channel.recv()).await? == None);
            closed(channel).await?;
        }
        Ok(())
    }

    async fn our_close_closes_everything(page: Page, offerer: Side) {
        let (call, Pair { ours, theirs }) = Call::connected(page, offerer, Candidates::Trickled).await?;
        call.pc.close();
        ensure!(ours.ready_state() == DataChannelState::Closed);
        ensure!(theirs.recv().await == None);
        call.run(ALL_CLOSED, Value::Null).await
    }

    async fn our_last_handle_closes_everything(page: Page, offerer: Side) {
        let (call, pair) = Call::connected(page.clone(), offerer, Candidates::Gathered).await?;
        drop((call, pair));
        page.run_within::<()>(PATIENCE, ALL_CLOSED, Value::Null).await?;
        Ok(())
    }
}

const ALL_CLOSED: &str = "
    await until(() => ['ours', 'theirs'].every(label => channels.get(label).readyState === 'closed'));
";
