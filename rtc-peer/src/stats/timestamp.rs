//! Moments on a calendar.

use core::time::Duration;

use rtc_core::Instant;

/// `DOMHighResTimeStamp`: a moment by the wall clock.
///
/// It is as right as [`unix_time_at_epoch`](crate::Configuration::unix_time_at_epoch) is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(Duration);

impl Timestamp {
    /// The moment this long after 1970-01-01 UTC.
    pub const fn from_unix(since_unix_epoch: Duration) -> Self {
        Self(since_unix_epoch)
    }

    /// How long after 1970-01-01 UTC it is.
    pub const fn since_unix_epoch(self) -> Duration {
        self.0
    }

    /// The same in milliseconds, as JavaScript has it; exact to less than a microsecond.
    pub fn as_millis(self) -> f64 {
        self.0.as_secs_f64() * 1000.0
    }
}

/// What the driver's clock means on a calendar.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WallClock {
    /// The wall-clock time of the driver's epoch.
    pub(crate) unix_time_at_epoch: Duration,
}

impl WallClock {
    pub(crate) const fn at(self, moment: Instant) -> Timestamp {
        Timestamp(self.unix_time_at_epoch.saturating_add(moment.since_epoch()))
    }
}
