//! Names in place of addresses (multicast DNS): ours that a browser resolves, and a browser's that we
//! resolve.
//!
//! All happens in namespaces with one interface: nobody else hears the names. Browsers ask by the
//! default route.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use interop::{Browser, BrowserKind, Lab, Launch};
use rtc_tokio::{Config, Message};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::call::{Call, Candidates, Munge, Setup, Side, in_time, receive};
use crate::duo::{End, PATIENCE, wires};
use crate::inside::Inside;

/// Whose names are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resolved {
    /// Ours; the browser's candidates are kept from us.
    Ours,
    /// The browser's; ours are kept from it.
    Theirs,
    /// Both sides resolve, and the first that is done is the first to try.
    Both,
}

impl Resolved {
    /// Whether what this side shows is kept from the other one.
    fn conceals(self, side: Side) -> bool {
        matches!((self, side), (Self::Ours, Side::Browser) | (Self::Theirs, Side::Us))
    }
}

async fn talk(browser: &Browser, resolved: Resolved, offerer: Side) -> anyhow::Result<()> {
    let mut config = Config::default();
    config.peer.hide_local_addresses = resolved != Resolved::Theirs;
    let munge: Munge = Arc::new(move |from, sdp: String| {
        let is_shown = |line: &&str| !(resolved.conceals(from) && line.starts_with("a=candidate:"));
        sdp.split_inclusive("\r\n").filter(is_shown).collect()
    });
    let candidates = Candidates::Gathered;
    let setup = Setup { candidates, config, munge, configuration: json!({}), ..Setup::default() };
    let call = Call::set_up(browser.page().await?, setup).await?;
    let pair = call.connect(offerer).await?;
    let ours = call.pc.local_description().context("was set")?.sdp;
    let theirs: String = call.run("return pc.localDescription.sdp;", Value::Null).await?;
    for (shown, is_hidden) in [(ours, resolved != Resolved::Theirs), (theirs, true)] {
        let lines = shown.lines().filter(|line| line.starts_with("a=candidate:"));
        let (named, bare): (Vec<_>, Vec<_>) = lines.partition(|line| line.contains(".local "));
        ensure!(named.is_empty() != is_hidden && bare.is_empty() == is_hidden, "{shown}");
    }
    call.run::<()>("for (const one of channels.values()) one.echoes = true;", Value::Null).await?;
    for channel in [&pair.ours, &pair.theirs] {
        channel.send("who is it?").await?;
        ensure!(receive(channel).await? == "who is it?".into());
    }
    Ok(())
}

fn hidden(kind: BrowserKind, resolved: Resolved) -> anyhow::Result<()> {
    if !interop::require(kind)? {
        return Ok(());
    }
    let Some(lab) = Lab::require()? else { return Ok(()) };
    let (here, there) = (lab.namespace("here")?, lab.namespace("there")?);
    lab.cable((&here, "wire", "10.9.0.1/24"), (&there, "wire", "10.9.0.2/24"))?;
    here.ip("route add default via 10.9.0.2")?;
    let run = Inside::run(&here, move || async move {
        let browser = Browser::launch_with(&Launch::new(kind).hide_addresses()).await?;
        for offerer in [Side::Browser, Side::Us] {
            let outcome = in_time(talk(&browser, resolved, offerer)).await;
            outcome.with_context(|| format!("{offerer:?} offers"))?;
        }
        Ok(())
    })?;
    run.join()
}

/// Two of us in one process, on two machines: each has to be heard where it is.
fn meet(one: &str, other: &str) -> anyhow::Result<()> {
    let Some(lab) = Lab::require()? else { return Ok(()) };
    let (here, there) = (lab.namespace("here")?, lab.namespace("there")?);
    lab.cable((&here, "wire", one), (&there, "wire", other))?;
    let hidden = || {
        let mut config = Config::default();
        config.peer.hide_local_addresses = true;
        config
    };
    let (near, far) = wires();
    let calling = Inside::run(&here, move || async move {
        let end = End::new(hidden(), near).await?;
        let channel = end.pc.create_data_channel("hidden", Default::default())?;
        end.offer()?;
        timeout(PATIENCE, channel.opened()).await.context("not met")??;
        channel.send("who is it?").await?;
        let answer = timeout(PATIENCE, channel.recv()).await.context("silence")?;
        ensure!(answer == Some(Message::from("it is me")), "{answer:?}");
        end.pc.local_description().map(|description| description.sdp).context("was set")
    })?;
    let answering = Inside::run(&there, move || async move {
        let end = End::new(hidden(), far).await?;
        let channel = timeout(PATIENCE, end.pc.accept()).await.context("not met")?;
        let channel = channel.context("closed")?;
        ensure!(timeout(PATIENCE, channel.recv()).await?.is_some(), "closed");
        channel.send("it is me").await?;
        // Until it is said.
        let _closed = timeout(PATIENCE, channel.closed()).await;
        end.pc.local_description().map(|description| description.sdp).context("was set")
    })?;
    for (shown, address) in [(calling.join()?, one), (answering.join()?, other)] {
        let (address, _) = address.split_once('/').context("has a prefix")?;
        ensure!(shown.contains(".local ") && !shown.contains(address), "{shown}");
    }
    Ok(())
}

#[test]
fn two_of_us_hide_from_each_other_and_meet() -> anyhow::Result<()> {
    meet("10.9.0.1/24", "10.9.0.2/24")
}

#[test]
fn two_of_us_hide_from_each_other_and_meet_where_there_is_only_ipv6() -> anyhow::Result<()> {
    meet("fd09::1/64", "fd09::2/64")
}

#[test]
fn chromium_resolves_our_names() -> anyhow::Result<()> {
    hidden(BrowserKind::Chromium, Resolved::Ours)
}

#[test]
fn firefox_resolves_our_names() -> anyhow::Result<()> {
    hidden(BrowserKind::Firefox, Resolved::Ours)
}

#[test]
fn we_resolve_the_names_of_chromium() -> anyhow::Result<()> {
    hidden(BrowserKind::Chromium, Resolved::Theirs)
}

#[test]
fn we_resolve_the_names_of_firefox() -> anyhow::Result<()> {
    hidden(BrowserKind::Firefox, Resolved::Theirs)
}

#[test]
fn we_and_chromium_hide_from_each_other_and_meet() -> anyhow::Result<()> {
    hidden(BrowserKind::Chromium, Resolved::Both)
}

#[test]
fn we_and_firefox_hide_from_each_other_and_meet() -> anyhow::Result<()> {
    hidden(BrowserKind::Firefox, Resolved::Both)
}
