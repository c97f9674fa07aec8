//! Packets put in order and frames put together, for receivers that want frames.

use alloc::collections::VecDeque;
use core::time::Duration;

use rtc_core::Instant;
use rtc_srtp::payload::{Depacketizer, Format, Frame, PacketPayload};

use super::packet::MediaExtensions;

/// The packets of one stream, from the first one that has not been passed on.
///
/// A packet that is missing holds up those after it for a bounded time, a bounded number of packets
/// and a bounded number of bytes; then it is given up.
#[derive(Debug)]
pub(super) struct FrameBuffer {
    limits: ReorderLimits,
    /// The place of index `next + i` is slot `i`.
    slots: VecDeque<Option<Held>>,
    next: Option<u64>,
    held: usize,
    bytes: usize,
    /// Since when the first slot is awaited.
    gap_since: Option<Instant>,
    depacketizer: Option<(Format, Depacketizer)>,
    /// How many packets without media were taken out of the depacketizer's count.
    without_media: u64,
    /// Nothing can be decoded before a key frame comes.
    needs_key_frame: bool,
    discontinuity: bool,
    frame: InTheMaking,
    /// Packets that came too late for their frame.
    pub(super) late: u64,
    /// Frames that were not given out, as what they need is missing.
    pub(super) frames_dropped: u64,
}

/// The bounds of a [`FrameBuffer`].
#[derive(Debug, Clone, Copy)]
pub(super) struct ReorderLimits {
    pub(super) wait: Duration,
    pub(super) packets: usize,
    pub(super) bytes: usize,
}

/// A packet that waits for those before it.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) payload: PacketPayload,
    pub(super) payload_type: u8,
    /// `None` for what is no media: padding, tones, comfort noise.
    pub(super) format: Option<Format>,
    pub(super) clock_rate: u32,
    pub(super) extensions: MediaExtensions,
    pub(super) received_at: Instant,
}

/// What is known of the frame that is being put together.
#[derive(Debug, Clone, Copy)]
struct InTheMaking {
    timestamp: u32,
    first_at: Instant,
    last_at: Instant,
    extensions: MediaExtensions,
}

/// A frame, and what its packets said of it.
#[derive(Debug)]
pub(super) struct Assembled {
    pub(super) frame: Frame,
    pub(super) payload_type: u8,
    pub(super) clock_rate: u32,
    pub(super) extensions: MediaExtensions,
    pub(super) discontinuity: bool,
    /// When its first packet came.
    pub(super) first_at: Instant,
    /// When its last packet came.
    pub(super) last_at: Instant,
}

impl FrameBuffer {
    pub(super) fn new(limits: ReorderLimits, video: bool) -> Self {
        Self {
            limits,
            slots: VecDeque::new(),
            next: None,
            held: 0,
            bytes: 0,
            gap_since: None,
            depacketizer: None,
            without_media: 0,
            needs_key_frame: video,
            discontinuity: false,
            frame: InTheMaking {
                timestamp: 0,
                first_at: Instant::EPOCH,
                last_at: Instant::EPOCH,
                extensions: MediaExtensions::NONE,
            },
            late: 0,
            frames_dropped: 0,
        }
    }

    /// Takes a packet and gives out the frames that it completes.
    pub(super) fn on_packet(&mut self, held: Held, mut each: impl FnMut(Assembled)) {
        let index = held.payload.index;
        let next = *self.next.get_or_insert(index);
        let Some(offset) = index.checked_sub(next) else {
            self.late += 1;
            return;
        };
        if offset >= self.limits.packets as u64 {
            // Nothing that is held can be waited for any longer; most of the way it is holes.
            while self.held > 0 {
                self.skip_gap(&mut each);
            }
            self.slots.clear();
            self.lose();
            self.next = Some(index);
        }
        let now = held.received_at;
        let offset = index.saturating_sub(self.next.unwrap_or(index)) as usize;
        if offset == 0 && self.slots.is_empty() {
            self.next = Some(index + 1);
            self.feed(held, &mut each);
            return;
        }
        if self.slots.len() <= offset {
            self.slots.resize_with(offset + 1, || None);
        }
        if let Some(slot @ None) = self.slots.get_mut(offset) {
            self.held += 1;
            self.bytes += held.payload.payload.len();
            *slot = Some(held);
        }
        self.gap_since = self.gap_since.or(Some(now));
        self.drain(&mut each);
        while self.bytes > self.limits.bytes {
            self.skip_gap(&mut each);
        }
    }

    /// Gives up what has been waited for long enough.
    pub(super) fn handle_timeout(&mut self, now: Instant, mut each: impl FnMut(Assembled)) {
        while self.deadline().is_some_and(|deadline| deadline <= now) {
            self.skip_gap(&mut each);
        }
    }

    /// How long a packet is waited for from now on. A gap that is being waited for may be given more
    /// time but not less, so that its deadline is never in the past.
    pub(super) fn set_wait(&mut self, wait: Duration) {
        if self.gap_since.is_none() || wait > self.limits.wait {
            self.limits.wait = wait;
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.gap_since.map(|since| since + self.limits.wait)
    }

    /// Whether nothing can be decoded before a key frame comes.
    pub(super) const fn needs_key_frame(&self) -> bool {
        self.needs_key_frame
    }

    /// The first index that is still awaited.
    pub(super) const fn awaited(&self) -> Option<u64> {
        self.next
    }

    /// The source has started anew.
    pub(super) fn restart(&mut self) {
        self.slots.clear();
        (self.held, self.bytes, self.gap_since, self.next) = (0, 0, None, None);
        self.lose();
    }

    #[cfg(test)]
    pub(super) const fn held(&self) -> (usize, usize) {
        (self.held, self.bytes)
    }

    /// Passes on what follows without a gap.
    fn drain(&mut self, each: &mut impl FnMut(Assembled)) {
        let mut moved = false;
        while let Some(Some(_)) = self.slots.front() {
            let Some(Some(held)) = self.slots.pop_front() else { return };
            self.next = Some(held.payload.index + 1);
            self.held -= 1;
            self.bytes -= held.payload.payload.len();
            moved = true;
            self.feed(held, each);
        }
        if moved {
            let first = self.slots.iter().flatten().next();
            self.gap_since = first.map(|held| held.received_at);
        }
        if self.held == 0 {
            self.slots.clear();
            self.gap_since = None;
        }
    }

    /// Gives up the packets before the first one that is held.
    fn skip_gap(&mut self, each: &mut impl FnMut(Assembled)) {
        while let Some(None) = self.slots.front() {
            self.slots.pop_front();
            self.next = self.next.map(|next| next + 1);
        }
        self.lose();
        self.drain(each);
    }

    fn lose(&mut self) {
        self.discontinuity = true;
        let video = self.depacketizer.as_ref().is_some_and(|(format, _)| is_video(*format));
        self.needs_key_frame |= video;
    }

    fn feed(&mut self, held: Held, each: &mut impl FnMut(Assembled)) {
        let Held { mut payload, payload_type, format, clock_rate, extensions, received_at } = held;
        let Some(format) = format.filter(|_| !payload.payload.is_empty()) else {
            self.without_media += 1;
            return;
        };
        if self.depacketizer.as_ref().is_none_or(|(known, _)| *known != format) {
            self.depacketizer = Some((format, Depacketizer::new(format)));
            self.needs_key_frame = is_video(format);
        }
        let Some((_, depacketizer)) = &mut self.depacketizer else { return };
        if self.frame.timestamp != payload.timestamp || self.frame.first_at == Instant::EPOCH {
            self.frame = InTheMaking {
                timestamp: payload.timestamp,
                first_at: received_at,
                last_at: received_at,
                extensions,
            };
        } else {
            self.frame.last_at = self.frame.last_at.max(received_at);
            merge(&mut self.frame.extensions, extensions);
        }
        payload.index -= self.without_media;
        if depacketizer.push(&payload).is_err() {
            self.discontinuity = true;
            self.needs_key_frame |= is_video(format);
        }
        while let Some(frame) = depacketizer.poll_frame() {
            if self.needs_key_frame && !frame.key_frame {
                self.frames_dropped += 1;
                self.discontinuity = true;
                continue;
            }
            self.needs_key_frame = false;
            let discontinuity = core::mem::take(&mut self.discontinuity);
            let InTheMaking { first_at, last_at, extensions, .. } = self.frame;
            each(Assembled {
                frame,
                payload_type,
                clock_rate,
                extensions,
                discontinuity,
                first_at,
                last_at,
            });
        }
    }
}

fn merge(extensions: &mut MediaExtensions, newer: MediaExtensions) {
    extensions.audio_level = newer.audio_level.or(extensions.audio_level);
    extensions.video_orientation = newer.video_orientation.or(extensions.video_orientation);
    extensions.abs_capture_time = newer.abs_capture_time.or(extensions.abs_capture_time);
    extensions.playout_delay = newer.playout_delay.or(extensions.playout_delay);
}

pub(super) const fn is_video(format: Format) -> bool {
    matches!(format, Format::Vp8 | Format::Vp9 | Format::H264)
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use bytes::Bytes;

    use super::*;

    const LIMITS: ReorderLimits =
        ReorderLimits { wait: Duration::from_millis(100), packets: 64, bytes: 10_000 };

    fn audio(index: u64, now: Instant) -> Held {
        Held {
            payload: PacketPayload {
                index,
                timestamp: index as u32 * 960,
                marker: false,
                payload: Bytes::from_static(&[0xf8; 100]),
            },
            payload_type: 111,
            format: Some(Format::Opus),
            clock_rate: 48_000,
            extensions: MediaExtensions::NONE,
            received_at: now,
        }
    }

    #[test]
    fn frames_come_in_order_whatever_the_order_of_packets() {
        let now = Instant::from_secs(1_000_000);
        let mut buffer = FrameBuffer::new(LIMITS, false);
        let mut indices = Vec::new();
        for index in [100, 103, 102, 102, 101, 104, 99] {
            buffer.on_packet(audio(index, now), |frame| indices.push(frame.frame.first_index));
        }
        assert_eq!(indices, [100, 101, 102, 103, 104]);
        assert_eq!(buffer.late, 1);
        assert_eq!(buffer.deadline(), None);
    }

    #[test]
    fn a_gap_is_given_up_at_its_deadline() {
        let now = Instant::from_secs(1_000_000);
        let mut buffer = FrameBuffer::new(LIMITS, false);
        let mut frames = Vec::new();
        for index in [1, 3, 4, 6] {
            buffer.on_packet(audio(index, now), |frame| frames.push(frame.frame.first_index));
        }
        let deadline = buffer.deadline().unwrap();
        assert_eq!(deadline, now + LIMITS.wait);
        buffer.handle_timeout(deadline - Duration::from_nanos(1), |_| unreachable!());
        let mut seams = Vec::new();
        buffer.handle_timeout(deadline, |frame| {
            frames.push(frame.frame.first_index);
            seams.push(frame.discontinuity);
        });
        assert_eq!(frames, [1, 3, 4, 6]);
        assert_eq!(seams, [true, false, true]);
        assert_eq!(buffer.deadline(), None);
    }

    #[test]
    fn who_is_waited_for_is_given_more_time_but_not_less() {
        let now = Instant::from_secs(1_000_000);
        let mut buffer = FrameBuffer::new(LIMITS, false);
        buffer.set_wait(LIMITS.wait * 3);
        buffer.on_packet(audio(1, now), |_| ());
        buffer.on_packet(audio(3, now), |_| ());
        buffer.set_wait(LIMITS.wait);
        assert_eq!(buffer.deadline(), Some(now + LIMITS.wait * 3));
        buffer.set_wait(LIMITS.wait * 4);
        assert_eq!(buffer.deadline(), Some(now + LIMITS.wait * 4));
        buffer.on_packet(audio(2, now), |_| ());
        buffer.set_wait(LIMITS.wait);
        buffer.on_packet(audio(5, now), |_| ());
        assert_eq!(buffer.deadline(), Some(now + LIMITS.wait));
    }

    #[test]
    fn bounds_of_packets_and_of_bytes_hold() {
        let now = Instant::from_secs(1_000_000);
        let mut buffer = FrameBuffer::new(LIMITS, false);
        let mut frames = 0;
        for index in (0..1_000).step_by(2).chain((3_000_000..3_001_000).step_by(2)) {
            buffer.on_packet(audio(index, now), |_| frames += 1);
            let (held, bytes) = buffer.held();
            assert!(held <= LIMITS.packets && bytes <= LIMITS.bytes && buffer.slots.len() <= 64);
        }
        assert!(frames > 900);
    }
}
