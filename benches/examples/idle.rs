//! What many connected peers cost that have nothing to say: memory, work per second with consent
//! included, and a flood of datagrams that are nobody's.
//!
//! `cargo run --release -p benches --example idle -- [PEERS] [SECONDS] [UNKNOWN]`; by default 10,000
//! peers, 30 virtual seconds and 1,000,000 datagrams.

use std::net::SocketAddr;
use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use benches::{START, cpu_time};
use bytes::BytesMut;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_peer::{
    Configuration, ConnectionState, DataChannelInit, PeerConnection, PeerId, Router, RouterConfig,
};

/// A router on one socket, and one with a socket for each of its peers.
struct World {
    server: Router,
    clients: Router,
    ids: Vec<(PeerId, PeerId)>,
    now: Instant,
    buffer: Vec<u8>,
    datagrams: u64,
}

impl World {
    fn new(peers: usize) -> Self {
        let mut config = RouterConfig::default();
        config.max_peers = peers;
        let router =
            |seed| Router::new(config.clone(), START, &mut ChaCha20Rng::from_seed([seed; 32]));
        Self {
            server: router(1),
            clients: router(2),
            ids: Vec::new(),
            now: START,
            buffer: Vec::new(),
            datagrams: 0,
        }
    }

    /// Adds a pair and connects it.
    fn add(&mut self, number: usize) {
        let now = self.now;
        let mut client = peer(now, client_address(number), number, 3);
        let mut server = peer(now, server_address(), number, 4);
        let _channel = client.create_data_channel("idle", DataChannelInit::default()).expect("new");
        client.set_local_description(now, None).expect("stable");
        let offer = client.local_description().expect("set");
        server.set_remote_description(now, offer).expect("good");
        server.set_local_description(now, None).expect("offered");
        let answer = server.local_description().expect("set");
        client.set_remote_description(now, answer).expect("good");
        let server = self.server.insert(server).expect("room");
        let client = self.clients.insert(client).expect("room");
        self.ids.push((server, client));
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            while self.exchange() > 0 {}
            let next = Instant::earliest([self.server.poll_timeout(), self.clients.poll_timeout()]);
            match next {
                Some(next) if next <= end => self.now = self.now.max(next),
                _ => break,
            }
            self.server.handle_timeout(self.now);
            self.clients.handle_timeout(self.now);
        }
        self.now = end;
    }

    fn exchange(&mut self) -> u64 {
        let before = self.datagrams;
        let Self { server, clients, now, buffer, .. } = self;
        self.datagrams += carry(server, clients, *now, buffer);
        self.datagrams += carry(clients, server, *now, buffer);
        self.datagrams - before
    }

    fn connected(&self) -> usize {
        let is_connected = |id: &PeerId, router: &Router| {
            router
                .peer(*id)
                .is_some_and(|peer| peer.connection_state() == ConnectionState::Connected)
        };
        self.ids
            .iter()
            .filter(|(server, client)| {
                is_connected(server, &self.server) && is_connected(client, &self.clients)
            })
            .count()
    }

    /// Datagrams of all kinds from addresses that are nobody's.
    fn flood(&mut self, count: u32) -> (AllocationInfo, Duration) {
        let mut sum = AllocationInfo::default();
        let mut work = Duration::ZERO;
        let kinds: [&[u8]; 4] = [&[22; 200], &[128; 1200], &[64; 100], &[0; 20]];
        for batch in 0..count.div_ceil(BATCH) {
            let datagrams: Vec<_> = (0..BATCH)
                .map(|number| {
                    let [a, b, c, d] = (batch * BATCH + number).to_be_bytes();
                    let remote = SocketAddr::from(([100 + a, b, c, d], 1024));
                    let path = FiveTuple::udp(server_address(), remote);
                    (path, BytesMut::from(kinds[number as usize % kinds.len()]))
                })
                .collect();
            let (router, now) = (&mut self.server, self.now);
            let before = cpu_time();
            sum += measure(|| {
                for (path, datagram) in datagrams {
                    assert!(router.handle_datagram(now, path, None, datagram).is_err());
                }
            });
            work += cpu_time() - before;
        }
        (sum, work)
    }
}

/// Carries everything that one has to send to the other.
fn carry(from: &mut Router, to: &mut Router, now: Instant, buffer: &mut Vec<u8>) -> u64 {
    let mut datagrams = 0;
    while let Some((_, transmit)) = from.poll_transmit(now, 1, buffer) {
        let path = FiveTuple::udp(transmit.path.remote, transmit.path.local);
        let _refused = to.handle_datagram(now, path, None, BytesMut::from(&buffer[..]));
        datagrams += 1;
    }
    while from.poll_event().is_some() {}
    datagrams
}

fn peer(now: Instant, address: SocketAddr, number: usize, side: u8) -> PeerConnection {
    let mut seed = [side; 32];
    seed[..8].copy_from_slice(&(number as u64).to_be_bytes());
    let mut rng = ChaCha20Rng::from_seed(seed);
    let mut peer = PeerConnection::new(Configuration::default(), now, &mut rng).expect("sane");
    peer.add_local_address(now, address, Protocol::Udp).expect("usable");
    peer
}

fn server_address() -> SocketAddr {
    ([192, 0, 2, 1], 4000).into()
}

fn client_address(number: usize) -> SocketAddr {
    let [_, a, b, c] = (number as u32).to_be_bytes();
    ([10, a, b, c], 5000).into()
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u32>().expect("a number"));
    let peers = arguments.next().unwrap_or(10_000) as usize;
    let seconds = arguments.next().unwrap_or(30).into();
    let unknown = arguments.next().unwrap_or(1_000_000);
    let mut world = World::new(peers);
    world.ids.reserve_exact(peers);
    let before = cpu_time();
    let memory = measure(|| {
        for number in 0..peers {
            world.add(number);
            // A few milliseconds between them, so that their timers do not all fall together.
            world.pass(Duration::from_millis(3));
        }
        // Everything that follows a handshake is over.
        world.pass(Duration::from_secs(70));
    });
    let set_up = cpu_time() - before;
    assert_eq!(world.connected(), peers);
    let sides = 2 * peers as u64;
    println!("{peers} pairs connected in {} us each", set_up.as_micros() as u64 / sides * 2);
    println!("heap per peer: {} bytes, all included", memory.bytes_current as u64 / sides);
    println!("blocks per peer: {:.1}", memory.count_current as f64 / sides as f64);
    println!("(of it PeerConnection itself: {} bytes)", size_of::<PeerConnection>());

    let datagrams = world.datagrams;
    let before = cpu_time();
    let memory = measure(|| world.pass(Duration::from_secs(seconds)));
    let work = cpu_time() - before;
    let peer_seconds = (sides * seconds) as f64;
    println!(
        "{seconds} s of idling: {:.2} us per peer and second, {:.2} datagrams, {} bytes of growth",
        work.as_nanos() as f64 / 1000.0 / peer_seconds,
        (world.datagrams - datagrams) as f64 / peer_seconds,
        memory.bytes_current,
    );
    assert_eq!(world.connected(), peers);

    if unknown > 0 {
        let (memory, work) = world.flood(unknown);
        println!(
            "{unknown} unknown datagrams: {} ns each, {} bytes allocated",
            work.as_nanos() / u128::from(unknown),
            memory.bytes_total,
        );
    }
    assert_eq!(world.exchange(), 0, "nobody has noticed");
}

/// How many datagrams are made at once, outside of what is measured.
const BATCH: u32 = 10_000;
