//! Which objects a selector asks for: the W3C specification's stats selection algorithm.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::id::StatsId;
use super::report::{Stats, StatsReport};
use crate::rtp::TransceiverId;

impl StatsReport {
    /// What `getStats` of the transceiver's sender gives: the streams that it sends, and all that
    /// these refer to, directly or not.
    #[must_use]
    pub fn for_sender(self, transceiver: TransceiverId) -> Self {
        let streams = self.outbound_rtp.iter().filter(|stream| stream.transceiver == transceiver);
        let wanted = streams.map(|stream| stream.id).collect();
        self.select(wanted)
    }

    /// What `getStats` of the transceiver's receiver gives: the streams that it receives, and all
    /// that these refer to, directly or not.
    #[must_use]
    pub fn for_receiver(self, transceiver: TransceiverId) -> Self {
        let streams = self.inbound_rtp.iter().filter(|stream| stream.transceiver == transceiver);
        let wanted = streams.map(|stream| stream.id).collect();
        self.select(wanted)
    }

    fn select(mut self, mut wanted: Vec<StatsId>) -> Self {
        let mut selected = BTreeSet::new();
        while let Some(id) = wanted.pop() {
            if selected.insert(id) {
                wanted.extend(self.get(id).into_iter().flat_map(Stats::references));
            }
        }
        self.codecs.retain(|object| selected.contains(&object.id));
        self.inbound_rtp.retain(|object| selected.contains(&object.id));
        self.outbound_rtp.retain(|object| selected.contains(&object.id));
        self.remote_inbound_rtp.retain(|object| selected.contains(&object.id));
        self.remote_outbound_rtp.retain(|object| selected.contains(&object.id));
        self.media_sources.retain(|object| selected.contains(&object.id));
        self.peer_connection = None;
        self.data_channels.clear();
        self.transports.retain(|object| selected.contains(&object.id));
        self.candidate_pairs.retain(|object| selected.contains(&object.id));
        self.local_candidates.retain(|object| selected.contains(&object.id));
        self.remote_candidates.retain(|object| selected.contains(&object.id));
        self.certificates.retain(|object| selected.contains(&object.id));
        self.sctp = None;
        self
    }
}

impl Stats<'_> {
    /// The ids of the objects that this one refers to: its members that end in `_id`.
    pub fn references(self) -> impl Iterator<Item = StatsId> {
        let ids: [Option<StatsId>; 4] = match self {
            Self::Codec(stats) => [Some(stats.transport_id), None, None, None],
            Self::InboundRtp(stats) => [stats.transport_id, stats.codec_id, stats.remote_id, None],
            Self::OutboundRtp(stats) => {
                [stats.transport_id, stats.codec_id, stats.remote_id, stats.media_source_id]
            }
            Self::RemoteInboundRtp(stats) => {
                [stats.transport_id, stats.codec_id, Some(stats.local_id), None]
            }
            Self::RemoteOutboundRtp(stats) => {
                [stats.transport_id, stats.codec_id, Some(stats.local_id), None]
            }
            Self::MediaSource(_)
            | Self::PeerConnection(_)
            | Self::DataChannel(_)
            | Self::Certificate(_) => [None; 4],
            Self::Transport(stats) => [
                stats.selected_candidate_pair_id,
                stats.local_certificate_id,
                stats.remote_certificate_id,
                None,
            ],
            Self::CandidatePair(stats) => [
                Some(stats.transport_id),
                Some(stats.local_candidate_id),
                Some(stats.remote_candidate_id),
                None,
            ],
            Self::LocalCandidate(stats) | Self::RemoteCandidate(stats) => {
                [Some(stats.transport_id), None, None, None]
            }
        };
        ids.into_iter().flatten()
    }
}
