//! Statistics of a transport that has not begun.

use rtc_peer::TransportStats;

use crate::peers::{START, in_band, lone};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-transport-stats.https.html", A1;

    dtls_statistics_on_transport_stats_after_setlocaldescription =
        "DTLS statistics on transport-stats after setLocalDescription" => {
        let (transport, _) = offered();
        assert_eq!(transport.dtls_state, rtc_dtls::State::New);
        assert_eq!(transport.dtls_role, None);
    };
    ice_statistics_on_transport_stats_after_setlocaldescription =
        "ICE statistics on transport-stats after setLocalDescription" => {
        let (transport, sdp) = offered();
        assert_eq!(transport.ice_role, Some(rtc_ice::Role::Controlling));
        let line = format!("a=ice-ufrag:{}\r\n", transport.ice_local_username_fragment);
        assert!(sdp.contains(&line));
        assert_eq!(transport.ice_state, rtc_ice::State::New);
        assert_eq!(transport.selected_candidate_pair_changes, 0);
    };
}

/// The transport of a data channel that was offered, and the offer.
fn offered() -> (TransportStats, String) {
    let mut pc = lone();
    pc.create_data_channel("wpt", in_band()).unwrap();
    pc.set_local_description(START, None).unwrap();
    let transport = pc.stats(START).transports.swap_remove(0);
    (transport, pc.local_description().unwrap().sdp)
}
