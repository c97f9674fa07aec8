//! Offers that cross each other.

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page};
use rtc_tokio::{SignalingState, rtc_peer::MediaKind};
use serde_json::{Value, json};
use tokio::time::{Duration, sleep, timeout};

use crate::{
    call::{
        PATIENCE, Side,
        media::{Echo, add_ours, transceivers_of},
        with_each_browser,
    },
    perfect::Perfect,
};

with_each_browser! {
    /// Both sides change something at the same time, again and again. The offers of `offerer` stand;
    /// the other side is the polite one.
    ///
    /// The very first offers do not cross: Chromium 156, when it has taken back its first offer,
    /// keeps the ids of header extensions that it had in mind, makes an offer in which they mean two
    /// things, and refuses that itself.
    async fn offers_that_cross_are_settled_by_perfect_negotiation(page: Page, offerer: Side) {
        let browser = page.kind();
        let polite = match offerer { Side::Us => Side::Browser, Side::Browser => Side::Us };
        let both = Perfect::new(page, polite).await?;
        let _echo = Echo::start(&both.pc);
        add_ours(&both.pc, MediaKind::Video)?;
        settle(&both, 1).await?;
        add_ours(&both.pc, MediaKind::Audio)?;
        settle(&both, 2).await?;
        let kinds = [MediaKind::Video, MediaKind::Audio, MediaKind::Video];
        for (round, kind) in kinds.into_iter().enumerate() {
            // Of all codecs, Firefox numbers those of a new m-section as if there were no others.
            let codec = match kind { MediaKind::Video => "VP8", MediaKind::Audio => "OPUS" };
            let what = json!({ "what": { "kind": kind.as_str(), "codec": codec, "rtx": true } });
            let theirs = both.page.run::<()>("await addMedia(what);", what);
            let ours = async { add_ours(&both.pc, kind) };
            let (theirs, ours) = tokio::join!(theirs, ours);
            theirs?;
            ours?;
            settle(&both, 2 * (round + 2)).await?;
        }
        let crossings: Value = both.page.run("return crossings;", Value::Null).await?;
        let outcome = both.outcome();
        println!("{browser}, {polite:?} polite: the browser met {crossings}, we {outcome:?}");
        let (gave_way, stood) = (&crossings["gaveWay"], &crossings["stood"]);
        let total = outcome.gave_way + outcome.stood;
        ensure!(total >= 2, "they hardly crossed: {outcome:?}");
        match polite {
            Side::Us => ensure!(outcome.stood == 0 && *gave_way == 0, "{crossings} {outcome:?}"),
            Side::Browser => ensure!(outcome.gave_way == 0 && *stood == 0, "{crossings} {outcome:?}"),
        }
        let heard: Value = both.page.run("return await allHeard(5, 8);", Value::Null).await?;
        ensure!(heard.as_array().is_some_and(|all| all.len() == 8), "{heard}");
        ensure!(both.outcome().failures.is_empty());
        Ok(())
    }
}

/// Waits until both sides agree on so many transceivers, all of which send both ways.
async fn settle(both: &Perfect, transceivers: usize) -> anyhow::Result<()> {
    let are_settled = "
        return pc.signalingState === 'stable'
            && pc.getTransceivers().map(its => [its.mid, its.currentDirection]);
    ";
    let mut seen = Value::Null;
    let wait = async {
        loop {
            seen = both.page.run(are_settled, Value::Null).await?;
            let browsers = seen.as_array().map_or(0, |all| {
                all.iter().filter(|its| its[0].is_string() && its[1] == "sendrecv").count()
            });
            let ours = both.pc.observe(|pc| {
                let settled = pc.transceivers().filter(|its| {
                    its.mid().is_some() && its.current_direction() == Some(Default::default())
                });
                settled.count()
            });
            let is_stable = both.pc.signaling_state() == SignalingState::Stable;
            if is_stable && browsers == transceivers && ours == transceivers {
                return anyhow::Ok(());
            }
            ensure!(both.outcome().failures.is_empty());
            sleep(Duration::from_millis(50)).await;
        }
    };
    let outcome = timeout(PATIENCE, wait).await;
    let explain = || {
        format!(
            "{transceivers} are wanted; the browser has {seen}, we\n{}\n{:?}",
            transceivers_of(&both.pc),
            both.outcome()
        )
    };
    match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.context(explain())),
        Err(_) => anyhow::bail!("never settled: {}", explain()),
    }
}
