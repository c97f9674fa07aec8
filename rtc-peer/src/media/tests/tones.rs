//! `RTCDTMFSender`.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use rtc_srtp::payload::TelephoneEvent;

use super::pair::{AUDIO, Pair, TONES, VIDEO, section};
use crate::media::event::MediaEvent;
use crate::media::{DtmfError, MAX_TONES, OutgoingFrame, SendMediaError};

const TONE: Duration = Duration::from_millis(100);
const GAP: Duration = Duration::from_millis(70);

#[test]
fn tones_are_played_between_the_audio() {
    let mut pair = Pair::new(
        vec![section(AUDIO, Some(100), None)],
        vec![section(AUDIO, None, Some(Some(100)))],
    );
    assert!(pair.peers[0].media.can_insert_dtmf(AUDIO));
    pair.peers[0].media.insert_dtmf(pair.now, AUDIO, "1#", TONE, GAP).unwrap();
    assert_eq!(pair.peers[0].media.tone_buffer(AUDIO), "#");
    for number in 0..30u32 {
        let frame = OutgoingFrame::new(number * 960, Bytes::from_static(&[1; 80]));
        pair.peers[0].media.send_frame(pair.now, AUDIO, &frame).unwrap();
        pair.run(Duration::from_millis(20));
    }
    let tones: Vec<_> = pair.peers[0]
        .events
        .iter()
        .filter_map(|event| match event {
            MediaEvent::ToneChange { tone, .. } => Some(*tone),
            _ => None,
        })
        .collect();
    assert_eq!(tones, [Some('1'), Some('#'), None]);
    let packets = &pair.peers[1].packets;
    assert_eq!(packets.iter().filter(|packet| packet.payload_type != TONES).count(), 30);
    let events: Vec<_> = packets
        .iter()
        .filter(|packet| packet.payload_type == TONES)
        .map(|packet| (packet.timestamp, TelephoneEvent::decode(&packet.payload).unwrap()))
        .collect();
    assert_eq!(events.iter().filter(|(_, event)| event.end).count(), 6);
    let mut starts: Vec<_> =
        events.iter().map(|(timestamp, event)| (*timestamp, event.key())).collect();
    starts.dedup();
    assert_eq!(starts.len(), 2);
    assert_eq!((starts[0].1, starts[1].1), (Some('1'), Some('#')));
    // No number is missing or used twice.
    let mut indices: Vec<_> = packets.iter().map(|packet| packet.index).collect();
    indices.sort_unstable();
    assert!(indices.windows(2).all(|pair| pair[1] == pair[0] + 1));
}

#[test]
fn tones_need_a_sender_that_has_negotiated_them() {
    let mut quiet = section(AUDIO, Some(100), None);
    quiet.send.iter_mut().for_each(|send| send.codecs.truncate(1));
    let mut pair = Pair::new(vec![quiet, section(VIDEO, Some(200), None)], vec![]);
    let now = pair.now;
    let media = &mut pair.peers[0].media;
    for id in [AUDIO, VIDEO, crate::rtp::TransceiverId(9)] {
        assert!(!media.can_insert_dtmf(id));
        assert_eq!(media.insert_dtmf(now, id, "1", TONE, GAP), Err(DtmfError::NotSending));
    }
    media.configure(now, vec![section(AUDIO, Some(100), None)]);
    assert_eq!(
        media.insert_dtmf(now, AUDIO, "12e", TONE, GAP),
        Err(DtmfError::InvalidCharacter('e'))
    );
    let many: alloc::string::String = core::iter::repeat_n('1', MAX_TONES + 1).collect();
    assert_eq!(media.insert_dtmf(now, AUDIO, &many, TONE, GAP), Err(DtmfError::TooMany));
}

#[test]
fn tones_end_when_nothing_is_sent_any_more() {
    let mut pair = Pair::new(vec![section(AUDIO, Some(100), None)], vec![]);
    pair.peers[0].media.insert_dtmf(pair.now, AUDIO, "123", TONE, GAP).unwrap();
    pair.run(Duration::from_millis(50));
    let before = pair.peers[0].sent.len();
    let mut inactive = section(AUDIO, Some(100), None);
    inactive.send.iter_mut().for_each(|send| send.encodings[0].active = false);
    let now = pair.now;
    pair.peers[0].media.configure(now, vec![inactive]);
    pair.run(Duration::from_secs(2));
    let rtp = pair.peers[0].sent[before..].iter().filter(|(_, packet)| packet[1] & 0x7f == TONES);
    assert_eq!(rtp.count(), 0);
    let frame = OutgoingFrame::new(0, Bytes::from_static(&[1; 80]));
    let refused = pair.peers[0].media.send_frame(pair.now, AUDIO, &frame);
    assert_eq!(refused, Err(SendMediaError::Inactive));
}
