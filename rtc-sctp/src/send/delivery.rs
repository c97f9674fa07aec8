//! What an acknowledgement says of how fast data is delivered.

use rtc_core::Instant;

use crate::congestion::RateSample;

/// What of a chunk matters once it has arrived.
pub(super) struct Delivery {
    pub(super) size: usize,
    pub(super) is_retransmitted: bool,
    pub(super) packet: u64,
    pub(super) sent_at: Instant,
    pub(super) delivered: u64,
    pub(super) delivered_at: Instant,
    pub(super) first_sent_at: Instant,
    pub(super) application_limited: bool,
}

/// The newest packet that a SACK acknowledges.
#[derive(Default)]
pub(super) struct Newest {
    pub(super) packet: u64,
    pub(super) sent_at: Instant,
    pub(super) delivered: u64,
    pub(super) delivered_at: Instant,
    pub(super) first_sent_at: Instant,
    pub(super) application_limited: bool,
}

impl Newest {
    pub(super) fn rate(&self, now: Instant, delivered: u64) -> Option<RateSample> {
        if self.packet == 0 {
            return None;
        }
        // The slower of sending and acknowledging: neither alone can be believed.
        let sending = self.sent_at.saturating_duration_since(self.first_sent_at);
        let acking = now.saturating_duration_since(self.delivered_at);
        let micros = u64::try_from(sending.max(acking).as_micros()).ok().filter(|&us| us > 0)?;
        Some(RateSample {
            bytes_per_second: delivered.saturating_sub(self.delivered).saturating_mul(1_000_000)
                / micros,
            application_limited: self.application_limited,
            delivered_before: self.delivered,
            delivered,
        })
    }
}
