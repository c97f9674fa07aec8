//! Fills a report out of what the other rooms have counted.

use super::certificate::CertificateStats;
use super::ice::{CandidatePairStats, CandidateStats};
use super::report::StatsReport;
use super::rtp::MediaSourceStats;
use super::timestamp::WallClock;
use super::transport::TransportStats;
use crate::rtp::Transceivers;
use crate::transport::Transport;

impl StatsReport {
    /// `certificate`: our own, in DER.
    pub(crate) fn add_transports<'a>(
        &mut self,
        clock: WallClock,
        transports: impl Iterator<Item = &'a Transport>,
        certificate: &[u8],
    ) {
        for transport in transports {
            let stats = TransportStats::new(self.timestamp, transport);
            if stats.local_certificate_id.is_some() && self.certificates.is_empty() {
                self.certificates.push(CertificateStats::local(self.timestamp, certificate));
            }
            let theirs = transport.dtls().and_then(|dtls| dtls.peer_certificate_der());
            self.certificates.extend(
                theirs.map(|der| CertificateStats::remote(self.timestamp, transport.id, der)),
            );
            self.transports.push(stats);
            self.add_candidates(clock, transport);
        }
    }

    fn add_candidates(&mut self, clock: WallClock, transport: &Transport) {
        let (id, timestamp, ice) = (transport.id, self.timestamp, &transport.ice);
        let pairs = ice.pairs();
        self.candidate_pairs
            .extend(pairs.map(|pair| CandidatePairStats::new(timestamp, id, &pair, clock)));
        let ufrag = ice.local_credentials().ufrag();
        let locals = ice.named_local_candidates();
        self.local_candidates
            .extend(locals.map(|local| CandidateStats::local(timestamp, id, local, ufrag)));
        let ufrag = ice.remote_credentials().map(rtc_ice::Credentials::ufrag);
        let remotes = ice.named_remote_candidates();
        self.remote_candidates
            .extend(remotes.map(|remote| CandidateStats::remote(timestamp, id, remote, ufrag)));
    }

    /// Tracks that senders have; a track of several senders is one source.
    pub(crate) fn add_media_sources(&mut self, transceivers: &Transceivers) {
        let sending = transceivers.iter().filter(|transceiver| !transceiver.is_stopping());
        for track in sending.filter_map(|transceiver| transceiver.sender.track.as_ref()) {
            let source = MediaSourceStats::new(self.timestamp, track);
            if self.media_sources.iter().all(|known| known.id != source.id) {
                self.media_sources.push(source);
            }
        }
    }
}
