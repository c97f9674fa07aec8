//! Fills a report with what the media room has counted.

use alloc::string::String;

use super::codec::CodecStats;
use super::id::{StatsId, Subject};
use super::report::StatsReport;
use super::rtp::{
    InboundRtpStats, MediaSourceStats, OutboundRtpStats, RemoteInboundRtpStats,
    RemoteOutboundRtpStats,
};
use super::timestamp::{Timestamp, WallClock};
use crate::media::{InboundCounters, Media, OutboundCounters};
use crate::rtp::{
    MediaKind, MediaSection, NegotiatedCodec, TransceiverState, Transceivers, TransportId,
};

impl StatsReport {
    /// The streams of the m-sections in force.
    pub(crate) fn add_streams(
        &mut self,
        clock: WallClock,
        media: &Media,
        sections: &[MediaSection],
        transceivers: &Transceivers,
    ) {
        for section in sections {
            let Some(transceiver) = transceivers.get(section.transceiver) else { continue };
            for counters in media.inbound(section.transceiver) {
                self.add_inbound(clock, section, transceiver, &counters);
            }
            for counters in media.outbound(section.transceiver) {
                self.add_outbound(clock, section, transceiver, &counters);
            }
        }
        for transport in &mut self.transports {
            if let Subject::Transport(id) = transport.id.0 {
                let counters = media.transport_counters(id);
                transport.ccfb_messages_sent = counters.ccfb_messages_sent;
                transport.ccfb_messages_received = counters.ccfb_messages_received;
            }
        }
    }

    fn add_inbound(
        &mut self,
        clock: WallClock,
        section: &MediaSection,
        transceiver: &TransceiverState,
        counters: &InboundCounters,
    ) {
        let (name, ssrc, kind) = (counters.transceiver, counters.ssrc, counters.kind);
        let id = StatsId(Subject::InboundRtp(name, ssrc));
        let transport_id = self.transport_id(section.transport);
        let codecs = section.receive.as_ref().map_or(&[][..], |receive| &receive.codecs);
        let codec_id = self.codec_id(section.transport, counters.payload_type, codecs);
        let remote_id = counters.remote.map(|_| StatsId(Subject::RemoteOutboundRtp(name, ssrc)));
        if let (Some(remote_id), Some(remote)) = (remote_id, &counters.remote) {
            self.remote_outbound_rtp.push(RemoteOutboundRtpStats {
                id: remote_id,
                timestamp: clock.at(remote.received_at),
                ssrc,
                kind,
                transport_id,
                codec_id,
                packets_sent: remote.packets_sent.into(),
                bytes_sent: remote.bytes_sent.into(),
                local_id: id,
                remote_timestamp: Timestamp::from_unix(remote.remote_timestamp),
                reports_sent: remote.reports_sent,
                round_trip_time: remote.round_trip_time,
                total_round_trip_time: remote.total_round_trip_time,
                round_trip_time_measurements: remote.round_trip_time_measurements,
            });
        }
        let of_video = Video(kind);
        let has_ccfb = codecs.iter().any(|codec| codec.feedback.ccfb);
        let has_rtx = codecs.iter().any(|codec| codec.rtx_payload_type.is_some());
        self.inbound_rtp.push(InboundRtpStats {
            id,
            timestamp: self.timestamp,
            transceiver: name,
            ssrc,
            kind,
            transport_id,
            codec_id,
            packets_received: counters.packets_received,
            packets_received_with_ect1: counters.packets_received_with_ect1,
            packets_received_with_ce: counters.packets_received_with_ce,
            packets_reported_as_lost: has_ccfb.then_some(counters.packets_reported_as_lost),
            packets_lost: counters.packets_lost,
            jitter: counters.jitter,
            track_identifier: transceiver.receiver.track.id.clone(),
            mid: mid(transceiver),
            remote_id,
            last_packet_received_timestamp: counters.last_packet_received_at.map(|at| clock.at(at)),
            header_bytes_received: counters.header_bytes_received,
            packets_discarded: counters.packets_discarded,
            fec_packets_received: (kind == MediaKind::Audio)
                .then_some(counters.fec_packets_received),
            bytes_received: counters.bytes_received,
            nack_count: counters.nack_count.into(),
            fir_count: of_video.only(counters.fir_count.into()),
            pli_count: of_video.only(counters.pli_count.into()),
            frames_received: of_video.only(counters.frames_received),
            frames_dropped: of_video.only(counters.frames_dropped),
            frames_assembled_from_multiple_packets: of_video
                .only(counters.frames_assembled_from_multiple_packets),
            jitter_buffer_delay: counters.jitter_buffer_delay,
            jitter_buffer_emitted_count: counters.jitter_buffer_emitted_count,
            retransmitted_packets_received: has_rtx
                .then_some(counters.retransmitted_packets_received),
            retransmitted_bytes_received: has_rtx.then_some(counters.retransmitted_bytes_received),
            rtx_ssrc: counters.rtx_ssrc,
        });
    }

    fn add_outbound(
        &mut self,
        clock: WallClock,
        section: &MediaSection,
        transceiver: &TransceiverState,
        counters: &OutboundCounters,
    ) {
        let (name, ssrc, kind) = (counters.transceiver, counters.ssrc, counters.kind);
        let id = StatsId(Subject::OutboundRtp(name, ssrc));
        let transport_id = self.transport_id(section.transport);
        let codecs = section.send.as_ref().map_or(&[][..], |send| &send.codecs);
        let codec_id = counters
            .payload_type
            .and_then(|payload_type| self.codec_id(section.transport, payload_type, codecs));
        let remote_id = counters.remote.map(|_| StatsId(Subject::RemoteInboundRtp(name, ssrc)));
        if let (Some(remote_id), Some(remote)) = (remote_id, &counters.remote) {
            self.remote_inbound_rtp.push(RemoteInboundRtpStats {
                id: remote_id,
                timestamp: clock.at(remote.received_at),
                ssrc,
                kind,
                transport_id,
                codec_id,
                packets_received: remote.packets_received,
                packets_lost: remote.packets_lost.into(),
                jitter: remote.jitter,
                local_id: id,
                round_trip_time: remote.round_trip_time,
                total_round_trip_time: remote.total_round_trip_time,
                fraction_lost: remote.fraction_lost,
                round_trip_time_measurements: remote.round_trip_time_measurements,
            });
        }
        let of_video = Video(kind);
        let source = transceiver.sender.track.as_ref();
        self.outbound_rtp.push(OutboundRtpStats {
            id,
            timestamp: self.timestamp,
            transceiver: name,
            ssrc,
            kind,
            transport_id,
            codec_id,
            packets_sent: counters.packets_sent,
            bytes_sent: counters.bytes_sent,
            mid: mid(transceiver),
            media_source_id: source.map(MediaSourceStats::id_of),
            remote_id,
            rid: counters.rid.as_deref().filter(|_| kind == MediaKind::Video).map(Into::into),
            encoding_index: of_video.only(counters.encoding as u64),
            header_bytes_sent: counters.header_bytes_sent,
            retransmitted_packets_sent: counters.retransmitted_packets_sent,
            retransmitted_bytes_sent: counters.retransmitted_bytes_sent,
            rtx_ssrc: counters.rtx_ssrc,
            frames_sent: of_video.only(counters.frames_sent),
            total_packet_send_delay: counters.total_packet_send_delay,
            nack_count: counters.nack_count.into(),
            fir_count: of_video.only(counters.fir_count.into()),
            pli_count: of_video.only(counters.pli_count.into()),
            active: counters.active,
        });
    }

    fn transport_id(&self, transport: TransportId) -> Option<StatsId> {
        let id = StatsId(Subject::Transport(transport));
        self.transports.iter().any(|known| known.id == id).then_some(id)
    }

    /// The codec that a payload type stands for, which is in the report from then on.
    fn codec_id(
        &mut self,
        transport: TransportId,
        payload_type: u8,
        codecs: &[NegotiatedCodec],
    ) -> Option<StatsId> {
        self.transport_id(transport)?;
        let codec = codecs.iter().find(|codec| codec.payload_type == payload_type)?;
        let stats = CodecStats::new(self.timestamp, transport, payload_type, &codec.codec);
        let id = stats.id;
        if self.codecs.iter().all(|known| known.id != id) {
            self.codecs.push(stats);
        }
        Some(id)
    }
}

/// Leaves out of what is sound the members that are of pictures.
#[derive(Debug, Clone, Copy)]
struct Video(MediaKind);

impl Video {
    fn only(self, value: u64) -> Option<u64> {
        (self.0 == MediaKind::Video).then_some(value)
    }
}

fn mid(transceiver: &TransceiverState) -> Option<String> {
    transceiver.mid.as_deref().map(Into::into)
}
