//! The RTCP packets that we send.

use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::Instant;
use rtc_srtp::Ssrc;
use rtc_srtp::rtcp::{
    CongestionControlFeedback, DlrrSubBlock, ExtendedReport, ExtendedReportBlock, FirEntry,
    FullIntraRequest, Goodbye, List, Nack, NackPair, PictureLossIndication,
    ReceiverEstimatedMaximumBitrate, ReceiverReport, ReportBlock, SdesChunk, SdesItem,
    SdesItemType, SenderReport, SourceDescription, TemporaryMaximumMediaStreamBitrateNotification,
    TmmbrEntry,
};

use super::ccfb::{MAX_PARTS, reports};
use super::ntp;
use super::rtcp_in::{MAX_REFERENCERS, lowest};
use super::rtcp_timing::RtcpMoment;
use super::session::{Session, Shared};

impl Session {
    /// Appends an RTCP packet, compound or of reduced size, if it is time for one.
    pub(super) fn poll_rtcp(
        &mut self,
        now: Instant,
        shared: &mut Shared,
        out: &mut Vec<u8>,
    ) -> bool {
        let Some(moment) = self.timing.moment(now, self.feedback_at()) else { return false };
        let start = out.len();
        let end = start + shared.config.max_packet_size;
        let whole = match moment {
            RtcpMoment::Regular => self.write_reports(now, shared, end, out),
            RtcpMoment::Feedback => {
                if !self.reduced_size {
                    self.write_minimum(shared, out);
                }
                true
            }
        };
        let before = out.len();
        self.write_feedback(now, shared, end, out);
        if moment == RtcpMoment::Feedback && out.len() == before {
            // What was to be told has come to nothing.
            out.truncate(start);
            return false;
        }
        self.timing.on_sent(now, moment, out.len() - start, whole, &mut shared.draws);
        self.counters.rtcp_packets_sent += 1;
        true
    }

    /// Appends a goodbye of all that we send, at once.
    pub(super) fn write_goodbye(&mut self, shared: &Shared, out: &mut Vec<u8>) -> bool {
        if !self.timing.is_running() {
            return false;
        }
        self.write_minimum(shared, out);
        self.leaving.extend(self.outgoing.keys().copied());
        if self.leaving.is_empty() {
            self.leaving.push(self.reporter);
        }
        let end = shared.config.max_packet_size.max(256);
        for sources in self.leaving.chunks(31) {
            if out.len() + 4 + 4 * sources.len() <= end {
                Goodbye { sources: List::new(sources), reason: b"" }.encode(out);
            }
        }
        self.leaving.clear();
        true
    }

    /// By what name we speak: that of something we have sent, or else a name for this alone.
    pub(super) fn speaker(&self) -> Ssrc {
        let sent = self.outgoing.values().find(|stream| stream.sent_at.is_some());
        sent.map_or(self.reporter, |stream| stream.ssrc)
    }

    /// The least compound packet (RFC 4585, section 3.1): an empty report and our name.
    fn write_minimum(&self, shared: &Shared, out: &mut Vec<u8>) {
        let ssrc = self.speaker();
        ReceiverReport { ssrc, ..ReceiverReport::default() }.encode(out);
        write_names(&[ssrc], shared.config.cname.as_bytes(), out);
    }

    /// Appends as much of a regular report as fits, and returns whether that was all.
    ///
    /// Each source of ours reports that has sent since it last did; who has been heard since then
    /// is reported on once, not by each of ours (RFC 8861): all of ours would tell the same.
    fn write_reports(
        &mut self,
        now: Instant,
        shared: &Shared,
        end: usize,
        out: &mut Vec<u8>,
    ) -> bool {
        let cname = shared.config.cname.as_bytes();
        if !core::mem::replace(&mut self.round.open, true) {
            let recent = now - REMEMBERED;
            self.round.senders.clear();
            self.round.receivers.clear();
            let senders = self.outgoing.values();
            let senders = senders.filter(|stream| stream.sent_at.is_some_and(|at| at >= recent));
            self.round.senders.extend(senders.map(|stream| stream.ssrc));
            let receivers = self.incoming.values().filter(|stream| stream.is_to_be_reported());
            self.round.receivers.extend(receivers.map(|stream| stream.ssrc));
        }
        let speaker = self.speaker();
        let first = out.len();
        let mut names = [Ssrc(0); 31];
        let mut count = 0;
        let name_len = 4 + (cname.len().min(255) + 3).next_multiple_of(4);
        loop {
            let sender = self.round.senders.last().copied();
            if out.len() > first && sender.is_none() && self.round.receivers.is_empty() {
                break;
            }
            let ssrc = sender.unwrap_or(speaker);
            let fixed = if sender.is_some() { 28 } else { 8 };
            let after = 4 + name_len * (count + 1);
            let room = end.checked_sub(out.len() + fixed + after);
            if out.len() > first && (room.is_none() || count == names.len()) {
                break;
            }
            let room = room.unwrap_or_default() / 24;
            if out.len() > first && sender.is_none() && room == 0 {
                break;
            }
            let mut blocks = [ReportBlock::default(); 31];
            let mut block_count = 0;
            while block_count < room.min(blocks.len()) {
                let Some(about) = self.round.receivers.pop() else { break };
                let stream = self.incoming.get_mut(&about);
                if let Some((stream, slot)) = stream.zip(blocks.get_mut(block_count)) {
                    *slot = stream.report_block(now);
                    block_count += 1;
                }
            }
            let reports = List::new(blocks.get(..block_count).unwrap_or_default());
            let stream = sender.and_then(|ssrc| self.outgoing.get(&ssrc));
            self.round.senders.pop();
            match stream {
                Some(stream) => SenderReport {
                    ssrc,
                    ntp_timestamp: shared.clock.at(now),
                    rtp_timestamp: stream.timestamp_now(now),
                    packet_count: stream.packets,
                    octet_count: stream.octets,
                    reports,
                    extensions: &[],
                }
                .encode(out),
                None => ReceiverReport { ssrc, reports, extensions: &[] }.encode(out),
            }
            if !names.get(..count).unwrap_or_default().contains(&ssrc)
                && let Some(slot) = names.get_mut(count)
            {
                *slot = ssrc;
                count += 1;
            }
        }
        write_names(names.get(..count).unwrap_or_default(), cname, out);
        let whole = self.round.senders.is_empty() && self.round.receivers.is_empty();
        if whole {
            self.round.open = false;
            self.write_extended(now, speaker, shared, end, out);
            self.remb_is_due |= self.remb.is_some();
        }
        whole
    }

    /// Appends what makes round trips measurable for those who send nothing (RFC 3611).
    fn write_extended(
        &mut self,
        now: Instant,
        speaker: Ssrc,
        shared: &Shared,
        end: usize,
        out: &mut Vec<u8>,
    ) {
        let silent = self.outgoing.values().all(|stream| stream.sent_at.is_none());
        if silent && !self.incoming.is_empty() && end.saturating_sub(out.len()) >= 20 {
            let reference = ExtendedReportBlock::ReceiverReferenceTime(shared.clock.at(now));
            ExtendedReport { ssrc: speaker, blocks: List::new(&[reference]) }.encode(out);
        }
        let room = end.saturating_sub(out.len() + 12) / 12;
        let count = self.referencers.len().min(room);
        if silent || count == 0 {
            return;
        }
        let mut answers = [DlrrSubBlock::default(); MAX_REFERENCERS];
        for (slot, (ssrc, reference, at)) in answers.iter_mut().zip(&self.referencers) {
            let delay = now.saturating_duration_since(*at);
            *slot = DlrrSubBlock {
                ssrc: *ssrc,
                last_receiver_report: *reference,
                delay_since_last_receiver_report: ntp::to_compact(delay),
            };
        }
        let answers = List::new(answers.get(..count).unwrap_or_default());
        let block = ExtendedReportBlock::Dlrr(answers);
        ExtendedReport { ssrc: speaker, blocks: List::new(&[block]) }.encode(out);
        // Each question is answered once.
        self.referencers.drain(..count);
    }

    /// Appends the feedback that is due, as much as fits.
    fn write_feedback(&mut self, now: Instant, shared: &Shared, end: usize, out: &mut Vec<u8>) {
        let speaker = self.speaker();
        if self.pressing.is_some_and(|at| at <= now) || self.remb_is_due {
            self.write_pressing(speaker, end, out);
        }
        if self.feedback_wake.is_some_and(|at| at <= now) {
            self.write_repair(now, speaker, end, out);
        }
        let room = |out: &Vec<u8>| end.saturating_sub(out.len());
        if let Some(arrivals) = &mut self.arrivals {
            let due = arrivals.deadline().is_some_and(|at| at <= now);
            if due && room(out) >= 400 && arrivals.write(now, speaker, room(out), out) {
                self.counters.transport_feedback_sent += 1;
            }
        }
        let due = self.told_by_ccfb.as_ref().and_then(|told| told.deadline());
        if due.is_some_and(|at| at <= now) && room(out) >= 200 {
            self.write_ccfb(now, speaker, room(out), shared, out);
        }
    }

    /// Limits that were taken, REMB, goodbyes.
    fn write_pressing(&mut self, speaker: Ssrc, end: usize, out: &mut Vec<u8>) {
        let mut all = true;
        let room = |out: &Vec<u8>| end.saturating_sub(out.len());
        if self.limits_are_due {
            let mut entries = [TmmbrEntry::default(); 31];
            let mut count = 0;
            for ssrc in self.outgoing.keys() {
                let Some((requester, entry)) = lowest(&self.limits, *ssrc) else { continue };
                if let Some(slot) = entries.get_mut(count) {
                    *slot = TmmbrEntry { ssrc: requester, ..entry };
                    count += 1;
                }
            }
            if room(out) >= 12 + 8 * count {
                let entries = List::new(entries.get(..count).unwrap_or_default());
                TemporaryMaximumMediaStreamBitrateNotification { sender_ssrc: speaker, entries }
                    .encode(out);
                self.limits_are_due = false;
            }
            all &= !self.limits_are_due;
        }
        if let Some(bitrate) = self.remb.filter(|_| self.remb_is_due) {
            let mut ssrcs = [Ssrc(0); 64];
            let mut count = 0;
            let media = self.incoming.values().filter(|stream| stream.repairs.is_none());
            for (slot, stream) in ssrcs.iter_mut().zip(media) {
                *slot = stream.ssrc;
                count += 1;
            }
            if room(out) >= 20 + 4 * count {
                let ssrcs = List::new(ssrcs.get(..count).unwrap_or_default());
                ReceiverEstimatedMaximumBitrate { sender_ssrc: speaker, bitrate, ssrcs }
                    .encode(out);
                self.remb_is_due = false;
            }
            all &= !self.remb_is_due;
        }
        if !self.leaving.is_empty() {
            let count = self.leaving.len().min(31);
            if room(out) >= 4 + 4 * count {
                let sources = self.leaving.get(..count).unwrap_or_default();
                Goodbye { sources: List::new(sources), reason: b"" }.encode(out);
                self.leaving.drain(..count);
            }
            all &= self.leaving.is_empty();
        }
        if all {
            self.pressing = None;
        }
    }

    /// NACKs and requests for key frames.
    fn write_repair(&mut self, now: Instant, speaker: Ssrc, end: usize, out: &mut Vec<u8>) {
        let room = |out: &Vec<u8>| end.saturating_sub(out.len());
        let round_trip = self.round_trip.expected();
        self.feedback_wake = None;
        for stream in self.incoming.values_mut() {
            let feedback = stream.feedback;
            let missing = stream.missing.deadline().filter(|at| feedback.nack && *at <= now);
            let most = (room(out).saturating_sub(12) / 4).min(Nack::MAX_PAIRS);
            if missing.is_some() && most > 0 {
                let pairs = &mut self.pairs;
                pairs.clear();
                stream.missing.ask(now, round_trip, most, |number| add(pairs, number));
                if !pairs.is_empty() {
                    let pairs = List::new(pairs);
                    Nack { sender_ssrc: speaker, media_ssrc: stream.ssrc, pairs }.encode(out);
                    stream.tally.nacks += 1;
                }
            }
            let asks = stream.key_frame.deadline().is_some_and(|at| at <= now);
            if asks && feedback.nack_pli && room(out) >= 12 {
                stream.key_frame.ask(now);
                PictureLossIndication { sender_ssrc: speaker, media_ssrc: stream.ssrc }.encode(out);
                stream.tally.plis += 1;
            } else if asks && feedback.ccm_fir && !feedback.nack_pli && room(out) >= 20 {
                let sequence_number = stream.key_frame.ask(now);
                let entry = FirEntry { ssrc: stream.ssrc, sequence_number };
                FullIntraRequest { sender_ssrc: speaker, entries: List::new(&[entry]) }.encode(out);
                stream.tally.firs += 1;
            }
            self.feedback_wake = Instant::earliest([self.feedback_wake, stream.feedback_at()]);
        }
    }

    fn write_ccfb(
        &mut self,
        now: Instant,
        speaker: Ssrc,
        room: usize,
        shared: &Shared,
        out: &mut Vec<u8>,
    ) {
        let mut left = room.saturating_sub(12);
        let mut parts = [(Ssrc(0), 0, 0); MAX_PARTS];
        let mut count = 0;
        let mut more = false;
        self.metrics.clear();
        for stream in self.incoming.values_mut().filter(|stream| !stream.arrivals.is_empty()) {
            let most = left.saturating_sub(10) / 2;
            let Some(part) = parts.get_mut(count).filter(|_| most > 0) else {
                more = true;
                break;
            };
            let before = self.metrics.len();
            let (begin, len) = stream.arrivals.take(now, most, &mut self.metrics);
            let told = self.metrics.get(before..).unwrap_or_default();
            let lost = told.iter().filter(|metric| **metric == NOT_RECEIVED).count();
            stream.tally.reported_lost += lost as u64;
            more |= !stream.arrivals.is_empty();
            *part = (stream.ssrc, begin, len);
            left -= 8 + 2 * len.next_multiple_of(2);
            count += 1;
        }
        let parts = parts.get(..count).unwrap_or_default();
        if !parts.is_empty() {
            let (streams, count) = reports(parts, &self.metrics);
            CongestionControlFeedback {
                sender_ssrc: speaker,
                streams: List::new(streams.get(..count).unwrap_or_default()),
                report_timestamp: shared.clock.compact(now),
            }
            .encode(out);
            self.counters.ccfb_messages_sent += 1;
        }
        if let Some(told) = &mut self.told_by_ccfb {
            told.on_told(now, more);
        }
    }
}

/// Adds a number that is higher than all before it.
fn add(pairs: &mut Vec<NackPair>, number: u16) {
    if let Some(last) = pairs.last_mut() {
        let distance = number.wrapping_sub(last.packet_id);
        if (1..=16).contains(&distance) {
            last.lost_packets |= 1 << (distance - 1);
            return;
        }
    }
    pairs.push(NackPair { packet_id: number, lost_packets: 0 });
}

fn write_names(sources: &[Ssrc], cname: &[u8], out: &mut Vec<u8>) {
    let items = [SdesItem { item_type: SdesItemType::CNAME, text: cname }];
    let mut chunks = [SdesChunk { ssrc: Ssrc(0), items: List::new(&items) }; 31];
    let mut count = 0;
    for (chunk, ssrc) in chunks.iter_mut().zip(sources) {
        chunk.ssrc = *ssrc;
        count += 1;
    }
    let chunks = List::new(chunks.get(..count).unwrap_or_default());
    SourceDescription { chunks }.encode(out);
}

const NOT_RECEIVED: rtc_srtp::rtcp::MetricBlock = rtc_srtp::rtcp::MetricBlock::NotReceived;
/// Who has not sent for so long does not report as a sender (RFC 3550, section 6.4: "since the last
/// or the next to last report").
const REMEMBERED: Duration = Duration::from_secs(3);
