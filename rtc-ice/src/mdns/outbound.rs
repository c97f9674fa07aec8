//! Writes what is said on the link.

use alloc::vec::Vec;
use core::net::SocketAddr;

use rtc_core::Instant;

use super::builder::MessageBuilder;
use super::family::Family;
use super::machine::{Mdns, Outgoing, SECOND};
use super::name::CandidateName;
use super::query::Step;
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
            Outgoing::Name(family, _) => {
                self.write_names(now, family, out);
                family
            }
        };
        Some(family.group())
    }

    /// The next question for a name, alone in its message.
    fn write_question(
        &mut self,
        now: Instant,
        family: Family,
        name: CandidateName,
        out: &mut Vec<u8>,
    ) {
        let task = Outgoing::Question(family, name);
        self.outgoing.cancel(task);
        let Some(query) = self.queries.get_mut(&name) else { return };
        let Step { kind, is_first_round, next } = query.step(family);
        if let Some(interval) = next {
            self.outgoing.plan(task, now + interval);
        }
        // "When a question is retransmitted [...], the unicast-response bit SHOULD NOT be set"
        // (RFC 6762, section 5.4)
        let wants_unicast = self.config.unicast_questions && is_first_round;
        let mut message = MessageBuilder::query(out);
        message.question(name, kind, wants_unicast);
        message.finish();
    }

    /// All that a group is to be told now, as far as it fits.
    fn write_names(&mut self, now: Instant, family: Family, out: &mut Vec<u8>) {
        let mut message = MessageBuilder::response(out);
        for _ in 0..MAX_NAMES {
            let task = match self.outgoing.due(now) {
                Some(task @ Outgoing::Name(of, _)) if of == family => task,
                _ => break,
            };
            self.outgoing.cancel(task);
            let Outgoing::Name(_, name) = task else { break };
            let Some(own) = self.names.get_mut(&name) else { continue };
            let (address, is_leaving) = (own.address, own.is_leaving);
            let said = own.said_mut(family);
            if is_leaving {
                said.at = None;
                message.goodbye(name, address);
                self.forget_if_gone(name);
                continue;
            }
            said.at = Some(now);
            said.announcements = said.announcements.saturating_sub(1);
            if said.announcements > 0 {
                self.outgoing.plan(task, now + SECOND);
            }
            message.address(name, address, Self::TTL, true);
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
                message.address(reply.name, own.address, Self::TTL, true);
            }
            let fits = |reply: &Reply| {
                written < MAX_NAMES && reply.to == first.to && reply.conventional.is_none()
            };
            next = self.replies.front().filter(fits).and_then(|_| self.replies.pop());
        }
        message.finish();
    }

    /// An answer to a conventional resolver: its question, and the address if it asked for that.
    fn write_conventional(&self, reply: Reply, id: u16, asked: RecordType, out: &mut Vec<u8>) {
        let mut message = MessageBuilder::conventional_response(out, id);
        message.question(reply.name, asked, false);
        if let Some(own) = self.names.get(&reply.name)
            && [RecordType::of(own.address), RecordType::ANY].contains(&asked)
        {
            message.address(reply.name, own.address, CONVENTIONAL_TTL, false);
        }
        message.finish();
    }
}

/// The most names of a message: as many as fit into the 512 bytes that a conventional DNS message
/// has (RFC 1035, section 2.3.4). One with an IPv6 address takes at most 87, the others less.
const MAX_NAMES: usize = 5;
/// "The resource record TTL given in a legacy unicast response SHOULD NOT be greater than ten
/// seconds" (RFC 6762, section 6.7).
const CONVENTIONAL_TTL: u32 = 10;
