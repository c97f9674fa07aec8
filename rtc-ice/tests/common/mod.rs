//! Two agents and the network between them, on virtual time.
#![allow(dead_code, unreachable_pub, reason = "each test file uses another part")]

pub mod puppet;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_ice::{Agent, Candidate, Config, Connect, Credentials, Error, Event, Role, State, TcpType};

/// What happens to a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Deliver,
    Drop,
    Duplicate,
    /// Deliver this much later.
    Delay(u16),
    /// Deliver with one bit turned over.
    Corrupt(u16),
}

/// A port-restricted NAT in front of one agent.
#[derive(Debug)]
pub struct Nat {
    pub outside: IpAddr,
    mappings: BTreeMap<SocketAddr, u16>,
    permissions: BTreeSet<(SocketAddr, SocketAddr)>,
}

impl Nat {
    pub fn new(outside: &str) -> Self {
        Self {
            outside: outside.parse().unwrap(),
            mappings: BTreeMap::new(),
            permissions: BTreeSet::new(),
        }
    }

    fn out(&mut self, from: SocketAddr, to: SocketAddr) -> SocketAddr {
        let port = 40_000 + u16::try_from(self.mappings.len()).unwrap();
        let port = *self.mappings.entry(from).or_insert(port);
        self.permissions.insert((from, to));
        SocketAddr::new(self.outside, port)
    }

    fn back(&self, from: SocketAddr, to: SocketAddr) -> Option<SocketAddr> {
        let (inside, _) = self.mappings.iter().find(|(_, port)| **port == to.port())?;
        (to.ip() == self.outside && self.permissions.contains(&(*inside, from))).then_some(*inside)
    }
}

#[derive(Debug)]
enum Flight {
    Datagram {
        to: usize,
        path: FiveTuple,
        datagram: Vec<u8>,
    },
    /// The answer to the opening of a connection: its end here, or none.
    Connected {
        at: usize,
        connect: Connect,
        local: Option<SocketAddr>,
    },
    Disconnected {
        at: usize,
        path: FiveTuple,
    },
}

pub type Delay = Box<dyn Fn(FiveTuple) -> Duration>;
pub type Filter = Box<dyn FnMut(usize, FiveTuple, &[u8]) -> bool>;

pub struct Pair {
    pub now: Instant,
    pub agents: [Agent; 2],
    pub latency: Duration,
    pub nats: [Option<Nat>; 2],
    /// Which addresses belong to which agent.
    pub addresses: [BTreeSet<SocketAddr>; 2],
    /// Where which agent listens for connections.
    pub listeners: [BTreeSet<SocketAddr>; 2],
    /// Which connections are open, as the agents see them.
    pub connections: [BTreeSet<FiveTuple>; 2],
    /// How many connections each agent has asked for.
    pub connects: [u16; 2],
    /// What happens to the next datagrams; after these all are delivered.
    pub fates: VecDeque<Fate>,
    /// Whether a datagram of this sender gets through at all.
    pub filter: Filter,
    /// How much longer than the latency a datagram is on its way.
    pub delay: Delay,
    pub events: [Vec<(Instant, Event)>; 2],
    pub sent: [u64; 2],
    /// Everything that was sent, for comparisons.
    pub log: Vec<(Instant, FiveTuple, Vec<u8>)>,
    pub errors: Vec<Error>,
    flights: BTreeMap<(Instant, u64), Flight>,
    sequence: u64,
}

pub fn start() -> Instant {
    Instant::from_secs(1_000_000)
}

pub fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

pub fn reversed(path: FiveTuple) -> FiveTuple {
    FiveTuple { protocol: path.protocol, local: path.remote, remote: path.local }
}

pub fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

impl Pair {
    /// Two agents that know each other's credentials but no candidates.
    pub fn new() -> Self {
        Self::with_roles(Config::default(), [Role::Controlling, Role::Controlled])
    }

    pub fn with_roles(config: Config, roles: [Role; 2]) -> Self {
        let mut pair = Self::strangers(config, roles);
        pair.exchange_credentials();
        pair
    }

    /// Two agents that know nothing of each other.
    pub fn strangers(config: Config, roles: [Role; 2]) -> Self {
        Self::with_configs([config.clone(), config], roles)
    }

    pub fn with_configs(configs: [Config; 2], roles: [Role; 2]) -> Self {
        let now = start();
        let agent = |at: usize| {
            let mut rng = rng(u8::try_from(at + 1).unwrap());
            Agent::new(configs[at].clone(), roles[at], now, &mut rng)
        };
        Self {
            now,
            agents: [agent(0), agent(1)],
            latency: Duration::from_millis(10),
            nats: [None, None],
            addresses: [BTreeSet::new(), BTreeSet::new()],
            listeners: [BTreeSet::new(), BTreeSet::new()],
            connections: [BTreeSet::new(), BTreeSet::new()],
            connects: [0, 0],
            fates: VecDeque::new(),
            filter: Box::new(|_, _, _| true),
            delay: Box::new(|_| Duration::ZERO),
            events: [Vec::new(), Vec::new()],
            sent: [0, 0],
            log: Vec::new(),
            errors: Vec::new(),
            flights: BTreeMap::new(),
            sequence: 0,
        }
    }

    pub fn exchange_credentials(&mut self) {
        self.tell_credentials(0);
        self.tell_credentials(1);
    }

    /// Tells the credentials of one agent to the other.
    pub fn tell_credentials(&mut self, of: usize) {
        let own = self.agents[of].local_credentials();
        let credentials = Credentials::new(own.ufrag(), own.password()).unwrap();
        self.agents[1 - of].set_remote_credentials(self.now, credentials).unwrap();
    }

    /// Gives one agent a socket, without telling the other.
    pub fn add_socket(&mut self, at: usize, address: &str, preference: u16) -> Candidate {
        let address = addr(address);
        self.addresses[at].insert(address);
        let candidate = Candidate::host(address, preference);
        self.agents[at].add_local_candidate(self.now, candidate).unwrap().unwrap()
    }

    /// Gives one agent a TCP candidate, without telling the other.
    pub fn add_tcp(&mut self, at: usize, address: &str, kind: TcpType) -> Candidate {
        let address = addr(address);
        if kind == TcpType::Passive {
            self.listeners[at].insert(address);
        }
        let candidate = Candidate::host_tcp(address, kind, 65535);
        self.agents[at].add_local_candidate(self.now, candidate).unwrap().unwrap()
    }

    /// An active candidate of the first agent and a passive one of the second, known to both.
    pub fn add_tcp_hosts(&mut self, active: &str, passive: &str) {
        let active = self.add_tcp(0, active, TcpType::Active);
        let passive = self.add_tcp(1, passive, TcpType::Passive);
        self.tell(0, &active);
        self.tell(1, &passive);
    }

    /// Tells a candidate of one agent to the other.
    pub fn tell(&mut self, of: usize, candidate: &Candidate) {
        let mut remote = Candidate::remote(
            candidate.foundation,
            candidate.priority,
            candidate.address,
            candidate.kind,
        );
        remote.network = candidate.network;
        remote.protocol = candidate.protocol;
        remote.tcp_type = candidate.tcp_type;
        self.agents[1 - of].add_remote_candidate(self.now, remote).unwrap();
    }

    /// A socket on each side, known to both.
    pub fn add_hosts(&mut self, first: &str, second: &str) {
        for (at, address) in [first, second].into_iter().enumerate() {
            let candidate = self.add_socket(at, address, 65535);
            self.tell(at, &candidate);
        }
    }

    pub fn end_of_candidates(&mut self) {
        for agent in &mut self.agents {
            agent.end_of_local_candidates(self.now);
            agent.end_of_remote_candidates(self.now);
        }
    }

    /// Sends and tells everything that there is now.
    pub fn drain(&mut self) {
        for at in 0..2 {
            let mut out = Vec::new();
            while let Some(transmit) = self.agents[at].poll_transmit(self.now, &mut out) {
                assert_eq!(transmit.size, out.len());
                assert!(transmit.segment_size.is_none());
                self.send(at, transmit.path, std::mem::take(&mut out));
            }
            assert!(out.is_empty());
            while let Some(connect) = self.agents[at].poll_connect() {
                self.open(at, connect);
            }
            while let Some(path) = self.agents[at].poll_disconnect() {
                self.close(at, path);
            }
            while let Some(event) = self.agents[at].poll_event() {
                self.events[at].push((self.now, event));
            }
            if let Some(timeout) = self.agents[at].poll_timeout() {
                assert!(timeout > self.now, "{timeout:?} is not after {:?}", self.now);
            }
        }
    }

    /// Answers a wish for a connection after a round trip.
    fn open(&mut self, at: usize, connect: Connect) {
        self.connects[at] += 1;
        let port = 50_000 + self.connects[at];
        let is_heard = self.listeners[1 - at].contains(&connect.remote);
        let local = is_heard.then(|| SocketAddr::new(connect.local.ip(), port));
        if let Some(local) = local {
            let path = FiveTuple { protocol: Protocol::Tcp, local, remote: connect.remote };
            self.connections[at].insert(path);
            self.connections[1 - at].insert(reversed(path));
        }
        self.post(2 * self.latency, Flight::Connected { at, connect, local });
    }

    /// Closes a connection from one side; the other hears of it.
    pub fn close(&mut self, at: usize, path: FiveTuple) {
        assert_eq!(path.protocol, Protocol::Tcp);
        if self.connections[at].remove(&path) {
            self.connections[1 - at].remove(&reversed(path));
            self.post(self.latency, Flight::Disconnected { at: 1 - at, path: reversed(path) });
        }
    }

    fn post(&mut self, delay: Duration, flight: Flight) {
        self.sequence += 1;
        self.flights.insert((self.now + delay, self.sequence), flight);
    }

    fn send(&mut self, at: usize, path: FiveTuple, datagram: Vec<u8>) {
        self.sent[at] += 1;
        self.log.push((self.now, path, datagram.clone()));
        if path.protocol == Protocol::Tcp {
            assert!(self.connections[at].contains(&path), "{path} is not open");
            if (self.filter)(at, path, &datagram) {
                let path = reversed(path);
                self.post(self.latency, Flight::Datagram { to: 1 - at, path, datagram });
            }
            return;
        }
        let fate = self.fates.pop_front().unwrap_or(Fate::Deliver);
        let is_let_through = (self.filter)(at, path, &datagram);
        // The NAT sees the datagram even if it is lost later.
        let from = match &mut self.nats[at] {
            Some(nat) => nat.out(path.local, path.remote),
            None => path.local,
        };
        if !is_let_through {
            return;
        }
        let extra = (self.delay)(path);
        let mut post = |delay: Duration, datagram: Vec<u8>| {
            self.sequence += 1;
            let path = FiveTuple::udp(path.remote, from);
            let flight = Flight::Datagram { to: 1 - at, path, datagram };
            self.flights.insert((self.now + self.latency + extra + delay, self.sequence), flight);
        };
        match fate {
            Fate::Deliver => post(Duration::ZERO, datagram),
            Fate::Drop => {}
            Fate::Duplicate => {
                post(Duration::ZERO, datagram.clone());
                post(Duration::from_millis(3), datagram);
            }
            Fate::Delay(delay) => post(Duration::from_millis(delay.into()), datagram),
            Fate::Corrupt(bit) => {
                let mut datagram = datagram;
                let bit = usize::from(bit) % (datagram.len() * 8);
                datagram[bit / 8] ^= 1 << (bit % 8);
                post(Duration::ZERO, datagram);
            }
        }
    }

    fn deliver(&mut self, flight: Flight) {
        let (to, path, datagram) = match flight {
            Flight::Datagram { to, path, datagram } => (to, path, datagram),
            Flight::Connected { at, connect, local } => {
                let Connect { local: base, remote } = connect;
                return match local {
                    Some(local) => {
                        self.agents[at].handle_connected(self.now, base, remote, local);
                    }
                    None => self.agents[at].handle_connect_failed(self.now, base, remote),
                };
            }
            Flight::Disconnected { at, path } => {
                return self.agents[at].handle_disconnected(self.now, &path);
            }
        };
        if path.protocol == Protocol::Tcp {
            if self.connections[to].contains(&path) {
                self.hand_over(to, path, &datagram);
            }
            return;
        }
        let local = match &self.nats[to] {
            Some(nat) => match nat.back(path.remote, path.local) {
                Some(inside) => inside,
                None => return,
            },
            None => path.local,
        };
        if !self.addresses[to].contains(&local) {
            return;
        }
        let path = FiveTuple::udp(local, path.remote);
        self.hand_over(to, path, &datagram);
    }

    fn hand_over(&mut self, to: usize, path: FiveTuple, datagram: &[u8]) {
        if let Err(error) = self.agents[to].handle_datagram(self.now, path, datagram) {
            self.errors.push(error);
        }
    }

    pub fn next_at(&self) -> Option<Instant> {
        Instant::earliest([
            self.flights.first_key_value().map(|((at, _), _)| *at),
            self.agents[0].poll_timeout(),
            self.agents[1].poll_timeout(),
        ])
    }

    /// Goes to the next moment at which something happens; false if nothing will.
    pub fn step(&mut self) -> bool {
        self.drain();
        let Some(next) = self.next_at() else { return false };
        self.now = self.now.max(next);
        for agent in &mut self.agents {
            if agent.poll_timeout().is_some_and(|at| at <= self.now) {
                agent.handle_timeout(self.now);
            }
        }
        while let Some(entry) = self.flights.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            let flight = entry.remove();
            self.deliver(flight);
        }
        self.drain();
        true
    }

    /// Steps until the condition holds, for at most this long. True if it holds.
    pub fn drive_until(&mut self, limit: Duration, done: impl Fn(&Self) -> bool) -> bool {
        let end = self.now + limit;
        self.drain();
        while !done(self) {
            if self.next_at().is_none_or(|next| next > end) {
                self.now = end;
                for agent in &mut self.agents {
                    agent.handle_timeout(self.now);
                }
                self.drain();
                return done(self);
            }
            self.step();
        }
        true
    }

    /// Lets this much time pass.
    pub fn drive(&mut self, time: Duration) {
        self.drive_until(time, |_| false);
    }

    /// Steps until both have a selected pair.
    pub fn connect(&mut self) {
        let connected = self.drive_until(Duration::from_secs(60), Self::are_selected);
        assert!(connected, "{:?}", self.agents);
    }

    pub fn are_selected(&self) -> bool {
        self.agents.iter().all(|agent| agent.selected_pair().is_some())
    }

    pub fn states(&self) -> [State; 2] {
        [self.agents[0].state(), self.agents[1].state()]
    }

    pub fn elapsed(&self) -> Duration {
        self.now.saturating_duration_since(start())
    }

    /// How often each agent has selected another pair.
    pub fn selections(&self, at: usize) -> Vec<FiveTuple> {
        let path = |event: &(Instant, Event)| match event.1 {
            Event::SelectedPair(path) => Some(path),
            _ => None,
        };
        self.events[at].iter().filter_map(path).collect()
    }

    pub fn states_of(&self, at: usize) -> Vec<State> {
        let state = |event: &(Instant, Event)| match event.1 {
            Event::StateChange(state) => Some(state),
            _ => None,
        };
        self.events[at].iter().filter_map(state).collect()
    }
}
