//! A UDP socket, with segmentation offload both ways, ECN marks and code points.

use core::array;
use core::cell::Cell;
use core::net::{IpAddr, SocketAddr};
use core::task::{Context, Poll};
use std::io::{self, IoSliceMut};
use std::net;

use quinn_udp::{EcnCodepoint, RecvMeta, UdpSockRef, UdpSocketState};
use rtc_core::Ecn;
use socket2::{Domain, SockRef, Socket as System, Type};

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
    /// The traffic class that the system was told last.
    traffic_class: Cell<u8>,
}

impl<R: Runtime> Socket<R> {
    /// Opens a socket on this address, which others may share if `is_shared`.
    pub(crate) fn bind(
        runtime: &R,
        address: SocketAddr,
        is_shared: bool,
        config: &Config,
    ) -> io::Result<Self> {
        let socket = System::new(Domain::for_address(address), Type::DGRAM, None)?;
        if is_shared {
            share_port(&socket)?;
        }
        socket.bind(&address.into())?;
        // What the system grants is up to the system.
        if let Some(bytes) = config.receive_buffer_size {
            let _refused = socket.set_recv_buffer_size(bytes);
        }
        if let Some(bytes) = config.send_buffer_size {
            let _refused = socket.set_send_buffer_size(bytes);
        }
        Self::adopt(runtime, socket.into())
    }

    /// Makes use of a socket that was opened elsewhere.
    pub(crate) fn adopt(runtime: &R, socket: net::UdpSocket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        let bound = socket.local_addr()?;
        let scope = match bound {
            SocketAddr::V6(bound) => bound.scope_id(),
            SocketAddr::V4(_) => 0,
        };
        let io = runtime.udp_socket(socket)?;
        let traffic_class = Cell::new(0);
        Ok(Self { io, state, local: without_zone(bound), scope, failures: 0, traffic_class })
    }

    /// Whether nothing will be received any more.
    pub(crate) const fn is_broken(&self) -> bool {
        self.failures >= MAX_FAILURES
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
            let received = self
                .io
                .poll_receive(cx, |socket| inbox.receive(&self.state, UdpSockRef::from(&*socket)));
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

    /// Sends one or several datagrams to `remote`; with a code point, one only. An error other than
    /// that of having to wait concerns this destination, and is over with this call.
    pub(crate) fn poll_send(
        &self,
        cx: &mut Context<'_>,
        remote: SocketAddr,
        ecn: Option<Ecn>,
        dscp: u8,
        contents: &[u8],
        segment_size: Option<usize>,
    ) -> Poll<io::Result<()>> {
        let destination = self.with_zone(remote);
        if dscp != 0 && segment_size.is_none() {
            let class = (dscp << 2) | ecn.map_or(0, |ecn| ecn as u8);
            return self.io.poll_send(cx, |socket| {
                self.mark(&socket, class);
                socket.send_to(contents, &destination.into()).map(drop)
            });
        }
        let transmit = quinn_udp::Transmit {
            destination,
            ecn: ecn.and_then(|ecn| EcnCodepoint::from_bits(ecn as u8)),
            contents,
            segment_size,
            src_ip: None,
        };
        self.io.poll_send(cx, |socket| self.state.try_send(UdpSockRef::from(&*socket), &transmit))
    }

    /// Sets the traffic class of what is sent without one of its own, which is what goes out with a
    /// code point: `quinn_udp` says a class with each datagram, but knows ECN alone.
    fn mark(&self, socket: &SockRef<'_>, class: u8) {
        if self.traffic_class.replace(class) == class {
            return;
        }
        // A system that refuses has its reasons, and the mark is a wish.
        let _refused = match self.local {
            SocketAddr::V4(_) => socket.set_tos_v4(class.into()),
            #[cfg(unix)]
            SocketAddr::V6(_) => socket.set_tclass_v6(class.into()),
            #[cfg(not(unix))]
            SocketAddr::V6(_) => Ok(()),
        };
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

/// Lets several sockets have one address: the system then spreads what comes in over them.
#[cfg(unix)]
fn share_port(socket: &System) -> io::Result<()> {
    socket.set_reuse_port(true)
}

/// Here it would let another program take the address over.
#[cfg(not(unix))]
fn share_port(_: &System) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Zones and flows are a matter between us and the system; candidates do not carry them.
pub(crate) fn without_zone(address: SocketAddr) -> SocketAddr {
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
