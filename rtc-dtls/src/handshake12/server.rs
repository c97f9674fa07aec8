//! The server's states, in the order of the protocol.

use alloc::vec;
use alloc::vec::Vec;

use subtle::ConstantTimeEq;

use super::context::{Context, expect};
use super::established::Established;
use super::key_schedule::{Randoms, Secrets};
use super::peer::PeerCertificate;
use crate::cipher_suite::CipherSuite;
use crate::config::{Config, Role};
use crate::crypto::{KeyAgreement, NamedGroup, PrivateShare, SignatureScheme, Signer};
use crate::error::HandshakeError;
use crate::handshake::{Flight, Message, Transcript};
use crate::message::{
    CertificateList, CertificateRequest, CertificateVerify, ClientCertificateType, ClientHello,
    ClientKeyExchange, Finished, HandshakeType, SCSV, ServerExtensions, ServerHello,
    ServerKeyExchange, UseSrtp, encode_params,
};
use crate::record::DTLS_1_2;
use crate::srtp_profile::SrtpProfile;

/// Waits for ClientHello.
pub(crate) struct ExpectClientHello;

impl ExpectClientHello {
    pub(super) fn handle(
        self,
        context: &mut Context<'_>,
        message: &Message,
    ) -> Result<ExpectClientCertificate, HandshakeError> {
        let mut transcript = Transcript::default();
        let body = expect(message, HandshakeType::CLIENT_HELLO, &mut transcript)?;
        let hello = ClientHello::decode(body)?;
        check_version(&hello)?;
        let suite = context
            .config
            .cipher_suites
            .iter()
            // Our certificate has a key for ECDSA.
            .find(|suite| suite.is_ecdsa() && hello.cipher_suites.contains(&suite.code()))
            .copied()
            .ok_or(HandshakeError::NoCommonCipherSuite)?;
        if !hello.compression_methods.contains(&0) {
            return Err(HandshakeError::IllegalParameter);
        }
        let offered = &hello.extensions;
        if !offered.extended_master_secret {
            return Err(HandshakeError::NoExtendedMasterSecret);
        }
        if offered.renegotiation_info.as_ref().is_some_and(|info| !info.is_empty()) {
            return Err(HandshakeError::RenegotiationInfo);
        }
        if offered.ec_point_formats.as_ref().is_some_and(|formats| !formats.contains(&0)) {
            return Err(HandshakeError::IllegalParameter);
        }
        let scheme = SignatureScheme::EcdsaSecp256r1Sha256.code();
        if !offered.signature_algorithms.as_ref().is_some_and(|list| list.contains(&scheme)) {
            return Err(HandshakeError::NoCommonSignatureScheme);
        }
        let group = choose_group(context.config, offered.supported_groups.as_deref())?;
        let srtp_profile = choose_profile(context.config, offered.use_srtp.as_ref());
        let secure_renegotiation =
            offered.renegotiation_info.is_some() || hello.cipher_suites.contains(&SCSV);

        let answer = ServerHello {
            version: DTLS_1_2,
            // Random to its last byte: the sentinel of RFC 8446 §4.1.3 in those eight bytes says
            // that the server could do 1.3, upon which a client that can would have to give up.
            random: context.draws.hello_random(),
            session_id: Vec::new(),
            cipher_suite: suite.code(),
            compression_method: 0,
            extensions: ServerExtensions {
                ec_point_formats: offered.ec_point_formats.as_ref().map(|_| vec![0]),
                use_srtp: srtp_profile
                    .map(|profile| UseSrtp { profiles: vec![profile.code()], mki: Vec::new() }),
                extended_master_secret: true,
                renegotiation_info: secure_renegotiation.then(Vec::new),
                unknown: None,
            },
        };
        let randoms = Randoms { client: hello.random, server: answer.random };
        let share = context.draws.share(group);
        context.flight = Some(hello_flight(
            context.config,
            &answer,
            &randoms,
            group,
            &share,
            &mut transcript,
            context.message_seq,
        ));
        Ok(ExpectClientCertificate {
            common: Common { transcript, randoms, suite, srtp_profile, group },
            share,
        })
    }
}

/// What all later states carry.
struct Common {
    transcript: Transcript,
    randoms: Randoms,
    suite: CipherSuite,
    srtp_profile: Option<SrtpProfile>,
    group: NamedGroup,
}

/// Waits for the client's Certificate.
pub(crate) struct ExpectClientCertificate {
    common: Common,
    share: PrivateShare,
}

impl ExpectClientCertificate {
    pub(super) fn handle(
        mut self,
        context: &Context<'_>,
        message: &Message,
    ) -> Result<ExpectClientKeyExchange, HandshakeError> {
        let body = expect(message, HandshakeType::CERTIFICATE, &mut self.common.transcript)?;
        let certificate = PeerCertificate::verify(context.config, body)?;
        Ok(ExpectClientKeyExchange { common: self.common, share: self.share, certificate })
    }
}

/// Waits for ClientKeyExchange.
pub(crate) struct ExpectClientKeyExchange {
    common: Common,
    share: PrivateShare,
    certificate: PeerCertificate,
}

impl ExpectClientKeyExchange {
    pub(super) fn handle(
        mut self,
        context: &mut Context<'_>,
        message: &Message,
    ) -> Result<ExpectCertificateVerify, HandshakeError> {
        let transcript = &mut self.common.transcript;
        let body = expect(message, HandshakeType::CLIENT_KEY_EXCHANGE, transcript)?;
        let exchange = ClientKeyExchange::decode(body)?;
        let premaster =
            self.share.agree(exchange.public).map_err(|_| HandshakeError::IllegalParameter)?;
        let session_hash = transcript.digest(self.common.suite.hash());
        let secrets =
            Secrets::new(self.common.suite, self.common.randoms, &premaster, &session_hash);
        // Known already here, so that a Finished that overtook can be read.
        context.keys = secrets.record_keys(Role::Server);
        Ok(ExpectCertificateVerify { common: self.common, certificate: self.certificate, secrets })
    }
}

/// Waits for CertificateVerify, without which a certificate proves nothing.
pub(crate) struct ExpectCertificateVerify {
    common: Common,
    certificate: PeerCertificate,
    secrets: Secrets,
}

impl ExpectCertificateVerify {
    pub(super) fn handle(
        mut self,
        message: &Message,
    ) -> Result<ExpectClientFinished, HandshakeError> {
        let transcript = &mut self.common.transcript;
        super::context::check_type(message, HandshakeType::CERTIFICATE_VERIFY)?;
        let verify = CertificateVerify::decode(&message.body)?;
        let signed = transcript.as_bytes();
        self.certificate.verify_signature(verify.scheme, signed, verify.signature)?;
        expect(message, HandshakeType::CERTIFICATE_VERIFY, transcript)?;
        Ok(ExpectClientFinished {
            transcript: self.common.transcript,
            established: Established {
                secrets: self.secrets,
                group: self.common.group,
                srtp_profile: self.common.srtp_profile,
                peer_certificate: self.certificate,
            },
        })
    }
}

/// Waits for the client's Finished.
pub(crate) struct ExpectClientFinished {
    transcript: Transcript,
    established: Established,
}

impl ExpectClientFinished {
    pub(super) fn handle(
        mut self,
        context: &mut Context<'_>,
        message: &Message,
    ) -> Result<Established, HandshakeError> {
        let secrets = &self.established.secrets;
        let hash = secrets.suite().hash();
        let expected = secrets.verify_data(Role::Client, &self.transcript.digest(hash));
        let body = expect(message, HandshakeType::FINISHED, &mut self.transcript)?;
        let finished = Finished::decode(body)?;
        if !bool::from(finished.verify_data.ct_eq(&expected)) {
            return Err(HandshakeError::BadFinished);
        }
        let verify_data = secrets.verify_data(Role::Server, &self.transcript.digest(hash));
        let mut flight = Flight::default();
        flight.push_finished(&mut self.transcript, context.message_seq, |out| {
            Finished { verify_data }.encode(out);
        });
        context.flight = Some(flight);
        Ok(self.established)
    }
}

/// A client that lists its versions (RFC 8446 §4.2.1) must list 1.2; another one must not be
/// older. Version numbers of DTLS count down.
fn check_version(hello: &ClientHello) -> Result<(), HandshakeError> {
    let acceptable = match &hello.extensions.supported_versions {
        Some(versions) => versions.contains(&DTLS_1_2),
        None => hello.version >> 8 == 0xfe && hello.version <= DTLS_1_2,
    };
    if acceptable { Ok(()) } else { Err(HandshakeError::ProtocolVersion) }
}

/// Our most preferred of the client's groups. A client that lists none has P-256 (RFC 8422 §4).
fn choose_group(config: &Config, offered: Option<&[u16]>) -> Result<NamedGroup, HandshakeError> {
    let default = [NamedGroup::Secp256r1.code()];
    let offered = offered.unwrap_or(&default);
    config
        .groups
        .iter()
        .find(|group| offered.contains(&group.code()))
        .copied()
        .ok_or(HandshakeError::NoCommonGroup)
}

/// Our most preferred of the client's profiles; none means no SRTP, not failure (RFC 5764 §4.1).
/// Whatever MKI the client proposed, the answer has none, so none is used.
fn choose_profile(config: &Config, offered: Option<&UseSrtp>) -> Option<SrtpProfile> {
    let offered = offered?;
    config.srtp_profiles.iter().find(|own| offered.profiles.contains(&own.code())).copied()
}

fn hello_flight(
    config: &Config,
    answer: &ServerHello,
    randoms: &Randoms,
    group: NamedGroup,
    share: &PrivateShare,
    transcript: &mut Transcript,
    seq: &mut u16,
) -> Flight {
    let certificate = &config.certificate;
    let schemes: Vec<u16> = SignatureScheme::ALL.iter().map(|scheme| scheme.code()).collect();
    let mut params = Vec::new();
    encode_params(&mut params, group.code(), share.public().as_ref());
    let signature = certificate.signing_key().sign(&randoms.signed_with(&params));

    let mut flight = Flight::default();
    flight.push(transcript, seq, HandshakeType::SERVER_HELLO, |out| answer.encode(out));
    flight.push(transcript, seq, HandshakeType::CERTIFICATE, |out| {
        CertificateList { certificates: vec![certificate.der()] }.encode(out);
    });
    flight.push(transcript, seq, HandshakeType::SERVER_KEY_EXCHANGE, |out| {
        ServerKeyExchange {
            params: &params,
            group: group.code(),
            public: &[],
            scheme: SignatureScheme::EcdsaSecp256r1Sha256.code(),
            signature: &signature,
        }
        .encode(out);
    });
    flight.push(transcript, seq, HandshakeType::CERTIFICATE_REQUEST, |out| {
        CertificateRequest {
            certificate_types: vec![
                ClientCertificateType::ECDSA_SIGN,
                ClientCertificateType::RSA_SIGN,
            ],
            signature_algorithms: schemes,
        }
        .encode(out);
    });
    flight.push(transcript, seq, HandshakeType::SERVER_HELLO_DONE, |_| {});
    flight
}
