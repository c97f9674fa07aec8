//! Snapshots of what is counted, by the names of W3C's webrtc-stats.

use alloc::sync::Arc;
use core::time::Duration;

use rtc_core::Instant;
use rtc_srtp::Ssrc;

use crate::rtp::{MediaKind, TransceiverId};

/// What `inbound-rtp` tells of a stream, as far as a stack without codecs knows it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InboundCounters {
    /// Whose receiver.
    pub transceiver: TransceiverId,
    /// `kind`.
    pub kind: MediaKind,
    /// `mid`.
    pub mid: Arc<str>,
    /// `rid` of the stream.
    pub rid: Option<Arc<str>>,
    /// `ssrc`.
    pub ssrc: Ssrc,
    /// `rtxSsrc`.
    pub rtx_ssrc: Option<Ssrc>,
    /// The payload type of the last packet, which names the codec.
    pub payload_type: u8,
    /// The canonical name of its source, which streams that belong together share.
    pub cname: Option<Arc<str>>,
    /// `packetsReceived`.
    pub packets_received: u64,
    /// `packetsLost`.
    pub packets_lost: i64,
    /// `jitter`, in seconds.
    pub jitter: f64,
    /// `bytesReceived`: of payload.
    pub bytes_received: u64,
    /// `headerBytesReceived`: of headers and padding.
    pub header_bytes_received: u64,
    /// `packetsDiscarded`: came too late to be of use, or found no room.
    pub packets_discarded: u64,
    /// `packetsDuplicated`.
    pub packets_duplicated: u64,
    /// `packetsReceivedWithEct1`.
    pub packets_received_with_ect1: u64,
    /// `packetsReceivedWithCe`.
    pub packets_received_with_ce: u64,
    /// `packetsReportedAsLost`: told by congestion control feedback to be missing.
    pub packets_reported_as_lost: u64,
    /// `fecPacketsReceived`: RED payloads with redundancy, whose blocks repair.
    pub fec_packets_received: u64,
    /// `retransmittedPacketsReceived`.
    pub retransmitted_packets_received: u64,
    /// `retransmittedBytesReceived`.
    pub retransmitted_bytes_received: u64,
    /// `lastPacketReceivedTimestamp`.
    pub last_packet_received_at: Option<Instant>,
    /// `nackCount`: NACK packets sent.
    pub nack_count: u32,
    /// `pliCount`: sent.
    pub pli_count: u32,
    /// `firCount`: sent.
    pub fir_count: u32,
    /// `framesReceived`: put together, or by their markers where packets are given out.
    pub frames_received: u64,
    /// `framesAssembledFromMultiplePackets`.
    pub frames_assembled_from_multiple_packets: u64,
    /// `framesDropped`: that need what is missing.
    pub frames_dropped: u64,
    /// Key frames of which the beginning came.
    pub key_frames_received: u64,
    /// `jitterBufferDelay`: in sum, of all frames that were given out, from first packet on.
    pub jitter_buffer_delay: Duration,
    /// `jitterBufferEmittedCount`: frames that were given out.
    pub jitter_buffer_emitted_count: u64,
    /// Whether anything has come of the sender's reports.
    pub remote: Option<RemoteOutboundCounters>,
}

/// What `remote-outbound-rtp` tells: by the last sender report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteOutboundCounters {
    /// `packetsSent`.
    pub packets_sent: u32,
    /// `bytesSent`.
    pub bytes_sent: u32,
    /// `reportsSent`.
    pub reports_sent: u64,
    /// `remoteTimestamp`: when the report was sent by the sender's clock, since the Unix epoch.
    pub remote_timestamp: Duration,
    /// When it came.
    pub received_at: Instant,
    /// `roundTripTime`, if it could be measured without sending media (RFC 3611).
    pub round_trip_time: Option<Duration>,
    /// `totalRoundTripTime`.
    pub total_round_trip_time: Duration,
    /// `roundTripTimeMeasurements`.
    pub round_trip_time_measurements: u64,
}

/// What `outbound-rtp` tells of a stream.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OutboundCounters {
    /// Whose sender.
    pub transceiver: TransceiverId,
    /// `kind`.
    pub kind: MediaKind,
    /// `mid`.
    pub mid: Arc<str>,
    /// `rid`.
    pub rid: Option<Arc<str>>,
    /// `encodingIndex`.
    pub encoding: usize,
    /// `ssrc`.
    pub ssrc: Ssrc,
    /// `rtxSsrc`.
    pub rtx_ssrc: Option<Ssrc>,
    /// The payload type of the last packet, which names the codec.
    pub payload_type: Option<u8>,
    /// `active`.
    pub active: bool,
    /// `packetsSent`, retransmissions included.
    pub packets_sent: u64,
    /// `bytesSent`: of payload.
    pub bytes_sent: u64,
    /// `headerBytesSent`: of headers and padding.
    pub header_bytes_sent: u64,
    /// `retransmittedPacketsSent`.
    pub retransmitted_packets_sent: u64,
    /// `retransmittedBytesSent`.
    pub retransmitted_bytes_sent: u64,
    /// `framesSent`: by their markers.
    pub frames_sent: u64,
    /// Key frames of which the beginning was sent.
    pub key_frames_sent: u64,
    /// `totalPacketSendDelay`: how long packets waited to be sent, in sum.
    pub total_packet_send_delay: Duration,
    /// `nackCount`: NACK packets that came.
    pub nack_count: u32,
    /// `pliCount`: that came.
    pub pli_count: u32,
    /// `firCount`: that came.
    pub fir_count: u32,
    /// Retransmissions that were asked for and not given: too old, too often, too much.
    pub retransmissions_refused: u64,
    /// What the receiver reports, if it has.
    pub remote: Option<RemoteInboundCounters>,
}

/// What `remote-inbound-rtp` tells: by the last report block of the receiver.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RemoteInboundCounters {
    /// `packetsReceived`, as far as the report lets it be known.
    pub packets_received: u64,
    /// `packetsLost`.
    pub packets_lost: i32,
    /// `jitter`, in seconds.
    pub jitter: f64,
    /// `fractionLost`, 0 to 1, since the report before.
    pub fraction_lost: f64,
    /// `roundTripTime`.
    pub round_trip_time: Option<Duration>,
    /// `totalRoundTripTime`.
    pub total_round_trip_time: Duration,
    /// `roundTripTimeMeasurements`.
    pub round_trip_time_measurements: u64,
    /// When it came.
    pub received_at: Instant,
}

/// What is counted of all the media of a transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TransportMediaCounters {
    /// Packets that belong to no m-section.
    pub unrecognized: u64,
    /// Packets with a payload type that was not negotiated.
    pub payload_type_refused: u64,
    /// Packets with one of our own SSRCs.
    pub collisions: u64,
    /// Packets of streams that there was no room for.
    pub streams_refused: u64,
    /// Malformed RTP or RTCP packets.
    pub malformed: u64,
    /// `ccfbMessagesSent`.
    pub ccfb_messages_sent: u64,
    /// `ccfbMessagesReceived`.
    pub ccfb_messages_received: u64,
    /// Transport-wide feedback that was sent.
    pub transport_feedback_sent: u64,
    /// Transport-wide feedback that came.
    pub transport_feedback_received: u64,
    /// RTCP packets that were sent.
    pub rtcp_packets_sent: u64,
    /// RTCP packets that came.
    pub rtcp_packets_received: u64,
}
