//! TCP connections: whose a piece of one is.

use bytes::BytesMut;
use rtc_core::{FiveTuple, Instant};

use super::error::RouterError;
use super::event::{PeerId, RouterEvent};
use super::machine::Router;
use super::paths::{Claim, PathKey, Proof};
use super::strangers::Beginning;
use crate::request::Request;

impl Router {
    /// The next errand for the driver, and whose it is. Peers take turns. To be drained with the
    /// other outputs.
    ///
    /// It is answered through [`peer_mut`](Self::peer_mut), by the methods of the same names as
    /// those of a [`PeerConnection`](crate::PeerConnection).
    #[must_use]
    pub fn poll_request(&mut self) -> Option<(PeerId, Request)> {
        if let Some(last) = self.last_requests.pop_front() {
            return Some(last);
        }
        while let Some(index) = self.to_ask.pop() {
            let Some(id) = self.peers.id(index) else { continue };
            let Some(peer) = self.peers.get_mut(index) else { continue };
            if let Some(request) = peer.connection.poll_request() {
                self.to_ask.push(index);
                if let Request::Disconnect(path) = &request {
                    self.disclaim(index, PathKey::new(path));
                }
                return Some((id, request));
            }
            self.settle(index);
        }
        None
    }

    /// Tells that a TCP connection has ended, opened or accepted, whosever it is.
    pub fn handle_disconnected(&mut self, now: Instant, path: FiveTuple) {
        let now = self.clock(now);
        let key = PathKey::new(&path);
        self.strangers.remove(key);
        let Some(claim) = self.paths.get(key) else { return };
        self.disclaim(claim.peer, key);
        if let Some(peer) = self.peers.get_mut(claim.peer) {
            peer.connection.handle_disconnected(now, path);
            self.look_at(claim.peer);
        }
    }

    /// Takes a piece of a stream: to the peer whose it is, or until its first datagram, which must
    /// be a connectivity check, says so.
    pub(super) fn handle_piece(
        &mut self,
        now: Instant,
        path: FiveTuple,
        piece: BytesMut,
    ) -> Result<PeerId, RouterError> {
        let key = PathKey::new(&path);
        if let Some(claim) = self.paths.get(key) {
            if self.has_stream(claim.peer, &path) {
                return self.deliver_piece(now, claim.peer, path, piece);
            }
            // The driver has not told that it ended.
            self.disclaim(claim.peer, key);
        }
        let (stream, first) = match self.strangers.push(now, &path, key, &piece) {
            Beginning::Short => return Err(RouterError::Held),
            Beginning::Refused => return Err(RouterError::StreamRefused),
            Beginning::Whole { bytes, first } => (bytes, first),
        };
        let check = stream.get(first).unwrap_or_default();
        let ufrags = rtc_ice::binding_request_ufrags(check).ok_or(RouterError::StreamRefused)?;
        let peer = self.peer_of_check(now, &path, ufrags)?;
        let result = self.deliver_piece(now, peer, path, BytesMut::from(&stream[..]));
        if self.proof(peer, &path).is_none() || !self.claim_stream(peer, &path) {
            // Whoever it is has not proven to be the one whose fragment he knows.
            if let Some(peer) = self.peers.get_mut(peer) {
                peer.connection.handle_disconnected(now, path);
            }
            return Err(RouterError::StreamRefused);
        }
        result
    }

    /// Notes which connections were opened for a peer.
    pub(super) fn claim_opened(&mut self, index: u32) {
        loop {
            let Some(peer) = self.peers.get_mut(index) else { return };
            let Some(path) = peer.connection.take_opened() else { return };
            let _no_room = self.claim_stream(index, &path);
        }
    }

    /// Gives up the connections that have begun and gone on no further.
    pub(super) fn give_up_strangers(&mut self, now: Instant) {
        while let Some(path) = self.strangers.pop_late(now) {
            self.events.push_back(RouterEvent::StreamRefused { path });
        }
    }

    fn deliver_piece(
        &mut self,
        now: Instant,
        index: u32,
        path: FiveTuple,
        piece: BytesMut,
    ) -> Result<PeerId, RouterError> {
        let id = self.peers.id(index).ok_or(RouterError::UnknownPath)?;
        let peer = self.peers.get_mut(index).ok_or(RouterError::UnknownPath)?;
        let result = peer.connection.handle_datagram(now, path, None, piece);
        self.touch(index);
        result.map(|()| id).map_err(|error| RouterError::Peer { peer: id, error })
    }

    /// Whether there is room for one more path of this peer. A connection has two ends, so no other
    /// peer can have it.
    fn claim_stream(&mut self, index: u32, path: &FiveTuple) -> bool {
        let key = PathKey::new(path);
        if let Some(claim) = self.paths.get(key) {
            self.disclaim(claim.peer, key);
        }
        let has_room = self.make_room(index, Proof::Answered);
        if has_room {
            self.enter(key, Claim { peer: index, proof: Proof::Answered });
        }
        has_room
    }

    fn has_stream(&self, index: u32, path: &FiveTuple) -> bool {
        self.peers.get(index).is_some_and(|peer| peer.connection.has_stream(path))
    }
}
