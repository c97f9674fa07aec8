//! The clock: the system's monotonic time as the core counts it.

use core::time::Duration;
use std::time::{self, SystemTime};

use rtc_core::Instant;

/// A monotonic clock whose epoch is the moment of its construction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    epoch: time::Instant,
    unix_time_at_epoch: Duration,
}

impl Clock {
    /// Pins the epoch to the present, by the monotonic clock and by the calendar.
    pub(crate) fn start() -> Self {
        let epoch = time::Instant::now();
        // A machine that believes to live before 1970 dates its certificates to 1970.
        let unix_time_at_epoch =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { epoch, unix_time_at_epoch }
    }

    /// The present.
    pub(crate) fn now(&self) -> Instant {
        Instant::from_epoch(self.epoch.elapsed())
    }

    /// What the epoch was on the calendar, counted from 1970-01-01 UTC.
    pub(crate) const fn unix_time_at_epoch(&self) -> Duration {
        self.unix_time_at_epoch
    }

    /// When `instant` is by the system's clock; `None` if the system cannot say, being too far off.
    pub(crate) fn system_time_of(&self, instant: Instant) -> Option<time::Instant> {
        self.epoch.checked_add(instant.since_epoch())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_begins_at_the_epoch_and_converts_back() {
        let clock = Clock::start();
        assert!(clock.now() < Instant::from_secs(60));
        let instant = Instant::from_secs(10);
        assert_eq!(clock.system_time_of(instant), Some(clock.epoch + Duration::from_secs(10)));
        // 2020-01-01
        assert!(clock.unix_time_at_epoch() > Duration::from_secs(1_577_836_800));
    }
}
