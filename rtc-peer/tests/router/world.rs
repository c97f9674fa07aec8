//! A server with one socket, clients behind translators, and the network between them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_peer::{
    ChannelEvent, ChannelId, Configuration, ConnectionState, DataChannelInit, Event, Message,
    PeerConnection, PeerId, Request, Router, RouterConfig, RouterError, RouterEvent,
};

/// A peer of the server's, seen from its own side.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) connection: PeerConnection,
    /// Its socket.
    pub(crate) local: SocketAddr,
    /// What its translator makes of it.
    pub(crate) public: SocketAddr,
    /// Nothing gets out or in.
    pub(crate) is_silent: bool,
    pub(crate) id: PeerId,
    pub(crate) channel: ChannelId,
    pub(crate) received: Vec<Message>,
}

/// Who a datagram goes to.
#[derive(Debug, Clone)]
struct Flying {
    /// As the receiver sees it.
    path: FiveTuple,
    bytes: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) router: Router,
    pub(crate) clients: Vec<Client>,
    /// Everything that the router told, in order.
    pub(crate) told: Vec<RouterEvent>,
    /// Everything that the router sent, in order.
    pub(crate) sent: Vec<(Instant, PeerId, FiveTuple, Vec<u8>)>,
    /// What the router thought of each datagram that it got from a client.
    pub(crate) refused: Vec<RouterError>,
    /// Whether the server sends every message back.
    pub(crate) is_echo: bool,
    pub(crate) max_datagrams: usize,
    /// Of how many bytes the pieces of streams are.
    pub(crate) piece: usize,
    /// What the router's peers have asked for.
    pub(crate) asked: Vec<(PeerId, Request)>,
    flying: BTreeMap<(Instant, u64), Flying>,
    serial: u64,
    buffer: Vec<u8>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(RouterConfig::default(), 1)
    }

    /// `seed` is that of the router alone: the keys of its tables.
    pub(crate) fn with(config: RouterConfig, seed: u8) -> Self {
        Self {
            now: START,
            router: Router::new(config, START, &mut rng(seed, 0)),
            clients: Vec::new(),
            told: Vec::new(),
            sent: Vec::new(),
            refused: Vec::new(),
            is_echo: true,
            max_datagrams: 1,
            piece: usize::MAX,
            asked: Vec::new(),
            flying: BTreeMap::new(),
            serial: 0,
            buffer: Vec::new(),
        }
    }

    /// A peer for the server, not yet in the router.
    pub(crate) fn server_peer(&self, number: usize) -> PeerConnection {
        connection(self.now, SERVER.parse().unwrap(), Protocol::Udp, number, 200)
    }

    /// A client whose translator shows it as `public`, and a peer of the router for it, which have
    /// exchanged descriptions.
    pub(crate) fn add(&mut self, public: SocketAddr) -> usize {
        self.add_by(public, Protocol::Udp)
    }

    /// The same where the server has only a listener for TCP; there is no translator then.
    pub(crate) fn add_over_tcp(&mut self) -> usize {
        self.add_by(public(self.clients.len()), Protocol::Tcp)
    }

    fn add_by(&mut self, public: SocketAddr, protocol: Protocol) -> usize {
        let number = self.clients.len();
        let [_, _, high, low] = (number as u32).to_be_bytes();
        let local = SocketAddr::from(([10, 0, high, low], 5000));
        let mut client = connection(self.now, local, Protocol::Udp, number, 100);
        let channel = client.create_data_channel("echo", DataChannelInit::default()).unwrap();
        client.set_local_description(self.now, None).unwrap();
        let server = connection(self.now, SERVER.parse().unwrap(), protocol, number, 200);
        let id = self.router.insert(server).unwrap();
        let mut server = self.router.peer_mut(id).unwrap();
        server.set_remote_description(self.now, client.local_description().unwrap()).unwrap();
        server.set_local_description(self.now, None).unwrap();
        client.set_remote_description(self.now, server.local_description().unwrap()).unwrap();
        drop(server);
        let (received, is_silent) = (Vec::new(), false);
        let connection = client;
        self.clients.push(Client { connection, local, public, is_silent, id, channel, received });
        number
    }

    /// So many clients, each with an address of its own.
    pub(crate) fn add_many(&mut self, count: usize) {
        for _ in 0..count {
            self.add(public(self.clients.len()));
        }
    }

    /// A world with so many clients that are connected.
    pub(crate) fn connected(count: usize) -> Self {
        let mut world = Self::new();
        world.add_many(count);
        world.run_until(Self::is_connected);
        world
    }

    pub(crate) fn is_connected(&self) -> bool {
        (0..self.clients.len()).all(|client| self.is_up(client))
    }

    /// Whether both sides of a client's connection and its channel are open.
    pub(crate) fn is_up(&self, client: usize) -> bool {
        let Client { connection, id, channel, .. } = &self.clients[client];
        let is_open = connection.data_channel(*channel).unwrap().ready_state()
            == rtc_peer::DataChannelState::Open;
        let server = self.router.peer(*id).unwrap().connection_state();
        is_open && server == ConnectionState::Connected
    }

    /// The path of a client as the server sees it.
    pub(crate) fn path(&self, client: usize) -> FiveTuple {
        FiveTuple::udp(SERVER.parse().unwrap(), self.clients[client].public)
    }

    pub(crate) fn send(&mut self, client: usize, message: &str) {
        let Client { connection, channel, .. } = &mut self.clients[client];
        connection.channel(*channel).unwrap().send(message).unwrap();
    }

    /// Hands the router a datagram that nobody of this world has sent.
    pub(crate) fn inject(&mut self, path: FiveTuple, bytes: &[u8]) -> Result<PeerId, RouterError> {
        self.router.handle_datagram(self.now, path, None, BytesMut::from(bytes))
    }

    /// What a client has to send at this moment, taken away from the network.
    pub(crate) fn intercept(&mut self, client: usize) -> Vec<Vec<u8>> {
        let connection = &mut self.clients[client].connection;
        let mut datagrams = Vec::new();
        while connection.poll_transmit(self.now, 1, &mut self.buffer).is_some() {
            datagrams.push(self.buffer.clone());
        }
        datagrams
    }

    pub(crate) fn drain(&mut self) {
        self.drain_router();
        for index in 0..self.clients.len() {
            self.drain_client(index);
        }
    }

    pub(crate) fn drain_router(&mut self) {
        let now = self.now;
        loop {
            while let Some((id, transmit)) =
                self.router.poll_transmit(now, self.max_datagrams, &mut self.buffer)
            {
                assert_eq!(transmit.size, self.buffer.len());
                let size = transmit.segment_size.unwrap_or(transmit.size);
                let datagrams: Vec<Vec<u8>> = self.buffer.chunks(size).map(Vec::from).collect();
                for bytes in datagrams {
                    self.sent.push((now, id, transmit.path, bytes.clone()));
                    self.fly(transmit.path, bytes);
                }
            }
            assert_eq!(self.buffer, b"", "a poll that gives nothing leaves nothing");
            while let Some(asked) = self.router.poll_request() {
                self.asked.push(asked);
            }
            let Some(event) = self.router.poll_event() else { break };
            if let RouterEvent::Peer(id, Event::DataChannel(ChannelEvent::Readable(channel))) =
                event
                && self.is_echo
            {
                let mut peer = self.router.peer_mut(id).expect("nobody else speaks");
                let mut channel = peer.channel(channel).unwrap();
                while let Some(message) = channel.recv() {
                    let _full_or_closed = channel.send(message);
                }
            }
            self.told.push(event);
        }
        if let Some(deadline) = self.router.poll_timeout() {
            assert!(deadline > now, "{deadline:?} is not after {now:?}");
        }
    }

    fn drain_client(&mut self, index: usize) {
        let now = self.now;
        let client = &mut self.clients[index];
        let mut out = Vec::new();
        loop {
            while let Some(transmit) = client.connection.poll_transmit(now, 1, &mut self.buffer) {
                out.push((transmit.path, self.buffer.clone()));
            }
            let Some(request) = client.connection.poll_request() else { break };
            if let Request::Connect { connection, local, remote, .. } = request {
                assert_eq!(remote, SERVER.parse().unwrap());
                client.connection.handle_connected(now, connection, (local, 40_000).into());
            }
        }
        while let Some(event) = client.connection.poll_event() {
            if let Event::DataChannel(ChannelEvent::Readable(channel)) = event {
                let mut channel = client.connection.channel(channel).unwrap();
                client.received.extend(std::iter::from_fn(|| channel.recv()));
            }
        }
        let (public, is_silent) = (client.public, client.is_silent);
        for (path, bytes) in out {
            let local = if path.protocol == Protocol::Udp { public } else { path.local };
            if !is_silent && path.remote == SERVER.parse().unwrap() {
                self.fly(FiveTuple { local, ..path }, bytes);
            }
        }
    }

    /// Sends something on its way, on a path as it is without translators.
    fn fly(&mut self, path: FiveTuple, bytes: Vec<u8>) {
        let path = FiveTuple { local: path.remote, remote: path.local, ..path };
        let size = if path.protocol == Protocol::Udp { usize::MAX } else { self.piece };
        for piece in bytes.chunks(size) {
            let flying = Flying { path, bytes: piece.to_vec() };
            self.flying.insert((self.now + LATENCY, self.serial), flying);
            self.serial += 1;
        }
    }

    /// Goes on to the next moment at which something happens, but not beyond `end`.
    fn step(&mut self, end: Instant) -> bool {
        self.drain();
        let arrival = self.flying.keys().next().map(|(arrival, _)| *arrival);
        let clients = self.clients.iter().map(|client| client.connection.poll_timeout());
        let deadlines = clients.chain([arrival, self.router.poll_timeout()]);
        match Instant::earliest(deadlines) {
            Some(next) if next <= end => self.now = self.now.max(next),
            _ => {
                self.now = end;
                return false;
            }
        }
        let now = self.now;
        while let Some(entry) = self.flying.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let Flying { path, bytes } = entry.remove();
            let bytes = BytesMut::from(&bytes[..]);
            let to = path.local;
            let is_its = |client: &&mut Client| match path.protocol {
                Protocol::Udp => client.public == to && !client.is_silent,
                Protocol::Tcp => client.local.ip() == to.ip(),
            };
            if to == SERVER.parse().unwrap() {
                let result = self.router.handle_datagram(now, path, None, bytes);
                self.refused.extend(result.err());
            } else if let Some(client) = self.clients.iter_mut().find(is_its) {
                let local = if path.protocol == Protocol::Udp { client.local } else { to };
                let path = FiveTuple { local, ..path };
                let _refused = client.connection.handle_datagram(now, path, None, bytes);
            }
        }
        for client in &mut self.clients {
            if client.connection.poll_timeout().is_some_and(|deadline| deadline <= now) {
                client.connection.handle_timeout(now);
            }
        }
        if self.router.poll_timeout().is_some_and(|deadline| deadline <= now) {
            self.router.handle_timeout(now);
        }
        true
    }

    pub(crate) fn run_for(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.step(end) {}
    }

    #[track_caller]
    pub(crate) fn run_until(&mut self, done: impl Fn(&Self) -> bool) {
        let end = self.now + Duration::from_secs(120);
        while !done(self) {
            assert!(self.step(end), "two minutes have passed");
        }
    }

    /// Sends a message to the server and waits for it to come back.
    #[track_caller]
    pub(crate) fn talk(&mut self, client: usize) {
        let count = self.clients[client].received.len();
        let message = format!("from {client}");
        self.send(client, &message);
        self.run_until(|world| world.clients[client].received.len() > count);
        assert_eq!(self.clients[client].received[count..], [Message::from(&*message)]);
    }

    /// Everything that the router can be asked about a peer, the time left out.
    pub(crate) fn snapshot(&self, id: PeerId) -> String {
        let peer = self.router.peer(id).unwrap();
        format!("{:?} {:?}", peer.stats(self.now), peer.poll_timeout())
    }
}

fn connection(
    now: Instant,
    address: SocketAddr,
    protocol: Protocol,
    number: usize,
    side: u8,
) -> PeerConnection {
    let mut rng = rng(side, number);
    let mut connection = PeerConnection::new(Configuration::default(), now, &mut rng).unwrap();
    connection.add_local_address(now, address, protocol).unwrap();
    connection
}

pub(crate) fn rng(seed: u8, number: usize) -> ChaCha20Rng {
    let mut bytes = [seed; 32];
    bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
    ChaCha20Rng::from_seed(bytes)
}

/// The address of a client that has a translator of its own.
pub(crate) fn public(number: usize) -> SocketAddr {
    SocketAddr::from(([198, 51, 100, (number / 50) as u8], 10_000 + (number % 50) as u16))
}

/// When every test begins: far from zero, so that nothing can depend on that.
pub(crate) const START: Instant = Instant::from_secs(1_000_000);
pub(crate) const SERVER: &str = "192.0.2.1:4000";
const LATENCY: Duration = Duration::from_millis(10);
