//! One end of an association: its state, its commands, and what it is asked for.

mod handshake;
mod incoming;
mod outgoing;
mod pending;
mod timeouts;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use rand_core::CryptoRng;
use rtc_core::Instant;
use zeroize::Zeroizing;

use crate::config::{Config, Congestion, sane_packet_size};
use crate::congestion::{CongestionControl, Model, Reno};
use crate::cookie::Secret;
use crate::error::{Error, ResetError, SendError, Violation};
use crate::event::{CloseReason, Event};
use crate::message::{Message, Ppid, SendOptions, StreamId};
use crate::packet::{CauseCode, Data, Header, Tsn};
use crate::receive::Inbound;
use crate::reset::OutgoingResets;
use crate::round_trip::RoundTrip;
use crate::send::{InFlight, OutMessage, SendQueue};
use crate::statistics::Statistics;
use crate::timer::{Timer, Timers};
use pending::Pending;

/// One end of an SCTP association (RFC 9260) over DTLS (RFC 8261).
///
/// After any number of calls drain it: [`poll_transmit`](Self::poll_transmit) until it returns
/// false, [`poll_event`](Self::poll_event) until it returns `None`, then wait until
/// [`poll_timeout`](Self::poll_timeout) or the next datagram. No order of calls is illegal.
#[derive(Debug)]
pub struct Association {
    config: Config,
    secret: Secret,
    state: State,
    local_tag: u32,
    initial_tsn: Tsn,
    peer: Option<Peer>,
    /// The cookie to echo.
    cookie: Bytes,
    queue: SendQueue,
    in_flight: InFlight,
    congestion: Box<dyn CongestionControl>,
    /// When what was sent so far is paid for at the pace of the controller.
    pace_at: Instant,
    round_trip: RoundTrip,
    inbound: Option<Inbound>,
    resets: OutgoingResets,
    timers: Timers,
    pending: Pending,
    /// The window that the peer last announced.
    peer_window: usize,
    /// Time-outs in a row.
    timeouts: u32,
    init_retransmits: u32,
    init_sent_at: Instant,
    /// Tail-loss probes since the last acknowledgement.
    probes: u32,
    forward_tsn_sent_at: Instant,
    heartbeat_nonce: u32,
    events: VecDeque<Event>,
    /// The last of the events, when it has come to that.
    closed: Option<CloseReason>,
    /// That has been told.
    is_over: bool,
    statistics: Statistics,
}

/// How far an association has come (RFC 9260 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Neither side has begun.
    New,
    /// INIT has been sent, or is about to be.
    CookieWait,
    /// COOKIE ECHO has been sent, or is about to be.
    CookieEchoed,
    /// Data flows.
    Established,
    /// We want to end, and data is outstanding.
    ShutdownPending,
    /// SHUTDOWN has been sent.
    ShutdownSent,
    /// The peer wants to end, and data is outstanding.
    ShutdownReceived,
    /// SHUTDOWN ACK has been sent.
    ShutdownAckSent,
    /// It is over.
    Closed,
}

fn controller(config: &Config, now: Instant) -> Box<dyn CongestionControl> {
    match config.congestion {
        Congestion::Model => Box::new(Model::new(config, now)),
        Congestion::Reno => Box::new(Reno::new(config)),
    }
}

/// What the peer has told of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Peer {
    tag: u32,
    /// How many streams we may send on.
    outbound_streams: u16,
    /// How many streams the peer may send on.
    inbound_streams: u16,
    forward_tsn: bool,
    reconfig: bool,
}

impl Association {
    /// A new association; it draws its tag, its first TSN and its cookie secret.
    pub fn new(config: Config, now: Instant, rng: &mut dyn CryptoRng) -> Self {
        let config = config.sane();
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *key);
        let mut local_tag = rng.next_u32();
        while local_tag == 0 {
            local_tag = rng.next_u32();
        }
        let initial_tsn = Tsn(rng.next_u32());
        Self {
            secret: Secret::new(key),
            state: State::New,
            local_tag,
            initial_tsn,
            peer: None,
            cookie: Bytes::new(),
            queue: SendQueue::new(config.send_buffer, config.stream_send_buffer),
            in_flight: InFlight::new(initial_tsn, now),
            congestion: controller(&config, now),
            pace_at: now,
            round_trip: RoundTrip::new(&config),
            inbound: None,
            resets: OutgoingResets::new(initial_tsn),
            timers: Timers::default(),
            pending: Pending::default(),
            peer_window: 0,
            timeouts: 0,
            init_retransmits: 0,
            init_sent_at: now,
            probes: 0,
            forward_tsn_sent_at: now,
            heartbeat_nonce: 0,
            events: VecDeque::new(),
            closed: None,
            is_over: false,
            statistics: Statistics::default(),
            config,
        }
    }

    /// Begins the handshake. Both sides of a WebRTC session call it; that they meet is no error
    /// (RFC 9260 section 5.2.1). Without effect unless the state is [`State::New`].
    pub fn connect(&mut self, _now: Instant) {
        if self.state == State::New {
            self.state = State::CookieWait;
            self.pending.init = true;
        }
    }

    /// Takes one SCTP packet. Payloads are kept as slices of `datagram` until they are read.
    ///
    /// # Errors
    ///
    /// The first thing that was wrong with the packet; what came before it in the packet has been
    /// processed. The association lives on unless [`Event::Closed`] follows.
    pub fn handle_datagram(&mut self, now: Instant, datagram: Bytes) -> Result<(), Error> {
        let result = self.on_datagram(now, &datagram);
        if let Err(Error::Violation(violation)) = result {
            self.fail(violation);
        }
        result
    }

    /// Does what has become due; without effect when nothing has.
    pub fn handle_timeout(&mut self, now: Instant) {
        for timer in Timer::ALL {
            if self.timers.take_expired(timer, now) {
                self.on_timer(now, timer);
            }
        }
    }

    /// Appends one SCTP packet to `out`, of at most the configured size; false when there is
    /// nothing to send, and then nothing has been appended.
    #[must_use]
    pub fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        let is_written = self.write_packet(now, out);
        if is_written {
            Header::seal(out, start);
            self.statistics.packets_sent += 1;
            self.statistics.bytes_sent += (out.len() - start) as u64;
        } else {
            out.truncate(start);
        }
        is_written
    }

    /// What has happened since the last call; [`Event::Closed`] comes last.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        if let Some(event) = self.events.pop_front() {
            return Some(event);
        }
        while let Some(event) = self.inbound.as_mut().and_then(Inbound::poll_event) {
            // What is still read after the end has nothing more to tell.
            if !self.is_over {
                return Some(event);
            }
        }
        if self.state != State::Closed {
            if let Some(stream) = self.queue.poll_low() {
                return Some(Event::BufferedAmountLow(StreamId(stream)));
            }
            if let Some(stream) = self.queue.poll_writable() {
                return Some(Event::Writable(StreamId(stream)));
            }
        }
        self.is_over |= self.closed.is_some();
        self.closed.take().map(Event::Closed)
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Queues a message; also before the association is established.
    ///
    /// # Errors
    ///
    /// When it cannot be taken, now or ever; nothing has been queued then.
    pub fn send(
        &mut self,
        now: Instant,
        stream: StreamId,
        ppid: Ppid,
        payload: Bytes,
        options: SendOptions,
    ) -> Result<(), SendError> {
        if self.state > State::Established {
            return Err(SendError::Closed);
        }
        if stream.0 >= self.outbound_streams() {
            return Err(SendError::NoSuchStream);
        }
        if payload.is_empty() {
            return Err(SendError::Empty);
        }
        let limit = self.max_send_message_size();
        if payload.len() > limit {
            return Err(SendError::TooLarge { limit });
        }
        if self.queue.is_resetting(stream.0) {
            return Err(SendError::Resetting);
        }
        let is_admitted = self.queue.admit(now, stream.0, payload.len());
        self.statistics.messages_abandoned += self.queue.take_abandoned();
        if !is_admitted {
            return Err(SendError::Full);
        }
        self.queue.push(stream.0, OutMessage::new(payload, ppid.0, now, options));
        self.statistics.messages_sent += 1;
        Ok(())
    }

    /// The kind and length in bytes of the message that [`recv`](Self::recv) would return.
    #[must_use]
    pub fn peek(&self, stream: StreamId) -> Option<(Ppid, usize)> {
        self.inbound.as_ref()?.peek(stream.0)
    }

    /// Takes the next message of a stream. What is not taken keeps the receive window shut and
    /// blocks nothing else. Works after the association has closed, too.
    pub fn recv(&mut self, _now: Instant, stream: StreamId) -> Option<Message> {
        let inbound = self.inbound.as_mut()?;
        let message = inbound.recv(stream.0)?;
        if inbound.is_window_news() {
            self.pending.ack_now();
        }
        self.statistics.messages_received += 1;
        Some(message)
    }

    /// Resets an outgoing stream once everything queued on it has been sent (RFC 6525);
    /// [`Event::OutgoingReset`] tells the outcome, after which the stream starts over.
    ///
    /// # Errors
    ///
    /// When it cannot be reset; nothing has changed then.
    pub fn reset_stream(&mut self, _now: Instant, stream: StreamId) -> Result<(), ResetError> {
        if self.state > State::Established {
            return Err(ResetError::Closed);
        }
        if stream.0 >= self.outbound_streams() {
            return Err(ResetError::NoSuchStream);
        }
        if self.peer.is_some_and(|peer| !peer.reconfig) {
            return Err(ResetError::NotSupported);
        }
        if self.queue.is_resetting(stream.0) {
            return Err(ResetError::Resetting);
        }
        self.queue.set_resetting(stream.0, true);
        self.resets.push(stream.0);
        Ok(())
    }

    /// The bytes of messages on this stream that have not been handed to the network yet, as the
    /// W3C's `bufferedAmount` counts them; those that wait for an acknowledgement are not in it.
    #[must_use]
    pub fn buffered_amount(&self, stream: StreamId) -> usize {
        self.queue.buffered_amount(stream.0)
    }

    /// Has [`Event::BufferedAmountLow`] told when the buffered amount falls from above `bytes` to
    /// it or below; zero at first and after a reset of the stream.
    pub fn set_buffered_amount_low_threshold(&mut self, stream: StreamId, bytes: usize) {
        self.queue.set_low_threshold(stream.0, bytes);
    }

    /// Sets a stream's share of the bandwidth when others want some too: 128, 256, 512 or 1024 for
    /// the priorities of RFC 8831 section 6.4; 256 at first and after a reset, at least 1.
    pub fn set_priority(&mut self, stream: StreamId, weight: u16) {
        self.queue.set_weight(stream.0, weight);
    }

    /// How many bytes a message on this stream may hold to be taken now.
    #[must_use]
    pub fn send_space(&self, stream: StreamId) -> usize {
        self.queue.space(stream.0).min(self.max_send_message_size())
    }

    /// The largest message that can be sent, in bytes.
    #[must_use]
    pub fn max_send_message_size(&self) -> usize {
        self.config.max_send_message_size.min(self.queue.max_message_size())
    }

    /// Sets the largest message that can be sent, in bytes, from what the peer's description says.
    pub fn set_max_send_message_size(&mut self, bytes: usize) {
        self.config.max_send_message_size = bytes;
    }

    /// The largest message that is taken from the peer, in bytes: what to announce.
    #[must_use]
    pub fn max_message_size(&self) -> usize {
        self.config.max_message_size
    }

    /// Sets the largest SCTP packet, in bytes; at least 256. What is already on its way keeps its
    /// size.
    pub fn set_max_packet_size(&mut self, bytes: usize) {
        self.config.max_packet_size = sane_packet_size(bytes);
        self.congestion.set_max_packet_size(self.config.max_packet_size);
    }

    /// Tells the round-trip time that another layer has measured, for the first time-outs.
    pub fn set_round_trip_time(&mut self, round_trip: Duration) {
        self.round_trip.hint(round_trip);
    }

    /// Tells that packets go another way from now on.
    ///
    /// What is known of the old path counts no more (RFC 8831 section 5). What has arrived is
    /// acknowledged at once, and one packet of data is sent beyond the window: its acknowledgement
    /// shows what the old path has swallowed. If that is lost too, the rest follows after one round
    /// of the retransmission timer, however long the old path has been dead.
    pub fn handle_path_change(&mut self, now: Instant) {
        if self.state < State::Established || self.state == State::Closed {
            return;
        }
        self.round_trip.forget_path();
        self.congestion = controller(&self.config, now);
        self.in_flight.on_path_change();
        self.pace_at = now;
        self.probes = 0;
        if self.inbound.is_some() {
            self.pending.ack_now();
        }
        let has_new = !self.queue.is_empty() && self.has_peer_window();
        let is_waiting = !self.in_flight.is_empty();
        self.pending.probe |=
            is_waiting && (self.in_flight.has_lost() || has_new || self.in_flight.probe_last());
        if let Some(at) = self.timers.deadline(Timer::Retransmission) {
            let soon = now + self.round_trip.timeout();
            self.timers.start(Timer::Retransmission, at.min(soon));
        }
    }

    /// Ends the association after everything queued has arrived (RFC 9260 section 9.2);
    /// [`Event::Closed`] follows.
    pub fn shutdown(&mut self, now: Instant) {
        match self.state {
            State::New | State::CookieWait => self.close(CloseReason::Shutdown),
            State::CookieEchoed => self.pending.shutdown_when_established = true,
            State::Established => {
                self.state = State::ShutdownPending;
                self.continue_shutdown(now);
            }
            _ => {}
        }
    }

    /// Ends the association at once (RFC 9260 section 9.1).
    pub fn abort(&mut self, _now: Instant) {
        if self.state != State::Closed {
            self.pending_abort(CauseCode::USER_INITIATED_ABORT);
            self.close(CloseReason::Aborted);
        }
    }

    /// How far the association has come.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// What it has done so far and how it stands.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        Statistics {
            congestion_window: self.congestion.window(),
            in_flight: self.in_flight.bytes(),
            send_buffer: self.queue.used(),
            peer_receive_window: self.peer_window.saturating_sub(self.in_flight.outstanding()),
            receive_window: self
                .inbound
                .as_ref()
                .map_or(self.config.receive_window, Inbound::window_left),
            round_trip_time: self.round_trip.smoothed(),
            retransmission_timeout: self.round_trip.timeout(),
            ..self.statistics
        }
    }

    /// The largest fragment of a message, in bytes.
    fn max_fragment_size(&self) -> usize {
        // Rounded down, so that padding never makes a packet too long.
        (self.config.max_packet_size - Header::LENGTH - Data::HEADER_LENGTH) & !3
    }

    fn outbound_streams(&self) -> u16 {
        self.peer.map_or(self.config.outbound_streams, |peer| peer.outbound_streams)
    }

    fn may_abandon(&self) -> bool {
        self.peer.is_some_and(|peer| peer.forward_tsn)
    }

    fn fail(&mut self, violation: Violation) {
        if self.state != State::Closed {
            self.pending_abort(violation.cause());
            self.close(CloseReason::Violation(violation));
        }
    }

    fn pending_abort(&mut self, cause: CauseCode) {
        if let Some(peer) = self.peer {
            self.pending.reply = Some(pending::Reply::Abort {
                tag: peer.tag,
                cause: Some(cause),
                tag_reflected: false,
            });
        }
    }

    /// Ends it here; messages that have arrived can still be read.
    fn close(&mut self, reason: CloseReason) {
        self.state = State::Closed;
        self.timers.stop_all();
        self.queue = SendQueue::new(0, 0);
        self.in_flight = InFlight::new(self.initial_tsn, Instant::EPOCH);
        let reply = self.pending.reply.take();
        self.pending = Pending { reply, ..Pending::default() };
        self.closed = Some(reason);
    }
}
