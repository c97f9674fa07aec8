//! The Binding usage: asks a STUN server which address it sees (RFC 8489, RFC 8445 section 5.1.1.2).
#![deny(clippy::indexing_slicing)]

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;
use core::net::SocketAddr;
use core::time::Duration;

use rand_core::CryptoRng;
use rtc_core::{FiveTuple, Instant, Protocol, Transmit};

use crate::agent::address::is_possible;
use crate::draw::Draws;
use crate::error::DecodeError;
use crate::framing::{Deframer, Framing, FramingError};
use crate::retransmission::{Patience, Retransmission};

use crate::stun::{
    AttributeType, Class, ErrorCode, Message, MessageBuilder, Method, TransactionId,
};

/// Asks one STUN server over one path which address it sees, and keeps the answer true.
///
/// It begins at once and tells what it learns by [`Event`]s. Over TCP the connection is up when the
/// client is made, and pieces of the stream are handed in as they come.
#[derive(Debug)]
pub struct Client {
    config: Config,
    path: FiveTuple,
    state: State,
    mapped: Option<SocketAddr>,
    deframer: Deframer,
    events: VecDeque<Event>,
    draws: Draws,
}

/// What can be chosen about a [`Client`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The time until the first retransmission over UDP, 10 ms to 60 s; each later one takes twice
    /// as long.
    ///
    /// Default: 500 ms (RFC 8489, section 6.2.1).
    pub rto: Duration,
    /// Rc: how often a request is sent over UDP before it fails, 1 to 16.
    ///
    /// Default: 7 (RFC 8489, section 6.2.1).
    pub max_transmissions: u8,
    /// Rm: how many of the first RTOs an answer to the last transmission is waited for. Over TCP an
    /// answer is waited for as long as over UDP.
    ///
    /// Default: 16 (RFC 8489, section 6.2.1).
    pub final_wait: u8,
    /// How long after an answer the server is asked again, so that the mapping of a NAT lasts and
    /// its change is noticed; `None`: never. At least 1 s.
    ///
    /// Default: 15 s (RFC 8445, sections 5.1.1.4 and 11).
    pub keepalive: Option<Duration>,
    /// The servers that have redirected to this one, oldest first: a redirection to one of them, or
    /// after three hops, is a failure ([`redirected`](Self::redirected) adds one).
    ///
    /// Default: none.
    pub visited: Vec<SocketAddr>,
}

/// What a [`Client`] has learned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The server sees this address; again when it has changed.
    Mapped(SocketAddr),
    /// The client has ended. What was mapped may be so no longer.
    Failed(Failure),
}

/// Why a [`Client`] has ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// No answer came.
    #[error("the server has not answered")]
    NoAnswer,
    /// The connection ended, or what came over it was not STUN.
    #[error("the connection to the server ended")]
    Disconnected,
    /// Another server is to be asked over the same transport, secured as this one: a new client
    /// with [`Config::redirected`].
    #[error("the server asks to try {server}")]
    Redirected {
        /// The other server.
        server: SocketAddr,
        /// The name that its certificate has, if it is another than the one of this server.
        domain: Option<Box<str>>,
    },
    /// The server refused.
    #[error("the server refused with {}", .0.number())]
    Refused(ErrorCode),
    /// The answer has no usable address, or something in it that must be understood and is not.
    #[error("the answer makes no sense")]
    Malformed,
}

/// What a datagram was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inbound {
    /// Not an answer to this client: somebody else may want it.
    NotMine,
    /// An answer, or a piece of the stream.
    Own,
}

/// Why an answer had no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not a STUN message.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The stream cannot be cut; the client has ended.
    #[error(transparent)]
    Framing(#[from] FramingError),
    /// An error response without ERROR-CODE.
    #[error("{0:?} is missing")]
    MissingAttribute(AttributeType),
}

#[derive(Debug)]
enum State {
    Asking {
        id: TransactionId,
        timer: Retransmission,
    },
    /// The next question is due at this moment, if any.
    Resting(Option<Instant>),
    Over,
}

impl Client {
    /// A client that asks the server at `path.remote` at once.
    pub fn new(config: Config, path: FiveTuple, now: Instant, rng: &mut dyn CryptoRng) -> Self {
        let mut client = Self {
            config,
            path,
            state: State::Over,
            mapped: None,
            deframer: Deframer::new(Framing::Turn, MAX_FRAME),
            events: VecDeque::new(),
            draws: Draws::new(rng),
        };
        client.ask(now);
        client
    }

    /// The path to the server.
    pub const fn path(&self) -> FiveTuple {
        self.path
    }

    /// The address that the server saw last.
    pub const fn mapped(&self) -> Option<SocketAddr> {
        self.mapped
    }

    /// Whether it has ended: it sends nothing any more.
    pub const fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Sets how often the server is asked again, as [`Config::keepalive`] does; from the next
    /// answer on, or at once if it was never.
    pub fn set_keepalive(&mut self, now: Instant, keepalive: Option<Duration>) {
        self.config.keepalive = keepalive;
        if matches!(self.state, State::Resting(_)) {
            self.rest(now);
        }
    }

    /// Ends the client without a word.
    pub fn close(&mut self) {
        self.state = State::Over;
        self.events.clear();
    }

    /// Takes a datagram, or over TCP a piece of the stream.
    ///
    /// An answer counts only if it came from the server's address to the address that it was asked
    /// from, and belongs to the one request that is outstanding.
    ///
    /// # Errors
    ///
    /// If it is an answer that had no effect, or the stream is broken.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        datagram: &[u8],
    ) -> Result<Inbound, Error> {
        if path != self.path {
            return Ok(Inbound::NotMine);
        }
        if path.protocol == Protocol::Udp {
            return self.on_message(now, datagram);
        }
        let mut deframer =
            mem::replace(&mut self.deframer, Deframer::new(Framing::Turn, MAX_FRAME));
        let mut piece = datagram;
        let mut result = Ok(Inbound::Own);
        while let Some(frame) = deframer.next_frame(&mut piece) {
            match frame {
                Ok(frame) => {
                    if let Err(error) = self.on_message(now, frame) {
                        result = Err(error);
                    }
                }
                Err(error) => {
                    self.fail(Failure::Disconnected);
                    result = Err(error.into());
                }
            }
        }
        self.deframer = deframer;
        result
    }

    /// Says that the connection of this path has ended.
    pub fn handle_disconnected(&mut self, path: FiveTuple) {
        if path == self.path && path.protocol == Protocol::Tcp {
            self.fail(Failure::Disconnected);
        }
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.state {
            State::Asking { timer, .. } if timer.has_failed(now) => self.fail(Failure::NoAnswer),
            State::Resting(Some(at)) if at <= now => self.ask(now),
            _ => {}
        }
    }

    /// Appends the next datagram, or piece of the stream, to `out`.
    #[must_use]
    pub fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        self.handle_timeout(now);
        let State::Asking { id, timer } = &mut self.state else { return None };
        if timer.due_at() > now || !timer.wants_transmission() {
            return None;
        }
        timer.on_transmit(now);
        let size =
            MessageBuilder::new(out, Class::Request, Method::BINDING, *id).fingerprint().finish();
        Some(Transmit { path: self.path, ecn: None, dscp: 0, size, segment_size: None })
    }

    /// The next thing that was learned.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) and
    /// [`poll_transmit`](Self::poll_transmit) want to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Asking { timer, .. } => Some(timer.due_at()),
            State::Resting(at) => at,
            State::Over => None,
        }
    }

    fn on_message(&mut self, now: Instant, datagram: &[u8]) -> Result<Inbound, Error> {
        let State::Asking { id, timer } = self.state else { return Ok(Inbound::NotMine) };
        if !Message::is_stun(datagram) {
            return Ok(Inbound::NotMine);
        }
        let message = Message::decode(datagram)?;
        let is_answer = matches!(message.class(), Class::Success | Class::Error);
        let is_ours = message.method() == Method::BINDING && message.transaction_id() == id;
        if !is_answer || !is_ours || timer.is_new() {
            return Ok(Inbound::NotMine);
        }
        if message.class() == Class::Error {
            let code = message.error_code()?;
            let code = code.ok_or(Error::MissingAttribute(AttributeType::ERROR_CODE))?;
            let failure = self.redirection(&message, code).unwrap_or(Failure::Refused(code));
            self.fail(failure);
            return Ok(Inbound::Own);
        }
        let mapped = match message.xor_mapped_address()? {
            None => message.mapped_address()?,
            mapped => mapped,
        };
        match mapped.filter(|mapped| is_possible(*mapped)) {
            Some(mapped) if message.unknown_required().next().is_none() => {
                if self.mapped != Some(mapped) {
                    self.mapped = Some(mapped);
                    // Only the latest answer is of interest.
                    self.events.clear();
                    self.events.push_back(Event::Mapped(mapped));
                }
                self.rest(now);
            }
            _ => self.fail(Failure::Malformed),
        }
        Ok(Inbound::Own)
    }

    fn redirection(&self, message: &Message<'_>, code: ErrorCode) -> Option<Failure> {
        if code != ErrorCode::TRY_ALTERNATE || self.config.visited.len() >= MAX_HOPS {
            return None;
        }
        let server = message.alternate_server().ok()??;
        let is_new = server != self.path.remote && !self.config.visited.contains(&server);
        let is_alike = server.is_ipv4() == self.path.remote.is_ipv4();
        let domain = message.alternate_domain().ok()?.map(Box::from);
        (is_new && is_alike && is_possible(server))
            .then_some(Failure::Redirected { server, domain })
    }

    fn ask(&mut self, now: Instant) {
        let config = &self.config;
        let patience = Patience::new(config.rto, config.max_transmissions, config.final_wait);
        let timer = Retransmission::new(now, patience, self.path.protocol);
        self.state = State::Asking { id: TransactionId(self.draws.bytes()), timer };
    }

    fn rest(&mut self, now: Instant) {
        let keepalive = self.config.keepalive.map(|after| now + after.max(MIN_KEEPALIVE));
        self.state = State::Resting(keepalive);
    }

    fn fail(&mut self, failure: Failure) {
        if !self.is_over() {
            self.state = State::Over;
            self.events.push_back(Event::Failed(failure));
        }
    }
}

impl Config {
    /// The same for the server that `from` has redirected to.
    pub fn redirected(mut self, from: SocketAddr) -> Self {
        self.visited.push(from);
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            rto: Duration::from_millis(500),
            max_transmissions: 7,
            final_wait: 16,
            keepalive: Some(Duration::from_secs(15)),
            visited: Vec::new(),
        }
    }
}

impl Failure {
    /// The code that tells it to an application: the server's, or 701 where the server was not
    /// reached or not understood (the W3C's `RTCPeerConnectionIceErrorEvent`).
    pub const fn error_code(&self) -> u16 {
        match self {
            Self::NoAnswer | Self::Disconnected | Self::Malformed => 701,
            Self::Redirected { .. } => ErrorCode::TRY_ALTERNATE.number(),
            Self::Refused(code) => code.number(),
        }
    }
}

/// How often a server may send on to another.
const MAX_HOPS: usize = 3;
/// An answer to Binding has a few addresses and names.
const MAX_FRAME: usize = 2048;
const MIN_KEEPALIVE: Duration = Duration::from_secs(1);
