//! Whole packets, byte by byte.

use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::error::DecodeError;

/// One audio packet: header, extension 0xBEDE of 3 words, payload of 4 bytes.
const PACKET: &[u8] = &[
    0x90, 0xef, 0x47, 0x5c, 0x7d, 0x5d, 0x4c, 0x8e, 0x58, 0x0b, 0xf4, 0x44, // header
    0xbe, 0xde, 0x00, 0x03, // one-byte form, three words
    0x22, 0xd9, 0x01, 0x02, // abs-send-time, id 2
    0x31, 0x00, 0x2a, // transport-wide, id 3
    0x10, 0x9e, // audio level, id 1
    0x40, 0x30, // mid, id 4
    0x00, // padding
    1, 2, 3, 4, // payload
];

fn elements(packet: &RtpPacket<'_>) -> Vec<(u8, Vec<u8>)> {
    packet.extensions().map(|element| (element.id(), element.data().to_vec())).collect()
}

#[test]
fn a_packet_is_read() {
    let packet = RtpPacket::decode(PACKET).unwrap();
    assert!(packet.marker());
    assert_eq!(packet.payload_type(), 111);
    assert_eq!(packet.sequence_number(), 0x475c);
    assert_eq!(packet.timestamp(), 0x7d5d_4c8e);
    assert_eq!(packet.ssrc(), Ssrc(0x580b_f444));
    assert_eq!(packet.csrcs().len(), 0);
    assert_eq!(packet.header_len(), 28);
    assert_eq!(packet.payload(), [1, 2, 3, 4]);
    assert_eq!(packet.padding_len(), 0);
    let expected = [(2, vec![0xd9, 1, 2]), (3, vec![0, 0x2a]), (1, vec![0x9e]), (4, vec![0x30])];
    assert_eq!(elements(&packet), expected);
    assert_eq!(packet.extension(3), Some(&[0, 0x2a][..]));
    assert_eq!(packet.extension(5), None);
    assert_eq!(peek_ssrc(PACKET), Some(packet.ssrc()));
    assert!(!is_rtcp(PACKET));
}

#[test]
fn every_truncation_of_the_header_is_refused() {
    for len in 0..28 {
        let refused = RtpPacket::decode(PACKET.get(..len).unwrap());
        assert_eq!(refused, Err(DecodeError::Truncated), "{len} bytes");
    }
    assert!(RtpPacket::decode(PACKET.get(..28).unwrap()).is_ok());
}

#[test]
fn only_version_2_is_rtp() {
    for version in [0u8, 1, 3] {
        let mut packet = PACKET.to_vec();
        packet[0] = packet[0] & 0x3f | version << 6;
        assert_eq!(RtpPacket::decode(&packet), Err(DecodeError::Version));
    }
}

#[test]
fn padding_that_is_longer_than_the_payload_is_refused() {
    let mut packet = PACKET.to_vec();
    packet[0] |= 0x20;
    for (count, expected) in [(1, Some(3)), (4, Some(0)), (5, None), (255, None), (0, None)] {
        *packet.last_mut().unwrap() = count;
        match (RtpPacket::decode(&packet), expected) {
            (Ok(packet), Some(len)) => {
                assert_eq!(packet.payload().len(), len);
                assert_eq!(packet.padding_len(), count);
            }
            (Err(error), None) => assert_eq!(error, DecodeError::Padding),
            (result, _) => panic!("padding of {count}: {result:?}"),
        }
    }
    // Without any payload there is no padding count either.
    packet.truncate(28);
    assert_eq!(RtpPacket::decode(&packet), Err(DecodeError::Padding));
}

#[test]
fn a_csrc_count_beyond_the_end_is_refused() {
    let mut packet = PACKET.get(..16).unwrap().to_vec();
    packet[0] = 0x81;
    assert_eq!(RtpPacket::decode(&packet).unwrap().csrcs().len(), 1);
    for count in 2..16 {
        packet[0] = 0x80 | count;
        assert_eq!(RtpPacket::decode(&packet), Err(DecodeError::Truncated));
    }
}

#[test]
fn an_extension_that_runs_over_its_block_is_not_seen() {
    let one_byte =
        |data: &[u8]| Extensions::new(0xbede, data).map(|element| element.id()).collect::<Vec<_>>();
    assert_eq!(one_byte(&[0x10, 1, 0x22, 1, 2, 3]), [1, 2]);
    assert_eq!(one_byte(&[0x10, 1, 0x23, 1, 2, 3]), [1], "one byte short");
    assert_eq!(one_byte(&[0x10]), [0u8; 0]);
    let two_byte =
        |data: &[u8]| Extensions::new(0x1005, data).map(|element| element.id()).collect::<Vec<_>>();
    assert_eq!(two_byte(&[1, 0, 0, 200, 2, 7, 7]), [1, 200]);
    assert_eq!(two_byte(&[1, 0, 200, 3, 7, 7]), [1]);
    assert_eq!(two_byte(&[1]), [0u8; 0]);
}

#[test]
fn an_extension_that_runs_over_its_block_cannot_be_written_to() {
    let mut bytes = PACKET.to_vec();
    // The MID at the end of the block claims sixteen bytes, most of them payload.
    assert_eq!(bytes[25], 0x40);
    bytes[25] = 0x4f;
    bytes.extend_from_slice(&[5; 20]);
    let before = bytes.clone();
    let mut packet = RtpPacketMut::decode(&mut bytes).unwrap();
    assert!(packet.extension_mut(4).is_none());
    packet.rename_extensions(|id| (id != 4).then_some(id));
    assert_eq!(bytes, before);
}

#[test]
fn identifier_15_ends_the_one_byte_form_and_0_is_padding() {
    let ids =
        |data: &[u8]| Extensions::new(0xbede, data).map(|element| element.id()).collect::<Vec<_>>();
    assert_eq!(ids(&[0x10, 1, 0xf0, 9, 0x20, 2]), [1]);
    assert_eq!(ids(&[0, 0, 0x10, 1, 0, 0x20, 2]), [1, 2]);
    // Identifier 0 with a length: its data is not taken for elements.
    assert_eq!(ids(&[0x01, 0x10, 0x10, 0x20, 2]), [2]);
}

#[test]
fn a_profile_that_is_not_of_rfc_8285_has_no_elements() {
    for profile in [0, 0xbedd, 0x2000, 0x0fff, 0xc0de, 0xc2de] {
        assert_eq!(Extensions::new(profile, &[0x10, 1, 0, 0]).count(), 0);
    }
}

#[test]
fn a_packet_is_rewritten_where_it_lies() {
    let mut bytes = PACKET.to_vec();
    let mut packet = RtpPacketMut::decode(&mut bytes).unwrap();
    packet.set_marker(false);
    packet.set_payload_type(96);
    packet.set_sequence_number(7);
    packet.set_timestamp(8);
    packet.set_ssrc(Ssrc(9));
    packet.extension_mut(3).unwrap().copy_from_slice(&[0xab, 0xcd]);
    assert!(packet.extension_mut(9).is_none());
    // 2 becomes 5, 4 goes away, 1 would need the two-byte form.
    packet.rename_extensions(|id| match id {
        2 => Some(5),
        3 => Some(3),
        1 => Some(15),
        _ => None,
    });
    let packet = RtpPacket::decode(&bytes).unwrap();
    let header = RtpHeader {
        marker: false,
        payload_type: 96,
        sequence_number: 7,
        timestamp: 8,
        ssrc: Ssrc(9),
    };
    assert_eq!(packet.header(), header);
    assert_eq!(elements(&packet), [(5, vec![0xd9, 1, 2]), (3, vec![0xab, 0xcd])]);
    assert_eq!(packet.payload(), [1, 2, 3, 4]);
    assert_eq!(bytes.len(), PACKET.len());
}

#[test]
fn elements_of_the_two_byte_form_are_renamed() {
    let value = [7; 20];
    let extensions =
        [HeaderExtension::new(3, &value).unwrap(), HeaderExtension::new(4, &[]).unwrap()];
    let mut bytes = Vec::new();
    RtpBuilder::new(RtpHeader::default()).with_extensions(&extensions).encode(b"x", &mut bytes);
    RtpPacketMut::decode(&mut bytes).unwrap().rename_extensions(|id| (id == 3).then_some(200));
    let packet = RtpPacket::decode(&bytes).unwrap();
    assert_eq!(elements(&packet), [(200, value.to_vec())]);
    assert_eq!(packet.payload(), b"x");
}

#[test]
fn a_packet_is_written_as_it_was_read() {
    let packet = RtpPacket::decode(PACKET).unwrap();
    let extensions: Vec<_> = packet.extensions().collect();
    let mut out = vec![0xee];
    RtpBuilder::new(packet.header())
        .with_extensions(&extensions)
        .encode(packet.payload(), &mut out);
    assert_eq!(out.strip_prefix(&[0xee]), Some(PACKET), "what was in the buffer stays there");
}

#[test]
fn the_two_forms_are_not_mixed_within_a_packet() {
    let short = HeaderExtension::new(1, b"mid").unwrap();
    let long = HeaderExtension::new(2, &[7; 17]).unwrap();
    let high = HeaderExtension::new(15, b"x").unwrap();
    let empty = HeaderExtension::new(3, b"").unwrap();
    for other in [long, high, empty] {
        for both in [[short, other], [other, short]] {
            let mut packet = Vec::new();
            RtpBuilder::new(RtpHeader::default()).with_extensions(&both).encode(&[], &mut packet);
            let packet = RtpPacket::decode(&packet).unwrap();
            assert_eq!(packet.raw_extension().map(|(profile, _)| profile), Some(0x1000));
            assert!(packet.extensions().eq(both));
        }
    }
    // An element of the other form is read by the rules of the one that the packet names: here as
    // one of two bytes and one of four.
    let data = [0x11, 3, b'm', 0x33, b'd', 0, 0, 0];
    let found: Vec<_> = Extensions::new(0xbede, &data).map(|element| element.id()).collect();
    assert_eq!(found, [1, 3]);
}

#[test]
fn an_element_that_is_too_long_cannot_be_made() {
    assert!(HeaderExtension::new(0, &[1]).is_none());
    assert!(HeaderExtension::new(1, &[0; 256]).is_none());
    assert!(HeaderExtension::new(255, &[0; 255]).is_some());
}

#[test]
fn the_largest_header_extension_is_written_whole() {
    let value = [1; 255];
    let extensions: Vec<_> =
        (1..=255).map(|id| HeaderExtension::new(id, &value).unwrap()).collect();
    let mut out = Vec::new();
    RtpBuilder::new(RtpHeader::default()).with_extensions(&extensions).encode(&[], &mut out);
    assert_eq!(RtpPacket::decode(&out).unwrap().extensions().count(), 255);
}

fn element() -> impl Strategy<Value = (u8, Vec<u8>)> {
    (1u8..=255, prop::collection::vec(any::<u8>(), 0..40))
}

fn short_element() -> impl Strategy<Value = (u8, Vec<u8>)> {
    (1u8..=14, prop::collection::vec(any::<u8>(), 1..=16))
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        marker: bool,
        payload_type in 0u8..128,
        sequence_number: u16,
        timestamp: u32,
        ssrc: u32,
        csrcs in prop::collection::vec(any::<u32>().prop_map(Ssrc), 0..16),
        elements_in in prop_oneof![
            prop::collection::vec(element(), 0..6),
            prop::collection::vec(short_element(), 0..6),
        ],
        payload in prop::collection::vec(any::<u8>(), 0..60),
        padding_len: u8,
    ) {
        let extensions: Vec<_> = elements_in
            .iter()
            .map(|(id, data)| HeaderExtension::new(*id, data).unwrap())
            .collect();
        let header = RtpHeader {
            marker, payload_type, sequence_number, timestamp, ssrc: Ssrc(ssrc),
        };
        let mut out = Vec::new();
        RtpBuilder { header, csrcs: &csrcs, extensions: &extensions, padding_len }
            .encode(&payload, &mut out);
        let packet = RtpPacket::decode(&out).unwrap();
        prop_assert_eq!(packet.header(), header);
        prop_assert!(packet.csrcs().eq(csrcs));
        prop_assert_eq!(elements(&packet), elements_in);
        prop_assert_eq!(packet.payload(), payload);
        prop_assert_eq!(packet.padding_len(), padding_len);
        prop_assert_eq!(packet.header_len() + packet.payload().len() + usize::from(padding_len), out.len());
    }

    #[test]
    fn no_bytes_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..80), version: bool) {
        if let (true, Some(first)) = (version, bytes.first_mut()) {
            *first = *first & 0x3f | 0x80;
        }
        if let Ok(packet) = RtpPacket::decode(&bytes) {
            prop_assert!(packet.header_len() + packet.payload().len() <= bytes.len());
            let _count = packet.extensions().count();
        }
        if let Ok(mut packet) = RtpPacketMut::decode(&mut bytes) {
            packet.rename_extensions(|id| id.checked_sub(3));
            let _value = packet.extension_mut(1);
            prop_assert!(RtpPacket::decode(&bytes).is_ok());
        }
    }
}
