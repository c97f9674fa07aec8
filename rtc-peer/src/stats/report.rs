//! All statistics of one moment.

use alloc::vec::Vec;

use super::certificate::CertificateStats;
use super::channels::{DataChannelStats, PeerConnectionStats};
use super::codec::CodecStats;
use super::ice::{CandidatePairStats, CandidateStats};
use super::id::{StatsId, StatsType};
use super::rtp::{
    InboundRtpStats, MediaSourceStats, OutboundRtpStats, RemoteInboundRtpStats,
    RemoteOutboundRtpStats,
};
use super::timestamp::Timestamp;
use super::transport::TransportStats;

/// `RTCStatsReport`: what a connection can tell of itself at a moment, object by object.
///
/// Each object has an [`id`](StatsId); members that end in `_id` are those of other objects, which
/// are in the same report. Members that cannot be known, or not yet, are `None`.
///
/// With the feature `serde` it can be serialized: a map of all objects by their ids, each with the
/// names, the units and the enumeration strings of W3C, so that whatever reads a browser's report
/// reads this one.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StatsReport {
    /// `timestamp`: the moment that the figures are of.
    pub timestamp: Timestamp,
    /// `codec`: of every codec that a stream refers to.
    pub codecs: Vec<CodecStats>,
    /// `inbound-rtp`: of every stream that is received.
    pub inbound_rtp: Vec<InboundRtpStats>,
    /// `outbound-rtp`: of every stream that is sent.
    pub outbound_rtp: Vec<OutboundRtpStats>,
    /// `remote-inbound-rtp`: of those among them of which the receiver has reported.
    pub remote_inbound_rtp: Vec<RemoteInboundRtpStats>,
    /// `remote-outbound-rtp`: of those streams that are received of which the sender has reported.
    pub remote_outbound_rtp: Vec<RemoteOutboundRtpStats>,
    /// `media-source`: of every track that a sender has.
    pub media_sources: Vec<MediaSourceStats>,
    /// `peer-connection`; `None` only in what was selected for a sender or a receiver.
    pub peer_connection: Option<PeerConnectionStats>,
    /// `data-channel`: of every channel that is remembered.
    pub data_channels: Vec<DataChannelStats>,
    /// `transport`: of every transport: one, unless the other side does not bundle; none before
    /// the first description.
    pub transports: Vec<TransportStats>,
    /// `candidate-pair`: of every pair that is being checked or was.
    pub candidate_pairs: Vec<CandidatePairStats>,
    /// `local-candidate`.
    pub local_candidates: Vec<CandidateStats>,
    /// `remote-candidate`.
    pub remote_candidates: Vec<CandidateStats>,
    /// `certificate`: of both sides, as far as they were shown.
    pub certificates: Vec<CertificateStats>,
    /// Figures of the SCTP association, which W3C leaves out; `None` before there is one.
    pub sctp: Option<rtc_sctp::Statistics>,
}

/// One object of a report.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Stats<'a> {
    /// `codec`.
    Codec(&'a CodecStats),
    /// `inbound-rtp`.
    InboundRtp(&'a InboundRtpStats),
    /// `outbound-rtp`.
    OutboundRtp(&'a OutboundRtpStats),
    /// `remote-inbound-rtp`.
    RemoteInboundRtp(&'a RemoteInboundRtpStats),
    /// `remote-outbound-rtp`.
    RemoteOutboundRtp(&'a RemoteOutboundRtpStats),
    /// `media-source`.
    MediaSource(&'a MediaSourceStats),
    /// `peer-connection`.
    PeerConnection(&'a PeerConnectionStats),
    /// `data-channel`.
    DataChannel(&'a DataChannelStats),
    /// `transport`.
    Transport(&'a TransportStats),
    /// `candidate-pair`.
    CandidatePair(&'a CandidatePairStats),
    /// `local-candidate`.
    LocalCandidate(&'a CandidateStats),
    /// `remote-candidate`.
    RemoteCandidate(&'a CandidateStats),
    /// `certificate`.
    Certificate(&'a CertificateStats),
}

impl StatsReport {
    /// A report in which nothing is told yet.
    pub(crate) const fn new(timestamp: Timestamp) -> Self {
        Self {
            timestamp,
            codecs: Vec::new(),
            inbound_rtp: Vec::new(),
            outbound_rtp: Vec::new(),
            remote_inbound_rtp: Vec::new(),
            remote_outbound_rtp: Vec::new(),
            media_sources: Vec::new(),
            peer_connection: None,
            data_channels: Vec::new(),
            transports: Vec::new(),
            candidate_pairs: Vec::new(),
            local_candidates: Vec::new(),
            remote_candidates: Vec::new(),
            certificates: Vec::new(),
            sctp: None,
        }
    }

    /// All objects, in the order of the fields.
    pub fn iter(&self) -> impl Iterator<Item = Stats<'_>> {
        let codecs = self.codecs.iter().map(Stats::Codec);
        let inbound = self.inbound_rtp.iter().map(Stats::InboundRtp);
        let outbound = self.outbound_rtp.iter().map(Stats::OutboundRtp);
        let remote_inbound = self.remote_inbound_rtp.iter().map(Stats::RemoteInboundRtp);
        let remote_outbound = self.remote_outbound_rtp.iter().map(Stats::RemoteOutboundRtp);
        let sources = self.media_sources.iter().map(Stats::MediaSource);
        let connection = self.peer_connection.iter().map(Stats::PeerConnection);
        let channels = self.data_channels.iter().map(Stats::DataChannel);
        let transports = self.transports.iter().map(Stats::Transport);
        let pairs = self.candidate_pairs.iter().map(Stats::CandidatePair);
        let local_candidates = self.local_candidates.iter().map(Stats::LocalCandidate);
        let remote_candidates = self.remote_candidates.iter().map(Stats::RemoteCandidate);
        let certificates = self.certificates.iter().map(Stats::Certificate);
        codecs
            .chain(inbound)
            .chain(outbound)
            .chain(remote_inbound)
            .chain(remote_outbound)
            .chain(sources)
            .chain(connection)
            .chain(channels)
            .chain(transports)
            .chain(pairs)
            .chain(local_candidates)
            .chain(remote_candidates)
            .chain(certificates)
    }

    /// The object with this id. Linear.
    pub fn get(&self, id: StatsId) -> Option<Stats<'_>> {
        self.iter().find(|object| object.id() == id)
    }
}

impl Stats<'_> {
    /// `id`.
    pub const fn id(self) -> StatsId {
        match self {
            Self::Codec(stats) => stats.id,
            Self::InboundRtp(stats) => stats.id,
            Self::OutboundRtp(stats) => stats.id,
            Self::RemoteInboundRtp(stats) => stats.id,
            Self::RemoteOutboundRtp(stats) => stats.id,
            Self::MediaSource(stats) => stats.id,
            Self::PeerConnection(stats) => stats.id,
            Self::DataChannel(stats) => stats.id,
            Self::Transport(stats) => stats.id,
            Self::CandidatePair(stats) => stats.id,
            Self::LocalCandidate(stats) | Self::RemoteCandidate(stats) => stats.id,
            Self::Certificate(stats) => stats.id,
        }
    }

    /// `type`.
    pub const fn stats_type(self) -> StatsType {
        self.id().stats_type()
    }

    /// `timestamp`: of the report, but for what the other side has reported, whose moment is that
    /// at which it came.
    pub const fn timestamp(self) -> Timestamp {
        match self {
            Self::Codec(stats) => stats.timestamp,
            Self::InboundRtp(stats) => stats.timestamp,
            Self::OutboundRtp(stats) => stats.timestamp,
            Self::RemoteInboundRtp(stats) => stats.timestamp,
            Self::RemoteOutboundRtp(stats) => stats.timestamp,
            Self::MediaSource(stats) => stats.timestamp,
            Self::PeerConnection(stats) => stats.timestamp,
            Self::DataChannel(stats) => stats.timestamp,
            Self::Transport(stats) => stats.timestamp,
            Self::CandidatePair(stats) => stats.timestamp,
            Self::LocalCandidate(stats) | Self::RemoteCandidate(stats) => stats.timestamp,
            Self::Certificate(stats) => stats.timestamp,
        }
    }
}
