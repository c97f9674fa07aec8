//! The candidate pair of a connection that has come about.

use rtc_ice::PairState;
use rtc_peer::MediaKind;

use crate::media::add_track;
use crate::peers::{Peers, Who};
use crate::record::subtests;
use crate::states::listen_to_ice_connected;

subtests! {
    "RTCIceConnectionState-candidate-pair.https.html", B;

    on_ice_connected_getstats_contains_a_connected_candidate_pair =
        "On ICE connected, getStats() contains a connected candidate-pair" => {
        let mut peers = Peers::new();
        add_track(peers.pc1(), MediaKind::Audio);
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        listen_to_ice_connected(&mut peers, Who::Alice);
        let now = peers.now;
        let report = peers.pc1().stats(now);
        assert!(report.candidate_pairs.iter().any(|pair| pair.state == PairState::Succeeded));
    };
}
