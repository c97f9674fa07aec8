//! One connection: datagrams in and out, the handshake in between.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use bytes::BytesMut;
use rand_core::CryptoRng;
use rtc_core::Instant;

use crate::alert::{Alert, AlertLevel};
use crate::alert_description::AlertDescription;
use crate::cipher_suite::CipherSuite;
use crate::codec::Reader;
use crate::config::{Config, Role};
use crate::crypto::NamedGroup;
use crate::draws::Draws;
use crate::error::{DecodeError, Error, ExportError, HandshakeError, SealError};
use crate::event::{CloseReason, Event, ProtocolVersion, State};
use crate::handshake::{Flight, Inserted, Message, Reassembler, RetransmissionTimer};
use crate::handshake12::{Context, Established, RecordKeys, State as HandshakeState};
use crate::message::{HandshakeHeader, HandshakeType};
use crate::record::{
    ContentType, DTLS_1_2, RECORD_HEADER_LENGTH, Record, RecordHeader, next_record,
};
use crate::srtp_profile::SrtpProfile;

/// A DTLS connection, sans-IO.
///
/// Feed it what arrives with [`handle_datagram`](Self::handle_datagram) and the passing of time
/// with [`handle_timeout`](Self::handle_timeout); then drain
/// [`poll_transmit`](Self::poll_transmit), [`recv`](Self::recv) and
/// [`poll_event`](Self::poll_event), and wait for the next datagram or the moment that
/// [`poll_timeout`](Self::poll_timeout) names. Calls may come in any order.
///
/// Datagrams must come from, and go to, an address that ICE has validated: the server answers a
/// ClientHello without a cookie exchange, which would otherwise make it an amplifier.
///
/// What is unauthenticated changes little: forged, replayed or malformed records are dropped with
/// a typed error; alerts in the clear are remembered as a hint but end nothing, so that a peer
/// that refuses us in the clear is noticed by the handshake's time-out.
///
/// Bounds: at most 8 early records and, while the handshake lasts, 8 unfinished messages of
/// 32 KiB per epoch are held; 256 received records wait for the application, further ones are
/// dropped.
pub struct Connection {
    config: Arc<Config>,
    role: Role,
    state: State,
    /// While the handshake lasts, and no longer does it take room.
    handshake: Option<Box<Handshake>>,
    /// Once it has ended well.
    established: Option<Established>,
    keys: Option<RecordKeys>,
    /// The next sequence number of epoch 0.
    sequence: u64,
    flight: Flight,
    timer: RetransmissionTimer,
    /// When the whole of the flight was sent last.
    flight_sent_at: Option<Instant>,
    /// The last message of the peer's flight that ours answers: when it comes again, ours was
    /// lost.
    answered: Option<u16>,
    early: Vec<Record>,
    alerts: Vec<(u16, Alert)>,
    received: VecDeque<BytesMut>,
    events: VecDeque<Event>,
    /// The latest moment that we were told: time never falls.
    now: Instant,
}

struct Handshake {
    /// `None` in a client that has not begun.
    state: Option<HandshakeState>,
    draws: Draws,
    reassembler: Reassembler,
    message_seq: u16,
    deadline: Option<Instant>,
    hint: Option<AlertDescription>,
}

impl Connection {
    /// A connection that has not begun. All randomness that it will ever need is drawn here.
    ///
    /// A client begins with the first [`poll_transmit`](Self::poll_transmit).
    pub fn new(config: Arc<Config>, role: Role, now: Instant, rng: &mut dyn CryptoRng) -> Self {
        let timer = RetransmissionTimer::new(
            config.initial_retransmission_timeout.max(SHORTEST_TIMEOUT),
            config.max_retransmission_timeout.max(SHORTEST_TIMEOUT),
        );
        let handshake = Handshake {
            state: match role {
                Role::Client => None,
                Role::Server => Some(HandshakeState::server()),
            },
            draws: Draws::new(rng),
            reassembler: Reassembler::default(),
            message_seq: 0,
            deadline: None,
            hint: None,
        };
        Self {
            config,
            role,
            state: State::New,
            handshake: Some(Box::new(handshake)),
            established: None,
            keys: None,
            sequence: 0,
            flight: Flight::default(),
            timer,
            flight_sent_at: None,
            answered: None,
            early: Vec::new(),
            alerts: Vec::new(),
            received: VecDeque::new(),
            events: VecDeque::new(),
            now,
        }
    }

    // --- in ---

    /// Takes a datagram, which is decrypted in place; application data goes to
    /// [`recv`](Self::recv).
    ///
    /// # Errors
    ///
    /// What was wrong with the first record of the datagram that was not in order; the others are
    /// taken. Only [`Error::Handshake`] means that the connection has failed.
    pub fn handle_datagram(&mut self, now: Instant, datagram: BytesMut) -> Result<(), Error> {
        self.tick(now);
        let mut datagram = datagram;
        let mut result = Ok(());
        while let Some(record) = next_record(&mut datagram) {
            let taken = record.and_then(|record| self.handle_record(record));
            result = result.and(taken);
            self.replay_early();
        }
        result
    }

    /// Sends a flight again, or gives the handshake up, if it is time.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.tick(now);
        let Some(handshake) = &self.handshake else { return };
        if handshake.deadline.is_some_and(|deadline| deadline <= self.now) {
            let hint = handshake.hint;
            self.end(State::Failed, CloseReason::TimedOut { hint });
        } else if self.timer.expire(self.now) {
            self.flight.rewind();
        }
    }

    /// Seeds the retransmission timer with the path's round-trip time, which ICE has measured:
    /// twice that, between 50 ms and 3 s. Takes effect with the next flight.
    pub fn set_round_trip_time(&mut self, round_trip_time: Duration) {
        let timeout = round_trip_time.saturating_mul(2);
        self.timer.set_initial(timeout.clamp(MIN_SEEDED_TIMEOUT, MAX_SEEDED_TIMEOUT));
    }

    /// Closes the connection and queues a `close_notify`. What was received can still be taken.
    pub fn close(&mut self, now: Instant) {
        self.tick(now);
        match self.state {
            State::Connecting | State::Connected => self.queue_alert(Alert::CLOSE_NOTIFY),
            State::New => {}
            State::Closed | State::Failed => return,
        }
        self.end(State::Closed, CloseReason::Local);
    }

    // --- out ---

    /// Appends one datagram of the handshake or with alerts to `out`; `false` if there is none,
    /// and then nothing was appended.
    #[must_use]
    pub fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> bool {
        self.tick(now);
        self.start();
        let start = out.len();
        if self.flight.is_pending() {
            let size = self.config.max_datagram_size.max(MIN_DATAGRAM_SIZE);
            let sealer = self.keys.as_mut().map(|keys| &mut keys.sealer);
            self.flight.fill(size, &mut self.sequence, sealer, out);
            if !self.flight.is_pending() {
                self.flight_sent_at = Some(self.now);
                // A flight that ends the handshake is sent again only when it is asked for.
                if self.handshake.is_some() {
                    self.timer.arm(self.now);
                }
            }
        } else {
            for (epoch, alert) in core::mem::take(&mut self.alerts) {
                self.put_alert(epoch, alert, out);
            }
        }
        out.len() > start
    }

    /// What happened, oldest first.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The moment at which [`handle_timeout`](Self::handle_timeout) is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let handshake = self.handshake.as_ref()?;
        Instant::earliest([self.timer.deadline(), handshake.deadline])
    }

    /// Application data, a record at a time, in the buffer in which it arrived.
    #[must_use]
    pub fn recv(&mut self) -> Option<BytesMut> {
        self.received.pop_front()
    }

    // --- sealing ---

    /// The room that [`seal`](Self::seal) needs before the plaintext: 21 bytes with AES-GCM, 13
    /// with ChaCha20; 21 before the suite is known.
    pub fn record_header_len(&self) -> usize {
        self.keys.as_ref().map_or(MAX_RECORD_HEADER_LENGTH, |keys| keys.sealer.header_length())
    }

    /// What a record is longer than its plaintext: the header and the tag of 16 bytes.
    pub fn record_overhead(&self) -> usize {
        let tag = crate::crypto::TAG_LENGTH;
        self.keys.as_ref().map_or(MAX_RECORD_HEADER_LENGTH + tag, |keys| keys.sealer.overhead())
    }

    /// Makes a record of application data in place.
    ///
    /// `out[start..]` begins with [`record_header_len`](Self::record_header_len) bytes of room,
    /// followed by the plaintext; afterwards it is the record, longer by the tag.
    ///
    /// # Errors
    ///
    /// Nothing has been changed.
    pub fn seal(&mut self, out: &mut Vec<u8>, start: usize) -> Result<(), SealError> {
        match (&mut self.keys, self.state) {
            (Some(keys), State::Connected) => {
                keys.sealer.seal(ContentType::ApplicationData, out, start)
            }
            _ => Err(SealError::NotConnected),
        }
    }

    // --- what is known ---

    /// The state, in W3C terms.
    pub const fn state(&self) -> State {
        self.state
    }

    /// Whether data flows.
    pub fn is_connected(&self) -> bool {
        self.state == State::Connected
    }

    /// Our side of the handshake.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The SRTP profile agreed on; `None` before the handshake has ended, or without agreement,
    /// in which case there is to be no media.
    pub fn srtp_profile(&self) -> Option<SrtpProfile> {
        self.established.as_ref()?.srtp_profile
    }

    /// The peer's certificate in DER, once the handshake has ended well.
    pub fn peer_certificate_der(&self) -> Option<&[u8]> {
        self.established.as_ref().map(|established| established.peer_certificate.der())
    }

    /// The cipher suite, once the handshake has ended well.
    pub fn cipher_suite(&self) -> Option<CipherSuite> {
        self.established.as_ref().map(|established| established.secrets.suite())
    }

    /// The group of the key agreement, once the handshake has ended well.
    pub fn group(&self) -> Option<NamedGroup> {
        self.established.as_ref().map(|established| established.group)
    }

    /// The protocol version, once the handshake has ended well.
    pub fn version(&self) -> Option<ProtocolVersion> {
        self.established.as_ref().map(|_| ProtocolVersion::Dtls12)
    }

    /// Fills `out` with keying material (RFC 5705 §4). SRTP's is exported with the label
    /// `EXTRACTOR-dtls_srtp` and no context (RFC 5764 §4.2), which is not the same as an empty
    /// one.
    ///
    /// # Errors
    ///
    /// There are no keys yet, the label is one of TLS itself, or the context is too long.
    pub fn export_keying_material(
        &self,
        label: &[u8],
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), ExportError> {
        let established = self.established.as_ref().ok_or(ExportError::NotConnected)?;
        established.secrets.export(label, context, out)
    }

    // --- records ---

    fn handle_record(&mut self, record: Record) -> Result<(), Error> {
        if matches!(self.state, State::Closed | State::Failed) {
            return Err(Error::Closed);
        }
        match record.header.epoch {
            0 => self.handle_plaintext(&record),
            1 => self.handle_protected(record),
            epoch => Err(Error::UnexpectedEpoch(epoch)),
        }
    }

    fn handle_plaintext(&mut self, record: &Record) -> Result<(), Error> {
        match record.header.content_type {
            ContentType::ApplicationData => Err(Error::UnexpectedApplicationData),
            ContentType::Alert => {
                let alert = Alert::decode(&record.payload)?;
                if let Some(handshake) = &mut self.handshake
                    && alert.level == AlertLevel::Fatal
                {
                    handshake.hint = Some(alert.description);
                }
                Err(Error::UnauthenticatedAlert(alert.description))
            }
            ContentType::ChangeCipherSpec => match record.payload[..] {
                [1] => Ok(()),
                _ => Err(DecodeError::OutOfRange.into()),
            },
            ContentType::Handshake => self.handle_fragments(0, &record.payload),
        }
    }

    fn handle_protected(&mut self, mut record: Record) -> Result<(), Error> {
        if !self.is_ready_for(&record) {
            return self.keep_early(record);
        }
        let Some(keys) = &mut self.keys else { return Err(Error::UnexpectedEpoch(1)) };
        if let Err(error) = keys.opener.open(&mut record) {
            if keys.opener.is_exhausted() {
                self.end(State::Failed, CloseReason::IntegrityLimit);
            }
            return Err(error);
        }
        match record.header.content_type {
            ContentType::ApplicationData => {
                if self.received.len() >= MAX_RECEIVED {
                    return Err(Error::ReceiveQueueFull);
                }
                self.received.push_back(record.payload);
                Ok(())
            }
            ContentType::Alert => self.handle_alert(Alert::decode(&record.payload)?),
            ContentType::ChangeCipherSpec => Err(Error::UnexpectedEpoch(1)),
            ContentType::Handshake if self.handshake.is_none() => {
                self.handle_late_fragments(&record.payload)
            }
            ContentType::Handshake => self.handle_fragments(1, &record.payload),
        }
    }

    /// Protected records need keys; application data needs the handshake's end too: before it
    /// nobody knows whose data it is.
    fn is_ready_for(&self, record: &Record) -> bool {
        match record.header.content_type {
            ContentType::ApplicationData => self.established.is_some(),
            _ => self.keys.is_some(),
        }
    }

    fn keep_early(&mut self, record: Record) -> Result<(), Error> {
        // Before the hellos there can be none.
        if self.state == State::New {
            return Err(Error::UnexpectedEpoch(1));
        }
        if self.early.len() >= MAX_EARLY_RECORDS {
            return Err(Error::TooManyEarlyRecords);
        }
        self.early.push(record);
        Ok(())
    }

    /// Takes those early records for which the time has come.
    fn replay_early(&mut self) {
        while let Some(index) = self.early.iter().position(|record| self.is_ready_for(record)) {
            let record = self.early.remove(index);
            // Its datagram was answered for long ago.
            let _refused = self.handle_record(record);
        }
    }

    fn handle_alert(&mut self, alert: Alert) -> Result<(), Error> {
        match (alert.description, alert.level) {
            (AlertDescription::CLOSE_NOTIFY, _) => {
                self.queue_alert(Alert::CLOSE_NOTIFY);
                self.end(State::Closed, CloseReason::CloseNotify);
            }
            (description, AlertLevel::Fatal) => {
                self.end(State::Failed, CloseReason::Alert(description));
            }
            (_, AlertLevel::Warning) => {}
        }
        Ok(())
    }

    // --- handshake ---

    fn start(&mut self) {
        let Some(handshake) = &mut self.handshake else { return };
        if self.role == Role::Client && handshake.state.is_none() {
            let mut context = handshake.context(&self.config);
            let state = HandshakeState::client(&mut context);
            let flight = context.flight;
            handshake.state = Some(state);
            handshake.deadline = Some(self.now + self.config.handshake_timeout);
            self.state = State::Connecting;
            self.set_flight(flight, None);
        }
    }

    fn handle_fragments(&mut self, epoch: u16, payload: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(payload);
        let mut result = Ok(());
        while !reader.is_empty() {
            let (header, fragment) = next_fragment(&mut reader)?;
            // A request to negotiate, while we do: ignored (RFC 5246 §7.4.1.1).
            if header.message_type == HandshakeType::HELLO_REQUEST {
                continue;
            }
            let Some(handshake) = &mut self.handshake else { return result.and(Err(Error::Stale)) };
            match handshake.reassembler.insert(epoch, &header, fragment) {
                Ok(Inserted::Kept) => {}
                Ok(Inserted::Stale) => {
                    self.on_repeated(&header);
                    result = result.and(Err(Error::Stale));
                }
                Err(error) => result = result.and(Err(error)),
            }
        }
        self.advance()?;
        result
    }

    /// Takes all messages that have become whole.
    fn advance(&mut self) -> Result<(), Error> {
        while let Some((state, message)) =
            self.handshake.as_mut().and_then(|handshake| handshake.next())
        {
            let Some(handshake) = &mut self.handshake else { break };
            let mut context = handshake.context(&self.config);
            let stepped = state.handle(&mut context, &message);
            let (flight, keys) = (context.flight, context.keys);
            let next = match stepped {
                Ok(next) => next,
                Err(error) => {
                    self.fail(error);
                    return Err(error.into());
                }
            };
            if keys.is_some() {
                self.keys = keys;
            }
            if self.state == State::New {
                self.state = State::Connecting;
                handshake.deadline = Some(self.now + self.config.handshake_timeout);
            }
            let done = match next {
                HandshakeState::Established(established) => {
                    self.handshake = None;
                    self.established = Some(established);
                    true
                }
                next => {
                    handshake.state = Some(next);
                    false
                }
            };
            // A client has nothing left to say when it is done; a server keeps its last flight.
            if flight.is_some() || done {
                self.set_flight(flight, Some(message.message_seq));
            }
            if done {
                self.state = State::Connected;
                self.events.push_back(Event::Connected);
            }
        }
        Ok(())
    }

    fn set_flight(&mut self, flight: Option<Flight>, answered: Option<u16>) {
        self.flight = flight.unwrap_or_default();
        self.flight_sent_at = None;
        self.answered = answered;
        self.timer.reset();
    }

    /// The peer repeats itself. If it repeats the end of the flight that we have answered, our
    /// answer was lost. The answer is given again at most twice per time-out, whoever asks.
    fn on_repeated(&mut self, header: &HandshakeHeader) {
        if self.answered != Some(header.message_seq) || !header.is_last() {
            return;
        }
        let patience = self.timer.initial() / 2;
        let is_due = |at| self.now.saturating_duration_since(at) >= patience;
        if !self.flight.is_pending() && self.flight_sent_at.is_some_and(is_due) {
            self.flight.rewind();
            self.flight_sent_at = None;
            self.timer.disarm();
        }
    }

    /// Handshake messages after the handshake, authenticated.
    fn handle_late_fragments(&mut self, payload: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(payload);
        let mut result = Ok(());
        while !reader.is_empty() {
            let (header, _) = next_fragment(&mut reader)?;
            match (self.role, header.message_type) {
                (Role::Client, HandshakeType::HELLO_REQUEST)
                | (Role::Server, HandshakeType::CLIENT_HELLO) => {
                    // RFC 8827 §6.5: renegotiation is refused.
                    self.queue_alert(Alert::NO_RENEGOTIATION);
                    result = result.and(Err(Error::Renegotiation));
                }
                (_, HandshakeType::FINISHED) => self.on_repeated(&header),
                _ => result = result.and(Err(Error::Stale)),
            }
        }
        result
    }

    // --- endings ---

    fn fail(&mut self, error: HandshakeError) {
        self.queue_alert(Alert::fatal(error.alert()));
        self.end(State::Failed, CloseReason::Handshake(error));
    }

    fn end(&mut self, state: State, reason: CloseReason) {
        self.state = state;
        self.handshake = None;
        self.flight = Flight::default();
        self.timer.disarm();
        self.early = Vec::new();
        self.events.push_back(Event::Closed(reason));
    }

    fn queue_alert(&mut self, alert: Alert) {
        // Once our Finished exists, alerts are protected as it is.
        let protected = self.established.is_some() || self.flight.changes_epoch();
        let entry = (u16::from(protected), alert);
        if self.alerts.len() < MAX_ALERTS && !self.alerts.contains(&entry) {
            self.alerts.push(entry);
        }
    }

    fn put_alert(&mut self, epoch: u16, alert: Alert, out: &mut Vec<u8>) {
        let start = out.len();
        match (epoch, &mut self.keys) {
            (1, Some(keys)) => {
                out.resize(start + keys.sealer.header_length(), 0);
                alert.encode(out);
                if keys.sealer.seal(ContentType::Alert, out, start).is_err() {
                    out.truncate(start);
                }
            }
            _ => {
                let header = RecordHeader {
                    content_type: ContentType::Alert,
                    version: DTLS_1_2,
                    epoch: 0,
                    sequence: self.sequence,
                    length: 2,
                };
                header.encode(out);
                alert.encode(out);
                self.sequence = self.sequence.saturating_add(1);
            }
        }
    }

    fn tick(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }
}

impl Handshake {
    fn context<'a>(&'a mut self, config: &'a Config) -> Context<'a> {
        Context {
            config,
            draws: &self.draws,
            message_seq: &mut self.message_seq,
            flight: None,
            keys: None,
        }
    }

    /// The next message that is whole, with the state that waits for it.
    fn next(&mut self) -> Option<(HandshakeState, Message)> {
        let epoch = self.state.as_ref()?.epoch();
        let message = self.reassembler.pop(epoch)?;
        Some((self.state.take()?, message))
    }
}

fn next_fragment<'a>(reader: &mut Reader<'a>) -> Result<(HandshakeHeader, &'a [u8]), DecodeError> {
    let header = HandshakeHeader::decode(reader)?;
    let length = usize::try_from(header.fragment_length).map_err(|_| DecodeError::OutOfRange)?;
    Ok((header, reader.take(length)?))
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("role", &self.role)
            .field("state", &self.state)
            .field("cipher_suite", &self.cipher_suite())
            .finish_non_exhaustive()
    }
}

/// Nothing is ever sent again sooner, whatever the configuration says.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(1);
const MIN_SEEDED_TIMEOUT: Duration = Duration::from_millis(50);
const MAX_SEEDED_TIMEOUT: Duration = Duration::from_secs(3);
/// Room for every header and a bit of message.
const MIN_DATAGRAM_SIZE: usize = 128;
const MAX_RECORD_HEADER_LENGTH: usize =
    RECORD_HEADER_LENGTH + crate::protection::EXPLICIT_NONCE_LENGTH;
const MAX_EARLY_RECORDS: usize = 8;
const MAX_RECEIVED: usize = 256;
const MAX_ALERTS: usize = 4;

#[cfg(test)]
mod tests;
