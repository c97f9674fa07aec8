//! A connection with nothing but data.

use rtc_peer::{IceConnectionState, OfferOptions};

use crate::peers::{Peers, in_band};
use crate::record::subtests;

subtests! {
    "promises-call.html", A2;

    can_set_up_a_basic_webrtc_call_with_only_data_using_promises =
        "Can set up a basic WebRTC call with only data using promises." => {
        let mut peers = Peers::new();
        peers.exchange_ice_candidates();
        peers.pc1().create_data_channel("channel", in_band()).unwrap();
        let now = peers.now;
        let offer = peers.pc1().create_offer(OfferOptions::default()).unwrap();
        peers.pc1().set_local_description(now, Some(offer)).unwrap();
        let offer = peers.pc1().local_description().unwrap();
        peers.pc2().set_remote_description(now, offer).unwrap();
        let answer = peers.pc2().create_answer().unwrap();
        peers.pc2().set_local_description(now, Some(answer)).unwrap();
        let answer = peers.pc2().local_description().unwrap();
        peers.pc1().set_remote_description(now, answer).unwrap();
        let is_up = |state| {
            matches!(state, IceConnectionState::Connected | IceConnectionState::Completed)
        };
        peers.run_until(|peers| {
            is_up(peers.pc1().ice_connection_state()) && is_up(peers.pc2().ice_connection_state())
        });
    };
}
