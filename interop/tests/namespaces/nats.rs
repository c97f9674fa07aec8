//! Linux as NAT, of four kinds, each against each, with coturn in the public network.

use core::{fmt::Write as _, net::IpAddr, time::Duration};
use std::{sync::mpsc, thread};

use anyhow::{Context as _, ensure};
use interop::{Coturn, Lab, Namespace, Router, required};
use rtc_ice::CandidateKind;
use rtc_tokio::{Config, ConnectionState};
use tokio::time::{sleep, timeout};

use crate::duo::{End, PATIENCE, Wire, server, wires};
use crate::inside::Inside;

/// What the other side sees of it in a selected pair without a relay.
fn seen_as(router: Router) -> CandidateKind {
    match router {
        Router::Symmetric => CandidateKind::PeerReflexive,
        _ => CandidateKind::ServerReflexive,
    }
}

/// The selected pair of who calls, by theory: local, remote.
fn predict(one: Router, other: Router) -> (CandidateKind, CandidateKind) {
    use Router::{Blocked, FullCone, PortRestricted, Symmetric};
    let relayed = CandidateKind::Relayed;
    match (one, other) {
        (Blocked, Blocked) => (relayed, relayed),
        // Only one of the two has UDP to a relay of the other's.
        (Blocked, _) => (relayed, seen_as(other)),
        (_, Blocked) => (seen_as(one), relayed),
        // Of the two relays, that is better which leaves the better candidate to the caller.
        (Symmetric, Symmetric | PortRestricted) | (PortRestricted, Symmetric) => {
            (seen_as(one), relayed)
        }
        (FullCone, _) | (_, FullCone) | (PortRestricted, PortRestricted) => {
            (seen_as(one), seen_as(other))
        }
    }
}

/// Whether a side tells what theory says. A check may come ahead of the candidate that it is sent
/// from, which is asked for and signalled meanwhile; then that is peer-reflexive.
fn is_allowed(seen: Route, expected: Route) -> bool {
    let alike = |seen, expected| {
        seen == expected
            || (seen, expected) == (CandidateKind::PeerReflexive, CandidateKind::ServerReflexive)
    };
    match (seen, expected) {
        (Some(seen), Some(expected)) => alike(seen.0, expected.0) && alike(seen.1, expected.1),
        (None, None) => true,
        _ => false,
    }
}

/// What one side tells of a call.
type Route = Option<(CandidateKind, CandidateKind)>;

fn config(urls: &[String]) -> Config {
    let mut config = Config::default();
    config.peer.ice_servers = vec![server(urls, Coturn::PASSWORD)];
    config
}

/// Answers, and echoes what it is sent.
async fn answer(config: Config, wire: Wire, done: mpsc::Receiver<()>) -> anyhow::Result<Route> {
    let end = End::new(config, wire).await?;
    let echo = async {
        let channel = end.pc.accept().await.context("closed")?;
        while let Some(message) = channel.recv().await {
            channel.send(message).await?;
        }
        anyhow::Ok(())
    };
    let finished = async {
        while done.try_recv() == Err(mpsc::TryRecvError::Empty) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = finished => {}
        echoed = echo => echoed?,
    }
    Ok(end.route())
}

/// Calls; `None` if there is no way.
async fn call(config: Config, wire: Wire, patience: Duration) -> anyhow::Result<Route> {
    let end = End::new(config, wire).await?;
    let channel = end.pc.create_data_channel("chat", Default::default())?;
    end.offer()?;
    if timeout(patience, channel.opened()).await.is_err() {
        ensure!(end.pc.connection_state() != ConnectionState::Connected);
        return Ok(None);
    }
    // A better path than the first may come with a retransmission.
    sleep(Duration::from_secs(2)).await;
    channel.send("ping").await?;
    let echoed = timeout(PATIENCE, channel.recv()).await.context("no echo")?;
    ensure!(echoed == Some("ping".into()), "{echoed:?}");
    Ok(end.route())
}

fn cell(
    (one, other): (&Namespace, &Namespace),
    urls: &[String],
    patience: Duration,
) -> anyhow::Result<(Route, Route)> {
    let (near, far) = wires();
    let (finished, done) = mpsc::channel();
    let (ours, theirs) = (config(urls), config(urls));
    let answering = Inside::run(other, move || answer(theirs, far, done))?;
    let calling = Inside::run(one, move || call(ours, near, patience))?;
    let called = calling.join();
    drop(finished);
    Ok((called?, answering.join()?))
}

fn with_servers(
    urls: impl Fn(&Coturn) -> Vec<String>,
    patience: Duration,
    expected: impl Fn(Router, Router) -> Route + Copy,
) -> anyhow::Result<()> {
    if !required("turnserver")? {
        return Ok(());
    }
    let Some(lab) = Lab::require()? else { return Ok(()) };
    let public = lab.public_network()?;
    let ip = IpAddr::from([203, 0, 113, 1]);
    let coturn = public.spawn(move || Coturn::start_at(ip, &[]))?;
    let coturn = coturn.join().map_err(|_| anyhow::anyhow!("panicked"))???;
    let urls = urls(&coturn);
    let homes = (0..8).map(|number| lab.home(&public, number, Router::ALL[number % 4]));
    let homes = homes.collect::<Result<Vec<_>, _>>()?;

    let cells = (0..16).map(|cell| (cell / 4, cell % 4));
    // All at once: most of the time of most of them is waiting.
    let outcomes = thread::scope(|scope| {
        let homes = &homes;
        let urls = &urls;
        let running: Vec<_> = cells
            .map(|(one, other)| {
                let between = (&homes[one], &homes[4 + other]);
                let run = move || cell(between, urls, patience);
                (Router::ALL[one], Router::ALL[other], scope.spawn(run))
            })
            .collect();
        running.into_iter().map(|(one, other, run)| (one, other, run.join())).collect::<Vec<_>>()
    });
    let (mut table, mut wrong) = (String::new(), String::new());
    for (one, other, outcome) in outcomes {
        let outcome = outcome.map_err(|_| anyhow::anyhow!("{one:?} {other:?} panicked"))?;
        let expected = expected(one, other);
        let mirrored = expected.map(|(local, remote)| (remote, local));
        let _ = writeln!(table, "{one:?} calls {other:?}: {:?}", outcome.as_ref().ok());
        let is_right = |(called, answered): &(Route, Route)| {
            is_allowed(*called, expected) && is_allowed(*answered, mirrored)
        };
        if !outcome.as_ref().is_ok_and(is_right) {
            let outcome = outcome.map_err(|error| format!("{error:#}"));
            let _ = writeln!(wrong, "{one:?} calls {other:?}: {outcome:?}, by theory {expected:?}");
        }
    }
    println!("{table}");
    ensure!(wrong.is_empty(), "{wrong}\n{}", coturn.log());
    Ok(())
}

#[test]
fn with_a_relay_every_kind_connects_with_every_other() -> anyhow::Result<()> {
    let urls = |coturn: &Coturn| vec![coturn.stun(), coturn.turn_udp(), coturn.turn_tcp()];
    with_servers(urls, 2 * PATIENCE, |one, other| Some(predict(one, other)))
}

#[test]
fn with_stun_alone_those_connect_that_need_no_relay() -> anyhow::Result<()> {
    let direct = |one, other| {
        let route = predict(one, other);
        let is_relayed = [route.0, route.1].contains(&CandidateKind::Relayed);
        (!is_relayed).then_some(route)
    };
    with_servers(|coturn| vec![coturn.stun()], Duration::from_secs(10), direct)
}
