//! Certificates of a configuration, and their fingerprints in offers.

use std::time::Duration;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_dtls::{CertificateParams, HashAlgorithm};
use rtc_peer::{Certificate, Configuration};

use crate::config_test::{by_constructor, throws};
use crate::peers::{START, configured, in_band, offer};
use crate::record::subtests;

subtests! {
    "RTCCertificate.html", A1;

    constructing_rtcpeerconnection_with_expired_certificate_should_reject_with_invalidaccesserror =
        "Constructing RTCPeerConnection with expired certificate should reject with InvalidAccessError" => {
        let params = CertificateParams::new(Duration::from_secs(1_000));
        let expired = Certificate::generate(&params, &mut ChaCha20Rng::from_seed([1; 32]));
        let mut configuration = with(&[expired]);
        // Years after the driver's epoch.
        configuration.unix_time_at_epoch = Duration::from_secs(1_800_000_000);
        throws(by_constructor(configuration), "InvalidAccessError");
    };
    calling_setconfiguration_with_different_set_of_certs_should_reject_with_invalidmodificationerror =
        "Calling setConfiguration with different set of certs should reject with InvalidModificationError" => {
        let (first, second) = (certificate(1), certificate(2));
        let mut pc = configured(with(std::slice::from_ref(&first)), 7);
        pc.set_configuration(START, with(std::slice::from_ref(&first))).unwrap();
        for others in [&[second.clone()][..], &[first, second]] {
            let error = pc.set_configuration(START, with(others)).unwrap_err();
            assert_eq!(error.exception().name(), "InvalidModificationError");
        }
    };
    rtccertificate_should_have_at_least_one_fingerprint =
        "RTCCertificate should have at least one fingerprint" => {
        let value = certificate(1).fingerprint(HashAlgorithm::Sha256).to_string();
        for byte in value.split(':') {
            assert!(byte.len() == 2 && byte.bytes().all(|digit| digit.is_ascii_hexdigit()), "{value}");
        }
    };
    rtcpeerconnection_certificates_should_generate_offer_sdp_with_fingerprint_of_provided_certificate =
        "RTCPeerConnection({ certificates }) should generate offer SDP with fingerprint of provided certificate" => are_offered(&[certificate(1)]);
    rtcpeerconnection_certificates_should_generate_offer_sdp_with_fingerprint_of_all_provided_certificates =
        "RTCPeerConnection({ certificates }) should generate offer SDP with fingerprint of all provided certificates" => are_offered(&[certificate(1), certificate(2)]);
}

fn certificate(seed: u8) -> Certificate {
    let params = CertificateParams::new(Duration::from_secs(1_000_000));
    Certificate::generate(&params, &mut ChaCha20Rng::from_seed([seed; 32]))
}

fn with(certificates: &[Certificate]) -> Configuration {
    let mut configuration = Configuration::default();
    configuration.certificates = certificates.to_vec();
    configuration
}

fn are_offered(certificates: &[Certificate]) {
    let mut pc = configured(with(certificates), 7);
    pc.create_data_channel("test", in_band()).unwrap();
    let sdp = offer(&mut pc).sdp;
    for certificate in certificates {
        let line = format!(
            "\r\na=fingerprint:sha-256 {}\r\n",
            certificate.fingerprint(HashAlgorithm::Sha256)
        );
        assert!(sdp.contains(&line), "{line}");
    }
}
