//! Reports as W3C's dictionaries, for any format that has maps.
//!
//! Each member stands here with W3C's name. What is `None` is left out; a duration is in seconds and
//! a moment in milliseconds, both with their fractions.

use alloc::format;
use alloc::string::{String, ToString};
use core::time::Duration;

use base64ct::{Base64, Encoding};
use rtc_ice::{CandidateKind, PairState};
use rtc_srtp::Ssrc;
use serde_core::ser::{Serialize, SerializeMap, Serializer};

use super::certificate::CertificateStats;
use super::channels::{DataChannelStats, PeerConnectionStats};
use super::codec::CodecStats;
use super::ice::{CandidatePairStats, CandidateStats};
use super::id::{StatsId, StatsType};
use super::report::{Stats, StatsReport};
use super::rtp::{
    InboundRtpStats, MediaSourceStats, OutboundRtpStats, RemoteInboundRtpStats,
    RemoteOutboundRtpStats,
};
use super::timestamp::Timestamp;
use super::transport::TransportStats;
use crate::address::NetworkType;
use crate::channel::DataChannelState;
use crate::rtp::MediaKind;

/// A map of all objects by their ids.
impl Serialize for StatsReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|object| (object.id(), object)))
    }
}

impl Serialize for Stats<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Codec(stats) => stats.serialize(serializer),
            Self::InboundRtp(stats) => stats.serialize(serializer),
            Self::OutboundRtp(stats) => stats.serialize(serializer),
            Self::RemoteInboundRtp(stats) => stats.serialize(serializer),
            Self::RemoteOutboundRtp(stats) => stats.serialize(serializer),
            Self::MediaSource(stats) => stats.serialize(serializer),
            Self::PeerConnection(stats) => stats.serialize(serializer),
            Self::DataChannel(stats) => stats.serialize(serializer),
            Self::Transport(stats) => stats.serialize(serializer),
            Self::CandidatePair(stats) => stats.serialize(serializer),
            Self::LocalCandidate(stats) | Self::RemoteCandidate(stats) => {
                stats.serialize(serializer)
            }
            Self::Certificate(stats) => stats.serialize(serializer),
        }
    }
}

/// `DOMHighResTimeStamp`: milliseconds.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_millis())
    }
}

impl Serialize for StatsId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for StatsType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A value of a dictionary, which knows whether and how it appears.
trait Member {
    fn put<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error>;
}

impl<T: Member> Member for Option<T> {
    fn put<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        self.as_ref().map_or(Ok(()), |value| value.put(name, map))
    }
}

/// What is there even if it is `null`.
struct Nullable<'a>(&'a Option<String>);

impl Member for Nullable<'_> {
    fn put<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(name, self.0)
    }
}

macro_rules! members {
    ($($type:ty: $value:ident => $entry:expr,)+) => {$(
        impl Member for $type {
            fn put<M: SerializeMap>(
                &self,
                name: &'static str,
                map: &mut M,
            ) -> Result<(), M::Error> {
                let $value = self;
                map.serialize_entry(name, $entry)
            }
        }
    )+};
}

members! {
    bool: value => value,
    u8: value => value,
    u16: value => value,
    u32: value => value,
    u64: value => value,
    i64: value => value,
    f64: value => value,
    &'static str: value => value,
    String: value => value,
    StatsId: value => value,
    Timestamp: value => value,
    Duration: value => &value.as_secs_f64(),
    Ssrc: value => &value.0,
    MediaKind: value => value.as_str(),
    DataChannelState: value => value.as_str(),
    PairState: value => value.as_str(),
    CandidateKind: value => value.as_str(),
    rtc_ice::TcpType: value => value.as_str(),
    rtc_ice::ServerTransport: value => value.as_str(),
    NetworkType: value => value.as_str(),
    rtc_ice::State: value => value.as_str(),
    rtc_dtls::State: value => value.as_str(),
}

/// Writes a dictionary: the members that all have, then the listed ones in W3C's order.
macro_rules! dictionary {
    ($type:ident, $stats:ident => { $($name:literal: $value:expr,)+ }) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let $stats = self;
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("timestamp", &$stats.timestamp)?;
                map.serialize_entry("type", &$stats.id.stats_type())?;
                map.serialize_entry("id", &$stats.id)?;
                $(Member::put(&$value, $name, &mut map)?;)+
                map.end()
            }
        }
    };
}

dictionary!(CodecStats, stats => {
    "payloadType": stats.payload_type,
    "transportId": stats.transport_id,
    "mimeType": stats.mime_type,
    "clockRate": stats.clock_rate,
    "channels": stats.channels,
    "sdpFmtpLine": stats.sdp_fmtp_line,
});

dictionary!(InboundRtpStats, stats => {
    "ssrc": stats.ssrc,
    "kind": stats.kind,
    "transportId": stats.transport_id,
    "codecId": stats.codec_id,
    "packetsReceived": stats.packets_received,
    "packetsReceivedWithEct1": stats.packets_received_with_ect1,
    "packetsReceivedWithCe": stats.packets_received_with_ce,
    "packetsReportedAsLost": stats.packets_reported_as_lost,
    "packetsLost": stats.packets_lost,
    "jitter": stats.jitter,
    "trackIdentifier": stats.track_identifier,
    "mid": stats.mid,
    "remoteId": stats.remote_id,
    "framesDropped": stats.frames_dropped,
    "lastPacketReceivedTimestamp": stats.last_packet_received_timestamp,
    "headerBytesReceived": stats.header_bytes_received,
    "packetsDiscarded": stats.packets_discarded,
    "fecPacketsReceived": stats.fec_packets_received,
    "bytesReceived": stats.bytes_received,
    "nackCount": stats.nack_count,
    "firCount": stats.fir_count,
    "pliCount": stats.pli_count,
    "jitterBufferDelay": stats.jitter_buffer_delay,
    "jitterBufferEmittedCount": stats.jitter_buffer_emitted_count,
    "framesReceived": stats.frames_received,
    "framesAssembledFromMultiplePackets": stats.frames_assembled_from_multiple_packets,
    "retransmittedPacketsReceived": stats.retransmitted_packets_received,
    "retransmittedBytesReceived": stats.retransmitted_bytes_received,
    "rtxSsrc": stats.rtx_ssrc,
});

dictionary!(OutboundRtpStats, stats => {
    "ssrc": stats.ssrc,
    "kind": stats.kind,
    "transportId": stats.transport_id,
    "codecId": stats.codec_id,
    "packetsSent": stats.packets_sent,
    "bytesSent": stats.bytes_sent,
    "mid": stats.mid,
    "mediaSourceId": stats.media_source_id,
    "remoteId": stats.remote_id,
    "rid": stats.rid,
    "encodingIndex": stats.encoding_index,
    "headerBytesSent": stats.header_bytes_sent,
    "retransmittedPacketsSent": stats.retransmitted_packets_sent,
    "retransmittedBytesSent": stats.retransmitted_bytes_sent,
    "rtxSsrc": stats.rtx_ssrc,
    "framesSent": stats.frames_sent,
    "totalPacketSendDelay": stats.total_packet_send_delay,
    "nackCount": stats.nack_count,
    "firCount": stats.fir_count,
    "pliCount": stats.pli_count,
    "active": stats.active,
});

dictionary!(RemoteInboundRtpStats, stats => {
    "ssrc": stats.ssrc,
    "kind": stats.kind,
    "transportId": stats.transport_id,
    "codecId": stats.codec_id,
    "packetsReceived": stats.packets_received,
    "packetsLost": stats.packets_lost,
    "jitter": stats.jitter,
    "localId": stats.local_id,
    "roundTripTime": stats.round_trip_time,
    "totalRoundTripTime": stats.total_round_trip_time,
    "fractionLost": stats.fraction_lost,
    "roundTripTimeMeasurements": stats.round_trip_time_measurements,
});

dictionary!(RemoteOutboundRtpStats, stats => {
    "ssrc": stats.ssrc,
    "kind": stats.kind,
    "transportId": stats.transport_id,
    "codecId": stats.codec_id,
    "packetsSent": stats.packets_sent,
    "bytesSent": stats.bytes_sent,
    "localId": stats.local_id,
    "remoteTimestamp": stats.remote_timestamp,
    "reportsSent": stats.reports_sent,
    "roundTripTime": stats.round_trip_time,
    "totalRoundTripTime": stats.total_round_trip_time,
    "roundTripTimeMeasurements": stats.round_trip_time_measurements,
});

dictionary!(MediaSourceStats, stats => {
    "trackIdentifier": stats.track_identifier,
    "kind": stats.kind,
});

dictionary!(PeerConnectionStats, stats => {
    "dataChannelsOpened": stats.data_channels_opened,
    "dataChannelsClosed": stats.data_channels_closed,
});

dictionary!(DataChannelStats, stats => {
    "label": stats.label,
    "protocol": stats.protocol,
    "dataChannelIdentifier": stats.data_channel_identifier,
    "state": stats.state,
    "messagesSent": stats.messages_sent,
    "bytesSent": stats.bytes_sent,
    "messagesReceived": stats.messages_received,
    "bytesReceived": stats.bytes_received,
});

dictionary!(TransportStats, stats => {
    "packetsSent": stats.packets_sent,
    "packetsReceived": stats.packets_received,
    "bytesSent": stats.bytes_sent,
    "bytesReceived": stats.bytes_received,
    "iceRole": stats.ice_role.map_or("unknown", rtc_ice::Role::as_str),
    "iceLocalUsernameFragment": stats.ice_local_username_fragment,
    "dtlsState": stats.dtls_state,
    "iceState": stats.ice_state,
    "selectedCandidatePairId": stats.selected_candidate_pair_id,
    "localCertificateId": stats.local_certificate_id,
    "remoteCertificateId": stats.remote_certificate_id,
    "tlsVersion": stats.tls_version.map(|version| format!("{:04X}", version.code())),
    "dtlsCipher": stats.dtls_cipher,
    "dtlsRole": stats.dtls_role.map_or("unknown", rtc_dtls::Role::as_str),
    "srtpCipher": stats.srtp_cipher,
    "selectedCandidatePairChanges": stats.selected_candidate_pair_changes,
    "ccfbMessagesSent": stats.ccfb_messages_sent,
    "ccfbMessagesReceived": stats.ccfb_messages_received,
});

dictionary!(CandidatePairStats, stats => {
    "transportId": stats.transport_id,
    "localCandidateId": stats.local_candidate_id,
    "remoteCandidateId": stats.remote_candidate_id,
    "state": stats.state,
    "nominated": stats.nominated,
    "packetsSent": stats.packets_sent,
    "packetsReceived": stats.packets_received,
    "bytesSent": stats.bytes_sent,
    "bytesReceived": stats.bytes_received,
    "lastPacketSentTimestamp": stats.last_packet_sent_timestamp,
    "lastPacketReceivedTimestamp": stats.last_packet_received_timestamp,
    "totalRoundTripTime": stats.total_round_trip_time,
    "currentRoundTripTime": stats.current_round_trip_time,
    "requestsReceived": stats.requests_received,
    "requestsSent": stats.requests_sent,
    "responsesReceived": stats.responses_received,
    "responsesSent": stats.responses_sent,
    "consentRequestsSent": stats.consent_requests_sent,
});

dictionary!(CandidateStats, stats => {
    "transportId": stats.transport_id,
    "address": Nullable(&stats.address),
    "port": stats.port,
    "protocol": stats.protocol.to_string(),
    "candidateType": stats.candidate_type,
    "priority": stats.priority,
    "url": stats.url,
    "relayProtocol": stats.relay_protocol,
    "foundation": String::from(stats.foundation.as_str()),
    "relatedAddress": stats.related_address,
    "relatedPort": stats.related_port,
    "usernameFragment": stats.username_fragment,
    "tcpType": stats.tcp_type,
    "networkType": stats.network_type,
});

dictionary!(CertificateStats, stats => {
    "fingerprint": stats.fingerprint.to_string(),
    "fingerprintAlgorithm": stats.fingerprint.algorithm().to_string(),
    "base64Certificate": Base64::encode_string(&stats.certificate),
});
