//! The client's states, in the order of the protocol.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use subtle::ConstantTimeEq;

use super::context::{Context, check_type, expect};
use super::established::Established;
use super::key_schedule::{Randoms, Secrets};
use super::peer::PeerCertificate;
use crate::cipher_suite::CipherSuite;
use crate::config::{Config, Role};
use crate::crypto::{KeyAgreement, MAX_POINT_LENGTH, NamedGroup, Point, SignatureScheme, Signer};
use crate::error::HandshakeError;
use crate::handshake::{Flight, Message, Transcript};
use crate::message::{
    CertificateList, CertificateRequest, CertificateVerify, ClientCertificateType,
    ClientExtensions, ClientHello, ClientKeyExchange, Finished, HandshakeType, HelloVerifyRequest,
    ServerHello, ServerKeyExchange, UseSrtp,
};
use crate::record::DTLS_1_2;
use crate::srtp_profile::SrtpProfile;

/// Waits for ServerHello, or once for HelloVerifyRequest.
pub(crate) struct ExpectServerHello {
    transcript: Transcript,
    hello: ClientHello,
}

impl ExpectServerHello {
    pub(super) fn start(context: &mut Context<'_>) -> Self {
        let hello = client_hello(context.config, context.draws.hello_random());
        let mut transcript = Transcript::default();
        context.flight = Some(hello_flight(&hello, &mut transcript, context.message_seq));
        Self { transcript, hello }
    }

    pub(super) fn handle(
        mut self,
        context: &mut Context<'_>,
        message: &Message,
    ) -> Result<AfterHello, HandshakeError> {
        if message.message_type == HandshakeType::HELLO_VERIFY_REQUEST
            && self.hello.cookie.is_empty()
        {
            let request = HelloVerifyRequest::decode(&message.body)?;
            if request.cookie.is_empty() {
                return Err(HandshakeError::IllegalParameter);
            }
            self.hello.cookie = request.cookie.to_vec();
            self.transcript.clear();
            let flight = hello_flight(&self.hello, &mut self.transcript, context.message_seq);
            context.flight = Some(flight);
            return Ok(AfterHello::Again(Box::new(self)));
        }
        let body = expect(message, HandshakeType::SERVER_HELLO, &mut self.transcript)?;
        let hello = ServerHello::decode(body)?;
        if hello.version != DTLS_1_2 {
            return Err(HandshakeError::ProtocolVersion);
        }
        let suite = CipherSuite::from_code(hello.cipher_suite)
            .filter(|suite| context.config.cipher_suites.contains(suite))
            .ok_or(HandshakeError::IllegalParameter)?;
        if hello.compression_method != 0 {
            return Err(HandshakeError::IllegalParameter);
        }
        let extensions = &hello.extensions;
        if let Some(unknown) = extensions.unknown {
            return Err(HandshakeError::UnsolicitedExtension(unknown));
        }
        if !extensions.extended_master_secret {
            return Err(HandshakeError::NoExtendedMasterSecret);
        }
        if extensions.renegotiation_info.as_ref().is_some_and(|info| !info.is_empty()) {
            return Err(HandshakeError::RenegotiationInfo);
        }
        if extensions.ec_point_formats.as_ref().is_some_and(|formats| !formats.contains(&0)) {
            return Err(HandshakeError::IllegalParameter);
        }
        let srtp_profile = match &extensions.use_srtp {
            None => None,
            Some(chosen) => Some(chosen_profile(context.config, chosen)?),
        };
        let randoms = Randoms { client: self.hello.random, server: hello.random };
        Ok(AfterHello::Certificate(ExpectServerCertificate {
            common: Common { transcript: self.transcript, randoms, suite, srtp_profile },
        }))
    }
}

/// What a ServerHello or HelloVerifyRequest leads to.
pub(crate) enum AfterHello {
    /// The hello was sent again, with a cookie.
    Again(Box<ExpectServerHello>),
    Certificate(ExpectServerCertificate),
}

/// What all later states carry.
struct Common {
    transcript: Transcript,
    randoms: Randoms,
    suite: CipherSuite,
    srtp_profile: Option<SrtpProfile>,
}

/// Waits for the server's Certificate.
pub(crate) struct ExpectServerCertificate {
    common: Common,
}

impl ExpectServerCertificate {
    pub(super) fn handle(
        mut self,
        context: &Context<'_>,
        message: &Message,
    ) -> Result<ExpectServerKeyExchange, HandshakeError> {
        let body = expect(message, HandshakeType::CERTIFICATE, &mut self.common.transcript)?;
        let certificate = PeerCertificate::verify(context.config, body)?;
        if certificate.is_ecdsa() != self.common.suite.is_ecdsa() {
            return Err(HandshakeError::BadCertificate);
        }
        let offered = context.config.groups.clone();
        Ok(ExpectServerKeyExchange { common: self.common, certificate, offered })
    }
}

/// Waits for ServerKeyExchange.
pub(crate) struct ExpectServerKeyExchange {
    common: Common,
    certificate: PeerCertificate,
    offered: Vec<NamedGroup>,
}

impl ExpectServerKeyExchange {
    pub(super) fn handle(
        mut self,
        message: &Message,
    ) -> Result<ExpectCertificateRequest, HandshakeError> {
        let transcript = &mut self.common.transcript;
        let body = expect(message, HandshakeType::SERVER_KEY_EXCHANGE, transcript)?;
        let exchange = ServerKeyExchange::decode(body)?;
        let group = NamedGroup::from_code(exchange.group)
            .filter(|group| self.offered.contains(group))
            .ok_or(HandshakeError::IllegalParameter)?;
        if exchange.public.len() > MAX_POINT_LENGTH {
            return Err(HandshakeError::IllegalParameter);
        }
        let signed = self.common.randoms.signed_with(exchange.params);
        self.certificate.verify_signature(exchange.scheme, &signed, exchange.signature)?;
        Ok(ExpectCertificateRequest {
            group,
            public: Point::new(exchange.public),
            common: self.common,
            certificate: self.certificate,
        })
    }
}

/// Waits for CertificateRequest: in WebRTC the server always asks (RFC 8827 §6.5).
pub(crate) struct ExpectCertificateRequest {
    common: Common,
    certificate: PeerCertificate,
    group: NamedGroup,
    public: Point,
}

impl ExpectCertificateRequest {
    pub(super) fn handle(
        mut self,
        message: &Message,
    ) -> Result<ExpectServerHelloDone, HandshakeError> {
        let transcript = &mut self.common.transcript;
        let body = expect(message, HandshakeType::CERTIFICATE_REQUEST, transcript)?;
        let request = CertificateRequest::decode(body)?;
        let scheme = SignatureScheme::EcdsaSecp256r1Sha256.code();
        if !request.certificate_types.contains(&ClientCertificateType::ECDSA_SIGN)
            || !request.signature_algorithms.contains(&scheme)
        {
            return Err(HandshakeError::NoCommonSignatureScheme);
        }
        Ok(ExpectServerHelloDone {
            common: self.common,
            certificate: self.certificate,
            group: self.group,
            public: self.public,
        })
    }
}

/// Waits for ServerHelloDone.
pub(crate) struct ExpectServerHelloDone {
    common: Common,
    certificate: PeerCertificate,
    group: NamedGroup,
    public: Point,
}

impl ExpectServerHelloDone {
    pub(super) fn handle(
        self,
        context: &mut Context<'_>,
        message: &Message,
    ) -> Result<ExpectServerFinished, HandshakeError> {
        let Common { mut transcript, randoms, suite, srtp_profile } = self.common;
        if !expect(message, HandshakeType::SERVER_HELLO_DONE, &mut transcript)?.is_empty() {
            return Err(crate::error::DecodeError::TrailingBytes.into());
        }
        let share = context.draws.share(self.group);
        let public = share.public();
        let premaster =
            share.agree(self.public.as_ref()).map_err(|_| HandshakeError::IllegalParameter)?;

        let own = &context.config.certificate;
        let seq = &mut *context.message_seq;
        let mut flight = Flight::default();
        flight.push(&mut transcript, seq, HandshakeType::CERTIFICATE, |out| {
            CertificateList { certificates: vec![own.der()] }.encode(out);
        });
        flight.push(&mut transcript, seq, HandshakeType::CLIENT_KEY_EXCHANGE, |out| {
            ClientKeyExchange { public: public.as_ref() }.encode(out);
        });
        let session_hash = transcript.digest(suite.hash());
        let secrets = Secrets::new(suite, randoms, &premaster, &session_hash);
        let signature = own.signing_key().sign(transcript.as_bytes());
        flight.push(&mut transcript, seq, HandshakeType::CERTIFICATE_VERIFY, |out| {
            let scheme = SignatureScheme::EcdsaSecp256r1Sha256.code();
            CertificateVerify { scheme, signature: &signature }.encode(out);
        });
        let verify_data = secrets.verify_data(Role::Client, &transcript.digest(suite.hash()));
        flight.push_finished(&mut transcript, seq, |out| Finished { verify_data }.encode(out));
        context.flight = Some(flight);
        context.keys = secrets.record_keys(Role::Client);
        let expected = secrets.verify_data(Role::Server, &transcript.digest(suite.hash()));
        Ok(ExpectServerFinished {
            expected,
            established: Established {
                secrets,
                group: self.group,
                srtp_profile,
                peer_certificate: self.certificate,
            },
        })
    }
}

/// Waits for the server's Finished.
pub(crate) struct ExpectServerFinished {
    expected: [u8; 12],
    established: Established,
}

impl ExpectServerFinished {
    pub(super) fn handle(self, message: &Message) -> Result<Established, HandshakeError> {
        check_type(message, HandshakeType::FINISHED)?;
        let finished = Finished::decode(&message.body)?;
        if !bool::from(finished.verify_data.ct_eq(&self.expected)) {
            return Err(HandshakeError::BadFinished);
        }
        Ok(self.established)
    }
}

fn client_hello(config: &Config, random: [u8; 32]) -> ClientHello {
    let use_srtp = UseSrtp {
        profiles: config.srtp_profiles.iter().map(|profile| profile.code()).collect(),
        mki: Vec::new(),
    };
    ClientHello {
        version: DTLS_1_2,
        random,
        session_id: Vec::new(),
        cookie: Vec::new(),
        cipher_suites: config.cipher_suites.iter().map(|suite| suite.code()).collect(),
        compression_methods: vec![0],
        extensions: ClientExtensions {
            supported_versions: None,
            supported_groups: Some(config.groups.iter().map(|group| group.code()).collect()),
            ec_point_formats: Some(vec![0]),
            signature_algorithms: Some(
                SignatureScheme::ALL.iter().map(|scheme| scheme.code()).collect(),
            ),
            use_srtp: (!config.srtp_profiles.is_empty()).then_some(use_srtp),
            extended_master_secret: true,
            renegotiation_info: Some(Vec::new()),
        },
    }
}

fn hello_flight(hello: &ClientHello, transcript: &mut Transcript, seq: &mut u16) -> Flight {
    let mut flight = Flight::default();
    flight.push(transcript, seq, HandshakeType::CLIENT_HELLO, |out| hello.encode(out));
    flight
}

/// RFC 5764 §4.1.1: exactly one profile, one of those that we offered, and the MKI that we sent,
/// which is none.
fn chosen_profile(config: &Config, chosen: &UseSrtp) -> Result<SrtpProfile, HandshakeError> {
    let [code] = chosen.profiles[..] else {
        return Err(HandshakeError::IllegalParameter);
    };
    if !chosen.mki.is_empty() {
        return Err(HandshakeError::IllegalParameter);
    }
    SrtpProfile::from_code(code)
        .filter(|profile| config.srtp_profiles.contains(profile))
        .ok_or(HandshakeError::SrtpProfileNotOffered)
}
