//! A stream that we receive.

use alloc::sync::Arc;
use core::time::Duration;

use bytes::Bytes;
use rtc_core::{Ecn, Instant};
use rtc_srtp::Ssrc;
use rtc_srtp::payload::PacketPayload;
use rtc_srtp::rtcp::{ReportBlock, SenderReport};

use super::ccfb::StreamArrivals;
use super::config::MediaConfig;
use super::counters::{InboundCounters, RemoteOutboundCounters};
use super::extensions::Values;
use super::frame::ReceivedFrame;
use super::key_frames::KeyFrameAsk;
use super::nack::Missing;
use super::ntp;
use super::outlets::Outlets;
use super::packet::{PacketOrigin, ReceivedPacket};
use super::reorder::{Assembled, FrameBuffer, Held, ReorderLimits};
use super::section::Delivery;
use super::sender_clock::SenderClock;
use super::statistics::{Arrival, Reception};
use crate::rtp::{MediaKind, NegotiatedCodec, TransceiverId};

/// One source of packets: what came of it, what is missing, what is counted.
#[derive(Debug)]
pub(super) struct IncomingStream {
    pub(super) ssrc: Ssrc,
    pub(super) transceiver: TransceiverId,
    pub(super) rid: Option<Arc<str>>,
    /// The stream that this one repairs; `None` for a stream of media.
    pub(super) repairs: Option<Ssrc>,
    pub(super) reception: Reception,
    pub(super) missing: Missing,
    pub(super) clock: Option<SenderClock>,
    pub(super) cname: Option<Arc<str>>,
    frames: Option<FrameBuffer>,
    /// How long a round trip takes: how soon what is asked for may come.
    pub(super) round_trip: Duration,
    pub(super) arrivals: StreamArrivals,
    pub(super) key_frame: KeyFrameAsk,
    /// What was negotiated for the codec of the last packet.
    pub(super) feedback: crate::rtp::Feedback,
    clock_rate: u32,
    payload_type: u8,
    pub(super) last_at: Instant,
    /// Packets of the last report: a source that has been silent since is not reported on.
    reported: u64,
    last_frame: Option<u32>,
    last_key_frame: Option<u32>,
    pub(super) tally: Tally,
}

/// What a stream counts besides its [`Reception`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) bytes: u64,
    pub(super) header_bytes: u64,
    pub(super) duplicated: u64,
    pub(super) discarded: u64,
    pub(super) ect1: u64,
    pub(super) ce: u64,
    pub(super) redundant: u64,
    pub(super) retransmitted: u64,
    pub(super) retransmitted_bytes: u64,
    pub(super) nacks: u32,
    pub(super) plis: u32,
    pub(super) firs: u32,
    pub(super) frames: u64,
    pub(super) frames_of_several: u64,
    pub(super) key_frames: u64,
    pub(super) delay: Duration,
    pub(super) emitted: u64,
    pub(super) reported_lost: u64,
    sender_packets: u32,
    sender_octets: u32,
    sender_reports: u64,
}

/// A packet on its way into a stream.
#[derive(Debug, Clone)]
pub(super) struct Coming {
    pub(super) now: Instant,
    pub(super) ecn: Option<Ecn>,
    pub(super) marker: bool,
    pub(super) index: u64,
    pub(super) timestamp: u32,
    pub(super) payload: Bytes,
    pub(super) values: Values,
    pub(super) origin: PacketOrigin,
}

impl IncomingStream {
    pub(super) fn new(
        now: Instant,
        ssrc: Ssrc,
        transceiver: TransceiverId,
        rid: Option<Arc<str>>,
        repairs: Option<Ssrc>,
        first: u16,
    ) -> Self {
        Self {
            ssrc,
            transceiver,
            rid,
            repairs,
            reception: Reception::new(first),
            missing: Missing::default(),
            clock: None,
            cname: None,
            frames: None,
            round_trip: Duration::ZERO,
            arrivals: StreamArrivals::default(),
            key_frame: KeyFrameAsk::default(),
            feedback: crate::rtp::Feedback::default(),
            clock_rate: 90_000,
            payload_type: 0,
            last_at: now,
            reported: 0,
            last_frame: None,
            last_key_frame: None,
            tally: Tally::default(),
        }
    }

    /// Notes that a packet came, before it is known what it carries.
    pub(super) fn on_arrival(
        &mut self,
        now: Instant,
        ecn: Option<Ecn>,
        number: u16,
        header_len: usize,
        payload_len: usize,
    ) -> Arrival {
        let arrival = self.reception.on_packet(number);
        match arrival {
            Arrival::Duplicate => self.tally.duplicated += 1,
            Arrival::Jump => self.tally.discarded += 1,
            _ => {
                self.last_at = now;
                self.tally.bytes += payload_len as u64;
                self.tally.header_bytes += header_len as u64;
                self.tally.ect1 += u64::from(ecn == Some(Ecn::Ect1));
                self.tally.ce += u64::from(ecn == Some(Ecn::Ce));
            }
        }
        arrival
    }

    /// Notes what a new packet tells about others that are missing.
    pub(super) fn note_missing(&mut self, now: Instant, arrival: Arrival) {
        match arrival {
            Arrival::Newest { index, missing } => {
                if !self.feedback.nack {
                    return;
                }
                if missing > 0 && self.missing.on_gap(now, index - missing, missing) {
                    self.key_frame.want();
                }
                self.missing.on_newest(now, index);
            }
            Arrival::Late { index } => {
                self.missing.on_found(index);
            }
            Arrival::Restart { .. } => {
                self.missing.clear();
                if let Some(frames) = &mut self.frames {
                    frames.restart();
                }
            }
            Arrival::Duplicate | Arrival::Jump => {}
        }
    }

    /// Takes a packet of media, which is new, and gives it out as the receiver wants it.
    pub(super) fn on_media(
        &mut self,
        coming: Coming,
        codec: &NegotiatedCodec,
        kind: MediaKind,
        delivery: Delivery,
        config: &MediaConfig,
        outlets: &mut Outlets,
    ) {
        let clock_rate = codec.codec.clock_rate;
        (self.clock_rate, self.payload_type) = (clock_rate, codec.payload_type);
        self.feedback = codec.feedback;
        if coming.origin == PacketOrigin::Original {
            self.reception.on_arrival(coming.now, coming.timestamp, clock_rate);
        }
        let video = kind == MediaKind::Video;
        let begins_key_frame =
            video && codec.format.is_some_and(|format| format.begins_key_frame(&coming.payload));
        if begins_key_frame && self.last_key_frame != Some(coming.timestamp) {
            self.last_key_frame = Some(coming.timestamp);
            self.tally.key_frames += 1;
            self.key_frame.on_key_frame();
        }
        match delivery {
            Delivery::Packets => {
                self.frames = None;
                if begins_key_frame {
                    // Whoever has the key frame does not need what came before it.
                    self.missing.forget_before(coming.index);
                }
                let ends_frame = coming.marker || !video;
                if ends_frame && self.last_frame != Some(coming.timestamp) {
                    self.last_frame = Some(coming.timestamp);
                    self.tally.frames += 1;
                }
                outlets.push_packet(ReceivedPacket {
                    transceiver: self.transceiver,
                    rid: self.rid.clone(),
                    ssrc: self.ssrc,
                    payload_type: codec.payload_type,
                    marker: coming.marker,
                    index: coming.index,
                    timestamp: coming.timestamp,
                    csrcs: coming.values.csrcs,
                    extensions: coming.values.media,
                    abs_send_time: coming.values.abs_send_time,
                    payload: coming.payload,
                    received_at: coming.now,
                    ecn: coming.ecn,
                    origin: coming.origin,
                });
            }
            Delivery::Frames => {
                let held = Held {
                    payload: PacketPayload {
                        index: coming.index,
                        timestamp: coming.timestamp,
                        marker: coming.marker,
                        payload: coming.payload,
                    },
                    payload_type: codec.payload_type,
                    format: codec.format,
                    clock_rate,
                    extensions: coming.values.media,
                    received_at: coming.now,
                };
                let wait = self.wait(video, config);
                let mut frames = self.frames.take().unwrap_or_else(|| {
                    let (packets, bytes) = (config.reorder_packets, config.reorder_bytes);
                    FrameBuffer::new(ReorderLimits { wait, packets, bytes }, video)
                });
                frames.set_wait(wait);
                frames.on_packet(held, |frame| self.give_out(coming.now, frame, outlets));
                // A key frame of which a part has come is on its way, and what is missing of it may
                // be repaired: only when that is given up is another one needed.
                let on_its_way = self.last_key_frame == Some(coming.timestamp);
                if frames.needs_key_frame() && frames.deadline().is_none() && !on_its_way {
                    self.key_frame.want();
                }
                self.settle(frames);
            }
        }
    }

    /// Gives up what has been waited for long enough.
    pub(super) fn handle_timeout(&mut self, now: Instant, outlets: &mut Outlets) {
        let Some(mut frames) = self.frames.take() else { return };
        frames.handle_timeout(now, |frame| self.give_out(now, frame, outlets));
        if frames.needs_key_frame() {
            self.key_frame.want();
        }
        self.settle(frames);
    }

    /// How long a frame waits for a packet that is missing: where packets can be asked for, until
    /// the third time of asking may have been answered, however long the round trip.
    fn wait(&self, video: bool, config: &MediaConfig) -> Duration {
        match (video, self.feedback.nack) {
            (false, _) => config.audio_wait,
            (true, false) => config.video_wait,
            (true, true) => config.video_wait.max(self.round_trip.saturating_mul(4).min(MAX_WAIT)),
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.frames.as_ref()?.deadline()
    }

    /// Since when there is feedback to send.
    pub(super) fn feedback_at(&self) -> Option<Instant> {
        let missing = self.missing.deadline().filter(|_| self.feedback.nack);
        let can_ask = self.feedback.nack_pli || self.feedback.ccm_fir;
        let key_frame = self.key_frame.deadline().filter(|_| can_ask);
        Instant::earliest([missing, key_frame])
    }

    /// Whether packets have come since the last report.
    pub(super) const fn is_to_be_reported(&self) -> bool {
        self.reception.received != self.reported
    }

    /// What to report.
    pub(super) fn report_block(&mut self, now: Instant) -> ReportBlock {
        self.reported = self.reception.received;
        let loss = self.reception.take_loss();
        let (last, delay) = self.clock.map_or((0, 0), |clock| clock.last_report(now));
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: loss.fraction,
            cumulative_lost: loss.cumulative.clamp(-(1 << 23), (1 << 23) - 1) as i32,
            extended_highest_sequence_number: loss.extended_highest,
            jitter: self.reception.jitter(),
            last_sender_report: last,
            delay_since_last_sender_report: delay,
        }
    }

    /// The sender reports.
    pub(super) fn on_sender_report(&mut self, now: Instant, report: &SenderReport<'_>) {
        self.clock = Some(SenderClock::new(report.ntp_timestamp, report.rtp_timestamp, now));
        self.tally.sender_packets = report.packet_count;
        self.tally.sender_octets = report.octet_count;
        self.tally.sender_reports += 1;
    }

    fn give_out(&mut self, now: Instant, assembled: Assembled, outlets: &mut Outlets) {
        let Assembled { frame, payload_type, clock_rate, extensions, .. } = assembled;
        let tally = &mut self.tally;
        tally.frames += 1;
        tally.frames_of_several += u64::from(frame.first_index != frame.last_index);
        tally.emitted += 1;
        tally.delay += now.saturating_duration_since(assembled.first_at);
        let captured = |clock: SenderClock| clock.capture_time(frame.timestamp, clock_rate);
        let said = extensions.abs_capture_time.map(|time| ntp::to_unix(time.timestamp));
        outlets.push_frame(ReceivedFrame {
            transceiver: self.transceiver,
            rid: self.rid.clone(),
            ssrc: self.ssrc,
            payload_type,
            timestamp: frame.timestamp,
            key_frame: frame.key_frame,
            discontinuity: assembled.discontinuity,
            capture_time: self.clock.and_then(captured).or(said),
            extensions,
            received_at: assembled.last_at,
            data: frame.data,
        });
    }

    fn settle(&mut self, frames: FrameBuffer) {
        if let Some(awaited) = frames.awaited() {
            self.missing.forget_before(awaited);
        }
        self.frames = Some(frames);
    }

    /// A snapshot. `repair` is the stream that repairs this one.
    pub(super) fn counters(
        &self,
        kind: MediaKind,
        mid: &Arc<str>,
        repair: Option<&Self>,
        round_trips: &super::round_trip::RoundTrips,
    ) -> InboundCounters {
        let tally = &self.tally;
        // What was counted of the retransmission stream belongs to the one that it repairs.
        let (repair_bytes, repair_header_bytes, repair_packets) = repair
            .map_or((0, 0, 0), |repair| {
                (repair.tally.bytes, repair.tally.header_bytes, repair.reception.received)
            });
        let late = self.frames.as_ref().map_or(0, |frames| frames.late);
        InboundCounters {
            transceiver: self.transceiver,
            kind,
            mid: mid.clone(),
            rid: self.rid.clone(),
            ssrc: self.ssrc,
            rtx_ssrc: repair.map(|repair| repair.ssrc),
            payload_type: self.payload_type,
            cname: self.cname.clone(),
            packets_received: self.reception.received + repair_packets,
            packets_lost: self.reception.lost(),
            jitter: f64::from(self.reception.jitter()) / f64::from(self.clock_rate.max(1)),
            bytes_received: tally.bytes + repair_bytes,
            header_bytes_received: tally.header_bytes + repair_header_bytes,
            packets_discarded: tally.discarded + late,
            packets_duplicated: tally.duplicated,
            packets_received_with_ect1: tally.ect1,
            packets_received_with_ce: tally.ce,
            packets_reported_as_lost: tally.reported_lost,
            fec_packets_received: tally.redundant,
            retransmitted_packets_received: tally.retransmitted,
            retransmitted_bytes_received: tally.retransmitted_bytes,
            last_packet_received_at: (self.reception.received > 0).then_some(self.last_at),
            nack_count: tally.nacks,
            pli_count: tally.plis,
            fir_count: tally.firs,
            frames_received: tally.frames,
            frames_assembled_from_multiple_packets: tally.frames_of_several,
            frames_dropped: self.frames.as_ref().map_or(0, |frames| frames.frames_dropped),
            key_frames_received: tally.key_frames,
            jitter_buffer_delay: tally.delay,
            jitter_buffer_emitted_count: tally.emitted,
            remote: self.clock.map(|clock| RemoteOutboundCounters {
                packets_sent: tally.sender_packets,
                bytes_sent: tally.sender_octets,
                reports_sent: tally.sender_reports,
                remote_timestamp: clock.remote_time(),
                received_at: clock.received_at(),
                round_trip_time: round_trips.latest,
                total_round_trip_time: round_trips.total,
                round_trip_time_measurements: round_trips.measurements,
            }),
        }
    }
}

/// For how long a frame waits at most: sent packets are not kept for longer.
const MAX_WAIT: Duration = Duration::from_secs(3);
