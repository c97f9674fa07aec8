//! Media from one side to the other.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;

use super::pair::{AUDIO, Pair, VIDEO, section, vp8_frame};
use crate::media::event::MediaEvent;
use crate::media::{Delivery, OutgoingFrame};

/// One side sends, the other takes frames.
pub(super) fn one_way() -> Pair {
    let mut pair = Pair::new(
        vec![section(AUDIO, Some(100), None), section(VIDEO, Some(200), None)],
        vec![section(AUDIO, None, Some(Some(100))), section(VIDEO, None, Some(Some(200)))],
    );
    pair.peers[1].media.set_delivery(AUDIO, Delivery::Frames);
    pair.peers[1].media.set_delivery(VIDEO, Delivery::Frames);
    pair
}

/// Thirty frames a second, with a key frame whenever one is asked for, and audio beside them.
pub(super) fn call(pair: &mut Pair, frames: u32) -> Vec<(u32, bool)> {
    let mut sent = Vec::new();
    let mut needed = true;
    let milliseconds = pair.now.since_epoch().as_millis() as u32;
    for number in 0..frames {
        needed |= pair.peers[0]
            .events
            .drain(..)
            .any(|event| matches!(event, MediaEvent::KeyFrameRequested { .. }));
        let key_frame = core::mem::take(&mut needed);
        let len = if key_frame { 9_000 } else { 2_500 };
        let now = pair.now;
        let (start, timestamp) = (milliseconds.wrapping_mul(90), number * 3_000);
        let frame = OutgoingFrame::new(start.wrapping_add(timestamp), vp8_frame(key_frame, len));
        pair.peers[0].media.send_frame(now, VIDEO, &frame).unwrap();
        sent.push((timestamp, key_frame));
        let heard = milliseconds.wrapping_mul(48).wrapping_add(number * 1_600);
        let sound = OutgoingFrame::new(heard, Bytes::from(vec![number as u8; 80]));
        pair.peers[0].media.send_frame(now, AUDIO, &sound).unwrap();
        pair.run(Duration::from_micros(33_333));
    }
    pair.run(Duration::from_secs(2));
    sent
}

#[test]
fn frames_go_from_one_side_to_the_other() {
    let mut pair = one_way();
    let sent = call(&mut pair, 30);
    assert_eq!(sent.iter().filter(|(_, key_frame)| *key_frame).count(), 1);
    let frames = &pair.peers[1].frames;
    let video: Vec<_> = frames.iter().filter(|frame| frame.transceiver == VIDEO).collect();
    assert_eq!(video.len(), 30);
    assert!(video[0].key_frame && !video[1].key_frame);
    assert_eq!(video[0].data, vp8_frame(true, 9_000));
    assert!(video.iter().all(|frame| !frame.discontinuity));
    let audio: Vec<_> = frames.iter().filter(|frame| frame.transceiver == AUDIO).collect();
    assert_eq!(audio.len(), 30);
    assert_eq!(audio[7].data, vec![7; 80]);
    let unmuted = |event: &&MediaEvent| matches!(event, MediaEvent::Unmuted(_));
    assert_eq!(pair.peers[1].events.iter().filter(unmuted).count(), 2);
    // Later frames know when they were captured: what was captured together agrees.
    let last = video[29].capture_time.unwrap();
    assert!(last.abs_diff(audio[29].capture_time.unwrap()) < Duration::from_millis(1));
}
