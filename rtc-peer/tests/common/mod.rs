//! Two peers on a network of virtual time, with a fate for each datagram.
#![allow(dead_code, reason = "each test uses its own part")]

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use chacha20::ChaCha20Rng;
use proptest::prelude::*;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_peer::{
    ChannelEvent, ChannelId, Configuration, ConnectionState, DataChannelInit, Event, Message,
    OfferOptions, PeerConnection,
};

/// What the network does to a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Deliver,
    Drop,
    Duplicate,
    /// Delivers so many milliseconds later than the others.
    Delay(u16),
    /// Flips a bit: the place is a fraction of the length, in 65,536ths.
    Corrupt(u16),
}

/// Schedules of loss, duplication and reordering that let through a good part of what is sent.
pub(crate) fn fates(most: usize) -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        5 => Just(Fate::Deliver),
        3 => Just(Fate::Drop),
        1 => Just(Fate::Duplicate),
        2 => (1u16..400).prop_map(Fate::Delay),
    ];
    proptest::collection::vec(fate, 0..most)
}

/// The same with flipped bits. A handshake cannot survive those, as DTLS protects none of its
/// first messages until the last; everything that is encrypted must.
pub(crate) fn corrupting_fates(most: usize) -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        5 => Just(Fate::Deliver),
        3 => Just(Fate::Drop),
        1 => Just(Fate::Duplicate),
        2 => (1u16..400).prop_map(Fate::Delay),
        2 => any::<u16>().prop_map(Fate::Corrupt),
    ];
    proptest::collection::vec(fate, 0..most)
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Who {
    Alice,
    Bob,
}

impl Who {
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Alice => Self::Bob,
            Self::Bob => Self::Alice,
        }
    }
}

/// One of the two and all that it has said.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) connection: PeerConnection,
    pub(crate) events: VecDeque<Event>,
    /// Every event that was ever polled, in order.
    pub(crate) history: Vec<Event>,
    /// An event after which no other is polled, until this is taken back: what a handler does at
    /// once is done then.
    pub(crate) pause_at: Option<fn(&Event) -> bool>,
}

impl Peer {
    fn new(mut configuration: Configuration, address: SocketAddr, seed: u8) -> Self {
        // One candidate for one address; this network has no connections.
        configuration.ice_tcp = false;
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        let mut connection = PeerConnection::new(configuration, START, &mut rng).unwrap();
        connection.add_local_address(START, address, Protocol::Udp).unwrap();
        Self { connection, events: VecDeque::new(), history: Vec::new(), pause_at: None }
    }

    /// Whether the last event is one to pause at.
    pub(crate) fn is_paused(&self) -> bool {
        self.pause_at.zip(self.history.last()).is_some_and(|(is_wanted, last)| is_wanted(last))
    }

    /// The channels that were opened so far, in order.
    pub(crate) fn opened(&self) -> Vec<ChannelId> {
        self.history
            .iter()
            .filter_map(|event| match event {
                Event::DataChannel(ChannelEvent::Open(id)) => Some(*id),
                _ => None,
            })
            .collect()
    }

    /// Whether this was ever said.
    pub(crate) fn said(&self, event: &Event) -> bool {
        self.history.contains(event)
    }

    /// Everything that waits on a channel.
    pub(crate) fn receive(&mut self, id: ChannelId) -> Vec<Message> {
        let mut channel = self.connection.channel(id).unwrap();
        std::iter::from_fn(|| channel.recv()).collect()
    }
}

/// A datagram on its way.
#[derive(Debug, Clone)]
struct Flying {
    to: Who,
    path: FiveTuple,
    bytes: Vec<u8>,
}

/// Two peers and the network between them.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) alice: Peer,
    pub(crate) bob: Peer,
    pub(crate) now: Instant,
    /// How long a datagram is under way.
    pub(crate) latency: Duration,
    /// What happens to the next datagrams; after the last one all are delivered.
    pub(crate) fates: VecDeque<Fate>,
    /// What is sent from or to this address is lost.
    pub(crate) cut: Option<SocketAddr>,
    /// Every datagram that was ever sent: moment, sender, bytes.
    pub(crate) log: Vec<(Instant, Who, Vec<u8>)>,
    /// Whether `log` is kept.
    pub(crate) logging: bool,
    pub(crate) sent: usize,
    flying: BTreeMap<(Instant, u64), Flying>,
    serial: u64,
    buffer: Vec<u8>,
    pub(crate) max_datagrams: usize,
}

impl Pair {
    pub(crate) fn new() -> Self {
        Self::with(Configuration::default(), Configuration::default())
    }

    pub(crate) fn with(alice: Configuration, bob: Configuration) -> Self {
        Self {
            alice: Peer::new(alice, ALICE.parse().unwrap(), 1),
            bob: Peer::new(bob, BOB.parse().unwrap(), 2),
            now: START,
            latency: Duration::from_millis(10),
            fates: VecDeque::new(),
            cut: None,
            log: Vec::new(),
            logging: true,
            sent: 0,
            flying: BTreeMap::new(),
            serial: 0,
            buffer: Vec::new(),
            max_datagrams: 1,
        }
    }

    /// A pair with a data channel `chat` that is open on both sides.
    pub(crate) fn connected() -> (Self, ChannelId, ChannelId) {
        let mut pair = Self::new();
        let chat =
            pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
        pair.negotiate();
        pair.drive_until(|pair| !pair.alice.opened().is_empty() && !pair.bob.opened().is_empty());
        let other = pair.bob.opened()[0];
        (pair, chat, other)
    }

    pub(crate) fn peer(&mut self, who: Who) -> &mut Peer {
        match who {
            Who::Alice => &mut self.alice,
            Who::Bob => &mut self.bob,
        }
    }

    /// Carries an offer of Alice's to Bob and his answer back, candidates inside.
    pub(crate) fn negotiate(&mut self) {
        self.negotiate_from(Who::Alice);
    }

    /// Carries an offer to the other side and the answer back, candidates inside.
    pub(crate) fn negotiate_from(&mut self, who: Who) {
        let now = self.now;
        let offerer = &mut self.peer(who).connection;
        let offer = offerer.create_offer(OfferOptions::default()).unwrap();
        offerer.set_local_description(now, Some(offer)).unwrap();
        let offer = offerer.local_description().unwrap();
        let answerer = &mut self.peer(who.other()).connection;
        answerer.set_remote_description(now, offer).unwrap();
        answerer.set_local_description(now, None).unwrap();
        let answer = answerer.local_description().unwrap();
        self.peer(who).connection.set_remote_description(now, answer).unwrap();
    }

    /// Drains both peers of what they have to send and say.
    pub(crate) fn drain(&mut self) {
        for who in [Who::Alice, Who::Bob] {
            let (now, max) = (self.now, self.max_datagrams);
            let mut buffer = std::mem::take(&mut self.buffer);
            while let Some(transmit) =
                self.peer(who).connection.poll_transmit(now, max, &mut buffer)
            {
                assert_eq!(transmit.size, buffer.len());
                for datagram in buffer.chunks(transmit.segment_size.unwrap_or(transmit.size)) {
                    self.send(who, transmit.path, datagram);
                }
            }
            self.buffer = buffer;
            let peer = self.peer(who);
            while !peer.is_paused()
                && let Some(event) = peer.connection.poll_event()
            {
                peer.history.push(event.clone());
                peer.events.push_back(event);
            }
            if let Some(deadline) = peer.connection.poll_timeout() {
                assert!(
                    deadline > now,
                    "{who:?} wants to be called at {deadline:?}, now is {now:?}"
                );
            }
        }
    }

    fn send(&mut self, from: Who, path: FiveTuple, datagram: &[u8]) {
        self.sent += 1;
        if self.logging {
            self.log.push((self.now, from, datagram.to_vec()));
        }
        if self.cut.is_some_and(|cut| [path.local, path.remote].contains(&cut)) {
            return;
        }
        let path = FiveTuple { local: path.remote, remote: path.local, ..path };
        let flying = Flying { to: from.other(), path, bytes: datagram.to_vec() };
        let arrival = self.now + self.latency;
        match self.fates.pop_front().unwrap_or(Fate::Deliver) {
            Fate::Deliver => self.fly(arrival, flying),
            Fate::Drop => {}
            Fate::Duplicate => {
                self.fly(arrival, flying.clone());
                self.fly(arrival, flying);
            }
            Fate::Delay(millis) => self.fly(arrival + Duration::from_millis(millis.into()), flying),
            Fate::Corrupt(place) => {
                let mut flying = flying;
                let bits = flying.bytes.len() * 8;
                let bit = usize::from(place) * bits / 65_536;
                flying.bytes[bit / 8] ^= 1 << (bit % 8);
                self.fly(arrival, flying);
            }
        }
    }

    fn fly(&mut self, arrival: Instant, flying: Flying) {
        self.flying.insert((arrival, self.serial), flying);
        self.serial += 1;
    }

    /// Goes on to the next moment at which something happens; `false` if nothing ever will.
    pub(crate) fn step(&mut self) -> bool {
        self.drain();
        let arrival = self.flying.keys().next().map(|(arrival, _)| *arrival);
        let deadlines = [&self.alice, &self.bob].map(|peer| peer.connection.poll_timeout());
        let Some(next) = Instant::earliest([arrival, deadlines[0], deadlines[1]]) else {
            return false;
        };
        self.now = self.now.max(next);
        let now = self.now;
        while let Some(entry) = self.flying.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let flying = entry.remove();
            let datagram = BytesMut::from(&flying.bytes[..]);
            let connection = &mut self.peer(flying.to).connection;
            let _refused = connection.handle_datagram(now, flying.path, None, datagram);
        }
        for who in [Who::Alice, Who::Bob] {
            let connection = &mut self.peer(who).connection;
            if connection.poll_timeout().is_some_and(|deadline| deadline <= now) {
                connection.handle_timeout(now);
            }
        }
        true
    }

    /// Steps until `done`.
    ///
    /// # Panics
    ///
    /// If it takes more than a virtual two minutes.
    pub(crate) fn drive_until(&mut self, mut done: impl FnMut(&mut Self) -> bool) {
        let end = self.now + Duration::from_secs(120);
        loop {
            self.drain();
            if done(self) {
                return;
            }
            assert!(self.step(), "nothing will ever happen again");
            assert!(self.now < end, "two minutes have passed");
        }
    }

    /// Steps for some virtual time.
    pub(crate) fn drive_for(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            self.drain();
            let arrival = self.flying.keys().next().map(|(arrival, _)| *arrival);
            let alice = self.alice.connection.poll_timeout();
            let bob = self.bob.connection.poll_timeout();
            match Instant::earliest([arrival, alice, bob]) {
                Some(next) if next <= end => self.step(),
                _ => break,
            };
        }
        self.now = end;
    }

    /// Sends a message each way.
    #[track_caller]
    pub(crate) fn talk(&mut self, ours: ChannelId, theirs: ChannelId) {
        self.alice.connection.channel(ours).unwrap().send("to Bob").unwrap();
        self.bob.connection.channel(theirs).unwrap().send("to Alice").unwrap();
        let (mut to_alice, mut to_bob) = (Vec::new(), Vec::new());
        self.drive_until(|pair| {
            to_bob.extend(pair.bob.receive(theirs));
            to_alice.extend(pair.alice.receive(ours));
            !to_alice.is_empty() && !to_bob.is_empty()
        });
        assert_eq!(to_bob, [Message::from("to Bob")]);
        assert_eq!(to_alice, [Message::from("to Alice")]);
    }

    /// Whether both connections are connected.
    pub(crate) fn is_connected(&self) -> bool {
        [&self.alice, &self.bob]
            .iter()
            .all(|peer| peer.connection.connection_state() == ConnectionState::Connected)
    }
}

/// When every test begins: far from zero, so that nothing can depend on that.
pub(crate) const START: Instant = Instant::from_secs(1_000_000);
pub(crate) const ALICE: &str = "192.0.2.1:4000";
pub(crate) const BOB: &str = "192.0.2.2:5000";
