//! Consent to send, its loss, and what follows.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod common;

use std::time::Duration;

use common::puppet::{Puppet, Sent};
use common::{Pair, addr, rng};
use rtc_core::FiveTuple;
use rtc_ice::{Config, Error, Event, PairState, PathStatus, Role, State};

const SECOND: Duration = Duration::from_secs(1);

/// A puppet that is connected, with all candidates told.
fn connected(role: Role) -> Puppet {
    let mut puppet = Puppet::new(role);
    puppet.agent.end_of_local_candidates(puppet.now);
    puppet.agent.end_of_remote_candidates(puppet.now);
    if role == Role::Controlled {
        let mut check = puppet.check(1);
        check.use_candidate = true;
        puppet.receive_check(&check).unwrap();
    }
    puppet.play(SECOND);
    assert_eq!(puppet.agent.state(), State::Completed);
    puppet.events();
    puppet
}

#[test]
fn consent_is_asked_for_every_four_to_six_seconds_with_fresh_ids() {
    let mut puppet = connected(Role::Controlling);
    let mut moments = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..10_000 {
        for sent in puppet.pass(Duration::from_millis(50)) {
            moments.push(puppet.now);
            assert!(ids.insert(sent.message().transaction_id()));
            puppet.receive_answer(&sent).unwrap();
        }
    }
    let waits: Vec<_> =
        moments.windows(2).map(|both| both[1].saturating_duration_since(both[0])).collect();
    assert!(waits.len() > 80);
    let slack = Duration::from_millis(50);
    assert!(waits.iter().all(|wait| *wait >= 4 * SECOND - slack && *wait <= 6 * SECOND + slack));
    let distinct: std::collections::BTreeSet<_> = waits.iter().collect();
    assert!(distinct.len() > 10, "the intervals are spread");
    let info = puppet.agent.selected_pair().unwrap();
    assert_eq!(info.consent_requests_sent, u64::try_from(moments.len()).unwrap());
    assert_eq!(info.state, PairState::Succeeded);
    assert_eq!(puppet.agent.state(), State::Completed);
    assert!(puppet.events().is_empty());
}

#[test]
fn a_consent_check_is_never_sent_again() {
    let mut puppet = connected(Role::Controlling);
    let sent = puppet.pass(29 * SECOND);
    let ids: std::collections::BTreeSet<_> =
        sent.iter().map(|sent| sent.message().transaction_id()).collect();
    assert!(sent.len() >= 4 && sent.len() <= 7, "{}", sent.len());
    assert_eq!(ids.len(), sent.len());
}

#[test]
fn consent_that_is_not_renewed_for_thirty_seconds_stops_all_data() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut puppet = connected(role);
        // The last answer came a little before the silence began.
        puppet.pass(28 * SECOND);
        assert_eq!(puppet.agent.state(), State::Disconnected);
        assert_eq!(puppet.agent.send_path(), Some(puppet.path), "there still is consent");
        puppet.pass(3 * SECOND);
        assert_eq!(puppet.agent.send_path(), None);
        puppet.pass(15 * SECOND);
        assert_eq!(puppet.agent.send_path(), None);
        assert_eq!(puppet.agent.state(), State::Failed);
        let states: Vec<_> = puppet.events();
        let expected = [State::Disconnected, State::Checking, State::Failed];
        assert_eq!(states, expected.map(Event::StateChange));
        assert!(puppet.pass(100 * SECOND).is_empty());
    }
}

#[test]
fn traffic_that_is_no_answer_does_not_renew_consent() {
    let mut puppet = connected(Role::Controlled);
    let mut asked: Vec<Sent> = Vec::new();
    for second in 0..35 {
        asked.extend(puppet.pass(SECOND).into_iter().filter(Sent::is_request));
        // Authentic requests, forged answers, garbage: none of it is consent.
        let check = puppet.check(second + 10);
        let _ = puppet.receive_check(&check);
        let forged = rtc_ice::stun::IntegrityKey::short_term("guessguessguessguessguess");
        if let Some(last) = asked.last() {
            let bytes = puppet.answer(last, puppet.path.local, &forged);
            let _ = puppet.receive(&bytes);
            let authentic = puppet.answer(last, puppet.path.local, &puppet.key.clone());
            let elsewhere = FiveTuple::udp(puppet.path.local, addr("192.0.2.2:2001"));
            let _ = puppet.agent.handle_datagram(puppet.now, elsewhere, &authentic);
        }
    }
    assert!(!asked.is_empty());
    assert_eq!(puppet.agent.send_path(), None);
}

#[test]
fn an_answer_after_the_expiry_does_not_bring_consent_back() {
    let mut puppet = connected(Role::Controlling);
    let asked = puppet.pass(28 * SECOND);
    puppet.pass(4 * SECOND);
    assert_eq!(puppet.agent.send_path(), None);
    for sent in asked {
        let late = puppet.receive_answer(&sent);
        assert_eq!(late, Err(Error::UnknownTransaction));
    }
    // Nor does a check of the other side: the credentials are spent on this path.
    let check = puppet.check(7);
    let _ = puppet.receive_check(&check);
    assert!(puppet.pass(5 * SECOND).iter().all(|sent| !sent.is_request()));
    assert_eq!(puppet.agent.send_path(), None);
    assert_ne!(puppet.agent.path_status(&puppet.path), PathStatus::Valid);
}

#[test]
fn missing_answers_are_told_and_so_is_the_return() {
    let mut puppet = connected(Role::Controlling);
    puppet.pass(8 * SECOND);
    assert_eq!(puppet.agent.state(), State::Completed, "one missing answer is no trouble");
    puppet.pass(6 * SECOND);
    assert_eq!(puppet.agent.state(), State::Disconnected);
    puppet.play(6 * SECOND);
    assert_eq!(puppet.agent.state(), State::Completed);
    let expected = [State::Disconnected, State::Completed].map(Event::StateChange);
    assert_eq!(puppet.events(), expected);
}

#[test]
fn a_restart_of_a_path_in_trouble_is_no_sign_that_it_works() {
    let mut puppet = connected(Role::Controlling);
    puppet.pass(14 * SECOND);
    assert_eq!(puppet.agent.state(), State::Disconnected);
    puppet.agent.restart(puppet.now, &mut rng(9));
    assert_eq!(puppet.agent.state(), State::Checking);
    assert_eq!(puppet.agent.send_path(), Some(puppet.path), "nothing is known to be better");
}

#[test]
fn a_broken_path_is_left_for_another_one() {
    let mut pair = Pair::new();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    let second = pair.add_socket(0, "192.0.2.1:1001", 65534);
    pair.tell(0, &second);
    pair.end_of_candidates();
    pair.connect();
    pair.drive(60 * SECOND);
    assert_eq!(pair.states(), [State::Completed; 2]);
    assert_eq!(pair.agents[0].send_path().unwrap().local.port(), 1000);
    pair.filter = Box::new(|_, path, _| path.local.port() != 1000 && path.remote.port() != 1000);
    let broke = pair.now;
    let moved = |pair: &Pair| {
        pair.agents[0].selected_pair().is_some_and(|pair| pair.path.local.port() == 1001)
            && pair.agents[1].selected_pair().is_some_and(|pair| pair.path.remote.port() == 1001)
    };
    assert!(pair.drive_until(30 * SECOND, moved), "{:?}", pair.states());
    let time = pair.now.saturating_duration_since(broke);
    println!("failover after {time:?}");
    assert!(time <= 15 * SECOND, "{time:?}");
    pair.drive(60 * SECOND);
    assert_eq!(pair.states(), [State::Completed; 2]);
}

#[test]
fn an_idle_connection_wakes_up_for_consent_only() {
    let mut pair = Pair::new();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.end_of_candidates();
    pair.connect();
    pair.drive(SECOND);
    let before = pair.sent;
    pair.drive(100 * SECOND);
    for (after, before) in pair.sent.into_iter().zip(before) {
        // A request each 4 to 6 s, and an answer to each of the other side's.
        assert!((34..=50).contains(&(after - before)), "{}", after - before);
    }
}

#[test]
fn consent_lasts_no_longer_than_the_rfc_allows() {
    let mut config = Config::default();
    config.consent_lifetime = 300 * SECOND;
    config.consent_interval = SECOND;
    let mut pair = Pair::with_roles(config, [Role::Controlling, Role::Controlled]);
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.connect();
    let before = pair.sent[0];
    pair.drive(60 * SECOND);
    assert!(pair.sent[0] - before <= 31);
    pair.filter = Box::new(|_, _, _| false);
    pair.drive(31 * SECOND);
    assert!(pair.agents.iter().all(|agent| agent.send_path().is_none()));
}
