//! `RTCIceTransport`, as statistics, events and the selected path show it.

use std::time::Duration;

use rtc_ice::{CandidateKind, Role, State};
use rtc_peer::{
    BundlePolicy, Configuration, Event, IceCandidate, IceConnectionState, IceGatheringState,
    MediaKind, StatsId,
};

use crate::media::add;
use crate::peers::{Peers, START, Who, in_band};
use crate::record::subtests;
use crate::states::{
    gathering_states, ice_states, listen_to_connected, transport, wait_for_ice_state,
};

subtests! {
    "RTCIceTransport.html", A2;

    two_connected_icetransports_should_have_matching_local_remote_candidates_returned =
        "Two connected iceTransports should have matching local/remote candidates returned" => {
        let mut peers = Peers::new();
        peers.data_channel_pair(&in_band());
        let now = peers.now;
        let reports = [Who::Alice, Who::Bob].map(|who| peers.pc(who).stats(now));
        for (own, other) in [(&reports[0], &reports[1]), (&reports[1], &reports[0])] {
            let addresses = |candidates: &[rtc_peer::CandidateStats]| {
                candidates.iter().map(|it| (it.address.clone(), it.port)).collect::<Vec<_>>()
            };
            assert!(!own.local_candidates.is_empty());
            assert_eq!(addresses(&own.local_candidates), addresses(&other.remote_candidates));
        }
        let paths = [Who::Alice, Who::Bob].map(|who| peers.pc(who).selected_path().unwrap());
        assert_eq!((paths[0].local, paths[0].remote), (paths[1].remote, paths[1].local));
        for (who, role) in [(Who::Alice, Role::Controlling), (Who::Bob, Role::Controlled)] {
            let transport = transport(&mut peers, who);
            assert_eq!(transport.ice_role, Some(role));
            assert!(matches!(transport.ice_state, State::Connected | State::Completed));
            assert!(transport.selected_candidate_pair_id.is_some());
            assert!(!transport.ice_local_username_fragment.is_empty());
        }
    };
    unconnected_icetransport_should_have_empty_remote_candidates_and_selected_pair =
        "Unconnected iceTransport should have empty remote candidates and selected pair" => {
        let mut peers = Peers::new();
        peers.pc1().create_data_channel("", in_band()).unwrap();
        peers.exchange_bare();
        let report = peers.pc1().stats(START);
        assert_eq!(report.remote_candidates, []);
        assert_eq!(peers.pc1().selected_path(), None);
    };
    rtcicetransport_should_transition_to_gathering_then_complete_after_sld =
        "RTCIceTransport should transition to \"gathering\" then \"complete\", after sLD" => {
        let mut peers = Peers::new();
        add(peers.pc1(), MediaKind::Audio);
        peers.pc1().set_local_description(START, None).unwrap();
        assert_eq!(gathering_states(&mut peers, Who::Alice), GATHERED);
    };
    pc_close_should_not_cause_the_rtcicetransport_gathering_state_to_transition_to_complete =
        "PC.close() should not cause the RTCIceTransport gathering state to transition to \"complete\"" => {
        let mut peers = Peers::new();
        add(peers.pc1(), MediaKind::Audio);
        peers.pc1().set_local_description(START, None).unwrap();
        peers.pause_at(Who::Alice, |event| matches!(event, Event::IceGatheringStateChange(_)));
        peers.pc1().close();
        peers.resume(Who::Alice);
        peers.run_for(Duration::from_secs(1));
        assert_eq!(gathering_states(&mut peers, Who::Alice), [IceGatheringState::Gathering]);
    };
    rtcicetransport_should_transition_to_gathering_then_complete_after_sld_datachannel_case =
        "RTCIceTransport should transition to \"gathering\", then \"complete\" after sLD (DataChannel case)" => {
        let mut configuration = Configuration::default();
        configuration.bundle_policy = BundlePolicy::MaxBundle;
        let mut peers = Peers::with(configuration, Configuration::default());
        peers.pc1().create_data_channel("test", in_band()).unwrap();
        add(peers.pc1(), MediaKind::Audio);
        peers.exchange_offer(Who::Alice);
        assert_eq!(gathering_states(&mut peers, Who::Alice), GATHERED);
        peers.exchange_answer(Who::Alice);
        transport(&mut peers, Who::Alice);
    };
    rtcicetransport_should_not_transition_to_checking_until_after_the_answer_is_set_and_the_first_remote_candidate_is_received =
        "RTCIceTransport should not transition to \"checking\" until after the answer is set _and_ the first remote candidate is received" => {
        let mut peers = Peers::new();
        add(peers.pc1(), MediaKind::Audio);
        let offer = peers.pc1().create_offer(Default::default()).unwrap();
        peers.pc1().set_local_description(START, Some(offer.clone())).unwrap();
        peers.run_for(Duration::from_secs(1));
        assert_eq!(ice_states(&mut peers, Who::Alice), []);
        let now = peers.now;
        peers.pc2().set_remote_description(now, offer).unwrap();
        peers.exchange_answer(Who::Alice);
        peers.run_for(Duration::from_secs(1));
        assert_eq!(ice_states(&mut peers, Who::Alice), []);
        let candidate = first_candidate(&mut peers, Who::Bob);
        let now = peers.now;
        peers.pc1().add_ice_candidate(now, &candidate).unwrap();
        wait_for_ice_state(&mut peers, Who::Alice, &[IceConnectionState::Checking]);
    };
    rtcicetransport_should_transition_to_disconnected_if_packets_stop_flowing =
        "RTCIceTransport should transition to \"disconnected\" if packets stop flowing" => packets_stop_flowing(with_audio());
    rtcicetransport_should_transition_to_disconnected_if_packets_stop_flowing_datachannel_case =
        "RTCIceTransport should transition to \"disconnected\" if packets stop flowing (DataChannel case)" => packets_stop_flowing(with_data());
    local_ice_restart_should_not_result_in_a_different_ice_transport =
        "Local ICE restart should not result in a different ICE transport" => restart_keeps_the_transport(with_audio(), Who::Alice);
    local_ice_restart_should_not_result_in_a_different_ice_transport_datachannel_case =
        "Local ICE restart should not result in a different ICE transport (DataChannel case)" => restart_keeps_the_transport(with_data(), Who::Alice);
    remote_ice_restart_should_not_result_in_a_different_ice_transport =
        "Remote ICE restart should not result in a different ICE transport" => restart_keeps_the_transport(with_audio(), Who::Bob);
    remote_ice_restart_should_not_result_in_a_different_ice_transport_datachannel_case =
        "Remote ICE restart should not result in a different ICE transport (DataChannel case)" => restart_keeps_the_transport(with_data(), Who::Bob);
    rtcicetransport_should_synchronously_transition_to_closed_with_no_event_if_the_underlying_transport_is_closed_due_to_pc_close =
        "RTCIceTransport should synchronously transition to \"closed\" with no event if the underlying transport is closed due to PC.close()" => {
        let mut peers = with_audio();
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        wait_for_ice_state(&mut peers, Who::Alice, &[IceConnectionState::Connected]);
        let before = (ice_states(&mut peers, Who::Alice), transport(&mut peers, Who::Alice).id);
        peers.pc1().close();
        let transport = transport(&mut peers, Who::Alice);
        assert_eq!(transport.ice_state, State::Closed);
        peers.run_for(Duration::from_secs(1));
        assert_eq!((ice_states(&mut peers, Who::Alice), transport.id), before);
    };
    rtcicetransport_does_not_expose_remote_peer_reflexive_candidates =
        "RTCIceTransport does not expose remote peer-reflexive candidates." => {
        let mut peers = with_audio();
        peers.carry_candidates_of(Who::Alice);
        peers.exchange_bare();
        listen_to_connected(&mut peers, Who::Alice);
        let now = peers.now;
        for candidate in peers.pc1().stats(now).remote_candidates {
            assert_eq!((candidate.candidate_type, candidate.address), (CandidateKind::PeerReflexive, None));
        }
    };

    [not applicable: "candidates of our own addresses are known when the description has been set"]
        "RTCIceTransport should be in state \"new\" initially";
    [not applicable: "there is no object of a transport to look at when it is gone"]
        "RTCIceTransport should transition to \"closed\" if the underlying transport is closed because the answer used bundle";
}

const GATHERED: [IceGatheringState; 2] =
    [IceGatheringState::Gathering, IceGatheringState::Complete];

fn with_audio() -> Peers {
    let mut peers = Peers::new();
    add(peers.pc1(), MediaKind::Audio);
    peers
}

fn with_data() -> Peers {
    let mut peers = Peers::new();
    peers.pc1().create_data_channel("test", in_band()).unwrap();
    peers
}

fn first_candidate(peers: &mut Peers, who: Who) -> IceCandidate {
    match peers.wait_for(who, |event| matches!(event, Event::IceCandidate(_))) {
        Event::IceCandidate(candidate) => candidate,
        event => panic!("{event:?}"),
    }
}

fn packets_stop_flowing(mut peers: Peers) {
    use IceConnectionState::{Checking, Connected, Disconnected};
    peers.exchange_ice_candidates();
    peers.exchange_offer_answer();
    peers.run_until(|peers| ice_states(peers, Who::Alice).len() >= 2);
    assert_eq!(ice_states(&mut peers, Who::Alice)[..2], [Checking, Connected]);
    peers.pc2().close();
    wait_for_ice_state(&mut peers, Who::Alice, &[Disconnected]);
    assert_eq!(transport(&mut peers, Who::Alice).ice_state, State::Disconnected);
}

fn restart_keeps_the_transport(mut peers: Peers, restarter: Who) {
    peers.exchange_offer_answer();
    let id: StatsId = transport(&mut peers, Who::Alice).id;
    let ufrag = transport(&mut peers, Who::Alice).ice_local_username_fragment;
    peers.pc(restarter).restart_ice();
    peers.exchange_offer(restarter);
    peers.exchange_answer(restarter);
    let after = transport(&mut peers, Who::Alice);
    assert_eq!(after.id, id);
    assert_ne!(after.ice_local_username_fragment, ufrag);
}
