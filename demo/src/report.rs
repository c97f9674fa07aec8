//! States and statistics as JSON, by the names that the W3C specifications give them.

use rtc_peer::{CandidatePairStats, DataChannelStats, StatsReport, TransportStats};
use rtc_tokio::PeerConnection;
use serde_json::{Value, json};

/// The figures of a connection at this moment.
pub(crate) fn of(connection: &PeerConnection) -> StatsReport {
    let now = connection.now();
    connection.observe(|core| core.stats(now))
}

/// `RTCStatsReport` as one object: a member for each kind of statistics. Times are in seconds,
/// as W3C has them.
pub(crate) fn statistics(report: &StatsReport) -> Value {
    json!({
        "peerConnection": {
            "dataChannelsOpened": report.peer_connection.data_channels_opened,
            "dataChannelsClosed": report.peer_connection.data_channels_closed,
        },
        "transport": report.transports.first().map(transport),
        "candidatePairs": report.candidate_pairs.iter().map(candidate_pair).collect::<Vec<_>>(),
        "dataChannels": report.data_channels.iter().map(data_channel).collect::<Vec<_>>(),
        "sctp": report.sctp.as_ref().map(association),
    })
}

fn transport(transport: &TransportStats) -> Value {
    json!({
        "packetsSent": transport.packets_sent,
        "packetsReceived": transport.packets_received,
        "bytesSent": transport.bytes_sent,
        "bytesReceived": transport.bytes_received,
        "iceRole": ice_role(transport.ice_role),
        "iceLocalUsernameFragment": transport.ice_local_username_fragment,
        "iceState": ice_state(transport.ice_state),
        "dtlsState": dtls_state(transport.dtls_state),
        "dtlsRole": transport.dtls_role.map_or("unknown", dtls_role),
        "dtlsCipher": transport.dtls_cipher,
        "srtpCipher": transport.srtp_cipher,
        "selectedCandidatePairChanges": transport.selected_candidate_pair_changes,
        "localAddress": transport.selected_path.map(|path| path.local.to_string()),
        "remoteAddress": transport.selected_path.map(|path| path.remote.to_string()),
    })
}

fn candidate_pair(pair: &CandidatePairStats) -> Value {
    json!({
        "localAddress": pair.path.local.to_string(),
        "remoteAddress": pair.path.remote.to_string(),
        "state": pair_state(pair.state),
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

const fn ice_role(role: rtc_ice::Role) -> &'static str {
    match role {
        rtc_ice::Role::Controlling => "controlling",
        rtc_ice::Role::Controlled => "controlled",
    }
}

const fn ice_state(state: rtc_ice::State) -> &'static str {
    match state {
        rtc_ice::State::New => "new",
        rtc_ice::State::Checking => "checking",
        rtc_ice::State::Connected => "connected",
        rtc_ice::State::Completed => "completed",
        rtc_ice::State::Disconnected => "disconnected",
        rtc_ice::State::Failed => "failed",
        rtc_ice::State::Closed => "closed",
    }
}

const fn pair_state(state: rtc_ice::PairState) -> &'static str {
    match state {
        rtc_ice::PairState::Frozen => "frozen",
        rtc_ice::PairState::Waiting => "waiting",
        rtc_ice::PairState::InProgress => "in-progress",
        rtc_ice::PairState::Succeeded => "succeeded",
        rtc_ice::PairState::Failed => "failed",
    }
}

const fn dtls_state(state: rtc_dtls::State) -> &'static str {
    match state {
        rtc_dtls::State::New => "new",
        rtc_dtls::State::Connecting => "connecting",
        rtc_dtls::State::Connected => "connected",
        rtc_dtls::State::Closed => "closed",
        rtc_dtls::State::Failed => "failed",
    }
}

const fn dtls_role(role: rtc_dtls::Role) -> &'static str {
    match role {
        rtc_dtls::Role::Client => "client",
        rtc_dtls::Role::Server => "server",
    }
}
