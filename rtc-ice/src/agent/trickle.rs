//! Candidates that come and go at any time (RFC 8838).

use alloc::collections::VecDeque;
use core::net::SocketAddr;

use rtc_core::{Instant, Protocol};

use super::address::{Endpoint, is_possible, may_connect_to};
use super::candidate::{Candidate, CandidateKind};
use super::candidates::End;
use super::machine::Agent;
use super::pair::PairId;
use super::state::State;
use super::tcp_type::TcpType;
use crate::error::AddCandidateError;

impl Agent {
    /// Adds a local candidate and pairs it with the remote ones.
    ///
    /// Gives back the candidate as it is to be signalled, with a foundation if it had none. `None`
    /// if there is one already with the same address and base, or if its component is not 1.
    ///
    /// # Errors
    ///
    /// If it cannot be a local candidate of this agent; see [`AddCandidateError`].
    pub fn add_local_candidate(
        &mut self,
        now: Instant,
        mut candidate: Candidate,
    ) -> Result<Option<Candidate>, AddCandidateError> {
        self.check_candidate(&candidate)?;
        if !is_possible(candidate.base) {
            return Err(AddCandidateError::Address);
        }
        if candidate.base.is_ipv4() != candidate.address.is_ipv4() {
            return Err(AddCandidateError::Base);
        }
        let is_usual = candidate.kind == CandidateKind::Host
            && candidate.tcp_type != Some(TcpType::SimultaneousOpen);
        if candidate.protocol == Protocol::Tcp && !is_usual {
            return Err(AddCandidateError::Protocol);
        }
        if self.config.lite && !Self::is_for_lite(&candidate) {
            return Err(AddCandidateError::Lite);
        }
        let known = self.locals.find(candidate.protocol, candidate.address, candidate.base);
        if candidate.component != 1 || known.is_some() {
            return Ok(None);
        }
        let limit = self.config.max_local_candidates;
        if self.locals.len() >= limit {
            return Err(AddCandidateError::Full { limit });
        }
        self.advance(now);
        if candidate.foundation.as_str().is_empty() {
            candidate.foundation = self.foundations.of(&candidate, limit);
        }
        let base = candidate.origin();
        let local = self.locals.insert(candidate.clone());
        match self.bases.get_mut(&base) {
            // A server-reflexive candidate gives no pair of its own: what is sent for it is sent
            // from its base (RFC 8445, section 6.1.2.4).
            Some(end) => {
                let old = self.locals.get(end.candidate).map_or(0, |local| local.priority);
                if candidate.priority > old {
                    end.candidate = local;
                    self.renew_priorities();
                }
            }
            None => {
                self.bases.insert(base, End::new(local));
                self.pair_local(base);
            }
        }
        self.select_without_checks();
        self.update_state();
        Ok(Some(candidate))
    }

    /// Adds a remote candidate and pairs it with the local ones. True if it is news: a candidate
    /// that was known only from a check becomes the signalled one.
    ///
    /// False if it is known already, if its component is not 1, or if it is one for simultaneous
    /// open, which this agent has none to pair with. A TCP candidate that is active is taken note of
    /// and gives no pair: its checks will come over connections that the other side opens.
    ///
    /// # Errors
    ///
    /// If it cannot be a remote candidate of this agent; see [`AddCandidateError`].
    pub fn add_remote_candidate(
        &mut self,
        now: Instant,
        mut candidate: Candidate,
    ) -> Result<bool, AddCandidateError> {
        self.check_candidate(&candidate)?;
        if candidate.component != 1 {
            return Ok(false);
        }
        if candidate.tcp_type == Some(TcpType::SimultaneousOpen) {
            return Ok(false);
        }
        if candidate.tcp_type == Some(TcpType::Passive) && !may_connect_to(candidate.address) {
            return Err(AddCandidateError::Port);
        }
        candidate.base = candidate.address;
        let address = candidate.endpoint();
        if let Some(end) = self.destinations.get(&address) {
            let known = self.remotes.get_mut(end.candidate);
            let Some(known) = known.filter(|known| known.kind == CandidateKind::PeerReflexive)
            else {
                return Ok(false);
            };
            *known = candidate;
            self.advance(now);
            self.renew_priorities();
            // With relays it was not paired as long as it could be a hidden host.
            self.pair_remote(address);
            self.consider_nomination();
            return Ok(true);
        }
        let limit = self.config.max_remote_candidates;
        if self.remotes.len() >= limit {
            return Err(AddCandidateError::Full { limit });
        }
        self.advance(now);
        let remote = self.remotes.insert(candidate);
        self.destinations.insert(address, End::new(remote));
        self.pair_remote(address);
        self.select_without_checks();
        self.update_state();
        Ok(true)
    }

    /// Says that there will be no more local candidates.
    pub fn end_of_local_candidates(&mut self, now: Instant) {
        self.advance(now);
        self.is_local_complete = true;
        self.update_state();
    }

    /// Says that the other side will signal no more candidates (RFC 8838, section 14).
    pub fn end_of_remote_candidates(&mut self, now: Instant) {
        self.advance(now);
        self.is_remote_complete = true;
        self.update_state();
    }

    /// Removes all local candidates with this base, and their pairs: a socket or an interface is
    /// gone. If data was sent on one of them, another valid pair takes over if there is one, and
    /// checks begin again.
    ///
    /// Of a passive TCP candidate it is the listener that is gone, with the connections that it has
    /// accepted; of an active one, the address that it opens connections from.
    pub fn remove_local(&mut self, now: Instant, protocol: Protocol, base: SocketAddr) {
        self.advance(now);
        let base = Endpoint::new(protocol, base);
        if self.bases.remove(&base).is_none() {
            return;
        }
        self.locals.retain(|local| local.origin() != base);
        let gone: VecDeque<PairId> =
            self.checklist.iter().filter(|(_, pair)| pair.base == base).map(|(id, _)| id).collect();
        for id in gone {
            self.remove_pair(id);
        }
        self.replies.retain(|reply| Endpoint::local_of(&reply.path) != base);
        if self.previous.as_ref().is_some_and(|previous| previous.leaves_from(base)) {
            self.forget_previous();
        }
        self.settle();
    }

    fn check_candidate(&self, candidate: &Candidate) -> Result<(), AddCandidateError> {
        let mut address = candidate.address;
        if candidate.tcp_type == Some(TcpType::Active) {
            // Nobody connects to it.
            address.set_port(1);
        }
        if self.state == State::Closed {
            Err(AddCandidateError::Closed)
        } else if candidate.tcp_type.is_some() != (candidate.protocol == Protocol::Tcp) {
            Err(AddCandidateError::TcpType)
        } else if candidate.kind == CandidateKind::PeerReflexive {
            Err(AddCandidateError::PeerReflexive)
        } else if !is_possible(address) {
            Err(AddCandidateError::Address)
        } else {
            Ok(())
        }
    }
}
