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
use interop::Lab;
use rtc_tokio::{Config, Message};
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use crate::duo::{End, PATIENCE, wires};
use crate::inside::Inside;

/// How the network goes.
#[derive(Debug, Clone, Copy)]
enum Loss {
    /// The cable is pulled: the interface stays, and has no carrier.
    Carrier,
    /// The interface and its address are gone.
    Interface,
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
        Ok((before, after, hash.finalize().to_vec()))
    })?;
    let progress = Arc::clone(&arrived);
    let receiving = Inside::run(&receiver, move || async move {
        let end = End::new(Config::default(), far).await?;
        let channel = timeout(PATIENCE, end.pc.accept()).await?.context("closed")?;
        let (mut hash, mut longest) = (Sha256::new(), Duration::ZERO);
        let mut total = 0;
        while total < TOTAL {
            let start = Instant::now();
            let message = timeout(PATIENCE, channel.recv()).await;
            let Message::Binary(bytes) = message.context("silence")?.context("closed")? else {
                anyhow::bail!("a text");
            };
            longest = longest.max(start.elapsed());
            hash.update(&bytes);
            total += bytes.len();
            progress.store(total, Ordering::Relaxed);
        }
        channel.send("all").await?;
        // Until it is said.
        let _closed = timeout(PATIENCE, channel.closed()).await;
        Ok((hash.finalize().to_vec(), longest))
    })?;
    // In the middle of it, the network that is in use goes.
    let start = Instant::now();
    while arrived.load(Ordering::Relaxed) < TOTAL / 3 {
        ensure!(start.elapsed() < 2 * PATIENCE, "{} bytes", arrived.load(Ordering::Relaxed));
        thread::sleep(Duration::from_millis(1));
    }
    let used = lab.busiest(&sender, &["wired", "air"])?;
    match loss {
        Loss::Carrier => receiver.ip(&format!("link set {used} down"))?,
        Loss::Interface => sender.ip(&format!("link delete {used}"))?,
    }
    let taken_at = arrived.load(Ordering::Relaxed);
    let (before, after, sent) = sending.join()?;
    let (received, longest) = receiving.join()?;
    println!(
        "{loss:?} of {used} after {taken_at} bytes: {before}, then {after}; nothing for {longest:?}"
    );
    ensure!(sent == received, "not what was sent");
    ensure!(before.local.ip() != after.local.ip(), "still on {after}");
    Ok(())
}

#[test]
fn a_transfer_ends_intact_when_an_interface_vanishes_in_its_middle() -> anyhow::Result<()> {
    transfer(Loss::Interface)
}

#[test]
fn a_transfer_ends_intact_when_a_cable_is_pulled_in_its_middle() -> anyhow::Result<()> {
    transfer(Loss::Carrier)
}

/// Bytes that no other piece has.
fn piece(number: usize) -> Vec<u8> {
    let seed = u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
    Sha256::digest(seed).iter().copied().cycle().take(PIECE).collect()
}

const PIECE: usize = 50_000;
const TOTAL: usize = 100_000_000;
