//! Streams of media, what the other side reports of them, and where they come from.

use alloc::string::String;
use core::time::Duration;

use rtc_srtp::Ssrc;

use super::id::{ContentDigest, StatsId, Subject};
use super::timestamp::Timestamp;
use crate::rtp::{MediaKind, Track, TransceiverId};

/// `RTCInboundRtpStreamStats`: a stream that is received. Members that only a decoder could fill are
/// not here.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InboundRtpStats {
    /// `id`.
    pub id: StatsId,
    /// `timestamp`.
    pub timestamp: Timestamp,
    /// Whose receiver; not of W3C.
    pub transceiver: TransceiverId,
    /// `ssrc`.
    pub ssrc: Ssrc,
    /// `kind`.
    pub kind: MediaKind,
    /// `transportId`.
    pub transport_id: Option<StatsId>,
    /// `codecId`: of the last packet.
    pub codec_id: Option<StatsId>,
    /// `packetsReceived`, retransmissions included.
    pub packets_received: u64,
    /// `packetsReceivedWithEct1`.
    pub packets_received_with_ect1: u64,
    /// `packetsReceivedWithCe`.
    pub packets_received_with_ce: u64,
    /// `packetsReportedAsLost`, if RFC 8888 was negotiated.
    pub packets_reported_as_lost: Option<u64>,
    /// `packetsLost`; negative where more came than were sent.
    pub packets_lost: i64,
    /// `jitter`, in seconds.
    pub jitter: f64,
    /// `trackIdentifier`.
    pub track_identifier: String,
    /// `mid`.
    pub mid: Option<String>,
    /// `remoteId`, once the sender has reported.
    pub remote_id: Option<StatsId>,
    /// `lastPacketReceivedTimestamp`.
    pub last_packet_received_timestamp: Option<Timestamp>,
    /// `headerBytesReceived`: of RTP headers and padding.
    pub header_bytes_received: u64,
    /// `packetsDiscarded`: that came too late to be of use, or found no room.
    pub packets_discarded: u64,
    /// `fecPacketsReceived`: of audio, with redundancy (RFC 2198).
    pub fec_packets_received: Option<u64>,
    /// `bytesReceived`: of payload, retransmissions included.
    pub bytes_received: u64,
    /// `nackCount`: NACK packets sent.
    pub nack_count: u64,
    /// `firCount`, of video: FIR packets sent.
    pub fir_count: Option<u64>,
    /// `pliCount`, of video: PLI packets sent.
    pub pli_count: Option<u64>,
    /// `framesReceived`, of video.
    pub frames_received: Option<u64>,
    /// `framesDropped`, of video: that need what is missing.
    pub frames_dropped: Option<u64>,
    /// `framesAssembledFromMultiplePackets`, of video.
    pub frames_assembled_from_multiple_packets: Option<u64>,
    /// `jitterBufferDelay`: in sum, of all frames that were given to the application as such.
    pub jitter_buffer_delay: Duration,
    /// `jitterBufferEmittedCount`: frames that were given to the application as such.
    pub jitter_buffer_emitted_count: u64,
    /// `retransmittedPacketsReceived`, if retransmissions are told from other packets (RFC 4588).
    pub retransmitted_packets_received: Option<u64>,
    /// `retransmittedBytesReceived`, likewise.
    pub retransmitted_bytes_received: Option<u64>,
    /// `rtxSsrc`, once it is known.
    pub rtx_ssrc: Option<Ssrc>,
}

/// `RTCOutboundRtpStreamStats`: a stream that is sent. Members that only an encoder could fill are
/// not here.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OutboundRtpStats {
    /// `id`.
    pub id: StatsId,
    /// `timestamp`.
    pub timestamp: Timestamp,
    /// Whose sender; not of W3C.
    pub transceiver: TransceiverId,
    /// `ssrc`.
    pub ssrc: Ssrc,
    /// `kind`.
    pub kind: MediaKind,
    /// `transportId`.
    pub transport_id: Option<StatsId>,
    /// `codecId`: of the last packet.
    pub codec_id: Option<StatsId>,
    /// `packetsSent`, retransmissions included.
    pub packets_sent: u64,
    /// `bytesSent`: of payload, retransmissions included.
    pub bytes_sent: u64,
    /// `mid`.
    pub mid: Option<String>,
    /// `mediaSourceId`: of the sender's track.
    pub media_source_id: Option<StatsId>,
    /// `remoteId`, once the receiver has reported.
    pub remote_id: Option<StatsId>,
    /// `rid`, of video.
    pub rid: Option<String>,
    /// `encodingIndex`, of video.
    pub encoding_index: Option<u64>,
    /// `headerBytesSent`: of RTP headers and padding.
    pub header_bytes_sent: u64,
    /// `retransmittedPacketsSent`.
    pub retransmitted_packets_sent: u64,
    /// `retransmittedBytesSent`: of payload.
    pub retransmitted_bytes_sent: u64,
    /// `rtxSsrc`, if it was negotiated.
    pub rtx_ssrc: Option<Ssrc>,
    /// `framesSent`, of video.
    pub frames_sent: Option<u64>,
    /// `totalPacketSendDelay`: how long packets have waited to be sent, in sum.
    pub total_packet_send_delay: Duration,
    /// `nackCount`: NACK packets that came.
    pub nack_count: u64,
    /// `firCount`, of video: FIR packets that came.
    pub fir_count: Option<u64>,
    /// `pliCount`, of video: PLI packets that came.
    pub pli_count: Option<u64>,
    /// `active`: whether the encoding is to be sent.
    pub active: bool,
}

/// `RTCRemoteInboundRtpStreamStats`: what the other side reports of a stream that we send.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RemoteInboundRtpStats {
    /// `id`.
    pub id: StatsId,
    /// `timestamp`: when the report came.
    pub timestamp: Timestamp,
    /// `ssrc`.
    pub ssrc: Ssrc,
    /// `kind`.
    pub kind: MediaKind,
    /// `transportId`.
    pub transport_id: Option<StatsId>,
    /// `codecId`.
    pub codec_id: Option<StatsId>,
    /// `packetsReceived`, as far as the report lets it be known.
    pub packets_received: u64,
    /// `packetsLost`.
    pub packets_lost: i64,
    /// `jitter`, in seconds.
    pub jitter: f64,
    /// `localId`.
    pub local_id: StatsId,
    /// `roundTripTime`, once it was measured.
    pub round_trip_time: Option<Duration>,
    /// `totalRoundTripTime`.
    pub total_round_trip_time: Duration,
    /// `fractionLost`: 0 to 1, between the last two reports.
    pub fraction_lost: f64,
    /// `roundTripTimeMeasurements`.
    pub round_trip_time_measurements: u64,
}

/// `RTCRemoteOutboundRtpStreamStats`: what the other side reports of a stream that it sends.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteOutboundRtpStats {
    /// `id`.
    pub id: StatsId,
    /// `timestamp`: when the report came.
    pub timestamp: Timestamp,
    /// `ssrc`.
    pub ssrc: Ssrc,
    /// `kind`.
    pub kind: MediaKind,
    /// `transportId`.
    pub transport_id: Option<StatsId>,
    /// `codecId`.
    pub codec_id: Option<StatsId>,
    /// `packetsSent`.
    pub packets_sent: u64,
    /// `bytesSent`: of payload.
    pub bytes_sent: u64,
    /// `localId`.
    pub local_id: StatsId,
    /// `remoteTimestamp`: when the report was sent, by the other side's clock.
    pub remote_timestamp: Timestamp,
    /// `reportsSent`.
    pub reports_sent: u64,
    /// `roundTripTime`, where it could be measured without sending media (RFC 3611).
    pub round_trip_time: Option<Duration>,
    /// `totalRoundTripTime`.
    pub total_round_trip_time: Duration,
    /// `roundTripTimeMeasurements`.
    pub round_trip_time_measurements: u64,
}

/// `RTCMediaSourceStats`: a track that a sender has. Whoever captures and encodes it knows more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaSourceStats {
    /// `id`.
    pub id: StatsId,
    /// `timestamp`.
    pub timestamp: Timestamp,
    /// `trackIdentifier`.
    pub track_identifier: String,
    /// `kind`.
    pub kind: MediaKind,
}

impl MediaSourceStats {
    pub(crate) fn new(timestamp: Timestamp, track: &Track) -> Self {
        Self {
            id: Self::id_of(track),
            timestamp,
            track_identifier: track.id.clone(),
            kind: track.kind,
        }
    }

    /// The id of what is told of a track.
    pub(super) fn id_of(track: &Track) -> StatsId {
        let digest =
            ContentDigest::new().with(track.kind.as_str().as_bytes()).with(track.id.as_bytes());
        StatsId(Subject::MediaSource(digest.finish()))
    }
}
