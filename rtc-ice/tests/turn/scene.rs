//! A client, its server, the peers behind it, and the network between client and server.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_ice::turn::{Allocated, Client, Config, Credentials, Error, Event, Families, Inbound};

use crate::turn_server::TurnServer;

/// What happens to a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Deliver,
    Drop,
    Duplicate,
    Delay(u16),
    Corrupt(u16),
}

pub(crate) struct Scene {
    pub(crate) now: Instant,
    pub(crate) client: Client,
    pub(crate) server: TurnServer,
    pub(crate) latency: Duration,
    /// What happens to the next datagrams between client and server; after these all arrive.
    pub(crate) fates: VecDeque<Fate>,
    pub(crate) events: Vec<(Instant, Event)>,
    /// What peers sent and the client gave out: relayed, peer, data.
    pub(crate) received: Vec<(SocketAddr, SocketAddr, Vec<u8>)>,
    /// What peers received: relayed, peer, data.
    pub(crate) delivered: Vec<(SocketAddr, SocketAddr, Vec<u8>)>,
    pub(crate) errors: Vec<Error>,
    /// Everything that the client sent.
    pub(crate) log: Vec<(Instant, FiveTuple, Vec<u8>)>,
    flights: BTreeMap<(Instant, u64), (bool, FiveTuple, Vec<u8>)>,
    sequence: u64,
}

pub(crate) fn start() -> Instant {
    Instant::from_secs(1_000_000)
}

pub(crate) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

pub(crate) fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(crate) fn credentials() -> Credentials {
    Credentials::new("lab", "secret")
}

pub(crate) fn config() -> Config {
    Config::new(credentials())
}

pub(crate) fn path(protocol: Protocol) -> FiveTuple {
    FiveTuple { protocol, local: addr("192.0.2.1:1000"), remote: addr("203.0.113.1:3478") }
}

pub(crate) fn peer() -> SocketAddr {
    addr("198.51.100.7:4000")
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(config(), Protocol::Udp)
    }

    pub(crate) fn with(config: Config, protocol: Protocol) -> Self {
        let path = path(protocol);
        Self {
            now: start(),
            client: Client::new(config, path, start(), &mut rng(1)),
            server: TurnServer::new(path.remote),
            latency: Duration::from_millis(10),
            fates: VecDeque::new(),
            events: Vec::new(),
            received: Vec::new(),
            delivered: Vec::new(),
            errors: Vec::new(),
            log: Vec::new(),
            flights: BTreeMap::new(),
            sequence: 0,
        }
    }

    pub(crate) fn with_families(families: Families) -> Self {
        let mut config = config();
        config.families = families;
        Self::with(config, Protocol::Udp)
    }

    /// A scene with an allocation.
    pub(crate) fn allocated() -> Self {
        let mut scene = Self::new();
        scene.allocate();
        scene
    }

    pub(crate) fn allocate(&mut self) -> Allocated {
        self.drive(Duration::from_secs(2));
        *self.client.allocated().unwrap_or_else(|| panic!("{:?}", self.events))
    }

    /// An allocation with a permission and a bound channel for the peer.
    pub(crate) fn with_channel() -> Self {
        let mut scene = Self::allocated();
        for _ in 0..3 {
            scene.send(peer(), b"\x80data");
            scene.drive(Duration::from_millis(100));
        }
        assert_eq!(scene.server.allocations()[0].channels.len(), 1);
        scene.delivered.clear();
        scene.log.clear();
        scene
    }

    /// Sends to a peer; true if something went out at once.
    pub(crate) fn send(&mut self, peer: SocketAddr, data: &[u8]) -> bool {
        let mut out = b"before".to_vec();
        out.extend_from_slice(data);
        let path = self.client.wrap(self.now, peer, &mut out, 6);
        assert_eq!(out[..6], *b"before");
        match path {
            Some(path) => self.fly(true, path, out.split_off(6)),
            None => assert_eq!(out.len(), 6),
        }
        self.drain();
        path.is_some()
    }

    /// A peer sends to a relayed address.
    pub(crate) fn peer_sends(&mut self, peer: SocketAddr, relayed: SocketAddr, data: &[u8]) {
        self.server.handle_datagram(self.now, FiveTuple::udp(relayed, peer), data);
        self.drain();
    }

    /// Hands something to the client as if the server had sent it.
    pub(crate) fn inject(&mut self, data: &[u8]) -> Result<Inbound, Error> {
        let path = self.client.path();
        let mut data = BytesMut::from(data);
        let mut result = self.client.handle_datagram(self.now, path, &mut data);
        while path.protocol == Protocol::Tcp && !data.is_empty() {
            let next = self.client.handle_datagram(self.now, path, &mut data);
            result = result.and(next);
        }
        result
    }

    pub(crate) fn drive(&mut self, time: Duration) {
        let end = self.now + time;
        self.drain();
        while let Some(next) = self.next_at().filter(|next| *next <= end) {
            self.step(next);
        }
        self.now = end;
        self.client.handle_timeout(end);
        self.drain();
    }

    /// Sends to the peer every so often while time passes.
    pub(crate) fn talk(&mut self, time: Duration, every: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.send(peer(), b"\x80talk");
            self.drive(every);
        }
    }

    pub(crate) fn failure(&self) -> Option<&Event> {
        self.events
            .iter()
            .map(|(_, event)| event)
            .find(|event| matches!(event, Event::Failed(_) | Event::Lost(_) | Event::Released))
    }

    fn next_at(&self) -> Option<Instant> {
        let flight = self.flights.first_key_value().map(|((at, _), _)| *at);
        Instant::earliest([flight, self.client.poll_timeout()])
    }

    fn step(&mut self, next: Instant) {
        self.now = self.now.max(next);
        if self.client.poll_timeout().is_some_and(|at| at <= self.now) {
            self.client.handle_timeout(self.now);
        }
        while let Some(entry) = self.flights.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            let (is_to_server, path, data) = entry.remove();
            if is_to_server {
                let path = FiveTuple { local: path.remote, remote: path.local, ..path };
                self.server.handle_datagram(self.now, path, &data);
            } else {
                self.arrive(path, &data);
            }
        }
        self.drain();
    }

    fn arrive(&mut self, path: FiveTuple, data: &[u8]) {
        let mut data = BytesMut::from(data);
        loop {
            match self.client.handle_datagram(self.now, path, &mut data) {
                Ok(Inbound::Data { relayed, peer, payload }) => {
                    self.received.push((relayed, peer, payload.to_vec()));
                }
                Ok(Inbound::NotMine) => break,
                Ok(_) => {}
                Err(error) => self.errors.push(error),
            }
            if data.is_empty() || path.protocol == Protocol::Udp {
                break;
            }
        }
    }

    fn drain(&mut self) {
        let mut out = Vec::new();
        while let Some(transmit) = self.client.poll_transmit(self.now, &mut out) {
            assert_eq!(transmit.size, out.len());
            self.fly(true, transmit.path, out.split_off(0));
        }
        assert!(out.is_empty());
        while let Some(event) = self.client.poll_event() {
            self.events.push((self.now, event));
        }
        while let Some((path, data)) = self.server.poll_transmit() {
            if path.local == self.server.address {
                let path = FiveTuple { local: path.remote, remote: path.local, ..path };
                self.fly(false, path, data);
            } else {
                self.delivered.push((path.local, path.remote, data));
            }
        }
        let timeout = self.client.poll_timeout();
        assert!(timeout.is_none_or(|at| at > self.now), "{timeout:?} {:?}", self.now);
    }

    /// `path` is as the client sees it.
    fn fly(&mut self, is_to_server: bool, path: FiveTuple, mut data: Vec<u8>) {
        if is_to_server {
            self.log.push((self.now, path, data.clone()));
        }
        let mut at = self.now + self.latency;
        let is_udp = path.protocol == Protocol::Udp;
        match self.fates.pop_front().filter(|_| is_udp).unwrap_or(Fate::Deliver) {
            Fate::Deliver => {}
            Fate::Drop => return,
            Fate::Delay(millis) => at += Duration::from_millis(millis.into()),
            Fate::Duplicate => self.put(at, is_to_server, path, data.clone()),
            Fate::Corrupt(bit) => {
                let bit = usize::from(bit) % (data.len() * 8);
                data[bit / 8] ^= 1 << (bit % 8);
            }
        }
        self.put(at, is_to_server, path, data);
    }

    fn put(&mut self, at: Instant, is_to_server: bool, path: FiveTuple, data: Vec<u8>) {
        self.sequence += 1;
        self.flights.insert((at, self.sequence), (is_to_server, path, data));
    }
}
