//! Which transports are offered, and what goes over them: every mixture connects.

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page};
use rtc_tokio::{
    Config,
    rtc_peer::{BundlePolicy, Delivery},
};
use serde_json::{Value, json};

use crate::call::{
    Call, Pair, Setup, Side,
    media::{Wanted, add, all_heard, echoing},
    receive, with_each_browser,
};

with_each_browser! {
    async fn every_bundle_policy_connects_with_every_other(page: Page, offerer: Side) {
        use BundlePolicy::{Balanced, MaxBundle, MaxCompat};
        let kind = page.kind();
        drop(page);
        let mixtures = [
            (Balanced, Balanced),
            (MaxCompat, MaxCompat),
            (MaxBundle, MaxBundle),
            (MaxBundle, MaxCompat),
            (MaxCompat, MaxBundle),
        ];
        for (theirs, ours) in mixtures {
            let page = Page::require(kind).await?.context("was there")?;
            let connected = connect(page, offerer, theirs, ours).await;
            connected.with_context(|| format!("the browser has {theirs:?}, we {ours:?}"))?;
        }
        Ok(())
    }

    async fn sound_alone_is_enough(page: Page, offerer: Side) {
        only(page, offerer, &[Wanted::AUDIO]).await
    }

    async fn pictures_alone_are_enough(page: Page, offerer: Side) {
        only(page, offerer, &[Wanted::VIDEO]).await
    }

    /// Data first, media later, in the same transport.
    async fn media_joins_data(page: Page, offerer: Side) {
        let (call, _echo) = echoing(page, Setup::default(), Delivery::Packets).await?;
        let pair = call.connect(offerer).await?;
        for side in [offerer, match offerer { Side::Us => Side::Browser, Side::Browser => Side::Us }] {
            for wanted in [Wanted::AUDIO, Wanted::VIDEO] {
                add(&call, side, wanted, Delivery::Packets).await?;
            }
            call.negotiate(side).await?;
        }
        all_heard(&call, 5, 4).await?;
        pass(&call, &pair).await?;
        ensure!(call.pc.stats().transports.len() == 1);
        Ok(())
    }
}

async fn only(page: Page, offerer: Side, wanted: &[Wanted]) -> anyhow::Result<()> {
    let (call, _echo) = echoing(page, Setup::default(), Delivery::Packets).await?;
    for wanted in wanted {
        add(&call, offerer, *wanted, Delivery::Packets).await?;
    }
    call.negotiate(offerer).await?;
    all_heard(&call, 10, wanted.len()).await?;
    Ok(())
}

async fn connect(
    page: Page,
    offerer: Side,
    theirs: BundlePolicy,
    ours: BundlePolicy,
) -> anyhow::Result<()> {
    let mut config = Config::loopback();
    config.peer.bundle_policy = ours;
    let configuration = json!({ "bundlePolicy": theirs.as_str() });
    let setup = Setup { config, configuration, ..Setup::default() };
    let (call, _echo) = echoing(page, setup, Delivery::Packets).await?;
    for wanted in [Wanted::AUDIO, Wanted::VIDEO, Wanted::VIDEO] {
        add(&call, offerer, wanted, Delivery::Packets).await?;
    }
    let pair = call.connect(offerer).await?;
    let heard = all_heard(&call, 3, 3).await?;
    pass(&call, &pair).await?;
    let transports = call.pc.stats().transports.len();
    println!(
        "{}, {offerer:?} offered, {theirs:?} and {ours:?}: {} transceivers heard over {transports} transport",
        call.page.kind(),
        heard.len()
    );
    // Whatever was offered, both sides bundle.
    ensure!(transports == 1);
    Ok(())
}

/// A text each way on each channel.
async fn pass(call: &Call, Pair { ours, theirs }: &Pair) -> anyhow::Result<()> {
    for channel in [ours, theirs] {
        channel.send("to the browser").await?;
        let args = json!({ "label": channel.label() });
        let script = "channels.get(label).send('from the browser'); return await take(channels.get(label), 1);";
        let seen: Value = call.run(script, args).await?;
        ensure!(seen == json!(["to the browser"]), "{seen}");
        ensure!(receive(channel).await? == "from the browser".into());
    }
    Ok(())
}
