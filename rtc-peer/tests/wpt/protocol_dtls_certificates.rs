//! Connections by the kinds of their certificates.

use std::time::Duration;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_dtls::CertificateParams;
use rtc_peer::{Certificate, Configuration, ConnectionState};

use crate::peers::{Peers, in_band};
use crate::record::subtests;

subtests! {
    "protocol/dtls-certificates.html", A2;

    rtcpeerconnection_establishes_using_ecdsa_and_ecdsa_certificates =
        "RTCPeerConnection establishes using ecdsa and ecdsa certificates" => {
        let configuration = |seed| {
            // Dated by the driver's epoch, which lies 11 days before.
            let params = CertificateParams::new(Duration::from_secs(1_000_000));
            let mut configuration = Configuration::default();
            let mut rng = ChaCha20Rng::from_seed([seed; 32]);
            configuration.certificates.push(Certificate::generate(&params, &mut rng));
            configuration
        };
        let mut peers = Peers::with(configuration(3), configuration(4));
        peers.pc1().create_data_channel("test", in_band()).unwrap();
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        peers.run_until(|peers| peers.pc1().connection_state() == ConnectionState::Connected);
        let shown = peers.pc2().configuration().certificates[0].der().to_vec();
        assert_eq!(peers.pc1().remote_certificate(), Some(&*shown));
    };

    [not applicable: "a decision: keys are on P-256, none are of RSA"]
        "RTCPeerConnection establishes using ecdsa and rsa certificates",
        "RTCPeerConnection establishes using rsa and ecdsa certificates",
        "RTCPeerConnection establishes using rsa and rsa certificates";
}
