//! What the driver is asked to do, and its answers.

use core::net::{IpAddr, SocketAddr};

use rtc_core::{FiveTuple, Instant};

use super::PeerConnection;
use crate::jsep;
use crate::request::{ConnectionId, QueryId, Request};
use crate::transport::NamedCandidate;

impl PeerConnection {
    /// The next errand for the driver. To be drained with the other outputs.
    #[must_use]
    pub fn poll_request(&mut self) -> Option<Request> {
        self.errands.poll()
    }

    /// Answers [`Request::Resolve`]: the addresses of the host, none if it has none or cannot be
    /// found.
    pub fn handle_resolved(&mut self, now: Instant, query: QueryId, addresses: &[IpAddr]) {
        let now = self.clock(now);
        if self.is_closed() {
            return;
        }
        if let Some(waiting) = self.errands.take_named(query) {
            // What has several addresses is not the name of one interface.
            if let [address] = addresses {
                for candidate in waiting {
                    self.add_named_candidate(now, candidate, *address);
                }
            }
            self.update_remote_candidates(now);
        }
    }

    /// Answers [`Request::Connect`]: the connection is open, and has this local address.
    pub fn handle_connected(&mut self, now: Instant, connection: ConnectionId, local: SocketAddr) {
        let _now = self.clock(now);
        let _unknown = (connection, local);
    }

    /// Answers [`Request::Connect`]: the connection cannot be opened, or its certificate is wrong.
    pub fn handle_connect_failed(&mut self, now: Instant, connection: ConnectionId) {
        let _now = self.clock(now);
        let _unknown = connection;
    }

    /// Tells that a TCP connection has ended, opened or accepted, by the other end or by a failure.
    pub fn handle_disconnected(&mut self, now: Instant, path: FiveTuple) {
        let _now = self.clock(now);
        let _unknown = path;
    }

    fn add_named_candidate(&mut self, now: Instant, waiting: NamedCandidate, address: IpAddr) {
        let NamedCandidate { transport, ufrag, mut candidate } = waiting;
        let Some(transport) = self.transports.get_mut(transport) else { return };
        let current = transport.ice.remote_credentials();
        if current.is_none_or(|current| current.ufrag() != &*ufrag) {
            return;
        }
        candidate.address = address.into();
        if let Some(candidate) = jsep::candidate_to_ice(&candidate) {
            let _known_or_too_many = transport.ice.add_remote_candidate(now, candidate);
        }
    }
}
