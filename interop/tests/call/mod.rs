//! A call between a browser's page and a connection of ours, with the signalling between them.

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each file of tests uses the part that it needs"
)]

pub(crate) mod media;

use core::time::Duration;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use interop::{Page, Serving};
use rtc_tokio::{
    Config, ConnectionState, DataChannel, Description, Event, IceCandidate, Message, OfferOptions,
    PeerConnection, SignalingState,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
    time::{sleep, timeout},
};

/// Makes two tests per browser, as offerer and as answerer, of a function over both.
macro_rules! with_each_browser {
    ($($(#[$doc:meta])* async fn $name:ident($page:ident: Page, $offerer:ident: Side) $body:block)*) => {$(
        mod $name {
            use super::*;

            $(#[$doc])*
            async fn test($page: Page, $offerer: Side) -> anyhow::Result<()> $body

            async fn run(kind: BrowserKind, offerer: Side) -> anyhow::Result<()> {
                let Some(page) = Page::require(kind).await? else { return Ok(()) };
                let outcome = crate::call::in_time(test(page.clone(), offerer)).await;
                outcome.with_context(|| format!("{}", page.console()))
            }

            #[tokio::test]
            async fn chromium_offers() -> anyhow::Result<()> {
                run(BrowserKind::Chromium, Side::Browser).await
            }

            #[tokio::test]
            async fn chromium_answers() -> anyhow::Result<()> {
                run(BrowserKind::Chromium, Side::Us).await
            }

            #[tokio::test]
            async fn firefox_offers() -> anyhow::Result<()> {
                run(BrowserKind::Firefox, Side::Browser).await
            }

            #[tokio::test]
            async fn firefox_answers() -> anyhow::Result<()> {
                run(BrowserKind::Firefox, Side::Us).await
            }
        }
    )*};
}
pub(crate) use with_each_browser;

/// One of the two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Us,
    Browser,
}

/// How candidates get to the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Candidates {
    /// All of them within the description.
    Gathered,
    /// Each of them, and their end, after a description without any.
    Trickled,
}

/// What is done to a description on its way.
pub(crate) type Munge = Arc<dyn Fn(Side, String) -> String + Send + Sync>;

/// What our side does between an offer of the browser's and our answer.
pub(crate) type Prepare = Arc<dyn Fn(&PeerConnection) -> anyhow::Result<()> + Send + Sync>;

/// How a call is set up.
pub(crate) struct Setup {
    pub(crate) candidates: Candidates,
    pub(crate) config: Config,
    /// The `RTCConfiguration` of the page.
    pub(crate) configuration: Value,
    pub(crate) munge: Munge,
    pub(crate) prepare: Prepare,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            candidates: Candidates::Trickled,
            config: Config::loopback(),
            configuration: json!({}),
            munge: Arc::new(|_, sdp| sdp),
            prepare: Arc::new(|_| Ok(())),
        }
    }
}

/// A page and a connection of ours that signal to each other.
pub(crate) struct Call {
    pub(crate) page: Page,
    pub(crate) pc: PeerConnection,
    wire: Wire,
    /// Every event of ours so far.
    events: watch::Receiver<Vec<Event>>,
    forwarder: JoinHandle<()>,
    _signalling: Serving,
}

/// Our end of the signalling.
#[derive(Clone)]
struct Wire {
    page: Page,
    pc: PeerConnection,
    candidates: Candidates,
    munge: Munge,
    prepare: Prepare,
    /// Held while a description is under way, which its candidates must not overtake.
    turn: Arc<Mutex<()>>,
}

/// What pages signal.
#[derive(Deserialize)]
pub(crate) struct Signal {
    pub(crate) description: Option<Sdp>,
    pub(crate) candidate: Option<Candidate>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Sdp {
    pub(crate) r#type: String,
    pub(crate) sdp: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Candidate {
    candidate: String,
    sdp_mid: Option<String>,
    sdp_m_line_index: Option<u16>,
    username_fragment: Option<String>,
}

impl Call {
    /// The two ends; nothing has been said yet.
    pub(crate) async fn new(page: Page, candidates: Candidates) -> anyhow::Result<Self> {
        Self::set_up(page, Setup { candidates, ..Setup::default() }).await
    }

    pub(crate) async fn with(
        page: Page,
        candidates: Candidates,
        config: Config,
        munge: Munge,
    ) -> anyhow::Result<Self> {
        Self::set_up(page, Setup { candidates, config, munge, ..Setup::default() }).await
    }

    pub(crate) async fn set_up(page: Page, setup: Setup) -> anyhow::Result<Self> {
        let Setup { candidates, config, configuration, munge, prepare } = setup;
        let script = concat!(
            include_str!("../scripts/peer.js"),
            include_str!("../scripts/channels.js"),
            include_str!("../scripts/media.js"),
        );
        let gathered = candidates == Candidates::Gathered;
        let args = json!({ "configuration": configuration, "gathered": gathered });
        page.run::<()>(script, args).await?;
        let pc = PeerConnection::new(config).await?;
        let turn = Arc::new(Mutex::new(()));
        let wire = Wire { page: page.clone(), pc: pc.clone(), candidates, munge, prepare, turn };

        let incoming = wire.clone();
        let signalling = page.serve("signal", move |signal: Signal| {
            let wire = incoming.clone();
            async move { wire.take_in(signal).await }
        });
        let (log, events) = watch::channel(Vec::new());
        let outgoing = wire.clone();
        let forwarder = tokio::spawn(async move {
            while let Some(event) = outgoing.pc.event().await {
                log.send_modify(|log| log.push(event.clone()));
                // What is echoed has no encoder but the browser's own.
                if let Event::KeyFrameRequested { transceiver, .. } = event {
                    let _not_receiving = outgoing.pc.request_key_frame(transceiver, None);
                }
                if let Event::IceCandidate(candidate) = event
                    && outgoing.candidates == Candidates::Trickled
                {
                    let sent = outgoing.send_candidate(candidate).await;
                    sent.expect("the browser takes our candidates");
                }
            }
        });
        Ok(Self { page, pc, wire, events, forwarder, _signalling: signalling })
    }

    /// A call with a data channel of ours and one of the browser's, both called by their side, and
    /// both open.
    pub(crate) async fn connected(
        page: Page,
        offerer: Side,
        candidates: Candidates,
    ) -> anyhow::Result<(Self, Pair)> {
        let call = Self::new(page, candidates).await?;
        let pair = call.connect(offerer).await?;
        Ok((call, pair))
    }

    /// Connects, with a channel from each side.
    pub(crate) async fn connect(&self, offerer: Side) -> anyhow::Result<Pair> {
        let ours = self.pc.create_data_channel("ours", Default::default())?;
        self.run::<()>("open('theirs');", Value::Null).await?;
        self.negotiate(offerer).await?;
        ours.opened().await?;
        let theirs = self.accept("theirs").await?;
        self.run::<()>("await opened('ours'); await opened('theirs');", Value::Null).await?;
        Ok(Pair { ours, theirs })
    }

    /// An offer from this side, and its answer.
    pub(crate) async fn negotiate(&self, offerer: Side) -> anyhow::Result<()> {
        match offerer {
            Side::Us => self.wire.describe().await?,
            Side::Browser => self.run("await describe();", Value::Null).await?,
        }
        // Our side is stable first if the browser offers, the browser's if we do.
        self.until("stable", |pc| pc.signaling_state() == SignalingState::Stable).await?;
        self.run("await until(() => pc.signalingState === 'stable');", Value::Null).await
    }

    /// Waits until both sides are in this state.
    pub(crate) async fn both_are(&self, state: ConnectionState) -> anyhow::Result<()> {
        self.we_are(state).await?;
        self.browser_is(state).await
    }

    pub(crate) async fn we_are(&self, state: ConnectionState) -> anyhow::Result<()> {
        self.until(state.as_str(), |pc| pc.connection_state() == state).await
    }

    pub(crate) async fn browser_is(&self, state: ConnectionState) -> anyhow::Result<()> {
        let state = state.as_str();
        self.run("await until(() => pc.connectionState === state);", json!({ "state": state }))
            .await
    }

    /// Waits until something holds for our side. Not all that can be waited for has an event, so
    /// this looks again and again.
    pub(crate) async fn until(
        &self,
        what: &str,
        condition: impl Fn(&PeerConnection) -> bool,
    ) -> anyhow::Result<()> {
        let wait = async {
            while !condition(&self.pc) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let outcome = timeout(PATIENCE, wait).await;
        outcome.with_context(|| format!("never {what}: {:?}, {:?}", self.pc, self.events()))
    }

    /// Our events so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.borrow().clone()
    }

    /// The next channel of the browser's, which has this label.
    pub(crate) async fn accept(&self, label: &str) -> anyhow::Result<DataChannel> {
        let channel = timeout(PATIENCE, self.pc.accept()).await;
        let channel = channel.with_context(|| format!("no channel {label:?}"))?;
        let channel = channel.context("closed")?;
        ensure!(channel.label() == label, "{:?} is not {label:?}", channel.label());
        Ok(channel)
    }

    /// Runs a script in the page, with patience.
    pub(crate) async fn run<T: serde::de::DeserializeOwned>(
        &self,
        body: &str,
        args: impl Serialize,
    ) -> anyhow::Result<T> {
        let outcome = self.page.run_within(PATIENCE, body, args).await;
        outcome.with_context(|| format!("ours: {:?}, script: {body}", self.pc))
    }

    /// The browser's statistics of its transport.
    pub(crate) async fn transport(&self) -> anyhow::Result<Value> {
        self.run("return await transport();", Value::Null).await
    }

    /// The attribute of this name that is found first in a description.
    pub(crate) fn attribute(description: Option<Description>, name: &str) -> Option<String> {
        let prefix = format!("a={name}:");
        let sdp = description?.sdp;
        sdp.lines().find_map(|line| line.strip_prefix(&prefix)).map(Into::into)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.forwarder.abort();
    }
}

impl Wire {
    /// Sets and sends our description.
    async fn describe(&self) -> anyhow::Result<()> {
        let _turn = self.turn.lock().await;
        let description = match self.pc.signaling_state() {
            SignalingState::HaveRemoteOffer => self.pc.create_answer()?,
            _ => self.pc.create_offer(OfferOptions::default())?,
        };
        self.pc.set_local_description(Some(description.clone()))?;
        let description = match self.candidates {
            Candidates::Trickled => {
                ensure!(!description.sdp.contains("a=candidate"), "not to be trickled");
                description
            }
            Candidates::Gathered => {
                self.pc.gathered().await;
                let description = self.pc.local_description().context("was set")?;
                ensure!(description.sdp.contains("a=candidate"));
                description
            }
        };
        let sdp = (self.munge)(Side::Us, description.sdp);
        let sdp = Sdp { r#type: description.kind.to_string(), sdp };
        self.signal(json!({ "description": sdp })).await
    }

    async fn send_candidate(&self, candidate: IceCandidate) -> anyhow::Result<()> {
        let _turn = self.turn.lock().await;
        self.signal(json!({ "candidate": Candidate::from(candidate) })).await
    }

    async fn signal(&self, message: Value) -> anyhow::Result<()> {
        let call = "await signal(message);";
        self.page
            .run_within::<()>(PATIENCE, call, json!({ "message": message }))
            .await
            .with_context(|| format!("our signal was {message}"))
    }

    /// Takes in what the browser signals, and answers an offer.
    async fn take_in(&self, signal: Signal) -> anyhow::Result<()> {
        let Some(Sdp { r#type: kind, sdp }) = signal.description else {
            let candidate = signal.candidate.map_or_else(IceCandidate::default, Into::into);
            let added = self.pc.add_ice_candidate(&candidate);
            return added.with_context(|| format!("{candidate:?}"));
        };
        let sdp = (self.munge)(Side::Browser, sdp);
        let description = Description { kind: kind.parse()?, sdp };
        let set = self.pc.set_remote_description(description.clone());
        set.with_context(|| format!("the browser's {kind}: {}", description.sdp))?;
        match self.pc.signaling_state() {
            SignalingState::HaveRemoteOffer => {
                (self.prepare)(&self.pc)?;
                self.describe().await
            }
            _ => Ok(()),
        }
    }
}

impl From<Candidate> for IceCandidate {
    fn from(candidate: Candidate) -> Self {
        Self {
            candidate: candidate.candidate,
            sdp_mid: candidate.sdp_mid,
            sdp_m_line_index: candidate.sdp_m_line_index,
            username_fragment: candidate.username_fragment,
        }
    }
}

impl From<IceCandidate> for Candidate {
    fn from(candidate: IceCandidate) -> Self {
        Self {
            candidate: candidate.candidate,
            sdp_mid: candidate.sdp_mid,
            sdp_m_line_index: candidate.sdp_m_line_index,
            username_fragment: candidate.username_fragment,
        }
    }
}

/// A channel that we opened, and one that the browser did; each is named after its opener.
pub(crate) struct Pair {
    pub(crate) ours: DataChannel,
    pub(crate) theirs: DataChannel,
}

/// The next message of ours.
pub(crate) async fn receive(channel: &DataChannel) -> anyhow::Result<Message> {
    let message = timeout(PATIENCE, channel.recv()).await;
    let message = message.with_context(|| format!("nothing on {channel:?}"))?;
    message.with_context(|| format!("no more on {channel:?}"))
}

/// A message as pages write it: a text, or a list of bytes.
pub(crate) fn to_json(message: &Message) -> Value {
    match message {
        Message::Text(text) => json!(text),
        Message::Binary(bytes) => json!(&bytes[..]),
    }
}

/// Bytes that look like noise and are the same each time.
pub(crate) fn noise(seed: u32, length: usize) -> Bytes {
    let mut state = seed | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    core::iter::repeat_with(next).flat_map(u32::to_le_bytes).take(length).collect()
}

/// A test, ended when it must have hung.
pub(crate) async fn in_time(test: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    timeout(3 * PATIENCE, test).await.context("the test hangs")?
}

/// How long anything is waited for: long, for machines that are busy with a build.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
