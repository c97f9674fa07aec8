//! Asking for key frames, and being asked (RFC 4585, section 6.3.1; RFC 5104, section 4.3.1).

use alloc::collections::VecDeque;
use core::time::Duration;

use rtc_core::Instant;
use rtc_srtp::Ssrc;

/// What a sender is asked, and how often it is told.
#[derive(Debug, Default)]
pub(super) struct KeyFrameRequests {
    told_at: Option<Instant>,
    /// The last sequence number of each that has sent FIRs, at most [`MAX_REQUESTERS`].
    numbers: VecDeque<(Ssrc, u8)>,
}

impl KeyFrameRequests {
    /// A picture was lost: returns whether to say so to the application.
    pub(super) fn on_pli(&mut self, now: Instant) -> bool {
        let recent =
            self.told_at.is_some_and(|at| now.saturating_duration_since(at) < TELL_INTERVAL);
        if !recent {
            self.told_at = Some(now);
        }
        !recent
    }

    /// A full intra request came. A repetition has the number of what it repeats and is not a new
    /// one (RFC 5104, section 4.3.1.1).
    pub(super) fn on_fir(&mut self, now: Instant, requester: Ssrc, number: u8) -> bool {
        match self.numbers.iter_mut().find(|(ssrc, _)| *ssrc == requester) {
            Some((_, last)) if *last == number => return false,
            Some((_, last)) => *last = number,
            None => {
                if self.numbers.len() == MAX_REQUESTERS {
                    self.numbers.pop_front();
                }
                self.numbers.push_back((requester, number));
            }
        }
        self.on_pli(now)
    }
}

/// What a receiver wants to ask for.
#[derive(Debug, Default)]
pub(super) struct KeyFrameAsk {
    wanted: bool,
    asked_at: Option<Instant>,
    /// Counts the requests (RFC 5104, section 4.3.1.1).
    number: u8,
}

impl KeyFrameAsk {
    /// A key frame is needed.
    pub(super) fn want(&mut self) {
        self.wanted = true;
    }

    /// A key frame has come.
    pub(super) fn on_key_frame(&mut self) {
        self.wanted = false;
    }

    /// When to ask.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.wanted.then(|| self.asked_at.map_or(Instant::EPOCH, |at| at + ASK_INTERVAL))
    }

    /// Notes that it is asked for, once; returns the number for a FIR.
    pub(super) fn ask(&mut self, now: Instant) -> u8 {
        self.wanted = false;
        self.asked_at = Some(now);
        self.number = self.number.wrapping_add(1);
        self.number
    }
}

/// How often a sender is told at most.
const TELL_INTERVAL: Duration = Duration::from_millis(500);
/// How often a receiver asks at most: more than a round trip, since asking again for what is on
/// its way makes it come twice.
const ASK_INTERVAL: Duration = Duration::from_millis(500);
/// How many can ask.
const MAX_REQUESTERS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_of_requests_is_told_twice_a_second() {
        let mut requests = KeyFrameRequests::default();
        let mut told = 0;
        for step in 0..1_000u64 {
            let now = Instant::from_secs(1_000_000) + Duration::from_millis(step * 10);
            told += usize::from(requests.on_pli(now));
            told += usize::from(requests.on_fir(now, Ssrc(step as u32), step as u8));
            assert!(requests.numbers.len() <= MAX_REQUESTERS);
        }
        assert_eq!(told, 20);
    }

    #[test]
    fn a_repeated_request_is_one_request() {
        let mut requests = KeyFrameRequests::default();
        let now = Instant::from_secs(1_000_000);
        assert!(requests.on_fir(now, Ssrc(1), 7));
        let later = now + Duration::from_secs(2);
        assert!(!requests.on_fir(later, Ssrc(1), 7));
        assert!(requests.on_fir(later, Ssrc(1), 8));
    }
}
