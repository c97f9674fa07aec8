//! Sessions: connections that echo everything, and the room for them.

use core::fmt::Write as _;
use core::net::SocketAddr;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::http::{StatusCode, header};
use rtc_peer::{
    ConnectionState, DataChannelInit, Description, Event, IceCandidate, SdpType, SignalingState,
};
use rtc_sdp::TrickleFragment;
use rtc_tokio::{Config, DataChannel, PeerConnection};
use serde_json::{Value, json};
use tokio::sync::{Mutex as AsyncMutex, Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::problem::Problem;
use crate::media_echo::MediaEcho;
use crate::report;

/// How many sessions, and how long they may take to begin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How many sessions there may be at once.
    pub(crate) sessions: usize,
    /// When a session that has never connected ends.
    pub(crate) connect_within: Duration,
}

/// All sessions that there are.
pub(super) struct Sessions {
    config: Config,
    limits: Limits,
    sessions: Mutex<BTreeMap<String, Arc<Session>>>,
    room: Arc<Semaphore>,
}

impl Sessions {
    /// No sessions yet; their sockets will be bound to these addresses.
    pub(super) fn new(bind: Vec<SocketAddr>, limits: Limits) -> Self {
        let mut config = Config::bound_to(bind);
        config.peer.receive_buffer = SESSION_BUFFER;
        config.peer.send_buffer = SESSION_BUFFER;
        config.peer.max_data_channels = SESSION_CHANNELS;
        config.accept_backlog = usize::from(SESSION_CHANNELS);
        let room = Arc::new(Semaphore::new(limits.sessions));
        Self { config, limits, sessions: Mutex::default(), room }
    }

    /// A session by the other side's offer, and our answer.
    pub(super) async fn answer(
        self: &Arc<Self>,
        offer: String,
    ) -> Result<(Arc<Session>, String), Problem> {
        let session = self.make().await?;
        let answer = session.answer(offer).await?;
        Ok((self.begin(session, None), answer))
    }

    /// A session by our offer, which has the one channel `echo`.
    pub(super) async fn offer(self: &Arc<Self>) -> Result<(Arc<Session>, String), Problem> {
        let session = self.make().await?;
        let channel = session
            .connection
            .create_data_channel("echo", DataChannelInit::default())
            .map_err(internal)?;
        session.connection.set_local_description(None)?;
        let offer = session.local_description().await?;
        Ok((self.begin(session, Some(channel)), offer))
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<Session>> {
        self.lock().get(id).cloned()
    }

    pub(super) fn forget(&self, id: &str) {
        self.lock().remove(id);
    }

    /// Ends all sessions, and gives their last words a moment to leave.
    pub(super) async fn close_all(&self) {
        let sessions = core::mem::take(&mut *self.lock());
        sessions.values().for_each(|session| session.connection.close());
        if !sessions.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn make(&self) -> Result<Session, Problem> {
        let room = Arc::clone(&self.room).try_acquire_owned().map_err(|_| {
            let detail = format!("there are {} sessions already", self.limits.sessions);
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
                .with_header(header::RETRY_AFTER, "10")
        })?;
        let connection = PeerConnection::new(self.config.clone()).await.map_err(|error| {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, format!("no room for a session: {error}"))
                .with_header(header::RETRY_AFTER, "10")
        })?;
        Ok(Session {
            id: fresh_id()?,
            connection,
            began: Instant::now(),
            negotiating: AsyncMutex::new(()),
            dismissed: Notify::new(),
            _room: room,
        })
    }

    /// From here on the session lives by itself.
    fn begin(self: &Arc<Self>, session: Session, channel: Option<DataChannel>) -> Arc<Session> {
        let session = Arc::new(session);
        self.lock().insert(session.id.clone(), Arc::clone(&session));
        tokio::spawn(Arc::clone(self).live(Arc::clone(&session), channel));
        session
    }

    async fn live(self: Arc<Self>, session: Arc<Session>, channel: Option<DataChannel>) {
        tokio::select! {
            () = session.echo(channel) => {}
            () = session.end_is_due(self.limits.connect_within) => {}
            () = session.dismissed.notified() => {}
        }
        self.forget(&session.id);
        session.connection.close();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection, and what is needed to end it.
pub(super) struct Session {
    id: String,
    connection: PeerConnection,
    began: Instant,
    /// Held from an offer of the other side's to our answer.
    negotiating: AsyncMutex<()>,
    dismissed: Notify,
    _room: OwnedSemaphorePermit,
}

impl Session {
    /// What names the session, and cannot be guessed.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Takes the other side's answer to our offer, or, when none is due, its offer, and gives our
    /// answer to that.
    pub(super) async fn describe(&self, description: String) -> Result<Option<String>, Problem> {
        let _one_at_a_time = self.negotiating.lock().await;
        let connection = &self.connection;
        if connection.signaling_state() != SignalingState::Stable {
            connection.set_remote_description(Description::answer(description))?;
            return Ok(None);
        }
        // SDP does not say what it is; but nobody offers what was his answer.
        let taken = connection.remote_description().filter(|one| one.kind == SdpType::Answer);
        if taken.is_some_and(|taken| origin(&taken.sdp) == origin(&description)) {
            let detail = "this answer was taken already, and no other is due";
            return Err(Problem::new(StatusCode::CONFLICT, detail));
        }
        self.answer(description).await.map(Some)
    }

    /// Takes the other side's offer, and gives our answer with all candidates.
    async fn answer(&self, offer: String) -> Result<String, Problem> {
        let connection = &self.connection;
        connection.set_remote_description(Description::offer(offer))?;
        MediaEcho::agree(connection, |_| true);
        if let Err(error) = connection.set_local_description(None) {
            // The session goes on as it was.
            connection.set_remote_description(Description::rollback())?;
            return Err(error.into());
        }
        self.local_description().await
    }

    /// Our description, once it has all candidates.
    async fn local_description(&self) -> Result<String, Problem> {
        self.connection.gathered().await;
        let description = self.connection.local_description();
        Ok(description.ok_or_else(|| internal("no local description"))?.sdp)
    }

    /// Takes more candidates of the other side's. Those before a faulty one have been added.
    pub(super) async fn add_candidates(&self, fragment: &TrickleFragment) -> Result<(), Problem> {
        for (index, media) in fragment.media.iter().enumerate() {
            let texts = media.candidates.iter().map(ToString::to_string);
            let last = media.end_of_candidates || fragment.end_of_candidates;
            for candidate in texts.chain(last.then(String::new)) {
                self.connection.add_ice_candidate(&IceCandidate {
                    candidate,
                    sdp_mid: media.mid.as_deref().map(Into::into),
                    sdp_m_line_index: u16::try_from(index).ok(),
                    username_fragment: fragment.ufrag(media).map(Into::into),
                })?;
            }
        }
        Ok(())
    }

    /// States and statistics.
    pub(super) async fn report(&self) -> Value {
        let connection = &self.connection;
        let mut report = report::statistics(&report::of(connection));
        report["id"] = self.id.as_str().into();
        report["age"] = json!(self.began.elapsed().as_secs_f64());
        report["connectionState"] = connection.connection_state().as_str().into();
        report["iceConnectionState"] = connection.ice_connection_state().as_str().into();
        report["iceGatheringState"] = connection.ice_gathering_state().as_str().into();
        report["signalingState"] = connection.signaling_state().as_str().into();
        report
    }

    /// Ends the session.
    pub(super) fn dismiss(&self) {
        self.dismissed.notify_one();
    }

    /// Echoes whatever arrives: on our channel, on those of the other side, and as media.
    async fn echo(&self, channel: Option<DataChannel>) {
        let mut media = MediaEcho::new(self.connection.clone());
        let mut echoes = JoinSet::new();
        if let Some(channel) = channel {
            echoes.spawn(echo(channel));
        }
        loop {
            tokio::select! {
                channel = self.connection.accept() => match channel {
                    Some(channel) => {
                        echoes.spawn(echo(channel));
                    }
                    None => return,
                },
                Some(packet) = self.connection.packet() => media.on_packet(&packet),
                Some(event) = self.connection.event() => {
                    if let Event::KeyFrameRequested { transceiver, .. } = event {
                        media.on_key_frame_requested(transceiver);
                    }
                }
                Some(_) = echoes.join_next() => {}
            }
        }
    }

    /// Returns when the session is of no use any more.
    async fn end_is_due(&self, connect_within: Duration) {
        let mut was_connected = false;
        loop {
            match self.connection.connection_state() {
                ConnectionState::Failed | ConnectionState::Closed => return,
                ConnectionState::Connected => was_connected = true,
                _ if !was_connected && self.began.elapsed() > connect_within => return,
                _ => {}
            }
            // A side that says goodbye leaves no other trace: W3C's states call that connected.
            let closed = |one: &rtc_peer::TransportStats| one.dtls_state == rtc_dtls::State::Closed;
            if report::of(&self.connection).transports.iter().any(closed) {
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// Sends back what arrives, one message at a time: what cannot leave yet is not read either, so
/// the other side's window shuts.
async fn echo(channel: DataChannel) {
    while let Some(message) = channel.recv().await {
        if channel.send(message).await.is_err() {
            // Larger than the other side itself takes, or the channel is closed: no more echoes.
            channel.close();
            return;
        }
    }
}

/// The line that names a description and counts its versions (RFC 8866, section 5.2).
fn origin(sdp: &str) -> Option<&str> {
    sdp.lines().find(|line| line.starts_with("o="))
}

/// 128 bits that nobody can guess.
fn fresh_id() -> Result<String, Problem> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(internal)?;
    Ok(bytes.iter().fold(String::new(), |mut id, byte| {
        // Writing to a string does not fail.
        let _ = write!(id, "{byte:02x}");
        id
    }))
}

fn internal(error: impl core::fmt::Display) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

/// How many bytes of received messages, and of messages to be sent, a session may hold.
const SESSION_BUFFER: usize = 1024 * 1024;

/// How many channels a session may have at once.
const SESSION_CHANNELS: u16 = 256;

/// How long the end of a connection may go unnoticed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
