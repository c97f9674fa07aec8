//! `connectionState`: what comes of the states of all transports.

use std::time::Duration;

use rtc_peer::{ConnectionState, IceConnectionState, MediaKind};

use crate::media::add_track;
use crate::peers::{Peers, Who, lone};
use crate::record::subtests;
use crate::states::{
    connection_states, listen_to_connected, listen_to_ice_connected, transport, with_a_channel,
};

subtests! {
    "RTCPeerConnection-connectionState.https.html", B;

    initial_connectionstate_should_be_new =
        "Initial connectionState should be new" => assert_eq!(lone().connection_state(), ConnectionState::New);
    closing_the_connection_should_set_connectionstate_to_closed =
        "Closing the connection should set connectionState to closed" => {
        let mut pc = lone();
        pc.close();
        assert_eq!(pc.connection_state(), ConnectionState::Closed);
    };
    connection_with_one_data_channel_should_eventually_have_connected_connection_state =
        "connection with one data channel should eventually have connected connection state" => {
        let mut peers = with_a_channel();
        listen_to_connected(&mut peers, Who::Alice);
        let states = connection_states(&mut peers, Who::Alice);
        assert_eq!(states, [ConnectionState::Connecting, ConnectionState::Connected]);
    };
    connection_with_one_data_channel_should_eventually_have_transports_in_connected_state =
        "connection with one data channel should eventually have transports in connected state" => {
        let mut peers = with_a_channel();
        listen_to_connected(&mut peers, Who::Alice);
        let transport = transport(&mut peers, Who::Alice);
        assert_eq!(transport.dtls_state, rtc_dtls::State::Connected);
        assert!(matches!(transport.ice_state, rtc_ice::State::Connected | rtc_ice::State::Completed));
    };
    connectionstate_remains_new_when_not_adding_remote_ice_candidates =
        "connectionState remains new when not adding remote ice candidates" => {
        let mut peers = Peers::new();
        add_track(peers.pc1(), MediaKind::Audio);
        peers.exchange_bare();
        peers.run_for(Duration::from_secs(1));
        assert_eq!(peers.pc1().ice_connection_state(), IceConnectionState::New);
        assert_eq!(peers.pc2().ice_connection_state(), IceConnectionState::New);
    };
    connectionstate_transitions_to_connected_via_connecting =
        "connectionState transitions to connected via connecting" => {
        let mut peers = Peers::new();
        add_track(peers.pc1(), MediaKind::Audio);
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        listen_to_connected(&mut peers, Who::Alice);
        let states = connection_states(&mut peers, Who::Alice);
        assert_eq!(states, [ConnectionState::Connecting, ConnectionState::Connected]);
    };
    closing_a_peerconnection_should_not_fire_connectionstatechange_event =
        "Closing a PeerConnection should not fire connectionstatechange event" => {
        let mut peers = Peers::new();
        add_track(peers.pc1(), MediaKind::Audio);
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        listen_to_ice_connected(&mut peers, Who::Bob);
        let before = connection_states(&mut peers, Who::Bob);
        peers.pc2().close();
        assert_eq!(peers.pc2().connection_state(), ConnectionState::Closed);
        peers.run_for(Duration::from_millis(100));
        assert_eq!(connection_states(&mut peers, Who::Bob), before);
    };

    [not applicable: "all transports share the sockets here: two of us that do not bundle have one path for all, on which their handshakes are not told apart"]
        "when adding a datachannel to an existing unbundled connected PC, it should go through a connecting state";
}
