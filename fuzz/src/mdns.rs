//! Fuzz bodies for multicast DNS.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rtc_core::Instant;
use rtc_ice::mdns::{
    CandidateName, Config, Event, Mdns, Message, PORT, Question, Record, RecordType, Subnet,
    WireName, is_local_name,
};

use crate::input::Input;

/// Reads a message and asks it everything.
pub fn message(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(name) = text.parse::<CandidateName>()
    {
        assert!(is_local_name(text));
        assert_eq!(name.to_string(), text.to_ascii_lowercase());
    }
    let Ok(message) = Message::decode(data) else { return };
    assert!(data.len() <= Message::MAX_LENGTH);
    let count = |at: usize| u16::from_be_bytes([data[at], data[at + 1]]);
    let _ = (message.id(), message.is_response(), message.is_standard());
    let mut entries = 0;
    for question in message.questions() {
        let Question { name, .. } = question;
        look_at(&name);
        let _ = (question.is_internet(), question.wants_unicast, format!("{:?}", question.kind));
        entries += 1;
    }
    assert_eq!(entries, usize::from(count(4)));
    let (mut answers, mut others) = (0, 0);
    let look_at_record = |record: Record<'_>| {
        look_at(&record.name);
        if let Some(address) = record.address() {
            assert_eq!(RecordType::of(address), record.kind);
            assert_eq!(record.class, 1);
        }
    };
    for record in message.answers() {
        look_at_record(record);
        answers += 1;
    }
    for record in message.authorities().chain(message.additionals()) {
        look_at_record(record);
        others += 1;
    }
    assert_eq!(answers, usize::from(count(6)));
    assert_eq!(others, usize::from(count(8)) + usize::from(count(10)));
    assert!(entries + answers + others <= Message::MAX_ENTRIES);
}

fn look_at(name: &WireName) {
    assert!(name.as_bytes().len() <= WireName::MAX_LENGTH);
    assert_eq!(name.as_bytes().last(), Some(&0));
    let length: usize = name.labels().map(|label| 1 + label.len()).sum();
    assert_eq!(length + 1, name.as_bytes().len());
    assert!(name.labels().all(|label| (1..=63).contains(&label.len())));
    if let Some(candidate) = name.candidate() {
        let text = candidate.to_string();
        assert_eq!(text.parse(), Ok(candidate));
        let labels: Vec<_> = name.labels().collect();
        assert_eq!(labels.join(&b'.').to_ascii_lowercase(), text.as_bytes());
    }
}

/// Two hosts on a link, what they send to each other, and everything else that can come, as a list
/// of commands.
pub fn machine(data: &[u8]) {
    let mut input = Input(data);
    let mut link = Link::new(input.next());
    for _ in 0..MAX_COMMANDS {
        let Some(command) = input.byte() else { break };
        link.obey(command, &mut input);
        link.drain();
    }
    // Left alone, it comes to rest.
    for _ in 0..100_000 {
        let deadlines = link.hosts.each_ref().map(Mdns::poll_timeout);
        let Some(next) = Instant::earliest(deadlines) else { break };
        link.now = link.now.max(next);
        link.hosts.iter_mut().for_each(|host| host.handle_timeout(link.now));
        link.drain();
    }
    assert!(link.hosts.iter().all(|host| host.poll_timeout().is_none()));
    assert!(link.asked.iter().all(BTreeSet::is_empty), "{:?}", link.asked);
}

struct Link {
    now: Instant,
    hosts: [Mdns; 2],
    /// What each has published.
    names: [BTreeMap<CandidateName, IpAddr>; 2],
    /// What each is asking for.
    asked: [BTreeSet<CandidateName>; 2],
    /// When each record was last multicast, by host and group.
    said: BTreeMap<(usize, SocketAddr, CandidateName, RecordType), Instant>,
    unicast: [Vec<Instant>; 2],
    flights: Vec<(usize, SocketAddr, Vec<u8>)>,
}

impl Link {
    fn new(flags: u8) -> Self {
        let mut config = Config::default();
        config.max_names = 6;
        config.max_queries = 4;
        config.ipv6 = flags & 1 == 0;
        config.unicast_questions = flags & 2 == 0;
        let mut hosts = [Mdns::new(config.clone()), Mdns::new(config)];
        if flags & 4 != 0 {
            hosts[1].set_subnets([Subnet::new([198, 51, 100, 7].into(), flags >> 3)]);
        }
        Self {
            now: Instant::from_secs(1_000_000),
            hosts,
            names: Default::default(),
            asked: Default::default(),
            said: BTreeMap::new(),
            unicast: Default::default(),
            flights: Vec::new(),
        }
    }

    fn obey(&mut self, command: u8, input: &mut Input<'_>) {
        let at = usize::from(command >> 7);
        let host = &mut self.hosts[at];
        match command & 0x0f {
            0 | 1 => {
                let (name, address) = (name(input.next()), address(input.next()));
                if host.publish(self.now, name, address).is_ok() {
                    if self.names[at].insert(name, address).is_none() {
                        // What was withdrawn is not remembered: a name is new each time.
                        self.said.retain(|&(host, _, said, _), _| (host, said) != (at, name));
                    }
                    assert!(self.names[at].len() <= 6);
                }
            }
            2 => {
                let name = name(input.next());
                host.withdraw(self.now, name);
                self.names[at].remove(&name);
            }
            3 | 4 => {
                let name = name(input.next());
                if host.resolve(self.now, name).is_ok() {
                    self.asked[at].insert(name);
                    assert!(self.asked[at].len() <= 4);
                }
            }
            5 => {
                // What has become of it may be waiting already, but was taken after the last
                // command.
                let name = name(input.next());
                host.cancel(name);
                self.asked[at].remove(&name);
            }
            6 => self.now += Duration::from_millis(u64::from(input.next())),
            7 => self.now += Duration::from_millis(100 * u64::from(input.next())),
            8 => {
                if let Some(next) = host.poll_timeout() {
                    self.now = self.now.max(next);
                }
                host.handle_timeout(self.now);
            }
            9 | 10 => {
                if !self.flights.is_empty() {
                    let place = usize::from(input.next()) % self.flights.len();
                    let (to, from, datagram) = self.flights.swap_remove(place);
                    let _ = self.hosts[to].handle_datagram(self.now, from, &datagram);
                }
            }
            11 => self.flights.clear(),
            12 => {
                // A message that is in order, from anybody.
                let from = SocketAddr::new(address(input.next()), port(input.next()));
                let datagram = composed(input);
                let _ = host.handle_datagram(self.now, from, &datagram);
            }
            13 => {
                // One that is not.
                let from = SocketAddr::new(address(input.next()), port(input.next()));
                let mut datagram = composed(input);
                for _ in 0..input.next() % 8 {
                    let place = usize::from(input.next()) % datagram.len().max(1);
                    if let Some(byte) = datagram.get_mut(place) {
                        *byte = input.next();
                    }
                }
                let _ = host.handle_datagram(self.now, from, &datagram);
            }
            14 => {
                let from = SocketAddr::new(address(input.next()), port(input.next()));
                let size = usize::from(input.next());
                let _ = host.handle_datagram(self.now, from, input.take(size));
            }
            _ => {
                let subnets = input.next() % 3;
                host.set_subnets((0..subnets).map(|n| Subnet::new(address(n), input.next())));
            }
        }
    }

    fn drain(&mut self) {
        for at in 0..2 {
            let mut out = Vec::new();
            while let Some(to) = self.hosts[at].poll_transmit(self.now, &mut out) {
                self.check(at, to, &out);
                let from = SocketAddr::new([192, 168, 1, at as u8 + 1].into(), PORT);
                if self.flights.len() < MAX_FLIGHTS {
                    self.flights.push((1 - at, from, std::mem::take(&mut out)));
                }
                out.clear();
            }
            while let Some(event) = self.hosts[at].poll_event() {
                let (Event::Resolved { name, .. } | Event::Unresolved { name }) = event else {
                    continue;
                };
                assert!(self.asked[at].remove(&name), "{name} was not asked for");
            }
            // Only giving up waits for `handle_timeout`.
            let next = self.hosts[at].poll_timeout();
            assert!(next.is_none_or(|next| next > self.now || !self.asked[at].is_empty()));
        }
    }

    /// Nothing is said that should not be, nor too often.
    fn check(&mut self, at: usize, to: SocketAddr, datagram: &[u8]) {
        assert!(datagram.len() <= 512);
        let message = Message::decode(datagram).unwrap();
        if !message.is_response() {
            assert!(to.ip().is_multicast() && message.answers().count() == 0);
            assert_eq!(message.questions().count(), 1);
            for question in message.questions() {
                assert!(self.asked[at].contains(&question.name.candidate().unwrap()));
            }
            return;
        }
        assert!(message.answers().count() + message.questions().count() > 0);
        if !to.ip().is_multicast() {
            let now = self.now;
            let recent = &mut self.unicast[at];
            recent.retain(|said_at| now.saturating_duration_since(*said_at) < SECOND);
            recent.push(now);
            assert!(recent.len() <= 2 * 64);
        }
        for record in message.additionals() {
            let name = record.name.candidate().unwrap();
            assert!(record.kind == RecordType::NSEC && self.names[at].contains_key(&name));
        }
        for record in message.answers() {
            let name = record.name.candidate().unwrap();
            let published = self.names[at].get(&name);
            match record.address() {
                Some(address) if record.ttl > 0 => {
                    assert_eq!(published.map(|address| address.to_canonical()), Some(address));
                }
                Some(_) => assert!(published.is_none() && to.ip().is_multicast()),
                None => panic!("{:?} is no address", record.kind),
            }
            if to.ip().is_multicast() {
                let last = self.said.insert((at, to, name, record.kind), self.now);
                let gap = last.map(|last| self.now.saturating_duration_since(last));
                assert!(gap.is_none_or(|gap| gap >= SECOND), "{name} after {gap:?}");
            }
        }
    }
}

/// A query or a response about a few names.
fn composed(input: &mut Input<'_>) -> Vec<u8> {
    let shape = input.next();
    let is_response = shape & 1 != 0;
    let count = shape >> 5;
    let mut bytes = vec![0, shape, if is_response { 0x84 } else { 0 }, 0];
    for section in 0..4 {
        let is_used = section == usize::from(is_response);
        bytes.extend([0, if is_used { count } else { 0 }]);
    }
    for _ in 0..count {
        let text = name(input.next()).to_string();
        let (label, _) = text.split_once('.').unwrap();
        bytes.push(label.len() as u8);
        bytes.extend(label.as_bytes());
        bytes.extend(b"\x05local\0");
        let details = input.next();
        let kind = [1, 28, 255, 47][usize::from(details & 3)];
        bytes.extend([0, kind, if details & 4 != 0 { 0x80 } else { 0 }, 1]);
        if is_response {
            bytes.extend([0, 0, 0, details & 0xf8]);
            let length = if kind == 1 { 4 } else { 16 };
            bytes.extend([0, length]);
            bytes.extend((0..length).map(|_| input.next()));
        }
    }
    bytes
}

fn name(n: u8) -> CandidateName {
    format!("9b36eaac-bb2e-49bb-bb78-21c41c4999{:02x}.local", n % 16).parse().unwrap()
}

fn address(n: u8) -> IpAddr {
    match n % 8 {
        0 => [192, 168, 1, n].into(),
        1 => [0xfe80, 0, 0, 0, 0, 0, 0, u16::from(n)].into(),
        2 => [8, 8, 8, n].into(),
        3 => [198, 51, 100, n].into(),
        4 => [0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(n)].into(),
        5 => [224, 0, 0, n].into(),
        6 => [0, 0, 0, 0, 0, 0xffff, 0xc0a8, u16::from(n)].into(),
        _ => [127, 0, 0, n].into(),
    }
}

fn port(n: u8) -> u16 {
    if n < 200 { PORT } else { u16::from(n) - 200 }
}

const SECOND: Duration = Duration::from_secs(1);
const MAX_COMMANDS: usize = 256;
const MAX_FLIGHTS: usize = 64;
