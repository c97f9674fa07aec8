//! Certificates, their fingerprints, and signatures.

use alloc::vec;
use alloc::vec::Vec;

use super::sides::{Side, certificate, encoded, find, fingerprint, run, run_with};
use crate::config::Role;
use crate::crypto::HashAlgorithm;
use crate::error::HandshakeError;
use crate::message::{
    CertificateList, CertificateRequest, CertificateVerify, Finished, HandshakeType,
};

#[test]
fn a_certificate_without_certificate_verify_is_refused() {
    let (_, server) = run(|_, flight| {
        flight.retain(|message| message.message_type != HandshakeType::CERTIFICATE_VERIFY);
    });
    assert_eq!(server.outcome, Err(HandshakeError::UnexpectedMessage { expected: 15, found: 20 }));
}

#[test]
fn no_certificate_is_refused_by_both_sides() {
    for role in [Role::Client, Role::Server] {
        let (client, server) = run(|sender, flight| {
            if let Some(message) = find(flight, HandshakeType::CERTIFICATE)
                && sender == role
            {
                message.body = encoded(|out| CertificateList { certificates: vec![] }.encode(out));
            }
        });
        let victim = if role == Role::Client { server } else { client };
        assert_eq!(victim.outcome, Err(HandshakeError::NoCertificate));
    }
}

#[test]
fn a_client_that_leaves_its_certificate_out_is_refused() {
    let (_, server) = run(|sender, flight| {
        if sender == Role::Client {
            flight.retain(|message| message.message_type != HandshakeType::CERTIFICATE);
        }
    });
    assert_eq!(server.outcome, Err(HandshakeError::UnexpectedMessage { expected: 11, found: 16 }));
}

#[test]
fn the_fingerprint_is_checked_inside_the_handshake_in_both_roles() {
    let (mut client, server) = (Side::new(1, 2), Side::new(2, 1));
    client.config.remote_fingerprints = vec![fingerprint(3)].into();
    let (client, _) = run_with(client, server, |_, _| {});
    assert_eq!(client.outcome, Err(HandshakeError::FingerprintMismatch));
    let (client, mut server) = (Side::new(1, 2), Side::new(2, 1));
    server.config.remote_fingerprints = vec![fingerprint(3)].into();
    let (_, server) = run_with(client, server, |_, _| {});
    assert_eq!(server.outcome, Err(HandshakeError::FingerprintMismatch));
    let (client, mut server) = (Side::new(1, 2), Side::new(2, 1));
    server.config.remote_fingerprints = vec![].into();
    let (_, server) = run_with(client, server, |_, _| {});
    assert_eq!(server.outcome, Err(HandshakeError::FingerprintMismatch), "none is not any");
}

#[test]
fn one_matching_fingerprint_of_any_hash_suffices() {
    for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
        let (mut client, server) = (Side::new(1, 2), Side::new(2, 1));
        client.config.remote_fingerprints =
            [fingerprint(3), certificate(2).fingerprint(algorithm)].into();
        let (client, _) = run_with(client, server, |_, _| {});
        assert!(client.established().is_ok());
    }
}

/// The thief shows a certificate that is expected, without its key.
#[test]
fn a_stolen_certificate_is_refused_by_both_sides() {
    for role in [Role::Client, Role::Server] {
        let (mut client, mut server) = (Side::new(1, 2), Side::new(2, 1));
        let thief = if role == Role::Client { &mut client } else { &mut server };
        thief.config.certificate = certificate(3);
        let stolen = certificate(if role == Role::Client { 1 } else { 2 });
        let (client, server) = run_with(client, server, |sender, flight| {
            if let Some(message) = find(flight, HandshakeType::CERTIFICATE)
                && sender == role
            {
                message.body = encoded(|out| {
                    CertificateList { certificates: vec![stolen.der()] }.encode(out);
                });
            }
        });
        let victim = if role == Role::Client { server } else { client };
        assert_eq!(victim.outcome, Err(HandshakeError::BadSignature));
    }
}

#[test]
fn damaged_signatures_and_finished_messages_are_refused() {
    for (message_type, error) in [
        (HandshakeType::SERVER_KEY_EXCHANGE, HandshakeError::BadSignature),
        (HandshakeType::CERTIFICATE_VERIFY, HandshakeError::BadSignature),
        (HandshakeType::FINISHED, HandshakeError::BadFinished),
    ] {
        for sender_to_damage in [Role::Client, Role::Server] {
            let mut done = false;
            let (client, server) = run(|sender, flight| {
                if sender == sender_to_damage
                    && let Some(message) = find(flight, message_type)
                {
                    *message.body.last_mut().unwrap() ^= 1;
                    done = true;
                }
            });
            let victim = if sender_to_damage == Role::Client { server } else { client };
            assert_eq!(victim.outcome, if done { Err(error) } else { Ok(()) });
        }
    }
}

#[test]
fn a_server_that_wants_no_ecdsa_is_told() {
    let (client, _) = run(|_, flight| {
        if let Some(message) = find(flight, HandshakeType::CERTIFICATE_REQUEST) {
            let mut request = CertificateRequest::decode(&message.body).unwrap();
            request.certificate_types = vec![1];
            message.body = encoded(|out| request.encode(out));
        }
    });
    assert_eq!(client.outcome, Err(HandshakeError::NoCommonSignatureScheme));
}

#[test]
fn a_signature_scheme_of_another_kind_is_refused() {
    for scheme in [0x0401, 0x0203, 0x0804, 0x0000] {
        let (_, server) = run(|_, flight| {
            if let Some(message) = find(flight, HandshakeType::CERTIFICATE_VERIFY) {
                let signature =
                    CertificateVerify::decode(&message.body).unwrap().signature.to_vec();
                let verify = CertificateVerify { scheme, signature: &signature };
                message.body = encoded(|out| verify.encode(out));
            }
        });
        assert!(matches!(
            server.outcome,
            Err(HandshakeError::IllegalParameter | HandshakeError::BadSignature)
        ));
    }
}

#[test]
fn a_finished_of_the_other_side_is_refused() {
    let mut own = Vec::new();
    let (client, _) = run(|sender, flight| {
        if let Some(message) = find(flight, HandshakeType::FINISHED) {
            match sender {
                Role::Client => own = message.body.clone(),
                Role::Server => message.body = own.clone(),
            }
        }
    });
    assert!(Finished::decode(&own).is_ok());
    assert_eq!(client.outcome, Err(HandshakeError::BadFinished));
}
