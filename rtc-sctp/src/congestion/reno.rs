//! The controller of RFC 9260 section 7.2: slow start, congestion avoidance, fast recovery.

use core::time::Duration;

use super::{Ack, CongestionControl, Loss};
use crate::config::Config;

/// NewReno with growth counted in bytes.
#[derive(Debug)]
pub(crate) struct Reno {
    window: usize,
    threshold: usize,
    partial_bytes_acked: usize,
    packet_size: usize,
    min_packets: usize,
}

impl Reno {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            window: config.initial_window_packets * config.max_packet_size,
            threshold: usize::MAX,
            partial_bytes_acked: 0,
            packet_size: config.max_packet_size,
            min_packets: config.min_window_packets,
        }
    }

    fn minimum(&self) -> usize {
        self.min_packets * self.packet_size
    }
}

impl CongestionControl for Reno {
    fn window(&self) -> usize {
        self.window
    }

    fn pacing_rate(&self) -> Option<u64> {
        None
    }

    fn on_ack(&mut self, ack: &Ack) {
        // "cwnd MUST be increased only if the full cwnd is being used" and not in fast recovery.
        if ack.in_recovery || !ack.window_limited {
            return;
        }
        if self.window < self.threshold {
            // Counted in bytes, so that dividing acknowledgements gains nothing.
            self.window =
                self.window.saturating_add(ack.bytes.min(MAX_GROWTH_PACKETS * self.packet_size));
        } else {
            self.partial_bytes_acked += ack.bytes;
            if self.partial_bytes_acked >= self.window {
                self.partial_bytes_acked -= self.window;
                self.window = self.window.saturating_add(self.packet_size);
            }
        }
        self.window = self.window.min(MAX_WINDOW);
    }

    fn on_loss(&mut self, loss: &Loss) {
        if loss.new_episode {
            self.threshold = (self.window / 2).max(self.minimum());
            self.window = self.threshold;
            self.partial_bytes_acked = 0;
        }
    }

    fn on_timeout(&mut self) {
        self.threshold = (self.window / 2).max(self.minimum());
        self.window = self.minimum();
        self.partial_bytes_acked = 0;
    }

    fn on_idle(&mut self, idle: Duration, timeout: Duration) {
        // Section 7.2.1: halved for each time-out of idleness, down to four packets.
        let mut left = idle;
        while left > timeout && self.window > self.minimum() {
            self.window = (self.window / 2).max(self.minimum());
            left = left.saturating_sub(timeout.max(Duration::from_millis(1)));
        }
    }

    fn set_max_packet_size(&mut self, bytes: usize) {
        self.packet_size = bytes;
        self.window = self.window.max(self.minimum());
    }
}

/// The growth for one SACK in slow start (RFC 9260 allows one packet; SACKs here may cover more
/// than two packets because they are made when asked for).
const MAX_GROWTH_PACKETS: usize = 64;

/// Far more than any window a peer announces.
const MAX_WINDOW: usize = 1 << 30;
