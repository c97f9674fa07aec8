//! Known answers, and what an attacker may try.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use bytes::BytesMut;
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::key_derivation::{KeyDerivation, Label};
use super::session::SessionKeys;
use super::*;
use crate::crypto::AesGcm;
use crate::error::{DecodeError, KeyError, ProtectError, UnprotectError};
use crate::rtp::{HeaderExtension, RtpBuilder, RtpHeader, RtpPacket};
use crate::ssrc::Ssrc;

const PROFILES: [ProtectionProfile; 4] = [
    ProtectionProfile::Aes128CmHmacSha1_80,
    ProtectionProfile::Aes128CmHmacSha1_32,
    ProtectionProfile::AeadAes128Gcm,
    ProtectionProfile::AeadAes256Gcm,
];

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    let (pairs, _) = digits.as_chunks::<2>();
    pairs.iter().map(|[high, low]| high << 4 | low).collect()
}

fn buffer(bytes: &[u8]) -> BytesMut {
    BytesMut::from(bytes)
}

fn key(profile: ProtectionProfile) -> MasterKey {
    let key: Vec<u8> = (1..).take(profile.key_len()).collect();
    let salt: Vec<u8> = (101..).take(profile.salt_len()).collect();
    MasterKey::new(profile, &key, &salt).unwrap()
}

fn config(cryptex: CryptexPolicy) -> Config {
    Config { cryptex, ..Config::default() }
}

fn pair_with(
    profile: ProtectionProfile,
    sender: CryptexPolicy,
    receiver: CryptexPolicy,
) -> (SrtpSender, SrtpReceiver) {
    let key = key(profile);
    (SrtpSender::new(&key, &config(sender)), SrtpReceiver::new(&key, &config(receiver)))
}

fn pair(profile: ProtectionProfile) -> (SrtpSender, SrtpReceiver) {
    pair_with(profile, CryptexPolicy::Disabled, CryptexPolicy::Disabled)
}

/// A packet with a header extension.
fn rtp(ssrc: u32, sequence_number: u16) -> Vec<u8> {
    let header = RtpHeader {
        marker: false,
        payload_type: 96,
        sequence_number,
        timestamp: 5,
        ssrc: Ssrc(ssrc),
    };
    let extensions = [HeaderExtension::new(1, b"mid").unwrap()];
    let mut packet = Vec::new();
    RtpBuilder::new(header)
        .with_extensions(&extensions)
        .encode(b"twenty bytes or more of payload", &mut packet);
    packet
}

fn protect(sender: &mut SrtpSender, packet: &[u8]) -> Vec<u8> {
    let mut packet = packet.to_vec();
    sender.protect(&mut packet).unwrap();
    packet
}

/// A receiver report, which nobody has to look into.
fn rtcp(ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80, 201, 0, 1];
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend_from_slice(&[0x80, 203, 0, 0]);
    packet
}

fn protect_rtcp(sender: &mut SrtpSender, packet: &[u8]) -> Vec<u8> {
    let mut packet = packet.to_vec();
    sender.protect_rtcp(&mut packet).unwrap();
    packet
}

// --- Known answers ---

/// RFC 3711, appendix B.3.
#[test]
fn keys_are_derived_from_128_bits() {
    let key = MasterKey::new(
        ProtectionProfile::Aes128CmHmacSha1_80,
        &hex("E1F97A0D3E018BE0D64FA32C06DE4139"),
        &hex("0EC675AD498AFEEBB6960B3AABE6"),
    )
    .unwrap();
    let derivation = KeyDerivation::new(&key).unwrap();
    assert_eq!(
        derivation.derive::<16>(Label::RtpEncryption).to_vec(),
        hex("C61E7A93744F39EE10734AFE3FF7A087")
    );
    assert_eq!(
        derivation.derive::<14>(Label::RtpSalt).to_vec(),
        hex("30CBBC08863D8C85D49DB34A9AE1")
    );
    assert_eq!(
        derivation.derive::<94>(Label::RtpAuthentication).to_vec(),
        hex("CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE
             E049646C43D9327AD175578EF7227098 6371C10C9A369AC2F94A8C5FBCDDDC25
             6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2")
    );
}

/// RFC 6188, section 7.2.
#[test]
fn keys_are_derived_from_256_bits() {
    // No profile has a key of 256 bits with a salt of 112; the derivation does not mind.
    let key = MasterKey::new(
        ProtectionProfile::AeadAes256Gcm,
        &hex("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6"),
        &hex("3b04803de51ee7c96423ab5b"),
    )
    .unwrap();
    let derivation =
        KeyDerivation::new(&key).unwrap().with_salt(&hex("3b04803de51ee7c96423ab5b78d2"));
    assert_eq!(
        derivation.derive::<32>(Label::RtpEncryption).to_vec(),
        hex("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4")
    );
    assert_eq!(
        derivation.derive::<14>(Label::RtpSalt).to_vec(),
        hex("fa31791685ca444a9e07c6c64e93")
    );
    assert_eq!(
        derivation.derive::<20>(Label::RtpAuthentication).to_vec(),
        hex("fd9c32d39ed5fbb5a9dc96b30818454d1313dc05")
    );
}

/// The session keys of RFC 7714, sections 16 and 17, which are given and not derived.
fn quid_pro_quo(key_len: u8) -> (SrtpSender, SrtpReceiver) {
    let session = || SessionKeys::Gcm {
        cipher: AesGcm::new(&(0..key_len).collect::<Vec<_>>()).unwrap(),
        salt: Zeroizing::new(*b"Quid pro quo"),
    };
    let profile = if key_len == 16 {
        ProtectionProfile::AeadAes128Gcm
    } else {
        ProtectionProfile::AeadAes256Gcm
    };
    let (sender, receiver) = pair(profile);
    (
        sender.with_session_keys(session(), session()),
        receiver.with_session_keys(session(), session()),
    )
}

/// RFC 7714, sections 16.1 and 16.2.
#[test]
fn srtp_with_gcm() {
    let plain = hex("8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976
                     69736120 696e2070 61727465 73207472 6573");
    let sealed_128 = hex("8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5
                          0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439
                          0cce");
    let sealed_256 = hex("8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238
                          9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7
                          6c13");
    for (key_len, sealed) in [(16, sealed_128), (32, sealed_256)] {
        let (mut sender, mut receiver) = quid_pro_quo(key_len);
        assert_eq!(protect(&mut sender, &plain), sealed);
        let mut packet = buffer(&sealed);
        assert_eq!(receiver.unprotect(&mut packet), Ok(0xf17b));
        assert_eq!(packet, plain);
    }
}

/// RFC 7714, section 17.
#[test]
fn srtcp_with_gcm() {
    let plain = hex("81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
                     deadbeef deadbeef deadbeef deadbeef deadbeef");
    let encrypted_128 =
        hex("81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d
                             c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872
                             45d9eade 800005d4");
    let encrypted_256 =
        hex("81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50
                             a2eaa5c1 110555be 8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c
                             b26ac3be 800005d4");
    let tagged_128 = hex("81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
                          deadbeef deadbeef deadbeef deadbeef deadbeef 841dd968 3dd78ec9 2ae58790
                          125f62b3 000005d4");
    let tagged_256 = hex("81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
                          deadbeef deadbeef deadbeef deadbeef deadbeef 91db4afb feee5a97 8fab4393
                          ed2615fe 000005d4");
    for (key_len, encrypted, tagged) in
        [(16, encrypted_128, tagged_128), (32, encrypted_256, tagged_256)]
    {
        let (mut sender, mut receiver) = quid_pro_quo(key_len);
        sender.place(Ssrc(0x4d61_7273), 0, 0x5d4);
        assert_eq!(protect_rtcp(&mut sender, &plain), encrypted);
        let mut packet = buffer(&encrypted);
        assert_eq!(receiver.unprotect_rtcp(&mut packet), Ok(0x5d4));
        assert_eq!(packet, plain);
        // Authenticated only.
        let (_, mut receiver) = quid_pro_quo(key_len);
        let mut forged = buffer(&tagged);
        forged[20] ^= 1;
        let before = forged.clone();
        assert_eq!(receiver.unprotect_rtcp(&mut forged), Err(UnprotectError::Authentication));
        assert_eq!(forged, before);
        let mut packet = buffer(&tagged);
        assert_eq!(receiver.unprotect_rtcp(&mut packet), Ok(0x5d4));
        assert_eq!(packet, plain);
    }
}

/// RFC 9335, the key of the test vectors with AES-CTR.
fn cryptex_ctr_key() -> MasterKey {
    MasterKey::new(
        ProtectionProfile::Aes128CmHmacSha1_80,
        &hex("e1f97a0d3e018be0d64fa32c06de4139"),
        &hex("0ec675ad498afeebb6960b3aabe6"),
    )
    .unwrap()
}

#[test]
fn srtp_with_counter_mode() {
    let plain = hex("800f1234decafbadcafebabeabababababababababababababababab");
    let sealed =
        hex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
    let mut sender = SrtpSender::new(&cryptex_ctr_key(), &Config::default());
    assert_eq!(protect(&mut sender, &plain), sealed);
    let mut receiver = SrtpReceiver::new(&cryptex_ctr_key(), &Config::default());
    let mut packet = buffer(&sealed);
    assert_eq!(receiver.unprotect(&mut packet), Ok(0x1234));
    assert_eq!(packet, plain);
}

#[test]
fn cryptex() {
    let gcm_key = MasterKey::new(
        ProtectionProfile::AeadAes128Gcm,
        &hex("000102030405060708090a0b0c0d0e0f"),
        &hex("a0a1a2a3a4a5a6a7a8a9aaab"),
    )
    .unwrap();
    for (key, vectors) in [(cryptex_ctr_key(), CRYPTEX_CTR), (gcm_key, CRYPTEX_GCM)] {
        for (plain, sealed) in vectors {
            let (plain, sealed) = (hex(plain), hex(sealed));
            let mut sender = SrtpSender::new(&key, &config(CryptexPolicy::Negotiated));
            assert_eq!(protect(&mut sender, &plain), sealed);
            for policy in [CryptexPolicy::Negotiated, CryptexPolicy::Required] {
                let mut receiver = SrtpReceiver::new(&key, &config(policy));
                let mut packet = buffer(&sealed);
                assert!(receiver.unprotect(&mut packet).is_ok());
                assert_eq!(packet, plain);
            }
        }
    }
}

// --- Round trips ---

#[test]
fn every_profile_protects_and_opens() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        for sequence_number in 65_530..65_540u32 {
            let plain = rtp(7, sequence_number as u16);
            let sealed = protect(&mut sender, &plain);
            assert_eq!(sealed.len(), plain.len() + profile.rtp_overhead());
            assert_eq!(sealed.get(..20), plain.get(..20), "the header stays in the clear");
            let mut packet = buffer(&sealed);
            assert_eq!(receiver.unprotect(&mut packet), Ok(sequence_number.into()));
            assert_eq!(packet, plain);
            let plain = rtcp(7);
            let sealed = protect_rtcp(&mut sender, &plain);
            assert_eq!(sealed.len(), plain.len() + profile.rtcp_overhead());
            let mut packet = buffer(&sealed);
            assert_eq!(receiver.unprotect_rtcp(&mut packet), Ok(sequence_number - 65_530));
            assert_eq!(packet, plain);
        }
    }
}

#[test]
fn what_is_before_the_packet_is_left_alone() {
    for profile in PROFILES {
        for policy in [CryptexPolicy::Disabled, CryptexPolicy::Negotiated] {
            let (mut sender, mut receiver) = pair_with(profile, policy, policy);
            let mut out = vec![0xee; 33];
            // Contributing sources and no header extension: cryptex has to make one.
            let csrcs = [Ssrc(1), Ssrc(2)];
            let header = RtpHeader { ssrc: Ssrc(7), ..RtpHeader::default() };
            RtpBuilder { csrcs: &csrcs, ..RtpBuilder::new(header) }.encode(b"payload", &mut out);
            sender.protect_from(&mut out, 33).unwrap();
            assert_eq!(out.get(..33), Some(&[0xee; 33][..]));
            let mut packet = buffer(out.get(33..).unwrap());
            receiver.unprotect(&mut packet).unwrap();
            let packet = RtpPacket::decode(&packet).unwrap();
            assert!(packet.csrcs().eq(csrcs));
            assert_eq!(packet.payload(), b"payload");
            let mut out = vec![0xee; 33];
            out.extend(rtcp(7));
            sender.protect_rtcp_from(&mut out, 33).unwrap();
            assert_eq!(out.get(..33), Some(&[0xee; 33][..]));
            assert!(receiver.unprotect_rtcp(&mut buffer(out.get(33..).unwrap())).is_ok());
        }
    }
}

#[test]
fn profiles_have_the_identifiers_of_dtls() {
    for profile in PROFILES {
        assert_eq!(ProtectionProfile::from_id(profile.id()), Some(profile));
    }
    assert_eq!(ProtectionProfile::from_id(5), None, "NULL encryption");
    assert_eq!(ProtectionProfile::from_id(6), None);
    let short = MasterKey::new(ProtectionProfile::AeadAes128Gcm, &[0; 15], &[0; 12]);
    assert_eq!(short.unwrap_err(), KeyError::KeyLength { expected: 16 });
    let long = MasterKey::new(ProtectionProfile::AeadAes128Gcm, &[0; 16], &[0; 14]);
    assert_eq!(long.unwrap_err(), KeyError::SaltLength { expected: 12 });
}

// --- What an attacker may try ---

#[test]
fn any_changed_bit_is_noticed_and_changes_nothing() {
    for profile in PROFILES {
        for policy in [CryptexPolicy::Disabled, CryptexPolicy::Negotiated] {
            let (mut sender, mut receiver) = pair_with(profile, policy, policy);
            let mut first = buffer(&protect(&mut sender, &rtp(7, 1)));
            receiver.unprotect(&mut first).unwrap();
            let sealed = protect(&mut sender, &rtp(7, 2));
            for bit in 0..sealed.len() * 8 {
                let mut forged = buffer(&sealed);
                forged[bit / 8] ^= 1 << (bit % 8);
                assert!(receiver.unprotect(&mut forged).is_err(), "{profile:?}, bit {bit}");
            }
            assert_eq!(receiver.streams(), (1, 0));
            assert_eq!(receiver.unprotect(&mut buffer(&sealed)), Ok(2));
            let sealed = protect_rtcp(&mut sender, &rtcp(7));
            for bit in 0..sealed.len() * 8 {
                let mut forged = buffer(&sealed);
                forged[bit / 8] ^= 1 << (bit % 8);
                assert!(receiver.unprotect_rtcp(&mut forged).is_err(), "{profile:?}, bit {bit}");
            }
            assert_eq!(receiver.unprotect_rtcp(&mut buffer(&sealed)), Ok(0));
        }
    }
}

#[test]
fn a_packet_shorter_than_its_tag_is_refused() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        let sealed = protect(&mut sender, &rtp(7, 1));
        for len in 0..sealed.len() {
            assert!(receiver.unprotect(&mut buffer(sealed.get(..len).unwrap())).is_err());
        }
        let sealed = protect_rtcp(&mut sender, &rtcp(7));
        for len in 0..sealed.len() {
            assert!(receiver.unprotect_rtcp(&mut buffer(sealed.get(..len).unwrap())).is_err());
        }
        for len in 0..profile.rtcp_overhead() + 8 {
            let short = vec![0x80; len];
            let truncated = Err(UnprotectError::Decode(DecodeError::Truncated));
            assert_eq!(receiver.unprotect_rtcp(&mut buffer(&short)), truncated);
        }
        assert_eq!(receiver.streams(), (0, 0));
    }
}

#[test]
fn plaintext_is_never_accepted() {
    for profile in PROFILES {
        for policy in [CryptexPolicy::Disabled, CryptexPolicy::Negotiated] {
            let (_, mut receiver) = pair_with(profile, policy, policy);
            let mut packet = buffer(&rtp(7, 1));
            assert_eq!(receiver.unprotect(&mut packet), Err(UnprotectError::Authentication));
            // A BYE, with and without room for a trailer that says "not encrypted".
            let mut bye = vec![0x81, 203, 0, 1, 0, 0, 0, 7];
            assert!(receiver.unprotect_rtcp(&mut buffer(&bye)).is_err());
            bye.resize(8 + profile.rtcp_overhead(), 0);
            let refused = receiver.unprotect_rtcp(&mut buffer(&bye));
            assert_eq!(refused, Err(UnprotectError::Authentication));
            assert_eq!(receiver.streams(), (0, 0));
        }
    }
}

#[test]
fn a_replayed_packet_is_refused() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        let sealed: Vec<_> =
            (1..=1_100).map(|number| protect(&mut sender, &rtp(7, number))).collect();
        for number in [0, 1, 30, 1_050] {
            assert!(receiver.unprotect(&mut buffer(&sealed[number])).is_ok());
            let replayed = receiver.unprotect(&mut buffer(&sealed[number]));
            assert_eq!(replayed, Err(UnprotectError::Replayed));
        }
        // 1,024 packets back is where memory ends, whether it was accepted or not.
        for (number, expected) in [(26, Err(UnprotectError::Replayed)), (27, Ok(28))] {
            assert_eq!(receiver.unprotect(&mut buffer(&sealed[number])), expected);
        }
    }
}

#[test]
fn replayed_rtcp_is_refused() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        let sealed: Vec<_> = (0..200).map(|_| protect_rtcp(&mut sender, &rtcp(7))).collect();
        for number in [0, 5, 3, 150] {
            assert!(receiver.unprotect_rtcp(&mut buffer(&sealed[number])).is_ok());
            let replayed = receiver.unprotect_rtcp(&mut buffer(&sealed[number]));
            assert_eq!(replayed, Err(UnprotectError::Replayed));
        }
        let old = receiver.unprotect_rtcp(&mut buffer(&sealed[22]));
        assert_eq!(old, Err(UnprotectError::Replayed));
        assert_eq!(receiver.unprotect_rtcp(&mut buffer(&sealed[23])), Ok(23));
    }
}

#[test]
fn a_forged_packet_neither_moves_the_window_nor_the_rollover_counter() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        receiver.unprotect(&mut buffer(&protect(&mut sender, &rtp(7, 100)))).unwrap();
        // Far ahead, and around the wrap again and again.
        for sequence_number in [1_000, 30_000, 60_000, 90_000, 120_000, 150_000u32] {
            let mut forged = rtp(7, sequence_number as u16);
            forged.resize(forged.len() + profile.rtp_overhead(), 0);
            let refused = receiver.unprotect(&mut buffer(&forged));
            assert!(matches!(refused, Err(UnprotectError::Authentication | UnprotectError::Index)));
        }
        // The next true packets are neither too old nor of another cycle.
        for number in [101, 99, 102] {
            let sealed = protect(&mut sender, &rtp(7, number));
            assert_eq!(receiver.unprotect(&mut buffer(&sealed)), Ok(number.into()));
        }
    }
}

#[test]
fn a_spray_of_sources_is_not_remembered() {
    for profile in PROFILES {
        let (_, mut receiver) = pair(profile);
        for ssrc in 0..5_000 {
            let mut forged = rtp(ssrc, 1);
            forged.resize(forged.len() + profile.rtp_overhead(), 0);
            assert!(receiver.unprotect(&mut buffer(&forged)).is_err());
            let mut forged = rtcp(ssrc);
            forged.resize(forged.len() + profile.rtcp_overhead(), 0);
            assert!(receiver.unprotect_rtcp(&mut buffer(&forged)).is_err());
        }
        assert_eq!(receiver.streams(), (0, 0));
    }
}

#[test]
fn the_number_of_streams_is_bounded() {
    let key = key(ProtectionProfile::AeadAes128Gcm);
    let few = Config { max_streams: 3, ..Config::default() };
    let mut sender = SrtpSender::new(&key, &Config::default());
    let mut receiver = SrtpReceiver::new(&key, &few);
    let mut bounded = SrtpSender::new(&key, &few);
    for ssrc in 0..5 {
        let packet = protect(&mut sender, &rtp(ssrc, 1));
        let packet_rtcp = protect_rtcp(&mut sender, &rtcp(ssrc));
        let accepted = receiver.unprotect(&mut buffer(&packet));
        let accepted_rtcp = receiver.unprotect_rtcp(&mut buffer(&packet_rtcp));
        let mut plain = rtp(ssrc, 1);
        let before = plain.clone();
        if ssrc < 3 {
            assert_eq!((accepted, accepted_rtcp), (Ok(1), Ok(0)));
            assert_eq!(bounded.protect(&mut plain), Ok(()));
        } else {
            assert_eq!(accepted, Err(UnprotectError::TooManyStreams));
            assert_eq!(accepted_rtcp, Err(UnprotectError::TooManyStreams));
            assert_eq!(bounded.protect(&mut plain), Err(ProtectError::TooManyStreams));
            assert_eq!(plain, before);
        }
    }
    // The streams that are known go on.
    let packet = protect(&mut sender, &rtp(0, 2));
    assert_eq!(receiver.unprotect(&mut buffer(&packet)), Ok(2));
}

#[test]
fn a_stream_that_wrapped_before_anything_arrived_is_recovered() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        let lost = protect(&mut sender, &rtp(7, 65_535));
        let first = protect(&mut sender, &rtp(7, 3));
        assert_eq!(receiver.unprotect(&mut buffer(&first)), Ok(65_536 + 3));
        assert_eq!(receiver.unprotect(&mut buffer(&lost)), Ok(65_535), "it was only late");
        let next = protect(&mut sender, &rtp(7, 4));
        assert_eq!(receiver.unprotect(&mut buffer(&next)), Ok(65_536 + 4));
    }
}

#[test]
fn an_index_below_zero_is_refused() {
    let (mut sender, mut receiver) = pair(ProtectionProfile::AeadAes128Gcm);
    receiver.unprotect(&mut buffer(&protect(&mut sender, &rtp(7, 3)))).unwrap();
    let mut packet = buffer(&rtp(7, 65_535));
    packet.resize(packet.len() + 16, 0);
    assert_eq!(receiver.unprotect(&mut packet), Err(UnprotectError::Index));
    assert_eq!(sender.protect(&mut rtp(7, 65_535)), Err(ProtectError::Reused));
}

#[test]
fn an_index_is_never_used_twice() {
    for profile in PROFILES {
        let (mut sender, _) = pair(profile);
        for number in [10, 12, 11] {
            assert_eq!(sender.protect(&mut rtp(7, number)), Ok(()));
        }
        for number in [10, 11, 12] {
            let mut packet = rtp(7, number);
            let before = packet.clone();
            assert_eq!(sender.protect(&mut packet), Err(ProtectError::Reused));
            assert_eq!(packet, before);
        }
        assert_eq!(sender.protect(&mut rtp(8, 10)), Ok(()), "another stream has its own");
        assert_eq!(sender.protect(&mut rtp(7, 2_000)), Ok(()));
        assert_eq!(sender.protect(&mut rtp(7, 900)), Err(ProtectError::Reused), "forgotten");
    }
}

#[test]
fn a_key_expires() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        let last = (1u64 << 48) - 1;
        sender.place(Ssrc(7), last - 2, (1 << 31) - 1);
        receiver.place(Ssrc(7), last - 2);
        let sealed = protect(&mut sender, &rtp(7, 0xffff));
        assert_eq!(receiver.unprotect(&mut buffer(&sealed)), Ok(last));
        assert_eq!(sender.protect(&mut rtp(7, 0)), Err(ProtectError::KeyExpired));
        let mut beyond = buffer(&rtp(7, 0));
        beyond.resize(beyond.len() + profile.rtp_overhead(), 0);
        assert_eq!(receiver.unprotect(&mut beyond), Err(UnprotectError::Index));
        // What is late may still be sent.
        assert_eq!(sender.protect(&mut rtp(7, 0xfffe)), Ok(()));
        let sealed = protect_rtcp(&mut sender, &rtcp(7));
        assert_eq!(receiver.unprotect_rtcp(&mut buffer(&sealed)), Ok((1 << 31) - 1));
        let mut packet = rtcp(7);
        let before = packet.clone();
        assert_eq!(sender.protect_rtcp(&mut packet), Err(ProtectError::KeyExpired));
        assert_eq!(packet, before);
    }
}

#[test]
fn a_header_in_the_clear_is_refused_where_cryptex_is_required() {
    for profile in PROFILES {
        let (mut sender, mut receiver) =
            pair_with(profile, CryptexPolicy::Disabled, CryptexPolicy::Required);
        let sealed = protect(&mut sender, &rtp(7, 1));
        let refused = receiver.unprotect(&mut buffer(&sealed));
        assert_eq!(refused, Err(UnprotectError::NotEncrypted));
        // Contributing sources without header extension.
        let mut packet = hex("810f1234decafbadcafebabe00000001abababab");
        sender.protect(&mut packet).unwrap();
        let refused = receiver.unprotect(&mut buffer(&packet));
        assert_eq!(refused, Err(UnprotectError::NotEncrypted));
        // Nothing that could be encrypted.
        let mut packet = hex("800f1235decafbadcafebabeabababab");
        sender.protect(&mut packet).unwrap();
        assert_eq!(receiver.unprotect(&mut buffer(&packet)), Ok(0x1235));
        // The receiver can be told later.
        receiver.set_cryptex(CryptexPolicy::Negotiated);
        assert_eq!(receiver.unprotect(&mut buffer(&sealed)), Ok(1));
    }
}

#[test]
fn cryptex_hides_extensions_and_contributing_sources() {
    for profile in PROFILES {
        let (mut sender, mut receiver) =
            pair_with(profile, CryptexPolicy::Required, CryptexPolicy::Required);
        let sealed = protect(&mut sender, &rtp(7, 1));
        let packet = RtpPacket::decode(&sealed).unwrap();
        let (profile_field, data) = packet.raw_extension().unwrap();
        assert_eq!(profile_field, 0xc0de);
        assert_ne!(data, [0x12, b'm', b'i', b'd']);
        let mut packet = buffer(&sealed);
        receiver.unprotect(&mut packet).unwrap();
        assert_eq!(packet, rtp(7, 1));
    }
}

#[test]
fn an_extension_of_another_form_is_not_encrypted_by_cryptex() {
    for field in ["2000", "1001"] {
        let plain = hex(&format!("900f1234decafbadcafebabe{field}000151000200abababab"));
        let (mut sender, mut receiver) = pair_with(
            ProtectionProfile::AeadAes128Gcm,
            CryptexPolicy::Negotiated,
            CryptexPolicy::Negotiated,
        );
        let sealed = protect(&mut sender, &plain);
        assert_eq!(sealed.get(..20), plain.get(..20));
        let mut packet = buffer(&sealed);
        assert!(receiver.unprotect(&mut packet).is_ok());
        assert_eq!(packet, plain);
        sender.set_cryptex(CryptexPolicy::Required);
        let mut again = plain.clone();
        assert_eq!(sender.protect(&mut again), Err(ProtectError::HeaderExtension));
        assert_eq!(again, plain);
    }
}

#[test]
fn an_extension_that_only_looks_encrypted_is_refused_where_it_would_be_decrypted() {
    for field in ["c0de", "c2de"] {
        let plain = hex(&format!("900f1234decafbadcafebabe{field}000151000200abababab"));
        let (mut sender, _) = pair_with(
            ProtectionProfile::AeadAes128Gcm,
            CryptexPolicy::Negotiated,
            CryptexPolicy::Negotiated,
        );
        let mut packet = plain.clone();
        assert_eq!(sender.protect(&mut packet), Err(ProtectError::HeaderExtension));
        assert_eq!(packet, plain);
        sender.set_cryptex(CryptexPolicy::Disabled);
        assert_eq!(sender.protect(&mut packet), Ok(()));
    }
}

#[test]
fn what_is_not_a_packet_is_refused() {
    let (mut sender, _) = pair(ProtectionProfile::AeadAes128Gcm);
    let truncated = ProtectError::Decode(DecodeError::Truncated);
    for (packet, expected) in [
        ("", truncated),
        ("800f1234decafbadcafeba", truncated),
        ("810f1234decafbadcafebabe", truncated),
        ("900f1234decafbadcafebabebede0001", truncated),
        ("400f1234decafbadcafebabe", ProtectError::Decode(DecodeError::Version)),
    ] {
        assert_eq!(sender.protect(&mut hex(packet)), Err(expected));
    }
    assert_eq!(sender.protect_rtcp(&mut hex("80c90001cafeba")), Err(truncated));
    let version = Err(ProtectError::Decode(DecodeError::Version));
    assert_eq!(sender.protect_rtcp(&mut hex("40c90001cafebabe")), version);
    assert_eq!(sender.protect_from(&mut vec![1, 2, 3], 4), Err(truncated));
}

#[test]
fn keys_are_not_shown() {
    let key = MasterKey::new(ProtectionProfile::AeadAes128Gcm, &[0xa7; 16], &[0xb9; 12]).unwrap();
    let shown = format!(
        "{key:?} {:?} {:?}",
        SrtpSender::new(&key, &Config::default()),
        SrtpReceiver::new(&key, &Config::default())
    );
    for secret in ["167", "185", "a7", "b9"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[derive(Debug, Clone, Copy)]
enum Fate {
    Deliver,
    Drop,
    Duplicate,
    /// Delivered after so many others.
    Delay(usize),
    /// One bit is flipped.
    Corrupt(usize),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Deliver),
        2 => Just(Fate::Drop),
        1 => Just(Fate::Duplicate),
        2 => (1usize..60).prop_map(Fate::Delay),
        1 => any::<usize>().prop_map(Fate::Corrupt),
    ]
}

proptest! {
    /// Whatever the network does: each packet that arrives is opened once, as what it was.
    #[test]
    fn every_packet_that_arrives_is_opened_once(
        fates in prop::collection::vec(fate(), 1..150),
        profile in prop::sample::select(&PROFILES[..]),
        start in prop_oneof![0u16..100, 32_700u16..32_800, 65_400..=u16::MAX],
    ) {
        let (mut sender, mut receiver) = pair(profile);
        let mut delayed: Vec<(usize, u64, Vec<u8>)> = Vec::new();
        let mut opened = alloc::collections::BTreeSet::new();
        let mut arrived = alloc::collections::BTreeSet::new();
        let last = fates.len() + 60;
        let fates = fates.into_iter().map(Some).chain(core::iter::repeat(None));
        for (at, fate) in fates.enumerate().take(last) {
            let index = u64::from(start) + at as u64;
            let mut arrivals = Vec::new();
            if let Some(fate) = fate {
                let sealed = protect(&mut sender, &rtp(7, index as u16));
                match fate {
                    Fate::Deliver => arrivals.push((index, sealed)),
                    Fate::Drop => {}
                    Fate::Duplicate => arrivals.extend([(index, sealed.clone()), (index, sealed)]),
                    Fate::Delay(by) => delayed.push((at + by, index, sealed)),
                    Fate::Corrupt(bit) => {
                        let mut forged = buffer(&sealed);
                        let bit = bit % (8 * forged.len());
                        forged[bit / 8] ^= 1 << (bit % 8);
                        prop_assert!(receiver.unprotect(&mut forged).is_err());
                    }
                }
            }
            arrivals.extend(
                delayed.extract_if(.., |(due, ..)| *due <= at).map(|(_, index, sealed)| (index, sealed)),
            );
            for (index, sealed) in arrivals {
                let mut packet = buffer(&sealed);
                match receiver.unprotect(&mut packet) {
                    Ok(found) => {
                        prop_assert_eq!(found, index);
                        prop_assert_eq!(&packet, &rtp(7, index as u16));
                        prop_assert!(opened.insert(index), "opened twice");
                    }
                    Err(error) => {
                        prop_assert!(arrived.contains(&index), "{}: {}", index, error);
                        prop_assert_eq!(error, UnprotectError::Replayed);
                    }
                }
                arrived.insert(index);
            }
        }
        prop_assert_eq!(opened, arrived);
    }

    #[test]
    fn no_bytes_panic(
        mut bytes in prop::collection::vec(any::<u8>(), 0..80),
        profile in prop::sample::select(&PROFILES[..]),
    ) {
        if let Some(first) = bytes.first_mut() {
            *first = *first & 0x3f | 0x80;
        }
        let policy = CryptexPolicy::Negotiated;
        let (mut sender, mut receiver) = pair_with(profile, policy, policy);
        prop_assert!(receiver.unprotect(&mut buffer(&bytes)).is_err());
        prop_assert!(receiver.unprotect_rtcp(&mut buffer(&bytes)).is_err());
        let mut sealed = bytes.clone();
        if sender.protect(&mut sealed).is_ok() {
            let mut packet = buffer(&sealed);
            prop_assert!(receiver.unprotect(&mut packet).is_ok());
            // Cryptex may have added an empty header extension.
            prop_assert!(packet == bytes || packet.len() == bytes.len() + 4);
        }
        let mut sealed = bytes.clone();
        if sender.protect_rtcp(&mut sealed).is_ok() {
            let mut packet = buffer(&sealed);
            prop_assert!(receiver.unprotect_rtcp(&mut packet).is_ok());
            prop_assert_eq!(&packet, &bytes);
        }
    }
}

/// RFC 9335, test vectors with AES-CTR.
const CRYPTEX_CTR: [(&str, &str); 6] = [
    // RTP Packet with 1-byte header extension.
    (
        "900f1235decafbadcafebabebede000151000200abababababababababababababababab",
        "900f1235decafbadcafebabec0de0001eb92365251c3e036f8de27e9c27ee3e0b4651d9fbc4218a70244522f34a5",
    ),
    // RTP Packet with 2-byte header extension.
    (
        "900f1236decafbadcafebabe1000000105020002abababababababababababababababab",
        "900f1236decafbadcafebabec2de00014ed9cc4e6a712b3096c5ca77339d4204ce0d77396cab69585fbce38194a5",
    ),
    // RTP Packet with 1-byte header extension and CSRC fields.
    (
        "920f1238decafbadcafebabe0001e2400000b26ebede000151000200abababababababababababababababab",
        "920f1238decafbadcafebabe8bb6e12b5cff16ddc0de000192838c8c09e58393e1de3a9a74734d6745671338c3acf11da2df8423bee0",
    ),
    // RTP Packet with 2-byte header extension and CSRC fields.
    (
        "920f1239decafbadcafebabe0001e2400000b26e1000000105020002abababababababababababababababab",
        "920f1239decafbadcafebabef70e513eb90b9b25c2de0001bbed4848faa644665f3d7f34125914e9f4d0ae923c6f479b95a0f7b53133",
    ),
    // RTP Packet with empty 1-byte header extension and CSRC fields.
    (
        "920f123adecafbadcafebabe0001e2400000b26ebede0000abababababababababababababababab",
        "920f123adecafbadcafebabe7130b6abfe2ab0e3c0de0000e3d9f64b25c9e74cb4cf8e43fb92e3781c2c0ceab6b3a499a14c",
    ),
    // RTP Packet with empty 2-byte header extension and CSRC fields.
    (
        "920f123bdecafbadcafebabe0001e2400000b26e10000000abababababababababababababababab",
        "920f123bdecafbadcafebabecbf24c124330e1c8c2de0000599dd45bc9d687b603e8b59d771fd38e88b170e0cd31e125eabe",
    ),
];

/// RFC 9335, test vectors with AES-GCM.
const CRYPTEX_GCM: [(&str, &str); 6] = [
    // RTP Packet with 1-byte header extension.
    (
        "900f1235decafbadcafebabebede000151000200abababababababababababababababab",
        "900f1235decafbadcafebabec0de000139972dc9572c4d99e8fc355de743fb2e94f9d8ff54e72f4193bbc5c74ffab0fa9fa0fbeb",
    ),
    // RTP Packet with 2-byte header extension.
    (
        "900f1236decafbadcafebabe1000000105020002abababababababababababababababab",
        "900f1236decafbadcafebabec2de0001bb75a4c545cd1f413bdb7daa2b1e3263de313667c963249081b35a65f5cb6c88b394235f",
    ),
    // RTP Packet with 1-byte header extension and CSRC fields.
    (
        "920f1238decafbadcafebabe0001e2400000b26ebede000151000200abababababababababababababababab",
        "920f1238decafbadcafebabe63bbccc4a7f695c4c0de00018ad7c71fac70a80c92866b4c6ba98546ef913586e95ffaaffe956885bb0647a8bc094ac8",
    ),
    // RTP Packet with 2-byte header extension and CSRC fields.
    (
        "920f1239decafbadcafebabe0001e2400000b26e1000000105020002abababababababababababababababab",
        "920f1239decafbadcafebabe3680524f8d312b00c2de0001c78d120038422bc111a7187a18246f980c059cc6bc9df8b626394eca344e4b05d80fea83",
    ),
    // RTP Packet with empty 1-byte header extension and CSRC fields.
    (
        "920f123adecafbadcafebabe0001e2400000b26ebede0000abababababababababababababababab",
        "920f123adecafbadcafebabe15b6bb4337906fffc0de0000b7b964537a2b03ab7ba5389ce93317126b5d974df30c6884dcb651c5e120c1da",
    ),
    // RTP Packet with empty 2-byte header extension and CSRC fields.
    (
        "920f123bdecafbadcafebabe0001e2400000b26e10000000abababababababababababababababab",
        "920f123bdecafbadcafebabedcb38c9e48bf95f4c2de000061ee432cf920317076613258d3ce4236c06ac429681ad08413512dc98b5207d8",
    ),
];
