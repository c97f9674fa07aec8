//! How what is to be sent leaves: as it is, through a relay, or framed on a stream.

use alloc::vec::Vec;

use rtc_core::{FiveTuple, Instant, Protocol, Transmit};
use rtc_ice::Gatherer;

/// The way out of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// A datagram, as it is.
    Direct,
    /// A piece of a TCP connection to the other side (RFC 4571).
    Stream,
    /// Through the relay whose address the path begins at.
    Relay,
}

impl Exit {
    pub(crate) fn of(path: &FiveTuple, gatherer: &Gatherer) -> Self {
        match path.protocol {
            Protocol::Tcp => Self::Stream,
            Protocol::Udp if gatherer.is_relayed(path.local) => Self::Relay,
            Protocol::Udp => Self::Direct,
        }
    }

    /// How many bytes are to be left free in front of a datagram.
    pub(crate) const fn room(self) -> usize {
        match self {
            Self::Stream => LENGTH,
            Self::Direct | Self::Relay => 0,
        }
    }

    /// Makes of `out`, which is a datagram behind its room, what the driver sends. `None`: it is not
    /// to be sent, and `out` is empty.
    pub(crate) fn wrap(
        self,
        now: Instant,
        mut transmit: Transmit,
        gatherer: &mut Gatherer,
        out: &mut Vec<u8>,
    ) -> Option<Transmit> {
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
            Self::Relay => transmit.path = gatherer.wrap(now, transmit.path, out, 0)?,
        }
        transmit.size = out.len();
        Some(transmit)
    }

    /// The same for a datagram that was written without room for what goes in front.
    pub(crate) fn wrap_tight(
        self,
        now: Instant,
        transmit: Transmit,
        gatherer: &mut Gatherer,
        out: &mut Vec<u8>,
    ) -> Option<Transmit> {
        out.splice(0..0, core::iter::repeat_n(0, self.room()));
        self.wrap(now, transmit, gatherer, out)
    }
}

/// Of the length in front of a datagram.
const LENGTH: usize = 2;
