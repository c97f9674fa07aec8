//! All data channels of a connection, on the association that carries them.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use rand_core::CryptoRng;
use rtc_core::Instant;
use rtc_sctp::{Association, CloseReason, Event as SctpEvent, Ppid, SendOptions, StreamId};

use super::dcep::{self, Open};
use super::early::Early;
use super::init::{DataChannelInit, Reliability};
use super::message::{DCEP, Message};
use super::table::{Channel, ChannelId, Counters, Phase, Reset, StreamIds, Table};
use crate::error::{CreateDataChannelError, SendError};
use crate::event::ChannelEvent;

/// The room of the data channels: the association, who lives on which stream, and what to say.
#[derive(Debug)]
pub(crate) struct Channels {
    pub(super) table: Table,
    pub(super) association: Option<Association>,
    stream_ids: Option<StreamIds>,
    /// Channels that were created before there was an association to open them on, in order.
    waiting: Vec<ChannelId>,
    early: Early,
    events: VecDeque<ChannelEvent>,
    /// Bytes of labels and protocols that the other side made us keep.
    remote_text: usize,
    /// The most channels that may live at once.
    limit: u16,
    /// Streams that the association has; what W3C calls `maxChannels`.
    streams: u16,
    connected: bool,
    counts: (u64, u64),
    scratch: Vec<u8>,
}

/// What establishing the association needs to know.
#[derive(Debug)]
pub(crate) struct Establish {
    /// The association's configuration.
    pub(crate) config: rtc_sctp::Config,
    /// What the path's round trip takes, if ICE has measured it.
    pub(crate) round_trip_time: Option<Duration>,
}

impl Channels {
    pub(crate) fn new(limit: u16) -> Self {
        Self {
            table: Table::default(),
            association: None,
            stream_ids: None,
            waiting: Vec::new(),
            early: Early::default(),
            events: VecDeque::new(),
            remote_text: 0,
            limit,
            streams: u16::MAX,
            connected: false,
            counts: (0, 0),
            scratch: Vec::new(),
        }
    }

    /// `createDataChannel`, once the arguments were found to be in order.
    pub(crate) fn create(
        &mut self,
        now: Instant,
        label: String,
        init: DataChannelInit,
        reliability: Reliability,
    ) -> Result<ChannelId, CreateDataChannelError> {
        if self.table.live_count() >= usize::from(self.limit) {
            return Err(CreateDataChannelError::TooMany);
        }
        let mut stream = init.id.filter(|_| init.negotiated);
        if let Some(stream) = stream {
            if stream >= self.streams {
                return Err(CreateDataChannelError::IdOutOfRange);
            }
            if self.table.on_stream(stream).is_some() {
                return Err(CreateDataChannelError::IdTaken);
            }
        } else if let Some(ids) = &mut self.stream_ids {
            // The role is known, so the id is, too; without one left the call fails.
            stream =
                Some(ids.take(&self.table, self.streams).ok_or(CreateDataChannelError::TooMany)?);
        }
        let id = self.table.insert(Channel {
            label: label.into(),
            protocol: init.protocol.into(),
            ordered: init.ordered,
            reliability,
            priority: init.priority,
            negotiated: init.negotiated,
            remote: false,
            stream,
            phase: Phase::Connecting,
            open_said: false,
            readable: false,
            starved: false,
            buffered_amount_low_threshold: 0,
            counters: Counters::default(),
        });
        if self.connected {
            self.open(now, id);
        } else {
            self.waiting.push(id);
        }
        Ok(id)
    }

    /// Whether an offer without a data-channel section would leave a channel unserved.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Starts the association, now that DTLS carries it.
    pub(crate) fn establish(
        &mut self,
        now: Instant,
        establish: Establish,
        rng: &mut dyn CryptoRng,
    ) {
        let Establish { config, round_trip_time } = establish;
        let mut association = Association::new(config, now, rng);
        if let Some(round_trip_time) = round_trip_time {
            association.set_round_trip_time(round_trip_time);
        }
        association.connect(now);
        self.association = Some(association);
    }

    /// The DTLS roles are known, which decide who opens even streams, and with them the ids of the
    /// channels that wait for one; those that get none are closed with an error (W3C section
    /// 4.4.1.5).
    pub(crate) fn assign_ids(&mut self, dtls_client: bool) {
        if self.stream_ids.is_some() {
            return;
        }
        let mut ids = StreamIds::new(dtls_client);
        for id in self.waiting.clone() {
            if self.table.get(id).is_none_or(|channel| channel.stream.is_some()) {
                continue;
            }
            match ids.take(&self.table, self.streams) {
                Some(stream) => self.table.assign(id, stream),
                None => self.close_with_events(id, true),
            }
        }
        self.stream_ids = Some(ids);
    }

    /// Whether [`establish`](Self::establish) was called.
    pub(crate) fn is_established(&self) -> bool {
        self.association.is_some()
    }

    /// Takes one SCTP packet that DTLS has decrypted.
    pub(crate) fn handle_packet(
        &mut self,
        now: Instant,
        packet: Bytes,
    ) -> Result<(), rtc_sctp::Error> {
        let Some(association) = &mut self.association else { return Ok(()) };
        let result = association.handle_datagram(now, packet);
        self.pump(now);
        result
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if let Some(association) = &mut self.association {
            association.handle_timeout(now);
            self.pump(now);
        }
    }

    /// What is sent goes another way from now on.
    pub(crate) fn handle_path_change(&mut self, now: Instant) {
        if let Some(association) = &mut self.association {
            association.handle_path_change(now);
        }
    }

    /// Appends one SCTP packet to `out`.
    pub(crate) fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> bool {
        let Some(association) = &mut self.association else { return false };
        let sent = association.poll_transmit(now, out);
        self.pump(now);
        sent
    }

    pub(crate) fn poll_event(&mut self, now: Instant) -> Option<ChannelEvent> {
        let event = self.events.pop_front();
        if let Some(ChannelEvent::Open(id)) = event
            && let Some(channel) = self.table.get_mut(id)
        {
            channel.open_said = true;
        }
        if event.is_some() {
            self.pump(now);
        }
        event
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.association.as_ref()?.poll_timeout()
    }

    /// Everything is over: the transport closed or failed under the channels.
    pub(crate) fn fail(&mut self, error: bool) {
        for id in self.table.live() {
            self.close_with_events(id, error);
        }
        self.waiting.clear();
        self.connected = false;
    }

    /// `close()` of the connection: closes everything without a word.
    pub(crate) fn abort(&mut self, now: Instant) {
        for id in self.table.live() {
            let buffered = self.buffered_amount(id);
            self.table.retire(id, buffered);
        }
        self.waiting.clear();
        self.events.clear();
        self.connected = false;
        if let Some(association) = &mut self.association {
            association.abort(now);
        }
    }

    /// The association, for its statistics.
    pub(crate) fn association(&self) -> Option<&Association> {
        self.association.as_ref()
    }

    /// `maxChannels`: how many streams there are.
    pub(crate) fn max_channels(&self) -> Option<u16> {
        self.connected.then_some(self.streams)
    }

    /// The ids of all channels that are remembered.
    pub(crate) fn ids(&self) -> impl Iterator<Item = ChannelId> {
        self.table.iter().map(|(id, _)| id)
    }

    /// How many channels have been opened and closed so far.
    pub(crate) fn counts(&self) -> (u64, u64) {
        self.counts
    }

    // What a handle does.

    pub(super) fn send(
        &mut self,
        now: Instant,
        id: ChannelId,
        message: Message,
    ) -> Result<(), SendError> {
        let channel = self.table.get_mut(id).ok_or(SendError::NotOpen)?;
        let (Some(association), Some(stream)) = (&mut self.association, channel.stream) else {
            return Err(SendError::NotOpen);
        };
        let unordered = match channel.phase {
            // Until the other side has the channel nothing may overtake its announcement.
            Phase::AwaitingAck => false,
            Phase::Open => !channel.ordered,
            Phase::Connecting | Phase::Closing { .. } | Phase::Closed { .. } => {
                return Err(SendError::NotOpen);
            }
        };
        let length = message.len();
        let (ppid, payload) = message.into_payload();
        let mut options = channel.reliability.send_options(unordered);
        if length == 0 {
            // The zero byte that stands for nothing is not what the application waits for.
            options = options.uncounted();
        }
        match association.send(now, StreamId(stream), ppid, payload, options) {
            Ok(()) => {
                channel.counters.messages_sent += 1;
                channel.counters.bytes_sent += length as u64;
                Ok(())
            }
            Err(rtc_sctp::SendError::TooLarge { limit }) => Err(SendError::TooLarge { limit }),
            Err(rtc_sctp::SendError::Full) => {
                channel.starved = true;
                Err(SendError::Full)
            }
            Err(_) => Err(SendError::NotOpen),
        }
    }

    pub(super) fn recv(&mut self, now: Instant, id: ChannelId) -> Option<Message> {
        loop {
            let channel = self.table.get(id)?;
            let stream = channel.stream?;
            if matches!(channel.phase, Phase::Connecting) {
                return None;
            }
            let Some((ppid, payload)) = self.take_payload(now, id, stream) else {
                self.drained(now, id);
                return None;
            };
            let channel = self.table.get_mut(id)?;
            let Some(message) = Message::from_payload(ppid, payload) else {
                // RFC 8831 section 6.6: an unknown identifier closes the channel.
                self.close(now, id);
                return None;
            };
            if matches!(channel.phase, Phase::Closing { theirs: false, .. }) {
                // W3C: after our own close() nothing more is received.
                continue;
            }
            channel.counters.messages_received += 1;
            channel.counters.bytes_received += message.len() as u64;
            return Some(message);
        }
    }

    /// `RTCDataChannel.close()`.
    pub(super) fn close(&mut self, now: Instant, id: ChannelId) {
        let Some(channel) = self.table.get_mut(id) else { return };
        match channel.phase {
            Phase::Closed { .. } => {}
            Phase::Connecting => {
                self.waiting.retain(|waiting| *waiting != id);
                self.close_with_events(id, false);
            }
            Phase::Closing { ours: Reset::Owed, .. } => self.request_reset(now, id, true),
            Phase::Closing { .. } => {}
            Phase::AwaitingAck | Phase::Open => {
                channel.phase = Phase::Closing { ours: Reset::Owed, theirs: false };
                self.events.retain(|event| *event != ChannelEvent::Open(id));
                self.request_reset(now, id, false);
                self.discard(now, id);
            }
        }
    }

    pub(super) fn buffered_amount(&self, id: ChannelId) -> usize {
        match (self.table.get(id), &self.association) {
            (Some(Channel { phase: Phase::Closed { buffered }, .. }), _) => *buffered,
            (Some(Channel { stream: Some(stream), .. }), Some(association)) => {
                association.buffered_amount(StreamId(*stream))
            }
            _ => 0,
        }
    }

    pub(super) fn set_buffered_amount_low_threshold(&mut self, id: ChannelId, threshold: usize) {
        let Some(channel) = self.table.get_mut(id) else { return };
        channel.buffered_amount_low_threshold = threshold;
        if let (Some(association), Some(stream)) = (&mut self.association, channel.stream) {
            association.set_buffered_amount_low_threshold(StreamId(stream), threshold);
        }
    }

    // What the association says.

    /// Turns what the association reports into channel events, as far as there is room for them:
    /// what the application does not poll waits in the association, which has bounds of its own.
    fn pump(&mut self, now: Instant) {
        while self.events.len() < MAX_EVENTS {
            let Some(association) = &mut self.association else { return };
            let Some(event) = association.poll_event() else { return };
            match event {
                SctpEvent::Connected { outbound_streams, inbound_streams } => {
                    self.on_connected(now, outbound_streams.min(inbound_streams));
                }
                SctpEvent::Readable(stream) => self.on_readable(now, stream),
                SctpEvent::IncomingReset(stream) => self.on_incoming_reset(now, stream),
                SctpEvent::OutgoingReset { stream, .. } => self.on_outgoing_reset(stream),
                SctpEvent::BufferedAmountLow(stream) => {
                    if let Some(id) = self.table.on_stream(stream.0) {
                        self.events.push_back(ChannelEvent::BufferedAmountLow(id));
                    }
                }
                SctpEvent::Writable(stream) => self.on_writable(stream),
                SctpEvent::Closed(reason) => self.fail(reason != CloseReason::Shutdown),
                _ => {}
            }
        }
    }

    fn on_connected(&mut self, now: Instant, streams: u16) {
        self.connected = true;
        self.streams = streams;
        for id in core::mem::take(&mut self.waiting) {
            let stream = self.table.get(id).and_then(|channel| channel.stream);
            match stream {
                Some(stream) if stream < streams => self.open(now, id),
                // W3C: a channel whose id is larger than there are streams is closed with an error.
                _ => self.close_with_events(id, true),
            }
        }
    }

    /// Announces a channel that has its stream, unless both sides know of it, and opens it.
    fn open(&mut self, now: Instant, id: ChannelId) {
        let (Some(channel), Some(association)) = (self.table.get_mut(id), &mut self.association)
        else {
            return;
        };
        let Some(stream) = channel.stream.map(StreamId) else { return };
        association.set_priority(stream, channel.priority.to_wire());
        association
            .set_buffered_amount_low_threshold(stream, channel.buffered_amount_low_threshold);
        if channel.negotiated {
            channel.phase = Phase::Open;
        } else {
            self.scratch.clear();
            dcep::Message::Open(Open {
                ordered: channel.ordered,
                reliability: channel.reliability,
                priority: channel.priority,
                label: &channel.label,
                protocol: &channel.protocol,
            })
            .encode(&mut self.scratch);
            let payload = Bytes::copy_from_slice(&self.scratch);
            if association.send(now, stream, DCEP, payload, CONTROL).is_err() {
                self.close_with_events(id, true);
                return;
            }
            channel.phase = Phase::AwaitingAck;
        }
        self.counts.0 += 1;
        self.events.push_back(ChannelEvent::Open(id));
        if self.early.has(stream.0) {
            self.say_readable(id);
        }
    }

    /// Handles DCEP at the front of a stream's messages and leaves the rest to the application.
    fn on_readable(&mut self, now: Instant, stream: StreamId) {
        loop {
            let Some(association) = &mut self.association else { return };
            let Some((ppid, _)) = association.peek(stream) else { return };
            let channel = self.table.on_stream(stream.0);
            if let Some(id) = channel.filter(|_| ppid != DCEP) {
                let phase = self.table.get(id).map(|channel| channel.phase);
                if matches!(phase, Some(Phase::Closing { theirs: false, .. })) {
                    self.discard(now, id);
                } else {
                    self.say_readable(id);
                }
                return;
            }
            let Some(message) = association.recv(now, stream) else { return };
            if ppid == DCEP {
                self.on_dcep(now, stream, &message.payload);
            } else if !self.early.hold(stream.0, ppid, message.payload) {
                // Nobody announces so late: give the stream back.
                self.early.forget(stream.0);
                self.refuse(now, stream);
            }
        }
    }

    fn on_dcep(&mut self, now: Instant, stream: StreamId, payload: &[u8]) {
        match dcep::Message::decode(payload) {
            Ok(dcep::Message::Open(open)) => self.on_open(now, stream, open),
            Ok(dcep::Message::Ack) => {
                let channel = self.table.on_stream(stream.0).and_then(|id| self.table.get_mut(id));
                if let Some(channel) = channel
                    && channel.phase == Phase::AwaitingAck
                {
                    channel.phase = Phase::Open;
                }
            }
            // RFC 8832 section 8.2.1 reserves other types for protocols to come.
            Err(dcep::DecodeError::UnknownMessageType(_)) => {}
            Err(_) => self.refuse(now, stream),
        }
    }

    /// The other side opens a channel: RFC 8832 section 6 says on which streams it may.
    fn on_open(&mut self, now: Instant, stream: StreamId, open: Open<'_>) {
        let theirs = self.stream_ids.as_ref().is_some_and(|ids| !ids.is_ours(stream.0));
        let text = open.label.len() + open.protocol.len();
        if !theirs
            || self.table.on_stream(stream.0).is_some()
            || self.table.live_count() >= usize::from(self.limit)
            || self.remote_text + text > MAX_REMOTE_TEXT
        {
            self.refuse(now, stream);
            return;
        }
        let Some(association) = &mut self.association else { return };
        self.scratch.clear();
        dcep::Message::Ack.encode(&mut self.scratch);
        let ack = Bytes::copy_from_slice(&self.scratch);
        if association.send(now, stream, DCEP, ack, CONTROL).is_err() {
            self.refuse(now, stream);
            return;
        }
        association.set_priority(stream, open.priority.to_wire());
        self.remote_text += text;
        let id = self.table.insert(Channel {
            label: Box::from(open.label),
            protocol: Box::from(open.protocol),
            ordered: open.ordered,
            reliability: open.reliability,
            priority: open.priority,
            negotiated: false,
            remote: true,
            stream: Some(stream.0),
            phase: Phase::Open,
            open_said: true,
            readable: false,
            starved: false,
            buffered_amount_low_threshold: 0,
            counters: Counters::default(),
        });
        self.counts.0 += 1;
        self.events.push_back(ChannelEvent::Announced(id));
        self.events.push_back(ChannelEvent::Open(id));
        if self.early.has(stream.0) {
            self.say_readable(id);
        }
    }

    /// Closes a stream on which the other side broke the rules, and the channel on it.
    fn refuse(&mut self, now: Instant, stream: StreamId) {
        match self.table.on_stream(stream.0) {
            Some(id) => self.close(now, id),
            None => {
                if let Some(association) = &mut self.association {
                    // Already under way is as good.
                    let _already_resetting = association.reset_stream(now, stream);
                }
            }
        }
    }

    fn on_incoming_reset(&mut self, now: Instant, stream: StreamId) {
        let Some(id) = self.table.on_stream(stream.0) else {
            self.early.forget(stream.0);
            return;
        };
        let Some(channel) = self.table.get_mut(id) else { return };
        match channel.phase {
            Phase::Closing { ours, .. } => {
                channel.phase = Phase::Closing { ours, theirs: true };
                self.finish(id);
            }
            Phase::AwaitingAck | Phase::Open => {
                channel.phase = Phase::Closing { ours: Reset::Owed, theirs: true };
                self.events.push_back(ChannelEvent::Closing(id));
                if !self.has_unread(id) {
                    self.request_reset(now, id, false);
                }
            }
            Phase::Connecting | Phase::Closed { .. } => {}
        }
    }

    fn on_outgoing_reset(&mut self, stream: StreamId) {
        let Some(id) = self.table.on_stream(stream.0) else { return };
        let Some(channel) = self.table.get_mut(id) else { return };
        if let Phase::Closing { ours: Reset::Requested, theirs } = channel.phase {
            // A refusal ends it all the same: there is nothing else to ask for.
            channel.phase = Phase::Closing { ours: Reset::Done, theirs };
            self.finish(id);
        }
    }

    fn on_writable(&mut self, stream: StreamId) {
        let Some(id) = self.table.on_stream(stream.0) else { return };
        let Some(channel) = self.table.get_mut(id) else { return };
        if core::mem::take(&mut channel.starved) {
            self.events.push_back(ChannelEvent::Writable(id));
        }
    }

    /// Asks for the reset of our direction; `discard` throws away what was not read.
    fn request_reset(&mut self, now: Instant, id: ChannelId, discard: bool) {
        let Some(channel) = self.table.get_mut(id) else { return };
        let Phase::Closing { ours: Reset::Owed, theirs } = channel.phase else { return };
        channel.phase = Phase::Closing { ours: Reset::Requested, theirs };
        let (Some(association), Some(stream)) = (&mut self.association, channel.stream) else {
            return;
        };
        if association.reset_stream(now, StreamId(stream)).is_err() {
            self.close_with_events(id, false);
            return;
        }
        if discard {
            self.discard(now, id);
        }
    }

    /// Both directions were reset: the channel is closed and its stream free.
    fn finish(&mut self, id: ChannelId) {
        let phase = self.table.get(id).map(|channel| channel.phase);
        if phase == Some(Phase::Closing { ours: Reset::Done, theirs: true }) {
            self.close_with_events(id, false);
        }
    }

    fn close_with_events(&mut self, id: ChannelId, error: bool) {
        let buffered = self.buffered_amount(id);
        let Some(channel) = self.table.get(id) else { return };
        if channel.remote {
            self.remote_text -= channel.label.len() + channel.protocol.len();
        }
        let opened = !matches!(channel.phase, Phase::Connecting);
        let stream = channel.stream;
        self.table.retire(id, buffered);
        if let Some(stream) = stream {
            self.early.forget(stream);
            if let Some(ids) = &mut self.stream_ids {
                ids.give_back(stream);
            }
        }
        if opened {
            self.counts.1 += 1;
        }
        if error {
            self.events.push_back(ChannelEvent::Error(id));
        }
        self.events.push_back(ChannelEvent::Closed(id));
    }

    // What waits to be read.

    fn say_readable(&mut self, id: ChannelId) {
        let Some(channel) = self.table.get_mut(id) else { return };
        if !core::mem::replace(&mut channel.readable, true) {
            self.events.push_back(ChannelEvent::Readable(id));
        }
    }

    fn has_unread(&self, id: ChannelId) -> bool {
        let Some(stream) = self.table.get(id).and_then(|channel| channel.stream) else {
            return false;
        };
        let waits = self.association.as_ref().is_some_and(|a| a.peek(StreamId(stream)).is_some());
        waits || self.early.has(stream)
    }

    /// The next payload for the application: what came before the announcement first.
    fn take_payload(&mut self, now: Instant, id: ChannelId, stream: u16) -> Option<(Ppid, Bytes)> {
        // A closed channel's stream may already serve another.
        if matches!(self.table.get(id)?.phase, Phase::Closed { .. })
            && (self.connected || self.table.on_stream(stream).is_some())
        {
            return None;
        }
        if let Some(early) = self.early.take(stream) {
            return Some(early);
        }
        loop {
            let association = self.association.as_mut()?;
            let message = association.recv(now, StreamId(stream))?;
            if message.ppid != DCEP {
                return Some((message.ppid, message.payload));
            }
            self.on_dcep(now, StreamId(stream), &message.payload);
        }
    }

    /// The application has read everything: a close of the other side's can go on.
    fn drained(&mut self, now: Instant, id: ChannelId) {
        let Some(channel) = self.table.get_mut(id) else { return };
        channel.readable = false;
        if matches!(channel.phase, Phase::Closing { ours: Reset::Owed, theirs: true }) {
            self.request_reset(now, id, false);
        }
    }

    /// Throws away what waits on a channel that the application has closed.
    fn discard(&mut self, now: Instant, id: ChannelId) {
        let Some(stream) = self.table.get(id).and_then(|channel| channel.stream) else { return };
        while self.take_payload(now, id, stream).is_some() {}
        if let Some(channel) = self.table.get_mut(id) {
            channel.readable = false;
        }
    }
}

/// How DCEP travels (RFC 8832 section 6).
const CONTROL: SendOptions = SendOptions::RELIABLE.uncounted();

/// How many events wait for the application before the association is left to wait, too.
const MAX_EVENTS: usize = 4096;

/// How many bytes of labels and protocols the other side's live channels may hold together.
const MAX_REMOTE_TEXT: usize = 4 * 1024 * 1024;
