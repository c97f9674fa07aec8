//! Two networks between two machines, one of which is taken away in the middle of a transfer.

use core::time::Duration;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use anyhow::{Context as _, ensure};
use interop::{Lab, Namespace};
use rtc_tokio::{Config, Event, Message};
use sha2::{Digest as _, Sha256};
use tokio::time::{sleep, timeout};

use crate::duo::{End, PATIENCE, wires};
use crate::inside::Inside;

/// How the network goes.
#[derive(Debug, Clone, Copy)]
enum Loss {
    /// The receiver's cable is pulled: the interfaces stay, and have no carrier.
    Carrier,
    /// The sender's interface and its address are gone. The sender is the controlling side.
    Interface,
    /// The receiver's are.
    ReceiversInterface,
    /// Somewhere on the way everything is dropped, and no interface shows it.
    Silence,
}

impl Loss {
    fn happen(
        self,
        (sender, receiver): (&Namespace, &Namespace),
        interface: &str,
    ) -> anyhow::Result<()> {
        match self {
            Self::Carrier => receiver.ip(&format!("link set {interface} down"))?,
            Self::Interface => sender.ip(&format!("link delete {interface}"))?,
            Self::ReceiversInterface => receiver.ip(&format!("link delete {interface}"))?,
            Self::Silence => {
                // What comes in, so that nobody is told when sending.
                let rules = format!(
                    "table inet way {{ chain in {{ type filter hook input priority 0; \
                     iifname \"{interface}\" drop; }}; }}"
                );
                sender.nft(&rules)?;
                receiver.nft(&rules)?;
            }
        }
        Ok(())
    }
}

/// When each side said what, since the network went.
fn told(end: &str, history: &[(Instant, Event)], since: Instant) -> String {
    let told = history.iter().filter(|(at, _)| *at > since).map(|(at, event)| {
        let event = match event {
            Event::SelectedCandidatePairChange(path) => format!("selected {path}"),
            Event::IceConnectionStateChange(state) => format!("{state}"),
            Event::IceCandidate(_) => "a candidate".into(),
            other => format!("{other:?}"),
        };
        format!("\n  {end} after {:?}: {event}", *at - since)
    });
    told.collect()
}

fn transfer(loss: Loss) -> anyhow::Result<()> {
    let Some(lab) = Lab::require()? else { return Ok(()) };
    let (sender, receiver) = (lab.namespace("sender")?, lab.namespace("receiver")?);
    for (name, network) in [("wired", 1), ("air", 2)] {
        let address = |host| format!("10.{network}.0.{host}/24");
        lab.cable((&sender, name, &address(1)), (&receiver, name, &address(2)))?;
    }
    let (near, far) = wires();
    let arrived = Arc::new(AtomicUsize::new(0));
    let sending = Inside::run(&sender, move || async move {
        let end = End::new(Config::default(), near).await?;
        let channel = end.pc.create_data_channel("transfer", Default::default())?;
        end.offer()?;
        timeout(PATIENCE, channel.opened()).await??;
        let before = end.pc.selected_path().context("no path")?;
        let mut hash = Sha256::new();
        for number in 0..TOTAL / PIECE {
            let piece = piece(number);
            hash.update(&piece);
            timeout(PATIENCE, channel.send(piece)).await.context("stuck")??;
        }
        // The receiver tells that it has all.
        let last = timeout(2 * PATIENCE, channel.recv()).await.context("no receipt")?;
        ensure!(last == Some(Message::from("all")), "{last:?}");
        let after = end.pc.selected_path().context("no path")?;
        // Goodbye wants to be said before the runtime ends.
        end.pc.close();
        sleep(GOODBYE).await;
        Ok((before, after, hash.finalize().to_vec(), end.history()))
    })?;
    let progress = Arc::clone(&arrived);
    let receiving = Inside::run(&receiver, move || async move {
        let end = End::new(Config::default(), far).await?;
        let channel = timeout(PATIENCE, end.pc.accept()).await?.context("closed")?;
        let mut hash = Sha256::new();
        let mut longest = (Duration::ZERO, Instant::now());
        let mut total = 0;
        while total < TOTAL {
            let start = Instant::now();
            let message = timeout(PATIENCE, channel.recv()).await;
            let Message::Binary(bytes) = message.context("silence")?.context("closed")? else {
                anyhow::bail!("a text");
            };
            longest = longest.max((start.elapsed(), Instant::now()));
            hash.update(&bytes);
            total += bytes.len();
            progress.store(total, Ordering::Relaxed);
        }
        channel.send("all").await?;
        // Until it is said.
        let _closed = timeout(PATIENCE, channel.closed()).await;
        Ok((hash.finalize().to_vec(), longest, end.history()))
    })?;
    // In the middle of it, the network that is in use goes.
    let start = Instant::now();
    while arrived.load(Ordering::Relaxed) < TOTAL / 3 {
        ensure!(start.elapsed() < 2 * PATIENCE, "{} bytes", arrived.load(Ordering::Relaxed));
        thread::sleep(Duration::from_millis(1));
    }
    let used = lab.busiest(&sender, &["wired", "air"])?;
    let cut_at = Instant::now();
    loss.happen((&sender, &receiver), &used)?;
    let taken_at = arrived.load(Ordering::Relaxed);
    let (before, after, sent, senders) = sending.join()?;
    let (received, (longest, resumed_at), receivers) = receiving.join()?;
    println!(
        "{loss:?} of {used} after {taken_at} bytes: {before}, then {after}; nothing for \
         {longest:?}, until {:?} after the command{}{}",
        resumed_at.saturating_duration_since(cut_at),
        told("the sender", &senders, cut_at),
        told("the receiver", &receivers, cut_at),
    );
    ensure!(sent == received, "not what was sent");
    ensure!(before.local.ip() != after.local.ip(), "still on {after}");
    ensure!(longest < PATIENCE / 2, "nothing for {longest:?}");
    Ok(())
}

#[test]
fn a_transfer_ends_intact_when_an_interface_vanishes_in_its_middle() -> anyhow::Result<()> {
    transfer(Loss::Interface)
}

#[test]
fn a_transfer_ends_intact_when_the_receivers_interface_vanishes_in_its_middle() -> anyhow::Result<()>
{
    transfer(Loss::ReceiversInterface)
}

#[test]
fn a_transfer_ends_intact_when_a_cable_is_pulled_in_its_middle() -> anyhow::Result<()> {
    transfer(Loss::Carrier)
}

#[test]
fn a_transfer_ends_intact_when_the_way_falls_silent_in_its_middle() -> anyhow::Result<()> {
    transfer(Loss::Silence)
}

/// Bytes that no other piece has.
fn piece(number: usize) -> Vec<u8> {
    let seed = u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
    Sha256::digest(seed).iter().copied().cycle().take(PIECE).collect()
}

const PIECE: usize = 50_000;
const TOTAL: usize = 100_000_000;
/// How long the last words take to be sent.
const GOODBYE: Duration = Duration::from_millis(200);
