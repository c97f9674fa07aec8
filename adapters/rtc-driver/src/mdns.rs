//! Multicast DNS of the process: one socket of each family and one task for all connections in the
//! same network.
//!
//! Connections take part while they have names to publish or to ask for. With the first of them
//! the sockets are opened, with the last the task ends.

use core::future::Future;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
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
    /// Whether there is a task. Becomes `false` only with the state locked.
    is_running: AtomicBool,
    state: Mutex<State>,
}

struct State {
    mdns: Mdns,
    asked: Vec<(CandidateName, Answer)>,
    members: usize,
    /// The addresses of the interfaces that the task knows.
    addresses: Vec<IpAddr>,
    /// Whether there seem to be others.
    is_outdated: bool,
    task: Option<Waker>,
}

/// A network that sockets belong to; where there is but one, all are equal. On Linux each thread is
/// in a namespace, and what it opens stays there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network(Option<(u64, u64)>);

impl Membership {
    /// Joins the others of this process in the network that the thread is in.
    pub(crate) fn new() -> Self {
        let network = Network::of_thread();
        let mut known = STATIONS.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, station)| station.strong_count() > 0);
        let found = known.iter().find(|(of, _)| *of == network);
        let station = found.and_then(|(_, station)| station.upgrade()).unwrap_or_else(|| {
            let station = Arc::new(Station::new());
            known.push((network, Arc::downgrade(&station)));
            station
        });
        station.lock().members += 1;
        Self { station, names: Vec::new() }
    }

    /// Starts the task, unless there is one: it ends with the runtime that it was started on.
    pub(crate) fn ensure_running<R: Runtime>(&self, runtime: &R) {
        if self.station.is_running.load(Ordering::Relaxed) {
            return;
        }
        let state = self.station.lock();
        let is_running = self.station.is_running.swap(true, Ordering::Relaxed);
        drop(state);
        if !is_running {
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
        state.is_outdated |= !state.addresses.contains(&address);
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
        let state = State {
            mdns: Mdns::new(Config::default()),
            asked: Vec::new(),
            members: 0,
            addresses: Vec::new(),
            is_outdated: false,
            task: None,
        };
        let is_running = AtomicBool::new(false);
        Self { clock: Clock::start(), is_running, state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Network {
    /// The network that the thread's sockets will belong to.
    fn of_thread() -> Self {
        #[cfg(target_os = "linux")]
        {
            use std::os::linux::fs::MetadataExt as _;

            // Where there is no such file, all threads are taken to be in one network.
            let file = std::fs::metadata("/proc/thread-self/ns/net");
            Self(file.ok().map(|file| (file.st_dev(), file.st_ino())))
        }
        #[cfg(not(target_os = "linux"))]
        Self(None)
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
    /// What its socket has had no room for yet, a new one not even for its first datagram. Until it
    /// is sent, the machine keeps the next ones.
    unsent: Option<Unsent>,
    timer: R::Timer,
    /// When to look at the interfaces again.
    look: R::Timer,
    looked_at: Instant,
    /// Whether the station needs a task no longer.
    is_over: bool,
}

/// A datagram that has not gone everywhere yet.
struct Unsent {
    destination: SocketAddr,
    datagram: Vec<u8>,
    /// The interfaces that it is done with.
    reached: Vec<u32>,
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
            unsent: None,
            timer: runtime.timer(),
            look: runtime.timer(),
            looked_at: Instant::now(),
            is_over: false,
        };
        task.look_at_interfaces();
        task
    }

    /// Joins the groups on interfaces that have come.
    fn look_at_interfaces(&mut self) {
        self.looked_at = Instant::now();
        self.look.set(self.looked_at + LOOK_INTERVAL);
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
        let mut state = self.station.lock();
        state.mdns.set_subnets(subnets);
        state.addresses = interfaces.iter().map(Interface::ip).collect();
        drop(state);
        // Where there is a link, others of this host hear us there.
        let is_link = |interface: &&Interface| !interface.is_loopback();
        let links: Vec<_> = interfaces.iter().filter(is_link).map(|i| i.ip().is_ipv4()).collect();
        self.interfaces = interfaces;
        self.interfaces.retain(|one| !one.is_loopback() || !links.contains(&one.ip().is_ipv4()));
    }

    /// Looks at the interfaces if it is time to, or if a name has been published for an address that
    /// was not there the last time.
    fn follow_interfaces(&mut self, cx: &mut Context<'_>) {
        if core::mem::take(&mut self.station.lock().is_outdated) {
            if self.looked_at.elapsed() >= LOOK_PAUSE {
                self.look_at_interfaces();
            } else {
                self.look.set(self.looked_at + LOOK_PAUSE);
            }
        }
        while self.look.poll(cx).is_ready() {
            self.look_at_interfaces();
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

    /// Sends what there is, until a socket has no room.
    fn transmit(&mut self, cx: &mut Context<'_>) {
        loop {
            let mut unsent = match self.unsent.take() {
                Some(unsent) => unsent,
                None => {
                    let now = self.station.clock.now();
                    let mut datagram = Vec::new();
                    let to = self.station.lock().mdns.poll_transmit(now, &mut datagram);
                    let Some(destination) = to else { return };
                    Unsent { destination, datagram, reached: Vec::new() }
                }
            };
            if self.poll_send(cx, &mut unsent).is_pending() {
                self.unsent = Some(unsent);
                return;
            }
        }
    }

    /// Sends to one host, or to a group on every interface. What the system refuses is lost.
    fn poll_send(&self, cx: &mut Context<'_>, unsent: &mut Unsent) -> Poll<()> {
        let Unsent { destination, datagram, reached } = unsent;
        let family = |group: &&Group<R>| group.is_ipv4 == destination.is_ipv4();
        let Some(group) = self.sockets.iter().find(family) else { return Poll::Ready(()) };
        let mut send = || group.socket.poll_send(cx, *destination, None, 0, datagram, None);
        if !destination.ip().is_multicast() {
            return send().map(|_| ());
        }
        for interface in &self.interfaces {
            // One that has no number is taken for one of its own.
            let index = interface.index.unwrap_or(0);
            if interface.ip().is_ipv4() != group.is_ipv4 || reached.contains(&index) {
                continue;
            }
            if group.choose(interface) && send().is_pending() {
                return Poll::Pending;
            }
            if index != 0 {
                reached.push(index);
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

    /// Has what is sent next to the group go out on an interface.
    fn choose(&self, interface: &Interface) -> bool {
        let socket = SockRef::from(&self.control);
        match interface.ip() {
            IpAddr::V4(ip) => socket.set_multicast_if_v4(&ip).is_ok(),
            IpAddr::V6(_) => socket.set_multicast_if_v6(interface.index.unwrap_or(0)).is_ok(),
        }
    }
}

impl<R: Runtime> Future for Task<R> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        for _ in 0..ROUNDS_PER_TURN {
            this.follow_interfaces(cx);
            let mut again = this.receive(cx);
            this.transmit(cx);
            let is_blocked = this.unsent.is_some();
            let station = Arc::clone(&this.station);
            let now = station.clock.now();
            let mut state = station.lock();
            state.mdns.handle_timeout(now);
            let answers = state.answers();
            let deadline = state.mdns.poll_timeout().filter(|_| !is_blocked);
            match deadline.map(|deadline| station.clock.system_time_of(deadline)) {
                _ if deadline.is_some_and(|deadline| deadline <= now) => again = true,
                Some(Some(moment)) => {
                    this.timer.set(moment);
                    again |= this.timer.poll(cx).is_ready();
                }
                _ => {}
            }
            if answers.is_empty() && !again && !state.is_outdated {
                // Goodbyes may have to wait for a second.
                if state.members == 0 && deadline.is_none() && !is_blocked {
                    station.is_running.store(false, Ordering::Relaxed);
                    this.is_over = true;
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
        if !self.is_over {
            let _locked = self.station.lock();
            self.station.is_running.store(false, Ordering::Relaxed);
        }
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

/// The members' meeting points, as long as there are any: one in each network.
static STATIONS: Mutex<Vec<(Network, Weak<Station>)>> = Mutex::new(Vec::new());

/// How often to look for interfaces that have come.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// How soon they are looked at again if there seems to be a new one.
const LOOK_PAUSE: Duration = Duration::from_millis(200);

/// How many rounds there are before other tasks get their turn.
const ROUNDS_PER_TURN: usize = 16;
