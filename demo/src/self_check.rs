//! Two peers over loopback: when what happened, and how fast it goes.

use core::fmt::Display;
use core::pin::pin;
use core::time::Duration;
use std::io::{self, IsTerminal as _};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rtc_peer::{
    ConnectionState, DataChannelInit, Event, IceConnectionState, IceGatheringState, Message,
};
use rtc_tokio::{Config, DataChannel, PeerConnection};

use crate::output::say;
use crate::report;

/// Connects two peers, sends `size` bytes from one to the other, and prints how it went.
///
/// # Errors
///
/// Whatever does not go well within a minute.
pub(crate) async fn run(size: u64) -> anyhow::Result<()> {
    tokio::time::timeout(LONGEST, check(size))
        .await
        .unwrap_or_else(|_| Err(anyhow::anyhow!("not done within {} s", LONGEST.as_secs())))
        .context("the loopback check failed")
}

async fn check(size: u64) -> anyhow::Result<()> {
    say(format_args!("Two peers over loopback:"));
    let timeline = Timeline { began: Instant::now() };
    let caller = PeerConnection::new(Config::loopback()).await?;
    let callee = PeerConnection::new(Config::loopback()).await?;
    let mut watch =
        Watch { timeline, peers: [Peer::new("caller", &caller), Peer::new("callee", &callee)] };
    let (near, far) = watch.during(connect(timeline, &caller, &callee)).await?;

    let began = Instant::now();
    let (sent, received) = tokio::join!(
        tokio::spawn(send(near.clone(), size)),
        tokio::spawn(receive(far.clone(), size)),
    );
    sent??;
    received??;
    let seconds = began.elapsed().as_secs_f64();
    let rate = size as f64 / seconds / 1e6;
    say(format_args!(
        "{} MB arrived intact in {seconds:.2} s: {rate:.0} MB/s ({:.2} Gbit/s).",
        size / 1_000_000,
        rate * 8.0 / 1000.0
    ));

    caller.close();
    callee.close();
    Ok(())
}

/// Has the peers agree, waits for a channel between them, and sends a first message on it.
async fn connect(
    timeline: Timeline,
    caller: &PeerConnection,
    callee: &PeerConnection,
) -> anyhow::Result<(DataChannel, DataChannel)> {
    let near = caller.create_data_channel("check", DataChannelInit::default())?;
    caller.set_local_description(None)?;
    caller.gathered().await;
    let offer = caller.local_description().context("no offer")?;
    callee.set_remote_description(offer)?;
    callee.set_local_description(None)?;
    callee.gathered().await;
    let answer = callee.local_description().context("no answer")?;
    caller.set_remote_description(answer)?;

    near.opened().await.context("the channel did not open")?;
    timeline.say("caller", "channel open, so SCTP is connected");
    let far = callee.accept().await.context("no channel arrived")?;
    timeline.say("callee", format_args!("channel {:?} accepted", far.label()));
    echo(timeline, &near, &far).await?;
    Ok((near, far))
}

/// Prints what happens to two connections.
struct Watch<'a> {
    timeline: Timeline,
    peers: [Peer<'a>; 2],
}

struct Peer<'a> {
    name: &'static str,
    connection: &'a PeerConnection,
    candidates: usize,
}

impl Watch<'_> {
    /// Prints what happens while something is being done: events first, so that nothing is told
    /// before what led to it.
    async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let [first, second] = &mut self.peers;
        loop {
            tokio::select! {
                biased;
                Some(event) = first.connection.event() => first.on_event(self.timeline, event),
                Some(event) = second.connection.event() => second.on_event(self.timeline, event),
                outcome = &mut work => return outcome,
            }
        }
    }
}

impl<'a> Peer<'a> {
    const fn new(name: &'static str, connection: &'a PeerConnection) -> Self {
        Self { name, connection, candidates: 0 }
    }

    fn on_event(&mut self, timeline: Timeline, event: Event) {
        match event {
            Event::IceCandidate(candidate) if !candidate.candidate.is_empty() => {
                self.candidates += 1;
            }
            Event::IceGatheringStateChange(IceGatheringState::Complete) => {
                let plural = if self.candidates == 1 { "" } else { "s" };
                timeline
                    .say(self.name, format_args!("{} candidate{plural} gathered", self.candidates));
            }
            Event::IceConnectionStateChange(
                state @ (IceConnectionState::Connected | IceConnectionState::Failed),
            ) => timeline.say(self.name, format_args!("ICE {state}")),
            Event::ConnectionStateChange(ConnectionState::Connected) => {
                let cipher =
                    report::of(self.connection).transports.first().and_then(|one| one.dtls_cipher);
                let cipher = cipher.unwrap_or("unknown cipher");
                timeline.say(self.name, format_args!("DTLS connected ({cipher})"));
                timeline.say(self.name, "connection connected");
            }
            Event::ConnectionStateChange(state @ ConnectionState::Failed) => {
                timeline.say(self.name, format_args!("connection {state}"));
            }
            _ => {}
        }
    }
}

async fn echo(timeline: Timeline, near: &DataChannel, far: &DataChannel) -> anyhow::Result<()> {
    let sent = Instant::now();
    near.send("hello").await?;
    let message = far.recv().await.context("the channel closed before the first message")?;
    far.send(message).await?;
    let echo = near.recv().await.context("the channel closed before the echo")?;
    ensure!(echo == Message::from("hello"), "the echo is {echo:?}");
    let round = sent.elapsed().as_secs_f64() * 1000.0;
    timeline.say("caller", format_args!("first message echoed, {round:.2} ms after it was sent"));
    Ok(())
}

async fn send(channel: DataChannel, size: u64) -> anyhow::Result<()> {
    let pattern = Pattern::new();
    for (number, length) in lengths(size) {
        channel.send(pattern.message(number, length)).await?;
    }
    Ok(())
}

async fn receive(channel: DataChannel, size: u64) -> anyhow::Result<()> {
    let pattern = Pattern::new();
    let progress = Progress::new(size);
    let mut arrived = 0;
    for (number, length) in lengths(size) {
        let message = channel.recv().await.context("the channel closed before all had arrived")?;
        let Message::Binary(bytes) = message else { anyhow::bail!("message {number} is text") };
        ensure!(
            pattern.matches(number, length, &bytes),
            "message {number} ({} bytes) is not the one that was sent ({length} bytes)",
            bytes.len()
        );
        arrived += bytes.len() as u64;
        progress.at(arrived);
    }
    progress.end();
    Ok(())
}

/// The messages that a transfer of so many bytes is cut into: their numbers and lengths.
fn lengths(size: u64) -> impl Iterator<Item = (u64, usize)> {
    let whole = size / MESSAGE as u64;
    let rest = (size % MESSAGE as u64) as usize;
    (0..whole).map(|number| (number, MESSAGE)).chain((rest > 0).then_some((whole, rest)))
}

/// The moments of a check, counted from its start.
#[derive(Debug, Clone, Copy)]
struct Timeline {
    began: Instant,
}

impl Timeline {
    fn say(self, who: &str, what: impl Display) {
        let at = self.began.elapsed().as_secs_f64() * 1000.0;
        say(format_args!("{at:9.2} ms  {who}: {what}"));
    }
}

/// Contents that tell which message they are of: a window on noise, at another place each time.
struct Pattern {
    noise: Vec<u8>,
}

impl Pattern {
    fn new() -> Self {
        // A linear congruential generator with Knuth's constants: noise enough to find mistakes.
        let mut state = 1_u64;
        let noise = (0..MESSAGE + PLACES)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005);
                state = state.wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            })
            .collect();
        Self { noise }
    }

    fn message(&self, number: u64, length: usize) -> Bytes {
        Bytes::copy_from_slice(self.window(number, length))
    }

    fn matches(&self, number: u64, length: usize, bytes: &[u8]) -> bool {
        bytes == self.window(number, length)
    }

    fn window(&self, number: u64, length: usize) -> &[u8] {
        // The number of places is a prime, so each step leads to a new one until all were used.
        let start = (number * 1009 % PLACES as u64) as usize;
        &self.noise[start..start + length]
    }
}

/// How far a transfer is: a bar where somebody looks, lines where a file does.
struct Progress {
    size: u64,
    bar: Option<ProgressBar>,
    tenths: core::cell::Cell<u64>,
    began: Instant,
}

impl Progress {
    fn new(size: u64) -> Self {
        let bar = io::stdout().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(size), ProgressDrawTarget::stdout());
            let style = ProgressStyle::with_template(
                "{bar:40} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta}",
            );
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { size, bar, tenths: core::cell::Cell::new(0), began: Instant::now() }
    }

    fn at(&self, arrived: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(arrived);
            return;
        }
        let tenths = arrived * 10 / self.size.max(1);
        if tenths > self.tenths.replace(tenths) {
            let rate = arrived as f64 / self.began.elapsed().as_secs_f64() / 1e6;
            say(format_args!("{:3} %  {rate:.0} MB/s", tenths * 10));
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The longest that a check may last.
const LONGEST: Duration = Duration::from_secs(60);

/// The size of a message, in bytes: what every WebRTC implementation takes.
const MESSAGE: usize = 65_536;

/// At how many places a message may start in the noise; a prime.
const PLACES: usize = 4099;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_is_cut_into_messages_without_loss() {
        for size in [0, 1, 65_535, 65_536, 65_537, 1_000_000] {
            let total: usize = lengths(size).map(|(_, length)| length).sum();
            assert_eq!(total as u64, size);
            assert!(lengths(size).zip(0..).all(|((number, length), n)| number == n && length > 0));
        }
    }

    #[test]
    fn no_message_passes_for_its_neighbour() {
        let pattern = Pattern::new();
        let message = pattern.message(7, MESSAGE);
        assert!(pattern.matches(7, MESSAGE, &message));
        assert!(!pattern.matches(8, MESSAGE, &message));
        assert!(!pattern.matches(7, MESSAGE - 1, &message));
        let mut flipped = message.to_vec();
        flipped[MESSAGE - 1] ^= 1;
        assert!(!pattern.matches(7, MESSAGE, &flipped));
    }
}
