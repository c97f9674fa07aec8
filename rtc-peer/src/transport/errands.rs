//! What the driver has been asked to do, and for whom.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use crate::request::{QueryId, Request};
use crate::rtp::TransportId;

/// The errands that wait to be polled or to be answered.
///
/// Bounded by what asks: 64 remote candidates whose names are not resolved yet.
#[derive(Debug, Default)]
pub(crate) struct Errands {
    next: u64,
    names: BTreeMap<QueryId, Name>,
    requests: VecDeque<Request>,
}

/// A name that is being resolved, and the candidates that wait for it.
#[derive(Debug)]
struct Name {
    name: Box<str>,
    candidates: Vec<NamedCandidate>,
}

/// A remote candidate with a name in place of an address.
#[derive(Debug)]
pub(crate) struct NamedCandidate {
    pub(crate) transport: TransportId,
    /// The other side's generation that it belongs to.
    pub(crate) ufrag: Box<str>,
    pub(crate) candidate: rtc_sdp::Candidate,
}

impl Errands {
    pub(crate) fn poll(&mut self) -> Option<Request> {
        self.requests.pop_front()
    }

    /// Has the name of a remote candidate resolved, once for all candidates that have it. What is
    /// too much is forgotten.
    pub(crate) fn resolve_candidate(&mut self, waiting: NamedCandidate) {
        let count: usize = self.names.values().map(|name| name.candidates.len()).sum();
        let Some(name) = waiting.candidate.address.name().filter(|_| count < MAX_NAMED) else {
            return;
        };
        let name: Box<str> = name.to_ascii_lowercase().into();
        if let Some(known) = self.names.values_mut().find(|known| known.name == name) {
            known.candidates.push(waiting);
            return;
        }
        let query = QueryId(self.draw());
        self.requests.push_back(Request::Resolve { query, host: name.as_ref().into() });
        self.names.insert(query, Name { name, candidates: [waiting].into() });
    }

    /// The candidates that have waited for the answer to `query`; `None` if it is not theirs.
    pub(crate) fn take_named(&mut self, query: QueryId) -> Option<Vec<NamedCandidate>> {
        Some(self.names.remove(&query)?.candidates)
    }

    /// Whether a candidate of this transport waits for its name.
    pub(crate) fn has_named(&self, transport: TransportId) -> bool {
        let mut waiting = self.names.values().flat_map(|name| &name.candidates);
        waiting.any(|candidate| candidate.transport == transport)
    }

    fn draw(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

/// How many remote candidates wait for their names.
const MAX_NAMED: usize = 64;
