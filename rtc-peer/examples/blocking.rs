//! All that a driver has to do, with nothing but a blocking socket of the standard library.
//!
//! Two peers in one process, a thread each, say a word to each other over the loopback interface;
//! their descriptions go through channels instead of a server of yours. `cargo run -p rtc-peer
//! --example blocking -- stun:stun.example.org` gathers with a server. What is not in here: TCP,
//! multicast DNS, and more sockets, which take a thread each.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a driver does the I/O")]

use std::error::Error;
use std::net::{ToSocketAddrs, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{self, Duration};

use chacha20::ChaCha20Rng;
use getrandom::SysRng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_peer::{
    ChannelEvent, Configuration, ConnectionState, DataChannelInit, Description, Event,
    IceGatheringState, IceServer, PeerConnection, Request,
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;
type Signalling = (Sender<Description>, Receiver<Description>);

/// A connection, its clock and its socket.
struct Driver {
    pc: PeerConnection,
    began: time::Instant,
    socket: UdpSocket,
    buffer: Vec<u8>,
}

impl Driver {
    fn new(servers: Vec<String>) -> Result<Self> {
        let mut configuration = Configuration::default();
        configuration.ice_servers = servers.into_iter().map(IceServer::stun).collect();
        let mut rng = ChaCha20Rng::try_from_rng(&mut SysRng)?;
        let mut pc = PeerConnection::new(configuration, Instant::EPOCH, &mut rng)?;
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        pc.add_local_address(Instant::EPOCH, socket.local_addr()?, Protocol::Udp)?;
        Ok(Self { pc, began: time::Instant::now(), socket, buffer: Vec::new() })
    }

    fn now(&self) -> Instant {
        Instant::from_epoch(self.began.elapsed())
    }

    /// In: a datagram, or time if none comes before the deadline or soon.
    fn wait(&mut self) -> Result<()> {
        let now = self.now();
        let deadline = self.pc.poll_timeout().unwrap_or(now + LONGEST_WAIT);
        let wait = deadline.saturating_duration_since(now).clamp(SHORTEST_WAIT, LONGEST_WAIT);
        self.socket.set_read_timeout(Some(wait))?;
        let mut datagram = [0; 2048];
        // An error is the deadline, or nobody was where a datagram went.
        if let Ok((size, from)) = self.socket.recv_from(&mut datagram) {
            let path = FiveTuple::udp(self.socket.local_addr()?, from);
            let _refused = self.pc.handle_datagram(self.now(), path, None, datagram[..size].into());
        }
        self.pc.handle_timeout(self.now());
        Ok(())
    }

    /// Out: datagrams and errands.
    fn drain(&mut self) {
        while let Some(transmit) = self.pc.poll_transmit(self.now(), 1, &mut self.buffer) {
            let _lost = self.socket.send_to(&self.buffer, transmit.path.remote);
        }
        while let Some(request) = self.pc.poll_request() {
            match request {
                // This blocks: who serves others meanwhile asks in another thread.
                Request::Resolve { query, host } => {
                    let found = (host, 0).to_socket_addrs().into_iter().flatten();
                    let found: Vec<_> = found.map(|address| address.ip()).collect();
                    self.pc.handle_resolved(self.now(), query, &found);
                }
                Request::Connect { connection, .. } => {
                    self.pc.handle_connect_failed(self.now(), connection);
                }
                _ => {} // There are no connections to close and no names to publish.
            }
        }
    }
}

/// One of the two: one offers and says a word, the other answers and says it back.
fn run(mut driver: Driver, offers: bool, (sender, receiver): &Signalling) -> Result<()> {
    if offers {
        driver.pc.create_data_channel("chat", DataChannelInit::default())?;
        driver.pc.set_local_description(driver.now(), None)?;
    }
    loop {
        driver.wait()?;
        if let Ok(description) = receiver.try_recv() {
            driver.pc.set_remote_description(driver.now(), description)?;
            if !offers {
                driver.pc.set_local_description(driver.now(), None)?;
            }
        }
        while let Some(event) = driver.pc.poll_event() {
            match event {
                // Who sends candidates as they come, by `Event::IceCandidate`, connects sooner.
                Event::IceGatheringStateChange(IceGatheringState::Complete) => {
                    sender.send(driver.pc.local_description().ok_or("not offered")?)?;
                }
                Event::ConnectionStateChange(ConnectionState::Failed) => Err("there is no path")?,
                Event::DataChannel(ChannelEvent::Open(id)) if offers => {
                    driver.pc.channel(id)?.send("Is there anybody out there?")?;
                }
                Event::DataChannel(ChannelEvent::Readable(id)) => {
                    while let Some(message) = driver.pc.channel(id)?.recv() {
                        println!("{} {message:?}", if offers { "back came" } else { "there came" });
                        match offers {
                            true => driver.pc.close(),
                            false => driver.pc.channel(id)?.send(message)?,
                        }
                    }
                }
                Event::DataChannel(ChannelEvent::Closed(_)) => driver.pc.close(),
                _ => {}
            }
        }
        driver.drain();
        if driver.pc.connection_state() == ConnectionState::Closed {
            break Ok(());
        }
    }
}

fn talk(servers: Vec<String>) -> Result<()> {
    let ((to_bob, from_alice), (to_alice, from_bob)) = (channel(), channel());
    let (alice, bob) = (Driver::new(servers.clone())?, Driver::new(servers)?);
    let echo = std::thread::spawn(move || run(bob, false, &(to_alice, from_alice)));
    run(alice, true, &(to_bob, from_bob))?;
    echo.join().map_err(|_| "the other one panicked")?
}

fn main() -> Result<()> {
    talk(std::env::args().skip(1).collect())
}

const SHORTEST_WAIT: Duration = Duration::from_micros(1); // Zero would be for ever.
const LONGEST_WAIT: Duration = Duration::from_millis(10);

#[test]
fn two_peers_talk_over_blocking_sockets() {
    talk(Vec::new()).unwrap();
}
