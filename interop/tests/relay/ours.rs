//! Two connections of ours that may use nothing but relays.

use core::time::Duration;

use anyhow::ensure;
use interop::Coturn;
use rtc_ice::CandidateKind;
use rtc_tokio::Config;
use tokio::time::sleep;

use crate::duo::{Duo, relay_only};

/// Our configuration for this server; it trusts the server's authority.
pub(crate) fn relayed(server: &Coturn, urls: &[String]) -> anyhow::Result<Config> {
    let mut config = relay_only(urls);
    trust(&mut config, server)?;
    Ok(config)
}

pub(crate) fn trust(config: &mut Config, server: &Coturn) -> anyhow::Result<()> {
    config.trusted_certificates.push(server.authority_der()?);
    Ok(())
}

async fn talk_over(url: impl Fn(&Coturn) -> String) -> anyhow::Result<()> {
    let Some(server) = Coturn::require(&[])? else { return Ok(()) };
    let urls = [url(&server)];
    let duo = Duo::connect(relayed(&server, &urls)?, relayed(&server, &urls)?).await?;
    // Better pairs are waited for until one of relays is nominated.
    let relays = Some((CandidateKind::Relayed, CandidateKind::Relayed));
    for end in [&duo.one, &duo.other] {
        end.until("relayed", |end| end.route() == relays).await?;
    }
    duo.talk().await?;
    ensure!(duo.one.errors().is_empty() && duo.other.errors().is_empty());
    // A megabyte each way.
    let piece = vec![7; 50_000];
    for (from, to) in [(&duo.channels.0, &duo.channels.1), (&duo.channels.1, &duo.channels.0)] {
        for _ in 0..20 {
            from.send(piece.clone()).await?;
        }
        for _ in 0..20 {
            ensure!(crate::call::receive(to).await? == piece.clone().into());
        }
    }
    // Both release what they have: a refresh with lifetime 0 each.
    drop(duo);
    released(&server, 2).await
}

/// Waits until so many allocations were released.
pub(crate) async fn released(server: &Coturn, count: usize) -> anyhow::Result<()> {
    for _ in 0..100 {
        if server.logged(RELEASED) >= count {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("{} of {count} were released\n{}", server.logged(RELEASED), server.log())
}

#[tokio::test]
async fn they_talk_over_udp() -> anyhow::Result<()> {
    talk_over(Coturn::turn_udp).await
}

#[tokio::test]
async fn they_talk_over_tcp() -> anyhow::Result<()> {
    talk_over(Coturn::turn_tcp).await
}

#[tokio::test]
async fn they_talk_over_tls() -> anyhow::Result<()> {
    talk_over(Coturn::turns).await
}

/// One over each transport.
#[tokio::test]
async fn the_two_need_not_agree_on_a_transport() -> anyhow::Result<()> {
    let Some(server) = Coturn::require(&[])? else { return Ok(()) };
    let one = relayed(&server, &[server.turn_udp()])?;
    let other = relayed(&server, &[server.turn_tcp()])?;
    Duo::connect(one, other).await?.talk().await
}

/// Nonces that live for two seconds, and allocations that have to be refreshed before ten are over.
#[tokio::test]
async fn nonces_expire_in_the_middle_of_a_call() -> anyhow::Result<()> {
    let options = ["--stale-nonce=2", "--max-allocate-lifetime=10"];
    let Some(server) = Coturn::require(&options)? else { return Ok(()) };
    let urls = [server.turn_udp()];
    let duo = Duo::connect(relayed(&server, &urls)?, relayed(&server, &urls)?).await?;
    for _ in 0..8 {
        duo.talk().await?;
        sleep(Duration::from_secs(3)).await;
    }
    duo.talk().await?;
    let stale = server.logged("error 438");
    ensure!(stale >= 2, "{stale} nonces were stale\n{}", server.log());
    ensure!(duo.one.errors().is_empty() && duo.other.errors().is_empty());
    Ok(())
}

const RELEASED: &str = "lifetime=0";
