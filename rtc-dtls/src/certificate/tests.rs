//! Certificates written, read, and refused.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use proptest::prelude::*;

use super::*;
use crate::crypto::{PublicKey, SignatureScheme, Signer, Verifier, Verify};
use crate::error::CertificateError;

fn certificate(seed: u64, now: u64) -> Certificate {
    let params = CertificateParams::new(Duration::from_secs(now));
    Certificate::generate(&params, &mut ChaCha20Rng::seed_from_u64(seed))
}

#[test]
fn a_new_certificate_is_signed_by_its_own_key() {
    let certificate = certificate(1, 1_800_000_000);
    let der = certificate.der();
    let mut outer = der::DerReader::new(der);
    let mut parts = outer.sequence().unwrap();
    let before = der.len() - 4;
    parts.sequence().unwrap();
    parts.sequence().unwrap();
    let signature = parts.bits().unwrap();
    assert_eq!(der[4..6], [0x30, 0x81], "between 128 and 255 bytes are signed");
    let length = 3 + usize::from(der[6]);
    assert!(length < before);
    let signed = &der[4..4 + length];
    let point = certificate.signing_key().public();
    let key = PublicKey::P256 { point: &point };
    assert_eq!(public_key(der), Ok(key));
    let scheme = SignatureScheme::EcdsaSecp256r1Sha256;
    assert!(Verify::verify(key, scheme, signed, signature));
}

#[test]
fn it_is_back_dated_by_a_day_and_lasts_thirty() {
    let now = 1_800_000_000;
    let certificate = certificate(1, now);
    assert_eq!(certificate.expires_at_unix(), Duration::from_secs(now + 30 * 86_400));
    let text = String::from_utf8_lossy(certificate.der()).into_owned();
    // 2027-01-15 08:00:00 UTC.
    assert!(text.contains("270114080000Z"));
    assert!(text.contains("270214080000Z"));
    assert!(text.contains("WebRTC"));
}

#[test]
fn serial_numbers_and_keys_differ() {
    let (first, second) = (certificate(1, 0), certificate(2, 0));
    assert_ne!(first, second);
    assert_ne!(first.signing_key().public(), second.signing_key().public());
    assert_ne!(first.der()[..40], second.der()[..40], "serial numbers");
    assert_eq!(first, certificate(1, 0), "equal draws make an equal certificate");
}

#[test]
fn pem_round_trips() {
    let certificate = certificate(3, 1_800_000_000);
    let pem = certificate.to_pem();
    assert!(pem.lines().all(|line| line.len() <= 64));
    let read = Certificate::from_pem(&pem).unwrap();
    assert_eq!(read, certificate);
    assert_eq!(read.expires_at_unix(), certificate.expires_at_unix());
    assert_eq!(read.signing_key().sign(b"x"), certificate.signing_key().sign(b"x"));
    // In the other order, with Windows line ends and text between.
    let (first, second) = pem.split_at(pem.find("-----BEGIN PRIVATE").unwrap());
    let turned = format!("key:\n{second}\ncertificate:\n{first}").replace('\n', "\r\n");
    assert_eq!(Certificate::from_pem(&turned).unwrap(), certificate);
}

#[test]
fn a_certificate_of_openssl_is_read() {
    let certificate = Certificate::from_pem(OPENSSL).unwrap();
    assert_eq!(
        certificate.fingerprint(crate::HashAlgorithm::Sha256).to_string(),
        OPENSSL_FINGERPRINT
    );
}

#[test]
fn a_certificate_with_an_rsa_key_is_read() {
    match public_key(&pem::decode(OPENSSL_RSA, "CERTIFICATE").unwrap()) {
        Ok(PublicKey::Rsa { modulus, exponent }) => {
            assert_eq!((modulus.len(), exponent), (256, &[1, 0, 1][..]));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn pem_that_is_not_ours_is_refused() {
    let (first, second) = (certificate(1, 0).to_pem(), certificate(2, 0).to_pem());
    let cut = first.find("-----BEGIN PRIVATE").unwrap();
    let mixed = format!("{}{}", &first[..cut], &second[cut..]);
    for (text, error) in [
        ("", CertificateError::Pem),
        (&first[..cut], CertificateError::Pem),
        (&first[cut..], CertificateError::Pem),
        (&first[..first.len() - 2], CertificateError::Pem),
        (&mixed, CertificateError::Mismatch),
        (&first.replacen("MII", "!II", 1), CertificateError::Pem),
        (&first.replacen("MI", "AA", 1), CertificateError::Certificate),
    ] {
        assert_eq!(Certificate::from_pem(text).unwrap_err(), error, "{text}");
    }
}

#[test]
fn every_truncation_of_a_certificate_is_refused() {
    let certificate = certificate(1, 0);
    for cut in 0..certificate.der().len() {
        assert!(public_key(&certificate.der()[..cut]).is_err());
    }
    let mut longer = certificate.der().to_vec();
    longer.push(0);
    assert!(public_key(&longer).is_err());
}

#[test]
fn debug_shows_no_key() {
    let certificate = certificate(1, 0);
    let text = format!("{certificate:?}");
    assert!(text.contains("fingerprint") && !text.contains("scalar"), "{text}");
}

proptest! {
    #[test]
    fn any_moment_survives_being_written(seconds in 0u64..260_000_000_000) {
        let mut params = CertificateParams::new(Duration::ZERO);
        params.not_after = Duration::from_secs(seconds);
        let certificate = Certificate::generate(&params, &mut ChaCha20Rng::seed_from_u64(1));
        let read = Certificate::from_pem(&certificate.to_pem()).unwrap();
        prop_assert_eq!(read.expires_at_unix(), certificate.expires_at_unix());
        prop_assert_eq!(read.expires_at_unix().as_secs(), seconds.min(x509::END_OF_9999));
    }

    #[test]
    fn damage_never_panics(place in any::<prop::sample::Index>(), value: u8) {
        let mut der: Vec<u8> = certificate(1, 0).der().to_vec();
        let place = place.index(der.len());
        der[place] = value;
        let _either = public_key(&der);
        let _either = x509::parse(&der);
    }
}

/// Made by OpenSSL 3.0; its key is used for nothing else.
const OPENSSL: &str = "\
-----BEGIN CERTIFICATE-----
MIIBdjCCARugAwIBAgIUEQv3pOUB4Zi34VJZ05gh6VD1Ai8wCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjIwODMzMjhaGA8yMTI2MTAyOTA4MzMy
OFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABI7j
eIfJJLFDLyM5c9CYvhsq5MvdIoMvdkSP02dyB8zqRi2hcIGqmTVS+Wnv0SpYw/v/
88QOCvZyRo1BVILlfV2jUzBRMB0GA1UdDgQWBBTLsrQNP+QDotmOC4dgivSyWX2+
izAfBgNVHSMEGDAWgBTLsrQNP+QDotmOC4dgivSyWX2+izAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0kAMEYCIQCu3K5B8RhJ+iKhuG7gynPS+LHRRcOAPhFA
98cym3oExwIhAMhh/I7UtVhqI29mkw1xOaKi9E/glucmRypj8/v0HDfS
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIMYmFi+qXeiDxDHQ
Pbs//+NAGy6robw6TxS9tAMXxiOhRANCAASO43iHySSxQy8jOXPQmL4bKuTL3SKD
L3ZEj9NncgfM6kYtoXCBqpk1Uvlp79EqWMP7//PEDgr2ckaNQVSC5X1d
-----END PRIVATE KEY-----
";
const OPENSSL_FINGERPRINT: &str = "CD:1C:D7:14:BA:FD:AB:8A:59:89:14:42:68:72:4E:2E:\
    DA:34:B1:C2:0C:A5:29:2E:97:BF:BE:F1:CE:FF:6A:78";
const OPENSSL_RSA: &str = "\
-----BEGIN CERTIFICATE-----
MIIC/zCCAeegAwIBAgIUD4XPUzs4aDaFE9Rf45HzgTd2NgcwDQYJKoZIhvcNAQEL
BQAwDjEMMAoGA1UEAwwDcnNhMCAXDTI2MTEyMjA4MzMyOFoYDzIxMjYxMDI5MDgz
MzI4WjAOMQwwCgYDVQQDDANyc2EwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEK
AoIBAQCJzaOEUGduL8OskCrdtaSPlD3mUDFURbftYRWnqNy/ZmBdSe2e1hX4AV1r
BgWQKmnAzzBrluUbxZ6GzSRfr2gtSkRaraFb8Xek8TnOAyId1B0W+gMu1lFrSLhm
Rns/Nd3jviucgU2zX4+1zY/mbpi6u8vmFrzge+eLkaBnaM6sp+83zYNIFu5yojXI
OIryKrYlgf8fRBN62nyqC8cIjJocGITvXKnpZccjS+yLOdE6lt+f2Nkox9g4gKh3
fCkLZBHA8z+YHO06k5escxcKxz+GGnHqUkhKM8q8APUZUI+2/hJLF9hGxKuZl1et
TOEymlYViChCh8QV/ZVINlRx4v/xAgMBAAGjUzBRMB0GA1UdDgQWBBRo+v/WuAye
+JIG1VUWrvNljexSnjAfBgNVHSMEGDAWgBRo+v/WuAye+JIG1VUWrvNljexSnjAP
BgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQA2QNmXzhFz9Cw5YzCm
scQZP88FVQF35xBVkkkQIbKpuNk+lpV1Wqh3C/ekx7DZImWuqE5oFkscIgG/5a8T
sqGhwqMD23sIBQqg4Gb03Euk4MONgg0fDRzeNFFCwV50v3/9Qc8ZwuhXXepw2uYd
53qXgrnGe2UrUmzspkTwXbzc9xDkNlhB+KO68k/sHdvx18gRyOtcl6oh668Q9fCq
sdXdaT0N3T8ak0gcRZKD4UGNRNt3BkOdkr9BAToLy2cKsB465Ims47Irh7Fti8FN
YQ/s8yKtP8TTi56T+ZPNkucFexF07P+JF9V09P4XSZ0WCYeUdHHuLo4rKFk7AXGq
08nT
-----END CERTIFICATE-----
";
