//! Nominations after the first one (draft-thatcher-ice-renomination), and what makes another pair
//! the better one.
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
use rtc_ice::stun::{Message, NetworkInfo};
use rtc_ice::{Candidate, Config, Network, Role, State};

const SECOND: Duration = Duration::from_secs(1);

/// Two agents that have agreed on renomination, the first of which may have several sockets.
fn agreed() -> Pair {
    let mut pair = Pair::new();
    pair.agents.iter_mut().for_each(|agent| agent.set_renomination(true));
    pair
}

/// A socket of the first agent on a network, known to both.
fn add_on(pair: &mut Pair, address: &str, network: Network) {
    let address = addr(address);
    pair.addresses[0].insert(address);
    let mut candidate = Candidate::host(address, 65535 - network.id);
    candidate.network = network;
    let told = pair.agents[0].add_local_candidate(pair.now, candidate).unwrap().unwrap();
    pair.tell(0, &told);
}

const MOBILE: Network = {
    let mut network = Network { id: 0, cost: 0 };
    network.id = 1;
    network.cost = 900;
    network
};
const CABLE: Network = {
    let mut network = Network { id: 0, cost: 0 };
    network.id = 2;
    network.cost = 10;
    network
};

fn values(pair: &Pair) -> Vec<u32> {
    let value = |bytes: &[u8]| Message::decode(bytes).unwrap().nomination().unwrap();
    let mut values: Vec<u32> = pair.log.iter().filter_map(|(_, _, bytes)| value(bytes)).collect();
    values.dedup();
    values
}

#[test]
fn a_cheaper_network_that_comes_later_is_nominated_with_a_larger_value() {
    for is_agreed in [true, false] {
        let mut pair = if is_agreed { agreed() } else { Pair::new() };
        add_on(&mut pair, "192.0.2.1:1000", MOBILE);
        let remote = pair.add_socket(1, "192.0.2.2:2000", 65535);
        pair.tell(1, &remote);
        pair.connect();
        pair.drive(10 * SECOND);
        let before = pair.now;
        add_on(&mut pair, "192.0.2.1:1001", CABLE);
        let moved = |pair: &Pair| {
            pair.agents[0].selected_pair().is_some_and(|pair| pair.path.local.port() == 1001)
                && pair.agents[1]
                    .selected_pair()
                    .is_some_and(|pair| pair.path.remote.port() == 1001)
        };
        assert!(pair.drive_until(SECOND, moved));
        assert!(pair.now.saturating_duration_since(before) <= SECOND / 10);
        pair.drive(60 * SECOND);
        assert!(moved(&pair), "and stays");
        assert_eq!(pair.selections(0).len(), 2);
        assert_eq!(pair.selections(1).len(), 2);
        let values = values(&pair);
        assert_eq!(values, if is_agreed { vec![1, 2] } else { vec![] });
        assert!(pair.states_of(0).iter().all(|state| *state != State::Disconnected));
    }
}

#[test]
fn a_pair_that_is_much_nearer_is_nominated_once_that_is_known() {
    let mut pair = agreed();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    let far = pair.add_socket(0, "192.0.2.1:1001", 100);
    pair.tell(0, &far);
    pair.connect();
    assert_eq!(pair.agents[0].send_path().unwrap().local.port(), 1000);
    // From now on the way over the better address is slow.
    pair.delay = Box::new(|path| {
        let is_slow = path.local.port() == 1000 || path.remote.port() == 1000;
        Duration::from_millis(if is_slow { 150 } else { 0 })
    });
    pair.drive(120 * SECOND);
    assert_eq!(pair.agents[0].send_path().unwrap().local.port(), 1001);
    assert_eq!(pair.agents[1].selected_pair().unwrap().path.remote.port(), 1001);
    assert_eq!(pair.selections(0).len(), 2, "no flapping");
}

#[test]
fn pairs_that_are_alike_are_not_exchanged() {
    let mut pair = agreed();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.connect();
    let better = pair.add_socket(0, "192.0.2.1:1001", 65535);
    pair.tell(0, &better);
    pair.drive(120 * SECOND);
    assert_eq!(pair.selections(0).len(), 1);
    assert!(pair.agents[0].pairs().all(|pair| pair.responses_received > 0), "but checked");
}

#[test]
fn whoever_does_not_want_it_nominates_once() {
    let mut config = Config::default();
    config.nominates_again = false;
    let mut pair = Pair::with_roles(config, [Role::Controlling, Role::Controlled]);
    add_on(&mut pair, "192.0.2.1:1000", MOBILE);
    let remote = pair.add_socket(1, "192.0.2.2:2000", 65535);
    pair.tell(1, &remote);
    pair.connect();
    add_on(&mut pair, "192.0.2.1:1001", CABLE);
    pair.drive(60 * SECOND);
    assert_eq!(pair.selections(0).len(), 1);
}

#[test]
fn the_largest_value_wins_in_whatever_order_they_come() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.agent.set_renomination(true);
    puppet.play(SECOND / 10);
    let first = puppet.path;
    let second = FiveTuple::udp(first.local, addr("192.0.2.2:2001"));
    let nominate = |puppet: &mut Puppet, id, path, value| {
        let mut check = puppet.check(id);
        check.nomination = Some(value);
        puppet.path = path;
        puppet.receive_check(&check).unwrap();
        puppet.play(SECOND / 10);
        puppet.agent.selected_pair().map(|pair| pair.path)
    };
    assert_eq!(nominate(&mut puppet, 1, first, 2), Some(first));
    assert_eq!(nominate(&mut puppet, 2, second, 7), Some(second));
    assert_eq!(nominate(&mut puppet, 3, first, 5), Some(second), "late");
    assert_eq!(nominate(&mut puppet, 4, first, 7), Some(second), "not larger");
    assert_eq!(nominate(&mut puppet, 5, first, 0), Some(second), "no value");
    assert_eq!(nominate(&mut puppet, 6, first, u32::MAX), Some(first));
    let mut check = puppet.check(7);
    check.use_candidate = true;
    puppet.path = second;
    puppet.receive_check(&check).unwrap();
    puppet.play(SECOND / 10);
    let selected = puppet.agent.selected_pair().unwrap().path;
    assert_eq!(selected, first, "USE-CANDIDATE alone counts as the value 1");
}

#[test]
fn without_an_agreement_the_value_is_ignored() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.play(SECOND / 10);
    let mut check = puppet.check(1);
    check.nomination = Some(3);
    puppet.receive_check(&check).unwrap();
    puppet.play(SECOND / 10);
    assert_eq!(puppet.agent.selected_pair(), None);
}

#[test]
fn a_forged_value_changes_nothing() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.agent.set_renomination(true);
    puppet.play(SECOND / 10);
    let mut check = puppet.check(1);
    check.nomination = Some(u32::MAX);
    check.password = "guess".repeat(5);
    let before = puppet.snapshot();
    assert!(puppet.receive_check(&check).is_err());
    assert_eq!(puppet.snapshot(), before);
}

#[test]
fn the_network_is_told_in_checks_and_learned_from_them() {
    let mut pair = Pair::new();
    add_on(&mut pair, "192.0.2.1:1000", MOBILE);
    let remote = pair.add_socket(1, "192.0.2.2:2000", 65535);
    pair.tell(1, &remote);
    pair.connect();
    pair.drive(10 * SECOND);
    for (_, path, bytes) in &pair.log {
        let told = Message::decode(bytes).unwrap().network_info().unwrap();
        let is_request = bytes[..2] == [0, 1];
        let expected = NetworkInfo { id: 1, cost: 900 };
        let of_the_first = path.local == addr("192.0.2.1:1000");
        assert_eq!(told, (is_request && of_the_first).then_some(expected));
    }
    let learned = pair.agents[1].selected_pair().unwrap().remote.network;
    assert_eq!((learned.id, learned.cost), (1, 900));
}

#[test]
fn among_pairs_that_work_the_cheaper_network_is_nominated_first() {
    let mut pair = agreed();
    // The mobile network has the better priority.
    add_on(&mut pair, "192.0.2.1:1000", MOBILE);
    add_on(&mut pair, "192.0.2.1:1001", CABLE);
    let remote = pair.add_socket(1, "192.0.2.2:2000", 65535);
    pair.tell(1, &remote);
    pair.connect();
    assert_eq!(pair.selections(0).len(), 1);
    assert_eq!(pair.agents[0].send_path().unwrap().local.port(), 1001);
}
