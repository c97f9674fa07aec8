//! Versions, suites, profiles and extensions: what is agreed on, and what is refused.

use alloc::vec;
use alloc::vec::Vec;

use super::sides::{Side, client_on_hello, encoded, find, run, run_with, server_on_hello};
use crate::CipherSuite;
use crate::crypto::NamedGroup;
use crate::error::HandshakeError;
use crate::message::{ClientHello, HandshakeType, ServerHello, UseSrtp};
use crate::record::DTLS_1_0;
use crate::srtp_profile::SrtpProfile;

#[test]
fn untouched_handshakes_agree_for_every_suite_and_group() {
    for suite in CipherSuite::ALL.into_iter().filter(|suite| suite.is_ecdsa()) {
        for group in NamedGroup::ALL {
            let (mut client, server) = (Side::new(1, 2), Side::new(2, 1));
            client.config.cipher_suites = vec![suite];
            client.config.groups = vec![group];
            let (client, server) = run_with(client, server, |_, _| {});
            let (client, server) = (client.established().unwrap(), server.established().unwrap());
            let mut keys = [[0; 88], [1; 88]];
            client.secrets.export(b"EXTRACTOR-dtls_srtp", None, &mut keys[0]).unwrap();
            server.secrets.export(b"EXTRACTOR-dtls_srtp", None, &mut keys[1]).unwrap();
            assert_eq!(keys[0], keys[1]);
            assert_eq!((client.secrets.suite(), client.group), (suite, group));
        }
    }
}

#[test]
fn the_extended_master_secret_is_required_by_both_sides() {
    let error = Err(HandshakeError::NoExtendedMasterSecret);
    assert_eq!(server_on_hello(|hello| hello.extensions.extended_master_secret = false), error);
    assert_eq!(client_on_hello(|hello| hello.extensions.extended_master_secret = false), error);
}

#[test]
fn a_renegotiation_dressed_as_a_first_handshake_is_refused_by_both_sides() {
    let info = || Some(vec![1; 12]);
    let error = Err(HandshakeError::RenegotiationInfo);
    assert_eq!(server_on_hello(|hello| hello.extensions.renegotiation_info = info()), error);
    assert_eq!(client_on_hello(|hello| hello.extensions.renegotiation_info = info()), error);
    // Its absence is borne: nothing is ever renegotiated.
    assert!(server_on_hello(|hello| hello.extensions.renegotiation_info = None).is_ok());
    assert!(client_on_hello(|hello| hello.extensions.renegotiation_info = None).is_ok());
}

#[test]
fn the_signalling_suite_value_is_answered_like_the_extension() {
    for (scsv, extension) in [(true, false), (false, true), (false, false)] {
        let mut answered = None;
        run(|_, flight| {
            if let Some(message) = find(flight, HandshakeType::CLIENT_HELLO) {
                let mut hello = ClientHello::decode(&message.body).unwrap();
                if !extension {
                    hello.extensions.renegotiation_info = None;
                }
                if scsv {
                    hello.cipher_suites.push(0x00ff);
                }
                message.body = encoded(|out| hello.encode(out));
            }
            if let Some(message) = find(flight, HandshakeType::SERVER_HELLO) {
                answered =
                    ServerHello::decode(&message.body).unwrap().extensions.renegotiation_info;
            }
        });
        assert_eq!(answered, (scsv || extension).then(Vec::new));
    }
}

#[test]
fn no_other_version_than_1_2_is_negotiated() {
    let error = Err(HandshakeError::ProtocolVersion);
    assert_eq!(server_on_hello(|hello| hello.version = DTLS_1_0), error);
    assert_eq!(server_on_hello(|hello| hello.version = 0x0303), error);
    let listed = |hello: &mut ClientHello| hello.extensions.supported_versions = Some(vec![0xfefc]);
    assert_eq!(server_on_hello(listed), error, "1.3 alone is not for us yet");
    let listed = |hello: &mut ClientHello| {
        hello.extensions.supported_versions = Some(vec![0xfefc, 0xfefd]);
    };
    assert_eq!(server_on_hello(listed), Ok(()));
    assert_eq!(server_on_hello(|hello| hello.version = 0xfefc), Ok(()), "a newer client");
    for version in [DTLS_1_0, 0xfefc, 0x0303] {
        assert_eq!(client_on_hello(|hello| hello.version = version), error);
    }
}

#[test]
fn weak_suites_are_neither_chosen_nor_accepted() {
    // NULL, RC4, 3DES, CBC, anonymous, static RSA with GCM, DHE, PSK, TLS 1.3.
    let weak =
        [0x0000, 0x0005, 0x000a, 0xc009, 0xc013, 0xc018, 0x009c, 0x009e, 0x00a8, 0x1301, 0xc006];
    assert_eq!(
        server_on_hello(|hello| hello.cipher_suites = weak.to_vec()),
        Err(HandshakeError::NoCommonCipherSuite)
    );
    for suite in weak {
        assert_eq!(
            client_on_hello(|hello| hello.cipher_suite = suite),
            Err(HandshakeError::IllegalParameter)
        );
    }
    assert_eq!(
        server_on_hello(|hello| hello.cipher_suites = vec![0xc02f, 0xc030, 0xcca8]),
        Err(HandshakeError::NoCommonCipherSuite),
        "our certificate is not RSA"
    );
    assert_eq!(
        client_on_hello(|hello| hello.compression_method = 1),
        Err(HandshakeError::IllegalParameter)
    );
}

#[test]
fn a_known_suite_that_was_not_offered_is_refused() {
    let (mut client, server) = (Side::new(1, 2), Side::new(2, 1));
    client.config.cipher_suites = vec![CipherSuite::EcdheEcdsaAes256GcmSha384];
    let (client, _) = run_with(client, server, |_, flight| {
        if let Some(message) = find(flight, HandshakeType::SERVER_HELLO) {
            let mut hello = ServerHello::decode(&message.body).unwrap();
            hello.cipher_suite = CipherSuite::EcdheEcdsaAes128GcmSha256.code();
            message.body = encoded(|out| hello.encode(out));
        }
    });
    assert_eq!(client.outcome, Err(HandshakeError::IllegalParameter));
}

#[test]
fn a_suite_for_another_kind_of_certificate_is_refused() {
    let (client, _) = run(|_, flight| {
        if let Some(message) = find(flight, HandshakeType::SERVER_HELLO) {
            let mut hello = ServerHello::decode(&message.body).unwrap();
            hello.cipher_suite = CipherSuite::EcdheRsaAes128GcmSha256.code();
            message.body = encoded(|out| hello.encode(out));
        }
    });
    assert_eq!(client.outcome, Err(HandshakeError::BadCertificate));
}

#[test]
fn an_srtp_profile_that_was_not_offered_is_refused() {
    let (mut client, server) = (Side::new(1, 2), Side::new(2, 1));
    client.config.srtp_profiles = vec![SrtpProfile::AeadAes128Gcm];
    let choose = |profiles: Vec<u16>, mki: Vec<u8>| {
        client_on_hello(move |hello| {
            hello.extensions.use_srtp =
                Some(UseSrtp { profiles: profiles.clone(), mki: mki.clone() });
        })
    };
    assert_eq!(choose(vec![5], vec![]), Err(HandshakeError::SrtpProfileNotOffered), "NULL");
    assert_eq!(choose(vec![1, 7], vec![]), Err(HandshakeError::IllegalParameter), "two");
    assert_eq!(choose(vec![1], vec![1]), Err(HandshakeError::IllegalParameter), "an MKI");
    assert_eq!(choose(vec![1], vec![]), Ok(()));
    let (client, _) = run_with(client, server, |_, flight| {
        if let Some(message) = find(flight, HandshakeType::SERVER_HELLO) {
            let mut hello = ServerHello::decode(&message.body).unwrap();
            hello.extensions.use_srtp = Some(UseSrtp { profiles: vec![8], mki: vec![] });
            message.body = encoded(|out| hello.encode(out));
        }
    });
    assert_eq!(client.outcome, Err(HandshakeError::SrtpProfileNotOffered));
}

#[test]
fn the_server_chooses_its_preferred_common_profile_or_none() {
    use SrtpProfile::{AeadAes128Gcm, AeadAes256Gcm, Aes128CmHmacSha1_32, Aes128CmHmacSha1_80};
    for (client_has, server_has, expected) in [
        (vec![Aes128CmHmacSha1_80, AeadAes256Gcm], SrtpProfile::ALL.to_vec(), Some(AeadAes256Gcm)),
        (SrtpProfile::ALL.to_vec(), vec![Aes128CmHmacSha1_80], Some(Aes128CmHmacSha1_80)),
        (vec![Aes128CmHmacSha1_32], vec![AeadAes128Gcm], None),
        (vec![], SrtpProfile::ALL.to_vec(), None),
        (SrtpProfile::ALL.to_vec(), vec![], None),
    ] {
        let (mut client, mut server) = (Side::new(1, 2), Side::new(2, 1));
        client.config.srtp_profiles = client_has;
        server.config.srtp_profiles = server_has;
        let (client, server) = run_with(client, server, |_, _| {});
        assert_eq!(client.established().unwrap().srtp_profile, expected);
        assert_eq!(server.established().unwrap().srtp_profile, expected);
    }
}

#[test]
fn an_extension_that_was_not_asked_for_is_refused() {
    let (client, _) = run(|_, flight| {
        if let Some(message) = find(flight, HandshakeType::SERVER_HELLO) {
            // session_ticket, empty, appended to the block.
            let start = 2 + 32 + 1 + 2 + 1;
            let length = u16::from_be_bytes([message.body[start], message.body[start + 1]]) + 4;
            message.body[start..start + 2].copy_from_slice(&length.to_be_bytes());
            message.body.extend([0, 35, 0, 0]);
        }
    });
    assert_eq!(client.outcome, Err(HandshakeError::UnsolicitedExtension(35)));
}

#[test]
fn missing_common_ground_is_named() {
    let groups = |hello: &mut ClientHello| hello.extensions.supported_groups = Some(vec![0x11ec]);
    assert_eq!(server_on_hello(groups), Err(HandshakeError::NoCommonGroup));
    let schemes =
        |hello: &mut ClientHello| hello.extensions.signature_algorithms = Some(vec![0x0401]);
    assert_eq!(server_on_hello(schemes), Err(HandshakeError::NoCommonSignatureScheme));
    let none = |hello: &mut ClientHello| hello.extensions.signature_algorithms = None;
    assert_eq!(server_on_hello(none), Err(HandshakeError::NoCommonSignatureScheme), "SHA-1");
    let formats = |hello: &mut ClientHello| hello.extensions.ec_point_formats = Some(vec![1]);
    assert_eq!(server_on_hello(formats), Err(HandshakeError::IllegalParameter));
    let compression = |hello: &mut ClientHello| hello.compression_methods = vec![1];
    assert_eq!(server_on_hello(compression), Err(HandshakeError::IllegalParameter));
}
