//! A server: many peer connections on one port.

use core::fmt;
use core::marker::PhantomData;
use core::net::SocketAddr;
use std::sync::Arc;

use rtc_core::Protocol;
use rtc_peer::{Configuration, Router, RouterConfig};

use crate::clock::Clock;
use crate::config::Config;
use crate::driver::Driver;
use crate::entropy;
use crate::error::{Error, PeerError};
use crate::hub::Hub;
use crate::machine::ServerEvent;
use crate::peer_connection::{Life, PeerConnection};
use crate::runtime::Runtime;
use crate::sockets::Sockets;
use crate::stream::Streams;

/// Many peer connections that share sockets.
///
/// [`peer`](Self::peer) makes one: a [`PeerConnection`] like any other, but for its sockets. What
/// arrives is brought to its peer by address, or by user name fragment where the address is new.
///
/// This is a handle; clones are handles of the same server. The server goes on as long as there is
/// one, or a handle of one of its peers; [`close`](Self::close) ends it at once.
pub struct Server<R> {
    life: Arc<ServerLife>,
    runtime: PhantomData<fn() -> R>,
}

/// What a [`Server`] is made with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServerConfig {
    /// Sockets, listeners and buffers, as for a connection of its own. A server has no use for
    /// [`peer`](Config::peer). Default: [`Config::default`], with
    /// [`max_tcp_connections`](Config::max_tcp_connections) of 4,096.
    ///
    /// A server does not follow interfaces that come and go: its addresses are what others were
    /// told. A socket stays open when its address goes, and works again when that comes back;
    /// meanwhile peers go over to the server's other addresses, as from any path that falls silent.
    /// What comes later is used by a server that is made later.
    pub base: Config,
    /// How many peers there may be, and the like. Default: [`RouterConfig::default`].
    pub router: RouterConfig,
    /// How many UDP sockets there are for each address, 1 to 64, each with a task of its own:
    /// system calls then run on as many cores, while the peers themselves are worked on by one task
    /// at a time. To use all cores for the latter too, let each core have a server of its own, with
    /// its own port: candidates say which.
    ///
    /// More than one share the port by `SO_REUSEPORT`, where the system has it: Linux chooses the
    /// socket by a hash of both addresses and ports, so that what one path brings always arrives on
    /// the same socket, in order. A peer that moves to another address, or whose translator does,
    /// arrives on another socket, which leads to the same peer. The hash changes with the number of
    /// sockets: a second process that opens the port takes over a part of the paths at once, so
    /// that a server must not be replaced in this way. Default: 1.
    pub sockets_per_address: usize,
}

/// What all handles of a server hold, those of its peers included.
#[derive(Debug)]
pub(crate) struct ServerLife {
    hub: Arc<Hub>,
    accept_backlog: usize,
}

impl<R: Runtime> Server<R> {
    /// Opens the sockets and starts the tasks.
    ///
    /// To be called within the runtime, as [`PeerConnection::new`].
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn bind(config: ServerConfig) -> Result<Self, Error> {
        let runtime = R::current().ok_or(Error::NoRuntime)?;
        let ServerConfig { mut base, router, sockets_per_address } = config;
        base.interface_interval = None;
        let count = sockets_per_address.clamp(1, 64);
        let clock = Clock::start();
        let router = Router::new(router, clock.now(), &mut entropy::generator()?);
        let (sockets, locals) = Sockets::open_shared(&runtime, &base, count)?;
        let udp = locals.iter().filter(|local| local.protocol == Protocol::Udp);
        let local_addresses = udp.map(|local| local.address).collect();
        let hub = Arc::new(Hub::of_many(clock, router, locals, local_addresses, count));
        let streams = Arc::new(Streams::new(base.tcp_buffer_size, base.max_tcp_connections));
        for (index, sockets) in sockets.into_iter().enumerate() {
            let (hub, streams) = (Arc::clone(&hub), Arc::clone(&streams));
            runtime.spawn(Driver::new(index, runtime.clone(), hub, sockets, streams, &base));
        }
        let life = ServerLife { hub, accept_backlog: base.accept_backlog };
        Ok(Self { life: Arc::new(life), runtime: PhantomData })
    }

    /// Makes a peer connection that uses the server's sockets. `unix_time_at_epoch` is set by this
    /// crate.
    ///
    /// # Errors
    ///
    /// See [`PeerError`].
    pub fn peer(&self, mut configuration: Configuration) -> Result<PeerConnection<R>, PeerError> {
        let hub = &self.life.hub;
        configuration.unix_time_at_epoch = hub.clock().unix_time_at_epoch();
        let now = hub.clock().now();
        let mut generator = entropy::generator()?;
        let core = rtc_peer::PeerConnection::new(configuration, now, &mut generator)?;
        let key = hub.insert(core, self.life.accept_backlog)?;
        let server = Some(Arc::clone(&self.life));
        Ok(PeerConnection::of(Life::new(Arc::clone(hub), key, server)))
    }

    /// The next thing that happened to the server itself; `None` once it is closed.
    ///
    /// Each event goes to one caller. Up to 1,024 wait to be taken; of more, the oldest are dropped.
    pub async fn event(&self) -> Option<ServerEvent> {
        let hub = &self.life.hub;
        hub.server.wait(|| hub.next_server_event().transpose()).await.ok()
    }

    /// How many peers there are that were not closed.
    pub fn peer_count(&self) -> usize {
        self.life.hub.lock().peer_count()
    }

    /// The addresses of the UDP sockets.
    pub fn local_addresses(&self) -> Vec<SocketAddr> {
        self.life.hub.lock().local_addresses.clone()
    }

    /// Closes all peers as by [`PeerConnection::close`] and then the sockets.
    pub fn close(&self) {
        self.life.hub.close_all();
    }
}

impl ServerConfig {
    /// A server on these addresses, the rest by default.
    pub fn bound_to(addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        let mut config = Self::default();
        config.base.bind = addresses.into_iter().collect();
        config
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        let base = Config { max_tcp_connections: 4096, ..Config::default() };
        Self { base, router: RouterConfig::default(), sockets_per_address: 1 }
    }
}

impl Drop for ServerLife {
    fn drop(&mut self) {
        self.hub.close_all();
    }
}

impl<R> Clone for Server<R> {
    fn clone(&self) -> Self {
        Self { life: Arc::clone(&self.life), runtime: PhantomData }
    }
}

impl<R: Runtime> fmt::Debug for Server<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("local_addresses", &self.local_addresses())
            .field("peer_count", &self.peer_count())
            .finish_non_exhaustive()
    }
}
