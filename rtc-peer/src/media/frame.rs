//! Encoded frames on their way between the application and a stream.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use bytes::Bytes;
use rtc_core::Instant;
use rtc_srtp::Ssrc;

use super::packet::MediaExtensions;
use crate::rtp::TransceiverId;

/// A frame that was put together from its packets, in the order in which it was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedFrame {
    /// Whose receiver it came to.
    pub transceiver: TransceiverId,
    /// Which encoding it belongs to, where the other side said so (RFC 8852).
    pub rid: Option<Arc<str>>,
    /// Its stream.
    pub ssrc: Ssrc,
    /// The payload type, one of those that the receiver has negotiated.
    pub payload_type: u8,
    /// The timestamp, in units of the codec's clock rate.
    pub timestamp: u32,
    /// Whether it can be decoded without any other frame. Every audio frame can.
    pub key_frame: bool,
    /// Whether something between the frame before it and this one is missing. Frames of video that
    /// need what is missing are not given out: this is then a key frame.
    pub discontinuity: bool,
    /// When it was captured, on the sender's clock, since the Unix epoch: known when the sender's
    /// first report has come. Streams of one CNAME are to be played such that these times agree.
    pub capture_time: Option<Duration>,
    /// What header extensions say about it; of several packets, the last that says something.
    pub extensions: MediaExtensions,
    /// When the packet came that completed it.
    pub received_at: Instant,
    /// The frame as a decoder wants it: H.264 in the byte stream format, everything else as it is.
    pub data: Bytes,
}

impl fmt::Debug for ReceivedFrame {
    /// Shows everything but the data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedFrame")
            .field("transceiver", &self.transceiver)
            .field("rid", &self.rid)
            .field("ssrc", &self.ssrc)
            .field("payload_type", &self.payload_type)
            .field("timestamp", &self.timestamp)
            .field("key_frame", &self.key_frame)
            .field("discontinuity", &self.discontinuity)
            .field("capture_time", &self.capture_time)
            .field("received_at", &self.received_at)
            .field("len", &self.data.len())
            .finish()
    }
}

/// A frame to be taken apart and sent.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingFrame {
    /// Which of the sender's encodings, by its index; 0 where there is no simulcast.
    pub encoding: usize,
    /// One of the payload types that the sender has negotiated, or `None` for the encoding's codec.
    pub payload_type: Option<u8>,
    /// When it was captured, in units of the codec's clock rate, from any beginning.
    pub timestamp: u32,
    /// Whether a talkspurt begins with it: audio that comes after silence that was not sent
    /// (RFC 3551, section 4.1).
    pub begins_talkspurt: bool,
    /// What header extensions shall say about it.
    pub extensions: MediaExtensions,
    /// The frame as an encoder gives it: H.264 in the byte stream format.
    pub data: Bytes,
}

impl OutgoingFrame {
    /// A frame of the first encoding, in its codec.
    pub const fn new(timestamp: u32, data: Bytes) -> Self {
        Self {
            encoding: 0,
            payload_type: None,
            timestamp,
            begins_talkspurt: false,
            extensions: MediaExtensions::NONE,
            data,
        }
    }
}

impl fmt::Debug for OutgoingFrame {
    /// Shows everything but the data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingFrame")
            .field("encoding", &self.encoding)
            .field("payload_type", &self.payload_type)
            .field("timestamp", &self.timestamp)
            .field("len", &self.data.len())
            .finish()
    }
}
