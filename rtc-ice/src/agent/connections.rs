//! The TCP connections that the agent wants, has and lets go (RFC 6544, section 7).

use alloc::collections::{BTreeSet, VecDeque};
use core::net::SocketAddr;
use core::time::Duration;

use rtc_core::{FiveTuple, Instant, Protocol};

use super::address::path_key;
use super::candidate::{Candidate, CandidateKind};
use super::machine::Agent;
use super::pair::{Consent, Link, Nomination, Pair, PairId, PairState};
use super::transaction::Purpose;

/// What is going on with connections.
#[derive(Debug, Default)]
pub(super) struct Connections {
    /// Pairs that want a connection, in order.
    wanted: VecDeque<PairId>,
    /// Pairs whose connection is being opened, with the moment at which they give up, in order.
    opening: VecDeque<(Instant, PairId)>,
    /// Pairs with a connection that was opened for them.
    open: BTreeSet<PairId>,
    /// Connections that nobody needs any more.
    needless: VecDeque<FiveTuple>,
}

/// A connection that the agent wants to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Connect {
    /// The base of an active candidate: from its IP address, and any port that is free.
    pub local: SocketAddr,
    /// Where to.
    pub remote: SocketAddr,
}

impl Connections {
    fn count(&self) -> usize {
        self.opening.len() + self.open.len()
    }

    fn remove(&mut self, id: PairId) {
        self.wanted.retain(|wanted| *wanted != id);
        self.opening.retain(|(_, opening)| *opening != id);
        self.open.remove(&id);
    }

    /// When the first of those that are being opened gives up.
    pub(super) fn next_due_at(&self) -> Option<Instant> {
        self.opening.front().map(|(at, _)| *at)
    }
}

impl Agent {
    /// The next TCP connection that is to be opened, to be answered by
    /// [`handle_connected`](Self::handle_connected) or
    /// [`handle_connect_failed`](Self::handle_connect_failed). To be drained after
    /// [`poll_transmit`](Self::poll_transmit).
    ///
    /// At most [`Config::max_connections`](crate::Config::max_connections) are open or being opened
    /// at once; further pairs wait for their turn.
    #[must_use]
    pub fn poll_connect(&mut self) -> Option<Connect> {
        while self.connections.count() < self.config.max_connections {
            let id = self.connections.wanted.pop_front()?;
            let Some(pair) = self.checklist.get_mut(id) else { continue };
            pair.connections = pair.connections.saturating_add(1);
            let connect = Connect { local: pair.path.local, remote: pair.path.remote };
            let until = self.now + self.config.tcp_answer_wait;
            self.connections.opening.push_back((until, id));
            return Some(connect);
        }
        None
    }

    /// The next TCP connection that the agent does not need any more, opened or accepted: to be
    /// closed, unless something else uses it.
    ///
    /// It waits at most one for each pair that there was since the last call, and for each
    /// connection that was opened in vain.
    #[must_use]
    pub fn poll_disconnect(&mut self) -> Option<FiveTuple> {
        self.connections.needless.pop_front()
    }

    /// A connection that was asked for is open; `local` is the end of it that is ours. `base` and
    /// `remote` are those of the [`Connect`].
    ///
    /// If it is not needed any more, [`poll_disconnect`](Self::poll_disconnect) will tell it.
    pub fn handle_connected(
        &mut self,
        now: Instant,
        base: SocketAddr,
        remote: SocketAddr,
        local: SocketAddr,
    ) {
        self.advance(now);
        let path = FiveTuple { protocol: Protocol::Tcp, local, remote };
        let id = self.find_opening(base, remote);
        let id = id.filter(|id| self.checklist.set_local(*id, local));
        let Some(id) = id else {
            if self.checklist.find(&path).is_none() {
                self.connections.needless.push_back(path);
            }
            return;
        };
        self.connections.remove(id);
        self.connections.open.insert(id);
        let now = self.now;
        let Some(pair) = self.checklist.get_mut(id) else { return };
        pair.link = Link::Opened;
        pair.opened_at = Some(now);
        if pair.state == PairState::InProgress {
            self.checklist.set_state(id, PairState::Waiting);
            self.checklist.trigger(id);
        }
    }

    /// A connection that was asked for could not be opened: its pair has failed. `base` and
    /// `remote` are those of the [`Connect`].
    pub fn handle_connect_failed(&mut self, now: Instant, base: SocketAddr, remote: SocketAddr) {
        self.advance(now);
        if let Some(id) = self.find_opening(base, remote) {
            self.fail_pair(id);
            self.make_way(id);
            self.settle();
        }
    }

    /// A connection is closed, opened or accepted, by whomever. If data was sent on it, another
    /// valid pair takes over if there is one. One that was opened from here is opened again
    /// (RFC 6544, section 11.1), if it was of use before, but not more than a few times if none
    /// lasts; the place of one that the other side has
    /// opened is taken by the next that it opens.
    pub fn handle_disconnected(&mut self, now: Instant, path: &FiveTuple) {
        let now = self.advance(now);
        self.connections.needless.retain(|needless| path_key(needless) != path_key(path));
        self.replies.retain(|reply| path_key(&reply.path) != path_key(path));
        let mut had_use = false;
        if self.previous.as_ref().is_some_and(|previous| previous.is_on(path)) {
            had_use = true;
            self.previous = None;
        }
        let id = self.checklist.find(path).filter(|_| path.protocol == Protocol::Tcp);
        if let Some(pair) = id.and_then(|id| self.checklist.get_mut(id)) {
            had_use |= pair.is_valid;
            // There is nothing left to close.
            pair.link = Link::Closed;
        }
        if had_use && self.is_patience_over {
            // Whoever opened it may do so again, and that takes a while.
            self.is_patience_over = false;
            self.patience_until = Some(now + self.config.patience);
        }
        if let Some(id) = id {
            self.close_link(id, had_use);
        }
        self.settle();
    }

    /// Gives up what took too long to open. True if something did.
    pub(super) fn give_up_opening(&mut self, now: Instant) -> bool {
        let mut has_changed = false;
        while let Some((_, id)) =
            self.connections.opening.front().copied().filter(|(at, _)| *at <= now)
        {
            self.connections.opening.pop_front();
            self.fail_pair(id);
            self.make_way(id);
            has_changed = true;
        }
        has_changed
    }

    /// Asks for the connection of a pair.
    pub(super) fn want_connection(&mut self, id: PairId) {
        let Some(pair) = self.checklist.get_mut(id).filter(|pair| pair.link == Link::Closed) else {
            return;
        };
        pair.link = Link::Opening;
        self.checklist.set_state(id, PairState::InProgress);
        self.connections.wanted.push_back(id);
    }

    /// The pair is not to be used as it is: what there is of a connection is let go. Of a pair whose
    /// connection the other side had opened nothing is left.
    pub(super) fn close_link(&mut self, id: PairId, may_try_again: bool) {
        let Some(pair) = self.checklist.get(id).filter(|pair| pair.link != Link::Datagrams) else {
            return;
        };
        let (remote, base) = (pair.remote, pair.base);
        let is_active = self
            .bases
            .get(&base)
            .and_then(|end| self.locals.get(end.candidate))
            .filter(|local| local.is_active());
        let Some(base) = is_active.map(|local| local.base) else {
            self.remove_pair(id);
            self.forget_remote(remote);
            return;
        };
        let local = pair.local;
        self.drop_transactions(id);
        let now = self.now;
        if let Some(pair) = self.checklist.get_mut(id) {
            if pair.opened_at.take().is_some_and(|at| at + LASTING <= now) {
                pair.connections = 0;
            }
            let link = core::mem::replace(&mut pair.link, Link::Closed);
            if link.is_connection() {
                self.connections.needless.push_back(pair.path);
            }
            pair.is_valid = false;
            pair.is_heard = false;
            pair.consent = Consent::None;
            pair.nomination = Nomination::None;
        }
        self.connections.remove(id);
        self.checklist.set_local(id, base);
        self.forget_use(id);
        // The peer-reflexive candidate that the connection had shown is no more.
        let host = self.checklist.get(id).and_then(|pair| self.bases.get(&pair.base));
        if let Some(host) = host.map(|end| end.candidate).filter(|host| *host != local) {
            self.locals.remove(local);
            if let Some(pair) = self.checklist.get_mut(id) {
                pair.local = host;
            }
        }
        let tried = self.checklist.get(id).map_or(u8::MAX, |pair| pair.connections);
        let state = if may_try_again && tried < MAX_CONNECTIONS_IN_A_ROW {
            PairState::Waiting
        } else {
            PairState::Failed
        };
        self.checklist.set_state(id, state);
    }

    /// What a pair that is taken off the list leaves behind.
    pub(super) fn let_go_of(&mut self, id: PairId, pair: &Pair) {
        self.connections.remove(id);
        if pair.link.is_connection() {
            self.connections.needless.push_back(pair.path);
        }
    }

    /// Lets all connections go but the one on this path.
    pub(super) fn let_go_of_all(&mut self, but: Option<FiveTuple>) {
        let ids: VecDeque<PairId> = self.checklist.ids().collect();
        for id in ids {
            let Some(pair) = self.checklist.get_mut(id) else { continue };
            if pair.link.is_connection() && Some(pair.path) != but {
                self.connections.needless.push_back(pair.path);
            }
            if pair.link != Link::Datagrams {
                pair.link = Link::Closed;
            }
        }
        let needless = core::mem::take(&mut self.connections.needless);
        self.connections = Connections { needless, ..Connections::default() };
    }

    /// Forgets what there was before the restart, and closes its connection.
    pub(super) fn forget_previous(&mut self) {
        let path = self.previous.take().and_then(|previous| previous.path).map(|own| own.path);
        let path = path.filter(|path| path.protocol == Protocol::Tcp);
        if let Some(path) = path.filter(|path| self.checklist.find(path).is_none()) {
            self.connections.needless.push_back(path);
        }
    }

    fn find_opening(&self, base: SocketAddr, remote: SocketAddr) -> Option<PairId> {
        let path = FiveTuple { protocol: Protocol::Tcp, local: base, remote };
        let id = self.checklist.find(&path)?;
        self.checklist.get(id).filter(|pair| pair.link == Link::Opening).map(|_| id)
    }

    fn drop_transactions(&mut self, id: PairId) {
        if let Some(pair) = self.checklist.get_mut(id) {
            pair.check = None;
            pair.cancelled.clear();
        }
        self.transactions.retain(|transaction| {
            !matches!(
                transaction.purpose,
                Purpose::Consent { pair, .. }
                    | Purpose::Probe { pair }
                    | Purpose::Check { pair, .. }
                    | Purpose::Cancelled { pair }
                    if pair == id
            )
        });
    }

    /// Forgets a peer-reflexive remote candidate whose connection is gone: nothing will ever come
    /// from that port again.
    fn forget_remote(&mut self, remote: u32) {
        let candidate = self.remotes.get(remote);
        let known = candidate.filter(|known| known.kind == CandidateKind::PeerReflexive);
        let Some(address) = known.map(Candidate::endpoint) else { return };
        if self.destinations.get(&address).is_some_and(|end| end.pairs == 0) {
            self.destinations.remove(&address);
            self.remotes.remove(remote);
        }
    }
}

/// How often in a row a connection is opened for a pair and does not last.
const MAX_CONNECTIONS_IN_A_ROW: u8 = 4;
/// A connection that was open for so long has lasted.
const LASTING: Duration = Duration::from_secs(10);
