//! A UDP socket, with segmentation offload both ways and ECN marks.

use core::array;
use core::net::{IpAddr, SocketAddr};
use core::task::{Context, Poll};
use std::io::{self, IoSliceMut};
use std::net;

use quinn_udp::{EcnCodepoint, RecvMeta, UdpSockRef, UdpSocketState};
use rtc_core::Ecn;

use crate::config::Config;
use crate::runtime::{Runtime, UdpSocket as _};

/// One socket of a connection.
#[derive(Debug)]
pub(crate) struct Socket<R: Runtime> {
    io: R::Udp,
    state: UdpSocketState,
    /// The address it is bound to, as the core knows it: without zone and flow.
    local: SocketAddr,
    /// The zone that link-local destinations are in.
    scope: u32,
    /// Receives that have failed in a row.
    failures: u32,
}

impl<R: Runtime> Socket<R> {
    /// Opens a socket on this address.
    pub(crate) fn bind(runtime: &R, address: SocketAddr, config: &Config) -> io::Result<Self> {
        let socket = net::UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        // What the system grants is up to the system.
        if let Some(bytes) = config.receive_buffer_size {
            let _refused = state.set_recv_buffer_size(UdpSockRef::from(&socket), bytes);
        }
        if let Some(bytes) = config.send_buffer_size {
            let _refused = state.set_send_buffer_size(UdpSockRef::from(&socket), bytes);
        }
        let bound = socket.local_addr()?;
        let scope = match bound {
            SocketAddr::V6(bound) => bound.scope_id(),
            SocketAddr::V4(_) => 0,
        };
        let io = runtime.udp_socket(socket)?;
        Ok(Self { io, state, local: without_zone(bound), scope, failures: 0 })
    }

    /// The address that others know this socket by.
    pub(crate) const fn local(&self) -> SocketAddr {
        self.local
    }

    /// How many datagrams one system call can send.
    pub(crate) fn max_segments(&self) -> usize {
        self.state.max_gso_segments().max(1)
    }

    /// Receives what is there into `inbox`; `Pending`, also in case of an error that leaves nothing
    /// to wait for, if nothing is.
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>, inbox: &mut Inbox) -> Poll<()> {
        inbox.filled = 0;
        while self.failures < MAX_FAILURES {
            let received = self.io.poll_receive(cx, |socket| inbox.receive(&self.state, socket));
            match core::task::ready!(received) {
                Ok(()) => {
                    self.failures = 0;
                    return Poll::Ready(());
                }
                // What ICMP said about an earlier datagram, most likely.
                Err(_) => self.failures += 1,
            }
        }
        Poll::Pending
    }

    /// Sends one or several datagrams to `remote`. An error other than that of having to wait
    /// concerns this destination, and is over with this call.
    pub(crate) fn poll_send(
        &self,
        cx: &mut Context<'_>,
        remote: SocketAddr,
        ecn: Option<Ecn>,
        contents: &[u8],
        segment_size: Option<usize>,
    ) -> Poll<io::Result<()>> {
        let transmit = quinn_udp::Transmit {
            destination: self.with_zone(remote),
            ecn: ecn.and_then(|ecn| EcnCodepoint::from_bits(ecn as u8)),
            contents,
            segment_size,
            src_ip: None,
        };
        self.io.poll_send(cx, |socket| self.state.try_send(socket, &transmit))
    }

    fn with_zone(&self, remote: SocketAddr) -> SocketAddr {
        match remote {
            SocketAddr::V6(mut remote) if remote.ip().is_unicast_link_local() => {
                remote.set_scope_id(self.scope);
                SocketAddr::V6(remote)
            }
            remote => remote,
        }
    }
}

/// Room for what one system call receives.
#[derive(Debug)]
pub(crate) struct Inbox {
    memory: Box<[u8]>,
    meta: [RecvMeta; BATCH],
    filled: usize,
}

impl Inbox {
    /// Empty. Memory that is never written to is never asked of the system.
    pub(crate) fn new() -> Self {
        Self {
            memory: vec![0; BATCH * SLOT].into_boxed_slice(),
            meta: [RecvMeta::default(); BATCH],
            filled: 0,
        }
    }

    fn receive(&mut self, state: &UdpSocketState, socket: UdpSockRef<'_>) -> io::Result<()> {
        let mut memory = self.memory.chunks_exact_mut(SLOT);
        let mut slots: [IoSliceMut<'_>; BATCH] =
            array::from_fn(|_| IoSliceMut::new(memory.next().unwrap_or_default()));
        self.filled = state.recv(socket, &mut slots, &mut self.meta)?;
        Ok(())
    }

    /// What was received: sender, ECN mark and bytes of each datagram.
    pub(crate) fn datagrams(&self) -> impl Iterator<Item = (SocketAddr, Option<Ecn>, &[u8])> {
        self.memory.chunks_exact(SLOT).zip(&self.meta).take(self.filled).flat_map(
            |(memory, meta)| {
                let remote = without_zone(meta.addr);
                let ecn = meta.ecn.and_then(|ecn| Ecn::from_bits(ecn as u8));
                let batch = memory.get(..meta.len).unwrap_or_default();
                batch.chunks(meta.stride.max(1)).map(move |datagram| (remote, ecn, datagram))
            },
        )
    }
}

/// Zones and flows are a matter between us and the system; candidates do not carry them.
fn without_zone(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// How many buffers one system call fills at most, each with datagrams of one sender.
const BATCH: usize = 4;

/// The largest datagram, and the most that segmentation offload joins.
const SLOT: usize = 64 * 1024;

/// How many receives in a row may fail before the socket is given up.
const MAX_FAILURES: u32 = 64;
