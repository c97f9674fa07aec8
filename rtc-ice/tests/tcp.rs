//! TCP candidates (RFC 6544).
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod common;

use std::time::Duration;

use common::{Pair, addr, rng};
use rtc_core::{FiveTuple, Protocol};
use rtc_ice::{
    AddCandidateError, Candidate, CandidateKind, Config, Foundation, PairState, PathStatus, Role,
    State, TcpType,
};

const SECOND: Duration = Duration::from_secs(1);

fn tcp(local: &str, remote: &str) -> FiveTuple {
    FiveTuple { protocol: Protocol::Tcp, local: addr(local), remote: addr(remote) }
}

fn connected() -> Pair {
    let mut pair = Pair::new();
    pair.add_tcp_hosts("192.0.2.1:1", "192.0.2.2:2000");
    pair.end_of_candidates();
    pair.connect();
    pair
}

#[test]
fn an_active_candidate_connects_to_a_passive_one() {
    for roles in [[Role::Controlling, Role::Controlled], [Role::Controlled, Role::Controlling]] {
        let mut pair = Pair::with_roles(Config::default(), roles);
        pair.add_tcp_hosts("192.0.2.1:1", "192.0.2.2:2000");
        pair.end_of_candidates();
        pair.connect();
        // Connection, check and nomination: a round trip each, and half of one for the news.
        assert!(pair.elapsed() <= Duration::from_millis(75), "{:?}", pair.elapsed());
        assert_eq!(pair.states(), [State::Completed; 2]);
        assert_eq!(pair.connects, [1, 0]);
        let path = tcp("192.0.2.1:50001", "192.0.2.2:2000");
        assert_eq!(pair.agents[0].send_path(), Some(path));
        assert_eq!(pair.agents[0].path_status(&path), PathStatus::Valid);
        assert_eq!(pair.agents[1].send_path(), Some(common::reversed(path)));
        let unlike = FiveTuple::udp(path.local, path.remote);
        assert_eq!(pair.agents[0].path_status(&unlike), PathStatus::Unknown);
        // The port of the connection is news to both.
        let own = pair.agents[0].selected_pair().unwrap().local;
        assert_eq!((own.kind, own.tcp_type), (CandidateKind::PeerReflexive, Some(TcpType::Active)));
        assert_eq!((own.address, own.base), (path.local, addr("192.0.2.1:9")));
        let seen = pair.agents[1].selected_pair().unwrap().remote;
        assert_eq!(seen.kind, CandidateKind::PeerReflexive);
        assert_eq!((seen.address, seen.protocol), (path.local, Protocol::Tcp));
        assert_eq!(seen.tcp_type, Some(TcpType::Active));
        pair.drive(100 * SECOND);
        assert_eq!(pair.states(), [State::Completed; 2]);
        assert!(pair.errors.is_empty(), "{:?}", pair.errors);
    }
}

#[test]
fn priorities_are_those_of_the_direction_and_below_all_direct_datagrams() {
    let preference = |direction: u32, other: u32| (direction << 13 | other) << 8;
    let active = Candidate::host_tcp(addr("192.0.2.1:1"), TcpType::Active, 65535);
    assert_eq!(active.address.port(), 9);
    assert_eq!(active.priority, 90 << 24 | preference(6, 8191) | 255);
    let passive = Candidate::host_tcp(addr("192.0.2.1:1"), TcpType::Passive, 65534);
    assert_eq!(passive.priority, 90 << 24 | preference(4, 8190) | 255);
    let reflexive = Candidate::server_reflexive(
        addr("198.51.100.1:1"),
        addr("192.0.2.1:1"),
        "192.0.2.99".parse().unwrap(),
        0,
    );
    let relayed = Candidate::relayed(
        addr("198.51.100.1:1"),
        addr("198.51.100.1:1"),
        "192.0.2.99".parse().unwrap(),
        65535,
    );
    assert!(reflexive.priority > active.priority && passive.priority > relayed.priority);
    // What a check says its peer-reflexive candidate would have.
    let pair = connected();
    let own = pair.agents[0].selected_pair().unwrap().local;
    assert_eq!(own.priority, 80 << 24 | preference(6, 8191) | 255);
    assert_eq!(pair.agents[1].selected_pair().unwrap().remote.priority, own.priority);
}

#[test]
fn datagrams_are_preferred_and_streams_are_the_way_out() {
    for udp_works in [true, false] {
        let mut pair = Pair::new();
        pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
        pair.add_tcp_hosts("192.0.2.1:1", "192.0.2.2:2000");
        let foundations: Vec<_> =
            pair.agents[0].local_candidates().map(|local| local.foundation).collect();
        assert_ne!(foundations[0], foundations[1]);
        pair.end_of_candidates();
        pair.filter = Box::new(move |_, path, _| udp_works || path.protocol == Protocol::Tcp);
        pair.connect();
        let protocol = pair.agents[0].send_path().unwrap().protocol;
        assert_eq!(protocol == Protocol::Udp, udp_works);
        assert!(pair.elapsed() <= SECOND, "{:?}", pair.elapsed());
    }
}

#[test]
fn only_active_candidates_of_ours_are_paired_and_only_with_passive_ones() {
    let mut pair = Pair::new();
    for at in 0..2 {
        let active = pair.add_tcp(at, &format!("192.0.2.{}:1", at + 1), TcpType::Active);
        pair.tell(at, &active);
        let passive = pair.add_tcp(at, &format!("192.0.2.{}:700{at}", at + 1), TcpType::Passive);
        pair.tell(at, &passive);
    }
    let simultaneous = Candidate::remote_tcp(
        Foundation::new("9").unwrap(),
        1,
        addr("192.0.2.2:7002"),
        CandidateKind::Host,
        TcpType::SimultaneousOpen,
    );
    assert_eq!(pair.agents[0].add_remote_candidate(pair.now, simultaneous), Ok(false));
    for agent in &pair.agents {
        let paths: Vec<_> = agent.pairs().map(|pair| pair.path).collect();
        assert_eq!(paths.len(), 1, "{paths:?}");
        assert_eq!(paths[0].local.port(), 9);
        assert!(paths[0].remote.port() >= 7000);
        assert_eq!(agent.remote_candidates().count(), 2);
    }
    pair.connect();
    // One connection in each direction, one of which is selected by both.
    assert_eq!(pair.connects, [1, 1]);
    let path = pair.agents[0].send_path().unwrap();
    assert_eq!(pair.agents[1].send_path(), Some(common::reversed(path)));
}

#[test]
fn over_a_stream_nothing_is_sent_again_and_an_answer_is_waited_for_as_long_as_the_rfc_says() {
    let mut pair = Pair::new();
    pair.add_tcp_hosts("192.0.2.1:1", "192.0.2.2:2000");
    pair.filter = Box::new(|_, _, _| false);
    pair.drive(Duration::from_millis(39_500));
    assert_eq!(pair.sent, [1, 0]);
    let state = |pair: &Pair| pair.agents[0].pairs().next().unwrap().state;
    assert_eq!(state(&pair), PairState::InProgress);
    assert_eq!(pair.connections[0].len(), 1);
    pair.drive(Duration::from_millis(21));
    assert_eq!(state(&pair), PairState::Failed);
    assert_eq!(pair.sent, [1, 0]);
    assert!(pair.connections[0].is_empty(), "it is closed then");
}

#[test]
fn a_connection_that_is_refused_fails_its_pair() {
    let mut pair = Pair::new();
    pair.add_tcp_hosts("192.0.2.1:1", "192.0.2.2:2000");
    pair.listeners[1].clear();
    pair.drive(SECOND);
    assert_eq!(pair.connects, [1, 0]);
    assert_eq!(pair.agents[0].pairs().next().unwrap().state, PairState::Failed);
    pair.end_of_candidates();
    pair.drive(60 * SECOND);
    assert_eq!(pair.states(), [State::Failed; 2]);
}

#[test]
fn a_connection_that_nobody_answers_for_is_given_up_and_closed_when_it_comes_after_all() {
    let mut pair = Pair::new();
    pair.add_tcp_hosts("192.0.2.1:1", "192.0.2.2:2000");
    let agent = &mut pair.agents[0];
    let mut out = Vec::new();
    assert_eq!(agent.poll_transmit(pair.now, &mut out), None);
    let connect = agent.poll_connect().unwrap();
    assert_eq!((connect.local, connect.remote), (addr("192.0.2.1:9"), addr("192.0.2.2:2000")));
    assert_eq!(agent.poll_connect(), None);
    let at = agent.poll_timeout().unwrap();
    let end = pair.now + Duration::from_millis(39_500);
    assert!(at <= end);
    agent.handle_timeout(end);
    assert_eq!(agent.pairs().next().unwrap().state, PairState::Failed);
    let local = addr("192.0.2.1:50001");
    agent.handle_connected(end, connect.local, connect.remote, local);
    assert_eq!(agent.poll_disconnect(), Some(tcp("192.0.2.1:50001", "192.0.2.2:2000")));
    assert_eq!(agent.poll_disconnect(), None);
    assert_eq!(agent.pairs().next().unwrap().state, PairState::Failed);
}

#[test]
fn connections_are_bounded_and_take_turns() {
    let mut config = Config::default();
    config.max_connections = 3;
    let mut pair = Pair::with_roles(config, [Role::Controlling, Role::Controlled]);
    let active = pair.add_tcp(0, "192.0.2.1:1", TcpType::Active);
    pair.tell(0, &active);
    for port in 2000..2020 {
        let passive = pair.add_tcp(1, &format!("192.0.2.2:{port}"), TcpType::Passive);
        pair.tell(1, &passive);
    }
    // All but one are dead ends.
    pair.listeners[1].retain(|listener| listener.port() == 2011);
    let mut most = 0;
    while !pair.are_selected() {
        assert!(pair.step());
        let open =
            pair.agents[0].pairs().filter(|pair| pair.state == PairState::InProgress).count();
        most = most.max(open);
        assert!(pair.elapsed() < 5 * SECOND);
    }
    assert!(pair.connects[0] <= 20);
    assert!(pair.elapsed() >= Duration::from_millis(60), "a few at a time");
    assert!(most > 3, "the others wait for their turn: {most}");
}

#[test]
fn a_connection_that_breaks_is_opened_again_by_whom_it_was_opened() {
    for breaker in 0..2 {
        let mut pair = connected();
        pair.drive(60 * SECOND);
        let path = pair.agents[breaker].send_path().unwrap();
        pair.close(breaker, path);
        pair.agents[breaker].handle_disconnected(pair.now, &path);
        assert_eq!(pair.agents[breaker].send_path(), None);
        assert_eq!(pair.agents[breaker].state(), State::Checking);
        pair.drive(SECOND);
        assert_eq!(pair.states(), [State::Completed; 2], "{breaker}");
        assert_eq!(pair.connects, [2, 0]);
        let path = tcp("192.0.2.1:50002", "192.0.2.2:2000");
        assert_eq!(pair.agents[0].send_path(), Some(path));
        assert_eq!(pair.agents[1].send_path(), Some(common::reversed(path)));
        assert_eq!(pair.agents[1].pairs().count(), 1, "the old one is forgotten");
        let ports = pair.agents[0].local_candidates().filter(|own| own.address.port() != 9);
        assert_eq!(ports.count(), 1, "and so is its port");
    }
}

#[test]
fn a_peer_that_closes_every_connection_is_not_connected_to_for_ever() {
    let mut pair = Pair::new();
    pair.add_tcp_hosts("192.0.2.1:1", "192.0.2.2:2000");
    pair.end_of_candidates();
    for _ in 0..2_000 {
        pair.step();
        let open: Vec<_> = pair.connections[1].iter().copied().collect();
        for path in open {
            pair.close(1, path);
        }
        if pair.elapsed() > 30 * SECOND {
            break;
        }
    }
    assert_eq!(pair.connects, [1, 0], "one that was never of use is not opened again");
}

#[test]
fn a_connection_that_works_and_breaks_at_once_is_opened_a_few_times_only() {
    let mut pair = Pair::new();
    pair.add_tcp_hosts("192.0.2.1:1", "192.0.2.2:2000");
    pair.end_of_candidates();
    while pair.elapsed() < 30 * SECOND && pair.step() {
        if let Some(path) = pair.agents[0].send_path() {
            pair.close(1, common::reversed(path));
        }
    }
    assert!((2..=4).contains(&pair.connects[0]), "{:?}", pair.connects);
}

#[test]
fn two_runs_over_streams_send_the_same_bytes() {
    let run = || {
        let mut pair = connected();
        pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
        pair.drive(30 * SECOND);
        let path = pair.agents[1].send_path().unwrap();
        assert_eq!(path.protocol, Protocol::Udp, "datagrams that came later took over");
        pair.agents[0].remove_local(pair.now, Protocol::Udp, addr("192.0.2.1:1000"));
        let path = pair.agents[0].send_path().unwrap();
        assert_eq!(path.protocol, Protocol::Tcp, "and the stream stood by");
        pair.drive(30 * SECOND);
        pair.log
    };
    let log = run();
    assert!(log.len() > 30);
    assert_eq!(log, run());
}

#[test]
fn a_restart_keeps_the_connection_until_another_one_is_selected() {
    let mut pair = connected();
    let old = pair.agents[0].send_path().unwrap();
    for at in 0..2 {
        pair.agents[at].restart(pair.now, &mut rng(20 + u8::try_from(at).unwrap()));
    }
    assert_eq!(pair.agents[0].send_path(), Some(old));
    pair.drive(10 * SECOND);
    assert!(pair.connections[0].contains(&old));
    assert_eq!(pair.agents[0].send_path(), Some(old));
    for at in 0..2 {
        pair.tell_credentials(at);
        let own: Vec<_> = pair.agents[at]
            .local_candidates()
            .filter(|own| own.kind == CandidateKind::Host)
            .cloned()
            .collect();
        own.iter().for_each(|own| pair.tell(at, own));
    }
    pair.connect();
    let new = pair.agents[0].send_path().unwrap();
    assert_ne!(new, old, "a new connection");
    assert!(pair.connections[0].contains(&old), "data may be on its way there");
    pair.drive(35 * SECOND);
    assert_eq!(pair.connections[0].iter().copied().collect::<Vec<_>>(), [new]);
    assert_eq!(pair.agents[0].send_path(), Some(new));
}

#[test]
fn whoever_closes_or_loses_a_socket_lets_its_connections_go() {
    for close in [true, false] {
        let mut pair = connected();
        let path = pair.agents[0].send_path().unwrap();
        if close {
            pair.agents[0].close(pair.now);
        } else {
            pair.agents[0].remove_local(pair.now, Protocol::Udp, addr("192.0.2.1:9"));
            assert_eq!(pair.agents[0].send_path(), Some(path), "that is another base");
            pair.agents[0].remove_local(pair.now, Protocol::Tcp, addr("192.0.2.1:9"));
        }
        assert_eq!(pair.agents[0].send_path(), None);
        assert_eq!(pair.agents[0].poll_disconnect(), Some(path));
        assert_eq!(pair.agents[0].poll_disconnect(), None);
        pair.agents[0].handle_disconnected(pair.now, &path);
        assert_eq!(pair.agents[0].poll_disconnect(), None);
    }
}

#[test]
fn consent_over_a_stream_runs_out_as_over_datagrams() {
    let mut pair = connected();
    pair.filter = Box::new(|_, _, _| false);
    pair.drive(31 * SECOND);
    assert!(pair.agents.iter().all(|agent| agent.send_path().is_none()));
    assert!(
        pair.agents
            .iter()
            .all(|agent| agent.path_status(&tcp("192.0.2.1:50001", "192.0.2.2:2000"))
                == PathStatus::Unknown)
    );
}

#[test]
fn tcp_candidates_that_cannot_be_are_refused() {
    let mut pair = Pair::new();
    let agent = &mut pair.agents[0];
    let now = pair.now;
    let mut untyped = Candidate::host_tcp(addr("192.0.2.1:1"), TcpType::Passive, 1);
    untyped.tcp_type = None;
    assert_eq!(agent.add_local_candidate(now, untyped), Err(AddCandidateError::TcpType));
    let mut typed = Candidate::host(addr("192.0.2.1:1"), 1);
    typed.tcp_type = Some(TcpType::Active);
    assert_eq!(agent.add_local_candidate(now, typed), Err(AddCandidateError::TcpType));
    let both = Candidate::host_tcp(addr("192.0.2.1:1"), TcpType::SimultaneousOpen, 1);
    assert_eq!(agent.add_local_candidate(now, both), Err(AddCandidateError::Protocol));
    let remote = |address, kind| {
        let foundation = Foundation::new("1").unwrap();
        Candidate::remote_tcp(foundation, 1, addr(address), CandidateKind::Host, kind)
    };
    for address in ["192.0.2.2:25", "192.0.2.2:1023", "10.0.0.1:443"] {
        let refused = agent.add_remote_candidate(now, remote(address, TcpType::Passive));
        assert_eq!(refused, Err(AddCandidateError::Port), "{address}");
    }
    for address in ["0.0.0.0:2000", "224.0.0.1:2000", "[::]:2000"] {
        let refused = agent.add_remote_candidate(now, remote(address, TcpType::Passive));
        assert_eq!(refused, Err(AddCandidateError::Address), "{address}");
    }
    assert_eq!(
        agent.add_remote_candidate(now, remote("192.0.2.2:443", TcpType::Passive)),
        Ok(true)
    );
    assert_eq!(agent.add_remote_candidate(now, remote("192.0.2.2:0", TcpType::Active)), Ok(true));
}
