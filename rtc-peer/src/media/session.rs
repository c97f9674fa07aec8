//! An RTP session (RFC 3550, section 3): all the media of one transport.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use rtc_core::Instant;
use rtc_srtp::Ssrc;
use rtc_srtp::rtcp::{MetricBlock, NackPair, TmmbrEntry};
use rtc_srtp::rtp::extension::AbsSendTime;

use super::ccfb::FeedbackClock;
use super::config::MediaConfig;
use super::counters::TransportMediaCounters;
use super::demux::Demux;
use super::draws::Draws;
use super::event::MediaEvent;
use super::extensions;
use super::history::Stamps;
use super::incoming::IncomingStream;
use super::ntp::NtpClock;
use super::outgoing::{OutgoingStream, Stamp};
use super::outgoing_packet::Names;
use super::outlets::Outlets;
use super::round_trip::{PathRoundTrip, RoundTrips};
use super::rtcp_timing::RtcpTiming;
use super::section::Section;
use super::twcc::TransportArrivals;
use crate::rtp::{Extensions, TransceiverId, TransportId};

/// The streams of one transport and what is said about them.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) transport: TransportId,
    pub(super) sections: BTreeMap<TransceiverId, Section>,
    /// Of all sections together.
    pub(super) ids: Extensions,
    pub(super) demux: Demux,
    pub(super) incoming: BTreeMap<Ssrc, IncomingStream>,
    pub(super) outgoing: BTreeMap<Ssrc, OutgoingStream>,
    /// Retransmission streams of ours, and what they repair.
    pub(super) repairing: BTreeMap<Ssrc, Ssrc>,
    /// Streams that have something to send, in turn.
    ready: VecDeque<Ssrc>,
    /// Our own name as long as we send nothing.
    pub(super) reporter: Ssrc,
    pub(super) timing: RtcpTiming,
    pub(super) reduced_size: bool,
    /// Whom the regular report that has begun still has to speak of.
    pub(super) round: Round,
    /// What arrives is told by transport-cc, by RFC 8888, or not at all.
    pub(super) arrivals: Option<TransportArrivals>,
    pub(super) told_by_ccfb: Option<FeedbackClock>,
    pub(super) metrics: Vec<MetricBlock>,
    pub(super) pairs: Vec<NackPair>,
    next_transport_number: u16,
    /// No later than when a tone is due.
    tones_at: Option<Instant>,
    /// No later than when a stream's timer runs out.
    wake_at: Option<Instant>,
    /// No later than when a stream has feedback to send.
    pub(super) feedback_wake: Option<Instant>,
    pub(super) remb: Option<u64>,
    /// Since when something waits to be told that is not a stream's.
    pub(super) pressing: Option<Instant>,
    pub(super) remb_is_due: bool,
    /// The limits that we were asked for and keep: by whom, for which stream of ours.
    pub(super) limits: Vec<(Ssrc, TmmbrEntry)>,
    pub(super) limits_are_due: bool,
    pub(super) leaving: Vec<Ssrc>,
    /// Receivers that want to know the round trip (RFC 3611): whose, what, when.
    pub(super) referencers: VecDeque<(Ssrc, u32, Instant)>,
    pub(super) round_trips: RoundTrips,
    pub(super) round_trip: PathRoundTrip,
    pub(super) counters: TransportMediaCounters,
    /// What the last packet asked of the network.
    pub(super) dscp: u8,
}

/// A regular report that may take several packets.
#[derive(Debug, Default)]
pub(super) struct Round {
    pub(super) open: bool,
    pub(super) senders: Vec<Ssrc>,
    pub(super) receivers: Vec<Ssrc>,
}

/// What all sessions of a connection share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: MediaConfig,
    pub(super) clock: NtpClock,
    pub(super) draws: Draws,
    pub(super) outlets: Outlets,
}

impl Session {
    pub(super) fn new(transport: TransportId, shared: &mut Shared) -> Self {
        let Shared { config, draws, .. } = shared;
        Self {
            transport,
            sections: BTreeMap::new(),
            ids: Extensions::default(),
            demux: Demux::default(),
            incoming: BTreeMap::new(),
            outgoing: BTreeMap::new(),
            repairing: BTreeMap::new(),
            ready: VecDeque::new(),
            reporter: Ssrc(draws.next_u32()),
            timing: RtcpTiming::new(config.session_bandwidth, config.regular_report_interval),
            reduced_size: false,
            round: Round::default(),
            arrivals: None,
            told_by_ccfb: None,
            metrics: Vec::new(),
            pairs: Vec::new(),
            next_transport_number: draws.next_u16() >> 1,
            tones_at: None,
            wake_at: None,
            feedback_wake: None,
            remb: None,
            pressing: None,
            remb_is_due: false,
            limits: Vec::new(),
            limits_are_due: false,
            leaving: Vec::new(),
            referencers: VecDeque::new(),
            round_trips: RoundTrips::default(),
            round_trip: PathRoundTrip::default(),
            counters: TransportMediaCounters::default(),
            dscp: 0,
        }
    }

    /// Makes what follows from the sections anew.
    pub(super) fn settle(&mut self, now: Instant) {
        self.demux.configure(&self.sections);
        self.ids = Extensions::default();
        let (mut transport_cc, mut ccfb) = (false, false);
        for section in self.sections.values() {
            extensions::union(&mut self.ids, &section.ids);
            let receive = section.receive.iter().flat_map(|receive| &receive.codecs);
            for codec in receive {
                transport_cc |= codec.feedback.transport_cc;
                ccfb |= codec.feedback.ccfb;
            }
        }
        transport_cc &= self.ids.transport_sequence_number.is_some() && !ccfb;
        if transport_cc != self.arrivals.is_some() {
            self.arrivals = transport_cc.then(TransportArrivals::default);
        }
        if ccfb != self.told_by_ccfb.is_some() {
            self.told_by_ccfb = ccfb.then(FeedbackClock::default);
        }
        self.reduced_size = !self.sections.is_empty()
            && self.sections.values().all(|section| section.reduced_size_rtcp);
        let sections = &self.sections;
        let receives =
            |id: &TransceiverId| sections.get(id).is_some_and(|section| section.receive.is_some());
        self.incoming.retain(|_, stream| receives(&stream.transceiver));
        self.repairing = self
            .outgoing
            .values()
            .filter_map(|stream| Some((stream.rtx_ssrc?, stream.ssrc)))
            .collect();
        let outgoing = &self.outgoing;
        self.ready.retain(|ssrc| outgoing.contains_key(ssrc));
        for stream in self.outgoing.values_mut() {
            if stream.has_something() && !core::mem::replace(&mut stream.queued, true) {
                self.ready.push_back(stream.ssrc);
            }
        }
        let tones = self.sections.values().map(|section| section.dtmf.deadline());
        self.tones_at = Instant::earliest(tones);
        self.limits.retain(|(_, entry)| outgoing_has(&self.outgoing, entry.ssrc));
        if self.sections.is_empty() && self.leaving.is_empty() {
            self.timing.stop();
        }
        if !self.leaving.is_empty() {
            self.press(now);
        }
    }

    /// Something waits to be told.
    pub(super) fn press(&mut self, now: Instant) {
        self.pressing = self.pressing.or(Some(now));
    }

    /// A stream has got something to send.
    pub(super) fn make_ready(&mut self, ssrc: Ssrc) {
        if let Some(stream) = self.outgoing.get_mut(&ssrc)
            && stream.has_something()
            && !core::mem::replace(&mut stream.queued, true)
        {
            self.ready.push_back(ssrc);
        }
    }

    /// Notes the timers of a stream.
    pub(super) fn note_deadlines(&mut self, deadline: Option<Instant>, feedback: Option<Instant>) {
        self.wake_at = Instant::earliest([self.wake_at, deadline]);
        self.feedback_wake = Instant::earliest([self.feedback_wake, feedback]);
    }

    pub(super) fn is_ours(&self, ssrc: Ssrc) -> bool {
        self.outgoing.contains_key(&ssrc)
            || self.repairing.contains_key(&ssrc)
            || ssrc == self.reporter
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, shared: &mut Shared) {
        if self.wake_at.is_some_and(|at| at <= now) {
            self.wake_at = None;
            for stream in self.incoming.values_mut() {
                if stream.deadline().is_some_and(|at| at <= now) {
                    stream.handle_timeout(now, &mut shared.outlets);
                }
                self.wake_at = Instant::earliest([self.wake_at, stream.deadline()]);
                self.feedback_wake = Instant::earliest([self.feedback_wake, stream.feedback_at()]);
            }
        }
        if self.tones_at.is_some_and(|at| at <= now) {
            self.run_tones(now, shared);
        }
    }

    /// Plays the tones that are due.
    pub(super) fn run_tones(&mut self, now: Instant, shared: &mut Shared) {
        self.tones_at = None;
        for section in self.sections.values_mut() {
            if section.dtmf.deadline().is_none_or(|at| at > now) {
                self.tones_at = Instant::earliest([self.tones_at, section.dtmf.deadline()]);
                continue;
            }
            let id = section.transceiver;
            let first = section.send.as_ref().and_then(|send| send.encodings.first());
            let stream = first.and_then(|encoding| self.outgoing.get_mut(&encoding.ssrc));
            let Some(stream) = stream.filter(|stream| stream.active) else {
                section.dtmf.stop();
                continue;
            };
            let Some(codec) = section.tone_codec(stream.clock_rate()) else {
                section.dtmf.stop();
                continue;
            };
            let (payload_type, clock_rate) = (codec.payload_type, codec.codec.clock_rate);
            while let Some(tone) = section.dtmf.handle_timeout(now, clock_rate) {
                let event = MediaEvent::ToneChange { transceiver: id, tone };
                shared.outlets.events.push(event);
                if section.dtmf.deadline().is_none_or(|at| at > now) {
                    break;
                }
            }
            while section.dtmf.is_due(now) {
                let Some(tone) = section.dtmf.poll_packet(now, stream.timestamp_now(now)) else {
                    break;
                };
                let mut payload = Vec::with_capacity(4);
                tone.event.encode(&mut payload);
                let (marker, timestamp) = (tone.marker, tone.timestamp);
                stream.send_own(now, payload_type, marker, timestamp, payload.into());
            }
            self.tones_at = Instant::earliest([self.tones_at, section.dtmf.deadline()]);
            let ssrc = stream.ssrc;
            if !core::mem::replace(&mut stream.queued, true) {
                self.ready.push_back(ssrc);
            }
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let report = self.timing.deadline(self.feedback_at());
        Instant::earliest([self.tones_at, self.wake_at, report])
    }

    /// Since when there is feedback to send.
    pub(super) fn feedback_at(&self) -> Option<Instant> {
        let transport = self.arrivals.as_ref().and_then(TransportArrivals::deadline);
        let ccfb = self.told_by_ccfb.as_ref().and_then(FeedbackClock::deadline);
        Instant::earliest([self.feedback_wake, transport, ccfb, self.pressing])
    }

    /// Appends the next packet of media.
    pub(super) fn poll_media(
        &mut self,
        now: Instant,
        shared: &mut Shared,
        out: &mut Vec<u8>,
    ) -> bool {
        while let Some(ssrc) = self.ready.pop_front() {
            let Some(stream) = self.outgoing.get_mut(&ssrc) else { continue };
            stream.queued = false;
            let Some(section) = self.sections.get(&stream.transceiver) else { continue };
            let rid = stream.rid.clone();
            let names = Names { ids: &section.ids, mid: &section.mid, rid: rid.as_deref() };
            let mut stamper = Stamper {
                ids: &section.ids,
                clock: shared.clock,
                next: &mut self.next_transport_number,
            };
            let first = stream.sent_at.is_none();
            let sent = stream.poll(now, names, &mut stamper, out);
            if stream.has_something() {
                stream.queued = true;
                self.ready.push_back(ssrc);
            }
            if sent {
                self.dscp = stream.dscp;
                if !self.timing.is_running() || first {
                    self.timing.start(now, &mut shared.draws);
                    self.timing.hasten(now);
                }
                return true;
            }
        }
        false
    }
}

fn outgoing_has(outgoing: &BTreeMap<Ssrc, OutgoingStream>, ssrc: Ssrc) -> bool {
    outgoing.contains_key(&ssrc)
}

/// Marks packets as they leave.
struct Stamper<'a> {
    ids: &'a Extensions,
    clock: NtpClock,
    next: &'a mut u16,
}

impl Stamp for Stamper<'_> {
    fn stamp(&mut self, now: Instant) -> Stamps {
        let number = self.ids.transport_sequence_number.map(|_| {
            let number = *self.next;
            *self.next = self.next.wrapping_add(1);
            number
        });
        Stamps {
            with_ids: false,
            abs_send_time: self
                .ids
                .abs_send_time
                .map(|_| AbsSendTime::from_ntp(self.clock.at(now))),
            transport_sequence_number: number,
        }
    }
}
