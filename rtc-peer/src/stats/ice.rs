//! Candidates and the pairs of them.

use alloc::string::{String, ToString};
use core::time::Duration;

use rtc_core::{FiveTuple, Protocol};
use rtc_ice::{
    Candidate, CandidateId, CandidateKind, Foundation, PairInfo, PairState, ServerTransport,
    TcpType,
};

use super::id::{StatsId, Subject};
use super::timestamp::{Timestamp, WallClock};
use crate::address::{LocalAddress, NetworkType};
use crate::rtp::TransportId;
use crate::transport::{HostNames, Transport};

/// `RTCIceCandidateStats`: a candidate of either side.
///
/// The candidates of before an ICE restart are told no more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CandidateStats {
    /// `id`.
    pub id: StatsId,
    /// `timestamp`.
    pub timestamp: Timestamp,
    /// `transportId`.
    pub transport_id: StatsId,
    /// `address`; the name of a candidate that is hidden behind one. `None`, which is `null` as
    /// JSON, for a remote candidate that was learned from a connectivity check: the other side has
    /// not told its address to the application, and may have reason not to. Also for one of ours
    /// that was found from a hidden one.
    pub address: Option<String>,
    /// `port`.
    pub port: u16,
    /// `protocol`.
    pub protocol: Protocol,
    /// `tcpType`: of TCP candidates.
    pub tcp_type: Option<TcpType>,
    /// `url`: of the server that a local candidate was got from.
    pub url: Option<String>,
    /// `relayProtocol`: how a local relayed candidate's server is spoken to.
    pub relay_protocol: Option<ServerTransport>,
    /// `networkType`: of a local candidate, where the driver has told.
    pub network_type: Option<NetworkType>,
    /// `candidateType`.
    pub candidate_type: CandidateKind,
    /// `priority`.
    pub priority: u32,
    /// `foundation`.
    pub foundation: Foundation,
    /// `relatedAddress`: of all but host candidates.
    pub related_address: Option<String>,
    /// `relatedPort`: of all but host candidates.
    pub related_port: Option<u16>,
    /// `usernameFragment`: of the generation that the candidate belongs to, where it was signalled.
    pub username_fragment: Option<String>,
}

impl CandidateStats {
    pub(crate) fn local(
        timestamp: Timestamp,
        transport: TransportId,
        (id, candidate): (CandidateId, &Candidate),
        ufrag: &str,
        host: &Host<'_>,
    ) -> Self {
        let id = StatsId(Subject::LocalCandidate(transport, id));
        let (ip, base) = (candidate.address.ip(), candidate.base.ip());
        let server = candidate.server_uri.as_ref();
        let is_relayed = candidate.kind == CandidateKind::Relayed;
        let mut stats = Self {
            address: match host.names.get(ip) {
                Some(name) => (candidate.kind == CandidateKind::Host).then(|| name.to_string()),
                None => Some(ip.to_string()),
            },
            url: server.map(|uri| uri.to_string()),
            relay_protocol: server.filter(|_| is_relayed).map(|uri| uri.transport),
            network_type: (host.addresses.iter())
                .find(|known| known.address.ip() == base)
                .and_then(|known| known.network_type),
            ..Self::new(id, timestamp, transport, candidate, Some(ufrag))
        };
        if host.hides_related {
            (stats.related_address, stats.related_port) = (None, None);
        }
        stats
    }

    /// `ufrag`: of the remote description, once there is one.
    pub(crate) fn remote(
        timestamp: Timestamp,
        transport: TransportId,
        (id, candidate): (CandidateId, &Candidate),
        ufrag: Option<&str>,
        name: Option<&str>,
    ) -> Self {
        let id = StatsId(Subject::RemoteCandidate(transport, id));
        let is_signalled = candidate.kind != CandidateKind::PeerReflexive;
        let address = || name.map_or_else(|| candidate.address.ip().to_string(), Into::into);
        Self {
            address: is_signalled.then(address),
            ..Self::new(id, timestamp, transport, candidate, ufrag)
        }
    }

    fn new(
        id: StatsId,
        timestamp: Timestamp,
        transport: TransportId,
        candidate: &Candidate,
        ufrag: Option<&str>,
    ) -> Self {
        Self {
            id,
            timestamp,
            transport_id: StatsId(Subject::Transport(transport)),
            address: None,
            port: candidate.address.port(),
            protocol: candidate.protocol,
            tcp_type: candidate.tcp_type,
            url: None,
            relay_protocol: None,
            network_type: None,
            candidate_type: candidate.kind,
            priority: candidate.priority,
            foundation: candidate.foundation,
            related_address: candidate.related.map(|related| related.ip().to_string()),
            related_port: candidate.related.map(|related| related.port()),
            username_fragment: ufrag.map(Into::into),
        }
    }
}

/// What is known, and not to be told, of our own addresses.
#[derive(Debug)]
pub(crate) struct Host<'a> {
    /// What is told in place of addresses.
    pub(crate) names: &'a HostNames,
    pub(crate) addresses: &'a [LocalAddress],
    /// Whether related addresses are not to be told.
    pub(crate) hides_related: bool,
}

impl Host<'_> {
    /// Whether one of the addresses of a path is not to be told.
    pub(crate) fn hides(&self, transport: &Transport, path: &FiveTuple) -> bool {
        self.names.get(path.local.ip()).is_some() || transport.hidden_remote(path.remote).is_some()
    }
}

/// `RTCIceCandidatePairStats`.
///
/// The pairs of before an ICE restart are told no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CandidatePairStats {
    /// `id`.
    pub id: StatsId,
    /// `timestamp`.
    pub timestamp: Timestamp,
    /// `transportId`.
    pub transport_id: StatsId,
    /// `localCandidateId`.
    pub local_candidate_id: StatsId,
    /// `remoteCandidateId`.
    pub remote_candidate_id: StatsId,
    /// The pair's two addresses; not of W3C. `None` where one of them is not to be told.
    pub path: Option<FiveTuple>,
    /// `state`.
    pub state: PairState,
    /// `nominated`.
    pub nominated: bool,
    /// `packetsSent`: datagrams, without connectivity checks.
    pub packets_sent: u64,
    /// `packetsReceived`: datagrams that were not refused, without connectivity checks.
    pub packets_received: u64,
    /// `bytesSent`: bytes of those datagrams.
    pub bytes_sent: u64,
    /// `bytesReceived`: bytes of those datagrams.
    pub bytes_received: u64,
    /// `lastPacketSentTimestamp`: without connectivity checks.
    pub last_packet_sent_timestamp: Option<Timestamp>,
    /// `lastPacketReceivedTimestamp`: without connectivity checks.
    pub last_packet_received_timestamp: Option<Timestamp>,
    /// `totalRoundTripTime`: of those checks that were sent but once, consent included.
    pub total_round_trip_time: Duration,
    /// `currentRoundTripTime`; `None` before a check was answered.
    pub current_round_trip_time: Option<Duration>,
    /// `requestsReceived`: checks, consent included.
    pub requests_received: u64,
    /// `requestsSent`: checks, without retransmissions and without those for consent.
    pub requests_sent: u64,
    /// `responsesReceived`.
    pub responses_received: u64,
    /// `responsesSent`.
    pub responses_sent: u64,
    /// `consentRequestsSent`.
    pub consent_requests_sent: u64,
}

impl CandidatePairStats {
    pub(crate) fn new(
        timestamp: Timestamp,
        transport: TransportId,
        pair: &PairInfo,
        clock: WallClock,
        hides_path: bool,
    ) -> Self {
        Self {
            id: StatsId(Subject::CandidatePair(transport, pair.id)),
            timestamp,
            transport_id: StatsId(Subject::Transport(transport)),
            local_candidate_id: StatsId(Subject::LocalCandidate(transport, pair.local_id)),
            remote_candidate_id: StatsId(Subject::RemoteCandidate(transport, pair.remote_id)),
            path: (!hides_path).then_some(pair.path),
            state: pair.state,
            nominated: pair.nominated,
            packets_sent: pair.sent.packets,
            packets_received: pair.received.packets,
            bytes_sent: pair.sent.bytes,
            bytes_received: pair.received.bytes,
            last_packet_sent_timestamp: pair.sent.last_at.map(|at| clock.at(at)),
            last_packet_received_timestamp: pair.received.last_at.map(|at| clock.at(at)),
            total_round_trip_time: pair.total_round_trip_time,
            current_round_trip_time: pair.current_round_trip_time,
            requests_received: pair.requests_received,
            requests_sent: pair.requests_sent.saturating_sub(pair.consent_requests_sent),
            responses_received: pair.responses_received,
            responses_sent: pair.responses_sent,
            consent_requests_sent: pair.consent_requests_sent,
        }
    }
}
