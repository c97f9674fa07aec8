//! What a connection is made with.

use core::net::{Ipv4Addr, SocketAddr};

use rtc_peer::Configuration;

use crate::impairment::Impairment;

/// What a [`PeerConnection`](crate::PeerConnection) is made with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The peer connection's own settings. `unix_time_at_epoch` is set by this crate. Default:
    /// [`Configuration::default`].
    pub peer: Configuration,
    /// Where to open sockets, one UDP socket each; port 0 lets the system choose the port. An
    /// unspecified address (`0.0.0.0`, `::`) stands for all of the machine's addresses of its
    /// family. Default: empty, which stands for all of the machine's addresses, those of the
    /// loopback interface only if there are no others; of these, the ones that refuse a socket are
    /// passed over.
    pub bind: Vec<SocketAddr>,
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
            receive_buffer_size: Some(2 * 1024 * 1024),
            send_buffer_size: None,
            max_segments: 64,
            accept_backlog: 256,
            impairment: None,
        }
    }
}
