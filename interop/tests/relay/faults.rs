//! Servers that refuse, that are not there, and that die.

use core::time::Duration;
use std::time::Instant;

use anyhow::ensure;
use interop::Coturn;
use rtc_ice::CandidateKind;
use rtc_tokio::{Configuration, ConnectionState, Event, PeerConnection, Server, ServerConfig};
use tokio::time::{sleep, timeout};

use crate::duo::{Duo, End, relay_only, server, wires, with_servers};

#[tokio::test]
async fn wrong_credentials_are_told_with_401() -> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&[])? else { return Ok(()) };
    for url in [coturn.turn_udp(), coturn.turn_tcp()] {
        let mut config = relay_only(&[]);
        config.peer.ice_servers = vec![server(core::slice::from_ref(&url), "not it")];
        let (near, _far) = wires();
        let end = End::new(config, near).await?;
        let _channel = end.pc.create_data_channel("chat", Default::default())?;
        end.offer()?;
        end.until("refused", |end| !end.errors().is_empty()).await?;
        end.pc.gathered().await;
        ensure!(end.errors() == [(url, 401)], "{:?}", end.errors());
        let is_candidate =
            |event: &Event| matches!(event, Event::IceCandidate(one) if !one.candidate.is_empty());
        ensure!(!end.events().iter().any(is_candidate), "{:?}", end.events());
    }
    Ok(())
}

#[tokio::test]
async fn servers_that_are_not_there_delay_nothing() -> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&[])? else { return Ok(()) };
    // Nobody listens on these, and nobody has that name.
    let dead = ["stun:127.0.0.1:9", "turn:127.0.0.1:9?transport=tcp", "turn:nobody.invalid"];
    let urls: Vec<_> = dead.map(String::from).into_iter().chain([coturn.turn_udp()]).collect();
    let start = Instant::now();
    let duo = Duo::connect(relay_only(&urls), relay_only(&urls)).await?;
    let passed = start.elapsed();
    ensure!(passed < Duration::from_secs(5), "{passed:?}");
    duo.talk().await?;
    // Who does not answer a datagram is given up after 40 s; the others are known to be dead.
    duo.one
        .until("told of the last two", |end| {
            let errors = end.errors();
            let is_told = |url: &&str| errors.iter().any(|error| *error == (url.to_string(), 701));
            dead[1..].iter().all(is_told)
        })
        .await?;
    ensure!(duo.one.errors().len() <= dead.len(), "{:?}", duo.one.errors());
    Ok(())
}

#[tokio::test]
async fn a_user_with_too_many_allocations_is_told_with_486() -> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&["--user-quota=1"])? else { return Ok(()) };
    let urls = [coturn.turn_udp()];
    let duo = Duo::connect(with_servers(&urls), with_servers(&urls)).await?;
    duo.talk().await?;
    let refused = |end: &End| end.errors().iter().any(|(_, code)| *code == 486);
    for _ in 0..200 {
        if refused(&duo.one) || refused(&duo.other) {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("{:?} {:?}\n{}", duo.one.errors(), duo.other.errors(), coturn.log())
}

/// Two relays; the one in use is killed.
#[tokio::test]
async fn a_relay_that_is_killed_gives_way_to_the_other() -> anyhow::Result<()> {
    let Some(first) = Coturn::require(&[])? else { return Ok(()) };
    let Some(second) = Coturn::require(&[])? else { return Ok(()) };
    let urls = [first.turn_udp(), second.turn_udp()];
    let duo = Duo::connect(relay_only(&urls), relay_only(&urls)).await?;
    // All pairs have been checked by then.
    sleep(Duration::from_secs(2)).await;
    duo.talk().await?;
    let used = |duo: &Duo| duo.one.pc.selected_path().map(|path| path.local.port());
    let before = used(&duo);
    let mut servers = [first, second];
    for killed in &mut servers {
        let is_in_use = before.is_some_and(|port| killed.logged(&format!(":{port}")) > 0);
        if is_in_use {
            killed.kill();
        }
    }
    duo.talk().await?;
    ensure!(used(&duo) != before, "{before:?} is still in use");
    Ok(())
}

/// The only relay dies, and comes back: an ICE restart has both allocate anew.
#[tokio::test]
async fn an_ice_restart_recovers_from_the_death_of_the_only_relay() -> anyhow::Result<()> {
    let Some(mut coturn) = Coturn::require(&[])? else { return Ok(()) };
    for url in [coturn.turn_udp(), coturn.turn_tcp()] {
        let urls = [url];
        let duo = Duo::connect(relay_only(&urls), relay_only(&urls)).await?;
        duo.talk().await?;
        coturn.kill();
        // Where the stream ends the relay is known to be lost, and another way is looked for.
        let is_lost = |end: &End| end.pc.connection_state() != ConnectionState::Connected;
        duo.one.until("lost", is_lost).await?;
        coturn.start()?;
        duo.one.pc.restart_ice();
        duo.one.offer()?;
        duo.talk().await?;
        duo.one.is(ConnectionState::Connected).await?;
        let is_relayed =
            |end: &End| end.route().is_some_and(|(one, _)| one == CandidateKind::Relayed);
        duo.one.until("relayed", is_relayed).await?;
    }
    Ok(())
}

/// A direct path does not notice the death of the relay that it never needed.
#[tokio::test]
async fn a_direct_path_does_not_need_the_relay() -> anyhow::Result<()> {
    let Some(mut coturn) = Coturn::require(&[])? else { return Ok(()) };
    let urls = [coturn.turn_udp(), coturn.turn_tcp()];
    let duo = Duo::connect(with_servers(&urls), with_servers(&urls)).await?;
    duo.talk().await?;
    coturn.kill();
    sleep(Duration::from_secs(8)).await;
    duo.talk().await?;
    let is_broken = |event: &Event| {
        matches!(event, Event::ConnectionStateChange(ConnectionState::Disconnected))
    };
    ensure!(!duo.one.events().iter().any(is_broken), "{:?}", duo.one.events());
    Ok(())
}

/// A TURN server knows an allocation by the path to it, which is the same for all peers of a server
/// that share a socket.
#[tokio::test]
async fn the_second_peer_on_a_socket_is_told_that_there_is_no_second_relay_over_udp()
-> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&[])? else { return Ok(()) };
    let host = Server::bind(ServerConfig::bound_to(["127.0.0.1:0".parse()?])).await?;
    // Whether it has a relayed candidate, and what went wrong.
    let gather = async |url: String| -> anyhow::Result<(PeerConnection, bool, Vec<u16>)> {
        let mut configuration = Configuration::default();
        configuration.ice_servers = vec![server(&[url], Coturn::PASSWORD)];
        let peer = host.peer(configuration)?;
        let _channel = peer.create_data_channel("chat", Default::default())?;
        peer.set_local_description(None)?;
        peer.gathered().await;
        let sdp = peer.local_description().map(|description| description.sdp);
        let mut errors = Vec::new();
        while let Ok(Some(event)) = timeout(Duration::from_millis(100), peer.event()).await {
            if let Event::IceCandidateError(error) = event {
                errors.push(error.error_code);
            }
        }
        Ok((peer, sdp.is_some_and(|sdp| sdp.contains(" typ relay")), errors))
    };
    let (_first, has_relay, errors) = gather(coturn.turn_udp()).await?;
    ensure!(has_relay && errors.is_empty(), "{errors:?}");
    let (_second, has_relay, errors) = gather(coturn.turn_udp()).await?;
    ensure!(!has_relay && errors == [437], "{errors:?}");
    // A connection of its own is a path of its own.
    let (_third, has_relay, errors) = gather(coturn.turn_tcp()).await?;
    ensure!(has_relay && errors.is_empty(), "{errors:?}");
    Ok(())
}
