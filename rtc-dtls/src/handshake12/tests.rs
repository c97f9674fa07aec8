//! Both sides of the handshake, message by message, with somebody in between.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use proptest::prelude::*;

use super::key_schedule::{Randoms, Secrets};
use super::{Context, Established, State};
use crate::certificate::{Certificate, CertificateParams};
use crate::config::{Config, Role};
use crate::crypto::{HashAlgorithm, NamedGroup, Signer};
use crate::draws::Draws;
use crate::error::{DecodeError, HandshakeError};
use crate::handshake::Message;
use crate::message::{
    CertificateList, CertificateRequest, CertificateVerify, ClientHello, Finished, HandshakeType,
    HelloVerifyRequest, ServerHello, ServerKeyExchange, UseSrtp, encode_params,
};
use crate::record::DTLS_1_0;
use crate::srtp_profile::SrtpProfile;
use crate::{CipherSuite, Fingerprint};

fn certificate(seed: u64) -> Certificate {
    Certificate::generate(
        &CertificateParams::new(Duration::from_secs(1_800_000_000)),
        &mut ChaCha20Rng::seed_from_u64(seed),
    )
}

fn fingerprint(seed: u64) -> Fingerprint {
    certificate(seed).fingerprint(HashAlgorithm::Sha256)
}

struct Side {
    config: Config,
    draws: Draws,
    message_seq: u16,
    state: Option<State>,
    outcome: Result<(), HandshakeError>,
}

impl Side {
    fn new(own: u64, peer: u64) -> Self {
        Self {
            config: Config::new(certificate(own), vec![fingerprint(peer)]),
            draws: Draws::new(&mut ChaCha20Rng::seed_from_u64(own)),
            message_seq: 0,
            state: None,
            outcome: Ok(()),
        }
    }

    fn step(
        &mut self,
        act: impl FnOnce(&mut Context<'_>) -> Result<State, HandshakeError>,
    ) -> Vec<Message> {
        let mut context = Context {
            config: &self.config,
            draws: &self.draws,
            message_seq: &mut self.message_seq,
            flight: None,
            keys: None,
        };
        match act(&mut context) {
            Ok(state) => self.state = Some(state),
            Err(error) => self.outcome = Err(error),
        }
        context.flight.map(|flight| flight.messages()).unwrap_or_default()
    }

    fn handle(&mut self, messages: Vec<Message>) -> Vec<Message> {
        let mut answer = Vec::new();
        for message in messages {
            if let Some(state) = self.state.take() {
                answer.extend(self.step(|context| state.handle(context, &message)));
            }
        }
        answer
    }

    fn established(self) -> Result<Established, HandshakeError> {
        self.outcome?;
        match self.state {
            Some(State::Established(established)) => Ok(established),
            _ => panic!("neither failed nor finished"),
        }
    }
}

/// Runs a handshake in which `tamper` may change each flight, and returns both sides.
fn run_with(
    mut client: Side,
    mut server: Side,
    mut tamper: impl FnMut(Role, &mut Vec<Message>),
) -> (Side, Side) {
    let mut flight = client.step(|context| Ok(State::client(context)));
    server.state = Some(State::server());
    for _ in 0..3 {
        tamper(Role::Client, &mut flight);
        flight = server.handle(flight);
        tamper(Role::Server, &mut flight);
        flight = client.handle(flight);
    }
    (client, server)
}

fn run(tamper: impl FnMut(Role, &mut Vec<Message>)) -> (Side, Side) {
    run_with(Side::new(1, 2), Side::new(2, 1), tamper)
}

fn find(flight: &mut [Message], message_type: HandshakeType) -> Option<&mut Message> {
    flight.iter_mut().find(|message| message.message_type == message_type)
}

fn encoded(encode: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&mut out);
    out
}

/// What the server says of a ClientHello that has been changed.
fn server_on_hello(change: impl Fn(&mut ClientHello)) -> Result<(), HandshakeError> {
    let (_, server) = run(|_, flight| {
        if let Some(message) = find(flight, HandshakeType::CLIENT_HELLO) {
            let mut hello = ClientHello::decode(&message.body).unwrap();
            change(&mut hello);
            message.body = encoded(|out| hello.encode(out));
        } else if flight.iter().any(|message| message.message_type != HandshakeType::SERVER_HELLO) {
            flight.clear();
        }
    });
    server.outcome
}

/// What the client says of a ServerHello that has been changed.
fn client_on_hello(change: impl Fn(&mut ServerHello)) -> Result<(), HandshakeError> {
    let (client, _) = run(|_, flight| {
        if let Some(message) = find(flight, HandshakeType::SERVER_HELLO) {
            let mut hello = ServerHello::decode(&message.body).unwrap();
            change(&mut hello);
            message.body = encoded(|out| hello.encode(out));
            flight.truncate(1);
        }
    });
    client.outcome
}

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
fn a_hello_verify_request_is_answered_once_and_does_not_count() {
    let mut client = Side::new(1, 2);
    let first = client.step(|context| Ok(State::client(context)));
    let request = |cookie: &'static [u8]| Message {
        message_type: HandshakeType::HELLO_VERIFY_REQUEST,
        message_seq: 0,
        body: encoded(|out| HelloVerifyRequest { version: DTLS_1_0, cookie }.encode(out)),
    };
    let second = client.handle(vec![request(b"cookie")]);
    assert_eq!((first[0].message_seq, second[0].message_seq), (0, 1));
    let (mut before, after) = (
        ClientHello::decode(&first[0].body).unwrap(),
        ClientHello::decode(&second[0].body).unwrap(),
    );
    assert_eq!(after.cookie, b"cookie");
    before.cookie = after.cookie.clone();
    assert_eq!(before, after, "all else is as it was");
    // The exchange is finished with the second hello alone in the transcript.
    let mut server = Side::new(2, 1);
    server.state = Some(State::server());
    let flight = server.handle(second);
    let flight = client.handle(flight);
    let flight = server.handle(flight);
    assert!(server.established().is_ok());
    client.handle(flight);
    assert!(client.established().is_ok());

    let mut client = Side::new(1, 2);
    client.step(|context| Ok(State::client(context)));
    client.handle(vec![request(b"cookie"), request(b"again")]);
    assert_eq!(client.outcome, Err(HandshakeError::UnexpectedMessage { expected: 2, found: 3 }));
    let mut client = Side::new(1, 2);
    client.step(|context| Ok(State::client(context)));
    client.handle(vec![request(b"")]);
    assert_eq!(client.outcome, Err(HandshakeError::IllegalParameter));
}

#[test]
fn every_message_in_every_wrong_place_is_unexpected() {
    let all = [0, 1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 20, 22, 24, 255];
    // Replace the n-th message of each flight by one of each type.
    for sender_to_change in [Role::Client, Role::Server] {
        for place in 0..10 {
            for found in all {
                let mut count = 0;
                let mut expected = None;
                let (client, server) = run(|sender, flight| {
                    if sender != sender_to_change {
                        return;
                    }
                    for message in flight {
                        if count == place && message.message_type.0 != found {
                            expected = Some(message.message_type.0);
                            message.message_type = HandshakeType(found);
                            // So that a HelloVerifyRequest is no HelloVerifyRequest either.
                            message.body = vec![0xfe, 0xff, 0];
                        }
                        count += 1;
                    }
                });
                let Some(expected) = expected else { continue };
                let victim = if sender_to_change == Role::Client { server } else { client };
                if (expected, found) == (2, 3) {
                    assert_eq!(victim.outcome, Err(HandshakeError::IllegalParameter));
                } else {
                    let error = HandshakeError::UnexpectedMessage { expected, found };
                    assert_eq!(victim.outcome, Err(error));
                }
            }
        }
    }
}

#[test]
fn every_truncation_of_every_message_is_refused() {
    for sender_to_change in [Role::Client, Role::Server] {
        for place in 0..6 {
            for cut in 0..400 {
                let mut count = 0;
                let mut done = false;
                let (client, server) = run(|sender, flight| {
                    if sender != sender_to_change {
                        return;
                    }
                    for message in flight {
                        // The extensions of a hello may be left out as a whole.
                        if count == place && cut < message.body.len() {
                            message.body.truncate(cut);
                            done = true;
                        }
                        count += 1;
                    }
                });
                if !done {
                    break;
                }
                let victim = if sender_to_change == Role::Client { server } else { client };
                assert!(victim.outcome.is_err(), "message {place} cut at {cut}");
            }
        }
    }
}

#[test]
fn server_hello_done_and_finished_have_no_room_for_more() {
    for message_type in [HandshakeType::SERVER_HELLO_DONE, HandshakeType::FINISHED] {
        let (client, _) = run(|sender, flight| {
            if let Some(message) = find(flight, message_type)
                && sender == Role::Server
            {
                message.body.push(0);
            }
        });
        assert_eq!(client.outcome, Err(HandshakeError::Decode(DecodeError::TrailingBytes)));
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No body of any message, whoever sends it, does more than end the handshake.
    #[test]
    fn malformed_messages_panic_nowhere(
        sender_to_change in prop_oneof![Just(Role::Client), Just(Role::Server)],
        place in 0usize..7,
        body in prop::collection::vec(any::<u8>(), 0..80),
        keep in 0usize..60,
    ) {
        let mut count = 0;
        let mut changed = false;
        let (client, server) = run(|sender, flight| {
            if sender != sender_to_change {
                return;
            }
            for message in flight {
                if count == place {
                    let before = message.body.clone();
                    message.body.truncate(keep);
                    message.body.extend(&body);
                    changed = before != message.body;
                }
                count += 1;
            }
        });
        if changed {
            let victim = if sender_to_change == Role::Client { server } else { client };
            prop_assert!(victim.outcome.is_err() || !matches!(victim.state, Some(State::Established(_))));
        }
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
