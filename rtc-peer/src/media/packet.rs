//! RTP packets on their way between the application and a stream.

use alloc::sync::Arc;
use core::fmt;

use bytes::Bytes;
use rtc_core::{Ecn, Instant};
use rtc_srtp::Ssrc;
use rtc_srtp::rtp::extension::{
    AbsCaptureTime, AbsSendTime, AudioLevel, PlayoutDelay, VideoOrientation,
};

use crate::rtp::TransceiverId;

/// An RTP packet that has come, out of its retransmission and redundancy formats.
///
/// The payload is a slice of the datagram: nothing was copied.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedPacket {
    /// Whose receiver it came to.
    pub transceiver: TransceiverId,
    /// Which encoding it belongs to, where the other side said so (RFC 8852).
    pub rid: Option<Arc<str>>,
    /// Its stream; for a retransmission, the stream that is repaired.
    pub ssrc: Ssrc,
    /// The payload type, one of those that the receiver has negotiated.
    pub payload_type: u8,
    /// The marker bit.
    pub marker: bool,
    /// The sequence number, extended so that it does not wrap: its 16 low bits are what was sent.
    pub index: u64,
    /// The timestamp, in units of the codec's clock rate.
    pub timestamp: u32,
    /// The contributing sources.
    pub csrcs: Csrcs,
    /// What header extensions say about the media.
    pub extensions: MediaExtensions,
    /// When it was sent, by the sender's clock.
    pub abs_send_time: Option<AbsSendTime>,
    /// The payload, without padding.
    pub payload: Bytes,
    /// When it came.
    pub received_at: Instant,
    /// The mark that it came with.
    pub ecn: Option<Ecn>,
    /// How it came.
    pub origin: PacketOrigin,
}

/// How a packet came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PacketOrigin {
    /// As it was sent first.
    Original,
    /// In a retransmission (RFC 4588).
    Retransmission,
    /// As redundancy in a packet after it (RFC 2198).
    Redundancy,
}

impl fmt::Debug for ReceivedPacket {
    /// Shows everything but the payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedPacket")
            .field("transceiver", &self.transceiver)
            .field("rid", &self.rid)
            .field("ssrc", &self.ssrc)
            .field("payload_type", &self.payload_type)
            .field("marker", &self.marker)
            .field("index", &self.index)
            .field("timestamp", &self.timestamp)
            .field("payload_len", &self.payload.len())
            .field("received_at", &self.received_at)
            .field("origin", &self.origin)
            .finish()
    }
}

/// An RTP packet to be sent. SSRC, MID, RID, send time and transport-wide sequence number are the
/// sender's own business; sequence numbers and timestamps are rewritten so that the stream has no
/// seam where its source changes.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingPacket {
    /// Which of the sender's encodings, by its index; 0 where there is no simulcast.
    pub encoding: usize,
    /// One of the payload types that the sender has negotiated, or `None` for the encoding's codec.
    pub payload_type: Option<u8>,
    /// The marker bit.
    pub marker: bool,
    /// Where the packet stands in its stream.
    pub sequence: Sequence,
    /// The timestamp by its source's count, in units of the codec's clock rate.
    pub timestamp: u32,
    /// The contributing sources.
    pub csrcs: Csrcs,
    /// What header extensions shall say about the media; those that were not negotiated are left
    /// out.
    pub extensions: MediaExtensions,
    /// The payload. It is kept, not copied, so one payload can go to any number of senders.
    pub payload: Bytes,
}

/// Where an outgoing packet stands in its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sequence {
    /// After the one that was given before it.
    Next,
    /// Where its source has it: gaps in the source's numbers stay gaps, so that whoever receives
    /// them can ask for what is missing, and a packet that comes late finds its place.
    Of {
        /// The source. When it changes, the numbers and timestamps of the new source go on from
        /// those of the old one.
        source: Ssrc,
        /// The [index](ReceivedPacket::index) that the packet came with.
        index: u64,
    },
}

impl OutgoingPacket {
    /// A packet with this payload that comes after the one before it.
    pub const fn new(timestamp: u32, payload: Bytes) -> Self {
        Self {
            encoding: 0,
            payload_type: None,
            marker: false,
            sequence: Sequence::Next,
            timestamp,
            csrcs: Csrcs::new(),
            extensions: MediaExtensions::NONE,
            payload,
        }
    }

    /// A packet that forwards `packet`, in the codec of the encoding.
    pub fn forward(packet: &ReceivedPacket) -> Self {
        Self {
            encoding: 0,
            payload_type: None,
            marker: packet.marker,
            sequence: Sequence::Of { source: packet.ssrc, index: packet.index },
            timestamp: packet.timestamp,
            csrcs: packet.csrcs,
            extensions: packet.extensions,
            payload: packet.payload.clone(),
        }
    }
}

impl fmt::Debug for OutgoingPacket {
    /// Shows everything but the payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingPacket")
            .field("encoding", &self.encoding)
            .field("payload_type", &self.payload_type)
            .field("marker", &self.marker)
            .field("sequence", &self.sequence)
            .field("timestamp", &self.timestamp)
            .field("payload_len", &self.payload.len())
            .finish()
    }
}

/// What header extensions say about the media that a packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MediaExtensions {
    /// How loud it is (RFC 6464).
    pub audio_level: Option<AudioLevel>,
    /// How the picture must be turned.
    pub video_orientation: Option<VideoOrientation>,
    /// When it was captured.
    pub abs_capture_time: Option<AbsCaptureTime>,
    /// For how long it may be held back.
    pub playout_delay: Option<PlayoutDelay>,
}

impl MediaExtensions {
    /// Nothing.
    pub const NONE: Self = Self {
        audio_level: None,
        video_orientation: None,
        abs_capture_time: None,
        playout_delay: None,
    };
}

/// The contributing sources of a packet, at most 15, each with its level where that is known
/// (RFC 6465).
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Csrcs {
    ssrcs: [Ssrc; 15],
    /// In -dBov; [`NO_LEVEL`] where it is not known.
    levels: [u8; 15],
    len: u8,
}

impl Csrcs {
    /// None.
    pub const fn new() -> Self {
        Self { ssrcs: [Ssrc(0); 15], levels: [NO_LEVEL; 15], len: 0 }
    }

    /// Adds a source, with its level in -dBov (0 to 127) where that is known, and returns whether
    /// there was room for it.
    pub fn push(&mut self, ssrc: Ssrc, level: Option<u8>) -> bool {
        let at = usize::from(self.len);
        match (self.ssrcs.get_mut(at), self.levels.get_mut(at)) {
            (Some(slot), Some(level_slot)) => {
                *slot = ssrc;
                *level_slot = level.map_or(NO_LEVEL, |level| level & 0x7f);
                self.len += 1;
                true
            }
            _ => false,
        }
    }

    /// The sources, in the packet's order.
    pub fn ssrcs(&self) -> &[Ssrc] {
        self.ssrcs.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// The sources and their levels.
    pub fn iter(&self) -> impl Iterator<Item = (Ssrc, Option<u8>)> {
        let levels = self.levels.iter().map(|level| (*level != NO_LEVEL).then_some(*level));
        self.ssrcs().iter().copied().zip(levels)
    }

    /// The levels, if every source has one.
    pub(super) fn levels(&self) -> Option<&[u8]> {
        let levels = self.levels.get(..usize::from(self.len))?;
        (!levels.is_empty() && !levels.contains(&NO_LEVEL)).then_some(levels)
    }
}

impl fmt::Debug for Csrcs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Levels have seven bits.
const NO_LEVEL: u8 = 0xff;
