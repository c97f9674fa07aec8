//! What was once good: replayed, cut short or changed.

use std::time::Duration;

use bytes::BytesMut;
use proptest::prelude::*;
use rtc_core::Instant;
use rtc_ice::stun::{Class, Message as Stun};
use rtc_peer::{DataChannelInit, DatagramError};

use crate::attacker::{
    being_set_up, elsewhere, forged, is_stun, leaves_nothing, recorded, refused, still_talks,
};
use crate::common::{Pair, Who};

#[test]
fn a_replay_on_its_own_path_brings_nothing_twice() {
    let (mut pair, ours, theirs) = Pair::connected();
    still_talks(&mut pair, ours, theirs);
    pair.drive_for(Duration::from_secs(1));
    let log: Vec<_> = pair.log.iter().map(|(_, who, bytes)| (*who, bytes.clone())).collect();
    let counts = |pair: &mut Pair| {
        [Who::Alice, Who::Bob].map(|who| {
            let stats = pair.peer(who).connection.stats(Instant::EPOCH);
            let channels = stats.data_channels.iter();
            (
                stats
                    .peer_connection
                    .map(|one| (one.data_channels_opened, one.data_channels_closed)),
                channels.map(|one| (one.messages_received, one.state)).collect::<Vec<_>>(),
                stats.sctp.map(|sctp| sctp.packets_received),
            )
        })
    };
    let before = counts(&mut pair);
    let events = (pair.alice.history.len(), pair.bob.history.len());
    for (from, datagram) in &log {
        let (now, who) = (pair.now, from.other());
        let result = pair.peer(who).connection.handle_datagram(
            now,
            forged(who),
            None,
            BytesMut::from(&datagram[..]),
        );
        // A datagram of the handshake may be answered by the last flight; records are refused.
        if datagram[0] == 23 {
            assert!(matches!(result, Err(DatagramError::Dtls(_))), "{result:?}");
        }
        pair.drain();
    }
    assert_eq!(counts(&mut pair), before);
    assert_eq!((pair.alice.history.len(), pair.bob.history.len()), events, "no events");
    pair.drive_for(Duration::from_secs(20));
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn a_replay_from_another_path_is_refused_unless_it_is_a_check() {
    let (mut pair, ours, theirs) = Pair::connected();
    still_talks(&mut pair, ours, theirs);
    pair.drive_for(Duration::from_secs(1));
    let log: Vec<_> = pair.log.iter().map(|(_, who, bytes)| (*who, bytes.clone())).collect();
    for (from, datagram) in &log {
        let who = from.other();
        if !is_stun(datagram) {
            let error = refused(&mut pair, who, elsewhere(who), datagram);
            assert_eq!(error, DatagramError::UnvalidatedPath);
        } else if Stun::decode(datagram).is_ok_and(|m| m.class() != Class::Request) {
            refused(&mut pair, who, elsewhere(who), datagram);
        }
    }
    // An authentic request may come from any address and is checked there; without an answer
    // nothing comes of it.
    let now = pair.now;
    for (from, datagram) in log.iter().filter(|(_, datagram)| is_stun(datagram)) {
        let who = from.other();
        let datagram = BytesMut::from(&datagram[..]);
        let _taken = pair.peer(who).connection.handle_datagram(now, elsewhere(who), None, datagram);
        let connection = &pair.peer(who).connection;
        assert_eq!(connection.selected_path(), Some(forged(who)));
        assert!(connection.stats(now).candidate_pairs.len() <= 2);
    }
    let mut buffer = Vec::new();
    while let Some(transmit) = pair.alice.connection.poll_transmit(now, 1, &mut buffer) {
        assert!(is_stun(&buffer), "only checks go to {}", transmit.path.remote);
    }
    pair.drive_for(Duration::from_secs(20));
    assert_eq!(pair.alice.connection.selected_path(), Some(forged(Who::Alice)));
    assert_eq!(pair.bob.connection.selected_path(), Some(forged(Who::Bob)));
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn replayed_records_leave_nothing_in_memory() {
    let (mut pair, ours, theirs) = Pair::connected();
    still_talks(&mut pair, ours, theirs);
    pair.drive_for(Duration::from_secs(1));
    for who in [Who::Alice, Who::Bob] {
        let records: Vec<_> = pair
            .log
            .iter()
            .filter(|(_, from, bytes)| *from != who && bytes[0] == 23)
            .map(|(_, _, bytes)| bytes.clone())
            .collect();
        leaves_nothing(&mut pair, who, forged(who), |n| {
            records[n as usize % records.len()].clone()
        });
        leaves_nothing(&mut pair, who, elsewhere(who), |n| {
            records[n as usize % records.len()].clone()
        });
    }
}

#[test]
fn what_another_session_said_means_nothing_to_this_one() {
    let other = recorded();
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    for (from, datagram) in &other {
        // The two peers have changed places, so that none of the keys is right.
        let who = *from;
        refused(&mut pair, who, elsewhere(who), datagram);
    }
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn every_truncation_of_every_datagram_is_refused_and_changes_nothing() {
    let log = recorded();
    let (mut pair, ours, theirs) = Pair::connected();
    still_talks(&mut pair, ours, theirs);
    pair.drive_for(Duration::from_secs(1));
    for (from, datagram) in &log {
        let who = from.other();
        // In a long one the places near its ends and some between.
        let size = datagram.len();
        let places = (0..size).filter(|n| *n < 64 || *n + 32 > size || n % 61 == 0);
        for length in places {
            refused(&mut pair, who, elsewhere(who), &datagram[..length]);
        }
    }
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn truncated_datagrams_on_the_way_only_cost_time() {
    for cut in [0, 1, 12, 13, 20, 25, 40] {
        let mut pair = Pair::new();
        pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
        pair.negotiate();
        // Each datagram comes twice: cut off first, then whole.
        for _ in 0..40 {
            let seen = pair.log.len();
            pair.drain();
            let now = pair.now;
            let fresh: Vec<_> = pair.log[seen..].to_vec();
            for (_, from, bytes) in fresh {
                let who = from.other();
                let part = BytesMut::from(&bytes[..cut.min(bytes.len() - 1)]);
                let connection = &mut pair.peer(who).connection;
                connection.handle_datagram(now, forged(who), None, part).unwrap_err();
            }
            pair.step();
        }
        pair.drive_until(|pair| !pair.alice.opened().is_empty() && !pair.bob.opened().is_empty());
        let (ours, theirs) = (pair.alice.opened()[0], pair.bob.opened()[0]);
        still_talks(&mut pair, ours, theirs);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_a_recorded_datagram_from_elsewhere_is_taken(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 1u8..=255), 1..4),
        steps in 0usize..20,
    ) {
        let log = recorded();
        let (from, datagram) = which.get(&log);
        let mut datagram = datagram.clone();
        // What follows a check's MESSAGE-INTEGRITY is its FINGERPRINT, which protects nothing: a
        // check without it is as authentic as before.
        let is_check = datagram[0] < 4;
        let protected = datagram.len() - if is_check { FINGERPRINT_LENGTH } else { 0 };
        for (place, bits) in changes {
            *place.get_mut(&mut datagram[..protected]) ^= bits;
        }
        let who = from.other();
        let mut pair = being_set_up(steps);
        let same = log.iter().any(|(_, bytes)| *bytes == datagram);
        if !same {
            refused(&mut pair, who, elsewhere(who), &datagram);
        }
        pair.drive_until(|pair| !pair.alice.opened().is_empty() && !pair.bob.opened().is_empty());
    }
}

/// The attribute's header and its CRC (RFC 8489 section 14.7).
const FINGERPRINT_LENGTH: usize = 8;
