//! tokio as the driver sees it.

use core::future::Future;
use core::net::{IpAddr, SocketAddr};
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::time::Instant;
use std::{io, net};

use rtc_driver::runtime;
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio::runtime::Handle;
use tokio::time::{self, Sleep};

/// tokio, as the [`Runtime`](runtime::Runtime) of the types of this crate.
#[derive(Debug, Clone)]
pub struct Tokio(Handle);

impl runtime::Runtime for Tokio {
    type Udp = Udp;
    type Stream = Stream;
    type Listener = Listener;
    type Timer = Timer;

    fn current() -> Option<Self> {
        Handle::try_current().ok().map(Self)
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(task);
    }

    fn timer(&self) -> Timer {
        let _entered = self.0.enter();
        // Never fires before it is set.
        Timer(Box::pin(time::sleep(Duration::MAX)))
    }

    fn udp_socket(&self, socket: net::UdpSocket) -> io::Result<Udp> {
        let _entered = self.0.enter();
        UdpSocket::from_std(socket).map(Udp)
    }

    fn tcp_listener(&self, listener: net::TcpListener) -> io::Result<Listener> {
        let _entered = self.0.enter();
        TcpListener::from_std(listener).map(Listener)
    }

    async fn connect(&self, local: IpAddr, remote: SocketAddr) -> io::Result<Stream> {
        let socket = if local.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.bind(SocketAddr::new(local, 0))?;
        let stream = socket.connect(remote).await?;
        stream.set_nodelay(true)?;
        Ok(Stream(stream))
    }

    async fn resolve(&self, host: String) -> io::Result<Vec<IpAddr>> {
        let addresses = tokio::net::lookup_host((host, 0)).await?;
        Ok(addresses.map(|address| address.ip()).collect())
    }
}

/// A UDP socket on tokio.
#[derive(Debug)]
pub struct Udp(UdpSocket);

impl runtime::UdpSocket for Udp {
    fn poll_receive<T>(
        &self,
        cx: &mut Context<'_>,
        mut receive: impl FnMut(SockRef<'_>) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            ready!(self.0.poll_recv_ready(cx))?;
            match self.0.try_io(Interest::READABLE, || receive(SockRef::from(&self.0))) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                received => return Poll::Ready(received),
            }
        }
    }

    fn poll_send<T>(
        &self,
        cx: &mut Context<'_>,
        mut send: impl FnMut(SockRef<'_>) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            ready!(self.0.poll_send_ready(cx))?;
            match self.0.try_io(Interest::WRITABLE, || send(SockRef::from(&self.0))) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => return Poll::Ready(sent),
            }
        }
    }
}

/// A TCP connection on tokio.
#[derive(Debug)]
pub struct Stream(TcpStream);

impl runtime::TcpStream for Stream {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_read_ready(cx))?;
            match self.0.try_read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read),
            }
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(cx))?;
            match self.0.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn shut_down(&mut self) -> io::Result<()> {
        SockRef::from(&self.0).shutdown(net::Shutdown::Write)
    }
}

/// A TCP listener on tokio.
#[derive(Debug)]
pub struct Listener(TcpListener);

impl runtime::TcpListener for Listener {
    type Stream = Stream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Stream, SocketAddr)>> {
        let (stream, remote) = ready!(self.0.poll_accept(cx))?;
        stream.set_nodelay(true)?;
        Poll::Ready(Ok((Stream(stream), remote)))
    }
}

/// A timer on tokio.
#[derive(Debug)]
pub struct Timer(Pin<Box<Sleep>>);

impl runtime::Timer for Timer {
    fn set(&mut self, deadline: Instant) {
        self.0.as_mut().reset(deadline.into());
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}
