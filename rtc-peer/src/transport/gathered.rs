//! What the descriptions of a transport say of its candidates.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::SocketAddr;

use rtc_core::Protocol;
use rtc_ice::TcpType;

use crate::state::IceGatheringState;

/// The local candidates of a generation.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) state: IceGatheringState,
    /// The m-section that speaks for the transport: its index and mid.
    pub(crate) section: (u16, String),
    /// As descriptions carry them.
    candidates: Vec<rtc_sdp::Candidate>,
    /// What each of these is of.
    origins: Vec<Origin>,
    /// The generations, by ufrag, that candidates were gathered for; the last few of them, so that
    /// the rollback of a restart is known for what it is.
    generations: VecDeque<String>,
}

/// What tells a local candidate from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Origin {
    protocol: Protocol,
    tcp_type: Option<TcpType>,
    address: SocketAddr,
    base: SocketAddr,
}

impl Gathered {
    /// Begins a generation; `false` if it has been one before.
    pub(crate) fn begin(&mut self, ufrag: &str) -> bool {
        if self.generations.iter().any(|known| known == ufrag) {
            return false;
        }
        if self.generations.len() >= MAX_GENERATIONS {
            self.generations.pop_front();
        }
        self.generations.push_back(ufrag.into());
        self.candidates.clear();
        self.origins.clear();
        self.state = IceGatheringState::Gathering;
        true
    }

    pub(crate) fn candidates(&self) -> &[rtc_sdp::Candidate] {
        &self.candidates
    }

    /// Whether this generation does not have the candidate.
    pub(crate) fn is_new(&self, candidate: &rtc_ice::Candidate) -> bool {
        !self.origins.contains(&Origin::of(candidate))
    }

    /// Adds a candidate, with what descriptions say of it.
    pub(crate) fn push(&mut self, candidate: &rtc_ice::Candidate, described: rtc_sdp::Candidate) {
        // Most have one or two, for as long as they live.
        self.candidates.reserve_exact(1);
        self.origins.reserve_exact(1);
        self.candidates.push(described);
        self.origins.push(Origin::of(candidate));
    }

    /// Removes the candidates with a base that is gone.
    pub(crate) fn remove(&mut self, protocol: Protocol, base: SocketAddr) {
        let is_gone = |origin: &Origin| (origin.protocol, origin.base) == (protocol, base);
        let mut origins = self.origins.iter();
        self.candidates.retain(|_| !origins.next().is_some_and(is_gone));
        self.origins.retain(|origin| !is_gone(origin));
    }
}

impl Origin {
    fn of(candidate: &rtc_ice::Candidate) -> Self {
        let rtc_ice::Candidate { protocol, tcp_type, address, base, .. } = *candidate;
        Self { protocol, tcp_type, address, base }
    }
}

/// How many generations are remembered: more than one exchange of descriptions can bring.
const MAX_GENERATIONS: usize = 4;
