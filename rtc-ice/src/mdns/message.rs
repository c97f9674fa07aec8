//! DNS messages (RFC 1035, section 4.1; RFC 6762, section 18).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |              Id               |R|Opcode |A|T|D|A|Z|A|C| Rcode |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |           Questions           |            Answers            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |       Authority records       |      Additional records       |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
#![deny(clippy::indexing_slicing)]

use super::error::DecodeError;
use super::record::{Question, Record, take};

/// A message, borrowed: its framing is checked once, then it is read from the bytes themselves.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    bytes: &'a [u8],
    id: u16,
    flags: u16,
    /// How many questions, answers, authority and additional records there are.
    counts: [u16; 4],
    /// Where the questions and the records begin.
    questions: &'a [u8],
    records: &'a [u8],
}

impl<'a> Message<'a> {
    /// The longest message (RFC 6762, section 17), in bytes.
    pub const MAX_LENGTH: usize = 9000;
    /// The most questions and records that are read; a link full of devices stays far below it.
    pub const MAX_ENTRIES: usize = 256;

    /// Reads a message to its last record; what is behind that is ignored. Nothing is allocated,
    /// and the work is bounded by [`MAX_ENTRIES`](Self::MAX_ENTRIES) names of 255 bytes.
    ///
    /// # Errors
    ///
    /// If the message is truncated or malformed anywhere, or breaks a bound.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        if bytes.len() > Self::MAX_LENGTH {
            return Err(DecodeError::TooLong);
        }
        let mut rest = bytes;
        let [id, flags, counts @ ..] = take::<12>(&mut rest)?
            .as_chunks::<2>()
            .0
            .try_into()
            .map(|fields: [[u8; 2]; 6]| fields.map(u16::from_be_bytes))
            .map_err(|_| DecodeError::Truncated)?;
        let [questions_count, records_counts @ ..] = counts;
        let mut room = Self::MAX_ENTRIES;
        let mut enter = || {
            room = room.checked_sub(1).ok_or(DecodeError::TooManyEntries)?;
            Ok(())
        };
        let questions = rest;
        for _ in 0..questions_count {
            enter()?;
            Question::decode(bytes, &mut rest)?;
        }
        let records = rest;
        for count in records_counts {
            for _ in 0..count {
                enter()?;
                Record::decode(bytes, &mut rest)?;
            }
        }
        Ok(Self { bytes, id, flags, counts, questions, records })
    }

    /// The identifier, which means something only to and from conventional resolvers (RFC 6762,
    /// section 18.1).
    pub fn id(&self) -> u16 {
        self.id
    }

    /// Whether it is a response.
    pub fn is_response(&self) -> bool {
        self.flags & RESPONSE != 0
    }

    /// Whether it is a standard query or the successful answer to one; all others are to be ignored
    /// (RFC 6762, sections 18.3 and 18.11).
    pub fn is_standard(&self) -> bool {
        self.flags & (OPCODE | RCODE) == 0
    }

    /// The questions.
    pub fn questions(&self) -> impl Iterator<Item = Question> {
        let mut rest = self.questions;
        let [count, ..] = self.counts;
        (0..count).map_while(move |_| Question::decode(self.bytes, &mut rest).ok())
    }

    /// The records of the answer section; in a query, what the querier knows already (RFC 6762,
    /// section 7.1).
    pub fn answers(&self) -> impl Iterator<Item = Record<'a>> {
        let [_, answers, ..] = self.counts;
        self.sections().take(answers.into())
    }

    /// The records of the additional section.
    pub fn additionals(&self) -> impl Iterator<Item = Record<'a>> {
        let [_, answers, authorities, _] = self.counts;
        self.sections().skip(usize::from(answers) + usize::from(authorities))
    }

    /// The records of the authority section; in a query, what a prober is about to claim (RFC 6762,
    /// section 8.2).
    pub fn authorities(&self) -> impl Iterator<Item = Record<'a>> {
        let [_, answers, authorities, _] = self.counts;
        self.sections().skip(answers.into()).take(authorities.into())
    }

    fn sections(&self) -> impl Iterator<Item = Record<'a>> + use<'a> {
        let (bytes, mut rest) = (self.bytes, self.records);
        let [_, counts @ ..] = self.counts;
        (0..counts.iter().sum()).map_while(move |_: u16| Record::decode(bytes, &mut rest).ok())
    }
}

/// R: the message is a response.
pub(super) const RESPONSE: u16 = 0x8000;
/// A: the responder is authoritative, which those of mDNS always are (RFC 6762, section 18.4).
pub(super) const AUTHORITATIVE: u16 = 0x0400;
const OPCODE: u16 = 0x7800;
const RCODE: u16 = 0x000f;

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::super::builder::MessageBuilder;
    use super::super::name::CandidateName;
    use super::super::record::RecordType;
    use super::*;

    fn name() -> CandidateName {
        "9b36eaac-bb2e-49bb-bb78-21c41c499900.local".parse().unwrap()
    }

    /// What Chromium's responder sends: an answer and, in the additional section, that there is no
    /// more.
    fn response() -> Vec<u8> {
        let mut bytes = b"\x00\x00\x84\x00\x00\x00\x00\x01\x00\x00\x00\x01".to_vec();
        bytes.extend(b"\x249b36eaac-bb2e-49bb-bb78-21c41c499900\x05local\x00");
        bytes.extend(b"\x00\x01\x80\x01\x00\x00\x00\x78\x00\x04\xc0\x00\x02\x01");
        bytes.extend(b"\xc0\x0c\x00\x2f\x80\x01\x00\x00\x00\x78\x00\x05\xc0\x0c\x00\x01\x40");
        bytes
    }

    #[test]
    fn a_response_is_read() {
        let bytes = response();
        let message = Message::decode(&bytes).unwrap();
        assert!(message.is_response() && message.is_standard() && message.id() == 0);
        assert_eq!(message.questions().count() + message.authorities().count(), 0);
        let [answer] = message.answers().collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(answer.name.candidate(), Some(name()));
        assert_eq!(answer.address(), Some([192, 0, 2, 1].into()));
        assert!(answer.flushes_cache && answer.ttl == 120 && answer.class == 1);
        let [nsec] = message.additionals().collect::<Vec<_>>().try_into().unwrap();
        assert_eq!((nsec.kind, nsec.address()), (RecordType::NSEC, None));
        assert_eq!((nsec.name, nsec.data), (answer.name, &b"\xc0\x0c\x00\x01\x40"[..]));
    }

    #[test]
    fn a_query_is_read() {
        let mut bytes = b"\x12\x34\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00".to_vec();
        bytes.extend(b"\x249b36eaac-bb2e-49bb-bb78-21c41c499900\x05local\x00\x00\x01\x80\x01");
        bytes.extend(b"\xc0\x0c\x00\x1c\x00\x01");
        let message = Message::decode(&bytes).unwrap();
        assert!(!message.is_response() && message.id() == 0x1234);
        let [first, second] = message.questions().collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(first.name.candidate(), Some(name()));
        assert!(first.kind == RecordType::A && first.wants_unicast && first.is_internet());
        assert!(second.name == first.name && second.kind == RecordType::AAAA);
        assert!(!second.wants_unicast);
    }

    #[test]
    fn every_truncation_of_a_message_is_refused() {
        let bytes = response();
        for cut in 0..bytes.len() {
            let read = Message::decode(bytes.get(..cut).unwrap());
            assert_eq!(read.unwrap_err(), DecodeError::Truncated, "{cut}");
        }
    }

    #[test]
    fn a_message_beyond_the_bounds_is_refused() {
        let mut bytes = response();
        bytes.resize(Message::MAX_LENGTH, 0);
        assert!(Message::decode(&bytes).is_ok());
        bytes.push(0);
        assert_eq!(Message::decode(&bytes).unwrap_err(), DecodeError::TooLong);
        // 256 questions for the root, and one more.
        let mut bytes = b"\0\0\0\0\x01\x00\0\0\0\0\0\0".to_vec();
        bytes.extend([0; 5 * 257]);
        assert_eq!(Message::decode(&bytes).unwrap().questions().count(), 256);
        *bytes.get_mut(5).unwrap() = 1;
        assert_eq!(Message::decode(&bytes).unwrap_err(), DecodeError::TooManyEntries);
        let boasting = b"\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff";
        assert_eq!(Message::decode(boasting).unwrap_err(), DecodeError::Truncated);
    }

    #[test]
    fn a_record_of_the_wrong_length_or_class_gives_no_address() {
        for (kind, class, length, has_address) in [
            (1, 1, 4, true),
            (28, 1, 16, true),
            (1, 0x8001, 4, true),
            (1, 1, 3, false),
            (1, 1, 16, false),
            (28, 1, 4, false),
            (28, 1, 17, false),
            (1, 3, 4, false),
            (28, 255, 16, false),
            (47, 1, 4, false),
        ] {
            let mut bytes = b"\0\0\x84\0\0\0\0\x01\0\0\0\0\0".to_vec();
            for field in [kind, class, 0, 120, length] {
                bytes.extend(u16::to_be_bytes(field));
            }
            bytes.resize(bytes.len() + usize::from(length), 7);
            let message = Message::decode(&bytes).unwrap();
            let [record] = message.answers().collect::<Vec<_>>().try_into().unwrap();
            assert_eq!(record.address().is_some(), has_address, "{record:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_built_is_read(
            bits: u128, other: u128, v4: [u8; 4], v6: [u8; 16], ttl: u32, id: u16, flush: bool,
            unicast: bool,
        ) {
            let name = |bits: u128| -> CandidateName {
                let text = std::format!("{bits:032x}");
                let parts = [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]];
                (parts.join("-") + ".local").parse().unwrap()
            };
            let (first, second) = (name(bits), name(other));
            let mut bytes = std::vec![0xee; 5];
            let mut builder = MessageBuilder::conventional_response(&mut bytes, id);
            builder.question(first, RecordType::ANY, unicast);
            builder.address(first, v4.into(), ttl, flush);
            builder.address(second, v6.into(), ttl, flush);
            builder.address(first, v6.into(), ttl, flush);
            builder.finish();
            let (before, bytes) = bytes.split_at(5);
            prop_assert_eq!(before, &[0xee; 5]);
            let message = Message::decode(bytes).unwrap();
            prop_assert!(message.is_response() && message.is_standard());
            prop_assert_eq!(message.id(), id);
            let [question] = message.questions().collect::<Vec<_>>().try_into().unwrap();
            prop_assert_eq!(question.name.candidate(), Some(first));
            prop_assert_eq!(question.wants_unicast, unicast);
            let answers: Vec<_> = message.answers().collect();
            let told: Vec<_> =
                answers.iter().map(|record| (record.name.candidate().unwrap(), record.address())).collect();
            prop_assert_eq!(&told, &[
                (first, Some(v4.into())), (second, Some(v6.into())), (first, Some(v6.into())),
            ]);
            prop_assert!(answers.iter().all(|record| record.ttl == ttl && record.flushes_cache == flush));
            let others: Vec<_> = message.additionals().map(|record| record.kind).collect();
            let expected = if flush && ttl > 0 { 3 } else { 0 };
            prop_assert_eq!(others, std::vec![RecordType::NSEC; expected]);
            prop_assert_eq!(message.authorities().count(), 0);
            prop_assert_eq!(first.to_string().len(), 42);
        }

        #[test]
        fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(message) = Message::decode(&bytes) {
                let entries = message.questions().count() + message.answers().count()
                    + message.authorities().count() + message.additionals().count();
                prop_assert!(entries <= Message::MAX_ENTRIES);
            }
        }
    }
}
