//! More than the buffers hold.

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page};
use rtc_tokio::{Config, DataChannel, Message};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use crate::call::{Call, Candidates, PATIENCE, Pair, Side, noise, receive, with_each_browser};

with_each_browser! {
    async fn fifty_megabytes_pass_in_each_direction(page: Page, offerer: Side) {
        let (call, Pair { ours, theirs }) = Call::connected(page, offerer, Candidates::Gathered).await?;
        download(&call, &ours).await?;
        upload(&call, &theirs).await
    }

    async fn several_megabytes_wait_for_their_turn(page: Page, offerer: Side) {
        let (call, Pair { ours, theirs }) = Call::connected(page, offerer, Candidates::Trickled).await?;
        // Both directions at once: the call for more comes when little is left, and not before.
        ours.set_buffered_amount_low_threshold(100_000);
        let from_us = async {
            for _ in 0..64 {
                ours.send(vec![1; 65_536]).await?;
            }
            ensure!(ours.buffered_amount() > 1_000_000, "{} bytes wait", ours.buffered_amount());
            timeout(PATIENCE, ours.buffered_amount_low()).await?;
            ensure!(ours.buffered_amount() <= 100_000);
            Ok(())
        };
        let to_us = async {
            for _ in 0..64 {
                ensure!(receive(&theirs).await?.len() == 65_536);
            }
            Ok(())
        };
        let browser = call.run::<Value>(
            "const theirs = channels.get('theirs'), ours = channels.get('ours');
             theirs.bufferedAmountLowThreshold = 100000;
             for (let i = 0; i < 64; i++) theirs.send(new Uint8Array(65536));
             const before = theirs.bufferedAmount;
             await until(() => theirs.events.includes('bufferedamountlow'));
             const after = theirs.bufferedAmount;
             await until(() => ours.inbox.length === 64);
             return [before > 1000000, after <= 100000, ours.inbox.every(data => data.byteLength === 65536)];",
            Value::Null,
        );
        let (from_us, to_us, browser) = tokio::join!(from_us, to_us, browser);
        from_us?;
        to_us?;
        ensure!(browser? == json!([true, true, true]));
        Ok(())
    }

    /// What nobody reads fills a bounded buffer, stops the other side, and goes on when it is read.
    async fn a_reader_that_pauses_stops_the_browser(page: Page, offerer: Side) {
        let mut config = Config::loopback();
        config.peer.receive_buffer = 512 * 1024;
        let call = Call::with(page, Candidates::Trickled, config, std::sync::Arc::new(|_, sdp| sdp)).await?;
        let Pair { theirs, .. } = call.connect(offerer).await?;
        call.run::<()>(
            "for (let i = 0; i < 64; i++) channels.get('theirs').send(new Uint8Array(65536));",
            Value::Null,
        )
        .await?;
        call.until("full", |pc| {
            let sctp = pc.observe(|core| core.stats(pc.now()).sctp);
            sctp.is_some_and(|sctp| sctp.receive_window <= 64 * 1024)
        })
        .await?;
        let left: usize =
            call.run("return channels.get('theirs').bufferedAmount;", Value::Null).await?;
        ensure!(left >= 2 * 1024 * 1024, "only {left} bytes were held back");
        for _ in 0..64 {
            ensure!(receive(&theirs).await?.len() == 65_536);
        }
        call.run("await until(() => channels.get('theirs').bufferedAmount === 0);", Value::Null).await
    }
}

/// Fifty megabytes from us to the browser.
async fn download(call: &Call, channel: &DataChannel) -> anyhow::Result<()> {
    let bytes = noise(3, MANY);
    let send = async {
        for piece in 0..MANY / PIECE {
            channel.send(bytes.slice(piece * PIECE..(piece + 1) * PIECE)).await?;
        }
        anyhow::Ok(())
    };
    let seen = call.run::<Vec<u8>>(
        "const channel = channels.get(label);
         await until(() => channel.inbox.length === count);
         return await sha256(await new Blob(channel.inbox).arrayBuffer());",
        json!({ "label": channel.label(), "count": MANY / PIECE }),
    );
    let (sent, seen) = tokio::join!(send, seen);
    sent?;
    ensure!(seen? == Sha256::digest(&bytes)[..], "what the browser got is something else");
    Ok(())
}

/// Fifty megabytes from the browser to us.
async fn upload(call: &Call, channel: &DataChannel) -> anyhow::Result<()> {
    let send = call.run::<Vec<u8>>(
        "const channel = channels.get(label);
         const bytes = new Uint8Array(length);
         // No more than this is given out at once.
         for (let i = 0; i < length; i += 65536) crypto.getRandomValues(bytes.subarray(i, i + 65536));
         channel.bufferedAmountLowThreshold = 1 << 20;
         for (let i = 0; i < length; i += piece) {
             await until(() => channel.bufferedAmount <= 4 << 20);
             channel.send(bytes.subarray(i, i + piece));
         }
         return await sha256(bytes);",
        json!({ "label": channel.label(), "length": MANY, "piece": PIECE }),
    );
    let hear = async {
        let mut digest = Sha256::new();
        for _ in 0..MANY / PIECE {
            match receive(channel).await? {
                Message::Binary(bytes) => digest.update(&bytes),
                Message::Text(text) => anyhow::bail!("{text:?}"),
            }
        }
        anyhow::Ok(digest.finalize())
    };
    let (sent, heard) = tokio::join!(send, hear);
    ensure!(sent? == heard?[..], "what we got is something else");
    Ok(())
}

const MANY: usize = 50 * 1_048_576;

const PIECE: usize = 65_536;
