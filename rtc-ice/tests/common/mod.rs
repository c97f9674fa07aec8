//! Two agents and the network between them, on virtual time.
#![allow(dead_code, unreachable_pub, reason = "each test file uses another part")]

pub mod puppet;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant};
use rtc_ice::{Agent, Candidate, Config, Credentials, Error, Event, Role, State};

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
struct Flight {
    to: usize,
    path: FiveTuple,
    datagram: Vec<u8>,
}

pub type Filter = Box<dyn FnMut(usize, FiveTuple, &[u8]) -> bool>;

pub struct Pair {
    pub now: Instant,
    pub agents: [Agent; 2],
    pub latency: Duration,
    pub nats: [Option<Nat>; 2],
    /// Which addresses belong to which agent.
    pub addresses: [BTreeSet<SocketAddr>; 2],
    /// What happens to the next datagrams; after these all are delivered.
    pub fates: VecDeque<Fate>,
    /// Whether a datagram of this sender gets through at all.
    pub filter: Filter,
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
        let now = start();
        let agent = |at: usize| {
            Agent::new(config.clone(), roles[at], now, &mut rng(u8::try_from(at + 1).unwrap()))
        };
        Self {
            now,
            agents: [agent(0), agent(1)],
            latency: Duration::from_millis(10),
            nats: [None, None],
            addresses: [BTreeSet::new(), BTreeSet::new()],
            fates: VecDeque::new(),
            filter: Box::new(|_, _, _| true),
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

    /// Tells a candidate of one agent to the other.
    pub fn tell(&mut self, of: usize, candidate: &Candidate) {
        let remote = Candidate::remote(
            candidate.foundation,
            candidate.priority,
            candidate.address,
            candidate.kind,
        );
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
            while let Some(event) = self.agents[at].poll_event() {
                self.events[at].push((self.now, event));
            }
            if let Some(timeout) = self.agents[at].poll_timeout() {
                assert!(timeout > self.now, "{timeout:?} is not after {:?}", self.now);
            }
        }
    }

    fn send(&mut self, at: usize, path: FiveTuple, datagram: Vec<u8>) {
        self.sent[at] += 1;
        self.log.push((self.now, path, datagram.clone()));
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
        let mut post = |delay: Duration, datagram: Vec<u8>| {
            self.sequence += 1;
            let path = FiveTuple::udp(path.remote, from);
            let flight = Flight { to: 1 - at, path, datagram };
            self.flights.insert((self.now + self.latency + delay, self.sequence), flight);
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
        let Flight { to, path, datagram } = flight;
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
        if let Err(error) = self.agents[to].handle_datagram(self.now, path, &datagram) {
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

    pub fn states_of(&self, at: usize) -> Vec<State> {
        let state = |event: &(Instant, Event)| match event.1 {
            Event::StateChange(state) => Some(state),
            _ => None,
        };
        self.events[at].iter().filter_map(state).collect()
    }
}
