//! Candidates and the pairs of them.

use alloc::string::{String, ToString};
use core::time::Duration;

use rtc_core::{FiveTuple, Protocol};
use rtc_ice::{Candidate, CandidateId, CandidateKind, Foundation, PairInfo, PairState};

use super::id::{StatsId, Subject};
use super::timestamp::{Timestamp, WallClock};
use crate::rtp::TransportId;

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
    /// `address`. `None`, which is `null` as JSON, for a remote candidate that was learned from a
    /// connectivity check: the other side has not told its address to the application, and may
    /// have reason not to.
    pub address: Option<String>,
    /// `port`.
    pub port: u16,
    /// `protocol`.
    pub protocol: Protocol,
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
    ) -> Self {
        let id = StatsId(Subject::LocalCandidate(transport, id));
        Self {
            address: Some(candidate.address.ip().to_string()),
            ..Self::new(id, timestamp, transport, candidate, Some(ufrag))
        }
    }

    /// `ufrag`: of the remote description, once there is one.
    pub(crate) fn remote(
        timestamp: Timestamp,
        transport: TransportId,
        (id, candidate): (CandidateId, &Candidate),
        ufrag: Option<&str>,
    ) -> Self {
        let id = StatsId(Subject::RemoteCandidate(transport, id));
        let is_signalled = candidate.kind != CandidateKind::PeerReflexive;
        Self {
            address: is_signalled.then(|| candidate.address.ip().to_string()),
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
            candidate_type: candidate.kind,
            priority: candidate.priority,
            foundation: candidate.foundation,
            related_address: candidate.related.map(|related| related.ip().to_string()),
            related_port: candidate.related.map(|related| related.port()),
            username_fragment: ufrag.map(Into::into),
        }
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
    /// The pair's two addresses; not of W3C.
    pub path: FiveTuple,
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
    ) -> Self {
        Self {
            id: StatsId(Subject::CandidatePair(transport, pair.id)),
            timestamp,
            transport_id: StatsId(Subject::Transport(transport)),
            local_candidate_id: StatsId(Subject::LocalCandidate(transport, pair.local_id)),
            remote_candidate_id: StatsId(Subject::RemoteCandidate(transport, pair.remote_id)),
            path: pair.path,
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
