//! Getters: the attributes of `RTCPeerConnection`, valid also after it was closed.

use alloc::vec::Vec;

use rtc_core::{FiveTuple, Instant};

use super::PeerConnection;
use crate::channel::{ChannelId, DataChannel};
use crate::configuration::Configuration;
use crate::error::UnknownChannel;
use crate::jsep::{Description, Gathered};
use crate::state::{IceGatheringState, SignalingState};
use crate::stats::{DataChannelStats, Host, PeerConnectionStats, StatsReport, WallClock};

impl PeerConnection {
    /// `signalingState`.
    pub const fn signaling_state(&self) -> SignalingState {
        self.session.signaling_state()
    }

    /// `localDescription`: what was set last, with the candidates that have been gathered.
    pub fn local_description(&self) -> Option<Description> {
        self.pending_local_description().or_else(|| self.current_local_description())
    }

    /// `currentLocalDescription`: what was agreed on last.
    pub fn current_local_description(&self) -> Option<Description> {
        self.session.current_local(&self.gathered())
    }

    /// `pendingLocalDescription`: what is being negotiated.
    pub fn pending_local_description(&self) -> Option<Description> {
        self.session.pending_local(&self.gathered())
    }

    /// `remoteDescription`: what was set last, with the candidates that have been added.
    pub fn remote_description(&self) -> Option<Description> {
        self.pending_remote_description().or_else(|| self.current_remote_description())
    }

    /// `currentRemoteDescription`: what was agreed on last.
    pub fn current_remote_description(&self) -> Option<Description> {
        self.session.current_remote()
    }

    /// `pendingRemoteDescription`: what is being negotiated.
    pub fn pending_remote_description(&self) -> Option<Description> {
        self.session.pending_remote()
    }

    /// `canTrickleIceCandidates`: `None` before there is a remote description.
    pub fn can_trickle_ice_candidates(&self) -> Option<bool> {
        self.session.can_trickle()
    }

    /// `getConfiguration`.
    pub const fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// The certificate that this connection shows.
    pub const fn certificate(&self) -> &rtc_dtls::Certificate {
        &self.certificate
    }

    /// The other side's certificate in DER, once the handshake of the first transport has brought it
    /// (`RTCDtlsTransport.getRemoteCertificates`).
    pub fn remote_certificate(&self) -> Option<&[u8]> {
        self.transports.first()?.dtls()?.peer_certificate_der()
    }

    /// The path that the first transport sends on at the moment: the only one, unless the other side
    /// does not bundle.
    pub fn selected_path(&self) -> Option<FiveTuple> {
        self.transports.first()?.ice.send_path()
    }

    /// The fragments by which checks may name this connection.
    pub(crate) fn local_ufrags(&self) -> impl Iterator<Item = &str> {
        self.transports.iter().flat_map(|transport| transport.ice.local_ufrags())
    }

    /// Whether what comes on a path is from a STUN or TURN server that this connection speaks to.
    pub(crate) fn is_of_server(&self, path: &FiveTuple) -> bool {
        self.gatherer.owns(path)
    }

    /// Whether this is a TCP connection of ours, to a server or to another peer.
    pub(crate) fn has_stream(&self, path: &FiveTuple) -> bool {
        self.gatherer.owns(path) || self.streams.contains(path)
    }

    /// A connection that has been opened since this was asked last.
    pub(crate) fn take_opened(&mut self) -> Option<FiveTuple> {
        self.opened.pop()
    }

    /// The most that any transport knows of a path.
    pub(crate) fn path_status(&self, path: &FiveTuple) -> rtc_ice::PathStatus {
        let status = self.transports.iter().map(|transport| transport.ice.path_status(path));
        status.max().unwrap_or(rtc_ice::PathStatus::Unknown)
    }

    /// Whether any transport sends on a path, or might this very moment.
    pub(crate) fn uses_path(&self, now: Instant, path: &FiveTuple) -> bool {
        let mut agents = self.transports.iter().map(|transport| &transport.ice);
        agents.any(|ice| ice.has_consent(now, path) || ice.send_path() == Some(*path))
    }

    /// The largest message that the other side takes, in bytes
    /// (`RTCSctpTransport.maxMessageSize`); `None` before data channels were negotiated.
    pub fn max_message_size(&self) -> Option<usize> {
        self.session.sctp().map(|sctp| sctp.max_message_size)
    }

    /// `RTCSctpTransport.maxChannels`; `None` before the association is up.
    pub fn max_channels(&self) -> Option<u16> {
        self.channels.max_channels()
    }

    /// A look at the data channel `id`.
    ///
    /// # Errors
    ///
    /// The id is another connection's, or that of a channel which closed long ago.
    pub fn data_channel(&self, id: ChannelId) -> Result<DataChannel<'_>, UnknownChannel> {
        DataChannel::new(&self.channels, id).ok_or(UnknownChannel)
    }

    /// The ids of all channels that are remembered, closed ones included.
    pub fn data_channels(&self) -> impl Iterator<Item = ChannelId> {
        self.channels.ids()
    }

    /// `getStats`. What a single sender or receiver is asked for is
    /// [`StatsReport::for_sender`] and [`StatsReport::for_receiver`].
    ///
    /// The cost is proportional to what there is; nothing is computed for it at other times.
    pub fn stats(&self, now: Instant) -> StatsReport {
        let unix_time_at_epoch = self.configuration.unix_time_at_epoch;
        let clock = WallClock { unix_time_at_epoch };
        let timestamp = clock.at(now.max(self.now));
        let mut report = StatsReport::new(timestamp);
        let host = Host {
            names: &self.names,
            addresses: &self.addresses,
            hides_related: self.hides_related(),
        };
        report.add_transports(clock, self.transports.iter(), self.certificate.der(), &host);
        report.add_media_sources(&self.transceivers);
        let sections = self.session.media(&self.transceivers);
        report.add_streams(clock, &self.media, &sections, &self.transceivers);
        report.peer_connection = Some(PeerConnectionStats::new(timestamp, self.channels.counts()));
        report.data_channels = (self.channels.ids())
            .filter_map(|id| Some((id, DataChannel::new(&self.channels, id)?)))
            .map(|(id, channel)| DataChannelStats::new(timestamp, id, channel))
            .collect();
        report.sctp = self.channels.association().map(|association| association.statistics());
        report
    }

    fn gathered(&self) -> Vec<Gathered<'_>> {
        self.transports
            .iter()
            .map(|transport| Gathered {
                transport: transport.id,
                candidates: transport.gathered.candidates(),
                complete: transport.gathered.state == IceGatheringState::Complete,
            })
            .collect()
    }
}
