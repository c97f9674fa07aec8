//! Any finite trouble on the way to the server is got over.

use std::time::Duration;

use proptest::prelude::*;
use rtc_core::Protocol;

use crate::scene::{Fate, Scene, config, peer};
use crate::turn_server::Auth;

fn fates(most: usize) -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        3 => Just(Fate::Deliver),
        4 => Just(Fate::Drop),
        1 => Just(Fate::Duplicate),
        2 => (1_u16..2_000).prop_map(Fate::Delay),
    ];
    prop::collection::vec(fate, 0..most)
}

fn auth() -> impl Strategy<Value = Auth> {
    prop_oneof![Just(Auth::Md5), Just(Auth::Sha256), Just(Auth::Sha256Userhash)]
}

/// At most five losses: seven in a row use up a request.
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

fn run(fates: &[Fate], auth: Auth, nonce_lifetime: Option<u64>) -> Scene {
    let mut config = config();
    config.mobility = true;
    let mut scene = Scene::with(config, Protocol::Udp);
    scene.server.auth = auth;
    scene.server.nonce_lifetime = nonce_lifetime.map(Duration::from_secs);
    scene.fates = fates.iter().copied().collect();
    scene.drive(Duration::from_secs(60));
    scene.talk(Duration::from_secs(60), Duration::from_millis(500));
    scene
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn after_any_finite_trouble_there_is_an_allocation_and_data_flows(
        fates in prop_oneof![fates(7), fates(60).prop_map(few_losses)],
        auth in auth(),
        // Less than the round trips of the trouble would make every nonce stale on arrival.
        nonce_lifetime in prop_oneof![Just(None), (50_u64..100).prop_map(Some)],
    ) {
        let mut scene = run(&fates, auth, nonce_lifetime);
        prop_assert_eq!(scene.failure(), None);
        prop_assert!(scene.fates.is_empty());
        scene.delivered.clear();
        let relayed = scene.client.allocated().unwrap().relayed_v4.unwrap();
        scene.talk(Duration::from_secs(5), Duration::from_secs(1));
        scene.peer_sends(peer(), relayed, b"answer");
        scene.drive(Duration::from_secs(1));
        prop_assert_eq!(scene.delivered.len(), 5);
        prop_assert_eq!(scene.received.len(), 1);
        prop_assert_eq!(scene.server.allocations().len(), 1);
    }

    #[test]
    fn two_runs_of_one_schedule_are_equal(fates in fates(40), auth in auth()) {
        let (first, second) = (run(&fates, auth, Some(7)), run(&fates, auth, Some(7)));
        prop_assert_eq!(first.log, second.log);
        prop_assert_eq!(first.events, second.events);
    }

    #[test]
    fn trouble_in_mid_life_is_got_over(fates in fates(7)) {
        let mut scene = Scene::allocated();
        scene.talk(Duration::from_secs(390), Duration::from_secs(10));
        scene.fates = fates.into();
        scene.talk(Duration::from_secs(500), Duration::from_secs(10));
        prop_assert_eq!(scene.failure(), None);
        prop_assert_eq!(scene.server.allocations().len(), 1);
    }

    #[test]
    fn what_is_corrupted_does_no_harm(bits in prop::collection::vec(any::<u16>(), 1..6)) {
        // A bit turned over may give a wrong address or a wrong error before there is a key, so the
        // trouble begins with the first request that has one.
        let mut scene = Scene::new();
        scene.drive(Duration::from_millis(20));
        scene.fates = bits.into_iter().map(Fate::Corrupt).collect();
        scene.drive(Duration::from_secs(60));
        if scene.failure().is_none() {
            let relayed = scene.client.allocated().unwrap().relayed_v4.unwrap();
            prop_assert!(scene.server.allocations().iter().any(|at| at.relayed == [relayed]));
        }
    }
}
