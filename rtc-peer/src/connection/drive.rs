//! What the driver calls: datagrams and time in; datagrams, events and a deadline out.

use alloc::vec::Vec;
use core::mem::discriminant;

use bytes::BytesMut;
use rtc_core::{Ecn, FiveTuple, Instant, Transmit};

use super::{Farewell, PeerConnection};
use crate::channel::Establish;
use crate::error::DatagramError;
use crate::event::Event;
use crate::state::{ConnectionState, IceConnectionState};

impl PeerConnection {
    /// Takes a datagram that arrived on `path`, with the ECN mark of its IP header, which data
    /// channels have no use for: feedback on media will.
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
        _ecn: Option<Ecn>,
        datagram: BytesMut,
    ) -> Result<(), DatagramError> {
        let now = self.clock(now);
        if self.is_closed() {
            return Err(DatagramError::Closed);
        }
        let size = datagram.len();
        let result = self.transport.handle_datagram(now, path, datagram, &mut self.rng);
        if result.is_ok() {
            self.traffic.on_received(size);
        }
        let inner = self.move_inwards(now);
        result.and(inner)
    }

    /// Lets time pass. To be called when [`poll_timeout`](Self::poll_timeout)'s deadline has come;
    /// earlier or more often does no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        let now = self.clock(now);
        if self.is_closed() {
            return;
        }
        self.transport.handle_timeout(now, &mut self.rng);
        self.channels.handle_timeout(now);
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
        let transmit = match &mut self.farewell {
            Some(farewell) => farewell.pop(out),
            None => match self.transport.poll_transmit(now, out) {
                Some(transmit) => Some(transmit),
                None => self.poll_packets(now, max_datagrams, out),
            },
        };
        if let Some(transmit) = &transmit {
            self.traffic.on_sent(transmit);
        }
        transmit
    }

    /// The next event.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
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
        Instant::earliest([self.transport.poll_timeout(), self.channels.poll_timeout()])
    }

    /// Appends one record with an SCTP packet in it to `out`, if there is one to send.
    pub(super) fn seal_packet(&mut self, now: Instant, out: &mut Vec<u8>) -> bool {
        let Some(dtls) = self.transport.dtls_mut() else { return false };
        if !dtls.is_connected() {
            return false;
        }
        let start = out.len();
        out.resize(start + dtls.record_header_len(), 0);
        if self.channels.poll_transmit(now, out) && dtls.seal(out, start).is_ok() {
            return true;
        }
        out.truncate(start);
        false
    }

    /// A batch of SCTP packets, each in its record.
    fn poll_packets(
        &mut self,
        now: Instant,
        max_datagrams: usize,
        out: &mut Vec<u8>,
    ) -> Option<Transmit> {
        let path = self.transport.ice.send_path()?;
        if self.carried.is_empty() {
            if !self.seal_packet(now, out) {
                return None;
            }
        } else {
            out.append(&mut self.carried);
        }
        let segment = out.len();
        let mut datagrams = 1;
        while datagrams < max_datagrams && out.len() + segment <= MAX_BATCH {
            let start = out.len();
            if !self.seal_packet(now, out) {
                break;
            }
            let size = out.len() - start;
            if size > segment {
                self.carried.extend_from_slice(&out[start..]);
                out.truncate(start);
                break;
            }
            datagrams += 1;
            if size < segment {
                break;
            }
        }
        let segment_size = (datagrams > 1).then_some(segment);
        Some(Transmit { path, ecn: None, size: out.len(), segment_size })
    }

    /// Moves what the transport has let in to where it belongs, and says what has changed.
    pub(super) fn move_inwards(&mut self, now: Instant) -> Result<(), DatagramError> {
        while let Some(event) = self.transport.ice.poll_event() {
            if let rtc_ice::Event::SelectedPair(path) = event {
                self.traffic.path_changes += 1;
                self.say_newest(Event::SelectedCandidatePairChange(path));
            }
        }
        while let Some(event) = self.transport.dtls_mut().and_then(|dtls| dtls.poll_event()) {
            match event {
                rtc_dtls::Event::Connected => self.establish_channels(now),
                rtc_dtls::Event::Closed(reason) => {
                    self.channels.fail(reason != rtc_dtls::CloseReason::CloseNotify);
                }
                _ => {}
            }
        }
        let mut result = Ok(());
        while let Some(packet) = self.transport.recv() {
            let taken = self.channels.handle_packet(now, packet);
            result = result.and(taken);
        }
        self.report_states();
        result.map_err(DatagramError::Sctp)
    }

    /// Starts the SCTP association, once there is a DTLS connection to carry it and a description
    /// that asks for it.
    pub(super) fn establish_channels(&mut self, now: Instant) {
        let (Some(dtls), Some(sctp)) = (self.transport.dtls(), self.session.sctp()) else { return };
        if self.channels.is_established() || !dtls.is_connected() {
            return;
        }
        let mut config = rtc_sctp::Config::default();
        config.local_port = SCTP_PORT;
        config.remote_port = sctp.port;
        config.max_packet_size = self.configuration.max_datagram_size - dtls.record_overhead();
        config.max_message_size = self.configuration.max_message_size;
        config.max_send_message_size = sctp.max_message_size;
        config.receive_window = self.configuration.receive_buffer;
        config.send_buffer = self.configuration.send_buffer;
        let establish = Establish {
            config,
            dtls_client: self.transport.remote().is_some_and(|r| r.role == rtc_dtls::Role::Client),
            round_trip_time: self.transport.ice.round_trip_time(),
        };
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
    fn say_newest(&mut self, event: Event) {
        if self.events.len() >= MAX_EVENTS {
            self.events.retain(|queued| discriminant(queued) != discriminant(&event));
        }
        self.events.push_back(event);
    }

    /// `iceConnectionState`.
    pub fn ice_connection_state(&self) -> IceConnectionState {
        IceConnectionState::derive(self.is_closed(), self.ice_state())
    }

    /// `connectionState`.
    pub fn connection_state(&self) -> ConnectionState {
        ConnectionState::derive(self.is_closed(), self.ice_state(), self.transport.dtls_state())
    }

    /// The state of the ICE transport, once a description has called for one.
    fn ice_state(&self) -> Option<rtc_ice::State> {
        self.session.has_transport().then(|| self.transport.ice.state())
    }
}

impl Farewell {
    fn pop(&mut self, out: &mut Vec<u8>) -> Option<Transmit> {
        let path = self.path?;
        let datagram = self.datagrams.pop_front()?;
        out.extend_from_slice(&datagram);
        Some(Transmit { path, ecn: None, size: out.len(), segment_size: None })
    }
}

/// The SCTP port that we offer and that everybody uses (RFC 8841 section 13).
pub(super) const SCTP_PORT: u16 = 5000;

/// How many events wait to be polled before older changes of state give way to newer ones.
const MAX_EVENTS: usize = 256;

/// The most bytes of a batch: what one UDP send with segmentation offload can carry.
const MAX_BATCH: usize = 65_507;
