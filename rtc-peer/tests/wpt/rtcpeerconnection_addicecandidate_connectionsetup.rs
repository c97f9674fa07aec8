//! Candidates that come after the descriptions.

use rtc_peer::{ConnectionState, Event, IceCandidate, MediaKind};

use crate::media::add;
use crate::peers::{Peers, Who, offer};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-addIceCandidate-connectionSetup.html", A2;

    candidates_are_added_dynamically_connection_should_work =
        "Candidates are added dynamically; connection should work" => {
        let mut peers = Peers::new();
        add(peers.pc1(), MediaKind::Video);
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        connects(&mut peers);
    };
    candidates_are_added_at_pc1_connection_should_work =
        "Candidates are added at PC1; connection should work" => {
        let mut peers = negotiated();
        give_candidates(&mut peers, Who::Bob);
        assert!(!peers.pc2().remote_description().unwrap().sdp.contains("a=candidate:"));
        connects(&mut peers);
    };
    candidates_are_added_at_pc2_connection_should_work =
        "Candidates are added at PC2; connection should work" => {
        let mut peers = negotiated();
        give_candidates(&mut peers, Who::Alice);
        assert!(!peers.pc1().remote_description().unwrap().sdp.contains("a=candidate:"));
        connects(&mut peers);
    };
}

/// Two with descriptions in which there are no candidates.
fn negotiated() -> Peers {
    let mut peers = Peers::new();
    add(peers.pc1(), MediaKind::Video);
    let now = peers.now;
    let offer = offer(peers.pc1());
    peers.pc1().set_local_description(now, Some(offer.clone())).unwrap();
    peers.pc2().set_remote_description(now, offer).unwrap();
    peers.exchange_answer(Who::Alice);
    peers
}

fn give_candidates(peers: &mut Peers, of: Who) {
    peers.carry();
    let now = peers.now;
    let candidate = |event: &Event| match event {
        Event::IceCandidate(candidate) => Some(candidate.clone()),
        _ => None,
    };
    let candidates: Vec<IceCandidate> =
        peers.peer(of).history.iter().filter_map(candidate).collect();
    assert!(candidates.len() > 1);
    for candidate in candidates {
        peers.pc(of.other()).add_ice_candidate(now, &candidate).unwrap();
    }
}

fn connects(peers: &mut Peers) {
    peers.run_until(|peers| peers.pc1().connection_state() == ConnectionState::Connected);
}
