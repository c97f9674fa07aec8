//! ICE restarts.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod common;

use std::time::Duration;

use common::{Pair, addr, rng};
use rtc_core::FiveTuple;
use rtc_ice::stun::{Class, IntegrityKey, MessageBuilder, Method, TransactionId};
use rtc_ice::{Error, PathStatus, State};

const SECOND: Duration = Duration::from_secs(1);

fn connected() -> Pair {
    let mut pair = Pair::new();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.end_of_candidates();
    pair.connect();
    pair.drive(50 * SECOND);
    pair
}

fn restart(pair: &mut Pair, at: usize, seed: u8) {
    pair.agents[at].restart(pair.now, &mut rng(seed));
}

/// Tells credentials and candidates of one agent to the other.
fn describe(pair: &mut Pair, of: usize) {
    pair.tell_credentials(of);
    let candidates: Vec<_> = pair.agents[of].local_candidates().cloned().collect();
    for candidate in candidates {
        pair.tell(of, &candidate);
    }
    pair.agents[of].end_of_local_candidates(pair.now);
    pair.agents[1 - of].end_of_remote_candidates(pair.now);
}

fn old_path() -> FiveTuple {
    FiveTuple::udp(addr("192.0.2.1:1000"), addr("192.0.2.2:2000"))
}

#[test]
fn data_goes_on_during_a_restart_and_a_new_pair_takes_over() {
    let mut pair = connected();
    let old = pair.agents[0].local_credentials().clone();
    restart(&mut pair, 0, 11);
    assert_ne!(pair.agents[0].local_credentials().ufrag(), old.ufrag());
    assert_ne!(pair.agents[0].local_credentials().password(), old.password());
    assert_eq!(pair.agents[0].state(), State::Connected);
    assert_eq!(pair.agents[0].send_path(), Some(old_path()));
    assert_eq!(pair.agents[0].path_status(&old_path()), PathStatus::Valid);
    // The offer takes a while; the other side still has consent, asked for with the old password.
    pair.drive(40 * SECOND);
    assert_eq!(pair.states(), [State::Connected, State::Completed]);
    assert!(pair.agents.iter().all(|agent| agent.send_path().is_some()));
    // The offer arrives, the other side restarts as well and answers.
    restart(&mut pair, 1, 12);
    describe(&mut pair, 0);
    pair.drive(100 * SECOND / 1000);
    describe(&mut pair, 1);
    let at = pair.now;
    pair.connect();
    assert!(pair.now.saturating_duration_since(at) <= SECOND / 10);
    assert_eq!(pair.states(), [State::Completed; 2]);
    assert_eq!(pair.agents[0].send_path(), Some(old_path()), "the same sockets again");
    pair.drive(100 * SECOND);
    assert_eq!(pair.states(), [State::Completed; 2]);
}

#[test]
fn a_restart_leads_to_another_network() {
    let mut pair = connected();
    restart(&mut pair, 0, 11);
    restart(&mut pair, 1, 12);
    pair.agents[0].remove_local(pair.now, rtc_core::Protocol::Udp, addr("192.0.2.1:1000"));
    assert_eq!(pair.agents[0].send_path(), None);
    pair.add_socket(0, "198.51.100.7:1", 65535);
    describe(&mut pair, 0);
    describe(&mut pair, 1);
    pair.connect();
    assert_eq!(pair.agents[1].send_path().unwrap().remote, addr("198.51.100.7:1"));
}

#[test]
fn a_restart_leads_out_of_failure() {
    let mut pair = connected();
    pair.filter = Box::new(|_, _, _| false);
    pair.drive(200 * SECOND);
    assert_eq!(pair.states(), [State::Failed; 2]);
    pair.filter = Box::new(|_, _, _| true);
    restart(&mut pair, 0, 11);
    restart(&mut pair, 1, 12);
    assert_eq!(pair.states(), [State::Checking; 2]);
    describe(&mut pair, 0);
    describe(&mut pair, 1);
    pair.connect();
    assert_eq!(pair.states(), [State::Completed; 2]);
}

#[test]
fn consent_on_the_old_path_runs_out_as_ever() {
    let mut pair = connected();
    restart(&mut pair, 0, 11);
    pair.filter = Box::new(|_, _, _| false);
    pair.drive(31 * SECOND);
    assert_eq!(pair.agents[0].send_path(), None);
    assert_eq!(pair.agents[0].state(), State::Checking);
    assert_eq!(pair.agents[0].path_status(&old_path()), PathStatus::Unknown);
}

#[test]
fn old_credentials_are_answered_for_a_while_and_change_nothing() {
    use common::puppet::Puppet;
    use rtc_ice::Role;
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.play(SECOND);
    let mut check = puppet.check(1);
    puppet.agent.restart(puppet.now, &mut rng(3));
    check.use_candidate = true;
    assert_eq!(puppet.receive_check(&check), Ok(()));
    let reply = puppet.sent().remove(0);
    let old = IntegrityKey::short_term(&check.password);
    assert!(reply.message().verify(&old), "answered with the password of the request");
    assert_eq!(puppet.agent.pairs().count(), 0);
    assert_eq!(puppet.agent.remote_candidates().count(), 0);
    puppet.pass(31 * SECOND);
    assert_eq!(puppet.receive_check(&check), Err(Error::Username), "it is forgotten");
}

#[test]
fn two_restarts_in_a_row_keep_the_path_that_works() {
    let mut pair = connected();
    restart(&mut pair, 0, 11);
    restart(&mut pair, 0, 13);
    assert_eq!(pair.agents[0].send_path(), Some(old_path()));
    pair.drive(40 * SECOND);
    assert_eq!(pair.agents[0].send_path(), Some(old_path()));
    restart(&mut pair, 1, 12);
    describe(&mut pair, 0);
    describe(&mut pair, 1);
    pair.connect();
    assert_eq!(pair.states(), [State::Completed; 2]);
}

#[test]
fn old_credentials_are_answered_on_the_old_path_only() {
    let mut pair = connected();
    let (ours, theirs) =
        (pair.agents[0].local_credentials().clone(), pair.agents[1].local_credentials().clone());
    restart(&mut pair, 0, 11);
    // Another socket of the other side's, which has not heard of the restart.
    let mut check = Vec::new();
    MessageBuilder::new(&mut check, Class::Request, Method::BINDING, TransactionId([7; 12]))
        .username(&format!("{}:{}", ours.ufrag(), theirs.ufrag()))
        .priority(1)
        .ice_controlled(1)
        .message_integrity(&IntegrityKey::short_term(ours.password()))
        .fingerprint()
        .finish();
    let elsewhere = FiveTuple::udp(addr("192.0.2.1:1000"), addr("192.0.2.2:2001"));
    let agent = &mut pair.agents[0];
    let mut out = Vec::new();
    while agent.poll_transmit(pair.now, &mut out).is_some() {}
    out.clear();
    assert_eq!(agent.handle_datagram(pair.now, elsewhere, &check), Err(Error::Username));
    assert_eq!(agent.poll_transmit(pair.now, &mut out), None, "not a word");
    assert_eq!(agent.handle_datagram(pair.now, old_path(), &check), Ok(()));
    assert_eq!(agent.poll_transmit(pair.now, &mut out).unwrap().path, old_path());
}
