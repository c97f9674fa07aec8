//! How what is to be sent leaves: as it is, through a relay, or framed on a stream.

use alloc::vec::Vec;

use rtc_core::{FiveTuple, Instant, Protocol, Transmit};
use rtc_ice::turn::ChannelData;
use rtc_ice::{Gatherer, Relaying};

/// The way out of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// A datagram, as it is.
    Direct,
    /// A piece of a TCP connection to the other side (RFC 4571).
    Stream,
    /// Through the relay whose address the path begins at, over a channel; to the relay it goes by
    /// this protocol.
    Channel(Protocol),
    /// Through the relay, before a channel is bound: the datagram is moved into a message.
    Relay,
}

impl Exit {
    pub(crate) fn of(now: Instant, path: &FiveTuple, gatherer: &mut Gatherer) -> Self {
        match path.protocol {
            Protocol::Tcp => Self::Stream,
            Protocol::Udp => match gatherer.relaying(now, path) {
                None => Self::Direct,
                Some(Relaying::ByMessage) => Self::Relay,
                Some(Relaying::ByChannel(protocol)) => Self::Channel(protocol),
            },
        }
    }

    /// How many bytes are to be left free in front of each datagram.
    pub(crate) const fn room(self) -> usize {
        match self {
            Self::Stream => LENGTH,
            Self::Channel(_) => ChannelData::HEADER_LENGTH,
            Self::Direct | Self::Relay => 0,
        }
    }

    /// Whether several datagrams can leave at once: those that the network sees as datagrams.
    pub(crate) fn takes_batches(self) -> bool {
        matches!(self, Self::Direct | Self::Channel(Protocol::Udp))
    }

    /// Makes of `out`, where each datagram stands behind its room, what the driver sends. With their
    /// rooms they are as `transmit` says. `None`: it is not to be sent, and `out` is empty.
    pub(crate) fn wrap(
        self,
        now: Instant,
        mut transmit: Transmit,
        gatherer: &mut Gatherer,
        out: &mut Vec<u8>,
    ) -> Option<Transmit> {
        let path = transmit.path;
        match self {
            Self::Direct => return Some(transmit),
            Self::Stream => {
                let length = u16::try_from(out.len() - LENGTH).ok();
                let (Some(length), Some(header)) = (length, out.first_chunk_mut::<LENGTH>()) else {
                    out.clear();
                    return None;
                };
                *header = length.to_be_bytes();
            }
            Self::Channel(_) => {
                let segment = transmit.segment_size.unwrap_or(out.len());
                transmit.path = gatherer.wrap_in_channel(now, path, out, 0, segment)?;
            }
            Self::Relay => transmit.path = gatherer.wrap(now, path, out, 0)?,
        }
        transmit.size = out.len();
        Some(transmit)
    }

    /// The same for a datagram that was written without room for what goes in front.
    pub(crate) fn wrap_tight(
        self,
        now: Instant,
        mut transmit: Transmit,
        gatherer: &mut Gatherer,
        out: &mut Vec<u8>,
    ) -> Option<Transmit> {
        out.splice(0..0, core::iter::repeat_n(0, self.room()));
        transmit.size = out.len();
        self.wrap(now, transmit, gatherer, out)
    }
}

/// Of the length in front of a datagram.
const LENGTH: usize = 2;
