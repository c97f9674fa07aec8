//! All states of both sides.

use super::client::{
    AfterHello, ExpectCertificateRequest, ExpectServerCertificate, ExpectServerFinished,
    ExpectServerHello, ExpectServerHelloDone, ExpectServerKeyExchange,
};
use super::context::Context;
use super::established::Established;
use super::server::{
    ExpectCertificateVerify, ExpectClientCertificate, ExpectClientFinished, ExpectClientHello,
    ExpectClientKeyExchange,
};
use crate::error::HandshakeError;
use crate::handshake::Message;

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
        Ok(match self {
            Self::ServerHello(state) => match state.handle(context, message)? {
                AfterHello::Again(state) => Self::ServerHello(*state),
                AfterHello::Certificate(state) => Self::ServerCertificate(state),
            },
            Self::ServerCertificate(state) => {
                Self::ServerKeyExchange(state.handle(context, message)?)
            }
            Self::ServerKeyExchange(state) => Self::CertificateRequest(state.handle(message)?),
            Self::CertificateRequest(state) => Self::ServerHelloDone(state.handle(message)?),
            Self::ServerHelloDone(state) => Self::ServerFinished(state.handle(context, message)?),
            Self::ServerFinished(state) => Self::Established(state.handle(message)?),
            Self::ClientHello(state) => Self::ClientCertificate(state.handle(context, message)?),
            Self::ClientCertificate(state) => {
                Self::ClientKeyExchange(state.handle(context, message)?)
            }
            Self::ClientKeyExchange(state) => {
                Self::CertificateVerify(state.handle(context, message)?)
            }
            Self::CertificateVerify(state) => Self::ClientFinished(state.handle(message)?),
            Self::ClientFinished(state) => Self::Established(state.handle(context, message)?),
            // Nobody asks: see `Connection`, which has given the state up by then.
            Self::Established(_) => {
                return Err(HandshakeError::UnexpectedMessage {
                    expected: message.message_type.0,
                    found: message.message_type.0,
                });
            }
        })
    }

    /// The epoch in which the next message must come.
    pub(crate) const fn epoch(&self) -> u16 {
        match self {
            Self::ServerFinished(_) | Self::ClientFinished(_) | Self::Established(_) => 1,
            _ => 0,
        }
    }
}
