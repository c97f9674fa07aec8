//! States and statistics as JSON, by the names that the W3C specifications give them.

use rtc_peer::{CandidatePairStats, DataChannelStats, StatsReport, TransportStats};
use rtc_tokio::PeerConnection;
use serde_json::{Value, json};

/// The figures of a connection at this moment.
pub(crate) fn of(connection: &PeerConnection) -> StatsReport {
    let now = connection.now();
    connection.observe(|core| core.stats(now))
}

/// What a page shows, ready to hand, as a member for each kind of statistics; and, as `stats`, all of
/// `RTCStatsReport`: a map of its objects by their ids. Times are in seconds, as W3C has them.
pub(crate) fn statistics(report: &StatsReport) -> Value {
    json!({
        "peerConnection": report.peer_connection.map(|connection| json!({
            "dataChannelsOpened": connection.data_channels_opened,
            "dataChannelsClosed": connection.data_channels_closed,
        })),
        "transport": report.transports.first().map(transport),
        "candidatePairs": report.candidate_pairs.iter().map(candidate_pair).collect::<Vec<_>>(),
        "dataChannels": report.data_channels.iter().map(data_channel).collect::<Vec<_>>(),
        "sctp": report.sctp.as_ref().map(association),
        "stats": report,
    })
}

fn transport(transport: &TransportStats) -> Value {
    json!({
        "packetsSent": transport.packets_sent,
        "packetsReceived": transport.packets_received,
        "bytesSent": transport.bytes_sent,
        "bytesReceived": transport.bytes_received,
        "iceRole": transport.ice_role.map_or("unknown", rtc_ice::Role::as_str),
        "iceLocalUsernameFragment": transport.ice_local_username_fragment,
        "iceState": transport.ice_state.as_str(),
        "dtlsState": transport.dtls_state.as_str(),
        "dtlsRole": transport.dtls_role.map_or("unknown", rtc_dtls::Role::as_str),
        "dtlsCipher": transport.dtls_cipher,
        "srtpCipher": transport.srtp_cipher,
        "selectedCandidatePairChanges": transport.selected_candidate_pair_changes,
        "localAddress": transport.selected_path.map(|path| path.local.to_string()),
        "remoteAddress": transport.selected_path.map(|path| path.remote.to_string()),
    })
}

fn candidate_pair(pair: &CandidatePairStats) -> Value {
    json!({
        "localAddress": pair.path.map(|path| path.local.to_string()),
        "remoteAddress": pair.path.map(|path| path.remote.to_string()),
        "state": pair.state.as_str(),
        "nominated": pair.nominated,
        "totalRoundTripTime": pair.total_round_trip_time.as_secs_f64(),
        "currentRoundTripTime": pair.current_round_trip_time.map(|time| time.as_secs_f64()),
        "requestsSent": pair.requests_sent,
        "requestsReceived": pair.requests_received,
        "responsesSent": pair.responses_sent,
        "responsesReceived": pair.responses_received,
        "consentRequestsSent": pair.consent_requests_sent,
    })
}

fn data_channel(channel: &DataChannelStats) -> Value {
    json!({
        "label": channel.label,
        "protocol": channel.protocol,
        "dataChannelIdentifier": channel.data_channel_identifier,
        "state": channel.state.as_str(),
        "messagesSent": channel.messages_sent,
        "bytesSent": channel.bytes_sent,
        "messagesReceived": channel.messages_received,
        "bytesReceived": channel.bytes_received,
    })
}

/// Of these W3C knows nothing but the congestion window.
fn association(sctp: &rtc_sctp::Statistics) -> Value {
    json!({
        "congestionWindow": sctp.congestion_window,
        "receiverWindow": sctp.peer_receive_window,
        "bytesInFlight": sctp.in_flight,
        "dataChunksSent": sctp.data_chunks_sent,
        "dataChunksRetransmitted": sctp.data_chunks_retransmitted,
        "timeouts": sctp.timeouts,
    })
}
