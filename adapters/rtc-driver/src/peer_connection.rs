//! The handle of a connection: `RTCPeerConnection`.

use core::fmt;
use core::marker::PhantomData;
use core::net::SocketAddr;
use std::sync::Arc;

use rtc_core::{FiveTuple, Instant};
use rtc_peer::{
    AddIceCandidateError, AddTrackError, AddTransceiverError, ChannelId, Configuration,
    ConfigurationError, ConnectionState, CreateDataChannelError, DataChannelInit, Delivery,
    Description, DescriptionError, Event, IceCandidate, IceConnectionState, IceGatheringState,
    OfferOptions, OutgoingFrame, OutgoingPacket, ReceivedFrame, ReceivedPacket, ReceiverError,
    RemoveTrackError, SendMediaError, SignalingState, StatsReport, Track, TrackOrKind,
    TransceiverId, TransceiverInit, UnknownTransceiver,
};

use crate::clock::Clock;
use crate::config::Config;
use crate::data_channel::DataChannel;
use crate::driver::Driver;
use crate::entropy;
use crate::error::{ConnectError, Error};
use crate::hub::{Hub, Received};
use crate::machine::Key;
use crate::peer::Calls;
use crate::runtime::Runtime;
use crate::server::ServerLife;
use crate::sockets::Sockets;
use crate::stream::Streams;

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
pub struct PeerConnection<R> {
    pub(crate) life: Arc<Life>,
    runtime: PhantomData<fn() -> R>,
}

/// What all handles of a connection hold; the connection is closed with the last of them.
pub(crate) struct Life {
    pub(crate) hub: Arc<Hub>,
    pub(crate) key: Key,
    calls: Arc<Calls>,
    /// The server whose sockets it uses.
    _server: Option<Arc<ServerLife>>,
}

impl<R: Runtime> PeerConnection<R> {
    /// Opens the sockets and starts the task.
    ///
    /// To be called within the runtime, of which I/O and time must be enabled; the connection lives
    /// at most as long as that runtime.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn new(config: Config) -> Result<Self, Error> {
        let runtime = R::current().ok_or(Error::NoRuntime)?;
        let clock = Clock::start();
        let mut peer = config.peer.clone();
        peer.unix_time_at_epoch = clock.unix_time_at_epoch();
        let mut core =
            rtc_peer::PeerConnection::new(peer, clock.now(), &mut entropy::generator()?)?;
        let sockets = Sockets::open(&runtime, &config, &mut core, clock.now())?;
        let hub =
            Arc::new(Hub::of_one(clock, core, config.accept_backlog, sockets.local_addresses()));
        let streams = Arc::new(Streams::new(config.tcp_buffer_size, config.max_tcp_connections));
        let driver_hub = Arc::clone(&hub);
        runtime.spawn(Driver::new(0, runtime.clone(), driver_hub, sockets, streams, &config));
        Ok(Self::of(Life::new(hub, Key::Only, None)))
    }

    pub(crate) fn of(life: Life) -> Self {
        Self { life: Arc::new(life), runtime: PhantomData }
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
        let id = self.life.command(|core, _| core.create_data_channel(label, init))?;
        let signals = self.life.hub.signals_of(self.life.key, id);
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
        self.life.command(|core, _| core.add_track(track, streams))
    }

    /// `removeTrack`.
    ///
    /// # Errors
    ///
    /// See [`RemoveTrackError`].
    pub fn remove_track(&self, id: TransceiverId) -> Result<(), RemoveTrackError> {
        self.life.command(|core, _| core.remove_track(id))
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
        self.life.command(|core, _| core.add_transceiver(track_or_kind, init))
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
        self.life.command(|core, _| core.set_delivery(id, delivery))
    }

    /// The next RTP packet of any receiver whose [delivery](Self::set_delivery) is of packets;
    /// `None` once the connection is closed. Each goes to one caller; what nobody takes in time is
    /// dropped, the oldest first.
    pub async fn packet(&self) -> Option<ReceivedPacket> {
        let Life { hub, key, calls, .. } = &*self.life;
        calls.media.wait(|| hub.next_packet(*key).transpose()).await.ok()
    }

    /// The next frame of any receiver whose [delivery](Self::set_delivery) is of frames; `None`
    /// once the connection is closed. Each goes to one caller; what nobody takes in time is
    /// dropped, the oldest first.
    pub async fn frame(&self) -> Option<ReceivedFrame> {
        let Life { hub, key, calls, .. } = &*self.life;
        calls.media.wait(|| hub.next_frame(*key).transpose()).await.ok()
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
        self.life.command(|core, _| core.send_packet(id, packet))
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
        self.life.command(|core, _| core.send_frame(id, frame))
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
        self.life.command(|core, _| core.request_key_frame(id, rid))
    }

    /// `createOffer`.
    ///
    /// # Errors
    ///
    /// See [`DescriptionError`].
    pub fn create_offer(&self, options: OfferOptions) -> Result<Description, DescriptionError> {
        self.life.command(|core, _| core.create_offer(options))
    }

    /// `createAnswer`.
    ///
    /// # Errors
    ///
    /// See [`DescriptionError`].
    pub fn create_answer(&self) -> Result<Description, DescriptionError> {
        self.life.command(|core, _| core.create_answer())
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
        self.life.command(|core, now| core.set_local_description(now, description))
    }

    /// `setRemoteDescription`.
    ///
    /// # Errors
    ///
    /// See [`DescriptionError`]. The connection is then as it was.
    pub fn set_remote_description(&self, description: Description) -> Result<(), DescriptionError> {
        self.life.command(|core, now| core.set_remote_description(now, description))
    }

    /// `addIceCandidate`.
    ///
    /// # Errors
    ///
    /// See [`AddIceCandidateError`].
    pub fn add_ice_candidate(&self, candidate: &IceCandidate) -> Result<(), AddIceCandidateError> {
        self.life.command(|core, now| core.add_ice_candidate(now, candidate))
    }

    /// `getConfiguration`.
    pub fn configuration(&self) -> Configuration {
        self.observe(|core| core.configuration().clone())
    }

    /// `setConfiguration`: other servers, say, for the next ICE restart. `unix_time_at_epoch` is
    /// set by this crate.
    ///
    /// # Errors
    ///
    /// See [`ConfigurationError`]. Nothing has changed then.
    pub fn set_configuration(
        &self,
        mut configuration: Configuration,
    ) -> Result<(), ConfigurationError> {
        configuration.unix_time_at_epoch = self.life.hub.clock().unix_time_at_epoch();
        self.life.command(|core, now| core.set_configuration(now, configuration))
    }

    /// `restartIce`: has the next offer look for a path anew.
    pub fn restart_ice(&self) {
        self.life.command(|core, _| core.restart_ice());
    }

    /// `close`: ends the connection and all its channels at once. What the channels had not sent is
    /// not sent any more; to have it arrive, close the channels first and wait for
    /// [`DataChannel::closed`].
    ///
    /// The other side is told; the task ends when that has been sent.
    pub fn close(&self) {
        self.life.hub.close(self.life.key);
    }

    /// The next event, but for those of data channels, which tell their own; `None` once the
    /// connection is closed and the events before that were taken.
    ///
    /// Each event goes to one caller. Up to 1,024 events wait to be taken; of more, the oldest are
    /// dropped. So an application that is not interested in events need not take them.
    pub async fn event(&self) -> Option<Event> {
        let Life { hub, key, calls, .. } = &*self.life;
        calls.changed.wait(|| hub.next_event(*key).transpose()).await.ok()
    }

    /// The next channel that the other side opens; `None` once the connection is closed.
    ///
    /// Each channel goes to one caller. As many as
    /// [`accept_backlog`](Config::accept_backlog) says wait to be taken; further ones are closed at
    /// once. The messages of a channel that waits take up room in the connection's receive buffer.
    pub async fn accept(&self) -> Option<DataChannel> {
        let Life { hub, key, calls, .. } = &*self.life;
        let opened = calls.changed.wait(|| hub.next_channel(*key).transpose()).await;
        let (id, signals) = opened.ok()?;
        Some(DataChannel::new(Arc::clone(&self.life), id, signals))
    }

    /// Waits until all local candidates are known, after a local description was set:
    /// [`local_description`](Self::local_description) then has them all. Returns also if the
    /// connection is closed.
    pub async fn gathered(&self) {
        let Life { hub, key, calls, .. } = &*self.life;
        let is_gathered = || {
            let state = hub.lock();
            let gathering_state = state.core(*key).ice_gathering_state();
            gathering_state == IceGatheringState::Complete || state.is_over(*key)
        };
        calls.changed.wait(|| is_gathered().then_some(())).await;
    }

    /// Waits until the connection has a path and is secured.
    ///
    /// # Errors
    ///
    /// It has failed or was closed.
    pub async fn connected(&self) -> Result<(), ConnectError> {
        let look = || match self.connection_state() {
            ConnectionState::Connected => Some(Ok(())),
            ConnectionState::Failed => Some(Err(ConnectError::Failed)),
            ConnectionState::Closed => Some(Err(ConnectError::Closed)),
            _ => None,
        };
        self.life.calls.changed.wait(look).await
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
        self.life.hub.lock().connection_state(self.life.key)
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

    /// The addresses of the UDP sockets, as they are at this moment.
    pub fn local_addresses(&self) -> Vec<SocketAddr> {
        self.life.hub.lock().local_addresses.clone()
    }

    /// The present by the connection's clock, which began with the connection.
    pub fn now(&self) -> Instant {
        self.life.hub.clock().now()
    }

    /// Looks at the peer connection itself, for what has no getter here. It is locked meanwhile:
    /// `look` must be short, and must not use or drop any handle of this connection.
    pub fn observe<T>(&self, look: impl FnOnce(&rtc_peer::PeerConnection) -> T) -> T {
        self.life.observe(look)
    }

    /// Changes the peer connection itself, by what has no method here, and sees to what follows. It
    /// is locked meanwhile: `change` must be short, and must not use or drop any handle of this
    /// connection.
    pub fn change<T>(&self, change: impl FnOnce(&mut rtc_peer::PeerConnection, Instant) -> T) -> T {
        self.life.command(change)
    }
}

impl Life {
    pub(crate) fn new(hub: Arc<Hub>, key: Key, server: Option<Arc<ServerLife>>) -> Self {
        let calls = hub.calls_of(key);
        Self { hub, key, calls, _server: server }
    }

    /// Changes the peer connection and has the driver see to what follows.
    pub(crate) fn command<T>(
        &self,
        change: impl FnOnce(&mut rtc_peer::PeerConnection, Instant) -> T,
    ) -> T {
        self.hub.command(self.key, change)
    }

    /// Looks at the peer connection.
    pub(crate) fn observe<T>(&self, look: impl FnOnce(&rtc_peer::PeerConnection) -> T) -> T {
        self.hub.observe(self.key, look)
    }

    /// Asks a channel for a message.
    pub(crate) fn receive(&self, id: ChannelId) -> Received {
        self.hub.receive(self.key, id)
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.hub.forget(self.key);
    }
}

impl<R> Clone for PeerConnection<R> {
    fn clone(&self) -> Self {
        Self { life: Arc::clone(&self.life), runtime: PhantomData }
    }
}

impl<R: Runtime> fmt::Debug for PeerConnection<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerConnection")
            .field("connection_state", &self.connection_state())
            .field("local_addresses", &self.local_addresses())
            .finish_non_exhaustive()
    }
}
