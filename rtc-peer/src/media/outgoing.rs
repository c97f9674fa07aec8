//! A stream that we send.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use rtc_core::Instant;
use rtc_srtp::payload::{Format, Packetizer};
use rtc_srtp::rtcp::{NackPair, ReportBlock};
use rtc_srtp::{PayloadError, Ssrc};

use super::config::MediaConfig;
use super::counters::{OutboundCounters, RemoteInboundCounters};
use super::draws::Draws;
use super::error::SendMediaError;
use super::frame::OutgoingFrame;
use super::history::{History, HistoryLimits, ResendBudget, Sent, Stamps};
use super::key_frames::KeyFrameRequests;
use super::outgoing_packet::{Content, Names, Repair, max_header_len};
use super::packet::{Csrcs, MediaExtensions, OutgoingPacket, Sequence};
use super::rewrite::Rewriter;
use super::round_trip::RoundTrips;
use crate::rtp::{MediaKind, NegotiatedCodec, SendEncoding, TransceiverId};

/// One encoding of a sender: its numbers, what waits, what has been sent, what is counted.
#[derive(Debug)]
pub(super) struct OutgoingStream {
    pub(super) transceiver: TransceiverId,
    pub(super) encoding: usize,
    pub(super) ssrc: Ssrc,
    pub(super) rtx_ssrc: Option<Ssrc>,
    pub(super) rid: Option<Arc<str>>,
    pub(super) active: bool,
    pub(super) dscp: u8,
    /// Of the codec that was used last.
    clock_rate: u32,
    next_rtx: u16,
    rewriter: Rewriter,
    waiting: VecDeque<(Content, Instant)>,
    waiting_bytes: usize,
    max_waiting: (usize, usize),
    history: History,
    /// Numbers that are to be sent again, at most [`MAX_RESENDS`].
    resends: VecDeque<u16>,
    budget: ResendBudget,
    /// The first index that was sent with our names, until a report shows that it came.
    named_from: Option<u64>,
    names_known: bool,
    packetizer: Option<(u8, Packetizer)>,
    /// The payloads of a frame, one after the other, and where each ends, with its mark.
    scratch: Vec<u8>,
    pieces: Vec<(usize, bool, u32)>,
    picture_id: u16,
    pub(super) requests: KeyFrameRequests,
    pub(super) round_trips: RoundTrips,
    /// Whether it stands in the session's queue of streams that have something to send.
    pub(super) queued: bool,
    /// Of this SSRC alone, as sender reports tell it.
    pub(super) packets: u32,
    pub(super) octets: u32,
    pub(super) sent_at: Option<Instant>,
    pub(super) counters: OutboundCounters,
}

/// What makes the marks that only the moment of sending tells.
pub(super) trait Stamp {
    fn stamp(&mut self, now: Instant) -> Stamps;
}

impl OutgoingStream {
    pub(super) fn new(
        transceiver: TransceiverId,
        kind: MediaKind,
        mid: Arc<str>,
        encoding: usize,
        negotiated: &SendEncoding,
        config: &MediaConfig,
        draws: &mut Draws,
    ) -> Self {
        let rid: Option<Arc<str>> = negotiated.rid.as_deref().map(Arc::from);
        Self {
            transceiver,
            encoding,
            ssrc: negotiated.ssrc,
            rtx_ssrc: negotiated.rtx_ssrc,
            rid: rid.clone(),
            active: negotiated.active,
            dscp: negotiated.dscp,
            clock_rate: 90_000,
            next_rtx: draws.next_u16() >> 1,
            rewriter: Rewriter::new(draws),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            max_waiting: (config.send_queue_packets, config.send_queue_bytes),
            history: History::new(HistoryLimits {
                packets: config.history_packets,
                bytes: config.history_bytes,
                age: config.history_age,
            }),
            resends: VecDeque::new(),
            budget: ResendBudget::new(),
            named_from: None,
            names_known: false,
            packetizer: None,
            scratch: Vec::new(),
            pieces: Vec::new(),
            picture_id: draws.next_u16() & 0x7fff,
            requests: KeyFrameRequests::default(),
            round_trips: RoundTrips::default(),
            queued: false,
            packets: 0,
            octets: 0,
            sent_at: None,
            counters: OutboundCounters {
                transceiver,
                kind,
                mid,
                rid,
                encoding,
                ssrc: negotiated.ssrc,
                rtx_ssrc: negotiated.rtx_ssrc,
                payload_type: None,
                active: negotiated.active,
                packets_sent: 0,
                bytes_sent: 0,
                header_bytes_sent: 0,
                retransmitted_packets_sent: 0,
                retransmitted_bytes_sent: 0,
                frames_sent: 0,
                key_frames_sent: 0,
                total_packet_send_delay: Duration::ZERO,
                nack_count: 0,
                pli_count: 0,
                fir_count: 0,
                retransmissions_refused: 0,
                remote: None,
            },
        }
    }

    /// Takes on what was negotiated anew; the stream goes on.
    pub(super) fn reconfigure(&mut self, mid: &Arc<str>, encoding: usize, new: &SendEncoding) {
        let rid: Option<Arc<str>> = new.rid.as_deref().map(Arc::from);
        if self.counters.mid != *mid || self.rid != rid {
            (self.named_from, self.names_known) = (None, false);
        }
        self.encoding = encoding;
        self.rtx_ssrc = new.rtx_ssrc;
        self.dscp = new.dscp;
        self.set_active(new.active);
        self.counters.mid = mid.clone();
        self.counters.encoding = encoding;
        self.counters.rtx_ssrc = new.rtx_ssrc;
        self.counters.rid = rid.clone();
        self.rid = rid;
    }

    /// An encoding that is not active sends nothing, not even what waits.
    pub(super) fn set_active(&mut self, active: bool) {
        if !active {
            self.waiting.clear();
            self.waiting_bytes = 0;
            self.resends.clear();
        }
        self.active = active;
        self.counters.active = active;
    }

    /// Nothing is sent any more until it is taken up again. Its numbers then go on: a packet index
    /// that falls is a replay to SRTP, and one that comes twice is never to be protected
    /// (RFC 3711, sections 3.3.2 and 9.1).
    pub(super) fn pause(&mut self) {
        self.set_active(false);
        self.history.clear();
        self.requests = KeyFrameRequests::default();
        (self.named_from, self.names_known) = (None, false);
    }

    /// Gives a packet its place and puts it into the queue.
    pub(super) fn send_packet(
        &mut self,
        now: Instant,
        packet: &OutgoingPacket,
        codec: &NegotiatedCodec,
        max_packet_size: usize,
    ) -> Result<(), SendMediaError> {
        if packet.payload.len() > max_packet_size {
            return Err(PayloadError::TooLarge { limit: max_packet_size }.into());
        }
        self.check_room(1, packet.payload.len())?;
        let clock_rate = codec.codec.clock_rate;
        let (index, timestamp) = self
            .rewriter
            .place(now, packet.sequence, packet.timestamp, clock_rate)
            .ok_or(SendMediaError::Late)?;
        self.clock_rate = clock_rate;
        if codec.format.is_some_and(|format| self.begins_key_frame(format, packet)) {
            self.counters.key_frames_sent += 1;
        }
        self.enqueue(
            now,
            Content {
                index,
                marker: packet.marker,
                payload_type: codec.payload_type,
                rtx_payload_type: codec.rtx_payload_type,
                timestamp,
                csrcs: packet.csrcs,
                extensions: packet.extensions,
                payload: packet.payload.clone(),
            },
        );
        Ok(())
    }

    /// Takes a frame apart and puts its packets into the queue.
    pub(super) fn send_frame(
        &mut self,
        now: Instant,
        frame: &OutgoingFrame,
        codec: &NegotiatedCodec,
        names: Names<'_>,
        max_packet_size: usize,
    ) -> Result<(), SendMediaError> {
        let format = codec.format.ok_or(SendMediaError::UnknownFormat)?;
        // Two bytes more for the number that a retransmission begins with.
        let max_payload = max_packet_size.saturating_sub(max_header_len(names) + 2);
        self.check_room(frame.data.len().div_ceil(max_payload.max(1)), frame.data.len())?;
        if self.packetizer.as_ref().is_none_or(|(known, _)| *known != codec.payload_type) {
            let packetizer = Packetizer::new(format, self.picture_id);
            self.packetizer = Some((codec.payload_type, packetizer));
        }
        let Some((_, packetizer)) = &mut self.packetizer else {
            return Err(SendMediaError::UnknownFormat);
        };
        // All of it is taken apart before any of it is queued, since there may be no room: the
        // pictures are then counted as if nothing had been.
        let before = packetizer.clone();
        packetizer.start(frame.data.clone(), max_payload)?;
        self.scratch.clear();
        self.pieces.clear();
        while let Some(mark) = packetizer.poll_payload(&mut self.scratch) {
            self.pieces.push((self.scratch.len(), mark.marker, mark.timestamp_offset));
            if self.pieces.len() > self.max_waiting.0 {
                break;
            }
        }
        let count = self.pieces.len();
        if let Err(full) = self.check_room(count, self.scratch.len()) {
            self.packetizer = Some((codec.payload_type, before));
            return Err(full);
        }
        self.picture_id = self.picture_id.wrapping_add(1) & 0x7fff;
        // Where the frame is the payload it is kept as it is; otherwise one copy for all packets.
        let whole = if count == 1 && self.scratch == frame.data {
            frame.data.clone()
        } else {
            Bytes::copy_from_slice(&self.scratch)
        };
        self.clock_rate = codec.codec.clock_rate;
        if format.begins_key_frame(&whole) {
            self.counters.key_frames_sent += 1;
        }
        let mut start = 0;
        let pieces = core::mem::take(&mut self.pieces);
        for (at, (end, marker, offset)) in pieces.iter().copied().enumerate() {
            let timestamp = frame.timestamp.wrapping_add(offset);
            let place = self.rewriter.place(now, Sequence::Next, timestamp, self.clock_rate);
            let (index, timestamp) = place.ok_or(SendMediaError::Late)?;
            self.enqueue(
                now,
                Content {
                    index,
                    marker: marker || (at == 0 && frame.begins_talkspurt),
                    payload_type: codec.payload_type,
                    rtx_payload_type: codec.rtx_payload_type,
                    timestamp,
                    csrcs: Csrcs::new(),
                    extensions: frame.extensions,
                    payload: whole.slice(start..end),
                },
            );
            start = end;
        }
        self.pieces = pieces;
        Ok(())
    }

    /// Puts a packet of our own into the queue: a tone.
    pub(super) fn send_own(
        &mut self,
        now: Instant,
        payload_type: u8,
        marker: bool,
        timestamp: u32,
        payload: Bytes,
    ) {
        let index = self.rewriter.insert();
        self.enqueue(
            now,
            Content {
                index,
                marker,
                payload_type,
                rtx_payload_type: None,
                timestamp,
                csrcs: Csrcs::new(),
                extensions: MediaExtensions::NONE,
                payload,
            },
        );
    }

    pub(super) fn skip(&mut self, source: Ssrc, index: u64) {
        self.rewriter.skip(source, index);
    }

    /// What the stream's timestamp is now.
    pub(super) fn timestamp_now(&self, now: Instant) -> u32 {
        self.rewriter.timestamp_or_first(now, self.clock_rate)
    }

    pub(super) const fn clock_rate(&self) -> u32 {
        self.clock_rate
    }

    pub(super) fn has_something(&self) -> bool {
        !self.waiting.is_empty() || !self.resends.is_empty()
    }

    /// Appends the next packet: first what is sent again, since it is awaited.
    pub(super) fn poll(
        &mut self,
        now: Instant,
        names: Names<'_>,
        stamp: &mut dyn Stamp,
        out: &mut Vec<u8>,
    ) -> bool {
        while let Some(number) = self.resends.pop_front() {
            if self.resend(now, number, names, stamp, out) {
                return true;
            }
            self.counters.retransmissions_refused += 1;
        }
        let Some((content, queued_at)) = self.waiting.pop_front() else { return false };
        let len = content.payload.len();
        self.waiting_bytes -= len;
        let mut stamps = stamp.stamp(now);
        stamps.with_ids = !self.names_known;
        if stamps.with_ids {
            self.named_from.get_or_insert(content.index);
        }
        let header = content.encode(self.ssrc, None, names, stamps, out);
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(len as u32);
        self.sent_at = Some(now);
        self.budget.on_sent(len);
        let counters = &mut self.counters;
        counters.payload_type = Some(content.payload_type);
        counters.packets_sent += 1;
        counters.bytes_sent += len as u64;
        counters.header_bytes_sent += header as u64;
        counters.frames_sent += u64::from(counters.kind == MediaKind::Audio || content.marker);
        counters.total_packet_send_delay += now.saturating_duration_since(queued_at);
        self.history.insert(Sent { content, sent_at: now, resent_at: None, times: 0 });
        true
    }

    /// The receiver misses packets. They are sent again only on a stream of their own (RTX): under
    /// their own number SRTP's nonce would be used a second time.
    pub(super) fn on_nack(&mut self, pairs: impl Iterator<Item = NackPair>) {
        self.counters.nack_count = self.counters.nack_count.saturating_add(1);
        if !self.active || self.rtx_ssrc.is_none() {
            return;
        }
        for number in pairs.flat_map(NackPair::sequence_numbers) {
            if self.resends.len() == MAX_RESENDS {
                self.counters.retransmissions_refused += 1;
            } else if !self.resends.contains(&number) {
                self.resends.push_back(number);
            }
        }
    }

    /// The receiver reports.
    pub(super) fn on_report(&mut self, now: Instant, compact_now: u32, block: &ReportBlock) {
        let last_report = block.last_sender_report;
        let delay = block.delay_since_last_sender_report;
        self.round_trips.measure(compact_now, last_report, delay);
        // The number is of our own count, so what is nearest to the last that was sent is meant.
        let highest = self.rewriter.highest();
        let back = (highest as u16).wrapping_sub(block.extended_highest_sequence_number as u16);
        let reported = highest.saturating_sub(u64::from(back));
        if self.named_from.is_some_and(|from| reported >= from) {
            self.names_known = true;
        }
        let lost = i64::from(block.cumulative_lost);
        self.counters.remote = Some(RemoteInboundCounters {
            packets_received: i64::from(self.packets).saturating_sub(lost).max(0) as u64,
            packets_lost: block.cumulative_lost,
            jitter: f64::from(block.jitter) / f64::from(self.clock_rate.max(1)),
            fraction_lost: f64::from(block.fraction_lost) / 256.0,
            round_trip_time: self.round_trips.latest,
            total_round_trip_time: self.round_trips.total,
            round_trip_time_measurements: self.round_trips.measurements,
            received_at: now,
        });
    }

    fn resend(
        &mut self,
        now: Instant,
        number: u16,
        names: Names<'_>,
        stamp: &mut dyn Stamp,
        out: &mut Vec<u8>,
    ) -> bool {
        let round_trip = self.round_trips.latest.unwrap_or(MIN_RESEND_INTERVAL);
        let interval = round_trip.clamp(MIN_RESEND_INTERVAL, MAX_RESEND_INTERVAL);
        let Some(rtx_ssrc) = self.rtx_ssrc else { return false };
        let Some(sent) = self.history.find(number, now) else { return false };
        let Some(payload_type) = sent.content.rtx_payload_type else { return false };
        let recent = sent.resent_at.is_some_and(|at| now.saturating_duration_since(at) < interval);
        let len = sent.content.payload.len();
        if recent || sent.times == MAX_TIMES || !self.budget.take(now, len) {
            return false;
        }
        sent.resent_at = Some(now);
        sent.times += 1;
        let repair = Repair { ssrc: rtx_ssrc, sequence_number: self.next_rtx, payload_type };
        self.next_rtx = self.next_rtx.wrapping_add(1);
        // Nobody can tell what a retransmission repairs without its names, and no report speaks of
        // it alone: it always has them.
        let stamps = Stamps { with_ids: true, ..stamp.stamp(now) };
        let header = sent.content.encode(self.ssrc, Some(repair), names, stamps, out);
        let counters = &mut self.counters;
        counters.packets_sent += 1;
        counters.bytes_sent += len as u64;
        counters.header_bytes_sent += header as u64;
        counters.retransmitted_packets_sent += 1;
        counters.retransmitted_bytes_sent += len as u64;
        true
    }

    fn enqueue(&mut self, now: Instant, content: Content) {
        self.waiting_bytes += content.payload.len();
        self.waiting.push_back((content, now));
    }

    fn check_room(&self, packets: usize, bytes: usize) -> Result<(), SendMediaError> {
        let (max_packets, max_bytes) = self.max_waiting;
        // One frame or packet is always taken when nothing waits.
        if self.waiting.len() + packets > max_packets
            || (self.waiting_bytes + bytes > max_bytes && !self.waiting.is_empty())
        {
            return Err(SendMediaError::Full);
        }
        Ok(())
    }

    fn begins_key_frame(&self, format: Format, packet: &OutgoingPacket) -> bool {
        self.counters.kind == MediaKind::Video && format.begins_key_frame(&packet.payload)
    }
}

/// How many packets wait to be sent again.
pub(super) const MAX_RESENDS: usize = 512;
/// How often a packet is sent again.
const MAX_TIMES: u8 = 10;
/// A packet is sent again once in a round trip: what is asked for before is on its way.
const MIN_RESEND_INTERVAL: Duration = Duration::from_millis(10);
const MAX_RESEND_INTERVAL: Duration = Duration::from_secs(1);
