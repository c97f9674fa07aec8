//! What a connection is made with.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
#[cfg(feature = "tls")]
use std::sync::Arc;

use rtc_peer::Configuration;

use crate::impairment::Impairment;
use crate::interfaces::Interfaces;

/// What a [`PeerConnection`](crate::PeerConnection) is made with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The peer connection's own settings, `ice_servers` among them. `unix_time_at_epoch` is set by
    /// this crate. Default: [`Configuration::default`].
    pub peer: Configuration,
    /// Where to open sockets, one UDP socket each; port 0 lets the system choose the port. An
    /// unspecified address (`0.0.0.0`, `::`) stands for all of the machine's addresses of its
    /// family. Default: empty, which stands for all of the machine's addresses, those of the
    /// loopback interface only if there are no others; of these, the ones that refuse a socket are
    /// passed over.
    pub bind: Vec<SocketAddr>,
    /// Where to take TCP connections from others in (passive candidates, RFC 6544), as in
    /// [`bind`](Self::bind). Default: empty, which stands for nowhere: others can still be connected
    /// to, as [`Configuration::ice_tcp`] says.
    pub tcp_listen: Vec<SocketAddr>,
    /// How many TCP connections that others opened there may be at once; further ones are closed.
    /// Default: 64.
    pub max_tcp_connections: usize,
    /// How many bytes may wait to be written to each TCP connection, beside what the system
    /// buffers. What does not fit is lost, whole pieces at a time, as it would be in a network.
    /// Default: 256 KiB, a few round trips of a fast path.
    pub tcp_buffer_size: usize,
    /// What the machine's addresses are learned from. Default: the system.
    pub interfaces: Interfaces,
    /// How often to look whether interfaces have come or gone, where [`bind`](Self::bind) stands for
    /// the machine's addresses: those that come are used, those that go are given up. Where the
    /// system tells of changes (Linux), that is done when it does, and by itself ten times more
    /// rarely, unless [`interfaces`](Self::interfaces) is the application's. A failure to send
    /// hastens it everywhere. `None`: never. Default: 3 s.
    pub interface_interval: Option<Duration>,
    /// Public addresses of a machine behind a translator that maps one to one, as pairs of the
    /// machine's own address and the public one: candidates show the latter. Ports must be mapped
    /// unchanged. Default: none.
    pub advertised: Vec<(IpAddr, IpAddr)>,
    /// Certificates (DER) that TLS servers are trusted by, beside those that the system trusts: of
    /// a private authority, say. One that cannot be read is passed over. Default: none.
    #[cfg(feature = "tls")]
    pub trusted_certificates: Vec<Vec<u8>>,
    /// What TLS connections to servers are made with instead of the system's roots, the
    /// [trusted certificates](Self::trusted_certificates) and this crate's choice of cryptography.
    /// Default: `None`.
    #[cfg(feature = "tls")]
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// How many bytes the system is asked to buffer of what a socket receives (`SO_RCVBUF`);
    /// systems silently grant less. `None` leaves it at the system's default. Default: 2 MiB,
    /// which holds a burst of a whole congestion window on a fast path.
    pub receive_buffer_size: Option<usize>,
    /// How many bytes the system is asked to buffer of what a socket sends (`SO_SNDBUF`). Default:
    /// `None`, the system's default: what waits there no longer adapts to the path.
    pub send_buffer_size: Option<usize>,
    /// The largest number of datagrams that are sent with one system call, 1 to 64, where the
    /// system can cut a large buffer itself (generic segmentation offload). Default: 64, as many
    /// as Linux takes.
    pub max_segments: usize,
    /// How many channels that the other side opened may wait for
    /// [`accept`](crate::PeerConnection::accept). Further ones are closed at once. Default: 256.
    pub accept_backlog: usize,
    /// Losses made on purpose, for tests of what repairs them. Datagrams are then sent one by one.
    /// Default: `None`, which costs nothing.
    pub impairment: Option<Impairment>,
}

impl Config {
    /// One socket on 127.0.0.1, for two connections of one machine.
    pub fn loopback() -> Self {
        Self::bound_to([SocketAddr::from((Ipv4Addr::LOCALHOST, 0))])
    }

    /// Sockets on these addresses, the rest by default.
    pub fn bound_to(addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        Self { bind: addresses.into_iter().collect(), ..Self::default() }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            peer: Configuration::default(),
            bind: Vec::new(),
            tcp_listen: Vec::new(),
            max_tcp_connections: 64,
            tcp_buffer_size: 256 * 1024,
            interfaces: Interfaces::system(),
            interface_interval: Some(Duration::from_secs(3)),
            advertised: Vec::new(),
            #[cfg(feature = "tls")]
            trusted_certificates: Vec::new(),
            #[cfg(feature = "tls")]
            tls: None,
            receive_buffer_size: Some(2 * 1024 * 1024),
            send_buffer_size: None,
            max_segments: 64,
            accept_backlog: 256,
            impairment: None,
        }
    }
}
