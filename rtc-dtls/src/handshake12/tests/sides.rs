//! The two sides, and somebody in between who may change what they say.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;

use super::super::{Context, Established, State};
use crate::Fingerprint;
use crate::certificate::{Certificate, CertificateParams};
use crate::config::{Config, Role};
use crate::crypto::HashAlgorithm;
use crate::draws::Draws;
use crate::error::HandshakeError;
use crate::handshake::Message;
use crate::message::{ClientHello, HandshakeType, ServerHello};

pub(super) fn certificate(seed: u64) -> Certificate {
    Certificate::generate(
        &CertificateParams::new(Duration::from_secs(1_800_000_000)),
        &mut ChaCha20Rng::seed_from_u64(seed),
    )
}

pub(super) fn fingerprint(seed: u64) -> Fingerprint {
    certificate(seed).fingerprint(HashAlgorithm::Sha256)
}

pub(super) struct Side {
    pub(super) config: Config,
    pub(super) draws: Draws,
    pub(super) message_seq: u16,
    pub(super) state: Option<State>,
    pub(super) outcome: Result<(), HandshakeError>,
}

impl Side {
    pub(super) fn new(own: u64, peer: u64) -> Self {
        Self {
            config: Config::new(certificate(own), vec![fingerprint(peer)]),
            draws: Draws::new(&mut ChaCha20Rng::seed_from_u64(own)),
            message_seq: 0,
            state: None,
            outcome: Ok(()),
        }
    }

    pub(super) fn step(
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

    pub(super) fn handle(&mut self, messages: Vec<Message>) -> Vec<Message> {
        let mut answer = Vec::new();
        for message in messages {
            if let Some(state) = self.state.take() {
                answer.extend(self.step(|context| state.handle(context, &message)));
            }
        }
        answer
    }

    pub(super) fn established(self) -> Result<Established, HandshakeError> {
        self.outcome?;
        match self.state {
            Some(State::Established(established)) => Ok(established),
            _ => panic!("neither failed nor finished"),
        }
    }
}

/// Runs a handshake in which `tamper` may change each flight, and returns both sides.
pub(super) fn run_with(
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

pub(super) fn run(tamper: impl FnMut(Role, &mut Vec<Message>)) -> (Side, Side) {
    run_with(Side::new(1, 2), Side::new(2, 1), tamper)
}

pub(super) fn find(flight: &mut [Message], message_type: HandshakeType) -> Option<&mut Message> {
    flight.iter_mut().find(|message| message.message_type == message_type)
}

pub(super) fn encoded(encode: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&mut out);
    out
}

/// What the server says of a ClientHello that has been changed.
pub(super) fn server_on_hello(change: impl Fn(&mut ClientHello)) -> Result<(), HandshakeError> {
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
pub(super) fn client_on_hello(change: impl Fn(&mut ServerHello)) -> Result<(), HandshakeError> {
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
