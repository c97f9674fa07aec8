//! The public host with the STUN and TURN server.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use rtc_core::{FiveTuple, Instant, Protocol};

use crate::call::{HOST_LATENCY, PASSWORD, USER};
use crate::internet::{HostId, Internet};
use crate::packet::{Body, Packet};
use crate::stack::{Heard, Stack};
use crate::turn_server::TurnServer;

#[derive(Debug)]
pub(crate) struct Server {
    stack: Stack,
    pub(crate) turn: TurnServer,
    /// The port that each client has connected to; the model knows of one only.
    ports: BTreeMap<SocketAddr, u16>,
    is_alive: bool,
}

impl Server {
    pub(crate) fn new(internet: &mut Internet) -> Self {
        let host = internet.add_host();
        internet.attach(host, Internet::PUBLIC, ADDRESS, HOST_LATENCY);
        let mut turn = TurnServer::new(SocketAddr::new(ADDRESS.parse().unwrap(), PORT));
        turn.username = USER.into();
        turn.password = PASSWORD.into();
        turn.relay_v4 = Some(turn.address.ip());
        turn.relay_v6 = None;
        let mut server =
            Self { stack: Stack::new(host), turn, ports: BTreeMap::new(), is_alive: false };
        server.start();
        server
    }

    pub(crate) fn host(&self) -> HostId {
        self.stack.host
    }

    /// Dies: its streams are reset, its allocations are gone, and nothing is answered.
    pub(crate) fn crash(&mut self, internet: &mut Internet) {
        self.is_alive = false;
        self.turn.forget();
        self.stack.crash(internet);
    }

    /// Begins to listen, after a crash as well.
    pub(crate) fn start(&mut self) {
        self.is_alive = true;
        for port in [PORT, TLS_PORT] {
            self.stack.bind(Protocol::Tcp, SocketAddr::new(self.turn.address.ip(), port));
        }
    }

    /// How many allocations have not run out.
    pub(crate) fn allocations(&self, now: Instant) -> usize {
        self.turn.allocations().iter().filter(|one| one.expires_at > now).count()
    }

    pub(crate) fn receive(&mut self, internet: &mut Internet, packet: Packet) {
        let now = internet.now;
        if let Body::Udp(bytes) = &packet.body {
            if self.is_alive {
                let path = FiveTuple::udp(packet.target, packet.source);
                self.turn.handle_datagram(now, path, bytes);
            }
            return;
        }
        if let Some(Heard::Data(path, bytes)) = self.stack.receive(internet, packet) {
            self.ports.insert(path.remote, path.local.port());
            let path = FiveTuple { local: self.turn.address, ..path };
            self.turn.handle_datagram(now, path, &bytes);
        }
    }

    pub(crate) fn drain(&mut self, internet: &mut Internet) {
        while let Some((mut path, bytes)) = self.turn.poll_transmit() {
            if path.protocol == Protocol::Tcp
                && let Some(port) = self.ports.get(&path.remote)
            {
                path.local.set_port(*port);
            }
            self.stack.send(internet, &path, &bytes);
        }
    }
}

const ADDRESS: &str = "203.0.113.1";
const PORT: u16 = 3478;
const TLS_PORT: u16 = 443;
