//! What goes out: requests to servers, and what is sent through relays.

use alloc::vec::Vec;
use core::net::SocketAddr;

use rtc_core::{FiveTuple, Instant, Transmit};

use super::event::{GatherEvent, Relaying};
use super::machine::Gatherer;
use super::request::GatherRequest;
use super::task::{Stage, Task, TaskId};
use crate::agent::address::{is_possible, key};
use crate::turn;

impl Gatherer {
    /// Makes of the datagram that stands in `out` from `start` on, to be sent on `path` from a
    /// relayed address, what is to be sent to the relay, in place, and tells on which path.
    ///
    /// `None`: nothing is to be sent now, and `out` ends at `start`. Either there is no such relay,
    /// or it cannot bring anything to this peer, or the permission is being made: then one datagram
    /// for each peer is kept and comes by [`poll_transmit`](Self::poll_transmit).
    pub fn wrap(
        &mut self,
        now: Instant,
        path: FiveTuple,
        out: &mut Vec<u8>,
        start: usize,
    ) -> Option<FiveTuple> {
        let now = self.advance(now);
        let Some((id, client)) = self.client_for(&path) else {
            out.truncate(start);
            return None;
        };
        let wrapped = client.wrap(now, path.remote, out, start);
        // It may want a permission, a channel, or both.
        if client.poll_timeout().is_some_and(|at| at <= now) {
            self.make_ready(id);
        } else {
            self.tasks.hasten(id);
        }
        wrapped
    }

    /// How what is sent on this path leaves; `None`: it does not begin at a relayed address.
    pub fn relaying(&mut self, now: Instant, path: &FiveTuple) -> Option<Relaying> {
        let now = self.advance(now);
        let id = *self.relayed.get(&key(path.local))?;
        let client = self.tasks.get_mut(id).and_then(Task::client_in_place);
        let client = client.filter(|client| client.has_channel(now, path.remote));
        Some(
            client
                .map_or(Relaying::ByMessage, |client| Relaying::ByChannel(client.path().protocol)),
        )
    }

    /// The same as [`wrap`](Self::wrap) for datagrams that go over a channel. In `out` each of them
    /// stands behind [`HEADER_LENGTH`](crate::turn::ChannelData::HEADER_LENGTH) bytes that are free,
    /// and takes `segment` bytes with these, the last one possibly less: so do the messages. To a
    /// relay that is reached by a stream only one can go at a time.
    ///
    /// `None`: there is no such channel, and `out` ends at `start`.
    pub fn wrap_in_channel(
        &mut self,
        now: Instant,
        path: FiveTuple,
        out: &mut Vec<u8>,
        start: usize,
        segment: usize,
    ) -> Option<FiveTuple> {
        let now = self.advance(now);
        let wrapped = self
            .client_for(&path)
            .and_then(|(_, client)| client.wrap_in_channel(now, path.remote, out, start, segment));
        if wrapped.is_none() {
            out.truncate(start);
        }
        wrapped
    }

    /// How many bytes [`wrap`](Self::wrap) adds at most to a datagram on this path now: 0 if it is
    /// not from a relayed address.
    pub fn overhead(&mut self, now: Instant, path: &FiveTuple) -> usize {
        let now = self.advance(now);
        let id = self.relayed.get(&key(path.local)).copied();
        let client = id.and_then(|id| self.tasks.get_mut(id)?.client());
        client.map_or(0, |client| client.overhead(now, path.remote))
    }

    /// The next datagram, or piece of a stream, to a server, appended to `out`.
    #[must_use]
    pub fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        let now = self.advance(now);
        self.step();
        while let Some(id) = self.ready.first().copied() {
            let transmit = match self.tasks.get_mut(id).map(|task| &mut task.stage) {
                Some(Stage::Asking(_, client)) => client.poll_transmit(now, out),
                Some(Stage::Relaying(_, client) | Stage::Leaving(_, client)) => {
                    client.poll_transmit(now, out)
                }
                _ => None,
            };
            if transmit.is_some() {
                return transmit;
            }
            self.ready.remove(&id);
            if let Some(task) = self.tasks.get_mut(id) {
                task.is_ready = false;
            }
            self.tasks.reschedule(id);
            // Time has passed for the clients too.
            self.tell_of(id);
            self.step();
        }
        None
    }

    /// The next errand.
    #[must_use]
    pub fn poll_request(&mut self) -> Option<GatherRequest> {
        self.requests.pop_front()
    }

    /// The next thing that the gatherer has to tell.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<GatherEvent> {
        self.found.poll()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let is_queued = !self.starts.is_empty();
        let lookups = if self.is_complete { None } else { self.lookups.next_expiry() };
        Instant::earliest([
            self.tasks.next_due_at(),
            is_queued.then_some(self.next_start_at),
            lookups,
        ])
    }

    /// The client of the relay that a path begins at, if something can be sent on it.
    fn client_for(&mut self, path: &FiveTuple) -> Option<(TaskId, &mut turn::Client)> {
        // Some servers would take an unspecified address for their own.
        let id =
            self.relayed.get(&key(path.local)).filter(|_| is_possible(path.remote)).copied()?;
        let task = self.tasks.get_mut(id)?;
        task.used_at = self.now;
        Some((id, task.client_in_place()?))
    }

    /// Whether a local address is that of a relay, so that what is sent from it has to go through
    /// [`wrap`](Self::wrap). Logarithmic in the number of relays.
    pub fn is_relayed(&self, local: SocketAddr) -> bool {
        self.relayed.contains_key(&key(local))
    }
}
