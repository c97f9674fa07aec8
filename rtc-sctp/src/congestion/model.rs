//! A controller that goes by a model of the path, its bandwidth and its round trip, instead of by
//! loss, so that random loss costs only what was lost (the idea of BBR).

use core::time::Duration;

use rtc_core::Instant;

use super::{Ack, CongestionControl, Loss};
use crate::config::Config;

/// Measures how fast data is delivered and how short a round trip can be; sends at that rate, with
/// twice their product in flight at most, and probes now and then whether there is more.
#[derive(Debug)]
pub(crate) struct Model {
    phase: Phase,
    /// The best rate of each of the latest rounds, in bytes per second.
    rates: [u64; ROUNDS],
    round: usize,
    /// A round ends when something is acknowledged that was sent after this had been delivered.
    round_end: u64,
    round_trip: Option<Duration>,
    round_trip_at: Instant,
    /// The best rate when start-up last found it growing, and for how many rounds it has not.
    full_rate: u64,
    rounds_without_growth: u8,
    lost_in_round: usize,
    acked_in_round: usize,
    /// What may be in flight after a round with more than random loss.
    cap: usize,
    window: usize,
    packet_size: usize,
    min_packets: usize,
    initial_window: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Doubling every round.
    Startup,
    /// Until what start-up has queued is gone.
    Drain,
    /// At the rate of the path, with a little more and a little less in turns.
    Cruise { step: usize, since: Instant },
    /// With little in flight, to see how short the path is.
    Measure { until: Instant },
}

impl Model {
    pub(crate) fn new(config: &Config, now: Instant) -> Self {
        let initial_window = config.initial_window_packets * config.max_packet_size;
        Self {
            phase: Phase::Startup,
            rates: [0; ROUNDS],
            round: 0,
            round_end: 0,
            round_trip: None,
            round_trip_at: now,
            full_rate: 0,
            rounds_without_growth: 0,
            lost_in_round: 0,
            acked_in_round: 0,
            cap: MAX_WINDOW,
            window: initial_window,
            packet_size: config.max_packet_size,
            min_packets: config.min_window_packets,
            initial_window,
        }
    }

    fn rate(&self) -> u64 {
        self.rates.iter().copied().max().unwrap_or(0)
    }

    /// Bandwidth times round trip, in bytes.
    fn product(&self) -> usize {
        // Below a millisecond it is the scheduling of processes that is measured.
        let round_trip = self.round_trip.unwrap_or_default().max(Duration::from_millis(1));
        let micros = u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX);
        let bytes = self.rate().saturating_mul(micros.min(60_000_000)) / 1_000_000;
        usize::try_from(bytes).unwrap_or(MAX_WINDOW).min(MAX_WINDOW)
    }

    fn minimum(&self) -> usize {
        self.min_packets * self.packet_size
    }

    fn target(&self) -> usize {
        if self.rate() == 0 {
            return self.initial_window;
        }
        let target = match self.phase {
            Phase::Startup => self.product() * 2 + self.initial_window,
            Phase::Drain | Phase::Cruise { .. } => self.product() * 2 + 4 * self.packet_size,
            Phase::Measure { .. } => self.product() / 2,
        };
        target.min(self.cap).clamp(self.minimum(), MAX_WINDOW)
    }

    /// What of this rate is sent, in hundredths.
    fn gain(&self) -> u64 {
        match self.phase {
            Phase::Startup => 277,
            Phase::Drain => 50,
            Phase::Cruise { step, .. } => GAINS[step % GAINS.len()],
            Phase::Measure { .. } => 100,
        }
    }

    fn on_round(&mut self, application_limited: bool) {
        // A round with little to send says nothing, and makes nothing forgotten.
        if !application_limited {
            self.round = (self.round + 1) % ROUNDS;
            self.rates[self.round] = 0;
        }
        let total = self.lost_in_round + self.acked_in_round;
        let is_lossy = self.lost_in_round > 8 * self.packet_size
            && self.lost_in_round * 100 > total * TOO_LOSSY;
        if is_lossy {
            self.cap = (self.window.min(self.cap) / 100 * 85).max(self.minimum());
        } else if self.cap < MAX_WINDOW {
            self.cap = (self.cap + self.cap / 16 + self.packet_size).min(MAX_WINDOW);
        }
        (self.lost_in_round, self.acked_in_round) = (0, 0);
        if self.phase == Phase::Startup && !application_limited {
            if self.rate() > self.full_rate + self.full_rate / 4 {
                self.full_rate = self.rate();
                self.rounds_without_growth = 0;
            } else {
                self.rounds_without_growth += 1;
            }
            if self.rounds_without_growth >= 3 || is_lossy {
                self.phase = Phase::Drain;
            }
        }
    }

    fn on_phase(&mut self, now: Instant, in_flight: usize) {
        let round_trip = self.round_trip.unwrap_or(Duration::from_millis(100));
        match self.phase {
            Phase::Startup => {}
            Phase::Drain => {
                if in_flight <= self.product() {
                    self.phase = Phase::Cruise { step: 2, since: now };
                }
            }
            Phase::Cruise { step, since } => {
                let is_drained = step == 1 && in_flight <= self.product();
                if now.saturating_duration_since(since) >= round_trip || is_drained {
                    self.phase = Phase::Cruise { step: (step + 1) % GAINS.len(), since: now };
                }
            }
            Phase::Measure { until } => {
                if now >= until {
                    self.round_trip_at = now;
                    self.phase = Phase::Cruise { step: 2, since: now };
                }
            }
        }
        let is_old = now.saturating_duration_since(self.round_trip_at) > ROUND_TRIP_MEMORY;
        if is_old && matches!(self.phase, Phase::Cruise { .. }) {
            self.phase = Phase::Measure { until: now + round_trip.max(MEASURE) };
        }
    }
}

impl CongestionControl for Model {
    fn window(&self) -> usize {
        self.window
    }

    fn pacing_rate(&self) -> Option<u64> {
        let round_trip = self.round_trip.filter(|_| self.rate() > 0)?;
        let micros = u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX).max(1);
        // However little has been measured so far, the least window can go out in a round trip,
        // and during start-up the first one.
        let least = if self.phase == Phase::Startup { self.initial_window } else { self.minimum() };
        let least = (least as u64).saturating_mul(1_000_000) / micros;
        Some((self.rate().max(least).saturating_mul(self.gain()) / 100).max(MIN_RATE))
    }

    fn on_ack(&mut self, ack: &Ack) {
        self.acked_in_round += ack.bytes;
        if let Some(sample) = ack.round_trip {
            let is_old = ack.now.saturating_duration_since(self.round_trip_at) > ROUND_TRIP_MEMORY;
            let is_measuring = matches!(self.phase, Phase::Measure { .. });
            if self.round_trip.is_none_or(|least| sample <= least) || (is_old && is_measuring) {
                self.round_trip = Some(sample);
                self.round_trip_at = ack.now;
            }
        }
        if let Some(sample) = &ack.rate {
            if sample.delivered_before >= self.round_end {
                self.round_end = sample.delivered;
                self.on_round(sample.application_limited);
            }
            // A rate measured while there was little to send says only that it can be had.
            if !sample.application_limited || sample.bytes_per_second > self.rate() {
                let best = &mut self.rates[self.round];
                *best = sample.bytes_per_second.max(*best);
            }
        }
        self.on_phase(ack.now, ack.in_flight);
        let target = self.target();
        self.window = if self.window < target && matches!(self.phase, Phase::Startup) {
            // No faster than acknowledgements come in.
            (self.window + ack.bytes).min(target).max(self.initial_window.min(target))
        } else if self.window < target {
            (self.window + ack.bytes).min(target)
        } else {
            target
        };
    }

    fn on_loss(&mut self, loss: &Loss) {
        self.lost_in_round += loss.bytes;
    }

    fn on_timeout(&mut self) {
        // What the model says may be of a path that is no more; it grows back as fast as
        // acknowledgements come in.
        self.window = self.minimum();
    }

    fn on_idle(&mut self, _idle: Duration, _timeout: Duration) {
        // Packets go out at the measured rate; nothing is sent in a burst after a pause.
    }

    fn set_max_packet_size(&mut self, bytes: usize) {
        self.packet_size = bytes;
        self.window = self.window.max(self.minimum());
    }
}

/// Over how many rounds a rate is remembered.
const ROUNDS: usize = 10;

/// How much of the rate is sent in each step while cruising, in hundredths.
const GAINS: [u64; 8] = [125, 75, 100, 100, 100, 100, 100, 100];

/// From how many hundredths of loss on a round is not just unlucky.
const TOO_LOSSY: usize = 12;

/// How long the least round trip is believed, and for how long it is measured anew.
const ROUND_TRIP_MEMORY: Duration = Duration::from_secs(10);
const MEASURE: Duration = Duration::from_millis(100);

/// In bytes per second, so that a bad measurement cannot bring everything to a halt.
const MIN_RATE: u64 = 10_000;

/// Far more than any window a peer announces.
const MAX_WINDOW: usize = 1 << 30;
