//! Reads what others on the link say.

use alloc::collections::BTreeMap;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use rtc_core::Instant;

use super::error::Error;
use super::event::Event;
use super::family::{Family, PORT};
use super::machine::{Mdns, SECOND};
use super::message::Message;
use super::name::CandidateName;
use super::record::{Question, RecordType};
use super::reply::Reply;
use super::subnet::is_host;

impl Mdns {
    /// Takes a datagram that came to port 5353, by multicast or unicast.
    ///
    /// Nothing that it says is remembered, but for the answer to a name that is being asked for.
    ///
    /// # Errors
    ///
    /// If it is not a DNS message, not from this link, not a response that may be believed, or asks
    /// for more than is answered; such a datagram has changed nothing. What is in order but not
    /// about a name of ours is no error.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Result<(), Error> {
        if !self.is_on_link(from.ip()) {
            return Err(Error::OffLink);
        }
        let message = Message::decode(datagram)?;
        if !message.is_standard() {
            return Err(Error::Header);
        }
        if message.is_response() {
            if from.port() != PORT {
                return Err(Error::Port);
            }
            self.on_response(&message);
            Ok(())
        } else if from.port() == PORT {
            self.on_query(now, from, &message)
        } else if from.port() == 0 {
            Err(Error::Port)
        } else {
            self.on_conventional_query(now, from, &message)
        }
    }

    /// Takes the addresses of names that are asked for; all others pass by.
    fn on_response(&mut self, message: &Message<'_>) {
        if self.queries.is_empty() {
            return;
        }
        // The address of each name, or `None` where there are several.
        let mut found: BTreeMap<CandidateName, Option<IpAddr>> = BTreeMap::new();
        for record in message.answers().chain(message.additionals()) {
            // A goodbye is no answer.
            let Some(address) = record.address().filter(|_| record.ttl > 0) else { continue };
            let Some(name) = record.name.candidate() else { continue };
            if is_host(address) && self.queries.contains_key(&name) {
                let known = found.entry(name).or_insert(Some(address));
                if *known != Some(address) {
                    *known = None;
                }
            }
        }
        for (name, address) in found {
            self.conclude(match address {
                Some(address) => Event::Resolved { name, address },
                None => Event::Unresolved { name },
            });
        }
    }

    /// Answers a fellow responder: by multicast, or to it alone if it said so and everybody else has
    /// heard the answer lately. One of this host has the answer by multicast all the same: it shares
    /// port 5353 with us, and by unicast only one of the sockets would hear it (RFC 6762, section
    /// 15.1).
    fn on_query(
        &mut self,
        now: Instant,
        from: SocketAddr,
        message: &Message<'_>,
    ) -> Result<(), Error> {
        let family = Family::of(from.ip());
        let is_all_ours = message.questions().all(|question| self.asked(&question).is_some());
        let (mut is_served, mut is_refused) = (false, false);
        for question in message.questions() {
            let Some((name, is_address)) = self.asked(&question) else { continue };
            if is_address && self.is_known(message, name) {
                continue;
            }
            // "the responder SHOULD instead multicast the response so as to keep all the peer
            // caches up to date" (RFC 6762, section 5.4)
            let is_fresh = self
                .said_at(family, name)
                .is_some_and(|said_at| now.saturating_duration_since(said_at) < QUARTER_OF_TTL);
            if question.wants_unicast && is_fresh && !self.is_own(from.ip()) {
                let reply = Reply { to: from, name, conventional: None };
                let is_taken = self.replies.push(now, reply);
                (is_served, is_refused) = (is_served | is_taken, is_refused | !is_taken);
            } else {
                // Only one host answers for a name, so its answer collides with no other's, unless
                // the message asks others too (RFC 6762, section 6.3).
                let delay = if is_all_ours {
                    Duration::ZERO
                } else {
                    Duration::from_millis(20 + name.spread(101))
                };
                self.plan_name(now + delay, family, name);
                is_served = true;
            }
        }
        if is_refused && !is_served { Err(Error::Flooded) } else { Ok(()) }
    }

    /// Answers a resolver that knows only of unicast DNS, as such a server would (RFC 6762, section
    /// 6.7); they ask one question at a time.
    fn on_conventional_query(
        &mut self,
        now: Instant,
        from: SocketAddr,
        message: &Message<'_>,
    ) -> Result<(), Error> {
        let mut questions = message.questions();
        let (Some(question), None) = (questions.next(), questions.next()) else { return Ok(()) };
        let Some((name, _)) = self.asked(&question) else { return Ok(()) };
        let conventional = Some((message.id(), question.kind));
        if self.replies.push(now, Reply { to: from, name, conventional }) {
            Ok(())
        } else {
            Err(Error::Flooded)
        }
    }

    /// The name that a question asks about, if that is one of ours, and whether it asks for the
    /// address that there is.
    fn asked(&self, question: &Question) -> Option<(CandidateName, bool)> {
        let name = question.name.candidate().filter(|_| question.is_internet())?;
        let own = self.names.get(&name).filter(|own| !own.is_leaving)?;
        let is_address = [RecordType::of(own.address), RecordType::ANY].contains(&question.kind);
        Some((name, is_address))
    }

    /// Whether the querier says that it knows the address of a name of ours, for another half of its
    /// time at least (RFC 6762, section 7.1).
    fn is_known(&self, message: &Message<'_>, name: CandidateName) -> bool {
        let address = self.names.get(&name).map(|own| own.address);
        message.answers().any(|record| {
            record.ttl >= Self::TTL / 2
                && record.address() == address
                && record.name.candidate() == Some(name)
        })
    }
}

/// Within it a record counts as heard of by everybody (RFC 6762, section 5.4).
const QUARTER_OF_TTL: Duration = SECOND.saturating_mul(Mdns::TTL / 4);
