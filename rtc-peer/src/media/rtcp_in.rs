//! What happens to RTCP packets that come.

use alloc::sync::Arc;
use core::str;

use rtc_core::{Ecn, Instant};
use rtc_srtp::Ssrc;
use rtc_srtp::rtcp::{
    CongestionControlFeedback, ExtendedReport, ExtendedReportBlock, MetricBlock, PacketStatus,
    ReportBlock, RtcpPacket, RtcpPackets, SdesItemType, SourceDescription,
    TemporaryMaximumMediaStreamBitrateRequest, TmmbrEntry, TransportFeedback,
};

use super::demux::by_mid;
use super::error::MediaError;
use super::event::MediaEvent;
use super::ntp;
use super::session::{Session, Shared};

impl Session {
    /// Takes the RTCP packets of a datagram, authentic and decrypted. What is malformed is left
    /// out, and named in the end.
    pub(super) fn handle_rtcp(
        &mut self,
        now: Instant,
        datagram: &[u8],
        shared: &mut Shared,
    ) -> Result<(), MediaError> {
        let mut malformed = None;
        let mut statuses_left = MAX_STATUSES;
        for packet in RtcpPackets::new(datagram) {
            self.counters.rtcp_packets_received += 1;
            match packet {
                Ok(packet) => self.handle_packet(now, packet, &mut statuses_left, shared),
                Err(error) => {
                    self.counters.malformed += 1;
                    malformed = malformed.or(Some(error));
                }
            }
        }
        malformed.map_or(Ok(()), |error| Err(error.into()))
    }

    fn handle_packet(
        &mut self,
        now: Instant,
        packet: RtcpPacket<'_>,
        statuses_left: &mut usize,
        shared: &mut Shared,
    ) {
        match packet {
            RtcpPacket::SenderReport(report) => {
                if let Some(stream) = self.incoming.get_mut(&report.ssrc) {
                    stream.on_sender_report(now, &report);
                }
                self.on_reports(now, report.reports.iter(), shared);
            }
            RtcpPacket::ReceiverReport(report) => {
                self.on_reports(now, report.reports.iter(), shared);
            }
            RtcpPacket::SourceDescription(description) => self.on_description(description),
            RtcpPacket::Goodbye(goodbye) => {
                for ssrc in goodbye.sources {
                    self.on_goodbye(ssrc, shared);
                }
            }
            RtcpPacket::Nack(nack) => {
                if let Some(stream) = self.outgoing.get_mut(&nack.media_ssrc) {
                    stream.on_nack(nack.pairs.iter());
                    self.make_ready(nack.media_ssrc);
                }
            }
            RtcpPacket::PictureLossIndication(pli) => {
                if let Some(stream) = self.outgoing.get_mut(&pli.media_ssrc) {
                    stream.counters.pli_count = stream.counters.pli_count.saturating_add(1);
                    if stream.requests.on_pli(now) {
                        let (transceiver, encoding) = (stream.transceiver, stream.encoding);
                        let event = MediaEvent::KeyFrameRequested { transceiver, encoding };
                        shared.outlets.events.push(event);
                    }
                }
            }
            RtcpPacket::FullIntraRequest(request) => {
                for entry in request.entries {
                    let Some(stream) = self.outgoing.get_mut(&entry.ssrc) else { continue };
                    stream.counters.fir_count = stream.counters.fir_count.saturating_add(1);
                    if stream.requests.on_fir(now, request.sender_ssrc, entry.sequence_number) {
                        let (transceiver, encoding) = (stream.transceiver, stream.encoding);
                        let event = MediaEvent::KeyFrameRequested { transceiver, encoding };
                        shared.outlets.events.push(event);
                    }
                }
            }
            RtcpPacket::TemporaryMaximumMediaStreamBitrateRequest(request) => {
                self.on_limits(now, request, shared);
            }
            RtcpPacket::ReceiverEstimatedMaximumBitrate(remb) => {
                shared.outlets.events.push(MediaEvent::EstimatedMaximumBitrate {
                    transport: self.transport,
                    bitrate: remb.bitrate,
                });
            }
            RtcpPacket::TransportFeedback(feedback) => {
                self.on_transport_feedback(&feedback, statuses_left, shared);
            }
            RtcpPacket::CongestionControlFeedback(feedback) => {
                self.on_congestion_feedback(&feedback, shared);
            }
            RtcpPacket::ExtendedReport(report) => self.on_extended_report(now, &report, shared),
            // Notifications answer requests that we do not make; the rest means nothing to us.
            _ => {}
        }
    }

    fn on_reports(
        &mut self,
        now: Instant,
        blocks: impl Iterator<Item = ReportBlock>,
        shared: &Shared,
    ) {
        let compact = shared.clock.compact(now);
        for block in blocks {
            let Some(stream) = self.outgoing.get_mut(&block.ssrc) else { continue };
            // A report on what was never sent is none.
            if stream.packets == 0 {
                continue;
            }
            let before = stream.round_trips.measurements;
            stream.on_report(now, compact, &block);
            if stream.round_trips.measurements > before
                && let Some(newest) = stream.round_trips.latest
            {
                self.round_trip.on_report(newest);
            }
        }
    }

    fn on_description(&mut self, description: SourceDescription<'_>) {
        for chunk in description.chunks {
            for item in chunk.items {
                let Ok(text) = str::from_utf8(item.text) else { continue };
                if item.item_type == SdesItemType::CNAME {
                    let Some(stream) = self.incoming.get_mut(&chunk.ssrc) else { continue };
                    if stream.cname.as_deref() != Some(text) {
                        stream.cname = Some(Arc::from(text));
                    }
                } else if item.item_type == SdesItemType::MID
                    && !self.incoming.contains_key(&chunk.ssrc)
                    && !self.is_ours(chunk.ssrc)
                    && let Some(transceiver) = by_mid(&self.sections, text)
                {
                    self.demux.describe(chunk.ssrc, transceiver);
                }
            }
        }
    }

    fn on_goodbye(&mut self, ssrc: Ssrc, shared: &mut Shared) {
        // Its limits leave with it (RFC 5104, section 4.2.1.2).
        self.limits.retain(|(requester, _)| *requester != ssrc);
        let Some(stream) = self.incoming.remove(&ssrc) else { return };
        self.incoming.retain(|_, other| other.repairs != Some(ssrc));
        if stream.repairs.is_some() {
            return;
        }
        let transceiver = stream.transceiver;
        let event = MediaEvent::SourceLeft { transceiver, ssrc, rid: stream.rid };
        shared.outlets.events.push(event);
        let left = self
            .incoming
            .values()
            .any(|other| other.transceiver == transceiver && other.repairs.is_none());
        if let Some(section) = self.sections.get_mut(&transceiver)
            && !left
            && !core::mem::replace(&mut section.muted, true)
        {
            shared.outlets.events.push(MediaEvent::Muted(transceiver));
        }
    }

    /// Somebody asks to be sent no more than so much (RFC 5104, section 3.5.4): the lowest limit
    /// holds, and everybody is told whose it is.
    fn on_limits(
        &mut self,
        now: Instant,
        request: TemporaryMaximumMediaStreamBitrateRequest<'_>,
        shared: &mut Shared,
    ) {
        for entry in request.entries {
            let Some(stream) = self.outgoing.get(&entry.ssrc) else { continue };
            let (transceiver, encoding) = (stream.transceiver, stream.encoding);
            let room = self.limits.len() < MAX_LIMITS;
            let known = self.limits.iter_mut().find(|(requester, known)| {
                *requester == request.sender_ssrc && known.ssrc == entry.ssrc
            });
            match known {
                Some((_, known)) => *known = entry,
                None if room => self.limits.push((request.sender_ssrc, entry)),
                None => continue,
            }
            if let Some(lowest) = lowest(&self.limits, entry.ssrc) {
                let bitrate = lowest.1.bitrate;
                let event = MediaEvent::BitrateLimited { transceiver, encoding, bitrate };
                shared.outlets.events.push(event);
            }
            self.limits_are_due = true;
            self.press(now);
        }
    }

    fn on_transport_feedback(
        &mut self,
        feedback: &TransportFeedback<'_>,
        statuses_left: &mut usize,
        shared: &mut Shared,
    ) {
        self.counters.transport_feedback_received += 1;
        // A status of a lost packet may take a ten-thousandth of a byte: what one datagram can make
        // us count is bounded, whatever it claims.
        let Some(left) = statuses_left.checked_sub(feedback.statuses.len()) else { return };
        *statuses_left = left;
        if self.ids.transport_sequence_number.is_none() {
            return;
        }
        let (mut received, mut lost) = (0, 0);
        for status in feedback.statuses.iter() {
            match status {
                PacketStatus::Received(_) => received += 1,
                PacketStatus::NotReceived => lost += 1,
            }
        }
        let event = MediaEvent::CongestionFeedback {
            transport: self.transport,
            received,
            lost,
            ce_marked: 0,
        };
        shared.outlets.events.push(event);
    }

    fn on_congestion_feedback(
        &mut self,
        feedback: &CongestionControlFeedback<'_>,
        shared: &mut Shared,
    ) {
        self.counters.ccfb_messages_received += 1;
        let (mut received, mut lost, mut ce_marked) = (0, 0, 0);
        for stream in feedback.streams {
            if !self.is_ours(stream.ssrc) {
                continue;
            }
            for metric in stream.metrics {
                match metric {
                    MetricBlock::NotReceived => lost += 1,
                    MetricBlock::Received { ecn, .. } => {
                        received += 1;
                        ce_marked += u32::from(ecn == Some(Ecn::Ce));
                    }
                }
            }
        }
        let transport = self.transport;
        let event = MediaEvent::CongestionFeedback { transport, received, lost, ce_marked };
        shared.outlets.events.push(event);
    }

    fn on_extended_report(&mut self, now: Instant, report: &ExtendedReport<'_>, shared: &Shared) {
        for block in report.blocks {
            match block {
                ExtendedReportBlock::ReceiverReferenceTime(timestamp) => {
                    let reference = (report.ssrc, ntp::middle(timestamp), now);
                    let known = self.referencers.iter_mut().find(|known| known.0 == report.ssrc);
                    if let Some(known) = known {
                        *known = reference;
                        continue;
                    }
                    if self.referencers.len() == MAX_REFERENCERS {
                        self.referencers.pop_front();
                    }
                    self.referencers.push_back(reference);
                }
                ExtendedReportBlock::Dlrr(sub_blocks) => {
                    for sub_block in sub_blocks {
                        if sub_block.ssrc != self.speaker() {
                            continue;
                        }
                        let measured = self.round_trips.measure(
                            shared.clock.compact(now),
                            sub_block.last_receiver_report,
                            sub_block.delay_since_last_receiver_report,
                        );
                        if let Some(newest) = measured {
                            self.round_trip.on_report(newest);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// The limit of a stream of ours that holds, and whose it is.
pub(super) fn lowest(limits: &[(Ssrc, TmmbrEntry)], ssrc: Ssrc) -> Option<(Ssrc, TmmbrEntry)> {
    limits
        .iter()
        .filter(|(_, entry)| entry.ssrc == ssrc)
        .min_by_key(|(_, entry)| entry.bitrate)
        .copied()
}

/// How many statuses of transport-wide feedback are counted for one datagram.
const MAX_STATUSES: usize = TransportFeedback::MAX_STATUSES;
/// How many limits are kept.
const MAX_LIMITS: usize = 32;
/// How many receivers are answered that want to know the round trip.
pub(super) const MAX_REFERENCERS: usize = 8;
