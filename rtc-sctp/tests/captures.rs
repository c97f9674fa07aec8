//! Packets of other implementations are understood and written back as they were.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use rtc_sctp::DecodeError;
use rtc_sctp::packet::{
    Chunk, Data, DataFlags, Header, Init, Packet, Parameter, ReconfigResult, Sack, Ssn, Tsn,
};

fn captures(extension: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/captures");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

/// The packets in a capture of bare SCTP.
fn packets(mut pcap: &[u8]) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    pcap = &pcap[24..];
    while let Some((header, rest)) = pcap.split_first_chunk::<16>() {
        let length = u32::from_le_bytes(header[8..12].try_into().unwrap()) as usize;
        packets.push(rest[..length].to_vec());
        pcap = &rest[length..];
    }
    packets
}

fn encode(packet: &Packet<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    packet.header.encode(&mut out);
    for chunk in packet.chunks() {
        chunk.unwrap().encode(&mut out);
    }
    Header::seal(&mut out, 0);
    out
}

#[test]
fn what_browsers_send_is_understood_and_written_back_the_same() {
    let mut count = 0;
    for (path, pcap) in captures("pcap") {
        for bytes in packets(&pcap) {
            let packet = Packet::decode(&bytes).unwrap();
            assert_eq!(encode(&packet), bytes, "{}", path.display());
            count += 1;
        }
    }
    assert_eq!(count, 44);
}

#[test]
fn the_handshake_of_a_browser_says_what_it_supports() {
    let (_, pcap) = captures("pcap").remove(0);
    let packets = packets(&pcap);
    let packet = Packet::decode(&packets[0]).unwrap();
    let Some(Ok(Chunk::Init(init))) = packet.chunks().next() else { panic!("an INIT") };
    assert_eq!((init.outbound_streams, init.inbound_streams), (65535, 65535));
    let parameters: Vec<_> = init.parameters().map(Result::unwrap).collect();
    assert_eq!(
        parameters,
        [Parameter::ForwardTsnSupported, Parameter::SupportedExtensions(&[130, 192])]
    );
}

#[test]
fn packets_of_another_library_are_understood_when_their_checksum_is_mended() {
    let mut count = 0;
    for (path, mut bytes) in captures("bin") {
        Header::seal(&mut bytes, 0);
        let packet = Packet::decode(&bytes).unwrap();
        // Two of the files end in the middle of a chunk.
        let is_cut = ["cookie-echo-data.bin", "cookie-echo-data-data.bin"]
            .iter()
            .any(|name| path.ends_with(name));
        assert_eq!(packet.chunks().any(|chunk| chunk.is_err()), is_cut, "{}", path.display());
        for chunk in packet.chunks().flatten() {
            assert!(!matches!(chunk, Chunk::Unknown(_)), "{}", path.display());
        }
        count += 1;
        if is_cut {
            continue;
        }
        // Padding that was not zero becomes zero; the meaning is the same.
        let again = encode(&packet);
        let again = Packet::decode(&again).unwrap();
        assert!(again.chunks().eq(packet.chunks()));
    }
    assert_eq!(count, 13);
}

#[test]
fn every_truncation_of_a_chunk_is_refused() {
    for (_, pcap) in captures("pcap") {
        for bytes in packets(&pcap) {
            let packet = Packet::decode(&bytes).unwrap();
            let mut rest = packet.chunks;
            while !rest.is_empty() {
                let before = rest;
                Chunk::decode(&mut rest).unwrap();
                let chunk = &before[..before.len() - rest.len()];
                let length = usize::from(u16::from_be_bytes([chunk[2], chunk[3]]));
                for cut in 0..length {
                    let result = Chunk::decode(&mut &chunk[..cut]);
                    assert_eq!(result, Err(DecodeError::Truncated), "{cut} of {chunk:x?}");
                }
            }
        }
    }
}

#[test]
fn a_checksum_that_happens_to_be_zero_is_right_and_any_other_zero_is_wrong() {
    // An INIT whose CRC32c comes out as zero.
    let mut bytes = Vec::new();
    Header { source_port: 5001, destination_port: 5001, verification_tag: 0 }.encode(&mut bytes);
    let init = Init {
        initiate_tag: 0xfcb7_5cca,
        a_rwnd: 1500,
        outbound_streams: 1,
        inbound_streams: 1,
        initial_tsn: Tsn(0),
        parameters: &[],
    };
    init.encode(&mut bytes);
    Header::seal(&mut bytes, 0);
    assert_eq!(bytes[8..12], [0; 4]);
    assert!(Packet::decode(&bytes).is_ok());
    bytes[20] ^= 1;
    assert_eq!(Packet::decode(&bytes).err(), Some(DecodeError::Checksum));
}

#[test]
fn a_real_sack_and_data_chunk_read_as_they_should() {
    let sack = [3, 0, 0, 20, 0, 0, 0, 7, 0, 0, 16, 0, 0, 1, 0, 0, 0, 2, 0, 3];
    let Ok(Chunk::Sack(read)) = Chunk::decode(&mut &sack[..]) else { panic!("a SACK") };
    assert_eq!((read.cumulative_tsn, read.a_rwnd), (Tsn(7), 4096));
    let gaps: Vec<_> = read.gap_blocks().map(|gap| (gap.start, gap.end)).collect();
    assert_eq!(gaps, [(2, 3)]);
    // One block more announced than there is.
    let mut lies = sack;
    lies[13] = 2;
    assert_eq!(Chunk::decode(&mut &lies[..]), Err(DecodeError::Length));
    assert_eq!(Sack::TYPE, 3);
    assert_eq!(ReconfigResult::PERFORMED.0, 1);
}

proptest! {
    #[test]
    fn data_comes_back_as_it_was(
        flags in 0u8..16,
        tsn in any::<u32>(),
        stream in any::<u16>(),
        ssn in any::<u16>(),
        ppid in any::<u32>(),
        payload in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let bit = |mask| flags & mask != 0;
        let flags = DataFlags::default()
            .with(DataFlags::END, bit(1))
            .with(DataFlags::BEGIN, bit(2))
            .with(DataFlags::UNORDERED, bit(4))
            .with(DataFlags::IMMEDIATE, bit(8));
        let data =
            Data { flags, tsn: Tsn(tsn), stream, ssn: Ssn(ssn), ppid, payload: &payload };
        let mut bytes = Vec::new();
        data.encode(&mut bytes);
        prop_assert_eq!(bytes.len() % 4, 0);
        let mut rest = &bytes[..];
        prop_assert_eq!(Chunk::decode(&mut rest), Ok(Chunk::Data(data)));
        prop_assert!(rest.is_empty());
    }

    #[test]
    fn whatever_can_be_read_reads_the_same_when_written_back(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        kind in prop::sample::select(&[0u8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 64, 130, 192][..]),
    ) {
        let mut framed = vec![kind, bytes.first().copied().unwrap_or(0), 0, 0];
        framed.extend_from_slice(&bytes);
        let length = (framed.len() as u16).to_be_bytes();
        framed[2..4].copy_from_slice(&length);
        if let Ok(chunk) = Chunk::decode(&mut &framed[..]) {
            let mut again = Vec::new();
            chunk.encode(&mut again);
            prop_assert_eq!(Chunk::decode(&mut &again[..]), Ok(chunk));
        }
    }
}
