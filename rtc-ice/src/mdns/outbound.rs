//! Writes what is said on the link.

use alloc::vec::Vec;
use core::net::SocketAddr;

use rtc_core::Instant;

use super::builder::MessageBuilder;
use super::family::Family;
use super::machine::{Mdns, Outgoing, SECOND};
use super::name::CandidateName;
use super::publication::Fact;
use super::record::RecordType;
use super::reply::Reply;

impl Mdns {
    /// Appends the next datagram to `out` and tells where it goes: to one of the two groups, on
    /// every interface, or to one host. It is at most 512 bytes long.
    #[must_use]
    pub fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<SocketAddr> {
        if let Some(reply) = self.replies.pop() {
            match reply.conventional {
                Some((id, asked)) => self.write_conventional(reply, id, asked, out),
                None => self.write_unicast(reply, out),
            }
            return Some(reply.to);
        }
        let family = match self.outgoing.due(now)? {
            Outgoing::Question(family, name) => {
                self.write_question(now, family, name, out);
                family
            }
            Outgoing::Fact(family, ..) => {
                self.write_facts(now, family, out);
                family
            }
        };
        Some(family.group())
    }

    /// One message for each name: a host that is asked for nothing else answers at once.
    fn write_question(
        &mut self,
        now: Instant,
        family: Family,
        name: CandidateName,
        out: &mut Vec<u8>,
    ) {
        let task = Outgoing::Question(family, name);
        self.outgoing.cancel(task);
        let (asked_before, interval) =
            self.queries.get_mut(&name).map_or((0, None), |query| query.count(family));
        if let Some(interval) = interval {
            self.outgoing.plan(task, now + interval);
        }
        // "When a question is retransmitted [...], the unicast-response bit SHOULD NOT be set"
        // (RFC 6762, section 5.4)
        let wants_unicast = self.config.unicast_questions && asked_before == 0;
        let mut message = MessageBuilder::query(out);
        message.question(name, RecordType::A, wants_unicast);
        message.question(name, RecordType::AAAA, wants_unicast);
        message.finish();
    }

    /// All that a group is to be told now, as far as it fits.
    fn write_facts(&mut self, now: Instant, family: Family, out: &mut Vec<u8>) {
        let mut message = MessageBuilder::response(out);
        for _ in 0..MAX_RECORDS {
            let task = match self.outgoing.due(now) {
                Some(task @ Outgoing::Fact(of, ..)) if of == family => task,
                _ => break,
            };
            self.outgoing.cancel(task);
            let Outgoing::Fact(_, name, fact) = task else { break };
            let Some(own) = self.names.get_mut(&name) else { continue };
            let (address, is_leaving) = (own.address, own.is_leaving);
            let said = own.said_mut(family);
            match fact {
                Fact::Absence => {
                    said.absence_at = Some(now);
                    message.only(name, RecordType::of(address), Self::TTL, true);
                }
                Fact::Address if is_leaving => {
                    said.address_at = None;
                    message.address(name, address, 0, true);
                    self.forget_if_gone(name);
                }
                Fact::Address => {
                    said.address_at = Some(now);
                    said.announcements = said.announcements.saturating_sub(1);
                    if said.announcements > 0 {
                        self.outgoing.plan(task, now + SECOND);
                    }
                    message.address(name, address, Self::TTL, true);
                }
            }
        }
        message.finish();
    }

    /// An answer to a responder, and with it all others that wait for the same one.
    fn write_unicast(&mut self, first: Reply, out: &mut Vec<u8>) {
        let mut message = MessageBuilder::response(out);
        let mut next = Some(first);
        for written in 1.. {
            let Some(reply) = next else { break };
            if let Some(own) = self.names.get(&reply.name) {
                match reply.fact {
                    Fact::Address => message.address(reply.name, own.address, Self::TTL, true),
                    Fact::Absence => {
                        message.only(reply.name, RecordType::of(own.address), Self::TTL, true);
                    }
                }
            }
            let fits = |reply: &Reply| {
                written < MAX_RECORDS && reply.to == first.to && reply.conventional.is_none()
            };
            next = self.replies.front().filter(fits).and_then(|_| self.replies.pop());
        }
        message.finish();
    }

    /// An answer to a conventional resolver: its question, and the address if it asked for that.
    fn write_conventional(&self, reply: Reply, id: u16, asked: RecordType, out: &mut Vec<u8>) {
        let mut message = MessageBuilder::conventional_response(out, id);
        message.question(reply.name, asked, false);
        if let (Fact::Address, Some(own)) = (reply.fact, self.names.get(&reply.name)) {
            message.address(reply.name, own.address, CONVENTIONAL_TTL, false);
        }
        message.finish();
    }
}

/// The most records of a message: as many as fit into the 512 bytes that a conventional DNS message
/// has (RFC 1035, section 2.3.4). One with an IPv6 address takes at most 65, the others less.
const MAX_RECORDS: usize = 7;
/// "The resource record TTL given in a legacy unicast response SHOULD NOT be greater than ten
/// seconds" (RFC 6762, section 6.7).
const CONVENTIONAL_TTL: u32 = 10;
