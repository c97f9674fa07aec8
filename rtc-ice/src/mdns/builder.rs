//! Writes messages: only such as the machine sends.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;
use core::net::IpAddr;

use super::message::{AUTHORITATIVE, RESPONSE};
use super::name::CandidateName;
use super::record::{INTERNET, RecordType, TOP_BIT};

/// A message that is being appended to a buffer: questions first, then answers.
pub(super) struct MessageBuilder<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    questions: u16,
    answers: u16,
    /// The name that was last written, and where.
    last_name: Option<(CandidateName, usize)>,
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
        for field in [id, flags, POISON, POISON, 0, 0] {
            out.extend(field.to_be_bytes());
        }
        Self { out, start, questions: 0, answers: 0, last_name: None, local_at: None }
    }

    pub(super) fn question(&mut self, name: CandidateName, kind: RecordType, wants_unicast: bool) {
        self.questions += 1;
        self.name(name);
        self.u16(kind.0);
        self.u16(INTERNET | if wants_unicast { TOP_BIT } else { 0 });
    }

    /// That the name has this address.
    pub(super) fn address(
        &mut self,
        name: CandidateName,
        address: IpAddr,
        ttl: u32,
        flushes_cache: bool,
    ) {
        self.begin_record(name, RecordType::of(address), ttl, flushes_cache);
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
    }

    /// That the name has records of this type, A or AAAA, and of no other: a restricted NSEC record
    /// (RFC 6762, section 6.1).
    pub(super) fn only(
        &mut self,
        name: CandidateName,
        kind: RecordType,
        ttl: u32,
        flushes_cache: bool,
    ) {
        self.begin_record(name, RecordType::NSEC, ttl, flushes_cache);
        // Window 0; the bit of each type counts from the highest of the first byte.
        let (bitmap, length) =
            if kind == RecordType::A { ([0x40, 0, 0, 0], 1) } else { ([0, 0, 0, 0x08], 4) };
        self.u16(2 + 2 + length);
        // The name has been written just now, so this is a pointer.
        self.name(name);
        self.u16(length);
        self.out.extend(bitmap.into_iter().take(length.into()));
    }

    /// Writes down how many questions and answers there are.
    pub(super) fn finish(self) {
        let counts = self.questions.to_be_bytes().into_iter().chain(self.answers.to_be_bytes());
        let header = self.out.iter_mut().skip(self.start + 4);
        header.zip(counts).for_each(|(to, from)| *to = from);
    }

    fn begin_record(&mut self, name: CandidateName, kind: RecordType, ttl: u32, flushes: bool) {
        self.answers += 1;
        self.name(name);
        self.u16(kind.0);
        self.u16(INTERNET | if flushes { TOP_BIT } else { 0 });
        self.out.extend(ttl.to_be_bytes());
    }

    fn name(&mut self, name: CandidateName) {
        let at = self.out.len() - self.start;
        if let Some((_, place)) = self.last_name.filter(|(last, _)| *last == name) {
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
        self.last_name = Some((name, at));
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
