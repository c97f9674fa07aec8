//! Two local peer connections and what the subtests do with them.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::Protocol;
use rtc_peer::{
    AddIceCandidateError, ChannelEvent, ChannelId, Configuration, DataChannelInit, Description,
    DescriptionError, Event, Message, OfferOptions, PeerConnection, SdpType, SignalingState,
};

pub(crate) use crate::common::{Pair, START, Who};

/// `pc1` and `pc2` of a subtest, on a network of virtual time.
pub(crate) struct Peers {
    pair: Pair,
    /// Whether each side's candidates are carried to the other as they come.
    trickles: [bool; 2],
    /// How much of each side's history was searched for candidates.
    searched: [usize; 2],
}

impl Peers {
    pub(crate) fn new() -> Self {
        Self::with(Configuration::default(), Configuration::default())
    }

    pub(crate) fn with(alice: Configuration, bob: Configuration) -> Self {
        Self { pair: Pair::with(alice, bob), trickles: [false; 2], searched: [0; 2] }
    }

    pub(crate) fn pc1(&mut self) -> &mut PeerConnection {
        &mut self.pair.alice.connection
    }

    pub(crate) fn pc2(&mut self) -> &mut PeerConnection {
        &mut self.pair.bob.connection
    }

    pub(crate) fn pc(&mut self, who: Who) -> &mut PeerConnection {
        &mut self.pair.peer(who).connection
    }

    /// From now on candidates are carried over, those that were said already included.
    pub(crate) fn exchange_ice_candidates(&mut self) {
        self.trickles = [true; 2];
    }

    /// From now on the candidates of one side are carried over, those that were said already
    /// included.
    pub(crate) fn carry_candidates_of(&mut self, who: Who) {
        self.trickles[who as usize] = true;
    }

    /// An offer of `pc1` and the answer to it, without any candidate in them.
    pub(crate) fn exchange_bare(&mut self) {
        let now = self.now;
        let offer = offer(self.pc1());
        self.pc1().set_local_description(now, Some(offer.clone())).unwrap();
        self.pc2().set_remote_description(now, offer).unwrap();
        self.exchange_answer(Who::Alice);
    }

    pub(crate) fn exchange_offer(&mut self, from: Who) {
        let now = self.now;
        let offer = self.pc(from).create_offer(OfferOptions::default()).unwrap();
        self.pc(from).set_local_description(now, Some(offer)).unwrap();
        let offer = self.pc(from).local_description().unwrap();
        self.pc(from.other()).set_remote_description(now, offer).unwrap();
    }

    /// The offerer gets the answer before it is set, so that no candidate comes too early.
    pub(crate) fn exchange_answer(&mut self, offerer: Who) {
        let now = self.now;
        let answer = self.pc(offerer.other()).create_answer().unwrap();
        self.pc(offerer).set_remote_description(now, answer.clone()).unwrap();
        self.pc(offerer.other()).set_local_description(now, Some(answer)).unwrap();
    }

    pub(crate) fn exchange_offer_answer(&mut self) {
        self.exchange_offer(Who::Alice);
        self.exchange_answer(Who::Alice);
    }

    /// `createDataChannelPair`: connects the two and opens a channel.
    pub(crate) fn data_channel_pair(&mut self, init: &DataChannelInit) -> (ChannelId, ChannelId) {
        let ours = self.pc1().create_data_channel("", init.clone()).unwrap();
        let theirs =
            init.negotiated.then(|| self.pc2().create_data_channel("", init.clone()).unwrap());
        self.exchange_ice_candidates();
        self.exchange_offer_answer();
        self.run_until(|peers| !peers.alice.opened().is_empty() && !peers.bob.opened().is_empty());
        (ours, theirs.unwrap_or_else(|| self.bob.opened()[0]))
    }

    /// Lets time pass until something is so.
    pub(crate) fn run_until(&mut self, mut done: impl FnMut(&mut Self) -> bool) {
        let end = self.now + Duration::from_secs(120);
        loop {
            self.carry();
            if done(self) {
                return;
            }
            assert!(self.pair.step(), "nothing will ever happen again");
            assert!(self.now < end, "two minutes have passed");
        }
    }

    /// Lets so much time pass.
    pub(crate) fn run_for(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.now < end {
            self.carry();
            self.pair.drive_for(Duration::from_millis(10));
        }
        self.carry();
    }

    /// Waits for an event that has not been taken yet, and takes it and all before it.
    pub(crate) fn wait_for(&mut self, who: Who, mut wanted: impl FnMut(&Event) -> bool) -> Event {
        let mut found = None;
        self.run_until(|peers| {
            let events = &mut peers.pair.peer(who).events;
            if let Some(index) = events.iter().position(&mut wanted) {
                found = events.drain(..=index).next_back();
            }
            found.is_some()
        });
        found.unwrap()
    }

    /// Waits for an event to come, and polls nothing after it until [`resume`](Self::resume): what
    /// a handler of the event does is done in between.
    pub(crate) fn pause_at(&mut self, who: Who, wanted: fn(&Event) -> bool) -> Event {
        self.pair.peer(who).pause_at = Some(wanted);
        self.run_until(|peers| peers.pair.peer(who).is_paused());
        self.pair.peer(who).history.last().unwrap().clone()
    }

    pub(crate) fn resume(&mut self, who: Who) {
        self.pair.peer(who).pause_at = None;
    }

    /// `awaitMessage`: the next message on a channel.
    pub(crate) fn await_message(&mut self, who: Who, id: ChannelId) -> Message {
        let mut message = None;
        self.run_until(|peers| {
            message = peers.pc(who).channel(id).unwrap().recv();
            message.is_some()
        });
        message.unwrap()
    }

    /// All that was ever said of a channel.
    pub(crate) fn said_of(&mut self, who: Who, id: ChannelId) -> Vec<ChannelEvent> {
        let history = &self.pair.peer(who).history;
        history.iter().filter_map(|event| of_channel(event, id)).collect()
    }

    /// Drains both and carries candidates over.
    pub(crate) fn carry(&mut self) {
        self.pair.drain();
        for who in [Who::Alice, Who::Bob] {
            if !self.trickles[who as usize] {
                continue;
            }
            let searched = self.searched[who as usize];
            if self.pc(who.other()).remote_description().is_none() {
                continue;
            }
            let history = &self.pair.peer(who).history;
            let candidates: Vec<_> = history[searched..]
                .iter()
                .filter_map(|event| match event {
                    Event::IceCandidate(candidate) => Some(candidate.clone()),
                    _ => None,
                })
                .collect();
            self.searched[who as usize] = history.len();
            for candidate in candidates {
                let now = self.now;
                let other = self.pc(who.other());
                match other.add_ice_candidate(now, &candidate) {
                    // Of a generation whose description has yet to come, and then contains it.
                    Ok(()) | Err(AddIceCandidateError::UnknownUfrag) => {}
                    Err(AddIceCandidateError::Closed) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
        self.pair.drain();
    }
}

impl Deref for Peers {
    type Target = Pair;

    fn deref(&self) -> &Pair {
        &self.pair
    }
}

impl DerefMut for Peers {
    fn deref_mut(&mut self) -> &mut Pair {
        &mut self.pair
    }
}

fn of_channel(event: &Event, id: ChannelId) -> Option<ChannelEvent> {
    match event {
        Event::DataChannel(event) if event.channel() == id => Some(*event),
        _ => None,
    }
}

/// `new RTCPeerConnection()` of a subtest that sends nothing.
pub(crate) fn lone() -> PeerConnection {
    configured(Configuration::default(), 7)
}

/// Another one.
pub(crate) fn other() -> PeerConnection {
    configured(Configuration::default(), 8)
}

pub(crate) fn configured(configuration: Configuration, seed: u8) -> PeerConnection {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let mut connection = PeerConnection::new(configuration, START, &mut rng).unwrap();
    let address = format!("192.0.2.{seed}:4000").parse().unwrap();
    connection.add_local_address(START, address, Protocol::Udp).unwrap();
    connection
}

/// All that a connection has to say.
pub(crate) fn events(connection: &mut PeerConnection) -> Vec<Event> {
    std::iter::from_fn(|| connection.poll_event()).collect()
}

/// `generateDataChannelOffer`.
pub(crate) fn data_channel_offer(connection: &mut PeerConnection) -> Description {
    connection.create_data_channel("test", DataChannelInit::default()).unwrap();
    let offer = connection.create_offer(OfferOptions::default()).unwrap();
    assert_eq!(lines(&offer.sdp, "m=application"), 1);
    offer
}

/// How many lines of a description begin so.
pub(crate) fn lines(sdp: &str, start: &str) -> usize {
    sdp.lines().filter(|line| line.starts_with(start)).count()
}

/// `{}`.
pub(crate) fn in_band() -> DataChannelInit {
    DataChannelInit::default()
}

/// `{negotiated: true, id: 0}`.
pub(crate) fn negotiated() -> DataChannelInit {
    with_id(0)
}

pub(crate) fn with_id(id: u16) -> DataChannelInit {
    DataChannelInit { negotiated: true, id: Some(id), ..DataChannelInit::default() }
}

/// `generateAnswer`: what a fresh connection answers.
pub(crate) fn answer_to(offer: &Description) -> Description {
    let mut pc = configured(Configuration::default(), 9);
    pc.set_remote_description(START, offer.clone()).unwrap();
    pc.create_answer().unwrap()
}

/// `generateOffer`: what a fresh connection offers.
pub(crate) fn empty_offer() -> Description {
    configured(Configuration::default(), 9).create_offer(OfferOptions::default()).unwrap()
}

/// `createOffer()` without options.
pub(crate) fn offer(pc: &mut PeerConnection) -> Description {
    pc.create_offer(OfferOptions::default()).unwrap()
}

/// The signaling states that a connection has gone through since it was asked last.
pub(crate) fn signaling_states(pc: &mut PeerConnection) -> Vec<SignalingState> {
    let state = |event| match event {
        Event::SignalingStateChange(state) => Some(state),
        _ => None,
    };
    events(pc).into_iter().filter_map(state).collect()
}

/// `assert_session_desc_similar`: of one type, with as many m-sections of each kind.
#[track_caller]
pub(crate) fn assert_similar(description: Option<Description>, other: &Description) {
    assert_eq!(shape(&description.unwrap()), shape(other));
}

/// `assert_session_desc_not_similar`.
#[track_caller]
pub(crate) fn assert_not_similar(description: &Description, other: &Description) {
    assert_ne!(shape(description), shape(other));
}

fn shape(description: &Description) -> (SdpType, [usize; 3]) {
    let kinds = ["m=audio ", "m=video ", "m=application "];
    (description.kind, kinds.map(|kind| lines(&description.sdp, kind)))
}

/// The exception of an error that a command must give.
#[track_caller]
pub(crate) fn rejects(result: Result<(), DescriptionError>, exception: &str) {
    assert_eq!(result.unwrap_err().exception().name(), exception);
}

/// Whether `negotiationneeded` was fired since the connection was asked last.
pub(crate) fn negotiation_needed(pc: &mut PeerConnection) -> bool {
    events(pc).contains(&Event::NegotiationNeeded)
}

/// `exchangeOffer`: without a network, candidates inside.
pub(crate) fn exchange_offer(caller: &mut PeerConnection, callee: &mut PeerConnection) {
    let offer = offer(caller);
    caller.set_local_description(START, Some(offer)).unwrap();
    callee.set_remote_description(START, caller.local_description().unwrap()).unwrap();
}

/// `exchangeAnswer`: without a network, candidates inside.
pub(crate) fn exchange_answer(caller: &mut PeerConnection, callee: &mut PeerConnection) {
    let answer = callee.create_answer().unwrap();
    callee.set_local_description(START, Some(answer)).unwrap();
    caller.set_remote_description(START, callee.local_description().unwrap()).unwrap();
}

/// `exchangeOfferAnswer`: without a network, candidates inside.
pub(crate) fn exchange(caller: &mut PeerConnection, callee: &mut PeerConnection) {
    exchange_offer(caller, callee);
    exchange_answer(caller, callee);
}
