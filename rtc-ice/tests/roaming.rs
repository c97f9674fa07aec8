//! Hosts that move: sockets that go and come during a call, and pairs that stand by for that.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod common;

use std::time::Duration;

use common::{Pair, addr, reversed, rng};
use rtc_core::{Instant, Protocol};
use rtc_ice::{Candidate, CandidateKind, Config, Event, Role, State};

const SECOND: Duration = Duration::from_secs(1);

/// The first agent has two sockets, the second one, in some role.
fn two_ways(roles: [Role; 2]) -> Pair {
    let mut pair = Pair::with_roles(Config::default(), roles);
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    let second = pair.add_socket(0, "198.51.100.1:1001", 65000);
    pair.tell(0, &second);
    pair.end_of_candidates();
    pair.connect();
    pair.drive(60 * SECOND);
    assert_eq!(pair.states(), [State::Completed; 2]);
    assert_eq!(pair.agents[0].send_path().unwrap().local.port(), 1000);
    pair
}

fn both_roles() -> [[Role; 2]; 2] {
    [[Role::Controlling, Role::Controlled], [Role::Controlled, Role::Controlling]]
}

fn was_disconnected(pair: &Pair) -> bool {
    (0..2).any(|at| pair.states_of(at).contains(&State::Disconnected))
}

#[test]
fn when_the_socket_goes_data_goes_on_over_another_pair_at_once() {
    for roles in both_roles() {
        let mut pair = two_ways(roles);
        pair.addresses[0].remove(&addr("192.0.2.1:1000"));
        pair.agents[0].remove_local(pair.now, Protocol::Udp, addr("192.0.2.1:1000"));
        let path = pair.agents[0].send_path().expect("another valid pair");
        assert_eq!(path.local, addr("198.51.100.1:1001"));
        pair.drive(30 * SECOND);
        assert!(!was_disconnected(&pair), "{roles:?}");
        assert_eq!(pair.agents[0].send_path(), Some(path));
        assert_eq!(pair.agents[1].send_path(), Some(reversed(path)));
        assert!(pair.are_selected());
        pair.drive(60 * SECOND);
        assert_eq!(pair.states(), [State::Completed; 2]);
    }
}

#[test]
fn a_path_that_breaks_is_left_after_one_missing_answer_and_nobody_is_told_of_trouble() {
    for roles in both_roles() {
        let mut pair = two_ways(roles);
        pair.filter =
            Box::new(|_, path, _| path.local.port() != 1000 && path.remote.port() != 1000);
        let broke = pair.now;
        let moved = |pair: &Pair| {
            pair.agents[0].send_path().is_some_and(|path| path.local.port() == 1001)
                && pair.agents[1].send_path().is_some_and(|path| path.remote.port() == 1001)
        };
        assert!(pair.drive_until(30 * SECOND, moved));
        let time = pair.now.saturating_duration_since(broke);
        assert!(time <= 12 * SECOND, "{time:?}");
        pair.drive(60 * SECOND);
        assert!(moved(&pair) && pair.are_selected());
        assert_eq!(pair.agents[0].selected_pair().unwrap().path.local.port(), 1001);
        assert!(!was_disconnected(&pair), "{roles:?}");
    }
}

#[test]
fn backups_are_checked_every_twenty_five_seconds_and_not_more() {
    let mut pair = two_ways([Role::Controlling, Role::Controlled]);
    let requests = |pair: &Pair| {
        let backup = pair.agents[0].pairs().find(|pair| pair.path.local.port() == 1001).unwrap();
        backup.requests_sent
    };
    let before = requests(&pair);
    pair.drive(600 * SECOND);
    let count = requests(&pair) - before;
    assert!((24..=31).contains(&count), "{count}");
}

#[test]
fn a_backup_that_does_not_answer_is_given_up() {
    let mut pair = two_ways([Role::Controlling, Role::Controlled]);
    pair.filter = Box::new(|_, path, _| path.local.port() != 1001 && path.remote.port() != 1001);
    pair.drive(60 * SECOND);
    assert_eq!(pair.states(), [State::Completed; 2]);
    let sent = pair.agents[0].pairs().map(|pair| pair.requests_sent).collect::<Vec<_>>();
    pair.drive(100 * SECOND);
    let again = pair.agents[0].pairs().map(|pair| pair.requests_sent).collect::<Vec<_>>();
    assert_eq!(sent[1], again[1]);
    assert!(again[0] > sent[0]);
    assert!(!was_disconnected(&pair));
}

#[test]
fn backups_are_few_and_from_different_addresses() {
    let mut pair = Pair::new();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    for port in 1001..1010 {
        let more = pair.add_socket(0, &format!("192.0.2.1:{port}"), 65535 - port);
        pair.tell(0, &more);
        let more = pair.add_socket(1, &format!("192.0.2.2:{port}"), 65535 - port);
        pair.tell(1, &more);
    }
    pair.connect();
    pair.drive(10 * SECOND);
    let before: Vec<_> = pair.agents[0].pairs().map(|pair| (pair.id, pair.requests_sent)).collect();
    pair.drive(100 * SECOND);
    let checked: Vec<_> = pair.agents[0]
        .pairs()
        .filter(|pair| before.iter().any(|(id, n)| *id == pair.id && pair.requests_sent > *n))
        .map(|pair| pair.path.local)
        .collect();
    assert!((2..=4).contains(&checked.len()), "{checked:?}");
    let distinct: std::collections::BTreeSet<_> = checked.iter().collect();
    assert!(distinct.len() >= 3, "the few that are valid from other addresses come first");
}

#[test]
fn an_interface_that_comes_during_a_call_is_checked_and_stands_by() {
    let mut pair = Pair::new();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.end_of_candidates();
    pair.connect();
    pair.drive(30 * SECOND);
    let came = pair.add_socket(0, "198.51.100.1:1001", 65000);
    pair.tell(0, &came);
    pair.drive(SECOND);
    let path = pair.agents[0].pairs().find(|pair| pair.path.local.port() == 1001).unwrap();
    assert!(path.responses_received > 0);
    assert_eq!(pair.selections(0).len(), 1, "it is not better");
    pair.agents[0].remove_local(pair.now, Protocol::Udp, addr("192.0.2.1:1000"));
    assert_eq!(pair.agents[0].send_path().unwrap().local.port(), 1001);
    pair.drive(30 * SECOND);
    assert_eq!(pair.agents[1].selected_pair().unwrap().path.remote.port(), 1001);
    assert!(!was_disconnected(&pair));
}

#[test]
fn a_direct_way_that_comes_later_takes_over_from_a_relay() {
    for roles in both_roles() {
        let mut pair = Pair::with_roles(Config::default(), roles);
        let relay = addr("203.0.113.9:5000");
        pair.addresses[0].insert(relay);
        let server = "203.0.113.9".parse().unwrap();
        let candidate = Candidate::relayed(relay, addr("192.0.2.1:1000"), server, 65535);
        let told = pair.agents[0].add_local_candidate(pair.now, candidate).unwrap().unwrap();
        pair.tell(0, &told);
        let remote = pair.add_socket(1, "192.0.2.2:2000", 65535);
        pair.tell(1, &remote);
        pair.connect();
        pair.drive(10 * SECOND);
        let direct = pair.add_socket(0, "192.0.2.1:1000", 65535);
        pair.tell(0, &direct);
        pair.drive(SECOND);
        assert_eq!(pair.agents[0].selected_pair().unwrap().local.kind, CandidateKind::Host);
        assert_eq!(pair.agents[1].selected_pair().unwrap().path.remote, addr("192.0.2.1:1000"));
    }
}

#[test]
fn a_restart_over_a_relay_keeps_it_until_the_new_pair_works() {
    let mut pair = Pair::new();
    let relay = addr("203.0.113.9:5000");
    pair.addresses[0].insert(relay);
    let server = "203.0.113.9".parse().unwrap();
    let candidate = Candidate::relayed(relay, addr("192.0.2.1:1000"), server, 65535);
    let told = pair.agents[0].add_local_candidate(pair.now, candidate).unwrap().unwrap();
    pair.tell(0, &told);
    let remote = pair.add_socket(1, "192.0.2.2:2000", 65535);
    pair.tell(1, &remote);
    pair.connect();
    let old = pair.agents[0].send_path().unwrap();
    for at in 0..2 {
        pair.agents[at].restart(pair.now, &mut rng(40 + u8::try_from(at).unwrap()));
    }
    pair.drive(40 * SECOND);
    assert_eq!(pair.agents[0].send_path(), Some(old));
    let direct = pair.add_socket(0, "192.0.2.1:1000", 65535);
    for at in 0..2 {
        pair.tell_credentials(at);
    }
    pair.tell(0, &direct);
    pair.tell(1, &remote);
    let lost = pair
        .drive_until(SECOND, |pair| pair.agents.iter().any(|agent| agent.send_path().is_none()));
    assert!(!lost, "there was a path at each moment");
    assert_eq!(pair.agents[0].send_path().unwrap().local, addr("192.0.2.1:1000"));
}

/// How often a host wakes up that does nothing but keep the connection, per minute.
fn wakeups(interval: Duration, ways: u16) -> (usize, u64) {
    let mut config = Config::default();
    config.consent_interval = interval;
    let mut pair = Pair::with_roles(config, [Role::Controlling, Role::Controlled]);
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    for port in 1001..1000 + ways {
        let more = pair.add_socket(0, &format!("192.0.2.1:{port}"), 65535 - port);
        pair.tell(0, &more);
    }
    pair.end_of_candidates();
    pair.connect();
    pair.drive(60 * SECOND);
    let (start, sent) = (pair.now, pair.sent[0]);
    let mut moments: Vec<Instant> = Vec::new();
    while pair.now.saturating_duration_since(start) < 600 * SECOND {
        let due = pair.agents[0].poll_timeout();
        pair.step();
        // What comes within a few milliseconds finds the host awake.
        let is_awake = moments
            .last()
            .is_some_and(|last| pair.now.saturating_duration_since(*last) < SECOND / 20);
        if due.is_some_and(|due| due <= pair.now) && !is_awake {
            moments.push(pair.now);
        }
    }
    assert_eq!(pair.states(), [State::Completed; 2]);
    (moments.len() / 10, (pair.sent[0] - sent) / 10)
}

#[test]
fn an_idle_host_wakes_up_for_consent_only() {
    for ways in [1, 4] {
        let (usual, sent) = wakeups(5 * SECOND, ways);
        assert!((11..=13).contains(&usual), "{usual} with {ways} ways");
        assert!(sent <= 24 + 3 * 6, "{sent}: requests and answers, and six for the others");
        let (rare, sent) = wakeups(20 * SECOND, ways);
        assert!((2..=4).contains(&rare), "{rare} with {ways} ways");
        assert!(sent <= 6 + 3 * 6, "{sent}");
    }
}

#[test]
fn with_rare_checks_one_lost_datagram_does_not_lose_consent() {
    let mut config = Config::default();
    config.consent_interval = 20 * SECOND;
    let mut pair = Pair::with_roles(config, [Role::Controlling, Role::Controlled]);
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.connect();
    pair.drive(5 * SECOND);
    // Every other request of each is lost.
    let mut count = [0, 0];
    pair.filter = Box::new(move |at, _, bytes| {
        count[at] += u32::from(bytes[..2] == [0, 1]);
        bytes[..2] != [0, 1] || count[at] % 2 == 0
    });
    let lost = pair.drive_until(600 * SECOND, |pair| {
        pair.agents.iter().any(|agent| agent.send_path().is_none())
    });
    assert!(!lost);
    let is_trouble = |event: &(Instant, Event)| event.1 == Event::StateChange(State::Disconnected);
    assert!(!pair.events.iter().flatten().any(is_trouble));
}
