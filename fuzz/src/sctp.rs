//! Fuzz bodies for rtc-sctp.

use std::time::Duration;

use bytes::Bytes;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::Instant;
use rtc_sctp::packet::{Chunk, Header, Packet};
use rtc_sctp::{Association, Config, Event, Ppid, SendOptions, State, StreamId};

/// Reads a packet whatever its checksum, writes it back, and reads it the same again.
pub fn packet(data: &[u8]) {
    let _ = Packet::decode(data);
    let mut mended = data.to_vec();
    Header::seal(&mut mended, 0);
    let Ok(packet) = Packet::decode(&mended) else { return };
    let mut again = Vec::new();
    packet.header.encode(&mut again);
    for chunk in packet.chunks() {
        let Ok(chunk) = chunk else { return };
        look_into(&chunk);
        chunk.encode(&mut again);
    }
    Header::seal(&mut again, 0);
    let again = Packet::decode(&again).expect("what was written can be read");
    assert_eq!(again.header, packet.header);
    assert!(again.chunks().eq(packet.chunks()));
}

fn look_into(chunk: &Chunk<'_>) {
    match chunk {
        Chunk::Init(init) => assert!(init.parameters().count() < 20_000),
        Chunk::InitAck(init_ack) => assert!(init_ack.0.parameters().count() < 20_000),
        Chunk::Sack(sack) => assert!(sack.gap_blocks().len() + sack.duplicates().len() < 20_000),
        Chunk::Reconfig(reconfig) => assert!(reconfig.parameters().count() < 20_000),
        Chunk::Abort(abort) => drop(abort.cause()),
        Chunk::Error(error) => drop(error.cause()),
        Chunk::ForwardTsn(forward_tsn) => assert!(forward_tsn.skipped().len() < 20_000),
        _ => {}
    }
}

/// Drives two associations by a list of commands over a network that drops, repeats, delays and
/// forges, with the invariants checked after each; then the network is good, and unless something
/// was forged everything must arrive.
pub fn association(data: &[u8]) {
    let mut commands = data.iter().copied();
    let mut pair = Pair::new(commands.next().unwrap_or(0));
    // Work per input is bounded, whatever its length.
    for _ in 0..400 {
        let Some(command) = commands.next() else { break };
        let argument = commands.next().unwrap_or(0);
        let end = usize::from(command & 1);
        pair.run(command >> 1, end, argument, &mut commands);
        pair.check();
    }
    pair.finish();
}

struct Pair {
    now: Instant,
    ends: [Association; 2],
    /// Packets on their way to each end.
    network: [Vec<Vec<u8>>; 2],
    /// The last packet to each end, to be forged from.
    last: [Vec<u8>; 2],
    /// Messages sent reliably and in order, and received, by end of origin and stream.
    sent: [[Vec<Vec<u8>>; STREAMS]; 2],
    received: [[Vec<Vec<u8>>; STREAMS]; 2],
    closed: [bool; 2],
    is_tampered: bool,
    serial: u32,
}

const STREAMS: usize = 4;
const WINDOW: usize = 40_000;
const SEND_BUFFER: usize = 100_000;

impl Pair {
    fn new(seed: u8) -> Self {
        let now = Instant::from_secs(1_000_000);
        let mut rng = ChaCha20Rng::seed_from_u64(seed.into());
        let mut config = Config::default();
        config.receive_window = WINDOW;
        config.max_message_size = 16_000;
        config.send_buffer = SEND_BUFFER;
        config.inbound_streams = STREAMS as u16;
        let ends = [
            Association::new(config.clone(), now, &mut rng),
            Association::new(config, now, &mut rng),
        ];
        Self {
            now,
            ends,
            network: Default::default(),
            last: Default::default(),
            sent: Default::default(),
            received: Default::default(),
            closed: [false; 2],
            is_tampered: false,
            serial: 0,
        }
    }

    fn run(&mut self, command: u8, end: usize, argument: u8, more: &mut impl Iterator<Item = u8>) {
        let stream = StreamId(u16::from(argument) % STREAMS as u16);
        match command % 16 {
            0 => self.ends[end].connect(self.now),
            1..=3 => {
                let length = usize::from(argument) * 53 + 5;
                self.send(end, stream, length, SendOptions::RELIABLE);
            }
            4 => {
                let options = SendOptions::RELIABLE.max_retransmits(u16::from(argument) % 3);
                self.send(end, stream, usize::from(argument) * 31 + 5, options.unordered());
            }
            5 => {
                let options =
                    SendOptions::RELIABLE.lifetime(Duration::from_millis(u64::from(argument)));
                // On a stream of its own: what is given up would be missing.
                self.send(end, StreamId(0), usize::from(argument) * 31 + 5, options);
            }
            6 => drop(self.ends[end].reset_stream(self.now, stream)),
            7 => self.read(end),
            8 => self.poll(end),
            9 => self.deliver(end, usize::from(argument)),
            10 => {
                if !self.network[end].is_empty() {
                    let index = usize::from(argument) % self.network[end].len();
                    self.network[end].remove(index);
                }
            }
            11 => {
                if let Some(packet) = self.network[end].first().cloned()
                    && self.network[end].len() < 500
                {
                    self.network[end].push(packet);
                }
            }
            12 => {
                self.now += Duration::from_millis(u64::from(argument) * 4);
                self.ends[end].handle_timeout(self.now);
            }
            13 => self.tamper(end, argument, more),
            14 => {
                self.ends[end].set_max_packet_size(300 + usize::from(argument) * 4);
                self.ends[end].set_priority(stream, u16::from(argument) + 1);
                self.ends[end].set_buffered_amount_low_threshold(stream, usize::from(argument));
            }
            // Seldom, because it ends the game.
            _ => match argument {
                0..8 => self.ends[end].shutdown(self.now),
                8..12 => self.ends[end].abort(self.now),
                _ => {
                    for end in [0, 1] {
                        self.poll(end);
                        self.deliver_all(end);
                        self.read(end);
                    }
                }
            },
        }
    }

    fn send(&mut self, end: usize, stream: StreamId, length: usize, options: SendOptions) {
        self.serial += 1;
        let mut payload = vec![self.serial as u8; length];
        payload[..4].copy_from_slice(&self.serial.to_be_bytes());
        let is_reliable = options == SendOptions::RELIABLE;
        let ppid = Ppid(u32::from(is_reliable));
        let bytes = Bytes::from(payload.clone());
        let result = self.ends[end].send(self.now, stream, ppid, bytes, options);
        if result.is_ok() && is_reliable {
            self.sent[end][usize::from(stream.0)].push(payload);
        }
    }

    fn read(&mut self, end: usize) {
        for stream in 0..STREAMS {
            let id = StreamId(stream as u16);
            while let Some((ppid, length)) = self.ends[end].peek(id) {
                let message = self.ends[end].recv(self.now, id).expect("what was peeked at");
                assert_eq!((message.ppid, message.payload.len()), (ppid, length));
                if ppid == Ppid(1) {
                    self.received[1 - end][stream].push(message.payload.to_vec());
                }
            }
            assert!(self.ends[end].recv(self.now, id).is_none());
        }
    }

    fn poll(&mut self, end: usize) {
        let mut out = vec![0xaa];
        let mut count = 0;
        while self.ends[end].poll_transmit(self.now, &mut out) {
            assert_eq!(out[0], 0xaa, "what was there stays");
            let packet = out.split_off(1);
            assert!(Packet::decode(&packet).is_ok());
            self.last[1 - end].clone_from(&packet);
            if self.network[1 - end].len() < 500 {
                self.network[1 - end].push(packet);
            }
            count += 1;
            assert!(count < 10_000, "it never ends");
        }
        assert_eq!(out, [0xaa]);
        while let Some(event) = self.ends[end].poll_event() {
            assert!(!self.closed[end], "nothing follows the end: {event:?}");
            self.closed[end] = matches!(event, Event::Closed(_));
        }
    }

    fn deliver(&mut self, end: usize, index: usize) {
        if !self.network[end].is_empty() {
            let index = index % self.network[end].len();
            let packet = self.network[end].remove(index);
            let _ = self.ends[end].handle_datagram(self.now, Bytes::from(packet));
        }
    }

    fn deliver_all(&mut self, end: usize) {
        for packet in std::mem::take(&mut self.network[end]) {
            let _ = self.ends[end].handle_datagram(self.now, Bytes::from(packet));
        }
    }

    /// Hands over the last packet with some bytes changed and the checksum mended; its tag stays.
    fn tamper(&mut self, end: usize, argument: u8, more: &mut impl Iterator<Item = u8>) {
        let mut packet = self.last[end].clone();
        if packet.len() <= Header::LENGTH {
            return;
        }
        self.is_tampered = true;
        for _ in 0..argument % 4 + 1 {
            let (Some(high), Some(low), Some(value)) = (more.next(), more.next(), more.next())
            else {
                break;
            };
            let span = packet.len() - Header::LENGTH;
            let position = usize::from(u16::from_be_bytes([high, low])) % span;
            packet[Header::LENGTH + position] = value;
        }
        Header::seal(&mut packet, 0);
        let _ = self.ends[end].handle_datagram(self.now, Bytes::from(packet));
    }

    fn check(&mut self) {
        for end in &self.ends {
            let statistics = end.statistics();
            assert!(statistics.send_buffer <= SEND_BUFFER);
            assert!(statistics.receive_window <= WINDOW);
            if end.state() == State::Closed {
                assert_eq!(end.poll_timeout(), None);
            }
        }
        for end in [0, 1] {
            if self.ends[end].poll_timeout().is_some_and(|at| at < self.now) {
                self.ends[end].handle_timeout(self.now);
                self.poll(end);
                let next = self.ends[end].poll_timeout();
                assert!(next.is_none_or(|at| at >= self.now), "a deadline has passed");
            }
        }
    }

    /// Lets a good network do its work.
    fn finish(&mut self) {
        for end in [0, 1] {
            self.ends[end].connect(self.now);
        }
        for _ in 0..3000 {
            for end in [0, 1] {
                self.poll(end);
                self.read(end);
                // The window may have opened.
                self.poll(end);
            }
            if self.network.iter().all(Vec::is_empty) {
                let next = self.ends.iter().filter_map(Association::poll_timeout).min();
                let idle = self.ends.iter().all(|end| end.statistics().send_buffer == 0);
                let Some(next) = next else { break };
                if idle {
                    break;
                }
                self.now = self.now.max(next);
            } else {
                self.now += Duration::from_millis(1);
            }
            for end in [0, 1] {
                self.deliver_all(end);
                self.ends[end].handle_timeout(self.now);
            }
        }
        for end in [0, 1] {
            self.poll(end);
            self.read(end);
        }
        let is_over = self.ends.iter().any(|end| end.state() == State::Closed);
        if self.is_tampered || is_over {
            return;
        }
        for end in [0, 1] {
            let statistics = self.ends[end].statistics();
            assert_eq!(statistics.send_buffer, 0, "{:?}: {statistics:?}", self.ends[end].state());
            for stream in 0..STREAMS {
                assert!(
                    self.received[end][stream] == self.sent[end][stream],
                    "stream {stream} of {end}: {} of {}",
                    self.received[end][stream].len(),
                    self.sent[end][stream].len(),
                );
            }
        }
    }
}
