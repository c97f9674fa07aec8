//! Messages out of fragments, in any order, of any sizes, however they overlap (RFC 6347 §4.2.3).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use crate::error::Error;
use crate::message::{HandshakeHeader, HandshakeType};

/// A whole handshake message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) message_type: HandshakeType,
    pub(crate) message_seq: u16,
    pub(crate) body: Vec<u8>,
}

/// Puts messages together.
///
/// Bounds: a message has at most [`MAX_MESSAGE_LENGTH`] bytes; messages are kept whose number is
/// less than [`MAX_AHEAD`] beyond the next one; so at most 2 * 8 * 36 KiB are ever held, while a
/// handshake lasts. What is kept is kept byte by byte, not fragment by fragment, so a
/// retransmission may be cut at other places.
#[derive(Debug, Default)]
pub(crate) struct Reassembler {
    next_seq: u16,
    partials: Vec<Partial>,
}

/// What became of a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// It was kept, or everything in it was known.
    Kept,
    /// It is of a message that has been taken already.
    Stale,
}

/// A message of which some bytes are known.
#[derive(Debug)]
struct Partial {
    message_seq: u16,
    epoch: u16,
    message_type: HandshakeType,
    body: Vec<u8>,
    /// A bit for each byte of the body.
    known: Vec<u64>,
    missing: usize,
}

impl Reassembler {
    /// Takes a fragment that came in a record of `epoch`. Messages of different epochs are kept
    /// apart, so that nothing unauthenticated can get in the way of what is authenticated.
    pub(crate) fn insert(
        &mut self,
        epoch: u16,
        header: &HandshakeHeader,
        fragment: &[u8],
    ) -> Result<Inserted, Error> {
        let length = usize::try_from(header.length).map_err(|_| Error::FragmentRefused)?;
        let offset = usize::try_from(header.fragment_offset).map_err(|_| Error::FragmentRefused)?;
        if header.message_seq < self.next_seq {
            return Ok(Inserted::Stale);
        }
        if header.message_seq - self.next_seq >= MAX_AHEAD || length > MAX_MESSAGE_LENGTH {
            return Err(Error::FragmentRefused);
        }
        // Nothing is gained by, so nothing is kept for, a fragment without bytes, unless the
        // message itself has none.
        if fragment.is_empty() && length > 0 {
            return Ok(Inserted::Kept);
        }
        let found = self
            .partials
            .iter_mut()
            .find(|partial| partial.message_seq == header.message_seq && partial.epoch == epoch);
        if let Some(partial) = found {
            if partial.message_type != header.message_type || partial.body.len() != length {
                return Err(Error::FragmentRefused);
            }
            partial.fill(offset, fragment);
        } else {
            let mut partial = Partial {
                message_seq: header.message_seq,
                epoch,
                message_type: header.message_type,
                body: alloc::vec![0; length],
                known: alloc::vec![0; length.div_ceil(64)],
                missing: length,
            };
            partial.fill(offset, fragment);
            self.partials.push(partial);
        }
        Ok(Inserted::Kept)
    }

    /// The next message, if it is whole and came in `epoch`.
    pub(crate) fn pop(&mut self, epoch: u16) -> Option<Message> {
        let index = self.partials.iter().position(|partial| {
            partial.message_seq == self.next_seq && partial.epoch == epoch && partial.missing == 0
        })?;
        let partial = self.partials.swap_remove(index);
        // RFC 9147 §5.2 says it for 1.3, and no handshake of 1.2 comes near: numbers never wrap.
        self.next_seq = self.next_seq.checked_add(1)?;
        let next_seq = self.next_seq;
        self.partials.retain(|partial| partial.message_seq >= next_seq);
        Some(Message {
            message_type: partial.message_type,
            message_seq: partial.message_seq,
            body: partial.body,
        })
    }
}

impl Partial {
    /// Takes those bytes that are not known yet; the first that came stay.
    fn fill(&mut self, offset: usize, fragment: &[u8]) {
        let body = self.body.iter_mut().enumerate().skip(offset);
        for ((index, to), from) in body.zip(fragment) {
            if let Some(word) = self.known.get_mut(index / 64) {
                let bit = 1 << (index % 64);
                if *word & bit == 0 {
                    *word |= bit;
                    *to = *from;
                    self.missing = self.missing.saturating_sub(1);
                }
            }
        }
    }
}

/// The cap on one message: twice what any chain of certificates in use takes.
pub(crate) const MAX_MESSAGE_LENGTH: usize = 32 * 1024;
/// How many messages may be under way: a flight has five at most.
const MAX_AHEAD: u16 = 8;

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(message_seq: u16, length: usize, offset: usize, count: usize) -> HandshakeHeader {
        HandshakeHeader {
            message_type: HandshakeType::CERTIFICATE,
            length: length as u32,
            message_seq,
            fragment_offset: offset as u32,
            fragment_length: count as u32,
        }
    }

    fn insert(
        reassembler: &mut Reassembler,
        body: &[u8],
        offset: usize,
        count: usize,
    ) -> Result<Inserted, Error> {
        let header = header(reassembler.next_seq, body.len(), offset, count);
        reassembler.insert(0, &header, &body[offset..offset + count])
    }

    #[test]
    fn zero_length_fragments_are_harmless() {
        let mut reassembler = Reassembler::default();
        for offset in 0..=100 {
            let header = header(0, 100, offset, 0);
            assert_eq!(reassembler.insert(0, &header, &[]), Ok(Inserted::Kept));
        }
        assert!(reassembler.partials.is_empty(), "nothing is allocated for nothing");
        assert!(reassembler.pop(0).is_none());
        assert_eq!(reassembler.insert(0, &header(0, 0, 0, 0), &[]), Ok(Inserted::Kept));
        assert_eq!(reassembler.pop(0).map(|message| message.body), Some(Vec::new()));
    }

    #[test]
    fn a_fragment_that_contradicts_the_length_of_its_message_is_refused() {
        let mut reassembler = Reassembler::default();
        assert!(reassembler.insert(0, &header(0, 10, 0, 4), b"0123").is_ok());
        assert_eq!(
            reassembler.insert(0, &header(0, 2000, 4, 6), b"456789"),
            Err(Error::FragmentRefused)
        );
        let mut other = header(0, 10, 4, 6);
        other.message_type = HandshakeType::FINISHED;
        assert_eq!(reassembler.insert(0, &other, b"456789"), Err(Error::FragmentRefused));
        assert!(reassembler.insert(0, &header(0, 10, 4, 6), b"456789").is_ok());
        assert_eq!(reassembler.pop(0).unwrap().body, b"0123456789");
    }

    #[test]
    fn memory_is_bounded_in_length_and_number() {
        let mut reassembler = Reassembler::default();
        for message_seq in 0..=u16::MAX {
            let header = header(message_seq, MAX_MESSAGE_LENGTH, 0, 1);
            let inserted = reassembler.insert(0, &header, &[1]);
            assert_eq!(inserted.is_ok(), message_seq < MAX_AHEAD);
        }
        assert_eq!(reassembler.partials.len(), usize::from(MAX_AHEAD));
        let mut reassembler = Reassembler::default();
        assert!(reassembler.insert(0, &header(0, MAX_MESSAGE_LENGTH + 1, 0, 1), &[1]).is_err());
    }

    #[test]
    fn an_unauthenticated_fragment_does_not_spoil_an_authenticated_message() {
        let mut reassembler = Reassembler::default();
        assert!(reassembler.insert(0, &header(0, 4, 0, 4), b"evil").is_ok());
        assert!(reassembler.insert(1, &header(0, 4, 0, 4), b"good").is_ok());
        assert_eq!(reassembler.pop(1).unwrap().body, b"good");
        assert!(reassembler.partials.is_empty());
    }

    #[test]
    fn a_retransmission_cut_at_other_places_completes_the_message() {
        let body = b"0123456789";
        let mut reassembler = Reassembler::default();
        insert(&mut reassembler, body, 0, 4).unwrap();
        insert(&mut reassembler, body, 7, 3).unwrap();
        assert!(reassembler.pop(0).is_none());
        insert(&mut reassembler, body, 3, 5).unwrap();
        assert_eq!(reassembler.pop(0).unwrap().body, body);
        assert_eq!(
            insert(&mut Reassembler { next_seq: 1, ..reassembler }, body, 0, 4),
            Ok(Inserted::Kept)
        );
    }

    proptest! {
        #[test]
        fn any_cover_of_the_message_in_any_order_gives_the_message(
            body in prop::collection::vec(any::<u8>(), 1..300),
            cuts in prop::collection::vec((any::<prop::sample::Index>(), 1usize..40), 0..40),
            size in 1usize..50,
            seed in any::<u64>(),
        ) {
            let mut fragments: Vec<(usize, usize)> = cuts
                .into_iter()
                .map(|(index, count)| (index.index(body.len()), count))
                .chain((0..body.len()).step_by(size).map(|offset| (offset, size)))
                .map(|(offset, count)| (offset, count.min(body.len() - offset)))
                .collect();
            fragments.sort_by_key(|(offset, count)| {
                (*offset as u64 * 31 + *count as u64).wrapping_mul(seed | 1)
            });
            let mut reassembler = Reassembler::default();
            for (offset, count) in fragments {
                prop_assert_eq!(
                    insert(&mut reassembler, &body, offset, count), Ok(Inserted::Kept)
                );
            }
            prop_assert_eq!(reassembler.pop(0).map(|message| message.body), Some(body));
        }
    }
}
