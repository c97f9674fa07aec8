//! Shared set-up of the benches: machines in pairs, joined in memory, on virtual time.

mod forward;
mod ice;

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_dtls::{Certificate, CertificateParams, Config, Connection, HashAlgorithm, Role};
use rtc_peer::{ChannelEvent, ChannelId, Configuration, DataChannelInit, Event, PeerConnection};
use rtc_sctp::{Association, Ppid, SendOptions, StreamId};

pub use crate::forward::Forwarding;
pub use crate::ice::{IceOutcome, IceScene};

/// When everything begins.
pub const START: Instant = Instant::from_secs(1_000_000);

/// A generator of its own for each use.
pub fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

/// How long this thread has been working, as Linux counts it: what others do on the machine is not
/// in it.
pub fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanos = text.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("a number");
    Duration::from_nanos(nanos)
}

/// Two DTLS connections.
#[derive(Debug)]
pub struct DtlsPair {
    /// The side that begins.
    pub client: Connection,
    /// The other side.
    pub server: Connection,
}

/// A certificate for [`DtlsPair`].
pub fn certificate(seed: u8) -> Certificate {
    Certificate::generate(&CertificateParams::new(START.since_epoch()), &mut rng(seed))
}

impl DtlsPair {
    /// Two connections that know each other's certificates and have said nothing.
    pub fn new(client: &Certificate, server: &Certificate) -> Self {
        let connect = |own: &Certificate, other: &Certificate, role, seed| {
            let fingerprint = other.fingerprint(HashAlgorithm::Sha256);
            let config = Arc::new(Config::new(own.clone(), vec![fingerprint]));
            Connection::new(config, role, START, &mut rng(seed))
        };
        Self {
            client: connect(client, server, Role::Client, 3),
            server: connect(server, client, Role::Server, 4),
        }
    }

    /// Runs the handshake to its end.
    pub fn connect(&mut self) {
        let mut buffer = Vec::new();
        while !(self.client.is_connected() && self.server.is_connected()) {
            while self.client.poll_transmit(START, &mut buffer) {
                self.server.handle_datagram(START, BytesMut::from(&buffer[..])).expect("in order");
                buffer.clear();
            }
            while self.server.poll_transmit(START, &mut buffer) {
                self.client.handle_datagram(START, BytesMut::from(&buffer[..])).expect("in order");
                buffer.clear();
            }
        }
    }
}

/// Two SCTP associations.
#[derive(Debug)]
pub struct SctpPair {
    sender: Association,
    receiver: Association,
    now: Instant,
    buffer: Vec<u8>,
}

impl SctpPair {
    /// Two associations that are established.
    pub fn connected() -> Self {
        let associate = |seed| {
            let mut association =
                Association::new(rtc_sctp::Config::default(), START, &mut rng(seed));
            association.connect(START);
            association
        };
        let mut pair =
            Self { sender: associate(1), receiver: associate(2), now: START, buffer: Vec::new() };
        for _ in 0..10 {
            pair.exchange();
        }
        pair
    }

    /// Sends `total` bytes in messages of this size, with at most `queued` bytes waiting, and
    /// takes them on the other side.
    pub fn transfer(&mut self, message: &Bytes, total: usize, queued: usize) {
        let count = (total / message.len()).max(1);
        let (mut sent, mut received) = (0, 0);
        while received < count {
            while sent < count && self.sender.buffered_amount(STREAM) < queued {
                let options = SendOptions::RELIABLE;
                if self.sender.send(self.now, STREAM, Ppid(53), message.clone(), options).is_err() {
                    break;
                }
                sent += 1;
            }
            self.exchange();
            while self.receiver.recv(self.now, STREAM).is_some() {
                received += 1;
            }
        }
    }

    fn exchange(&mut self) {
        self.now += Duration::from_micros(100);
        self.sender.handle_timeout(self.now);
        self.receiver.handle_timeout(self.now);
        for _ in 0..2 {
            while self.sender.poll_transmit(self.now, &mut self.buffer) {
                let packet = Bytes::copy_from_slice(&self.buffer);
                self.receiver.handle_datagram(self.now, packet).expect("in order");
                self.buffer.clear();
            }
            while self.receiver.poll_transmit(self.now, &mut self.buffer) {
                let packet = Bytes::copy_from_slice(&self.buffer);
                self.sender.handle_datagram(self.now, packet).expect("in order");
                self.buffer.clear();
            }
        }
        while self.sender.poll_event().is_some() {}
        while self.receiver.poll_event().is_some() {}
    }
}

/// Two whole peer connections.
#[derive(Debug)]
pub struct PeerPair {
    sender: PeerConnection,
    receiver: PeerConnection,
    ours: ChannelId,
    theirs: Option<ChannelId>,
    now: Instant,
    buffer: Vec<u8>,
    /// How many datagrams went to and fro.
    pub datagrams: usize,
}

impl PeerPair {
    /// Two connections with a data channel that is open on both sides.
    pub fn connected() -> Self {
        let peer = |seed, address: &str| {
            let mut peer =
                PeerConnection::new(Configuration::default(), START, &mut rng(seed)).expect("sane");
            let address = address.parse().expect("an address");
            peer.add_local_address(START, address, Protocol::Udp).expect("usable");
            peer
        };
        let mut sender = peer(1, "192.0.2.1:4000");
        let mut receiver = peer(2, "192.0.2.2:5000");
        let ours = sender.create_data_channel("bench", DataChannelInit::default()).expect("new");
        sender.set_local_description(START, None).expect("stable");
        let offer = sender.local_description().expect("set");
        receiver.set_remote_description(START, offer).expect("good");
        receiver.set_local_description(START, None).expect("offered");
        let answer = receiver.local_description().expect("set");
        sender.set_remote_description(START, answer).expect("good");
        let mut pair = Self {
            sender,
            receiver,
            ours,
            theirs: None,
            now: START,
            buffer: Vec::new(),
            datagrams: 0,
        };
        while pair.theirs.is_none() {
            pair.exchange(1);
        }
        pair
    }

    /// Sends `total` bytes in messages of this size, with at most `queued` bytes waiting, and
    /// takes them on the other side.
    pub fn transfer(&mut self, message: &Bytes, total: usize, queued: usize) {
        let count = (total / message.len()).max(1);
        let theirs = self.theirs.expect("connected");
        let (mut sent, mut received) = (0, 0);
        while received < count {
            let mut channel = self.sender.channel(self.ours).expect("open");
            while sent < count
                && channel.attributes().buffered_amount() < queued
                && channel.send(message.clone()).is_ok()
            {
                sent += 1;
            }
            self.exchange(16);
            let mut channel = self.receiver.channel(theirs).expect("open");
            while channel.recv().is_some() {
                received += 1;
            }
        }
    }

    fn exchange(&mut self, max_datagrams: usize) {
        self.now += Duration::from_micros(100);
        self.sender.handle_timeout(self.now);
        self.receiver.handle_timeout(self.now);
        for _ in 0..2 {
            self.datagrams += carry(
                &mut self.sender,
                &mut self.receiver,
                self.now,
                max_datagrams,
                &mut self.buffer,
            );
            self.datagrams += carry(
                &mut self.receiver,
                &mut self.sender,
                self.now,
                max_datagrams,
                &mut self.buffer,
            );
        }
        while self.sender.poll_event().is_some() {}
        while let Some(event) = self.receiver.poll_event() {
            if let Event::DataChannel(ChannelEvent::Open(id)) = event {
                self.theirs = Some(id);
            }
        }
    }
}

/// Carries everything that `from` has to send to `to`.
fn carry(
    from: &mut PeerConnection,
    to: &mut PeerConnection,
    now: Instant,
    max_datagrams: usize,
    buffer: &mut Vec<u8>,
) -> usize {
    let mut datagrams = 0;
    while let Some(transmit) = from.poll_transmit(now, max_datagrams, buffer) {
        let path =
            FiveTuple { local: transmit.path.remote, remote: transmit.path.local, ..transmit.path };
        for datagram in buffer.chunks(transmit.segment_size.unwrap_or(transmit.size)) {
            datagrams += 1;
            let _refused = to.handle_datagram(now, path, None, BytesMut::from(datagram));
        }
    }
    datagrams
}

const STREAM: StreamId = StreamId(1);
