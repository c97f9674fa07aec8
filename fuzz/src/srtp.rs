//! Bodies for rtc-srtp: packets, header extensions, the armour, payload formats.

use bytes::{Bytes, BytesMut};
use rtc_srtp::Ssrc;
use rtc_srtp::payload::h264::{H264Packetizer, PacketizationMode};
use rtc_srtp::payload::vp9::Vp9Packetizer;
use rtc_srtp::payload::{
    ComfortNoise, Depacketizer, Format, PacketPayload, Packetizer, Red, RtxPayload, TelephoneEvent,
    encode_red, opus, vp8, vp9,
};
use rtc_srtp::rtcp::{RtcpPacket, RtcpPackets};
use rtc_srtp::rtp::extension::{
    AbsCaptureTime, AbsSendTime, AudioLevel, CsrcAudioLevels, Mid, PlayoutDelay,
    RepairedRtpStreamId, RtpStreamId, TransportSequenceNumber, VideoOrientation,
};
use rtc_srtp::rtp::{Extensions, RtpBuilder, RtpPacket, RtpPacketMut};
use rtc_srtp::srtp::{
    Config, CryptexPolicy, MasterKey, ProtectionProfile, SrtpReceiver, SrtpSender,
};

/// An RTP packet: what is read is written, read again and rewritten.
pub fn rtp(data: &[u8]) {
    let Ok(packet) = RtpPacket::decode(data) else { return };
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
    let again = RtpPacket::decode(&out).expect("what was written is a packet");
    assert_eq!(again.header(), packet.header());
    assert_eq!(again.payload(), packet.payload());
    assert!(again.csrcs().eq(packet.csrcs()));
    // Nobody can tell an extension of 255 elements and more apart from one of 255.
    assert!(again.extensions().eq(packet.extensions().take(255)));

    let mut bytes = data.to_vec();
    let mut rewritten = RtpPacketMut::decode(&mut bytes).expect("it was a packet before");
    rewritten.set_ssrc(Ssrc(1));
    rewritten.set_sequence_number(2);
    rewritten.set_timestamp(3);
    rewritten.set_payload_type(4);
    rewritten.set_marker(true);
    if let Some(value) = rewritten.extension_mut(1) {
        value.fill(0xff);
    }
    rewritten.rename_extensions(|id| id.checked_sub(1));
    let rewritten = RtpPacket::decode(&bytes).expect("nothing has moved");
    assert_eq!(rewritten.payload(), packet.payload());
    assert_eq!(rewritten.ssrc(), Ssrc(1));
}

/// RTCP packets: each one that is read is written and read again as the same.
pub fn rtcp(data: &[u8]) {
    let _is_compound = RtcpPackets::new(data).is_compound();
    for packet in RtcpPackets::new(data).flatten() {
        let mut out = Vec::new();
        packet.encode(&mut out);
        let mut input = &out[..];
        assert_eq!(RtcpPacket::decode(&mut input), Ok(packet));
        assert!(input.is_empty());
        match packet {
            RtcpPacket::Nack(nack) => assert!(nack.sequence_numbers().count() <= 17 * 297),
            RtcpPacket::TransportFeedback(feedback) => {
                assert!(feedback.packets().count() <= 32_768);
            }
            RtcpPacket::CongestionControlFeedback(feedback) => {
                let packets: usize =
                    feedback.streams.iter().map(|stream| stream.packets().count()).sum();
                assert!(packets <= data.len());
            }
            _ => {}
        }
    }
}

/// The elements of a header extension, in both forms, and their values in every meaning.
pub fn header_extensions(data: &[u8]) {
    for profile in [0xbede, 0x1000, 0x100f, 0] {
        for element in Extensions::new(profile, data) {
            let value = element.data();
            assert!(value.len() <= data.len());
            if let Ok(mid) = Mid::decode(value) {
                assert_eq!((mid.encode(), mid.as_str().as_bytes()), (value, value));
            }
            if let Ok(rid) = RtpStreamId::decode(value) {
                assert_eq!(rid.encode(), value);
            }
            if let Ok(rid) = RepairedRtpStreamId::decode(value) {
                assert_eq!(rid.encode(), value);
            }
            if let Ok(time) = AbsSendTime::decode(value) {
                assert_eq!(&*time.encode(), value);
            }
            if let Ok(time) = AbsCaptureTime::decode(value) {
                assert_eq!(&*time.encode(), value);
            }
            if let Ok(delay) = PlayoutDelay::decode(value) {
                assert_eq!(&*delay.encode(), value);
            }
            if let Ok(level) = AudioLevel::decode(value) {
                assert_eq!(AudioLevel::decode(&level.encode()), Ok(level));
            }
            if let Ok(levels) = CsrcAudioLevels::decode(value) {
                assert!(levels.levels().len() <= 15);
                let again = levels.encode();
                let again = CsrcAudioLevels::decode(&again).expect("what was written");
                assert!(again.levels().eq(levels.levels()));
            }
            if let Ok(number) = TransportSequenceNumber::decode(value) {
                assert_eq!(TransportSequenceNumber::decode(&number.encode()), Ok(number));
            }
            if let Ok(orientation) = VideoOrientation::decode(value) {
                assert_eq!(VideoOrientation::decode(&orientation.encode()), Ok(orientation));
            }
        }
    }
}

/// Packets under valid keys: the first byte chooses the profile and the policy, the rest is taken
/// for a protected packet, which it is not, and for a plain one, which goes there and back.
pub fn srtp(data: &[u8]) {
    let Some((choice, packet)) = data.split_first() else { return };
    let profile = match choice & 3 {
        0 => ProtectionProfile::Aes128CmHmacSha1_80,
        1 => ProtectionProfile::Aes128CmHmacSha1_32,
        2 => ProtectionProfile::AeadAes128Gcm,
        _ => ProtectionProfile::AeadAes256Gcm,
    };
    let key = vec![7; profile.key_len()];
    let salt = vec![8; profile.salt_len()];
    let key = MasterKey::new(profile, &key, &salt).expect("of the right lengths");
    let mut config = Config::default();
    config.cryptex = match choice >> 2 & 3 {
        0 => CryptexPolicy::Disabled,
        1 => CryptexPolicy::Negotiated,
        _ => CryptexPolicy::Required,
    };
    let mut sender = SrtpSender::new(&key, &config);
    let mut receiver = SrtpReceiver::new(&key, &config);

    // A tag of four bytes can be hit by chance, but not by what knows no key.
    let mut forged = BytesMut::from(packet);
    assert!(receiver.unprotect(&mut forged).is_err());
    let mut forged = BytesMut::from(packet);
    assert!(receiver.unprotect_rtcp(&mut forged).is_err());
    assert_eq!(receiver.streams(), (0, 0));

    let mut protected = packet.to_vec();
    match sender.protect(&mut protected) {
        Ok(()) => {
            let mut opened = BytesMut::from(&protected[..]);
            assert!(receiver.unprotect(&mut opened).is_ok());
            assert!(opened == packet || opened.len() == packet.len() + 4);
            let mut replayed = BytesMut::from(&protected[..]);
            assert!(receiver.unprotect(&mut replayed).is_err());
        }
        Err(_) => assert_eq!(protected, packet, "a failed call has changed nothing"),
    }
    let mut protected = packet.to_vec();
    match sender.protect_rtcp(&mut protected) {
        Ok(()) => {
            let mut opened = BytesMut::from(&protected[..]);
            assert!(receiver.unprotect_rtcp(&mut opened).is_ok());
            assert_eq!(opened, packet);
        }
        Err(_) => assert_eq!(protected, packet, "a failed call has changed nothing"),
    }
}

/// Payload formats in both directions: the first byte chooses the format and its mode; the rest is
/// cut into payloads by a length byte each for the one, and is a frame for the other.
pub fn payload(data: &[u8]) {
    let Some((choice, data)) = data.split_first() else { return };
    let format = FORMATS[usize::from(choice & 7) % FORMATS.len()];

    let mut depacketizer = Depacketizer::new(format);
    let mut rest = data;
    let mut index = 0u64;
    while let Some((head, tail)) = rest.split_first() {
        let (piece, tail) = tail.split_at(tail.len().min(usize::from(head & 0x3f)));
        rest = tail;
        // Most follow each other directly.
        index += 1 + u64::from(head >> 7);
        let packet = PacketPayload {
            index,
            timestamp: u32::from(head >> 6 & 1),
            marker: piece.len() % 3 == 0,
            payload: Bytes::copy_from_slice(piece),
        };
        let _begins = format.begins_key_frame(piece);
        let _result = depacketizer.push(&packet);
        while let Some(frame) = depacketizer.poll_frame() {
            assert!(!frame.data.is_empty());
            assert!(frame.first_index <= frame.last_index && frame.last_index <= index);
        }
        descriptor(format, piece);
    }

    for packetizer in packetizers(format, data.len() as u16) {
        let mut packetizer = packetizer;
        // The second frame comes after a part of the first.
        for (max_len, given_up) in
            [(usize::from(choice >> 3) * 8, true), (1 + usize::from(choice >> 3) * 16, false)]
        {
            let frame = Bytes::copy_from_slice(data);
            if packetizer.start(frame, max_len).is_ok() {
                there_and_back(format, &mut packetizer, data, max_len, given_up);
            }
        }
    }
    beside_frames(data);
}

/// Everything that can take frames of this format apart.
fn packetizers(format: Format, picture_id: u16) -> Vec<Packetizer> {
    let mut packetizers = vec![Packetizer::new(format, picture_id)];
    match format {
        Format::Vp9 => packetizers.push(Vp9Packetizer::new(picture_id, true).into()),
        Format::H264 => {
            packetizers.push(H264Packetizer::new(PacketizationMode::SingleNalUnit).into());
        }
        _ => {}
    }
    packetizers
}

/// The payloads are short enough, and whoever gets them all has the frame.
fn there_and_back(
    format: Format,
    packetizer: &mut Packetizer,
    frame: &[u8],
    max_len: usize,
    given_up: bool,
) {
    let mut depacketizer = Depacketizer::new(format);
    let mut out = Vec::new();
    let mut frames = Vec::new();
    if format == Format::H264 {
        // Nothing but the end of another frame tells where one begins that has no parameter sets.
        let payload = Bytes::from_static(&[0x09, 0xf0]);
        let before = PacketPayload { index: 0, timestamp: 1, marker: true, payload };
        depacketizer.push(&before).expect("a delimiter");
        assert!(depacketizer.poll_frame().is_some());
    }
    let mut offset = 0;
    let mut index = 0;
    while let Some(mark) = packetizer.poll_payload(&mut out) {
        assert!(!out.is_empty() && out.len() <= max_len);
        assert!(mark.timestamp_offset >= offset);
        offset = mark.timestamp_offset;
        let payload = Bytes::copy_from_slice(&out);
        let packet = PacketPayload { index: 1 + index, timestamp: 0, marker: mark.marker, payload };
        depacketizer.push(&packet).expect("what was made is a payload");
        frames.extend(std::iter::from_fn(|| depacketizer.poll_frame()));
        out.clear();
        index += 1;
        if given_up && index == 2 {
            return;
        }
    }
    assert!(index <= 1 + frame.len() as u64, "more payloads than bytes");
    if index == 0 {
        return;
    }
    let arrived: Vec<u8> = frames.iter().flat_map(|frame| frame.data.to_vec()).collect();
    match format {
        // Start codes may differ, and parameter sets be repeated.
        Format::H264 => assert_eq!(frames.len(), 1, "one frame is one frame"),
        Format::Vp8 | Format::Vp9 => {
            assert_eq!(frames.len(), 1, "one frame is one frame");
            assert_eq!(arrived, frame);
        }
        // Each payload of sound is a frame.
        _ => assert_eq!(arrived, frame),
    }
}

/// What is read of a payload descriptor is what is written.
fn descriptor(format: Format, payload: &[u8]) {
    let mut input = payload;
    let mut out = Vec::new();
    match format {
        Format::Vp8 => {
            let Ok(descriptor) = vp8::Descriptor::decode(&mut input) else { return };
            descriptor.encode(&mut out);
            assert_eq!(vp8::Descriptor::decode(&mut &out[..]), Ok(descriptor));
        }
        Format::Vp9 => {
            let Ok(descriptor) = vp9::Descriptor::decode(&mut input) else { return };
            descriptor.encode(&mut out);
            // Not every structure can be written, and no reference of 0; what can stays as it is.
            let again = vp9::Descriptor::decode(&mut &out[..]).expect("what was written");
            out.clear();
            again.encode(&mut out);
            assert_eq!(vp9::Descriptor::decode(&mut &out[..]), Ok(again));
            assert_eq!(again.layers, descriptor.layers);
        }
        _ => {}
    }
}

/// The formats that carry no frames: what is read is written and read again as the same.
fn beside_frames(data: &[u8]) {
    let _duration = opus::duration(data);
    let _channels = (opus::is_stereo(data), opus::is_dtx(data));
    let mut out = Vec::new();
    if let Ok(noise) = ComfortNoise::decode(data) {
        noise.encode(&mut out);
        assert_eq!(ComfortNoise::decode(&out), Ok(noise));
        out.clear();
    }
    if let Ok(event) = TelephoneEvent::decode(data) {
        event.encode(&mut out);
        assert_eq!(TelephoneEvent::decode(&out), Ok(event));
        assert!(event.key().is_none_or(|key| TelephoneEvent::event_of(key) == Some(event.event)));
        out.clear();
    }
    if let Ok(Some(retransmission)) = RtxPayload::decode(data) {
        retransmission.encode(&mut out);
        assert_eq!(out, data);
        out.clear();
    }
    if let Ok(red) = Red::decode(data) {
        let blocks: Vec<_> = red.blocks().collect();
        encode_red(&blocks, red.payload_type, red.payload, &mut out);
        let again = Red::decode(&out).expect("what was written is RED");
        assert!(again.blocks().eq(blocks));
        assert_eq!((again.payload_type, again.payload), (red.payload_type, red.payload));
    }
}

const FORMATS: [Format; 7] = [
    Format::Vp8,
    Format::Vp9,
    Format::H264,
    Format::Opus,
    Format::G722,
    Format::Pcmu,
    Format::Pcma,
];
