//! Whose media has come of late (W3C section 5.3, `getContributingSources` and
//! `getSynchronizationSources`).

use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::Instant;
use rtc_srtp::Ssrc;

use super::packet::Csrcs;

/// `RTCRtpContributingSource`, and `RTCRtpSynchronizationSource`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RtpSource {
    /// `timestamp`: when the last packet of the source came.
    pub received_at: Instant,
    /// `source`.
    pub source: Ssrc,
    /// `audioLevel`: 0 to 1, linear, where a header extension told it.
    pub audio_level: Option<f64>,
    /// `rtpTimestamp`: of the last packet.
    pub rtp_timestamp: u32,
}

/// The sources of one receiver, at most [`MAX_SOURCES`]: the one that has been silent for longest
/// makes room for another.
#[derive(Debug, Default)]
pub(super) struct Sources {
    contributing: Vec<Heard>,
    synchronization: Vec<Heard>,
}

#[derive(Debug, Clone, Copy)]
struct Heard {
    source: Ssrc,
    received_at: Instant,
    /// In -dBov.
    level: Option<u8>,
    rtp_timestamp: u32,
}

impl Sources {
    /// Notes a packet.
    pub(super) fn on_packet(
        &mut self,
        now: Instant,
        ssrc: Ssrc,
        level: Option<u8>,
        csrcs: &Csrcs,
        rtp_timestamp: u32,
    ) {
        let heard = |source, level| Heard { source, received_at: now, level, rtp_timestamp };
        note(&mut self.synchronization, heard(ssrc, level));
        for (csrc, level) in csrcs.iter() {
            note(&mut self.contributing, heard(csrc, level));
        }
    }

    /// The contributing sources of the last ten seconds, the newest first.
    pub(super) fn contributing(&self, now: Instant) -> Vec<RtpSource> {
        recent(&self.contributing, now)
    }

    /// The synchronization sources of the last ten seconds, the newest first.
    pub(super) fn synchronization(&self, now: Instant) -> Vec<RtpSource> {
        recent(&self.synchronization, now)
    }
}

fn note(all: &mut Vec<Heard>, heard: Heard) {
    if let Some(known) = all.iter_mut().find(|known| known.source == heard.source) {
        *known = heard;
    } else if all.len() < MAX_SOURCES {
        all.push(heard);
    } else if let Some(oldest) = all.iter_mut().min_by_key(|known| known.received_at) {
        *oldest = heard;
    }
}

fn recent(all: &[Heard], now: Instant) -> Vec<RtpSource> {
    let mut recent: Vec<_> = all
        .iter()
        .filter(|heard| now.saturating_duration_since(heard.received_at) <= KEPT_FOR)
        .map(|heard| RtpSource {
            received_at: heard.received_at,
            source: heard.source,
            audio_level: heard.level.map(linear),
            rtp_timestamp: heard.rtp_timestamp,
        })
        .collect();
    recent.sort_by(|a, b| b.received_at.cmp(&a.received_at).then(a.source.cmp(&b.source)));
    recent
}

/// A level in -dBov as an amplitude: 127 is silence.
pub(super) fn linear(level: u8) -> f64 {
    if level >= 127 {
        return 0.0;
    }
    (0..level).fold(1.0, |amplitude, _| amplitude * ONE_DECIBEL_DOWN)
}

/// 10 ^ (-1 / 20).
const ONE_DECIBEL_DOWN: f64 = 0.891_250_938_133_745_6;
/// For how long a source is told of.
const KEPT_FOR: Duration = Duration::from_secs(10);
/// How many sources of each sort a receiver remembers.
const MAX_SOURCES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_newest_first_for_ten_seconds() {
        let start = Instant::from_secs(1_000_000);
        let mut sources = Sources::default();
        let mut csrcs = Csrcs::new();
        csrcs.push(Ssrc(7), Some(20));
        sources.on_packet(start, Ssrc(1), Some(127), &csrcs, 100);
        let later = start + Duration::from_secs(4);
        sources.on_packet(later, Ssrc(2), None, &Csrcs::new(), 200);
        let told = sources.synchronization(later);
        assert_eq!(told.iter().map(|source| source.source.0).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(told.get(1).and_then(|source| source.audio_level), Some(0.0));
        let contributing = sources.contributing(later);
        let level = contributing.first().and_then(|source| source.audio_level).unwrap();
        assert!((level - 0.1).abs() < 1e-9);
        let much_later = start + Duration::from_secs(11);
        assert_eq!(sources.synchronization(much_later).len(), 1);
        assert!(sources.contributing(much_later).is_empty());
    }

    #[test]
    fn a_flood_of_sources_keeps_its_bound() {
        let mut sources = Sources::default();
        for number in 0..10_000u32 {
            let now = Instant::from_secs(1_000_000) + Duration::from_micros(u64::from(number));
            let mut csrcs = Csrcs::new();
            csrcs.push(Ssrc(number), None);
            sources.on_packet(now, Ssrc(number), None, &csrcs, 0);
        }
        assert_eq!(sources.contributing.len(), MAX_SOURCES);
        assert_eq!(sources.synchronization.len(), MAX_SOURCES);
    }
}
