//! What goes in and out of the payload formats.

use core::fmt;

use bytes::Bytes;

/// What an RTP packet carried, and what its header says about it.
#[derive(Clone, PartialEq, Eq)]
pub struct PacketPayload {
    /// The sequence number, extended so that it does not wrap.
    pub index: u64,
    /// The timestamp.
    pub timestamp: u32,
    /// The marker bit.
    pub marker: bool,
    /// The payload, without padding.
    pub payload: Bytes,
}

/// A frame that was put together.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// The frame, as a decoder wants it: H.264 in the byte stream format with start codes of four
    /// bytes, everything else as it is.
    pub data: Bytes,
    /// The timestamp of its packets.
    pub timestamp: u32,
    /// Whether it can be decoded without any other frame. Every audio frame can.
    pub key_frame: bool,
    /// The extended sequence number of its first packet.
    pub first_index: u64,
    /// The extended sequence number of its last packet.
    pub last_index: u64,
}

/// What to write into the header of the packet that carries a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayloadMark {
    /// The marker bit: for video, that this is the last payload of the frame; never for audio,
    /// where it belongs to the beginning of a talkspurt, of which only the application knows.
    pub marker: bool,
    /// What to add to the timestamp of the frame.
    pub timestamp_offset: u32,
}

impl fmt::Debug for PacketPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PacketPayload")
            .field("index", &self.index)
            .field("timestamp", &self.timestamp)
            .field("marker", &self.marker)
            .field("len", &self.payload.len())
            .finish()
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("len", &self.data.len())
            .field("timestamp", &self.timestamp)
            .field("key_frame", &self.key_frame)
            .field("first_index", &self.first_index)
            .field("last_index", &self.last_index)
            .finish()
    }
}
