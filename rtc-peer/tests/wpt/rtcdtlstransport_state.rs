//! The state of a DTLS transport, as the statistics have it.

use std::time::Duration;

use rtc_dtls::State;
use rtc_peer::{BundlePolicy, Configuration, Event, MediaKind};

use crate::media::{add, add_track, stop};
use crate::peers::{Peers, Who};
use crate::record::subtests;
use crate::states::{connection_states, transport};

subtests! {
    "RTCDtlsTransport-state.html", B;

    dtls_transport_goes_to_connected_state =
        "DTLS transport goes to connected state" => drop(connected());
    close_causes_the_local_transport_to_close_immediately =
        "close() causes the local transport to close immediately" => {
        let mut peers = connected();
        let before = connection_states(&mut peers, Who::Alice);
        peers.pc1().close();
        assert_eq!(transport(&mut peers, Who::Alice).dtls_state, State::Closed);
        peers.run_for(Duration::from_millis(10));
        assert_eq!(connection_states(&mut peers, Who::Alice), before);
    };
    close_causes_the_other_end_s_dtls_transport_to_close =
        "close() causes the other end's DTLS transport to close" => {
        let mut peers = connected();
        peers.pc1().close();
        peers.run_until(|peers| transport(peers, Who::Bob).dtls_state == State::Closed);
    };
    stop_bundled_transceiver_retains_dtls_transport_state =
        "stop bundled transceiver retains dtls transport state" => {
        let mut configuration = Configuration::default();
        configuration.bundle_policy = BundlePolicy::MaxBundle;
        let mut peers = Peers::with(configuration.clone(), configuration);
        peers.exchange_ice_candidates();
        let video = add(peers.pc1(), MediaKind::Video);
        add(peers.pc1(), MediaKind::Audio);
        peers.exchange_offer_answer();
        assert_eq!(peers.pc2().transceivers().count(), 2);
        for who in [Who::Alice, Who::Bob] {
            peers.run_until(|peers| transport(peers, who).dtls_state == State::Connected);
        }
        stop(peers.pc1(), video);
        peers.wait_for(Who::Alice, |event| *event == Event::TrackEnded(video));
        assert_eq!(transport(&mut peers, Who::Alice).dtls_state, State::Connected);
    };
}

/// `setupConnections`, connected.
fn connected() -> Peers {
    let mut peers = Peers::new();
    add_track(peers.pc1(), MediaKind::Audio);
    peers.exchange_ice_candidates();
    peers.exchange_offer_answer();
    for who in [Who::Alice, Who::Bob] {
        peers.run_until(|peers| transport(peers, who).dtls_state == State::Connected);
    }
    peers
}
