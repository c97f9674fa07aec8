//! Setting up, restarting ICE, and exchanges of descriptions that change nothing.

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page};
use rtc_tokio::rtc_peer::IceConnectionState;
use rtc_tokio::{ConnectionState, Event};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::call::{Call, Candidates, PATIENCE, Pair, Side, with_each_browser};
use crate::channels::{exchange, open};

with_each_browser! {
    async fn they_connect_with_all_candidates_in_the_descriptions(page: Page, offerer: Side) {
        connect(page, offerer, Candidates::Gathered).await
    }

    async fn they_connect_with_candidates_that_trickle(page: Page, offerer: Side) {
        connect(page, offerer, Candidates::Trickled).await
    }

    async fn an_exchange_that_changes_nothing_changes_nothing(page: Page, offerer: Side) {
        let (call, Pair { ours, theirs }) = Call::connected(page, offerer, Candidates::Trickled).await?;
        let ufrags = || {
            [call.pc.local_description(), call.pc.remote_description()]
                .map(|description| Call::attribute(description, "ice-ufrag"))
        };
        let before = ufrags();
        for (number, side) in [Side::Us, Side::Browser, Side::Browser, Side::Us].into_iter().enumerate() {
            call.negotiate(side).await.with_context(|| format!("{side:?}, exchange {number}"))?;
            exchange(&call, &ours).await?;
            exchange(&call, &theirs).await?;
            for opener in [Side::Us, Side::Browser] {
                let channel = open(&call, opener, &format!("{opener:?} {number}"), &json!({})).await?;
                exchange(&call, &channel).await?;
            }
        }
        ensure!(before == ufrags());
        let states: Vec<_> = call.events().into_iter().filter(|event| matches!(event,
            Event::ConnectionStateChange(ConnectionState::Failed | ConnectionState::Disconnected))).collect();
        ensure!(states.is_empty());
        call.both_are(ConnectionState::Connected).await
    }

    async fn we_restart_ice(page: Page, offerer: Side) {
        restart(page, offerer, Side::Us).await
    }

    async fn the_browser_restarts_ice(page: Page, offerer: Side) {
        restart(page, offerer, Side::Browser).await
    }
}

/// Connects, and looks at what was agreed on.
async fn connect(page: Page, offerer: Side, candidates: Candidates) -> anyhow::Result<()> {
    let (call, Pair { ours, theirs }) = Call::connected(page, offerer, candidates).await?;
    call.both_are(ConnectionState::Connected).await?;
    exchange(&call, &ours).await?;
    exchange(&call, &theirs).await?;

    // The offer leaves the choice to the answerer, and everybody chooses to be the client.
    let setup = |description| Call::attribute(description, "setup");
    let (local, remote) = (setup(call.pc.local_description()), setup(call.pc.remote_description()));
    let roles = [local.as_deref(), remote.as_deref()];
    let (expected, our_role, its_role) = match offerer {
        Side::Us => (["actpass", "active"], "Server", "client"),
        Side::Browser => (["active", "actpass"], "Client", "server"),
    };
    ensure!(roles == expected.map(Some), "{roles:?}");
    let stats = call.pc.observe(|pc| pc.stats(call.pc.now()));
    let role = stats.transports[0].dtls_role.context("no role")?;
    ensure!(format!("{role:?}") == our_role);

    let transport = call.transport().await?;
    ensure!(transport["dtlsState"] == "connected", "{transport}");
    ensure!(transport["tlsVersion"] == "FEFD", "{transport}");
    ensure!(transport["dtlsRole"].is_null() || transport["dtlsRole"] == its_role, "{transport}");
    // Browsers write the suite as IANA does.
    ensure!(transport["dtlsCipher"] == json!(stats.transports[0].dtls_cipher), "{transport}");

    // Both settle on the same pair, sooner or later.
    let mut seen = Value::Null;
    let settle = async {
        loop {
            let path = call.pc.selected_path().context("no path")?;
            let (local, remote) = (path.local, path.remote);
            let ours = json!([remote.ip(), remote.port(), local.ip(), local.port()]);
            seen = call.run(NOMINATED, Value::Null).await?;
            if seen.as_array().is_some_and(|pairs| pairs.contains(&ours)) {
                return anyhow::Ok(());
            }
        }
    };
    let outcome = timeout(PATIENCE, settle).await;
    outcome
        .with_context(|| format!("we: {:?}, the browser: {seen}", call.pc.selected_path()))??;

    // The browser's end of candidates has come. Chromium's descriptions do not tell it.
    if candidates == Candidates::Trickled || call.page.kind() == BrowserKind::Firefox {
        call.until("told the end", |pc| {
            let remote = pc.remote_description();
            remote.is_some_and(|description| description.sdp.contains("a=end-of-candidates"))
        })
        .await?;
    }
    Ok(())
}

/// An ICE restart by `restarter`; data keeps flowing over it.
async fn restart(page: Page, offerer: Side, restarter: Side) -> anyhow::Result<()> {
    let call = Call::new(page, Candidates::Trickled).await?;
    let Pair { ours, theirs } = call.connect(offerer).await?;
    call.both_are(ConnectionState::Connected).await?;
    let ufrags = || {
        [call.pc.local_description(), call.pc.remote_description()]
            .map(|description| Call::attribute(description, "ice-ufrag"))
    };
    for round in 0..2 {
        let before = ufrags();
        match restarter {
            Side::Us => call.pc.restart_ice(),
            Side::Browser => call.run("pc.restartIce();", Value::Null).await?,
        }
        call.negotiate(restarter).await?;
        let after = ufrags();
        ensure!(before[0] != after[0] && before[1] != after[1], "{before:?} {after:?}");
        for channel in [&ours, &theirs] {
            exchange(&call, channel).await.with_context(|| format!("after restart {round}"))?;
        }
        // The new generation is in use when a check of it has been answered on both sides.
        call.until("connected anew", |pc| {
            matches!(
                pc.ice_connection_state(),
                IceConnectionState::Completed | IceConnectionState::Connected
            )
        })
        .await?;
        call.run::<()>(
            "await until(() => ['connected', 'completed'].includes(pc.iceConnectionState));",
            Value::Null,
        )
        .await?;
        call.both_are(ConnectionState::Connected).await?;
        for channel in [&ours, &theirs] {
            exchange(&call, channel).await?;
        }
    }
    Ok(())
}

/// The nominated pairs: the browser's address and port, ours and our port.
const NOMINATED: &str = "
    const reports = await pc.getStats();
    const pairs = [...reports.values()].filter(({ type, nominated, state }) =>
        type === 'candidate-pair' && nominated && state === 'succeeded');
    return pairs.map(({ localCandidateId, remoteCandidateId }) => {
        const [local, remote] = [reports.get(localCandidateId), reports.get(remoteCandidateId)];
        return [local.address, local.port, remote.address, remote.port];
    });
";
