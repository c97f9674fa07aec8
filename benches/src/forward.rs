//! One publisher, one forwarding server, many subscribers; all in memory and all encrypted.

use std::time::{Duration, Instant as Clock};

use bytes::{Bytes, BytesMut};
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_peer::{
    Configuration, Delivery, MediaKind, OutgoingPacket, PeerConnection, Track,
    TransceiverDirection, TransceiverId, TransceiverInit,
};

use crate::{START, carry, rng};

/// A server that forwards the video of one publisher to its subscribers, packet by packet.
#[derive(Debug)]
pub struct Forwarding {
    publisher: PeerConnection,
    video: TransceiverId,
    inlet: PeerConnection,
    outlets: Vec<Outlet>,
    now: Instant,
    buffer: Vec<u8>,
    timestamp: u32,
    payload: Bytes,
}

/// The server's connection with one subscriber.
#[derive(Debug)]
struct Outlet {
    connection: PeerConnection,
    video: TransceiverId,
    subscriber: PeerConnection,
}

impl Forwarding {
    /// Everybody is connected, and packets have begun to flow.
    pub fn to(subscribers: u8) -> Self {
        let mut buffer = Vec::new();
        let (mut publisher, mut inlet) = (peer(1, 1), peer(2, 2));
        let video = send_video(&mut publisher);
        connect(&mut publisher, &mut inlet, &mut buffer);
        let received = inlet.transceivers().next().expect("offered").id();
        inlet.set_delivery(received, Delivery::Packets).expect("known");
        let outlets = (0..subscribers)
            .map(|n| {
                let (mut connection, mut subscriber) = (peer(100, 10 + n), peer(101, 100 + n));
                let video = send_video(&mut connection);
                connect(&mut connection, &mut subscriber, &mut buffer);
                Outlet { connection, video, subscriber }
            })
            .collect();
        let payload = Bytes::from(vec![0x5a; 1_100]);
        let now = START + Duration::from_secs(5);
        let mut this =
            Self { publisher, video, inlet, outlets, now, buffer, timestamp: 0, payload };
        for _ in 0..100 {
            this.forward();
        }
        this
    }

    /// Has one packet published and forwarded, and tells how long the server has worked on it.
    pub fn forward(&mut self) -> Duration {
        self.now += Duration::from_millis(1);
        self.timestamp += 90;
        let packet = OutgoingPacket::new(self.timestamp, self.payload.clone());
        self.publisher.handle_timeout(self.now);
        self.publisher.send_packet(self.video, &packet).expect("connected");
        let mut datagrams = Vec::new();
        while let Some(transmit) = self.publisher.poll_transmit(self.now, 1, &mut self.buffer) {
            datagrams.push((reverse(transmit.path), BytesMut::from(&self.buffer[..])));
        }

        let start = Clock::now();
        for (path, datagram) in datagrams {
            self.inlet.handle_datagram(self.now, path, None, datagram).expect("authentic");
        }
        while let Some(packet) = self.inlet.poll_packet() {
            let packet = OutgoingPacket::forward(&packet);
            for outlet in &mut self.outlets {
                outlet.connection.send_packet(outlet.video, &packet).expect("connected");
            }
        }
        let mut worked = start.elapsed();

        for outlet in &mut self.outlets {
            let mut sent = Vec::new();
            loop {
                let start = Clock::now();
                let transmit = outlet.connection.poll_transmit(self.now, 1, &mut self.buffer);
                worked += start.elapsed();
                let Some(transmit) = transmit else { break };
                sent.push((reverse(transmit.path), BytesMut::from(&self.buffer[..])));
            }
            for (path, datagram) in sent {
                let _report = outlet.subscriber.handle_datagram(self.now, path, None, datagram);
            }
        }
        if self.timestamp.is_multiple_of(90 * 50) {
            self.report();
        }
        worked
    }

    /// How many packets each subscriber has received.
    pub fn received(&mut self) -> Vec<usize> {
        let count = |outlet: &mut Outlet| {
            let mut count = 0;
            while outlet.subscriber.poll_packet().is_some() {
                count += 1;
            }
            count
        };
        self.outlets.iter_mut().map(count).collect()
    }

    /// Lets reports and consent checks go to and fro, and everything received be taken.
    fn report(&mut self) {
        for _ in 0..2 {
            carry(&mut self.inlet, &mut self.publisher, self.now, 1, &mut self.buffer);
            carry(&mut self.publisher, &mut self.inlet, self.now, 1, &mut self.buffer);
            for Outlet { connection, subscriber, .. } in &mut self.outlets {
                for peer in [&mut *connection, &mut *subscriber] {
                    peer.handle_timeout(self.now);
                    while peer.poll_event().is_some() {}
                }
                carry(subscriber, connection, self.now, 1, &mut self.buffer);
                carry(connection, subscriber, self.now, 1, &mut self.buffer);
            }
        }
        for peer in [&mut self.publisher, &mut self.inlet] {
            peer.handle_timeout(self.now);
            while peer.poll_event().is_some() {}
        }
    }
}

fn peer(seed: u8, host: u8) -> PeerConnection {
    let seed = seed.wrapping_mul(31).wrapping_add(host);
    let mut peer =
        PeerConnection::new(Configuration::default(), START, &mut rng(seed)).expect("sane");
    let address = ([192, 0, 2, host], 4000).into();
    peer.add_local_address(START, address, Protocol::Udp).expect("usable");
    peer
}

fn send_video(peer: &mut PeerConnection) -> TransceiverId {
    let track = Track::new(MediaKind::Video, "camera");
    let init =
        TransceiverInit { direction: TransceiverDirection::SendOnly, ..TransceiverInit::default() };
    peer.add_transceiver(track, init).expect("good")
}

fn connect(from: &mut PeerConnection, to: &mut PeerConnection, buffer: &mut Vec<u8>) {
    from.set_local_description(START, None).expect("stable");
    to.set_remote_description(START, from.local_description().expect("set")).expect("good");
    to.set_local_description(START, None).expect("offered");
    from.set_remote_description(START, to.local_description().expect("set")).expect("good");
    for id in to.transceivers().map(|one| one.id()).collect::<Vec<_>>() {
        to.set_delivery(id, Delivery::Packets).expect("known");
    }
    let mut now = START;
    for _ in 0..500 {
        now += Duration::from_millis(10);
        for peer in [&mut *from, &mut *to] {
            peer.handle_timeout(now);
            while peer.poll_event().is_some() {}
        }
        carry(from, to, now, 1, buffer);
        carry(to, from, now, 1, buffer);
    }
}

fn reverse(path: FiveTuple) -> FiveTuple {
    FiveTuple { local: path.remote, remote: path.local, ..path }
}
