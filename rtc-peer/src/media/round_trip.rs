//! How long a round trip takes: by reports (RFC 3550, section 6.4.1; RFC 3611, section 4.5), and by
//! what is known of the path besides.

use core::time::Duration;

use super::ntp;

/// The round trips that were measured.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RoundTrips {
    pub(super) latest: Option<Duration>,
    pub(super) total: Duration,
    pub(super) measurements: u64,
}

impl RoundTrips {
    /// Measures one: `now` and `last_report` in compact NTP, what passed between in the same units.
    /// A report that was never sent, or answers that come before their questions, measure nothing.
    pub(super) fn measure(&mut self, now: u32, last_report: u32, delay: u32) -> Option<Duration> {
        if last_report == 0 {
            return None;
        }
        let units = now.wrapping_sub(last_report).wrapping_sub(delay);
        // Rounding may make a round trip of nothing negative by a little.
        let units = if units > u32::MAX - ROUNDING { 0 } else { units };
        if units > MAX_UNITS {
            return None;
        }
        let round_trip = ntp::from_compact(units.max(1));
        self.latest = Some(round_trip);
        self.total = self.total.saturating_add(round_trip);
        self.measurements += 1;
        Some(round_trip)
    }
}

/// How long a packet and its answer are thought to take on the path of a transport.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PathRoundTrip {
    /// What reports have measured, averaged.
    reported: Option<Duration>,
    /// What ICE's checks have measured.
    checked: Option<Duration>,
}

impl PathRoundTrip {
    /// A report has measured it: a moving average, as TCP has it.
    pub(super) fn on_report(&mut self, newest: Duration) {
        self.reported = Some(self.reported.map_or(newest, |known| known / 8 * 7 + newest / 8));
    }

    /// ICE's checks have measured it. That is known before the first packet of media is sent, and is
    /// all that a receiver ever knows whose questions (RFC 3611) nobody answers.
    pub(super) fn on_check(&mut self, checked: Option<Duration>) {
        self.checked = checked.or(self.checked);
    }

    /// The path is another one.
    pub(super) fn restart(&mut self) {
        *self = Self::default();
    }

    /// The best guess.
    pub(super) fn expected(&self) -> Duration {
        self.reported.or(self.checked).unwrap_or(GUESSED)
    }
}

/// A minute: nobody who takes longer to answer means us.
const MAX_UNITS: u32 = 60 << 16;
/// About 1 ms.
const ROUNDING: u32 = 66;
/// Before anything tells it.
const GUESSED: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_of_the_other_side_is_left_out() {
        let mut trips = RoundTrips::default();
        let measured = trips.measure(0x0003_0000, 0x0001_0000, 0x0001_8000);
        assert_eq!(measured, Some(Duration::from_millis(500)));
        assert_eq!(trips.measure(5, 0, 0), None);
        assert_eq!(trips.measure(0, 0x0001_0000, 0x0001_8000), None);
        assert_eq!(trips.measurements, 1);
        assert!(trips.measure(10, 20, 0).is_some());
    }

    #[test]
    fn reports_are_believed_before_checks_and_both_before_a_guess() {
        let of = Duration::from_millis;
        let mut path = PathRoundTrip::default();
        assert_eq!(path.expected(), GUESSED);
        path.on_check(Some(of(40)));
        path.on_check(None);
        assert_eq!(path.expected(), of(40));
        path.on_report(of(80));
        path.on_check(Some(of(30)));
        assert_eq!(path.expected(), of(80));
        path.restart();
        path.on_check(Some(of(300)));
        assert_eq!(path.expected(), of(300));
    }
}
