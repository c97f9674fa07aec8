//! Connections that strangers open: framing, floods and those that never end what they begin.

use std::time::Duration;

use bytes::BytesMut;
use rtc_core::{FiveTuple, Protocol};
use rtc_peer::{Configuration, DatagramError, Request};

use crate::net::{Net, address};

fn from(port: u16) -> FiveTuple {
    FiveTuple {
        protocol: Protocol::Tcp,
        local: address("192.0.2.2:5001"),
        remote: ([198, 51, 100, 66], port).into(),
    }
}

/// A connected pair; a listener of the second's.
fn listening() -> Net {
    let mut net = Net::pair(Configuration::default(), Configuration::default());
    net.socket(1, "192.0.2.2:5001", Protocol::Tcp);
    net.connect();
    net
}

fn hand(net: &mut Net, path: FiveTuple, bytes: &[u8]) -> Result<(), DatagramError> {
    let now = net.now;
    net.pc(1).handle_datagram(now, path, None, BytesMut::from(bytes))
}

fn disconnected(net: &mut Net) -> Vec<FiveTuple> {
    net.drain();
    let path = |request: &Request| match request {
        Request::Disconnect(path) => Some(*path),
        _ => None,
    };
    net.nodes[1].requests.iter().filter_map(path).collect()
}

#[test]
fn a_stream_whose_datagrams_are_refused_does_no_harm_and_is_dropped_in_time() {
    let mut net = listening();
    assert!(hand(&mut net, from(1), b"\0\x05hello").is_err());
    assert!(hand(&mut net, from(1), &[0, 0, 0, 0, 0, 0]).is_ok(), "null frames say nothing");
    assert!(disconnected(&mut net).is_empty());
    net.run_for(11);
    assert_eq!(disconnected(&mut net), [from(1)]);
    assert!(net.is_connected());
}

#[test]
fn a_stranger_that_claims_65_535_bytes_is_dropped_after_2_048() {
    let mut net = listening();
    assert!(hand(&mut net, from(1), &[0xff, 0xff]).is_ok());
    assert!(hand(&mut net, from(1), &[0; 2_040]).is_ok());
    assert_eq!(hand(&mut net, from(1), &[0; 100]), Err(DatagramError::Stream));
    assert_eq!(disconnected(&mut net), [from(1)]);
}

#[test]
fn a_stranger_that_sends_a_byte_a_second_is_dropped_after_ten() {
    let mut net = listening();
    assert!(hand(&mut net, from(1), &[0, 100]).is_ok());
    for _ in 0..9 {
        net.run_for(1);
        assert!(hand(&mut net, from(1), &[1]).is_ok());
        assert!(disconnected(&mut net).is_empty());
    }
    net.run_until(2, |_| false);
    assert_eq!(disconnected(&mut net), [from(1)]);
}

#[test]
fn only_64_strangers_are_heard_at_once() {
    let mut net = listening();
    for port in 1..=64 {
        assert!(hand(&mut net, from(port), &[0]).is_ok());
    }
    assert_eq!(hand(&mut net, from(65), &[0]), Err(DatagramError::Stream));
    assert_eq!(disconnected(&mut net), [from(65)]);
    net.now += Duration::from_secs(1);
    let now = net.now;
    net.pc(1).handle_disconnected(now, from(1));
    assert!(hand(&mut net, from(65), &[0]).is_ok());
}
