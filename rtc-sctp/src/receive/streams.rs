//! Incoming streams: putting messages together and in order, and handing them out.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use bytes::Bytes;

use super::partial::{Partial, Piece};
use crate::error::Violation;
use crate::message::{Message, Ppid, StreamId};
use crate::packet::{DataFlags, Ssn};

/// All incoming streams.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    streams: BTreeMap<u16, Stream>,
    /// What is held, in order or not, as it counts against the window.
    charge: usize,
    /// The part of it that can be read.
    ready_charge: usize,
    news: VecDeque<News>,
    max_message_size: usize,
    /// Whether fragments of unordered messages may be held somewhere.
    has_unordered_fragments: bool,
    /// Memory for the next list of fragments.
    spare: Vec<Bytes>,
}

/// What the application is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    Readable(u16),
    Reset(u16),
}

/// One incoming stream; small while nothing is held.
#[derive(Debug, Default)]
struct Stream {
    next_ssn: Ssn,
    /// Something has arrived in this life of the stream.
    is_used: bool,
    /// The reset is in the news and bars the way to what came after it.
    is_barred: bool,
    held: Option<Box<Held>>,
}

/// What a stream holds.
#[derive(Debug, Default)]
struct Held {
    ready: VecDeque<Ready>,
    /// Ordered messages that are incomplete or too early, by how far their SSN is ahead, counted
    /// from the beginning of the stream's life.
    ordered: BTreeMap<u16, Ordered>,
    /// Unordered messages of which the beginning is here, by its TSN.
    unordered: BTreeMap<u64, Partial>,
    /// Fragments of unordered messages whose beginning, or some part before them, is missing.
    strays: BTreeMap<u64, Piece>,
}

#[derive(Debug)]
enum Ready {
    Message { ppid: u32, payload: Bytes, charge: usize },
    Reset,
}

/// An ordered message on its way.
#[derive(Debug, Default)]
struct Ordered {
    head: Option<Partial>,
    strays: BTreeMap<u64, Piece>,
    length: usize,
}

impl Streams {
    pub(crate) fn new(max_message_size: usize) -> Self {
        Self { max_message_size, ..Self::default() }
    }

    /// What is held, as it counts against the window.
    pub(crate) fn charge(&self) -> usize {
        self.charge
    }

    /// Whether nothing can be read, so that what is held is all incomplete or too early.
    pub(crate) fn has_nothing_ready(&self) -> bool {
        self.ready_charge == 0
    }

    /// Gives back the memory of streams that hold nothing. Linear in their number.
    pub(crate) fn rest(&mut self) {
        for stream in self.streams.values_mut() {
            stream.held.take_if(|held| held.is_empty());
        }
        self.news.shrink_to_fit();
        self.spare = Vec::new();
    }

    /// Takes a fragment that has not been here before.
    pub(crate) fn insert(
        &mut self,
        id: u16,
        ssn: Ssn,
        tsn: u64,
        piece: Piece,
    ) -> Result<(), Violation> {
        let stream = self.streams.entry(id).or_default();
        stream.is_used = true;
        let is_whole = piece.flags.contains(DataFlags::BEGIN.with(DataFlags::END, true));
        if is_whole && piece.payload.len() > self.max_message_size {
            return Err(Violation::MessageTooLarge);
        }
        let is_unordered = piece.flags.contains(DataFlags::UNORDERED);
        if !is_unordered && ssn.distance_from(stream.next_ssn) < 0 {
            // A number whose turn has passed: skipped by FORWARD TSN, or nonsense.
            return Ok(());
        }
        self.charge += piece.charge;
        if is_whole && (is_unordered || ssn == stream.next_ssn) {
            let Piece { ppid, payload, charge, .. } = piece;
            self.deliver(id, ppid, payload, charge);
            if !is_unordered {
                self.advance(id);
            }
            return Ok(());
        }
        let held = stream.held.get_or_insert_default();
        if is_unordered {
            let finished =
                held.insert_unordered(tsn, piece, self.max_message_size, &mut self.spare)?;
            self.has_unordered_fragments = true;
            if let Some(partial) = finished {
                self.deliver_partial(id, partial);
            }
        } else {
            held.ordered.entry(ssn.0).or_default().insert(
                tsn,
                piece,
                self.max_message_size,
                &mut self.spare,
            )?;
            if ssn == stream.next_ssn {
                self.deliver_in_order(id);
            }
        }
        Ok(())
    }

    /// Skips the ordered messages of a stream up to `ssn` (RFC 3758 section 3.6).
    pub(crate) fn skip_ordered(&mut self, id: u16, ssn: Ssn) {
        let Some(stream) = self.streams.get_mut(&id) else {
            if ssn.distance_from(Ssn(0)) >= 0 {
                let next_ssn = ssn.next();
                self.streams.insert(id, Stream { next_ssn, is_used: true, ..Stream::default() });
            }
            return;
        };
        if ssn.distance_from(stream.next_ssn) < 0 {
            return;
        }
        stream.is_used = true;
        // What is whole is delivered, what is not is dropped, in order.
        let next = stream.next_ssn;
        let mut passed = VecDeque::new();
        if let Some(held) = &mut stream.held {
            let last = ssn.distance_from(next);
            // The runs on both sides of the wrap of the numbers.
            let mut keys: VecDeque<u16> = held
                .ordered
                .range(next.0..)
                .chain(held.ordered.range(..next.0))
                .map(|(&key, _)| key)
                .take_while(|&key| {
                    let ahead = Ssn(key).distance_from(next);
                    (0..=last).contains(&ahead)
                })
                .collect();
            while let Some(key) = keys.pop_front() {
                if let Some(ordered) = held.ordered.remove(&key) {
                    passed.push_back(ordered);
                }
            }
        }
        stream.next_ssn = ssn.next();
        for ordered in passed {
            let charge = ordered.charge();
            match ordered.head {
                Some(head) if head.is_complete() => self.deliver_partial(id, head),
                _ => self.charge -= charge,
            }
        }
        self.deliver_in_order(id);
    }

    /// Drops fragments of unordered messages that cannot become whole any more because all TSNs
    /// up to `tsn` have been skipped.
    pub(crate) fn skip_unordered(&mut self, tsn: u64) {
        if !core::mem::take(&mut self.has_unordered_fragments) {
            return;
        }
        let mut dropped = 0;
        for held in self.streams.values_mut().filter_map(|stream| stream.held.as_deref_mut()) {
            // A message goes on behind the new cumulative TSN only if its fragments up to there
            // are all here.
            held.unordered.retain(|_, partial| {
                let is_alive = partial.next_tsn() > tsn;
                if !is_alive {
                    dropped += partial.charge;
                }
                is_alive
            });
            let alive = held.strays.split_off(&(tsn + 1));
            dropped += held.strays.values().map(|piece| piece.charge).sum::<usize>();
            held.strays = alive;
            self.has_unordered_fragments |= !held.unordered.is_empty() || !held.strays.is_empty();
        }
        self.charge -= dropped;
    }

    /// Begins the next life of a stream.
    pub(crate) fn reset(&mut self, id: u16) {
        let Some(stream) = self.streams.get_mut(&id) else {
            self.streams.insert(id, Stream { is_barred: true, ..Stream::default() });
            self.news.push_back(News::Reset(id));
            return;
        };
        if !stream.is_used {
            // Reset again without having been used: the application knows.
            return;
        }
        stream.next_ssn = Ssn(0);
        stream.is_used = false;
        let mut dropped = 0;
        let mut is_clear = true;
        if let Some(held) = &mut stream.held {
            dropped = held.drop_incomplete();
            is_clear = held.ready.is_empty();
            if !is_clear {
                held.ready.push_back(Ready::Reset);
            }
        }
        self.charge -= dropped;
        if is_clear && !stream.is_barred {
            stream.is_barred = true;
            self.news.push_back(News::Reset(id));
        } else if is_clear {
            stream.held.get_or_insert_default().ready.push_back(Ready::Reset);
        }
    }

    /// The identifiers of all streams that have been used.
    pub(crate) fn used(&self) -> impl Iterator<Item = u16> + '_ {
        self.streams.iter().filter(|(_, stream)| stream.is_used).map(|(&id, _)| id)
    }

    /// Drops what is incomplete and starts every stream over.
    pub(crate) fn restart(&mut self) {
        for stream in self.streams.values_mut() {
            stream.next_ssn = Ssn(0);
            if let Some(held) = &mut stream.held {
                self.charge -= held.drop_incomplete();
            }
        }
    }

    /// The kind and length of the message that can be read next.
    pub(crate) fn peek(&self, id: u16) -> Option<(Ppid, usize)> {
        let stream = self.streams.get(&id)?;
        if stream.is_barred {
            return None;
        }
        match stream.held.as_ref()?.ready.front()? {
            Ready::Message { ppid, payload, .. } => Some((Ppid(*ppid), payload.len())),
            Ready::Reset => None,
        }
    }

    /// Takes the message that can be read next.
    pub(crate) fn recv(&mut self, id: u16) -> Option<Message> {
        let crowded = self.streams.len() > MAX_IDLE_BUFFERS;
        let stream = self.streams.get_mut(&id)?;
        if stream.is_barred {
            return None;
        }
        let held = stream.held.as_deref_mut()?;
        let Some(Ready::Message { ppid, payload, charge }) = held.ready.pop_front() else {
            // A reset never stands first: it is in the news by then.
            return None;
        };
        self.charge -= charge;
        self.ready_charge -= charge;
        if matches!(held.ready.front(), Some(Ready::Reset)) {
            held.ready.pop_front();
            stream.is_barred = true;
            self.news.push_back(News::Reset(id));
        } else if crowded && held.is_empty() {
            stream.held = None;
        }
        Some(Message { stream: StreamId(id), ppid: Ppid(ppid), payload })
    }

    /// Takes what the application is to be told next.
    pub(crate) fn poll_news(&mut self) -> Option<News> {
        let news = self.news.pop_front()?;
        if let News::Reset(id) = news
            && let Some(stream) = self.streams.get_mut(&id)
        {
            stream.is_barred = false;
            let mut is_forgotten = !stream.is_used;
            if let Some(held) = &mut stream.held {
                match held.ready.front() {
                    Some(Ready::Reset) => {
                        held.ready.pop_front();
                        stream.is_barred = true;
                        self.news.push_back(News::Reset(id));
                    }
                    Some(Ready::Message { .. }) => self.news.push_back(News::Readable(id)),
                    None => {}
                }
                is_forgotten &= held.is_empty();
            }
            if is_forgotten && !stream.is_barred {
                // Kept as a bare mark, so that a reset asked for twice is told once.
                stream.held = None;
            }
        }
        Some(news)
    }

    fn deliver_partial(&mut self, id: u16, partial: Partial) {
        let charge = partial.charge;
        let (ppid, payload) = partial.finish(&mut self.spare);
        self.deliver(id, ppid, payload, charge);
    }

    fn deliver(&mut self, id: u16, ppid: u32, payload: Bytes, charge: usize) {
        let stream = self.streams.entry(id).or_default();
        let held = stream.held.get_or_insert_default();
        if held.ready.is_empty() && !stream.is_barred {
            self.news.push_back(News::Readable(id));
        }
        held.ready.push_back(Ready::Message { ppid, payload, charge });
        self.ready_charge += charge;
    }

    /// Moves past the message that was just delivered and delivers what waited for it.
    fn advance(&mut self, id: u16) {
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.next_ssn = stream.next_ssn.next();
            if stream.held.as_ref().is_some_and(|held| !held.ordered.is_empty()) {
                self.deliver_in_order(id);
            }
        }
    }

    fn deliver_in_order(&mut self, id: u16) {
        while let Some(stream) = self.streams.get_mut(&id)
            && let Some(held) = &mut stream.held
            && let Some(entry) = held.ordered.get(&stream.next_ssn.0)
            && entry.head.as_ref().is_some_and(Partial::is_complete)
            && let Some(Ordered { head: Some(head), strays, .. }) =
                held.ordered.remove(&stream.next_ssn.0)
        {
            stream.next_ssn = stream.next_ssn.next();
            self.charge -= strays.values().map(|piece| piece.charge).sum::<usize>();
            self.deliver_partial(id, head);
        }
    }
}

impl Held {
    fn insert_unordered(
        &mut self,
        tsn: u64,
        piece: Piece,
        max_message_size: usize,
        spare: &mut Vec<Bytes>,
    ) -> Result<Option<Partial>, Violation> {
        let key = if piece.flags.contains(DataFlags::BEGIN) {
            self.unordered.insert(tsn, Partial::new(tsn, piece, spare));
            tsn
        } else {
            let head = self.unordered.range_mut(..tsn).next_back();
            match head {
                Some((&key, partial)) if partial.next_tsn() == tsn && !partial.is_complete() => {
                    partial.append(piece);
                    key
                }
                _ => {
                    self.strays.insert(tsn, piece);
                    return Ok(None);
                }
            }
        };
        let Some(partial) = self.unordered.get_mut(&key) else { return Ok(None) };
        if !partial.absorb(&mut self.strays) {
            return Err(Violation::Fragments);
        }
        if partial.length > max_message_size {
            return Err(Violation::MessageTooLarge);
        }
        let is_complete = partial.is_complete();
        Ok(if is_complete { self.unordered.remove(&key) } else { None })
    }

    /// Drops everything that is not whole and returns what it counted.
    fn drop_incomplete(&mut self) -> usize {
        let mut dropped = 0;
        for (_, ordered) in core::mem::take(&mut self.ordered) {
            dropped += ordered.charge();
        }
        for (_, partial) in core::mem::take(&mut self.unordered) {
            dropped += partial.charge;
        }
        for (_, piece) in core::mem::take(&mut self.strays) {
            dropped += piece.charge;
        }
        dropped
    }

    fn is_empty(&self) -> bool {
        self.ready.is_empty()
            && self.ordered.is_empty()
            && self.unordered.is_empty()
            && self.strays.is_empty()
    }
}

impl Ordered {
    fn insert(
        &mut self,
        tsn: u64,
        piece: Piece,
        max_message_size: usize,
        spare: &mut Vec<Bytes>,
    ) -> Result<(), Violation> {
        self.length += piece.payload.len();
        if self.length > max_message_size {
            return Err(Violation::MessageTooLarge);
        }
        match &mut self.head {
            None if piece.flags.contains(DataFlags::BEGIN) => {
                let head = self.head.insert(Partial::new(tsn, piece, spare));
                if !head.absorb(&mut self.strays) {
                    return Err(Violation::Fragments);
                }
            }
            Some(_) if piece.flags.contains(DataFlags::BEGIN) => return Err(Violation::Fragments),
            Some(head) if head.is_complete() => return Err(Violation::Fragments),
            Some(head) if head.next_tsn() == tsn => {
                head.append(piece);
                if !head.absorb(&mut self.strays) {
                    return Err(Violation::Fragments);
                }
            }
            _ => {
                self.strays.insert(tsn, piece);
            }
        }
        Ok(())
    }

    fn charge(&self) -> usize {
        self.head.as_ref().map_or(0, |head| head.charge)
            + self.strays.values().map(|piece| piece.charge).sum::<usize>()
    }
}

/// Up to how many streams keep their empty buffers for the next message.
const MAX_IDLE_BUFFERS: usize = 256;
