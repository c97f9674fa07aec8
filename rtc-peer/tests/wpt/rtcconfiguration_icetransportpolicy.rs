//! Which candidates may be used, and what it takes to change that.

use rtc_peer::{
    Configuration, DataChannelInit, Event, IceConnectionState, IceGatheringState,
    IceTransportPolicy, PeerConnection,
};

use crate::peers::{Peers, START, Who, configured, lone};
use crate::record::{NO_TYPES, subtests};

subtests! {
    "RTCConfiguration-iceTransportPolicy.html", A2;

    new_rtcpeerconnection_should_have_default_icetransportpolicy_all =
        "new RTCPeerConnection() should have default iceTransportPolicy all" => is(&lone(), "all");
    new_with_all_should_succeed =
        "new RTCPeerConnection({ iceTransportPolicy: 'all' }) should succeed" => is(&configured(all(), 7), "all");
    new_with_relay_should_succeed =
        "new RTCPeerConnection({ iceTransportPolicy: 'relay' }) should succeed" => is(&configured(relay(), 7), "relay");
    setconfiguration_relay_with_initial_all_should_succeed =
        "setConfiguration({ iceTransportPolicy: 'relay' }) with initial iceTransportPolicy all should succeed" => becomes(all(), relay(), "relay");
    setconfiguration_all_with_initial_relay_should_succeed =
        "setConfiguration({ iceTransportPolicy: 'all' }) with initial iceTransportPolicy relay should succeed" => becomes(relay(), all(), "all");
    setconfiguration_with_initial_relay_should_set_new_value_to_all =
        "setConfiguration({}) with initial iceTransportPolicy relay should set new value to all" => becomes(relay(), Configuration::default(), "all");
    icetransportpolicy_relay_on_offerer_should_prevent_candidate_gathering =
        "iceTransportPolicy \"relay\" on offerer should prevent candidate gathering" => prevents_gathering(relay(), all(), Who::Alice);
    icetransportpolicy_relay_on_answerer_should_prevent_candidate_gathering =
        "iceTransportPolicy \"relay\" on answerer should prevent candidate gathering" => prevents_gathering(all(), relay(), Who::Bob);
    changing_from_all_to_relay_causes_an_ice_restart_which_should_fail =
        "Changing iceTransportPolicy from \"all\" to \"relay\" causes an ICE restart which should fail, with no new candidates" => {
        let mut peers = connected();
        let before = ufrags(&mut peers);
        let candidates = candidates(&peers, Who::Alice);
        set_policy(peers.pc1(), IceTransportPolicy::Relay);
        peers.exchange_offer_answer();
        let after = ufrags(&mut peers);
        assert!(before[0] != after[0] && before[1] != after[1]);
        peers.run_until(|peers| peers.pc1().ice_connection_state() == IceConnectionState::Failed);
        assert_eq!(self::candidates(&peers, Who::Alice), candidates);
    };
    changing_from_relay_to_all_causes_an_ice_restart_which_should_succeed =
        "Changing iceTransportPolicy from \"relay\" to \"all\" causes an ICE restart which should succeed" => {
        let mut peers = exchanged(relay(), all());
        let before = ufrags(&mut peers);
        peers.run_until(|peers| peers.pc1().ice_connection_state() == IceConnectionState::Failed);
        assert_eq!(candidates(&peers, Who::Alice), 0);
        set_policy(peers.pc1(), IceTransportPolicy::All);
        peers.exchange_offer_answer();
        let after = ufrags(&mut peers);
        assert!(before[0] != after[0] && before[1] != after[1]);
        peers.run_until(are_connected);
        assert!(candidates(&peers, Who::Alice) > 0);
    };
    changing_from_all_to_relay_and_back_to_all_prompts_an_ice_restart =
        "Changing iceTransportPolicy from \"all\" to \"relay\", and back to \"all\" prompts an ICE restart" => {
        let mut peers = connected();
        let before = ufrags(&mut peers);
        let candidates = candidates(&peers, Who::Alice);
        set_policy(peers.pc1(), IceTransportPolicy::Relay);
        set_policy(peers.pc1(), IceTransportPolicy::All);
        peers.exchange_offer_answer();
        let after = ufrags(&mut peers);
        assert!(before[0] != after[0] && before[1] != after[1]);
        peers.run_until(|peers| self::candidates(peers, Who::Alice) > candidates);
        peers.run_until(are_connected);
        // And no further one.
        peers.exchange_offer_answer();
        assert_eq!(ufrags(&mut peers), after);
    };
    changing_from_all_to_relay_on_the_answerer_has_no_effect_on_a_subsequent_offer_answer =
        "Changing iceTransportPolicy from \"all\" to \"relay\" on the answerer has no effect on a subsequent offer/answer" => {
        let mut peers = connected();
        let before = ufrags(&mut peers);
        set_policy(peers.pc2(), IceTransportPolicy::Relay);
        peers.exchange_offer_answer();
        assert_eq!(ufrags(&mut peers), before);
        peers.run_for(core::time::Duration::from_secs(5));
        assert!(are_connected(&mut peers));
    };

    [not applicable: NO_TYPES]
        "new RTCPeerConnection({ iceTransportPolicy: undefined }) should have default iceTransportPolicy all",
        "new RTCPeerConnection(config) - with invalid iceTransportPolicy should throw TypeError",
        "setConfiguration(config) - with invalid iceTransportPolicy should throw TypeError",
        "new RTCPeerConnection(config) - with none iceTransportPolicy should throw TypeError",
        "setConfiguration(config) - with none iceTransportPolicy should throw TypeError",
        "new RTCPeerConnection(config) - with null iceTransportPolicy should throw TypeError",
        "setConfiguration(config) - with null iceTransportPolicy should throw TypeError",
        "new RTCPeerConnection({ iceTransports: 'relay' }) should have no effect",
        "new RTCPeerConnection({ iceTransports: 'invalid' }) should have no effect",
        "new RTCPeerConnection({ iceTransports: null }) should have no effect";
}

fn all() -> Configuration {
    let mut configuration = Configuration::default();
    configuration.ice_transport_policy = IceTransportPolicy::All;
    configuration
}

fn relay() -> Configuration {
    let mut configuration = Configuration::default();
    configuration.ice_transport_policy = IceTransportPolicy::Relay;
    configuration
}

#[track_caller]
fn is(pc: &PeerConnection, policy: &str) {
    assert_eq!(pc.configuration().ice_transport_policy.as_str(), policy);
}

#[track_caller]
fn becomes(from: Configuration, to: Configuration, policy: &str) {
    let mut pc = configured(from, 7);
    pc.set_configuration(START, to).unwrap();
    is(&pc, policy);
}

/// `setConfiguration({ iceTransportPolicy: .. })`, all else being as it was.
#[track_caller]
fn set_policy(pc: &mut PeerConnection, policy: IceTransportPolicy) {
    let mut configuration = pc.configuration().clone();
    configuration.ice_transport_policy = policy;
    pc.set_configuration(START, configuration).unwrap();
}

/// An offer with a channel and its answer, and candidates as they come.
fn exchanged(alice: Configuration, bob: Configuration) -> Peers {
    let mut peers = Peers::with(alice, bob);
    peers.pc1().create_data_channel("", DataChannelInit::default()).unwrap();
    peers.exchange_ice_candidates();
    peers.exchange_offer_answer();
    peers
}

fn connected() -> Peers {
    let mut peers = exchanged(all(), all());
    peers.run_until(are_connected);
    peers
}

fn are_connected(peers: &mut Peers) -> bool {
    [Who::Alice, Who::Bob].into_iter().all(|who| {
        let state = peers.pc(who).ice_connection_state();
        [IceConnectionState::Connected, IceConnectionState::Completed].contains(&state)
    })
}

#[track_caller]
fn prevents_gathering(alice: Configuration, bob: Configuration, who: Who) {
    let mut peers = exchanged(alice, bob);
    peers.run_until(|peers| peers.pc(who).ice_gathering_state() == IceGatheringState::Complete);
    assert_eq!(candidates(&peers, who), 0);
    assert!(!peers.pc(who).local_description().unwrap().sdp.contains("a=candidate:"));
}

/// How many candidates a side has said, the end of them aside.
fn candidates(peers: &Peers, who: Who) -> usize {
    let peer = if who == Who::Alice { &peers.alice } else { &peers.bob };
    let is_candidate = |event: &&Event| matches!(event, Event::IceCandidate(candidate) if !candidate.candidate.is_empty());
    peer.history.iter().filter(is_candidate).count()
}

fn ufrags(peers: &mut Peers) -> [String; 2] {
    [Who::Alice, Who::Bob].map(|who| {
        let sdp = peers.pc(who).local_description().unwrap().sdp;
        sdp.lines().find(|line| line.starts_with("a=ice-ufrag:")).unwrap().to_owned()
    })
}
