//! Browsers over TCP alone: our listener, their active candidates.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page};
use rtc_core::Protocol;
use rtc_tokio::Config;

use crate::call::{Call, Candidates, Side, receive, with_each_browser};

with_each_browser! {
    /// As where UDP is blocked: no candidate for it gets to the other side.
    async fn a_browser_without_udp_reaches_our_listener(page: Page, offerer: Side) {
        let mut config = Config::loopback();
        config.tcp_listen = vec!["127.0.0.1:0".parse()?];
        let munge = |_, sdp: String| {
            let is_udp = |line: &&str| {
                line.starts_with("a=candidate:") && line.to_lowercase().contains(" udp ")
            };
            sdp.split_inclusive("\r\n").filter(|line| !is_udp(line)).collect()
        };
        let call = Call::with(page, Candidates::Gathered, config, Arc::new(munge)).await?;
        let pair = call.connect(offerer).await?;
        let path = call.pc.selected_path().context("no path")?;
        ensure!(path.protocol == Protocol::Tcp, "{path}");
        call.run::<()>("for (const one of channels.values()) one.echoes = true;", serde_json::Value::Null).await?;
        for channel in [&pair.ours, &pair.theirs] {
            // More than the stream's buffers hold.
            for number in 0..40 {
                let message = crate::call::noise(number, 60_000);
                channel.send(message.clone()).await?;
                ensure!(receive(channel).await? == message.into(), "not what was sent");
            }
        }
        Ok(())
    }
}
