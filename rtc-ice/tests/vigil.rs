//! Data that is sent and not answered: what is done about it before consent runs out.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod common;

use std::time::Duration;

use common::{Pair, addr, reversed};
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_ice::{Config, Event, PathStatus, Role, State};

const SECOND: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(10);

/// Two agents that send each other data, on paths of which one may be broken.
struct Flow {
    pair: Pair,
    /// The port of the first agent whose path is broken.
    broken: Option<u16>,
    /// Who sends data at each tick, and who answers what has come.
    senders: [Does; 2],
    flying: Vec<(Instant, usize, FiveTuple)>,
    /// When data has arrived at each of them.
    arrived: [Vec<Instant>; 2],
}

#[derive(Clone, Copy, PartialEq)]
enum Does {
    Send,
    Answer,
    Nothing,
}

use Does::{Answer, Nothing, Send};

fn both_roles() -> [[Role; 2]; 2] {
    [[Role::Controlling, Role::Controlled], [Role::Controlled, Role::Controlling]]
}

fn is_on(path: FiveTuple, port: u16) -> bool {
    path.local.port() == port || path.remote.port() == port
}

impl Flow {
    /// The first agent has so many sockets, from port 1000 on, and the second one has one.
    fn new(roles: [Role; 2], sockets: u16, round_trip: Duration, senders: [Does; 2]) -> Self {
        let mut pair = Pair::with_roles(Config::default(), roles);
        pair.latency = round_trip / 2;
        pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
        for port in 1001..1000 + sockets {
            let more = pair.add_socket(0, &format!("198.51.100.1:{port}"), 64000 - port);
            pair.tell(0, &more);
        }
        pair.end_of_candidates();
        pair.connect();
        pair.drive(60 * SECOND);
        assert_eq!(pair.states(), [State::Completed; 2]);
        Self { pair, broken: None, senders, flying: Vec::new(), arrived: [Vec::new(), Vec::new()] }
    }

    fn break_path(&mut self, port: u16) {
        self.broken = Some(port);
        self.pair.filter = Box::new(move |_, path, _| !is_on(path, port));
    }

    fn mend_path(&mut self) {
        self.broken = None;
        self.pair.filter = Box::new(|_, _, _| true);
    }

    fn send(&mut self, at: usize) {
        let now = self.pair.now;
        let Some(path) = self.pair.agents[at].send_path() else { return };
        self.pair.agents[at].on_data_sent(now, &path, 1, 1000);
        if self.broken.is_none_or(|port| !is_on(path, port)) {
            self.flying.push((now + self.pair.latency, 1 - at, reversed(path)));
        }
    }

    /// Lets time pass while data flows.
    fn run(&mut self, time: Duration) {
        let end = self.pair.now + time;
        while self.pair.now < end {
            self.pair.drive(TICK);
            let now = self.pair.now;
            let (due, rest) = self.flying.drain(..).partition(|(at, ..)| *at <= now);
            self.flying = rest;
            let due: Vec<_> = due;
            for (_, to, path) in due {
                if !self.pair.addresses[to].contains(&path.local)
                    || self.pair.agents[to].path_status(&path) != PathStatus::Valid
                {
                    continue;
                }
                self.pair.agents[to].on_data_received(now, &path, 1000);
                self.arrived[to].push(now);
                if self.senders[to] == Answer {
                    self.send(to);
                }
            }
            for at in 0..2 {
                if self.senders[at] == Send {
                    self.send(at);
                }
            }
            self.pair.drain();
        }
    }

    /// The longest time without data at one of them, since `from`.
    fn gap(&self, at: usize, from: Instant) -> Duration {
        let moments = self.arrived[at].iter().copied().filter(|moment| *moment >= from);
        let mut last = from;
        let mut longest = Duration::ZERO;
        for moment in moments.chain([self.pair.now]) {
            longest = longest.max(moment.saturating_duration_since(last));
            last = moment;
        }
        longest
    }

    fn is_on(&self, port: u16) -> bool {
        self.pair.agents[0].send_path().is_some_and(|path| path.local.port() == port)
            && self.pair.agents[1].send_path().is_some_and(|path| path.remote.port() == port)
    }

    fn was_disconnected(&self) -> bool {
        (0..2).any(|at| self.pair.states_of(at).contains(&State::Disconnected))
    }

    fn requests(&self) -> u64 {
        let agents = self.pair.agents.iter();
        agents.flat_map(|agent| agent.pairs()).map(|pair| pair.requests_sent).sum()
    }
}

#[test]
fn data_that_a_path_swallows_goes_on_over_another_one_after_a_few_round_trips() {
    let milliseconds = Duration::from_millis;
    for (round_trip, most) in [(2, 620), (20, 660), (100, 1000), (300, 2200)] {
        for roles in both_roles() {
            for senders in [[Send, Answer], [Answer, Send], [Send, Send]] {
                let mut flow = Flow::new(roles, 2, milliseconds(round_trip), senders);
                flow.run(5 * SECOND);
                let broke = flow.pair.now;
                flow.break_path(1000);
                flow.run(10 * SECOND);
                let gap = flow.gap(0, broke).max(flow.gap(1, broke));
                println!("round trip {round_trip} ms, {roles:?}: nothing for {gap:?}");
                assert!(gap <= milliseconds(most), "{round_trip} ms, {roles:?}: {gap:?}");
                assert!(flow.is_on(1001));
                assert!(!flow.was_disconnected());
                for agent in &flow.pair.agents {
                    let selected = agent.selected_pair().unwrap().path;
                    assert_eq!(Some(selected), agent.send_path(), "nominated");
                }
                flow.mend_path();
                flow.run(60 * SECOND);
                assert!(flow.is_on(1001), "and stays");
                assert_eq!(flow.pair.states(), [State::Completed; 2]);
            }
        }
    }
}

#[test]
fn a_short_silence_moves_nothing() {
    for roles in both_roles() {
        let mut flow = Flow::new(roles, 2, 2 * TICK, [Send, Answer]);
        for _ in 0..10 {
            flow.run(11 * SECOND);
            flow.break_path(1000);
            // Half a second is borne as well, unless the other side happens to check a pair that
            // stands by meanwhile, which looks as if it had left.
            flow.run(Duration::from_millis(350));
            flow.mend_path();
        }
        flow.run(SECOND);
        assert!(flow.is_on(1000));
        assert_eq!([flow.pair.selections(0).len(), flow.pair.selections(1).len()], [1, 1]);
        assert!(!flow.was_disconnected());
    }
}

#[test]
fn what_is_answered_is_checked_for_consent_only() {
    for senders in [[Send, Answer], [Answer, Send], [Send, Send], [Nothing, Nothing]] {
        let mut flow = Flow::new(both_roles()[0], 2, 2 * TICK, senders);
        let before = flow.requests();
        flow.run(60 * SECOND);
        // 12 of each agent for consent and 3 for the other pair, more or less.
        let count = flow.requests() - before;
        assert!((24..=38).contains(&count), "{count}");
    }
}

#[test]
fn a_last_word_that_nobody_answers_causes_no_check() {
    let mut flow = Flow::new(both_roles()[0], 2, 2 * TICK, [Nothing, Nothing]);
    let before = flow.requests();
    for _ in 0..10 {
        flow.send(0);
        flow.run(Duration::from_millis(300));
        flow.pair.agents[0].on_data_received(
            flow.pair.now,
            &flow.pair.agents[0].send_path().unwrap(),
            1000,
        );
    }
    assert!(flow.requests() - before <= 2, "those of consent");
}

#[test]
fn a_peer_that_only_listens_is_checked_once_a_second_and_not_left() {
    let mut flow = Flow::new(both_roles()[0], 2, 2 * TICK, [Send, Nothing]);
    let before = flow.requests();
    flow.run(60 * SECOND);
    // On both pairs, beside what consent wants of both agents.
    let count = flow.requests() - before;
    assert!((60..=2 * 60 + 40).contains(&count), "{count}");
    assert!(flow.is_on(1000) && !flow.was_disconnected());
    assert_eq!(flow.pair.selections(0).len(), 1);
    // And its end is noticed no later than in two seconds.
    let broke = flow.pair.now;
    flow.break_path(1000);
    flow.run(10 * SECOND);
    let gap = flow.gap(1, broke);
    println!("nothing for {gap:?}");
    assert!(gap <= 2 * SECOND, "{gap:?}");
}

#[test]
fn without_another_path_trouble_is_told_after_two_to_three_seconds_and_so_is_its_end() {
    for roles in both_roles() {
        let mut flow = Flow::new(roles, 1, 2 * TICK, [Send, Answer]);
        flow.run(SECOND);
        let broke = flow.pair.now;
        flow.break_path(1000);
        flow.run(10 * SECOND);
        let told = |state| {
            let events = flow.pair.events[0].iter().rev();
            let mut told = events.filter(|(_, event)| *event == Event::StateChange(state));
            told.next().map(|(at, _)| *at)
        };
        let told = told(State::Disconnected).unwrap().saturating_duration_since(broke);
        println!("told after {told:?}");
        assert!(2 * SECOND <= told && told <= 2500 * TICK / 10, "{told:?}");
        assert!(flow.pair.agents[0].send_path().is_some(), "there still is consent");
        // It costs one check a second.
        let before = flow.requests();
        flow.run(10 * SECOND);
        assert!(flow.requests() - before <= 30, "{}", flow.requests() - before);
        flow.mend_path();
        flow.run(2 * SECOND);
        assert_eq!(flow.pair.states(), [State::Completed; 2]);
        flow.break_path(1000);
        flow.run(40 * SECOND);
        assert!(flow.pair.agents.iter().all(|agent| agent.send_path().is_none()), "consent ends");
    }
}

#[test]
fn a_host_that_is_told_of_trouble_does_not_wait_for_silence() {
    for roles in both_roles() {
        let mut flow = Flow::new(roles, 2, 2 * TICK, [Send, Answer]);
        flow.run(5 * SECOND);
        let broke = flow.pair.now;
        flow.break_path(1000);
        flow.pair.agents[0].doubt_local(broke, Protocol::Udp, addr("192.0.2.1:1000"));
        flow.run(10 * SECOND);
        let gap = flow.gap(0, broke).max(flow.gap(1, broke));
        println!("{roles:?}: nothing for {gap:?}");
        assert!(gap <= 15 * TICK, "{gap:?}");
        assert!(flow.is_on(1001) && !flow.was_disconnected());
        assert_eq!(flow.pair.agents[1].selected_pair().unwrap().path.remote.port(), 1001);
    }
}

#[test]
fn a_host_that_is_told_of_trouble_in_vain_stays() {
    let mut flow = Flow::new(both_roles()[0], 2, 2 * TICK, [Send, Answer]);
    for _ in 0..50 {
        let now = flow.pair.now;
        flow.pair.agents[0].doubt_local(now, Protocol::Udp, addr("192.0.2.1:1000"));
        flow.pair.agents[0].doubt_local(now, Protocol::Udp, addr("192.0.2.77:1000"));
        flow.run(SECOND / 5);
    }
    assert!(flow.is_on(1000) && !flow.was_disconnected());
}

#[test]
fn a_peer_that_goes_on_over_another_pair_is_followed_before_it_nominates() {
    for roles in both_roles() {
        for senders in [[Send, Answer], [Answer, Send], [Send, Send]] {
            let mut flow = Flow::new(roles, 2, 2 * TICK, senders);
            flow.run(5 * SECOND);
            let broke = flow.pair.now;
            let gone = addr("192.0.2.1:1000");
            flow.break_path(1000);
            flow.pair.addresses[0].remove(&gone);
            flow.pair.agents[0].remove_local(broke, Protocol::Udp, gone);
            if senders[0] == Answer {
                // As SCTP does on another path.
                flow.send(0);
            }
            flow.run(10 * SECOND);
            let gap = flow.gap(0, broke).max(flow.gap(1, broke));
            println!("{roles:?}: nothing for {gap:?}");
            assert!(gap <= 20 * TICK, "{roles:?}: {gap:?}");
            assert!(flow.is_on(1001) && !flow.was_disconnected());
        }
    }
}

#[test]
fn data_on_paths_that_are_not_valid_moves_nothing() {
    let mut flow = Flow::new(both_roles()[0], 2, 2 * TICK, [Send, Answer]);
    let before = flow.requests();
    let stranger = FiveTuple::udp(addr("198.51.100.1:1001"), addr("203.0.113.7:7"));
    for _ in 0..100 {
        let now = flow.pair.now;
        flow.pair.agents[0].on_data_received(now, &stranger, 1000);
        flow.run(TICK);
    }
    assert!(flow.requests() - before <= 2);
    assert!(flow.is_on(1000));
}

#[test]
fn whoever_does_not_want_it_waits_for_consent() {
    let mut config = Config::default();
    config.answer_patience = Duration::MAX;
    let mut pair = Pair::with_roles(config, both_roles()[0]);
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.connect();
    pair.drive(10 * SECOND);
    let before = pair.sent;
    let path = pair.agents[0].send_path().unwrap();
    for _ in 0..100 {
        pair.agents[0].on_data_sent(pair.now, &path, 1, 100);
        pair.drive(10 * TICK);
    }
    assert!(pair.sent[0] - before[0] <= 6, "requests for consent and answers");
}

#[test]
fn where_many_pairs_break_with_the_selected_one_another_is_nominated_soon() {
    for roles in both_roles() {
        for removed in [false, true] {
            let mut pair = Pair::with_roles(Config::default(), roles);
            // On each side the socket of the better network can also reach the worse one.
            pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
            for at in 0..2 {
                let address = format!("198.51.100.{}:{}", at + 1, 1001 + 1000 * at);
                let more = pair.add_socket(at, &address, 64000);
                pair.tell(at, &more);
            }
            pair.end_of_candidates();
            pair.connect();
            pair.drive(30 * SECOND);
            let (flying, arrived) = (Vec::new(), [Vec::new(), Vec::new()]);
            let mut flow = Flow { pair, broken: None, senders: [Send, Answer], flying, arrived };
            flow.run(5 * SECOND);
            assert!(flow.is_on(1000));
            let broke = flow.pair.now;
            flow.break_path(1000);
            flow.pair.filter =
                Box::new(|_, path, _| [1000, 2000].iter().all(|broken| !is_on(path, *broken)));
            if removed {
                let gone = addr("192.0.2.1:1000");
                flow.pair.addresses[0].remove(&gone);
                flow.pair.agents[0].remove_local(broke, Protocol::Udp, gone);
            }
            flow.run(SECOND);
            for agent in &flow.pair.agents {
                let selected = agent.selected_pair().unwrap().path;
                let ports = [1001, 2001];
                assert!(ports.iter().all(|port| is_on(selected, *port)), "{roles:?} {selected}");
                assert_eq!(agent.send_path(), Some(selected));
            }
            flow.run(30 * SECOND);
            assert_eq!(flow.pair.states(), [State::Completed; 2]);
        }
    }
}
