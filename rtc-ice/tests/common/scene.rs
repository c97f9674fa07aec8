//! A gatherer, its network and the servers in it, on virtual time.
#![allow(dead_code, unreachable_pub, reason = "each test file uses another part")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::BytesMut;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_ice::{
    Candidate, CandidateKind, ConnectionId, GatherEvent, GatherRequest, Gatherer, GathererConfig,
    Inbound, LocalAddress, QueryId, Server,
};

use crate::turn_server::TurnServer;

/// What happens to a datagram between the gatherer and a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Deliver,
    Drop,
    Duplicate,
    Delay(u16),
}

#[derive(Debug, Clone)]
enum Flight {
    /// The path is the server's.
    ToServer(FiveTuple, Vec<u8>),
    /// The path is the gatherer's.
    ToUs(FiveTuple, Vec<u8>),
    Resolved(QueryId, Vec<IpAddr>),
    Connected(ConnectionId, Option<SocketAddr>),
}

/// Everything takes 10 ms in one direction.
pub struct Scene {
    pub now: Instant,
    pub gatherer: Gatherer,
    pub servers: Vec<TurnServer>,
    /// Everything appears to the servers with this address and its own port.
    pub nat: Option<IpAddr>,
    /// What names are resolved to; those that are not here are never answered.
    pub names: BTreeMap<String, Vec<IpAddr>>,
    /// Where connections are refused.
    pub refusing: BTreeSet<SocketAddr>,
    /// Local addresses that nothing leaves from or comes to.
    pub gone: BTreeSet<IpAddr>,
    /// The fates of the next datagrams; afterwards all are delivered.
    pub fates: VecDeque<Fate>,
    pub events: Vec<(Instant, GatherEvent)>,
    pub requests: Vec<GatherRequest>,
    /// What was sent, when and on which path.
    pub sent: Vec<(Instant, FiveTuple, Vec<u8>)>,
    /// What came through relays.
    pub data: Vec<(FiveTuple, Vec<u8>)>,
    /// What peers got: from a relayed address, to a peer.
    pub to_peers: Vec<(FiveTuple, Vec<u8>)>,
    flights: BTreeMap<(Instant, u64), Flight>,
    next_flight: u64,
    next_port: u16,
    inside: BTreeMap<SocketAddr, SocketAddr>,
}

pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub fn udp(text: &str) -> LocalAddress {
    LocalAddress::new(address(text), Protocol::Udp)
}

pub fn server(uri: &str) -> Server {
    let uri = uri.parse().unwrap();
    Server { uri, username: "lab".into(), password: "secret".into() }
}

impl Scene {
    pub fn new(config: GathererConfig) -> Self {
        let now = Instant::from_secs(1_000_000);
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        Self {
            now,
            gatherer: Gatherer::new(config, now, &mut rng),
            servers: Vec::new(),
            nat: None,
            names: BTreeMap::new(),
            refusing: BTreeSet::new(),
            gone: BTreeSet::new(),
            fates: VecDeque::new(),
            events: Vec::new(),
            requests: Vec::new(),
            sent: Vec::new(),
            data: Vec::new(),
            to_peers: Vec::new(),
            flights: BTreeMap::new(),
            next_flight: 0,
            next_port: 50_000,
            inside: BTreeMap::new(),
        }
    }

    /// One local address, and a server at 198.51.100.1:3478 that relays on 198.51.100.1.
    pub fn usual(servers: &[&str]) -> Self {
        let mut scene = Self::new(GathererConfig::default());
        scene.nat = Some("203.0.113.1".parse().unwrap());
        scene.gatherer.add_local(scene.now, udp("192.168.1.2:1000")).unwrap();
        scene.gatherer.set_servers(servers.iter().map(|uri| server(uri)).collect());
        scene.servers.push(TurnServer::new(address("198.51.100.1:3478")));
        scene
    }

    pub fn gather(&mut self) {
        self.gatherer.gather(self.now);
        self.drain();
    }

    /// Lets this much time pass.
    pub fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        self.drain();
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.now = next;
            self.step();
        }
        self.now = end;
        self.gatherer.handle_timeout(end);
        self.drain();
    }

    pub fn run_ms(&mut self, ms: u64) {
        self.run(Duration::from_millis(ms));
    }

    /// Lets time pass until gathering is complete.
    pub fn complete(&mut self) -> Duration {
        let start = self.now;
        self.drain();
        while !self.gatherer.is_complete() {
            self.now = self.next().expect("something is waited for");
            self.step();
        }
        self.now.saturating_duration_since(start)
    }

    fn next(&self) -> Option<Instant> {
        let flight = self.flights.first_key_value().map(|((at, _), _)| *at);
        Instant::earliest([flight, self.gatherer.poll_timeout()])
    }

    fn step(&mut self) {
        let now = self.now;
        while let Some(entry) = self.flights.first_entry().filter(|it| it.key().0 <= now) {
            match entry.remove() {
                Flight::ToServer(path, datagram) => {
                    let is_its = |server: &&mut TurnServer| server.owns(path.local);
                    if let Some(server) = self.servers.iter_mut().find(is_its) {
                        server.handle_datagram(now, path, &datagram);
                    }
                    self.carry();
                }
                Flight::ToUs(path, datagram) => self.receive(path, &datagram),
                Flight::Resolved(query, addresses) => {
                    self.gatherer.handle_resolved(now, query, &addresses);
                }
                Flight::Connected(connection, Some(local)) => {
                    self.gatherer.handle_connected(now, connection, local);
                }
                Flight::Connected(connection, None) => {
                    self.gatherer.handle_connect_failed(now, connection);
                }
            }
            self.drain();
        }
        self.gatherer.handle_timeout(now);
        self.drain();
    }

    /// What reaches the gatherer's sockets.
    pub fn receive(&mut self, path: FiveTuple, datagram: &[u8]) {
        if self.gone.contains(&path.local.ip()) || !self.gatherer.owns(&path) {
            return;
        }
        let mut datagram = BytesMut::from(datagram);
        loop {
            match self.gatherer.handle_datagram(self.now, path, &mut datagram) {
                Ok(Inbound::Data { path, payload }) => self.data.push((path, payload.to_vec())),
                Ok(Inbound::NotMine) => break,
                Ok(Inbound::Own) | Err(_) => {}
            }
            if datagram.is_empty() || path.protocol == Protocol::Udp {
                break;
            }
        }
    }

    /// Sends something from a peer to a relayed address.
    pub fn peer_sends(&mut self, peer: SocketAddr, relayed: SocketAddr, payload: &[u8]) {
        self.fly(10, Flight::ToServer(FiveTuple::udp(relayed, peer), payload.to_vec()));
    }

    /// Sends something through a relay to a peer. False if it was not sent at once.
    pub fn send_to_peer(&mut self, relayed: SocketAddr, peer: SocketAddr, payload: &[u8]) -> bool {
        let mut out = vec![9; 3];
        out.extend_from_slice(payload);
        let path = FiveTuple::udp(relayed, peer);
        let wrapped = self.gatherer.wrap(self.now, path, &mut out, 3);
        assert_eq!(out[..3], [9; 3]);
        match wrapped {
            Some(path) => self.transmit(path, out.split_off(3)),
            None => assert_eq!(out.len(), 3),
        }
        self.drain();
        wrapped.is_some()
    }

    pub fn drain(&mut self) {
        loop {
            let mut out = Vec::new();
            if let Some(transmit) = self.gatherer.poll_transmit(self.now, &mut out) {
                assert_eq!(transmit.size, out.len());
                self.transmit(transmit.path, out);
            } else if let Some(request) = self.gatherer.poll_request() {
                assert!(out.is_empty());
                self.answer(request);
            } else {
                break;
            }
        }
        while let Some(event) = self.gatherer.poll_event() {
            self.events.push((self.now, event));
        }
        assert!(self.gatherer.poll_timeout().is_none_or(|at| at > self.now));
    }

    fn transmit(&mut self, path: FiveTuple, datagram: Vec<u8>) {
        self.sent.push((self.now, path, datagram.clone()));
        if self.gone.contains(&path.local.ip()) {
            return;
        }
        let outside = match self.nat.filter(|nat| nat.is_ipv4() == path.local.is_ipv4()) {
            Some(nat) => SocketAddr::new(nat, path.local.port()),
            None => path.local,
        };
        self.inside.insert(outside, path.local);
        let path = FiveTuple { local: path.remote, remote: outside, ..path };
        self.fly_fated(path.protocol, Flight::ToServer(path, datagram));
    }

    /// Carries away what the servers send.
    pub fn carry(&mut self) {
        let mut flights = Vec::new();
        for server in &mut self.servers {
            while let Some((path, datagram)) = server.poll_transmit() {
                match self.inside.get(&path.remote) {
                    Some(inside) => {
                        let path = FiveTuple { local: *inside, remote: path.local, ..path };
                        flights.push((path, datagram));
                    }
                    None => self.to_peers.push((path, datagram)),
                }
            }
        }
        for (path, datagram) in flights {
            self.fly_fated(path.protocol, Flight::ToUs(path, datagram));
        }
    }

    fn answer(&mut self, request: GatherRequest) {
        self.requests.push(request.clone());
        match request {
            GatherRequest::Resolve { query, host } => {
                if let Some(addresses) = self.names.get(&*host).cloned() {
                    self.fly(20, Flight::Resolved(query, addresses));
                }
            }
            GatherRequest::Connect { connection, local, remote, .. } => {
                self.next_port += 1;
                let is_there = self.servers.iter().any(|server| server.owns(remote));
                let is_refused = self.refusing.contains(&remote);
                let local = SocketAddr::new(local, self.next_port);
                if is_there || is_refused {
                    self.fly(20, Flight::Connected(connection, (!is_refused).then_some(local)));
                }
            }
            GatherRequest::Disconnect(_) => {}
        }
    }

    fn fly_fated(&mut self, protocol: Protocol, flight: Flight) {
        let fate = match protocol {
            Protocol::Udp => self.fates.pop_front().unwrap_or(Fate::Deliver),
            Protocol::Tcp => Fate::Deliver,
        };
        match fate {
            Fate::Deliver => self.fly(10, flight),
            Fate::Drop => {}
            Fate::Duplicate => {
                self.fly(10, flight.clone());
                self.fly(10, flight);
            }
            Fate::Delay(ms) => self.fly(10 + u64::from(ms), flight),
        }
    }

    fn fly(&mut self, ms: u64, flight: Flight) {
        self.flights.insert((self.now + Duration::from_millis(ms), self.next_flight), flight);
        self.next_flight += 1;
    }

    // --- What the tests look at ---

    pub fn of_kind(&self, kind: CandidateKind) -> Vec<Candidate> {
        self.gatherer.candidates().filter(|it| it.kind == kind).cloned().collect()
    }

    pub fn relayed(&self) -> Vec<SocketAddr> {
        self.of_kind(CandidateKind::Relayed).iter().map(|it| it.address).collect()
    }

    pub fn reflexive(&self) -> Vec<SocketAddr> {
        self.of_kind(CandidateKind::ServerReflexive).iter().map(|it| it.address).collect()
    }

    /// How long after the start the first candidate of a kind was told.
    pub fn told_after(&self, kind: CandidateKind) -> Option<Duration> {
        let is_it = |event: &GatherEvent| matches!(event, GatherEvent::Candidate(candidate) if candidate.kind == kind);
        let told = self.events.iter().find(|(_, event)| is_it(event))?;
        Some(told.0.saturating_duration_since(Instant::from_secs(1_000_000)))
    }

    pub fn errors(&self) -> Vec<(Option<SocketAddr>, String, u16)> {
        let error = |event: &GatherEvent| match event {
            GatherEvent::Error { address, uri, code, .. } => {
                Some((*address, uri.to_string(), *code))
            }
            _ => None,
        };
        self.events.iter().filter_map(|(_, event)| error(event)).collect()
    }

    pub fn lost(&self) -> Vec<(Protocol, SocketAddr)> {
        let lost = |event: &GatherEvent| match event {
            GatherEvent::Lost { protocol, base } => Some((*protocol, *base)),
            _ => None,
        };
        self.events.iter().filter_map(|(_, event)| lost(event)).collect()
    }

    pub fn completions(&self) -> usize {
        self.events.iter().filter(|(_, event)| *event == GatherEvent::Complete).count()
    }
}
