//! A moment on the driver's clock.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};
use core::time::Duration;

/// A moment, counted from an epoch that the driver chose.
///
/// The machines never read a clock: each call that can depend on time is handed a moment. Any
/// epoch will do as long as one connection keeps to it. Arithmetic saturates at both ends, so no
/// sequence of moments, however absurd, can panic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(Duration);

impl Instant {
    /// The epoch itself.
    pub const EPOCH: Self = Self(Duration::ZERO);

    /// The moment `since_epoch` after the epoch.
    pub const fn from_epoch(since_epoch: Duration) -> Self {
        Self(since_epoch)
    }

    /// The moment `micros` microseconds after the epoch.
    pub const fn from_micros(micros: u64) -> Self {
        Self(Duration::from_micros(micros))
    }

    /// The moment `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// The moment `secs` seconds after the epoch.
    pub const fn from_secs(secs: u64) -> Self {
        Self(Duration::from_secs(secs))
    }

    /// How long after the epoch this moment is.
    pub const fn since_epoch(self) -> Duration {
        self.0
    }

    /// How long after `earlier` this moment is; zero if it is not after it.
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
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
        Self(self.0.saturating_add(duration))
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
        Self(self.0.saturating_sub(duration))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}s", self.0.as_secs(), self.0.subsec_micros())
    }
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
    fn no_deadline_never_hides_a_deadline() {
        let soon = Instant::from_secs(1);
        let late = Instant::from_secs(2);
        assert_eq!(Instant::earliest([None, Some(late), None, Some(soon)]), Some(soon));
        assert_eq!(Instant::earliest([None, None]), None);
        assert_eq!(Instant::earliest([]), None);
    }
}
