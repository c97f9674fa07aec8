//! A host's TCP: connections, listeners, and what applications hear of them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rtc_core::{FiveTuple, Instant, Protocol};

use crate::internet::{HostId, Internet};
use crate::packet::{Body, Packet};

/// The sockets of one host.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) host: HostId,
    udp: BTreeSet<SocketAddr>,
    listeners: BTreeSet<SocketAddr>,
    connections: BTreeMap<FiveTuple, State>,
    next_port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Connecting { until: Instant },
    Open,
}

/// What an application is told.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A datagram, or a piece of a stream.
    Data(FiveTuple, Vec<u8>),
    Connected(FiveTuple),
    Refused(FiveTuple),
    Ended(FiveTuple),
}

impl Stack {
    pub(crate) fn new(host: HostId) -> Self {
        Self {
            host,
            udp: BTreeSet::new(),
            listeners: BTreeSet::new(),
            connections: BTreeMap::new(),
            next_port: 50_000,
        }
    }

    pub(crate) fn bind(&mut self, protocol: Protocol, address: SocketAddr) {
        match protocol {
            Protocol::Udp => self.udp.insert(address),
            Protocol::Tcp => self.listeners.insert(address),
        };
    }

    pub(crate) fn unbind(&mut self, protocol: Protocol, address: SocketAddr) {
        match protocol {
            Protocol::Udp => self.udp.remove(&address),
            Protocol::Tcp => self.listeners.remove(&address),
        };
    }

    /// The addresses of its UDP sockets.
    pub(crate) fn addresses(&self) -> Vec<IpAddr> {
        self.udp.iter().map(SocketAddr::ip).collect()
    }

    /// Begins to connect from a new port of `local`.
    pub(crate) fn connect(
        &mut self,
        internet: &mut Internet,
        local: IpAddr,
        remote: SocketAddr,
    ) -> FiveTuple {
        let local = SocketAddr::new(local, self.next_port);
        self.next_port += 1;
        let path = FiveTuple { protocol: Protocol::Tcp, local, remote };
        let until = internet.now + CONNECT_TIMEOUT;
        self.connections.insert(path, State::Connecting { until });
        self.emit(internet, &path, Body::Syn);
        path
    }

    /// Sends a datagram, or writes to a stream; what has no open stream is lost.
    pub(crate) fn send(&mut self, internet: &mut Internet, path: &FiveTuple, bytes: &[u8]) {
        match path.protocol {
            Protocol::Udp => self.emit(internet, path, Body::Udp(bytes.into())),
            Protocol::Tcp if self.connections.get(path) == Some(&State::Open) => {
                self.emit(internet, path, Body::Data(bytes.into()));
            }
            Protocol::Tcp => {}
        }
    }

    pub(crate) fn close(&mut self, internet: &mut Internet, path: &FiveTuple) {
        if self.connections.remove(path).is_some() {
            self.emit(internet, path, Body::Fin);
        }
    }

    /// The process has died: its streams are reset, its sockets are gone.
    pub(crate) fn crash(&mut self, internet: &mut Internet) {
        for path in std::mem::take(&mut self.connections).into_keys() {
            self.emit(internet, &path, Body::Reset);
        }
        self.udp.clear();
        self.listeners.clear();
    }

    /// Takes in a packet that arrived at the host.
    pub(crate) fn receive(&mut self, internet: &mut Internet, packet: Packet) -> Option<Heard> {
        let protocol = if packet.is_udp() { Protocol::Udp } else { Protocol::Tcp };
        let path = FiveTuple { protocol, local: packet.target, remote: packet.source };
        let state = self.connections.get(&path).copied();
        match (&packet.body, state) {
            (Body::Udp(bytes), _) => {
                self.udp.contains(&path.local).then(|| Heard::Data(path, bytes.clone()))
            }
            (Body::Syn, None) if self.listeners.contains(&path.local) => {
                self.connections.insert(path, State::Open);
                internet.send(self.host, packet.reply(Body::SynAck));
                None
            }
            (Body::SynAck, Some(State::Connecting { .. })) => {
                self.connections.insert(path, State::Open);
                Some(Heard::Connected(path))
            }
            (Body::Data(bytes), Some(State::Open)) => Some(Heard::Data(path, bytes.clone())),
            (Body::Reset, Some(State::Connecting { .. })) => {
                self.connections.remove(&path);
                Some(Heard::Refused(path))
            }
            (Body::Fin | Body::Reset, Some(_)) => {
                self.connections.remove(&path);
                Some(Heard::Ended(path))
            }
            (Body::Fin | Body::Reset, None) => None,
            _ => {
                internet.send(self.host, packet.reply(Body::Reset));
                None
            }
        }
    }

    /// When an attempt to connect is given up next.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        let attempts = self.connections.values().map(|state| match state {
            State::Connecting { until } => Some(*until),
            State::Open => None,
        });
        Instant::earliest(attempts)
    }

    /// An attempt to connect whose time is over.
    pub(crate) fn timed_out(&mut self, now: Instant) -> Option<Heard> {
        let over = |state: &State| matches!(state, State::Connecting { until } if *until <= now);
        let path = *self.connections.iter().find(|(_, state)| over(state))?.0;
        self.connections.remove(&path);
        Some(Heard::Refused(path))
    }

    fn emit(&self, internet: &mut Internet, path: &FiveTuple, body: Body) {
        let packet = Packet { source: path.local, target: path.remote, body };
        internet.send(self.host, packet);
    }
}

/// How long a connection that nobody answers is waited for.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
