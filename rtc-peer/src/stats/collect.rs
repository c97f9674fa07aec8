//! Fills a report out of what the other rooms have counted.

use super::certificate::CertificateStats;
use super::ice::{CandidatePairStats, CandidateStats, Host};
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
        host: &Host<'_>,
    ) {
        for transport in transports {
            let mut stats = TransportStats::new(self.timestamp, transport);
            stats.selected_path = stats.selected_path.filter(|path| !host.hides(transport, path));
            if stats.local_certificate_id.is_some() && self.certificates.is_empty() {
                self.certificates.push(CertificateStats::local(self.timestamp, certificate));
            }
            let theirs = transport.dtls().and_then(|dtls| dtls.peer_certificate_der());
            self.certificates.extend(
                theirs.map(|der| CertificateStats::remote(self.timestamp, transport.id, der)),
            );
            self.transports.push(stats);
            self.add_candidates(clock, transport, host);
        }
    }

    fn add_candidates(&mut self, clock: WallClock, transport: &Transport, host: &Host<'_>) {
        let (id, timestamp, ice) = (transport.id, self.timestamp, &transport.ice);
        self.candidate_pairs.extend(ice.pairs().map(|pair| {
            let hides_path = host.hides(transport, &pair.path);
            CandidatePairStats::new(timestamp, id, &pair, clock, hides_path)
        }));
        let ufrag = ice.local_credentials().ufrag();
        let locals = ice.named_local_candidates();
        self.local_candidates
            .extend(locals.map(|local| CandidateStats::local(timestamp, id, local, ufrag, host)));
        let ufrag = ice.remote_credentials().map(rtc_ice::Credentials::ufrag);
        let remotes = ice.named_remote_candidates();
        self.remote_candidates.extend(remotes.map(|remote| {
            let name = transport.hidden_remote(remote.1.address);
            CandidateStats::remote(timestamp, id, remote, ufrag, name)
        }));
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
