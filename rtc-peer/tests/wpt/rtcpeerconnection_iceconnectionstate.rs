//! `iceConnectionState`: what comes of the states of all ICE transports.

use std::time::Duration;

use rtc_peer::{
    BundlePolicy, Configuration, Event, IceConnectionState, MediaKind, TransceiverDirection,
};

use crate::media::{add_receiving, add_track, current, ids, track};
use crate::peers::{Peers, Who, in_band, lone};
use crate::record::subtests;
use crate::states::{ice_states, listen_to_ice_connected, transport, with_a_channel};

subtests! {
    "RTCPeerConnection-iceConnectionState.https.html", B;

    initial_iceconnectionstate_should_be_new =
        "Initial iceConnectionState should be new" => assert_eq!(lone().ice_connection_state(), IceConnectionState::New);
    closing_the_connection_should_set_iceconnectionstate_to_closed =
        "Closing the connection should set iceConnectionState to closed" => {
        let mut pc = lone();
        pc.close();
        assert_eq!(pc.ice_connection_state(), IceConnectionState::Closed);
    };
    connection_with_one_data_channel_should_eventually_have_connected_or_completed_connection_state =
        "connection with one data channel should eventually have connected or completed connection state" => {
        let mut peers = with_a_channel();
        listen_to_ice_connected(&mut peers, Who::Alice);
        assert_eq!(ice_states(&mut peers, Who::Alice)[0], IceConnectionState::Checking);
    };
    connection_with_one_data_channel_should_eventually_have_connected_connection_state =
        "connection with one data channel should eventually have connected connection state" => {
        let mut peers = with_a_channel();
        for state in [IceConnectionState::Checking, IceConnectionState::Connected] {
            peers.run_until(|peers| ice_states(peers, Who::Alice).contains(&state));
            assert_eq!(peers.pc1().ice_connection_state(), state);
            assert_eq!(transport(&mut peers, Who::Alice).ice_state.as_str(), state.as_str());
        }
    };
    connection_with_audio_track_should_eventually_have_connected_connection_state =
        "connection with audio track should eventually have connected connection state" => connects(&[MediaKind::Audio]);
    connection_with_audio_and_video_tracks_should_eventually_have_connected_connection_state =
        "connection with audio and video tracks should eventually have connected connection state" => connects(&[MediaKind::Audio, MediaKind::Video]);
    ice_can_connect_in_a_recvonly_usecase =
        "ICE can connect in a recvonly usecase" => {
        let mut peers = Peers::new();
        add_receiving(peers.pc1(), MediaKind::Audio);
        add_track(peers.pc2(), MediaKind::Audio);
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        let [id] = ids(peers.pc1())[..] else { panic!("not one transceiver") };
        assert_eq!(current(peers.pc1(), id), Some(TransceiverDirection::RecvOnly));
        listen_to_ice_connected(&mut peers, Who::Alice);
    };
    iceconnectionstate_changes_at_the_right_time_with_bundle_policy_balanced =
        "iceConnectionState changes at the right time, with bundle policy balanced" => bundled(BundlePolicy::Balanced);
    iceconnectionstate_changes_at_the_right_time_with_bundle_policy_max_bundle =
        "iceConnectionState changes at the right time, with bundle policy max-bundle" => bundled(BundlePolicy::MaxBundle);
    iceconnectionstate_changes_at_the_right_time_with_bundle_policy_max_compat =
        "iceConnectionState changes at the right time, with bundle policy max-compat" => bundled(BundlePolicy::MaxCompat);
    responder_ice_connection_state_behaves_as_expected =
        "Responder ICE connection state behaves as expected" => {
        use IceConnectionState::{Checking, Completed, Connected};
        let mut peers = Peers::new();
        for (kind, name, stream) in [
            (MediaKind::Audio, "a1", "local"),
            (MediaKind::Video, "v1", "local"),
            (MediaKind::Audio, "a2", "local2"),
            (MediaKind::Video, "v2", "local2"),
        ] {
            peers.pc1().add_track(track(kind, name), &[stream]).unwrap();
        }
        peers.pc2().add_track(track(MediaKind::Audio, "a3"), &["remote"]).unwrap();
        peers.pc2().add_track(track(MediaKind::Video, "v3"), &["remote"]).unwrap();
        peers.carry_candidates_of(Who::Alice);
        peers.exchange_bare();
        peers.carry();
        peers.carry_candidates_of(Who::Bob);
        listen_to_ice_connected(&mut peers, Who::Alice);
        listen_to_ice_connected(&mut peers, Who::Bob);
        let states = ice_states(&mut peers, Who::Alice);
        assert!([Checking, Connected, Completed].starts_with(&states) && states.len() > 1, "{states:?}");
        assert_eq!(ice_states(&mut peers, Who::Bob), [Checking, Connected]);
    };
    closing_a_peerconnection_should_not_fire_iceconnectionstatechange_event =
        "Closing a PeerConnection should not fire iceconnectionstatechange event" => {
        let mut peers = Peers::new();
        add_track(peers.pc1(), MediaKind::Audio);
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        listen_to_ice_connected(&mut peers, Who::Bob);
        let before = ice_states(&mut peers, Who::Bob);
        peers.pc2().close();
        assert_eq!(peers.pc2().ice_connection_state(), IceConnectionState::Closed);
        peers.run_for(Duration::from_millis(100));
        assert_eq!(ice_states(&mut peers, Who::Bob), before);
    };
    iceconnectionstate_can_go_to_checking_without_explictly_calling_addicecandidate =
        "iceConnectionState can go to checking without explictly calling addIceCandidate" => {
        let mut peers = Peers::new();
        add_track(peers.pc1(), MediaKind::Audio);
        peers.carry_candidates_of(Who::Alice);
        peers.exchange_bare();
        listen_to_ice_connected(&mut peers, Who::Bob);
        assert_eq!(ice_states(&mut peers, Who::Alice)[0], IceConnectionState::Checking);
    };
    ice_restart_does_not_result_in_a_transition_back_to_checking =
        "ICE restart does not result in a transition back to checking" => {
        let mut peers = Peers::new();
        peers.exchange_ice_candidates();
        add_receiving(peers.pc1(), MediaKind::Audio);
        peers.exchange_offer_answer();
        peers.run_until(|peers| peers.pc1().ice_connection_state() == IceConnectionState::Completed);
        let before = ice_states(&mut peers, Who::Alice);
        peers.pc1().restart_ice();
        peers.wait_for(Who::Alice, |event| *event == Event::NegotiationNeeded);
        peers.exchange_offer_answer();
        peers.run_for(Duration::from_secs(1));
        // From `completed` a restart leads back to `connected`, as there are candidates to come.
        let after = ice_states(&mut peers, Who::Alice).split_off(before.len());
        assert!(!after.contains(&IceConnectionState::Checking), "{after:?}");
    };
}

fn connects(kinds: &[MediaKind]) {
    let mut peers = Peers::new();
    for kind in kinds {
        peers.pc1().add_track(track(*kind, kind.as_str()), &["stream"]).unwrap();
    }
    peers.exchange_ice_candidates();
    peers.exchange_offer_answer();
    listen_to_ice_connected(&mut peers, Who::Alice);
}

fn bundled(policy: BundlePolicy) {
    let mut configuration = Configuration::default();
    configuration.bundle_policy = policy;
    let mut peers = Peers::with(configuration, Configuration::default());
    for kind in [MediaKind::Audio, MediaKind::Video] {
        peers.pc1().add_track(track(kind, kind.as_str()), &[]).unwrap();
    }
    peers.pc1().create_data_channel("datachannel", in_band()).unwrap();
    peers.exchange_ice_candidates();
    peers.exchange_offer_answer();
    // There is one transport, which gets there.
    peers.run_until(|peers| transport(peers, Who::Alice).ice_state == rtc_ice::State::Connected);
    assert_eq!(peers.pc1().ice_connection_state(), IceConnectionState::Connected);
}
