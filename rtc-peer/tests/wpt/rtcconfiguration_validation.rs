//! A configuration is taken as a whole or not at all.

use rtc_peer::{Configuration, IceServer, IceTransportPolicy};

use crate::peers::{START, lone};
use crate::record::subtests;

subtests! {
    "RTCConfiguration-validation.html", A1;

    setconfiguration_only_applies_if_the_entire_configuration_is_valid =
        "setConfiguration only applies if the entire configuration is valid" => {
        let mut pc = lone();
        assert_eq!(pc.configuration().ice_transport_policy, IceTransportPolicy::All);
        let mut configuration = Configuration::default();
        configuration.ice_transport_policy = IceTransportPolicy::Relay;
        configuration.ice_servers = vec![IceServer::stun("")];
        let error = pc.set_configuration(START, configuration).unwrap_err();
        assert_eq!(error.exception().name(), "SyntaxError");
        assert_eq!(pc.configuration().ice_transport_policy, IceTransportPolicy::All);
    };
}
