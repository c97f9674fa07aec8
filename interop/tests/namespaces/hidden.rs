//! Browsers and connections of ours that show names in place of their addresses (multicast DNS).
//!
//! All happens in a namespace with one interface: nobody else hears the names.

use core::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use interop::{Browser, BrowserKind, Lab, Launch};
use rtc_tokio::Config;
use serde_json::{Value, json};

use tokio::time::timeout;

use crate::call::{Call, Candidates, Munge, PATIENCE, Setup, Side, receive};
use crate::inside::Inside;

/// Who shows a name. Of the other side nothing is told: so it can only be found by that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hidden {
    Browser,
    We,
}

async fn talk(browser: &Browser, offerer: Side, hidden: Hidden) -> anyhow::Result<()> {
    let mut config = Config::default();
    config.peer.hide_local_addresses = hidden == Hidden::We;
    let munge: Munge = Arc::new(move |from, sdp: String| {
        let is_shown = match hidden {
            Hidden::Browser => from == Side::Browser,
            Hidden::We => from == Side::Us,
        };
        let lines = sdp.split_inclusive("\r\n");
        lines.filter(|line| is_shown || !line.starts_with("a=candidate:")).collect()
    });
    let candidates = Candidates::Gathered;
    let setup = Setup { candidates, config, munge, configuration: json!({}), ..Setup::default() };
    let call = Call::set_up(browser.page().await?, setup).await?;
    let pair = call.connect(offerer).await?;
    let theirs: String = call.run("return pc.localDescription.sdp;", Value::Null).await?;
    let ours = call.pc.local_description().context("was set")?.sdp;
    let shown = if hidden == Hidden::Browser { &theirs } else { &ours };
    for line in shown.lines().filter(|line| line.starts_with("a=candidate:")) {
        // Active candidates have port 9, and nobody sends to them.
        ensure!(line.contains(".local "), "{line}");
        ensure!(!line.contains("10.9.0.1"), "{line}");
    }
    ensure!(shown.contains(".local "), "{shown}");
    call.run::<()>("for (const one of channels.values()) one.echoes = true;", Value::Null).await?;
    for channel in [&pair.ours, &pair.theirs] {
        channel.send("who is it?").await?;
        ensure!(receive(channel).await? == "who is it?".into());
    }
    Ok(())
}

fn hidden(kind: BrowserKind) -> anyhow::Result<()> {
    if !interop::require(kind)? {
        return Ok(());
    }
    let Some(lab) = Lab::require()? else { return Ok(()) };
    let (here, there) = (lab.namespace("here")?, lab.namespace("there")?);
    lab.cable((&here, "wire", "10.9.0.1/24"), (&there, "wire", "10.9.0.2/24"))?;
    here.ip("route add default via 10.9.0.2")?;
    let run = Inside::run(&here, move || async move {
        let browser = Browser::launch_with(&Launch::new(kind).hide_addresses()).await?;
        let mut wrong = String::new();
        for offerer in [Side::Browser, Side::Us] {
            for hidden in [Hidden::Browser, Hidden::We] {
                if let Err(error) = timeout(PATIENCE, talk(&browser, offerer, hidden))
                    .await
                    .context("hangs")
                    .flatten()
                {
                    let _ = writeln!(wrong, "{offerer:?} offers, {hidden:?} hidden: {error:#}");
                }
            }
        }
        ensure!(wrong.is_empty(), "{wrong}");
        Ok(())
    })?;
    run.join()
}

#[test]
fn chromium_and_we_find_each_other_by_names() -> anyhow::Result<()> {
    hidden(BrowserKind::Chromium)
}

#[test]
fn firefox_and_we_find_each_other_by_names() -> anyhow::Result<()> {
    hidden(BrowserKind::Firefox)
}
