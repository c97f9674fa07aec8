//! The machine: names of ours, names that are asked for.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::net::IpAddr;
use core::time::Duration;

use rtc_core::Instant;

use super::agenda::Agenda;
use super::config::Config;
use super::error::{PublishError, ResolveError};
use super::event::Event;
use super::family::Family;
use super::name::CandidateName;
use super::publication::Publication;
use super::query::Query;
use super::reply::Replies;
use super::subnet::{Subnet, is_host, is_link_local, is_private};

/// Multicast DNS for the candidates of a process.
///
/// # Driving
///
/// The driver has a UDP socket on port 5353 for each IP version, a member of the group on every
/// interface and sending with an IP TTL of 255 (RFC 6762, section 11), with the loop of multicast on
/// so that other processes of this host hear it. What comes in goes to
/// [`handle_datagram`](Self::handle_datagram), and after every call the outlets are drained. What
/// [`poll_transmit`](Self::poll_transmit) destines for a group goes out on every interface.
///
/// # What it does not do
///
/// Probing, which the draft says SHOULD be skipped, and conflicts: two hosts do not draw the same
/// UUID, and who claims one of ours is lying. Nothing is cached: a candidate is resolved once.
#[derive(Debug)]
pub struct Mdns {
    pub(super) config: Config,
    /// The links of this host, once they have been told.
    subnets: Option<Vec<Subnet>>,
    pub(super) names: BTreeMap<CandidateName, Publication>,
    pub(super) queries: BTreeMap<CandidateName, Query>,
    pub(super) outgoing: Agenda<Outgoing>,
    /// When a name is given up.
    patience: Agenda<CandidateName>,
    pub(super) replies: Replies,
    events: VecDeque<Event>,
}

/// What is to be sent to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outgoing {
    /// What there is about a name of ours.
    Name(Family, CandidateName),
    Question(Family, CandidateName),
}

impl Mdns {
    /// How long a name is asked for. Questions go out at once, after one second and after three
    /// (RFC 6762, section 5.2); the last is given the two seconds in which a host must have
    /// answered, even one that had to delay its answer for half a second and because it had given
    /// it less than a second ago (section 6).
    pub const PATIENCE: Duration = Duration::from_secs(5);
    /// For how many seconds an answer holds (RFC 6762, section 10).
    pub const TTL: u32 = 120;
    /// The most subnets that are held; what is beyond is not listened to.
    pub const MAX_SUBNETS: usize = 256;

    /// A machine that publishes nothing and asks for nothing.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            subnets: None,
            names: BTreeMap::new(),
            queries: BTreeMap::new(),
            outgoing: Agenda::new(),
            patience: Agenda::new(),
            replies: Replies::new(),
            events: VecDeque::new(),
        }
    }

    /// Tells the subnets of the interfaces, instead of those that were told before: only hosts in
    /// them are listened to, besides those with link-local or loopback addresses (RFC 6762,
    /// sections 5.5 and 11). Otherwise anybody on the internet who has been signalled a name could
    /// ask for the address that it hides.
    ///
    /// Until it is called, hosts with private addresses (RFC 1918, RFC 4193) are listened to too.
    pub fn set_subnets(&mut self, subnets: impl IntoIterator<Item = Subnet>) {
        self.subnets = Some(subnets.into_iter().take(Self::MAX_SUBNETS).collect());
    }

    /// Publishes a name for an address of this host: it is answered for at once, until it is
    /// withdrawn, and announced twice, a second apart (RFC 6762, section 8.3). Doing so once more
    /// does nothing.
    ///
    /// The first announcement comes after a second, as that of a host that has probed for so long
    /// does (section 8.1). Those who are signalled the name ask for it within that second, and must
    /// not be told until one is over since the name was last spoken of (section 6): announced at
    /// once, each name would hold up its connection for a second.
    ///
    /// A name is meant to be drawn anew each time: one that has been withdrawn counts as new, even
    /// if its goodbye was said less than a second ago.
    ///
    /// # Errors
    ///
    /// If the address cannot be that of a host, the name stands for another one, or there are
    /// [`Config::max_names`] already.
    pub fn publish(
        &mut self,
        now: Instant,
        name: CandidateName,
        address: IpAddr,
    ) -> Result<(), PublishError> {
        let address = address.to_canonical();
        if !is_host(address) {
            return Err(PublishError::Address);
        }
        let (count, limit) = (self.names.len(), self.config.max_names);
        match self.names.get_mut(&name) {
            Some(publication) if publication.is_leaving => {
                publication.is_leaving = false;
                publication.address = address;
            }
            Some(publication) if publication.address == address => return Ok(()),
            Some(_) => return Err(PublishError::InUse),
            None if count >= limit => return Err(PublishError::Full { limit }),
            None => {
                self.names.insert(name, Publication::new(address));
            }
        }
        for family in self.families() {
            if let Some(publication) = self.names.get_mut(&name) {
                publication.said_mut(family).announcements = ANNOUNCEMENTS;
            }
            self.plan_name(now + ANNOUNCEMENT_DELAY, family, name);
        }
        if self.queries.contains_key(&name) {
            self.conclude(Event::Resolved { name, address });
        }
        Ok(())
    }

    /// Takes a name back. Who may have heard of it is told by a goodbye (RFC 6762, section 10.1): at
    /// once, or when a second has gone by since the name was last spoken of.
    pub fn withdraw(&mut self, now: Instant, name: CandidateName) {
        let Some(publication) = self.names.get_mut(&name) else { return };
        publication.is_leaving = true;
        self.replies.forget(name);
        for family in Family::ALL {
            self.outgoing.cancel(Outgoing::Name(family, name));
            if self.said_at(family, name).is_some() {
                self.plan_name(now, family, name);
            }
        }
        self.forget_if_gone(name);
    }

    /// Asks for a name. One event follows: at once if the name is one of ours, else when it has been
    /// answered for or [`PATIENCE`](Self::PATIENCE) has run out. Asking for it meanwhile once more
    /// changes nothing: there will be one event.
    ///
    /// # Errors
    ///
    /// If [`Config::max_queries`] names are being asked for already, or have been and their events
    /// not been taken.
    pub fn resolve(&mut self, now: Instant, name: CandidateName) -> Result<(), ResolveError> {
        if self.queries.contains_key(&name) {
            return Ok(());
        }
        let limit = self.config.max_queries;
        if self.queries.len() + self.events.len() >= limit {
            return Err(ResolveError::Full { limit });
        }
        if let Some(own) = self.names.get(&name).filter(|own| !own.is_leaving) {
            self.events.push_back(Event::Resolved { name, address: own.address });
            return Ok(());
        }
        self.queries.insert(name, Query::default());
        self.patience.plan(name, now + Self::PATIENCE);
        for family in self.families() {
            self.outgoing.plan(Outgoing::Question(family, name), now);
        }
        Ok(())
    }

    /// Asks for a name no longer; there will be no event.
    pub fn cancel(&mut self, name: CandidateName) {
        self.queries.remove(&name);
        self.patience.cancel(name);
        for family in Family::ALL {
            self.outgoing.cancel(Outgoing::Question(family, name));
        }
    }

    /// Gives up the names whose patience has run out.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(name) = self.patience.due(now) {
            self.conclude(Event::Unresolved { name });
        }
    }

    /// What has become of the names that were asked for.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When there is something to send or to give up; after the outlets have been drained it is not
    /// in the past.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        Instant::earliest([self.outgoing.next_at(), self.patience.next_at()])
    }

    /// Whether a host with this address is on a link of ours.
    pub(super) fn is_on_link(&self, address: IpAddr) -> bool {
        is_host(address)
            && (is_link_local(address)
                || match &self.subnets {
                    Some(subnets) => subnets.iter().any(|subnet| subnet.contains(address)),
                    None => is_private(address),
                })
    }

    /// Whether an address is one of this host's own.
    pub(super) fn is_own(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_loopback()
            || self.subnets.iter().flatten().any(|subnet| subnet.is_of_host(address))
    }

    /// Plans to tell a group about a name of ours, at the earliest a second after that was last
    /// done: "a Multicast DNS responder MUST NOT [...] multicast a record on a given interface
    /// until at least one second has elapsed since the last time that record was multicast on that
    /// particular interface" (RFC 6762, section 6).
    pub(super) fn plan_name(&mut self, at: Instant, family: Family, name: CandidateName) {
        let earliest = self.said_at(family, name).map_or(at, |said_at| said_at + SECOND);
        self.outgoing.plan(Outgoing::Name(family, name), at.max(earliest));
    }

    /// When a group was last told about a name of ours.
    pub(super) fn said_at(&self, family: Family, name: CandidateName) -> Option<Instant> {
        self.names.get(&name)?.said(family).at
    }

    /// Asks for a name no longer and tells what has become of it.
    pub(super) fn conclude(&mut self, event: Event) {
        let (Event::Resolved { name, .. } | Event::Unresolved { name }) = event;
        self.cancel(name);
        self.events.push_back(event);
    }

    /// Forgets a withdrawn name that nobody has to be told about any more.
    pub(super) fn forget_if_gone(&mut self, name: CandidateName) {
        let is_gone = self.names.get(&name).is_some_and(|publication| {
            publication.is_leaving
                && Family::ALL.iter().all(|&family| publication.said(family).at.is_none())
        });
        if is_gone {
            self.names.remove(&name);
        }
    }

    /// The groups that there are sockets for.
    fn families(&self) -> impl Iterator<Item = Family> + use<> {
        let (v4, v6) = (self.config.ipv4, self.config.ipv6);
        [(Family::V4, v4), (Family::V6, v6)]
            .into_iter()
            .filter(|(_, is)| *is)
            .map(|(family, _)| family)
    }
}

pub(super) const SECOND: Duration = Duration::from_secs(1);
/// As long as a host probes for a name: up to 250 ms of waiting and thrice 250 ms (RFC 6762, section
/// 8.1).
const ANNOUNCEMENT_DELAY: Duration = SECOND;
/// How often a new name is announced (RFC 6762, section 8.3: at least twice).
const ANNOUNCEMENTS: u8 = 2;
