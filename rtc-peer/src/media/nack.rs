//! Which packets of a stream are missing, and when to ask for them (RFC 4585, section 6.2.1).

use alloc::collections::VecDeque;
use core::time::Duration;

use rtc_core::Instant;

/// The packets of one stream that are missing, at most [`MAX_MISSING`].
#[derive(Debug, Default)]
pub(super) struct Missing {
    /// By ascending index.
    packets: VecDeque<Packet>,
    /// No later than when the next of them is to be asked for; `None` if there is none.
    next_at: Option<Instant>,
    /// How many were given up.
    pub(super) given_up: u64,
}

#[derive(Debug, Clone, Copy)]
struct Packet {
    index: u64,
    missed_at: Instant,
    ask_at: Instant,
    tries: u8,
}

impl Missing {
    /// Notes that the packets from `first` on are missing, `count` of them. Returns whether they are
    /// so many that asking for a key frame is the better way; then nothing is missing any more.
    pub(super) fn on_gap(&mut self, now: Instant, first: u64, count: u64) -> bool {
        if count + self.packets.len() as u64 > MAX_MISSING as u64 {
            self.given_up += count + self.packets.len() as u64;
            self.clear();
            return true;
        }
        let ask_at = now + REORDER_TIME;
        for index in first..first.saturating_add(count) {
            self.packets.push_back(Packet { index, missed_at: now, ask_at, tries: 0 });
        }
        self.next_at = Instant::earliest([self.next_at, (count > 0).then_some(ask_at)]);
        false
    }

    /// Notes that the packet that follows all others has come: those that are more than
    /// [`REORDER_PACKETS`] behind it are not late but lost, and are asked for at once.
    pub(super) fn on_newest(&mut self, now: Instant, index: u64) {
        let lost = self.packets.partition_point(|packet| packet.index + REORDER_PACKETS <= index);
        // Those before the first one that was asked for already have been asked for, too.
        for packet in self.packets.range_mut(..lost).rev().take_while(|packet| packet.tries == 0) {
            if packet.ask_at <= now {
                break;
            }
            packet.ask_at = now;
            self.next_at = Some(now);
        }
    }

    /// Notes that a packet has come after all. Returns whether it was missed.
    pub(super) fn on_found(&mut self, index: u64) -> bool {
        match self.packets.binary_search_by_key(&index, |packet| packet.index) {
            Ok(at) => {
                self.packets.remove(at);
                if self.packets.is_empty() {
                    self.next_at = None;
                }
                true
            }
            Err(_) => false,
        }
    }

    /// Forgets what comes before this index: a key frame begins there, or nobody waits for it.
    pub(super) fn forget_before(&mut self, index: u64) {
        while self.packets.front().is_some_and(|packet| packet.index < index) {
            self.packets.pop_front();
        }
        if self.packets.is_empty() {
            self.next_at = None;
        }
    }

    pub(super) fn clear(&mut self) {
        self.packets.clear();
        self.next_at = None;
    }

    /// When to ask next; it may turn out that there is nothing to ask for.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.next_at
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.packets.len()
    }

    /// Gives the numbers to ask for now, at most `limit`, in ascending order, and notes that they
    /// are asked for. What has been asked for too often or for too long is given up.
    pub(super) fn ask(
        &mut self,
        now: Instant,
        round_trip: Duration,
        limit: usize,
        mut each: impl FnMut(u16),
    ) {
        let mut left = limit;
        let mut next = None;
        let mut given_up = 0;
        let again_after = round_trip.clamp(MIN_RETRY, MAX_RETRY);
        self.packets.retain_mut(|packet| {
            let age = now.saturating_duration_since(packet.missed_at);
            if age > MAX_AGE || (packet.tries >= MAX_TRIES && packet.ask_at <= now) {
                given_up += 1;
                return false;
            }
            if packet.ask_at <= now && left > 0 {
                left -= 1;
                packet.tries += 1;
                // A little longer each time: what was lost twice was lost to congestion.
                packet.ask_at = now + again_after + again_after / 4 * u32::from(packet.tries);
                each(packet.index as u16);
            }
            next = Instant::earliest([next, Some(packet.ask_at)]);
            true
        });
        self.given_up += given_up;
        self.next_at = next;
    }
}

/// How many packets of a stream are missed at a time; if it would be more, a key frame is asked for.
pub(super) const MAX_MISSING: usize = 1_000;
/// For how long a packet is thought to be late rather than lost.
const REORDER_TIME: Duration = Duration::from_millis(10);
/// How many packets may overtake one before it is thought to be lost.
const REORDER_PACKETS: u64 = 3;
/// How often a packet is asked for.
const MAX_TRIES: u8 = 10;
/// For how long.
const MAX_AGE: Duration = Duration::from_secs(3);
/// How soon a packet is asked for again at the earliest.
const MIN_RETRY: Duration = Duration::from_millis(20);
/// And at the latest, however long the round trip.
const MAX_RETRY: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn asked(missing: &mut Missing, now: Instant) -> Vec<u16> {
        let mut numbers = Vec::new();
        missing.ask(now, Duration::from_millis(50), 100, |number| numbers.push(number));
        numbers
    }

    #[test]
    fn a_missing_packet_is_asked_for_again_and_then_given_up() {
        let mut now = Instant::from_secs(1_000_000);
        let mut missing = Missing::default();
        assert!(!missing.on_gap(now, 70_000, 2));
        assert_eq!(asked(&mut missing, now), []);
        now += REORDER_TIME;
        assert_eq!(asked(&mut missing, now), [70_000u64 as u16, 70_001u64 as u16]);
        assert!(missing.on_found(70_000));
        let mut times = 1;
        while let Some(at) = missing.deadline() {
            assert!(at > now);
            now = at;
            times += asked(&mut missing, now).len();
        }
        assert_eq!(times, usize::from(MAX_TRIES));
        assert_eq!(missing.given_up, 1);
    }

    #[test]
    fn packets_that_overtake_make_it_lost_at_once() {
        let now = Instant::from_secs(1_000_000);
        let mut missing = Missing::default();
        missing.on_gap(now, 10, 1);
        missing.on_newest(now, 12);
        assert_eq!(asked(&mut missing, now), []);
        missing.on_newest(now, 13);
        assert_eq!(asked(&mut missing, now), [10]);
    }

    #[test]
    fn the_list_is_bounded() {
        let now = Instant::from_secs(1_000_000);
        let mut missing = Missing::default();
        assert!(!missing.on_gap(now, 0, MAX_MISSING as u64));
        assert!(missing.on_gap(now, 2_000, 1));
        assert_eq!(missing.len(), 0);
        assert_eq!(missing.deadline(), None);
    }
}
