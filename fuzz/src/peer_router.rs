//! A router with a few peers that strangers, peers and the application are at work on at once.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_peer::{
    Configuration, DataChannelInit, Event, PeerConnection, PeerId, Request, Router, RouterConfig,
    RouterEvent,
};

/// Every byte is a command: peers come and go, datagrams are delivered, lost, repeated and moved to
/// other paths, streams begin with whatever it be, time passes.
pub fn router(data: &[u8]) {
    let mut world = World::new();
    let mut bytes = data.iter().copied();
    while let Some(command) = bytes.next() {
        let number = usize::from(command >> 4);
        match command & 0x0f {
            0 => world.add(),
            1 => world.remove(number),
            2 => world.close(number),
            3 => drop(world.flying.pop_front()),
            4 => {
                // The same once more, from elsewhere.
                if let Some((mut path, datagram)) = world.flying.front().cloned() {
                    path.remote = client_address(number);
                    world.flying.push_back((path, datagram));
                }
            }
            5 | 6 => {
                let length = usize::from(bytes.next().unwrap_or(0));
                let datagram: Vec<u8> = bytes.by_ref().take(length).collect();
                let protocol = if command & 1 == 0 { Protocol::Tcp } else { Protocol::Udp };
                let path = FiveTuple { protocol, ..from(client_address(number)) };
                let _refused =
                    world.router.handle_datagram(world.now, path, None, datagram[..].into());
            }
            7 => {
                // A datagram becomes the beginning of a stream.
                if let Some((mut path, datagram)) = world.flying.front().cloned() {
                    path.protocol = Protocol::Tcp;
                    let mut piece = (datagram.len() as u16).to_be_bytes().to_vec();
                    piece.extend(datagram);
                    for piece in piece.chunks(1 + number * 20) {
                        let _refused =
                            world.router.handle_datagram(world.now, path, None, piece.into());
                    }
                }
            }
            8 => {
                let path = FiveTuple { protocol: Protocol::Tcp, ..from(client_address(number)) };
                world.router.handle_disconnected(world.now, path);
            }
            9 => world.pass(Duration::from_secs(number as u64 * 4)),
            10 => world.pass(Duration::from_millis(20)),
            11 => {
                let len = world.clients.len();
                if let Some(client) = world.clients.get_mut(number % len.max(1)) {
                    client.address = client_address(usize::from(bytes.next().unwrap_or(0) % 16));
                }
            }
            _ => world.exchange(),
        }
        world.drain();
        world.check();
    }
}

struct Client {
    connection: PeerConnection,
    id: PeerId,
    /// Its socket.
    local: SocketAddr,
    /// What its translator makes of it.
    address: SocketAddr,
}

struct World {
    router: Router,
    clients: Vec<Client>,
    gone: Vec<PeerId>,
    /// As the receiver sees them.
    flying: VecDeque<(FiveTuple, Vec<u8>)>,
    now: Instant,
    count: usize,
}

impl World {
    fn new() -> Self {
        let mut config = RouterConfig::default();
        config.max_peers = 4;
        config.max_paths_per_peer = 3;
        config.max_held_streams = 4;
        config.max_unknown_requests = 4;
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        Self {
            router: Router::new(config, START, &mut rng),
            clients: Vec::new(),
            gone: Vec::new(),
            flying: VecDeque::new(),
            now: START,
            count: 0,
        }
    }

    fn add(&mut self) {
        if self.count >= MAX_PEERS {
            return;
        }
        self.count += 1;
        let address = client_address(self.count);
        let mut client = peer(self.count as u8, self.now, address);
        let mut server = peer(self.count as u8 | 0x80, self.now, server_address());
        server.add_local_address(self.now, server_address(), Protocol::Tcp).unwrap();
        client.create_data_channel("chat", DataChannelInit::default()).unwrap();
        client.set_local_description(self.now, None).unwrap();
        let id = match self.router.insert(server) {
            Ok(id) => id,
            Err(_full) => {
                assert_eq!(self.router.len(), 4);
                return;
            }
        };
        let mut server = self.router.peer_mut(id).unwrap();
        server.set_remote_description(self.now, client.local_description().unwrap()).unwrap();
        server.set_local_description(self.now, None).unwrap();
        client.set_remote_description(self.now, server.local_description().unwrap()).unwrap();
        drop(server);
        self.clients.push(Client { connection: client, id, local: address, address });
    }

    fn id(&self, number: usize) -> Option<PeerId> {
        self.clients.get(number % self.clients.len().max(1)).map(|client| client.id)
    }

    fn remove(&mut self, number: usize) {
        let Some(id) = self.id(number) else { return };
        let was_gone = self.gone.contains(&id);
        assert_eq!(self.router.remove(id).is_none(), was_gone);
        if !was_gone {
            self.gone.push(id);
        }
    }

    fn close(&mut self, number: usize) {
        let Some(id) = self.id(number) else { return };
        let was_gone = self.gone.contains(&id);
        match self.router.peer_mut(id) {
            Some(mut peer) => peer.close(),
            None => assert!(was_gone),
        }
    }

    fn exchange(&mut self) {
        for _ in 0..self.flying.len() {
            let Some((path, datagram)) = self.flying.pop_front() else { break };
            if path.local == server_address() {
                let result = self.router.handle_datagram(self.now, path, None, datagram[..].into());
                if let Ok(id) = result {
                    assert!(!self.gone.contains(&id), "a datagram for one that is gone");
                }
            } else if let Some(client) =
                self.clients.iter_mut().find(|client| client.address == path.local)
            {
                let path = FiveTuple { local: client.local, ..path };
                let _refused =
                    client.connection.handle_datagram(self.now, path, None, datagram[..].into());
            }
        }
    }

    fn drain(&mut self) {
        let mut buffer = Vec::new();
        while let Some((id, transmit)) = self.router.poll_transmit(self.now, 1, &mut buffer) {
            assert!(!self.gone.contains(&id), "one that is gone speaks");
            self.fly(transmit.path, &buffer);
        }
        while let Some((_, request)) = self.router.poll_request() {
            assert!(!matches!(request, Request::Resolve { .. }), "nobody has names");
        }
        while let Some(event) = self.router.poll_event() {
            match event {
                RouterEvent::Gone(id) => {
                    assert!(!self.gone.contains(&id), "gone twice");
                    assert!(self.router.peer(id).is_none());
                    self.gone.push(id);
                }
                RouterEvent::Peer(id, _) => assert!(!self.gone.contains(&id)),
                RouterEvent::UnknownBindingRequest { local_ufrag, remote_ufrag, .. } => {
                    assert!(local_ufrag.len() <= 256 && remote_ufrag.len() <= 256);
                }
                _ => {}
            }
        }
        for number in 0..self.clients.len() {
            let client = &mut self.clients[number];
            let mut out = Vec::new();
            while client.connection.poll_transmit(self.now, 1, &mut buffer).is_some() {
                out.push(buffer.clone());
            }
            while client.connection.poll_request().is_some() {}
            while let Some(event) = client.connection.poll_event() {
                assert!(!matches!(event, Event::TrackMuted(_)), "there are no tracks");
            }
            let path = FiveTuple::udp(client.address, server_address());
            for datagram in out {
                self.fly(path, &datagram);
            }
        }
    }

    fn fly(&mut self, path: FiveTuple, datagram: &[u8]) {
        if self.flying.len() < 256 {
            let path = FiveTuple { local: path.remote, remote: path.local, ..path };
            self.flying.push_back((path, datagram.to_vec()));
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.router.handle_timeout(self.now);
        for client in &mut self.clients {
            client.connection.handle_timeout(self.now);
        }
    }

    fn check(&self) {
        if let Some(deadline) = self.router.poll_timeout() {
            assert!(deadline > self.now, "a deadline in the past after a drain");
        }
        let present = self.clients.iter().filter(|client| !self.gone.contains(&client.id));
        assert_eq!(self.router.len(), present.clone().count());
        assert!(present.into_iter().all(|client| self.router.peer(client.id).is_some()));
        assert!(self.gone.iter().all(|id| self.router.peer(*id).is_none()));
    }
}

fn peer(seed: u8, now: Instant, address: SocketAddr) -> PeerConnection {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let mut peer = PeerConnection::new(Configuration::default(), now, &mut rng).unwrap();
    peer.add_local_address(now, address, Protocol::Udp).unwrap();
    peer
}

fn server_address() -> SocketAddr {
    ([192, 0, 2, 1], 4000).into()
}

fn client_address(number: usize) -> SocketAddr {
    ([198, 51, 100, 1], 5000 + number as u16).into()
}

fn from(remote: SocketAddr) -> FiveTuple {
    FiveTuple::udp(server_address(), remote)
}

const START: Instant = Instant::from_secs(1_000_000);

/// How many peers there are in one run: a handshake takes its time.
const MAX_PEERS: usize = 6;
