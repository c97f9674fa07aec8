//! Every packet type, byte by byte.

use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;
use rtc_core::Ecn;

use super::*;
use crate::error::DecodeError;
use crate::ssrc::Ssrc;

fn encode(packet: RtcpPacket<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    packet.encode(&mut out);
    out
}

fn decode(bytes: &[u8]) -> Result<RtcpPacket<'_>, DecodeError> {
    let mut input = bytes;
    let packet = RtcpPacket::decode(&mut input)?;
    assert!(input.is_empty(), "the packet is the whole input");
    Ok(packet)
}

/// The packet is these bytes in both directions, and no prefix of them.
#[track_caller]
fn both_ways(bytes: &[u8], packet: RtcpPacket<'_>) {
    assert_eq!(decode(bytes), Ok(packet));
    assert_eq!(encode(packet), bytes);
    for len in 0..bytes.len() {
        let mut input = bytes.get(..len).unwrap();
        assert!(RtcpPacket::decode(&mut input).is_err(), "{len} of {} bytes", bytes.len());
    }
}

const BLOCK: ReportBlock = ReportBlock {
    ssrc: Ssrc(0x0102_0304),
    fraction_lost: 0x80,
    cumulative_lost: -2,
    extended_highest_sequence_number: 0x0001_0203,
    jitter: 0x10,
    last_sender_report: 0x2222_3333,
    delay_since_last_sender_report: 0x0001_0000,
};

const BLOCK_BYTES: [u8; 24] = [
    1, 2, 3, 4, 0x80, 0xff, 0xff, 0xfe, 0, 1, 2, 3, 0, 0, 0, 0x10, 0x22, 0x22, 0x33, 0x33, 0, 1, 0,
    0,
];

#[test]
fn sender_report() {
    let mut bytes = vec![0x81, 200, 0, 12, 0, 0, 0, 1];
    bytes.extend_from_slice(&[0xe9, 0, 0, 1, 0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4]);
    bytes.extend_from_slice(&BLOCK_BYTES);
    let report = SenderReport {
        ssrc: Ssrc(1),
        ntp_timestamp: 0xe900_0001_8000_0000,
        rtp_timestamp: 2,
        packet_count: 3,
        octet_count: 4,
        reports: List::new(&[BLOCK]),
        extensions: &[],
    };
    both_ways(&bytes, RtcpPacket::SenderReport(report));
}

#[test]
fn receiver_report_with_extensions() {
    let mut bytes = vec![0x82, 201, 0, 14, 0, 0, 0, 1];
    bytes.extend_from_slice(&BLOCK_BYTES);
    bytes.extend_from_slice(&BLOCK_BYTES);
    bytes.extend_from_slice(&[9, 9, 9, 9]);
    let report = ReceiverReport {
        ssrc: Ssrc(1),
        reports: List::new(&[BLOCK, BLOCK]),
        extensions: &[9, 9, 9, 9],
    };
    both_ways(&bytes, RtcpPacket::ReceiverReport(report));
}

#[test]
fn a_report_count_beyond_the_end_is_refused() {
    let mut bytes = vec![0x82, 201, 0, 7, 0, 0, 0, 1];
    bytes.extend_from_slice(&BLOCK_BYTES);
    assert_eq!(decode(&bytes), Err(DecodeError::Truncated));
    bytes[0] = 0x81;
    assert!(decode(&bytes).is_ok());
}

#[test]
fn cumulative_loss_saturates() {
    for (value, written) in [(i32::MAX, (1 << 23) - 1), (i32::MIN, -(1 << 23)), (5, 5)] {
        let blocks = [ReportBlock { cumulative_lost: value, ..BLOCK }];
        let report = ReceiverReport { reports: List::new(&blocks), ..Default::default() };
        let bytes = encode(RtcpPacket::ReceiverReport(report));
        let Ok(RtcpPacket::ReceiverReport(report)) = decode(&bytes) else { panic!() };
        assert_eq!(report.reports.iter().next().unwrap().cumulative_lost, written);
    }
}

#[test]
fn source_description() {
    let bytes = [
        0x82, 202, 0, 8, 0, 0, 0, 1, // chunk 1
        1, 4, b'n', b'a', b'm', b'e', 15, 1, b'0', 0, 0, 0, // CNAME, MID, end and padding
        0, 0, 0, 2, // chunk 2
        1, 2, b'a', b'b', 0, 0, 0, 0, // an end of four bytes
    ];
    let first = [
        SdesItem { item_type: SdesItemType::CNAME, text: b"name" },
        SdesItem { item_type: SdesItemType::MID, text: b"0" },
    ];
    let second = [SdesItem { item_type: SdesItemType::CNAME, text: b"ab" }];
    let chunks = [
        SdesChunk { ssrc: Ssrc(1), items: List::new(&first) },
        SdesChunk { ssrc: Ssrc(2), items: List::new(&second) },
    ];
    let description = SourceDescription { chunks: List::new(&chunks) };
    let bytes = {
        let mut fixed = bytes.to_vec();
        fixed[3] = (fixed.len() / 4 - 1) as u8;
        fixed
    };
    both_ways(&bytes, RtcpPacket::SourceDescription(description));
    assert_eq!(description.item(Ssrc(2), SdesItemType::CNAME), Some(&b"ab"[..]));
    assert_eq!(description.item(Ssrc(2), SdesItemType::MID), None);
}

#[test]
fn an_sdes_item_longer_than_its_chunk_is_refused() {
    for body in [&[1, 9, b'a', b'b'][..], &[1, 2, b'a', b'b'], &[1], &[1, 255, 0, 0], &[]] {
        let mut bytes = vec![0x81, 202, 0, 0, 0, 0, 0, 1];
        bytes.extend_from_slice(body);
        bytes.resize(bytes.len().next_multiple_of(4), 1);
        bytes[3] = (bytes.len() / 4 - 1) as u8;
        assert_eq!(decode(&bytes), Err(DecodeError::Truncated), "{body:?}");
    }
}

#[test]
fn goodbye() {
    let bytes = [0x82, 203, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 4, b'd', b'o', b'n', b'e', 0, 0, 0];
    let sources = [Ssrc(1), Ssrc(2)];
    let goodbye = Goodbye { sources: List::new(&sources), reason: b"done" };
    both_ways(&bytes, RtcpPacket::Goodbye(goodbye));
    both_ways(
        &[0x81, 203, 0, 1, 0, 0, 0, 1],
        RtcpPacket::Goodbye(Goodbye { sources: List::new(&[Ssrc(1)]), reason: b"" }),
    );
    let overlong = [0x81, 203, 0, 2, 0, 0, 0, 1, 4, b'd', b'o', b'n'];
    assert_eq!(decode(&overlong), Err(DecodeError::Truncated));
}

#[test]
fn application_defined() {
    let bytes = [0x83, 204, 0, 3, 0, 0, 0, 1, b'n', b'a', b'm', b'e', 1, 2, 3, 4];
    let app = ApplicationDefined { subtype: 3, ssrc: Ssrc(1), name: *b"name", data: &[1, 2, 3, 4] };
    both_ways(&bytes, RtcpPacket::ApplicationDefined(app));
}

#[test]
fn nack() {
    let bytes = [0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xfe, 0x80, 0x03];
    let pairs = [NackPair { packet_id: 0xfffe, lost_packets: 0x8003 }];
    let nack = Nack { sender_ssrc: Ssrc(1), media_ssrc: Ssrc(2), pairs: List::new(&pairs) };
    both_ways(&bytes, RtcpPacket::Nack(nack));
    assert!(nack.sequence_numbers().eq([0xfffe, 0xffff, 0, 14]));
    assert!(NackPairs::new(nack.sequence_numbers()).eq(pairs));
}

#[test]
fn a_nack_storm_is_refused() {
    let pairs = [NackPair { packet_id: 0, lost_packets: 0xffff }; Nack::MAX_PAIRS];
    let nack = Nack { pairs: List::new(&pairs), ..Default::default() };
    let mut bytes = encode(RtcpPacket::Nack(nack));
    assert!(decode(&bytes).is_ok());
    assert_eq!(nack.sequence_numbers().count(), Nack::MAX_PAIRS * 17);
    let words = bytes.len() / 4;
    bytes.extend_from_slice(&[0; 4]);
    bytes[2..4].copy_from_slice(&(words as u16).to_be_bytes());
    assert_eq!(decode(&bytes), Err(DecodeError::TooMany));
}

#[test]
fn pictures_are_asked_for() {
    let pli = PictureLossIndication { sender_ssrc: Ssrc(1), media_ssrc: Ssrc(2) };
    let bytes = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
    both_ways(&bytes, RtcpPacket::PictureLossIndication(pli));
    let entries = [FirEntry { ssrc: Ssrc(3), sequence_number: 4 }];
    let fir = FullIntraRequest { sender_ssrc: Ssrc(1), entries: List::new(&entries) };
    let bytes = [0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0];
    both_ways(&bytes, RtcpPacket::FullIntraRequest(fir));
}

#[test]
fn receiver_estimated_maximum_bitrate() {
    let bytes = [
        0x8f,
        206,
        0,
        6,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        0,
        b'R',
        b'E',
        b'M',
        b'B',
        2,
        0x02 << 2 | 0x02,
        0xdc,
        0x6c,
        0,
        0,
        0,
        5,
        0,
        0,
        0,
        6,
    ];
    let ssrcs = [Ssrc(5), Ssrc(6)];
    let remb = ReceiverEstimatedMaximumBitrate {
        sender_ssrc: Ssrc(1),
        bitrate: 0x2dc6c << 2,
        ssrcs: List::new(&ssrcs),
    };
    both_ways(&bytes, RtcpPacket::ReceiverEstimatedMaximumBitrate(remb));
    // 2^63 is the largest exponent, and it must not lose bits.
    let mut absurd = bytes;
    absurd[17] = 63 << 2 | 3;
    assert_eq!(decode(&absurd), Err(DecodeError::Value));
    // Other feedback of the application's is not REMB.
    let mut other = bytes;
    other[12] = b'r';
    assert!(matches!(decode(&other), Ok(RtcpPacket::Unknown(_))));
}

#[test]
fn bitrate_limits() {
    let bytes = [0x83, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0x0a, 0x00, 0x02, 0x28];
    let entries = [TmmbrEntry { ssrc: Ssrc(7), bitrate: 0x1_0001 << 2, overhead: 40 }];
    let mut expected = bytes;
    let word = 2u32 << 26 | 0x1_0001 << 9 | 40;
    expected[16..].copy_from_slice(&word.to_be_bytes());
    let request = TemporaryMaximumMediaStreamBitrateRequest {
        sender_ssrc: Ssrc(1),
        entries: List::new(&entries),
    };
    both_ways(&expected, RtcpPacket::TemporaryMaximumMediaStreamBitrateRequest(request));
    expected[0] = 0x84;
    let notification = TemporaryMaximumMediaStreamBitrateNotification {
        sender_ssrc: Ssrc(1),
        entries: List::new(&entries),
    };
    both_ways(&expected, RtcpPacket::TemporaryMaximumMediaStreamBitrateNotification(notification));
}

#[test]
fn extended_reports() {
    let bytes = [
        0x80, 207, 0, 11, 0, 0, 0, 1, // header
        4, 0, 0, 2, 0, 0, 0, 1, 0x80, 0, 0, 0, // RRTR
        5, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, // DLRR
        7, 1, 0, 1, 9, 9, 9, 9, // something else
        9, 2, 0, 0, // something empty
    ];
    let sub_blocks = [DlrrSubBlock {
        ssrc: Ssrc(2),
        last_receiver_report: 3,
        delay_since_last_receiver_report: 4,
    }];
    let blocks = [
        ExtendedReportBlock::ReceiverReferenceTime(0x0000_0001_8000_0000),
        ExtendedReportBlock::Dlrr(List::new(&sub_blocks)),
        ExtendedReportBlock::Unknown(UnknownReportBlock {
            block_type: 7,
            type_specific: 1,
            contents: &[9, 9, 9, 9],
        }),
        ExtendedReportBlock::Unknown(UnknownReportBlock {
            block_type: 9,
            type_specific: 2,
            contents: &[],
        }),
    ];
    let report = ExtendedReport { ssrc: Ssrc(1), blocks: List::new(&blocks) };
    both_ways(&bytes, RtcpPacket::ExtendedReport(report));
}

#[test]
fn an_extended_report_block_that_lies_about_its_length_is_refused() {
    let block = |block: &[u8]| {
        let mut bytes = vec![0x80, 207, 0, (block.len() / 4 + 1) as u8, 0, 0, 0, 1];
        bytes.extend_from_slice(block);
        decode(&bytes).map(|_| ())
    };
    assert_eq!(block(&[4, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0]), Err(DecodeError::Truncated));
    assert_eq!(block(&[4, 0, 0, 1, 0, 0, 0, 0]), Err(DecodeError::Length));
    assert_eq!(block(&[5, 0, 0, 1, 0, 0, 0, 0]), Err(DecodeError::Truncated));
    assert_eq!(block(&[9, 0, 0xff, 0xff]), Err(DecodeError::Truncated));
    assert_eq!(block(&[]), Ok(()));
}

#[test]
fn congestion_control_feedback() {
    let bytes = [
        0x8b, 205, 0, 8, 0, 0, 0, 1, // header
        0, 0, 0, 2, 0xff, 0xff, 0, 3, // stream of three
        0xa0, 0x10, 0, 0, 0xff, 0xff, 0, 0, // ECT(1) at 16, lost, CE and unknown, padding
        0, 0, 0, 3, 0, 5, 0, 0, // stream of none
        0x12, 0x34, 0x56, 0x78,
    ];
    let metrics = [
        MetricBlock::Received { ecn: Some(Ecn::Ect1), arrival: ArrivalTimeOffset::new(16) },
        MetricBlock::NotReceived,
        MetricBlock::Received { ecn: Some(Ecn::Ce), arrival: ArrivalTimeOffset::UNKNOWN },
    ];
    let streams = [
        StreamReport { ssrc: Ssrc(2), begin_sequence_number: 0xffff, metrics: List::new(&metrics) },
        StreamReport { ssrc: Ssrc(3), begin_sequence_number: 5, metrics: List::default() },
    ];
    let feedback = CongestionControlFeedback {
        sender_ssrc: Ssrc(1),
        streams: List::new(&streams),
        report_timestamp: 0x1234_5678,
    };
    both_ways(&bytes, RtcpPacket::CongestionControlFeedback(feedback));
    let numbers = streams[0].packets().map(|(number, _)| number);
    assert!(numbers.eq([0xffff, 0, 1]));
    assert_eq!(ArrivalTimeOffset::new(0x1ffd).value(), Some(0x1ffd));
    assert_eq!(ArrivalTimeOffset::new(u32::MAX), ArrivalTimeOffset::OVER_RANGE);
    assert_eq!(ArrivalTimeOffset::UNKNOWN.value(), None);
}

#[test]
fn a_feedback_report_of_more_packets_than_it_holds_is_refused() {
    let mut bytes = vec![0x8b, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0x80, 0, 0x80, 0];
    bytes.extend_from_slice(&[1, 2, 3, 4]);
    assert_eq!(decode(&bytes), Err(DecodeError::Truncated));
    bytes[15] = 2;
    assert!(decode(&bytes).is_ok());
    bytes[14] = 0x40;
    bytes[15] = 1;
    assert_eq!(decode(&bytes), Err(DecodeError::TooMany));
}

fn transport_feedback(statuses: &[PacketStatus]) -> TransportFeedback<'_> {
    TransportFeedback {
        sender_ssrc: Ssrc(1),
        media_ssrc: Ssrc(2),
        base_sequence_number: 0xfffe,
        reference_time: -3,
        feedback_packet_count: 7,
        statuses: PacketStatuses::new(statuses),
    }
}

#[test]
fn transport_feedback_of_each_kind_of_chunk() {
    use PacketStatus::{NotReceived, Received};
    let mut statuses = vec![Received(Some(4)); 20];
    statuses.extend([NotReceived, Received(Some(-2)), Received(Some(300)), Received(None)]);
    statuses.extend([NotReceived, Received(Some(1))].repeat(5));
    let feedback = transport_feedback(&statuses);
    let bytes = encode(RtcpPacket::TransportFeedback(feedback));
    let mut expected = vec![0x8f, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xfe, 0, 34];
    expected.extend_from_slice(&[0xff, 0xff, 0xfd, 7]);
    // A run of twenty; seven two-bit symbols: 0, 2, 2, 3, 0, 1, 0; seven one-bit symbols.
    expected.extend_from_slice(&[0x20, 20]);
    expected.extend_from_slice(&0b11_00_10_10_11_00_01_00u16.to_be_bytes());
    expected.extend_from_slice(&0b10_1010101_0000000u16.to_be_bytes());
    expected.extend_from_slice(&[4; 20]);
    expected.extend_from_slice(&[0xff, 0xfe, 0x01, 0x2c, 1, 1, 1, 1, 1]);
    expected.push(1);
    expected[0] |= 0x20;
    expected[3] = (expected.len() / 4 - 1) as u8;
    assert_eq!(bytes, expected);
    let Ok(RtcpPacket::TransportFeedback(read)) = decode(&bytes) else { panic!() };
    assert_eq!(read, feedback);
    let first = read.packets().next();
    assert_eq!(first, Some((0xfffe, Received(Some(4)))));
    assert_eq!(read.packets().nth(2).map(|(number, _)| number), Some(0));
}

#[test]
fn feedback_amplification_is_bounded() {
    let feedback = |count: u16, chunks: &[u16], deltas: usize| {
        let mut bytes = vec![0x8f, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0];
        bytes.extend_from_slice(&count.to_be_bytes());
        bytes.extend_from_slice(&[0, 0, 1, 0]);
        bytes.extend(chunks.iter().flat_map(|chunk| chunk.to_be_bytes()));
        bytes.resize(bytes.len() + deltas, 0);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        let words = (bytes.len() / 4 - 1) as u16;
        bytes[2..4].copy_from_slice(&words.to_be_bytes());
        let mut input = &bytes[..];
        RtcpPacket::decode(&mut input).map(|packet| match packet {
            RtcpPacket::TransportFeedback(feedback) => feedback.statuses.iter().count(),
            _ => 0,
        })
    };
    // Fewer chunks than statuses.
    assert_eq!(feedback(100, &[99], 0), Err(DecodeError::Truncated));
    assert_eq!(feedback(100, &[100], 0), Ok(100));
    // Chunks for more than there are: the rest is not counted.
    assert_eq!(feedback(100, &[0x1fff], 0), Ok(100));
    // Fewer deltas than received packets.
    assert_eq!(feedback(100, &[0x2000 | 100], 98), Err(DecodeError::Truncated));
    assert_eq!(feedback(100, &[0x2000 | 100], 100), Ok(100));
    // More statuses than this crate is willing to walk.
    assert_eq!(feedback(40_000, &[0x1fff; 5], 0), Err(DecodeError::TooMany));
    // Runs of nothing end with the packet.
    assert_eq!(feedback(1, &[0; 500], 0), Err(DecodeError::Truncated));
}

#[test]
fn padding_is_taken_off_and_checked() {
    let mut bytes = vec![0xa1, 203, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4];
    let goodbye = Goodbye { sources: List::new(&[Ssrc(1)]), reason: b"" };
    assert_eq!(decode(&bytes), Ok(RtcpPacket::Goodbye(goodbye)));
    for padding in [0, 9, 255] {
        bytes[11] = padding;
        assert_eq!(decode(&bytes), Err(DecodeError::Padding));
    }
    assert_eq!(decode(&[0xa0, 203, 0, 0]), Err(DecodeError::Padding));
}

#[test]
fn a_body_that_ends_within_a_word_is_followed_by_padding() {
    let bytes = [0xa3, 204, 0, 3, 0, 0, 0, 1, b'n', b'a', b'm', b'e', 1, 0, 0, 3];
    let app = ApplicationDefined { subtype: 3, ssrc: Ssrc(1), name: *b"name", data: &[1] };
    both_ways(&bytes, RtcpPacket::ApplicationDefined(app));
    let bytes = [0xa3, 195, 0, 1, 1, 2, 3, 1];
    let raw = RawPacket { count: 3, packet_type: 195, body: &[1, 2, 3] };
    both_ways(&bytes, RtcpPacket::Unknown(raw));
}

#[test]
fn one_malformed_packet_does_not_hide_the_others() {
    let mut bytes = encode(RtcpPacket::PictureLossIndication(PictureLossIndication::default()));
    bytes.extend_from_slice(&[0x81, 201, 0, 1, 0, 0, 0, 1]);
    bytes.extend_from_slice(&[0x80, 203, 0, 0]);
    let packets: Vec<_> = RtcpPackets::new(&bytes).collect();
    assert_eq!(packets.len(), 3);
    assert!(packets[0].is_ok());
    assert_eq!(packets[1], Err(DecodeError::Truncated));
    assert!(packets[2].is_ok());
}

#[test]
fn a_length_that_lies_ends_the_datagram() {
    let mut bytes = encode(RtcpPacket::PictureLossIndication(PictureLossIndication::default()));
    bytes.extend_from_slice(&[0x81, 201, 0, 9, 0, 0, 0, 1]);
    bytes.extend_from_slice(&[0x80, 203, 0, 0]);
    let packets: Vec<_> = RtcpPackets::new(&bytes).collect();
    assert_eq!(packets.len(), 2);
    assert_eq!(packets[1], Err(DecodeError::Truncated));
    // Even if what is there would do.
    assert_eq!(decode(&[0x81, 203, 0, 9, 0, 0, 0, 1]), Err(DecodeError::Truncated));
    assert!(decode(&[0x81, 203, 0, 1, 0, 0, 0, 1]).is_ok());
}

#[test]
fn full_and_reduced_size_datagrams_are_told_apart() {
    let report = encode(RtcpPacket::ReceiverReport(ReceiverReport::default()));
    let items = [SdesItem { item_type: SdesItemType::CNAME, text: b"c" }];
    let chunks = [SdesChunk { ssrc: Ssrc(0), items: List::new(&items) }];
    let description =
        encode(RtcpPacket::SourceDescription(SourceDescription { chunks: List::new(&chunks) }));
    let pli = encode(RtcpPacket::PictureLossIndication(PictureLossIndication::default()));
    let is_compound = |parts: &[&[u8]]| RtcpPackets::new(&parts.concat()).is_compound();
    assert!(is_compound(&[&report, &description, &pli]));
    assert!(is_compound(&[&report, &report, &description]));
    assert!(!is_compound(&[&pli]));
    assert!(!is_compound(&[&report, &pli]));
    assert!(!is_compound(&[&report, &pli, &description]));
    assert!(!is_compound(&[&description, &report]));
    assert!(!is_compound(&[]));
}

fn status() -> impl Strategy<Value = PacketStatus> {
    prop_oneof![
        3 => Just(PacketStatus::NotReceived),
        6 => (0i16..256).prop_map(|delta| PacketStatus::Received(Some(delta))),
        1 => any::<i16>().prop_map(|delta| PacketStatus::Received(Some(delta))),
        1 => Just(PacketStatus::Received(None)),
    ]
}

proptest! {
    #[test]
    fn any_statuses_round_trip(runs in prop::collection::vec((status(), 1usize..40), 0..30)) {
        let statuses: Vec<_> =
            runs.into_iter().flat_map(|(status, len)| core::iter::repeat_n(status, len)).collect();
        let feedback = transport_feedback(&statuses);
        let bytes = encode(RtcpPacket::TransportFeedback(feedback));
        prop_assert_eq!(decode(&bytes), Ok(RtcpPacket::TransportFeedback(feedback)));
    }

    #[test]
    fn bitrates_are_rounded_down_by_less_than_their_last_bit(bitrate: u64) {
        let remb = ReceiverEstimatedMaximumBitrate { bitrate, ..Default::default() };
        let bytes = encode(RtcpPacket::ReceiverEstimatedMaximumBitrate(remb));
        let Ok(RtcpPacket::ReceiverEstimatedMaximumBitrate(read)) = decode(&bytes) else {
            panic!();
        };
        prop_assert!(read.bitrate <= bitrate && bitrate - read.bitrate <= bitrate >> 17);
        let entries = [TmmbrEntry { bitrate, ..Default::default() }];
        let request = TemporaryMaximumMediaStreamBitrateRequest {
            entries: List::new(&entries), ..Default::default()
        };
        let bytes = encode(RtcpPacket::TemporaryMaximumMediaStreamBitrateRequest(request));
        let Ok(RtcpPacket::TemporaryMaximumMediaStreamBitrateRequest(read)) = decode(&bytes) else {
            panic!();
        };
        let read = read.entries.iter().next().unwrap().bitrate;
        prop_assert!(read <= bitrate && bitrate - read <= bitrate >> 16);
    }

    #[test]
    fn nack_pairs_cover_what_they_were_made_of(
        numbers in prop::collection::btree_set(0u16..2_000, 0..200), start: u16,
    ) {
        let numbers: Vec<u16> =
            numbers.into_iter().map(|number| number.wrapping_add(start)).collect();
        let pairs: Vec<_> = NackPairs::new(numbers.iter().copied()).collect();
        let covered: Vec<_> = pairs.iter().flat_map(|pair| pair.sequence_numbers()).collect();
        prop_assert_eq!(covered, numbers);
    }

    #[test]
    fn what_is_decoded_is_encoded_and_decoded_the_same(
        packet_type in 199u8..209,
        count in 0u8..32,
        body in prop::collection::vec(any::<u8>(), 0..120),
    ) {
        let mut body = body;
        body.truncate(body.len() / 4 * 4);
        let raw = RawPacket { count, packet_type, body: &body };
        if let Ok(packet) = RtcpPacket::interpret(raw) {
            let bytes = encode(packet);
            prop_assert_eq!(decode(&bytes), Ok(packet));
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for packet in RtcpPackets::new(&bytes).flatten() {
            let _bytes = encode(packet);
        }
        let _answer = RtcpPackets::new(&bytes).is_compound();
    }
}
