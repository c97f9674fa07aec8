//! Statistics of a connection with nothing but data.

use rtc_peer::IceConnectionState;

use crate::peers::{Peers, in_band};
use crate::record::subtests;

subtests! {
    "getstats.html", A2;

    can_get_stats_from_a_basic_webrtc_call = "Can get stats from a basic WebRTC call." => {
        let mut peers = Peers::new();
        peers.exchange_ice_candidates();
        peers.pc1().create_data_channel("channel", in_band()).unwrap();
        peers.exchange_offer_answer();
        peers.run_until(|peers| {
            peers.pc1().ice_connection_state() == IceConnectionState::Connected
        });
        let now = peers.now;
        let report = peers.pc1().stats(now);
        assert_eq!(report.timestamp.since_unix_epoch(), now.since_epoch());
        assert!(report.peer_connection.unwrap().data_channels_opened <= 1);
        peers.run_until(|peers| !peers.alice.opened().is_empty());
        let now = peers.now;
        assert_eq!(peers.pc1().stats(now).peer_connection.unwrap().data_channels_opened, 1);
    };
}
