//! Roles, their conflicts, and nominations.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod common;

use std::time::Duration;

use common::puppet::Puppet;
use common::{Pair, addr};
use rtc_core::FiveTuple;
use rtc_ice::stun::{Class, ErrorCode, IntegrityKey};
use rtc_ice::{Config, Error, Event, PathStatus, Role, State};

#[test]
fn two_agents_of_one_role_settle_it_and_connect() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut pair = Pair::with_roles(Config::default(), [role; 2]);
        pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
        pair.add_hosts("192.0.2.1:1001", "192.0.2.2:2001");
        pair.end_of_candidates();
        pair.connect();
        println!("{role:?} twice: selected after {:?}", pair.elapsed());
        assert!(pair.elapsed() <= Duration::from_millis(100));
        let [first, second] = pair.agents.each_ref().map(|agent| agent.role());
        assert_eq!(first, second.opposite());
        let changes = pair.events.iter().flatten();
        let changes = changes.filter(|(_, event)| matches!(event, Event::RoleChange(_)));
        assert_eq!(changes.count(), 1, "one of the two has changed, once");
        let [first, second] = pair.agents.each_ref().map(|agent| agent.selected_pair().unwrap());
        assert_eq!(first.path.local, second.path.remote);
        assert_eq!(first.path.remote, second.path.local);
    }
}

#[test]
fn the_agent_with_the_larger_tie_breaker_keeps_control_and_answers_487_with_integrity() {
    let mut puppet = Puppet::new(Role::Controlling);
    puppet.sent();
    let mut check = puppet.check(1);
    (check.controlling, check.controlled) = (Some(0), None);
    assert_eq!(puppet.receive_check(&check), Err(Error::RoleConflict));
    let reply = puppet.sent().remove(0);
    assert_eq!(reply.message().class(), Class::Error);
    assert_eq!(reply.message().error_code().unwrap(), Some(ErrorCode::ROLE_CONFLICT));
    assert!(reply.message().verify(&IntegrityKey::short_term(&check.password)));
    assert_eq!(puppet.agent.role(), Role::Controlling);
    assert_eq!(puppet.agent.path_status(&puppet.path), PathStatus::Unknown);

    (check.controlling, check.controlled) = (Some(u64::MAX), None);
    assert_eq!(puppet.receive_check(&check), Ok(()));
    assert_eq!(puppet.agent.role(), Role::Controlled);
    assert!(puppet.events().contains(&Event::RoleChange(Role::Controlled)));
}

#[test]
fn the_controlled_agent_with_the_larger_tie_breaker_takes_control() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.sent();
    let mut check = puppet.check(1);
    (check.controlling, check.controlled) = (None, Some(u64::MAX));
    assert_eq!(puppet.receive_check(&check), Err(Error::RoleConflict));
    let reply = puppet.sent().remove(0);
    assert_eq!(reply.message().error_code().unwrap(), Some(ErrorCode::ROLE_CONFLICT));
    assert_eq!(puppet.agent.role(), Role::Controlled);
    (check.controlling, check.controlled) = (None, Some(0));
    assert_eq!(puppet.receive_check(&check), Ok(()));
    assert_eq!(puppet.agent.role(), Role::Controlling);
}

#[test]
fn a_487_changes_the_role_and_the_tie_breaker_and_repeats_the_check() {
    let mut puppet = Puppet::new(Role::Controlling);
    let first = puppet.sent().remove(0);
    let tie_breaker = first.message().ice_controlling().unwrap().unwrap();
    let refusal = puppet.refuse(&first, ErrorCode::ROLE_CONFLICT);
    puppet.receive(&refusal).unwrap();
    assert_eq!(puppet.agent.role(), Role::Controlled);
    let again = puppet.pass(Duration::from_millis(5)).remove(0);
    assert_eq!(again.message().ice_controlling().unwrap(), None);
    assert_ne!(again.message().ice_controlled().unwrap().unwrap(), tie_breaker);
    puppet.receive_answer(&again).unwrap();
    assert_eq!(puppet.agent.send_path(), Some(puppet.path));
}

#[test]
fn a_check_that_is_refused_fails_its_pair() {
    let mut puppet = Puppet::new(Role::Controlling);
    let first = puppet.sent().remove(0);
    let refusal = puppet.refuse(&first, ErrorCode::BAD_REQUEST);
    puppet.receive(&refusal).unwrap();
    assert_eq!(puppet.agent.pairs().next().unwrap().state, rtc_ice::PairState::Failed);
    // A check of the other side gives it another chance.
    let check = puppet.check(1);
    puppet.receive_check(&check).unwrap();
    puppet.play(Duration::from_secs(1));
    assert_eq!(puppet.agent.send_path(), Some(puppet.path));
}

#[test]
fn use_candidate_on_the_very_first_check_is_enough() {
    let mut puppet = Puppet::new(Role::Controlled);
    let mut check = puppet.check(1);
    check.use_candidate = true;
    puppet.receive_check(&check).unwrap();
    assert!(puppet.agent.selected_pair().is_none(), "not before our own check has succeeded");
    let sent = puppet.sent();
    assert_eq!(sent[0].message().class(), Class::Success);
    puppet.receive_answer(&sent[1]).unwrap();
    assert_eq!(puppet.agent.selected_pair().unwrap().path, puppet.path);
    assert!(puppet.events().contains(&Event::SelectedPair(puppet.path)));
}

#[test]
fn the_last_nomination_wins() {
    let mut puppet = Puppet::new(Role::Controlled);
    let first = puppet.path;
    let second = FiveTuple::udp(first.local, addr("192.0.2.3:3000"));
    puppet.add_remote(second.remote);
    puppet.play(Duration::from_secs(1));
    let nominate = |puppet: &mut Puppet, path: FiveTuple, id| {
        puppet.path = path;
        let mut check = puppet.check(id);
        check.use_candidate = true;
        puppet.receive_check(&check).unwrap();
        puppet.play(Duration::from_millis(50));
        puppet.agent.send_path().unwrap()
    };
    assert_eq!(nominate(&mut puppet, first, 1), first);
    assert_eq!(nominate(&mut puppet, second, 2), second);
    assert_eq!(nominate(&mut puppet, second, 3), second);
    assert_eq!(nominate(&mut puppet, first, 1), second, "a retransmission is no new nomination");
    assert_eq!(nominate(&mut puppet, first, 4), first);
    let selected: Vec<_> = puppet
        .events()
        .into_iter()
        .filter(|event| matches!(event, Event::SelectedPair(_)))
        .collect();
    let expected = [first, second, first].map(Event::SelectedPair);
    assert_eq!(selected, expected);
}

#[test]
fn a_nomination_of_a_pair_that_was_never_checked_waits_for_our_check() {
    let mut puppet = Puppet::new(Role::Controlled);
    let first = puppet.path;
    puppet.play(Duration::from_millis(100));
    let mut check = puppet.check(1);
    check.use_candidate = true;
    puppet.receive_check(&check).unwrap();
    assert_eq!(puppet.agent.selected_pair().unwrap().path, first);
    // From an address that nobody has told: a peer-reflexive candidate, nominated at once.
    puppet.path.remote = addr("203.0.113.9:9999");
    check.id = 2;
    puppet.receive_check(&check).unwrap();
    assert_eq!(puppet.agent.selected_pair().unwrap().path, first);
    puppet.play(Duration::from_millis(100));
    assert_eq!(puppet.agent.selected_pair().unwrap().path, puppet.path);
}

#[test]
fn a_lite_peer_is_controlled_and_nominated_with_a_second_check() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.agent.set_remote_lite(true);
    assert_eq!(puppet.agent.role(), Role::Controlling);
    puppet.agent.set_role(Role::Controlled);
    assert_eq!(puppet.agent.role(), Role::Controlling);
    let first = puppet.pass(Duration::from_millis(10)).remove(0);
    assert!(!first.message().use_candidate());
    puppet.receive_answer(&first).unwrap();
    let second = puppet.sent().remove(0);
    assert!(second.message().use_candidate(), "nothing better is worth a wait");
    puppet.receive_answer(&second).unwrap();
    assert!(puppet.agent.selected_pair().unwrap().nominated);
}

#[test]
fn nomination_waits_a_little_for_a_better_pair_but_data_does_not() {
    let mut puppet = Puppet::new(Role::Controlling);
    let best = puppet.path;
    let other = FiveTuple::udp(addr("192.0.2.1:1001"), best.remote);
    let candidate = rtc_ice::Candidate::host(other.local, 100);
    puppet.agent.add_local_candidate(puppet.now, candidate).unwrap();
    let sent = puppet.pass(Duration::from_millis(10));
    let worse = sent.iter().find(|sent| sent.path == other).unwrap().clone();
    puppet.receive_answer(&worse).unwrap();
    assert_eq!(puppet.agent.send_path(), Some(other));
    assert_eq!(puppet.agent.state(), State::Connected);
    assert!(puppet.sent().iter().all(|sent| !sent.message().use_candidate()));
    let better = sent.iter().find(|sent| sent.path == best).unwrap().clone();
    puppet.now += Duration::from_millis(5);
    puppet.receive_answer(&better).unwrap();
    assert_eq!(puppet.agent.send_path(), Some(best));
    let nomination = puppet.sent().remove(0);
    assert!(nomination.message().use_candidate());
    assert_eq!(nomination.path, best);
}

#[test]
fn nomination_does_not_wait_for_ever() {
    let mut puppet = Puppet::new(Role::Controlling);
    let other = FiveTuple::udp(addr("192.0.2.1:1001"), puppet.path.remote);
    let candidate = rtc_ice::Candidate::host(other.local, 100);
    puppet.agent.add_local_candidate(puppet.now, candidate).unwrap();
    let sent = puppet.pass(Duration::from_millis(10));
    let worse = sent.iter().find(|sent| sent.path == other).unwrap().clone();
    puppet.receive_answer(&worse).unwrap();
    let sent = puppet.pass(Duration::from_millis(100));
    let nomination = sent.iter().find(|sent| sent.message().use_candidate()).unwrap().clone();
    assert_eq!(nomination.path, other);
    puppet.receive_answer(&nomination).unwrap();
    assert_eq!(puppet.agent.selected_pair().unwrap().path, other);
    let sent = puppet.pass(Duration::from_secs(3));
    assert!(sent.is_empty(), "no checks after the selection");
}
