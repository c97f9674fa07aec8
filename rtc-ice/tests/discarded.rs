//! More pairs than are kept: those that found no room have their turn when others come to nothing.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use rtc_ice::{Agent, Config, Error, Role, State};

use common::puppet::Puppet;
use common::{Pair, addr};

const SECOND: Duration = Duration::from_secs(1);

/// `count` sockets on each side, whose candidates come to the other side by turns; only the sockets
/// of these numbers reach each other.
fn by_turns(count: u16, works: Option<(u16, u16)>) -> Pair {
    let mut pair = Pair::new();
    pair.filter = Box::new(move |at, path, _| {
        let (here, there) = (path.local.port() - 1000, path.remote.port() - 1000);
        let ends = if at == 0 { (here, there) } else { (there, here) };
        Some(ends) == works
    });
    for n in 0..count {
        for at in 0..2 {
            let own = pair.add_socket(at, &format!("10.{at}.{n}.1:{}", 1000 + n), 65535 - n);
            pair.tell(at, &own);
        }
    }
    pair.end_of_candidates();
    pair
}

/// The numbers of the sockets that an agent has pairs of.
fn pairs(agent: &Agent) -> BTreeSet<(u16, u16)> {
    agent
        .pairs()
        .map(|pair| (pair.path.local.port() - 1000, pair.path.remote.port() - 1000))
        .collect()
}

fn requests(pair: &Pair) -> u64 {
    pair.sent.iter().sum()
}

#[test]
fn the_only_pair_that_works_is_found_though_it_found_no_room() {
    let pair = by_turns(100, None);
    let kept: Vec<_> = pair.agents.iter().map(pairs).collect();
    assert!(kept.iter().all(|kept| kept.len() == 100));
    let is_kept = |&(first, second): &(u16, u16)| {
        kept[0].contains(&(first, second)) || kept[1].contains(&(second, first))
    };
    // The last two to arrive that are in nobody's list, and two others.
    let last = (0..100).rev().map(|n| (99, n)).find(|ends| !is_kept(ends)).unwrap();
    let earlier = [(50, 49), (3, 90)].into_iter().filter(|ends| !is_kept(ends));
    for works in [last, (98, 99)].into_iter().chain(earlier) {
        let mut pair = by_turns(100, Some(works));
        let usable = |pair: &Pair| pair.agents.iter().all(|agent| agent.send_path().is_some());
        assert!(pair.drive_until(60 * SECOND, usable), "{works:?}");
        println!("100x100, {works:?}: {:?}, {} requests", pair.elapsed(), requests(&pair));
        assert!(pair.agents.iter().all(|agent| agent.pairs().count() <= 100));
    }
}

#[test]
fn the_search_ends_and_asks_no_faster_than_it_may() {
    let mut pair = by_turns(30, None);
    assert!(pair.agents.iter().all(|agent| pairs(agent).len() == 100));
    let failed = |pair: &Pair| pair.agents.iter().all(|agent| agent.state() == State::Failed);
    assert!(pair.drive_until(180 * SECOND, failed));
    println!("30x30, none works: {:?}, {} requests", pair.elapsed(), requests(&pair));
    // Each of 900 pairs on each side three times, and the last hundred as often as any.
    assert!(requests(&pair) <= 2 * (3 * 900 + 8 * 100));
    let asked: BTreeSet<_> =
        pair.log.iter().map(|(_, path, _)| (path.local, path.remote)).collect();
    assert_eq!(asked.len(), 2 * 900, "each pair was tried");
    let five = Duration::from_millis(5);
    for at in 0..2 {
        let own: Vec<_> = pair
            .log
            .iter()
            .filter(|(_, path, _)| pair.addresses[at].contains(&path.local))
            .collect();
        assert!(own.windows(2).all(|two| two[1].0.saturating_duration_since(two[0].0) >= five));
    }
}

#[test]
fn who_is_heard_gets_a_pair_though_the_list_is_full() {
    let mut pair = by_turns(100, None);
    let kept = pairs(&pair.agents[0]);
    // The worst that there can be, checked by the other side.
    let (first, second) =
        (0..100).rev().map(|n| (n, 99)).find(|ends| !kept.contains(ends)).unwrap();
    pair.filter = Box::new(move |at, path, _| {
        let (here, there) = (path.local.port() - 1000, path.remote.port() - 1000);
        at == 0 && (here, there) == (first, second) || at == 1 && (here, there) == (second, first)
    });
    let usable = |pair: &Pair| pair.agents.iter().all(|agent| agent.send_path().is_some());
    assert!(pair.drive_until(60 * SECOND, usable));
    assert!(pair.errors.is_empty(), "{:?}", pair.errors);
}

#[test]
fn a_check_for_which_there_is_no_room_changes_nothing() {
    let mut config = Config::default();
    config.max_pairs = 2;
    let mut puppet = Puppet::with_config(config, Role::Controlled);
    let credentials = puppet.credentials.clone();
    puppet.agent.set_remote_credentials(puppet.now, credentials).unwrap();
    for id in 1..=2 {
        puppet.path.remote = addr(&format!("192.0.2.2:300{id}"));
        puppet.receive_check(&puppet.check(id)).unwrap();
    }
    puppet.path.remote = addr("192.0.2.2:3003");
    let before = puppet.snapshot();
    assert_eq!(puppet.receive_check(&puppet.check(3)), Err(Error::Full));
    assert_eq!(puppet.snapshot(), before);
}
