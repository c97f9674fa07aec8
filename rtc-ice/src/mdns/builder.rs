//! Writes messages: only such as the machine sends.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;
use core::net::IpAddr;

use super::message::{AUTHORITATIVE, RESPONSE};
use super::name::CandidateName;
use super::record::{INTERNET, RecordType, TOP_BIT};

/// A message that is being appended to a buffer: questions first, then addresses. What else there is
/// to be said about the names comes with the end.
pub(super) struct MessageBuilder<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    questions: u16,
    answers: u16,
    additionals: u16,
    /// The names that have been written, and where.
    places: Vec<(CandidateName, usize)>,
    /// Those that have a record of this type and of no other.
    lone: Vec<(CandidateName, RecordType, u32)>,
    /// Where `local` has been written.
    local_at: Option<usize>,
}

impl<'a> MessageBuilder<'a> {
    /// A query; its identifier is zero (RFC 6762, section 18.1).
    pub(super) fn query(out: &'a mut Vec<u8>) -> Self {
        Self::new(out, 0, 0)
    }

    /// A response by multicast or to another responder.
    pub(super) fn response(out: &'a mut Vec<u8>) -> Self {
        Self::new(out, 0, RESPONSE | AUTHORITATIVE)
    }

    /// A response to a conventional resolver, which wants its identifier back (RFC 6762, section
    /// 6.7).
    pub(super) fn conventional_response(out: &'a mut Vec<u8>, id: u16) -> Self {
        Self::new(out, id, RESPONSE | AUTHORITATIVE)
    }

    fn new(out: &'a mut Vec<u8>, id: u16, flags: u16) -> Self {
        let start = out.len();
        for field in [id, flags, POISON, POISON, 0, POISON] {
            out.extend(field.to_be_bytes());
        }
        let (places, lone) = (Vec::new(), Vec::new());
        Self { out, start, questions: 0, answers: 0, additionals: 0, places, lone, local_at: None }
    }

    pub(super) fn question(&mut self, name: CandidateName, kind: RecordType, wants_unicast: bool) {
        self.questions += 1;
        self.name(name);
        self.u16(kind.0);
        self.u16(INTERNET | if wants_unicast { TOP_BIT } else { 0 });
    }

    /// That the name has this address. That it has no other goes with it if what was known before is
    /// void: "the appropriate NSEC record SHOULD be placed into the additional section, so that
    /// queriers can know with certainty that the device has no addresses of that kind" (RFC 6762,
    /// section 6.2). A resolver that asks for both types would wait for the other in vain.
    pub(super) fn address(
        &mut self,
        name: CandidateName,
        address: IpAddr,
        ttl: u32,
        flushes_cache: bool,
    ) {
        self.answers += 1;
        let kind = RecordType::of(address);
        self.begin_record(name, kind, ttl, flushes_cache);
        match address {
            IpAddr::V4(ip) => {
                self.u16(4);
                self.out.extend(ip.octets());
            }
            IpAddr::V6(ip) => {
                self.u16(16);
                self.out.extend(ip.octets());
            }
        }
        if flushes_cache && ttl > 0 {
            self.lone.push((name, kind, ttl));
        }
    }

    /// That the name has this address no longer.
    pub(super) fn goodbye(&mut self, name: CandidateName, address: IpAddr) {
        self.address(name, address, 0, true);
    }

    /// Writes what there is to be said besides, and how much of everything there is.
    pub(super) fn finish(mut self) {
        for (name, kind, ttl) in core::mem::take(&mut self.lone) {
            self.only(name, kind, ttl);
        }
        let counts = [self.questions, self.answers, 0, self.additionals];
        let header = self.out.iter_mut().skip(self.start + 4);
        header.zip(counts.into_iter().flat_map(u16::to_be_bytes)).for_each(|(to, from)| *to = from);
    }

    /// That the name has records of this type, A or AAAA, and of no other: a restricted NSEC record
    /// (RFC 6762, section 6.1).
    fn only(&mut self, name: CandidateName, kind: RecordType, ttl: u32) {
        self.additionals += 1;
        self.begin_record(name, RecordType::NSEC, ttl, true);
        // Window 0; the bit of each type counts from the highest of the first byte.
        let (bitmap, length) =
            if kind == RecordType::A { ([0x40, 0, 0, 0], 1) } else { ([0, 0, 0, 0x08], 4) };
        self.u16(2 + 2 + length);
        // The name has been written, so this is a pointer.
        self.name(name);
        self.u16(length);
        self.out.extend(bitmap.into_iter().take(length.into()));
    }

    fn begin_record(&mut self, name: CandidateName, kind: RecordType, ttl: u32, flushes: bool) {
        self.name(name);
        self.u16(kind.0);
        self.u16(INTERNET | if flushes { TOP_BIT } else { 0 });
        self.out.extend(ttl.to_be_bytes());
    }

    fn name(&mut self, name: CandidateName) {
        let at = self.out.len() - self.start;
        if let Some(&(_, place)) = self.places.iter().find(|(known, _)| *known == name) {
            self.pointer(place);
            return;
        }
        let label = name.label();
        self.out.push(label.len() as u8);
        self.out.extend(label);
        match self.local_at {
            Some(place) => self.pointer(place),
            None => {
                self.local_at = Some(at + 1 + label.len());
                self.out.extend(b"\x05local\x00");
            }
        }
        self.places.push((name, at));
    }

    fn pointer(&mut self, place: usize) {
        // Messages have fewer bytes than a pointer can count.
        self.u16(0xc000 | place as u16 & 0x3fff);
    }

    fn u16(&mut self, value: u16) {
        self.out.extend(value.to_be_bytes());
    }
}

/// Stands where counts will be, so that a message that was not finished is refused by all.
const POISON: u16 = 0xffff;
