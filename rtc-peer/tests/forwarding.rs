//! One stream forwarded to many receivers, as by an SFU: nothing is copied and nothing allocated.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rtc_core::FiveTuple;
use rtc_peer::{MediaKind, OutgoingPacket, ReceivedPacket, Track, TransceiverId};

use common::Pair;

/// A pair whose Alice sends video to Bob, connected; her transceiver.
fn sending() -> (Pair, TransceiverId) {
    let mut pair = Pair::new();
    pair.logging = false;
    let track = Track::new(MediaKind::Video, "track");
    let id = pair.alice.connection.add_track(track, &[]).unwrap();
    pair.negotiate();
    pair.drive_until(|pair| pair.is_connected());
    (pair, id)
}

/// Has Alice send a packet, and gives what Bob receives.
fn publish(pair: &mut Pair, id: TransceiverId, timestamp: u32) -> ReceivedPacket {
    let packet = OutgoingPacket::new(timestamp, Bytes::from(vec![0x10; 1_000]));
    pair.alice.connection.send_packet(id, &packet).unwrap();
    pair.drive_for(Duration::from_millis(20));
    pair.bob.connection.poll_packet().unwrap()
}

#[test]
fn every_receiver_gets_the_stream_under_its_own_numbers() {
    let (mut source, from) = sending();
    let mut sinks: Vec<_> = (0..5).map(|_| sending()).collect();
    let received: Vec<_> = (0..20).map(|n| publish(&mut source, from, n * 3_000)).collect();
    for packet in &received {
        for (sink, id) in &mut sinks {
            sink.alice.connection.send_packet(*id, &OutgoingPacket::forward(packet)).unwrap();
            sink.drive_for(Duration::from_millis(20));
        }
    }
    for (sink, _) in &mut sinks {
        let arrived: Vec<_> = std::iter::from_fn(|| sink.bob.connection.poll_packet()).collect();
        assert_eq!(arrived.len(), received.len());
        for pair in arrived.windows(2) {
            assert_eq!(pair[1].index, pair[0].index + 1);
            assert_eq!(pair[1].timestamp.wrapping_sub(pair[0].timestamp), 3_000);
        }
        assert!(
            arrived.iter().zip(&received).all(|(after, before)| after.payload == before.payload)
        );
        let sender = sink.alice.connection.transceivers().next().unwrap();
        assert_eq!(Some(arrived[0].ssrc.0), sender.sender().ssrcs().next());
    }
}

#[test]
fn a_packet_on_its_way_through_allocates_nothing() {
    let (mut source, from) = sending();
    let (mut sink, to) = sending();
    let mut buffer = Vec::with_capacity(2_000);
    // As a driver has it: datagrams are parts of one large buffer.
    let mut arena = BytesMut::with_capacity(4 << 20);
    let (mut allocations, mut packets) = (0, 0);
    for n in 0..1_400u32 {
        // The publisher's datagram, made outside of what is measured.
        let packet = OutgoingPacket::new(n * 3_000, Bytes::from(vec![0x10; 1_000]));
        source.alice.connection.send_packet(from, &packet).unwrap();
        let mut datagrams = Vec::with_capacity(8);
        while let Some(transmit) = source.alice.connection.poll_transmit(source.now, 1, &mut buffer)
        {
            let path = transmit.path;
            let path = FiveTuple { local: path.remote, remote: path.local, ..path };
            arena.extend_from_slice(&buffer);
            datagrams.push((path, arena.split()));
        }
        let now = source.now.max(sink.now);
        let counted = allocation_counter::measure(|| {
            for (path, datagram) in datagrams {
                let _taken = source.bob.connection.handle_datagram(now, path, None, datagram);
            }
            while let Some(packet) = source.bob.connection.poll_packet() {
                let packet = OutgoingPacket::forward(&packet);
                sink.alice.connection.send_packet(to, &packet).unwrap();
                while let Some(transmit) = sink.alice.connection.poll_transmit(now, 1, &mut buffer)
                {
                    packets += usize::from(transmit.size > 1_000);
                }
            }
        });
        // What the first packets make room for stays: the history of what was sent is full then.
        if n >= 1_100 {
            allocations += counted.count_total;
        }
        source.drive_for(Duration::from_millis(5));
        sink.drive_for(Duration::from_millis(5));
        while sink.bob.connection.poll_packet().is_some() {}
    }
    assert!(packets >= 1_390, "{packets}");
    assert_eq!(allocations, 0, "for 300 packets");
}
