//! Two connections of ours with signalling between them, each in a runtime of its own if need be.

#![allow(dead_code, reason = "each file of tests uses the part that it needs")]

use core::time::Duration;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::{Context as _, ensure};
use interop::Coturn;
use rtc_ice::CandidateKind;
use rtc_tokio::{
    Config, ConnectionState, DataChannel, Description, Event, IceCandidate, Message, OfferOptions,
    PeerConnection, SignalingState,
    rtc_peer::{IceServer, IceTransportPolicy},
};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// What is signalled.
enum Signal {
    Description(Description),
    Candidate(IceCandidate),
}

/// One end of the signalling.
pub(crate) struct Wire {
    to: mpsc::UnboundedSender<Signal>,
    from: mpsc::UnboundedReceiver<Signal>,
}

/// Two ends that belong together.
pub(crate) fn wires() -> (Wire, Wire) {
    let (one, other) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
    (Wire { to: one.0, from: other.1 }, Wire { to: other.0, from: one.1 })
}

/// One of the two.
pub(crate) struct End {
    pub(crate) pc: PeerConnection,
    to: mpsc::UnboundedSender<Signal>,
    events: Arc<Mutex<Vec<(Instant, Event)>>>,
    pump: JoinHandle<()>,
}

impl End {
    pub(crate) async fn new(config: Config, wire: Wire) -> anyhow::Result<Self> {
        let pc = PeerConnection::new(config).await?;
        let events = Arc::new(Mutex::new(Vec::new()));
        let Wire { to, mut from } = wire;
        let pump = {
            let (pc, to, log) = (pc.clone(), to.clone(), Arc::clone(&events));
            tokio::spawn(async move {
                loop {
                    tokio::select! {
                        Some(signal) = from.recv() => {
                            take_in(&pc, &to, signal).expect("each takes what the other makes");
                        }
                        event = pc.event() => {
                            let Some(event) = event else { return };
                            let entry = (Instant::now(), event.clone());
                            log.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
                            if let Event::IceCandidate(candidate) = event {
                                let _the_other_has_gone = to.send(Signal::Candidate(candidate));
                            }
                        }
                    }
                }
            })
        };
        Ok(Self { pc, to, events, pump })
    }

    /// Makes an offer, which is answered by itself.
    pub(crate) fn offer(&self) -> anyhow::Result<()> {
        let offer = self.pc.create_offer(OfferOptions::default())?;
        self.pc.set_local_description(Some(offer.clone()))?;
        let _the_other_has_gone = self.to.send(Signal::Description(offer));
        Ok(())
    }

    /// Every event so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.history().into_iter().map(|(_, event)| event).collect()
    }

    /// The same, and when they came.
    pub(crate) fn history(&self) -> Vec<(Instant, Event)> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The `icecandidateerror`s so far: URL and code.
    pub(crate) fn errors(&self) -> Vec<(String, u16)> {
        let errors = self.events().into_iter().filter_map(|event| match event {
            Event::IceCandidateError(error) => Some((error.url, error.error_code)),
            _ => None,
        });
        errors.collect()
    }

    /// The kinds of the selected pair's candidates: local, remote.
    pub(crate) fn route(&self) -> Option<(CandidateKind, CandidateKind)> {
        let stats = self.pc.stats();
        let selected = stats.transports.first()?.selected_candidate_pair_id?;
        let pair = stats.candidate_pairs.iter().find(|pair| pair.id == selected)?;
        let local = stats.local_candidates.iter().find(|one| one.id == pair.local_candidate_id)?;
        let remote =
            stats.remote_candidates.iter().find(|one| one.id == pair.remote_candidate_id)?;
        Some((local.candidate_type, remote.candidate_type))
    }

    /// Looks until something holds, with patience.
    pub(crate) async fn until(
        &self,
        what: &str,
        condition: impl Fn(&Self) -> bool,
    ) -> anyhow::Result<()> {
        let wait = async {
            while !condition(self) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let outcome = timeout(PATIENCE, wait).await;
        outcome.with_context(|| {
            format!("never {what}: {:?}, {:?}, {:?}", self.pc, self.route(), self.events())
        })
    }

    pub(crate) async fn is(&self, state: ConnectionState) -> anyhow::Result<()> {
        self.until(state.as_str(), |end| end.pc.connection_state() == state).await
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.pump.abort();
        self.pc.close();
    }
}

fn take_in(
    pc: &PeerConnection,
    to: &mpsc::UnboundedSender<Signal>,
    signal: Signal,
) -> anyhow::Result<()> {
    match signal {
        Signal::Candidate(candidate) => {
            pc.add_ice_candidate(&candidate).with_context(|| format!("{candidate:?}"))?;
        }
        Signal::Description(description) => {
            pc.set_remote_description(description)?;
            if pc.signaling_state() == SignalingState::HaveRemoteOffer {
                let answer = pc.create_answer()?;
                pc.set_local_description(Some(answer.clone()))?;
                let _the_other_has_gone = to.send(Signal::Description(answer));
            }
        }
    }
    Ok(())
}

/// Both ends in one runtime, with a channel between them.
pub(crate) struct Duo {
    pub(crate) one: End,
    pub(crate) other: End,
    pub(crate) channels: (DataChannel, DataChannel),
}

impl Duo {
    /// Connects the two.
    pub(crate) async fn connect(one: Config, other: Config) -> anyhow::Result<Self> {
        let (near, far) = wires();
        let (one, other) = (End::new(one, near).await?, End::new(other, far).await?);
        let channel = one.pc.create_data_channel("chat", Default::default())?;
        one.offer()?;
        let accepted = timeout(PATIENCE, other.pc.accept()).await;
        let accepted = accepted
            .with_context(|| format!("not connected: {:?}, {:?}", one.events(), other.events()))?;
        let accepted = accepted.context("closed")?;
        timeout(PATIENCE, channel.opened()).await??;
        Ok(Self { one, other, channels: (channel, accepted) })
    }

    /// A message each way.
    pub(crate) async fn talk(&self) -> anyhow::Result<()> {
        let (near, far) = &self.channels;
        near.send("there").await?;
        far.send("back").await?;
        for (channel, expected) in [(far, "there"), (near, "back")] {
            let message = timeout(PATIENCE, channel.recv()).await;
            let message = message
                .with_context(|| format!("silence: {:?}, {:?}", self.one.pc, self.other.pc))?;
            ensure!(message == Some(Message::from(expected)), "{message:?}");
        }
        Ok(())
    }
}

/// Loopback, with these servers.
pub(crate) fn with_servers(urls: &[String]) -> Config {
    let mut config = Config::loopback();
    config.peer.ice_servers = vec![server(urls, Coturn::PASSWORD)];
    config
}

/// The same, with relayed candidates only.
pub(crate) fn relay_only(urls: &[String]) -> Config {
    let mut config = with_servers(urls);
    config.peer.ice_transport_policy = IceTransportPolicy::Relay;
    config
}

pub(crate) fn server(urls: &[String], password: &str) -> IceServer {
    IceServer {
        urls: urls.to_vec(),
        username: Some(Coturn::USER.into()),
        credential: Some(password.into()),
    }
}

/// How long anything is waited for: long, for machines that are busy with a build.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
