//! Binding requests that no peer knows.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use rtc_core::{FiveTuple, Instant};

/// What such a request says.
#[derive(Debug)]
pub(super) struct UnknownRequest {
    pub(super) path: FiveTuple,
    pub(super) local_ufrag: Box<str>,
    pub(super) remote_ufrag: Box<str>,
}

/// The requests that wait to be told, as many and as often as the configuration allows: a token
/// bucket that is as deep as the queue.
#[derive(Debug)]
pub(super) struct UnknownRequests {
    queue: VecDeque<UnknownRequest>,
    most: usize,
    per_second: u32,
    /// In nanoseconds of tokens: a token is a second's worth divided by `per_second`.
    credit: u128,
    credited_at: Instant,
}

impl UnknownRequests {
    pub(super) fn new(most: usize, per_second: u32, now: Instant) -> Self {
        let credit = most as u128 * SECOND;
        Self { queue: VecDeque::new(), most, per_second, credit, credited_at: now }
    }

    /// Queues a request; whether there was room for it.
    pub(super) fn push(
        &mut self,
        now: Instant,
        path: &FiveTuple,
        local_ufrag: &str,
        remote_ufrag: &str,
    ) -> bool {
        if self.queue.len() >= self.most
            || local_ufrag.len() > MAX_UFRAG
            || remote_ufrag.len() > MAX_UFRAG
        {
            return false;
        }
        let elapsed = now.saturating_duration_since(self.credited_at);
        self.credited_at = self.credited_at.max(now);
        let earned = elapsed.as_nanos().saturating_mul(self.per_second.into());
        self.credit = self.credit.saturating_add(earned).min(self.most as u128 * SECOND);
        let Some(credit) = self.credit.checked_sub(SECOND) else { return false };
        self.credit = credit;
        self.queue.push_back(UnknownRequest {
            path: *path,
            local_ufrag: local_ufrag.into(),
            remote_ufrag: remote_ufrag.into(),
        });
        true
    }

    pub(super) fn pop(&mut self) -> Option<UnknownRequest> {
        self.queue.pop_front()
    }
}

/// One token.
const SECOND: u128 = 1_000_000_000;

/// The longest fragment that a description can have (RFC 8839 section 5.4).
const MAX_UFRAG: usize = 256;

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    #[test]
    fn as_many_are_told_as_the_rate_allows() {
        let start = Instant::from_secs(1_000_000);
        let path = FiveTuple::udp("192.0.2.1:1".parse().unwrap(), "192.0.2.2:2".parse().unwrap());
        let mut requests = UnknownRequests::new(4, 2, start);
        let mut told = |now: Instant, drain: bool| {
            let count = (0..100).filter(|_| requests.push(now, &path, "ours", "theirs")).count();
            while drain && requests.pop().is_some() {}
            count
        };
        assert_eq!(told(start, false), 4, "the queue is full");
        assert_eq!(told(start + Duration::from_secs(60), true), 0, "and stays so");
        assert_eq!(told(start + Duration::from_secs(61), true), 4);
        assert_eq!(told(start + Duration::from_secs(61), true), 0, "the bucket is empty");
        assert_eq!(told(start + Duration::from_millis(61_500), true), 1);
        assert_eq!(told(start + Duration::from_millis(62_500), true), 2);
        assert_eq!(told(start, true), 0, "a clock that goes back earns nothing");
        assert_eq!(told(Instant::from_epoch(Duration::MAX), true), 4);
    }

    #[test]
    fn fragments_that_no_description_can_have_are_not_kept() {
        let path = FiveTuple::udp("192.0.2.1:1".parse().unwrap(), "192.0.2.2:2".parse().unwrap());
        let mut requests = UnknownRequests::new(4, 2, Instant::EPOCH);
        let long = "a".repeat(257);
        assert!(!requests.push(Instant::EPOCH, &path, &long, "theirs"));
        assert!(!requests.push(Instant::EPOCH, &path, "ours", &long));
        assert!(requests.push(Instant::EPOCH, &path, &long[1..], &long[1..]));
    }
}
