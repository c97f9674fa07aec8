//! What the machine asks the driver to do: resolve names, open connections, publish.

use core::future::{Future, poll_fn};
use core::net::{IpAddr, SocketAddr};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use rtc_core::{FiveTuple, Protocol};
use rtc_ice::mdns::{CandidateName, is_local_name};
use rtc_peer::{ConnectionId, QueryId, Request};

use crate::config::Config;
use crate::hub::Hub;
use crate::machine::Key;
use crate::mdns::Membership;
use crate::runtime::{Runtime, TcpStream as _, Timer as _};
use crate::socket::without_zone;
use crate::stream::{self, Opener, Pipe, Stream, Streams};
#[cfg(feature = "tls")]
use crate::tls::Tls;

/// Runs errands, each in a task of its own.
#[derive(Debug)]
pub(crate) struct Errands<R: Runtime> {
    desk: Desk<R>,
    /// The part in the process's multicast DNS, from the first name on.
    membership: Option<Membership>,
}

/// What every errand has need of.
#[derive(Debug, Clone)]
struct Desk<R> {
    runtime: R,
    hub: Arc<Hub>,
    streams: Arc<Streams>,
    #[cfg(feature = "tls")]
    tls: Arc<Tls>,
}

/// A connection to be opened.
#[derive(Debug)]
struct Wanted {
    key: Key,
    connection: ConnectionId,
    local: IpAddr,
    remote: SocketAddr,
    tls: Option<String>,
}

impl<R: Runtime> Errands<R> {
    pub(crate) fn new(runtime: R, hub: Arc<Hub>, streams: Arc<Streams>, config: &Config) -> Self {
        #[cfg(not(feature = "tls"))]
        let _nothing_is_trusted = config;
        let desk = Desk {
            runtime,
            hub,
            streams,
            #[cfg(feature = "tls")]
            tls: Arc::new(Tls::new(config.tls.clone(), config.trusted_certificates.clone())),
        };
        Self { desk, membership: None }
    }

    /// Sets about an errand of a peer connection.
    pub(crate) fn run(&mut self, key: Key, request: Request) {
        match request {
            Request::Resolve { query, host } if is_local_name(&host) => match host.parse() {
                Ok(name) => self.ask_the_link(key, query, name),
                Err(_) => self.desk.answer(key, query, &[]),
            },
            Request::Resolve { query, host } => {
                let desk = self.desk.clone();
                self.desk.runtime.spawn(desk.resolve(key, query, host));
            }
            Request::Connect { connection, local, remote, tls } => {
                let wanted = Wanted { key, connection, local, remote, tls };
                let desk = self.desk.clone();
                self.desk.runtime.spawn(desk.connect(wanted));
            }
            Request::Disconnect(path) => self.desk.streams.close(&path),
            Request::Publish { name, address } => {
                if let Ok(name) = name.parse::<CandidateName>() {
                    self.membership().publish(name, address);
                }
            }
            Request::Withdraw { name } => {
                if let Ok(name) = name.parse::<CandidateName>() {
                    self.membership().withdraw(name);
                }
            }
            // Whatever else a later core may ask for has no answer.
            _ => {}
        }
    }

    /// Sees to it that the names of this connection are answered for: the task that did may have
    /// gone with another runtime.
    pub(crate) fn look_after(&self) {
        if let Some(membership) = &self.membership {
            membership.ensure_running(&self.desk.runtime);
        }
    }

    fn ask_the_link(&mut self, key: Key, query: QueryId, name: CandidateName) {
        let hub = Arc::downgrade(&self.desk.hub);
        self.membership().resolve(
            name,
            Box::new(move |address| {
                if let Some(hub) = hub.upgrade() {
                    hub.command_if(key, |core, now| {
                        core.handle_resolved(now, query, address.as_slice());
                    });
                }
            }),
        );
    }

    fn membership(&mut self) -> &mut Membership {
        let membership = self.membership.get_or_insert_with(Membership::new);
        membership.ensure_running(&self.desk.runtime);
        membership
    }
}

impl<R: Runtime> Desk<R> {
    fn answer(&self, key: Key, query: QueryId, addresses: &[IpAddr]) {
        self.hub.command_if(key, |core, now| core.handle_resolved(now, query, addresses));
    }

    async fn resolve(self, key: Key, query: QueryId, host: String) {
        let addresses = self.within(RESOLVE_PATIENCE, self.runtime.resolve(host)).await;
        let mut addresses = addresses.and_then(Result::ok).unwrap_or_default();
        // Of several protocols and socket types, each address once.
        let mut known = Vec::new();
        addresses.retain(|address| {
            let is_new = !known.contains(address);
            known.push(*address);
            is_new
        });
        self.answer(key, query, &addresses);
    }

    async fn connect(self, wanted: Wanted) {
        let Wanted { key, connection, .. } = wanted;
        let opened = self.within(CONNECT_PATIENCE, self.open(wanted)).await;
        let entered = opened.and_then(Result::ok).and_then(|(pipe, path)| {
            // What the core says first must find the connection.
            let outgoing = self.streams.add(path, Opener::We)?;
            Some((pipe, path, outgoing))
        });
        let Some((pipe, path, outgoing)) = entered else {
            self.hub.command_if(key, |core, now| core.handle_connect_failed(now, connection));
            return;
        };
        self.hub.command_if(key, |core, now| {
            core.handle_connected(now, connection, path.local);
        });
        let stream = Stream { pipe, path, outgoing, key: Some(key) };
        stream::run(self.runtime, self.hub, self.streams, stream).await;
    }

    async fn open(&self, wanted: Wanted) -> io::Result<(Pipe<R::Stream>, FiveTuple)> {
        let Wanted { local, remote, tls, .. } = wanted;
        let stream = self.runtime.connect(local, remote).await?;
        let local = without_zone(stream.local_addr()?);
        let path = FiveTuple { protocol: Protocol::Tcp, local, remote };
        let pipe = match tls {
            None => Pipe::Bare(stream),
            #[cfg(feature = "tls")]
            Some(name) => Pipe::Secured(Box::new(self.tls.secure(stream, name).await?)),
            #[cfg(not(feature = "tls"))]
            Some(_) => return Err(io::ErrorKind::Unsupported.into()),
        };
        Ok((pipe, path))
    }

    /// The outcome of `errand`, unless it takes too long or the driver ends before.
    async fn within<T>(&self, patience: Duration, errand: impl Future<Output = T>) -> Option<T> {
        let mut errand = pin!(errand);
        let mut over = pin!(self.streams.over());
        let mut timer = self.runtime.timer();
        timer.set(Instant::now() + patience);
        poll_fn(|cx| {
            if let Poll::Ready(outcome) = errand.as_mut().poll(cx) {
                return Poll::Ready(Some(outcome));
            }
            let is_over = over.as_mut().poll(cx).is_ready() || timer.poll(cx).is_ready();
            if is_over { Poll::Ready(None) } else { Poll::Pending }
        })
        .await
    }
}

/// How long a name may take to be resolved: glibc's resolver asks twice, five seconds each.
const RESOLVE_PATIENCE: Duration = Duration::from_secs(10);

/// How long a connection may take to be opened, TLS included. Systems would wait for minutes.
const CONNECT_PATIENCE: Duration = Duration::from_secs(15);
