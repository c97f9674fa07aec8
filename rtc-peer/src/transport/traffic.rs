//! What went through a transport.

use rtc_core::Transmit;

use super::demux::Kind;

/// Datagrams of all protocols; bytes without those of connectivity checks, as the statistics have it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Traffic {
    pub(crate) packets_sent: u64,
    pub(crate) packets_received: u64,
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    pub(crate) path_changes: u64,
}

impl Traffic {
    pub(super) fn on_received(&mut self, kind: Kind, size: usize) {
        self.packets_received += 1;
        if kind != Kind::Stun {
            self.bytes_received += size as u64;
        }
    }

    /// Counts what is sent; how many datagrams that is.
    pub(super) fn on_sent(&mut self, kind: Kind, transmit: &Transmit) -> u64 {
        let datagrams = transmit.segment_size.map_or(1, |segment| transmit.size.div_ceil(segment));
        self.packets_sent += datagrams as u64;
        if kind != Kind::Stun {
            self.bytes_sent += transmit.size as u64;
        }
        datagrams as u64
    }
}
