//! One direction of an association, as its receiver sees it.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use bytes::Bytes;

use super::partial::Piece;
use super::streams::{News, Streams};
use super::tracker::{Arrival, Tracker};
use crate::config::Config;
use crate::error::Violation;
use crate::event::Event;
use crate::message::{Message, Ppid, StreamId};
use crate::packet::{Data, ForwardTsn, OutgoingResetRequest, ReconfigResult, Sack, Ssn, Tsn};

/// What has arrived and how the peer is answered.
#[derive(Debug)]
pub(crate) struct Inbound {
    tracker: Tracker,
    streams: Streams,
    stream_count: u16,
    window: usize,
    /// A reset that waits for data before it.
    deferred: Option<DeferredReset>,
    /// The number of the peer's next request (RFC 6525 section 5.2.1).
    next_request: u32,
    last_result: Option<ReconfigResult>,
    /// Payload bytes taken and charged since the beginning, halved now and then: what the
    /// overhead of this peer's messages is.
    payload_taken: u64,
    charge_taken: u64,
    advertised: usize,
}

/// What became of a DATA chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    New,
    Duplicate,
    Refused,
    InvalidStream,
}

/// A peer's request to reset its outgoing streams.
pub(crate) type ResetRequest<'a> = OutgoingResetRequest<'a>;

/// A reset that is performed when all data up to `last_tsn` has arrived (RFC 6525 section 5.2.2).
#[derive(Debug)]
struct DeferredReset {
    last_tsn: u64,
    /// Empty: all of them.
    streams: BTreeSet<u16>,
    /// Data of the streams' next lives.
    data: Vec<(u64, u16, Ssn, Piece)>,
    charge: usize,
}

impl DeferredReset {
    fn covers(&self, stream: u16) -> bool {
        self.streams.is_empty() || self.streams.contains(&stream)
    }
}

impl Inbound {
    pub(crate) fn new(config: &Config, initial_tsn: Tsn, stream_count: u16) -> Self {
        Self {
            tracker: Tracker::new(initial_tsn),
            streams: Streams::new(config.max_message_size),
            stream_count,
            window: config.receive_window,
            deferred: None,
            next_request: initial_tsn.0,
            last_result: None,
            payload_taken: 0,
            charge_taken: 0,
            advertised: config.receive_window,
        }
    }

    /// Starts over with a peer that did; messages that are whole remain to be read.
    pub(crate) fn restart(&mut self, initial_tsn: Tsn, stream_count: u16) {
        self.tracker = Tracker::new(initial_tsn);
        self.streams.restart();
        self.stream_count = stream_count;
        self.deferred = None;
        self.next_request = initial_tsn.0;
        self.last_result = None;
    }

    pub(crate) fn rest(&mut self) {
        self.streams.rest();
    }

    pub(crate) fn has_gap(&self) -> bool {
        self.tracker.has_gap()
    }

    pub(crate) fn cumulative_tsn(&self) -> Tsn {
        Tsn::from(self.tracker.cumulative())
    }

    /// The number of the peer's last request, as a response or request of ours names it.
    pub(crate) fn last_request(&self) -> u32 {
        self.next_request.wrapping_sub(1)
    }

    /// Takes a DATA chunk; `datagram` is what its payload is a part of.
    pub(crate) fn on_data(
        &mut self,
        data: &Data<'_>,
        datagram: &Bytes,
    ) -> Result<Taken, Violation> {
        if data.payload.is_empty() {
            return Err(Violation::NoUserData);
        }
        let tsn = self.tracker.unwrap(data.tsn);
        let arrival = self.tracker.classify(tsn);
        // A small slice keeps a whole datagram alive; copying each of them would cost more.
        let charge = data.payload.len().max(datagram.len() / 4) + CHUNK_OVERHEAD;
        match arrival {
            Arrival::Duplicate => {
                self.tracker.note_duplicate(data.tsn);
                return Ok(Taken::Duplicate);
            }
            Arrival::OutOfRange => return Ok(Taken::Refused),
            Arrival::Next if !self.has_room_for_next() => return Ok(Taken::Refused),
            Arrival::Beyond if self.charge() + charge > self.window => return Ok(Taken::Refused),
            Arrival::Next | Arrival::Beyond => {}
        }
        if data.stream >= self.stream_count {
            self.tracker.insert(tsn);
            self.perform_deferred()?;
            return Ok(Taken::InvalidStream);
        }
        self.note_overhead(data.payload.len(), charge);
        let payload = datagram.slice_ref(data.payload);
        let piece = Piece { flags: data.flags, ppid: data.ppid, payload, charge };
        self.tracker.insert(tsn);
        match &mut self.deferred {
            Some(deferred) if tsn > deferred.last_tsn && deferred.covers(data.stream) => {
                deferred.charge += charge;
                deferred.data.push((tsn, data.stream, data.ssn, piece));
            }
            _ => self.streams.insert(data.stream, data.ssn, tsn, piece)?,
        }
        self.perform_deferred()?;
        Ok(Taken::New)
    }

    /// Takes a FORWARD TSN; false if it is absurd and was ignored.
    pub(crate) fn on_forward_tsn(&mut self, chunk: &ForwardTsn<'_>) -> Result<bool, Violation> {
        let tsn = self.tracker.unwrap(chunk.new_cumulative_tsn);
        // Each TSN is a byte at least, and no more bytes can be under way than the window holds.
        if tsn > self.tracker.cumulative() + self.window as u64 {
            return Ok(false);
        }
        if tsn <= self.tracker.cumulative() {
            return Ok(true);
        }
        for skipped in chunk.skipped() {
            if skipped.stream < self.stream_count {
                self.streams.skip_ordered(skipped.stream, skipped.ssn);
            }
        }
        self.tracker.skip_to(tsn);
        self.streams.skip_unordered(tsn);
        self.perform_deferred()?;
        Ok(true)
    }

    /// Answers a request of the peer's to reset its outgoing streams (RFC 6525 section 5.2.2).
    pub(crate) fn on_reset_request(
        &mut self,
        request: &ResetRequest<'_>,
    ) -> Result<ReconfigResult, Violation> {
        if let Some(result) = self.check_request_number(request.request) {
            return Ok(result);
        }
        let result = self.begin_reset(request)?;
        self.last_result = Some(result);
        Ok(result)
    }

    /// Answers a request that is never granted.
    pub(crate) fn on_other_request(&mut self, number: u32) -> ReconfigResult {
        self.check_request_number(number).unwrap_or_else(|| {
            self.last_result = Some(ReconfigResult::DENIED);
            ReconfigResult::DENIED
        })
    }

    /// What is left of the window, as the peer is to be told.
    pub(crate) fn window_left(&self) -> usize {
        let left = self.window.saturating_sub(self.charge());
        if self.charge() == 0 || self.charge_taken == 0 {
            return left;
        }
        // The peer counts payload only: tell it how much payload fits, going by what it sends.
        let left = left as u128 * u128::from(self.payload_taken) / u128::from(self.charge_taken);
        left as usize
    }

    /// Whether the window has opened so far that the peer had better know at once.
    pub(crate) fn is_window_news(&self) -> bool {
        self.advertised < self.window / 4 && self.window_left() >= self.window / 2
    }

    /// Writes a SACK of at most `room` bytes.
    pub(crate) fn write_sack(&mut self, room: usize, out: &mut Vec<u8>) {
        self.advertised = self.window_left();
        let entries = room.saturating_sub(Sack::FIXED_LENGTH) / 4;
        let duplicates = self.tracker.duplicates();
        let duplicates = duplicates.get(..entries.min(duplicates.len())).unwrap_or_default();
        Sack::write(
            out,
            self.cumulative_tsn(),
            u32::try_from(self.advertised).unwrap_or(u32::MAX),
            self.tracker.gap_blocks(entries - duplicates.len()),
            duplicates.iter().copied(),
        );
        self.tracker.forget_duplicates();
    }

    pub(crate) fn peek(&self, stream: u16) -> Option<(Ppid, usize)> {
        self.streams.peek(stream)
    }

    pub(crate) fn recv(&mut self, stream: u16) -> Option<Message> {
        self.streams.recv(stream)
    }

    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        self.streams.poll_news().map(|news| match news {
            News::Readable(stream) => Event::Readable(StreamId(stream)),
            News::Reset(stream) => Event::IncomingReset(StreamId(stream)),
        })
    }

    /// What is held, as it counts against the window.
    pub(crate) fn charge(&self) -> usize {
        self.streams.charge() + self.deferred.as_ref().map_or(0, |deferred| deferred.charge)
    }

    /// Whether the chunk that everything waits for can be taken: while there is room, and beyond
    /// that as long as nothing can be read, because then only this chunk can free any.
    fn has_room_for_next(&self) -> bool {
        let charge = self.charge();
        charge < self.window || (self.streams.has_nothing_ready() && charge < 2 * self.window)
    }

    fn note_overhead(&mut self, payload: usize, charge: usize) {
        self.payload_taken += payload as u64;
        self.charge_taken += charge as u64;
        if self.charge_taken > OVERHEAD_MEMORY {
            self.payload_taken /= 2;
            self.charge_taken /= 2;
        }
    }

    /// `Some`: the request is not a new one, and this is the answer.
    fn check_request_number(&mut self, number: u32) -> Option<ReconfigResult> {
        if number == self.next_request {
            self.next_request = self.next_request.wrapping_add(1);
            return None;
        }
        if number == self.last_request()
            && let Some(result) = self.last_result
        {
            if result == ReconfigResult::IN_PROGRESS && self.deferred.is_none() {
                self.last_result = Some(ReconfigResult::PERFORMED);
            }
            return self.last_result;
        }
        Some(ReconfigResult::BAD_SEQUENCE_NUMBER)
    }

    fn begin_reset(&mut self, request: &ResetRequest<'_>) -> Result<ReconfigResult, Violation> {
        if request.streams().any(|stream| stream >= self.stream_count) {
            return Ok(ReconfigResult::WRONG_SSN);
        }
        let last_tsn = self.tracker.unwrap(request.last_tsn);
        if last_tsn > self.tracker.cumulative() + self.window as u64 {
            return Ok(ReconfigResult::DENIED);
        }
        // Two requests that wait become one, so that one at most ever waits.
        let waiting = self.deferred.get_or_insert_with(|| DeferredReset {
            last_tsn,
            streams: request.streams().collect(),
            data: Vec::new(),
            charge: 0,
        });
        waiting.last_tsn = waiting.last_tsn.max(last_tsn);
        if request.streams().len() == 0 {
            waiting.streams.clear();
        } else if !waiting.streams.is_empty() {
            waiting.streams.extend(request.streams());
        }
        self.perform_deferred()?;
        let is_waiting = self.deferred.is_some();
        Ok(if is_waiting { ReconfigResult::IN_PROGRESS } else { ReconfigResult::PERFORMED })
    }

    /// Performs the reset that waits, if all data before it is here.
    fn perform_deferred(&mut self) -> Result<(), Violation> {
        let cumulative = self.tracker.cumulative();
        if self.deferred.as_ref().is_none_or(|deferred| deferred.last_tsn > cumulative) {
            return Ok(());
        }
        let Some(deferred) = self.deferred.take() else { return Ok(()) };
        if deferred.streams.is_empty() {
            let used: Vec<u16> = self.streams.used().collect();
            for stream in used {
                self.streams.reset(stream);
            }
        } else {
            for &stream in &deferred.streams {
                self.streams.reset(stream);
            }
        }
        for (tsn, stream, ssn, piece) in deferred.data {
            self.streams.insert(stream, ssn, tsn, piece)?;
        }
        Ok(())
    }
}

/// What each chunk costs beside its payload: its place in the queues here.
const CHUNK_OVERHEAD: usize = 64;

/// Over how many bytes the overhead of a peer's messages is remembered.
const OVERHEAD_MEMORY: u64 = 1 << 20;
