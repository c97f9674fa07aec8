//! When RTCP packets may be sent (RFC 4585, section 3).

use core::time::Duration;

use rtc_core::Instant;

use super::draws::Draws;

/// The timing of one RTP session between two endpoints.
///
/// In the RFC's words: `T_dither_max` is 0, since nobody else could send the same feedback; feedback
/// is sent early once between two regular moments, and otherwise waits for the next one, so that
/// the bandwidth of RTCP is kept; regular reports that `T_rr_interval` does not ask for are left
/// out unless there is feedback to send.
#[derive(Debug)]
pub(super) struct RtcpTiming {
    /// Bytes per second.
    bandwidth: u64,
    regular_interval: Duration,
    /// `tn`: the next moment of the schedule. Past moments at which there was nothing to say need
    /// not be gone through one by one.
    next_at: Instant,
    /// `tp`: the last one.
    previous_at: Instant,
    /// When the next regular report is due: `t_rr_last + T_rr_current_interval`.
    regular_at: Option<Instant>,
    /// `allow_early`.
    early_allowed: bool,
    /// `avg_rtcp_size`, in 1/16 of a byte.
    average_size: u64,
}

/// What may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RtcpMoment {
    /// A regular report, with whatever feedback there is.
    Regular,
    /// Feedback.
    Feedback,
}

impl RtcpTiming {
    pub(super) const fn new(session_bandwidth: u32, regular_interval: Duration) -> Self {
        let bandwidth = session_bandwidth as u64 / 8 / 20;
        Self {
            bandwidth: if bandwidth == 0 { 1 } else { bandwidth },
            regular_interval,
            next_at: Instant::EPOCH,
            previous_at: Instant::EPOCH,
            regular_at: None,
            early_allowed: true,
            average_size: FIRST_SIZE * 16,
        }
    }

    /// There is something to report on from now on.
    pub(super) fn start(&mut self, now: Instant, draws: &mut Draws) {
        if self.regular_at.is_none() {
            // "T_min is 1 s" for the first report, and RFC 3550, section 6.2, halves it.
            let initial = randomized(FIRST_INTERVAL, draws);
            self.regular_at = Some(now + initial);
            self.previous_at = now;
            self.next_at = now;
        }
    }

    /// There is nothing to report on any more.
    pub(super) const fn stop(&mut self) {
        self.regular_at = None;
    }

    pub(super) const fn is_running(&self) -> bool {
        self.regular_at.is_some()
    }

    /// A report is due as soon as may be: a sender has begun, whose first report lip
    /// synchronization waits for (RFC 6051, section 2.1).
    pub(super) fn hasten(&mut self, now: Instant) {
        self.regular_at = self.regular_at.map(|at| at.min(now.max(self.next_at)));
    }

    /// What may be sent now; `feedback` says since when there is some to send.
    pub(super) fn moment(&self, now: Instant, feedback: Option<Instant>) -> Option<RtcpMoment> {
        if self.regular_at.is_some_and(|at| at <= now) {
            return Some(RtcpMoment::Regular);
        }
        let may = self.regular_at.is_some() && (self.early_allowed || self.next_at <= now);
        (may && feedback.is_some_and(|at| at <= now)).then_some(RtcpMoment::Feedback)
    }

    /// When to ask [`moment`](Self::moment) again.
    pub(super) fn deadline(&self, feedback: Option<Instant>) -> Option<Instant> {
        let regular_at = self.regular_at?;
        let feedback =
            feedback.map(|at| if self.early_allowed { at } else { at.max(self.next_at) });
        Instant::earliest([Some(regular_at), feedback])
    }

    /// Notes that a packet of `size` bytes was sent at a moment of this kind. A regular report may
    /// take several packets: `whole` comes with the last.
    pub(super) fn on_sent(
        &mut self,
        now: Instant,
        moment: RtcpMoment,
        size: usize,
        whole: bool,
        draws: &mut Draws,
    ) {
        let size = (size as u64).saturating_add(OVERHEAD);
        self.average_size = size + self.average_size * 15 / 16;
        let interval = self.interval(draws);
        if moment == RtcpMoment::Regular {
            if whole {
                let regular = randomized(self.regular_interval, draws).max(interval);
                self.regular_at = Some(now + regular);
                (self.previous_at, self.next_at) = (now, now + interval);
                self.early_allowed = true;
            }
        } else if self.next_at <= now {
            (self.previous_at, self.next_at) = (now, now + interval);
            self.early_allowed = true;
        } else {
            // Section 3.5.2, step 6: the next moment moves on by one interval, too, so that what
            // was sent early is made up for.
            self.early_allowed = false;
            self.next_at = self.previous_at + interval * 2;
            self.previous_at += interval;
            self.next_at = self.next_at.max(now + interval / 2);
        }
    }

    /// `T_rr`: two members share the bandwidth.
    fn interval(&self, draws: &mut Draws) -> Duration {
        let micros = self.average_size / 16 * 2 * 1_000_000 / self.bandwidth;
        randomized(Duration::from_micros(micros), draws)
    }
}

/// A random duration between a half and one and a half times this, made up for as RFC 3550, section
/// 6.3.1, says.
fn randomized(duration: Duration, draws: &mut Draws) -> Duration {
    let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    let spread = u128::from(micros) * u128::from(draws.half_to_three_halves()) / 65_536;
    // e - 3/2.
    let spread = spread * 100_000 / 121_828;
    Duration::from_micros(u64::try_from(spread).unwrap_or(u64::MAX))
}

/// UDP, IP and SRTCP headers and tag, in bytes: "including lower-layer headers".
const OVERHEAD: u64 = 28 + 14;
/// What the first packet is guessed to be long, in bytes.
const FIRST_SIZE: u64 = 128;
/// Half of the initial minimum.
const FIRST_INTERVAL: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    fn draws() -> Draws {
        Draws::new(&mut ChaCha20Rng::from_seed([3; 32]))
    }

    #[test]
    fn regular_reports_keep_their_interval_on_average() {
        let mut draws = draws();
        let mut now = Instant::from_secs(1_000_000);
        let mut timing = RtcpTiming::new(4_000_000, Duration::from_secs(1));
        timing.start(now, &mut draws);
        let mut count = 0;
        while now < Instant::from_secs(1_000_100) {
            now = timing.deadline(None).unwrap();
            assert_eq!(timing.moment(now, None), Some(RtcpMoment::Regular));
            timing.on_sent(now, RtcpMoment::Regular, 100, true, &mut draws);
            assert_eq!(timing.moment(now, None), None);
            count += 1;
        }
        assert!((100..160).contains(&count), "{count}");
    }

    #[test]
    fn the_first_feedback_is_sent_at_once_and_the_rest_keeps_the_bandwidth() {
        let mut draws = draws();
        let start = Instant::from_secs(1_000_000);
        let mut now = start;
        let mut timing = RtcpTiming::new(400_000, Duration::from_secs(1));
        timing.start(now, &mut draws);
        assert_eq!(timing.moment(now, Some(now)), Some(RtcpMoment::Feedback));
        let mut bytes = 0;
        while now < start + Duration::from_secs(60) {
            // Something to say all the time.
            now = timing.deadline(Some(now)).unwrap();
            let moment = timing.moment(now, Some(now)).unwrap();
            timing.on_sent(now, moment, 200, true, &mut draws);
            bytes += 242;
        }
        // 5 % of 50 kB/s are 2.5 kB/s; each of two members has a half.
        let rate = bytes / 60;
        assert!((800..2_600).contains(&rate), "{rate} B/s");
    }
}
