//! `iceConnectionState` where the other side is gone.

use rtc_peer::{Description, Event, IceConnectionState, MediaKind};

use crate::media::{add, add_track};
use crate::peers::{Peers, Who};
use crate::record::subtests;
use crate::states::{listen_to_ice_connected, wait_for_ice_state};

subtests! {
    "RTCPeerConnection-iceConnectionState-disconnected.https.html", B;

    ice_goes_to_disconnected_if_the_other_side_goes_away =
        "ICE goes to disconnected if the other side goes away" => {
        let mut peers = Peers::new();
        add_track(peers.pc1(), MediaKind::Audio);
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        listen_to_ice_connected(&mut peers, Who::Alice);
        peers.pc2().close();
        let gone = [IceConnectionState::Disconnected, IceConnectionState::Failed];
        wait_for_ice_state(&mut peers, Who::Alice, &gone);
    };
    ice_restart_when_ice_is_disconnected_results_in_checking_then_connected =
        "ICE restart when ICE is disconnected results in checking, then connected" => {
        let mut peers = Peers::new();
        add(peers.pc1(), MediaKind::Audio);
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        listen_to_ice_connected(&mut peers, Who::Alice);
        // The callee abandons the transport, and the caller does not hear of it.
        peers.exchange_offer(Who::Alice);
        let now = peers.now;
        let stale = peers.pc2().create_answer().unwrap();
        peers.pc2().set_remote_description(now, Description::rollback()).unwrap();
        let mut offer = peers.pc1().local_description().unwrap();
        let start = offer.sdp.find("m=audio ").unwrap() + "m=audio ".len();
        let end = start + offer.sdp[start..].find(' ').unwrap();
        offer.sdp.replace_range(start..end, "0");
        offer.sdp = offer.sdp.replace("BUNDLE", "BUNGLE");
        peers.pc2().set_remote_description(now, offer).unwrap();
        peers.pc2().set_local_description(now, None).unwrap();
        peers.pc1().set_remote_description(now, stale).unwrap();
        peers.alice.events.clear();
        assert_eq!(next(&mut peers), IceConnectionState::Disconnected);
        peers.pc1().restart_ice();
        peers.exchange_offer_answer();
        assert_eq!(next(&mut peers), IceConnectionState::Checking);
        assert_eq!(next(&mut peers), IceConnectionState::Connected);
    };
}

/// `nextIceConnectionState(caller)`, but for `completed`, which a browser may skip.
fn next(peers: &mut Peers) -> IceConnectionState {
    let is_state = |event: &Event| matches!(event, Event::IceConnectionStateChange(state) if *state != IceConnectionState::Completed);
    match peers.wait_for(Who::Alice, is_state) {
        Event::IceConnectionStateChange(state) => state,
        event => panic!("{event:?}"),
    }
}
