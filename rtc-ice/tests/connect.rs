//! Two agents find each other, on simple and on difficult networks.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod common;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use common::{Nat, Pair, addr, start};
use rtc_core::{FiveTuple, Protocol};
use rtc_ice::{
    AddCandidateError, Candidate, CandidateKind, Config, Foundation, PairState, PathStatus, Role,
    State,
};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn one_pair_is_selected_within_two_round_trips() {
    let mut pair = Pair::new();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.end_of_candidates();
    let usable = |pair: &Pair| pair.agents.iter().all(|agent| agent.send_path().is_some());
    assert!(pair.drive_until(SECOND, usable));
    assert!(pair.elapsed() <= Duration::from_millis(20), "{:?}", pair.elapsed());
    pair.connect();
    println!("1x1: selected after {:?}, datagrams {:?}", pair.elapsed(), pair.sent);
    assert!(pair.elapsed() <= Duration::from_millis(40), "{:?}", pair.elapsed());
    assert_eq!(pair.states(), [State::Completed; 2]);
    for at in 0..2 {
        assert_eq!(pair.states_of(at), [State::Checking, State::Connected, State::Completed]);
    }
    let path = FiveTuple::udp(addr("192.0.2.1:1000"), addr("192.0.2.2:2000"));
    let agent = &pair.agents[0];
    assert_eq!(agent.send_path(), Some(path));
    assert_eq!(agent.path_status(&path), PathStatus::Valid);
    assert_eq!(agent.round_trip_time(), Some(Duration::from_millis(20)));
    assert_eq!(agent.role(), Role::Controlling);
    let info = agent.selected_pair().unwrap();
    assert!(info.nominated);
    assert_eq!(info.state, PairState::Succeeded);
    assert_eq!(info.requests_sent, info.responses_received);
    assert_eq!(info.requests_received, info.responses_sent);
    assert_eq!(info.total_round_trip_time, Duration::from_millis(20) * 3);
    assert!(pair.errors.is_empty(), "{:?}", pair.errors);
}

#[test]
fn two_runs_of_the_same_inputs_send_the_same_bytes() {
    let run = || {
        let mut pair = Pair::new();
        pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
        pair.add_hosts("[2001:db8::1]:1000", "[2001:db8::2]:2000");
        pair.end_of_candidates();
        pair.drive(Duration::from_secs(60));
        pair.log
    };
    let log = run();
    assert!(log.len() > 20);
    assert_eq!(log, run());
}

/// `count` sockets on each side, told to the other side; `reachable` says which pairs work.
fn many(count: u16, reachable: impl Fn(u16, u16) -> bool + 'static) -> Pair {
    let mut pair = Pair::new();
    let address = |at: usize, n: u16| format!("10.{at}.{}.1:{}", n, 1000 + n);
    let mut all = Vec::new();
    for n in 0..count {
        for at in 0..2 {
            all.push((at, pair.add_socket(at, &address(at, n), 65535 - n)));
        }
    }
    for (at, candidate) in all {
        pair.tell(at, &candidate);
    }
    pair.end_of_candidates();
    pair.filter = Box::new(move |at, path, _| {
        let (here, there) = (path.local.port() - 1000, path.remote.port() - 1000);
        if at == 0 { reachable(here, there) } else { reachable(there, here) }
    });
    pair
}

/// The same, with the candidates of both sides coming by turns.
fn many_by_turns(count: u16, reachable: impl Fn(u16, u16) -> bool + 'static) -> Pair {
    let mut pair = many(0, reachable);
    for n in 0..count {
        for at in 0..2 {
            let own = pair.add_socket(at, &format!("10.{at}.{n}.1:{}", 1000 + n), 65535 - n);
            pair.tell(at, &own);
        }
    }
    pair
}

fn checks(pair: &Pair) -> [u64; 2] {
    pair.agents
        .each_ref()
        .map(|agent| agent.pairs().map(|pair| pair.requests_sent + pair.retransmissions_sent).sum())
}

/// When both sides can send, when both have a selected pair, and with how many requests in all.
fn course(mut pair: Pair) -> (u128, u128, u64) {
    let usable = |pair: &Pair| pair.agents.iter().all(|agent| agent.send_path().is_some());
    assert!(pair.drive_until(2 * SECOND, usable));
    let usable_after = pair.elapsed().as_millis();
    pair.connect();
    (usable_after, pair.elapsed().as_millis(), checks(&pair).iter().sum())
}

#[test]
fn on_a_path_of_twenty_milliseconds_it_takes_so_long_and_so_many_checks() {
    let last = |n: u16| move |first, second| (first, second) == (n, n);
    // A round trip until one can send, another one for the nomination.
    assert_eq!(course(many(1, |_, _| true)), (20, 40, 5));
    assert_eq!(course(many(10, |_, _| true)), (20, 40, 15));
    assert_eq!(course(many(100, |_, _| true)), (20, 40, 15));
    // Each candidate is tried once within 10 * 2 * 5 ms, or 100 * 5 ms.
    assert_eq!(course(many(10, last(9))), (105, 225, 88));
    let (usable, selected, checks) = course(many(100, last(99)));
    assert!(usable <= 520 && selected <= 640 && checks <= 260, "{usable} {selected} {checks}");
}

#[test]
fn of_candidates_that_come_by_turns_each_has_a_pair() {
    let mut pair = many_by_turns(100, |_, _| true);
    for agent in &pair.agents {
        let locals: BTreeSet<_> = agent.pairs().map(|pair| pair.path.local).collect();
        let remotes: BTreeSet<_> = agent.pairs().map(|pair| pair.path.remote).collect();
        assert_eq!((locals.len(), remotes.len()), (100, 100));
    }
    pair.connect();
    assert_eq!(pair.elapsed(), 2 * pair.latency + Duration::from_millis(20));
}

#[test]
fn of_ten_by_ten_the_best_pair_is_selected_at_once() {
    let mut pair = many(10, |_, _| true);
    pair.connect();
    println!("10x10: selected after {:?}, checks {:?}", pair.elapsed(), checks(&pair));
    assert!(pair.elapsed() <= Duration::from_millis(60));
    assert_eq!(pair.agents[0].selected_pair().unwrap().local.address, addr("10.0.0.1:1000"));
    assert_eq!(pair.agents[0].selected_pair().unwrap().remote.address, addr("10.1.0.1:1000"));
}

#[test]
fn of_ten_by_ten_the_only_reachable_pair_is_found() {
    let mut pair = many(10, |first, second| first == 9 && second == 9);
    let usable = |pair: &Pair| pair.agents.iter().all(|agent| agent.send_path().is_some());
    assert!(pair.drive_until(SECOND, usable));
    println!("10x10, last reachable: usable after {:?}", pair.elapsed());
    assert!(pair.elapsed() <= Duration::from_millis(300));
    pair.connect();
    println!("10x10, last reachable: {:?}, checks {:?}", pair.elapsed(), checks(&pair));
    let mut pair = many(10, |first, second| first == 9 && second == 0);
    pair.connect();
    println!("10x10, one off the diagonal: {:?}, checks {:?}", pair.elapsed(), checks(&pair));
    assert!(pair.elapsed() <= SECOND);
}

#[test]
fn a_hundred_by_a_hundred_stays_under_the_cap_and_connects() {
    let mut pair = many(100, |_, _| true);
    assert_eq!(pair.agents[0].pairs().count(), 100);
    pair.connect();
    println!("100x100: {:?}, checks {:?}", pair.elapsed(), checks(&pair));
    let mut pair = many(100, |first, second| first == 99 && second == 99);
    pair.connect();
    println!("100x100, last reachable: {:?}, checks {:?}", pair.elapsed(), checks(&pair));
    assert!(pair.elapsed() <= Duration::from_secs(2));
    assert!(pair.agents.iter().all(|agent| agent.pairs().count() <= 100));
}

#[test]
fn ordinary_checks_keep_their_distance() {
    let mut config = Config::default();
    config.pacing = Duration::from_millis(20);
    let mut pair = Pair::with_roles(config, [Role::Controlling, Role::Controlled]);
    for n in 0..20 {
        let candidate = pair.add_socket(0, &format!("10.0.0.1:{}", 1000 + n), 65535 - n);
        pair.tell(0, &candidate);
    }
    let candidate = pair.add_socket(1, "10.1.0.1:1000", 65535);
    pair.tell(1, &candidate);
    pair.filter = Box::new(|_, _, _| false);
    pair.drive(Duration::from_millis(350));
    let moments: Vec<_> = pair
        .log
        .iter()
        .filter(|(_, path, _)| path.remote == candidate.address)
        .map(|(at, _, _)| *at)
        .collect();
    assert_eq!(moments.first(), Some(&start()), "the first check waits for nothing");
    assert!(moments.len() >= 17);
    for both in moments.windows(2) {
        assert!(both[1].saturating_duration_since(both[0]) >= Duration::from_millis(20));
    }
}

#[test]
fn who_proposes_no_pace_counts_as_having_proposed_fifty_milliseconds() {
    for (proposed, expected) in [(None, 50), (Some(5), 5), (Some(1), 5), (Some(30), 30)] {
        let mut pair = many(8, |_, _| false);
        for agent in &mut pair.agents {
            agent.set_remote_pacing(proposed.map(Duration::from_millis));
        }
        pair.drive(Duration::from_millis(440));
        let first = pair.addresses[0].clone();
        let moments: Vec<_> =
            pair.log.iter().filter(|(_, path, _)| first.contains(&path.local)).collect();
        assert_eq!(moments[0].0, start(), "the first check waits for nothing");
        for two in moments.windows(2).take(7) {
            let distance = two[1].0.saturating_duration_since(two[0].0);
            assert_eq!(distance, Duration::from_millis(expected), "{proposed:?}");
        }
    }
}

#[test]
fn who_was_heard_before_it_was_told_is_not_paired_with_a_relay_that_comes_later() {
    for is_hidden in [true, false] {
        let mut pair = Pair::new();
        pair.add_socket(0, "192.0.2.1:1000", 65535);
        let host = pair.add_socket(1, "192.0.2.2:2000", 65535);
        let own = pair.agents[0].local_candidates().next().unwrap().clone();
        pair.tell(0, &own);
        pair.connect();
        assert_eq!(
            pair.agents[0].selected_pair().unwrap().remote.kind,
            CandidateKind::PeerReflexive
        );
        let relayed = addr("203.0.113.5:5000");
        let server = "203.0.113.1".parse().unwrap();
        let relay = Candidate::relayed(relayed, own.address, server, 100);
        pair.agents[0].add_local_candidate(pair.now, relay).unwrap();
        let is_paired = |pair: &Pair| pair.agents[0].pairs().any(|pair| pair.path.local == relayed);
        assert!(!is_paired(&pair), "its server would learn where a host is that may be hidden");
        // Its name is resolved, or its address told.
        let mut told = Candidate::remote(host.foundation, host.priority, host.address, host.kind);
        told.is_hidden = is_hidden;
        assert_eq!(pair.agents[0].add_remote_candidate(pair.now, told), Ok(true));
        assert_eq!(is_paired(&pair), !is_hidden);
    }
}

#[test]
fn requests_of_all_kinds_are_five_milliseconds_apart() {
    let mut pair = many(12, |first, second| first == 1 && second == 11);
    pair.drive(Duration::from_secs(12));
    let mine: BTreeSet<SocketAddr> = pair.addresses[0].clone();
    let requests: Vec<_> = pair
        .log
        .iter()
        .filter(|(_, path, bytes)| mine.contains(&path.local) && bytes[0] == 0)
        .map(|(at, ..)| *at)
        .collect();
    assert!(requests.len() > 30, "{}", requests.len());
    for both in requests.windows(2) {
        assert!(both[1].saturating_duration_since(both[0]) >= Duration::from_millis(5));
    }
}

#[test]
fn a_lost_check_is_sent_again_on_the_schedule_of_the_rfc() {
    let mut pair = Pair::new();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.end_of_candidates();
    pair.filter = Box::new(|_, _, _| false);
    pair.drive(Duration::from_secs(39));
    assert_eq!(pair.states(), [State::Checking; 2]);
    let from = addr("192.0.2.1:1000");
    let sent: Vec<u128> = pair
        .log
        .iter()
        .filter(|(_, path, _)| path.local == from)
        .map(|(at, ..)| at.saturating_duration_since(start()).as_millis())
        .collect();
    assert_eq!(sent, [0, 500, 1500, 3500, 7500, 15500, 31500]);
    let first = &pair.log[0].2;
    let again = pair.log.iter().filter(|(_, path, _)| path.local == from);
    assert!(again.clone().all(|(.., bytes)| bytes == first), "a retransmission is the same bytes");
    pair.drive(SECOND);
    assert_eq!(pair.states(), [State::Failed; 2]);
    assert_eq!(pair.next_at(), None);
}

#[test]
fn both_sides_learn_peer_reflexive_candidates_behind_a_nat() {
    // The mapped address is in nobody's candidates: only the check from inside makes it known.
    let mut pair = Pair::new();
    pair.nats[0] = Some(Nat::new("198.51.100.1"));
    pair.add_hosts("10.0.0.1:1000", "192.0.2.2:2000");
    pair.end_of_candidates();
    pair.connect();
    println!("NAT on one side: selected after {:?}", pair.elapsed());
    assert!(pair.elapsed() <= Duration::from_millis(60));
    let mapped = addr("198.51.100.1:40000");
    let inside = pair.agents[0].selected_pair().unwrap();
    assert_eq!(inside.local.address, mapped);
    assert_eq!(inside.local.kind, CandidateKind::PeerReflexive);
    assert_eq!(inside.path.local, addr("10.0.0.1:1000"), "we send from the base");
    let outside = pair.agents[1].selected_pair().unwrap();
    assert_eq!(outside.remote.address, mapped);
    assert_eq!(outside.remote.kind, CandidateKind::PeerReflexive);
    assert_eq!(outside.remote.priority >> 24, 110);
    assert_eq!(outside.path.remote, mapped);
}

#[test]
fn two_port_restricted_nats_are_opened_from_both_sides() {
    let mut pair = Pair::new();
    pair.nats = [Some(Nat::new("198.51.100.1")), Some(Nat::new("203.0.113.1"))];
    for (at, base, mapped) in
        [(0, "10.0.0.1:1000", "198.51.100.1:40000"), (1, "10.0.0.1:2000", "203.0.113.1:40000")]
    {
        let host = pair.add_socket(at, base, 65535);
        let server = "192.0.2.99".parse().unwrap();
        let reflexive = Candidate::server_reflexive(addr(mapped), addr(base), server, 65535);
        let added = pair.agents[at].add_local_candidate(pair.now, reflexive).unwrap().unwrap();
        assert_ne!(added.foundation, host.foundation);
        pair.tell(at, &host);
        pair.tell(at, &added);
    }
    pair.end_of_candidates();
    pair.connect();
    println!("NAT on both sides: selected after {:?}", pair.elapsed());
    assert!(pair.elapsed() <= SECOND);
    for (at, remote) in [(0, "203.0.113.1:40000"), (1, "198.51.100.1:40000")] {
        let selected = pair.agents[at].selected_pair().unwrap();
        assert_eq!(selected.path.remote, addr(remote));
        assert_eq!(selected.local.kind, CandidateKind::ServerReflexive);
    }
}

#[test]
fn a_reflexive_candidate_gives_no_pair_beside_its_base() {
    let mut pair = Pair::new();
    let host = pair.add_socket(0, "10.0.0.1:1000", 65535);
    let server = "192.0.2.99".parse().unwrap();
    let mapped = addr("198.51.100.1:5");
    let reflexive = Candidate::server_reflexive(mapped, host.address, server, 65535);
    let agent = &mut pair.agents[0];
    assert!(agent.add_local_candidate(pair.now, reflexive.clone()).unwrap().is_some());
    assert_eq!(agent.add_local_candidate(pair.now, reflexive), Ok(None), "a duplicate");
    let foundation = Foundation::new("1").unwrap();
    let remote = |address| Candidate::remote(foundation, 5, addr(address), CandidateKind::Host);
    assert_eq!(agent.add_remote_candidate(pair.now, remote("192.0.2.2:1")), Ok(true));
    assert_eq!(agent.add_remote_candidate(pair.now, remote("192.0.2.2:1")), Ok(false));
    assert_eq!(agent.add_remote_candidate(pair.now, remote("[2001:db8::1]:1")), Ok(true));
    assert_eq!(agent.pairs().count(), 1, "one path, and families do not mix");
    assert_eq!(agent.local_candidates().count(), 2);
    assert_eq!(agent.remote_candidates().count(), 2);
}

#[test]
fn checks_that_come_before_the_description_are_answered_and_followed_up() {
    let mut pair = Pair::strangers(Config::default(), [Role::Controlling, Role::Controlled]);
    // The answerer knows the offer; its answer is still on its way.
    pair.tell_credentials(0);
    pair.add_socket(0, "192.0.2.1:1000", 65535);
    pair.add_socket(1, "192.0.2.2:2000", 65535);
    let candidate = pair.agents[0].local_candidates().next().unwrap().clone();
    pair.tell(0, &candidate);
    pair.drive(Duration::from_millis(300));
    assert_eq!(pair.agents[0].state(), State::New);
    assert_eq!(pair.agents[1].state(), State::Connected, "our password suffices to answer");
    let path = FiveTuple::udp(addr("192.0.2.1:1000"), addr("192.0.2.2:2000"));
    assert_eq!(pair.agents[0].path_status(&path), PathStatus::Checked);
    assert_eq!(pair.agents[0].send_path(), None);
    pair.tell_credentials(1);
    let told = pair.now;
    pair.connect();
    let time = pair.now.saturating_duration_since(told);
    assert!(time <= Duration::from_millis(40), "no candidate had to be told: {time:?}");
    let selected = pair.agents[0].selected_pair().unwrap();
    assert_eq!(selected.remote.kind, CandidateKind::PeerReflexive);
    // The candidate comes after all, and takes the place of what was learned.
    let candidate = pair.agents[1].local_candidates().next().unwrap().clone();
    pair.tell(1, &candidate);
    let selected = pair.agents[0].selected_pair().unwrap();
    assert_eq!(selected.remote.kind, CandidateKind::Host);
    assert_eq!(selected.remote.foundation, candidate.foundation);
    assert_eq!(pair.agents[0].remote_candidates().count(), 1);
}

#[test]
fn candidates_may_trickle_in_late() {
    let mut pair = Pair::new();
    pair.drive(SECOND);
    assert_eq!(pair.states(), [State::New; 2]);
    let first = pair.add_socket(0, "192.0.2.1:1000", 65535);
    let second = pair.add_socket(1, "192.0.2.2:2000", 65535);
    pair.tell(0, &first);
    pair.drive(Duration::from_millis(100));
    pair.tell(1, &second);
    pair.connect();
    assert_eq!(pair.states(), [State::Connected; 2]);
    pair.end_of_candidates();
    assert_eq!(pair.states(), [State::Completed; 2]);
}

#[test]
fn the_agent_does_not_fail_before_its_patience_ends() {
    let mut pair = Pair::new();
    pair.end_of_candidates();
    pair.drive(Duration::from_millis(39_400));
    assert_eq!(pair.states(), [State::New; 2]);
    pair.drive(Duration::from_millis(200));
    assert_eq!(pair.states(), [State::Failed; 2]);
}

#[test]
fn without_the_end_of_candidates_the_agent_goes_on_hoping() {
    let mut pair = Pair::new();
    pair.filter = Box::new(|_, _, _| false);
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.drive(Duration::from_secs(120));
    assert_eq!(pair.states(), [State::Disconnected; 2]);
    pair.filter = Box::new(|_, _, _| true);
    for (at, address) in ["192.0.2.1:1001", "192.0.2.2:2001"].into_iter().enumerate() {
        let candidate = pair.add_socket(at, address, 65534);
        pair.tell(at, &candidate);
    }
    pair.connect();
    pair.end_of_candidates();
    assert_eq!(pair.states(), [State::Completed; 2]);
}

#[test]
fn candidates_that_cannot_be_are_refused() {
    let mut pair = Pair::new();
    let now = pair.now;
    let agent = &mut pair.agents[0];
    let foundation = Foundation::new("1").unwrap();
    let remote =
        |address: &str| Candidate::remote(foundation, 5, addr(address), CandidateKind::Host);
    for address in
        ["0.0.0.0:5", "255.255.255.255:5", "224.0.0.1:5", "[ff02::1]:5", "[::]:5", "192.0.2.1:0"]
    {
        let refused = agent.add_remote_candidate(now, remote(address));
        assert_eq!(refused, Err(AddCandidateError::Address), "{address}");
        let refused = agent.add_local_candidate(now, Candidate::host(addr(address), 1));
        assert_eq!(refused, Err(AddCandidateError::Address), "{address}");
    }
    let mut tcp = remote("192.0.2.1:9");
    tcp.protocol = Protocol::Tcp;
    assert_eq!(agent.add_remote_candidate(now, tcp), Err(AddCandidateError::TcpType));
    let mut second = remote("192.0.2.1:9");
    second.component = 2;
    assert_eq!(agent.add_remote_candidate(now, second), Ok(false));
    let mut reflexive = remote("192.0.2.1:9");
    reflexive.kind = CandidateKind::PeerReflexive;
    assert_eq!(agent.add_remote_candidate(now, reflexive), Err(AddCandidateError::PeerReflexive));
    let mut moved = Candidate::host(addr("192.0.2.1:9"), 1);
    moved.base = addr("[2001:db8::1]:9");
    assert_eq!(agent.add_local_candidate(now, moved), Err(AddCandidateError::Base));
    assert_eq!(agent.remote_candidates().count() + agent.local_candidates().count(), 0);
    agent.close(now);
    let refused = agent.add_remote_candidate(now, remote("192.0.2.1:9"));
    assert_eq!(refused, Err(AddCandidateError::Closed));
    assert_eq!(agent.state(), State::Closed);
}

#[test]
fn candidates_past_the_cap_are_refused() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.add_socket(0, "192.0.2.1:1000", 65535);
    let agent = &mut pair.agents[0];
    let foundation = Foundation::new("1").unwrap();
    for port in 1..=100 {
        let address = SocketAddr::new("192.0.2.2".parse().unwrap(), port);
        let remote = Candidate::remote(foundation, 5, address, CandidateKind::Host);
        assert_eq!(agent.add_remote_candidate(now, remote), Ok(true));
    }
    let remote = Candidate::remote(foundation, 5, addr("192.0.2.2:101"), CandidateKind::Host);
    let refused = agent.add_remote_candidate(now, remote);
    assert_eq!(refused, Err(AddCandidateError::Full { limit: 100 }));
    assert_eq!(agent.pairs().count(), 100);
}

#[test]
fn pairs_of_one_foundation_are_not_held_up_by_one_that_is_lost() {
    let mut pair = Pair::new();
    pair.add_socket(1, "192.0.2.2:2000", 65535);
    let foundation = Foundation::new("0").unwrap();
    for n in 0..8 {
        let address = format!("192.0.2.1:{}", 1000 + n);
        let candidate = pair.add_socket(0, &address, 65535 - n);
        let mut told = candidate.clone();
        told.foundation = foundation;
        pair.tell(0, &told);
    }
    pair.filter = Box::new(|_, path, _| {
        path.local == addr("192.0.2.1:1007") || path.remote == addr("192.0.2.1:1007")
    });
    pair.connect();
    assert!(pair.elapsed() <= Duration::from_millis(300), "{:?}", pair.elapsed());
}

#[test]
fn a_removed_socket_takes_its_pairs_with_it_and_another_takes_over() {
    let mut pair = Pair::new();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    let second = pair.add_socket(0, "192.0.2.1:1001", 65534);
    pair.tell(0, &second);
    pair.end_of_candidates();
    pair.connect();
    let gone = addr("192.0.2.1:1000");
    assert_eq!(pair.agents[0].send_path().unwrap().local, gone);
    pair.agents[0].remove_local(pair.now, Protocol::Udp, gone);
    pair.addresses[0].remove(&gone);
    assert!(pair.agents[0].pairs().all(|pair| pair.path.local != gone));
    assert!(pair.agents[0].local_candidates().all(|candidate| candidate.base != gone));
    let moved = |pair: &Pair| {
        pair.agents[0].selected_pair().is_some_and(|pair| pair.path.local.port() == 1001)
            && pair.agents[1].selected_pair().is_some_and(|pair| pair.path.remote.port() == 1001)
    };
    assert!(pair.drive_until(SECOND, moved), "{:?}", pair.states());
}

#[test]
fn agents_that_are_far_apart_do_not_drive_each_other_on() {
    // Each check causes a check of the other side, long before the first answer is back.
    for latency in [100, 300, 900] {
        let mut pair = Pair::new();
        pair.latency = Duration::from_millis(latency);
        pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
        pair.end_of_candidates();
        pair.connect();
        println!("{latency} ms: selected after {:?}, datagrams {:?}", pair.elapsed(), pair.sent);
        assert!(pair.elapsed() <= Duration::from_millis(4 * latency));
        assert!(pair.sent.iter().all(|sent| *sent <= 14), "{:?}", pair.sent);
    }
}

#[test]
fn a_datagram_is_appended_to_what_stands_in_the_buffer() {
    let mut pair = Pair::new();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    let mut out = vec![1, 2, 3];
    let transmit = pair.agents[0].poll_transmit(pair.now, &mut out).unwrap();
    assert_eq!(out[..3], [1, 2, 3]);
    assert_eq!(transmit.size, out.len() - 3);
    assert!(rtc_ice::stun::Message::decode(&out[3..]).is_ok());
    let before = out.clone();
    assert!(pair.agents[0].poll_transmit(pair.now, &mut out).is_none());
    assert_eq!(out, before);
}
