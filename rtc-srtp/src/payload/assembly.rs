//! One frame being put together.

use alloc::collections::VecDeque;

use bytes::BytesMut;

use crate::error::PayloadError;
use crate::payload::frame::{Frame, PacketPayload};

/// A frame of which the beginning has arrived, and its bound.
#[derive(Debug, Default)]
pub(crate) struct Assembly {
    buffer: BytesMut,
    open: Option<Open>,
    /// The index that follows the highest one seen, and the timestamp that came with it.
    next: Option<(u64, u32)>,
    finished: VecDeque<Frame>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    first_index: u64,
    timestamp: u32,
    key_frame: bool,
}

/// How a packet follows the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sequel {
    /// Directly, with the same timestamp.
    Same,
    /// Directly, with another timestamp.
    Next,
    /// Not directly.
    Gap,
}

impl Assembly {
    /// Notes a packet and says how it follows the one before it.
    pub(crate) fn follow(&mut self, packet: &PacketPayload) -> Result<Sequel, PayloadError> {
        let sequel = match self.next {
            Some((next, _)) if packet.index < next => return Err(PayloadError::Late),
            Some((next, timestamp)) if packet.index == next && timestamp == packet.timestamp => {
                Sequel::Same
            }
            Some((next, _)) if packet.index == next => Sequel::Next,
            _ => Sequel::Gap,
        };
        self.next = Some((packet.index.saturating_add(1), packet.timestamp));
        Ok(sequel)
    }

    /// Whether a frame has begun and not ended.
    pub(crate) const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Begins a frame with this packet; what has begun before is given up.
    pub(crate) fn begin(&mut self, packet: &PacketPayload, key_frame: bool) {
        self.buffer.clear();
        self.open =
            Some(Open { first_index: packet.index, timestamp: packet.timestamp, key_frame });
    }

    /// Makes the frame that has begun a key frame.
    pub(crate) const fn mark_key_frame(&mut self) {
        if let Some(open) = &mut self.open {
            open.key_frame = true;
        }
    }

    /// Appends to the frame that has begun; if it gets too large it is given up.
    pub(crate) fn append(&mut self, data: &[u8]) -> Result<(), PayloadError> {
        if self.buffer.len() + data.len() > MAX_FRAME_LEN {
            self.give_up();
            return Err(PayloadError::TooLarge { limit: MAX_FRAME_LEN });
        }
        self.buffer.extend_from_slice(data);
        Ok(())
    }

    /// Gives up the frame that has begun.
    pub(crate) fn give_up(&mut self) {
        self.open = None;
        self.buffer.clear();
    }

    /// Ends the frame that has begun with the packet of this index.
    pub(crate) fn finish(&mut self, last_index: u64) {
        let Some(Open { first_index, timestamp, key_frame }) = self.open.take() else { return };
        let data = self.buffer.split().freeze();
        // One packet can finish two frames: the one before it, and its own.
        if self.finished.len() == 2 {
            self.finished.pop_front();
        }
        self.finished.push_back(Frame { data, timestamp, key_frame, first_index, last_index });
    }

    /// The oldest frame that was finished.
    pub(crate) fn poll_frame(&mut self) -> Option<Frame> {
        self.finished.pop_front()
    }
}

/// The largest frame that is put together, in bytes: at 30 frames a second this would be about
/// 1 Gbit/s. A depacketizer holds no more than this, and two finished frames.
pub const MAX_FRAME_LEN: usize = 4 << 20;
