//! TCP connections: a task for each, and the table in which the driver finds them.

use core::future::poll_fn;
use core::task::{Context, Poll, Waker, ready};
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rtc_core::FiveTuple;

use crate::buffers::Buffers;
use crate::hub::Hub;
use crate::machine::Key;
use crate::runtime::{Runtime, TcpStream, Timer as _};
use crate::signal::Signal;
#[cfg(feature = "tls")]
use crate::tls::Secured;

/// The TCP connections of a driver.
#[derive(Debug)]
pub(crate) struct Streams {
    table: Mutex<Table>,
    /// Called when the driver is gone.
    over: Signal,
    /// How many bytes may wait to be written to each.
    buffer: usize,
    /// How many of them others may have opened.
    max_accepted: usize,
}

#[derive(Debug, Default)]
struct Table {
    streams: BTreeMap<FiveTuple, Arc<Outgoing>>,
    accepted: usize,
    is_over: bool,
}

/// What is to be written to a connection.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    waiting: Mutex<Waiting>,
    is_accepted: bool,
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: VecDeque<u8>,
    /// Nobody needs the connection any more.
    is_closed: bool,
    task: Option<Waker>,
}

/// Who opened a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opener {
    We,
    They,
}

/// A connection, with TLS on it or without.
#[derive(Debug)]
pub(crate) enum Pipe<S> {
    Bare(S),
    #[cfg(feature = "tls")]
    Secured(Box<Secured<S>>),
}

impl Streams {
    pub(crate) fn new(buffer: usize, max_accepted: usize) -> Self {
        Self { table: Mutex::default(), over: Signal::default(), buffer, max_accepted }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a connection; `None` if there is one on this path, too many were accepted, or the
    /// driver is gone.
    pub(crate) fn add(&self, path: FiveTuple, opener: Opener) -> Option<Arc<Outgoing>> {
        let mut table = self.lock();
        let is_accepted = opener == Opener::They;
        let is_full = is_accepted && table.accepted >= self.max_accepted;
        if table.is_over || is_full || table.streams.contains_key(&path) {
            return None;
        }
        table.accepted += usize::from(is_accepted);
        let outgoing = Arc::new(Outgoing { is_accepted, ..Outgoing::default() });
        table.streams.insert(path, Arc::clone(&outgoing));
        Some(outgoing)
    }

    /// Forgets a connection that has ended.
    fn remove(&self, path: &FiveTuple, outgoing: &Arc<Outgoing>) {
        let mut table = self.lock();
        if table.streams.get(path).is_some_and(|known| Arc::ptr_eq(known, outgoing)) {
            table.streams.remove(path);
            table.accepted -= usize::from(outgoing.is_accepted);
        }
    }

    /// Has bytes written, all of them or none: as a network would, a stream that is stuck loses
    /// what does not fit.
    pub(crate) fn send(&self, path: &FiveTuple, bytes: &[u8]) {
        let Some(outgoing) = self.lock().streams.get(path).cloned() else { return };
        let mut waiting = outgoing.lock();
        // What is larger than all the room goes out when there is nothing else.
        let is_full = waiting.bytes.len() + bytes.len() > self.buffer;
        if waiting.is_closed || (is_full && !waiting.bytes.is_empty()) {
            return;
        }
        waiting.bytes.extend(bytes);
        waiting.call();
    }

    /// Closes a connection after what waits has been written.
    pub(crate) fn close(&self, path: &FiveTuple) {
        let outgoing = self.lock().streams.get(path).cloned();
        if let Some(outgoing) = outgoing {
            outgoing.close();
        }
    }

    /// The driver is gone: closes all connections, and ends all that are being opened.
    pub(crate) fn end(&self) {
        let mut table = self.lock();
        table.is_over = true;
        let streams: Vec<_> = table.streams.values().cloned().collect();
        drop(table);
        for outgoing in streams {
            outgoing.close();
        }
        self.over.call();
    }

    /// Waits until the driver is gone.
    pub(crate) async fn over(&self) {
        self.over.wait(|| self.lock().is_over.then_some(())).await;
    }
}

impl Outgoing {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        waiting.call();
    }

    /// Writes what waits; `Ready` if the connection has failed, or is to be closed.
    fn poll_write<S: TcpStream>(&self, cx: &mut Context<'_>, pipe: &mut Pipe<S>) -> Poll<End> {
        let mut waiting = self.lock();
        let is_written = waiting.write(cx, pipe);
        if matches!(is_written, Poll::Ready(Err(_))) {
            return Poll::Ready(End::Failed);
        }
        if waiting.is_closed {
            return Poll::Ready(End::Closed);
        }
        waiting.task = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Writes what waits and says that nothing follows, then waits until the other side has done
    /// the same: a system that closes a connection on which something has not been read takes back
    /// what it has not delivered.
    fn poll_end<S: TcpStream>(
        &self,
        cx: &mut Context<'_>,
        pipe: &mut Pipe<S>,
        stage: &mut Stage,
        memory: &mut [u8],
    ) -> Poll<io::Result<()>> {
        if *stage == Stage::Writing {
            ready!(self.lock().write(cx, pipe))?;
            pipe.end();
            *stage = Stage::Ending;
        }
        if *stage == Stage::Ending {
            ready!(pipe.poll_flush(cx))?;
            pipe.bare().shut_down()?;
            *stage = Stage::Reading;
        }
        for _ in 0..READS_PER_TURN {
            if ready!(pipe.bare().poll_read(cx, memory))? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Why a connection is not used any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nobody needs it.
    Closed,
    Failed,
}

/// How far a connection that nobody needs has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Writing,
    Ending,
    Reading,
}

impl Waiting {
    /// Writes everything.
    fn write<S: TcpStream>(
        &mut self,
        cx: &mut Context<'_>,
        pipe: &mut Pipe<S>,
    ) -> Poll<io::Result<()>> {
        while !self.bytes.is_empty() {
            let (front, _) = self.bytes.as_slices();
            match ready!(pipe.poll_write(cx, front))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => drop(self.bytes.drain(..written)),
            }
        }
        pipe.poll_flush(cx)
    }

    fn call(&mut self) {
        if let Some(task) = self.task.take() {
            task.wake();
        }
    }
}

impl<S: TcpStream> Pipe<S> {
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Bare(stream) => stream.poll_read(cx, buffer),
            #[cfg(feature = "tls")]
            Self::Secured(stream) => stream.poll_read(cx, buffer),
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Bare(stream) => stream.poll_write(cx, bytes),
            #[cfg(feature = "tls")]
            Self::Secured(stream) => stream.poll_write(cx, bytes),
        }
    }

    /// The connection below TLS.
    fn bare(&mut self) -> &mut S {
        match self {
            Self::Bare(stream) => stream,
            #[cfg(feature = "tls")]
            Self::Secured(stream) => stream.bare(),
        }
    }

    /// Nothing is written after this.
    fn end(&mut self) {
        match self {
            // The system says it.
            Self::Bare(_) => {}
            #[cfg(feature = "tls")]
            Self::Secured(stream) => stream.end(),
        }
    }

    #[cfg_attr(not(feature = "tls"), expect(unused_variables, reason = "TCP holds nothing back"))]
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Bare(_) => Poll::Ready(Ok(())),
            #[cfg(feature = "tls")]
            Self::Secured(stream) => stream.poll_flush(cx),
        }
    }
}

/// A connection on its way from the driver to its task.
#[derive(Debug)]
pub(crate) struct Stream<R: Runtime> {
    pub(crate) pipe: Pipe<R::Stream>,
    pub(crate) path: FiveTuple,
    pub(crate) outgoing: Arc<Outgoing>,
    /// Whose it is, where that is known from the beginning.
    pub(crate) key: Option<Key>,
}

/// Moves bytes between a connection and the machine until either has had enough.
pub(crate) async fn run<R: Runtime>(
    runtime: R,
    hub: Arc<Hub>,
    streams: Arc<Streams>,
    stream: Stream<R>,
) {
    let Stream { mut pipe, path, outgoing, key } = stream;
    let mut memory = vec![0; READ].into_boxed_slice();
    let mut buffers = Buffers::new();
    let mut owner = key;
    // What others open they are to use: the core sees to it from the first byte on.
    let mut silence = outgoing.is_accepted.then(|| {
        let mut timer = runtime.timer();
        timer.set(Instant::now() + SILENCE);
        timer
    });
    let end = poll_fn(|cx| {
        for _ in 0..READS_PER_TURN {
            if let Poll::Ready(end) = outgoing.poll_write(cx, &mut pipe) {
                return Poll::Ready(end);
            }
            match pipe.poll_read(cx, &mut memory) {
                // The other side may still listen to what waits.
                Poll::Ready(Ok(0)) => return Poll::Ready(End::Closed),
                Poll::Ready(Err(_)) => return Poll::Ready(End::Failed),
                Poll::Ready(Ok(read)) => {
                    silence = None;
                    let piece = memory.get(..read).unwrap_or_default();
                    match hub.arrived(owner, path, buffers.fill(piece)) {
                        // Also after its peer was closed: until the errand that ends it.
                        Ok(known) => owner = known,
                        Err(_) => return Poll::Ready(End::Failed),
                    }
                }
                Poll::Pending => {
                    let is_silent = silence.as_mut().is_some_and(|timer| timer.poll(cx).is_ready());
                    return if is_silent { Poll::Ready(End::Failed) } else { Poll::Pending };
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    hub.disconnected(key, path);
    if end == End::Closed {
        let mut stage = Stage::Writing;
        let mut patience = runtime.timer();
        patience.set(Instant::now() + LINGER);
        poll_fn(|cx| {
            let ended = outgoing.poll_end(cx, &mut pipe, &mut stage, &mut memory);
            if ended.is_ready() || patience.poll(cx).is_ready() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
    streams.remove(&path, &outgoing);
}

/// The most that one read brings.
const READ: usize = 32 * 1024;

/// How long a connection that was accepted may say nothing.
const SILENCE: Duration = Duration::from_secs(10);

/// How long a connection that nobody needs may take to end in order.
const LINGER: Duration = Duration::from_secs(2);

/// How many reads there are before other tasks get their turn.
const READS_PER_TURN: usize = 8;

#[cfg(test)]
mod tests {
    use rtc_core::Protocol;

    use super::*;

    fn path(port: u16) -> FiveTuple {
        let local = "127.0.0.1:1".parse().unwrap();
        FiveTuple { protocol: Protocol::Tcp, local, remote: ([127, 0, 0, 1], port).into() }
    }

    #[test]
    fn a_stream_that_is_stuck_loses_whole_pieces() {
        let streams = Streams::new(1000, 1);
        let outgoing = streams.add(path(1), Opener::We).unwrap();
        let waiting = || outgoing.lock().bytes.len();
        streams.send(&path(1), &[1; 600]);
        streams.send(&path(1), &[2; 600]);
        assert_eq!(waiting(), 600);
        streams.send(&path(1), &[3; 400]);
        assert_eq!(waiting(), 1000);
        streams.send(&path(1), &[4; 1]);
        streams.send(&path(2), &[5; 1]);
        assert_eq!(waiting(), 1000);
        outgoing.lock().bytes.clear();
        // Were it refused it could never be sent.
        streams.send(&path(1), &[6; 2000]);
        assert_eq!(waiting(), 2000);
        streams.close(&path(1));
        outgoing.lock().bytes.clear();
        streams.send(&path(1), &[7; 1]);
        assert_eq!(waiting(), 0);
    }

    #[test]
    fn others_open_no_more_than_they_may_and_nobody_after_the_end() {
        let streams = Streams::new(1000, 2);
        let first = streams.add(path(1), Opener::They).unwrap();
        assert!(streams.add(path(1), Opener::They).is_none());
        assert!(streams.add(path(2), Opener::They).is_some());
        assert!(streams.add(path(3), Opener::They).is_none());
        assert!(streams.add(path(3), Opener::We).is_some());
        streams.remove(&path(1), &first);
        streams.remove(&path(1), &first);
        let again = streams.add(path(1), Opener::They).unwrap();
        assert!(streams.add(path(4), Opener::They).is_none());
        // Its task comes to its end late.
        streams.remove(&path(1), &first);
        assert!(streams.add(path(1), Opener::They).is_none());
        streams.end();
        assert!(again.lock().is_closed);
        assert!(streams.add(path(5), Opener::We).is_none());
    }
}
