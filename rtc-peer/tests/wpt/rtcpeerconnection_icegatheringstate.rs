//! `iceGatheringState`, and the events of gathering.

use std::time::Duration;

use rtc_peer::{Event, IceGatheringState, MediaKind, OfferOptions};

use crate::media::{add_receiving, audio_offer, ids, stop};
use crate::peers::{Peers, START, Who, events, in_band, lone, offer};
use crate::record::subtests;
use crate::states::gathering_states;

subtests! {
    "RTCPeerConnection-iceGatheringState.html", A2;

    initial_icegatheringstate_should_be_new =
        "Initial iceGatheringState should be new" => assert_eq!(lone().ice_gathering_state(), IceGatheringState::New);
    icegatheringstate_should_eventually_become_complete_after_setlocaldescription =
        "iceGatheringState should eventually become complete after setLocalDescription" => {
        let mut peers = Peers::new();
        let offer = audio_offer(peers.pc1());
        assert_eq!(gathering_states(&mut peers, Who::Alice), []);
        peers.pc1().set_local_description(START, Some(offer)).unwrap();
        peers.run_until(|peers| gathering_states(peers, Who::Alice).len() == 2);
        assert_eq!(gathering_states(&mut peers, Who::Alice), GATHERED);
    };
    setlocaldescription_reoffer_with_no_new_transports_should_not_cause_icegatheringstate_to_change =
        "setLocalDescription(reoffer) with no new transports should not cause iceGatheringState to change" => {
        let mut peers = gathered();
        let now = peers.now;
        for who in [Who::Alice, Who::Bob] {
            let offer = offer(peers.pc(who));
            peers.pc(who).set_local_description(now, Some(offer)).unwrap();
        }
        peers.run_for(Duration::from_millis(500));
        assert_eq!(gathering_states(&mut peers, Who::Alice), GATHERED);
        assert_eq!(gathering_states(&mut peers, Who::Bob), GATHERED);
    };
    setlocaldescription_with_no_transports_should_not_cause_icegatheringstate_to_change =
        "setLocalDescription() with no transports should not cause iceGatheringState to change" => {
        let mut peers = Peers::new();
        let offer = offer(peers.pc1());
        peers.pc1().set_local_description(START, Some(offer)).unwrap();
        peers.run_for(Duration::from_millis(500));
        assert_eq!(gathering_states(&mut peers, Who::Alice), []);
        assert_eq!(peers.pc1().ice_gathering_state(), IceGatheringState::New);
    };
    local_description_should_have_a_end_of_candidates_when_gathering_completes =
        "local description should have a=end-of-candidates when gathering completes" => {
        let mut peers = Peers::new();
        add_receiving(peers.pc1(), MediaKind::Audio);
        peers.pc1().set_local_description(START, None).unwrap();
        peers.run_until(|peers| gathering_states(peers, Who::Alice) == GATHERED);
        assert!(peers.pc1().local_description().unwrap().sdp.contains("a=end-of-candidates"));
    };
    gathering_state_and_candidate_callbacks_should_fire_in_the_correct_order =
        "gathering state and candidate callbacks should fire in the correct order" => {
        // Gathering `Complete` is the global null candidate, too.
        let mut pc = lone();
        add_receiving(&mut pc, MediaKind::Audio);
        pc.set_local_description(START, None).unwrap();
        let events: Vec<_> = events(&mut pc)
            .into_iter()
            .filter_map(|event| match event {
                Event::IceGatheringStateChange(state) => Some(state.as_str()),
                Event::IceCandidate(end) if end.candidate.is_empty() => Some("empty candidate"),
                Event::IceCandidate(_) => Some("candidate"),
                _ => None,
            })
            .collect();
        assert_eq!(events.first(), Some(&"gathering"));
        assert!(events[1..events.len() - 2].iter().all(|event| *event == "candidate"));
        assert_eq!(events[events.len() - 2..], ["empty candidate", "complete"]);
    };
    setlocaldescription_reoffer_with_a_restarted_transport_should_cause_icegatheringstate_to_go_to_gathering_and_then_complete =
        "setLocalDescription(reoffer) with a restarted transport should cause iceGatheringState to go to \"gathering\" and then \"complete\"" => {
        let mut peers = gathered();
        restart(&mut peers);
    };
    setlocaldescription_reoffer_with_two_restarted_transports_should_cause_icegatheringstate_to_go_to_gathering_and_then_complete =
        "setLocalDescription(reoffer) with two restarted transports should cause iceGatheringState to go to \"gathering\" and then \"complete\"" => {
        let mut peers = Peers::new();
        add_receiving(peers.pc1(), MediaKind::Audio);
        add_receiving(peers.pc1(), MediaKind::Video);
        peers.exchange_ice_candidates();
        peers.pc1().set_local_description(START, None).unwrap();
        let mut munged = peers.pc1().local_description().unwrap();
        munged.sdp = munged.sdp.replace("BUNDLE", "BUNGLE");
        peers.pc2().set_remote_description(START, munged).unwrap();
        peers.pc2().set_local_description(START, None).unwrap();
        let answer = peers.pc2().local_description().unwrap();
        peers.pc1().set_remote_description(START, answer).unwrap();
        peers.run_until(|peers| gathering_states(peers, Who::Alice) == GATHERED && gathering_states(peers, Who::Bob) == GATHERED);
        restart(&mut peers);
    };
    srd_does_not_cause_ice_gathering_state_changes =
        "sRD does not cause ICE gathering state changes" => {
        let mut peers = Peers::new();
        let offer = audio_offer(peers.pc1());
        for description in [offer.clone(), offer.clone(), rtc_peer::Description::rollback(), offer] {
            peers.pc2().set_remote_description(START, description).unwrap();
        }
        assert_eq!(gathering_states(&mut peers, Who::Bob), []);
        assert_eq!(peers.pc2().ice_gathering_state(), IceGatheringState::New);
    };
    renegotiation_that_closes_all_transports_should_result_in_ice_gathering_state_new =
        "renegotiation that closes all transports should result in ICE gathering state \"new\"" => {
        let mut peers = gathered();
        let id = ids(peers.pc1())[0];
        stop(peers.pc1(), id);
        peers.exchange_offer(Who::Alice);
        let now = peers.now;
        peers.pc2().set_local_description(now, None).unwrap();
        assert_eq!(peers.pc2().transceivers().count(), 0);
        assert_eq!(peers.pc2().ice_gathering_state(), IceGatheringState::New);
        let answer = peers.pc2().local_description().unwrap();
        peers.pc1().set_remote_description(now, answer).unwrap();
        assert_eq!(peers.pc1().transceivers().count(), 0);
        assert_eq!(peers.pc1().ice_gathering_state(), IceGatheringState::New);
        for who in [Who::Alice, Who::Bob] {
            assert_eq!(gathering_states(&mut peers, who).last(), Some(&IceGatheringState::New));
        }
    };
    connection_with_one_data_channel_should_eventually_have_connected_connection_state =
        "connection with one data channel should eventually have connected connection state" => {
        let mut peers = Peers::new();
        peers.pc1().create_data_channel("test", in_band()).unwrap();
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        peers.run_until(|peers| gathering_states(peers, Who::Bob).contains(&IceGatheringState::Complete));
        assert_eq!(gathering_states(&mut peers, Who::Bob), GATHERED);
    };
}

const GATHERED: [IceGatheringState; 2] =
    [IceGatheringState::Gathering, IceGatheringState::Complete];

/// `initialOfferAnswerWithIceGatheringStateTransitions`, of audio to receive.
fn gathered() -> Peers {
    let mut peers = Peers::new();
    add_receiving(peers.pc1(), MediaKind::Audio);
    peers.exchange_ice_candidates();
    peers.exchange_offer_answer();
    peers.run_until(|peers| {
        gathering_states(peers, Who::Alice) == GATHERED
            && gathering_states(peers, Who::Bob) == GATHERED
    });
    peers
}

/// An offer that restarts ICE gathers once more.
fn restart(peers: &mut Peers) {
    let now = peers.now;
    let offer = peers.pc1().create_offer(OfferOptions { ice_restart: true }).unwrap();
    peers.pc1().set_local_description(now, Some(offer)).unwrap();
    peers.run_until(|peers| gathering_states(peers, Who::Alice).len() == 4);
    assert_eq!(gathering_states(peers, Who::Alice)[2..], GATHERED);
}
