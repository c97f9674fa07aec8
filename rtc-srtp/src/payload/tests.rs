//! Every format, taken apart and put together, with and without losses.

use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use proptest::prelude::*;

use super::h264::{H264Packetizer, PacketizationMode};
use super::vp9::Vp9Packetizer;
use super::*;
use crate::error::{DecodeError, PayloadError};

const VIDEO: [Format; 3] = [Format::Vp8, Format::Vp9, Format::H264];

fn packet(index: u64, timestamp: u32, marker: bool, payload: &[u8]) -> PacketPayload {
    PacketPayload { index, timestamp, marker, payload: Bytes::copy_from_slice(payload) }
}

/// Takes a frame apart.
fn take_apart(packetizer: &mut Packetizer, frame: &[u8], max_len: usize) -> Vec<(bool, Vec<u8>)> {
    packetizer.start(Bytes::copy_from_slice(frame), max_len).unwrap();
    let mut payloads = Vec::new();
    loop {
        let mut out = vec![0xee];
        let Some(mark) = packetizer.poll_payload(&mut out) else {
            assert_eq!(out, [0xee], "nothing is appended when there is nothing");
            return payloads;
        };
        assert!(out.len() <= max_len + 1, "{} bytes of {max_len}", out.len() - 1);
        payloads.push((mark.marker, out.split_off(1)));
    }
}

/// A frame of this format: its first bytes make it a key frame or not, the rest is filling.
fn frame(format: Format, key: bool, len: usize, filling: u8) -> Vec<u8> {
    let filling = |len: usize| (0..len).map(move |at| (at as u8 ^ filling) | 2).collect::<Vec<_>>();
    match format {
        Format::Vp8 => [vec![u8::from(!key)], filling(len)].concat(),
        Format::Vp9 => [vec![0x80 | u8::from(!key) << 2], filling(len)].concat(),
        Format::H264 if key => [
            &[0, 0, 0, 1, 0x67, 1, 2, 3][..],
            &[0, 0, 0, 1, 0x68, 4, 5],
            &[0, 0, 0, 1, 0x65, 0x88],
            &filling(len),
        ]
        .concat(),
        Format::H264 => [&[0, 0, 0, 1, 0x41, 0x9a][..], &filling(len)].concat(),
        _ => filling(len + 1),
    }
}

#[test]
fn frames_of_every_size_come_back() {
    for format in VIDEO {
        let mut packetizer = Packetizer::new(format, 0x7ffe);
        let mut depacketizer = Depacketizer::new(format);
        let mut index = 65_000;
        for len in [0, 1, 30, 80, 81, 82, 83, 84, 99, 100, 101, 200, 1_000, 10_000] {
            for key in [true, false] {
                let frame = frame(format, key, len, 3);
                let timestamp = index as u32;
                let first_index = index;
                let payloads = take_apart(&mut packetizer, &frame, 100);
                let marked = payloads.iter().filter(|(marker, _)| *marker).count();
                assert_eq!(marked, 1, "{format:?}, {len} bytes");
                let begin = format.begins_key_frame(&payloads[0].1);
                assert_eq!(begin, key, "{format:?}, {len} bytes");
                for (marker, payload) in payloads {
                    assert_eq!(depacketizer.poll_frame(), None);
                    depacketizer.push(&packet(index, timestamp, marker, &payload)).unwrap();
                    index += 1;
                }
                let expected = Frame {
                    data: frame.into(),
                    timestamp,
                    key_frame: key,
                    first_index,
                    last_index: index - 1,
                };
                assert_eq!(depacketizer.poll_frame().as_ref(), Some(&expected));
                assert_eq!(depacketizer.poll_frame(), None);
            }
        }
    }
}

#[test]
fn only_the_first_payload_of_a_key_frame_begins_one() {
    for format in [Format::Vp8, Format::Vp9] {
        let mut packetizer = Packetizer::new(format, 0);
        let payloads = take_apart(&mut packetizer, &frame(format, true, 500, 0), 100);
        let begin = payloads.iter().map(|(_, payload)| format.begins_key_frame(payload));
        assert_eq!(begin.filter(|begin| *begin).count(), 1);
        assert!(!format.begins_key_frame(&[]));
    }
    // For H.264 both the parameter set and the picture after it say so.
    let mut packetizer = Packetizer::new(Format::H264, 0);
    let payloads = take_apart(&mut packetizer, &frame(Format::H264, true, 500, 0), 100);
    let begin: Vec<_> =
        payloads.iter().map(|(_, payload)| Format::H264.begins_key_frame(payload)).collect();
    assert_eq!(begin.get(..3), Some(&[true, true, false][..]));
}

#[test]
fn audio_is_its_own_frame() {
    for format in [Format::Opus, Format::Pcmu, Format::Pcma, Format::G722] {
        let mut packetizer = Packetizer::new(format, 0);
        let payloads = take_apart(&mut packetizer, &[1, 2, 3], 160);
        assert_eq!(payloads, [(false, vec![1, 2, 3])]);
        let mut depacketizer = Depacketizer::new(format);
        depacketizer.push(&packet(5, 960, false, &[])).unwrap();
        assert_eq!(depacketizer.poll_frame(), None, "padding only");
        depacketizer.push(&packet(6, 960, false, &[1, 2, 3])).unwrap();
        let frame = depacketizer.poll_frame().unwrap();
        assert_eq!(
            (&frame.data[..], frame.timestamp, frame.key_frame),
            (&[1, 2, 3][..], 960, true)
        );
    }
}

#[test]
fn samples_go_into_as_many_payloads_as_they_need() {
    for format in [Format::Pcmu, Format::Pcma, Format::G722] {
        let mut packetizer = Packetizer::new(format, 0);
        packetizer.start(vec![7; 400].into(), 160).unwrap();
        let mut sent = Vec::new();
        let mut out = Vec::new();
        while let Some(mark) = packetizer.poll_payload(&mut out) {
            sent.push((mark.timestamp_offset, out.len()));
            out.clear();
        }
        assert_eq!(sent, [(0, 160), (160, 160), (320, 80)]);
    }
    let mut opus = Packetizer::new(Format::Opus, 0);
    let refused = opus.start(vec![7; 161].into(), 160);
    assert_eq!(refused, Err(PayloadError::TooLarge { limit: 160 }));
}

#[test]
fn a_payload_that_cannot_hold_anything_is_refused() {
    for format in VIDEO {
        let mut packetizer = Packetizer::new(format, 0);
        let refused = packetizer.start(frame(format, true, 5, 0).into(), 2);
        assert_eq!(refused, Err(PayloadError::TooLarge { limit: 2 }));
    }
}

#[test]
fn a_missing_packet_costs_its_frame_and_no_other() {
    for format in VIDEO {
        for lost in 0..5 {
            let mut packetizer = Packetizer::new(format, 0);
            let mut depacketizer = Depacketizer::new(format);
            let mut index = 0;
            let mut frames = Vec::new();
            for number in 0..3u32 {
                let frame = frame(format, number == 2, 450, number as u8);
                for (at, (marker, payload)) in
                    take_apart(&mut packetizer, &frame, 100).into_iter().enumerate()
                {
                    if number != 1 || at != lost {
                        let _missing = depacketizer.push(&packet(index, number, marker, &payload));
                    }
                    frames.extend(depacketizer.poll_frame().map(|frame| frame.timestamp));
                    index += 1;
                }
            }
            assert_eq!(frames, [0, 2], "{format:?}, payload {lost} lost");
        }
    }
}

#[test]
fn late_and_repeated_packets_change_nothing() {
    for format in VIDEO {
        let payloads =
            take_apart(&mut Packetizer::new(format, 0), &frame(format, true, 450, 0), 100);
        let mut depacketizer = Depacketizer::new(format);
        for (at, (marker, payload)) in payloads.iter().enumerate() {
            let packet = packet(at as u64, 9, *marker, payload);
            depacketizer.push(&packet).unwrap();
            assert_eq!(depacketizer.push(&packet), Err(PayloadError::Late));
        }
        assert_eq!(depacketizer.poll_frame().unwrap().data, frame(format, true, 450, 0));
    }
}

#[test]
fn a_frame_without_marker_ends_where_the_next_begins() {
    for format in VIDEO {
        let mut packetizer = Packetizer::new(format, 0);
        let mut depacketizer = Depacketizer::new(format);
        let first = frame(format, true, 150, 1);
        let second = frame(format, false, 20, 2);
        let mut index = 0;
        for (_, payload) in take_apart(&mut packetizer, &first, 100) {
            depacketizer.push(&packet(index, 1, false, &payload)).unwrap();
            index += 1;
        }
        assert_eq!(depacketizer.poll_frame(), None);
        for (_, payload) in take_apart(&mut packetizer, &second, 100) {
            depacketizer.push(&packet(index, 2, true, &payload)).unwrap();
        }
        assert_eq!(depacketizer.poll_frame().unwrap().data, first);
        assert_eq!(depacketizer.poll_frame().unwrap().data, second);
    }
}

#[test]
fn a_frame_is_bounded() {
    for format in VIDEO {
        let mut depacketizer = Depacketizer::new(format);
        let big = vec![0x11; 60_000];
        // The beginning of a frame, and then middles without end.
        let (begin, middle) = match format {
            Format::Vp8 => (vec![0x10, 0, 1], [&[0x00][..], &big].concat()),
            Format::Vp9 => (vec![0x08, 0x80], [&[0x00][..], &big].concat()),
            _ => (vec![0x7c, 0x85, 0x88], [&[0x7c, 0x05][..], &big].concat()),
        };
        depacketizer.push(&packet(0, 1, false, &begin)).unwrap();
        let refused = (1..100)
            .map(|index| depacketizer.push(&packet(index, 1, false, &middle)))
            .find_map(Result::err);
        assert_eq!(refused, Some(PayloadError::TooLarge { limit: MAX_FRAME_LEN }), "{format:?}");
        // The rest of it is not taken for another.
        let refused = depacketizer.push(&packet(100, 1, true, &middle));
        assert!(refused.is_err(), "{format:?}");
        assert_eq!(depacketizer.poll_frame(), None);
    }
}

// --- VP8 ---

#[test]
fn vp8_descriptors_are_read_and_written() {
    for (bytes, expected) in [
        (&[0x10][..], vp8::Descriptor { partition_start: true, ..Default::default() }),
        (
            &[0xb7, 0xf0, 0xff, 0xff, 0x12, 0xbf],
            vp8::Descriptor {
                non_reference: true,
                partition_start: true,
                partition_id: 7,
                picture_id: Some(0x7fff),
                tl0_picture_index: Some(0x12),
                temporal_layer: Some((2, true)),
                key_index: Some(31),
            },
        ),
        (
            &[0x80, 0x20, 0x40],
            vp8::Descriptor { temporal_layer: Some((1, false)), ..Default::default() },
        ),
    ] {
        let mut input = bytes;
        assert_eq!(vp8::Descriptor::decode(&mut input), Ok(expected));
        assert!(input.is_empty());
        let mut out = Vec::new();
        expected.encode(&mut out);
        assert_eq!(out, bytes);
        for len in 0..bytes.len() {
            let mut input = bytes.get(..len).unwrap();
            assert_eq!(vp8::Descriptor::decode(&mut input), Err(DecodeError::Truncated));
        }
    }
    // A picture identifier of seven bits.
    let short = vp8::Descriptor::decode(&mut &[0x80, 0x80, 0x11][..]).unwrap();
    assert_eq!(short.picture_id, Some(0x11));
}

#[test]
fn vp8_picture_identifiers_count_and_wrap() {
    let mut packetizer = Packetizer::new(Format::Vp8, 0x7fff);
    for expected in [0x7fff, 0, 1] {
        let payloads = take_apart(&mut packetizer, &[1, 2, 3], 100);
        let descriptor = vp8::Descriptor::decode(&mut &payloads[0].1[..]).unwrap();
        assert_eq!(descriptor.picture_id, Some(expected));
    }
}

// --- VP9 ---

#[test]
fn vp9_descriptors_are_read_and_written() {
    let layers = vp9::Layers {
        temporal: 2,
        switching_up_point: true,
        spatial: 1,
        inter_layer_predicted: true,
        tl0_picture_index: None,
    };
    let structure = vp9::ScalabilityStructure {
        spatial_layers: 2,
        resolutions: Some([(320, 180), (640, 360), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0)]),
        group_len: Some(1),
        simple_group: true,
    };
    for (bytes, expected) in [
        (
            &[0x0c][..],
            vp9::Descriptor { begins_frame: true, ends_frame: true, ..Default::default() },
        ),
        // Flexible, with two references.
        (
            &[0xf9, 0x81, 0x02, 0x53, 0x03, 0x06],
            vp9::Descriptor {
                picture_id: Some(0x102),
                inter_picture_predicted: true,
                layers: Some(layers),
                flexible: true,
                begins_frame: true,
                not_reference_for_upper_layers: true,
                references: [1, 3, 0],
                ..Default::default()
            },
        ),
        // Not flexible, with TL0PICIDX.
        (
            &[0xa4, 0x80, 0x05, 0x53, 0x77],
            vp9::Descriptor {
                picture_id: Some(5),
                layers: Some(vp9::Layers { tl0_picture_index: Some(0x77), ..layers }),
                ends_frame: true,
                ..Default::default()
            },
        ),
        // With a scalability structure.
        (
            &[0x0a, 0x38, 0x01, 0x40, 0, 0xb4, 0x02, 0x80, 0x01, 0x68, 1, 4, 1],
            vp9::Descriptor {
                begins_frame: true,
                structure: Some(structure),
                ..Default::default()
            },
        ),
    ] {
        let mut input = bytes;
        assert_eq!(vp9::Descriptor::decode(&mut input), Ok(expected));
        assert!(input.is_empty());
        let mut out = Vec::new();
        expected.encode(&mut out);
        assert_eq!(out, bytes);
        for len in 0..bytes.len() {
            let mut input = bytes.get(..len).unwrap();
            assert_eq!(vp9::Descriptor::decode(&mut input), Err(DecodeError::Truncated));
        }
    }
    let four = vp9::Descriptor::decode(&mut &[0x50, 3, 3, 3, 2][..]);
    assert_eq!(four, Err(DecodeError::TooMany));
}

#[test]
fn vp9_in_flexible_mode_names_its_references() {
    let mut packetizer = Packetizer::from(Vp9Packetizer::new(9, true));
    let mut descriptors = Vec::new();
    for key in [true, false] {
        let payloads = take_apart(&mut packetizer, &frame(Format::Vp9, key, 30, 0), 100);
        descriptors.push(vp9::Descriptor::decode(&mut &payloads[0].1[..]).unwrap());
    }
    assert!(descriptors[0].flexible && descriptors[0].structure.is_some());
    assert_eq!(descriptors[0].references, [0; 3]);
    assert_eq!(descriptors[1].references, [1, 0, 0]);
    assert_eq!(descriptors[1].picture_id, Some(10));
}

#[test]
fn vp9_spatial_layers_make_one_picture() {
    let layer = |spatial: u8, end: bool, data: u8| {
        let descriptor = vp9::Descriptor {
            layers: Some(vp9::Layers {
                spatial,
                inter_layer_predicted: spatial > 0,
                tl0_picture_index: Some(0),
                ..Default::default()
            }),
            begins_frame: true,
            ends_frame: true,
            ..Default::default()
        };
        let mut payload = Vec::new();
        descriptor.encode(&mut payload);
        payload.push(data);
        packet(spatial.into(), 1, end, &payload)
    };
    let mut depacketizer = Depacketizer::new(Format::Vp9);
    let lower = layer(0, false, 1);
    let upper = layer(1, true, 2);
    assert!(Format::Vp9.begins_key_frame(&lower.payload));
    assert!(!Format::Vp9.begins_key_frame(&upper.payload));
    depacketizer.push(&lower).unwrap();
    depacketizer.push(&upper).unwrap();
    let frame = depacketizer.poll_frame().unwrap();
    assert_eq!(frame.data, [1, 2][..]);
    assert!(frame.key_frame);
}

// --- H.264 ---

#[test]
fn h264_small_units_share_a_payload() {
    let frame = frame(Format::H264, true, 10, 0);
    let payloads = take_apart(&mut Packetizer::new(Format::H264, 0), &frame, 100);
    assert_eq!(payloads.len(), 1);
    let (_, payload) = &payloads[0];
    // STAP-A with the highest NRI, then two bytes of length before each unit.
    assert_eq!(payload.get(..11), Some(&[0x78, 0, 4, 0x67, 1, 2, 3, 0, 3, 0x68, 4][..]));
    let mut single = Packetizer::from(H264Packetizer::new(PacketizationMode::SingleNalUnit));
    let payloads = take_apart(&mut single, &frame, 100);
    let types: Vec<_> = payloads.iter().map(|(_, payload)| payload[0] & 0x1f).collect();
    assert_eq!(types, [7, 8, 5]);
}

#[test]
fn h264_large_units_are_cut() {
    let frame = frame(Format::H264, false, 250, 0);
    let payloads = take_apart(&mut Packetizer::new(Format::H264, 0), &frame, 100);
    let heads: Vec<_> = payloads.iter().map(|(_, payload)| [payload[0], payload[1]]).collect();
    assert_eq!(heads, [[0x5c, 0x81], [0x5c, 0x01], [0x5c, 0x41]]);
    let mut single = H264Packetizer::new(PacketizationMode::SingleNalUnit);
    let refused = single.start(frame.into(), 100);
    assert_eq!(refused, Err(PayloadError::TooLarge { limit: 100 }));
}

#[test]
fn h264_parameter_sets_are_sent_again() {
    for mode in [PacketizationMode::SingleNalUnit, PacketizationMode::NonInterleaved] {
        let mut packetizer = Packetizer::from(H264Packetizer::new(mode));
        take_apart(&mut packetizer, &frame(Format::H264, true, 10, 0), 100);
        let without = [0, 0, 0, 1, 0x65, 0x88, 7, 7];
        let mut depacketizer = Depacketizer::new(Format::H264);
        for (index, (marker, payload)) in
            take_apart(&mut packetizer, &without, 100).iter().enumerate()
        {
            depacketizer.push(&packet(index as u64, 0, *marker, payload)).unwrap();
        }
        let expected =
            [&[0, 0, 0, 1, 0x67, 1, 2, 3][..], &[0, 0, 0, 1, 0x68, 4, 5], &without].concat();
        assert_eq!(depacketizer.poll_frame().unwrap().data, expected);
        // And only before a picture that needs them.
        let delta = take_apart(&mut packetizer, &frame(Format::H264, false, 10, 0), 100);
        assert_eq!(delta.len(), 1);
        assert_eq!(delta[0].1[0], 0x41);
    }
}

#[test]
fn h264_start_codes_of_both_lengths_are_found() {
    let mut packetizer = Packetizer::from(H264Packetizer::new(PacketizationMode::SingleNalUnit));
    let frame = [0, 0, 1, 0x09, 0x10, 0, 0, 0, 0, 1, 0x41, 1, 0, 1, 2, 0, 0, 1, 0, 0, 1, 0x41, 9];
    let payloads: Vec<_> =
        take_apart(&mut packetizer, &frame, 100).into_iter().map(|(_, payload)| payload).collect();
    assert_eq!(payloads, [vec![0x09, 0x10], vec![0x41, 1, 0, 1, 2], vec![0x41, 9]]);
    for not_a_frame in [&[][..], &[1], &[0, 1, 0x41], &[0x41, 9, 9], &[0, 0, 0]] {
        let refused = packetizer.start(Bytes::copy_from_slice(not_a_frame), 100);
        assert_eq!(refused, Err(DecodeError::Value.into()));
    }
    let aggregate = packetizer.start(Bytes::from_static(&[0, 0, 1, 0x78, 0, 1, 0x41]), 100);
    assert_eq!(aggregate, Err(DecodeError::Value.into()), "only payloads hold this");
}

#[test]
fn h264_aggregates_that_lie_are_refused() {
    for (payload, expected) in [
        (&[0x78][..], DecodeError::Truncated),
        (&[0x78, 0], DecodeError::Truncated),
        (&[0x78, 0, 9, 0x67, 1], DecodeError::Truncated),
        (&[0x78, 0, 2, 0x67, 1, 0xff, 0xff, 0x68], DecodeError::Truncated),
        (&[0x78, 0, 0], DecodeError::Length),
        (&[0x78, 0, 1, 0x78], DecodeError::Value),
        (&[0x7c], DecodeError::Truncated),
        (&[0x7c, 0x85], DecodeError::Truncated),
        (&[0x7c, 0xc5, 1], DecodeError::Value),
        (&[0x7c, 0x9c, 1], DecodeError::Value),
        (&[], DecodeError::Truncated),
    ] {
        let mut depacketizer = Depacketizer::new(Format::H264);
        let refused = depacketizer.push(&packet(0, 0, true, payload));
        assert_eq!(refused, Err(expected.into()), "{payload:?}");
        assert_eq!(depacketizer.poll_frame(), None);
        assert!(!Format::H264.begins_key_frame(payload));
    }
    for unsupported in [0x79, 0x7a, 0x7b, 0x7d, 0x60, 0x7e, 0x7f] {
        let mut depacketizer = Depacketizer::new(Format::H264);
        let refused = depacketizer.push(&packet(0, 0, true, &[unsupported, 1, 2, 3]));
        assert_eq!(refused, Err(PayloadError::Unsupported));
    }
}

#[test]
fn h264_fragments_without_their_beginning_or_end_make_no_frame() {
    let mut depacketizer = Depacketizer::new(Format::H264);
    // A middle, after a delimiter that makes it a frame.
    depacketizer.push(&packet(0, 0, false, &[0x09, 0x10])).unwrap();
    let refused = depacketizer.push(&packet(1, 0, true, &[0x7c, 0x05, 1]));
    assert_eq!(refused, Err(PayloadError::Missing));
    // A beginning whose end never comes.
    depacketizer.push(&packet(2, 1, false, &[0x7c, 0x85, 0x88])).unwrap();
    assert!(depacketizer.push(&packet(3, 1, true, &[0x41, 0x9a])).is_err());
    assert!(depacketizer.push(&packet(4, 2, true, &[0x7c, 0x85, 0x88])).is_err());
    assert_eq!(depacketizer.poll_frame(), None);
}

proptest! {
    #[test]
    fn whatever_is_lost_only_whole_frames_come_out(
        format in prop::sample::select(&VIDEO[..]),
        frames in prop::collection::vec((any::<bool>(), 0usize..500), 1..12),
        lost in prop::collection::vec(prop::bool::weighted(0.15), 80),
        max_len in 20usize..200,
    ) {
        let mut packetizer = Packetizer::new(format, 0);
        let mut depacketizer = Depacketizer::new(format);
        let mut index = 0;
        let mut sent = Vec::new();
        let mut received = Vec::new();
        for (number, (key, len)) in frames.into_iter().enumerate() {
            let frame = frame(format, key, len, number as u8);
            let mut whole = true;
            for (marker, payload) in take_apart(&mut packetizer, &frame, max_len) {
                let lost = lost.get(index % lost.len()) == Some(&true);
                whole &= !lost;
                if !lost {
                    let packet = packet(index as u64, number as u32, marker, &payload);
                    let _missing = depacketizer.push(&packet);
                }
                received.extend(depacketizer.poll_frame());
                index += 1;
            }
            if whole {
                sent.push((number as u32, frame));
            }
        }
        let received: Vec<_> =
            received.into_iter().map(|frame| (frame.timestamp, frame.data.to_vec())).collect();
        if format == Format::H264 {
            // A frame whose first packets were lost is not known to have had them.
            for (timestamp, frame) in &sent {
                prop_assert!(received.contains(&(*timestamp, frame.clone())));
            }
        } else {
            prop_assert_eq!(received, sent);
        }
    }

    #[test]
    fn no_payloads_panic(
        format in prop::sample::select(&VIDEO[..]),
        payloads in prop::collection::vec(
            (0u64..4, 0u32..2, any::<bool>(), prop::collection::vec(any::<u8>(), 0..30)), 0..30,
        ),
    ) {
        let mut depacketizer = Depacketizer::new(format);
        let mut index = 0u64;
        for (step, timestamp, marker, payload) in payloads {
            index += step;
            let _begins = format.begins_key_frame(&payload);
            let _result = depacketizer.push(&packet(index, timestamp, marker, &payload));
            while let Some(frame) = depacketizer.poll_frame() {
                prop_assert!(!frame.data.is_empty());
            }
        }
    }

    #[test]
    fn no_h264_stream_panics(stream in prop::collection::vec(0u8..3, 0..60), max_len in 0usize..20) {
        let mut frame = vec![0, 0, 1];
        frame.extend(stream);
        let mut packetizer = Packetizer::new(Format::H264, 0);
        if packetizer.start(frame.into(), max_len).is_ok() {
            let mut out = Vec::new();
            let mut marked = 0;
            while let Some(mark) = packetizer.poll_payload(&mut out) {
                prop_assert!(out.len() <= max_len);
                out.clear();
                marked += u32::from(mark.marker);
            }
            prop_assert!(marked <= 1);
        }
    }
}
