//! What the path of a packet allocates: nothing.

use bytes::{Bytes, BytesMut};
use rtc_srtp::Ssrc;
use rtc_srtp::rtp::{HeaderExtension, RtpBuilder, RtpHeader, RtpPacket, RtpPacketMut};
use rtc_srtp::srtp::{
    Config, CryptexPolicy, MasterKey, ProtectionProfile, SrtpReceiver, SrtpSender,
};

#[test]
fn packets_are_protected_and_opened_without_allocating() {
    for (profile, cryptex) in variants() {
        let (mut sender, mut receiver) = pair(profile, cryptex);
        let (mut out, mut packet) = (Vec::with_capacity(1_500), BytesMut::with_capacity(1_500));
        let mut exchange = |sequence_number| {
            out.clear();
            encode(sequence_number, &[7; 1_200], &mut out);
            sender.protect(&mut out).unwrap();
            packet.clear();
            packet.extend_from_slice(&out);
            receiver.unprotect(&mut packet).unwrap();
            out.clear();
            out.extend_from_slice(&[0x80, 201, 0, 1, 0, 0, 0, 7]);
            sender.protect_rtcp(&mut out).unwrap();
            packet.clear();
            packet.extend_from_slice(&out);
            receiver.unprotect_rtcp(&mut packet).unwrap();
        };
        // A stream is remembered from its first packet on.
        exchange(0);
        let allocated = allocation_counter::measure(|| (1..1_000).for_each(&mut exchange));
        assert_eq!(allocated.count_total, 0, "{profile:?}, cryptex {cryptex:?}");
    }
}

/// Nor are they remembered, whatever they claim to be.
#[test]
fn forgeries_allocate_nothing() {
    for (profile, cryptex) in variants() {
        let (mut sender, mut receiver) = pair(profile, cryptex);
        let mut known = Vec::new();
        encode(0, &[7; 100], &mut known);
        sender.protect(&mut known).unwrap();
        receiver.unprotect(&mut BytesMut::from(&known[..])).unwrap();
        // Of a stream that is known and of ones that are not, and of each half of a cycle.
        let mut forged: Vec<_> = (1..200u32)
            .map(|number| {
                let mut packet = BytesMut::from(&known[..]);
                packet[2..4].copy_from_slice(&(number as u16 * 300).to_be_bytes());
                if number % 2 == 0 {
                    packet[8..12].copy_from_slice(&number.to_be_bytes());
                }
                packet
            })
            .collect();
        let mut forged_rtcp: Vec<_> = (0..200u32)
            .map(|ssrc| {
                let mut packet = BytesMut::zeroed(60);
                packet[..4].copy_from_slice(&[0x80, 201, 0, 1]);
                packet[4..8].copy_from_slice(&ssrc.to_be_bytes());
                packet
            })
            .collect();
        let allocated = allocation_counter::measure(|| {
            for packet in &mut forged {
                assert!(receiver.unprotect(packet).is_err());
            }
            for packet in &mut forged_rtcp {
                assert!(receiver.unprotect_rtcp(packet).is_err());
            }
        });
        assert_eq!(allocated.count_total, 0, "{profile:?}, cryptex {cryptex:?}");
        assert_eq!(receiver.streams(), (1, 0));
    }
}

/// What a forwarder does: one payload goes out to many, each with its own header and its own key. It
/// is copied once for each, to where it is encrypted.
#[test]
fn one_packet_goes_to_many_receivers_without_allocating() {
    for (profile, cryptex) in variants() {
        let mut receivers: Vec<_> = (0..50).map(|_| pair(profile, cryptex)).collect();
        let mut received = Vec::new();
        encode(500, &[7; 1_100], &mut received);
        let received = Bytes::from(received);
        let mut out = Vec::with_capacity(64 * 1_500);
        let mut opened = BytesMut::with_capacity(1_500);
        for (turn, sequence_number) in [(0, 1), (1, 2), (2, 3)] {
            let allocated = allocation_counter::measure(|| {
                out.clear();
                let packet = RtpPacket::decode(&received).unwrap();
                for (ssrc, (sender, receiver)) in (100..).zip(&mut receivers) {
                    let start = out.len();
                    if ssrc % 2 == 0 {
                        // A header of its own.
                        let mid = [HeaderExtension::new(3, b"v0").unwrap()];
                        let header =
                            RtpHeader { sequence_number, ssrc: Ssrc(ssrc), ..packet.header() };
                        RtpBuilder::new(header)
                            .with_extensions(&mid)
                            .encode(packet.payload(), &mut out);
                    } else {
                        // The same header, but for a few fields.
                        out.extend_from_slice(&received);
                        let mut packet = RtpPacketMut::decode(&mut out[start..]).unwrap();
                        packet.set_sequence_number(sequence_number);
                        packet.set_ssrc(Ssrc(ssrc));
                        packet.rename_extensions(|id| (id == 1).then_some(3));
                    }
                    sender.protect_from(&mut out, start).unwrap();
                    opened.clear();
                    opened.extend_from_slice(&out[start..]);
                    receiver.unprotect(&mut opened).unwrap();
                    let sent = RtpPacket::decode(&opened).unwrap();
                    assert_eq!(sent.ssrc(), Ssrc(ssrc));
                    assert_eq!(sent.payload(), packet.payload());
                    assert_eq!(sent.extension(3).map(<[u8]>::len), Some(2));
                }
            });
            // The first packet of each stream makes its place.
            assert!(turn == 0 || allocated.count_total == 0, "{profile:?}, cryptex {cryptex:?}");
        }
    }
}

fn variants() -> impl Iterator<Item = (ProtectionProfile, CryptexPolicy)> {
    let profiles = [
        ProtectionProfile::Aes128CmHmacSha1_80,
        ProtectionProfile::Aes128CmHmacSha1_32,
        ProtectionProfile::AeadAes128Gcm,
        ProtectionProfile::AeadAes256Gcm,
    ];
    let policies = [CryptexPolicy::Disabled, CryptexPolicy::Negotiated];
    profiles.into_iter().flat_map(move |profile| policies.map(|policy| (profile, policy)))
}

fn pair(profile: ProtectionProfile, cryptex: CryptexPolicy) -> (SrtpSender, SrtpReceiver) {
    let (key, salt) = (vec![1; profile.key_len()], vec![2; profile.salt_len()]);
    let key = MasterKey::new(profile, &key, &salt).expect("as long as the profile says");
    let mut config = Config::default();
    config.cryptex = cryptex;
    (SrtpSender::new(&key, &config), SrtpReceiver::new(&key, &config))
}

/// A packet with a header extension.
fn encode(sequence_number: u16, payload: &[u8], out: &mut Vec<u8>) {
    let header = RtpHeader { sequence_number, ssrc: Ssrc(7), ..RtpHeader::default() };
    let extensions = [HeaderExtension::new(1, b"v0").expect("short")];
    RtpBuilder::new(header).with_extensions(&extensions).encode(payload, out);
}
