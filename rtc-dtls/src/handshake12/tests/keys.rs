//! Public values, and the keys that come of them.

use alloc::vec;

use super::super::key_schedule::{Randoms, Secrets};
use super::sides::{certificate, encoded, find, run};
use crate::CipherSuite;
use crate::config::Role;
use crate::crypto::Signer;
use crate::error::HandshakeError;
use crate::message::{ClientHello, HandshakeType, ServerHello, ServerKeyExchange, encode_params};

/// Replaces the server's public value, signed as it should be, and tells what the client says.
fn client_on_point(group: u16, point: &[u8]) -> Result<(), HandshakeError> {
    let mut randoms = Randoms { client: [0; 32], server: [0; 32] };
    let (client, _) = run(|_, flight| {
        if let Some(message) = find(flight, HandshakeType::CLIENT_HELLO) {
            randoms.client = ClientHello::decode(&message.body).unwrap().random;
        }
        if let Some(message) = find(flight, HandshakeType::SERVER_HELLO) {
            randoms.server = ServerHello::decode(&message.body).unwrap().random;
        }
        if let Some(message) = find(flight, HandshakeType::SERVER_KEY_EXCHANGE) {
            let params = encoded(|out| encode_params(out, group, point));
            let signature = certificate(2).signing_key().sign(&randoms.signed_with(&params));
            let exchange = ServerKeyExchange {
                params: &params,
                group,
                public: &[],
                scheme: 0x0403,
                signature: &signature,
            };
            message.body = encoded(|out| exchange.encode(out));
        }
        // The flight's end is what makes the client use the point.
    });
    client.outcome
}

#[test]
fn points_that_are_none_or_force_the_secret_are_refused_by_the_client() {
    let error = Err(HandshakeError::IllegalParameter);
    assert_eq!(client_on_point(0x001d, &[0; 32]), error, "all zero");
    assert_eq!(client_on_point(0x001d, &[1; 31]), error, "too short");
    assert_eq!(client_on_point(0x001d, &[1; 255]), error, "too long");
    assert_eq!(client_on_point(0x0017, &[4; 65]), error, "not on the curve");
    assert_eq!(client_on_point(0x0017, &[0]), error, "infinity");
    assert_eq!(client_on_point(0x0018, &[4; 97]), error, "a group that was not offered");
}

#[test]
fn points_that_are_none_or_force_the_secret_are_refused_by_the_server() {
    for point in [&[0; 32][..], &[], &[1; 33], &[4; 65]] {
        let (_, server) = run(|_, flight| {
            if let Some(message) = find(flight, HandshakeType::CLIENT_KEY_EXCHANGE) {
                message.body = vec![point.len() as u8];
                message.body.extend(point);
            }
        });
        assert_eq!(server.outcome, Err(HandshakeError::IllegalParameter));
    }
}

#[test]
fn reserved_labels_are_not_exported_and_contexts_matter() {
    use crate::error::ExportError;
    let secrets = run(|_, _| {}).0.established().unwrap().secrets;
    let export = |label: &[u8], context| {
        let mut out = [0; 20];
        secrets.export(label, context, &mut out).map(|()| out)
    };
    for label in [&b"client finished"[..], b"server finished", b"master secret", b"key expansion"] {
        assert_eq!(export(label, None), Err(ExportError::ReservedLabel));
    }
    assert_eq!(export(b"x", Some(&[0; 65_536])), Err(ExportError::ContextTooLong));
    assert!(export(b"x", Some(&[0; 65_535])).is_ok());
    let exported = [None, Some(&b""[..]), Some(b"a")].map(|context| export(b"x", context).unwrap());
    assert!(exported[0] != exported[1] && exported[1] != exported[2] && exported[0] != exported[2]);
}

/// Computed with an independent implementation of the formulas.
#[test]
fn the_key_schedule_gives_the_known_answers() {
    let randoms = Randoms { client: [0x11; 32], server: [0x22; 32] };
    let session_hash = crate::crypto::Digest::new(&[0x33; 32]);
    let suite = CipherSuite::EcdheEcdsaAes128GcmSha256;
    let secrets = Secrets::new(suite, randoms, &zeroize::Zeroizing::new([0x44; 32]), &session_hash);
    let transcript = crate::crypto::Digest::new(&[0x55; 32]);
    assert_eq!(secrets.verify_data(Role::Client, &transcript), KNOWN_CLIENT_FINISHED);
    assert_eq!(secrets.verify_data(Role::Server, &transcript), KNOWN_SERVER_FINISHED);
    let mut out = [0; 16];
    secrets.export(b"EXTRACTOR-dtls_srtp", None, &mut out).unwrap();
    assert_eq!(out, KNOWN_EXPORT);
    secrets.export(b"EXTRACTOR-dtls_srtp", Some(b""), &mut out).unwrap();
    assert_eq!(out, KNOWN_EXPORT_EMPTY_CONTEXT);
}

const KNOWN_CLIENT_FINISHED: [u8; 12] =
    [0xef, 0xb7, 0xcf, 0x00, 0xab, 0x0a, 0x3f, 0x3d, 0xe5, 0xd9, 0x70, 0x78];
const KNOWN_SERVER_FINISHED: [u8; 12] =
    [0x22, 0xcc, 0xeb, 0xd9, 0x8b, 0x18, 0x9f, 0xdb, 0x56, 0x54, 0xcc, 0x7d];
const KNOWN_EXPORT: [u8; 16] = [
    0x2f, 0x1e, 0x4e, 0x65, 0x72, 0xa2, 0x18, 0xae, 0xc6, 0x1e, 0x2a, 0xae, 0xd8, 0x94, 0xfa, 0xa8,
];

const KNOWN_EXPORT_EMPTY_CONTEXT: [u8; 16] = [
    0xed, 0xa5, 0x77, 0x45, 0xef, 0x8a, 0x91, 0xd5, 0x3d, 0x42, 0x1f, 0xa1, 0x52, 0x32, 0xb8, 0x10,
];
