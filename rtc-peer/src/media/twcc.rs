//! Transport-wide feedback on what arrives
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01).

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::Instant;
use rtc_srtp::Ssrc;
use rtc_srtp::rtcp::{PacketStatus, PacketStatuses, TransportFeedback};
use rtc_srtp::rtp::SequenceExtender;

/// The arrivals of the packets of one transport that are yet to be told, and some that were.
#[derive(Debug, Default)]
pub(super) struct TransportArrivals {
    numbers: SequenceExtender,
    /// The index of the first slot.
    first: u64,
    /// At most [`MAX_SLOTS`].
    slots: VecDeque<Option<Instant>>,
    /// The first index that is to be told.
    untold: u64,
    /// How many packets are to be told, and since when.
    waiting: u32,
    waiting_since: Option<Instant>,
    told_at: Option<Instant>,
    media_ssrc: Ssrc,
    count: u8,
    statuses: Vec<PacketStatus>,
}

impl TransportArrivals {
    /// Notes a packet with this transport-wide sequence number.
    pub(super) fn on_packet(&mut self, now: Instant, number: u16, media_ssrc: Ssrc) {
        let index = self.numbers.extend(number);
        self.media_ssrc = media_ssrc;
        if self.slots.is_empty() {
            (self.first, self.untold) = (index, index);
        }
        let Some(mut offset) = index.checked_sub(self.first) else { return };
        if offset >= 2 * MAX_SLOTS as u64 {
            // So many are missing that telling them would be telling nothing.
            self.slots.clear();
            (self.first, self.untold, offset) = (index, index, 0);
        }
        while offset >= MAX_SLOTS as u64 {
            self.slots.pop_front();
            self.first += 1;
            offset -= 1;
        }
        self.untold = self.untold.max(self.first);
        let offset = offset as usize;
        if self.slots.len() <= offset {
            self.slots.resize(offset + 1, None);
        }
        if let Some(slot @ None) = self.slots.get_mut(offset) {
            *slot = Some(now);
            // A packet that comes late is told with those after it once more, since a status
            // cannot be told alone.
            self.untold = self.untold.min(index);
            self.waiting += 1;
            self.waiting_since = self.waiting_since.or(Some(now));
        }
    }

    /// When feedback is due: 100 ms after the last, or sooner when much has arrived, but no sooner
    /// than 50 ms after it.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let since = self.waiting_since?;
        let Some(told_at) = self.told_at else { return Some(since + SHORT) };
        Some(if self.waiting >= MANY { told_at + SHORT } else { (told_at + LONG).max(since) })
    }

    /// Appends a feedback packet of at most `room` bytes, which are at least 400; what it has no
    /// room for stays to be told. Returns whether there was something to tell.
    pub(super) fn write(
        &mut self,
        now: Instant,
        sender_ssrc: Ssrc,
        room: usize,
        out: &mut Vec<u8>,
    ) -> bool {
        // Each packet takes two bits and at most two bytes of delta; 20 bytes are before them.
        let max = room.saturating_sub(24) / 3;
        let skip = self.untold.saturating_sub(self.first) as usize;
        let lost = self.slots.iter().skip(skip).take_while(|slot| slot.is_none()).count();
        // A long run of lost packets before the first that came is not told: whoever sent them sees
        // that the base has moved on.
        let told_before = self.told_at.is_some() && lost < MAX_LEADING;
        let base = self.untold + if told_before { 0 } else { lost as u64 };
        let skip = base.saturating_sub(self.first) as usize;
        let arrivals = self.slots.iter().skip(skip);
        let Some(first_at) = arrivals.clone().flatten().next().copied() else {
            self.settle(now, base);
            return false;
        };
        let reference = first_at.since_epoch().as_micros() / 64_000;
        let mut previous = reference * 256;
        self.statuses.clear();
        for arrival in arrivals.take(max) {
            let status = match arrival {
                None => PacketStatus::NotReceived,
                Some(at) => {
                    let ticks = at.since_epoch().as_micros() / 250;
                    let delta = ticks.cast_signed() - previous.cast_signed();
                    // What does not fit begins the next packet, with a reference of its own.
                    let Ok(delta) = i16::try_from(delta) else { break };
                    previous = ticks;
                    PacketStatus::Received(Some(delta))
                }
            };
            self.statuses.push(status);
        }
        // What is lost at the end may yet come.
        while let Some(PacketStatus::NotReceived) = self.statuses.last() {
            self.statuses.pop();
        }
        let told = self.statuses.len() as u64;
        TransportFeedback {
            sender_ssrc,
            media_ssrc: self.media_ssrc,
            base_sequence_number: base as u16,
            reference_time: (reference & 0xff_ffff) as i32,
            feedback_packet_count: self.count,
            statuses: PacketStatuses::new(&self.statuses),
        }
        .encode(out);
        self.count = self.count.wrapping_add(1);
        self.settle(now, base + told);
        true
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    fn settle(&mut self, now: Instant, untold: u64) {
        self.untold = untold;
        let end = self.first + self.slots.len() as u64;
        if self.untold >= end {
            (self.waiting, self.waiting_since) = (0, None);
        }
        self.told_at = Some(now);
        while self.first < self.untold {
            let old = |at: &Instant| now.saturating_duration_since(*at) > KEPT_FOR;
            match self.slots.front() {
                Some(slot) if self.slots.len() > 1 && slot.as_ref().is_none_or(old) => {
                    self.slots.pop_front();
                    self.first += 1;
                }
                _ => break,
            }
        }
    }
}

/// How many packets are remembered.
pub(super) const MAX_SLOTS: usize = 8_192;
/// How long feedback waits for more to tell.
const LONG: Duration = Duration::from_millis(100);
/// How long it waits when there is much to tell.
const SHORT: Duration = Duration::from_millis(50);
/// How many packets are much to tell.
const MANY: u32 = 64;
/// How many lost packets come before the first that came.
const MAX_LEADING: usize = 100;
/// For how long a packet that was told is kept, to be told again with one that comes late.
const KEPT_FOR: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use rtc_srtp::rtcp::{RtcpPacket, RtcpPackets};

    use super::*;

    fn told(arrivals: &mut TransportArrivals, now: Instant) -> Vec<(u16, bool)> {
        let mut out = Vec::new();
        let mut all = Vec::new();
        while arrivals.deadline().is_some_and(|at| at <= now) {
            out.clear();
            if !arrivals.write(now, Ssrc(1), 1_200, &mut out) {
                break;
            }
            assert!(out.len() <= 1_200);
            let Some(Ok(RtcpPacket::TransportFeedback(feedback))) = RtcpPackets::new(&out).next()
            else {
                panic!("feedback was written");
            };
            let received = |status| status != PacketStatus::NotReceived;
            all.extend(feedback.packets().map(|(number, status)| (number, received(status))));
        }
        all
    }

    #[test]
    fn what_came_and_what_did_not_is_told() {
        let mut now = Instant::from_secs(1_000_000);
        let mut arrivals = TransportArrivals::default();
        for number in [65_534u16, 65_535, 1, 2] {
            arrivals.on_packet(now, number, Ssrc(9));
            now += Duration::from_millis(1);
        }
        now = arrivals.deadline().unwrap();
        let expected = [(65_534, true), (65_535, true), (0, false), (1, true), (2, true)];
        assert_eq!(told(&mut arrivals, now), expected);
        assert_eq!(arrivals.deadline(), None);
        // A late packet is told with those after it.
        arrivals.on_packet(now, 0, Ssrc(9));
        now = arrivals.deadline().unwrap();
        assert_eq!(told(&mut arrivals, now), [(0, true), (1, true), (2, true)]);
    }

    #[test]
    fn the_window_is_bounded_whatever_numbers_come() {
        let mut now = Instant::from_secs(1_000_000);
        let mut arrivals = TransportArrivals::default();
        for step in 0..50_000u32 {
            now += Duration::from_micros(100);
            arrivals.on_packet(now, (step.wrapping_mul(7_919) >> 2) as u16, Ssrc(9));
            assert!(arrivals.len() <= MAX_SLOTS);
        }
        let _ = told(&mut arrivals, now + LONG);
        assert!(arrivals.len() <= MAX_SLOTS);
    }

    #[test]
    fn long_pauses_do_not_break_the_deltas() {
        let mut now = Instant::from_secs(1_000_000);
        let mut arrivals = TransportArrivals::default();
        arrivals.on_packet(now, 0, Ssrc(9));
        now += Duration::from_secs(20);
        arrivals.on_packet(now, 1, Ssrc(9));
        now += Duration::from_secs(1);
        let mut out = Vec::new();
        assert!(arrivals.write(now, Ssrc(1), 1_200, &mut out));
        assert!(arrivals.write(now, Ssrc(1), 1_200, &mut out));
        assert_eq!(RtcpPackets::new(&out).count(), 2);
        assert_eq!(arrivals.deadline(), None);
    }
}
