//! Peers, servers and what is between them, on virtual time: UDP, TCP, names, and interfaces that go.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::BytesMut;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_peer::{
    ChannelEvent, ChannelId, Configuration, ConnectionId, ConnectionState, DataChannelInit, Event,
    IceCandidate, IceGatheringState, PeerConnection, QueryId, Request,
};

use crate::turn_server::TurnServer;

/// One peer, its driver's sockets and all that it has said.
pub(crate) struct Node {
    pub(crate) pc: PeerConnection,
    pub(crate) sockets: BTreeSet<SocketAddr>,
    pub(crate) listeners: BTreeSet<SocketAddr>,
    pub(crate) history: Vec<Event>,
    pub(crate) requests: Vec<Request>,
    /// Candidates that have not been carried to the other side.
    pub(crate) candidates: VecDeque<IceCandidate>,
    pub(crate) sent: Vec<(Protocol, SocketAddr, SocketAddr, usize)>,
}

enum Flight {
    Bytes { path: FiveTuple, bytes: Vec<u8> },
    Resolved { node: usize, query: QueryId, addresses: Vec<IpAddr> },
    Connected { node: usize, connection: ConnectionId, local: SocketAddr, remote: SocketAddr },
    Refused { node: usize, connection: ConnectionId },
    Closed { path: FiveTuple },
}

/// The network. Everything takes 10 ms.
pub(crate) struct Net {
    pub(crate) now: Instant,
    pub(crate) nodes: Vec<Node>,
    pub(crate) servers: Vec<TurnServer>,
    /// What names resolve to; others do not exist.
    pub(crate) names: BTreeMap<String, IpAddr>,
    /// Interfaces through which nothing goes.
    pub(crate) dead: BTreeSet<IpAddr>,
    /// Whether answers say nothing of the pace of checks, as those of browsers.
    pub(crate) is_silent_about_pacing: bool,
    /// Whether candidates are carried to the other side as they come.
    pub(crate) trickles: bool,
    /// Whether only relayed traffic and TCP go through, as behind a firewall.
    pub(crate) blocks_udp: bool,
    open: BTreeSet<(SocketAddr, SocketAddr)>,
    flights: BTreeMap<(Instant, u64), Flight>,
    serial: u64,
    next_port: u16,
    buffer: Vec<u8>,
    /// Where arriving datagrams stand, as in the one large buffer of a driver.
    arena: BytesMut,
    pub(crate) max_datagrams: usize,
    /// How many datagrams left the peers together with others, and the most at once.
    pub(crate) batched: (usize, usize),
    /// Counts what the peers allocate for packets.
    pub(crate) meter: Option<Meter>,
}

/// What was sent and received that has the size of media or data, and what that has allocated.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Meter {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) allocations: u64,
}

impl Meter {
    /// Does something with a peer, and counts it if it was about a packet.
    fn count<T>(meter: &mut Option<Self>, work: impl FnOnce() -> (T, usize, u64)) -> T {
        let Some(meter) = meter else { return work().0 };
        let mut result = None;
        let counted = allocation_counter::measure(|| result = Some(work()));
        let (value, size, is_received) = result.unwrap();
        if size >= PACKET {
            meter.sent += 1 - is_received;
            meter.received += is_received;
            meter.allocations += counted.count_total;
        }
        value
    }
}

pub(crate) const START: Instant = Instant::from_secs(1_000_000);
pub(crate) const SERVER: &str = "198.51.100.1:3478";

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

impl Net {
    pub(crate) fn new() -> Self {
        Self {
            now: START,
            nodes: Vec::new(),
            servers: Vec::new(),
            names: BTreeMap::new(),
            dead: BTreeSet::new(),
            is_silent_about_pacing: false,
            trickles: true,
            blocks_udp: false,
            open: BTreeSet::new(),
            flights: BTreeMap::new(),
            serial: 0,
            next_port: 40_000,
            buffer: Vec::new(),
            arena: BytesMut::new(),
            max_datagrams: 8,
            batched: (0, 0),
            meter: None,
        }
    }

    /// Two peers with an address each, and a server that both can ask.
    pub(crate) fn pair(alice: Configuration, bob: Configuration) -> Self {
        let mut net = Self::new();
        let mut server = TurnServer::new(address(SERVER));
        server.relay_v6 = None;
        net.servers.push(server);
        net.add(alice);
        net.add(bob);
        net.socket(0, "192.0.2.1:4000", Protocol::Udp);
        net.socket(1, "192.0.2.2:5000", Protocol::Udp);
        net
    }

    pub(crate) fn add(&mut self, configuration: Configuration) -> usize {
        let index = self.nodes.len();
        let mut rng = ChaCha20Rng::from_seed([index as u8 + 1; 32]);
        let pc = PeerConnection::new(configuration, self.now, &mut rng).unwrap();
        self.nodes.push(Node {
            pc,
            sockets: BTreeSet::new(),
            listeners: BTreeSet::new(),
            history: Vec::new(),
            requests: Vec::new(),
            candidates: VecDeque::new(),
            sent: Vec::new(),
        });
        index
    }

    /// Binds a socket and names it.
    pub(crate) fn socket(&mut self, node: usize, at: &str, protocol: Protocol) {
        let (now, at) = (self.now, address(at));
        let node = &mut self.nodes[node];
        match protocol {
            Protocol::Udp => node.sockets.insert(at),
            Protocol::Tcp => node.listeners.insert(at),
        };
        node.pc.add_local_address(now, at, protocol).unwrap();
    }

    pub(crate) fn pc(&mut self, node: usize) -> &mut PeerConnection {
        &mut self.nodes[node].pc
    }

    /// Offer and answer between the first two.
    pub(crate) fn negotiate(&mut self) {
        let now = self.now;
        self.pc(0).set_local_description(now, None).unwrap();
        let offer = self.pc(0).local_description().unwrap();
        self.pc(1).set_remote_description(now, offer).unwrap();
        self.pc(1).set_local_description(now, None).unwrap();
        let mut answer = self.pc(1).local_description().unwrap();
        if self.is_silent_about_pacing {
            let lines = answer.sdp.split_inclusive("\r\n");
            answer.sdp = lines.filter(|line| !line.starts_with("a=ice-pacing")).collect();
        }
        self.pc(0).set_remote_description(now, answer).unwrap();
    }

    /// Opens a channel and waits for it on both sides.
    #[track_caller]
    pub(crate) fn connect(&mut self) -> (ChannelId, ChannelId) {
        let chat = self.pc(0).create_data_channel("chat", DataChannelInit::default()).unwrap();
        self.negotiate();
        assert!(self.run_until(40, |net| !net.opened(0).is_empty() && !net.opened(1).is_empty()));
        (chat, self.opened(1)[0])
    }

    pub(crate) fn opened(&self, node: usize) -> Vec<ChannelId> {
        let opened = |event: &Event| match event {
            Event::DataChannel(ChannelEvent::Open(id)) => Some(*id),
            _ => None,
        };
        self.nodes[node].history.iter().filter_map(opened).collect()
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.nodes.iter().all(|node| node.pc.connection_state() == ConnectionState::Connected)
    }

    pub(crate) fn is_complete(&self, node: usize) -> bool {
        self.nodes[node].pc.ice_gathering_state() == IceGatheringState::Complete
    }

    /// What a node has said of its candidates: texts, and "" for their end.
    pub(crate) fn candidates(&self, node: usize) -> Vec<String> {
        let candidate = |event: &Event| match event {
            Event::IceCandidate(candidate) => Some(candidate.candidate.clone()),
            _ => None,
        };
        self.nodes[node].history.iter().filter_map(candidate).collect()
    }

    fn fly(&mut self, flight: Flight) {
        self.flights.insert((self.now + LATENCY, self.serial), flight);
        self.serial += 1;
    }

    pub(crate) fn drain(&mut self) {
        for index in 0..self.nodes.len() {
            self.drain_node(index);
        }
        for index in 0..self.servers.len() {
            while let Some((path, bytes)) = self.servers[index].poll_transmit() {
                let path = FiveTuple { local: path.remote, remote: path.local, ..path };
                self.fly(Flight::Bytes { path, bytes });
            }
        }
    }

    fn drain_node(&mut self, index: usize) {
        let now = self.now;
        let mut buffer = std::mem::take(&mut self.buffer);
        let max = self.max_datagrams;
        while let Some(transmit) = Meter::count(&mut self.meter, || {
            let transmit = self.nodes[index].pc.poll_transmit(now, max, &mut buffer);
            (transmit, transmit.map_or(0, |transmit| transmit.size), 0)
        }) {
            assert_eq!(transmit.size, buffer.len());
            let FiveTuple { protocol, local, remote } = transmit.path;
            let node = &mut self.nodes[index];
            let own = node.sockets.contains(&local) || protocol == Protocol::Tcp;
            assert!(own, "sent from {local}, which is no socket");
            if let Some(segment) = transmit.segment_size {
                let datagrams = transmit.size.div_ceil(segment);
                self.batched = (self.batched.0 + datagrams, self.batched.1.max(datagrams));
            }
            for bytes in buffer.chunks(transmit.segment_size.unwrap_or(transmit.size)) {
                self.nodes[index].sent.push((protocol, local, remote, bytes.len()));
                let is_blocked = self.blocks_udp && protocol == Protocol::Udp;
                if self.dead.contains(&local.ip()) || is_blocked {
                    continue;
                }
                let path = FiveTuple { protocol, local: remote, remote: local };
                self.fly(Flight::Bytes { path, bytes: bytes.to_vec() });
            }
        }
        self.buffer = buffer;
        while let Some(event) = self.nodes[index].pc.poll_event() {
            if let Event::IceCandidate(candidate) = &event {
                self.nodes[index].candidates.push_back(candidate.clone());
            }
            self.nodes[index].history.push(event);
        }
        while let Some(request) = self.nodes[index].pc.poll_request() {
            self.nodes[index].requests.push(request.clone());
            self.serve(index, request);
        }
        if let Some(deadline) = self.nodes[index].pc.poll_timeout() {
            assert!(deadline > now, "{index} wants to be called at {deadline:?}, now is {now:?}");
        }
    }

    fn serve(&mut self, node: usize, request: Request) {
        match request {
            Request::Resolve { query, host } => {
                let addresses = self.names.get(&host).into_iter().copied().collect();
                self.fly(Flight::Resolved { node, query, addresses });
            }
            Request::Connect { connection, local, remote, .. } => {
                self.next_port += 1;
                let local = SocketAddr::new(local, self.next_port);
                let listens = self.nodes.iter().any(|node| node.listeners.contains(&remote))
                    || self.servers.iter().any(|server| server.address == remote);
                let dead = self.dead.contains(&local.ip()) || self.dead.contains(&remote.ip());
                self.fly(match listens && !dead {
                    true => Flight::Connected { node, connection, local, remote },
                    false => Flight::Refused { node, connection },
                });
            }
            Request::Disconnect(FiveTuple { local, remote, .. }) => {
                // After what is on its way.
                let path = FiveTuple { protocol: Protocol::Tcp, local: remote, remote: local };
                self.fly(Flight::Closed { path });
            }
            Request::Publish { name, address } => {
                self.names.insert(name, address);
            }
            Request::Withdraw { name } => {
                self.names.remove(&name);
            }
            _ => {}
        }
    }

    fn land(&mut self, flight: Flight) {
        let now = self.now;
        match flight {
            Flight::Bytes { path, bytes } => self.deliver(path, &bytes),
            Flight::Resolved { node, query, addresses } => {
                self.pc(node).handle_resolved(now, query, &addresses);
            }
            Flight::Connected { node, connection, local, remote } => {
                self.open.insert((local, remote));
                self.open.insert((remote, local));
                self.pc(node).handle_connected(now, connection, local);
            }
            Flight::Refused { node, connection } => {
                self.pc(node).handle_connect_failed(now, connection);
            }
            Flight::Closed { path } => {
                self.open.remove(&(path.local, path.remote));
                self.open.remove(&(path.remote, path.local));
                for node in &mut self.nodes {
                    node.pc.handle_disconnected(now, path);
                }
            }
        }
    }

    fn deliver(&mut self, path: FiveTuple, bytes: &[u8]) {
        let now = self.now;
        if self.dead.contains(&path.local.ip()) {
            return;
        }
        let is_tcp = path.protocol == Protocol::Tcp;
        if is_tcp && !self.open.contains(&(path.local, path.remote)) {
            return;
        }
        if let Some(server) = self.servers.iter_mut().find(|server| server.owns(path.local)) {
            server.handle_datagram(now, path, bytes);
            return;
        }
        let ip = path.local.ip();
        let node = self.nodes.iter_mut().find(|node| match is_tcp {
            true => {
                node.listeners.contains(&path.local)
                    || node.sockets.iter().any(|socket| socket.ip() == ip)
            }
            false => node.sockets.contains(&path.local),
        });
        if let Some(node) = node {
            self.arena.reserve(bytes.len().max(1 << 16));
            self.arena.extend_from_slice(bytes);
            let datagram = self.arena.split();
            let _refused = Meter::count(&mut self.meter, || {
                (node.pc.handle_datagram(now, path, None, datagram), bytes.len(), 1)
            });
        }
    }

    fn carry(&mut self) {
        if !self.trickles || self.nodes.len() < 2 {
            return;
        }
        for from in 0..2 {
            if self.nodes[1 - from].pc.remote_description().is_none() {
                continue;
            }
            while let Some(candidate) = self.nodes[from].candidates.pop_front() {
                let now = self.now;
                let _of_another_generation = self.pc(1 - from).add_ice_candidate(now, &candidate);
            }
        }
    }

    /// Lets time pass until `done`, or for so many seconds; whether it was done.
    pub(crate) fn run_until(&mut self, seconds: u64, done: impl FnMut(&mut Self) -> bool) -> bool {
        self.run_until_or(self.now + Duration::from_secs(seconds), done)
    }

    /// Lets time pass until `done`, or until `end`; whether it was done.
    pub(crate) fn run_until_or(
        &mut self,
        end: Instant,
        mut done: impl FnMut(&mut Self) -> bool,
    ) -> bool {
        loop {
            self.drain();
            self.carry();
            self.drain();
            if done(self) {
                return true;
            }
            let flight = self.flights.keys().next().map(|(at, _)| *at);
            let timers = self.nodes.iter().map(|node| node.pc.poll_timeout());
            let next = Instant::earliest(timers.chain([flight]));
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = end;
                return done(self);
            };
            self.now = self.now.max(next);
            while let Some(entry) = self.flights.first_entry() {
                if entry.key().0 > self.now {
                    break;
                }
                let flight = entry.remove();
                self.land(flight);
            }
            let now = self.now;
            for node in &mut self.nodes {
                if node.pc.poll_timeout().is_some_and(|deadline| deadline <= now) {
                    node.pc.handle_timeout(now);
                }
            }
        }
    }

    pub(crate) fn run_for(&mut self, seconds: u64) {
        self.run_until(seconds, |_| false);
    }

    /// An interface is gone, and the driver has noticed.
    pub(crate) fn unplug(&mut self, node: usize, at: &str, protocol: Protocol) {
        let (now, at) = (self.now, address(at));
        self.dead.insert(at.ip());
        self.nodes[node].sockets.remove(&at);
        self.nodes[node].listeners.remove(&at);
        assert!(self.pc(node).remove_local_address(now, at, protocol));
    }

    /// Sends a message from one side and waits for it on the other.
    #[track_caller]
    pub(crate) fn talk(&mut self, ours: ChannelId, theirs: ChannelId) {
        self.pc(0).channel(ours).unwrap().send("there").unwrap();
        self.pc(1).channel(theirs).unwrap().send("back").unwrap();
        let (mut there, mut back) = (false, false);
        self.run_until(60, |net| {
            there |= net.pc(1).channel(theirs).unwrap().recv().is_some();
            back |= net.pc(0).channel(ours).unwrap().recv().is_some();
            there && back
        });
        assert!(there && back, "there: {there}, back: {back}");
    }
}

/// What is smaller is a check, an acknowledgement or a report.
const PACKET: usize = 500;
const LATENCY: Duration = Duration::from_millis(10);
