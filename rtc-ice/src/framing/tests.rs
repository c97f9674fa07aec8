//! Streams cut in every way, and streams that are none.
#![allow(clippy::indexing_slicing, reason = "a test may fail loudly")]

use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::stun::{Class, Message, MessageBuilder, Method, TransactionId};
use crate::turn::ChannelData;

fn cut(deframer: &mut Deframer, mut piece: &[u8]) -> Result<Vec<Vec<u8>>, FramingError> {
    let mut frames = Vec::new();
    while let Some(frame) = deframer.next_frame(&mut piece) {
        frames.push(frame?.to_vec());
    }
    assert!(piece.is_empty());
    Ok(frames)
}

/// The same with frames of one's own.
fn split(deframer: &mut Deframer, piece: &[u8]) -> Result<Vec<Vec<u8>>, FramingError> {
    let mut piece = BytesMut::from(piece);
    let mut frames = Vec::new();
    while let Some(frame) = deframer.split_frame(&mut piece) {
        frames.push(frame?.to_vec());
    }
    assert!(piece.is_empty());
    Ok(frames)
}

fn binding() -> Vec<u8> {
    let mut out = Vec::new();
    MessageBuilder::new(&mut out, Class::Request, Method::BINDING, TransactionId([3; 12]))
        .software("abc")
        .finish();
    out
}

fn channel_data(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    ChannelData { number: ChannelNumber::new(0x4000).unwrap(), data: payload }.encode(&mut out);
    out
}

#[test]
fn frames_of_length_zero_are_passed_over() {
    let mut deframer = Deframer::new(Framing::Rfc4571, 100);
    assert_eq!(cut(&mut deframer, &[0; 1001]).unwrap(), Vec::<Vec<u8>>::new());
    assert!(deframer.is_within_frame());
    assert_eq!(cut(&mut deframer, &[0, 0, 1, 7, 0, 0]).unwrap(), [[7]]);
    assert!(!deframer.is_within_frame());
}

#[test]
fn a_frame_of_length_65535_is_taken_where_it_is_allowed() {
    let mut bytes = vec![0xff, 0xff];
    bytes.extend(vec![9; 65_535]);
    let mut deframer = Deframer::new(Framing::Rfc4571, 65_535);
    let mut frames = Vec::new();
    for piece in bytes.chunks(1448) {
        frames.extend(cut(&mut deframer, piece).unwrap());
        assert!(deframer.buffered() <= 65_537);
    }
    assert_eq!(frames, [vec![9; 65_535]]);
}

#[test]
fn a_frame_of_length_65535_ends_the_stream_where_it_is_too_long() {
    let mut deframer = Deframer::new(Framing::Rfc4571, 2000);
    let mut piece = &[0xff, 0xff, 1, 2, 3][..];
    let error = FramingError::TooLong { length: 65_535, limit: 2000 };
    assert_eq!(deframer.next_frame(&mut piece), Some(Err(error)));
    assert_eq!(deframer.next_frame(&mut piece), None);
    assert!(deframer.is_broken());
    assert_eq!(cut(&mut deframer, &[0, 1, 7]).unwrap(), Vec::<Vec<u8>>::new());
    assert_eq!(deframer.buffered(), 0);
}

#[test]
fn a_frame_that_came_whole_is_where_it_was() {
    let mut piece = BytesMut::from(&b"\0\x02hi\0\0\0\x05there\0\x03an"[..]);
    let place = piece.as_ptr() as usize;
    let mut deframer = Deframer::new(Framing::Rfc4571, 100);
    for (offset, expected) in [(2, &b"hi"[..]), (8, b"there")] {
        let frame = deframer.split_frame(&mut piece).unwrap().unwrap();
        assert_eq!((frame.as_ptr() as usize - place, &frame[..]), (offset, expected));
    }
    assert_eq!(deframer.split_frame(&mut piece), None);
    assert_eq!(deframer.split_frame(&mut b"d"[..].into()), Some(Ok(b"and"[..].into())));
}

#[test]
fn a_buffer_for_frames_in_parts_is_used_again() {
    let mut deframer = Deframer::new(Framing::Rfc4571, 1000);
    let mut place = None;
    for _ in 0..100 {
        assert_eq!(deframer.split_frame(&mut [1, 0, 7][..].into()), None);
        let frame = deframer.split_frame(&mut [7; 255][..].into()).unwrap().unwrap();
        assert_eq!(frame, [7; 256][..]);
        let again = place.replace(frame.as_ptr());
        assert!(again.is_none_or(|at| at == frame.as_ptr()));
    }
}

#[test]
fn a_slow_loris_costs_no_more_than_the_bytes_that_it_sends() {
    for framing in [Framing::Rfc4571, Framing::Turn] {
        let mut deframer = Deframer::new(framing, 65_535);
        let claim: &[u8] =
            if framing == Framing::Turn { &[0x40, 0, 0xff, 0xf0] } else { &[0xff, 0xf0] };
        for (sent, byte) in claim.iter().chain(&[0; 100]).enumerate() {
            assert_eq!(cut(&mut deframer, &[*byte]).unwrap(), Vec::<Vec<u8>>::new());
            assert!(deframer.is_within_frame());
            assert_eq!(deframer.buffered(), sent + 1);
        }
        assert!(deframer.partial.capacity() < 512);
    }
}

#[test]
fn garbage_on_a_stream_to_a_server_ends_it() {
    let http = b"HTTP/1.1 400 Bad Request\r\n\r\n";
    for bytes in [
        &http[..],
        &[0x50, 0, 0, 0],
        &[0xff],
        &[0x80, 1],
        &[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x43],
        &[0, 1, 0, 2, 0x21, 0x12, 0xa4, 0x42],
    ] {
        for size in 1..=bytes.len() {
            let mut deframer = Deframer::new(Framing::Turn, 1500);
            let results: Vec<_> =
                bytes.chunks(size).map(|piece| cut(&mut deframer, piece)).collect();
            // The first letters of HTTP are those of a channel, with too much data.
            assert!(results.iter().any(Result::is_err), "{bytes:?} {size}");
            assert!(deframer.is_broken());
        }
    }
}

#[test]
fn messages_to_a_server_that_are_too_long_end_the_stream() {
    let mut deframer = Deframer::new(Framing::Turn, 100);
    let long = channel_data(&[0; 97]);
    let error = FramingError::TooLong { length: 101, limit: 100 };
    assert_eq!(cut(&mut deframer, &long), Err(error));
    let mut deframer = Deframer::new(Framing::Turn, 100);
    assert_eq!(cut(&mut deframer, &channel_data(&[0; 96])).unwrap().len(), 1);
}

#[test]
fn what_is_too_long_for_a_frame_is_left_as_it_is() {
    let mut out = vec![1; 65_536 + 3];
    assert!(!frame_rfc4571(&mut out, 3));
    assert!(!frame_rfc4571(&mut out, 70_000));
    assert_eq!(out, vec![1; 65_536 + 3]);
    assert!(frame_rfc4571(&mut out, 4));
    assert_eq!(out[..7], [1, 1, 1, 1, 0xff, 0xff, 1]);
}

proptest! {
    #[test]
    fn however_a_stream_is_cut_the_frames_are_the_same(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..8),
        cuts in prop::collection::vec(1_usize..40, 1..20),
        is_turn: bool,
    ) {
        let mut stream = Vec::new();
        let mut expected = Vec::new();
        for (index, payload) in payloads.iter().enumerate() {
            let start = stream.len();
            if !is_turn {
                stream.extend(payload);
                prop_assert!(frame_rfc4571(&mut stream, start));
                expected.extend((!payload.is_empty()).then(|| payload.clone()));
            } else if index % 3 == 2 {
                stream.extend(binding());
                expected.push(binding());
            } else {
                stream.extend(channel_data(payload));
                expected.push(stream[start..].to_vec());
                stream.resize(stream.len().next_multiple_of(4), 0);
            }
        }
        let framing = if is_turn { Framing::Turn } else { Framing::Rfc4571 };
        let mut deframer = Deframer::new(framing, 100);
        let mut owning = Deframer::new(framing, 100);
        let mut frames = Vec::new();
        let mut rest = &stream[..];
        for size in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at((*size).min(rest.len()));
            let new = cut(&mut deframer, piece).unwrap();
            prop_assert_eq!(&split(&mut owning, piece).unwrap(), &new);
            prop_assert_eq!(owning.buffered(), deframer.buffered());
            frames.extend(new);
            rest = after;
        }
        prop_assert_eq!(&frames, &expected);
        prop_assert!(!deframer.is_within_frame());
        if is_turn {
            for frame in frames {
                prop_assert!(Message::is_stun(&frame) || ChannelData::decode(&frame).is_ok());
            }
        }
    }

    #[test]
    fn no_bytes_make_the_deframer_panic_or_grow(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20),
        is_turn: bool,
    ) {
        let framing = if is_turn { Framing::Turn } else { Framing::Rfc4571 };
        let mut deframer = Deframer::new(framing, 200);
        let mut owning = Deframer::new(framing, 200);
        for piece in pieces {
            let _ = cut_any(&mut deframer, &piece);
            prop_assert!(deframer.buffered() <= 204);
            let _ = split(&mut owning, &piece);
            prop_assert!(owning.buffered() <= 204);
            prop_assert_eq!(owning.is_broken(), deframer.is_broken());
        }
    }
}

fn cut_any(deframer: &mut Deframer, mut piece: &[u8]) -> usize {
    let mut frames = 0;
    while let Some(frame) = deframer.next_frame(&mut piece) {
        frames += usize::from(frame.is_ok());
    }
    assert!(piece.is_empty());
    frames
}
