//! What a stream's timestamps mean by its sender's clock, as its reports tell (RFC 3550, section
//! 6.4.1).

use core::time::Duration;

use rtc_core::Instant;

use super::ntp;

/// What the last sender report of a source said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SenderClock {
    ntp_timestamp: u64,
    rtp_timestamp: u32,
    received_at: Instant,
}

impl SenderClock {
    pub(super) const fn new(ntp_timestamp: u64, rtp_timestamp: u32, received_at: Instant) -> Self {
        Self { ntp_timestamp, rtp_timestamp, received_at }
    }

    /// When what has this timestamp was captured, on the sender's clock, since the Unix epoch.
    pub(super) fn capture_time(&self, timestamp: u32, clock_rate: u32) -> Option<Duration> {
        let distance = i64::from(timestamp.wrapping_sub(self.rtp_timestamp).cast_signed());
        let nanos = u128::from(distance.unsigned_abs()) * 1_000_000_000;
        let nanos = nanos.checked_div(u128::from(clock_rate))?;
        let offset = Duration::from_nanos(u64::try_from(nanos).ok()?);
        let reference = ntp::to_unix(self.ntp_timestamp);
        if distance < 0 { reference.checked_sub(offset) } else { reference.checked_add(offset) }
    }

    /// "Last SR" and "delay since last SR" of a report block.
    pub(super) fn last_report(&self, now: Instant) -> (u32, u32) {
        let delay = now.saturating_duration_since(self.received_at);
        (ntp::middle(self.ntp_timestamp), ntp::to_compact(delay))
    }

    pub(super) const fn received_at(&self) -> Instant {
        self.received_at
    }

    pub(super) const fn remote_time(&self) -> Duration {
        ntp::to_unix(self.ntp_timestamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::ntp::NtpClock;

    #[test]
    fn audio_and_video_captured_together_have_one_capture_time() {
        let now = Instant::from_secs(1_000_000);
        let clock = NtpClock::new(Duration::from_secs(1_700_000_000));
        let audio = SenderClock::new(clock.at(now), u32::MAX - 100, now);
        let video = SenderClock::new(clock.at(now + Duration::from_millis(500)), 9_000, now);
        let of_audio = audio.capture_time((u32::MAX - 100).wrapping_add(48_000), 48_000).unwrap();
        let of_video = video.capture_time(9_000 + 45_000, 90_000).unwrap();
        assert!(
            of_audio.abs_diff(of_video) < Duration::from_micros(1),
            "{of_audio:?} {of_video:?}"
        );
        assert_eq!(video.capture_time(0, 0), None);
        assert!(video.capture_time(0, 90_000) < video.capture_time(9_000, 90_000));
    }
}
