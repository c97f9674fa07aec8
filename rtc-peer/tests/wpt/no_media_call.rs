//! A connection over which nothing is sent.

use rtc_peer::{Event, IceConnectionState};

use crate::media::video_offer;
use crate::peers::{Peers, Who};
use crate::record::subtests;

subtests! {
    "no-media-call.html", A2;

    no_media_call_html = "no-media-call.html" => {
        let mut peers = Peers::new();
        peers.exchange_ice_candidates();
        let now = peers.now;
        let offer = video_offer(peers.pc1());
        peers.pc1().set_local_description(now, Some(offer.clone())).unwrap();
        peers.pc2().set_remote_description(now, offer).unwrap();
        let answer = peers.pc2().create_answer().unwrap();
        peers.pc2().set_local_description(now, Some(answer.clone())).unwrap();
        assert_eq!(peers.pc2().transceivers().count(), 1);
        assert!(peers.pc2().transceivers().all(|transceiver| transceiver.mid().is_some()));
        peers.pc1().set_remote_description(now, answer).unwrap();
        let is_up = |state| {
            matches!(state, IceConnectionState::Connected | IceConnectionState::Completed)
        };
        peers.run_until(|peers| {
            is_up(peers.pc1().ice_connection_state()) && is_up(peers.pc2().ice_connection_state())
        });
        let failed = Event::IceConnectionStateChange(IceConnectionState::Failed);
        for who in [Who::Alice, Who::Bob] {
            assert!(!peers.peer(who).said(&failed));
        }
    };
}
