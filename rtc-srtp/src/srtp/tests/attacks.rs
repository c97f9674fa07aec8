//! What an attacker may try.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::error::{DecodeError, ProtectError, UnprotectError};

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
fn forged_rtcp_does_not_move_the_window() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        receiver.unprotect_rtcp(&mut buffer(&protect_rtcp(&mut sender, &rtcp(7)))).unwrap();
        for index in [1u32, 2, 500, 1 << 20, (1 << 31) - 1] {
            // The word with the index is the last but the tag, or the last.
            let word = (1 << 31 | index).to_be_bytes();
            let mut forged = rtcp(7);
            forged.extend_from_slice(&word);
            forged.resize(rtcp(7).len() + profile.rtcp_overhead() - 4, 0);
            forged.extend_from_slice(&word);
            let refused = receiver.unprotect_rtcp(&mut buffer(&forged));
            assert_eq!(refused, Err(UnprotectError::Authentication));
        }
        for index in 1..4 {
            let sealed = protect_rtcp(&mut sender, &rtcp(7));
            assert_eq!(receiver.unprotect_rtcp(&mut buffer(&sealed)), Ok(index));
        }
    }
}

#[test]
fn each_stream_has_its_own_window_and_rollover_counter() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        for (ssrc, start) in [(7, 65_530), (8, 10), (9, 40_000)] {
            for index in start..start + 10u32 {
                let sealed = protect(&mut sender, &rtp(ssrc, index as u16));
                assert_eq!(receiver.unprotect(&mut buffer(&sealed)), Ok(index.into()));
                let sealed = protect_rtcp(&mut sender, &rtcp(ssrc));
                assert_eq!(receiver.unprotect_rtcp(&mut buffer(&sealed)), Ok(index - start));
            }
        }
        assert_eq!(receiver.streams(), (3, 3));
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
