//! The sockets and listeners of a driver, as they come and go.

use core::net::SocketAddr;
use core::task::{Context, Poll};
use std::io;
use std::net;

use rtc_core::{Instant, Protocol};
use rtc_peer::{AddAddressError, LocalAddress, PeerConnection};
use socket2::{Domain, Socket as System, Type};

use crate::config::Config;
use crate::error::Error;
use crate::hub::State;
use crate::interfaces::{self, EVERYTHING, Interface, Place};
use crate::machine::Key;
use crate::runtime::{Runtime, TcpListener as _};
use crate::socket::{Socket, without_zone};
use crate::watch::{self, CARRIER_PATIENCE};

/// All that a driver listens to.
#[derive(Debug)]
pub(crate) struct Sockets<R: Runtime> {
    pub(crate) udp: Vec<Socket<R>>,
    pub(crate) tcp: Vec<Listener<R>>,
    /// Where the UDP sockets are, in the same order.
    udp_places: Vec<Place>,
    /// Where the listeners are, in the same order.
    tcp_places: Vec<Place>,
    /// What opens further ones.
    config: Config,
}

/// A listener, and the address that others know it by.
#[derive(Debug)]
pub(crate) struct Listener<R: Runtime> {
    io: R::Listener,
    pub(crate) local: SocketAddr,
}

impl<R: Runtime> Sockets<R> {
    /// Opens what the configuration says and names it to the core.
    pub(crate) fn open(
        runtime: &R,
        config: &Config,
        core: &mut PeerConnection,
        now: Instant,
    ) -> Result<Self, Error> {
        let mut sockets = Self::none(config);
        sockets.open_all(runtime, false, &mut |local| core.add_local_interface(now, local))?;
        Ok(sockets)
    }

    /// Opens what a server's configuration says: so many sockets for each address, and the
    /// listeners once. Also returned is what the peers are told.
    pub(crate) fn open_shared(
        runtime: &R,
        config: &Config,
        count: usize,
    ) -> Result<(Vec<Self>, Vec<LocalAddress>), Error> {
        let mut locals = Vec::new();
        let mut first = Self::none(config);
        first.open_all(runtime, count > 1, &mut |local| {
            locals.push(local);
            Ok(())
        })?;
        // The others go where the first ones went, ports that the system chose included.
        let mut others = config.clone();
        others.bind = first.local_addresses();
        others.tcp_listen = Vec::new();
        let mut all = vec![first];
        for _ in 1..count {
            let mut sockets = Self::none(&others);
            sockets.open_all(runtime, true, &mut |_| Ok(()))?;
            all.push(sockets);
        }
        Ok((all, locals))
    }

    fn none(config: &Config) -> Self {
        Self {
            udp: Vec::new(),
            tcp: Vec::new(),
            udp_places: Vec::new(),
            tcp_places: Vec::new(),
            config: config.clone(),
        }
    }

    fn open_all(
        &mut self,
        runtime: &R,
        is_shared: bool,
        tell: &mut dyn FnMut(LocalAddress) -> Result<(), AddAddressError>,
    ) -> Result<(), Error> {
        let config = &self.config;
        let bind = if config.bind.is_empty() { &EVERYTHING[..] } else { &config.bind };
        let is_open = interfaces::is_open(bind) || interfaces::is_open(&config.tcp_listen);
        let machine = if is_open { config.interfaces.list() } else { Ok(Vec::new()) };
        let machine = machine.map_err(Error::Interfaces)?;
        let udp_places = interfaces::expand(bind, &machine);
        let tcp_places = interfaces::expand(&config.tcp_listen, &machine);
        for place in udp_places {
            self.open_udp(runtime, place, is_shared, tell)?;
        }
        for place in tcp_places {
            self.open_tcp(runtime, place, tell)?;
        }
        if self.udp.is_empty() && self.tcp.is_empty() { Err(Error::NoAddress) } else { Ok(()) }
    }

    /// Opens a UDP socket. What was not asked for by name may fail: an address that is not ready
    /// yet, say.
    fn open_udp(
        &mut self,
        runtime: &R,
        place: Place,
        is_shared: bool,
        tell: &mut dyn FnMut(LocalAddress) -> Result<(), AddAddressError>,
    ) -> Result<(), Error> {
        let address = place.address;
        let socket = match Socket::bind(runtime, address, is_shared, &self.config) {
            Ok(socket) => socket,
            Err(source) if place.is_named => return Err(Error::Bind { address, source }),
            Err(_) => return Ok(()),
        };
        let local = place.local_address(socket.local(), Protocol::Udp, &self.config.advertised);
        match tell(local) {
            Ok(()) => {
                self.udp.push(socket);
                self.udp_places.push(place);
            }
            Err(source) if place.is_named => return Err(Error::Address { address, source }),
            Err(_) => {}
        }
        Ok(())
    }

    /// Opens a listener, likewise.
    fn open_tcp(
        &mut self,
        runtime: &R,
        place: Place,
        tell: &mut dyn FnMut(LocalAddress) -> Result<(), AddAddressError>,
    ) -> Result<(), Error> {
        let address = place.address;
        let listener = match Listener::bind(runtime, address) {
            Ok(listener) => listener,
            Err(source) if place.is_named => return Err(Error::Bind { address, source }),
            Err(_) => return Ok(()),
        };
        let local = place.local_address(listener.local, Protocol::Tcp, &self.config.advertised);
        match tell(local) {
            Ok(()) => {
                self.tcp.push(listener);
                self.tcp_places.push(place);
            }
            Err(source) if place.is_named => return Err(Error::Address { address, source }),
            Err(_) => {}
        }
        Ok(())
    }

    /// The addresses of the UDP sockets.
    pub(crate) fn local_addresses(&self) -> Vec<SocketAddr> {
        self.udp.iter().map(Socket::local).collect()
    }

    /// The socket that sends from `local`.
    pub(crate) fn of(&self, local: SocketAddr) -> Option<&Socket<R>> {
        self.udp.iter().find(|socket| socket.local() == local)
    }

    /// Opens sockets on interfaces that have come and gives up those of interfaces that have gone,
    /// and tells the core. Those whose interfaces have no carrier are doubted, and given up if that
    /// lasts; what is returned is when it has lasted, if nothing changes before.
    pub(crate) fn follow(
        &mut self,
        runtime: &R,
        machine: &[Interface],
        state: &mut State,
        now: Instant,
    ) -> Option<Instant> {
        let (mut udp, mut tcp) = (Vec::new(), Vec::new());
        let mut next = None;
        let mut doubted = Vec::new();
        for (index, place) in self.udp_places.iter_mut().enumerate() {
            if watch::is_cut_off(place, machine) {
                if place.cut_off_at.is_none() {
                    doubted.extend(self.udp.get(index).map(Socket::local));
                }
                let until = *place.cut_off_at.get_or_insert(now) + CARRIER_PATIENCE;
                if until <= now {
                    udp.push(index);
                } else {
                    next = Instant::earliest([next, Some(until)]);
                }
            } else {
                place.cut_off_at = None;
                if watch::has_vanished(place, machine) {
                    udp.push(index);
                }
            }
        }
        for (index, place) in self.tcp_places.iter().enumerate() {
            if watch::has_vanished(place, machine) {
                tcp.push(index);
            }
        }
        let _none_of_a_server = state.machine.change(Key::Only, |core| {
            for address in doubted {
                core.doubt_local_address(now, address, Protocol::Udp);
            }
        });
        let bind = if self.config.bind.is_empty() { &EVERYTHING[..] } else { &self.config.bind };
        let new_udp = watch::missing(interfaces::expand(bind, machine), &self.udp_places);
        let wanted_tcp = interfaces::expand(&self.config.tcp_listen, machine);
        let new_tcp = watch::missing(wanted_tcp, &self.tcp_places);
        if udp.is_empty() && tcp.is_empty() && new_udp.is_empty() && new_tcp.is_empty() {
            return next;
        }
        // What comes is told first: there is a path to go on with when the other one goes.
        let _there_is_none = state.machine.change(Key::Only, |core| {
            let mut tell = |local| core.add_local_interface(now, local);
            for place in new_udp {
                let _may_be_next_time = self.open_udp(runtime, place, false, &mut tell);
            }
            for place in new_tcp {
                let _may_be_next_time = self.open_tcp(runtime, place, &mut tell);
            }
        });
        for index in udp.into_iter().rev() {
            self.give_up_udp(index, state, now);
        }
        for index in tcp.into_iter().rev() {
            let listener = self.tcp.remove(index);
            self.tcp_places.remove(index);
            remove(state, now, listener.local, Protocol::Tcp);
        }
        state.local_addresses = self.local_addresses();
        next
    }

    /// Gives up sockets that fail for good.
    pub(crate) fn drop_broken(&mut self, state: &mut State, now: Instant) {
        while let Some(index) = self.udp.iter().position(Socket::is_broken) {
            self.give_up_udp(index, state, now);
            state.local_addresses = self.local_addresses();
        }
    }

    fn give_up_udp(&mut self, index: usize, state: &mut State, now: Instant) {
        let socket = self.udp.remove(index);
        self.udp_places.remove(index);
        remove(state, now, socket.local(), Protocol::Udp);
    }
}

impl<R: Runtime> Listener<R> {
    fn bind(runtime: &R, address: SocketAddr) -> io::Result<Self> {
        let socket = System::new(Domain::for_address(address), Type::STREAM, None)?;
        // A server that starts again takes its port over from connections that have just ended.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        let listener = net::TcpListener::from(socket);
        let local = without_zone(listener.local_addr()?);
        Ok(Self { io: runtime.tcp_listener(listener)?, local })
    }

    /// The next connection; an error is one of that connection, or of the system being short of
    /// something.
    pub(crate) fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(R::Stream, SocketAddr)>> {
        self.io.poll_accept(cx).map_ok(|(stream, remote)| (stream, without_zone(remote)))
    }
}

fn remove(state: &mut State, now: Instant, address: SocketAddr, protocol: Protocol) {
    let _unknown =
        state.machine.change(Key::Only, |core| core.remove_local_address(now, address, protocol));
}

/// How many connections wait to be accepted.
const BACKLOG: i32 = 64;
