//! Two peers somewhere on the simulated internet, a server, and signalling between the peers.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rtc_core::{Instant, Protocol};
use rtc_peer::{
    ChannelId, Configuration, ConnectionState, DataChannelInit, Description, Event, IceCandidate,
    IceServer, Message, OfferOptions, SdpType,
};

use crate::internet::{Internet, NatId, RealmId};
use crate::kind::{BOX_LATENCY, Kind};
use crate::peer::Peer;
use crate::server::Server;
use crate::theory::{Route, Servers, Type};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Offerer,
    Answerer,
}

/// What is under way between the applications.
#[derive(Debug)]
enum Signal {
    Description(Description),
    Candidate(IceCandidate),
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) internet: Internet,
    pub(crate) offerer: Peer,
    pub(crate) answerer: Peer,
    pub(crate) server: Server,
    /// The boxes of each, from the outside to the inside.
    pub(crate) nats: [Vec<NatId>; 2],
    signals: BTreeMap<(Instant, u64), (Who, Signal)>,
    serial: u64,
}

impl Who {
    pub(crate) const BOTH: [Self; 2] = [Self::Offerer, Self::Answerer];

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Offerer => Self::Answerer,
            Self::Answerer => Self::Offerer,
        }
    }
}

impl Call {
    /// Each behind boxes of its own kind. Behind boxes both have the same address in their own
    /// networks, as half of all homes have.
    pub(crate) fn between(offerer: Kind, answerer: Kind, servers: Servers) -> Self {
        let mut internet = Internet::new(START);
        let (near, near_realm) = offerer.build(&mut internet, OUTSIDE[0]);
        let (far, far_realm) = answerer.build(&mut internet, OUTSIDE[1]);
        let home = |kind: Kind, public| if kind == Kind::Public { public } else { HOME };
        let places =
            [(near_realm, home(offerer, OUTSIDE[0])), (far_realm, home(answerer, OUTSIDE[1]))];
        let configurations = [servers.configuration(), servers.configuration()];
        Self { nats: [near, far], ..Self::at(internet, places, configurations) }
    }

    /// The peers at these places of an internet.
    pub(crate) fn at(
        mut internet: Internet,
        places: [(RealmId, &str); 2],
        configurations: [Configuration; 2],
    ) -> Self {
        let mut peers =
            places.iter().zip(configurations).zip([1, 2]).map(|((place, configuration), seed)| {
                let host = internet.add_host();
                let address = internet.attach(host, place.0, place.1, HOST_LATENCY);
                let mut peer = Peer::new(host, configuration, START, seed);
                peer.open(START, Protocol::Udp, SocketAddr::new(address, PORT));
                peer
            });
        let (offerer, answerer) = (peers.next().unwrap(), peers.next().unwrap());
        drop(peers);
        let server = Server::new(&mut internet);
        Self {
            internet,
            offerer,
            answerer,
            server,
            nats: [vec![], vec![]],
            signals: BTreeMap::new(),
            serial: 0,
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.internet.now
    }

    pub(crate) fn peer(&mut self, who: Who) -> &mut Peer {
        match who {
            Who::Offerer => &mut self.offerer,
            Who::Answerer => &mut self.answerer,
        }
    }

    /// The offerer makes a data channel and an offer; all the rest is signalled by itself.
    pub(crate) fn begin(&mut self) -> ChannelId {
        let init = DataChannelInit::default();
        let chat = self.offerer.connection.create_data_channel("chat", init).unwrap();
        self.offer(Who::Offerer);
        chat
    }

    pub(crate) fn offer(&mut self, who: Who) {
        let now = self.now();
        let connection = &mut self.peer(who).connection;
        let offer = connection.create_offer(OfferOptions::default()).unwrap();
        connection.set_local_description(now, Some(offer.clone())).unwrap();
        self.signal(who.other(), Signal::Description(offer));
    }

    fn signal(&mut self, to: Who, signal: Signal) {
        self.signals.insert((self.now() + SIGNALLING, self.serial), (to, signal));
        self.serial += 1;
    }

    fn take_in(&mut self, to: Who, signal: Signal) {
        let now = self.now();
        let connection = &mut self.peer(to).connection;
        match signal {
            Signal::Candidate(candidate) => {
                connection.add_ice_candidate(now, &candidate).unwrap();
            }
            Signal::Description(description) => {
                let is_offer = description.kind == SdpType::Offer;
                connection.set_remote_description(now, description).unwrap();
                if is_offer {
                    let answer = connection.create_answer().unwrap();
                    connection.set_local_description(now, Some(answer.clone())).unwrap();
                    self.signal(to.other(), Signal::Description(answer));
                }
            }
        }
    }

    /// Sends and says all that is to be sent and said at this moment.
    pub(crate) fn drain(&mut self) {
        self.offerer.drain(&mut self.internet);
        self.answerer.drain(&mut self.internet);
        self.server.drain(&mut self.internet);
        for who in Who::BOTH {
            let events: Vec<_> = self.peer(who).events.drain(..).collect();
            for event in events {
                if let Event::IceCandidate(candidate) = event {
                    self.signal(who.other(), Signal::Candidate(candidate));
                }
            }
        }
    }

    fn next_at(&self) -> Option<Instant> {
        Instant::earliest([
            self.internet.next_at(),
            self.offerer.next_at(),
            self.answerer.next_at(),
            self.signals.keys().next().map(|(at, _)| *at),
        ])
    }

    /// Goes on to the next moment at which something happens, if that is not after `end`.
    pub(crate) fn step(&mut self, end: Instant) -> bool {
        self.drain();
        let Some(next) = self.next_at().filter(|next| *next <= end) else { return false };
        self.internet.now = self.now().max(next);
        let now = self.now();
        while let Some((host, packet)) = self.internet.arrival() {
            if host == self.server.host() {
                self.server.receive(&mut self.internet, packet);
            } else if host == self.offerer.stack.host {
                self.offerer.receive(&mut self.internet, packet);
            } else {
                self.answerer.receive(&mut self.internet, packet);
            }
        }
        while let Some(entry) = self.signals.first_entry()
            && entry.key().0 <= now
        {
            let (to, signal) = entry.remove();
            self.take_in(to, signal);
        }
        self.offerer.tick(now);
        self.answerer.tick(now);
        true
    }

    /// Steps until `done`; whether that came within `patience`.
    pub(crate) fn drive_until(
        &mut self,
        patience: Duration,
        mut done: impl FnMut(&mut Self) -> bool,
    ) -> bool {
        let end = self.now() + patience;
        loop {
            self.drain();
            if done(self) {
                return true;
            }
            if !self.step(end) {
                return false;
            }
        }
    }

    pub(crate) fn drive_for(&mut self, duration: Duration) {
        let end = self.now() + duration;
        while self.step(end) {}
        self.internet.now = end;
    }

    /// Calls, and steps until both are connected or have failed; whether they are connected.
    pub(crate) fn connect(&mut self) -> bool {
        self.begin();
        self.drive_until(Duration::from_secs(180), |call| call.is_connected() || call.has_failed())
            && self.is_connected()
    }

    /// Calls, and waits for a channel: its id on both sides.
    #[track_caller]
    pub(crate) fn open(&mut self) -> (ChannelId, ChannelId) {
        let chat = self.begin();
        let opened = self.drive_until(Duration::from_secs(180), |call| {
            Who::BOTH.into_iter().all(|who| !call.peer(who).opened().is_empty())
        });
        assert!(opened, "no channel was opened");
        (chat, self.answerer.opened()[0])
    }

    pub(crate) fn states(&self) -> [ConnectionState; 2] {
        [&self.offerer, &self.answerer].map(|peer| peer.connection.connection_state())
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.states() == [ConnectionState::Connected; 2]
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.states() == [ConnectionState::Failed; 2]
    }

    /// By which candidates the two are connected.
    pub(crate) fn route(&self) -> Option<Route> {
        let types = |peer: &Peer| {
            let stats = peer.stats(self.now());
            let selected = stats.transports.first()?.selected_candidate_pair_id?;
            let pair = stats.candidate_pairs.iter().find(|pair| pair.id == selected)?;
            let local =
                stats.local_candidates.iter().find(|one| one.id == pair.local_candidate_id)?;
            let mut remotes = stats.remote_candidates.iter();
            let remote = remotes.find(|one| one.id == pair.remote_candidate_id)?;
            Some((Type::from(local.candidate_type), Type::from(remote.candidate_type)))
        };
        Some(Route { offerer: types(&self.offerer)?, answerer: types(&self.answerer)? })
    }

    /// Sends a message each way; whether both arrive within `patience`.
    pub(crate) fn talk(&mut self, ids: (ChannelId, ChannelId), patience: Duration) -> bool {
        self.offerer.connection.channel(ids.0).unwrap().send("there").unwrap();
        self.answerer.connection.channel(ids.1).unwrap().send("back").unwrap();
        let (mut there, mut back) = (Vec::new(), Vec::new());
        let arrived = self.drive_until(patience, |call| {
            let mut channel = call.answerer.connection.channel(ids.1).unwrap();
            there.extend(std::iter::from_fn(|| channel.recv()));
            let mut channel = call.offerer.connection.channel(ids.0).unwrap();
            back.extend(std::iter::from_fn(|| channel.recv()));
            !there.is_empty() && !back.is_empty()
        });
        arrived && there == [Message::from("there")] && back == [Message::from("back")]
    }

    /// How many round trips of the direct path have passed since `start`.
    pub(crate) fn round_trips_since(&self, start: Instant) -> f64 {
        let passed = self.now().saturating_duration_since(start);
        passed.as_secs_f64() / ROUND_TRIP.as_secs_f64()
    }
}

impl Servers {
    pub(crate) fn urls(self) -> Vec<&'static str> {
        let stun = "stun:203.0.113.1";
        match self {
            Self::None => vec![],
            Self::Stun => vec![stun],
            Self::TurnUdp => vec![stun, "turn:203.0.113.1?transport=udp"],
            Self::TurnTcp => vec![stun, "turn:203.0.113.1?transport=tcp"],
            Self::TurnTls => vec![stun, "turns:turn.example.org:443"],
        }
    }

    pub(crate) fn configuration(self) -> Configuration {
        configuration(&self.urls())
    }
}

/// A configuration with these servers, each with the one user's password.
pub(crate) fn configuration(urls: &[&str]) -> Configuration {
    let mut configuration = Configuration::default();
    configuration.ice_servers = urls
        .iter()
        .map(|url| IceServer {
            urls: vec![(*url).into()],
            username: Some(USER.into()),
            credential: Some(PASSWORD.into()),
        })
        .collect();
    configuration
}

impl From<rtc_ice::CandidateKind> for Type {
    fn from(kind: rtc_ice::CandidateKind) -> Self {
        use rtc_ice::CandidateKind;
        match kind {
            CandidateKind::Host => Self::Host,
            CandidateKind::ServerReflexive => Self::Srflx,
            CandidateKind::PeerReflexive => Self::Prflx,
            CandidateKind::Relayed => Self::Relay,
        }
    }
}

/// The address of whoever sits behind a box.
pub(crate) const HOME: &str = "192.168.1.10";
/// The public addresses of the two.
pub(crate) const OUTSIDE: [&str; 2] = ["198.51.100.1", "198.51.100.2"];
/// The port of both.
pub(crate) const PORT: u16 = 4000;
pub(crate) const USER: &str = "user";
pub(crate) const PASSWORD: &str = "password";

/// When every test begins: far from zero, so that nothing can depend on that.
pub(crate) const START: Instant = Instant::from_secs(1_000_000);
/// From a host to the middle of its realm.
pub(crate) const HOST_LATENCY: Duration = Duration::from_micros(9_500);
/// There and back between two peers that are behind one box each.
pub(crate) const ROUND_TRIP: Duration =
    HOST_LATENCY.saturating_mul(4).saturating_add(BOX_LATENCY.saturating_mul(4));
/// As long as one way of the direct path.
pub(crate) const SIGNALLING: Duration = Duration::from_millis(20);

/// The first of a peer's addresses.
pub(crate) fn first_address(peer: &Peer) -> IpAddr {
    peer.addresses()[0]
}
