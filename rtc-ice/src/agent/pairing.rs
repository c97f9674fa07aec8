//! Which candidates are paired, and which pairs are kept (RFC 8445, section 6.1.2).

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::cmp::Reverse;

use rtc_core::{FiveTuple, Protocol};

use super::address::{Endpoint, are_pairable, in_zone_of};
use super::candidate::{Candidate, CandidateKind};
use super::candidates::{Candidates, End};
use super::machine::Agent;
use super::pair::{Link, Pair, PairId};
use super::priority::pair_priority;
use super::state::Role;
use super::tcp_type::TcpType;
use super::transaction::Purpose;
use crate::sorted::SortedMap;

impl Agent {
    pub(super) fn pair_local(&mut self, base: Endpoint) {
        if !self.pairs_candidates() {
            return;
        }
        self.widen_refill();
        let own = self.bases.get(&base).and_then(|end| self.locals.get(end.candidate));
        let own_priority = own.map_or(0, |own| own.priority);
        let rank = self.bases.len().saturating_sub(1);
        let (mut floor, mut has_pair) = (0, false);
        for partner in self.partners(&self.destinations, &self.remotes, rank) {
            let priority = self.priority_of(own_priority, partner.priority);
            if self.is_hopeless(has_pair, partner.has_pair, priority, floor) {
                self.note_discarded();
            } else {
                let found = Found::BySignalling;
                let added = self.add_pair_above(base, partner.end, &mut floor, found);
                has_pair |= added.is_some();
            }
        }
    }

    pub(super) fn pair_remote(&mut self, address: Endpoint) {
        if !self.pairs_candidates() {
            return;
        }
        self.widen_refill();
        let own = self.destinations.get(&address).and_then(|end| self.remotes.get(end.candidate));
        let own_priority = own.map_or(0, |own| own.priority);
        let rank = self.destinations.len().saturating_sub(1);
        let (mut floor, mut has_pair) = (0, false);
        for partner in self.partners(&self.bases, &self.locals, rank) {
            let priority = self.priority_of(partner.priority, own_priority);
            if self.is_hopeless(has_pair, partner.has_pair, priority, floor) {
                self.note_discarded();
            } else {
                let found = Found::BySignalling;
                let added = self.add_pair_above(partner.end, address, &mut floor, found);
                has_pair |= added.is_some();
            }
        }
    }

    /// Whether a pair of candidates that both have others would be refused, so that most of the
    /// pairs of many candidates are not even looked at.
    fn is_hopeless(
        &self,
        has_pair: bool,
        partner_has_pair: bool,
        priority: u64,
        floor: u64,
    ) -> bool {
        has_pair
            && partner_has_pair
            && priority <= floor
            && self.checklist.len() >= self.config.max_pairs
    }

    /// Adds the pair of a base and a remote address from which a check has come, for which one that
    /// nothing has been heard on makes way.
    pub(super) fn add_heard_pair(&mut self, base: Endpoint, address: Endpoint) -> Option<PairId> {
        self.add_pair_above(base, address, &mut 0, Found::ByCheck)
    }

    /// The same for one of many: a pair that its candidates do not need is refused at once if its
    /// priority is not above `floor`, to which refusals raise it.
    fn add_pair_above(
        &mut self,
        base: Endpoint,
        address: Endpoint,
        floor: &mut u64,
        found: Found,
    ) -> Option<PairId> {
        let (local_end, remote_end) = (self.bases.get(&base)?, self.destinations.get(&address)?);
        let (local, remote) = (local_end.candidate, remote_end.candidate);
        let has_others = local_end.pairs != 0 && remote_end.pairs != 0;
        let is_needed = found == Found::ByCheck || !has_others;
        let (near, far) = (self.locals.get(local)?, self.remotes.get(remote)?);
        if !are_pairable(near.base, far.address) {
            return None;
        }
        let link = link_between(near, far, found)?;
        let priority = self.priority_of(near.priority, far.priority);
        let is_full = self.checklist.len() >= self.config.max_pairs;
        if is_full && !is_needed && priority <= *floor {
            self.note_discarded();
            return None;
        }
        let path = FiveTuple {
            protocol: near.protocol,
            local: near.base,
            remote: in_zone_of(near.base, far.address),
        };
        if self.checklist.find(&path).is_some() {
            return None;
        }
        let foundation = (near.foundation, far.foundation);
        if is_full {
            let victim = self.expendable(base, address, priority, is_needed);
            let Some(victim) = victim.or_else(|| self.unheard(found)) else {
                if !is_needed {
                    *floor = priority;
                }
                if found == Found::BySignalling {
                    self.note_discarded();
                }
                // A check for which there is no room is refused, and has changed nothing.
                return None;
            };
            self.remove_pair(victim);
            self.note_discarded();
        }
        if let Some(end) = self.bases.get_mut(&base) {
            end.pairs += 1;
        }
        if let Some(end) = self.destinations.get_mut(&address) {
            end.pairs += 1;
        }
        let pair = Pair::new(path, base, link, (local, remote), foundation, priority);
        let is_late = self.selected.is_some() && !self.is_searching();
        Some(self.checklist.insert(pair, is_late))
    }

    /// Whether there can be a pair of a base and a remote address, and is none.
    pub(super) fn can_pair(&self, base: Endpoint, address: Endpoint) -> bool {
        let near = self.bases.get(&base).and_then(|end| self.locals.get(end.candidate));
        let far = self.destinations.get(&address).and_then(|end| self.remotes.get(end.candidate));
        let (Some(near), Some(far)) = (near, far) else { return false };
        let path = FiveTuple {
            protocol: near.protocol,
            local: near.base,
            remote: in_zone_of(near.base, far.address),
        };
        are_pairable(near.base, far.address)
            && link_between(near, far, Found::BySignalling).is_some()
            && self.checklist.find(&path).is_none()
    }

    /// Adds a pair that has found no room, where another one has made way. Whether it was added.
    pub(super) fn add_discarded(&mut self, base: Endpoint, address: Endpoint) -> bool {
        self.add_pair_above(base, address, &mut 0, Found::BySignalling).is_some()
    }

    /// Forgets a pair and all that hangs on it, without choosing another.
    pub(super) fn remove_pair(&mut self, id: PairId) {
        let Some(pair) = self.checklist.remove(id) else { return };
        self.let_go_of(id, &pair);
        for (ends, address) in [
            (&mut self.bases, pair.base),
            (&mut self.destinations, Endpoint::remote_of(&pair.path)),
        ] {
            if let Some(end) = ends.get_mut(&address) {
                end.pairs = end.pairs.saturating_sub(1);
            }
        }
        for check in pair.check.into_iter().chain(pair.cancelled) {
            self.transactions.remove(check);
        }
        if pair.is_valid {
            self.transactions.retain(|transaction| {
                !matches!(
                    transaction.purpose,
                    Purpose::Consent { pair, .. } | Purpose::Probe { pair } if pair == id
                )
            });
        }
        self.forget_use(id);
        self.backups.remove(&id);
    }

    /// The pair is neither selected nor sent on any more.
    pub(super) fn forget_use(&mut self, id: PairId) {
        if self.nominating == Some(id) {
            self.nominating = None;
        }
        if self.selected == Some(id) {
            self.selected = None;
        }
        if self.sending.is_some_and(|(sending, _)| sending == id) {
            self.sending = None;
        }
    }

    /// Computes the priority of each pair anew, after a candidate or the role has changed.
    pub(super) fn renew_priorities(&mut self) {
        let ids: VecDeque<PairId> = self.checklist.ids().collect();
        for id in ids {
            let Some(pair) = self.checklist.get(id) else { continue };
            let near = self.bases.get(&pair.base).map(|end| end.candidate);
            let near = near.and_then(|near| self.locals.get(near)).map_or(0, |near| near.priority);
            let far = self.remotes.get(pair.remote).map_or(0, |far| far.priority);
            let priority = self.priority_of(near, far);
            self.checklist.set_priority(id, priority);
        }
    }

    /// The ends on one side in the order of their candidates' priorities. If the list of pairs is
    /// full, the order begins at another of them for each new candidate: the one pair that a
    /// candidate gets then is with a partner that few others have got.
    fn partners(
        &self,
        ends: &SortedMap<Endpoint, End>,
        candidates: &Candidates,
        rank: usize,
    ) -> Vec<Partner> {
        let mut partners: Vec<Partner> = ends
            .iter()
            .map(|(end, of)| Partner {
                end: *end,
                priority: candidates.get(of.candidate).map_or(0, |own| own.priority),
                has_pair: of.pairs > 0,
            })
            .collect();
        partners.sort_by_key(|partner| Reverse(partner.priority));
        if self.checklist.len() >= self.config.max_pairs && !partners.is_empty() {
            let first = rank % partners.len();
            partners.rotate_left(first);
        }
        partners
    }

    /// The pair that makes way for a new one: the worst of those that nothing has been heard on and
    /// that leave no candidate without a pair. A new pair that its candidates do not need takes the
    /// place of a worse one only.
    fn expendable(
        &self,
        base: Endpoint,
        address: Endpoint,
        priority: u64,
        is_needed: bool,
    ) -> Option<PairId> {
        let has_others = |ends: &SortedMap<Endpoint, End>, end: Endpoint, new: Endpoint| {
            end == new || ends.get(&end).is_some_and(|end| end.pairs > 1)
        };
        self.checklist
            .iter_worst_first()
            .take_while(|(_, pair)| is_needed || pair.priority < priority)
            .find(|(_, pair)| {
                !pair.is_valid
                    && !pair.is_heard
                    && has_others(&self.bases, pair.base, base)
                    && has_others(&self.destinations, Endpoint::remote_of(&pair.path), address)
            })
            .map(|(id, _)| id)
    }

    /// The pair that makes way for one that the other side has checked, whoever loses its only one:
    /// that it works in one direction is more than is known of any of these.
    fn unheard(&self, found: Found) -> Option<PairId> {
        let is_unheard = |pair: &Pair| !pair.is_valid && !pair.is_heard;
        self.checklist
            .iter_worst_first()
            .find(|(_, pair)| found == Found::ByCheck && is_unheard(pair))
            .map(|(id, _)| id)
    }

    fn priority_of(&self, local: u32, remote: u32) -> u64 {
        match self.role {
            Role::Controlling => pair_priority(local, remote),
            Role::Controlled => pair_priority(remote, local),
        }
    }
}

/// An end that a candidate may be paired with.
#[derive(Debug, Clone, Copy)]
struct Partner {
    end: Endpoint,
    priority: u32,
    has_pair: bool,
}

/// How a pair came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    BySignalling,
    /// A check has come on its path.
    ByCheck,
}

/// What carries the datagrams of two candidates, or `None` if they do not go together.
///
/// Over TCP our active candidates go with passive ones of the other side. Pairs of our passive
/// ones are found by the checks that come, over connections that the other side has opened
/// (RFC 6544, section 6.2).
fn link_between(near: &Candidate, far: &Candidate, found: Found) -> Option<Link> {
    // The relay's server would learn where a host is that hides behind a name; who is heard before
    // its name has come, or is resolved, may be such a host
    // (draft-ietf-mmusic-mdns-ice-candidates, "Interactions With TURN Servers").
    let may_hide =
        far.is_hidden || (far.kind == CandidateKind::PeerReflexive && found == Found::BySignalling);
    if may_hide && near.kind == CandidateKind::Relayed {
        return None;
    }
    match (near.protocol, far.protocol) {
        (Protocol::Udp, Protocol::Udp) => Some(Link::Datagrams),
        (Protocol::Tcp, Protocol::Tcp) => match (near.tcp_type, far.tcp_type, found) {
            (Some(TcpType::Active), Some(TcpType::Passive), Found::BySignalling) => {
                Some(Link::Closed)
            }
            (Some(TcpType::Passive), Some(TcpType::Active), Found::ByCheck) => Some(Link::Accepted),
            _ => None,
        },
        (Protocol::Udp, Protocol::Tcp) | (Protocol::Tcp, Protocol::Udp) => None,
    }
}
