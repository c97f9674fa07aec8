//! Tones: `RTCDTMFSender` (W3C section 7) over telephone events (RFC 4733).

use alloc::collections::VecDeque;
use alloc::string::String;
use core::time::Duration;

use rtc_core::Instant;
use rtc_srtp::payload::TelephoneEvent;

use super::error::DtmfError;

/// The tones of one sender.
#[derive(Debug, Default)]
pub(super) struct Dtmf {
    /// `ToneBuffer`.
    buffer: VecDeque<char>,
    duration: Duration,
    gap: Duration,
    /// When the playout task runs next.
    task_at: Option<Instant>,
    playing: Option<Tone>,
}

/// A tone that is being sent.
#[derive(Debug, Clone, Copy)]
struct Tone {
    event: u8,
    /// `None` until its first packet has its place.
    timestamp: Option<u32>,
    begins: Instant,
    ends: Instant,
    next_at: Instant,
    /// What of it earlier segments have told (RFC 4733, section 2.5.1.3), in units of the timestamp.
    told: u32,
    clock_rate: u32,
    first: bool,
    end_packets: u8,
}

/// A packet of a tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TonePacket {
    pub(super) event: TelephoneEvent,
    pub(super) marker: bool,
    /// How long ago the segment began, in units of the timestamp.
    pub(super) timestamp: u32,
}

impl Dtmf {
    /// `insertDTMF`: replaces what has not been played yet.
    pub(super) fn insert(
        &mut self,
        now: Instant,
        tones: &str,
        duration: Duration,
        gap: Duration,
    ) -> Result<(), DtmfError> {
        let is_tone = |tone: char| tone == ',' || TelephoneEvent::event_of(tone).is_some();
        if let Some(other) = tones.chars().find(|tone| !is_tone(*tone)) {
            return Err(DtmfError::InvalidCharacter(other));
        }
        if tones.len() > MAX_TONES {
            return Err(DtmfError::TooMany);
        }
        self.buffer = tones.chars().map(|tone| tone.to_ascii_uppercase()).collect();
        self.duration = duration.clamp(MIN_DURATION, MAX_DURATION);
        self.gap = gap.clamp(MIN_GAP, MAX_GAP);
        if !self.buffer.is_empty() {
            self.task_at = self.task_at.or(Some(now));
        }
        Ok(())
    }

    /// `toneBuffer`.
    pub(super) fn tone_buffer(&self) -> String {
        self.buffer.iter().collect()
    }

    /// Runs the playout task when it is due, and returns what `tonechange` is to say: `Some(None)`
    /// that the last tone has ended.
    pub(super) fn handle_timeout(&mut self, now: Instant, clock_rate: u32) -> Option<Option<char>> {
        let due = self.task_at.filter(|at| *at <= now)?;
        let Some(tone) = self.buffer.pop_front() else {
            self.task_at = None;
            return Some(None);
        };
        // From when it was due, so that a driver that is late does not stretch the tones; but a
        // driver that slept does not play them all at once.
        let begins = due.max(now - MAX_LATENESS);
        if tone == ',' {
            self.task_at = Some(begins + PAUSE);
        } else {
            self.task_at = Some(begins + self.duration + self.gap);
            self.playing = TelephoneEvent::event_of(tone).map(|event| Tone {
                event,
                timestamp: None,
                begins,
                ends: begins + self.duration,
                next_at: begins,
                told: 0,
                clock_rate,
                first: true,
                end_packets: 0,
            });
        }
        Some(Some(tone))
    }

    /// Stops at once, without a word.
    pub(super) fn stop(&mut self) {
        *self = Self::default();
    }

    /// The next packet, if it is due; `timestamp` is that of the stream now.
    pub(super) fn poll_packet(&mut self, now: Instant, timestamp: u32) -> Option<TonePacket> {
        let tone = self.playing.as_mut().filter(|tone| tone.next_at <= now)?;
        let begun = *tone.timestamp.get_or_insert(timestamp);
        let at = tone.next_at.min(tone.ends);
        let lasted = units(at.saturating_duration_since(tone.begins), tone.clock_rate);
        let segment = lasted - tone.told;
        let end = at >= tone.ends;
        let marker = core::mem::take(&mut tone.first);
        let duration = u16::try_from(segment).unwrap_or(u16::MAX);
        let event = TelephoneEvent { event: tone.event, end: false, volume: VOLUME, duration };
        let packet_timestamp = begun.wrapping_add(tone.told);
        if segment > u32::from(u16::MAX) {
            // The event goes on in a new segment, which begins where this one ends.
            tone.told += u32::from(u16::MAX);
            return Some(TonePacket { event, marker, timestamp: packet_timestamp });
        }
        if end {
            tone.end_packets += 1;
            tone.next_at = now;
            if tone.end_packets == END_PACKETS {
                self.playing = None;
            }
        } else {
            tone.next_at += INTERVAL;
        }
        let event = TelephoneEvent { end, ..event };
        Some(TonePacket { event, marker, timestamp: packet_timestamp })
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let packet = self.playing.map(|tone| tone.next_at.min(tone.ends.max(tone.begins)));
        Instant::earliest([self.task_at, packet])
    }

    /// Whether a packet is due.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.playing.is_some_and(|tone| tone.next_at <= now)
    }
}

fn units(duration: Duration, clock_rate: u32) -> u32 {
    super::statistics::to_units(duration, clock_rate)
}

/// How many tones and pauses a buffer holds.
pub const MAX_TONES: usize = 1_024;
/// "The duration cannot be less than 40 ms" nor more than 6000 ms (W3C section 7.2).
const MIN_DURATION: Duration = Duration::from_millis(40);
const MAX_DURATION: Duration = Duration::from_millis(6_000);
/// The gap between tones, likewise.
const MIN_GAP: Duration = Duration::from_millis(30);
const MAX_GAP: Duration = Duration::from_millis(6_000);
/// A comma.
const PAUSE: Duration = Duration::from_secs(2);
/// How far apart the packets of a tone are (RFC 4733, section 2.5.1.2 recommends 50 ms or the
/// interval of the audio).
const INTERVAL: Duration = Duration::from_millis(20);
/// "The final packet SHOULD be sent a total of three times" (section 2.5.1.4).
const END_PACKETS: u8 = 3;
/// In -dBm0: what browsers send.
const VOLUME: u8 = 10;
/// How late the playout task may run and still keep the rhythm.
const MAX_LATENESS: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn play(
        dtmf: &mut Dtmf,
        now: &mut Instant,
    ) -> (Vec<Option<char>>, Vec<(Duration, TonePacket)>) {
        let (mut tones, mut packets) = (Vec::new(), Vec::new());
        let start = *now;
        loop {
            tones.extend(dtmf.handle_timeout(*now, 8_000));
            let passed = now.saturating_duration_since(start);
            let timestamp = passed.as_millis() as u32 * 8;
            while let Some(packet) = dtmf.poll_packet(*now, timestamp) {
                packets.push((passed, packet));
            }
            match dtmf.deadline() {
                Some(at) => *now = (*now).max(at),
                None => return (tones, packets),
            }
        }
    }

    #[test]
    fn a_tone_is_a_train_of_packets_with_three_ends() {
        let mut now = Instant::from_secs(1_000_000);
        let mut dtmf = Dtmf::default();
        dtmf.insert(now, "5", Duration::from_millis(100), Duration::from_millis(70)).unwrap();
        let (tones, packets) = play(&mut dtmf, &mut now);
        assert_eq!(tones, [Some('5'), None]);
        assert_eq!(packets.len(), 5 + 3);
        assert!(packets.iter().all(|(_, packet)| packet.timestamp == 0));
        assert_eq!(packets.iter().filter(|(_, packet)| packet.marker).count(), 1);
        let durations: Vec<_> = packets.iter().map(|(_, packet)| packet.event.duration).collect();
        assert_eq!(durations, [0, 160, 320, 480, 640, 800, 800, 800]);
        assert_eq!(packets.iter().filter(|(_, packet)| packet.event.end).count(), 3);
    }

    #[test]
    fn a_comma_is_two_seconds_and_the_rest_is_clamped() {
        let mut now = Instant::from_secs(1_000_000);
        let start = now;
        let mut dtmf = Dtmf::default();
        dtmf.insert(now, "1,a", Duration::ZERO, Duration::ZERO).unwrap();
        assert_eq!(dtmf.tone_buffer(), "1,A");
        let (tones, _) = play(&mut dtmf, &mut now);
        assert_eq!(tones, [Some('1'), Some(','), Some('A'), None]);
        let passed = now.saturating_duration_since(start);
        assert_eq!(passed, Duration::from_millis(40 + 30 + 2_000 + 40 + 30));
    }

    #[test]
    fn a_long_tone_has_segments() {
        let mut now = Instant::from_secs(1_000_000);
        let mut dtmf = Dtmf::default();
        dtmf.insert(now, "9", Duration::from_secs(100), Duration::ZERO).unwrap();
        // At 48 kHz six seconds are 288,000 units.
        let mut timestamps = Vec::new();
        loop {
            dtmf.handle_timeout(now, 48_000);
            while let Some(packet) = dtmf.poll_packet(now, 0) {
                timestamps.push(packet.timestamp);
            }
            let Some(at) = dtmf.deadline() else { break };
            now = now.max(at);
        }
        timestamps.dedup();
        assert_eq!(timestamps, [0, 65_535, 131_070, 196_605, 262_140]);
    }

    #[test]
    fn tones_that_are_none_change_nothing_and_no_tones_stop_the_rest() {
        let mut now = Instant::from_secs(1_000_000);
        let mut dtmf = Dtmf::default();
        let (duration, gap) = (Duration::from_millis(100), Duration::from_millis(70));
        dtmf.insert(now, "12", duration, gap).unwrap();
        let refused = dtmf.insert(now, "1x", duration, gap);
        assert_eq!(refused, Err(DtmfError::InvalidCharacter('x')));
        assert_eq!(dtmf.tone_buffer(), "12");
        assert_eq!(dtmf.handle_timeout(now, 8_000), Some(Some('1')));
        dtmf.insert(now, "", duration, gap).unwrap();
        assert_eq!(play(&mut dtmf, &mut now).0, [None]);
    }
}
