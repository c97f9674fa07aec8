//! What went through a transport.

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

    pub(super) fn on_sent(&mut self, kind: Kind, datagrams: usize, size: usize) {
        self.packets_sent += datagrams as u64;
        if kind != Kind::Stun {
            self.bytes_sent += size as u64;
        }
    }
}
