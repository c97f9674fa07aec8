//! Data that came over a stream and waits to be fetched.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::event::Received;

/// A queue of datagrams in one buffer that is reused: in the steady state nothing is allocated.
#[derive(Debug, Default)]
pub(super) struct ReceivedQueue {
    entries: VecDeque<Received>,
    bytes: VecDeque<u8>,
}

impl ReceivedQueue {
    /// Keeps a datagram; false if there is no room.
    pub(super) fn push(&mut self, received: Received, data: &[u8]) -> bool {
        let is_full = self.entries.len() >= MAX_DATAGRAMS
            || self.bytes.len().saturating_add(data.len()) > MAX_BYTES;
        if !is_full {
            self.entries.push_back(received);
            self.bytes.extend(data);
        }
        !is_full
    }

    /// Appends the oldest datagram to `out`.
    pub(super) fn pop(&mut self, out: &mut Vec<u8>) -> Option<Received> {
        let received = self.entries.pop_front()?;
        let mut left = received.size;
        let (front, back) = self.bytes.as_slices();
        for part in [front, back] {
            let taken = part.get(..left.min(part.len())).unwrap_or_default();
            out.extend_from_slice(taken);
            left -= taken.len();
        }
        self.bytes.drain(..received.size.min(self.bytes.len()));
        Some(received)
    }
}

/// The most that waits: four full reads of a driver.
const MAX_BYTES: usize = 256 * 1024;
const MAX_DATAGRAMS: usize = 4096;
