//! smol as the driver sees it.

use core::future::Future;
use core::net::{IpAddr, SocketAddr};
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::time::Instant;
use std::{io, net};

use rtc_driver::runtime;
use smol::{Async, net as names};
use socket2::{Domain, SockRef, Socket, Type};

/// smol, as the [`Runtime`](runtime::Runtime) of the types of this crate: its global executor and
/// its reactor.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Smol;

impl runtime::Runtime for Smol {
    type Udp = Udp;
    type Stream = Stream;
    type Listener = Listener;
    type Timer = Timer;

    /// The global executor is everywhere.
    fn current() -> Option<Self> {
        Some(Self)
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        smol::spawn(task).detach();
    }

    fn timer(&self) -> Timer {
        Timer(smol::Timer::never())
    }

    fn udp_socket(&self, socket: net::UdpSocket) -> io::Result<Udp> {
        Async::new(socket).map(Udp)
    }

    fn tcp_listener(&self, listener: net::TcpListener) -> io::Result<Listener> {
        Async::new(listener).map(Listener)
    }

    async fn connect(&self, local: IpAddr, remote: SocketAddr) -> io::Result<Stream> {
        let socket = Socket::new(Domain::for_address(remote), Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        socket.bind(&SocketAddr::new(local, 0).into())?;
        match socket.connect(&remote.into()) {
            Err(error) if !is_under_way(&error) => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let stream = Async::new(net::TcpStream::from(socket))?;
        stream.writable().await?;
        match SockRef::from(stream.get_ref()).take_error()? {
            Some(error) => Err(error),
            None => Ok(Stream(stream)),
        }
    }

    async fn resolve(&self, host: String) -> io::Result<Vec<IpAddr>> {
        let addresses = names::resolve((host, 0)).await?;
        Ok(addresses.into_iter().map(|address| address.ip()).collect())
    }
}

/// Whether a connection is being opened, as opposed to refused.
fn is_under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    let code = error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error());
    #[cfg(not(unix))]
    let code = false;
    code || error.kind() == io::ErrorKind::WouldBlock
}

/// A UDP socket on smol.
#[derive(Debug)]
pub struct Udp(Async<net::UdpSocket>);

impl runtime::UdpSocket for Udp {
    fn poll_receive<T>(
        &self,
        cx: &mut Context<'_>,
        mut receive: impl FnMut(SockRef<'_>) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            match receive(SockRef::from(self.0.get_ref())) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                received => return Poll::Ready(received),
            }
            ready!(self.0.poll_readable(cx))?;
        }
    }

    fn poll_send<T>(
        &self,
        cx: &mut Context<'_>,
        mut send: impl FnMut(SockRef<'_>) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            match send(SockRef::from(self.0.get_ref())) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => return Poll::Ready(sent),
            }
            ready!(self.0.poll_writable(cx))?;
        }
    }
}

/// A TCP connection on smol.
#[derive(Debug)]
pub struct Stream(Async<net::TcpStream>);

impl runtime::TcpStream for Stream {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().local_addr()
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            match io::Read::read(&mut self.0.get_ref(), buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read),
            }
            ready!(self.0.poll_readable(cx))?;
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            match io::Write::write(&mut self.0.get_ref(), bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
            ready!(self.0.poll_writable(cx))?;
        }
    }

    fn shut_down(&mut self) -> io::Result<()> {
        SockRef::from(self.0.get_ref()).shutdown(net::Shutdown::Write)
    }
}

/// A TCP listener on smol.
#[derive(Debug)]
pub struct Listener(Async<net::TcpListener>);

impl runtime::TcpListener for Listener {
    type Stream = Stream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Stream, SocketAddr)>> {
        loop {
            match self.0.get_ref().accept() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok((stream, remote)) => {
                    stream.set_nodelay(true)?;
                    let stream = Async::new(stream)?;
                    return Poll::Ready(Ok((Stream(stream), remote)));
                }
            }
            ready!(self.0.poll_readable(cx))?;
        }
    }
}

/// A timer on smol.
#[derive(Debug)]
pub struct Timer(smol::Timer);

impl runtime::Timer for Timer {
    fn set(&mut self, deadline: Instant) {
        self.0.set_at(deadline);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx).map(drop)
    }
}
