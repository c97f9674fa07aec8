//! Two connections, virtual time and fixed draws.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rtc_core::Instant;
use rtc_dtls::{
    Certificate, CertificateParams, Config, Connection, Error, Event, HashAlgorithm, Role,
};

/// Which way a datagram goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    ToServer,
    ToClient,
}

/// What the network does to a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Deliver,
    Drop,
    Duplicate,
    /// Arrives this many milliseconds late, behind others.
    Delay(u16),
    /// A byte is changed.
    Corrupt(u16),
}

/// A datagram under way.
#[derive(Debug, Clone)]
struct Flying {
    at: Instant,
    order: u64,
    direction: Direction,
    bytes: Vec<u8>,
}

/// A client and a server with a network between them.
pub(crate) struct Pair {
    pub(crate) now: Instant,
    pub(crate) client: Connection,
    pub(crate) server: Connection,
    pub(crate) latency: Duration,
    /// What befalls the next datagrams; after the end all are delivered.
    pub(crate) fates: VecDeque<Fate>,
    /// Every datagram ever sent.
    pub(crate) log: Vec<(Direction, Vec<u8>)>,
    pub(crate) client_events: Vec<Event>,
    pub(crate) server_events: Vec<Event>,
    /// What the connections said of the datagrams that reached them.
    pub(crate) results: Vec<(Direction, Result<(), Error>)>,
    flying: Vec<Flying>,
    order: u64,
}

pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub(crate) fn certificate(seed: u64) -> Certificate {
    let params = CertificateParams::new(Duration::from_secs(1_800_000_000));
    Certificate::generate(&params, &mut rng(seed))
}

/// A configuration for `own`, which expects `peer`.
pub(crate) fn config(own: &Certificate, peer: &Certificate) -> Config {
    Config::new(own.clone(), vec![peer.fingerprint(HashAlgorithm::Sha256)])
}

pub(crate) fn start() -> Instant {
    Instant::from_secs(1_000_000)
}

impl Pair {
    pub(crate) fn new() -> Self {
        Self::with(|_| {}, |_| {})
    }

    pub(crate) fn with(client: impl FnOnce(&mut Config), server: impl FnOnce(&mut Config)) -> Self {
        let (ours, theirs) = (certificate(1), certificate(2));
        let (mut client_config, mut server_config) =
            (config(&ours, &theirs), config(&theirs, &ours));
        client(&mut client_config);
        server(&mut server_config);
        Self::from_configs(client_config, server_config)
    }

    pub(crate) fn from_configs(client: Config, server: Config) -> Self {
        let now = start();
        Self {
            now,
            client: Connection::new(Arc::new(client), Role::Client, now, &mut rng(3)),
            server: Connection::new(Arc::new(server), Role::Server, now, &mut rng(4)),
            latency: Duration::from_millis(5),
            fates: VecDeque::new(),
            log: Vec::new(),
            client_events: Vec::new(),
            server_events: Vec::new(),
            results: Vec::new(),
            flying: Vec::new(),
            order: 0,
        }
    }

    /// Takes what both have to say and gives it to the network.
    pub(crate) fn drain(&mut self) {
        for direction in [Direction::ToServer, Direction::ToClient] {
            loop {
                let sender = match direction {
                    Direction::ToServer => &mut self.client,
                    Direction::ToClient => &mut self.server,
                };
                let mut bytes = Vec::new();
                if !sender.poll_transmit(self.now, &mut bytes) {
                    assert!(bytes.is_empty(), "nothing is appended where nothing is said");
                    break;
                }
                self.send(direction, bytes);
            }
        }
        self.client_events.extend(std::iter::from_fn(|| self.client.poll_event()));
        self.server_events.extend(std::iter::from_fn(|| self.server.poll_event()));
        for connection in [&self.client, &self.server] {
            assert!(
                connection.poll_timeout().is_none_or(|at| at > self.now),
                "no deadline lies in the past after a drain"
            );
        }
    }

    /// Gives a datagram to the network.
    pub(crate) fn send(&mut self, direction: Direction, bytes: Vec<u8>) {
        self.log.push((direction, bytes.clone()));
        let (copies, late, bytes) = match self.fates.pop_front().unwrap_or(Fate::Deliver) {
            Fate::Deliver => (1, 0, bytes),
            Fate::Drop => (0, 0, bytes),
            Fate::Duplicate => (2, 0, bytes),
            Fate::Delay(late) => (1, late, bytes),
            Fate::Corrupt(place) => {
                let mut bytes = bytes;
                let place = usize::from(place) % bytes.len();
                bytes[place] ^= 0x55;
                (1, 0, bytes)
            }
        };
        for _ in 0..copies {
            self.order += 1;
            self.flying.push(Flying {
                at: self.now + self.latency + Duration::from_millis(late.into()),
                order: self.order,
                direction,
                bytes: bytes.clone(),
            });
        }
    }

    /// Moves to the next moment at which something happens; `false` if nothing ever will.
    pub(crate) fn step(&mut self) -> bool {
        self.drain();
        let arrival = self.flying.iter().map(|flying| (flying.at, flying.order)).min();
        let next = Instant::earliest([
            arrival.map(|(at, _)| at),
            self.client.poll_timeout(),
            self.server.poll_timeout(),
        ]);
        let Some(next) = next else { return false };
        self.now = self.now.max(next);
        if let Some((at, order)) = arrival
            && at <= self.now
        {
            let index = self.flying.iter().position(|flying| flying.order == order).unwrap();
            let Flying { direction, bytes, .. } = self.flying.remove(index);
            let _noted = self.deliver(direction, &bytes);
        }
        for connection in [&mut self.client, &mut self.server] {
            if connection.poll_timeout().is_some_and(|at| at <= self.now) {
                connection.handle_timeout(self.now);
            }
        }
        self.drain();
        true
    }

    /// Hands a datagram over at once.
    pub(crate) fn deliver(&mut self, direction: Direction, bytes: &[u8]) -> Result<(), Error> {
        let receiver = match direction {
            Direction::ToServer => &mut self.server,
            Direction::ToClient => &mut self.client,
        };
        let result = receiver.handle_datagram(self.now, BytesMut::from(bytes));
        self.results.push((direction, result));
        result
    }

    /// Runs until nothing happens any more, or a minute has passed.
    pub(crate) fn drive(&mut self) {
        let end = self.now + Duration::from_secs(60);
        while self.now < end && self.step() {}
    }

    /// Runs until both are connected.
    pub(crate) fn connect(&mut self) {
        let end = self.now + Duration::from_secs(60);
        while !(self.client.is_connected() && self.server.is_connected()) {
            assert!(self.now < end && self.step(), "not connected: {self:?}");
        }
        self.drain();
    }

    /// A connected pair with nothing under way.
    pub(crate) fn connected() -> Self {
        let mut pair = Self::new();
        pair.connect();
        pair.drive();
        pair
    }

    /// Seals data of one side.
    pub(crate) fn seal(&mut self, direction: Direction, data: &[u8]) -> Vec<u8> {
        let sender = match direction {
            Direction::ToServer => &mut self.client,
            Direction::ToClient => &mut self.server,
        };
        seal(sender, data)
    }
}

pub(crate) fn seal(sender: &mut Connection, data: &[u8]) -> Vec<u8> {
    let mut out = vec![0; sender.record_header_len()];
    out.extend_from_slice(data);
    sender.seal(&mut out, 0).unwrap();
    assert_eq!(out.len(), data.len() + sender.record_overhead());
    out
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair")
            .field("now", &self.now)
            .field("client", &self.client)
            .field("server", &self.server)
            .field("results", &self.results)
            .finish_non_exhaustive()
    }
}
