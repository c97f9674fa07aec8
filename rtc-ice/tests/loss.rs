//! Any finite trouble on the network is got over.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod common;

use std::time::Duration;

use common::{Fate, Pair, addr};
use proptest::prelude::*;
use rtc_core::FiveTuple;
use rtc_ice::{Config, Role, State};

fn fates(most: usize) -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        3 => Just(Fate::Deliver),
        4 => Just(Fate::Drop),
        1 => Just(Fate::Duplicate),
        2 => (1_u16..2_000).prop_map(Fate::Delay),
        1 => any::<u16>().prop_map(Fate::Corrupt),
    ];
    prop::collection::vec(fate, 0..most)
}

/// At most five losses: seven in a row use up a check, and five in a row all consent.
fn few_losses(mut fates: Vec<Fate>) -> Vec<Fate> {
    let mut losses = 0;
    for fate in &mut fates {
        if matches!(fate, Fate::Drop | Fate::Corrupt(_)) {
            losses += 1;
            if losses > 5 {
                *fate = Fate::Deliver;
            }
        }
    }
    fates
}

fn roles() -> impl Strategy<Value = [Role; 2]> {
    let role = || prop_oneof![Just(Role::Controlling), Just(Role::Controlled)];
    [role(), role()]
}

fn run(fates: &[Fate], roles: [Role; 2], sockets: u16) -> Pair {
    let mut pair = Pair::with_roles(Config::default(), roles);
    pair.fates = fates.iter().copied().collect();
    for n in 0..sockets {
        pair.add_hosts(&format!("192.0.2.1:{}", 1000 + n), &format!("192.0.2.2:{}", 2000 + n));
    }
    pair.end_of_candidates();
    pair.drive_until(Duration::from_secs(120), |pair| {
        pair.fates.is_empty() && pair.states() == [State::Completed; 2] && same_pair(pair)
    });
    pair
}

/// Whether both sides have selected the same pair, seen from the two ends.
fn same_pair(pair: &Pair) -> bool {
    let [first, second] = pair.agents.each_ref().map(|agent| agent.selected_pair());
    match (first, second) {
        (Some(first), Some(second)) => {
            first.path == FiveTuple::udp(second.path.remote, second.path.local)
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn after_any_finite_trouble_both_have_selected_the_same_pair(
        fates in prop_oneof![fates(12), fates(60).prop_map(few_losses)],
        roles in roles(),
        sockets in 1_u16..4,
    ) {
        let pair = run(&fates, roles, sockets);
        prop_assert_eq!(pair.states(), [State::Completed; 2]);
        prop_assert!(same_pair(&pair));
        let [first, second] = pair.agents.each_ref().map(|agent| agent.role());
        prop_assert_eq!(first, second.opposite());
    }

    #[test]
    fn two_runs_of_one_schedule_are_equal(fates in fates(40), roles in roles()) {
        prop_assert_eq!(run(&fates, roles, 2).log, run(&fates, roles, 2).log);
    }

    #[test]
    fn trouble_in_mid_life_is_got_over(fates in fates(12)) {
        let mut pair = run(&[], [Role::Controlling, Role::Controlled], 2);
        // Twelve datagrams are three consent checks of each side with their answers, at most: not
        // enough for consent to run out.
        pair.fates = fates.into();
        let settled = pair.drive_until(Duration::from_secs(300), |pair| {
            pair.fates.is_empty() && pair.states() == [State::Completed; 2] && same_pair(pair)
        });
        prop_assert!(settled, "{:?}", pair.states());
    }
}

#[test]
fn a_lost_nomination_is_repeated() {
    let mut pair = Pair::new();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.end_of_candidates();
    let mut lost = 0;
    pair.filter = Box::new(move |_, _, bytes| {
        let message = rtc_ice::stun::Message::decode(bytes).unwrap();
        let is_lost = message.use_candidate() && lost < 2;
        lost += u32::from(is_lost);
        !is_lost
    });
    pair.connect();
    let elapsed = pair.elapsed();
    assert!(
        (Duration::from_millis(1500)..Duration::from_secs(2)).contains(&elapsed),
        "{elapsed:?}"
    );
    let path = FiveTuple::udp(addr("192.0.2.1:1000"), addr("192.0.2.2:2000"));
    assert_eq!(pair.agents[0].selected_pair().unwrap().path, path);
}

#[test]
fn a_lost_first_check_costs_no_retransmission_when_the_other_side_checks_too() {
    let mut pair = Pair::new();
    pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
    pair.fates = [Fate::Drop].into();
    let usable = |pair: &Pair| pair.agents.iter().all(|agent| agent.send_path().is_some());
    assert!(pair.drive_until(Duration::from_secs(1), usable));
    assert!(pair.elapsed() <= Duration::from_millis(35), "{:?}", pair.elapsed());
}
