//! Two associations and the network between them, in virtual time.
#![allow(dead_code, reason = "each test file uses another part")]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use bytes::Bytes;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use proptest::prelude::*;
use rtc_core::Instant;
use rtc_sctp::{Association, Config, Event, Message, Ppid, SendOptions, State, StreamId};

/// What becomes of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Deliver,
    Drop,
    Duplicate,
    /// It comes this many milliseconds late.
    Delay(u16),
    /// One bit of it is turned over.
    Corrupt(u16),
}

/// Schedules of a bad network; when one is over, everything is delivered.
pub(crate) fn fates(length: usize) -> impl Strategy<Value = Vec<Fate>> {
    prop::collection::vec(
        prop_oneof![
            5 => Just(Fate::Deliver),
            2 => Just(Fate::Drop),
            1 => Just(Fate::Duplicate),
            1 => (1u16..400).prop_map(Fate::Delay),
            1 => any::<u16>().prop_map(Fate::Corrupt),
        ],
        0..length,
    )
}

pub(crate) const A: usize = 0;
pub(crate) const B: usize = 1;

/// Says of a packet and its sender whether it is dropped.
pub(crate) type Filter = Box<dyn FnMut(usize, &[u8]) -> bool>;

/// When a packet arrives, its serial number, where, and its bytes.
type Parcel = (Instant, u64, usize, Vec<u8>);

/// Two associations; packets take `latency` from one to the other.
pub(crate) struct Pair {
    pub(crate) now: Instant,
    pub(crate) ends: [Association; 2],
    pub(crate) latency: Duration,
    pub(crate) events: [Vec<Event>; 2],
    pub(crate) received: [BTreeMap<u16, Vec<Message>>; 2],
    /// Whether each side reads whatever can be read.
    pub(crate) reads: [bool; 2],
    /// Every packet that was sent, by whom and when.
    pub(crate) log: Vec<(usize, Instant, Vec<u8>)>,
    pub(crate) fates: Vec<Fate>,
    next_fate: usize,
    /// Drops the packets that it says true of.
    pub(crate) filter: Filter,
    network: BinaryHeap<Reverse<Parcel>>,
    sequence: u64,
}

impl Pair {
    pub(crate) fn new() -> Self {
        Self::with(Config::default(), Config::default())
    }

    pub(crate) fn with(a: Config, b: Config) -> Self {
        let now = Instant::from_secs(1_000_000);
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let a = Association::new(a, now, &mut rng);
        let b = Association::new(b, now, &mut rng);
        Self {
            now,
            ends: [a, b],
            latency: Duration::from_millis(10),
            events: Default::default(),
            received: Default::default(),
            reads: [true; 2],
            log: Vec::new(),
            fates: Vec::new(),
            next_fate: 0,
            filter: Box::new(|_, _| false),
            network: BinaryHeap::new(),
            sequence: 0,
        }
    }

    /// Connected in the way of WebRTC: both begin at once.
    pub(crate) fn connected() -> Self {
        let mut pair = Self::new();
        pair.connect();
        pair
    }

    pub(crate) fn connect(&mut self) {
        self.ends[A].connect(self.now);
        self.ends[B].connect(self.now);
        self.drive_until(|pair| pair.ends.iter().all(|end| end.state() == State::Established));
        self.run(Duration::from_secs(1));
    }

    pub(crate) fn send(&mut self, from: usize, stream: u16, payload: &[u8]) {
        self.send_with(from, stream, payload, SendOptions::RELIABLE);
    }

    pub(crate) fn send_with(
        &mut self,
        from: usize,
        stream: u16,
        payload: &[u8],
        options: SendOptions,
    ) {
        self.ends[from]
            .send(self.now, StreamId(stream), Ppid(53), Bytes::copy_from_slice(payload), options)
            .unwrap();
    }

    /// The payloads that `at` has received on `stream`.
    pub(crate) fn payloads(&self, at: usize, stream: u16) -> Vec<Vec<u8>> {
        self.received[at]
            .get(&stream)
            .map(|messages| messages.iter().map(|message| message.payload.to_vec()).collect())
            .unwrap_or_default()
    }

    pub(crate) fn take_events(&mut self, at: usize) -> Vec<Event> {
        std::mem::take(&mut self.events[at])
    }

    /// Puts a packet on the network.
    pub(crate) fn transmit(&mut self, from: usize, packet: Vec<u8>) {
        self.log.push((from, self.now, packet.clone()));
        if (self.filter)(from, &packet) {
            return;
        }
        let fate = self.fates.get(self.next_fate).copied().unwrap_or(Fate::Deliver);
        self.next_fate += 1;
        let to = 1 - from;
        let at = self.now + self.latency;
        let (at, copies) = match fate {
            Fate::Deliver => (at, 1),
            Fate::Drop => (at, 0),
            Fate::Duplicate => (at, 2),
            Fate::Delay(millis) => (at + Duration::from_millis(millis.into()), 1),
            Fate::Corrupt(_) => (at, 1),
        };
        let mut packet = packet;
        if let Fate::Corrupt(bit) = fate {
            let bit = usize::from(bit) % (packet.len() * 8);
            packet[bit / 8] ^= 1 << (bit % 8);
        }
        for _ in 0..copies {
            self.sequence += 1;
            self.network.push(Reverse((at, self.sequence, to, packet.clone())));
        }
    }

    /// Takes out of both ends what they have.
    pub(crate) fn drain(&mut self) {
        for end in [A, B] {
            let mut packet = Vec::new();
            while self.ends[end].poll_transmit(self.now, &mut packet) {
                assert!(packet.len() <= 1500, "packet of {} bytes", packet.len());
                self.transmit(end, std::mem::take(&mut packet));
            }
            assert!(packet.is_empty(), "a failed poll has left something");
            while let Some(event) = self.ends[end].poll_event() {
                self.events[end].push(event);
                if self.reads[end]
                    && let Event::Readable(stream) = event
                {
                    self.read(end, stream);
                }
            }
            while self.ends[end].poll_transmit(self.now, &mut packet) {
                self.transmit(end, std::mem::take(&mut packet));
            }
            if let Some(at) = self.ends[end].poll_timeout() {
                assert!(at > self.now, "{at:?} has passed at {:?}", self.now);
            }
        }
    }

    pub(crate) fn read(&mut self, end: usize, stream: StreamId) {
        while let Some(message) = self.ends[end].recv(self.now, stream) {
            self.received[end].entry(stream.0).or_default().push(message);
        }
    }

    /// When something happens next.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        Instant::earliest([
            self.network.peek().map(|Reverse((at, ..))| *at),
            self.ends[A].poll_timeout(),
            self.ends[B].poll_timeout(),
        ])
    }

    /// Drains both ends and moves on to the next moment at which something happens.
    pub(crate) fn step(&mut self) -> bool {
        self.drain();
        let Some(at) = self.next_at() else { return false };
        self.now = self.now.max(at);
        while let Some(Reverse((at, ..))) = self.network.peek()
            && *at <= self.now
        {
            let Some(Reverse((_, _, to, packet))) = self.network.pop() else { break };
            let _refused = self.ends[to].handle_datagram(self.now, Bytes::from(packet));
        }
        for end in &mut self.ends {
            end.handle_timeout(self.now);
        }
        true
    }

    /// Goes on until nothing happens before `duration` is over.
    pub(crate) fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            self.drain();
            match self.next_at() {
                Some(at) if at <= end => {
                    self.step();
                }
                _ => break,
            }
        }
        self.now = end;
    }

    /// Goes on until `done` holds, for five virtual minutes at most.
    pub(crate) fn drive_until(&mut self, mut done: impl FnMut(&Self) -> bool) {
        let end = self.now + Duration::from_secs(300);
        self.drain();
        while !done(self) {
            assert!(self.now < end, "not done after five minutes");
            assert!(self.step(), "nothing left to happen");
            self.drain();
        }
    }

    /// Goes on until both sides have nothing left under way.
    pub(crate) fn drive(&mut self) {
        self.drive_until(|pair| {
            pair.network.is_empty()
                && pair.ends.iter().all(|end| {
                    end.statistics().send_buffer == 0 && end.state() >= State::Established
                })
        });
        self.run(Duration::from_millis(500));
    }
}
