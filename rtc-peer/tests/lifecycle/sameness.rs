//! The same inputs give the same outputs.

use std::time::Duration;

use rtc_peer::DataChannelInit;

use crate::common::{Fate, Pair};
use crate::scene::silence;

fn mixed_schedule() -> Pair {
    let (mut pair, ours, theirs) = Pair::connected();
    let fates = [
        Fate::Deliver,
        Fate::Drop,
        Fate::Deliver,
        Fate::Delay(70),
        Fate::Duplicate,
        Fate::Deliver,
        Fate::Corrupt(30_000),
    ];
    pair.fates = fates.into_iter().cycle().take(400).collect();
    for round in 0..6u8 {
        pair.max_datagrams = 1 + usize::from(round);
        for n in 0..10u8 {
            pair.alice.connection.channel(ours).unwrap().send(vec![n; 3000]).unwrap();
            pair.bob
                .connection
                .channel(theirs)
                .unwrap()
                .send("x".repeat(usize::from(n) * 500))
                .unwrap();
        }
        let init = DataChannelInit {
            ordered: false,
            max_retransmits: Some(1),
            ..DataChannelInit::default()
        };
        pair.bob.connection.create_data_channel(round.to_string(), init).unwrap();
        pair.drive_for(Duration::from_secs(2));
        let _read = pair.bob.receive(theirs);
        if round % 2 == 1 {
            let _read = pair.alice.receive(ours);
        }
        if round == 3 {
            pair.alice.connection.restart_ice();
            pair.negotiate();
        }
        if round == 4 {
            silence(&mut pair, Duration::from_secs(12));
        }
        pair.drive_for(Duration::from_secs(7));
    }
    pair.alice.connection.close();
    pair.drive_for(Duration::from_secs(40));
    pair
}

#[test]
fn the_same_inputs_give_the_same_bytes_and_events() {
    let (first, second) = (mixed_schedule(), mixed_schedule());
    assert!(first.log.len() > 500);
    assert!(first.log == second.log, "the datagrams are not the same");
    assert_eq!(first.alice.history, second.alice.history);
    assert_eq!(first.bob.history, second.bob.history);
    let now = first.now;
    assert_eq!(first.bob.connection.stats(now), second.bob.connection.stats(now));
}
