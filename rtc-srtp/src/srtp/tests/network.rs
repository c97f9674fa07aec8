//! Whatever the network does.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::error::UnprotectError;

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
        let mut opened = BTreeSet::new();
        let mut arrived = BTreeSet::new();
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
