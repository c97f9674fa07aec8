//! A host that runs a peer connection: the driver's part, errands included.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

use bytes::BytesMut;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_peer::{
    ChannelEvent, ChannelId, Configuration, ConnectionId, Event, PeerConnection, Request,
    StatsReport,
};

use crate::internet::{HostId, Internet};
use crate::names::Names;
use crate::packet::Packet;
use crate::stack::{Heard, Stack};

/// A host with a peer connection.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) connection: PeerConnection,
    pub(crate) stack: Stack,
    /// Events that nobody has taken yet.
    pub(crate) events: VecDeque<Event>,
    /// Every event that was ever polled, in order.
    pub(crate) history: Vec<Event>,
    /// Attempts to connect, by their path.
    connecting: BTreeMap<FiveTuple, ConnectionId>,
    pub(crate) names: Names,
    buffer: Vec<u8>,
}

impl Peer {
    pub(crate) fn new(host: HostId, configuration: Configuration, now: Instant, seed: u8) -> Self {
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        Self {
            connection: PeerConnection::new(configuration, now, &mut rng).unwrap(),
            stack: Stack::new(host),
            events: VecDeque::new(),
            history: Vec::new(),
            connecting: BTreeMap::new(),
            names: Names::default(),
            buffer: Vec::new(),
        }
    }

    /// Opens a socket and names it to the connection.
    pub(crate) fn open(&mut self, now: Instant, protocol: Protocol, address: SocketAddr) {
        self.stack.bind(protocol, address);
        self.connection.add_local_address(now, address, protocol).unwrap();
    }

    /// Closes a socket and tells the connection.
    pub(crate) fn shut(&mut self, now: Instant, protocol: Protocol, address: SocketAddr) {
        self.stack.unbind(protocol, address);
        self.connection.remove_local_address(now, address, protocol);
    }

    /// Takes in a packet that has arrived at the host.
    pub(crate) fn receive(&mut self, internet: &mut Internet, packet: Packet) {
        if let Some(heard) = self.stack.receive(internet, packet) {
            self.hear(internet.now, heard);
        }
    }

    /// Does all that is to be done by now, but for what arrives.
    pub(crate) fn tick(&mut self, now: Instant) {
        while let Some(heard) = self.stack.timed_out(now) {
            self.hear(now, heard);
        }
        while let Some((query, addresses)) = self.names.answer(now) {
            self.connection.handle_resolved(now, query, &addresses);
        }
        if self.connection.poll_timeout().is_some_and(|deadline| deadline <= now) {
            self.connection.handle_timeout(now);
        }
    }

    /// When something is to be done next.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        let own = self.connection.poll_timeout();
        Instant::earliest([own, self.stack.next_at(), self.names.next_at()])
    }

    /// Sends what is to be sent, runs errands, hears what is said.
    pub(crate) fn drain(&mut self, internet: &mut Internet) {
        let now = internet.now;
        let mut buffer = std::mem::take(&mut self.buffer);
        while let Some(transmit) = self.connection.poll_transmit(now, 1, &mut buffer) {
            assert_eq!(transmit.size, buffer.len());
            self.stack.send(internet, &transmit.path, &buffer);
        }
        self.buffer = buffer;
        while let Some(request) = self.connection.poll_request() {
            self.run(internet, request);
        }
        while let Some(event) = self.connection.poll_event() {
            self.history.push(event.clone());
            self.events.push_back(event);
        }
        if let Some(deadline) = self.connection.poll_timeout() {
            assert!(deadline > now, "wants to be called at {deadline:?}, now is {now:?}");
        }
    }

    fn run(&mut self, internet: &mut Internet, request: Request) {
        match request {
            Request::Resolve { query, host } => self.names.ask(internet.now, query, &host),
            Request::Connect { connection, local, remote, .. } => {
                let path = self.stack.connect(internet, local, remote);
                self.connecting.insert(path, connection);
            }
            Request::Disconnect(path) => self.stack.close(internet, &path),
            other => panic!("nobody asked for {other:?}"),
        }
    }

    fn hear(&mut self, now: Instant, heard: Heard) {
        match heard {
            Heard::Data(path, bytes) => {
                let bytes = BytesMut::from(&bytes[..]);
                let _refused = self.connection.handle_datagram(now, path, None, bytes);
            }
            Heard::Connected(path) => {
                if let Some(id) = self.connecting.remove(&path) {
                    self.connection.handle_connected(now, id, path.local);
                }
            }
            Heard::Refused(path) => {
                if let Some(id) = self.connecting.remove(&path) {
                    self.connection.handle_connect_failed(now, id);
                }
            }
            Heard::Ended(path) => self.connection.handle_disconnected(now, path),
        }
    }

    /// The channels that were opened so far, in order.
    pub(crate) fn opened(&self) -> Vec<ChannelId> {
        let opened = self.history.iter().filter_map(|event| match event {
            Event::DataChannel(ChannelEvent::Open(id)) => Some(*id),
            _ => None,
        });
        opened.collect()
    }

    pub(crate) fn stats(&self, now: Instant) -> StatsReport {
        self.connection.stats(now)
    }

    /// The addresses of its sockets: UDP first.
    pub(crate) fn addresses(&self) -> Vec<IpAddr> {
        self.stack.addresses()
    }
}
