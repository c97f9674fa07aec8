//! What the driver needs of an async runtime: sockets, a timer, tasks and name resolution.

use core::fmt::Debug;
use core::future::Future;
use core::net::{IpAddr, SocketAddr};
use core::task::{Context, Poll};
use std::time::Instant;
use std::{io, net};

use socket2::SockRef;

/// An async runtime.
///
/// A value of it is a handle: it is cheap to clone, and tasks keep it.
pub trait Runtime: Clone + Debug + Send + Sync + Unpin + 'static {
    /// A UDP socket.
    type Udp: UdpSocket;
    /// A TCP connection.
    type Stream: TcpStream;
    /// A socket that TCP connections come in on.
    type Listener: TcpListener<Stream = Self::Stream>;
    /// Something that calls when a moment has come.
    type Timer: Timer;

    /// The runtime that the caller runs on; `None` if it does not run on one.
    fn current() -> Option<Self>;

    /// Has a task run until it is done or the runtime ends.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static);

    /// A timer that is not set.
    fn timer(&self) -> Self::Timer;

    /// Takes over a socket that does not block.
    ///
    /// # Errors
    ///
    /// The runtime or the system refuses it.
    fn udp_socket(&self, socket: net::UdpSocket) -> io::Result<Self::Udp>;

    /// Takes over a listener that does not block.
    ///
    /// # Errors
    ///
    /// The runtime or the system refuses it.
    fn tcp_listener(&self, listener: net::TcpListener) -> io::Result<Self::Listener>;

    /// Opens a TCP connection to `remote` from `local`, from a port of the system's choice. It does
    /// not hold back small pieces (`TCP_NODELAY`).
    fn connect(
        &self,
        local: IpAddr,
        remote: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// The addresses of a host, as the system resolves its name.
    fn resolve(&self, host: String) -> impl Future<Output = io::Result<Vec<IpAddr>>> + Send;
}

/// A UDP socket of a [`Runtime`].
pub trait UdpSocket: Debug + Send + Unpin + 'static {
    /// Receives by `receive` when the socket has something; `receive` is tried again as long as it
    /// says [`io::ErrorKind::WouldBlock`].
    fn poll_receive<T>(
        &self,
        cx: &mut Context<'_>,
        receive: impl FnMut(SockRef<'_>) -> io::Result<T>,
    ) -> Poll<io::Result<T>>;

    /// Sends by `send` when the socket has room; `send` is tried again as long as it says
    /// [`io::ErrorKind::WouldBlock`].
    fn poll_send<T>(
        &self,
        cx: &mut Context<'_>,
        send: impl FnMut(SockRef<'_>) -> io::Result<T>,
    ) -> Poll<io::Result<T>>;
}

/// A TCP connection of a [`Runtime`].
pub trait TcpStream: Debug + Send + Unpin + 'static {
    /// Our address.
    ///
    /// # Errors
    ///
    /// The system does not say.
    fn local_addr(&self) -> io::Result<SocketAddr>;

    /// Reads what is there; 0 bytes if the other side has ended the stream.
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Writes as much as there is room for.
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Ends our half of the stream, after what has been written.
    ///
    /// # Errors
    ///
    /// The connection is no more.
    fn shut_down(&mut self) -> io::Result<()>;
}

/// A TCP listener of a [`Runtime`].
pub trait TcpListener: Debug + Send + Unpin + 'static {
    /// What it gives.
    type Stream;

    /// The next connection, and who opened it. It does not hold back small pieces.
    fn poll_accept(&mut self, cx: &mut Context<'_>)
    -> Poll<io::Result<(Self::Stream, SocketAddr)>>;
}

/// A timer of a [`Runtime`].
pub trait Timer: Debug + Send + Unpin + 'static {
    /// Sets the timer to `deadline`, whatever it was set to. It is to be polled afterwards.
    fn set(&mut self, deadline: Instant);

    /// Whether the moment has come that it was set to; `Pending` if it was not set.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}
