//! What browsers send, read and written back, and seeds of other people's fuzzers.

use rtc_srtp::rtcp::{RtcpPacket, RtcpPackets};
use rtc_srtp::rtp::extension::{AbsSendTime, Mid, TransportSequenceNumber};
use rtc_srtp::rtp::{RtpBuilder, RtpPacket, is_rtcp};

/// RTP and RTCP between Chromium and Chromium, and between Chromium and Firefox, with encryption
/// switched off: for each packet its length in two bytes, then the packet.
const CAPTURES: [&[u8]; 2] =
    [include_bytes!("data/chromium-chromium.bin"), include_bytes!("data/chromium-firefox.bin")];

fn packets(mut capture: &[u8]) -> Vec<&[u8]> {
    let mut packets = Vec::new();
    while let Some((len, rest)) = capture.split_first_chunk::<2>() {
        let (packet, rest) = rest.split_at(usize::from(u16::from_be_bytes(*len)));
        packets.push(packet);
        capture = rest;
    }
    packets
}

#[test]
fn captured_rtp_is_written_back_byte_by_byte() {
    let mut count = 0;
    for bytes in CAPTURES.into_iter().flat_map(packets).filter(|packet| !is_rtcp(packet)) {
        let packet = RtpPacket::decode(bytes).expect("browsers send RTP");
        let csrcs: Vec<_> = packet.csrcs().collect();
        let extensions: Vec<_> = packet.extensions().collect();
        let builder = RtpBuilder {
            header: packet.header(),
            csrcs: &csrcs,
            extensions: &extensions,
            padding_len: packet.padding_len(),
        };
        let mut out = Vec::new();
        builder.encode(packet.payload(), &mut out);
        assert_eq!(out, bytes);
        count += 1;
    }
    assert!(count > 50, "{count} packets");
}

#[test]
fn captured_extensions_are_understood() {
    let mut numbered = 0;
    let mut named = 0;
    for bytes in CAPTURES.into_iter().flat_map(packets).filter(|packet| !is_rtcp(packet)) {
        let packet = RtpPacket::decode(bytes).expect("browsers send RTP");
        for element in &packet {
            match element.data().len() {
                1 => named += u32::from(Mid::decode(element.data()).is_ok()),
                2 => {
                    let number = TransportSequenceNumber::decode(element.data()).unwrap();
                    numbered += u32::from(number.feedback_request.is_none());
                    assert_eq!(&*number.encode(), element.data());
                }
                3 => {
                    let time = AbsSendTime::decode(element.data()).unwrap();
                    assert_eq!(&*time.encode(), element.data());
                }
                _ => {}
            }
        }
    }
    assert!(numbered > 50, "{numbered} transport-wide sequence numbers");
    assert!(named > 50, "{named} MIDs");
}

#[test]
fn captured_rtcp_is_written_back_byte_by_byte() {
    let mut kinds = [0; 4];
    for bytes in CAPTURES.into_iter().flat_map(packets).filter(|packet| is_rtcp(packet)) {
        let mut out = Vec::new();
        for packet in RtcpPackets::new(bytes) {
            let packet = packet.expect("browsers send RTCP");
            packet.encode(&mut out);
            match packet {
                RtcpPacket::SenderReport(_) => kinds[0] += 1,
                RtcpPacket::ReceiverReport(_) => kinds[1] += 1,
                RtcpPacket::SourceDescription(_) => kinds[2] += 1,
                RtcpPacket::TransportFeedback(feedback) => {
                    kinds[3] += 1;
                    assert!(feedback.packets().count() > 0);
                }
                _ => {}
            }
        }
        assert_eq!(out, bytes);
    }
    assert!(kinds.iter().all(|count| *count > 0), "{kinds:?}");
}
