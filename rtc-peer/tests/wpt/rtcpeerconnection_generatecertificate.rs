//! Certificates that an application makes.

use std::time::Duration;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_dtls::{CertificateParams, HashAlgorithm};
use rtc_peer::{Certificate, Configuration, OfferOptions};

use crate::peers::{configured, in_band};
use crate::record::{NO_TYPES, subtests};

subtests! {
    "RTCPeerConnection-generateCertificate.html", A1;

    generatecertificate_with_compulsary_ecdsa_parameters_should_succeed =
        "generateCertificate() with compulsary ECDSA parameters should succeed" => assert!(generate(None).expires_at_unix() > NOW);
    generatecertificate_with_valid_expires_parameter_should_succeed =
        "generateCertificate() with valid expires parameter should succeed" => {
        let certificate = generate(Some(Duration::from_secs(2)));
        assert_eq!(certificate.expires_at_unix(), NOW + Duration::from_secs(2));
    };
    generatecertificate_with_0_expires_parameter_should_generate_expired_cert =
        "generateCertificate() with 0 expires parameter should generate expired cert" => assert!(generate(Some(Duration::ZERO)).expires_at_unix() <= NOW);
    generatecertificate_certificate_fingerprint_shows_up_in_the_sdp =
        "generateCertificate() certificate fingerprint shows up in the SDP" => {
        let certificate = generate(None);
        let mut configuration = Configuration::default();
        configuration.certificates.push(certificate.clone());
        let mut pc = configured(configuration, 7);
        pc.create_data_channel("wpt", in_band()).unwrap();
        let sdp = pc.create_offer(OfferOptions::default()).unwrap().sdp;
        let fingerprint = certificate.fingerprint(HashAlgorithm::Sha256);
        let bytes: Vec<_> = fingerprint.bytes().iter().map(|byte| format!("{byte:02X}")).collect();
        assert!(sdp.contains(&format!("\r\na=fingerprint:sha-256 {}\r\n", bytes.join(":"))));
    };

    [not applicable: "a decision: keys are on P-256, which RFC 8827 section 6.5 demands; none are of RSA"]
        "generateCertificate({modulusLength: 1024}) with RSASSA-PKCS1-v1_5 parameters should succeed",
        "generateCertificate({modulusLength: 2048}) with RSASSA-PKCS1-v1_5 parameters should succeed";
    [not applicable: NO_TYPES]
        "generateCertificate() with invalid string algorithm should reject with NotSupportedError",
        "generateCertificate() with invalid algorithm dict should reject with NotSupportedError",
        "generateCertificate with RSASSA-PKCS1-v1_5 parameters and SHA-1 signature should reject with NotSupportedError",
        "generateCertificate() with invalid range for expires should reject with TypeError",
        "generateCertificate() with invalid type for expires should reject with TypeError";
}

fn generate(expires: Option<Duration>) -> Certificate {
    let mut params = CertificateParams::new(NOW);
    if let Some(expires) = expires {
        params.not_after = NOW + expires;
    }
    Certificate::generate(&params, &mut ChaCha20Rng::from_seed([3; 32]))
}

/// Wall-clock time.
const NOW: Duration = Duration::from_secs(1_800_000_000);
