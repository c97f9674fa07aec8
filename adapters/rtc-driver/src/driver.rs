//! The task behind the handles: moves datagrams between sockets and machine, and keeps time.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;
use std::sync::Arc;

use rtc_core::{FiveTuple, Instant, Protocol, Transmit};
use rtc_peer::Request;

use crate::buffers::Buffers;
use crate::config::Config;
use crate::errands::Errands;
use crate::hub::{Hub, State};
use crate::impairment::Fates;
use crate::machine::Key;
use crate::runtime::{Runtime, Timer as _};
use crate::socket::Inbox;
use crate::sockets::Sockets;
use crate::stream::{self, Opener, Pipe, Stream, Streams};
use crate::watch::Watch;

/// Drives one connection until it is closed.
///
/// All work is done in rounds: what one system call brings from each socket, then what the core
/// has to send. So the sockets get their turns, acknowledgements leave between bursts, and after
/// some rounds so does the task, to let others run.
#[derive(Debug)]
pub(crate) struct Driver<R: Runtime> {
    /// Which of the drivers of the hub.
    index: usize,
    runtime: R,
    hub: Arc<Hub>,
    sockets: Sockets<R>,
    streams: Arc<Streams>,
    errands: Errands<R>,
    /// What the machine has asked for and is not under way yet.
    requests: Vec<(Key, Request)>,
    /// Whether what comes in may be for any of many.
    is_server: bool,
    /// What looks for interfaces that come and go, where that matters.
    watch: Option<Watch<R>>,
    inbox: Inbox,
    buffers: Buffers,
    outbox: Outbox,
    max_segments: usize,
    /// Where losses are wanted: which datagrams they hit.
    fates: Option<Fates>,
    timer: R::Timer,
    /// The moment that the timer is set to, if it is.
    armed: Option<Instant>,
}

/// The datagrams that the core has handed out last, as far as they are not sent yet.
#[derive(Debug, Default)]
struct Outbox {
    buffer: Vec<u8>,
    transmit: Option<Transmit>,
    /// How many bytes of the buffer have been sent.
    sent: usize,
    /// The path on which the system has refused to send.
    refused: Option<FiveTuple>,
}

/// What is to be done after a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// There may be more to do at once.
    Again,
    /// Nothing until a socket, the timer or a handle calls.
    Sleep,
    /// The connection was closed and all is said.
    Over,
}

impl<R: Runtime> Driver<R> {
    /// A driver of the machine in `hub`, to be spawned.
    pub(crate) fn new(
        index: usize,
        runtime: R,
        hub: Arc<Hub>,
        sockets: Sockets<R>,
        streams: Arc<Streams>,
        config: &Config,
    ) -> Self {
        let (desk_hub, desk_streams) = (Arc::clone(&hub), Arc::clone(&streams));
        // What is lost is lost datagram by datagram.
        let most = if config.impairment.is_some() { 1 } else { 64 };
        Self {
            errands: Errands::new(runtime.clone(), desk_hub, desk_streams, config),
            requests: Vec::new(),
            is_server: hub.is_server(),
            watch: Watch::new(&runtime, config),
            timer: runtime.timer(),
            index,
            runtime,
            hub,
            sockets,
            streams,
            inbox: Inbox::new(),
            buffers: Buffers::new(),
            outbox: Outbox::default(),
            max_segments: config.max_segments.clamp(1, most),
            fates: config.impairment.map(Fates::new),
            armed: None,
        }
    }

    /// Feeds the machine with what one system call brings from each socket; whether anything came.
    fn receive(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = self.accept(cx);
        let mut is_broken = false;
        for socket in &mut self.sockets.udp {
            if socket.poll_receive(cx, &mut self.inbox).is_pending() {
                is_broken |= socket.is_broken();
                continue;
            }
            any = true;
            let mut state = self.hub.lock();
            let now = self.hub.clock().now();
            let mut told = None;
            for (remote, ecn, datagram) in self.inbox.datagrams() {
                if self.fates.as_mut().is_some_and(|fates| fates.lose_received(datagram)) {
                    continue;
                }
                let path = FiveTuple::udp(socket.local(), remote);
                let datagram = self.buffers.fill(datagram);
                if let Ok(key) = state.machine.handle_datagram(now, path, ecn, datagram)
                    && told != Some(key)
                {
                    state.told(key, now);
                    told = Some(key);
                }
            }
            state.pump(&self.hub.server);
        }
        if is_broken {
            let mut state = self.hub.lock();
            self.sockets.drop_broken(&mut state, self.hub.clock().now());
            any = true;
        }
        any
    }

    /// Takes in TCP connections; whether there was any.
    fn accept(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        for listener in &mut self.sockets.tcp {
            for _ in 0..ACCEPTS_PER_ROUND {
                // An error may be one of the system's being short of something: that takes time.
                let Poll::Ready(Ok((stream, remote))) = listener.poll_accept(cx) else { break };
                any = true;
                let path = FiveTuple { protocol: Protocol::Tcp, local: listener.local, remote };
                if let Some(outgoing) = self.streams.add(path, Opener::They) {
                    let (hub, streams) = (Arc::clone(&self.hub), Arc::clone(&self.streams));
                    let key = (!self.is_server).then_some(Key::Only);
                    let stream = Stream { pipe: Pipe::Bare(stream), path, outgoing, key };
                    self.runtime.spawn(stream::run(self.runtime.clone(), hub, streams, stream));
                }
            }
        }
        any
    }

    /// Looks at the interfaces, if it is time to.
    fn follow_interfaces(&mut self, cx: &mut Context<'_>) {
        self.errands.look_after();
        let refused = self.outbox.refused.take();
        if let Some(path) = refused {
            let mut state = self.hub.lock();
            let now = self.hub.clock().now();
            // Of a server's peers none can go elsewhere.
            let _server =
                state.machine.change(Key::Only, |core| core.handle_send_failure(now, path));
        }
        let Some(watch) = &mut self.watch else { return };
        if refused.is_some() {
            watch.hurry();
        }
        let Some(interfaces) = watch.poll(cx) else { return };
        // A system that cannot tell now may tell the next time.
        let Ok(interfaces) = interfaces else { return };
        let mut state = self.hub.lock();
        let now = self.hub.clock().now();
        let next = self.sockets.follow(&self.runtime, &interfaces, &mut state, now);
        if let Some(moment) = next.and_then(|next| self.hub.clock().system_time_of(next)) {
            watch.wake_at(cx, moment);
        }
    }

    /// Sends what the core has to say, as far as the sockets take it and a round lasts.
    fn transmit(&mut self, cx: &mut Context<'_>) -> Step {
        let hub = Arc::clone(&self.hub);
        for _ in 0..TRANSMITS_PER_ROUND {
            let is_blocked = self.outbox.poll_flush(cx, &self.sockets, &self.streams).is_pending();
            let mut state = hub.lock();
            if is_blocked {
                return self.settle(&mut state, cx);
            }
            let now = hub.clock().now();
            let max_segments = self.max_segments();
            self.outbox.sent = 0;
            self.outbox.transmit = state.poll_transmit(now, max_segments, &mut self.outbox.buffer);
            if self.outbox.transmit.is_none() {
                return self.settle(&mut state, cx);
            }
            let buffer = &self.outbox.buffer;
            if self.fates.as_mut().is_some_and(|fates| fates.lose_sent(buffer)) {
                self.outbox.transmit = None;
            }
        }
        Step::Again
    }

    /// The core is drained, or the network takes no more: passes on what has happened, sees to the
    /// deadline, and looks whether there is reason to sleep.
    fn settle(&mut self, state: &mut State, cx: &mut Context<'_>) -> Step {
        let mut again = state.pump(&self.hub.server);
        while let Some(request) = state.poll_request() {
            self.requests.push(request);
        }
        let is_flushed = self.outbox.transmit.is_none();
        if state.is_all_over() && is_flushed && !state.machine.is_saying_goodbye() {
            state.call_all_drivers();
            return Step::Over;
        }
        if let Some(deadline) = state.machine.poll_timeout() {
            let now = self.hub.clock().now();
            if deadline <= now {
                state.machine.handle_timeout(now);
                state.told(Key::Only, now);
                again = true;
            } else {
                again |= self.arm(deadline, cx).is_ready();
            }
        }
        if again {
            return Step::Again;
        }
        state.driver_sleeps(self.index, cx.waker());
        Step::Sleep
    }

    /// Sets the timer to `deadline`, or leaves it if it fires before; `Ready` if it just has.
    ///
    /// Deadlines mostly move away, with every packet: to be woken too early now and then is cheaper
    /// than to move the timer each time.
    fn arm(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if self.armed.is_none_or(|armed| deadline < armed) {
            // What is beyond the end of the system's clock is left to the next input.
            let Some(moment) = self.hub.clock().system_time_of(deadline) else {
                return Poll::Pending;
            };
            self.timer.set(moment);
            self.armed = Some(deadline);
        }
        core::task::ready!(self.timer.poll(cx));
        self.armed = None;
        Poll::Ready(())
    }

    fn max_segments(&self) -> usize {
        let sockets = self.sockets.udp.iter();
        sockets.map(|socket| socket.max_segments()).fold(self.max_segments, usize::min)
    }
}

impl<R: Runtime> Future for Driver<R> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.hub.lock().driver_works(this.index);
        for _ in 0..ROUNDS_PER_TURN {
            let received = this.receive(cx);
            this.follow_interfaces(cx);
            let step = this.transmit(cx);
            for (key, request) in this.requests.drain(..) {
                this.errands.run(key, request);
            }
            match step {
                Step::Over => return Poll::Ready(()),
                Step::Sleep if !received => return Poll::Pending,
                Step::Sleep | Step::Again => {}
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<R: Runtime> Drop for Driver<R> {
    fn drop(&mut self) {
        self.streams.end();
        self.hub.driver_is_gone();
    }
}

impl Outbox {
    /// Sends what is left; `Pending` if the socket has no room.
    fn poll_flush<R: Runtime>(
        &mut self,
        cx: &mut Context<'_>,
        sockets: &Sockets<R>,
        streams: &Streams,
    ) -> Poll<()> {
        let Some(transmit) = self.transmit else { return Poll::Ready(()) };
        if transmit.path.protocol == Protocol::Tcp {
            streams.send(&transmit.path, self.buffer.get(..transmit.size).unwrap_or_default());
        } else if let Some(socket) = sockets.of(transmit.path.local) {
            while self.sent < transmit.size {
                let rest = self.buffer.get(self.sent..transmit.size).unwrap_or_default();
                // After a first failure there is no segmentation offload any more.
                let segment = transmit.segment_size.unwrap_or(rest.len());
                let together = if transmit.dscp == 0 { socket.max_segments() } else { 1 };
                let most = segment.saturating_mul(together);
                let batch = rest.get(..most).unwrap_or(rest);
                let segment_size = (batch.len() > segment).then_some(segment);
                let sent = core::task::ready!(socket.poll_send(
                    cx,
                    transmit.path.remote,
                    transmit.ecn,
                    transmit.dscp,
                    batch,
                    segment_size
                ));
                if sent.is_err() && segment_size.is_some() && socket.max_segments() == 1 {
                    continue;
                }
                // Errors are those of one destination, and UDP promises nothing.
                if sent.is_err_and(|error| speaks_of_path(&error)) {
                    self.refused = Some(transmit.path);
                }
                self.sent += batch.len();
            }
        }
        self.transmit = None;
        Poll::Ready(())
    }
}

/// Whether sending fails like this when there is no way, or an interface is gone.
fn speaks_of_path(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AddrNotAvailable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::PermissionDenied
    ) || error.raw_os_error() == Some(NO_DEVICE)
}

/// What Linux says for an interface that is going (ENODEV); `io::ErrorKind` has no name for it.
const NO_DEVICE: i32 = 19;

/// How many batches are sent before the sockets are read again.
const TRANSMITS_PER_ROUND: usize = 4;

/// How many rounds there are before other tasks get their turn: a millisecond or two at most.
const ROUNDS_PER_TURN: usize = 4;

/// How many TCP connections are taken in before the sockets are read.
const ACCEPTS_PER_ROUND: usize = 8;
