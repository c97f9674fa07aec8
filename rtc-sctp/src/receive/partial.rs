//! A message of which fragments are still missing.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use bytes::Bytes;

use crate::packet::DataFlags;

/// A fragment that has arrived.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) flags: DataFlags,
    pub(crate) ppid: u32,
    pub(crate) payload: Bytes,
    /// What it counts against the window.
    pub(crate) charge: usize,
}

/// The run of fragments from the first one on, without a hole.
#[derive(Debug)]
pub(crate) struct Partial {
    pieces: Vec<Bytes>,
    ppid: u32,
    next_tsn: u64,
    is_complete: bool,
    pub(crate) length: usize,
    pub(crate) charge: usize,
}

impl Partial {
    /// Begins with the fragment that has the B flag.
    /// It takes the memory of `spare` for its list.
    pub(crate) fn new(tsn: u64, piece: Piece, spare: &mut Vec<Bytes>) -> Self {
        let mut partial = Self {
            pieces: core::mem::take(spare),
            ppid: piece.ppid,
            next_tsn: tsn,
            is_complete: false,
            length: 0,
            charge: 0,
        };
        partial.append(piece);
        partial
    }

    /// The TSN of the fragment that comes next.
    pub(crate) fn next_tsn(&self) -> u64 {
        self.next_tsn
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.is_complete
    }

    pub(crate) fn append(&mut self, piece: Piece) {
        self.length += piece.payload.len();
        self.charge += piece.charge;
        self.is_complete = piece.flags.contains(DataFlags::END);
        self.pieces.push(piece.payload);
        self.next_tsn += 1;
    }

    /// Appends what has been waiting for this; false if fragments contradict each other: a first
    /// one follows where the message goes on.
    pub(crate) fn absorb(&mut self, waiting: &mut BTreeMap<u64, Piece>) -> bool {
        while !self.is_complete
            && let Some(piece) = waiting.remove(&self.next_tsn)
        {
            if piece.flags.contains(DataFlags::BEGIN) {
                return false;
            }
            self.append(piece);
        }
        true
    }

    /// The message, put together: the one copy on the receiving side.
    /// The memory of its list goes to `spare` for the next one.
    pub(crate) fn finish(mut self, spare: &mut Vec<Bytes>) -> (u32, Bytes) {
        if let [_] = self.pieces.as_slice()
            && let Some(whole) = self.pieces.pop()
        {
            return (self.ppid, whole);
        }
        let mut whole = Vec::with_capacity(self.length);
        for piece in self.pieces.drain(..) {
            whole.extend_from_slice(&piece);
        }
        if self.pieces.capacity() <= MAX_SPARE {
            *spare = self.pieces;
        }
        (self.ppid, Bytes::from(whole))
    }
}

/// The longest list whose memory is kept: that of a message of about 256 KiB.
const MAX_SPARE: usize = 256;
