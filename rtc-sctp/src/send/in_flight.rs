//! What has been sent and not acknowledged: acknowledgement, loss, and giving up.
//!
//! Nothing here looks at every outstanding chunk for one packet: acknowledgements touch what they
//! newly acknowledge, loss detection walks a log of transmissions once, retransmissions wait in a
//! list of their own.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use rtc_core::Instant;

use super::delivery::{Delivery, Newest};
use super::queue::{Fragment, SendQueue};
use super::ranges::Ranges;
use super::sent::{Sent, Status, wire_size, write};
use crate::congestion::RateSample;
use crate::error::Violation;
use crate::packet::{Data, DataFlags, GapBlock, SkippedStream, Tsn};
use crate::round_trip::RoundTrip;

/// All chunks from the first that is not acknowledged to the last that was sent.
#[derive(Debug)]
pub(crate) struct InFlight {
    /// `chunks[0]` has the TSN `base`.
    chunks: VecDeque<Sent>,
    base: u64,
    /// Where the peer can be told to skip to (Advanced.Peer.Ack.Point, RFC 3758 section 3.5).
    skip_point: u64,
    /// TSNs that the peer has beyond the cumulative one.
    received: Ranges,
    /// TSNs to be sent again.
    lost: BTreeSet<u64>,
    /// Each transmission in order: the number of its packet and its TSN.
    log: VecDeque<(u64, u64)>,
    next_packet: u64,
    /// The newest packet of which something has been acknowledged.
    newest_acked: u64,
    last_sent_at: Instant,
    /// A loss of a packet up to this one belongs to the episode that is on.
    episode_end: u64,
    /// Packets from this one on have gone the way that is in use.
    path_start: u64,
    in_recovery: bool,
    /// Bytes of chunks in flight, with their headers.
    bytes: usize,
    /// Payload bytes that the peer has not acknowledged and that are not given up.
    outstanding: usize,
    delivered: u64,
    delivered_at: Instant,
    /// When the newest acknowledged packet was sent: the beginning of a rate sample.
    first_sent_at: Instant,
    /// The sender ran dry before `delivered` reached this.
    application_limited_until: u64,
    abandoned_messages: u64,
    /// While a request to reset streams is under way: the last TSN of their old lives.
    reset_barrier: Option<u64>,
    /// The peer has said by a response that it has got as far as this.
    peer_passed: u64,
}

/// What a SACK has changed.
#[derive(Debug, Default)]
pub(crate) struct AckOutcome {
    pub(crate) cumulative_advanced: bool,
    /// Bytes acknowledged for the first time, with headers.
    pub(crate) bytes: usize,
    pub(crate) round_trip: Option<Duration>,
    pub(crate) rate: Option<RateSample>,
}

/// What was found lost.
#[derive(Debug, Default)]
pub(crate) struct LossOutcome {
    /// On the path that is in use.
    pub(crate) bytes: usize,
    pub(crate) new_episode: bool,
    /// When an older packet that is still missing will count as lost.
    pub(crate) next_at: Option<Instant>,
}

impl InFlight {
    pub(crate) fn new(initial_tsn: Tsn, now: Instant) -> Self {
        // Far enough from zero that nothing a peer names lies below it.
        let base = (1 << 33) + u64::from(initial_tsn.0);
        Self {
            chunks: VecDeque::new(),
            base,
            skip_point: base - 1,
            received: Ranges::default(),
            lost: BTreeSet::new(),
            log: VecDeque::new(),
            next_packet: 1,
            newest_acked: 0,
            last_sent_at: now,
            episode_end: 0,
            path_start: 0,
            in_recovery: false,
            bytes: 0,
            outstanding: 0,
            delivered: 0,
            delivered_at: now,
            first_sent_at: now,
            application_limited_until: 0,
            abandoned_messages: 0,
            reset_barrier: None,
            peer_passed: 0,
        }
    }

    /// Bytes in flight, with chunk headers.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Payload bytes that count against the peer's window.
    pub(crate) fn outstanding(&self) -> usize {
        self.outstanding
    }

    /// Whether nothing is left to be acknowledged.
    pub(crate) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.chunks.len()
    }

    pub(crate) fn has_lost(&self) -> bool {
        !self.lost.is_empty()
    }

    pub(crate) fn in_recovery(&self) -> bool {
        self.in_recovery
    }

    /// The TSN that will be assigned next.
    pub(crate) fn next_tsn(&self) -> Tsn {
        Tsn::from(self.end())
    }

    pub(crate) fn take_abandoned(&mut self) -> u64 {
        core::mem::take(&mut self.abandoned_messages)
    }

    /// Notes that there is nothing to send: rates measured until all this is delivered are too low.
    pub(crate) fn on_application_limited(&mut self) {
        self.application_limited_until = (self.delivered + self.bytes as u64).max(1);
    }

    /// Gives back the memory that is not used.
    pub(crate) fn rest(&mut self) {
        self.chunks.shrink_to_fit();
        self.log.shrink_to_fit();
    }

    /// Packets go another way from now on. What the old way has swallowed says nothing of the new
    /// one.
    pub(crate) fn on_path_change(&mut self) {
        self.path_start = self.next_packet;
        self.episode_end = self.next_packet - 1;
        self.in_recovery = false;
    }

    /// The number of the packet about to be written.
    pub(crate) fn begin_packet(&mut self) -> u64 {
        let packet = self.next_packet;
        self.next_packet += 1;
        packet
    }

    /// Gives a fragment its TSN and counts it as sent in `packet`.
    pub(crate) fn push(&mut self, now: Instant, packet: u64, fragment: Fragment) -> Tsn {
        if self.bytes == 0 {
            // A rate cannot be measured over the time in which nothing was under way.
            self.first_sent_at = now;
            self.delivered_at = now;
        }
        let tsn = self.end();
        self.bytes += wire_size(&fragment);
        self.outstanding += fragment.payload.len();
        self.chunks.push_back(Sent {
            fragment,
            status: Status::InFlight,
            transmissions: 1,
            packet,
            sent_at: now,
            delivered: self.delivered,
            delivered_at: self.delivered_at,
            first_sent_at: self.first_sent_at,
            application_limited: self.delivered < self.application_limited_until,
        });
        self.log.push_back((packet, tsn));
        self.last_sent_at = now;
        Tsn::from(tsn)
    }

    /// The length of the next chunk to be sent again, if there is one that is not given up.
    pub(crate) fn next_retransmission(
        &mut self,
        now: Instant,
        queue: &mut SendQueue,
        may_abandon: bool,
    ) -> Option<usize> {
        loop {
            let &tsn = self.lost.first()?;
            let sent = self.get(tsn)?;
            if may_abandon && sent.fragment.expires_at.is_some_and(|at| at <= now) {
                self.abandon(tsn, queue, now);
                continue;
            }
            return Some(sent.fragment.payload.len());
        }
    }

    /// Writes the chunk that [`Self::next_retransmission`] spoke of, as sent again in `packet`.
    pub(crate) fn retransmit(
        &mut self,
        now: Instant,
        packet: u64,
        immediate: bool,
        out: &mut Vec<u8>,
    ) {
        let Some(tsn) = self.lost.pop_first() else { return };
        if self.bytes == 0 {
            self.first_sent_at = now;
            self.delivered_at = now;
        }
        let (delivered, delivered_at) = (self.delivered, self.delivered_at);
        let first_sent_at = self.first_sent_at;
        let limited = self.delivered < self.application_limited_until;
        let Some(sent) = self.get_mut(tsn) else { return };
        sent.status = Status::InFlight;
        sent.transmissions = sent.transmissions.saturating_add(1);
        sent.packet = packet;
        sent.sent_at = now;
        sent.delivered = delivered;
        sent.delivered_at = delivered_at;
        sent.first_sent_at = first_sent_at;
        sent.application_limited = limited;
        write(&sent.fragment, Tsn::from(tsn), immediate, out);
        let (wire, payload) = (wire_size(&sent.fragment), sent.fragment.payload.len());
        self.bytes += wire;
        self.outstanding += payload;
        self.log.push_back((packet, tsn));
        self.last_sent_at = now;
    }

    /// Takes a SACK, which must acknowledge nothing that was never sent. `None`: it is older than
    /// one that came before it.
    pub(crate) fn on_sack(
        &mut self,
        now: Instant,
        cumulative_tsn: Tsn,
        gaps: impl Iterator<Item = GapBlock> + Clone,
        round_trip: &RoundTrip,
        queue: &mut SendQueue,
    ) -> Result<Option<AckOutcome>, Violation> {
        let cumulative = cumulative_tsn.unwrap_near(self.base);
        let end = self.end();
        if cumulative >= end {
            return Err(Violation::OptimisticAck);
        }
        if cumulative + 1 < self.base {
            return Ok(None);
        }
        if gaps.clone().any(|gap| cumulative + u64::from(gap.end) >= end) {
            return Err(Violation::OptimisticAck);
        }
        let mut outcome =
            AckOutcome { cumulative_advanced: cumulative >= self.base, ..AckOutcome::default() };
        let mut newest = Newest::default();
        while self.base <= cumulative
            && let Some(sent) = self.chunks.pop_front()
        {
            let tsn = self.base;
            self.base += 1;
            match sent.status {
                Status::InFlight => self.count_out(&sent.fragment),
                Status::Lost => {
                    self.lost.remove(&tsn);
                }
                Status::Received | Status::Abandoned => {}
            }
            if matches!(sent.status, Status::InFlight | Status::Lost) {
                self.on_delivered(now, &sent, round_trip, &mut outcome, &mut newest);
            }
            if sent.status != Status::Abandoned {
                let is_end = sent.fragment.flags.contains(DataFlags::END);
                queue.release(sent.fragment.stream, sent.fragment.payload.len(), is_end);
            }
        }
        self.skip_point = self.skip_point.max(self.base - 1);
        self.received.remove_below(self.base);
        for gap in gaps {
            // What lies at or below the cumulative TSN says nothing, nor does a block that ends
            // before it starts.
            let start = (cumulative + u64::from(gap.start)).max(self.base);
            let end = cumulative + u64::from(gap.end) + 1;
            if start >= end {
                continue;
            }
            let mut received = core::mem::take(&mut self.received);
            received.insert_run(start..end, |missing| {
                for tsn in missing {
                    self.on_gap_acked(now, tsn, round_trip, &mut outcome, &mut newest);
                }
            });
            self.received = received;
        }
        if outcome.bytes > 0 {
            self.delivered_at = now;
            outcome.rate = newest.rate(now, self.delivered);
            if newest.packet > self.newest_acked {
                self.newest_acked = newest.packet;
                self.first_sent_at = newest.sent_at;
            }
            if self.in_recovery && self.newest_acked > self.episode_end {
                self.in_recovery = false;
            }
        }
        if self.chunks.is_empty() {
            self.in_recovery = false;
        }
        self.advance_skip_point();
        Ok(Some(outcome))
    }

    /// Finds what has been lost: that which was sent three packets, or a little more than a round
    /// trip, before something that has arrived (RFC 9002 section 6.1; for chunks sent once and
    /// acknowledged packet by packet this is the rule of three missing reports below the highest
    /// newly acknowledged TSN of RFC 9260 section 7.2.4).
    pub(crate) fn detect_loss(
        &mut self,
        now: Instant,
        round_trip: &RoundTrip,
        queue: &mut SendQueue,
        may_abandon: bool,
    ) -> LossOutcome {
        let mut outcome = LossOutcome::default();
        let window = round_trip.reordering_window();
        while let Some(&(packet, tsn)) = self.log.front() {
            let Some(sent) = self.get(tsn) else {
                self.log.pop_front();
                continue;
            };
            if sent.status != Status::InFlight || sent.packet != packet {
                self.log.pop_front();
                continue;
            }
            if packet >= self.newest_acked {
                break;
            }
            let is_late = sent.sent_at + window <= now;
            if packet + PACKET_THRESHOLD > self.newest_acked && !is_late {
                outcome.next_at = Some(sent.sent_at + window);
                break;
            }
            if packet >= self.path_start {
                outcome.bytes += wire_size(&sent.fragment);
            }
            self.log.pop_front();
            if packet > self.episode_end {
                outcome.new_episode = true;
            }
            self.mark_lost(tsn, queue, may_abandon, now);
        }
        if outcome.new_episode {
            self.episode_end = self.next_packet - 1;
            self.in_recovery = true;
        }
        self.advance_skip_point();
        outcome
    }

    /// Takes everything that is in flight for lost (T3-rtx, RFC 9260 section 6.3.3).
    pub(crate) fn on_timeout(
        &mut self,
        now: Instant,
        queue: &mut SendQueue,
        may_abandon: bool,
        forget_gaps: bool,
    ) {
        if forget_gaps {
            // A peer may drop again what it had acknowledged in a gap ack block (section 6.2).
            for sent in &mut self.chunks {
                if sent.status == Status::Received {
                    sent.status = Status::InFlight;
                    self.bytes += wire_size(&sent.fragment);
                    self.outstanding += sent.fragment.payload.len();
                }
            }
            self.received.clear();
        }
        for tsn in self.base..self.end() {
            if self.get(tsn).is_some_and(|sent| sent.status == Status::InFlight) {
                self.mark_lost(tsn, queue, may_abandon, now);
            }
        }
        self.log.clear();
        self.episode_end = self.next_packet - 1;
        self.in_recovery = false;
        self.advance_skip_point();
    }

    /// Puts the newest chunk in flight up for retransmission, to learn whether the tail has
    /// arrived; false if there is none that may be sent again.
    pub(crate) fn probe_last(&mut self) -> bool {
        for index in (0..self.chunks.len()).rev().take(PROBE_SEARCH) {
            let tsn = self.base + index as u64;
            let Some(sent) = self.get_mut(tsn) else { return false };
            if sent.status != Status::InFlight {
                continue;
            }
            if sent.fragment.max_retransmits.is_some_and(|max| sent.transmissions > max) {
                continue;
            }
            sent.status = Status::Lost;
            let (wire, payload) = (wire_size(&sent.fragment), sent.fragment.payload.len());
            self.bytes -= wire;
            self.outstanding -= payload;
            self.lost.insert(tsn);
            return true;
        }
        false
    }

    /// Gives everything back to the send buffer.
    pub(crate) fn release_all(&mut self, queue: &mut SendQueue) {
        for sent in self.chunks.drain(..) {
            if sent.status != Status::Abandoned {
                let is_end = sent.fragment.flags.contains(DataFlags::END);
                queue.release(sent.fragment.stream, sent.fragment.payload.len(), is_end);
            }
        }
    }

    /// Where the peer has to be told to skip to, when it is behind that.
    pub(crate) fn pending_skip(&self) -> Option<Tsn> {
        (self.skip_point >= self.base).then(|| Tsn::from(self.skip_point))
    }

    /// The FORWARD TSN that is due, with at most `max_streams` streams.
    pub(crate) fn forward_tsn(&self, max_streams: usize) -> Option<(Tsn, Vec<SkippedStream>)> {
        self.pending_skip()?;
        let mut streams: Vec<SkippedStream> = Vec::new();
        let mut point = self.reset_barrier.map_or(self.skip_point, |at| at.min(self.skip_point));
        if point < self.base {
            return None;
        }
        for (tsn, sent) in (self.base..=point).zip(&self.chunks) {
            let fragment = &sent.fragment;
            if fragment.flags.contains(DataFlags::UNORDERED) || tsn <= self.peer_passed {
                continue;
            }
            let (stream, ssn) = (fragment.stream, fragment.ssn);
            if let Some(skipped) = streams.iter_mut().find(|skipped| skipped.stream == stream) {
                if ssn.distance_from(skipped.ssn) > 0 {
                    skipped.ssn = ssn;
                }
            } else if streams.len() < max_streams {
                streams.push(SkippedStream { stream, ssn });
            } else {
                point = tsn - 1;
                break;
            }
        }
        Some((Tsn::from(point), streams))
    }

    /// A request to reset streams begins: no FORWARD TSN goes beyond what has been sent so far,
    /// because after the reset the peer could not tell the SSNs of the two lives apart.
    pub(crate) fn on_reset_begun(&mut self) {
        self.reset_barrier = Some(self.end() - 1);
    }

    /// The request has been answered; if the reset was performed, everything up to it has arrived.
    pub(crate) fn on_reset_finished(&mut self, performed: bool) {
        if let Some(barrier) = self.reset_barrier.take()
            && performed
        {
            self.peer_passed = barrier;
        }
    }

    /// When data was last sent.
    pub(crate) fn last_sent_at(&self) -> Instant {
        self.last_sent_at
    }

    fn end(&self) -> u64 {
        self.base + self.chunks.len() as u64
    }

    fn get(&self, tsn: u64) -> Option<&Sent> {
        self.chunks.get(usize::try_from(tsn.checked_sub(self.base)?).ok()?)
    }

    fn get_mut(&mut self, tsn: u64) -> Option<&mut Sent> {
        self.chunks.get_mut(usize::try_from(tsn.checked_sub(self.base)?).ok()?)
    }

    fn count_out(&mut self, fragment: &Fragment) {
        self.bytes -= wire_size(fragment);
        self.outstanding -= fragment.payload.len();
    }

    fn on_gap_acked(
        &mut self,
        now: Instant,
        tsn: u64,
        round_trip: &RoundTrip,
        outcome: &mut AckOutcome,
        newest: &mut Newest,
    ) {
        let Some(index) = tsn.checked_sub(self.base) else { return };
        let index = index as usize;
        let Some(sent) = self.chunks.get_mut(index) else { return };
        let status = sent.status;
        match status {
            Status::InFlight => {
                let (wire, payload) = (wire_size(&sent.fragment), sent.fragment.payload.len());
                self.bytes -= wire;
                self.outstanding -= payload;
            }
            Status::Lost => {
                self.lost.remove(&tsn);
            }
            Status::Received | Status::Abandoned => return,
        }
        sent.status = Status::Received;
        // Taken out and put back, so that both halves of `self` can be used.
        let Some(sent) = self.chunks.get(index) else { return };
        let delivery = sent.delivery();
        self.on_delivery(now, delivery, round_trip, outcome, newest);
    }

    fn on_delivered(
        &mut self,
        now: Instant,
        sent: &Sent,
        round_trip: &RoundTrip,
        outcome: &mut AckOutcome,
        newest: &mut Newest,
    ) {
        self.on_delivery(now, sent.delivery(), round_trip, outcome, newest);
    }

    fn on_delivery(
        &mut self,
        now: Instant,
        sent: Delivery,
        round_trip: &RoundTrip,
        outcome: &mut AckOutcome,
        newest: &mut Newest,
    ) {
        outcome.bytes += sent.size;
        self.delivered += sent.size as u64;
        let elapsed = now.saturating_duration_since(sent.sent_at);
        // Which transmission arrived cannot be told (Karn); one that came sooner than any round
        // trip was the earlier one, and says nothing of what was sent since.
        let is_certain = !sent.is_retransmitted;
        if !is_certain && elapsed < round_trip.minimum() {
            return;
        }
        if sent.packet >= newest.packet {
            if is_certain {
                outcome.round_trip = Some(elapsed);
            }
            *newest = Newest {
                packet: sent.packet,
                sent_at: sent.sent_at,
                delivered: sent.delivered,
                delivered_at: sent.delivered_at,
                first_sent_at: sent.first_sent_at,
                application_limited: sent.application_limited,
            };
        }
    }

    fn mark_lost(&mut self, tsn: u64, queue: &mut SendQueue, may_abandon: bool, now: Instant) {
        let Some(sent) = self.get_mut(tsn) else { return };
        sent.status = Status::Lost;
        let (wire, payload) = (wire_size(&sent.fragment), sent.fragment.payload.len());
        let is_exhausted =
            sent.fragment.max_retransmits.is_some_and(|max| sent.transmissions > max);
        self.bytes -= wire;
        self.outstanding -= payload;
        self.lost.insert(tsn);
        if is_exhausted && may_abandon {
            self.abandon(tsn, queue, now);
        }
    }

    /// Gives up on the whole message of which `tsn` is a part.
    fn abandon(&mut self, tsn: u64, queue: &mut SendQueue, now: Instant) {
        let Some(sent) = self.get(tsn) else { return };
        let (message, stream) = (sent.fragment.message, sent.fragment.stream);
        let of_message = |sent: &Sent| sent.fragment.message == message;
        let mut first = tsn;
        while first > self.base && self.get(first - 1).is_some_and(of_message) {
            first -= 1;
        }
        let mut last = first;
        let mut rest = None;
        for tsn in first.. {
            let Some(sent) = self.get_mut(tsn) else { break };
            if !of_message(sent) {
                break;
            }
            last = tsn;
            let status = core::mem::replace(&mut sent.status, Status::Abandoned);
            let payload = core::mem::take(&mut sent.fragment.payload);
            let is_end = sent.fragment.flags.contains(DataFlags::END);
            rest = (!is_end).then(|| sent.fragment.clone());
            match status {
                Status::InFlight => {
                    self.bytes -= payload.len() + Data::HEADER_LENGTH;
                    self.outstanding -= payload.len();
                }
                Status::Lost => {
                    self.lost.remove(&tsn);
                }
                Status::Received => {}
                Status::Abandoned => continue,
            }
            queue.release(stream, payload.len(), is_end);
        }
        self.abandoned_messages += 1;
        // The peer may have everything that was sent and would wait for an end that never comes:
        // a TSN stands for the rest, so that there is something to skip.
        if let Some(mut fragment) = rest
            && last + 1 == self.end()
            && queue.drop_rest(stream, message)
        {
            fragment.payload = Bytes::new();
            fragment.flags = DataFlags::END
                .with(DataFlags::UNORDERED, fragment.flags.contains(DataFlags::UNORDERED));
            self.chunks.push_back(Sent {
                fragment,
                status: Status::Abandoned,
                transmissions: 0,
                packet: 0,
                sent_at: now,
                delivered: self.delivered,
                delivered_at: self.delivered_at,
                first_sent_at: self.first_sent_at,
                application_limited: true,
            });
        }
        self.advance_skip_point();
    }

    fn advance_skip_point(&mut self) {
        while self.get(self.skip_point + 1).is_some_and(|sent| sent.status == Status::Abandoned) {
            self.skip_point += 1;
        }
    }
}

/// How many packets may overtake another before it counts as lost (RFC 9002 section 6.1.1).
const PACKET_THRESHOLD: u64 = 3;

/// How far back a chunk for a probe is looked for.
const PROBE_SEARCH: usize = 64;
