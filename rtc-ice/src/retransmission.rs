//! When a request to a server is sent again and when it has failed (RFC 8489, sections 6.2.1 and
//! 6.2.2).

use core::time::Duration;

use rtc_core::{Instant, Protocol};

/// How patient a client is with its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// The time until the first retransmission.
    pub(crate) rto: Duration,
    /// Rc.
    pub(crate) max_transmissions: u8,
    /// Rm.
    pub(crate) final_wait: u8,
}

impl Patience {
    /// Brings the values into their ranges.
    pub(crate) fn new(rto: Duration, max_transmissions: u8, final_wait: u8) -> Self {
        Self {
            rto: rto.clamp(MIN_RTO, MAX_RTO),
            max_transmissions: max_transmissions.clamp(1, 16),
            final_wait: final_wait.max(1),
        }
    }

    /// Ti: how long an answer over TCP is waited for, as long as over UDP.
    fn total(self) -> Duration {
        let doublings = (1_u32 << (self.max_transmissions - 1)) - 1;
        self.rto.saturating_mul(doublings + u32::from(self.final_wait))
    }
}

/// The timer of one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retransmission {
    patience: Patience,
    is_reliable: bool,
    transmissions: u8,
    due_at: Instant,
}

impl Retransmission {
    /// A request that is to be sent now for the first time.
    pub(crate) fn new(now: Instant, patience: Patience, protocol: Protocol) -> Self {
        Self { patience, is_reliable: protocol == Protocol::Tcp, transmissions: 0, due_at: now }
    }

    /// When it is due to be sent or to fail.
    pub(crate) const fn due_at(&self) -> Instant {
        self.due_at
    }

    /// Whether it has never been sent.
    pub(crate) const fn is_new(&self) -> bool {
        self.transmissions == 0
    }

    /// Whether what is due is a transmission.
    pub(crate) const fn wants_transmission(&self) -> bool {
        self.transmissions < if self.is_reliable { 1 } else { self.patience.max_transmissions }
    }

    /// Whether all transmissions and the wait after them are over.
    pub(crate) fn has_failed(&self, now: Instant) -> bool {
        !self.wants_transmission() && self.due_at <= now
    }

    /// Notes a transmission.
    pub(crate) fn on_transmit(&mut self, now: Instant) {
        let wait = if self.is_reliable {
            self.patience.total()
        } else if self.transmissions + 1 >= self.patience.max_transmissions {
            self.patience.rto.saturating_mul(self.patience.final_wait.into())
        } else {
            self.patience.rto.saturating_mul(1 << self.transmissions)
        };
        self.transmissions = self.transmissions.saturating_add(1);
        self.due_at = now + wait;
    }
}

/// Less would be a flood.
const MIN_RTO: Duration = Duration::from_millis(10);
/// More would be no retransmission.
const MAX_RTO: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn times(patience: Patience, protocol: Protocol) -> (Vec<u128>, u128) {
        let start = Instant::from_secs(1_000_000);
        let mut timer = Retransmission::new(start, patience, protocol);
        let mut sent = Vec::new();
        while !timer.has_failed(timer.due_at()) {
            sent.push(timer.due_at().saturating_duration_since(start).as_millis());
            timer.on_transmit(timer.due_at());
        }
        (sent, timer.due_at().saturating_duration_since(start).as_millis())
    }

    #[test]
    fn the_times_are_those_of_the_rfc() {
        let patience = Patience::new(Duration::from_millis(500), 7, 16);
        let expected = [0, 500, 1500, 3500, 7500, 15_500, 31_500];
        assert_eq!(times(patience, Protocol::Udp), (expected.to_vec(), 39_500));
        assert_eq!(times(patience, Protocol::Tcp), ([0].to_vec(), 39_500));
    }

    #[test]
    fn absurd_values_are_brought_into_range() {
        let patience = Patience::new(Duration::MAX, 200, 255);
        assert_eq!(times(patience, Protocol::Udp).0.len(), 16);
        let patience = Patience::new(Duration::ZERO, 0, 0);
        assert_eq!(times(patience, Protocol::Udp), ([0].to_vec(), 10));
    }
}
