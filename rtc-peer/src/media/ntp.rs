//! Moments as NTP timestamps.

use core::time::Duration;

use rtc_core::Instant;

/// Turns moments into NTP timestamps: UQ32.32 seconds since 1900, which wrap in 2036.
#[derive(Debug, Clone, Copy)]
pub(super) struct NtpClock {
    unix_time_at_epoch: Duration,
}

impl NtpClock {
    pub(super) const fn new(unix_time_at_epoch: Duration) -> Self {
        Self { unix_time_at_epoch }
    }

    pub(super) fn at(self, now: Instant) -> u64 {
        let unix = self.unix_time_at_epoch.saturating_add(now.since_epoch());
        let seconds = unix.as_secs().wrapping_add(UNIX_EPOCH) & 0xffff_ffff;
        (seconds << 32) | ((u64::from(unix.subsec_nanos()) << 32) / 1_000_000_000)
    }

    /// The middle 32 bits: units of 1/65,536 s.
    pub(super) fn compact(self, now: Instant) -> u32 {
        middle(self.at(now))
    }
}

/// The middle 32 bits of an NTP timestamp.
pub(super) const fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// An NTP timestamp as the time since the Unix epoch. Timestamps with their highest bit unset are
/// of the era that begins in 2036.
pub(super) const fn to_unix(ntp: u64) -> Duration {
    let mut seconds = ntp >> 32;
    if seconds < 1 << 31 {
        seconds += 1 << 32;
    }
    let nanos = ((ntp & 0xffff_ffff) * 1_000_000_000) >> 32;
    // A timestamp with its highest bit set is later than 1968; what lies before 1970 is no time
    // that a report was sent at.
    Duration::new(seconds.saturating_sub(UNIX_EPOCH), nanos as u32)
}

/// A duration in units of 1/65,536 s, or the greatest that there is room for.
pub(super) fn to_compact(duration: Duration) -> u32 {
    let units = (u128::from(duration.as_secs()) << 16)
        | ((u128::from(duration.subsec_nanos()) << 16) / 1_000_000_000);
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// The duration of units of 1/65,536 s.
pub(super) const fn from_compact(units: u32) -> Duration {
    Duration::from_nanos(((units as u64) * 1_000_000_000) >> 16)
}

/// From 1900 to 1970, in seconds.
const UNIX_EPOCH: u64 = 2_208_988_800;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_become_timestamps_and_times_again() {
        let clock = NtpClock::new(Duration::from_secs(1_700_000_000));
        let now = Instant::from_millis(1_500);
        assert_eq!(clock.at(now) >> 32, 1_700_000_001 + UNIX_EPOCH);
        assert_eq!(clock.at(now) & 0xffff_ffff, 1 << 31);
        assert_eq!(to_unix(clock.at(now)), Duration::from_millis(1_700_000_001_500));
        assert_eq!(to_compact(Duration::from_millis(500)), 0x8000);
        assert_eq!(from_compact(0x1_8000), Duration::from_millis(1_500));
        assert_eq!(to_compact(Duration::MAX), u32::MAX);
    }

    #[test]
    fn the_era_of_2036_is_understood() {
        let clock = NtpClock::new(Duration::from_secs(2_100_000_000));
        let now = Instant::from_secs(7);
        assert_eq!(to_unix(clock.at(now)), Duration::from_secs(2_100_000_007));
    }
}
