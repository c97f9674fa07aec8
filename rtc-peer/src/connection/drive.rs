//! What the driver calls: datagrams and time in; datagrams, events and a deadline out.

use alloc::vec::Vec;
use core::mem::discriminant;

use bytes::BytesMut;
use rtc_core::{Ecn, FiveTuple, Instant, Protocol};

use super::PeerConnection;
use crate::channel::Establish;
use crate::error::DatagramError;
use crate::event::Event;
use crate::state::{ConnectionState, IceConnectionState, TransportStates};
use crate::transport::{Hopeless, Inbound, Transport};

impl PeerConnection {
    /// Takes a datagram that arrived on `path`, with the ECN mark of its IP header, which
    /// feedback on media carries back; over TCP, whatever a read has brought.
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
        mut datagram: BytesMut,
    ) -> Result<(), DatagramError> {
        let now = self.clock(now);
        if self.is_closed() {
            return self.take_answer_to_goodbye(now, path, datagram);
        }
        let mut result = Ok(());
        while self.gatherer.owns(&path) {
            let taken = match self.gatherer.handle_datagram(now, path, &mut datagram) {
                Ok(rtc_ice::Inbound::NotMine) => break,
                Ok(rtc_ice::Inbound::Own) => {
                    self.take_candidates(now);
                    Ok(())
                }
                Ok(rtc_ice::Inbound::Data { path, payload }) => {
                    self.take_datagram(now, path, None, payload)
                }
                Err(error) => {
                    self.take_candidates(now);
                    Err(error.into())
                }
            };
            result = result.and(taken);
            if datagram.is_empty() || path.protocol == Protocol::Udp {
                return result;
            }
        }
        match path.protocol {
            Protocol::Udp => self.take_datagram(now, path, ecn, datagram),
            Protocol::Tcp => self.take_piece(now, path, datagram),
        }
    }

    /// Takes what a server says to our giving back its allocation: that the nonce is stale, perhaps,
    /// and then it is asked once more.
    fn take_answer_to_goodbye(
        &mut self,
        now: Instant,
        path: FiveTuple,
        mut datagram: BytesMut,
    ) -> Result<(), DatagramError> {
        match self.gatherer.handle_datagram(now, path, &mut datagram)? {
            rtc_ice::Inbound::Own => Ok(()),
            _ => Err(DatagramError::Closed),
        }
    }

    /// Takes a piece of a connection to another peer.
    fn take_piece(
        &mut self,
        now: Instant,
        path: FiveTuple,
        mut piece: BytesMut,
    ) -> Result<(), DatagramError> {
        let mut result = Ok(());
        let mut take = || -> Result<(), Hopeless> {
            self.streams.admit(now, path)?;
            while let Some(datagram) = self.streams.next_frame(&path, &mut piece)? {
                let taken = self.take_datagram(now, path, None, datagram);
                result = result.and(taken);
            }
            self.streams.settle(now, &path, self.transports.knows(&path))
        };
        if take().is_err() {
            self.give_up_stream(now, path);
            return Err(DatagramError::Stream);
        }
        result
    }

    /// Takes a datagram of another peer, however it has come.
    fn take_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        ecn: Option<Ecn>,
        datagram: BytesMut,
    ) -> Result<(), DatagramError> {
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
        self.gatherer.handle_timeout(now);
        if self.is_closed() {
            return;
        }
        self.take_candidates(now);
        let transports = &self.transports;
        for path in self.streams.handle_timeout(now, |path| transports.knows(path)) {
            self.give_up_stream(now, path);
        }
        for transport in self.transports.iter_mut() {
            transport.handle_timeout(now, &mut self.rng);
        }
        self.channels.handle_timeout(now);
        self.media.handle_timeout(now);
        self.report_media();
        if self.reported == ConnectionState::Connected {
            self.session.fold();
            // What a description or a handshake brings about does not come again soon.
            self.events.shrink_to(FEW_EVENTS);
        }
        // Only held-back datagrams can be refused here, and their sender is not the caller.
        let _refused = self.move_inwards(now);
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
    ///
    /// A closed connection has one for as long as a relay has not confirmed that it has its
    /// allocation back, two seconds at most. Who has not that time loses nothing but places on the
    /// server: the allocation then ends by itself.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.is_closed() {
            return self.gatherer.poll_timeout();
        }
        let transports = self.transports.iter().map(Transport::poll_timeout);
        let rest = [
            self.channels.poll_timeout(),
            self.media.poll_timeout(),
            self.gatherer.poll_timeout(),
            self.streams.poll_timeout(),
        ];
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
            if transport.take_path_change() {
                self.media.handle_path_change(transport.id);
                if carries_data {
                    self.channels.handle_path_change(now);
                }
            }
            self.media.set_round_trip_time(transport.id, transport.ice.round_trip_time());
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
            // Where ICE is done, only what it has chosen needs to be kept alive, and it does that.
            let is_done =
                matches!(ice, IceConnectionState::Connected | IceConnectionState::Completed);
            self.gatherer.set_keepalive(self.now, !is_done);
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

/// The SCTP port that we offer and that everybody uses (RFC 8841 section 13).
pub(super) const SCTP_PORT: u16 = 5000;

/// For how many events there is always room: that a packet has come is told without allocating.
const FEW_EVENTS: usize = 1;

/// How many events wait to be polled before older changes of state give way to newer ones.
const MAX_EVENTS: usize = 256;
