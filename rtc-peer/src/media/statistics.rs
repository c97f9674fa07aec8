//! What is counted of a stream that is received (RFC 3550, sections 6.4.1, A.1, A.3 and A.8).

use core::time::Duration;

use rtc_core::{Instant, ReplayWindow};

/// The sequence numbers and arrival times of one source.
#[derive(Debug)]
pub(super) struct Reception {
    /// The highest sequence number with its cycles; those of the first cycle have 1 << 16 added.
    highest: u64,
    /// The number that the count of expected packets begins with.
    base: u64,
    /// What a source that has started anew would send next.
    bad: Option<u16>,
    seen: ReplayWindow<32>,
    /// Packets that arrived, duplicates left out.
    pub(super) received: u64,
    expected_prior: u64,
    received_prior: u64,
    /// Expected packets of the times before the source started anew.
    expected_before: u64,
    jitter: Jitter,
}

/// Where a packet stands among those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It is the highest so far; so many packets between it and the one that was are missing.
    Newest { index: u64, missing: u64 },
    /// It came after packets that follow it.
    Late { index: u64 },
    /// It came before.
    Duplicate,
    /// Its number is far from those before it.
    Jump,
    /// The source has started anew: what was awaited of it will not come.
    Restart { index: u64 },
}

/// What a report block says of the packets since the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Loss {
    pub(super) fraction: u8,
    pub(super) cumulative: i64,
    pub(super) extended_highest: u32,
}

impl Reception {
    /// Of a source whose first packet has this number.
    pub(super) fn new(first: u16) -> Self {
        let base = CYCLE + u64::from(first);
        Self {
            highest: base,
            base,
            bad: None,
            seen: ReplayWindow::new(),
            received: 0,
            expected_prior: 0,
            received_prior: 0,
            expected_before: 0,
            jitter: Jitter::default(),
        }
    }

    /// Counts a packet that came with this number.
    pub(super) fn on_packet(&mut self, sequence_number: u16) -> Arrival {
        let distance = sequence_number.wrapping_sub(self.highest as u16);
        let arrival = if self.received == 0 {
            Arrival::Newest { index: self.highest, missing: 0 }
        } else if distance == 0 {
            Arrival::Duplicate
        } else if distance < MAX_DROPOUT {
            let index = self.highest + u64::from(distance);
            Arrival::Newest { index, missing: u64::from(distance) - 1 }
        } else if distance > u16::MAX - MAX_MISORDER {
            let back = u64::from(distance.wrapping_neg());
            match self.highest.checked_sub(back).filter(|index| self.seen.check(*index)) {
                Some(index) => Arrival::Late { index },
                None => Arrival::Duplicate,
            }
        } else if self.bad == Some(sequence_number) {
            Arrival::Restart { index: self.restart(sequence_number) }
        } else {
            self.bad = Some(sequence_number.wrapping_add(1));
            return Arrival::Jump;
        };
        self.bad = None;
        match arrival {
            Arrival::Newest { index, .. } | Arrival::Restart { index } => {
                self.highest = index;
                self.seen.accept(index);
                self.received += 1;
            }
            Arrival::Late { index } => {
                // What was sent before the first packet that came is expected as well.
                if self.expected_before == 0 && index < self.base {
                    self.base = index;
                }
                self.seen.accept(index);
                self.received += 1;
            }
            Arrival::Duplicate | Arrival::Jump => {}
        }
        arrival
    }

    /// The index that a repaired packet with this number has, if it is new; it is then marked as
    /// seen. It does not count as received: it was not, and report blocks must tell what the
    /// network did (RFC 4588, section 5.3 keeps the counts apart).
    pub(super) fn repair(&mut self, sequence_number: u16) -> Option<u64> {
        let distance = i64::from(sequence_number.wrapping_sub(self.highest as u16) as i16);
        // Repair comes after what it repairs was missed, or for the very last packets before it is.
        let index = self.highest.checked_add_signed(distance).filter(|_| distance < 256)?;
        (self.received > 0 && self.seen.accept(index)).then_some(index)
    }

    /// Whether the packet with this index has come, or is too old to tell.
    pub(super) fn has(&self, index: u64) -> bool {
        !self.seen.check(index)
    }

    /// Notes when a packet with this timestamp came (section A.8).
    pub(super) fn on_arrival(&mut self, now: Instant, timestamp: u32, clock_rate: u32) {
        self.jitter.on_arrival(now, timestamp, clock_rate);
    }

    /// The jitter in units of the timestamp.
    pub(super) const fn jitter(&self) -> u32 {
        self.jitter.scaled >> 4
    }

    pub(super) const fn highest(&self) -> u64 {
        self.highest
    }

    /// Packets that are missing since the beginning; negative where more came than were sent.
    pub(super) fn lost(&self) -> i64 {
        self.expected() as i64 - self.received as i64
    }

    /// Tells what a report block has to say, and begins a new interval (section A.3).
    pub(super) fn take_loss(&mut self) -> Loss {
        let expected = self.expected();
        let expected_interval = expected.saturating_sub(self.expected_prior);
        let received_interval = self.received.saturating_sub(self.received_prior);
        self.expected_prior = expected;
        self.received_prior = self.received;
        let lost = expected_interval.saturating_sub(received_interval);
        let fraction = (lost << 8).checked_div(expected_interval).unwrap_or_default().min(255);
        Loss {
            fraction: fraction as u8,
            cumulative: self.lost(),
            extended_highest: self.highest.wrapping_sub(CYCLE) as u32,
        }
    }

    const fn expected(&self) -> u64 {
        self.expected_before + (self.highest + 1).saturating_sub(self.base)
    }

    fn restart(&mut self, sequence_number: u16) -> u64 {
        // The next cycle but one, so that no index of the old count comes again.
        let index = (self.highest | 0xffff) + 1 + CYCLE + u64::from(sequence_number);
        self.expected_before = self.expected();
        self.base = index;
        index
    }
}

/// The interarrival jitter (section A.8).
#[derive(Debug, Default)]
struct Jitter {
    last_transit: Option<u32>,
    /// Sixteen times the jitter, in units of the timestamp.
    scaled: u32,
}

impl Jitter {
    fn on_arrival(&mut self, now: Instant, timestamp: u32, clock_rate: u32) {
        let transit = to_units(now.since_epoch(), clock_rate).wrapping_sub(timestamp);
        if let Some(last) = self.last_transit {
            let distance = transit.wrapping_sub(last).cast_signed().unsigned_abs();
            self.scaled = self.scaled.saturating_add(distance) - ((self.scaled + 8) >> 4);
        }
        self.last_transit = Some(transit);
    }
}

/// A duration in units of a clock, modulo 2^32.
pub(super) fn to_units(duration: Duration, clock_rate: u32) -> u32 {
    let whole = duration.as_secs().wrapping_mul(u64::from(clock_rate));
    let part = u64::from(duration.subsec_nanos()) * u64::from(clock_rate) / 1_000_000_000;
    whole.wrapping_add(part) as u32
}

/// `MAX_DROPOUT` of section A.1: a greater step forward is a jump.
const MAX_DROPOUT: u16 = 3_000;
/// `MAX_MISORDER`: a greater step back is a jump. The RFC suggests 100; video at 100 Mbit/s that is
/// sent again after a round trip of 100 ms comes 1,000 packets late.
const MAX_MISORDER: u16 = 2_000;
const CYCLE: u64 = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_is_counted_per_interval_and_in_sum() {
        let mut reception = Reception::new(65_530);
        for offset in 0..100u16 {
            if offset % 10 != 3 {
                reception.on_packet(65_530u16.wrapping_add(offset));
            }
        }
        let loss = reception.take_loss();
        assert_eq!(loss.cumulative, 10);
        assert_eq!(loss.fraction, 25);
        assert_eq!(loss.extended_highest, 65_530 + 99);
        assert_eq!(reception.take_loss().fraction, 0);
    }

    #[test]
    fn a_packet_that_comes_twice_is_a_duplicate() {
        let mut reception = Reception::new(5);
        assert_eq!(reception.on_packet(5), Arrival::Newest { index: CYCLE + 5, missing: 0 });
        assert_eq!(reception.on_packet(5), Arrival::Duplicate);
        assert_eq!(reception.on_packet(8), Arrival::Newest { index: CYCLE + 8, missing: 2 });
        assert_eq!(reception.on_packet(6), Arrival::Late { index: CYCLE + 6 });
        assert_eq!(reception.on_packet(6), Arrival::Duplicate);
        assert_eq!(reception.received, 3);
    }

    #[test]
    fn a_jump_is_believed_when_the_next_packet_follows_it() {
        let mut reception = Reception::new(5);
        reception.on_packet(5);
        assert_eq!(reception.on_packet(40_000), Arrival::Jump);
        assert_eq!(reception.on_packet(6), Arrival::Newest { index: CYCLE + 6, missing: 0 });
        assert_eq!(reception.on_packet(40_001), Arrival::Jump);
        assert!(matches!(reception.on_packet(40_002), Arrival::Restart { .. }));
        assert!(matches!(reception.on_packet(40_003), Arrival::Newest { missing: 0, .. }));
        assert_eq!(reception.take_loss().cumulative, 0);
    }

    #[test]
    fn jitter_is_that_of_the_rfc() {
        let mut reception = Reception::new(0);
        let start = Instant::from_secs(1_000_000);
        for number in 0..100u32 {
            // Every other packet comes 5 ms late: 40 units of 8 kHz.
            let late = Duration::from_millis(u64::from(number % 2) * 5);
            let at = start + Duration::from_millis(20) * number + late;
            reception.on_arrival(at, number * 160, 8_000);
        }
        assert!((35..=40).contains(&reception.jitter()), "{}", reception.jitter());
    }

    #[test]
    fn a_repaired_packet_is_new_once() {
        let mut reception = Reception::new(5);
        reception.on_packet(5);
        reception.on_packet(8);
        assert_eq!(reception.repair(7), Some(CYCLE + 7));
        assert_eq!(reception.repair(7), None);
        assert_eq!(reception.repair(8), None);
        assert_eq!(reception.received, 2);
    }
}
