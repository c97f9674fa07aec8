//! A connection that changes all the time: transceivers come, turn round, go, and come again.

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page};
use rtc_tokio::{
    ConnectionState, Event,
    rtc_peer::{Delivery, MediaKind, TransceiverDirection, TransceiverId},
};
use serde_json::{Value, json};

use crate::{
    call::{
        Call, Pair, Setup, Side,
        media::{Wanted, add, all_heard, echoing, goes_on},
        receive, with_each_browser,
    },
    sdp::{Meanings, Section, sections},
};

with_each_browser! {
    /// Four cycles of five: the browser adds video, we add sound, one of us turns both round, the
    /// browser stops its own, we stop ours.
    async fn twenty_rounds_leave_numbers_and_transports_as_they_were(page: Page, offerer: Side) {
        let browser = page.kind();
        let setup = Setup::default();
        let (call, _echo) = echoing(page, setup, Delivery::Packets).await?;
        add(&call, offerer, Wanted::VIDEO, Delivery::Packets).await?;
        add(&call, offerer, Wanted::AUDIO, Delivery::Packets).await?;
        let Pair { ours, theirs } = call.connect(offerer).await?;
        all_heard(&call, 5, 2).await?;
        let mut history = History::default();
        history.note(&call)?;
        let first = history.last.clone();

        let mut round = 0;
        for cycle in 0..4 {
            for step in [Step::BrowserAdds, Step::WeAdd, Step::TurnRound, Step::BrowserStops, Step::WeStop] {
                let side = step.take(&call, cycle).await?;
                call.negotiate(side).await.with_context(|| format!("round {round}, {step:?} by {side:?}"))?;
                let context = || format!("round {round}, {step:?} by {side:?}");
                step.seen(&call, cycle).await.with_context(context)?;
                history.note(&call).with_context(context)?;
                round += 1;
            }
            goes_on(&call, 3).await.with_context(|| format!("after cycle {cycle}"))?;
        }
        ensure!(round == 20);
        println!("{browser}, {offerer:?} offered: {} m-sections after {round} rounds", history.last.len());
        ensure!(history.last.len() <= 5, "{:?}", history.last);
        // Those that nobody touched are where they were.
        for (now, then) in history.last.iter().zip(&first) {
            ensure!((&now.mid, &now.kind) == (&then.mid, &then.kind) && now.port != 0, "{now:?} {then:?}");
        }

        ensure!(call.pc.stats().transports.len() == 1);
        let disturbed: Vec<_> = call.events().into_iter()
            .filter(|event| matches!(event, Event::ConnectionStateChange(state) if !matches!(state,
                ConnectionState::Connecting | ConnectionState::Connected)))
            .collect();
        ensure!(disturbed.is_empty(), "{disturbed:?}");
        for channel in [&ours, &theirs] {
            channel.send("still here").await?;
            let seen: Value = call.run("return await take(channels.get(label), 1);", json!({ "label": channel.label() })).await?;
            ensure!(seen == json!(["still here"]));
        }
        call.run::<()>("for (const channel of channels.values()) channel.send('here too');", Value::Null).await?;
        for channel in [&ours, &theirs] {
            ensure!(receive(channel).await? == "here too".into());
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    BrowserAdds,
    WeAdd,
    TurnRound,
    BrowserStops,
    WeStop,
}

impl Step {
    /// Takes the step, and returns who has to offer it.
    async fn take(self, call: &Call, cycle: usize) -> anyhow::Result<Side> {
        let side = match self {
            Self::BrowserAdds => {
                add(call, Side::Browser, Wanted::VIDEO, Delivery::Packets).await?;
                Side::Browser
            }
            Self::WeAdd => {
                add(call, Side::Us, Wanted::AUDIO, Delivery::Packets).await?;
                Side::Us
            }
            Self::TurnRound if matches!(cycle, 0 | 2) => {
                for kind in [MediaKind::Video, MediaKind::Audio] {
                    let id = added(call, kind).context("was added")?;
                    call.pc.change(|core, _| {
                        core.transceiver_mut(id)?.set_direction(TransceiverDirection::RecvOnly)?;
                        anyhow::Ok(())
                    })?;
                }
                Side::Us
            }
            Self::TurnRound => {
                call.run::<()>(
                    "for (const transceiver of pc.getTransceivers().slice(2)) transceiver.direction = 'recvonly';",
                    Value::Null,
                )
                .await?;
                Side::Browser
            }
            Self::BrowserStops => {
                call.run::<()>(
                    "pc.getTransceivers().slice(2).find(({ receiver }) => receiver.track.kind === 'video').stop();",
                    Value::Null,
                )
                .await?;
                Side::Browser
            }
            Self::WeStop => {
                let id = added(call, MediaKind::Audio).context("was added")?;
                call.pc.change(|core, _| {
                    core.transceiver_mut(id)?.stop()?;
                    anyhow::Ok(())
                })?;
                Side::Us
            }
        };
        Ok(side)
    }

    /// Both sides have come to this.
    async fn seen(self, call: &Call, cycle: usize) -> anyhow::Result<()> {
        let (browsers, our) = match self {
            Self::BrowserAdds => (vec!["sendrecv"; 3], vec!["sendrecv"; 3]),
            Self::WeAdd => (vec!["sendrecv"; 4], vec!["sendrecv"; 4]),
            Self::TurnRound => {
                let (browser, us) = match cycle % 2 {
                    0 => ("sendonly", "recvonly"),
                    _ => ("recvonly", "sendonly"),
                };
                (
                    vec!["sendrecv", "sendrecv", browser, browser],
                    vec!["sendrecv", "sendrecv", us, us],
                )
            }
            Self::BrowserStops => {
                let (browser, us) = match cycle % 2 {
                    0 => ("sendonly", "recvonly"),
                    _ => ("recvonly", "sendonly"),
                };
                (vec!["sendrecv", "sendrecv", browser], vec!["sendrecv", "sendrecv", us])
            }
            Self::WeStop => (vec!["sendrecv"; 2], vec!["sendrecv"; 2]),
        };
        let seen: Vec<String> = call
            .run(
                "return pc.getTransceivers().map(its => its.currentDirection)
                     .filter(direction => direction !== 'stopped');",
                Value::Null,
            )
            .await?;
        let ours = call.pc.observe(|pc| {
            let live = pc.transceivers().filter(|its| !its.stopped());
            live.map(|its| its.current_direction().map(TransceiverDirection::as_str))
                .collect::<Vec<_>>()
        });
        let our: Vec<_> = our.into_iter().map(Some).collect();
        ensure!(seen == browsers && ours == our, "the browser: {seen:?}, we: {ours:?}");
        Ok(())
    }
}

/// The transceiver of this kind that is not one of the first two.
fn added(call: &Call, kind: MediaKind) -> Option<TransceiverId> {
    call.pc.observe(|pc| {
        let live = pc.transceivers().filter(|its| !its.stopped()).skip(2);
        live.into_iter().find(|its| its.kind() == kind).map(|its| its.id())
    })
}

/// What the descriptions have said so far.
#[derive(Default)]
struct History {
    meanings: Meanings,
    ufrags: Option<[Option<String>; 2]>,
    last: Vec<Section>,
    /// Every mid that was ever used, and the m-section it was used for.
    mids: Vec<(String, usize)>,
}

impl History {
    fn note(&mut self, call: &Call) -> anyhow::Result<()> {
        let local = call.pc.local_description().context("none")?;
        let remote = call.pc.remote_description().context("none")?;
        let ufrags = [&local, &remote].map(|its| Call::attribute(Some(its.clone()), "ice-ufrag"));
        let first = self.ufrags.get_or_insert_with(|| ufrags.clone());
        ensure!(*first == ufrags, "ICE was restarted: {first:?} {ufrags:?}");
        let [ours, theirs] = [&local, &remote].map(|its| sections(&its.sdp));
        for (sections, side, sdp) in
            [(&ours, Side::Us, &local.sdp), (&theirs, Side::Browser, &remote.sdp)]
        {
            let held = self.meanings.hold(sections, side == Side::Us);
            held.map_err(|what| anyhow::anyhow!("{what} in {side:?}'s {sdp}"))?;
        }
        ensure!(ours.len() == theirs.len());
        ensure!(ours.len() >= self.last.len(), "m-sections are never taken away");
        for (index, (our, their)) in ours.iter().zip(&theirs).enumerate() {
            ensure!(our.kind == their.kind && our.mid == their.mid, "{our:?} {their:?}");
            let known = self.mids.iter().find(|(mid, _)| *mid == our.mid);
            ensure!(known.is_none_or(|(_, at)| *at == index), "{our:?} was elsewhere");
            self.mids.push((our.mid.clone(), index));
        }
        self.last = ours;
        Ok(())
    }
}
