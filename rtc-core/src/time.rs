//! A moment on the driver's clock.

use core::fmt;
use core::num::NonZero;
use core::ops::{Add, AddAssign, Sub};
use core::time::Duration;

/// A moment, counted from an epoch that the driver chose, in nanoseconds.
///
/// The machines never read a clock: each call that can depend on time is handed a moment. Any
/// epoch will do as long as one connection keeps to it. Arithmetic saturates at both ends, of which
/// the later is 584 years after the epoch, so no sequence of moments, however absurd, can panic.
// One more than the nanoseconds, so that a deadline that there may not be takes no more room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(NonZero<u64>);

impl Instant {
    /// The epoch itself.
    pub const EPOCH: Self = Self(NonZero::<u64>::MIN);

    /// The moment `since_epoch` after the epoch.
    pub const fn from_epoch(since_epoch: Duration) -> Self {
        Self(NonZero::<u64>::MIN.saturating_add(nanos(since_epoch)))
    }

    /// The moment `micros` microseconds after the epoch.
    pub const fn from_micros(micros: u64) -> Self {
        Self::from_epoch(Duration::from_micros(micros))
    }

    /// The moment `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self::from_epoch(Duration::from_millis(millis))
    }

    /// The moment `secs` seconds after the epoch.
    pub const fn from_secs(secs: u64) -> Self {
        Self::from_epoch(Duration::from_secs(secs))
    }

    /// How long after the epoch this moment is.
    pub const fn since_epoch(self) -> Duration {
        Duration::from_nanos(self.0.get() - 1)
    }

    /// How long after `earlier` this moment is; zero if it is not after it.
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.get().saturating_sub(earlier.0.get()))
    }

    /// The earliest of some deadlines, where `None` means that there is none.
    ///
    /// This is the only way in which deadlines are joined: `Ord::min` on two `Option`s would let a
    /// `None` win.
    pub fn earliest(deadlines: impl IntoIterator<Item = Option<Self>>) -> Option<Self> {
        deadlines.into_iter().flatten().min()
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        let nanos = self.0.get().saturating_sub(nanos(duration));
        Self(NonZero::new(nanos).unwrap_or(NonZero::<u64>::MIN))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since_epoch = self.since_epoch();
        write!(f, "{}.{:06}s", since_epoch.as_secs(), since_epoch.subsec_micros())
    }
}

impl Default for Instant {
    fn default() -> Self {
        Self::EPOCH
    }
}

/// As many nanoseconds as there are, or fit.
const fn nanos(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000_000).saturating_add(duration.subsec_nanos() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        assert_eq!(Instant::EPOCH - Duration::from_secs(1), Instant::EPOCH);
        let last = Instant::from_epoch(Duration::MAX);
        assert_eq!(last + Duration::from_secs(1), last);
        assert_eq!(Instant::EPOCH.saturating_duration_since(last), Duration::ZERO);
    }

    #[test]
    fn a_moment_comes_back_to_the_nanosecond() {
        for since_epoch in [Duration::ZERO, Duration::new(1_000_000, 1), Duration::new(1, 999)] {
            let moment = Instant::from_epoch(since_epoch);
            assert_eq!(moment.since_epoch(), since_epoch);
            assert_eq!(moment.saturating_duration_since(Instant::EPOCH), since_epoch);
            assert_eq!(moment - since_epoch, Instant::EPOCH);
            assert_eq!(Instant::EPOCH + since_epoch, moment);
        }
        assert_eq!(size_of::<Option<Instant>>(), 8);
    }

    #[test]
    fn no_deadline_never_hides_a_deadline() {
        let soon = Instant::from_secs(1);
        let late = Instant::from_secs(2);
        assert_eq!(Instant::earliest([None, Some(late), None, Some(soon)]), Some(soon));
        assert_eq!(Instant::earliest([None, None]), None);
        assert_eq!(Instant::earliest([]), None);
    }
}
