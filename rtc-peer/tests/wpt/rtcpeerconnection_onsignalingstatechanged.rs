//! `signalingstatechange` and what is so when it is fired.

use std::time::Duration;

use rtc_peer::{Event, IceConnectionState, MediaKind, SignalingState, TransceiverDirection};

use crate::media::{add, add_track, current, ids, track};
use crate::peers::{Peers, START, Who, events, lone, offer, other};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-onsignalingstatechanged.https.html", B;

    negotiation_methods_fire_signalingstatechange_events =
        "Negotiation methods fire signalingstatechange events" => {
        let (mut pc1, mut pc2) = (lone(), other());
        pc1.add_track(track(MediaKind::Video, "picture"), &["stream"]).unwrap();
        pc1.set_local_description(START, None).unwrap();
        pc2.set_remote_description(START, pc1.local_description().unwrap()).unwrap();
        let changed = Event::SignalingStateChange(SignalingState::HaveRemoteOffer);
        assert_eq!(pc2.poll_event(), Some(changed));
        let id = ids(&pc2)[0];
        assert_eq!(current(&pc2, id), None);
        events(&mut pc2);
        let answer = pc2.create_answer().unwrap();
        pc2.set_local_description(START, Some(answer)).unwrap();
        let changed = Event::SignalingStateChange(SignalingState::Stable);
        assert_eq!(pc2.poll_event(), Some(changed));
        assert_eq!(current(&pc2, id), Some(TransceiverDirection::RecvOnly));
    };
    closing_a_peerconnection_should_not_fire_signalingstatechange_event =
        "Closing a PeerConnection should not fire signalingstatechange event" => {
        let mut peers = Peers::new();
        add_track(peers.pc1(), MediaKind::Audio);
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        peers.run_until(|peers| {
            let state = peers.pc2().ice_connection_state();
            matches!(state, IceConnectionState::Connected | IceConnectionState::Completed)
        });
        let said = peers.bob.history.len();
        peers.pc2().close();
        assert_eq!(peers.pc(Who::Bob).signaling_state(), SignalingState::Closed);
        peers.run_for(Duration::from_millis(100));
        let is_change = |event: &Event| matches!(event, Event::SignalingStateChange(_));
        assert!(!peers.bob.history[said..].iter().any(is_change));
    };
    signalingstatechange_is_the_first_event_to_fire =
        "signalingstatechange is the first event to fire" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add(&mut pc2, MediaKind::Video);
        pc1.set_remote_description(START, offer(&mut pc2)).unwrap();
        let events = events(&mut pc1);
        assert!(matches!(events[0], Event::SignalingStateChange(_)));
        assert!(events.iter().any(|event| matches!(event, Event::Track(_))));
    };
}
