//! The size of the candidate pool, an octet.

use rtc_peer::Configuration;

use crate::config_test::{by_constructor, by_set_configuration};
use crate::record::{NO_TYPES, subtests};

subtests! {
    "RTCConfiguration-iceCandidatePoolSize.html", A1;

    initialize_a_new_rtcpeerconnection_with_icecandidatepoolsize_0 =
        "Initialize a new RTCPeerConnection with iceCandidatePoolSize: 0" => assert_eq!(by_constructor(with(0)).unwrap().configuration().ice_candidate_pool_size, 0);
    initialize_a_new_rtcpeerconnection_with_icecandidatepoolsize_255 =
        "Initialize a new RTCPeerConnection with iceCandidatePoolSize: 255" => assert_eq!(by_constructor(with(255)).unwrap().configuration().ice_candidate_pool_size, 255);
    reconfigure_rtcpeerconnection_instance_icecandidatepoolsize_to_0 =
        "Reconfigure RTCPeerConnection instance iceCandidatePoolSize to 0" => assert_eq!(by_set_configuration(with(0)).unwrap().configuration().ice_candidate_pool_size, 0);
    reconfigure_rtcpeerconnection_instance_icecandidatepoolsize_to_255 =
        "Reconfigure RTCPeerConnection instance iceCandidatePoolSize to 255" => assert_eq!(by_set_configuration(with(255)).unwrap().configuration().ice_candidate_pool_size, 255);
    initialize_a_new_rtcpeerconnection_with_no_icecandidatepoolsize =
        "Initialize a new RTCPeerConnection with no iceCandidatePoolSize" => {
        let pc = by_constructor(Configuration::default()).unwrap();
        assert_eq!(pc.configuration().ice_candidate_pool_size, 0);
    };

    [not applicable: NO_TYPES]
        "Initialize a new RTCPeerConnection with iceCandidatePoolSize: -1 (Out Of Range)",
        "Initialize a new RTCPeerConnection with iceCandidatePoolSize: 256 (Out Of Range)",
        "Reconfigure RTCPeerConnection instance iceCandidatePoolSize to -1 (Out Of Range)",
        "Reconfigure RTCPeerConnection instance iceCandidatePoolSize to 256 (Out Of Range)";
}

fn with(size: u8) -> Configuration {
    let mut configuration = Configuration::default();
    configuration.ice_candidate_pool_size = size;
    configuration
}
