//! Resetting our outgoing streams (RFC 6525 section 5.1).

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::event::{Event, ResetResult};
use crate::message::StreamId;
use crate::packet::{OutgoingResetRequest, ReconfigResult, Tsn};
use crate::send::SendQueue;

/// The resets that have been asked for and the one request that may be under way.
#[derive(Debug)]
pub(crate) struct OutgoingResets {
    /// Streams to be reset, each once.
    waiting: VecDeque<u16>,
    request: Option<Request>,
    next_number: u32,
}

/// A request under way.
#[derive(Debug)]
struct Request {
    number: u32,
    last_tsn: Tsn,
    streams: Vec<u16>,
    is_due: bool,
}

/// What the peer says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    NotYet,
    Performed,
    Denied,
}

impl OutgoingResets {
    pub(crate) fn new(initial_tsn: Tsn) -> Self {
        Self { waiting: VecDeque::new(), request: None, next_number: initial_tsn.0 }
    }

    /// Asks for a stream to be reset; it must not be waiting yet.
    pub(crate) fn push(&mut self, stream: u16) {
        self.waiting.push_back(stream);
    }

    /// Begins a request if none is under way and a stream has had all its data sent.
    /// True if it did.
    pub(crate) fn begin(&mut self, queue: &SendQueue, next_tsn: Tsn, max_streams: usize) -> bool {
        if self.request.is_some() || self.waiting.is_empty() {
            return false;
        }
        let mut streams = Vec::new();
        self.waiting.retain(|&stream| {
            let is_ready = streams.len() < max_streams && queue.is_drained(stream);
            if is_ready {
                streams.push(stream);
            }
            !is_ready
        });
        if streams.is_empty() {
            return false;
        }
        let number = self.next_number;
        self.next_number = self.next_number.wrapping_add(1);
        let last_tsn = Tsn(next_tsn.0.wrapping_sub(1));
        self.request = Some(Request { number, last_tsn, streams, is_due: true });
        true
    }

    /// Whether a request is to be sent.
    pub(crate) fn is_due(&self) -> bool {
        self.request.as_ref().is_some_and(|request| request.is_due)
    }

    /// Has the request sent again.
    pub(crate) fn retransmit(&mut self) {
        if let Some(request) = &mut self.request {
            request.is_due = true;
        }
    }

    /// How long the request is on the wire, in bytes.
    pub(crate) fn length(&self) -> usize {
        self.request.as_ref().map_or(0, |request| {
            OutgoingResetRequest::FIXED_LENGTH + (request.streams.len() * 2).next_multiple_of(4)
        })
    }

    /// Writes the request; `last_peer_request` is the number of the peer's last one.
    pub(crate) fn write(&mut self, last_peer_request: u32, out: &mut Vec<u8>) {
        if let Some(request) = &mut self.request {
            request.is_due = false;
            let streams = request.streams.iter().copied();
            OutgoingResetRequest::write(
                out,
                request.number,
                last_peer_request,
                request.last_tsn,
                streams,
            );
        }
    }

    /// Takes the peer's answer; `None`: it answers nothing that is under way.
    pub(crate) fn on_response(
        &mut self,
        number: u32,
        result: ReconfigResult,
        queue: &mut SendQueue,
        events: &mut VecDeque<Event>,
    ) -> Option<Answer> {
        if self.request.as_ref()?.number != number {
            return None;
        }
        if matches!(result, ReconfigResult::IN_PROGRESS | ReconfigResult::ALREADY_IN_PROGRESS) {
            return Some(Answer::NotYet);
        }
        let performed = matches!(result, ReconfigResult::PERFORMED | ReconfigResult::NOTHING_TO_DO);
        for stream in self.request.take()?.streams {
            if performed {
                queue.on_reset_performed(stream);
            } else {
                queue.set_resetting(stream, false);
            }
            events.push_back(Event::OutgoingReset {
                stream: StreamId(stream),
                result: if performed { ResetResult::Performed } else { ResetResult::Denied },
            });
        }
        Some(if performed { Answer::Performed } else { Answer::Denied })
    }

    /// Gives up on all of them.
    pub(crate) fn refuse_all(&mut self, queue: &mut SendQueue, events: &mut VecDeque<Event>) {
        let under_way = self.request.take().map(|request| request.streams).unwrap_or_default();
        for stream in under_way.into_iter().chain(core::mem::take(&mut self.waiting)) {
            queue.set_resetting(stream, false);
            let stream = StreamId(stream);
            events.push_back(Event::OutgoingReset { stream, result: ResetResult::Denied });
        }
    }

    /// All streams have started over with the association.
    pub(crate) fn on_restart(
        &mut self,
        initial_tsn: Tsn,
        queue: &mut SendQueue,
        events: &mut VecDeque<Event>,
    ) {
        self.next_number = initial_tsn.0;
        if let Some(request) = self.request.take() {
            for stream in request.streams {
                queue.on_reset_performed(stream);
                let stream = StreamId(stream);
                events.push_back(Event::OutgoingReset { stream, result: ResetResult::Performed });
            }
        }
    }
}
