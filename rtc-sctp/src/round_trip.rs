//! Round-trip time and the retransmission time-out that follows from it (RFC 9260 section 6.3.1).

use core::time::Duration;

use rtc_core::Instant;

use crate::config::Config;

/// Estimates the round-trip time.
#[derive(Debug)]
pub(crate) struct RoundTrip {
    smoothed: Option<Duration>,
    variance: Duration,
    latest: Duration,
    minimum: Duration,
    minimum_at: Instant,
    timeout: Duration,
    min: Duration,
    max: Duration,
    backoff_max: Duration,
    backoff: u32,
    /// What is known is of another path.
    is_stale: bool,
}

impl RoundTrip {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            smoothed: None,
            variance: Duration::ZERO,
            latest: config.rto_initial,
            minimum: Duration::MAX,
            minimum_at: Instant::EPOCH,
            timeout: config.rto_initial,
            min: config.rto_min,
            max: config.rto_max,
            backoff_max: config.rto_backoff_max,
            backoff: 0,
            is_stale: false,
        }
    }

    /// Takes the word of another layer for the first estimate, until there is a measurement.
    pub(crate) fn hint(&mut self, round_trip: Duration) {
        if self.smoothed.is_none() {
            // What the first measurement would give: the mean and twice the variance on each side.
            self.timeout = round_trip.saturating_mul(3).clamp(self.min, self.max);
            self.latest = round_trip;
        }
    }

    pub(crate) fn measure(&mut self, now: Instant, sample: Duration) {
        // More than a minute is not a path but a clock that jumped.
        let sample = sample.min(Duration::from_secs(60));
        self.latest = sample;
        let is_stale = core::mem::take(&mut self.is_stale);
        let is_old = now.saturating_duration_since(self.minimum_at) > MINIMUM_WINDOW;
        if sample <= self.minimum || is_old || is_stale {
            self.minimum = sample;
            self.minimum_at = now;
        }
        match self.smoothed.filter(|_| !is_stale) {
            None => {
                self.smoothed = Some(sample);
                self.variance = sample / 2;
            }
            Some(smoothed) => {
                self.variance = (self.variance * 3 + smoothed.abs_diff(sample)) / 4;
                self.smoothed = Some((smoothed * 7 + sample) / 8);
            }
        }
        // The floor keeps the time-out clear of a peer that delays its SACKs by 200 ms.
        let variance = self.variance.max(MIN_VARIANCE);
        let smoothed = self.smoothed.unwrap_or(sample);
        self.timeout = (smoothed + variance * 4).clamp(self.min, self.max);
        self.backoff = 0;
    }

    /// The retransmission time-out, doubled for each time-out since the last measurement.
    pub(crate) fn timeout(&self) -> Duration {
        let doubled = self.timeout.saturating_mul(1 << self.backoff.min(16));
        doubled.min(self.backoff_max.max(self.timeout))
    }

    pub(crate) fn back_off(&mut self) {
        self.backoff = self.backoff.saturating_add(1);
    }

    /// Packets go another way: the next measurement is a first one, until which the old ones are as
    /// good a guess as any.
    pub(crate) fn forget_path(&mut self) {
        self.is_stale = true;
        self.backoff = 0;
    }

    /// Forgets the doubling: the peer has answered.
    pub(crate) fn answered(&mut self) {
        self.backoff = 0;
    }

    pub(crate) fn smoothed(&self) -> Option<Duration> {
        self.smoothed
    }

    /// The smoothed round-trip time, or what stands for it before there is one.
    pub(crate) fn estimate(&self) -> Duration {
        self.smoothed.unwrap_or(self.latest)
    }

    /// The least round-trip time of late; zero before there is one.
    pub(crate) fn minimum(&self) -> Duration {
        if self.minimum == Duration::MAX { Duration::ZERO } else { self.minimum }
    }

    /// How long after a packet that was sent later has arrived an earlier one counts as lost.
    pub(crate) fn reordering_window(&self) -> Duration {
        let longest = self.estimate().max(self.latest);
        (longest + longest / 8).max(Duration::from_millis(1))
    }

    /// How long without any acknowledgement until the tail counts as doubtful.
    pub(crate) fn probe_timeout(&self, sack_delay: Duration) -> Duration {
        let smoothed = self.estimate();
        (smoothed + (self.variance * 4).max(Duration::from_millis(10)) + sack_delay)
            .max(smoothed * 3 / 2)
    }
}

/// A quarter of this is added to the round-trip time at least; libwebrtc uses the same.
const MIN_VARIANCE: Duration = Duration::from_millis(55);

/// How long a least round-trip time is believed.
const MINIMUM_WINDOW: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeout_follows_the_measurements_within_its_bounds() {
        let mut round_trip = RoundTrip::new(&Config::default().sane());
        let now = Instant::from_secs(1);
        assert_eq!(round_trip.timeout(), Duration::from_millis(500));
        round_trip.measure(now, Duration::from_millis(10));
        assert_eq!(round_trip.timeout(), Duration::from_millis(400));
        round_trip.measure(now, Duration::from_secs(100_000));
        assert!(round_trip.timeout() <= Duration::from_secs(60));
    }

    #[test]
    fn on_another_path_the_first_measurement_counts_alone() {
        let mut round_trip = RoundTrip::new(&Config::default().sane());
        let (now, slow, fast) =
            (Instant::from_secs(1), Duration::from_millis(10), Duration::from_millis(300));
        for _ in 0..20 {
            round_trip.measure(now, slow);
        }
        round_trip.back_off();
        round_trip.forget_path();
        assert_eq!(
            (round_trip.estimate(), round_trip.timeout()),
            (slow, Duration::from_millis(400))
        );
        round_trip.measure(now, fast);
        assert_eq!((round_trip.smoothed(), round_trip.minimum()), (Some(fast), fast));
    }

    #[test]
    fn backing_off_doubles_up_to_the_cap_and_ends_with_an_answer() {
        let mut round_trip = RoundTrip::new(&Config::default().sane());
        round_trip.back_off();
        assert_eq!(round_trip.timeout(), Duration::from_secs(1));
        for _ in 0..100 {
            round_trip.back_off();
        }
        assert_eq!(round_trip.timeout(), Duration::from_secs(3));
        round_trip.answered();
        assert_eq!(round_trip.timeout(), Duration::from_millis(500));
    }
}
