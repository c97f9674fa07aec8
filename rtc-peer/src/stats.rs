//! Statistics, by the names of the W3C statistics specification.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::{FiveTuple, Instant, Transmit};

use crate::channel::{DataChannel, DataChannelState};
use crate::transport::Transport;

/// What a connection can tell of itself at a moment: `RTCStatsReport`, of what is built so far.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StatsReport {
    /// `timestamp`: the moment that the figures are of.
    pub timestamp: Instant,
    /// `RTCPeerConnectionStats`.
    pub peer_connection: PeerConnectionStats,
    /// `RTCTransportStats` of every transport: one, unless the other side does not bundle; none
    /// before the first description.
    pub transports: Vec<TransportStats>,
    /// `RTCIceCandidatePairStats` of every pair that is being checked or was.
    pub candidate_pairs: Vec<CandidatePairStats>,
    /// `RTCDataChannelStats` of every channel that is remembered.
    pub data_channels: Vec<DataChannelStats>,
    /// Figures of the SCTP association, which W3C leaves out; `None` before there is one.
    pub sctp: Option<rtc_sctp::Statistics>,
}

/// `RTCPeerConnectionStats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerConnectionStats {
    /// `dataChannelsOpened`.
    pub data_channels_opened: u64,
    /// `dataChannelsClosed`: those among the opened that have closed.
    pub data_channels_closed: u64,
}

/// `RTCTransportStats`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportStats {
    /// `packetsSent`: datagrams of all protocols.
    pub packets_sent: u64,
    /// `packetsReceived`: datagrams of all protocols that were not refused.
    pub packets_received: u64,
    /// `bytesSent`: bytes of those datagrams, without IP and UDP headers.
    pub bytes_sent: u64,
    /// `bytesReceived`: bytes of those datagrams, without IP and UDP headers.
    pub bytes_received: u64,
    /// `iceRole`.
    pub ice_role: rtc_ice::Role,
    /// `iceLocalUsernameFragment`.
    pub ice_local_username_fragment: String,
    /// `iceState`.
    pub ice_state: rtc_ice::State,
    /// `dtlsState`.
    pub dtls_state: rtc_dtls::State,
    /// `dtlsRole`: ours, once it was negotiated.
    pub dtls_role: Option<rtc_dtls::Role>,
    /// `dtlsCipher`: the name that IANA gives the cipher suite.
    pub dtls_cipher: Option<&'static str>,
    /// `srtpCipher`: the name that IANA gives the protection profile, if one was negotiated.
    pub srtp_cipher: Option<&'static str>,
    /// The path that data is sent on at the moment.
    pub selected_path: Option<FiveTuple>,
    /// `selectedCandidatePairChanges`.
    pub selected_candidate_pair_changes: u64,
}

/// `RTCIceCandidatePairStats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CandidatePairStats {
    /// The pair's two addresses.
    pub path: FiveTuple,
    /// `state`.
    pub state: rtc_ice::PairState,
    /// `nominated`.
    pub nominated: bool,
    /// `totalRoundTripTime`.
    pub total_round_trip_time: Duration,
    /// `currentRoundTripTime`; `None` before a check was answered.
    pub current_round_trip_time: Option<Duration>,
    /// `requestsSent`: checks, without those for consent.
    pub requests_sent: u64,
    /// `requestsReceived`.
    pub requests_received: u64,
    /// `responsesSent`.
    pub responses_sent: u64,
    /// `responsesReceived`.
    pub responses_received: u64,
    /// `consentRequestsSent`.
    pub consent_requests_sent: u64,
}

/// `RTCDataChannelStats`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DataChannelStats {
    /// `label`.
    pub label: String,
    /// `protocol`.
    pub protocol: String,
    /// `dataChannelIdentifier`.
    pub data_channel_identifier: Option<u16>,
    /// `state`.
    pub state: DataChannelState,
    /// `messagesSent`.
    pub messages_sent: u64,
    /// `bytesSent`.
    pub bytes_sent: u64,
    /// `messagesReceived`.
    pub messages_received: u64,
    /// `bytesReceived`.
    pub bytes_received: u64,
}

impl From<rtc_ice::PairInfo> for CandidatePairStats {
    fn from(pair: rtc_ice::PairInfo) -> Self {
        Self {
            path: pair.path,
            state: pair.state,
            nominated: pair.nominated,
            total_round_trip_time: pair.total_round_trip_time,
            current_round_trip_time: pair.current_round_trip_time,
            requests_sent: pair.requests_sent,
            requests_received: pair.requests_received,
            responses_sent: pair.responses_sent,
            responses_received: pair.responses_received,
            consent_requests_sent: pair.consent_requests_sent,
        }
    }
}

impl From<&Transport> for TransportStats {
    fn from(transport: &Transport) -> Self {
        let dtls = transport.dtls();
        Self {
            packets_sent: transport.traffic.packets_sent,
            packets_received: transport.traffic.packets_received,
            bytes_sent: transport.traffic.bytes_sent,
            bytes_received: transport.traffic.bytes_received,
            ice_role: transport.ice.role(),
            ice_local_username_fragment: transport.ice.local_credentials().ufrag().into(),
            ice_state: transport.ice.state(),
            dtls_state: transport.dtls_state(),
            dtls_role: transport.remote().map(|remote| remote.role),
            dtls_cipher: dtls.and_then(|dtls| dtls.cipher_suite()).map(|suite| suite.name()),
            srtp_cipher: dtls.and_then(|dtls| dtls.srtp_profile()).map(|profile| profile.name()),
            selected_path: transport.ice.send_path(),
            selected_candidate_pair_changes: transport.traffic.path_changes,
        }
    }
}

impl From<DataChannel<'_>> for DataChannelStats {
    fn from(channel: DataChannel<'_>) -> Self {
        Self {
            label: channel.label().into(),
            protocol: channel.protocol().into(),
            data_channel_identifier: channel.id(),
            state: channel.ready_state(),
            messages_sent: channel.messages_sent(),
            bytes_sent: channel.bytes_sent(),
            messages_received: channel.messages_received(),
            bytes_received: channel.bytes_received(),
        }
    }
}

/// Datagrams that went through the transport.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Traffic {
    pub(crate) packets_sent: u64,
    pub(crate) packets_received: u64,
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    pub(crate) path_changes: u64,
}

impl Traffic {
    pub(crate) fn on_received(&mut self, size: usize) {
        self.packets_received += 1;
        self.bytes_received += size as u64;
    }

    pub(crate) fn on_sent(&mut self, transmit: &Transmit) {
        let datagrams = transmit.segment_size.map_or(1, |segment| transmit.size.div_ceil(segment));
        self.packets_sent += datagrams as u64;
        self.bytes_sent += transmit.size as u64;
    }
}
