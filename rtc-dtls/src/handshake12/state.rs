//! All states of both sides, and what remains when the handshake has ended.

use super::client::{
    ExpectCertificateRequest, ExpectServerCertificate, ExpectServerFinished, ExpectServerHello,
    ExpectServerHelloDone, ExpectServerKeyExchange,
};
use super::context::Context;
use super::key_schedule::Secrets;
use super::peer::PeerCertificate;
use super::server::{
    ExpectCertificateVerify, ExpectClientCertificate, ExpectClientFinished, ExpectClientHello,
    ExpectClientKeyExchange,
};
use crate::crypto::NamedGroup;
use crate::error::HandshakeError;
use crate::handshake::Message;
use crate::srtp_profile::SrtpProfile;

/// A finished handshake.
pub(crate) struct Established {
    pub(crate) secrets: Secrets,
    pub(crate) group: NamedGroup,
    pub(crate) srtp_profile: Option<SrtpProfile>,
    pub(crate) peer_certificate: PeerCertificate,
}

/// The message that is waited for.
pub(crate) enum State {
    ServerHello(ExpectServerHello),
    ServerCertificate(ExpectServerCertificate),
    ServerKeyExchange(ExpectServerKeyExchange),
    CertificateRequest(ExpectCertificateRequest),
    ServerHelloDone(ExpectServerHelloDone),
    ServerFinished(ExpectServerFinished),
    ClientHello(ExpectClientHello),
    ClientCertificate(ExpectClientCertificate),
    ClientKeyExchange(ExpectClientKeyExchange),
    CertificateVerify(ExpectCertificateVerify),
    ClientFinished(ExpectClientFinished),
    Established(Established),
}

impl State {
    /// The first state of a client, whose first flight is put into the context.
    pub(crate) fn client(context: &mut Context<'_>) -> Self {
        Self::ServerHello(ExpectServerHello::start(context))
    }

    /// The first state of a server.
    pub(crate) const fn server() -> Self {
        Self::ClientHello(ExpectClientHello)
    }

    /// Takes the next message. The state is consumed: after an error there is none.
    pub(crate) fn handle(
        self,
        context: &mut Context<'_>,
        message: &Message,
    ) -> Result<Self, HandshakeError> {
        match self {
            Self::ServerHello(state) => state.handle(context, message),
            Self::ServerCertificate(state) => state.handle(context, message),
            Self::ServerKeyExchange(state) => state.handle(message),
            Self::CertificateRequest(state) => state.handle(message),
            Self::ServerHelloDone(state) => state.handle(context, message),
            Self::ServerFinished(state) => state.handle(message),
            Self::ClientHello(state) => state.handle(context, message),
            Self::ClientCertificate(state) => state.handle(context, message),
            Self::ClientKeyExchange(state) => state.handle(context, message),
            Self::CertificateVerify(state) => state.handle(message),
            Self::ClientFinished(state) => state.handle(context, message),
            Self::Established(_) => Err(HandshakeError::UnexpectedMessage {
                expected: message.message_type.0,
                found: message.message_type.0,
            }),
        }
    }

    /// The epoch in which the next message must come.
    pub(crate) const fn epoch(&self) -> u16 {
        match self {
            Self::ServerFinished(_) | Self::ClientFinished(_) | Self::Established(_) => 1,
            _ => 0,
        }
    }
}
