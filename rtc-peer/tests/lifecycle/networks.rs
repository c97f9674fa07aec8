//! Networks on which only some paths work.

use std::net::SocketAddr;

use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_peer::{
    AddAddressError, ConnectionState, DataChannelInit, IceGatheringState, PeerConnection,
};

use crate::common::{ALICE, START};
use crate::scene::{address, lone, names};

/// Drives two connections of many addresses over a network on which only some paths work.
fn connect(
    alice: &mut PeerConnection,
    bob: &mut PeerConnection,
    works: impl Fn(SocketAddr, SocketAddr) -> bool,
) -> bool {
    let mut buffer = Vec::new();
    let mut now = START;
    alice.create_data_channel("chat", DataChannelInit::default()).unwrap();
    alice.set_local_description(now, None).unwrap();
    bob.set_remote_description(now, alice.local_description().unwrap()).unwrap();
    bob.set_local_description(now, None).unwrap();
    alice.set_remote_description(now, bob.local_description().unwrap()).unwrap();
    for _ in 0..20_000 {
        for forwards in [true, false] {
            let (from, to) =
                if forwards { (&mut *alice, &mut *bob) } else { (&mut *bob, &mut *alice) };
            while let Some(transmit) = from.poll_transmit(now, 1, &mut buffer) {
                let path = FiveTuple::udp(transmit.path.remote, transmit.path.local);
                if works(transmit.path.local, transmit.path.remote) {
                    let _refused = to.handle_datagram(now, path, None, buffer[..].into());
                }
            }
        }
        let connected = ConnectionState::Connected;
        if alice.connection_state() == connected && bob.connection_state() == connected {
            return true;
        }
        let Some(next) = Instant::earliest([alice.poll_timeout(), bob.poll_timeout()]) else {
            return false;
        };
        now = now.max(next);
        alice.handle_timeout(now);
        bob.handle_timeout(now);
    }
    false
}

#[test]
fn the_one_path_that_works_among_many_is_found() {
    const OF_ALICE: [&str; 5] = [
        "192.0.2.1:4000",
        "198.51.100.1:4000",
        "[2001:db8::1]:4000",
        "10.0.0.1:4000",
        "[fd00::1]:4000",
    ];
    const OF_BOB: [&str; 4] =
        ["192.0.2.2:5000", "203.0.113.2:5000", "[2001:db8::2]:5000", "[fd00::2]:5000"];
    for (one, other) in [
        ("198.51.100.1:4000", "203.0.113.2:5000"),
        ("[fd00::1]:4000", "[2001:db8::2]:5000"),
        ("10.0.0.1:4000", "192.0.2.2:5000"),
        ("[2001:db8::1]:4000", "[fd00::2]:5000"),
    ] {
        let (mut alice, mut bob) = (lone(1, &OF_ALICE), lone(2, &OF_BOB));
        let (one, other) = (address(one), address(other));
        let works = |from, to| (from, to) == (one, other) || (from, to) == (other, one);
        assert!(connect(&mut alice, &mut bob, works), "{one} {other}");
        assert_eq!(alice.selected_path(), Some(FiveTuple::udp(one, other)));
        assert_eq!(bob.selected_path(), Some(FiveTuple::udp(other, one)));
    }
    let (mut alice, mut bob) = (lone(1, &OF_ALICE), lone(2, &OF_BOB));
    assert!(!connect(&mut alice, &mut bob, |_, _| false));
    assert_eq!(alice.connection_state(), ConnectionState::Failed);
}

#[test]
fn among_paths_that_all_work_the_preferred_one_is_taken() {
    let (mut alice, mut bob) = (
        lone(1, &["192.0.2.1:4000", "198.51.100.1:4000", "[2001:db8::1]:4000"]),
        lone(2, &["192.0.2.2:5000", "[2001:db8::2]:5000"]),
    );
    assert!(connect(&mut alice, &mut bob, |from, to| from.is_ipv4() == to.is_ipv4()));
    let path = FiveTuple::udp(address("[2001:db8::1]:4000"), address("[2001:db8::2]:5000"));
    assert_eq!(alice.selected_path(), Some(path));
}

#[test]
fn an_address_named_later_is_gathered_and_signalled() {
    let mut connection = lone(1, &[ALICE]);
    connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    connection.set_local_description(START, None).unwrap();
    while connection.poll_event().is_some() {}
    connection.add_local_address(START, address("198.51.100.1:1"), Protocol::Udp).unwrap();
    assert_eq!(connection.ice_gathering_state(), IceGatheringState::Complete);
    let events: Vec<_> = std::iter::from_fn(|| connection.poll_event()).collect();
    assert_eq!(names(&events), ["gathering gathering", "candidate", "end", "gathering complete"]);
    let sdp = connection.local_description().unwrap().sdp;
    assert_eq!(sdp.matches("a=candidate:").count(), 2);
    // The same once more is nothing new.
    connection.add_local_address(START, address("198.51.100.1:1"), Protocol::Udp).unwrap();
    assert_eq!(connection.poll_event(), None);
    for bad in ["0.0.0.0:1", "[::]:1", "224.0.0.1:1", "192.0.2.1:0", "[ff02::1]:1"] {
        let result = connection.add_local_address(START, address(bad), Protocol::Udp);
        assert_eq!(result, Err(AddAddressError::Unusable), "{bad}");
    }
}
