//! Interfaces that go while data is on its way.

use std::time::Duration;

use rtc_core::Protocol;
use rtc_peer::{Configuration, ConnectionState, Event, IceServer, Message};

use crate::net::{Net, SERVER};

/// A connection whose first peer has a second way out.
fn two_ways(second: &str) -> Net {
    let mut net = Net::pair(Configuration::default(), Configuration::default());
    net.socket(0, second, Protocol::Udp);
    net
}

/// Sends `total` bytes in order and reliably, and takes the interface of the path away in the
/// middle; how long it took.
fn transfer(net: &mut Net, total: usize) -> Duration {
    let (ours, theirs) = net.connect();
    net.run_for(2);
    let from = net.nodes[0].pc.selected_path().unwrap().local;
    let begun = net.now;
    let piece = 64 * 1024;
    let (mut sent, mut received) = (0usize, 0usize);
    let mut is_unplugged = false;
    assert!(net.run_until(3_600, |net| {
        while sent < total {
            let fill = (sent / piece) as u8;
            if net.pc(0).channel(ours).unwrap().send(vec![fill; piece]).is_err() {
                break;
            }
            sent += piece;
        }
        while let Some(message) = net.pc(1).channel(theirs).unwrap().recv() {
            let Message::Binary(bytes) = message else { panic!() };
            assert_eq!(bytes.len(), piece);
            assert!(bytes.iter().all(|byte| *byte == (received / piece) as u8));
            received += piece;
        }
        if received >= total / 2 && !is_unplugged {
            is_unplugged = true;
            net.unplug(0, &from.to_string(), Protocol::Udp);
        }
        received >= total
    }));
    assert!(is_unplugged);
    assert_ne!(net.nodes[0].pc.selected_path().unwrap().local, from);
    let failed =
        |event: &Event| matches!(event, Event::ConnectionStateChange(ConnectionState::Failed));
    assert!(!net.nodes.iter().any(|node| node.history.iter().any(failed)));
    net.now.saturating_duration_since(begun)
}

#[test]
fn a_transfer_of_100_mb_goes_on_over_the_other_interface() {
    let mut net = two_ways("192.0.2.9:4009");
    transfer(&mut net, 100 * 1024 * 1024);
}

#[test]
fn a_transfer_goes_on_where_there_are_relays_too() {
    let mut configuration = Configuration::default();
    configuration.ice_servers = vec![IceServer::turn(format!("turn:{SERVER}"), "lab", "secret")];
    let mut net = Net::pair(configuration, Configuration::default());
    net.socket(0, "192.0.2.9:4009", Protocol::Udp);
    transfer(&mut net, 1024 * 1024);
}

#[test]
fn an_interface_that_comes_during_a_call_takes_over_when_the_first_goes() {
    let mut net = Net::pair(Configuration::default(), Configuration::default());
    let (ours, theirs) = net.connect();
    net.socket(0, "192.0.2.9:4009", Protocol::Udp);
    net.run_for(2);
    net.unplug(0, "192.0.2.1:4000", Protocol::Udp);
    net.talk(ours, theirs);
    let sdp = net.pc(0).local_description().unwrap().sdp;
    assert!(sdp.contains("192.0.2.9 4009") && !sdp.contains("192.0.2.1 4000"));
}

#[test]
fn an_address_that_is_not_known_cannot_go() {
    let mut net = Net::pair(Configuration::default(), Configuration::default());
    let now = net.now;
    let stranger = "192.0.2.77:1".parse().unwrap();
    assert!(!net.pc(0).remove_local_address(now, stranger, Protocol::Udp));
    let known = "192.0.2.1:4000".parse().unwrap();
    assert!(!net.pc(0).remove_local_address(now, known, Protocol::Tcp));
    assert!(net.pc(0).remove_local_address(now, known, Protocol::Udp));
    assert!(!net.pc(0).remove_local_address(now, known, Protocol::Udp));
}
