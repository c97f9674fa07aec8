//! Two ICE agents and a path between some of their candidates, on virtual time.

use std::collections::BTreeMap;
use std::time::Duration;

use rtc_core::{FiveTuple, Instant};
use rtc_ice::{Agent, Candidate, Config, Role};

use crate::{START, rng};

/// How two agents find each other.
#[derive(Debug, Clone, Copy)]
pub struct IceScene {
    /// How many host candidates each side has.
    pub candidates: u16,
    /// Whether only the last candidates of both sides reach each other, and only them.
    pub only_last_works: bool,
    /// How long a datagram is on its way.
    pub latency: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IceOutcome {
    /// When both sides had a pair to send on.
    pub usable: Duration,
    /// When both sides had a selected pair.
    pub selected: Duration,
    /// The requests that both sides had sent until then.
    pub checks: u64,
}

impl IceScene {
    /// Lets two agents find each other.
    ///
    /// # Panics
    ///
    /// If they do not within a minute.
    pub fn run(self) -> IceOutcome {
        let mut agents = self.agents();
        let mut flights: BTreeMap<(Instant, u64), (usize, FiveTuple, Vec<u8>)> = BTreeMap::new();
        let (mut now, mut sequence, mut usable) = (START, 0, None);
        let mut out = Vec::new();
        loop {
            for (at, agent) in agents.iter_mut().enumerate() {
                agent.handle_timeout(now);
                while let Some(transmit) = agent.poll_transmit(now, &mut out) {
                    let path = FiveTuple::udp(transmit.path.remote, transmit.path.local);
                    let datagram = std::mem::take(&mut out);
                    if self.lets_through(&path) {
                        sequence += 1;
                        flights.insert((now + self.latency, sequence), (1 - at, path, datagram));
                    }
                }
                while agent.poll_event().is_some() {}
            }
            if agents.iter().all(|agent| agent.send_path().is_some()) {
                usable.get_or_insert(now);
            }
            if agents.iter().all(|agent| agent.selected_pair_id().is_some()) {
                break;
            }
            let next = flights.keys().next().map(|(at, _)| *at);
            let [first, second] = agents.each_ref().map(Agent::poll_timeout);
            now = Instant::earliest([next, first, second]).expect("a check or a flight");
            assert!(now < START + Duration::from_secs(60), "they find each other");
            while let Some(entry) = flights.first_entry().filter(|entry| entry.key().0 <= now) {
                let (to, path, datagram) = entry.remove();
                let _refused = agents[to].handle_datagram(now, path, &datagram);
            }
        }
        let checks = agents
            .iter()
            .flat_map(Agent::pairs)
            .map(|pair| pair.requests_sent + pair.retransmissions_sent)
            .sum();
        let since = |moment: Instant| moment.saturating_duration_since(START);
        IceOutcome { usable: since(usable.unwrap_or(now)), selected: since(now), checks }
    }

    fn agents(self) -> [Agent; 2] {
        let roles = [(Role::Controlling, 1), (Role::Controlled, 2)];
        let mut agents =
            roles.map(|(role, seed)| Agent::new(Config::default(), role, START, &mut rng(seed)));
        for at in 0..2 {
            let credentials = agents[at].local_credentials().clone();
            agents[1 - at].set_remote_credentials(START, credentials).expect("they are new");
        }
        let mut told = Vec::new();
        for n in 0..self.candidates {
            for (at, network) in [(0, 1), (1, 2)] {
                let [high, low] = n.to_be_bytes();
                let address = ([10, network, high, low], 1000 + n).into();
                let candidate = Candidate::host(address, u16::MAX - n);
                let own = agents[at].add_local_candidate(START, candidate);
                told.push((1 - at, own.expect("it is possible").expect("it is new")));
            }
        }
        for (to, own) in told {
            let remote = Candidate::remote(own.foundation, own.priority, own.address, own.kind);
            agents[to].add_remote_candidate(START, remote).expect("it is possible");
        }
        agents
    }

    fn lets_through(self, path: &FiveTuple) -> bool {
        let last = 1000 + self.candidates - 1;
        !self.only_last_works || (path.local.port() == last && path.remote.port() == last)
    }
}
