//! Browsers through coturn: either side may use nothing but relays.

use anyhow::{Context as _, ensure};
use interop::{Browser, BrowserKind, Coturn, Launch, Page};
use rtc_ice::CandidateKind;
use rtc_tokio::Config;
use serde_json::{Value, json};

use crate::call::{Call, Pair, Setup, Side, in_time, receive, with_each_browser};
use crate::ours::relayed;

/// Who uses nothing but relays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relayed {
    Us,
    Browser,
    Both,
}

/// Calls over a server that is reached by this URL, and looks at both ends of the selected pair.
async fn talk(
    page: Page,
    offerer: Side,
    server: &Coturn,
    url: String,
    who: Relayed,
) -> anyhow::Result<()> {
    let config = match who {
        Relayed::Browser => Config::loopback(),
        Relayed::Us | Relayed::Both => relayed(server, core::slice::from_ref(&url))?,
    };
    let configuration = match who {
        Relayed::Us => json!({}),
        Relayed::Browser | Relayed::Both => json!({
            "iceServers": [{
                "urls": url, "username": Coturn::USER, "credential": Coturn::PASSWORD,
            }],
            "iceTransportPolicy": "relay",
        }),
    };
    let setup = Setup { config, configuration, ..Setup::default() };
    let call = Call::set_up(page, setup).await?;
    let pair = call.connect(offerer).await?;
    exchange(&call, &pair).await?;
    let (local, remote) = ours(&call).context("no selected pair")?;
    let theirs = browsers(&call).await?;
    if who != Relayed::Browser {
        ensure!(local == CandidateKind::Relayed, "ours is {local:?}");
        // Firefox keeps to what a check has told it ahead of the candidate.
        ensure!(["relay", "prflx"].contains(&&*theirs.1), "the browser sees ours as {}", theirs.1);
    }
    if who != Relayed::Us {
        ensure!(theirs.0 == "relay", "the browser's is {}", theirs.0);
        ensure!(remote == CandidateKind::Relayed, "the browser's is {remote:?}");
    }
    Ok(())
}

/// A message on each channel, each way, of a size that no single packet has.
async fn exchange(call: &Call, Pair { ours, theirs }: &Pair) -> anyhow::Result<()> {
    call.run::<()>("for (const one of channels.values()) one.echoes = true;", Value::Null).await?;
    for channel in [ours, theirs] {
        let message = crate::call::noise(5, 100_000);
        channel.send(message.clone()).await?;
        ensure!(receive(channel).await? == message.into(), "not what was sent");
    }
    Ok(())
}

/// The types of our selected pair.
fn ours(call: &Call) -> Option<(CandidateKind, CandidateKind)> {
    let stats = call.pc.stats();
    let selected = stats.transports.first()?.selected_candidate_pair_id?;
    let pair = stats.candidate_pairs.iter().find(|pair| pair.id == selected)?;
    let local = stats.local_candidates.iter().find(|one| one.id == pair.local_candidate_id)?;
    let remote = stats.remote_candidates.iter().find(|one| one.id == pair.remote_candidate_id)?;
    Some((local.candidate_type, remote.candidate_type))
}

/// The types of the browser's selected pair.
async fn browsers(call: &Call) -> anyhow::Result<(String, String)> {
    let selected = "
        const all = [...(await pc.getStats()).values()];
        const byId = id => all.find(one => one.id === id);
        const transport = all.find(({ type }) => type === 'transport');
        const pair = byId(transport?.selectedCandidatePairId)
            ?? all.find(({ type, selected }) => type === 'candidate-pair' && selected);
        return [pair.localCandidateId, pair.remoteCandidateId].map(id => byId(id).candidateType);";
    call.run(selected, Value::Null).await
}

async fn each_way(
    page: Page,
    offerer: Side,
    url: impl Fn(&Coturn) -> String,
    who: Relayed,
) -> anyhow::Result<()> {
    let Some(server) = Coturn::require(&[])? else { return Ok(()) };
    let outcome = talk(page, offerer, &server, url(&server), who).await;
    outcome.with_context(|| server.log())
}

with_each_browser! {
    async fn the_browser_may_use_relays_only_over_udp(page: Page, offerer: Side) {
        each_way(page, offerer, Coturn::turn_udp, Relayed::Browser).await
    }

    async fn the_browser_may_use_relays_only_over_tcp(page: Page, offerer: Side) {
        each_way(page, offerer, Coturn::turn_tcp, Relayed::Browser).await
    }

    async fn we_may_use_relays_only_over_udp(page: Page, offerer: Side) {
        each_way(page, offerer, Coturn::turn_udp, Relayed::Us).await
    }

    async fn we_may_use_relays_only_over_tcp(page: Page, offerer: Side) {
        each_way(page, offerer, Coturn::turn_tcp, Relayed::Us).await
    }

    async fn we_may_use_relays_only_over_tls(page: Page, offerer: Side) {
        each_way(page, offerer, Coturn::turns, Relayed::Us).await
    }

    async fn both_may_use_relays_only(page: Page, offerer: Side) {
        each_way(page, offerer, Coturn::turn_udp, Relayed::Both).await
    }
}

/// A browser that trusts the server's authority.
async fn over_tls(kind: BrowserKind) -> anyhow::Result<()> {
    if !interop::require(kind)? {
        return Ok(());
    }
    let Some(server) = Coturn::require(&[])? else { return Ok(()) };
    if kind == BrowserKind::Firefox && !interop::required("certutil")? {
        return Ok(());
    }
    let browser = Browser::launch_with(&Launch::new(kind).trust(server.authority())).await?;
    for offerer in [Side::Us, Side::Browser] {
        for who in [Relayed::Browser, Relayed::Both] {
            let page = browser.page().await?;
            let outcome = in_time(talk(page, offerer, &server, server.turns(), who)).await;
            outcome.with_context(|| format!("{offerer:?} {who:?} {}", server.log()))?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn chromium_may_use_relays_only_over_tls() -> anyhow::Result<()> {
    over_tls(BrowserKind::Chromium).await
}

#[tokio::test]
async fn firefox_may_use_relays_only_over_tls() -> anyhow::Result<()> {
    over_tls(BrowserKind::Firefox).await
}
