//! What a packet costs on each kind of path once everything is warm: no allocation.

use std::time::Duration;

use bytes::Bytes;
use rtc_core::Protocol;
use rtc_peer::{Configuration, IceServer, IceTransportPolicy, MediaKind, OutgoingPacket, Track};

use crate::net::{Meter, Net, SERVER};

/// A kind of path between two peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Direct,
    RelayedByUdp,
    RelayedByTcp,
    Tcp,
}

const WAYS: [Way; 4] = [Way::Direct, Way::RelayedByUdp, Way::RelayedByTcp, Way::Tcp];

/// Two peers that have only this way to each other.
fn pair(way: Way) -> Net {
    let mut configuration = Configuration::default();
    let url = match way {
        Way::RelayedByUdp => Some(format!("turn:{SERVER}")),
        Way::RelayedByTcp => Some(format!("turn:{SERVER}?transport=tcp")),
        Way::Direct | Way::Tcp => None,
    };
    if let Some(url) = url {
        configuration.ice_servers = vec![IceServer::turn(&url, "lab", "secret")];
        configuration.ice_transport_policy = IceTransportPolicy::Relay;
    }
    let mut net = Net::pair(configuration.clone(), configuration);
    if way == Way::Tcp {
        net.socket(1, "192.0.2.2:5001", Protocol::Tcp);
        net.blocks_udp = true;
    }
    net
}

/// Lets some milliseconds pass.
fn run_ms(net: &mut Net, millis: u64) {
    let end = net.now + Duration::from_millis(millis);
    net.run_until_or(end, |_| false);
}

fn check(way: Way, what: &str, meter: Meter, at_least: u64) {
    let Meter { sent, received, allocations } = meter;
    assert!(sent >= at_least && received >= at_least, "{what}, {way:?}: {meter:?}");
    assert_eq!(allocations, 0, "{what}, {way:?}: {meter:?}");
}

#[test]
fn media_allocates_nothing_on_any_way() {
    for way in WAYS {
        let mut net = pair(way);
        net.max_datagrams = 1;
        let id = net.pc(0).add_track(Track::new(MediaKind::Video, "track"), &[]).unwrap();
        net.negotiate();
        assert!(net.run_until(40, |net| net.is_connected()));
        let payload = Bytes::from(vec![0x10; 1_000]);
        for number in 0..1_500u32 {
            // What the first packets make room for stays: the history is full then.
            if number == 1_200 {
                net.meter = Some(Meter::default());
            }
            let packet = OutgoingPacket::new(number * 450, payload.clone());
            net.pc(0).send_packet(id, &packet).unwrap();
            run_ms(&mut net, 5);
            while net.pc(1).poll_packet().is_some() {}
        }
        check(way, "media", net.meter.unwrap(), 290);
    }
}

#[test]
fn data_allocates_nothing_on_any_way() {
    for way in WAYS {
        let mut net = pair(way);
        net.max_datagrams = 1;
        let (ours, theirs) = net.connect();
        let message = Bytes::from(vec![0x10; 1_000]);
        for number in 0..1_500u32 {
            if number == 1_200 {
                net.meter = Some(Meter::default());
            }
            net.pc(0).channel(ours).unwrap().send(message.clone()).unwrap();
            run_ms(&mut net, 5);
            while net.pc(1).channel(theirs).unwrap().recv().is_some() {}
        }
        check(way, "data", net.meter.unwrap(), 290);
    }
}
