//! Messages that came before their channel.

use alloc::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use rtc_sctp::Ppid;

/// Messages that arrived on a stream before the channel on it was announced: an unordered message
/// can overtake its announcement, and an agreed channel may be used before we have created it.
#[derive(Debug, Default)]
pub(super) struct Early {
    messages: BTreeMap<u16, VecDeque<(Ppid, Bytes)>>,
    bytes: usize,
}

impl Early {
    /// Keeps a message; `false` if there is no room.
    pub(super) fn hold(&mut self, stream: u16, ppid: Ppid, payload: Bytes) -> bool {
        let cost = payload.len() + EARLY_OVERHEAD;
        if self.bytes + cost > MAX_EARLY {
            return false;
        }
        self.bytes += cost;
        self.messages.entry(stream).or_default().push_back((ppid, payload));
        true
    }

    pub(super) fn has(&self, stream: u16) -> bool {
        self.messages.contains_key(&stream)
    }

    pub(super) fn take(&mut self, stream: u16) -> Option<(Ppid, Bytes)> {
        let queue = self.messages.get_mut(&stream)?;
        let (ppid, payload) = queue.pop_front()?;
        self.bytes -= payload.len() + EARLY_OVERHEAD;
        if queue.is_empty() {
            self.messages.remove(&stream);
        }
        Some((ppid, payload))
    }

    pub(super) fn forget(&mut self, stream: u16) {
        while self.take(stream).is_some() {}
    }
}

/// How many bytes may wait, over all streams, for a channel to be announced.
const MAX_EARLY: usize = 1024 * 1024;

/// What an early message counts beside its bytes, so that empty ones are bounded, too.
const EARLY_OVERHEAD: usize = 64;
