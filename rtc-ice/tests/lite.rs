//! Lite implementations (RFC 8445, section 2.5).
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod common;

use std::time::Duration;

use common::puppet::Puppet;
use common::{Pair, addr, rng};
use rtc_core::FiveTuple;
use rtc_ice::stun::{Class, ErrorCode};
use rtc_ice::{
    AddCandidateError, Candidate, Config, Error, Event, PathStatus, Role, State, TcpType,
};

const SECOND: Duration = Duration::from_secs(1);

fn lite() -> Config {
    let mut config = Config::default();
    config.lite = true;
    config
}

/// A full agent and a lite one, which know of each other what they are.
fn full_and_lite(roles: [Role; 2]) -> Pair {
    let mut pair = Pair::with_configs([Config::default(), lite()], roles);
    pair.agents[0].set_remote_lite(true);
    pair.agents[1].set_remote_lite(false);
    pair.exchange_credentials();
    pair
}

fn requests_of(pair: &Pair, at: usize) -> usize {
    let from = pair.addresses[at].clone();
    pair.log
        .iter()
        .filter(|(_, path, bytes)| from.contains(&path.local) && bytes[..2] == [0x00, 0x01])
        .count()
}

#[test]
fn a_lite_agent_answers_and_is_controlled_and_sends_no_check_of_its_own() {
    for roles in [[Role::Controlling, Role::Controlled], [Role::Controlled, Role::Controlling]] {
        let mut pair = full_and_lite(roles);
        assert_eq!(
            [pair.agents[0].role(), pair.agents[1].role()],
            [Role::Controlling, Role::Controlled]
        );
        pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
        pair.end_of_candidates();
        pair.connect();
        assert!(pair.elapsed() <= Duration::from_millis(50), "{:?}", pair.elapsed());
        pair.drive(100 * SECOND);
        assert_eq!(pair.states(), [State::Completed; 2]);
        assert_eq!(requests_of(&pair, 1), 0);
        assert!(requests_of(&pair, 0) > 10);
        assert_eq!(pair.selections(1).len(), 1);
        let path = FiveTuple::udp(addr("192.0.2.2:2000"), addr("192.0.2.1:1000"));
        assert_eq!(pair.agents[1].send_path(), Some(path));
        assert_eq!(pair.agents[1].path_status(&path), PathStatus::Valid);
    }
}

#[test]
fn a_lite_agent_takes_the_addresses_that_a_nat_shows() {
    let mut pair = full_and_lite([Role::Controlling, Role::Controlled]);
    pair.nats[0] = Some(common::Nat::new("198.51.100.1"));
    pair.add_hosts("10.0.0.1:1000", "192.0.2.2:2000");
    pair.connect();
    let path = pair.agents[1].send_path().unwrap();
    assert_eq!(path.remote.ip(), addr("198.51.100.1:1").ip());
    assert_eq!(pair.agents[1].pairs().count(), 1, "no pairs but those that checks have shown");
}

#[test]
fn a_lite_agent_selects_what_is_nominated_and_follows_later_nominations() {
    let mut puppet = Puppet::with_config(lite(), Role::Controlled);
    let credentials = puppet.credentials.clone();
    puppet.agent.set_remote_credentials(puppet.now, credentials).unwrap();
    puppet.receive_check(&puppet.check(1)).unwrap();
    assert_eq!(puppet.agent.path_status(&puppet.path), PathStatus::Checked);
    assert_eq!(puppet.agent.send_path(), None);
    let mut check = puppet.check(2);
    check.use_candidate = true;
    puppet.receive_check(&check).unwrap();
    assert_eq!(puppet.agent.send_path(), Some(puppet.path));
    let sent = puppet.sent();
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|sent| sent.message().class() == Class::Success));
    puppet.path.remote = addr("192.0.2.2:2001");
    check.id = 3;
    puppet.receive_check(&check).unwrap();
    assert_eq!(puppet.agent.send_path(), Some(puppet.path));
}

#[test]
fn a_nomination_before_the_description_counts_when_it_comes() {
    let mut puppet = Puppet::with_config(lite(), Role::Controlling);
    let mut check = puppet.check(1);
    assert_eq!(puppet.agent.role(), Role::Controlled);
    check.use_candidate = true;
    puppet.receive_check(&check).unwrap();
    assert_eq!(puppet.agent.send_path(), None);
    let credentials = puppet.credentials.clone();
    puppet.agent.set_remote_credentials(puppet.now, credentials).unwrap();
    assert_eq!(puppet.agent.send_path(), Some(puppet.path));
}

#[test]
fn a_forged_check_neither_selects_nor_keeps_a_pair_of_a_lite_agent() {
    let mut puppet = Puppet::with_config(lite(), Role::Controlled);
    let credentials = puppet.credentials.clone();
    puppet.agent.set_remote_credentials(puppet.now, credentials).unwrap();
    let mut forged = puppet.check(1);
    forged.use_candidate = true;
    forged.password = "guess".repeat(5);
    let before = puppet.snapshot();
    assert_eq!(puppet.receive_check(&forged), Err(Error::Integrity));
    assert_eq!(puppet.snapshot(), before);
    let mut check = puppet.check(2);
    check.use_candidate = true;
    puppet.receive_check(&check).unwrap();
    for _ in 0..31 {
        puppet.pass(SECOND);
        let _ = puppet.receive_check(&forged);
    }
    assert_eq!(puppet.agent.send_path(), None);
}

#[test]
fn a_full_peer_that_claims_to_be_controlled_gets_487() {
    let mut puppet = Puppet::with_config(lite(), Role::Controlled);
    let mut check = puppet.check(1);
    (check.controlling, check.controlled) = (None, Some(u64::MAX));
    assert_eq!(puppet.receive_check(&check), Err(Error::RoleConflict));
    let reply = puppet.sent().remove(0);
    assert_eq!(reply.message().error_code().unwrap(), Some(ErrorCode::ROLE_CONFLICT));
    assert_eq!(puppet.agent.role(), Role::Controlled);
}

#[test]
fn silence_is_told_and_ends_all_data_of_a_lite_agent_and_a_check_brings_it_back() {
    let mut puppet = Puppet::with_config(lite(), Role::Controlled);
    let credentials = puppet.credentials.clone();
    puppet.agent.set_remote_credentials(puppet.now, credentials).unwrap();
    let mut check = puppet.check(1);
    check.use_candidate = true;
    puppet.receive_check(&check).unwrap();
    puppet.sent();
    puppet.events();
    assert!(puppet.pass(24 * SECOND).is_empty());
    assert_eq!(puppet.agent.state(), State::Connected);
    puppet.pass(2 * SECOND);
    assert_eq!(puppet.agent.state(), State::Disconnected);
    assert_eq!(puppet.agent.send_path(), Some(puppet.path));
    check.id = 2;
    puppet.receive_check(&check).unwrap();
    assert_eq!(puppet.agent.state(), State::Connected);
    puppet.sent();
    puppet.pass(31 * SECOND);
    assert_eq!(puppet.agent.send_path(), None);
    assert_ne!(puppet.agent.path_status(&puppet.path), PathStatus::Valid);
    check.id = 3;
    puppet.receive_check(&check).unwrap();
    assert_eq!(puppet.agent.send_path(), Some(puppet.path));
    let states = [State::Disconnected, State::Connected, State::Disconnected];
    assert_eq!(puppet.events()[..3], states.map(Event::StateChange));
}

#[test]
fn a_pair_that_was_silent_for_long_is_doubted_as_soon_as_a_lite_agent_falls_back_to_it() {
    let mut puppet = Puppet::with_config(lite(), Role::Controlled);
    let credentials = puppet.credentials.clone();
    puppet.agent.set_remote_credentials(puppet.now, credentials).unwrap();
    let paths = [puppet.path, FiveTuple { remote: addr("192.0.2.2:2001"), ..puppet.path }];
    // The second is the one in use, but the first is heard of last.
    for (id, at) in [(1, 0), (2, 1), (3, 0)] {
        puppet.path = paths[at];
        let mut check = puppet.check(id);
        check.use_candidate = id != 3;
        puppet.receive_check(&check).unwrap();
        puppet.sent();
        puppet.pass(SECOND);
    }
    assert_eq!(puppet.agent.send_path(), Some(paths[1]));
    let end = puppet.now + 40 * SECOND;
    while let Some(next) = puppet.agent.poll_timeout().filter(|next| *next < end) {
        puppet.now = puppet.now.max(next);
        puppet.agent.handle_timeout(puppet.now);
        assert!(puppet.sent().is_empty());
        let next = puppet.agent.poll_timeout();
        assert!(next.is_none_or(|next| next > puppet.now), "{next:?} at {:?}", puppet.now);
        if puppet.agent.send_path() == Some(paths[0]) {
            assert_eq!(puppet.agent.state(), State::Disconnected);
        }
    }
    assert_eq!(puppet.agent.send_path(), None);
}

#[test]
fn a_lite_agent_that_nobody_checks_fails_after_the_patience_of_the_rfc() {
    let mut pair = full_and_lite([Role::Controlling, Role::Controlled]);
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.end_of_candidates();
    pair.filter = Box::new(|_, _, _| false);
    pair.drive(39 * SECOND);
    assert_eq!(pair.agents[1].state(), State::Checking);
    pair.drive(SECOND);
    assert_eq!(pair.agents[1].state(), State::Failed);
}

#[test]
fn two_lite_agents_select_the_best_pair_without_a_word() {
    let mut pair = Pair::with_configs([lite(), lite()], [Role::Controlling, Role::Controlled]);
    for agent in &mut pair.agents {
        agent.set_remote_lite(true);
    }
    pair.exchange_credentials();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    for at in 0..2 {
        let worse = pair.add_socket(at, &format!("192.0.2.{}:3000", at + 1), 100);
        pair.tell(at, &worse);
        let better = pair.add_socket(at, &format!("[2001:db8::{}]:4000", at + 1), 65535);
        pair.tell(at, &better);
    }
    pair.end_of_candidates();
    pair.drive(100 * SECOND);
    assert_eq!(pair.states(), [State::Completed; 2]);
    assert_eq!(
        [pair.agents[0].role(), pair.agents[1].role()],
        [Role::Controlling, Role::Controlled]
    );
    let path = pair.agents[0].send_path().unwrap();
    assert_eq!(pair.agents[1].send_path(), Some(common::reversed(path)));
    assert_eq!(
        path.local.port(),
        path.remote.port() - if path.local.port() == 1000 { 1000 } else { 0 }
    );
    assert!(pair.log.is_empty());
}

#[test]
fn a_lite_agent_has_host_candidates_that_others_come_to() {
    let mut pair = full_and_lite([Role::Controlling, Role::Controlled]);
    let now = pair.now;
    let agent = &mut pair.agents[1];
    let server = "192.0.2.99".parse().unwrap();
    let address = addr("192.0.2.2:5000");
    for candidate in [
        Candidate::relayed(address, address, server, 1),
        Candidate::server_reflexive(address, addr("192.0.2.2:2000"), server, 1),
        Candidate::host_tcp(address, TcpType::Active, 1),
    ] {
        assert_eq!(agent.add_local_candidate(now, candidate), Err(AddCandidateError::Lite));
    }
    let passive = Candidate::host_tcp(address, TcpType::Passive, 1);
    assert!(agent.add_local_candidate(now, passive).is_ok());
}

#[test]
fn a_lite_agent_takes_accepted_connections() {
    let mut pair = full_and_lite([Role::Controlling, Role::Controlled]);
    pair.add_tcp_hosts("192.0.2.1:1", "192.0.2.2:2000");
    pair.connect();
    pair.drive(60 * SECOND);
    assert_eq!(pair.states(), [State::Connected; 2]);
    assert_eq!(pair.agents[1].send_path().unwrap().remote, addr("192.0.2.1:50001"));
}

#[test]
fn a_lite_agent_restarts_with_data_going_on() {
    let mut pair = full_and_lite([Role::Controlling, Role::Controlled]);
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.connect();
    pair.drive(10 * SECOND);
    for at in 0..2 {
        pair.agents[at].restart(pair.now, &mut rng(30 + u8::try_from(at).unwrap()));
    }
    pair.drive(60 * SECOND);
    assert!(pair.agents.iter().all(|agent| agent.send_path().is_some()), "on the old path");
    for at in 0..2 {
        pair.tell_credentials(at);
        let own: Vec<_> = pair.agents[at].local_candidates().cloned().collect();
        own.iter().for_each(|own| pair.tell(at, own));
    }
    pair.connect();
    pair.drive(60 * SECOND);
    assert!(pair.agents.iter().all(|agent| agent.selected_pair().is_some()));
    assert_eq!(requests_of(&pair, 1), 0);
}
