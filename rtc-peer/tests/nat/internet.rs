//! The simulated internet: realms joined by NAT boxes, hosts with interfaces, virtual time.
//!
//! A realm is a network whose addresses reach each other directly. Each but the public one lies
//! behind a NAT box, whose outside address is in another realm. Everything is one queue of happenings
//! ordered by time and then by the order of their making, so a run is a function of its inputs.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use rtc_core::Instant;

use crate::packet::Packet;
use crate::translator::{Behaviour, Side, Translator};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RealmId(usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NatId(usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HostId(usize);

/// A host's address in a realm.
#[derive(Debug)]
struct Interface {
    host: HostId,
    realm: RealmId,
    address: IpAddr,
    latency: Duration,
    is_up: bool,
}

#[derive(Debug)]
struct Nat {
    translator: Translator,
    inside: RealmId,
    outside: RealmId,
    latency: Duration,
}

#[derive(Debug)]
enum Happening {
    /// A packet is in a realm.
    In(RealmId, Packet),
    /// A packet arrives at an interface.
    At(usize, Packet),
}

#[derive(Debug)]
pub(crate) struct Internet {
    pub(crate) now: Instant,
    hosts: usize,
    realms: usize,
    interfaces: Vec<Interface>,
    nats: Vec<Nat>,
    happenings: BTreeMap<(Instant, u64), Happening>,
    serial: u64,
    /// Digest of all that was ever sent: moment, addresses, bytes.
    digest: u64,
    /// How many packets hosts have sent.
    pub(crate) sent: usize,
}

impl Internet {
    /// Where every address is public.
    pub(crate) const PUBLIC: RealmId = RealmId(0);

    pub(crate) fn new(now: Instant) -> Self {
        Self {
            now,
            hosts: 0,
            realms: 1,
            interfaces: Vec::new(),
            nats: Vec::new(),
            happenings: BTreeMap::new(),
            serial: 0,
            digest: FNV_OFFSET,
            sent: 0,
        }
    }

    /// A NAT box with an address in `outside`, and the realm behind it.
    pub(crate) fn add_nat(
        &mut self,
        outside: RealmId,
        address: &str,
        behaviour: Behaviour,
        latency: Duration,
    ) -> (NatId, RealmId) {
        let inside = RealmId(self.realms);
        self.realms += 1;
        let id = NatId(self.nats.len());
        // No two boxes give out the same ports.
        let first_port = 20_000 + 3_000 * u16::try_from(self.nats.len()).unwrap();
        let translator = Translator::new(address.parse().unwrap(), behaviour, first_port);
        self.nats.push(Nat { translator, inside, outside, latency });
        (id, inside)
    }

    pub(crate) fn add_host(&mut self) -> HostId {
        self.hosts += 1;
        HostId(self.hosts - 1)
    }

    /// Gives a host an address, `latency` away from the middle of its realm.
    pub(crate) fn attach(
        &mut self,
        host: HostId,
        realm: RealmId,
        address: &str,
        latency: Duration,
    ) -> IpAddr {
        let address = address.parse().unwrap();
        self.interfaces.push(Interface { host, realm, address, latency, is_up: true });
        address
    }

    /// Takes an interface down, or up again: what is sent or arrives there is lost meanwhile.
    pub(crate) fn set_up(&mut self, host: HostId, address: IpAddr, is_up: bool) {
        let is_it =
            |interface: &&mut Interface| interface.host == host && interface.address == address;
        self.interfaces.iter_mut().find(is_it).unwrap().is_up = is_up;
    }

    pub(crate) fn nat(&mut self, id: NatId) -> &mut Translator {
        &mut self.nats[id.0].translator
    }

    /// Sends a packet from the interface that has its source address.
    pub(crate) fn send(&mut self, host: HostId, packet: Packet) {
        self.sent += 1;
        self.note(&packet);
        let address = packet.source.ip();
        let mut interfaces = self.interfaces.iter().enumerate();
        let found = interfaces.find(|(_, one)| one.host == host && one.address == address);
        let (index, interface) = found.expect("a host sends from its own addresses");
        if !interface.is_up {
            return;
        }
        if packet.target.ip() == address {
            // To itself: never leaves the host.
            return self.happen(self.now, Happening::At(index, packet));
        }
        let (realm, at) = (interface.realm, self.now + interface.latency);
        self.happen(at, Happening::In(realm, packet));
    }

    /// When something happens next.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        self.happenings.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next packet that has reached its host by now.
    pub(crate) fn arrival(&mut self) -> Option<(HostId, Packet)> {
        loop {
            let entry = self.happenings.first_entry()?;
            if entry.key().0 > self.now {
                return None;
            }
            let at = entry.key().0;
            match entry.remove() {
                Happening::In(realm, packet) => self.route(at, realm, packet),
                Happening::At(index, packet) => {
                    let interface = &self.interfaces[index];
                    if interface.is_up {
                        return Some((interface.host, packet));
                    }
                }
            }
        }
    }

    /// A number that two equal runs have in common.
    pub(crate) fn digest(&self) -> u64 {
        self.digest
    }

    fn route(&mut self, at: Instant, realm: RealmId, packet: Packet) {
        let target = packet.target.ip();
        let mut interfaces = self.interfaces.iter().enumerate();
        if let Some((index, interface)) =
            interfaces.find(|(_, one)| one.realm == realm && one.address == target)
        {
            let at = at + interface.latency;
            return self.happen(at, Happening::At(index, packet));
        }
        let into = |nat: &Nat| nat.outside == realm && nat.translator.outside == target;
        let out_of = |nat: &Nat| nat.inside == realm;
        let index = self.nats.iter().position(into).or_else(|| self.nats.iter().position(out_of));
        let Some(nat) = index.map(|index| &mut self.nats[index]) else { return };
        let translated = match into(nat) {
            true => nat.translator.inbound(at, packet),
            false => nat.translator.outbound(at, packet),
        };
        let Some((side, packet)) = translated else { return };
        let next = if side == Side::Inside { nat.inside } else { nat.outside };
        let at = at + nat.latency;
        self.happen(at, Happening::In(next, packet));
    }

    fn happen(&mut self, at: Instant, happening: Happening) {
        self.happenings.insert((at, self.serial), happening);
        self.serial += 1;
    }

    fn note(&mut self, packet: &Packet) {
        let text = format!("{:?} {packet:?}", self.now);
        for byte in text.bytes() {
            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
        }
    }
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;
