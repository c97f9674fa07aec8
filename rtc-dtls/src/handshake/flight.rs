//! A flight: messages that are sent, and sent again, together (RFC 6347 §4.2.4).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::Instant;

use super::transcript::Transcript;
use crate::message::{HANDSHAKE_HEADER_LENGTH, HandshakeHeader, HandshakeType};
use crate::protection::Sealer;
use crate::record::{ContentType, DTLS_1_0, DTLS_1_2, RECORD_HEADER_LENGTH, RecordHeader};

/// What we said last, and how far the saying of it has come.
///
/// Messages are cut into fragments only when a datagram is asked for, so a retransmission fits
/// whatever the datagram size is by then.
#[derive(Default)]
pub(crate) struct Flight {
    items: Vec<Item>,
    /// The next item to send, and how much of it has been sent.
    cursor: (usize, usize),
}

enum Item {
    Message { epoch: u16, message_type: HandshakeType, message_seq: u16, body: Vec<u8> },
    ChangeCipherSpec,
}

impl Flight {
    /// Adds a message of epoch 0, to the transcript too.
    pub(crate) fn push(
        &mut self,
        transcript: &mut Transcript,
        message_seq: &mut u16,
        message_type: HandshakeType,
        encode: impl FnOnce(&mut Vec<u8>),
    ) {
        self.push_in(0, transcript, message_seq, message_type, encode);
    }

    /// Adds the ChangeCipherSpec and the Finished, which is of epoch 1.
    pub(crate) fn push_finished(
        &mut self,
        transcript: &mut Transcript,
        message_seq: &mut u16,
        encode: impl FnOnce(&mut Vec<u8>),
    ) {
        self.items.push(Item::ChangeCipherSpec);
        self.push_in(1, transcript, message_seq, HandshakeType::FINISHED, encode);
    }

    fn push_in(
        &mut self,
        epoch: u16,
        transcript: &mut Transcript,
        message_seq: &mut u16,
        message_type: HandshakeType,
        encode: impl FnOnce(&mut Vec<u8>),
    ) {
        let mut body = Vec::new();
        encode(&mut body);
        transcript.push(message_type, *message_seq, &body);
        self.items.push(Item::Message { epoch, message_type, message_seq: *message_seq, body });
        *message_seq = message_seq.saturating_add(1);
    }

    /// Whether records of epoch 1 are in it: then later alerts are protected too.
    pub(crate) fn changes_epoch(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Item::ChangeCipherSpec))
    }

    /// Whether something is left to send.
    pub(crate) fn is_pending(&self) -> bool {
        self.cursor.0 < self.items.len()
    }

    /// Sends all of it again.
    pub(crate) fn rewind(&mut self) {
        self.cursor = (0, 0);
    }

    /// Appends one datagram of at most `size` bytes.
    pub(crate) fn fill(
        &mut self,
        size: usize,
        sequence: &mut u64,
        sealer: Option<&mut Sealer>,
        out: &mut Vec<u8>,
    ) {
        let start = out.len();
        let mut sealer = sealer;
        while let Some(item) = self.items.get(self.cursor.0) {
            let used = out.len() - start;
            let room = size.saturating_sub(used);
            match item {
                Item::ChangeCipherSpec => {
                    if room < RECORD_HEADER_LENGTH + 1 {
                        return;
                    }
                    put_plaintext_header(out, ContentType::ChangeCipherSpec, DTLS_1_2, sequence, 1);
                    out.push(1);
                }
                Item::Message { epoch, message_type, message_seq, body } => {
                    let overhead = HANDSHAKE_HEADER_LENGTH
                        + match (*epoch, &sealer) {
                            (1, Some(sealer)) => sealer.overhead(),
                            _ => RECORD_HEADER_LENGTH,
                        };
                    let rest = body.get(self.cursor.1..).unwrap_or_default();
                    let count = rest.len().min(room.saturating_sub(overhead));
                    let fits = room >= overhead && count == rest.len();
                    if !fits && count < MIN_FRAGMENT_LENGTH && used > 0 {
                        return;
                    }
                    // A datagram size too small for anything sends byte by byte all the same.
                    let count = count.max(rest.len().min(1));
                    let header = HandshakeHeader {
                        message_type: *message_type,
                        length: body.len() as u32,
                        message_seq: *message_seq,
                        fragment_offset: self.cursor.1 as u32,
                        fragment_length: count as u32,
                    };
                    let fragment = rest.get(..count).unwrap_or_default();
                    match (*epoch, &mut sealer) {
                        (1, Some(sealer)) => {
                            let record = out.len();
                            out.resize(record + sealer.header_length(), 0);
                            header.encode(out);
                            out.extend_from_slice(fragment);
                            // A key that is exhausted cannot be during a handshake.
                            if sealer.seal(ContentType::Handshake, out, record).is_err() {
                                out.truncate(record);
                                return;
                            }
                        }
                        _ => {
                            let version = if *message_type == HandshakeType::CLIENT_HELLO {
                                DTLS_1_0
                            } else {
                                DTLS_1_2
                            };
                            let length = HANDSHAKE_HEADER_LENGTH + count;
                            put_plaintext_header(
                                out,
                                ContentType::Handshake,
                                version,
                                sequence,
                                length,
                            );
                            header.encode(out);
                            out.extend_from_slice(fragment);
                        }
                    }
                    if count < rest.len() {
                        self.cursor.1 += count;
                        continue;
                    }
                }
            }
            self.cursor = (self.cursor.0 + 1, 0);
        }
    }
}

#[cfg(test)]
impl Flight {
    /// What the other side would make of it.
    pub(crate) fn messages(&self) -> Vec<super::Message> {
        self.items
            .iter()
            .filter_map(|item| match item {
                Item::Message { message_type, message_seq, body, .. } => Some(super::Message {
                    message_type: *message_type,
                    message_seq: *message_seq,
                    body: body.clone(),
                }),
                Item::ChangeCipherSpec => None,
            })
            .collect()
    }
}

/// Writes the header of a record of epoch 0 and counts it.
fn put_plaintext_header(
    out: &mut Vec<u8>,
    content_type: ContentType,
    version: u16,
    sequence: &mut u64,
    length: usize,
) {
    RecordHeader { content_type, version, epoch: 0, sequence: *sequence, length: length as u16 }
        .encode(out);
    *sequence = sequence.saturating_add(1);
}

/// When to send a flight again: doubled each time, up to a cap (RFC 6347 §4.2.4.1).
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetransmissionTimer {
    initial: Duration,
    current: Duration,
    maximum: Duration,
    deadline: Option<Instant>,
}

impl RetransmissionTimer {
    pub(crate) const fn new(initial: Duration, maximum: Duration) -> Self {
        Self { initial, current: initial, maximum, deadline: None }
    }

    /// Takes effect with the next flight, or at once if this one has not been sent again.
    pub(crate) fn set_initial(&mut self, initial: Duration) {
        if self.current == self.initial {
            self.current = initial;
        }
        self.initial = initial;
    }

    /// How long a flight is waited for at first.
    pub(crate) const fn initial(&self) -> Duration {
        self.initial
    }

    pub(crate) const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// A new flight: the patience for it is the initial one.
    pub(crate) const fn reset(&mut self) {
        self.current = self.initial;
        self.deadline = None;
    }

    /// The flight has been sent.
    pub(crate) fn arm(&mut self, now: Instant) {
        self.deadline = Some(now + self.current);
    }

    pub(crate) const fn disarm(&mut self) {
        self.deadline = None;
    }

    /// Whether the flight is to be sent again.
    pub(crate) fn expire(&mut self, now: Instant) -> bool {
        let expired = self.deadline.is_some_and(|deadline| deadline <= now);
        if expired {
            self.current = self.current.saturating_mul(2).min(self.maximum);
            self.deadline = None;
        }
        expired
    }
}

/// No smaller piece of a message is squeezed into the end of a datagram.
const MIN_FRAGMENT_LENGTH: usize = 32;
