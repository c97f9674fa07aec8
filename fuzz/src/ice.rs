//! Fuzz bodies for rtc-ice.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_ice::stun::{
    AttributeType, Class, IntegrityKey, Message, MessageBuilder, Method, TransactionId,
};
use rtc_ice::{
    Agent, Candidate, CandidateKind, Config, Connect, Error, Foundation, Network, PathStatus, Role,
    State, TcpType, binding_request_ufrags,
};

use crate::input::Input;

/// Reads a message, asks it everything, and writes it once more.
pub fn stun(data: &[u8]) {
    let _ = binding_request_ufrags(data);
    let Ok(message) = Message::decode(data) else { return };
    // RFC 7983 leaves STUN fewer first bytes than its methods could take.
    assert!(Message::is_stun(data) || data[0] > 3);
    let key = IntegrityKey::short_term("passwordpasswordpassword");
    let _ = message.verify(&key);
    let _ = (message.username(), message.realm(), message.nonce(), message.software());
    let _ = (message.userhash(), message.password_algorithm(), message.priority());
    let _ = message.password_algorithms().map(|list| list.map(|list| list.iter().count()));
    let _ = (message.mapped_address(), message.error_code(), message.unknown_attributes().count());
    let _ = (message.ice_controlling(), message.ice_controlled(), message.use_candidate());
    let _ = (message.network_info(), message.nomination(), message.unknown_required().count());

    let is_covering = |kind| {
        matches!(
            kind,
            AttributeType::MESSAGE_INTEGRITY
                | AttributeType::MESSAGE_INTEGRITY_SHA256
                | AttributeType::FINGERPRINT
        )
    };
    let mut out = vec![0xee; 3];
    let (class, method, id) = (message.class(), message.method(), message.transaction_id());
    let mut builder = MessageBuilder::new(&mut out, class, method, id);
    for attribute in message.attributes().filter(|attribute| !is_covering(attribute.kind)) {
        builder.attribute(attribute.kind, attribute.value);
    }
    if let Ok(Some(address)) = message.xor_mapped_address() {
        builder.xor_mapped_address(address);
    }
    let size = builder.message_integrity(&key).fingerprint().finish();
    assert_eq!(out[..3], [0xee; 3]);
    assert_eq!(size + 3, out.len());
    // What was near the largest size has lost its integrity attribute to it.
    if size > 60_000 {
        return;
    }
    match Message::decode(&out[3..]) {
        Ok(again) => {
            assert!(again.verify(&key) && again.has_fingerprint());
            assert_eq!(
                (again.class(), again.method(), again.transaction_id()),
                (class, method, id)
            );
            let own = message.attributes().filter(|attribute| !is_covering(attribute.kind));
            let count = own.clone().count();
            assert!(own.eq(again.attributes().take(count)));
        }
        Err(_) => assert!(message.attributes().count() + 3 > rtc_ice::stun::MAX_ATTRIBUTES),
    }
}

/// Two agents, the datagrams between them, and everything that can happen to either, as a list of
/// commands; among them datagrams that are authentic but say anything.
pub fn agent(data: &[u8]) {
    let mut input = Input(data);
    let mut scene = Scene::new(&mut input);
    for _ in 0..MAX_COMMANDS {
        let Some(command) = input.byte() else { break };
        scene.obey(command, &mut input);
        scene.drain();
    }
}

struct Scene {
    now: Instant,
    agents: [Agent; 2],
    flights: [VecDeque<(FiveTuple, Vec<u8>)>; 2],
    /// The connections that were asked for.
    connects: [VecDeque<Connect>; 2],
    /// The connections that are open, as each side sees them.
    open: [VecDeque<FiveTuple>; 2],
    ports: u16,
    rng: ChaCha20Rng,
}

impl Scene {
    fn new(input: &mut Input<'_>) -> Self {
        let now = Instant::from_secs(1_000_000);
        let mut rng = ChaCha20Rng::from_seed([5; 32]);
        let flags = input.next();
        let role = |bit: u8| if flags & bit == 0 { Role::Controlling } else { Role::Controlled };
        let mut config = Config::default();
        config.max_pairs = 6;
        config.max_remote_candidates = 8;
        config.max_local_candidates = 8;
        config.max_early_candidates = 3;
        config.max_connections = MAX_CONNECTIONS;
        config.nominates_again = flags & 32 == 0;
        if flags & 64 != 0 {
            config.consent_interval = Duration::from_secs(20);
        }
        let mut lite = |bit: u8, role| {
            let mut config = config.clone();
            config.lite = flags & bit != 0;
            Agent::new(config, role, now, &mut rng)
        };
        let mut agents = [lite(8, role(1)), lite(16, role(2))];
        agents[0].set_remote_lite(flags & 16 != 0);
        agents[1].set_remote_lite(flags & 8 != 0);
        let mut scene = Self {
            now,
            agents,
            flights: [VecDeque::new(), VecDeque::new()],
            connects: [VecDeque::new(), VecDeque::new()],
            open: [VecDeque::new(), VecDeque::new()],
            ports: 50_000,
            rng,
        };
        if flags & 4 == 0 {
            // A live pair.
            for at in 0..2 {
                scene.tell_credentials(at);
                scene.add_local(at, 0);
                scene.add_remote(1 - at, address(at, 0));
            }
        }
        scene.drain();
        scene
    }

    fn obey(&mut self, command: u8, input: &mut Input<'_>) {
        let at = usize::from(command >> 7);
        let now = self.now;
        match command & 0x1f {
            0 => self.pass(Duration::from_millis(input.next().into())),
            1 => self.pass(Duration::from_secs(input.next().into())),
            // To the next deadline, as a driver would.
            2 => {
                let next = self.agents[at].poll_timeout().unwrap_or(now);
                self.pass(next.saturating_duration_since(now));
            }
            3..=5 => self.deliver(at),
            6 => drop(self.flights[at].pop_front()),
            7 => {
                if let Some(flight) = self.flights[at].front().cloned() {
                    self.flights[at].push_back(flight);
                }
            }
            8 => self.flights[at].rotate_left(usize::from(!self.flights[at].is_empty())),
            9 => {
                let (place, mask) = (usize::from(input.next()), input.next());
                if let Some((_, bytes)) = self.flights[at].front_mut() {
                    let place = place % bytes.len();
                    bytes[place] ^= mask;
                }
                self.deliver(at);
            }
            10 => {
                let n = usize::from(input.next());
                if let Some((path, _)) = self.flights[at].front_mut() {
                    path.remote = address(1 - at, n);
                }
                self.deliver(at);
            }
            11 => {
                let length = usize::from(input.next());
                let bytes = input.take(length).to_vec();
                self.hand_over(at, FiveTuple::udp(address(at, 0), address(1 - at, 0)), &bytes);
            }
            12 | 13 => self.send_authentic(at, input),
            14 => self.add_local(at, input.next().into()),
            15 => self.add_remote(at, address(1 - at, input.next().into())),
            16 => self.agents[at].end_of_local_candidates(now),
            17 => self.agents[at].end_of_remote_candidates(now),
            18 => self.agents[at].restart(now, &mut self.rng),
            19 => self.tell_credentials(at),
            20 => self.agents[at].set_role(Role::Controlling),
            21 => self.agents[at].set_role(Role::Controlled),
            22 => self.agents[at].set_remote_lite(input.next() & 1 == 1),
            23 => {
                self.agents[at].remove_local(now, Protocol::Udp, address(at, input.next().into()))
            }
            24 => {
                // A moment of the past.
                let early = now - Duration::from_secs(input.next().into());
                self.agents[at].handle_timeout(early);
            }
            25 => {
                let bytes = input.take(18);
                if let Some((ip, port)) = bytes.split_first_chunk::<16>() {
                    let port = port.iter().fold(0, |port, byte| port << 8 | u16::from(*byte));
                    self.add_remote(at, SocketAddr::new((*ip).into(), port));
                }
            }
            26 => match input.next() {
                255 => self.agents[at].close(now),
                n => self.carry(at, n),
            },
            27 => self.add_tcp(at, input.next().into()),
            28 => self.add_remote_tcp(at, input.next().into()),
            29 => self.connect(at, input.next()),
            30 => self.disconnect(at, input.next()),
            31 => match input.next() {
                flags @ 0..=3 => self.agents[at].set_renomination(flags & 1 == 1),
                n => {
                    let n = usize::from(n);
                    let port = if n & 1 == 0 { 9 } else { listener(at, n).port() };
                    let base = SocketAddr::new(address(at, n).ip(), port);
                    self.agents[at].remove_local(now, Protocol::Tcp, base);
                }
            },
            _ => {}
        }
    }

    /// Data that was sent or has come, and a driver's doubts.
    fn carry(&mut self, at: usize, n: u8) {
        let (now, agent) = (self.now, &mut self.agents[at]);
        let used = agent.send_path();
        let other = FiveTuple::udp(address(at, n.into()), address(1 - at, usize::from(n >> 3)));
        let path = used.filter(|_| n & 4 == 0).unwrap_or(other);
        match n & 3 {
            0 => agent.on_data_sent(now, &path, 1, 1000),
            1 => agent.on_data_received(now, &path, 1000),
            2 => agent.doubt_local(now, path.protocol, path.local),
            _ => agent.doubt_path(now, &path),
        }
    }

    fn add_tcp(&mut self, at: usize, n: usize) {
        let kind = if n & 16 == 0 { TcpType::Active } else { TcpType::Passive };
        let candidate = Candidate::host_tcp(listener(at, n), kind, u16::MAX);
        let _ = self.agents[at].add_local_candidate(self.now, candidate);
    }

    fn add_remote_tcp(&mut self, at: usize, n: usize) {
        let kind = match n >> 6 {
            0 | 1 => TcpType::Passive,
            2 => TcpType::Active,
            _ => TcpType::SimultaneousOpen,
        };
        let foundation = Foundation::new("2").expect("it is a foundation");
        let address = if n & 32 == 0 { listener(1 - at, n) } else { address(1 - at, n) };
        let kind = Candidate::remote_tcp(foundation, 1 << 20, address, CandidateKind::Host, kind);
        let _ = self.agents[at].add_remote_candidate(self.now, kind);
    }

    /// Answers a wish for a connection, or one that nobody had.
    fn connect(&mut self, at: usize, flags: u8) {
        let nobody = Connect { local: address(at, 0), remote: address(1 - at, 1) };
        let connect = self.connects[at].pop_front().unwrap_or(nobody);
        if flags & 3 == 0 {
            self.agents[at].handle_connect_failed(self.now, connect.local, connect.remote);
            return;
        }
        self.ports = self.ports.wrapping_add(1).max(1024);
        let local = SocketAddr::new(connect.local.ip(), self.ports);
        let path = FiveTuple { protocol: Protocol::Tcp, local, remote: connect.remote };
        self.agents[at].handle_connected(self.now, connect.local, connect.remote, local);
        self.open[at].push_back(path);
        self.open[1 - at].push_back(reversed(path));
        self.open.iter_mut().filter(|open| open.len() > MAX_FLIGHTS).for_each(|open| {
            open.pop_front();
        });
    }

    fn disconnect(&mut self, at: usize, flags: u8) {
        let Some(path) = self.open[at].pop_front() else { return };
        self.agents[at].handle_disconnected(self.now, &path);
        if flags & 1 == 0 {
            self.agents[1 - at].handle_disconnected(self.now, &reversed(path));
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        for agent in &mut self.agents {
            agent.handle_timeout(self.now);
        }
    }

    fn deliver(&mut self, at: usize) {
        if let Some((path, bytes)) = self.flights[at].pop_front() {
            self.hand_over(at, path, &bytes);
        }
    }

    fn hand_over(&mut self, at: usize, path: FiveTuple, bytes: &[u8]) {
        let agent = &mut self.agents[at];
        let before = format!("{agent:?}");
        let result = agent.handle_datagram(self.now, path, bytes);
        let is_answered = matches!(
            result,
            Ok(())
                | Err(Error::UnknownAttribute(_)
                    | Error::RoleConflict
                    | Error::MissingAttribute(_)
                    | Error::Decode(rtc_ice::DecodeError::Attribute(_)))
        );
        if !is_answered {
            assert_eq!(format!("{agent:?}"), before, "{result:?} has changed something");
        }
    }

    /// A request with the right credentials and any attributes.
    fn send_authentic(&mut self, at: usize, input: &mut Input<'_>) {
        let own = self.agents[at].local_credentials();
        let username = format!("{}:{}", own.ufrag(), "peer");
        let key = IntegrityKey::short_term(own.password());
        let flags = input.next();
        let class = if flags & 1 == 0 { Class::Request } else { Class::Success };
        let mut bytes = Vec::new();
        let id = TransactionId([input.next(); 12]);
        let mut message = MessageBuilder::new(&mut bytes, class, Method::BINDING, id);
        message.username(&username);
        if flags & 2 != 0 {
            message.priority(u32::from(input.next()) << 23);
        }
        if flags & 4 != 0 {
            message.use_candidate();
            let value = input.next();
            if value & 1 == 1 {
                message.nomination(u32::from(value >> 1));
            }
        }
        if flags & 8 != 0 {
            message.ice_controlling(u64::from(input.next()) << 56);
        }
        if flags & 16 != 0 {
            message.ice_controlled(u64::from(input.next()) << 56);
        }
        for _ in 0..flags >> 6 {
            let kind = u16::from_be_bytes([input.next(), input.next()]);
            let length = usize::from(input.next() % 24);
            message.attribute(AttributeType(kind), input.take(length));
        }
        message.message_integrity(&key).fingerprint().finish();
        let n = if flags & 32 == 0 { 0 } else { input.next().into() };
        let mut path = FiveTuple::udp(address(at, 0), address(1 - at, n));
        if n >= 64 {
            path.protocol = Protocol::Tcp;
            path.local = listener(at, n >> 6);
            path.remote.set_port(2000 + path.remote.port());
            self.open[at].push_back(path);
            self.open[at].truncate(MAX_FLIGHTS);
        }
        self.hand_over(at, path, &bytes);
    }

    fn tell_credentials(&mut self, of: usize) {
        let credentials = self.agents[of].local_credentials().clone();
        let _ = self.agents[1 - of].set_remote_credentials(self.now, credentials);
    }

    fn add_local(&mut self, at: usize, n: usize) {
        let address = address(at, n);
        let mut candidate = if n % 5 == 4 {
            let server = [192, 0, 2, 99].into();
            Candidate::server_reflexive(address, self::address(at, n / 5), server, 9)
        } else if n % 7 == 6 {
            Candidate::relayed(address, address, [192, 0, 2, 99].into(), 3)
        } else {
            Candidate::host(address, u16::MAX - u16::try_from(n).unwrap_or(0))
        };
        if n & 128 != 0 {
            candidate.network = Network { id: 2, cost: 900 };
        }
        let _ = self.agents[at].add_local_candidate(self.now, candidate);
    }

    fn add_remote(&mut self, at: usize, address: SocketAddr) {
        let foundation = Foundation::new("1").expect("it is a foundation");
        let priority = u32::from(address.port()) << 12;
        let candidate = Candidate::remote(foundation, priority, address, CandidateKind::Host);
        let _ = self.agents[at].add_remote_candidate(self.now, candidate);
    }

    fn drain(&mut self) {
        for at in 0..2 {
            let agent = &mut self.agents[at];
            let mut out = Vec::new();
            let mut count = 0;
            while let Some(transmit) = agent.poll_transmit(self.now, &mut out) {
                assert_eq!(transmit.size, out.len());
                assert_ne!(transmit.path.remote.port(), 0);
                assert!(!transmit.path.remote.ip().is_unspecified());
                assert!(!transmit.path.remote.ip().is_multicast());
                let message = Message::decode(&out).expect("what is written can be read");
                assert!(message.has_integrity() && message.has_fingerprint());
                let path = reversed(transmit.path);
                let flights = &mut self.flights[1 - at];
                flights.push_back((path, std::mem::take(&mut out)));
                if flights.len() > MAX_FLIGHTS {
                    flights.pop_front();
                }
                count += 1;
                assert!(count <= 70, "one request and the answers, at one moment");
            }
            assert!(out.is_empty());
            while let Some(connect) = agent.poll_connect() {
                assert_eq!(connect.local.port(), 9);
                assert!(connect.remote.port() >= 1024);
                self.connects[at].push_back(connect);
                if self.connects[at].len() > MAX_FLIGHTS {
                    self.connects[at].pop_front();
                }
            }
            let mut disconnects = 0;
            while let Some(path) = agent.poll_disconnect() {
                assert_eq!(path.protocol, Protocol::Tcp);
                self.open[at].retain(|open| *open != path);
                disconnects += 1;
                assert!(disconnects <= 6 + MAX_CONNECTIONS + 1);
            }
            let mut events = 0;
            while agent.poll_event().is_some() {
                events += 1;
            }
            assert!(events <= 32);
            check(agent, self.now);
        }
    }
}

/// What holds between any two commands.
fn check(agent: &Agent, now: Instant) {
    assert!(agent.pairs().count() <= 6);
    assert!(agent.remote_candidates().count() <= 8);
    assert!(agent.local_candidates().count() <= 8);
    if let Some(timeout) = agent.poll_timeout() {
        assert!(timeout > now, "{timeout:?} is not after {now:?}: {agent:?}");
    }
    match agent.state() {
        State::Failed | State::Closed => {
            assert_eq!(agent.send_path(), None);
            assert_eq!(agent.poll_timeout(), None);
        }
        State::Connected
        | State::Completed
        | State::Disconnected
        | State::New
        | State::Checking => {}
    }
    if let Some(path) = agent.send_path() {
        assert_eq!(agent.path_status(&path), PathStatus::Valid);
        // While it checks, it sends on a path of before the restart that was in trouble already.
        assert_ne!(agent.state(), State::New);
    } else {
        assert!(!matches!(agent.state(), State::Connected | State::Completed));
    }
    if let Some(pair) = agent.selected_pair() {
        assert!(pair.nominated);
    }
}

/// The `n`th address for TCP.
fn listener(at: usize, n: usize) -> SocketAddr {
    let address = address(at, n);
    SocketAddr::new(address.ip(), 1024 + address.port())
}

fn reversed(path: FiveTuple) -> FiveTuple {
    FiveTuple { protocol: path.protocol, local: path.remote, remote: path.local }
}

/// The `n`th address of an agent; some are of IPv6.
fn address(at: usize, n: usize) -> SocketAddr {
    let (at, n) = (u8::try_from(at + 1).unwrap_or(1), u16::try_from(n % 16).unwrap_or(0));
    if n % 3 == 2 {
        SocketAddr::new([0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(at)].into(), 1000 + n)
    } else {
        SocketAddr::new([192, 0, 2, at].into(), 1000 + n)
    }
}

const MAX_CONNECTIONS: usize = 3;
const MAX_COMMANDS: usize = 256;
const MAX_FLIGHTS: usize = 64;
