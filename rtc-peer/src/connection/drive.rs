//! What the driver calls: datagrams and time in; datagrams, events and a deadline out.

use alloc::vec::Vec;
use core::mem::discriminant;

use bytes::BytesMut;
use rtc_core::{Ecn, FiveTuple, Instant, Transmit};

use super::media::protect_packet;
use super::{Farewell, PeerConnection};
use crate::channel::{Channels, Establish};
use crate::error::DatagramError;
use crate::event::Event;
use crate::state::{ConnectionState, IceConnectionState, TransportStates};
use crate::transport::{Inbound, Transport};

impl PeerConnection {
    /// Takes a datagram that arrived on `path`, with the ECN mark of its IP header, which
    /// feedback on media carries back.
    ///
    /// The datagram is decrypted in place, and what the application receives are slices of it.
    ///
    /// # Errors
    ///
    /// Why the datagram was refused. This never concerns the connection, which goes on as if the
    /// datagram had not come: whatever ends a connection is an event. Most drivers ignore it.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        ecn: Option<Ecn>,
        datagram: BytesMut,
    ) -> Result<(), DatagramError> {
        let now = self.clock(now);
        if self.is_closed() {
            return Err(DatagramError::Closed);
        }
        let result = self.transports.handle_datagram(now, path, datagram, &mut self.rng);
        let outcome = match result {
            Ok((id, Inbound::Rtp(packet))) => {
                self.media.handle_rtp(now, id, ecn, &packet).map_err(DatagramError::Media)
            }
            Ok((id, Inbound::Rtcp(packets))) => {
                self.media.handle_rtcp(now, id, &packets).map_err(DatagramError::Media)
            }
            Ok((_, Inbound::Own)) => return self.move_inwards(now),
            Err(error) => Err(error),
        };
        self.report_media();
        outcome
    }

    /// Lets time pass. To be called when [`poll_timeout`](Self::poll_timeout)'s deadline has come;
    /// earlier or more often does no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        let now = self.clock(now);
        if self.is_closed() {
            return;
        }
        for transport in self.transports.iter_mut() {
            transport.handle_timeout(now, &mut self.rng);
        }
        self.channels.handle_timeout(now);
        self.media.handle_timeout(now);
        self.report_media();
        // Only held-back datagrams can be refused here, and their sender is not the caller.
        let _refused = self.move_inwards(now);
    }

    /// Writes what is to be sent next into `out`, which is replaced.
    ///
    /// With `max_datagrams` above 1 several datagrams of one size may come at once, the last one
    /// possibly shorter; [`Transmit::segment_size`] then says where to cut. `out` is meant to be
    /// used again and again: in the long run sending allocates nothing.
    #[must_use]
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        max_datagrams: usize,
        out: &mut Vec<u8>,
    ) -> Option<Transmit> {
        let now = self.clock(now);
        out.clear();
        if let Some(farewell) = &mut self.farewell {
            return farewell.pop(out);
        }
        let data_transport = self.session.data_transport();
        let (channels, media) = (&mut self.channels, &mut self.media);
        let marks = self.configuration.dscp;
        for transport in self.transports.iter_mut() {
            let carries_data = data_transport == Some(transport.id);
            let transmit = transport.poll_transmit(now, out).or_else(|| {
                poll_packets(transport, max_datagrams, out, |transport, out| {
                    // What is late is useless, so media goes first; it is bounded by what the
                    // application gives to send.
                    if protect_packet(media, transport, now, out) {
                        return Some(if marks { media.dscp(transport.id) } else { 0 });
                    }
                    let sealed = carries_data && seal_packet(channels, transport, now, out);
                    sealed.then(|| if marks { channels.dscp() } else { 0 })
                })
            });
            if let Some(transmit) = transmit {
                transport.on_sent(now, &transmit, out);
                return Some(transmit);
            }
        }
        None
    }

    /// The next event.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.transceivers.forget_returned_parameters();
        if let Some(event) = self.events.pop_front() {
            return Some(event);
        }
        let now = self.now;
        self.channels.poll_event(now).map(Event::DataChannel)
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, if nothing else happens
    /// first; `None` if never. After all outputs have been drained it is in the future.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.is_closed() {
            return None;
        }
        let transports = self.transports.iter().map(Transport::poll_timeout);
        let rest = [self.channels.poll_timeout(), self.media.poll_timeout()];
        Instant::earliest(transports.chain(rest))
    }

    /// Moves what the transport has let in to where it belongs, and says what has changed.
    pub(super) fn move_inwards(&mut self, now: Instant) -> Result<(), DatagramError> {
        let data_transport = self.session.data_transport();
        let mut result = Ok(());
        let mut events = Vec::new();
        let mut keys_changed = false;
        for transport in self.transports.iter_mut() {
            let carries_data = data_transport == Some(transport.id);
            while let Some(event) = transport.ice.poll_event() {
                if let rtc_ice::Event::SelectedPair(path) = event {
                    transport.traffic.path_changes += 1;
                    events.push(Event::SelectedCandidatePairChange(path));
                }
            }
            while let Some(event) = transport.poll_dtls_event() {
                keys_changed = true;
                if let rtc_dtls::Event::Closed(reason) = event
                    && carries_data
                {
                    self.channels.fail(reason != rtc_dtls::CloseReason::CloseNotify);
                }
            }
        }
        for event in events {
            self.say_newest(event);
        }
        if keys_changed {
            self.configure_media(now);
        }
        self.establish_channels(now);
        for transport in self.transports.iter_mut() {
            let carries_data = data_transport == Some(transport.id);
            while let Some(packet) = transport.recv() {
                if carries_data {
                    let taken = self.channels.handle_packet(now, packet);
                    result = result.and(taken);
                }
            }
        }
        self.report_states();
        result.map_err(DatagramError::Sctp)
    }

    /// Starts the SCTP association, once there is a DTLS connection to carry it and a description
    /// that asks for it.
    pub(super) fn establish_channels(&mut self, now: Instant) {
        if self.channels.is_established() {
            return;
        }
        let Some(id) = self.session.data_transport() else { return };
        let (Some(transport), Some(sctp)) = (self.transports.get(id), self.session.sctp()) else {
            return;
        };
        if let Some(remote) = transport.remote() {
            self.channels.assign_ids(remote.role == rtc_dtls::Role::Client);
        }
        let Some(dtls) = transport.dtls().filter(|dtls| dtls.is_connected()) else { return };
        let mut config = rtc_sctp::Config::default();
        config.local_port = SCTP_PORT;
        config.remote_port = sctp.port;
        config.max_packet_size = self.configuration.max_datagram_size - dtls.record_overhead();
        config.max_message_size = self.configuration.max_message_size;
        config.max_send_message_size = sctp.max_message_size;
        config.receive_window = self.configuration.receive_buffer;
        config.send_buffer = self.configuration.send_buffer;
        let establish = Establish { config, round_trip_time: transport.ice.round_trip_time() };
        self.channels.establish(now, establish, &mut self.rng);
    }

    /// Says which states have changed since they were reported last.
    pub(super) fn report_states(&mut self) {
        let ice = self.ice_connection_state();
        if ice != self.reported_ice {
            self.reported_ice = ice;
            self.say_newest(Event::IceConnectionStateChange(ice));
        }
        let connection = self.connection_state();
        if connection != self.reported {
            self.reported = connection;
            self.say_newest(Event::ConnectionStateChange(connection));
        }
    }

    /// Queues an event that the network can bring about. Where nobody polls, the newest of its kind
    /// is all that is kept; what commands bring about is bounded by the commands.
    pub(super) fn say_newest(&mut self, event: Event) {
        if self.events.len() >= MAX_EVENTS {
            self.events.retain(|queued| discriminant(queued) != discriminant(&event));
        }
        self.events.push_back(event);
    }

    /// `iceConnectionState`.
    pub fn ice_connection_state(&self) -> IceConnectionState {
        IceConnectionState::derive(self.is_closed(), self.transport_states())
    }

    /// `connectionState`.
    pub fn connection_state(&self) -> ConnectionState {
        ConnectionState::derive(self.is_closed(), self.transport_states())
    }

    fn transport_states(&self) -> impl Iterator<Item = TransportStates> + Clone {
        self.transports.iter().map(Transport::states)
    }
}

/// Appends one record with an SCTP packet in it to `out`, if there is one to send.
pub(super) fn seal_packet(
    channels: &mut Channels,
    transport: &mut Transport,
    now: Instant,
    out: &mut Vec<u8>,
) -> bool {
    let Some(dtls) = transport.connected_dtls() else { return false };
    let start = out.len();
    out.resize(start + dtls.record_header_len(), 0);
    if channels.poll_transmit(now, out) && dtls.seal(out, start).is_ok() {
        return true;
    }
    out.truncate(start);
    false
}

/// A batch of datagrams that `seal` appends one by one, telling the code point of each.
fn poll_packets(
    transport: &mut Transport,
    max_datagrams: usize,
    out: &mut Vec<u8>,
    mut seal: impl FnMut(&mut Transport, &mut Vec<u8>) -> Option<u8>,
) -> Option<Transmit> {
    let path = transport.ice.send_path()?;
    let dscp = if transport.carried.is_empty() {
        seal(transport, out)?
    } else {
        out.append(&mut transport.carried);
        transport.carried_dscp
    };
    transport.dscp = dscp;
    let segment = out.len();
    let mut datagrams = 1;
    while datagrams < max_datagrams && out.len() + segment <= MAX_BATCH {
        let start = out.len();
        let Some(other_dscp) = seal(transport, out) else { break };
        let size = out.len() - start;
        if size > segment || other_dscp != dscp {
            transport.carried.extend_from_slice(&out[start..]);
            transport.carried_dscp = other_dscp;
            out.truncate(start);
            break;
        }
        datagrams += 1;
        if size < segment {
            break;
        }
    }
    let segment_size = (datagrams > 1).then_some(segment);
    Some(Transmit { path, ecn: None, dscp, size: out.len(), segment_size })
}

impl Farewell {
    fn pop(&mut self, out: &mut Vec<u8>) -> Option<Transmit> {
        let (path, datagram) = self.datagrams.pop_front()?;
        out.extend_from_slice(&datagram);
        Some(Transmit { path, ecn: None, dscp: 0, size: out.len(), segment_size: None })
    }
}

/// The SCTP port that we offer and that everybody uses (RFC 8841 section 13).
pub(super) const SCTP_PORT: u16 = 5000;

/// How many events wait to be polled before older changes of state give way to newer ones.
const MAX_EVENTS: usize = 256;

/// The most bytes of a batch: what one UDP send with segmentation offload can carry.
const MAX_BATCH: usize = 65_507;
