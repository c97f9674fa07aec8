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

#[cfg(test)]
mod tests {
    use core::future::Future;
    use core::task::Waker;
    use std::time::Instant;

    use super::*;
    use crate::runtime;

    /// A runtime that waits by trying again: one that only a test can live with.
    #[derive(Debug, Clone)]
    struct Still;

    impl Runtime for Still {
        type Udp = StillUdp;
        type Stream = Nothing;
        type Listener = Nothing;
        type Timer = Nothing;

        fn current() -> Option<Self> {
            Some(Self)
        }

        fn spawn(&self, _: impl Future<Output = ()> + Send + 'static) {}

        fn timer(&self) -> Nothing {
            Nothing
        }

        fn udp_socket(&self, socket: net::UdpSocket) -> io::Result<StillUdp> {
            Ok(StillUdp(socket))
        }

        fn tcp_listener(&self, _: net::TcpListener) -> io::Result<Nothing> {
            Ok(Nothing)
        }

        async fn connect(&self, _: IpAddr, _: SocketAddr) -> io::Result<Nothing> {
            Ok(Nothing)
        }

        async fn resolve(&self, _: String) -> io::Result<Vec<IpAddr>> {
            Ok(Vec::new())
        }
    }

    #[derive(Debug)]
    struct StillUdp(net::UdpSocket);

    impl runtime::UdpSocket for StillUdp {
        fn poll_receive<T>(
            &self,
            _: &mut Context<'_>,
            mut receive: impl FnMut(SockRef<'_>) -> io::Result<T>,
        ) -> Poll<io::Result<T>> {
            loop {
                match receive(SockRef::from(&self.0)) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    received => return Poll::Ready(received),
                }
            }
        }

        fn poll_send<T>(
            &self,
            _: &mut Context<'_>,
            mut send: impl FnMut(SockRef<'_>) -> io::Result<T>,
        ) -> Poll<io::Result<T>> {
            Poll::Ready(send(SockRef::from(&self.0)))
        }
    }

    #[derive(Debug)]
    struct Nothing;

    impl runtime::TcpStream for Nothing {
        fn local_addr(&self) -> io::Result<SocketAddr> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn poll_read(&mut self, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn poll_write(&mut self, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn shut_down(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl runtime::TcpListener for Nothing {
        type Stream = Self;

        fn poll_accept(&mut self, _: &mut Context<'_>) -> Poll<io::Result<(Self, SocketAddr)>> {
            Poll::Pending
        }
    }

    impl runtime::Timer for Nothing {
        fn set(&mut self, _: Instant) {}

        fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
            Poll::Pending
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn datagrams_of_one_size_leave_with_one_call_and_arrive_with_another() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let address = address.parse().unwrap();
            let bind = || Socket::bind(&Still, address, false, &Config::default()).unwrap();
            let (from, mut to) = (bind(), bind());
            let mut cx = Context::from_waker(Waker::noop());
            let mut inbox = Inbox::new();
            assert!(from.max_segments() >= 10, "Linux cuts buffers itself");
            let buffer: Vec<u8> = (0..11_500_u32).map(|at| (at / 1200) as u8).collect();
            let sent = from.poll_send(&mut cx, to.local(), None, 0, &buffer, Some(1200));
            assert!(matches!(sent, Poll::Ready(Ok(()))));
            assert!(to.poll_receive(&mut cx, &mut inbox).is_ready());
            let received: Vec<_> = inbox.datagrams().map(|(_, _, datagram)| datagram).collect();
            assert!(received == buffer.chunks(1200).collect::<Vec<_>>(), "{}", received.len());
            assert!(inbox.datagrams().all(|(remote, ..)| remote == from.local()));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn datagrams_leave_with_their_code_point_and_their_mark() {
        let (one, other) = ("127.0.0.1:0".parse().unwrap(), "[::1]:0".parse().unwrap());
        for address in [one, other] {
            let bind = || Socket::bind(&Still, address, false, &Config::default()).unwrap();
            let (from, mut to) = (bind(), bind());
            let mut cx = Context::from_waker(Waker::noop());
            let mut inbox = Inbox::new();
            let class = |socket: &Socket<Still>| {
                let control = SockRef::from(&socket.io.0);
                if address.is_ipv4() { control.tos_v4() } else { control.tclass_v6() }.unwrap()
            };
            for (dscp, ecn, expected) in [
                (0, Some(Ecn::Ect0), 0),
                (46, None, 46 << 2),
                (46, Some(Ecn::Ect1), (46 << 2) | 1),
                // `quinn_udp` says the class of these.
                (0, Some(Ecn::Ect0), (46 << 2) | 1),
                (10, Some(Ecn::Ect0), (10 << 2) | 2),
            ] {
                let sent = from.poll_send(&mut cx, to.local(), ecn, dscp, b"hello", None);
                assert!(matches!(sent, Poll::Ready(Ok(()))));
                assert_eq!(class(&from), expected, "{address} {dscp} {ecn:?}");
                assert!(to.poll_receive(&mut cx, &mut inbox).is_ready());
                let received: Vec<_> = inbox.datagrams().collect();
                assert_eq!(received, [(from.local(), ecn, &b"hello"[..])]);
            }
        }
    }
}
