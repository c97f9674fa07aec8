//! Our end of perfect negotiation (webrtc-pc section 10.7), with signalling that takes its time.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use interop::{Page, Serving};
use rtc_tokio::{
    Config, Description, Event, PeerConnection, SdpType, SignalingState, rtc_peer::Delivery,
};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use crate::call::{Candidate, PATIENCE, Sdp, Side, Signal, media::send_all};

/// Both ends, each of which may offer at any time.
pub(crate) struct Perfect {
    pub(crate) page: Page,
    pub(crate) pc: PeerConnection,
    outcome: Arc<Mutex<Outcome>>,
    tasks: [JoinHandle<()>; 3],
    _signalling: Serving,
}

/// What our end has met.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// Offers that crossed ours, which we took back, or which we ignored.
    pub(crate) gave_way: u32,
    pub(crate) stood: u32,
    pub(crate) failures: Vec<String>,
}

/// Our end.
struct Ours {
    pc: PeerConnection,
    is_polite: bool,
    ignores: bool,
    out: mpsc::UnboundedSender<(Instant, Value)>,
    outcome: Arc<Mutex<Outcome>>,
}

impl Perfect {
    pub(crate) async fn new(page: Page, polite: Side) -> anyhow::Result<Self> {
        let script = concat!(
            include_str!("../scripts/peer.js"),
            include_str!("../scripts/channels.js"),
            include_str!("../scripts/media.js"),
            include_str!("../scripts/perfect.js"),
            "window.beforeAnswer = () => sendAll();",
        );
        let args =
            json!({ "configuration": {}, "gathered": false, "polite": polite == Side::Browser });
        page.run::<()>(script, args).await?;
        let pc = PeerConnection::new(Config::loopback()).await?;
        let outcome = Arc::new(Mutex::new(Outcome::default()));

        let (out, mut outgoing) = mpsc::unbounded_channel::<(Instant, Value)>();
        let (heard, mut arriving) = mpsc::unbounded_channel::<(Instant, Signal)>();
        let (inbox, mut inputs) = mpsc::unbounded_channel::<Signal>();
        let signalling = page.serve("signal", move |signal: Signal| {
            let sent = heard.send((Instant::now() + DELAY, signal));
            async move { sent.map_err(|_| "the test is over") }
        });
        let delay = tokio::spawn(async move {
            while let Some((due, signal)) = arriving.recv().await {
                sleep_until(due).await;
                let _over = inbox.send(signal);
            }
        });
        let (to, failed) = (page.clone(), Arc::clone(&outcome));
        let carry = tokio::spawn(async move {
            while let Some((due, message)) = outgoing.recv().await {
                sleep_until(due).await;
                let args = json!({ "message": message });
                let taken = to.run_within::<()>(PATIENCE, "await signal(message);", &args).await;
                if let Err(error) = taken {
                    fail(&failed, format!("the browser: {error} at {args}"));
                }
            }
        });
        let mut ours = Ours {
            pc: pc.clone(),
            is_polite: polite == Side::Us,
            ignores: false,
            out,
            outcome: Arc::clone(&outcome),
        };
        let failed = Arc::clone(&outcome);
        let actor = tokio::spawn(async move {
            let pc = ours.pc.clone();
            loop {
                let done = tokio::select! {
                    event = pc.event() => match event {
                        Some(event) => ours.on_event(event),
                        None => return,
                    },
                    signal = inputs.recv() => match signal {
                        Some(signal) => ours.on_signal(signal),
                        None => return,
                    },
                };
                if let Err(error) = done {
                    fail(&failed, format!("we: {error:#}"));
                }
            }
        });
        Ok(Self { page, pc, outcome, tasks: [delay, carry, actor], _signalling: signalling })
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Ours {
    fn on_event(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::NegotiationNeeded => self.describe(),
            Event::IceCandidate(candidate) => {
                let candidate = Candidate::from(candidate);
                self.send(json!({ "candidate": candidate }));
                Ok(())
            }
            Event::KeyFrameRequested { transceiver, .. } => {
                let _not_receiving = self.pc.request_key_frame(transceiver, None);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn on_signal(&mut self, signal: Signal) -> anyhow::Result<()> {
        let Some(Sdp { r#type: kind, sdp }) = signal.description else {
            let candidate = signal.candidate.map(Into::into).unwrap_or_default();
            let added = self.pc.add_ice_candidate(&candidate);
            return if self.ignores {
                Ok(())
            } else {
                added.with_context(|| format!("{candidate:?}"))
            };
        };
        let kind: SdpType = kind.parse()?;
        let crosses = kind == SdpType::Offer && self.pc.signaling_state() != SignalingState::Stable;
        self.ignores = crosses && !self.is_polite;
        if crosses {
            let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
            let count = if self.ignores { &mut outcome.stood } else { &mut outcome.gave_way };
            *count += 1;
        }
        if self.ignores {
            return Ok(());
        }
        let set = self.pc.set_remote_description(Description { kind, sdp: sdp.clone() });
        set.with_context(|| format!("the browser's {kind}: {sdp}"))?;
        if kind == SdpType::Offer {
            send_all(&self.pc, Delivery::Packets)?;
            self.describe()?;
        }
        Ok(())
    }

    /// Sets and sends what the state calls for.
    fn describe(&self) -> anyhow::Result<()> {
        self.pc.set_local_description(None)?;
        let description = self.pc.local_description().context("was set")?;
        let sdp = Sdp { r#type: description.kind.to_string(), sdp: description.sdp };
        self.send(json!({ "description": sdp }));
        Ok(())
    }

    fn send(&self, message: Value) {
        let _over = self.out.send((Instant::now() + DELAY, message));
    }
}

fn fail(outcome: &Mutex<Outcome>, what: String) {
    outcome.lock().unwrap_or_else(PoisonError::into_inner).failures.push(what);
}

impl Drop for Perfect {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Long enough for offers to cross that are made at about the same time.
const DELAY: Duration = Duration::from_millis(150);
