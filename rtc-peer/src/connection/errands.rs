//! What the driver is asked to do, and its answers.

use alloc::string::ToString;
use core::net::{IpAddr, SocketAddr};

use rtc_core::{FiveTuple, Instant};

use super::PeerConnection;
use crate::jsep;
use crate::request::{ConnectionId, QueryId, Request};
use crate::transport::{NamedCandidate, Opening, Query};

impl PeerConnection {
    /// The next errand for the driver. To be drained with the other outputs, after
    /// [`poll_transmit`](Self::poll_transmit).
    #[must_use]
    pub fn poll_request(&mut self) -> Option<Request> {
        while let Some(request) = self.gatherer.poll_request() {
            self.errands.pass_on(request);
        }
        for transport in self.transports.iter_mut() {
            while let Some(connect) = transport.ice.poll_connect() {
                self.errands.connect(transport.id, connect);
            }
            while let Some(path) = transport.ice.poll_disconnect() {
                if self.streams.remove(&path) {
                    self.errands.push(Request::Disconnect(path));
                }
            }
        }
        self.errands.poll()
    }

    /// Answers [`Request::Resolve`]: the addresses of the host, none if it has none or cannot be
    /// found.
    pub fn handle_resolved(&mut self, now: Instant, query: QueryId, addresses: &[IpAddr]) {
        let now = self.clock(now);
        let Some(query) = self.errands.take_query(query).filter(|_| !self.is_closed()) else {
            return;
        };
        match query {
            Query::Server(query) => {
                self.gatherer.handle_resolved(now, query, addresses);
                self.take_candidates(now);
            }
            Query::Candidates { waiting, .. } => {
                // What has several addresses is not the name of one interface.
                if let [address] = addresses {
                    for candidate in waiting {
                        self.add_named_candidate(now, candidate, *address);
                    }
                }
                self.update_remote_candidates(now);
            }
        }
    }

    /// Answers [`Request::Connect`]: the connection is open, and has this local address.
    pub fn handle_connected(&mut self, now: Instant, connection: ConnectionId, local: SocketAddr) {
        let now = self.clock(now);
        let Some(opening) = self.errands.take_opening(connection) else { return };
        let path = opening.path(local);
        let is_wanted = !self.is_closed()
            && match opening {
                Opening::Server { connection, .. } => {
                    self.errands.note_server(path);
                    self.gatherer.handle_connected(now, connection, local);
                    self.take_candidates(now);
                    true
                }
                Opening::Pair { transport, connect } => match self.transports.get_mut(transport) {
                    Some(transport) if self.streams.admit(now, path).is_ok() => {
                        let (base, remote) = (connect.local, connect.remote);
                        transport.ice.handle_connected(now, base, remote, local);
                        true
                    }
                    Some(transport) => {
                        let (base, remote) = (connect.local, connect.remote);
                        transport.ice.handle_connect_failed(now, base, remote);
                        false
                    }
                    None => false,
                },
            };
        if !is_wanted {
            self.errands.push(Request::Disconnect(path));
        } else if self.opened.len() < MAX_OPENED {
            self.opened.push(path);
        }
    }

    /// Answers [`Request::Connect`]: the connection cannot be opened, or its certificate is wrong.
    pub fn handle_connect_failed(&mut self, now: Instant, connection: ConnectionId) {
        let now = self.clock(now);
        let Some(opening) = self.errands.take_opening(connection).filter(|_| !self.is_closed())
        else {
            return;
        };
        match opening {
            Opening::Server { connection, .. } => {
                self.gatherer.handle_connect_failed(now, connection);
                self.take_candidates(now);
            }
            Opening::Pair { transport, connect } => {
                if let Some(transport) = self.transports.get_mut(transport) {
                    transport.ice.handle_connect_failed(now, connect.local, connect.remote);
                }
                self.report_states();
            }
        }
    }

    /// Tells that a TCP connection has ended, opened or accepted, by the other end or by a failure.
    pub fn handle_disconnected(&mut self, now: Instant, path: FiveTuple) {
        let now = self.clock(now);
        if self.is_closed() {
            return;
        }
        self.errands.forget_server(&path);
        if self.gatherer.owns(&path) {
            self.gatherer.handle_disconnected(now, &path);
            self.take_candidates(now);
        } else if self.streams.remove(&path) {
            for transport in self.transports.iter_mut() {
                transport.ice.handle_disconnected(now, &path);
            }
        }
        let _refused = self.move_inwards(now);
    }

    /// Forgets a connection that is of no use, and has it closed.
    pub(super) fn give_up_stream(&mut self, now: Instant, path: FiveTuple) {
        self.streams.remove(&path);
        for transport in self.transports.iter_mut() {
            transport.ice.handle_disconnected(now, &path);
        }
        self.errands.push(Request::Disconnect(path));
    }

    fn add_named_candidate(&mut self, now: Instant, waiting: NamedCandidate, address: IpAddr) {
        let NamedCandidate { transport, ufrag, mut candidate } = waiting;
        let Some(transport) = self.transports.get_mut(transport) else { return };
        let current = transport.ice.remote_credentials();
        if current.is_none_or(|current| current.ufrag() != &*ufrag) {
            return;
        }
        let name = candidate.address.as_str().to_string();
        candidate.address = address.into();
        if let Some(mut candidate) = jsep::candidate_to_ice(&candidate) {
            candidate.is_hidden = true;
            transport.hide_remote(candidate.address, &name);
            let _known_or_too_many = transport.ice.add_remote_candidate(now, candidate);
        }
    }

    /// What is left to be asked of the driver when everything is over.
    pub(super) fn dismiss_driver(&mut self) {
        let names: alloc::vec::Vec<_> = self.names.take().collect();
        for name in names {
            self.errands.push(Request::Withdraw { name: name.to_string() });
        }
        for path in self.streams.take() {
            self.errands.push(Request::Disconnect(path));
        }
        while let Some(request) = self.gatherer.poll_request() {
            self.errands.pass_on(request);
        }
        for path in self.errands.disconnect_servers() {
            self.gatherer.handle_disconnected(self.now, &path);
        }
    }
}

/// How many opened connections are remembered for a router, which asks after each call.
const MAX_OPENED: usize = 8;
