//! Which candidates must be carried over, and when.

use rtc_peer::{
    Event, IceCandidate, IceConnectionState, IceGatheringState, OfferOptions, PeerConnection,
};

use crate::peers::{Peers, START, Who, data_channel_offer, events, in_band, lone, other};
use crate::record::subtests;

subtests! {
    "protocol/candidate-exchange.https.html", A2;

    two_way_ice_exchange_works = "Two way ICE exchange works" => {
        let mut peers = Peers::new();
        peers.pc1().create_data_channel("datachannel", in_band()).unwrap();
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        peers.run_until(|peers| {
            peers.pc1().ice_connection_state() == IceConnectionState::Connected
        });
        assert_eq!(ice_states(&peers, Who::Alice), CONNECTED);
    };
    adding_only_caller_callee_candidates_gives_a_connection =
        "Adding only caller -> callee candidates gives a connection" => {
        let mut peers = negotiated_without_candidates();
        give_candidates(&mut peers, Who::Alice);
        connects(&mut peers);
        // Bob's address was learned from his checks.
        assert_eq!(selected_remote(&mut peers, Who::Alice), crate::common::BOB);
        assert!(!peers.pc1().remote_description().unwrap().sdp.contains("a=candidate:"));
    };
    adding_only_callee_caller_candidates_gives_a_connection =
        "Adding only callee -> caller candidates gives a connection" => {
        let mut peers = negotiated_without_candidates();
        give_candidates(&mut peers, Who::Bob);
        connects(&mut peers);
        assert_eq!(selected_remote(&mut peers, Who::Bob), crate::common::ALICE);
        assert!(!peers.pc2().remote_description().unwrap().sdp.contains("a=candidate:"));
    };
    adding_callee_caller_candidates_from_end_of_candidates_gives_a_connection =
        "Adding callee -> caller candidates from end-of-candidates gives a connection" => {
        let mut peers = negotiated_without_candidates();
        let is_end = |event: &Event| {
            matches!(event, Event::IceCandidate(candidate) if candidate.candidate.is_empty())
        };
        peers.pause_at(Who::Bob, is_end);
        give_candidates(&mut peers, Who::Bob);
        peers.resume(Who::Bob);
        connects(&mut peers);
        assert_eq!(selected_remote(&mut peers, Who::Bob), crate::common::ALICE);
        assert!(!peers.pc2().remote_description().unwrap().sdp.contains("a=candidate:"));
    };
    explicit_offer_answer_exchange_gives_a_connection =
        "Explicit offer/answer exchange gives a connection" => {
        let mut peers = Peers::new();
        let now = peers.now;
        let offer = data_channel_offer(peers.pc1());
        peers.pc1().set_local_description(now, Some(offer.clone())).unwrap();
        peers.pc2().set_remote_description(now, offer).unwrap();
        let answer = peers.pc2().create_answer().unwrap();
        peers.run_until(|peers| peers.pc1().ice_gathering_state() == IceGatheringState::Complete);
        peers.pc2().set_local_description(now, Some(answer.clone())).unwrap();
        give_candidates(&mut peers, Who::Alice);
        peers.run_until(|peers| peers.pc2().ice_gathering_state() == IceGatheringState::Complete);
        let now = peers.now;
        peers.pc1().set_remote_description(now, answer).unwrap();
        give_candidates(&mut peers, Who::Bob);
        connects(&mut peers);
        assert_eq!(selected_remote(&mut peers, Who::Alice), crate::common::BOB);
    };
    candidates_always_arrive_after_setlocaldescription_offer_resolves =
        "Candidates always arrive after setLocalDescription(offer) resolves" => {
        let mut pc = lone();
        let offer = data_channel_offer(&mut pc);
        assert!(candidates(&events(&mut pc)).is_empty());
        pc.set_local_description(START, Some(offer)).unwrap();
        assert!(!candidates(&events(&mut pc)).is_empty());
    };
    candidates_always_arrive_after_setlocaldescription_answer_resolves =
        "Candidates always arrive after setLocalDescription(answer) resolves" => {
        let (mut pc1, mut pc2) = (lone(), other());
        pc2.set_remote_description(START, data_channel_offer(&mut pc1)).unwrap();
        let answer = pc2.create_answer().unwrap();
        assert!(candidates(&events(&mut pc2)).is_empty());
        pc2.set_local_description(START, Some(answer)).unwrap();
        assert!(!candidates(&events(&mut pc2)).is_empty());
    };
}

/// Two that have exchanged descriptions in which there is no candidate.
fn negotiated_without_candidates() -> Peers {
    let mut peers = Peers::new();
    let now = peers.now;
    peers.pc1().create_data_channel("datachannel", in_band()).unwrap();
    let offer = peers.pc1().create_offer(OfferOptions::default()).unwrap();
    peers.pc1().set_local_description(now, Some(offer.clone())).unwrap();
    peers.pc2().set_remote_description(now, offer).unwrap();
    peers.exchange_answer(Who::Alice);
    peers
}

/// Hands all candidates of one side to the other, but not that they have ended.
fn give_candidates(peers: &mut Peers, of: Who) {
    peers.carry();
    let now = peers.now;
    let candidates = candidates(&peers.peer(of).history);
    assert!(!candidates.is_empty());
    for candidate in candidates {
        peers.pc(of.other()).add_ice_candidate(now, &candidate).unwrap();
    }
}

fn candidates(events: &[Event]) -> Vec<IceCandidate> {
    let candidate = |event: &Event| match event {
        Event::IceCandidate(candidate) if !candidate.candidate.is_empty() => {
            Some(candidate.clone())
        }
        _ => None,
    };
    events.iter().filter_map(candidate).collect()
}

fn connects(peers: &mut Peers) {
    let is_up = |pc: &PeerConnection| {
        matches!(
            pc.ice_connection_state(),
            IceConnectionState::Connected | IceConnectionState::Completed
        )
    };
    peers.run_until(|peers| is_up(peers.pc1()) && is_up(peers.pc2()));
    for who in [Who::Alice, Who::Bob] {
        assert_eq!(ice_states(peers, who)[..3], CONNECTED);
    }
}

fn ice_states(peers: &Peers, who: Who) -> Vec<IceConnectionState> {
    let peer = if who == Who::Alice { &peers.alice } else { &peers.bob };
    let changes = peer.history.iter().filter_map(|event| match event {
        Event::IceConnectionStateChange(state) => Some(*state),
        _ => None,
    });
    [IceConnectionState::New].into_iter().chain(changes).collect()
}

fn selected_remote(peers: &mut Peers, who: Who) -> String {
    peers.pc(who).selected_path().unwrap().remote.to_string()
}

const CONNECTED: [IceConnectionState; 3] =
    [IceConnectionState::New, IceConnectionState::Checking, IceConnectionState::Connected];
