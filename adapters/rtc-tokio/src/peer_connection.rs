//! The handle of a connection: `RTCPeerConnection` for tokio.

use core::fmt;
use core::net::SocketAddr;
use std::sync::Arc;

use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_peer::{
    AddIceCandidateError, AddTrackError, AddTransceiverError, ConnectionState,
    CreateDataChannelError, DataChannelInit, Delivery, Description, DescriptionError, Event,
    IceCandidate, IceConnectionState, IceGatheringState, OfferOptions, OutgoingFrame,
    OutgoingPacket, ReceivedFrame, ReceivedPacket, ReceiverError, RemoveTrackError, SendMediaError,
    SignalingState, StatsReport, Track, TrackOrKind, TransceiverId, TransceiverInit,
    UnknownTransceiver,
};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::config::Config;
use crate::data_channel::DataChannel;
use crate::driver::Driver;
use crate::error::{ConnectError, Error};
use crate::hub::Hub;
use crate::socket::Socket;
use crate::{entropy, interfaces};

/// A peer connection: `RTCPeerConnection` with sockets, a clock and a task to drive it.
///
/// This is a handle; clones are handles of the same connection. When the last one and the last
/// [`DataChannel`] of the connection are dropped, the connection is closed as by
/// [`close`](Self::close).
///
/// The commands and getters are those of the W3C specification and do not wait; what they lead to
/// is told by [`event`](Self::event), and for the most common wishes by a method of its own:
/// [`gathered`](Self::gathered), [`connected`](Self::connected), [`accept`](Self::accept). All
/// futures of this crate can be dropped at any point without anything being lost, except for
/// messages that [`DataChannel::send`] still waits to send.
#[derive(Clone)]
pub struct PeerConnection {
    pub(crate) life: Arc<Life>,
}

/// What all handles of a connection hold; the connection is closed with the last of them.
pub(crate) struct Life {
    pub(crate) hub: Arc<Hub>,
    local_addresses: Vec<SocketAddr>,
}

impl PeerConnection {
    /// Opens the sockets and starts the task.
    ///
    /// To be called within a tokio runtime that has I/O and time enabled; the connection lives at
    /// most as long as that runtime.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn new(config: Config) -> Result<Self, Error> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| Error::NoRuntime)?;
        let clock = Clock::start();
        let mut peer = config.peer.clone();
        peer.unix_time_at_epoch = clock.unix_time_at_epoch();
        let mut core =
            rtc_peer::PeerConnection::new(peer, clock.now(), &mut entropy::generator()?)?;
        let sockets = open_sockets(&config, &mut core, clock.now())?;
        let local_addresses = sockets.iter().map(Socket::local).collect();
        let hub = Arc::new(Hub::new(clock, core, config.accept_backlog));
        runtime.spawn(Driver::new(Arc::clone(&hub), sockets, &config));
        Ok(Self { life: Arc::new(Life { hub, local_addresses }) })
    }

    /// `createDataChannel`.
    ///
    /// # Errors
    ///
    /// See [`CreateDataChannelError`].
    pub fn create_data_channel(
        &self,
        label: impl Into<String>,
        init: DataChannelInit,
    ) -> Result<DataChannel, CreateDataChannelError> {
        let label = label.into();
        let id = self.hub().command(|core, _| core.create_data_channel(label, init))?;
        let signals = self.hub().signals_of(id);
        Ok(DataChannel::new(Arc::clone(&self.life), id, signals))
    }

    /// `addTrack`. The transceiver that sends the track is named by what is returned.
    ///
    /// # Errors
    ///
    /// See [`AddTrackError`].
    pub fn add_track(
        &self,
        track: Track,
        streams: &[&str],
    ) -> Result<TransceiverId, AddTrackError> {
        self.hub().command(|core, _| core.add_track(track, streams))
    }

    /// `removeTrack`.
    ///
    /// # Errors
    ///
    /// See [`RemoveTrackError`].
    pub fn remove_track(&self, id: TransceiverId) -> Result<(), RemoveTrackError> {
        self.hub().command(|core, _| core.remove_track(id))
    }

    /// `addTransceiver`.
    ///
    /// # Errors
    ///
    /// See [`AddTransceiverError`].
    pub fn add_transceiver(
        &self,
        track_or_kind: impl Into<TrackOrKind>,
        init: TransceiverInit,
    ) -> Result<TransceiverId, AddTransceiverError> {
        let track_or_kind = track_or_kind.into();
        self.hub().command(|core, _| core.add_transceiver(track_or_kind, init))
    }

    /// Chooses whether what a receiver gets is given out as packets or as frames.
    ///
    /// # Errors
    ///
    /// There is no such transceiver.
    pub fn set_delivery(
        &self,
        id: TransceiverId,
        delivery: Delivery,
    ) -> Result<(), UnknownTransceiver> {
        self.hub().command(|core, _| core.set_delivery(id, delivery))
    }

    /// The next RTP packet of any receiver whose [delivery](Self::set_delivery) is of packets;
    /// `None` once the connection is closed. Each goes to one caller; what nobody takes in time is
    /// dropped, the oldest first.
    pub async fn packet(&self) -> Option<ReceivedPacket> {
        wait(&self.hub().media, || self.hub().next_packet().transpose()).await.ok()
    }

    /// The next frame of any receiver whose [delivery](Self::set_delivery) is of frames; `None`
    /// once the connection is closed. Each goes to one caller; what nobody takes in time is
    /// dropped, the oldest first.
    pub async fn frame(&self) -> Option<ReceivedFrame> {
        wait(&self.hub().media, || self.hub().next_frame().transpose()).await.ok()
    }

    /// Sends an RTP packet.
    ///
    /// # Errors
    ///
    /// See [`SendMediaError`]. Nothing has changed then.
    pub fn send_packet(
        &self,
        id: TransceiverId,
        packet: &OutgoingPacket,
    ) -> Result<(), SendMediaError> {
        self.hub().command(|core, _| core.send_packet(id, packet))
    }

    /// Takes a frame apart and sends it.
    ///
    /// # Errors
    ///
    /// See [`SendMediaError`]. Nothing has changed then.
    pub fn send_frame(
        &self,
        id: TransceiverId,
        frame: &OutgoingFrame,
    ) -> Result<(), SendMediaError> {
        self.hub().command(|core, _| core.send_frame(id, frame))
    }

    /// Asks the other side for a key frame, of the encoding `rid` where there are several.
    ///
    /// # Errors
    ///
    /// See [`ReceiverError`].
    pub fn request_key_frame(
        &self,
        id: TransceiverId,
        rid: Option<&str>,
    ) -> Result<(), ReceiverError> {
        self.hub().command(|core, _| core.request_key_frame(id, rid))
    }

    /// `createOffer`.
    ///
    /// # Errors
    ///
    /// See [`DescriptionError`].
    pub fn create_offer(&self, options: OfferOptions) -> Result<Description, DescriptionError> {
        self.hub().command(|core, _| core.create_offer(options))
    }

    /// `createAnswer`.
    ///
    /// # Errors
    ///
    /// See [`DescriptionError`].
    pub fn create_answer(&self) -> Result<Description, DescriptionError> {
        self.hub().command(|core, _| core.create_answer())
    }

    /// `setLocalDescription`. `None` creates and sets whatever the signaling state calls for.
    ///
    /// # Errors
    ///
    /// See [`DescriptionError`]. The connection is then as it was.
    pub fn set_local_description(
        &self,
        description: Option<Description>,
    ) -> Result<(), DescriptionError> {
        self.hub().command(|core, now| core.set_local_description(now, description))
    }

    /// `setRemoteDescription`.
    ///
    /// # Errors
    ///
    /// See [`DescriptionError`]. The connection is then as it was.
    pub fn set_remote_description(&self, description: Description) -> Result<(), DescriptionError> {
        self.hub().command(|core, now| core.set_remote_description(now, description))
    }

    /// `addIceCandidate`.
    ///
    /// # Errors
    ///
    /// See [`AddIceCandidateError`].
    pub fn add_ice_candidate(&self, candidate: &IceCandidate) -> Result<(), AddIceCandidateError> {
        self.hub().command(|core, now| core.add_ice_candidate(now, candidate))
    }

    /// `restartIce`: has the next offer look for a path anew.
    pub fn restart_ice(&self) {
        self.hub().command(|core, _| core.restart_ice());
    }

    /// `close`: ends the connection and all its channels at once. What the channels had not sent is
    /// not sent any more; to have it arrive, close the channels first and wait for
    /// [`DataChannel::closed`].
    ///
    /// The other side is told; the task ends when that has been sent.
    pub fn close(&self) {
        self.hub().close();
    }

    /// The next event, but for those of data channels, which tell their own; `None` once the
    /// connection is closed and the events before that were taken.
    ///
    /// Each event goes to one caller. Up to 1,024 events wait to be taken; of more, the oldest are
    /// dropped. So an application that is not interested in events need not take them.
    pub async fn event(&self) -> Option<Event> {
        self.wait(|hub| hub.next_event().transpose()).await.ok()
    }

    /// The next channel that the other side opens; `None` once the connection is closed.
    ///
    /// Each channel goes to one caller. As many as
    /// [`accept_backlog`](Config::accept_backlog) says wait to be taken; further ones are closed at
    /// once. The messages of a channel that waits take up room in the connection's receive buffer.
    pub async fn accept(&self) -> Option<DataChannel> {
        let (id, signals) = self.wait(|hub| hub.next_channel().transpose()).await.ok()?;
        Some(DataChannel::new(Arc::clone(&self.life), id, signals))
    }

    /// Waits until all local candidates are known, after a local description was set:
    /// [`local_description`](Self::local_description) then has them all. Returns also if the
    /// connection is closed.
    pub async fn gathered(&self) {
        self.wait(|hub| {
            let state = hub.lock();
            let is_complete = state.core.ice_gathering_state() == IceGatheringState::Complete;
            (is_complete || state.is_over()).then_some(())
        })
        .await;
    }

    /// Waits until the connection has a path and is secured.
    ///
    /// # Errors
    ///
    /// It has failed or was closed.
    pub async fn connected(&self) -> Result<(), ConnectError> {
        self.wait(|hub| match hub.lock().connection_state() {
            ConnectionState::Connected => Some(Ok(())),
            ConnectionState::Failed => Some(Err(ConnectError::Failed)),
            ConnectionState::Closed => Some(Err(ConnectError::Closed)),
            _ => None,
        })
        .await
    }

    /// `signalingState`.
    pub fn signaling_state(&self) -> SignalingState {
        self.observe(rtc_peer::PeerConnection::signaling_state)
    }

    /// `iceGatheringState`.
    pub fn ice_gathering_state(&self) -> IceGatheringState {
        self.observe(rtc_peer::PeerConnection::ice_gathering_state)
    }

    /// `iceConnectionState`.
    pub fn ice_connection_state(&self) -> IceConnectionState {
        self.observe(rtc_peer::PeerConnection::ice_connection_state)
    }

    /// `connectionState`.
    pub fn connection_state(&self) -> ConnectionState {
        self.hub().lock().connection_state()
    }

    /// `localDescription`: what was set last, with the candidates that have been gathered.
    pub fn local_description(&self) -> Option<Description> {
        self.observe(rtc_peer::PeerConnection::local_description)
    }

    /// `remoteDescription`: what was set last, with the candidates that have been added.
    pub fn remote_description(&self) -> Option<Description> {
        self.observe(rtc_peer::PeerConnection::remote_description)
    }

    /// The path that data is sent on at the moment.
    pub fn selected_path(&self) -> Option<FiveTuple> {
        self.observe(rtc_peer::PeerConnection::selected_path)
    }

    /// The largest message that the other side takes, in bytes; `None` before data channels were
    /// negotiated.
    pub fn max_message_size(&self) -> Option<usize> {
        self.observe(rtc_peer::PeerConnection::max_message_size)
    }

    /// `getStats`: what the connection can tell of itself at this moment.
    pub fn stats(&self) -> StatsReport {
        self.observe(|core| core.stats(self.now()))
    }

    /// The addresses of the sockets.
    pub fn local_addresses(&self) -> &[SocketAddr] {
        &self.life.local_addresses
    }

    /// The present by the connection's clock, which began with the connection.
    pub fn now(&self) -> Instant {
        self.hub().clock().now()
    }

    /// Looks at the peer connection itself, for what has no getter here. It is locked meanwhile:
    /// `look` must be short, and must not use or drop any handle of this connection.
    pub fn observe<T>(&self, look: impl FnOnce(&rtc_peer::PeerConnection) -> T) -> T {
        look(&self.hub().lock().core)
    }

    /// Changes the peer connection itself, by what has no method here, and sees to what follows. It
    /// is locked meanwhile: `change` must be short, and must not use or drop any handle of this
    /// connection.
    pub fn change<T>(&self, change: impl FnOnce(&mut rtc_peer::PeerConnection, Instant) -> T) -> T {
        self.hub().command(change)
    }

    fn hub(&self) -> &Hub {
        &self.life.hub
    }

    /// Looks until there is something, each time that something has changed.
    async fn wait<T>(&self, mut look: impl FnMut(&Hub) -> Option<T>) -> T {
        wait(&self.hub().changed, || look(self.hub())).await
    }
}

/// Looks until there is something, each time that `called` is.
async fn wait<T>(called: &Notify, mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        // Whatever happens from here on is not missed.
        let notified = called.notified();
        if let Some(found) = look() {
            return found;
        }
        notified.await;
    }
}

/// Opens the sockets and names them to the core.
fn open_sockets(
    config: &Config,
    core: &mut rtc_peer::PeerConnection,
    now: Instant,
) -> Result<Vec<Socket>, Error> {
    let mut sockets = Vec::new();
    for (address, is_named) in interfaces::expand(&config.bind).map_err(Error::Interfaces)? {
        let socket = match Socket::bind(address, config) {
            Ok(socket) => socket,
            Err(source) if is_named => return Err(Error::Bind { address, source }),
            // An address that is not ready yet, say.
            Err(_) => continue,
        };
        match core.add_local_address(now, socket.local(), Protocol::Udp) {
            Ok(()) => sockets.push(socket),
            Err(source) if is_named => return Err(Error::Address { address, source }),
            Err(_) => {}
        }
    }
    if sockets.is_empty() { Err(Error::NoAddress) } else { Ok(sockets) }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.hub.close();
    }
}

impl fmt::Debug for PeerConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerConnection")
            .field("connection_state", &self.connection_state())
            .field("local_addresses", &self.local_addresses())
            .finish_non_exhaustive()
    }
}
