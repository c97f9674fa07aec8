//! The fuzz body for gathering: a gatherer, its network, and servers with faults on demand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::BytesMut;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_ice::stun::Method;
use rtc_ice::{
    CandidateKind, ConnectionId, GatherEvent, GatherPolicy, GatherRequest, Gatherer,
    GathererConfig, Inbound, LocalAddress, QueryId, Relaying, Server, ServerUri,
};

use self::turn_server::TurnServer;
use crate::input::Input;

#[path = "../../rtc-ice/tests/common/turn_server.rs"]
mod turn_server;

/// Everything that can happen to a gatherer, as a list of commands: addresses and servers come and
/// go, names and connections are answered or not, datagrams are lost, doubled, bent and forged.
pub fn gatherer(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(uri) = text.parse::<ServerUri>()
    {
        assert_eq!(uri.to_string(), text);
        assert_ne!(uri.port, 0);
    }
    let mut input = Input(data);
    let mut scene = Scene::new(&mut input);
    for _ in 0..MAX_COMMANDS {
        let Some(command) = input.byte() else { break };
        scene.obey(command, &mut input);
        scene.drain();
    }
    scene.end();
}

struct Scene {
    now: Instant,
    gatherer: Gatherer,
    servers: [TurnServer; 2],
    nat: u8,
    inside: BTreeMap<SocketAddr, SocketAddr>,
    to_servers: VecDeque<(FiveTuple, Vec<u8>)>,
    to_us: VecDeque<(FiveTuple, Vec<u8>)>,
    queries: VecDeque<QueryId>,
    connects: VecDeque<(ConnectionId, IpAddr, SocketAddr)>,
    streams: VecDeque<FiveTuple>,
    next_port: u16,
    /// The bases of which a candidate was told and which were not lost since.
    bases: BTreeSet<(Protocol, SocketAddr)>,
    is_released: bool,
}

impl Scene {
    fn new(input: &mut Input<'_>) -> Self {
        let now = Instant::from_secs(1_000_000);
        let mut rng = ChaCha20Rng::from_seed([5; 32]);
        let mut config = GathererConfig::default();
        config.max_locals = 6;
        config.max_tasks = 12;
        config.max_allocations = 4;
        config.hide_local_addresses = input.next() & 1 == 1;
        let mut scene = Self {
            now,
            gatherer: Gatherer::new(config, now, &mut rng),
            servers: SERVERS.map(|address| TurnServer::new(address.parse().expect("an address"))),
            nat: 1,
            inside: BTreeMap::new(),
            to_servers: VecDeque::new(),
            to_us: VecDeque::new(),
            queries: VecDeque::new(),
            connects: VecDeque::new(),
            streams: VecDeque::new(),
            next_port: 50_000,
            bases: BTreeSet::new(),
            is_released: false,
        };
        let _ = scene.gatherer.add_local(now, local(0));
        scene.set_servers(input.next());
        scene
    }

    fn obey(&mut self, command: u8, input: &mut Input<'_>) {
        let now = self.now;
        match command & 0x1f {
            0 => self.pass(Duration::from_millis(input.next().into())),
            1 => self.pass(Duration::from_secs(input.next().into())),
            // To the next deadline, as a driver would.
            2 => {
                let next = self.gatherer.poll_timeout().unwrap_or(now);
                self.pass(next.saturating_duration_since(now));
            }
            3 | 4 => self.serve(),
            5 | 6 => self.receive(),
            7 => {
                // What there is to carry is carried, both ways.
                for _ in 0..8 {
                    self.serve();
                    self.receive();
                    self.drain();
                }
            }
            8 => drop(self.to_servers.pop_front()),
            9 => drop(self.to_us.pop_front()),
            10 => {
                if let Some(flight) = self.to_us.front().cloned() {
                    self.to_us.push_back(flight);
                }
            }
            11 => {
                let (place, mask) = (usize::from(input.next()), input.next());
                if let Some((_, bytes)) = self.to_us.front_mut() {
                    let place = place % bytes.len().max(1);
                    if let Some(byte) = bytes.get_mut(place) {
                        *byte ^= mask;
                    }
                }
                self.receive();
            }
            12 => {
                // Something from a server's address, or nearly so.
                let (which, length) = (input.next(), usize::from(input.next()));
                let bytes = input.take(length);
                let server = &self.servers[usize::from(which & 1)];
                let mut path = FiveTuple::udp(local(which >> 4).address, server.address);
                if which & 2 != 0 {
                    path.remote.set_port(9);
                }
                if let Some(stream) = self.streams.front().filter(|_| which & 4 != 0) {
                    path = *stream;
                }
                self.hand_over(path, bytes);
            }
            13 => drop(self.gatherer.add_local(now, local(input.next()))),
            14 => {
                let gone = local(input.next());
                self.gatherer.remove_local(now, gone.protocol, gone.address);
            }
            15 => self.set_servers(input.next()),
            16 | 17 => self.gatherer.gather(now),
            18 => self.gatherer.set_policy(match input.next() & 1 {
                0 => GatherPolicy::All,
                _ => GatherPolicy::Relay,
            }),
            19 => {
                let addresses: Vec<IpAddr> = input
                    .take(4)
                    .iter()
                    .map(|host| match host {
                        0 => IpAddr::from([0, 0, 0, 0]),
                        1..=9 => IpAddr::from([198, 51, 100, *host]),
                        _ => IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(*host)]),
                    })
                    .collect();
                if let Some(query) = self.queries.pop_front() {
                    self.gatherer.handle_resolved(now, query, &addresses);
                }
            }
            20 | 21 => {
                if let Some((connection, ip, remote)) = self.connects.pop_front() {
                    self.next_port += 1;
                    let local = SocketAddr::new(ip, self.next_port);
                    self.streams.push_back(FiveTuple { protocol: Protocol::Tcp, local, remote });
                    self.gatherer.handle_connected(now, connection, local);
                }
            }
            22 => {
                if let Some((connection, ..)) = self.connects.pop_front() {
                    self.gatherer.handle_connect_failed(now, connection);
                }
            }
            23 => {
                if let Some(path) = self.streams.pop_front() {
                    self.gatherer.handle_disconnected(now, &path);
                }
            }
            24 => self.servers[usize::from(input.next() & 1)].forget(),
            25 => {
                let server = &mut self.servers[usize::from(input.next() & 1)];
                server.is_silent = !server.is_silent;
            }
            26 => {
                let (which, code) = (input.next(), 300 + u16::from(input.next()));
                let method = if which & 2 == 0 { Method::ALLOCATE } else { Method::REFRESH };
                self.servers[usize::from(which & 1)].refusals.push_back((method, code));
            }
            27 | 28 => self.relay(input),
            29 => self.nat = input.next(),
            30 => self.gatherer.set_keepalive(now, input.next() & 1 == 1),
            31 if input.next() == 255 => {
                self.gatherer.release(now);
                self.is_released = true;
            }
            _ => {}
        }
    }

    fn set_servers(&mut self, wanted: u8) {
        let server = |(_, text): (usize, &&str)| Server {
            uri: text.parse().expect("a URI"),
            username: "lab".into(),
            password: "secret".into(),
        };
        let is_wanted = |(at, _): &(usize, &&str)| wanted >> at & 1 == 1;
        self.gatherer.set_servers(URIS.iter().enumerate().filter(is_wanted).map(server).collect());
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.gatherer.handle_timeout(self.now);
    }

    /// A server gets the next datagram and answers.
    fn serve(&mut self) {
        if let Some((path, bytes)) = self.to_servers.pop_front() {
            let server = self.servers.iter_mut().find(|server| server.owns(path.local));
            if let Some(server) = server {
                server.handle_datagram(self.now, path, &bytes);
            }
        }
        for server in &mut self.servers {
            while let Some((path, bytes)) = server.poll_transmit() {
                if let Some(inside) = self.inside.get(&path.remote) {
                    let path = FiveTuple { local: *inside, remote: path.local, ..path };
                    self.to_us.push_back((path, bytes));
                }
            }
        }
        self.to_us.truncate(MAX_FLIGHTS);
    }

    fn receive(&mut self) {
        if let Some((path, bytes)) = self.to_us.pop_front() {
            self.hand_over(path, &bytes);
        }
    }

    fn hand_over(&mut self, path: FiveTuple, bytes: &[u8]) {
        if self.gatherer.owns(&path) {
            let mut rest = BytesMut::from(bytes);
            loop {
                let before = rest.len();
                match self.gatherer.handle_datagram(self.now, path, &mut rest) {
                    Ok(Inbound::Data { path, .. }) => {
                        assert!(self.gatherer.is_relayed(path.local));
                    }
                    Ok(Inbound::NotMine) => break,
                    Ok(Inbound::Own) | Err(_) => {}
                }
                if rest.is_empty() || path.protocol == Protocol::Udp {
                    break;
                }
                assert!(rest.len() < before, "something is taken each time");
            }
        } else {
            let before = format!("{:?}", self.gatherer);
            let heard = self.gatherer.handle_datagram(self.now, path, &mut bytes.into());
            assert_eq!(heard, Ok(Inbound::NotMine));
            assert_eq!(format!("{:?}", self.gatherer), before);
        }
    }

    /// Something goes through a relay, in one direction or the other.
    fn relay(&mut self, input: &mut Input<'_>) {
        let (which, length) = (input.next(), usize::from(input.next()));
        let payload = input.take(length).to_vec();
        let relayed: Vec<SocketAddr> = self
            .gatherer
            .candidates()
            .filter(|candidate| candidate.kind == CandidateKind::Relayed)
            .map(|candidate| candidate.address)
            .collect();
        let Some(relayed) = relayed.get(usize::from(which >> 4) % relayed.len().max(1)) else {
            return;
        };
        let peer: SocketAddr = match relayed {
            SocketAddr::V4(_) => ([192, 0, 2, which & 7], 7000).into(),
            SocketAddr::V6(_) => ([0x2001, 0xdb8, 9, 0, 0, 0, 0, 1], 7000).into(),
        };
        let path = FiveTuple::udp(*relayed, peer);
        if which & 8 == 0 {
            let mut out = vec![0xee; 3];
            let overhead = self.gatherer.overhead(self.now, &path);
            let is_channel =
                matches!(self.gatherer.relaying(self.now, &path), Some(Relaying::ByChannel(_)));
            let wrapped = if is_channel {
                out.resize(7, 0);
                out.extend_from_slice(&payload);
                self.gatherer.wrap_in_channel(self.now, path, &mut out, 3, payload.len() + 4)
            } else {
                out.extend_from_slice(&payload);
                self.gatherer.wrap(self.now, path, &mut out, 3)
            };
            match wrapped {
                Some(path) => {
                    assert!(out.len() <= 3 + payload.len() + overhead);
                    self.send(path, out.split_off(3));
                }
                None => assert_eq!(out.len(), 3),
            }
        } else {
            let path = FiveTuple::udp(*relayed, peer);
            self.to_servers.push_back((path, payload));
        }
    }

    fn send(&mut self, path: FiveTuple, bytes: Vec<u8>) {
        let outside = match path.local.is_ipv4() {
            true => SocketAddr::new([203, 0, 113, self.nat].into(), path.local.port()),
            false => path.local,
        };
        self.inside.insert(outside, path.local);
        let path = FiveTuple { local: path.remote, remote: outside, ..path };
        if self.to_servers.len() < MAX_FLIGHTS {
            self.to_servers.push_back((path, bytes));
        }
    }

    fn drain(&mut self) {
        let mut out = vec![0xee; 3];
        let mut sent = 0;
        while let Some(transmit) = self.gatherer.poll_transmit(self.now, &mut out) {
            let bytes = out.split_off(3);
            assert_eq!(transmit.size, bytes.len());
            assert!(self.gatherer.owns(&transmit.path));
            self.send(transmit.path, bytes);
            sent += 1;
            assert!(sent < 1_000, "it does not stop");
        }
        assert_eq!(out, [0xee; 3]);
        while let Some(request) = self.gatherer.poll_request() {
            match request {
                GatherRequest::Resolve { query, .. } => self.queries.push_back(query),
                GatherRequest::Connect { connection, local, remote, .. } => {
                    self.connects.push_back((connection, local, remote));
                }
                GatherRequest::Disconnect(path) => self.streams.retain(|stream| *stream != path),
            }
        }
        self.listen();
        let timeout = self.gatherer.poll_timeout();
        assert!(timeout.is_none_or(|at| at > self.now), "{timeout:?} at {:?}", self.now);
        self.check();
    }

    fn listen(&mut self) {
        while let Some(event) = self.gatherer.poll_event() {
            match event {
                GatherEvent::Candidate(candidate) => {
                    self.bases.insert((candidate.protocol, candidate.base));
                }
                GatherEvent::Lost { protocol, base } => {
                    assert!(self.bases.remove(&(protocol, base)), "{base} was never told");
                }
                GatherEvent::Error { code, .. } => assert!((300..=701).contains(&code)),
                GatherEvent::Complete => assert!(self.gatherer.is_complete()),
                _ => {}
            }
        }
    }

    fn check(&self) {
        let candidates: Vec<_> = self.gatherer.candidates().collect();
        assert!(candidates.len() <= 6 * 2 + 12 + 4 * 2 + 4);
        assert!(!self.is_released || candidates.is_empty());
        for candidate in &candidates {
            assert!(self.bases.contains(&(candidate.protocol, candidate.base)));
            let is_relayed = candidate.kind == CandidateKind::Relayed;
            assert_eq!(self.gatherer.is_relayed(candidate.address), is_relayed);
        }
        let mut known: Vec<_> =
            candidates.iter().map(|it| (it.protocol, it.tcp_type, it.address, it.base)).collect();
        known.sort();
        known.dedup();
        assert_eq!(known.len(), candidates.len(), "a candidate is redundant");
    }

    /// Whatever has happened: gathering ends, and then there is nothing left to do but what keeps
    /// alive; after the release nothing at all.
    fn end(&mut self) {
        self.gatherer.gather(self.now);
        self.drain();
        let until = self.now + Duration::from_secs(60);
        while !self.gatherer.is_complete() {
            let next = self.gatherer.poll_timeout().expect("something is waited for");
            self.now = next;
            self.gatherer.handle_timeout(next);
            self.drain();
            assert!(self.now < until, "gathering does not end");
        }
        self.gatherer.release(self.now);
        self.is_released = true;
        self.bases.clear();
        self.drain();
        while let Some(next) = self.gatherer.poll_timeout() {
            self.now = next;
            self.gatherer.handle_timeout(next);
            self.drain();
            assert!(self.now < until + Duration::from_secs(10), "the release does not end");
        }
        assert_eq!(self.gatherer.poll_event(), None);
    }
}

/// Addresses by number; 0 to 2 of IPv4, 3 of IPv6, 4 to 7 listeners.
fn local(number: u8) -> LocalAddress {
    let number = number & 7;
    let port = 1000 + u16::from(number);
    let address: SocketAddr = match number {
        3 | 7 => ([0x2001, 0xdb8, 1, 0, 0, 0, 0, 1], port).into(),
        _ => ([192, 168, 1, 1 + (number & 3)], port).into(),
    };
    let protocol = if number < 4 { Protocol::Udp } else { Protocol::Tcp };
    LocalAddress::new(address, protocol)
}

const SERVERS: [&str; 2] = ["198.51.100.1:3478", "198.51.100.2:3478"];
const URIS: [&str; 8] = [
    "stun:198.51.100.1",
    "turn:198.51.100.1",
    "turn:198.51.100.1?transport=tcp",
    "turns:relay.example:3478",
    "turn:198.51.100.2",
    "stun:relay.example",
    "stuns:198.51.100.2:3478",
    "stun:[2001:db8::1]",
];
const MAX_COMMANDS: usize = 200;
const MAX_FLIGHTS: usize = 64;
