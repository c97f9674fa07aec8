//! Which peer has asked: the transaction ids of STUN requests on their way.

use alloc::vec::Vec;

use hashbrown::HashMap;
use rand_core::CryptoRng;
use rtc_core::Instant;
use rtc_ice::stun::TransactionId;

use super::keyed::Keyed;

/// Who has sent a request, and of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asker {
    pub(super) peer: u32,
    /// Whether it was a check, whose answer speaks for the path; otherwise it went to a server,
    /// which may be that of many.
    pub(super) is_check: bool,
}

/// The requests of all peers that await an answer.
#[derive(Debug)]
pub(super) struct Requests {
    askers: HashMap<[u8; 12], Asker, Keyed>,
}

/// Those of one peer, oldest first.
#[derive(Debug, Default)]
pub(super) struct OwnRequests {
    /// With the second of the first transmission.
    list: Vec<([u8; 12], u32)>,
}

impl Requests {
    pub(super) fn new(rng: &mut dyn CryptoRng) -> Self {
        Self { askers: HashMap::with_hasher(Keyed::draw(rng)) }
    }

    pub(super) fn get(&self, id: TransactionId) -> Option<Asker> {
        self.askers.get(&id.0).copied()
    }

    /// Remembers a request; one that is sent again is remembered already.
    pub(super) fn insert(
        &mut self,
        own: &mut OwnRequests,
        id: TransactionId,
        asker: Asker,
        now: Instant,
    ) {
        if self.askers.contains_key(&id.0) {
            return;
        }
        let now = now.since_epoch().as_secs() as u32;
        let is_stale = |at: u32| now.wrapping_sub(at) > LIFETIME;
        let stale = own.list.iter().take_while(|(_, at)| is_stale(*at)).count();
        let excess = (own.list.len() + 1).saturating_sub(MAX_REQUESTS);
        for (old, _) in own.list.drain(..stale.max(excess)) {
            self.askers.remove(&old);
        }
        if own.list.is_empty() {
            own.list.reserve_exact(1);
        }
        own.list.push((id.0, now));
        self.askers.insert(id.0, asker);
    }

    /// Forgets a request that was answered.
    pub(super) fn remove(&mut self, own: &mut OwnRequests, id: TransactionId) {
        self.askers.remove(&id.0);
        own.list.retain(|(known, _)| *known != id.0);
        if own.list.is_empty() && own.list.capacity() > MANY {
            own.list = Vec::new();
        }
    }

    pub(super) fn remove_all(&mut self, own: OwnRequests) {
        for (id, _) in own.list {
            self.askers.remove(&id);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.askers.len()
    }
}

/// How long an answer may take, in seconds: as long as a request is repeated (RFC 8489 section
/// 6.2.1: 39.5 s) and consent lasts.
const LIFETIME: u32 = 40;

/// How many requests of one peer are remembered: more than an agent has pairs.
const MAX_REQUESTS: usize = 256;

/// Above this capacity an empty list gives its memory back.
const MANY: usize = 4;
