//! What a connection is made with, and what it is like before anything has happened.

use rtc_peer::{
    Configuration, ConnectionState, IceConnectionState, IceGatheringState, SignalingState,
};

use crate::peers::{configured, lone};
use crate::record::{NO_TYPES, subtests};

subtests! {
    "RTCPeerConnection-constructor.html", A2;

    new_rtcpeerconnection = "new RTCPeerConnection({})" => drop(configured(Configuration::default(), 7));
    new_rtcpeerconnection_certificates = "new RTCPeerConnection({ certificates: [] })" => {
        let mut configuration = Configuration::default();
        configuration.certificates = Vec::new();
        drop(configured(configuration, 7));
    };
    localdescription_initial_value = "localDescription initial value" => assert_eq!(lone().local_description(), None);
    currentlocaldescription_initial_value = "currentLocalDescription initial value" => assert_eq!(lone().current_local_description(), None);
    pendinglocaldescription_initial_value = "pendingLocalDescription initial value" => assert_eq!(lone().pending_local_description(), None);
    remotedescription_initial_value = "remoteDescription initial value" => assert_eq!(lone().remote_description(), None);
    currentremotedescription_initial_value = "currentRemoteDescription initial value" => assert_eq!(lone().current_remote_description(), None);
    pendingremotedescription_initial_value = "pendingRemoteDescription initial value" => assert_eq!(lone().pending_remote_description(), None);
    signalingstate_initial_value = "signalingState initial value" => assert_eq!(lone().signaling_state(), SignalingState::Stable);
    icegatheringstate_initial_value = "iceGatheringState initial value" => assert_eq!(lone().ice_gathering_state(), IceGatheringState::New);
    iceconnectionstate_initial_value = "iceConnectionState initial value" => assert_eq!(lone().ice_connection_state(), IceConnectionState::New);
    connectionstate_initial_value = "connectionState initial value" => assert_eq!(lone().connection_state(), ConnectionState::New);
    cantrickleicecandidates_initial_value = "canTrickleIceCandidates initial value" => assert_eq!(lone().can_trickle_ice_candidates(), None);

    [not applicable: NO_TYPES]
        "RTCPeerConnection.length",
        "new RTCPeerConnection()",
        "new RTCPeerConnection(null)",
        "new RTCPeerConnection(undefined)",
        "new RTCPeerConnection({ certificates: null })",
        "new RTCPeerConnection({ certificates: undefined })",
        "new RTCPeerConnection({ certificates: [null] })",
        "new RTCPeerConnection({ certificates: [undefined] })",
        "new RTCPeerConnection({ iceCandidatePoolSize: toNumberThrows })";
}
