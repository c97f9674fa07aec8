//! The clients of STUN and TURN servers against coturn, with plain sockets.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use core::{net::SocketAddr, time::Duration};
use std::{
    io::{self, Read as _, Write as _},
    net::{TcpStream, UdpSocket},
    time,
};

use anyhow::{Context as _, bail, ensure};
use bytes::BytesMut;
use chacha20::ChaCha20Rng;
use interop::Coturn;
use rand_core::SeedableRng as _;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_ice::stun::ErrorCode;
use rtc_ice::turn::{Client, Config, Credentials, Event, Failure, Families, Inbound};
use rtc_ice::{ServerUri, binding};

/// A client and its socket.
struct Session {
    client: Client,
    socket: Socket,
    path: FiveTuple,
    epoch: time::Instant,
    events: Vec<Event>,
    received: Vec<(SocketAddr, Vec<u8>)>,
}

enum Socket {
    Udp(UdpSocket),
    Tcp(TcpStream),
}

impl Socket {
    fn open(server: SocketAddr, protocol: Protocol) -> io::Result<Self> {
        Ok(match protocol {
            Protocol::Udp => {
                let socket = UdpSocket::bind("127.0.0.1:0")?;
                socket.connect(server)?;
                Self::Udp(socket)
            }
            Protocol::Tcp => {
                let stream = TcpStream::connect(server)?;
                stream.set_nodelay(true)?;
                Self::Tcp(stream)
            }
        })
    }

    fn path(&self) -> io::Result<FiveTuple> {
        let (protocol, local, remote) = match self {
            Self::Udp(socket) => (Protocol::Udp, socket.local_addr()?, socket.peer_addr()?),
            Self::Tcp(stream) => (Protocol::Tcp, stream.local_addr()?, stream.peer_addr()?),
        };
        Ok(FiveTuple { protocol, local, remote })
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Udp(socket) => match socket.send(bytes) {
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
                result => result.map(drop),
            },
            Self::Tcp(stream) => stream.write_all(bytes),
        }
    }

    /// `None`: nothing has come within this time.
    fn receive(&mut self, wait: Duration, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let wait = Some(wait.max(Duration::from_millis(1)));
        let result = match self {
            Self::Udp(socket) => {
                socket.set_read_timeout(wait)?;
                socket.recv(buffer)
            }
            Self::Tcp(stream) => {
                stream.set_read_timeout(wait)?;
                stream.read(buffer)
            }
        };
        match result {
            Ok(length) => Ok(Some(length)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            // Over UDP the server may come up a moment later than over TCP.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(Some(0)),
            Err(error) => Err(error),
        }
    }
}

impl Session {
    fn new(server: SocketAddr, protocol: Protocol, config: Config) -> anyhow::Result<Self> {
        Self::over(Socket::open(server, protocol)?, config)
    }

    fn over(socket: Socket, config: Config) -> anyhow::Result<Self> {
        let path = socket.path()?;
        // No two sessions draw the same.
        let mut seed = [0; 32];
        seed[..2].copy_from_slice(&path.local.port().to_be_bytes());
        let nanos = time::UNIX_EPOCH.elapsed()?.as_nanos().to_be_bytes();
        seed[2..18].copy_from_slice(&nanos);
        let mut rng = ChaCha20Rng::from_seed(seed);
        let client = Client::new(config, path, start(), &mut rng);
        let epoch = time::Instant::now();
        Ok(Self { client, socket, path, epoch, events: Vec::new(), received: Vec::new() })
    }

    fn now(&self) -> Instant {
        start() + self.epoch.elapsed()
    }

    /// Sends what there is to be sent.
    fn flush(&mut self) -> anyhow::Result<()> {
        let mut out = Vec::new();
        while let Some(transmit) = self.client.poll_transmit(self.now(), &mut out) {
            ensure!(transmit.path == self.path, "it goes over this socket");
            self.socket.send(&out)?;
            out.clear();
        }
        while let Some(event) = self.client.poll_event() {
            self.events.push(event);
        }
        Ok(())
    }

    /// Lets time pass until something is so.
    fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) -> anyhow::Result<()> {
        let end = self.now() + PATIENCE;
        let mut buffer = [0; 2048];
        self.flush()?;
        while !done(self) {
            if self.now() > end {
                bail!("not {what} within {PATIENCE:?}: {:?}", self.events);
            }
            let wait = self
                .client
                .poll_timeout()
                .map_or(TICK, |at| at.saturating_duration_since(self.now()).min(TICK));
            match self.socket.receive(wait, &mut buffer)? {
                Some(length) => self.on_bytes(&buffer[..length])?,
                None => self.client.handle_timeout(self.now()),
            }
            self.flush()?;
        }
        Ok(())
    }

    fn rest(&mut self, time: Duration) -> anyhow::Result<()> {
        let end = self.now() + time;
        self.until("rested", |session| session.now() >= end)
    }

    fn on_bytes(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let path = self.path;
        if bytes.is_empty() && path.protocol == Protocol::Tcp {
            self.client.handle_disconnected(self.now(), path);
            return Ok(());
        }
        let mut bytes = BytesMut::from(bytes);
        loop {
            match self.client.handle_datagram(self.now(), path, &mut bytes)? {
                Inbound::Data { peer, payload, .. } => {
                    self.received.push((peer, payload.to_vec()));
                }
                Inbound::NotMine => return Ok(()),
                _ => {}
            }
            if bytes.is_empty() || path.protocol == Protocol::Udp {
                return Ok(());
            }
        }
    }

    fn allocate(&mut self) -> anyhow::Result<SocketAddr> {
        self.until("allocated", |session| !session.events.is_empty())?;
        let allocated = self.client.allocated();
        let allocated = allocated.with_context(|| format!("allocated: {:?}", self.events))?;
        ensure!(allocated.mapped == self.path.local, "there is no NAT");
        allocated.relayed_v4.context("an IPv4 address")
    }

    /// Sends to a peer, at once or when its permission has come.
    fn send(&mut self, peer: SocketAddr, data: &[u8]) -> anyhow::Result<()> {
        let mut out = data.to_vec();
        if self.client.wrap(self.now(), peer, &mut out, 0).is_some() {
            self.socket.send(&out)?;
        }
        self.flush()
    }

    /// A peer and the client say something to each other, and more of it.
    fn talk(&mut self, relayed: SocketAddr) -> anyhow::Result<()> {
        let peer = UdpSocket::bind("127.0.0.1:0")?;
        peer.set_read_timeout(Some(PATIENCE))?;
        let address = peer.local_addr()?;
        let mut buffer = [0; 2048];
        for length in [1, 2, 3, 4, 1200, 5, 100, 1000] {
            let data = vec![0x80; length];
            self.send(address, &data)?;
            // The first waits for its permission.
            self.rest(Duration::from_millis(100))?;
            let (got, from) = peer.recv_from(&mut buffer)?;
            ensure!(from == relayed && buffer[..got] == data, "{length} bytes to the peer");
            peer.send_to(&data, relayed)?;
            let count = self.received.len();
            self.until("received", |session| session.received.len() > count)?;
            ensure!(self.received.last() == Some(&(address, data)), "{length} bytes back");
        }
        ensure!(self.client.overhead(self.now(), address) <= 7, "a channel is bound");
        Ok(())
    }

    fn failure(&mut self) -> anyhow::Result<Event> {
        self.until("failed", |session| session.client.is_over())?;
        self.events.pop().context("an event")
    }
}

#[test]
fn data_is_relayed_over_udp_and_tcp() -> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&[])? else { return Ok(()) };
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        let mut session = Session::new(server(&coturn)?, protocol, config())?;
        let relayed = session.allocate()?;
        session.talk(relayed)?;
        session.client.release(session.now());
        ensure!(session.failure()? == Event::Released, "released");
    }
    // What was released is gone: the same port may have another allocation.
    let mut session = Session::new(server(&coturn)?, Protocol::Udp, config())?;
    session.allocate()?;
    session.client.release(session.now());
    session.failure()?;
    Session::over(session.socket, config())?.allocate()?;
    Ok(())
}

#[test]
fn nonces_that_run_out_are_renewed() -> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&["--stale-nonce=1"])? else { return Ok(()) };
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        let mut session = Session::new(server(&coturn)?, protocol, config())?;
        let relayed = session.allocate()?;
        for host in 2..7 {
            session.rest(Duration::from_millis(1100))?;
            session.client.permit(session.now(), SocketAddr::from(([127, 0, 0, host], 9)));
        }
        session.talk(relayed)?;
        ensure!(session.events.len() == 1, "{:?}", session.events);
        session.rest(Duration::from_millis(1100))?;
        session.client.release(session.now());
        ensure!(session.failure()? == Event::Released, "released");
    }
    ensure!(coturn.logged("Stale nonce") > 2, "{}", coturn.log());
    Ok(())
}

#[test]
fn wrong_credentials_are_told() -> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&[])? else { return Ok(()) };
    for credentials in [Credentials::new(Coturn::USER, "guess"), Credentials::new("nobody", "x")] {
        for protocol in [Protocol::Udp, Protocol::Tcp] {
            let config = Config::new(credentials.clone());
            let mut session = Session::new(server(&coturn)?, protocol, config)?;
            ensure!(session.failure()? == Event::Failed(Failure::WrongCredentials), "401 twice");
        }
    }
    Ok(())
}

#[test]
fn a_quota_that_is_reached_is_told() -> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&["--user-quota=1"])? else { return Ok(()) };
    let mut first = Session::new(server(&coturn)?, Protocol::Udp, config())?;
    first.allocate()?;
    let mut second = Session::new(server(&coturn)?, Protocol::Udp, config())?;
    let failure = Failure::Refused(ErrorCode::ALLOCATION_QUOTA_REACHED);
    ensure!(second.failure()? == Event::Failed(failure), "486");
    Ok(())
}

#[test]
fn a_port_that_has_an_allocation_already_is_told_or_freed() -> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&[])? else { return Ok(()) };
    let mut first = Session::new(server(&coturn)?, Protocol::Udp, config())?;
    let relayed = first.allocate()?;
    let mut second = Session::over(first.socket, config())?;
    ensure!(second.failure()? == Event::Failed(Failure::Mismatch), "437");
    let mut config = config();
    config.ends_remainder = true;
    let mut third = Session::over(second.socket, config)?;
    ensure!(third.allocate()? != relayed, "another allocation");
    Ok(())
}

#[test]
fn an_allocation_moves_to_another_socket() -> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&["--mobility"])? else { return Ok(()) };
    for stale in [false, true] {
        let mut config = config();
        config.mobility = true;
        let mut session = Session::new(server(&coturn)?, Protocol::Udp, config)?;
        let relayed = session.allocate()?;
        ensure!(session.client.is_mobile(), "there is a ticket");
        session.talk(relayed)?;
        for _ in 0..2 {
            let socket = Socket::open(server(&coturn)?, Protocol::Udp)?;
            let path = socket.path()?;
            session.client.move_to(session.now(), path)?;
            if stale {
                session.client.handle_disconnected(session.now(), session.path);
            }
            (session.socket, session.path) = (socket, path);
            session.until("moved", |session| session.client.path() == path)?;
            session.talk(relayed)?;
        }
    }
    Ok(())
}

#[test]
fn without_mobility_there_is_no_ticket() -> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&[])? else { return Ok(()) };
    let mut config = config();
    config.mobility = true;
    let mut session = Session::new(server(&coturn)?, Protocol::Udp, config)?;
    session.allocate()?;
    ensure!(!session.client.is_mobile(), "no ticket");
    Ok(())
}

#[test]
fn of_two_families_the_one_that_there_is_is_given() -> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&[])? else { return Ok(()) };
    let mut both = config();
    both.families = Families::Both;
    let mut session = Session::new(server(&coturn)?, Protocol::Udp, both)?;
    session.allocate()?;
    let allocated = session.client.allocated().context("allocated")?;
    ensure!(allocated.relayed_v6.is_none(), "{allocated:?}");
    let mut v6 = config();
    v6.families = Families::V6;
    let mut session = Session::new(server(&coturn)?, Protocol::Udp, v6)?;
    let failure = Failure::Refused(ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED);
    ensure!(session.failure()? == Event::Failed(failure), "440");
    Ok(())
}

#[test]
fn a_forbidden_peer_costs_nobody_else_anything() -> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&["--denied-peer-ip=127.0.0.9"])? else { return Ok(()) };
    let mut session = Session::new(server(&coturn)?, Protocol::Udp, config())?;
    let relayed = session.allocate()?;
    let forbidden = SocketAddr::from(([127, 0, 0, 9], 9));
    session.client.permit(session.now(), forbidden);
    session.until("refused", |session| session.events.len() > 1)?;
    let refused = Event::PeerRefused { peer: forbidden.ip(), code: ErrorCode::FORBIDDEN };
    ensure!(session.events.last() == Some(&refused), "{:?}", session.events);
    session.talk(relayed)
}

#[test]
fn another_server_is_named() -> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&["--alternate-server=127.0.0.1:3999"])? else {
        return Ok(());
    };
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        let mut session = Session::new(server(&coturn)?, protocol, config())?;
        let failure =
            Failure::Redirected { server: SocketAddr::from(([127, 0, 0, 1], 3999)), domain: None };
        ensure!(session.failure()? == Event::Failed(failure), "300");
    }
    Ok(())
}

#[test]
fn a_server_that_dies_ends_the_connection() -> anyhow::Result<()> {
    let Some(mut coturn) = Coturn::require(&[])? else { return Ok(()) };
    let mut session = Session::new(server(&coturn)?, Protocol::Tcp, config())?;
    session.allocate()?;
    coturn.kill();
    ensure!(session.failure()? == Event::Lost(Failure::Disconnected), "the stream has ended");
    Ok(())
}

#[test]
fn the_mapped_address_is_told_over_udp_and_tcp() -> anyhow::Result<()> {
    let Some(coturn) = Coturn::require(&[])? else { return Ok(()) };
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        let mut socket = Socket::open(server(&coturn)?, protocol)?;
        let path = socket.path()?;
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        let mut client = binding::Client::new(binding::Config::default(), path, start(), &mut rng);
        let epoch = time::Instant::now();
        let (mut out, mut buffer) = (Vec::new(), [0; 2048]);
        while client.mapped().is_none() && !client.is_over() {
            let now = start() + epoch.elapsed();
            if client.poll_transmit(now, &mut out).is_some() {
                socket.send(&out)?;
                out.clear();
            }
            if let Some(length) = socket.receive(TICK, &mut buffer)? {
                client.handle_datagram(now, path, &buffer[..length])?;
            }
        }
        ensure!(client.poll_event() == Some(binding::Event::Mapped(path.local)), "no NAT");
    }
    Ok(())
}

fn start() -> Instant {
    Instant::from_secs(1_000_000)
}

fn config() -> Config {
    Config::new(Credentials::new(Coturn::USER, Coturn::PASSWORD))
}

fn server(coturn: &Coturn) -> anyhow::Result<SocketAddr> {
    let uri: ServerUri = coturn.turn_udp().parse()?;
    Ok(SocketAddr::new(coturn.ip(), uri.port))
}

const PATIENCE: Duration = Duration::from_secs(15);
const TICK: Duration = Duration::from_millis(20);
