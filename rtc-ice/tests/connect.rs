//! Two agents find each other.
mod common;

use std::time::Duration;

use common::{Pair, addr};
use rtc_core::FiveTuple;
use rtc_ice::{PathStatus, Role, State};

#[test]
fn one_pair_is_selected_within_two_round_trips() {
    let mut pair = Pair::new();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.end_of_candidates();
    let usable = |pair: &Pair| pair.agents.iter().all(|agent| agent.send_path().is_some());
    assert!(pair.drive_until(Duration::from_secs(1), usable));
    assert!(pair.elapsed() <= Duration::from_millis(20), "{:?}", pair.elapsed());
    pair.connect();
    println!("1x1: {:?}, datagrams {:?}", pair.elapsed(), pair.sent);
    assert!(pair.elapsed() <= Duration::from_millis(40), "{:?}", pair.elapsed());
    assert_eq!(pair.states(), [State::Completed; 2]);
    for at in 0..2 {
        assert_eq!(pair.states_of(at), [State::Checking, State::Connected, State::Completed]);
    }
    let path = FiveTuple::udp(addr("192.0.2.1:1000"), addr("192.0.2.2:2000"));
    assert_eq!(pair.agents[0].send_path(), Some(path));
    assert_eq!(pair.agents[0].path_status(&path), PathStatus::Valid);
    assert_eq!(pair.agents[0].round_trip_time(), Some(Duration::from_millis(20)));
    assert_eq!(
        pair.agents.each_ref().map(|agent| agent.role()),
        [Role::Controlling, Role::Controlled]
    );
    assert!(pair.errors.is_empty(), "{:?}", pair.errors);
}
