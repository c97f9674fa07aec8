//! Which m-section packets come to (RFC 9143, section 9.2).

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::Instant;
use rtc_srtp::Ssrc;
use rtc_srtp::rtp::{HeaderExtension, RtpBuilder, RtpHeader};

use super::pair::{AUDIO, OPUS, RTX, TRANSPORT, VIDEO, VP8, config, section};
use crate::media::{Media, MediaError, PacketOrigin};
use crate::rtp::MediaSection;

const NOW: Instant = Instant::from_secs(1_000_000);

fn media(sections: Vec<MediaSection>) -> Media {
    let mut media = Media::new(config(), &mut ChaCha20Rng::from_seed([1; 32]));
    media.configure(NOW, sections);
    media
}

fn receiving() -> Media {
    media(vec![section(AUDIO, None, Some(None)), section(VIDEO, None, Some(None))])
}

struct Rtp<'a> {
    ssrc: u32,
    payload_type: u8,
    number: u16,
    labels: &'a [(u8, &'a str)],
    payload: &'a [u8],
}

impl Rtp<'_> {
    fn give(&self, media: &mut Media) -> Result<(), MediaError> {
        let elements: Vec<_> = self
            .labels
            .iter()
            .map(|(id, value)| HeaderExtension::new(*id, value.as_bytes()).unwrap())
            .collect();
        let header = RtpHeader {
            marker: true,
            payload_type: self.payload_type,
            sequence_number: self.number,
            timestamp: u32::from(self.number) * 3_000,
            ssrc: Ssrc(self.ssrc),
        };
        let mut packet = Vec::new();
        RtpBuilder::new(header).with_extensions(&elements).encode(self.payload, &mut packet);
        media.handle_rtp(NOW, TRANSPORT, None, &Bytes::from(packet))
    }
}

fn rtp<'a>(ssrc: u32, payload_type: u8, number: u16, labels: &'a [(u8, &'a str)]) -> Rtp<'a> {
    Rtp { ssrc, payload_type, number, labels, payload: &[9; 30] }
}

#[test]
fn a_payload_type_that_one_section_has_is_enough() {
    let mut media = receiving();
    rtp(1, OPUS, 1, &[]).give(&mut media).unwrap();
    rtp(2, VP8, 1, &[]).give(&mut media).unwrap();
    assert_eq!(media.poll_packet().unwrap().transceiver, AUDIO);
    assert_eq!(media.poll_packet().unwrap().transceiver, VIDEO);
    let refused = rtp(3, 77, 1, &[]).give(&mut media);
    assert_eq!(refused, Err(MediaError::Unrecognized));
    assert_eq!(media.transport_counters(TRANSPORT).unrecognized, 1);
}

#[test]
fn a_payload_type_that_two_sections_have_tells_nothing() {
    let mut second = section(VIDEO, None, Some(None));
    second.transceiver = crate::rtp::TransceiverId(7);
    second.mid = Box::from("w");
    let mut media = media(vec![section(VIDEO, None, Some(None)), second]);
    assert_eq!(rtp(2, VP8, 1, &[]).give(&mut media), Err(MediaError::Unrecognized));
    rtp(2, VP8, 2, &[(1, "w")]).give(&mut media).unwrap();
    // From now on the SSRC is known.
    rtp(2, VP8, 3, &[]).give(&mut media).unwrap();
    let ids = core::iter::from_fn(|| media.poll_packet()).map(|packet| packet.transceiver.0);
    assert_eq!(ids.collect::<Vec<_>>(), [7, 7]);
}

#[test]
fn an_announced_ssrc_is_known_and_its_payload_type_must_fit() {
    let mut media =
        media(vec![section(AUDIO, None, Some(Some(500))), section(VIDEO, None, Some(Some(600)))]);
    assert_eq!(rtp(500, VP8, 1, &[]).give(&mut media), Err(MediaError::PayloadType(VP8)));
    rtp(600, VP8, 1, &[]).give(&mut media).unwrap();
    assert_eq!(rtp(600, OPUS, 2, &[]).give(&mut media), Err(MediaError::PayloadType(OPUS)));
    assert_eq!(media.transport_counters(TRANSPORT).payload_type_refused, 2);
}

#[test]
fn an_unknown_mid_drops_the_packet_whatever_else_is_known() {
    let mut media = media(vec![section(VIDEO, None, Some(Some(600)))]);
    let refused = rtp(600, VP8, 1, &[(1, "nobody")]).give(&mut media);
    assert_eq!(refused, Err(MediaError::Unrecognized));
    rtp(600, VP8, 1, &[(1, "v")]).give(&mut media).unwrap();
}

#[test]
fn a_stream_moves_with_its_mid_unless_the_packet_is_old() {
    let mut second = section(VIDEO, None, Some(None));
    second.transceiver = crate::rtp::TransceiverId(7);
    second.mid = Box::from("w");
    let mut media = media(vec![section(VIDEO, None, Some(None)), second]);
    rtp(2, VP8, 10, &[(1, "v")]).give(&mut media).unwrap();
    assert_eq!(rtp(2, VP8, 9, &[(1, "w")]).give(&mut media), Err(MediaError::Unrecognized));
    rtp(2, VP8, 11, &[(1, "w")]).give(&mut media).unwrap();
    rtp(2, VP8, 12, &[]).give(&mut media).unwrap();
    let ids = core::iter::from_fn(|| media.poll_packet()).map(|packet| packet.transceiver.0);
    assert_eq!(ids.collect::<Vec<_>>(), [1, 7, 7]);
}

#[test]
fn encodings_of_a_simulcast_and_their_retransmissions_are_told_apart() {
    let mut simulcast = section(VIDEO, None, Some(None));
    if let Some(receive) = &mut simulcast.receive {
        receive.rids = vec![Box::from("hi"), Box::from("lo")];
    }
    let mut media = media(vec![simulcast]);
    rtp(10, VP8, 1, &[(1, "v"), (2, "hi")]).give(&mut media).unwrap();
    rtp(20, VP8, 1, &[(1, "v"), (2, "lo")]).give(&mut media).unwrap();
    rtp(20, VP8, 2, &[]).give(&mut media).unwrap();
    let refused = rtp(30, VP8, 1, &[(1, "v"), (2, "other")]).give(&mut media);
    assert_eq!(refused, Err(MediaError::Unrecognized));
    // A retransmission of number 1, which came, and one of number 3, which did not.
    let repair = |number, payload| Rtp { payload, ..rtp(21, RTX, number, &[(1, "v"), (3, "lo")]) };
    assert_eq!(repair(1, &[0, 1, 7]).give(&mut media), Err(MediaError::Duplicate));
    repair(2, &[0, 3, 7, 8]).give(&mut media).unwrap();
    let packets: Vec<_> = core::iter::from_fn(|| media.poll_packet()).collect();
    let rids: Vec<_> = packets.iter().map(|packet| packet.rid.as_deref()).collect();
    assert_eq!(rids, [Some("hi"), Some("lo"), Some("lo"), Some("lo")]);
    let last = &packets[3];
    assert_eq!((last.ssrc, last.index as u16, &last.payload[..]), (Ssrc(20), 3, &[7, 8][..]));
    assert_eq!(last.origin, PacketOrigin::Retransmission);
    // An encoding that comes with another SSRC takes the place of what it was.
    rtp(40, VP8, 1, &[(1, "v"), (2, "lo")]).give(&mut media).unwrap();
    let ssrcs: Vec<_> = media.inbound(VIDEO).iter().map(|stream| stream.ssrc.0).collect();
    assert_eq!(ssrcs, [10, 40]);
}

#[test]
fn a_retransmission_of_an_unknown_stream_is_refused() {
    let mut media = receiving();
    let refused = rtp(21, RTX, 1, &[(1, "v")]).give(&mut media);
    assert_eq!(refused, Err(MediaError::UnknownRepair));
}

#[test]
fn nothing_is_taken_where_nothing_is_received() {
    let mut media = media(vec![section(VIDEO, Some(200), None)]);
    assert_eq!(rtp(2, VP8, 1, &[(1, "v")]).give(&mut media), Err(MediaError::Unrecognized));
    let elsewhere = crate::rtp::TransportId(9);
    let refused = media.handle_rtp(NOW, elsewhere, None, &Bytes::from_static(&[0x80; 12]));
    assert_eq!(refused, Err(MediaError::NoMedia));
}

#[test]
fn the_payload_is_a_slice_of_the_datagram() {
    let mut media = receiving();
    let header = RtpHeader { payload_type: OPUS, ssrc: Ssrc(1), ..RtpHeader::default() };
    let mut packet = Vec::new();
    RtpBuilder::new(header).encode(&[1, 2, 3, 4], &mut packet);
    let packet = Bytes::from(packet);
    media.handle_rtp(NOW, TRANSPORT, None, &packet).unwrap();
    let payload = media.poll_packet().unwrap().payload;
    assert_eq!(payload.as_ptr(), packet[12..].as_ptr());
}
