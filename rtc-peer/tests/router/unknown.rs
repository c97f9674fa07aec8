//! What nobody knows.

use std::time::Duration;

use allocation_counter::measure;
use bytes::BytesMut;
use rtc_core::FiveTuple;
use rtc_ice::stun::{Class, IntegrityKey, MessageBuilder, Method, TransactionId};
use rtc_peer::{RouterConfig, RouterError, RouterEvent};

use crate::world::{SERVER, START, World};

/// A binding request with a password that nobody has.
pub(crate) fn request(out: &mut Vec<u8>, ours: &str, theirs: &str) {
    MessageBuilder::new(out, Class::Request, Method::BINDING, TransactionId([3; 12]))
        .username(&format!("{ours}:{theirs}"))
        .message_integrity(&IntegrityKey::short_term("nobody knows this one"))
        .finish();
}

fn stranger(number: u32) -> FiveTuple {
    let [a, b, c, d] = number.to_be_bytes();
    FiveTuple::udp(SERVER.parse().unwrap(), ([100 + a, b, c, d], 1024).into())
}

#[test]
fn a_check_that_no_peer_knows_is_told_with_both_names() {
    let mut world = World::connected(1);
    world.drain();
    world.told.clear();
    let mut bytes = Vec::new();
    request(&mut bytes, "libp2p+webrtc+v1/ours", "theirs");
    assert_eq!(world.inject(stranger(1), &bytes), Err(RouterError::UnknownUfrag));
    world.drain_router();
    assert_eq!(
        world.told,
        [RouterEvent::UnknownBindingRequest {
            path: stranger(1),
            local_ufrag: "libp2p+webrtc+v1/ours".into(),
            remote_ufrag: "theirs".into(),
        }]
    );
}

#[test]
fn only_a_few_unknown_checks_are_told() {
    let mut config = RouterConfig::default();
    config.max_unknown_requests = 5;
    config.unknown_requests_per_second = 2;
    let mut world = World::with(config, 1);
    let mut bytes = Vec::new();
    request(&mut bytes, "ours", "theirs");
    let flood = |world: &mut World| {
        for number in 0..100 {
            assert_eq!(world.inject(stranger(number), &bytes), Err(RouterError::UnknownUfrag));
        }
        world.drain_router();
        std::mem::take(&mut world.told).len()
    };
    assert_eq!(flood(&mut world), 5);
    assert_eq!(flood(&mut world), 0);
    world.now += Duration::from_secs(1);
    assert_eq!(flood(&mut world), 2);
}

#[test]
fn what_is_nobodys_is_refused_with_a_reason() {
    let mut world = World::connected(1);
    let refused = |world: &mut World, bytes: &[u8]| world.inject(stranger(7), bytes).unwrap_err();
    assert_eq!(refused(&mut world, &[]), RouterError::Malformed);
    assert_eq!(refused(&mut world, &[0, 1, 0, 0]), RouterError::Malformed);
    for first in [4, 22, 63, 64, 79, 128, 191, 255] {
        assert_eq!(refused(&mut world, &[first; 40]), RouterError::UnknownPath);
    }
    for class in [Class::Success, Class::Error, Class::Indication, Class::Request] {
        let mut bytes = Vec::new();
        MessageBuilder::new(&mut bytes, class, Method::BINDING, TransactionId([3; 12])).finish();
        assert_eq!(refused(&mut world, &bytes), RouterError::UnknownPath, "{class:?}");
    }
}

#[test]
fn a_flood_of_unknown_datagrams_allocates_nothing_and_costs_no_peer_anything() {
    let mut world = World::connected(5);
    world.run_for(Duration::from_secs(1));
    world.drain();
    // The few that are told have been told.
    let mut check = Vec::new();
    request(&mut check, "ours", "theirs");
    for number in 0..100 {
        let _unknown = world.inject(stranger(number), &check);
    }
    world.drain_router();
    let before: Vec<_> = world.clients.iter().map(|client| world.snapshot(client.id)).collect();
    let deadline = world.router.poll_timeout();
    let mut answer = Vec::new();
    MessageBuilder::new(&mut answer, Class::Success, Method::BINDING, TransactionId([9; 12]))
        .fingerprint()
        .finish();
    let kinds = [&check[..], &answer, &[22; 200], &[128; 1200], &[64; 100], &[0; 20], &[]];
    let datagrams: Vec<_> = (0..20_000u32)
        .map(|number| (stranger(number), BytesMut::from(kinds[number as usize % kinds.len()])))
        .collect();
    let router = &mut world.router;
    let (mut refused, count) = (0, datagrams.len());
    let mut out = Vec::new();
    let info = measure(|| {
        for (path, datagram) in datagrams {
            refused += usize::from(router.handle_datagram(START, path, None, datagram).is_err());
            assert_eq!(router.poll_transmit(START, 1, &mut out), None);
            assert_eq!(router.poll_event(), None);
        }
    });
    assert_eq!(refused, count);
    assert_eq!(info.bytes_total, 0);
    assert_eq!(world.router.poll_timeout(), deadline);
    let after: Vec<_> = world.clients.iter().map(|client| world.snapshot(client.id)).collect();
    assert_eq!(before, after);
    for client in 0..5 {
        world.talk(client);
    }
}
