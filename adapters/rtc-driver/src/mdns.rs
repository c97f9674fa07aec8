//! Multicast DNS of the process: one socket of each family and one task for all connections.
//!
//! Connections take part while they have names to publish or to ask for. With the first of them
//! the sockets are opened, with the last the task ends.

use core::future::Future;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::io;
use std::net;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use if_addrs::{IfAddr, Interface};
use rtc_ice::mdns::{CandidateName, Config, Event, GROUP_V4, GROUP_V6, Mdns, PORT, Subnet};
use socket2::{Domain, SockRef, Socket as System, Type};

use crate::clock::Clock;
use crate::runtime::{Runtime, Timer as _};
use crate::socket::{Inbox, Socket};

/// A connection's part in multicast DNS. With it the connection's names go.
#[derive(Debug)]
pub(crate) struct Membership {
    station: Arc<Station>,
    names: Vec<CandidateName>,
}

/// What is called with the address of a name, or without one.
pub(crate) type Answer = Box<dyn FnOnce(Option<IpAddr>) + Send>;

/// What all members share.
struct Station {
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    mdns: Mdns,
    asked: Vec<(CandidateName, Answer)>,
    members: usize,
    is_running: bool,
    task: Option<Waker>,
}

impl Membership {
    /// Joins the others of this process.
    pub(crate) fn new() -> Self {
        let mut known = STATION.lock().unwrap_or_else(PoisonError::into_inner);
        let station = known.upgrade().unwrap_or_else(|| Arc::new(Station::new()));
        *known = Arc::downgrade(&station);
        station.lock().members += 1;
        Self { station, names: Vec::new() }
    }

    /// Starts the task, unless there is one: it ends with the runtime that it was started on.
    pub(crate) fn ensure_running<R: Runtime>(&self, runtime: &R) {
        let mut state = self.station.lock();
        if !core::mem::replace(&mut state.is_running, true) {
            drop(state);
            runtime.spawn(Task::new(runtime, Arc::clone(&self.station)));
        }
    }

    /// Answers for a name from now on.
    pub(crate) fn publish(&mut self, name: CandidateName, address: IpAddr) {
        let now = self.station.clock.now();
        let mut state = self.station.lock();
        // Whoever asks for a name that found no room will not learn the address: that is as if the
        // interface were not there.
        if state.mdns.publish(now, name, address).is_ok() {
            self.names.push(name);
        }
        state.call_task();
    }

    /// Answers no more for a name.
    pub(crate) fn withdraw(&mut self, name: CandidateName) {
        let now = self.station.clock.now();
        self.names.retain(|known| *known != name);
        let mut state = self.station.lock();
        state.mdns.withdraw(now, name);
        state.call_task();
    }

    /// Asks for the address of a name.
    pub(crate) fn resolve(&self, name: CandidateName, answer: Answer) {
        let now = self.station.clock.now();
        let mut state = self.station.lock();
        if state.mdns.resolve(now, name).is_ok() {
            state.asked.push((name, answer));
            state.call_task();
        } else {
            drop(state);
            answer(None);
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let now = self.station.clock.now();
        let mut state = self.station.lock();
        for name in self.names.drain(..) {
            state.mdns.withdraw(now, name);
        }
        state.members -= 1;
        state.call_task();
    }
}

impl Station {
    fn new() -> Self {
        let mut config = Config::default();
        // The port may be shared with another responder, who would get such answers in our place.
        config.unicast_questions = false;
        let state = State {
            mdns: Mdns::new(config),
            asked: Vec::new(),
            members: 0,
            is_running: false,
            task: None,
        };
        Self { clock: Clock::start(), state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn call_task(&mut self) {
        if let Some(task) = self.task.take() {
            task.wake();
        }
    }

    /// What has been found out, and whom to tell.
    fn answers(&mut self) -> Vec<(Answer, Option<IpAddr>)> {
        let mut answers = Vec::new();
        while let Some(event) = self.mdns.poll_event() {
            let (found, address) = match event {
                Event::Resolved { name, address } => (name, Some(address)),
                Event::Unresolved { name } => (name, None),
                _ => continue,
            };
            let (told, waiting) = core::mem::take(&mut self.asked)
                .into_iter()
                .partition::<Vec<_>, _>(|(name, _)| *name == found);
            self.asked = waiting;
            answers.extend(told.into_iter().map(|(_, answer)| (answer, address)));
        }
        answers
    }
}

/// Moves datagrams between the link and the machine.
struct Task<R: Runtime> {
    station: Arc<Station>,
    sockets: Vec<Group<R>>,
    interfaces: Vec<Interface>,
    inbox: Inbox,
    /// What its socket has had no room for yet, a new one not even for its first datagrams.
    unsent: Vec<(SocketAddr, Vec<u8>)>,
    timer: R::Timer,
    /// When to look at the interfaces again.
    look: R::Timer,
}

/// The socket of a family.
struct Group<R: Runtime> {
    socket: Socket<R>,
    /// The same socket, to set its options by.
    control: net::UdpSocket,
    is_ipv4: bool,
}

impl<R: Runtime> Task<R> {
    fn new(runtime: &R, station: Arc<Station>) -> Self {
        // A family that the system does not have, or gives to others alone, is done without.
        let sockets = [true, false].into_iter().filter_map(|is_ipv4| {
            let control = open(is_ipv4).ok()?;
            let socket = Socket::adopt(runtime, control.try_clone().ok()?).ok()?;
            Some(Group { socket, control, is_ipv4 })
        });
        let mut task = Self {
            station,
            sockets: sockets.collect(),
            interfaces: Vec::new(),
            inbox: Inbox::new(),
            unsent: Vec::new(),
            timer: runtime.timer(),
            look: runtime.timer(),
        };
        task.look_at_interfaces();
        task
    }

    /// Joins the groups on interfaces that have come.
    fn look_at_interfaces(&mut self) {
        self.look.set(Instant::now() + LOOK_INTERVAL);
        let Ok(interfaces) = if_addrs::get_if_addrs() else { return };
        for group in &self.sockets {
            for interface in &interfaces {
                group.join(interface);
            }
        }
        let subnets = interfaces.iter().map(|interface| match &interface.addr {
            IfAddr::V4(address) => Subnet::new(IpAddr::V4(address.ip), address.prefixlen),
            IfAddr::V6(address) => Subnet::new(IpAddr::V6(address.ip), address.prefixlen),
        });
        self.station.lock().mdns.set_subnets(subnets);
        self.interfaces = interfaces;
        let has_link = self.interfaces.iter().any(|interface| !interface.is_loopback());
        if has_link {
            self.interfaces.retain(|interface| !interface.is_loopback());
        }
    }

    fn receive(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        for group in &mut self.sockets {
            if group.socket.poll_receive(cx, &mut self.inbox).is_pending() {
                continue;
            }
            any = true;
            let now = self.station.clock.now();
            let mut state = self.station.lock();
            for (remote, _, datagram) in self.inbox.datagrams() {
                // What others say on the link concerns them.
                let _refused = state.mdns.handle_datagram(now, remote, datagram);
            }
        }
        any
    }

    /// Sends again what there was no room for, in its order.
    fn flush(&mut self, cx: &mut Context<'_>) {
        for (destination, datagram) in core::mem::take(&mut self.unsent) {
            self.send(cx, destination, datagram);
        }
    }

    fn send(&mut self, cx: &mut Context<'_>, destination: SocketAddr, datagram: Vec<u8>) {
        let is_sent = self.poll_send(cx, destination, &datagram).is_ready();
        if !is_sent && self.unsent.len() < MAX_UNSENT {
            self.unsent.push((destination, datagram));
        }
    }

    /// Sends to one host, or to a group on every interface. What the system refuses is lost.
    fn poll_send(
        &self,
        cx: &mut Context<'_>,
        destination: SocketAddr,
        datagram: &[u8],
    ) -> Poll<()> {
        let family = |group: &&Group<R>| group.is_ipv4 == destination.is_ipv4();
        let Some(group) = self.sockets.iter().find(family) else { return Poll::Ready(()) };
        let mut send = || group.socket.poll_send(cx, destination, None, 0, datagram, None);
        if !destination.ip().is_multicast() {
            return send().map(|_| ());
        }
        let mut reached = Vec::new();
        for interface in &self.interfaces {
            if interface.ip().is_ipv4() == group.is_ipv4
                && group.choose(interface, &mut reached)
                && send().is_pending()
            {
                return Poll::Pending;
            }
        }
        Poll::Ready(())
    }
}

impl<R: Runtime> Group<R> {
    /// Listens to the group on an interface. It may do so already.
    fn join(&self, interface: &Interface) {
        let socket = SockRef::from(&self.control);
        let _joined = match interface.ip() {
            IpAddr::V4(ip) if self.is_ipv4 => socket.join_multicast_v4(&GROUP_V4, &ip).is_ok(),
            IpAddr::V6(_) if !self.is_ipv4 => {
                interface.index.is_some_and(|i| socket.join_multicast_v6(&GROUP_V6, i).is_ok())
            }
            _ => false,
        };
    }

    /// Has what is sent next to the group go out on an interface; `false` if it went there already.
    fn choose(&self, interface: &Interface, reached: &mut Vec<u32>) -> bool {
        let socket = SockRef::from(&self.control);
        let index = interface.index.unwrap_or(0);
        if index != 0 && reached.contains(&index) {
            return false;
        }
        reached.push(index);
        match interface.ip() {
            IpAddr::V4(ip) => socket.set_multicast_if_v4(&ip).is_ok(),
            IpAddr::V6(_) => socket.set_multicast_if_v6(index).is_ok(),
        }
    }
}

impl<R: Runtime> Future for Task<R> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.look.poll(cx).is_ready() {
            this.look_at_interfaces();
            let _not_yet = this.look.poll(cx);
        }
        for _ in 0..ROUNDS_PER_TURN {
            let mut again = this.receive(cx);
            this.flush(cx);
            let station = Arc::clone(&this.station);
            let now = station.clock.now();
            loop {
                let mut datagram = Vec::new();
                let Some(to) = station.lock().mdns.poll_transmit(now, &mut datagram) else { break };
                this.send(cx, to, datagram);
            }
            let mut state = station.lock();
            let answers = state.answers();
            if let Some(deadline) = state.mdns.poll_timeout() {
                if deadline <= now {
                    state.mdns.handle_timeout(now);
                    again = true;
                } else if let Some(moment) = station.clock.system_time_of(deadline) {
                    this.timer.set(moment);
                    again |= this.timer.poll(cx).is_ready();
                }
            }
            if answers.is_empty() && !again {
                if state.members == 0 {
                    return Poll::Ready(());
                }
                state.task = Some(cx.waker().clone());
                return Poll::Pending;
            }
            drop(state);
            for (answer, address) in answers {
                answer(address);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<R: Runtime> Drop for Task<R> {
    fn drop(&mut self) {
        self.station.lock().is_running = false;
    }
}

impl core::fmt::Debug for Station {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Station").finish_non_exhaustive()
    }
}

/// Opens a socket as RFC 6762 wants it, sections 11 and 15.1.
fn open(is_ipv4: bool) -> io::Result<net::UdpSocket> {
    let domain = if is_ipv4 { Domain::IPV4 } else { Domain::IPV6 };
    let socket = System::new(domain, Type::DGRAM, None)?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    let address = if is_ipv4 {
        socket.set_multicast_ttl_v4(255)?;
        socket.set_ttl_v4(255)?;
        socket.set_multicast_loop_v4(true)?;
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT))
    } else {
        socket.set_only_v6(true)?;
        socket.set_multicast_hops_v6(255)?;
        socket.set_unicast_hops_v6(255)?;
        socket.set_multicast_loop_v6(true)?;
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, PORT))
    };
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// The members' meeting point, as long as there are any.
static STATION: Mutex<Weak<Station>> = Mutex::new(Weak::new());

/// How often to look for interfaces that have come.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// How many datagrams wait for room; more are lost.
const MAX_UNSENT: usize = 64;

/// How many rounds there are before other tasks get their turn.
const ROUNDS_PER_TURN: usize = 16;
