//! How many channels there can be: known with the association.

use crate::peers::{Peers, START, data_channel_offer, in_band, lone};
use crate::record::subtests;

subtests! {
    "RTCSctpTransport-maxChannels.html", A2;

    an_unconnected_peerconnection_must_not_have_maxchannels_set =
        "An unconnected peerconnection must not have maxChannels set" => {
        let mut pc = lone();
        assert_eq!(pc.max_message_size(), None);
        let offer = data_channel_offer(&mut pc);
        pc.set_remote_description(START, offer).unwrap();
        let answer = pc.create_answer().unwrap();
        pc.set_local_description(START, Some(answer)).unwrap();
        assert!(pc.max_message_size().is_some());
        assert_eq!(pc.max_channels(), None);
    };
    maxchannels_gets_instantiated_after_connecting =
        "maxChannels gets instantiated after connecting" => {
        let mut peers = Peers::new();
        peers.pc1().create_data_channel("", in_band()).unwrap();
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        assert_eq!(peers.pc1().max_channels(), None);
        assert_eq!(peers.pc2().max_channels(), None);
        peers.run_until(|peers| {
            peers.pc1().max_channels().is_some() && peers.pc2().max_channels().is_some()
        });
        assert_eq!(peers.pc1().max_channels(), peers.pc2().max_channels());
    };
}
