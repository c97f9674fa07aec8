//! Data channels between our stack and each browser, whoever offers.

mod call;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use call::{Call, Candidates, PATIENCE, Pair, Side, noise, receive, to_json, with_each_browser};
use interop::{BrowserKind, Page};
use rtc_tokio::{
    Config, ConnectionState, DataChannel, DataChannelInit, DataChannelState, Event, Message,
    SendError,
    rtc_peer::{IceConnectionState, Priority},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

with_each_browser! {
    async fn they_connect_with_all_candidates_in_the_descriptions(page: Page, offerer: Side) {
        connect(page, offerer, Candidates::Gathered).await
    }

    async fn they_connect_with_candidates_that_trickle(page: Page, offerer: Side) {
        connect(page, offerer, Candidates::Trickled).await
    }

    /// Texts and bytes, empty ones among them, on channels of each kind, opened by each side.
    async fn messages_of_all_kinds_pass_on_channels_of_all_kinds(page: Page, offerer: Side) {
        let (call, _pair) = Call::connected(page, offerer, Candidates::Trickled).await?;
        let inits = [
            json!({}),
            json!({ "ordered": false }),
            json!({ "maxRetransmits": 30 }),
            json!({ "maxRetransmits": 65_535, "ordered": false, "protocol": "Protokoll, 协议" }),
            json!({ "maxPacketLifeTime": 65_535, "protocol": "x".repeat(1000) }),
            json!({ "maxPacketLifeTime": 60_000, "ordered": false }),
        ];
        for (number, init) in inits.iter().enumerate() {
            for opener in [Side::Us, Side::Browser] {
                let label = format!("{number} von {opener:?}, \u{1f600}");
                let channel = open(&call, opener, &label, init).await?;
                same_on_both_sides(&call, &channel, opener, init).await?;
                exchange(&call, &channel).await?;
            }
        }
        Ok(())
    }

    /// What no message needs to be sent for: limits of zero, and labels at the edges.
    async fn every_member_of_init_is_seen_by_the_other_side(page: Page, offerer: Side) {
        let (call, _pair) = Call::connected(page, offerer, Candidates::Gathered).await?;
        for opener in [Side::Us, Side::Browser] {
            for (label, init) in [
                (String::new(), json!({ "maxRetransmits": 0 })),
                ("\u{0}\n".into(), json!({ "maxPacketLifeTime": 0, "protocol": "p" })),
                ("x".repeat(60_000), json!({ "ordered": false, "maxPacketLifeTime": 1 })),
            ] {
                let channel = open(&call, opener, &label, &init).await?;
                same_on_both_sides(&call, &channel, opener, &init).await?;
                // Labels name channels in the page; each is used twice.
                channel.close();
                closed(&channel).await?;
            }
        }
        Ok(())
    }

    async fn negotiated_channels_need_no_announcement(page: Page, offerer: Side) {
        let call = Call::new(page, Candidates::Trickled).await?;
        let agreed = |id| DataChannelInit { negotiated: true, id: Some(id), ..Default::default() };
        let mut channels = Vec::new();
        for id in [0, 5, 1000] {
            channels.push(call.pc.create_data_channel(id.to_string(), agreed(id))?);
            let init = json!({ "id": id, "init": { "negotiated": true, "id": id } });
            call.run::<()>("open(`${id}`, init);", init).await?;
        }
        let Pair { ours, theirs } = call.connect(offerer).await?;
        for channel in &channels {
            channel.opened().await?;
            call.run::<Value>("return describeChannel(await opened(label));", json!({ "label": channel.label() })).await?;
            exchange(&call, channel).await?;
        }
        // Those that were negotiated are out of the way of those that were not.
        for id in [ours.id(), theirs.id()] {
            ensure!(id.is_some_and(|id| ![0, 5, 1000].contains(&id)), "{id:?}");
        }
        Ok(())
    }

    /// The DTLS client opens even streams, the server odd ones (RFC 8832 section 6).
    async fn ids_are_even_for_the_client_and_odd_for_the_server(page: Page, offerer: Side) {
        let (call, Pair { ours, theirs }) = Call::connected(page, offerer, Candidates::Gathered).await?;
        let we_are_client = offerer == Side::Browser;
        let mut ids = vec![(Side::Us, ours.id()), (Side::Browser, theirs.id())];
        let mut channels = Vec::new();
        for number in 0..6 {
            for opener in [Side::Browser, Side::Us] {
                let channel = open(&call, opener, &format!("{opener:?} {number}"), &json!({})).await?;
                ids.push((opener, channel.id()));
                channels.push(channel);
            }
        }
        for (opener, id) in ids {
            let id = id.context("no id")?;
            let by_client = (opener == Side::Us) == we_are_client;
            ensure!((id % 2 == 0) == by_client, "{opener:?} took {id}");
        }
        Ok(())
    }

    async fn the_largest_messages_arrive_byte_for_byte(page: Page, offerer: Side) {
        let (call, Pair { ours, theirs }) = Call::connected(page, offerer, Candidates::Trickled).await?;
        for (seed, channel) in [(1, &ours), (2, &theirs)] {
            let bytes = noise(seed, LARGEST);
            channel.send(bytes.clone()).await?;
            let seen: Value = call
                .run(TAKE_ONE, json!({ "label": channel.label() }))
                .await?;
            ensure!(seen == json!(&bytes[..]), "bytes from us were changed");
            let bytes = noise(seed + 2, LARGEST);
            send_from_browser(&call, channel, &bytes.clone().into()).await?;
            ensure!(receive(channel).await? == bytes.into(), "bytes from the browser were changed");

            let text: String = "ä€😀x".chars().cycle().take(LARGEST / 10 * 4).collect();
            ensure!((LARGEST - 10..=LARGEST).contains(&text.len()));
            channel.send(text.clone()).await?;
            let seen: String = call.run(TAKE_ONE, json!({ "label": channel.label() })).await?;
            ensure!(seen == text, "text from us was changed");
            send_from_browser(&call, channel, &text.clone().into()).await?;
            ensure!(receive(channel).await? == text.into(), "text from the browser was changed");
        }
        Ok(())
    }

    async fn nobody_sends_more_than_the_other_side_takes(page: Page, offerer: Side) {
        let mut config = Config::loopback();
        config.peer.max_message_size = 100_000;
        // Firefox takes a gigabyte: more than a test should send.
        let munge = |side, sdp: String| match side {
            Side::Us => sdp,
            Side::Browser => with_attribute(&sdp, "max-message-size", "70000"),
        };
        let call = Call::with(page, Candidates::Gathered, config, std::sync::Arc::new(munge)).await?;
        let Pair { ours, theirs } = call.connect(offerer).await?;
        for channel in [&ours, &theirs] {
            let refused = channel.send(vec![7; 70_001]).await;
            ensure!(refused == Err(SendError::TooLarge { limit: 70_000 }), "{refused:?}");
            channel.send(vec![8; 70_000]).await?;
            let length: usize = call
                .run("return (await take(channels.get(label), 1))[0].length;", json!({ "label": channel.label() }))
                .await?;
            ensure!(length == 70_000);
            let thrown: String = call
                .run(
                    "const channel = channels.get(label);
                     let thrown = 'nothing';
                     try { channel.send(new Uint8Array(100001)); } catch (error) { thrown = error.name; }
                     channel.send(new Uint8Array(100000));
                     return thrown;",
                    json!({ "label": channel.label() }),
                )
                .await?;
            ensure!(thrown == "TypeError", "{thrown}");
            ensure!(receive(channel).await?.len() == 100_000);
        }
        let limit: usize = call.run("return pc.sctp.maxMessageSize;", Value::Null).await?;
        ensure!(limit == 100_000);
        Ok(())
    }

    /// Whoever opens a channel need not wait for the acknowledgement (RFC 8832 section 6).
    async fn messages_sent_at_once_arrive_in_order(page: Page, offerer: Side) {
        let (call, _pair) = Call::connected(page, offerer, Candidates::Trickled).await?;
        call.run::<()>(
            "pc.addEventListener('datachannel', ({ channel }) => {
                 for (let i = 0; i < 200; i++) channel.send(`${i}`);
             });",
            Value::Null,
        )
        .await?;
        let expected: Vec<_> = (0..200).map(|number: u32| number.to_string()).collect();
        for number in 0..5 {
            let label = format!("ours {number}");
            let init = DataChannelInit { ordered: number % 2 == 0, ..Default::default() };
            let ours = call.pc.create_data_channel(&label, init)?;
            // The connection is up, so the channel can be used at once.
            for text in &expected {
                ours.send(&**text).await?;
            }
            let mut seen: Vec<String> = call
                .run("await until(() => channels.has(label)); return await take(channels.get(label), 200);", json!({ "label": label }))
                .await?;
            let mut heard = texts(&ours, 200).await?;
            if number % 2 == 1 {
                seen.sort_by_key(|text| text.parse::<u32>().ok());
                heard.sort_by_key(|text| text.parse::<u32>().ok());
            }
            ensure!(seen == expected && heard == expected, "{seen:?} {heard:?}");

            let label = format!("theirs {number}");
            call.run::<()>(
                "const channel = open(label, {});
                 channel.onopen = () => { for (let i = 0; i < 200; i++) channel.send(`${i}`); };",
                json!({ "label": label }),
            )
            .await?;
            let theirs = call.accept(&label).await?;
            for text in &expected {
                theirs.send(&**text).await?;
            }
            ensure!(texts(&theirs, 200).await? == expected);
            let seen: Vec<String> =
                call.run("return await take(channels.get(label), 200);", json!({ "label": label })).await?;
            ensure!(seen == expected, "{seen:?}");
        }
        Ok(())
    }

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

    async fn statistics_agree(page: Page, offerer: Side) {
        let (call, Pair { ours, theirs }) = Call::connected(page, offerer, Candidates::Trickled).await?;
        for (channel, count) in [(&ours, 3), (&theirs, 5)] {
            for number in 0..count {
                channel.send(vec![0; 100 * number]).await?;
                let text = "a".repeat(10 * number);
                send_from_browser(&call, channel, &text.into()).await?;
                receive(channel).await?;
            }
            let label = json!({ "label": channel.label(), "count": count });
            call.run::<Value>("return await take(channels.get(label), count);", label.clone()).await?;
            let seen: Value = call
                .run("for (;;) {
                         const report = (await stats('data-channel')).find(report => report.label === label);
                         if (report.messagesSent === count && report.messagesReceived === count) return report;
                         // Chromium shows the same figures for 50 ms.
                         await new Promise(resolve => setTimeout(resolve, 20));
                     }", label)
                .await?;
            let our = channel.observe(|channel| {
                json!([
                    channel.messages_received(), channel.bytes_received(),
                    channel.messages_sent(), channel.bytes_sent(),
                    channel.id(), channel.ready_state().as_str(), channel.protocol(),
                ])
            });
            let its = ["messagesSent", "bytesSent", "messagesReceived", "bytesReceived",
                "dataChannelIdentifier", "state", "protocol"].map(|name| seen[name].clone());
            ensure!(our == Some(json!(its)), "{our:?} {seen}");
        }
        Ok(())
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

/// Opens a channel from one side, and waits until it is open on both.
async fn open(call: &Call, opener: Side, label: &str, init: &Value) -> anyhow::Result<DataChannel> {
    let args = json!({ "label": label, "init": init });
    let channel = match opener {
        Side::Us => call.pc.create_data_channel(label, to_init(init))?,
        Side::Browser => {
            call.run::<()>("open(label, init);", &args).await?;
            call.accept(label).await?
        }
    };
    timeout(PATIENCE, channel.opened()).await.with_context(|| format!("{channel:?}"))??;
    call.run::<()>("await opened(label);", &args).await?;
    Ok(channel)
}

/// What a page calls by the same names.
fn to_init(init: &Value) -> DataChannelInit {
    let number = |name| init[name].as_u64().and_then(|number| u16::try_from(number).ok());
    DataChannelInit {
        ordered: init["ordered"].as_bool().unwrap_or(true),
        max_packet_life_time: number("maxPacketLifeTime"),
        max_retransmits: number("maxRetransmits"),
        protocol: init["protocol"].as_str().unwrap_or_default().into(),
        ..Default::default()
    }
}

/// Whether both sides see the channel as it was asked for.
async fn same_on_both_sides(
    call: &Call,
    channel: &DataChannel,
    opener: Side,
    init: &Value,
) -> anyhow::Result<()> {
    let args = json!({ "label": channel.label() });
    let seen: Value = call.run("return describeChannel(channels.get(label));", args).await?;
    let (ours, priority) = channel
        .observe(|channel| {
            let ours = json!({
                "label": channel.label(),
                "protocol": channel.protocol(),
                "ordered": channel.ordered(),
                "maxRetransmits": channel.max_retransmits(),
                "maxPacketLifeTime": channel.max_packet_life_time(),
                "negotiated": channel.negotiated(),
                "id": channel.id(),
            });
            (ours, channel.priority())
        })
        .context("forgotten")?;
    ensure!(seen == ours, "{seen} {ours}");
    // Firefox announces a priority of 0.
    let expected = match (opener, call.page.kind()) {
        (Side::Browser, BrowserKind::Firefox) => Priority::VeryLow,
        _ => Priority::Low,
    };
    ensure!(priority == expected, "{priority:?}");
    for (name, value) in init.as_object().context("no object")? {
        ensure!(ours[name] == *value, "{name} is {} and not {value}", ours[name]);
    }
    Ok(())
}

/// Messages of all kinds go both ways.
async fn exchange(call: &Call, channel: &DataChannel) -> anyhow::Result<()> {
    let messages = [
        Message::from("Grüße, 世界 \u{1f600}\u{0}"),
        Message::from(""),
        Message::from(Bytes::from_static(&[0, 1, 254, 255])),
        Message::from(Bytes::new()),
        Message::from(noise(9, 5000)),
        Message::from("e"),
    ];
    for message in &messages {
        channel.send(message.clone()).await?;
    }
    let args = json!({ "label": channel.label(), "count": messages.len() });
    let mut seen: Vec<Value> =
        call.run("return await take(channels.get(label), count);", args).await?;
    let mut expected: Vec<Value> = messages.iter().map(to_json).collect();
    for message in &messages {
        send_from_browser(call, channel, message).await?;
    }
    let mut heard = Vec::new();
    for _ in &messages {
        heard.push(to_json(&receive(channel).await?));
    }
    if channel.observe(|channel| channel.ordered()) == Some(false) {
        for list in [&mut seen, &mut heard, &mut expected] {
            list.sort_by_key(Value::to_string);
        }
    }
    ensure!(seen == expected, "the browser saw {seen:?}");
    ensure!(heard == expected, "we saw {heard:?}");
    Ok(())
}

async fn send_from_browser(
    call: &Call,
    channel: &DataChannel,
    message: &Message,
) -> anyhow::Result<()> {
    let args = json!({ "label": channel.label(), "data": to_json(message) });
    call.run("channels.get(label).send(fromJson(data));", args).await
}

async fn texts(channel: &DataChannel, count: usize) -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    for _ in 0..count {
        match receive(channel).await? {
            Message::Text(text) => texts.push(text),
            Message::Binary(bytes) => anyhow::bail!("{bytes:?}"),
        }
    }
    Ok(texts)
}

async fn closed(channel: &DataChannel) -> anyhow::Result<()> {
    timeout(PATIENCE, channel.closed()).await.with_context(|| format!("{channel:?} never closed"))
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

/// A description with another value for an attribute.
fn with_attribute(sdp: &str, name: &str, value: &str) -> String {
    let prefix = format!("a={name}:");
    let replace = |line: &str| match line.starts_with(&prefix) {
        true => format!("{prefix}{value}\r\n"),
        false => format!("{line}\r\n"),
    };
    sdp.lines().map(replace).collect()
}

const TAKE_ONE: &str = "return (await take(channels.get(label), 1))[0];";

const ALL_CLOSED: &str = "
    await until(() => ['ours', 'theirs'].every(label => channels.get(label).readyState === 'closed'));
";

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

/// What we announce, and Chromium does.
const LARGEST: usize = 262_144;

const MANY: usize = 50 * 1_048_576;
const PIECE: usize = 65_536;
