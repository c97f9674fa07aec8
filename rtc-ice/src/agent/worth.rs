//! Which of two pairs that both work is much better.

use core::time::Duration;

/// What is known of a pair besides its priority.
#[derive(Debug, Clone, Copy)]
pub(super) struct Worth {
    /// What the networks of both ends cost.
    pub(super) cost: u32,
    pub(super) is_relayed: bool,
    pub(super) is_stream: bool,
    pub(super) round_trip_time: Option<Duration>,
}

impl Worth {
    /// Whether it is worth a change: much cheaper; or direct and not relayed, or over datagrams and
    /// not a stream; or else much nearer. What comes first decides.
    pub(super) fn is_much_better_than(&self, other: &Self) -> bool {
        if self.cost.abs_diff(other.cost) >= MUCH_COST {
            return self.cost < other.cost;
        }
        if self.is_relayed != other.is_relayed {
            return !self.is_relayed;
        }
        if self.is_stream != other.is_stream {
            return !self.is_stream;
        }
        match (self.round_trip_time, other.round_trip_time) {
            (Some(own), Some(other)) => {
                own.saturating_mul(2) <= other && other.saturating_sub(own) >= MUCH_TIME
            }
            _ => false,
        }
    }
}

/// As much as between a cable and a mobile network, more than between two kinds of cable.
const MUCH_COST: u32 = 100;
/// As much as one hears in a conversation.
const MUCH_TIME: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_comes_before_relays_and_these_before_streams_and_time() {
        let best = Worth { cost: 0, is_relayed: false, is_stream: false, round_trip_time: None };
        let mobile = Worth { cost: 900, ..best };
        let relayed = Worth { is_relayed: true, ..best };
        let stream = Worth { is_stream: true, ..best };
        let order = [best, stream, relayed, mobile];
        for (at, better) in order.iter().enumerate() {
            for worse in order.iter().skip(at + 1) {
                assert!(better.is_much_better_than(worse));
                assert!(!worse.is_much_better_than(better));
            }
            assert!(!better.is_much_better_than(better));
        }
        assert!(!best.is_much_better_than(&Worth { cost: 10, ..best }), "a cable and a cable");
    }

    #[test]
    fn a_round_trip_time_must_be_half_and_matter() {
        let of = |milliseconds| Worth {
            cost: 0,
            is_relayed: false,
            is_stream: false,
            round_trip_time: Some(Duration::from_millis(milliseconds)),
        };
        assert!(of(50).is_much_better_than(&of(100)));
        assert!(!of(51).is_much_better_than(&of(100)));
        assert!(!of(10).is_much_better_than(&of(40)));
        let unknown = Worth { round_trip_time: None, ..of(0) };
        assert!(!of(1).is_much_better_than(&unknown) && !unknown.is_much_better_than(&of(1000)));
    }
}
